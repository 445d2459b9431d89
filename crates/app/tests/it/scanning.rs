//! What a scanner finds, and what becomes of what it cannot look at.

use std::sync::{Arc, Mutex};

use app::{
    Pieces, read,
    receive::ReceiveError,
    scan::{NoVerdict, Otherwise, Scan, Scanner, Scanning, Signature, Signatures, State, Unscanned, Verdict},
    session::SignedIn,
    write::{self, Fields, SendError, Upload, UploadError},
};
use model::id::DraftId;
use store::Folder;

use crate::{
    house::{ADA, CLAIMS, House},
    mails::{envelope, special, with_files},
};

const BYTES_MAX: u64 = 500_000;
/// What the scanner takes for malware.
const BAD: &str = "a word that only malware has";

/// Knows one bad word, where it is there at all.
#[derive(Default)]
struct OneWord {
    is_away: Mutex<bool>,
    seen_bytes: Mutex<Vec<usize>>,
}

impl OneWord {
    fn goes_away(&self, is_away: bool) {
        *self.is_away.lock().unwrap() = is_away;
    }

    async fn look(&self, mut content: Pieces) -> Result<Verdict, NoVerdict> {
        if *self.is_away.lock().unwrap() {
            return Err(NoVerdict::Unavailable("away".into()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = content.next().await? {
            bytes.extend_from_slice(&piece);
        }
        self.seen_bytes.lock().unwrap().push(bytes.len());
        let is_bad = memchr::memmem::find(&bytes, BAD.as_bytes()).is_some();
        Ok(if is_bad { Verdict::Malware(Signature::new("One.Word")) } else { Verdict::Clean })
    }
}

impl Scanner for OneWord {
    fn scan(&self, content: Pieces) -> Scan<'_> {
        Box::pin(self.look(content))
    }

    fn state(&self) -> State<'_> {
        Box::pin(async { Ok(Signatures { version: "One word".into(), made_at: None }) })
    }
}

/// Runs a scenario on both engines, where what cannot be scanned has this fate.
async fn on_both(otherwise: Otherwise, scenario: impl AsyncFn(&House, &OneWord)) {
    for house in [House::sqlite().await, House::postgres().await] {
        let scanner = Arc::new(OneWord::default());
        let scanning = Scanning {
            scanner: Arc::clone(&scanner) as Arc<dyn Scanner>,
            bytes_max: BYTES_MAX,
            larger: otherwise,
            unavailable: otherwise,
        };
        Box::pin(scenario(&house.with_scanning(scanning), &scanner)).await;
    }
}

/// A mail that goes to the blob store.
fn large(word: &str) -> Vec<u8> {
    let mut bytes = vec![b'x'; 300_000];
    bytes.extend_from_slice(word.as_bytes());
    special("Groß", &String::from_utf8(bytes).unwrap())
}

async fn draft(house: &House, owner: &SignedIn) -> DraftId {
    let id = write::begin(&house.app, owner, None).await.unwrap();
    let fields = Fields { recipient: CLAIMS.into(), subject: "Frage".into(), text: "Guten Tag".into() };
    write::save(&house.app, owner, id, fields).await.unwrap().expect("a draft");
    id
}

async fn upload(house: &House, owner: &SignedIn, id: DraftId, bytes: &[u8]) -> Result<(), UploadError> {
    let mut upload = Upload::begin(&house.app, owner, id).await?;
    upload.write(bytes).await?;
    upload.finish("Datei.txt", "text/plain").await
}

/// How many large contents lie in the store.
fn contents(house: &House) -> usize {
    fn walk(folder: &std::path::Path) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
    }
    walk(&house.dir.path().join("blobs"))
}

#[tokio::test]
async fn p2_p3_malware_in_mails_is_refused_noted_and_removed() {
    on_both(Otherwise::Refuse, async |house, scanner| {
        for mail in [special("Klein", BAD), large(BAD)] {
            let recipients = vec![house.judge(ADA).await.unwrap()];
            let refused = house.accept_with(&mail, envelope(recipients)).await.unwrap_err();
            assert_eq!(refused, ReceiveError::Malware(Signature::new("One.Word")));
        }
        assert_eq!(house.events().await, ["malware_refused", "malware_refused"]);
        assert_eq!(contents(house), 0, "nothing of it stays");
        let mail = large("harmlos");
        house.accept(&mail, &[ADA]).await;
        assert_eq!(scanner.seen_bytes.lock().unwrap().last(), Some(&mail.len()), "all of it was looked at");
        assert_eq!(contents(house), 1);
    })
    .await;
}

#[tokio::test]
async fn p5_the_audit_event_names_the_malware_and_nothing_of_the_mail() {
    on_both(Otherwise::Refuse, async |house, _| {
        let recipients = vec![house.judge(ADA).await.unwrap()];
        house.accept_with(&special("Geheim", BAD), envelope(recipients)).await.unwrap_err();
        let events = house.app.store.read().await.unwrap().audit().list(0, 10).await.unwrap();
        assert_eq!(events[0].recorded.data, r#"{"event":"malware_refused","signature":"One.Word"}"#);
    })
    .await;
}

#[tokio::test]
async fn p2_what_cannot_be_scanned_waits_at_its_sender() {
    on_both(Otherwise::Refuse, async |house, scanner| {
        scanner.goes_away(true);
        for (mail, expected) in [
            (special("Klein", "harmlos"), ReceiveError::Unscanned),
            (large("harmlos"), ReceiveError::Unscanned),
            (special("Riesig", &"x".repeat(500_001)), ReceiveError::TooLargeToScan),
        ] {
            let recipients = vec![house.judge(ADA).await.unwrap()];
            assert_eq!(house.accept_with(&mail, envelope(recipients)).await, Err(expected));
        }
        assert!(house.events().await.is_empty() && contents(house) == 0);
        scanner.goes_away(false);
        house.accept(&large("harmlos"), &[ADA]).await;
    })
    .await;
}

#[tokio::test]
async fn p6_what_is_taken_unscanned_says_so_to_its_reader_and_in_its_story() {
    on_both(Otherwise::Accept, async |house, scanner| {
        let owner = house.ada().await;
        let entry = async |id| read::look_up(&house.app, &owner, id).await.unwrap().header.unscanned;
        assert_eq!(entry(house.newest(&owner, Folder::Inbox).await).await, None);
        scanner.goes_away(true);
        for (body, expected, told) in [
            ("harmlos".to_owned(), Unscanned::Unavailable, "der Scanner war nicht zu erreichen"),
            ("x".repeat(600_000), Unscanned::TooLarge, "zu groß für den Scanner"),
        ] {
            house.advance(jiff::SignedDuration::from_secs(1));
            let message = house.accept(&special("Ungeprüft", &body), &[ADA]).await;
            house.pump().await;
            let id = house.newest(&owner, Folder::Inbox).await;
            assert_eq!(entry(id).await, Some(expected));
            assert_eq!(read::open(&house.app, &owner, id).await.unwrap().entry.header.unscanned, Some(expected));
            let story = app::trace::message(&house.app, message).await.unwrap().pop().unwrap();
            let zone = jiff::tz::TimeZone::UTC;
            let text = render::story::tell(&story, model::Language::De, &zone);
            assert!(text.contains(told), "{text}");
        }
        let mail = special("Schlecht", BAD);
        house.accept(&mail, &[ADA]).await;
        scanner.goes_away(false);
        let recipients = vec![house.judge(ADA).await.unwrap()];
        assert!(house.accept_with(&mail, envelope(recipients)).await.is_err(), "what can be scanned is");
    })
    .await;
}

#[tokio::test]
async fn j10_malware_in_a_file_is_refused_and_the_draft_stays() {
    on_both(Otherwise::Refuse, async |house, scanner| {
        let owner = house.ada().await;
        let id = draft(house, &owner).await;
        let mut bad = vec![b'x'; 300_000];
        bad.extend_from_slice(BAD.as_bytes());
        for bytes in [BAD.as_bytes(), &bad] {
            let refused = upload(house, &owner, id, bytes).await.unwrap_err();
            assert_eq!(refused, UploadError::Malware(Signature::new("One.Word")));
        }
        scanner.goes_away(true);
        assert_eq!(upload(house, &owner, id, b"harmlos").await, Err(UploadError::Unscanned));
        assert_eq!(upload(house, &owner, id, &vec![b'x'; 500_001]).await, Err(UploadError::TooLargeToScan));
        scanner.goes_away(false);
        upload(house, &owner, id, b"harmlos").await.unwrap();
        let kept = write::load(&house.app, &owner, id).await.unwrap().unwrap();
        assert_eq!((kept.files.len(), kept.files[0].unscanned, kept.fields.text.as_str()), (1, None, "Guten Tag"));
        assert_eq!(contents(house), 0, "nothing of what was refused stays");
        let noted = house.events().await.into_iter().filter(|event| event == "malware_refused").count();
        assert_eq!(noted, 2);
        assert!(!matches!(write::send(&house.app, &owner, id).await, Err(SendError::NotFound)));
    })
    .await;
}

#[tokio::test]
async fn j10_files_that_are_taken_unscanned_are_marked_also_when_they_were_sent() {
    on_both(Otherwise::Accept, async |house, scanner| {
        let owner = house.ada().await;
        let id = draft(house, &owner).await;
        scanner.goes_away(true);
        upload(house, &owner, id, b"harmlos").await.unwrap();
        scanner.goes_away(false);
        upload(house, &owner, id, b"harmlos").await.unwrap();
        let kept = write::load(&house.app, &owner, id).await.unwrap().unwrap();
        let marks: Vec<_> = kept.files.iter().map(|file| file.unscanned).collect();
        assert_eq!(marks, [Some(Unscanned::Unavailable), None]);
        let sent = write::send(&house.app, &owner, id).await.unwrap();
        let copy = read::look_up(&house.app, &owner, sent.id).await.unwrap();
        assert_eq!(copy.header.unscanned, Some(Unscanned::Unavailable));
        assert!(house.events().await.contains(&"unscanned".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn j9_a_reader_is_told_what_to_be_careful_with() {
    on_both(Otherwise::Refuse, async |house, _| {
        let owner = house.ada().await;
        let mut program = b"MZ\x90\0".to_vec();
        program.resize(100, 0);
        let files: [(&str, &str, &[u8]); 3] = [
            ("Bescheid.pdf", "application/pdf", &program),
            ("Rechnung.pdf.exe", "application/pdf", b"%PDF-1.7"),
            ("Brief.pdf", "application/pdf", b"%PDF-1.7"),
        ];
        house.advance(jiff::SignedDuration::from_secs(1));
        house.accept(&with_files("Anlagen", "Guten Tag", &files), &[ADA]).await;
        house.pump().await;
        let id = house.newest(&owner, Folder::Inbox).await;
        for _ in 0..2 {
            let view = read::open(&house.app, &owner, id).await.unwrap().view.unwrap();
            let cautions: Vec<_> = view.attachments.iter().map(read::Attached::caution).collect();
            assert_eq!(cautions, [Some(read::Caution::Disguised), Some(read::Caution::Program), None], "kept too");
        }
    })
    .await;
}
