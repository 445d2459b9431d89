//! A house with a fresh store, real keys and a clock that a test moves.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use app::outgoing::{self, Destination, Parcel};
use app::receive::{Envelope, Recipient, ReportWish, Spool, judge};
use app::scan::Scanning;
use app::settings::{Notices, Patience, Portal, Settings};
use app::{App, Chance, Keys, job};
use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use model::chance::Clock;
use model::policy::RuleSet;
use model::retention::Retention;
use model::{Entropy, Language};
use store::{BlobSettings, DatabaseSettings, Store, StoreSettings};
use vault::{KeyPair, Parameters, Pepper, SecretKey, ServerKey};
use wire::address::{Domain, EmailAddress, ReversePath, TypedAddress};

/// A house of one test; its folder goes with it.
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) dir: tempfile::TempDir,
    clock: Arc<TestClock>,
}

struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::Relaxed)).unwrap()
    }
}

/// Chance that is the same in every run.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicU64>);

impl Entropy for Counted {
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::Relaxed);
            let drawn = digest(&SHA256, &count.to_be_bytes());
            chunk.copy_from_slice(&drawn.as_ref()[..chunk.len()]);
        }
    }
}

impl Chance for Counted {
    fn entropy(&self) -> Box<dyn Entropy> {
        Box::new(self.clone())
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = DatabaseSettings::Sqlite { path: dir.path().join("store.db") };
        Self::on(dir, database).await
    }

    pub(crate) async fn on(dir: tempfile::TempDir, database: DatabaseSettings) -> Self {
        let blobs = BlobSettings::Files { dir: dir.path().join("blobs") };
        let store = Store::open(StoreSettings { database, blobs }).await.unwrap();
        let mut chance = Counted::default();
        let keys = Keys {
            server: ServerKey::new(&SecretKey::generate(&mut chance)),
            pepper: Pepper::new(&SecretKey::generate(&mut chance)),
            recovery: KeyPair::generate(&mut chance).public,
        };
        let rules = RuleSet::compile(Vec::new(), Vec::new()).unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_339_800)));
        let app = App::new(store, keys, settings(), rules, (clock.clone(), Arc::new(chance)));
        Self { app: Arc::new(app), dir, clock }
    }

    /// The same house, which has everything scanned.
    pub(crate) fn with_scanning(self, scanning: Scanning) -> Self {
        let app = Arc::into_inner(self.app).expect("a house that nothing runs in yet");
        Self { app: Arc::new(app.with_scanning(scanning)), ..self }
    }

    pub(crate) fn advance(&self, time: SignedDuration) {
        self.clock.0.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    /// Takes an ordinary mail in and queues it for the world.
    pub(crate) async fn queue(&self, content: &[u8]) {
        self.queue_with(content, ReportWish::default(), None).await;
    }

    /// The same, with what its sender asked to be told.
    pub(crate) async fn queue_with(&self, content: &[u8], wish: ReportWish, envelope_id: Option<String>) {
        let recipient = self.judged("ada@customer.example", wish).await;
        self.accept(content, recipient, envelope_id).await;
    }

    /// Takes an ordinary mail to this address in and queues it for the world.
    pub(crate) async fn queue_to(&self, address: &str, content: &[u8]) {
        let recipient = self.judged(address, ReportWish::default()).await;
        self.accept(content, recipient, None).await;
    }

    async fn judged(&self, address: &str, wish: ReportWish) -> Recipient {
        judge(&self.app, TypedAddress::parse(address).unwrap(), wish).await.unwrap()
    }

    async fn accept(&self, content: &[u8], recipient: Recipient, envelope_id: Option<String>) {
        let envelope = Envelope {
            reverse_path: ReversePath::parse("claims@insurer.example").unwrap(),
            envelope_id,
            authenticated: None,
            client_address: None,
            require_tls: false,
            recipients: vec![recipient],
        };
        let mut spool = Spool::begin(&self.app).unwrap();
        spool.write(content).await.unwrap();
        spool.accept(&envelope).await.unwrap();
        while job::work(&self.app).await.unwrap() > 0 {}
    }

    /// Queues a mail and leases it.
    pub(crate) async fn parcel(&self, content: &[u8]) -> Parcel {
        self.queue(content).await;
        self.lease().await
    }

    /// Leases a mail that is queued.
    pub(crate) async fn lease(&self) -> Parcel {
        let mut parcels = outgoing::lease(&self.app, Destination::World, 1).await.unwrap();
        parcels.pop().unwrap()
    }

    /// Whether anything was accepted that is still to be worked on.
    pub(crate) async fn jobs_are_due(&self) -> bool {
        job::next_due(&self.app).await.unwrap().is_some()
    }
}

fn settings() -> Settings {
    Settings {
        brand: render::samples::brand(),
        domains: vec![Domain::parse("insurer.example").unwrap()],
        postmaster: TypedAddress::parse("postmaster@insurer.example").unwrap(),
        language: Language::De,
        portal: Portal {
            contacts: Vec::new(),
            message_bytes_max: 10 << 20,
            session_idle: SignedDuration::from_mins(20),
            session_max: SignedDuration::from_hours(8),
            password_length_min: 8,
            stretching: Parameters::default(),
            stretchings_max: 1,
        },
        notices: Notices {
            sender: EmailAddress::parse("post@notice.insurer.example").unwrap(),
            subject_hidden: false,
            require_tls: false,
        },
        retention: Retention { activation_days: 40, inactivity_months: 18, zone: TimeZone::UTC },
        patience: Patience {
            retries: vec![SignedDuration::from_mins(5)],
            delay_notice: SignedDuration::from_hours(4),
            fallback: SignedDuration::from_hours(12),
            give_up: SignedDuration::from_hours(24),
        },
        transport: app::settings::Transport::default(),
        signers: Vec::new(),
    }
}
