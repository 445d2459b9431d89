//! A small house: an own store, a clock to be moved, and mail that comes in.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc, LazyLock, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use app::{
    App, Chance, Keys, Settings,
    export::{SetError, Setting, Typesetting},
    job,
    outgoing::{self, Destination, Parcel},
    provider::{Prober, Probing},
    receive::{Envelope, ReportWish, Spool, judge},
    scan::Scanning,
    settings::{Contact, Notices, Patience, Portal as PortalWishes},
};
use axum::Router;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use model::{
    Entropy, Language,
    assessment::{Assessment, Code, Dnssec, Fault, Host, MtaSts, Tlsa},
    assurance::{Assurance, Level},
    chance::Clock,
    policy::RuleSet,
    retention::Retention,
};
use render::{
    Brand,
    brand::{Accent, Asset, Prose},
};
use store::{BlobSettings, DatabaseSettings, Store, StoreSettings, testing::PostgresServer};
use vault::{KeyPair, Pepper, SecretKey, ServerKey};
use wire::{
    address::{Domain, EmailAddress, ReversePath, TypedAddress},
    mta_sts::Policy,
};

use super::browser::Browser;
use crate::{house::House, routes, settings::PortalSettings};

pub(super) const ADA: &str = "ada@kunde.example";
pub(super) const BEN: &str = "ben@kunde.example";
pub(super) const PASSWORD: &str = "drei kleine Biber im Regen";
pub(super) const URL: &str = "https://post.beispiel.example";

/// One server for all tests of the process; every house has a database of its own there.
static POSTGRES: LazyLock<PostgresServer> = LazyLock::new(|| PostgresServer::start().unwrap());

/// What a house keeps its mail in.
#[derive(Clone, Copy)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// Runs each test on both engines, each time in a fresh house.
macro_rules! on_both {
    ($($test:ident)*) => {
        $(mod $test {
            use crate::tests::world::{Engine, World};

            #[tokio::test]
            async fn sqlite() {
                super::$test(&World::new(Engine::Sqlite).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                super::$test(&World::new(Engine::Postgres).await).await;
            }
        })*
    };
}
pub(super) use on_both;

/// Moves only when told.
pub(super) struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// Different every time, the same in every run.
struct Dice(AtomicU64);

struct Throw(u64);

impl Chance for Dice {
    fn entropy(&self) -> Box<dyn Entropy> {
        Box::new(Throw(self.0.fetch_add(1, Ordering::Relaxed) << 32))
    }
}

impl Entropy for Throw {
    /// The generator `SplitMix64`.
    fn fill(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

static TYPESETTER: LazyLock<document::Typesetter> = LazyLock::new(document::Typesetter::new);

/// Sets pages without a process of its own.
struct InProcess;

impl Typesetting for InProcess {
    fn set(&self, mail: document::Mail) -> Setting<'_> {
        let (done, pages) = tokio::sync::oneshot::channel();
        let thread = std::thread::Builder::new().stack_size(document::limits::STACK_BYTES);
        let work = move || done.send(TYPESETTER.mail(&mail, document::Form::LaidOut)).unwrap();
        thread.spawn(work).unwrap();
        Box::pin(async { pages.await.unwrap().map_err(|refused| SetError::Refused(refused.to_string())) })
    }
}

/// Finds out nothing about the world's mail servers but what the domain's name says.
#[derive(Default)]
pub(super) struct Names(Mutex<Vec<String>>);

impl Names {
    /// The domains that were looked at, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Prober for Names {
    fn probe<'a>(&'a self, domain: &'a Domain, now: Timestamp) -> Probing<'a> {
        self.0.lock().unwrap().push(domain.to_string());
        let (level, fault) = match domain.as_str().split('.').next() {
            Some("clear") => (Level::None, Some(Code::NoStartTls)),
            Some("silent") => (Level::None, Some(Code::ConnectFailed)),
            _ => (Level::Dane, None),
        };
        let host = Host {
            name: format!("mx.{domain}"),
            preference: Some(10),
            addresses: Vec::new(),
            dnssec: Dnssec::Secure,
            tlsa: Tlsa::default(),
            connection: None,
            assurance: Assurance { level, name_secure: true },
            faults: fault.map(Fault::from).into_iter().collect(),
        };
        let found = Assessment {
            domain: domain.to_string(),
            at: now,
            mx_dnssec: Dnssec::Secure,
            hosts: vec![host],
            mta_sts: MtaSts::None,
            faults: Vec::new(),
        };
        Box::pin(std::future::ready(found))
    }
}

pub(super) struct World {
    pub(super) engine: Engine,
    pub(super) app: Arc<App>,
    pub(super) router: Router,
    pub(super) prober: Arc<Names>,
    hands: Arc<Hands>,
    folder: tempfile::TempDir,
}

impl World {
    pub(super) async fn new(engine: Engine) -> Self {
        Self::at(engine, URL).await
    }

    /// A house whose portal is at `url`.
    pub(super) async fn at(engine: Engine, url: &str) -> Self {
        Self::build(engine, url, true, None).await
    }

    /// A house that has everything scanned.
    pub(super) async fn with_scanning(engine: Engine, scanning: Scanning) -> Self {
        Self::build(engine, URL, true, Some(scanning)).await
    }

    /// A house whose organisation does without the page about e-mail providers.
    pub(super) async fn without_provider_page(engine: Engine) -> Self {
        Self::build(engine, URL, false, None).await
    }

    async fn build(engine: Engine, url: &str, with_provider_page: bool, scanning: Option<Scanning>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = match engine {
            Engine::Sqlite => DatabaseSettings::Sqlite { path: folder.path().join("mail.db") },
            Engine::Postgres => POSTGRES.create_store_database().await.unwrap(),
        };
        let blobs = BlobSettings::Files { dir: folder.path().join("blobs") };
        let store = Store::open(StoreSettings { database, blobs }).await.unwrap();
        let hands = Arc::new(Hands(Mutex::new("2026-11-22T08:00:00Z".parse().unwrap())));
        let dice = Dice(AtomicU64::new(1));
        let mut entropy = dice.entropy();
        let keys = Keys {
            server: ServerKey::new(&SecretKey::generate(&mut entropy)),
            pepper: Pepper::new(&SecretKey::generate(&mut entropy)),
            recovery: KeyPair::generate(&mut entropy).public,
        };
        let world = (Arc::clone(&hands) as Arc<dyn Clock>, Arc::new(dice) as Arc<dyn Chance>);
        let app = App::new(store, keys, wishes(url), RuleSet::none(), world);
        let app = app.with_typesetting(Arc::new(InProcess));
        let app = match scanning {
            Some(scanning) => app.with_scanning(scanning),
            None => app,
        };
        let prober = Arc::new(Names::default());
        let app = Arc::new(if with_provider_page { app.with_prober(prober.clone()) } else { app });
        let settings = PortalSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls: None,
            logo: None,
            trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
            policies: policies(),
            connections_max: 8,
        };
        let router = routes::router(Arc::new(House::new(settings, Arc::clone(&app))));
        Self { engine, app, router, prober, hands, folder }
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    pub(super) fn advance(&self, time: SignedDuration) {
        *self.hands.0.lock().unwrap() += time;
    }

    /// Takes the content of the store away.
    pub(super) fn lose_blobs(&self) {
        std::fs::remove_dir_all(self.folder.path().join("blobs")).unwrap();
    }

    /// How many audit events of this word there are.
    pub(super) async fn events(&self, word: &str) -> usize {
        let events = self.app.store.read().await.unwrap().audit().list(0, 10_000).await.unwrap();
        events.iter().filter(|event| event.recorded.event == word).count()
    }

    /// A confidential mail comes in and is deposited.
    pub(super) async fn receive(&self, to: &str, raw: &[u8]) {
        let recipient = judge(&self.app, TypedAddress::parse(to).unwrap(), ReportWish::default()).await.unwrap();
        let mut spool = Spool::begin(&self.app).unwrap();
        spool.write(b"X-Siegelpost-Class: special\r\n").await.unwrap();
        spool.write(raw).await.unwrap();
        let envelope = Envelope {
            reverse_path: ReversePath::parse("service@beispiel.example").unwrap(),
            envelope_id: None,
            authenticated: None,
            client_address: None,
            require_tls: false,
            recipients: vec![recipient],
        };
        spool.accept(&envelope).await.unwrap();
        while job::work(&self.app).await.unwrap() > 0 {}
    }

    /// The mails that leave for customers, or for the organisation.
    pub(super) async fn outbox(&self, destination: Destination) -> Vec<(Parcel, String)> {
        let mut mails = Vec::new();
        for parcel in outgoing::lease(&self.app, destination, 50).await.unwrap() {
            let mut pieces = outgoing::content(&self.app, &parcel).await.unwrap().pieces();
            let mut raw = Vec::new();
            while let Some(piece) = pieces.next().await.unwrap() {
                raw.extend_from_slice(&piece);
            }
            let text = mime::view::MessageView::read(&raw).unwrap().readable_text().to_string();
            mails.push((parcel, text));
        }
        mails
    }

    /// The path of the link in the notice to `address`.
    pub(super) async fn link(&self, address: &str) -> String {
        let mails = self.outbox(Destination::World).await;
        let to_it = mails.iter().rev().filter(|(parcel, _)| parcel.recipient.address().as_str() == address);
        let links = to_it.filter_map(|(_, text)| {
            let start = text.find("/activate/").or_else(|| text.find("/notices/"))?;
            text[start..].split(|c: char| c.is_whitespace() || c == '>').next()
        });
        links.map(str::to_owned).next().unwrap()
    }

    /// A browser whose person got a mail, has activated the mailbox and is signed in.
    pub(super) async fn owner(&self, address: &str) -> Browser<'_> {
        self.receive(address, &letter("Bescheid", "<p>Guten Tag</p>", &[("Bescheid.pdf", "application/pdf")])).await;
        let link = self.link(address).await;
        let mut browser = self.browser();
        browser.activate(&link).await;
        browser
    }
}

/// The MTA-STS policies that every house here serves.
pub(super) fn policies() -> BTreeMap<Domain, Policy> {
    let policy = |mx: &str| {
        let text = format!("version: STSv1\r\nmode: enforce\r\nmx: {mx}\r\nmax_age: 604800\r\n");
        Policy::parse(text.as_bytes()).unwrap()
    };
    let domain = |name| Domain::parse(name).unwrap();
    [(domain("beispiel.example"), policy("mx.beispiel.example")), (domain("zwei.example"), policy("*.zwei.example"))]
        .into()
}

fn wishes(url: &str) -> Settings {
    let accent = Accent::default();
    let zone = TimeZone::UTC;
    Settings {
        brand: Brand {
            organisation: "Alpenblick Versicherung".into(),
            portal: "Kundenpostfach".into(),
            tag: "Alpenblick".into(),
            url: url.into(),
            logo: None,
            accent,
            zone: zone.clone(),
            service_address: "post@beispiel.example".into(),
            contact: render::brand::Contact::default(),
            imprint: Some(Prose::parse("# Impressum", "")),
            privacy: None,
            help: None,
            accessibility_authority: None,
            provider_page: false,
            style: Asset::style(accent, None),
            icon: Asset::icon(accent),
        },
        domains: vec![Domain::parse("beispiel.example").unwrap()],
        postmaster: TypedAddress::parse("postmaster@beispiel.example").unwrap(),
        language: Language::De,
        portal: PortalWishes {
            contacts: vec![Contact {
                name: "Leistung".into(),
                address: EmailAddress::parse("leistung@beispiel.example").unwrap(),
            }],
            message_bytes_max: 200_000,
            session_idle: SignedDuration::from_mins(20),
            session_max: SignedDuration::from_hours(8),
            password_length_min: 14,
            stretching: vault::Parameters::new(46 * 1024, 1, 1).unwrap(),
            stretchings_max: 2,
        },
        notices: Notices {
            sender: EmailAddress::parse("post@beispiel.example").unwrap(),
            subject_hidden: false,
            require_tls: false,
        },
        retention: Retention { activation_days: 40, inactivity_months: 18, zone },
        patience: Patience {
            retries: vec![SignedDuration::from_mins(5)],
            delay_notice: SignedDuration::from_hours(4),
            fallback: SignedDuration::from_hours(24),
            give_up: SignedDuration::from_hours(48),
        },
        transport: app::settings::Transport::default(),
        signers: Vec::new(),
    }
}

/// A mail with an HTML body and small attachments, each a name and a media type.
pub(super) fn letter(subject: &str, html: &str, attachments: &[(&str, &str)]) -> Vec<u8> {
    let mut mail = format!(
        "From: \"Sabine Service\" <service@beispiel.example>\r\nTo: <ada@kunde.example>\r\nSubject: {subject}\r\n\
         Date: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <{subject}@beispiel.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"xyz\"\r\n\r\n\
         --xyz\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
    );
    for (name, media_type) in attachments {
        let _ = write!(
            mail,
            "--xyz\r\nContent-Type: {media_type}\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\n%PDF-1.4 {name}\r\n"
        );
    }
    mail.push_str("--xyz--\r\n");
    mail.into_bytes()
}
