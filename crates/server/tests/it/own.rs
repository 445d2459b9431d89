//! The own domains, from nothing published to everything: what `doctor` prints goes into the zone, and then it is content.

use std::{
    fs,
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Output, Stdio},
};

use rcgen::{CertifiedKey, KeyPair, PKCS_ED25519};
use resolve::testing::{Algorithm, Bed, Denial, Fault, Zone};
use serde_json::Value;

use crate::house::{free_port, siegelpost, until};

/// What is there before anything is published for the protection of mail.
const ZONE: &str = "@ MX 10 mx\nmx A 127.0.0.1\nportal A 127.0.0.1\nmail A 192.0.2.1\n";

fn names(records: &str, pointers: &str) -> Bed {
    let signed = |name: &str, records: &str| Zone::signed(name, records, Algorithm::EcdsaP256Sha256, Denial::Nsec);
    Bed::with_zones(&[
        signed("own.test", &format!("{ZONE}{records}")),
        signed("broken.test", "").with(Fault::Expired),
        signed("test", ""),
        signed("2.0.192.in-addr.arpa", pointers),
        signed("", ""),
    ])
    .unwrap()
}

/// A house with keys, certificate and ports of its own.
struct Installation {
    folder: tempfile::TempDir,
    https: u16,
    smtp: u16,
}

impl Installation {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let this = Self { folder, https: free_port(), smtp: free_port() };
        assert!(this.run(&["init", "."]).status.success());
        let names = ["portal.own.test", "mta-sts.own.test", "mx.own.test"].map(str::to_owned);
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
        this.write("chain.pem", &cert.pem());
        this.write("key.pem", &signing_key.serialize_pem());
        this.write("dkim.pem", &KeyPair::generate_for(&PKCS_ED25519).unwrap().serialize_pem());
        this
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Names are looked up in `bed`; `dns` and `mx` are further lines of `[dns]` and the list of the policy.
    fn configure(&self, bed: &Bed, dns: &str, mx: &str) {
        self.write("anchor", bed.anchor_text());
        let Self { https, smtp, .. } = self;
        let certificate = "certificate_file = \"chain.pem\"\nkey_file = \"key.pem\"";
        self.write(
            "siegelpost.toml",
            &format!(
                "[organisation]\nname = \"Own\"\ndomains = [\"own.test\"]\n\
                 [portal]\nurl = \"https://portal.own.test\"\nlisten = \"127.0.0.1:{https}\"\n{certificate}\n\
                 [intake]\nlisten = \"127.0.0.1:{smtp}\"\nhostname = \"mx.own.test\"\n{certificate}\n\
                 [notices]\nsender = \"post@own.test\"\ntag = \"[Own]\"\n\
                 [delivery]\nhostname = \"mail.own.test\"\n\
                 [delivery.world]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"loopback\"\n\
                 [delivery.organisation]\nhost = \"127.0.0.1\"\nport = {smtp}\ntls = \"loopback\"\n\
                 [[delivery.dkim]]\ndomain = \"own.test\"\nselector = \"post1\"\nkey_file = \"dkim.pem\"\n\
                 [[mta_sts]]\ndomain = \"own.test\"\nmode = \"enforce\"\nmx = [\"{mx}\"]\n\
                 [dns]\nservers = [\"{}\"]\ntrust_anchor_file = \"anchor\"\n{dns}\n\
                 [transport]\nsmtp_port = {smtp}\npolicy_port = {https}\nextra_ca_file = \"chain.pem\"\nprivate_addresses = true\n",
                bed.recursive()
            ),
        );
    }

    fn run(&self, arguments: &[&str]) -> Output {
        siegelpost().args(arguments).current_dir(self.path()).output().unwrap()
    }

    fn serve(&self) -> Serving {
        let mut command = siegelpost();
        let child = command.arg("serve").current_dir(self.path()).stderr(Stdio::null()).spawn().unwrap();
        for port in [self.https, self.smtp] {
            until(|| TcpStream::connect(("127.0.0.1", port)).map(drop).map_err(|error| error.to_string()));
        }
        Serving(child)
    }

    /// The findings, and whether the command was content.
    fn doctor(&self) -> (Vec<Value>, bool) {
        let output = self.run(&["doctor", "--json"]);
        let told: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (told.as_array().unwrap().clone(), output.status.success())
    }
}

struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn grade<'a>(findings: &'a [Value], what: &str) -> &'a str {
    let found = findings.iter().find(|finding| finding["what"] == what);
    found.map_or_else(|| panic!("{what} in {findings:#?}"), |finding| finding["grade"].as_str().unwrap())
}

#[test]
fn what_doctor_prints_is_all_that_the_zone_needs() {
    let bare = names("", "");
    let installation = Installation::new();
    installation.configure(&bare, "", "mx.own.test");
    let _serving = installation.serve();

    let (findings, is_content) = installation.doctor();
    assert!(!is_content);
    for (what, expected) in [
        ("mail.own.test: name in EHLO", "good"),
        ("192.0.2.1: name of the address (PTR)", "wrong"),
        ("mail.own.test: SPF", "wrong"),
        ("own.test: SPF", "wrong"),
        ("post1._domainkey.own.test: DKIM key", "wrong"),
        ("own.test: DMARC", "wrong"),
        ("own.test: mail servers", "good"),
        ("own.test: TLSA of mx.own.test", "could_be_better"),
        ("own.test: MTA-STS", "wrong"),
        ("own.test: TLS reports", "could_be_better"),
    ] {
        assert_eq!(grade(&findings, what), expected, "{what} in {findings:#?}");
    }

    let lines = findings.iter().flat_map(|finding| finding["publish"].as_array().unwrap());
    let lines = lines.map(|line| line.as_str().unwrap().to_owned());
    let (pointers, records): (Vec<String>, Vec<String>) = lines.partition(|line| line.contains(" PTR "));
    // In the world mail servers are at port 25.
    let records = records.join("\n").replace("_25._tcp", &format!("_{}._tcp", installation.smtp));
    let published = names(&format!("{records}\n"), &format!("{}\n", pointers.join("\n")));
    installation.configure(&published, "", "mx.own.test");
    let (findings, is_content) = installation.doctor();
    assert!(is_content, "{findings:#?}");
    for what in ["own.test: SPF", "own.test: TLSA of mx.own.test", "own.test: MTA-STS", "own.test: TLS reports"] {
        assert_eq!(grade(&findings, what), "good", "{what} in {findings:#?}");
    }

    // Others read the policy as it is meant.
    let output = installation.run(&["assess", "--config", "siegelpost.toml", "--json", "own.test"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told[0]["mta_sts"]["mode"], "enforce", "{told:#}");
    assert_eq!(told[0]["level"], "dane", "{told:#}");

    // A policy that is changed in the file needs a new start and a new announcement.
    installation.configure(&published, "", "*.own.test");
    let (findings, is_content) = installation.doctor();
    assert!(!is_content && grade(&findings, "own.test: MTA-STS") == "wrong", "{findings:#?}");
}

#[test]
fn check_looks_whether_policies_cover_the_mail_servers() {
    let bed = names("", "");
    let installation = Installation::new();
    for (mx, warning) in [("mx.own.test", false), ("*.own.test", false), ("other.own.test", true)] {
        installation.configure(&bed, "", mx);
        let check = installation.run(&["check"]);
        let said = String::from_utf8_lossy(&check.stdout).into_owned();
        assert!(check.status.success(), "{said}");
        assert_eq!(said.contains("its mail server mx.own.test is not covered (mode enforce)"), warning, "{said}");
    }
}

#[test]
fn doctor_has_a_validating_server_prove_itself() {
    let bed = names("", "");
    let installation = Installation::new();
    let honest = bed.validating().address();
    for (server, broken, expected) in [
        (honest, "broken.test", "good"),
        (bed.recursive(), "broken.test", "wrong"),
        (honest, "missing.test", "unknown"),
    ] {
        let dns = format!("validating_server = \"{server}\"\nbroken_zone = \"{broken}\"\nsigned_zone = \"own.test\"");
        installation.configure(&bed, &dns, "mx.own.test");
        let (findings, _) = installation.doctor();
        assert_eq!(grade(&findings, &format!("dns {server}")), expected, "{findings:#?}");
        let looked_at = findings.iter().any(|finding| finding["what"] == "own.test: SPF");
        assert_eq!(looked_at, expected == "good", "a server that is not believed is not asked");
    }
}
