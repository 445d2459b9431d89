//! What can go wrong at rest, by what the caller can do about it.

/// A failure of the database or of the blob store.
///
/// "Not found" is no failure: lookups answer with `Option`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database or blob store cannot be reached, is full or refuses work. Nothing was written; later it may work again.
    /// At the edges this is `451` or `503`.
    #[error("store is unavailable: {0}")]
    Unavailable(String),
    /// Another transaction was in the way (serialisation failure, deadlock, lock timeout). The whole transaction can be retried at once.
    #[error("another transaction was in the way: {0}")]
    Conflict(String),
    /// A row breaks a constraint of the schema: a unique value is taken or a referenced row is missing.
    #[error("a constraint forbids this: {0}")]
    Constraint(String),
    /// What lies in the store is not what was put there: a column of the wrong type, an unknown word, a changed migration.
    #[error("stored data is corrupt: {0}")]
    Corrupt(String),
    /// A value exceeds a limit of the store.
    #[error("{what} is larger than {bytes_max} bytes")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The limit, in bytes.
        bytes_max: u64,
    },
    /// The settings cannot work, for the reason given.
    #[error("storage settings: {0}")]
    Settings(String),
}

impl StoreError {
    /// Whether the same transaction may succeed when it is tried again.
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Conflict(_))
    }
}
