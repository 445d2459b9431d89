//! Fresh stores on either engine, and rows to put into them.

use std::sync::{
    LazyLock,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use model::{
    Id, Language,
    id::{DeliveryId, MailboxId, MessageId},
};
use store::{
    BlobSettings, DatabaseSettings, Deposit, Direction, Folder, Mailbox, MailboxState, Message, NewDelivery, NewJob,
    Store, StoreSettings, testing::PostgresServer,
};

static POSTGRES: LazyLock<PostgresServer> = LazyLock::new(|| PostgresServer::start().unwrap());

/// A store with its folder, which goes when the test ends.
pub(crate) struct House {
    pub(crate) store: Store,
    pub(crate) settings: StoreSettings,
    pub(crate) dir: tempfile::TempDir,
}

impl House {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = DatabaseSettings::Sqlite { path: dir.path().join("store.db") };
        Self::open(dir, database).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open(tempfile::tempdir().unwrap(), Self::unopened_postgres().await).await
    }

    /// An empty database without even a schema.
    pub(crate) async fn unopened_postgres() -> DatabaseSettings {
        POSTGRES.create_store_database().await.unwrap()
    }

    pub(crate) async fn open(dir: tempfile::TempDir, database: DatabaseSettings) -> Self {
        let settings = StoreSettings { database, blobs: BlobSettings::Files { dir: dir.path().join("blobs") } };
        let store = Store::open(settings.clone()).await.unwrap();
        Self { store, settings, dir }
    }

    /// Changes rows behind the store's back.
    pub(crate) async fn execute(&self, sql: &str) {
        match &self.settings.database {
            DatabaseSettings::Sqlite { path } => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                connection.execute_batch(sql).unwrap();
            }
            DatabaseSettings::Postgres(settings) => {
                let (client, connection) = tokio_postgres::connect(&settings.url, tokio_postgres::NoTls).await.unwrap();
                let work = async move { client.batch_execute(sql).await };
                let (done, _closed) = tokio::join!(work, connection);
                done.unwrap();
            }
        }
    }

    /// The id that is the number `n`, as an SQL expression.
    pub(crate) fn id_of(&self, n: &str) -> String {
        match self.settings.database {
            DatabaseSettings::Sqlite { .. } => format!("unhex(printf('%032x', {n}))"),
            DatabaseSettings::Postgres(_) => format!("decode(lpad(to_hex({n}), 32, '0'), 'hex')"),
        }
    }

    /// A mailbox that is there.
    pub(crate) async fn mailbox(&self, address: &str) -> MailboxId {
        let mut tx = self.store.begin().await.unwrap();
        let id = tx.mailboxes().insert_if_absent(&mailbox(address)).await.unwrap().mailbox.id;
        tx.commit().await.unwrap();
        id
    }

    /// A delivery that lies in the mailbox.
    pub(crate) async fn deposited(&self, mailbox_id: MailboxId, folder: Folder, at_second: i64) -> DeliveryId {
        let mut tx = self.store.begin().await.unwrap();
        let message = message();
        tx.messages().insert(&message).await.unwrap();
        let delivery = delivery(message.id);
        tx.deliveries().insert(&delivery).await.unwrap();
        assert!(tx.deliveries().deposit(&deposit(delivery.id, mailbox_id, folder, at_second)).await.unwrap());
        tx.commit().await.unwrap();
        delivery.id
    }
}

/// Runs a test on both engines, each on a fresh store.
macro_rules! on_both {
    ($($test:ident)*) => {
        $(mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$test(&crate::house::House::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$test(&crate::house::House::postgres().await).await;
            }
        })*
    };
}
pub(crate) use on_both;

/// An id that no other call answers; later ones sort later.
pub(crate) fn id<K>() -> Id<K> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Id::from_bytes(u128::from(NEXT.fetch_add(1, Ordering::Relaxed)).to_be_bytes())
}

/// A time, in seconds after some beginning.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

pub(crate) fn mailbox(address: &str) -> Mailbox {
    Mailbox {
        id: id(),
        address: address.to_lowercase(),
        address_shown: address.into(),
        state: MailboxState::Pending,
        language: Language::De,
        public_key: vec![1, 2, 3],
        question_sealed: None,
        created_at: at(0),
        activated_at: None,
        signed_in_at: None,
        message_at: at(0),
        notices_stopped: None,
    }
}

pub(crate) fn message() -> Message {
    Message {
        id: id(),
        direction: Direction::In,
        class: "special".into(),
        decision: "{}".into(),
        reverse_path: "claims@insurer.example".into(),
        envelope: "{}".into(),
        message_id_hash: Some(vec![7; 32]),
        size_bytes: 1234,
        blob_id: id(),
        data_key_sealed: Some(vec![1, 9]),
        accepted_at: at(1),
        deliveries_open: 1,
    }
}

pub(crate) fn delivery(message_id: MessageId) -> NewDelivery {
    NewDelivery {
        id: id(),
        message_id,
        mailbox_id: None,
        recipient: "ada@customer.example".into(),
        state: "routed".into(),
        channel: Some("deposit".into()),
        route: "[]".into(),
        dsn: None,
        accepted_at: at(1),
        has_attachments: true,
        size_bytes: 1234,
    }
}

pub(crate) fn deposit(id: DeliveryId, mailbox_id: MailboxId, folder: Folder, at_second: i64) -> Deposit {
    Deposit {
        id,
        mailbox_id,
        folder,
        state: "deposited".into(),
        data_key_sealed: vec![2, 1],
        header_sealed: vec![2, 2],
        kept: false,
        deposited_at: at(at_second),
        expires_at: Some(at(at_second + 1000)),
    }
}

pub(crate) fn job(kind: &str, due_second: i64) -> NewJob {
    NewJob {
        id: id(),
        kind: kind.into(),
        subject: Some(vec![5; 16]),
        due_at: at(due_second),
        dedup: None,
        lane: store::NO_LANE.into(),
        created_at: at(0),
    }
}
