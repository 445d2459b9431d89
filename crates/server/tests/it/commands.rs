//! The commands an administrator types, and what they say.

use std::{fs, path::Path, process::Output};

use rcgen::CertifiedKey;
use store::testing::PostgresServer;

use crate::house::siegelpost;

/// A name server that does not answer.
const NOBODY: &str = "servers = [\"127.0.0.1:9\"]";
const DATABASE: &str = "#database = \"sqlite:siegelpost.db\"";

fn run(arguments: &[&str], folder: &Path) -> Output {
    siegelpost().args(arguments).current_dir(folder).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

#[test]
fn init_writes_what_check_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let init = run(&["init", "post"], folder.path());
    assert!(init.status.success(), "{}", said(&init));
    assert!(said(&init).contains("recovery key away"), "{}", said(&init));
    let check = run(&["check", "--config", "post/siegelpost.toml"], folder.path());
    assert!(check.status.success(), "{}", said(&check));
    let again = run(&["init", "post"], folder.path());
    assert!(!again.status.success() && said(&again).contains("nothing was changed"), "{}", said(&again));
}

#[test]
fn check_warns_of_what_is_for_test_beds_alone() {
    let folder = tempfile::tempdir().unwrap();
    run(&["init", "."], folder.path());
    let path = folder.path().join("siegelpost.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!said(&run(&["check"], folder.path())).contains("warning"));
    let bed = text
        .replace("#smtp_port = 25", "smtp_port = 2500")
        .replace("#policy_port = 443", "policy_port = 4430")
        .replace("#private_addresses = false", "private_addresses = true");
    fs::write(&path, bed).unwrap();
    let check = run(&["check"], folder.path());
    assert!(check.status.success());
    for key in ["smtp_port", "policy_port", "private_addresses"] {
        assert!(said(&check).contains(&format!("warning: transport.{key}")), "{}", said(&check));
    }
}

#[test]
fn check_names_line_mistake_and_cure() {
    let folder = tempfile::tempdir().unwrap();
    run(&["init", "."], folder.path());
    let path = folder.path().join("siegelpost.toml");
    let text = fs::read_to_string(&path).unwrap();
    for (wrong, expected) in [
        (text.replace("#listen = \"127.0.0.1:8080\"", "lisen = \"127.0.0.1:8080\""), "did you mean"),
        (text.replace("https://post.alpenblick.example", "http://post.alpenblick.example"), "in clear"),
        (text.replace("#accent = \"#1f5f8b\"", "accent = \"#ffee88\""), "its contrast is 1.02 to 1 where 4.5 to 1"),
        (text.replace("#accent_dark = \"\"", "accent_dark = \"#003366\""), "portal.accent_dark: #003366 is too dark"),
        (text.replace("#header = \"\"", "header = \"navy\""), "portal.header: a colour is written as #rrggbb"),
        (text.replace("#header_dark = \"\"", "header_dark = \"#003366\""), "needs portal.header"),
        (text.replace("#activation_days = 40", "activation_days = 3"), "7 to 365"),
        (text.replace("#listen = \"127.0.0.1:8080\"", "listen = \"0.0.0.0:8080\""), "certificate_file"),
        (text.replace("#postmaster = \"\"", "postmaster = \"it@partner.example\""), "organisation.postmaster"),
        (text.replace("#sessions_per_source_max = 50", "sessions_per_source_max = 0"), "1 to 10000"),
        (text.replace(DATABASE, "database = \"postgres://u@db.example/post?sslmode=disable\""), "over TLS only"),
        (text.replace("#connect_seconds_max = 30", "connect_seconds_max = 0"), "1 to 300"),
        (text.replace("#validating_server = \"\"", "validating_server = \"192.0.2.53:53\""), "not on loopback"),
        (text.replace("#trust_anchor_file = \"\"", "trust_anchor_file = \"gone\""), "dns.trust_anchor_file"),
        (text.replace("#extra_ca_file = \"\"", "extra_ca_file = \"gone\""), "transport.extra_ca_file"),
        (text.replace("#provider_page = true", "provider_pages = false"), "did you mean `portal.provider_page`"),
        (text.replace("#time_zone = \"Europe/Berlin\"", "time_zone = \"Europe/Nowhere\""), "time_zone"),
    ] {
        assert_ne!(wrong, text, "{expected}: the sample line is gone from the reference");
        fs::write(&path, wrong).unwrap();
        let check = run(&["check"], folder.path());
        assert!(!check.status.success());
        assert!(said(&check).contains(expected), "{expected}: {}", said(&check));
    }
}

#[test]
fn doctor_finds_what_is_there_and_what_is_not() {
    let folder = tempfile::tempdir().unwrap();
    run(&["init", "."], folder.path());
    let path = folder.path().join("siegelpost.toml");
    let loopback = fs::read_to_string(&path)
        .unwrap()
        .replace("\nhost = \"mail.alpenblick.example\"", "\nhost = \"127.0.0.1\"\nport = 9\ntls = \"loopback\"")
        .replace("#servers = []", NOBODY);
    fs::write(&path, loopback).unwrap();
    let doctor = run(&["doctor"], folder.path());
    assert!(!doctor.status.success());
    let said = said(&doctor);
    for expected in [
        "ok      keys",
        "ok      store",
        "answers: SQLite",
        "ok      blobs",
        "ok      clock",
        "UNKNOWN dns 127.0.0.1:9: ",
        "UNKNOWN own domains: not looked at",
        "ok      delivery.world: mail goes to",
        "WRONG   delivery.organisation",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

/// C6: what is allowed for a domain has a reason, a name and an end, and nothing permits clear text.
#[test]
fn c6_exceptions_are_added_shown_and_ended() {
    let folder = tempfile::tempdir().unwrap();
    run(&["init", "."], folder.path());
    let add = |minimum, until, reason| {
        let arguments =
            ["exception", "add", "klinik.example", "--minimum", minimum, "--until", until, "--reason", reason];
        run(&[&arguments[..], &["--author", "admin"]].concat(), folder.path())
    };
    for (minimum, until, reason, expected) in [
        ("none", "2099-12-24", "why", "nothing is ever sent in clear"),
        ("encrypted", "2001-12-24", "why", "lies in the past"),
        ("encrypted", "soon", "why", "neither a day nor a moment"),
        ("encrypted", "2099-12-24", " ", "needs a reason"),
    ] {
        let refused = add(minimum, until, reason);
        assert!(!refused.status.success() && said(&refused).contains(expected), "{expected}: {}", said(&refused));
    }
    assert!(add("encrypted", "2099-12-24", "new server").status.success());
    let list = run(&["exception", "list"], folder.path());
    assert!(
        said(&list).contains("holds  klinik.example") && said(&list).contains("new server (admin)"),
        "{}",
        said(&list)
    );
    let one = run(&["destinations", "klinik.example"], folder.path());
    assert!(said(&one).contains("no mail has gone there yet") && said(&one).contains("new server"), "{}", said(&one));
    assert!(run(&["exception", "end", "klinik.example"], folder.path()).status.success());
    assert!(!run(&["exception", "end", "klinik.example"], folder.path()).status.success());
    assert!(said(&run(&["exception", "list"], folder.path())).contains("ended  klinik.example"));
    let all = run(&["destinations", "--days", "3"], folder.path());
    assert!(all.status.success() && said(&all).contains("0 domains"), "{}", said(&all));
    for (id, expected) in [("nonsense", "is no id"), ("aaaaaaaaaaaaaaaaaaaaaaaaaa", "there is no message")] {
        let trace = run(&["trace", id], folder.path());
        assert!(!trace.status.success() && said(&trace).contains(expected), "{}", said(&trace));
    }
}

#[tokio::test]
async fn p1_doctor_says_how_postgres_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    run(&["init", "."], folder.path());
    let path = folder.path().join("siegelpost.toml");
    let text = fs::read_to_string(&path).unwrap().replace("#servers = []", NOBODY);
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.path().join("ca.pem"), cert.pem()).unwrap();
    let mut server = PostgresServer::start().unwrap();
    server.speak_tls(&cert.pem(), &signing_key.serialize_pem()).unwrap();
    let url = server.create_database().await.unwrap().url;
    for (url, ca_file, expected) in [
        (url.clone(), "", "ok      store: answers: PostgreSQL on this machine, without TLS"),
        (url.replace("127.0.0.1", "localhost"), "ca.pem", "ok      store: answers: PostgreSQL proved itself, TLS"),
        (url, "ca.pem", "WRONG   store: "),
    ] {
        let database = format!("database = \"{url}\"\nca_file = \"{ca_file}\"");
        fs::write(&path, text.replace(DATABASE, &database)).unwrap();
        let said = said(&run(&["doctor"], folder.path()));
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn version_is_the_version() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(said(&run(&["version"], folder.path())), format!("siegelpost {}\n", env!("CARGO_PKG_VERSION")));
}
