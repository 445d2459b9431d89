//! Postfix on both sides: the organisation's server hands a mail in, and the recipient's takes it in one chunk, proved by DANE.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command},
};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use rcgen::{CertifiedKey, KeyPair, PublicKeyData as _};
use resolve::testing::{Algorithm, Bed, Denial, Zone};

use crate::house::{free_port, hand_in, siegelpost, until};

/// The services of an installation, none of them in a `chroot`, where there would be nothing.
const SERVICES: &str = "\
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";
/// Where the organisation's people hand in their mail, in clear, on their own machine.
const ORGANISATION: &str = "127.0.30.1";
/// Who owns what Postfix delivers; on Debian it is nobody.
const OWNER: &str = "65534";
/// Certificates are for these names.
const NAMES: [&str; 2] = ["mx.kunde.test", "intake.insurer.test"];

/// A Postfix of one test: takes mail for `kunde.test` at one port, and hands on at another what it is given there.
struct Postfix {
    folder: PathBuf,
    /// Mail server of `kunde.test`.
    mx: u16,
    /// Where the organisation's people hand in their mail.
    submission: u16,
}

impl Postfix {
    fn start(folder: &Path, intake: u16) -> Self {
        let this = Self { folder: folder.join("postfix"), mx: free_port(), submission: free_port() };
        for inner in ["etc", "queue", "data", "mail"] {
            fs::create_dir_all(this.folder.join(inner)).unwrap();
        }
        succeeds(Command::new("chown").arg("postfix").arg(this.folder.join("data")));
        succeeds(Command::new("chown").arg(OWNER).arg(this.folder.join("mail")));
        // Whoever delivers has to get there.
        succeeds(Command::new("chmod").arg("755").arg(folder).arg(&this.folder));
        let etc = this.folder.join("etc");
        fs::write(etc.join("main.cf"), this.settings(folder, intake)).unwrap();
        let doors = format!(
            "127.0.0.1:{} inet n - n - - smtpd\n{ORGANISATION}:{} inet n - n - - smtpd -o content_filter=relay:[127.0.0.1]:{intake}\n",
            this.mx, this.submission
        );
        fs::write(etc.join("master.cf"), doors + SERVICES).unwrap();
        succeeds(this.command().arg("start"));
        for door in [("127.0.0.1", this.mx), (ORGANISATION, this.submission)] {
            until(|| TcpStream::connect(door).map(drop).map_err(|error| error.to_string()));
        }
        this
    }

    fn command(&self) -> Command {
        let mut command = Command::new("/usr/sbin/postfix");
        command.arg("-c").arg(self.folder.join("etc"));
        command
    }

    fn settings(&self, folder: &Path, intake: u16) -> String {
        let (own, folder) = (self.folder.display(), folder.display());
        format!(
            "compatibility_level = 3.6\nqueue_directory = {own}/queue\ndata_directory = {own}/data\nmaillog_file = {own}/log\n\
             maillog_file_prefixes = /\ncommand_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\n\
             setgid_group = postdrop\ninet_interfaces = 127.0.0.1\nmynetworks = 127.0.0.0/8\nmyhostname = mx.kunde.test\nmydestination =\n\
             disable_dns_lookups = yes\nsmtp_host_lookup = native\nsmtpd_peername_lookup = no\n\
             smtpd_tls_security_level = may\nsmtpd_tls_cert_file = {folder}/chain.pem\nsmtpd_tls_key_file = {folder}/key.pem\n\
             smtpd_tls_received_header = yes\nsmtp_tls_CAfile = {folder}/chain.pem\n\
             smtp_tls_policy_maps = inline:{{ {{ [127.0.0.1]:{intake} = secure match={} }} }}\n\
             virtual_mailbox_domains = kunde.test\nvirtual_mailbox_base = {own}/mail\n\
             virtual_mailbox_maps = static:ada/\nvirtual_uid_maps = static:{OWNER}\nvirtual_gid_maps = static:{OWNER}\n",
            NAMES[1]
        )
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// The mails that lie in the mailbox, or what the log says.
    fn mails(&self) -> Result<Vec<String>, String> {
        let found = fs::read_dir(self.folder.join("mail/ada/new"))
            .map(|files| files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect::<Vec<String>>());
        match found {
            Ok(mails) if !mails.is_empty() => Ok(mails),
            _ => Err(self.log()),
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        drop(self.command().arg("stop").status());
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

fn succeeds(command: &mut Command) {
    let output = command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The first line of a log that holds this, or the whole log.
fn line_with(text: &str, log: &Path) -> Result<String, String> {
    let log = fs::read_to_string(log).unwrap();
    log.lines().find(|line| line.contains(text)).map(str::to_owned).ok_or(log)
}

/// The key as a record that names it by its SHA-256 (RFC 6698): `3 1 1`.
fn tlsa(key: &KeyPair) -> String {
    format!("3 1 1 {}", HEXLOWER.encode(digest::digest(&digest::SHA256, &key.subject_public_key_info()).as_ref()))
}

fn configuration(bed: &Bed, postfix: &Postfix, intake: u16) -> String {
    let https = free_port();
    let organisation = postfix.submission;
    format!(
        "[organisation]\nname = \"Insurer\"\ndomains = [\"insurer.test\"]\n\
         [portal]\nurl = \"http://127.0.0.1:{https}\"\nlisten = \"127.0.0.1:{https}\"\n\
         [[portal.contacts]]\nname = \"Service\"\naddress = \"service@insurer.test\"\n\
         [intake]\nlisten = \"127.0.0.1:{intake}\"\nhostname = \"{}\"\ncertificate_file = \"chain.pem\"\nkey_file = \"key.pem\"\n\
         [notices]\nsender = \"post@insurer.test\"\ntag = \"[Insurer]\"\n\
         [delivery]\nhostname = \"mail.insurer.test\"\n\
         [delivery.organisation]\nhost = \"{ORGANISATION}\"\nport = {organisation}\ntls = \"loopback\"\n\
         [dns]\nservers = [\"{}\"]\ntrust_anchor_file = \"anchor\"\n\
         [transport]\nprofile = \"bsi\"\nsmtp_port = {}\nprivate_addresses = true\n[log]\nformat = \"json\"\n",
        NAMES[1],
        bed.recursive(),
        postfix.mx
    )
}

#[test]
fn p1_p6_postfix_hands_a_mail_in_and_postfix_takes_it_proved_by_dane() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let run = |arguments: &[&str]| siegelpost().args(arguments).current_dir(path).output().unwrap();
    assert!(run(&["init", "."]).status.success());
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(NAMES.map(str::to_owned)).unwrap();
    fs::write(path.join("chain.pem"), cert.pem()).unwrap();
    fs::write(path.join("key.pem"), signing_key.serialize_pem()).unwrap();
    succeeds(Command::new("chmod").arg("600").arg(path.join("key.pem")));
    let intake = free_port();
    let postfix = Postfix::start(path, intake);
    let record = format!("_{}._tcp.mx TLSA {}", postfix.mx, tlsa(&signing_key));
    let signed = |name: &str, records: &str| Zone::signed(name, records, Algorithm::EcdsaP256Sha256, Denial::Nsec);
    let records = format!("@ MX 10 mx\nmx A 127.0.0.1\n{record}\n");
    let bed = Bed::with_zones(&[signed("kunde.test", &records), signed("test", ""), signed("", "")]).unwrap();
    fs::write(path.join("anchor"), bed.anchor_text()).unwrap();
    fs::write(path.join("siegelpost.toml"), configuration(&bed, &postfix, intake)).unwrap();
    let log = fs::File::create(path.join("log")).unwrap();
    let serving =
        siegelpost().arg("serve").current_dir(path).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    let _serving = Serving(serving);
    until(|| TcpStream::connect(("127.0.0.1", intake)).map(drop).map_err(|error| error.to_string()));

    // The long word is searched for in all that leaves (`cargo xtask test --only capture`).
    let mail = "From: claims@insurer.test\r\nTo: ada@kunde.test\r\nSubject: Speiseplan Verschlusssache-2718\r\n\r\nMontag: Suppe.\r\n..Punkt\r\nVerschlusssache-2718";
    let submission = format!("{ORGANISATION}:{}", postfix.submission).parse().unwrap();
    assert!(hand_in(submission, "claims@insurer.test", "ada@kunde.test", mail).unwrap().starts_with("250"));
    let taken = until(|| postfix.mails());
    let [taken] = taken.as_slice() else { panic!("{taken:?}") };
    assert!(taken.contains("Subject: Speiseplan") && taken.contains("\nMontag: Suppe.\n.Punkt\n"), "{taken}");
    assert!(taken.contains("from mail.insurer.test") && taken.contains("using TLSv1.3"), "P1: {taken}");
    // The organisation's server proved whom it spoke with, too.
    until(|| line_with("status=sent", &postfix.folder.join("log")));

    let sent = until(|| line_with("mail sent", &path.join("log")));
    let id: String =
        sent.split("outgoing").nth(1).unwrap().chars().filter(char::is_ascii_alphanumeric).take(26).collect();
    let trace = run(&["trace", &id]);
    let story = String::from_utf8_lossy(&trace.stdout).into_owned();
    for part in
        ["1. Versuch", "mx.kunde.test (127.0.0.1)", "passt zum Zertifikat", "TLSv1_3", "(DANE)", "Angenommen: 250"]
    {
        assert!(story.contains(part), "P6: {part} is missing in {story}{}", String::from_utf8_lossy(&trace.stderr));
    }

    // A foreign server takes content by its length (RFC 3030): when the connection has waited long enough and ends, Postfix counts its commands.
    let counted = until(|| {
        let log = postfix.log();
        let line = log.lines().find(|line| line.contains("disconnect from") && line.contains(" rcpt=1 bdat=1 "));
        line.map(str::to_owned).ok_or(log.clone())
    });
    assert!(!counted.contains("data="), "{counted}");

    let known = run(&["destinations", "kunde.test"]);
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    assert!(known.contains("dane, names proved by DNSSEC"), "P6: {known}");
}
