//! What goes wrong inside, as opposed to what a person did wrong.
//!
//! Every use case has an error type for what its caller can be told; each of them carries a [`Trouble`] for the rest. The edges turn it into
//! `451 4.3.0` or a page with an operation id, and log it once.

use store::StoreError;
use vault::{OpenError, SealError};

/// An inner failure: nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Something the house needs is away or busy; the same request may work later.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// Something is not as it must be: a value that does not open, a row that contradicts another.
    #[error("broken: {0}")]
    Broken(String),
}

impl Trouble {
    /// Something contradicts itself.
    pub(crate) fn broken(what: impl Into<String>) -> Self {
        Self::Broken(what.into())
    }

    /// The code under which `docs/errors.md` explains it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "SYS-001",
            Self::Broken(_) => "SYS-002",
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        if error.is_retryable() { Self::Unavailable(error.to_string()) } else { Self::Broken(error.to_string()) }
    }
}

impl From<SealError> for Trouble {
    fn from(error: SealError) -> Self {
        Self::Broken(format!("sealing: {error}"))
    }
}

impl From<OpenError> for Trouble {
    fn from(error: OpenError) -> Self {
        Self::Broken(format!("opening: {error}"))
    }
}

impl From<crate::context::Unavailable> for Trouble {
    fn from(error: crate::context::Unavailable) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<serde_json::Error> for Trouble {
    fn from(error: serde_json::Error) -> Self {
        Self::Broken(format!("stored data: {error}"))
    }
}

/// Lets `?` turn every inner error into the [`Trouble`] variant of a use case's error.
macro_rules! carries_trouble {
    ($error:ident) => {
        impl<E> From<E> for $error
        where
            E: Into<$crate::trouble::Trouble>,
        {
            fn from(error: E) -> Self {
                Self::Trouble(error.into())
            }
        }
    };
}

pub(crate) use carries_trouble;
