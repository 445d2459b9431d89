//! Lets a scanner look at what comes in, before anybody takes responsibility for it.
//!
//! What is scanned lies sealed in the store already, and no row refers to it yet. It is opened piece by piece for the scanner, so that neither the pace of
//! whoever sends it nor its size matters. Malware is refused at the door: responsibility stays with the sender's server, which tells its sender, so that
//! nothing is lost and nothing is kept that nobody may open (P2, P3). There is no quarantine: a message in it would have been accepted and have no end.
//!
//! Where there is no verdict, the organisation's wish counts: to refuse for now, or to accept with a mark ([`Unscanned`]) that stays with the message.

use std::{fmt, pin::Pin, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use model::audit::{Actor, Event};
use serde::{Deserialize, Serialize};

use crate::{App, Pieces, audit, content::Stored, trouble::Trouble};

/// The age from which signatures of malware are old. Makers bring out new ones at least once a day.
pub const SIGNATURES_AGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The longest name of a piece of malware, in characters.
const SIGNATURE_CHARS_MAX: usize = 100;

/// Looks for malware. The seam to the scanner.
pub trait Scanner: Send + Sync {
    /// Reads the content and says what it is.
    fn scan(&self, content: Pieces) -> Scan<'_>;

    /// How the scanner is, as of a few seconds ago at most.
    fn state(&self) -> State<'_>;
}

/// A scan under way.
pub type Scan<'a> = Pin<Box<dyn Future<Output = Result<Verdict, NoVerdict>> + Send + 'a>>;

/// The question how the scanner is: what it says about its signatures, or why it says nothing.
pub type State<'a> = Pin<Box<dyn Future<Output = Result<Signatures, String>> + Send + 'a>>;

/// What a scanner says of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It knows nothing bad of it.
    Clean,
    /// It is malware, known by this name.
    Malware(Signature),
}

/// Why a scanner says nothing of a content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoVerdict {
    /// It is not to be had, or did not come to an end.
    #[error("{0}")]
    Unavailable(String),
    /// It does not take so much.
    #[error("larger than it takes")]
    TooLarge,
    /// The content cannot be read.
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

/// The name under which a scanner knows a piece of malware: printable ASCII, fit for replies, logs and the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Signature(String);

impl Signature {
    /// What is not printable ASCII becomes `?`, and what is too long is cut.
    pub fn new(name: &str) -> Self {
        let harmless = |c: char| if c.is_ascii_graphic() { c } else { '?' };
        Self(name.chars().take(SIGNATURE_CHARS_MAX).map(harmless).collect())
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a scanner knows malware by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signatures {
    /// Which program with which signatures, as it says.
    pub version: String,
    /// When the signatures were made, if it says that.
    pub made_at: Option<Timestamp>,
}

impl Signatures {
    /// How many days old they are, if that is [too much](SIGNATURES_AGE_MAX).
    pub fn days_too_old(&self, now: Timestamp) -> Option<i64> {
        let age = now.duration_since(self.made_at?);
        (age > SIGNATURES_AGE_MAX).then_some(age.as_hours() / 24)
    }
}

/// What becomes of content without a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// It is not taken.
    Refuse,
    /// It is taken, and marked.
    Accept,
}

/// Why something was taken unscanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unscanned {
    /// The scanner was not to be had.
    Unavailable,
    /// It was larger than the scanner takes.
    TooLarge,
}

impl Unscanned {
    /// The stored word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::TooLarge => "too_large",
        }
    }
}

/// A scanner, and what the organisation wishes about it.
#[derive(Clone)]
pub struct Scanning {
    /// Who looks.
    pub scanner: Arc<dyn Scanner>,
    /// The largest content that is scanned, in bytes.
    pub bytes_max: u64,
    /// What becomes of larger content.
    pub larger: Otherwise,
    /// What becomes of content while the scanner is not to be had.
    pub unavailable: Otherwise,
}

impl fmt::Debug for Scanning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scanner: _, bytes_max, larger, unavailable } = self;
        write!(f, "Scanning({bytes_max} bytes, larger: {larger:?}, unavailable: {unavailable:?})")
    }
}

/// Why content is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is malware.
    Malware(Signature),
    /// Nobody can say whether it is.
    Unscanned(Unscanned),
    /// Inner failure.
    Trouble(Trouble),
}

impl<E: Into<Trouble>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Trouble(error.into())
    }
}

/// Lets an error tell of what a scanner refused: by its variants `Malware`, `Unscanned` and `TooLargeToScan`, beside `Trouble`.
macro_rules! carries_refusal {
    ($error:ident) => {
        impl From<$crate::scan::Refusal> for $error {
            fn from(refusal: $crate::scan::Refusal) -> Self {
                match refusal {
                    $crate::scan::Refusal::Malware(signature) => Self::Malware(signature),
                    $crate::scan::Refusal::Unscanned($crate::scan::Unscanned::Unavailable) => Self::Unscanned,
                    $crate::scan::Refusal::Unscanned($crate::scan::Unscanned::TooLarge) => Self::TooLargeToScan,
                    $crate::scan::Refusal::Trouble(trouble) => Self::Trouble(trouble),
                }
            }
        }
    };
}

pub(crate) use carries_refusal;

/// How the scanner is; `None` where none is configured.
pub async fn state(app: &App) -> Option<Result<Signatures, String>> {
    match &app.scanning {
        Some(scanning) => Some(scanning.scanner.state().await),
        None => None,
    }
}

/// Lets the scanner look at a content that `actor` brought and that nobody has taken responsibility for. What is refused is removed.
///
/// Answers with the mark of what may be taken without a verdict.
pub(crate) async fn examine(app: &App, actor: Actor, stored: &Stored) -> Result<Option<Unscanned>, Refusal> {
    let Some(scanning) = &app.scanning else { return Ok(None) };
    let missing = match scanning.verdict(app, stored).await {
        Ok(Verdict::Clean) => return Ok(None),
        Ok(Verdict::Malware(signature)) => {
            tracing::warn!(content = %stored.blob, %signature, "malware was refused");
            stored.discard(app).await;
            note(app, actor, &signature).await?;
            return Err(Refusal::Malware(signature));
        }
        Err(NoVerdict::Unavailable(reason)) => {
            tracing::warn!(content = %stored.blob, %reason, "the scanner gives no verdict");
            Unscanned::Unavailable
        }
        Err(NoVerdict::TooLarge) => {
            tracing::warn!(content = %stored.blob, size_bytes = stored.size_bytes, "too large for the scanner");
            Unscanned::TooLarge
        }
        Err(NoVerdict::Trouble(trouble)) => return Err(Refusal::Trouble(trouble)),
    };
    match scanning.wish(missing) {
        Otherwise::Accept => Ok(Some(missing)),
        Otherwise::Refuse => {
            stored.discard(app).await;
            Err(Refusal::Unscanned(missing))
        }
    }
}

impl Scanning {
    /// What becomes of content without a verdict.
    const fn wish(&self, missing: Unscanned) -> Otherwise {
        match missing {
            Unscanned::Unavailable => self.unavailable,
            Unscanned::TooLarge => self.larger,
        }
    }

    async fn verdict(&self, app: &App, stored: &Stored) -> Result<Verdict, NoVerdict> {
        if stored.size_bytes > self.bytes_max {
            return Err(NoVerdict::TooLarge);
        }
        self.scanner.scan(stored.pieces(app).await?).await
    }
}

async fn note(app: &App, actor: Actor, signature: &Signature) -> Result<(), Trouble> {
    let mut tx = app.store.begin().await?;
    let mailbox = match actor {
        Actor::Recipient(mailbox) => Some(mailbox),
        Actor::House | Actor::Sender | Actor::Administrator => None,
    };
    let event = Event::MalwareRefused { signature: signature.to_string() };
    audit::record(&mut tx, app.now(), actor, mailbox, &event).await?;
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_malware_are_fit_for_a_reply() {
        assert_eq!(Signature::new("Win.Test.EICAR_HDB-1").to_string(), "Win.Test.EICAR_HDB-1");
        assert_eq!(Signature::new("a\r\n250 b\u{202e}ü").to_string(), "a??250?b??");
        assert_eq!(Signature::new(&"x".repeat(1000)).to_string().len(), SIGNATURE_CHARS_MAX);
    }

    #[test]
    fn signatures_are_old_after_a_week() {
        let now = Timestamp::from_second(1_795_339_800).unwrap();
        let made = |age| Signatures { version: String::new(), made_at: Some(now - age) };
        assert_eq!(made(SIGNATURES_AGE_MAX).days_too_old(now), None);
        assert_eq!(made(SIGNATURES_AGE_MAX + SignedDuration::from_secs(1)).days_too_old(now), Some(7));
        assert_eq!(Signatures { version: String::new(), made_at: None }.days_too_old(now), None, "it does not say");
    }
}
