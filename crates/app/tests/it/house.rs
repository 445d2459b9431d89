//! A house for tests: all use cases on a fresh store, with a clock and dice of its own, and an SMTP edge that keeps what leaves.

use std::sync::{Arc, LazyLock, Mutex};

use app::{
    App, Chance, Keys, Settings,
    activate::{self, Link},
    job,
    outgoing::{self, Destination, Outcome, Parcel, Protection},
    provider::Prober,
    receive::{self, Envelope, ReceiveError, Recipient, ReportWish, Spool},
    scan::Scanning,
    session::{self, SignedIn},
    settings::{Contact, Notices, Patience, Portal},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use model::{
    Language,
    assessment::Code,
    chance::Clock,
    id::{DeliveryId, MessageId},
    policy::RuleSet,
    retention::Retention,
};
use store::{
    BlobSettings, DatabaseSettings, Delivery, Folder, OutgoingKind, S3Settings, Store, StoreSettings,
    testing::PostgresServer,
};
use vault::{KeyPair, Parameters, Pepper, PrivateKey, SecretKey, ServerKey};
use wire::address::{Domain, EmailAddress, TypedAddress};

use crate::{
    mails::{envelope, special},
    seams::{Dice, Hand, Rolls},
};

static POSTGRES: LazyLock<PostgresServer> = LazyLock::new(|| PostgresServer::start().unwrap());

/// When every house begins: 22 November 2026, 10:30 in Berlin.
pub(crate) const BEGINNING: Timestamp = render::samples::moment();
/// The usual customer, her password, her question and its answer.
pub(crate) const ADA: &str = "ada@kunde.example";
pub(crate) const PASSWORD: &str = "Sieben Igel tanzen im Mondlicht";
pub(crate) const QUESTION: &str = "Wie hieß mein erstes Haustier?";
pub(crate) const ANSWER: &str = "Schnurzelpurz";
/// The usual sender.
pub(crate) const CLAIMS: &str = "leistung@musterkasse.example";

/// Runs a scenario on both engines, each on a fresh house.
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

/// A mail that left the house.
#[derive(Clone)]
pub(crate) struct Left {
    pub(crate) kind: OutgoingKind,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) destination: Destination,
    pub(crate) bytes: Vec<u8>,
}

impl Left {
    pub(crate) fn text(&self) -> String {
        mime::view::MessageView::read(&self.bytes).unwrap().text.unwrap_or_default()
    }

    pub(crate) fn subject(&self) -> String {
        mime::view::MessageView::read(&self.bytes).unwrap().subject
    }

    /// What follows `path` in the first link of the text that leads there.
    pub(crate) fn link(&self, path: &str) -> String {
        let text = self.text();
        let start = format!("https://post.musterkasse.example/{path}/");
        let (_, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no link to {path} in {text}"));
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

/// What the next server answers to a mail.
pub(crate) type Answer = fn(&Parcel) -> Outcome;

/// The house.
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) recovery: PrivateKey,
    pub(crate) database: DatabaseSettings,
    pub(crate) dir: tempfile::TempDir,
    clock: Arc<Hand>,
    outbox: Mutex<Vec<Left>>,
    answer: Mutex<Answer>,
}

impl House {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = DatabaseSettings::Sqlite { path: dir.path().join("store.db") };
        Self::open(dir, database).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open(tempfile::tempdir().unwrap(), POSTGRES.create_store_database().await.unwrap()).await
    }

    /// On PostgreSQL with one connection: whoever takes a second one while holding it waits in vain.
    pub(crate) async fn postgres_of_one_connection() -> Self {
        let mut database = POSTGRES.create_store_database().await.unwrap();
        let DatabaseSettings::Postgres(settings) = &mut database else { unreachable!("it is PostgreSQL") };
        settings.connections_max = 1;
        Self::open(tempfile::tempdir().unwrap(), database).await
    }

    async fn open(dir: tempfile::TempDir, database: DatabaseSettings) -> Self {
        let blobs = BlobSettings::Files { dir: dir.path().join("blobs") };
        Self::open_with(dir, database, blobs).await
    }

    /// A house on SQLite that keeps large content in a bucket.
    pub(crate) async fn with_bucket(bucket: S3Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let database = DatabaseSettings::Sqlite { path: dir.path().join("store.db") };
        Self::open_with(dir, database, BlobSettings::S3(bucket)).await
    }

    async fn open_with(dir: tempfile::TempDir, database: DatabaseSettings, blobs: BlobSettings) -> Self {
        let store = Store::open(StoreSettings { database: database.clone(), blobs }).await.unwrap();
        let clock = Arc::new(Hand::at(BEGINNING));
        let (keys, private) = keys();
        let rules = RuleSet::none();
        let seams = (Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(Dice::default()) as Arc<dyn Chance>);
        let app = Arc::new(App::new(store, keys, settings(), rules, seams));
        let (outbox, answer) = (Mutex::new(Vec::new()), Mutex::new(sent as Answer));
        Self { app, recovery: private, database, dir, clock, outbox, answer }
    }

    /// The same house, which has everything scanned.
    pub(crate) fn with_scanning(self, scanning: Scanning) -> Self {
        let app = Arc::into_inner(self.app).expect("a house that nothing runs in yet");
        Self { app: Arc::new(app.with_scanning(scanning)), ..self }
    }

    /// The same house with somebody who looks at e-mail providers.
    pub(crate) fn app_with_prober(&self, prober: Arc<dyn Prober>) -> Arc<App> {
        Arc::new(self.app_with(|_| {}).with_prober(prober))
    }

    /// The same house with other wishes.
    pub(crate) fn app_with(&self, change: impl FnOnce(&mut Settings)) -> App {
        let seams = (Arc::clone(&self.clock) as Arc<dyn Clock>, Arc::new(Dice::default()) as Arc<dyn Chance>);
        let mut settings = settings();
        change(&mut settings);
        App::new(self.app.store.clone(), keys().0, settings, RuleSet::none(), seams)
    }

    pub(crate) fn advance(&self, time: SignedDuration) {
        self.clock.advance(time);
    }

    /// What the next servers answer from now on.
    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// Takes a mail in for several recipients, as the SMTP edge does.
    pub(crate) async fn accept(&self, mail: &[u8], recipients: &[&str]) -> MessageId {
        let mut judged = Vec::new();
        for recipient in recipients {
            judged.push(self.judge(recipient).await.unwrap());
        }
        self.accept_with(mail, envelope(judged)).await.unwrap()
    }

    pub(crate) async fn judge(&self, recipient: &str) -> Result<Recipient, ReceiveError> {
        receive::judge(&self.app, TypedAddress::parse(recipient).unwrap(), ReportWish::default()).await
    }

    pub(crate) async fn accept_with(&self, mail: &[u8], envelope: Envelope) -> Result<MessageId, ReceiveError> {
        let mut spool = Spool::begin(&self.app)?;
        for piece in mail.chunks(50_000) {
            spool.write(piece).await?;
        }
        spool.accept(&envelope).await
    }

    /// Works jobs and sends mail until nothing is due.
    pub(crate) async fn pump(&self) {
        loop {
            let mut done = job::work(&self.app).await.unwrap();
            for destination in [Destination::World, Destination::Organisation] {
                for parcel in outgoing::lease(&self.app, destination, 10).await.unwrap() {
                    self.send(&parcel).await;
                    done += 1;
                }
            }
            if done == 0 {
                return;
            }
        }
    }

    pub(crate) async fn send(&self, parcel: &Parcel) {
        let outcome = (self.answer.lock().unwrap())(parcel);
        if matches!(outcome, Outcome::Sent { .. }) {
            let mut pieces = outgoing::content(&self.app, parcel).await.unwrap().pieces();
            let mut bytes = Vec::new();
            while let Some(piece) = pieces.next().await.unwrap() {
                bytes.extend_from_slice(&piece);
            }
            assert_eq!(bytes.len() as u64, parcel.size_bytes);
            self.outbox.lock().unwrap().push(Left {
                kind: parcel.kind,
                from: parcel.reverse_path.address().map(|path| path.as_str().to_owned()).unwrap_or_default(),
                to: parcel.recipient.as_typed().to_owned(),
                destination: parcel.destination,
                bytes,
            });
        }
        outgoing::record(&self.app, parcel, &outcome.into()).await.unwrap();
    }

    /// All that left so far.
    pub(crate) fn outbox(&self) -> Vec<Left> {
        self.outbox.lock().unwrap().clone()
    }

    pub(crate) fn left(&self, kind: OutgoingKind) -> Vec<Left> {
        self.outbox().into_iter().filter(|left| left.kind == kind).collect()
    }

    /// The last notice to `address`.
    pub(crate) fn notice(&self, address: &str) -> Left {
        self.left(OutgoingKind::Notice).into_iter().rfind(|left| left.to == address).expect("a notice")
    }

    /// Takes a special mail in for `address` and gives the activation link of its notice.
    pub(crate) async fn invite(&self, address: &str) -> String {
        self.accept(&special("Ihr Bescheid", "Anbei der Bescheid."), &[address]).await;
        self.pump().await;
        self.notice(address).link("activate")
    }

    /// Takes all three steps.
    pub(crate) async fn activate(&self, link: &str) -> SignedIn {
        activate::choose_password(&self.app, link, PASSWORD, PASSWORD).await.unwrap();
        activate::choose_question(&self.app, link, QUESTION, ANSWER).await.unwrap();
        let entered = activate::finish(&self.app, link, "Firefox").await.unwrap();
        // The mail that tells of it leaves before anything else happens.
        self.pump().await;
        self.signed_in(&entered.cookie).await
    }

    /// An owner with a first message in her mailbox.
    pub(crate) async fn ada(&self) -> SignedIn {
        let link = self.invite(ADA).await;
        self.activate(&link).await
    }

    pub(crate) async fn signed_in(&self, cookie: &str) -> SignedIn {
        session::open(&self.app, cookie).await.unwrap().expect("a session")
    }

    pub(crate) async fn look(&self, link: &str) -> Link {
        activate::look(&self.app, link).await.unwrap()
    }

    /// The deliveries of a message.
    pub(crate) async fn deliveries(&self, message: MessageId) -> Vec<Delivery> {
        self.app.store.read().await.unwrap().deliveries().of_message(message).await.unwrap()
    }

    /// The delivery of a message that has one recipient.
    pub(crate) async fn delivery(&self, message: MessageId) -> Delivery {
        let mut deliveries = self.deliveries(message).await;
        assert_eq!(deliveries.len(), 1);
        deliveries.pop().unwrap()
    }

    /// The newest message of a folder.
    pub(crate) async fn newest(&self, owner: &SignedIn, folder: Folder) -> DeliveryId {
        app::read::list(&self.app, owner, folder, app::read::Place::Newest, 1)
            .await
            .unwrap()
            .entries
            .first()
            .expect("a message")
            .id
    }

    /// The whole message as its owner exports it.
    pub(crate) async fn eml(&self, owner: &SignedIn, id: DeliveryId) -> Vec<u8> {
        let eml = app::export::eml(&self.app, owner, id).await.unwrap();
        let mut pieces = eml.content.pieces();
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await.unwrap() {
            bytes.extend_from_slice(&piece);
        }
        assert_eq!(bytes.len() as u64, eml.size_bytes);
        bytes
    }

    /// The words of all audit events so far.
    pub(crate) async fn events(&self) -> Vec<String> {
        let events = self.app.store.read().await.unwrap().audit().list(0, 10_000).await.unwrap();
        events.into_iter().map(|event| event.recorded.event).collect()
    }

    /// Changes rows behind the back of the use cases.
    pub(crate) async fn execute(&self, sql: &str) {
        match &self.database {
            DatabaseSettings::Sqlite { path } => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                connection.execute_batch(sql).unwrap();
            }
            DatabaseSettings::Postgres(settings) => {
                let connecting = tokio_postgres::connect(&settings.url, tokio_postgres::NoTls);
                let (client, connection) = connecting.await.unwrap();
                let work = async move { client.batch_execute(sql).await };
                let (done, _closed) = tokio::join!(work, connection);
                done.unwrap();
            }
        }
    }
}

/// The keys of every house, and the private half of the recovery key.
fn keys() -> (Keys, PrivateKey) {
    let KeyPair { public, private } = KeyPair::generate(&mut Rolls(7 << 48));
    let keys = Keys {
        server: ServerKey::new(&SecretKey::from_bytes([1; 32])),
        pepper: Pepper::new(&SecretKey::from_bytes([2; 32])),
        recovery: public,
    };
    (keys, private)
}

fn settings() -> Settings {
    let zone = TimeZone::get("Europe/Berlin").unwrap();
    let hours = SignedDuration::from_hours;
    Settings {
        brand: render::samples::brand(),
        domains: vec![Domain::parse("musterkasse.example").unwrap()],
        postmaster: TypedAddress::parse("post-verwaltung@musterkasse.example").unwrap(),
        language: Language::De,
        portal: Portal {
            contacts: vec![Contact {
                name: "Service".into(),
                address: EmailAddress::parse("service@partner.example").unwrap(),
            }],
            message_bytes_max: 4 * 1024 * 1024,
            session_idle: SignedDuration::from_mins(30),
            session_max: hours(12),
            password_length_min: 15,
            stretching: Parameters::new(19 * 1024, 3, 1).unwrap(),
            stretchings_max: 2,
        },
        notices: Notices {
            sender: EmailAddress::parse("postfach@musterkasse.example").unwrap(),
            subject_hidden: false,
            require_tls: true,
        },
        retention: Retention { activation_days: 40, inactivity_months: 18, zone },
        patience: Patience {
            retries: vec![SignedDuration::from_mins(5), hours(1)],
            delay_notice: hours(4),
            fallback: hours(24),
            give_up: hours(48),
        },
        transport: app::settings::Transport { tls_reports: true, ..app::settings::Transport::default() },
        signers: Vec::new(),
    }
}

/// What a server answers that takes everything.
pub(crate) fn sent(_: &Parcel) -> Outcome {
    Outcome::Sent { reply: "250 2.0.0 Ok".into(), protection: Protection::Loopback, reports: true }
}

pub(crate) fn refused(status: &str) -> Outcome {
    Outcome::Refused { reason: "550 no such user here".into(), status: status.into() }
}

pub(crate) fn unprotected() -> Outcome {
    Outcome::Unprotected { reason: "no STARTTLS".into(), because: vec![Code::NoStartTls] }
}

pub(crate) fn deferred() -> Outcome {
    Outcome::Deferred { reason: "421 try later".into() }
}
