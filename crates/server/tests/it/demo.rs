//! The demo as a newcomer starts it.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
};

use crate::house::{Demo, hand_in, recipients, until};

#[test]
fn the_demo_has_sent_itself_a_message_whose_notice_waits_in_the_outbox_j2() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path(), &[]);
    until(|| {
        if recipients(data.path()).contains("erika.beispiel@kundin.example") { Ok(()) } else { Err("no notice".into()) }
    });
    let page = get(demo.outbox, "/");
    assert!(page.contains("Alpenblick"), "{page}");
    assert!(get(demo.outbox, "/1").contains("/activate/"));
    assert!(get(demo.portal, "/healthz").starts_with("HTTP/1.1 200"));
    assert!(get(demo.portal, "/readyz").starts_with("HTTP/1.1 200"));
    assert!(demo.stop().success(), "SIGTERM ends it in good order");
}

#[test]
fn the_state_outlives_the_process_and_the_sample_is_sent_once() {
    let data = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let demo = Demo::start(data.path(), &[]);
        until(|| if data.path().join("outbox/000001.json").exists() { Ok(()) } else { Err("no notice".into()) });
        demo.kill();
    }
    assert!(!data.path().join("outbox/000002.json").exists());
}

#[test]
fn an_ordinary_mail_leaves_byte_for_byte_and_a_special_one_does_not_c2() {
    let data = tempfile::tempdir().unwrap();
    let demo = Demo::start(data.path(), &["--no-sample"]);
    let mail = "From: a@alpenblick.example\r\nTo: b@kundin.example\r\nSubject: Termin\r\n\r\nBis morgen.";
    let said = hand_in(demo.intake, "a@alpenblick.example", "b@kundin.example", mail).unwrap();
    assert!(said.starts_with("250"), "{said}");
    until(|| if data.path().join("outbox/000001.json").exists() { Ok(()) } else { Err("not sent".into()) });
    assert_eq!(std::fs::read_to_string(data.path().join("outbox/000001.eml")).unwrap(), format!("{mail}\r\n"));
    let special = mail.replace("Termin", "[vertraulich] Termin").replace("Bis morgen.", "Ihr Befund ist da.");
    hand_in(demo.intake, "a@alpenblick.example", "b@kundin.example", &special).unwrap();
    until(|| if data.path().join("outbox/000002.json").exists() { Ok(()) } else { Err("no notice".into()) });
    let notice = std::fs::read_to_string(data.path().join("outbox/000002.eml")).unwrap();
    assert!(!notice.contains("Befund") && notice.contains("Auto-Submitted: auto-generated"), "{notice}");
}

/// Status line, header and body of a page.
fn get(server: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(server).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n").unwrap();
    let mut page = Vec::new();
    stream.read_to_end(&mut page).unwrap();
    String::from_utf8_lossy(&page).into_owned()
}
