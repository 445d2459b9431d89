//! What lies on disk, what the keys of a running server open, and what is written into logs.

use std::{
    io,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
};

use store::{DatabaseSettings, Folder, WrapKind};
use tracing_subscriber::fmt::MakeWriter;
use vault::{DataKey, PrivateKey, Purpose, Sealed};

use crate::{
    house::{ADA, CLAIMS, House, on_both},
    story,
};

on_both! {
    p5_nothing_readable_lies_at_rest
    p5_the_servers_keys_open_no_active_mailbox
    p5_the_recovery_key_opens_every_mailbox
    p5_logs_name_nobody_and_nothing
    p5_audit_events_name_nobody_and_nothing
}

/// Everything at rest: the database, its log, and the blobs.
fn at_rest(house: &House) -> Vec<u8> {
    let mut found = Vec::new();
    read_folder(house.dir.path(), &mut found);
    if let DatabaseSettings::Postgres(settings) = &house.database {
        let dump = Command::new("pg_dump").args(["--data-only", "--inserts", &settings.url]).output().unwrap();
        assert!(dump.status.success(), "{}", String::from_utf8_lossy(&dump.stderr));
        // Bytes are dumped as `\x…` in hexadecimal: looked at as they are as well.
        for value in String::from_utf8_lossy(&dump.stdout).split("\\x").skip(1) {
            let digits = value.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(value.len());
            found.extend(data_encoding::HEXLOWER_PERMISSIVE.decode(&value.as_bytes()[..digits]).unwrap_or_default());
            found.push(0);
        }
        found.extend(dump.stdout);
    }
    found
}

fn read_folder(folder: &Path, found: &mut Vec<u8>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_folder(&path, found);
        } else {
            found.extend(path.to_string_lossy().as_bytes());
            found.extend(std::fs::read(&path).unwrap());
        }
    }
}

/// The ways in which bytes may be written: as they are, in hexadecimal, in base64 at each of three places, in UTF-16.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![
        secret.to_vec(),
        data_encoding::HEXLOWER.encode(secret).into_bytes(),
        data_encoding::HEXUPPER.encode(secret).into_bytes(),
    ];
    if let Ok(text) = std::str::from_utf8(secret) {
        forms.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        forms.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        forms.push(text.to_lowercase().into_bytes());
        forms.push(serde_json::to_string(text).unwrap().trim_matches('"').as_bytes().to_vec());
    }
    for shift in 0..3 {
        // What depends on the bytes around the secret is cut away: the first and last character group.
        let shifted = [&vec![0; shift], secret].concat();
        for encoding in [data_encoding::BASE64, data_encoding::BASE64URL] {
            let encoded = encoding.encode(&shifted).into_bytes();
            forms.push(encoded[4..encoded.len() - 4].to_vec());
        }
    }
    forms
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

async fn p5_nothing_readable_lies_at_rest(house: &House) {
    let story = story::tell(house).await;
    let found = at_rest(house);
    assert!(holds(&found, CLAIMS.as_bytes()), "the search finds what is there: addresses of envelopes are");
    for (name, secret) in &story.secrets {
        for form in forms(secret) {
            assert!(!holds(&found, &form), "{name} lies at rest as {}", String::from_utf8_lossy(&form));
        }
    }
    // The secrets of links and cookies as bytes, which is what a careless table would hold.
    for (name, secret) in story.secrets.iter().filter(|(_, secret)| secret.len() == vault::token::TOKEN_TEXT_LENGTH) {
        if let Ok(bytes) = data_encoding::BASE64URL_NOPAD.decode(secret) {
            assert!(!holds(&found, &bytes), "the bytes of {name} lie at rest");
        }
    }
}

async fn p5_the_servers_keys_open_no_active_mailbox(house: &House) {
    story::tell(house).await;
    let server = &house.app.keys.server;
    let mut reader = house.app.store.read().await.unwrap();
    let active = reader.mailboxes().find_by_address(ADA).await.unwrap().unwrap();
    let mut values = Vec::new();
    for kind in [WrapKind::Pending, WrapKind::Password, WrapKind::Answer, WrapKind::Recovery] {
        values.extend(reader.wraps().find(active.id, kind).await.unwrap().map(|wrap| wrap.sealed));
    }
    assert_eq!(values.len(), 3, "password, answer, recovery");
    values.extend(reader.sessions().list(active.id).await.unwrap().into_iter().map(|session| session.sealed));
    let mut ids = vec![*active.id.as_bytes()];
    for folder in [Folder::Inbox, Folder::Sent] {
        for row in reader.deliveries().page(active.id, folder, None, 100).await.unwrap() {
            ids.extend([*row.id.as_bytes(), *row.message_id.as_bytes()]);
            values.extend(row.data_key_sealed);
            values.extend(row.header_sealed);
            values.extend(reader.kept_views().find(row.id, "view").await.unwrap());
            let message = reader.messages().find(row.message_id).await.unwrap().unwrap();
            assert_eq!(message.data_key_sealed, None, "the server kept no key of a deposited message");
        }
    }
    for draft in reader.drafts().list(active.id).await.unwrap() {
        ids.push(*draft.id.as_bytes());
        values.push(draft.sealed);
    }
    assert!(values.len() > 10 && ids.len() > 6);
    for value in values {
        let sealed = Sealed::from_bytes(value);
        assert!(PrivateKey::open_pending(active.id, &sealed, server).is_err());
        for key in [server.content(), server.signing()] {
            for purpose in Purpose::ALL {
                for id in &ids {
                    assert!(vault::open(key, purpose, id, &sealed).is_err(), "the server opens {purpose:?}");
                }
            }
        }
    }
    // A mailbox that nobody has activated does open, as documented: reminders carry working links.
    let pending = reader.mailboxes().find_by_address("wartet@kunde.example").await.unwrap().unwrap();
    let wrap = reader.wraps().find(pending.id, WrapKind::Pending).await.unwrap().unwrap();
    assert!(PrivateKey::open_pending(pending.id, &Sealed::from_bytes(wrap.sealed), server).is_ok());
}

async fn p5_the_recovery_key_opens_every_mailbox(house: &House) {
    story::tell(house).await;
    let mut reader = house.app.store.read().await.unwrap();
    for address in [ADA, "wartet@kunde.example"] {
        let mailbox = reader.mailboxes().find_by_address(address).await.unwrap().unwrap();
        let wrap = reader.wraps().find(mailbox.id, WrapKind::Recovery).await.unwrap().unwrap();
        let private = PrivateKey::open_recovery(mailbox.id, &Sealed::from_bytes(wrap.sealed), &house.recovery).unwrap();
        assert_eq!(private.public_key().to_bytes(), mailbox.public_key);
        let row = reader.deliveries().page(mailbox.id, Folder::Inbox, None, 1).await.unwrap().pop().unwrap();
        let sealed = Sealed::from_bytes(row.data_key_sealed.unwrap());
        let id = row.id.as_bytes();
        let opened = if row.kept {
            DataKey::open(&private.mailbox_key(), Purpose::DataKey, id, &sealed)
        } else {
            DataKey::open_with(&private, Purpose::DataKey, id, &sealed)
        };
        assert!(opened.is_ok(), "messages become readable again after a reset");
    }
}

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The log of all tests of this program, of every crate at the level `trace`, the drivers of the databases included: what one test may not
/// log, none may.
fn log() -> &'static Log {
    static LOG: std::sync::LazyLock<Log> = std::sync::LazyLock::new(|| {
        let log = Log::default();
        let filter = tracing_subscriber::EnvFilter::new("trace");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(log.clone()).init();
        log
    });
    &LOG
}

async fn p5_logs_name_nobody_and_nothing(house: &House) {
    let log = log();
    tracing::info!("the log works");
    let story = story::tell(house).await;
    // Trouble, too, is told without names: a message whose content is gone.
    house.accept(&crate::mails::special(story::SUBJECT, story::BODY), &[ADA]).await;
    house.execute("DELETE FROM blobs").await;
    house.pump().await;
    let logged = log.0.lock().unwrap().clone();
    assert!(holds(&logged, b"the log works") && holds(&logged, b"job failed"));
    for (name, secret) in &story.secrets {
        assert!(!holds(&logged, secret), "{name} is logged: {}", String::from_utf8_lossy(secret));
    }
    for address in [ADA, CLAIMS, "wartet@kunde.example"] {
        let line = logged.split(|byte| *byte == b'\n').find(|line| holds(line, address.as_bytes()));
        assert_eq!(line.map(String::from_utf8_lossy), None, "{address} is logged");
    }
}

async fn p5_audit_events_name_nobody_and_nothing(house: &House) {
    let story = story::tell(house).await;
    for _ in 0..3 {
        app::housekeeping::tidy(&house.app).await.unwrap();
    }
    let mut reader = house.app.store.read().await.unwrap();
    let events = reader.audit().list(0, 10_000).await.unwrap();
    assert_eq!(reader.audit().verify_chain().await.unwrap(), None, "the chain is whole");
    assert!(events.iter().all(|event| event.hash.is_some()), "and holds every event");
    let words: std::collections::BTreeSet<&str> = events.iter().map(|event| event.recorded.event.as_str()).collect();
    for word in [
        "accepted",
        "mailbox_created",
        "deposited",
        "notice_queued",
        "activated",
        "signed_in",
        "sign_in_failed",
        "signed_out",
        "read",
        "exported",
        "deleted",
        "sent",
        "password_changed",
        "question_changed",
        "channel_taken",
    ] {
        assert!(words.contains(word), "nothing tells of {word}");
    }
    let told = format!("{events:?} {:?}", events.iter().map(|event| &event.recorded.data).collect::<Vec<_>>());
    for (name, secret) in &story.secrets {
        assert!(!holds(told.as_bytes(), secret), "{name} is on record");
    }
    for address in [ADA, CLAIMS, "wartet@kunde.example", "@"] {
        assert!(!told.contains(address), "{address} is on record in {told}");
    }
}
