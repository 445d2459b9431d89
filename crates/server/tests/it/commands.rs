//! The commands an administrator types, and what they say.

use std::{fs, path::Path, process::Output};

use crate::house::siegelpost;

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
fn check_names_line_mistake_and_cure() {
    let folder = tempfile::tempdir().unwrap();
    run(&["init", "."], folder.path());
    let path = folder.path().join("siegelpost.toml");
    let text = fs::read_to_string(&path).unwrap();
    for (wrong, expected) in [
        (text.replace("#listen = \"127.0.0.1:8080\"", "lisen = \"127.0.0.1:8080\""), "did you mean"),
        (text.replace("https://post.alpenblick.example", "http://post.alpenblick.example"), "in clear"),
        (text.replace("#accent = \"#1f5f8b\"", "accent = \"#ffee88\""), "would do"),
        (text.replace("#activation_days = 40", "activation_days = 3"), "7 to 365"),
        (text.replace("#listen = \"127.0.0.1:8080\"", "listen = \"0.0.0.0:8080\""), "certificate_file"),
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
        .replace("host = \"mail.alpenblick.example\"", "host = \"127.0.0.1\"\nport = 9\ntls = \"loopback\"");
    fs::write(&path, loopback).unwrap();
    let doctor = run(&["doctor"], folder.path());
    assert!(!doctor.status.success());
    let said = said(&doctor);
    for expected in ["ok      keys", "ok      store", "ok      blobs", "ok      clock", "WRONG   delivery.world"] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
}

#[test]
fn version_is_the_version() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(said(&run(&["version"], folder.path())), format!("siegelpost {}\n", env!("CARGO_PKG_VERSION")));
}
