//! What people read where a scanner has looked, or could not look.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use app::scan::{NoVerdict, Otherwise, Scan, Scanner, Scanning, Signature, Signatures, State, Verdict};
use axum::http::StatusCode;
use jiff::Timestamp;

use super::{
    browser::Browser,
    world::{ADA, Engine, World, letter},
};

const CLEAN: u8 = 0;
const MALWARE: u8 = 1;
const AWAY: u8 = 2;

/// Says what it is told to say.
#[derive(Default)]
struct Told(AtomicU8);

impl Told {
    fn says(&self, what: u8) {
        self.0.store(what, Ordering::Relaxed);
    }
}

impl Scanner for Told {
    fn scan(&self, _: app::Pieces) -> Scan<'_> {
        let verdict = match self.0.load(Ordering::Relaxed) {
            CLEAN => Ok(Verdict::Clean),
            MALWARE => Ok(Verdict::Malware(Signature::new("Own.Test.Signature"))),
            _ => Err(NoVerdict::Unavailable("away".into())),
        };
        Box::pin(std::future::ready(verdict))
    }

    fn state(&self) -> State<'_> {
        let state = match self.0.load(Ordering::Relaxed) {
            AWAY => Err("away".to_owned()),
            _ => Ok(Signatures { version: "Told".into(), made_at: Some(Timestamp::UNIX_EPOCH) }),
        };
        Box::pin(std::future::ready(state))
    }
}

async fn worlds(otherwise: Otherwise) -> [(World, Arc<Told>); 2] {
    let told = [Arc::<Told>::default(), Arc::default()];
    let scanning = |scanner: &Arc<Told>| Scanning {
        scanner: Arc::clone(scanner) as Arc<dyn Scanner>,
        bytes_max: 100_000,
        larger: otherwise,
        unavailable: otherwise,
    };
    let sqlite = World::with_scanning(Engine::Sqlite, scanning(&told[0])).await;
    let postgres = World::with_scanning(Engine::Postgres, scanning(&told[1])).await;
    let [first, second] = told;
    [(sqlite, first), (postgres, second)]
}

const FIELDS: [(&str, &str); 5] = [
    ("recipient", "leistung@beispiel.example"),
    ("typed", ""),
    ("subject", "Meine Frage"),
    ("text", "Guten Tag Frau Müller"),
    ("do", "send"),
];

#[tokio::test]
async fn j10_a_file_that_is_refused_is_named_and_what_was_typed_stays() {
    for (world, scanner) in worlds(Otherwise::Refuse).await {
        let mut owner = world.owner(ADA).await;
        owner.get("/write").await;
        let big = vec![b'x'; 100_001];
        for (says, content, said) in [
            (MALWARE, b"x".as_slice(), "steckt Schadsoftware"),
            (AWAY, b"x", "kann gerade nicht auf Schadsoftware geprüft werden"),
            (CLEAN, &big, "ist zu groß, um auf Schadsoftware geprüft zu werden"),
        ] {
            scanner.says(says);
            let reply = owner.post_files("/write", &FIELDS, &[("Rechnung.pdf", content)]).await;
            assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "it is not sent without its file");
            let page = reply.text();
            assert!(page.contains("Rechnung.pdf") && page.contains(said), "{said}");
            assert!(page.contains("Meine Frage") && page.contains("Guten Tag Frau Müller"), "{said}");
            assert!(!page.contains("Own.Test.Signature"), "its name tells people nothing");
        }
        scanner.says(CLEAN);
        let reply = owner.post_files("/write", &FIELDS, &[("Rechnung.pdf", b"x")]).await;
        assert!(reply.location().starts_with("/sent/"), "{}", reply.text());
        assert_eq!(world.events("malware_refused").await, 1);
    }
}

/// The page of the message with this subject.
async fn read(owner: &mut Browser<'_>, subject: &str) -> String {
    let inbox = owner.get("/").await.text();
    let row = inbox.find(&format!("<bdi>{subject}</bdi>")).expect("a row");
    let link = inbox[..row].rfind("/messages/").map(|at| inbox[at..].split('"').next().unwrap()).unwrap();
    let page = owner.get(link).await.text();
    assert!(page.contains(&format!("<h1><bdi>{subject}")), "{link}");
    page
}

#[tokio::test]
async fn p6_what_was_taken_unscanned_is_marked_where_it_is_read() {
    for (world, scanner) in worlds(Otherwise::Accept).await {
        let mut owner = world.owner(ADA).await;
        owner.get("/write").await;
        scanner.says(AWAY);
        let reply = owner.post_files("/write", &[("do", "attach")], &[("Rechnung.pdf", b"x")]).await;
        let draft = owner.get(&reply.location().replace("#file", "")).await.text();
        assert!(draft.contains("Rechnung.pdf") && draft.contains("nicht auf Schadprogramme geprüft"));
        world.receive(ADA, &letter("Ungeprüft", "<p>Guten Tag</p>", &[])).await;
        scanner.says(CLEAN);
        world.advance(jiff::SignedDuration::from_secs(1));
        world.receive(ADA, &letter("Unauffällig", "<p>Guten Tag</p>", &[])).await;
        for (subject, is_marked) in [("Ungeprüft", true), ("Unauffällig", false)] {
            let page = read(&mut owner, subject).await;
            assert_eq!(page.contains("nicht auf Schadprogramme geprüft"), is_marked, "{subject}");
        }
    }
}

#[tokio::test]
async fn readiness_tells_of_the_scanner_and_stays() {
    let [(world, scanner), _] = worlds(Otherwise::Refuse).await;
    let mut browser = world.browser();
    for (says, told) in [(CLEAN, "signatures are old"), (AWAY, "scanner does not answer")] {
        scanner.says(says);
        let reply = browser.get("/readyz").await;
        assert_eq!(reply.status, StatusCode::OK, "people can read all the same");
        let text = reply.text();
        assert!(text.starts_with("ready\n") && text.contains(told), "{text}");
    }
}

#[tokio::test]
async fn j9_the_page_warns_of_programs_whatever_their_name() {
    let world = World::new(Engine::Sqlite).await;
    let mut owner = world.owner(ADA).await;
    let mut mail =
        String::from_utf8(letter("Anlagen", "<p>Guten Tag</p>", &[("Rechnung.pdf.exe", "application/pdf")])).unwrap();
    let program = data_encoding::BASE64.encode(&[b"MZ\x90\0".as_slice(), &[0; 100]].concat());
    mail = mail.replace(
        "--xyz--",
        &format!(
            "--xyz\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=\"Bescheid.pdf\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{program}\r\n--xyz--"
        ),
    );
    world.advance(jiff::SignedDuration::from_secs(1));
    world.receive(ADA, mail.as_bytes()).await;
    let page = read(&mut owner, "Anlagen").await;
    let of = |name: &str| page.split("<li>").find(|file| file.contains(name)).unwrap_or_default().to_owned();
    assert!(
        of("Rechnung.pdf.exe").contains("nur, wenn Sie sie erwarten") && of("Rechnung.pdf.exe").contains("Programm")
    );
    assert!(
        of("Bescheid.pdf").contains("der Name täuscht") && of("Bescheid.pdf").contains("Programm"),
        "{}",
        of("Bescheid.pdf")
    );
}
