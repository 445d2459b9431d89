//! What every use case stands on: the store, the keys, the organisation's wishes, and the seams for time and chance.

use std::sync::Arc;

use jiff::Timestamp;
use model::{Entropy, chance::Clock, policy::RuleSet};
use store::Store;
use tokio::sync::Semaphore;
use vault::{Parameters, PasswordKey, Pepper, Phrase, PublicKey, ServerKey, password::SALT_BYTES};

use crate::{
    bounce::Tally,
    counter::Counter,
    export::Typesetting,
    load::Load,
    provider::{Prober, Providers},
    room::{ROOM_BYTES, Room},
    scan::Scanning,
    settings::Settings,
    tls_report,
};

/// The keys a running server holds. The private recovery key is not among them (P5).
#[derive(Debug)]
pub struct Keys {
    /// Opens what waits, and mailboxes nobody has activated.
    pub server: ServerKey,
    /// Keys every stretched password.
    pub pepper: Pepper,
    /// Every mailbox is wrapped to it, so that a reset can open it where the private half is.
    pub recovery: PublicKey,
}

/// Hands out sources of chance, one to each use case.
pub trait Chance: Send + Sync {
    /// A fresh source.
    fn entropy(&self) -> Box<dyn Entropy>;
}

/// The standing ground of all use cases. Shared by every edge and job.
pub struct App {
    /// Everything at rest.
    pub store: Store,
    /// The keys of the house.
    pub keys: Keys,
    /// The organisation's wishes.
    pub settings: Settings,
    /// The rules that find a message's protection class.
    pub rules: RuleSet,
    clock: Arc<dyn Clock>,
    chance: Arc<dyn Chance>,
    stretchings: Arc<Semaphore>,
    /// For messages that are whole in memory.
    pub(crate) room: Room,
    /// How much mail is coming in.
    pub(crate) load: Load,
    /// What came to bounce addresses since it was last written down, by day.
    pub(crate) tallies: Counter<(i64, Tally)>,
    /// Sessions with mail servers that went well since that was last written down.
    pub(crate) tls_results: Counter<tls_report::Key>,
    /// Up to which day reports about that are planned.
    pub(crate) tls_planned: tls_report::Planned,
    /// For the reports of others.
    pub(crate) tls_reading: tls_report::Reading,
    /// For the page about e-mail providers.
    pub(crate) providers: Option<Providers>,
    /// Sets pages, where something does.
    pub(crate) typesetting: Option<Arc<dyn Typesetting>>,
    /// Looks for malware, where something does.
    pub(crate) scanning: Option<Scanning>,
}

impl App {
    /// Puts the house together.
    pub fn new(
        store: Store,
        keys: Keys,
        settings: Settings,
        rules: RuleSet,
        (clock, chance): (Arc<dyn Clock>, Arc<dyn Chance>),
    ) -> Self {
        let stretchings = Arc::new(Semaphore::new(settings.portal.stretchings_max.max(1)));
        Self {
            store,
            keys,
            settings,
            rules,
            clock,
            chance,
            stretchings,
            room: Room::new(ROOM_BYTES),
            load: Load::default(),
            tallies: Counter::default(),
            tls_results: Counter::default(),
            tls_planned: tls_report::Planned::default(),
            tls_reading: tls_report::Reading::default(),
            providers: None,
            typesetting: None,
            scanning: None,
        }
    }

    /// Opens the page about e-mail providers. Without a prober there is none, and nothing leads there.
    #[must_use]
    pub fn with_prober(mut self, prober: Arc<dyn Prober>) -> Self {
        self.settings.brand.provider_page = true;
        self.providers = Some(Providers::new(prober));
        self
    }

    /// Lets messages be saved as pages.
    #[must_use]
    pub fn with_typesetting(mut self, typesetting: Arc<dyn Typesetting>) -> Self {
        self.typesetting = Some(typesetting);
        self
    }

    /// Lets what comes in be scanned before it is taken.
    #[must_use]
    pub fn with_scanning(mut self, scanning: Scanning) -> Self {
        self.scanning = Some(scanning);
        self
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A source of chance for one use case.
    pub fn entropy(&self) -> Box<dyn Entropy> {
        self.chance.entropy()
    }

    /// Stretches a password or answer, off the async threads and only so many at a time: each takes tens of megabytes.
    pub(crate) async fn stretch(
        self: &Arc<Self>,
        phrase: Phrase,
        salt: [u8; SALT_BYTES],
        parameters: Parameters,
    ) -> Result<PasswordKey, Unavailable> {
        let permit = Arc::clone(&self.stretchings).acquire_owned().await.map_err(|_| Unavailable)?;
        let app = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let key = vault::password::stretch(&phrase, &salt, parameters, &app.keys.pepper);
            drop(permit);
            key
        })
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or(Unavailable)
    }

    /// Stretches a new password or answer with a fresh salt and today's parameters.
    pub(crate) async fn stretch_fresh(
        self: &Arc<Self>,
        phrase: Phrase,
    ) -> Result<(PasswordKey, [u8; SALT_BYTES]), Unavailable> {
        let salt = vault::password::salt(&mut *self.entropy());
        let key = self.stretch(phrase, salt, self.settings.portal.stretching).await?;
        Ok((key, salt))
    }
}

/// Something the house needs is not to be had just now. Nothing was changed; the same request may work later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not available just now")]
pub struct Unavailable;
