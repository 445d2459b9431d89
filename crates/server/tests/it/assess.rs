//! `siegelpost assess`, as it is typed, in a small Internet of names.

use std::{fs, io::Write as _, path::Path, process::Output, process::Stdio};

use resolve::testing::{Algorithm, Bed, Denial, Zone};

use crate::house::siegelpost;

fn names() -> Bed {
    let signed = |name: &str, records: &str| Zone::signed(name, records, Algorithm::EcdsaP256Sha256, Denial::Nsec);
    Bed::with_zones(&[
        signed("null.test", "@ MX 0 .\n"),
        signed("gone.test", "@ MX 10 mx\nmx A 127.0.0.1\n"),
        signed("test", ""),
        signed("", ""),
    ])
    .unwrap()
}

/// Writes a configuration that holds what counts here, and nothing else.
fn configure(folder: &Path, names: &Bed) {
    fs::write(folder.join("anchor"), names.anchor_text()).unwrap();
    let text = format!(
        "[dns]\nservers = [\"{}\"]\ntrust_anchor_file = \"anchor\"\n[transport]\nsmtp_port = 9\nprivate_addresses = true\n",
        names.recursive()
    );
    fs::write(folder.join("bed.toml"), text).unwrap();
}

fn assess(folder: &Path, arguments: &[&str]) -> Output {
    let output = siegelpost().args(["assess", "--config", "bed.toml"]).args(arguments).current_dir(folder).output();
    output.unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn domains_are_assessed_as_text_json_and_csv_p6() {
    let folder = tempfile::tempdir().unwrap();
    let names = names();
    configure(folder.path(), &names);

    let text = assess(folder.path(), &["erika@null.test"]);
    assert_eq!(text.status.code(), Some(1), "mail cannot go direct");
    assert!(out(&text).starts_with("null.test\n  level     none\n"), "{}", out(&text));
    assert!(out(&text).contains("note      null_mx\n"));
    assert!(err(&text).contains("warning: transport.smtp_port") && err(&text).contains("transport.private_addresses"));

    let json = assess(folder.path(), &["--json", "null.test", "gone.test", "missing.test", "NULL.test"]);
    let told: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let told = told.as_array().unwrap();
    let of = |name: &str| told.iter().find(|one| one["domain"] == name).unwrap();
    assert_eq!(told.len(), 3, "each domain once");
    assert_eq!(of("null.test")["faults"][0]["code"], "null_mx");
    assert_eq!(of("missing.test")["faults"][0]["code"], "no_such_domain");
    assert_eq!(of("gone.test")["mx_dnssec"], "secure");
    assert_eq!(of("gone.test")["hosts"][0]["faults"][0]["code"], "connect_failed");
    assert_eq!(
        (&of("gone.test")["ordinary"]["channel"], &of("gone.test")["level"]),
        (&"deposit".into(), &"none".into())
    );
    assert_eq!(of("gone.test")["special"]["channel"], "deposit");

    fs::write(folder.path().join("domains.txt"), "gone.test\n\n  x@null.test \n").unwrap();
    let csv = assess(folder.path(), &["--csv", "--file", "domains.txt"]);
    assert_eq!(
        out(&csv),
        "domain,level,qualified,ordinary,special,host,mx_dnssec,mta_sts,because\n\
         gone.test,none,no,deposit,deposit,,secure,none,connect_failed\n\
         null.test,none,no,deposit,deposit,,secure,none,null_mx\n"
    );
    let mut child = siegelpost()
        .args(["assess", "--config", "bed.toml", "--csv", "--file", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"null.test\n").unwrap();
    assert_eq!(out(&child.wait_with_output().unwrap()).lines().count(), 2);
}

#[test]
fn what_cannot_be_assessed_is_told_before_anybody_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bed.toml"), "[dns]\nservers = [\"127.0.0.1:9\"]\n").unwrap();
    for (arguments, said) in [
        (&["no domain"][..], "neither a domain nor an address"),
        (&["a@b@"], "is no address"),
        (&["x@[192.0.2.1]"], "names a machine by its number"),
        (&["--file", "gone.txt"], "gone.txt cannot be read"),
        (&["--json", "--csv", "a.test"], "cannot be used with"),
        (&["--parallel", "0", "a.test"], "0 is not in 1..=256"),
        (&["--parallel", "257", "a.test"], "257 is not in 1..=256"),
        (&[], "required"),
    ] {
        let output = assess(folder.path(), arguments);
        assert!(!output.status.success());
        assert!(err(&output).contains(said), "{said}: {}", err(&output));
        assert_eq!(out(&output), "");
    }
}
