//! Kept views: what was costly to make from a message (its cleaned HTML), sealed under the message's data key, so that it is made once.

use model::id::DeliveryId;

use crate::{
    StoreError,
    session::{Access, Write},
    value::params,
};

/// Access to the kept views.
pub struct KeptViews<'a, A>(pub(crate) Access<'a, A>);

impl<A> KeptViews<'_, A> {
    /// The sealed view of this kind.
    pub async fn find(&mut self, delivery_id: DeliveryId, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT sealed FROM kept_views WHERE delivery_id = $1 AND kind = $2";
        self.0.query_one(sql, params![delivery_id, kind]).await?.map(|mut row| row.take()).transpose()
    }
}

impl KeptViews<'_, Write> {
    /// Keeps a sealed view in place of the one of its kind, if the delivery still lies in a mailbox.
    pub async fn put(&mut self, delivery_id: DeliveryId, kind: &str, sealed: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO kept_views (delivery_id, kind, sealed) \
                   SELECT id, $2, $3 FROM deliveries WHERE id = $1 AND header_sealed IS NOT NULL \
                   ON CONFLICT (delivery_id, kind) DO UPDATE SET sealed = excluded.sealed";
        self.0.execute(sql, params![delivery_id, kind, sealed]).await?;
        Ok(())
    }
}
