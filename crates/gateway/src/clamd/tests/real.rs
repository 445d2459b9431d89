//! A real clamd with signatures of our own, which the test starts and stops. It needs no network and no signatures of the project's.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use app::scan::{Otherwise, Scanning};

use super::{Socket, begin, by_bdat, by_data, client, mail, nothing_is_left, scanning};
use crate::testing::Raw;

/// What clamd takes at most in these tests, in mebibytes.
const STREAM_MIB_MAX: usize = 1;
/// How often, and with what pause, a starting clamd is asked whether it is ready.
const READY_TRIES: u32 = 600;
const READY_PAUSE: Duration = Duration::from_millis(50);

/// The text that every scanner knows as a test, put together only here, so that no scanner takes this file for it.
fn eicar() -> String {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$", "EICAR-", "STANDARD-", "ANTIVIRUS-", "TEST-FILE", "!$H+H*"].concat()
}

/// Runs until it is dropped.
struct Real {
    socket: Socket,
    process: Child,
    dir: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Real {
    /// With one signature: the bytes of the test text, wherever they are.
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("clamd.ctl");
        let hex = data_encoding::HEXLOWER.encode(eicar().as_bytes());
        std::fs::create_dir(dir.path().join("signatures")).unwrap();
        std::fs::write(dir.path().join("signatures/own.ndb"), format!("Own.Test.Eicar:0:*:{hex}\n")).unwrap();
        let config = format!(
            "Foreground yes\nLocalSocket {}\nDatabaseDirectory {}\nTemporaryDirectory {}\nStreamMaxLength {STREAM_MIB_MAX}M\n\
             LogFile {}\nUser root\n",
            path.display(),
            dir.path().join("signatures").display(),
            dir.path().display(),
            dir.path().join("clamd.log").display(),
        );
        let config = if is_root() { config } else { config.replace("User root\n", "") };
        std::fs::write(dir.path().join("clamd.conf"), config).unwrap();
        let process = Command::new(program())
            .arg("--config-file")
            .arg(dir.path().join("clamd.conf"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("clamd; `cargo xtask test` installs it");
        let started = Self { socket: Socket::Unix(path), process, dir };
        for _ in 0..READY_TRIES {
            if client(&started.socket).ask().await.is_ok() {
                return started;
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
        panic!(
            "clamd does not start: {}",
            std::fs::read_to_string(started.dir.path().join("clamd.log")).unwrap_or_default()
        );
    }
}

/// Debian keeps it where only the administrator's path leads.
fn program() -> &'static str {
    if Path::new("/usr/sbin/clamd").exists() { "/usr/sbin/clamd" } else { "clamd" }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout == b"0\n"
}

/// A mail with this file.
fn with_file(name: &str, content: &[u8]) -> Vec<u8> {
    let mut mail = format!(
        "Subject: Hello\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHello\r\n--x\r\n\
         Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename={name}\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    for line in data_encoding::BASE64.encode(content).as_bytes().chunks(76) {
        mail.extend([line, b"\r\n"].concat());
    }
    mail.extend_from_slice(b"--x--\r\n");
    mail
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(content).unwrap();
    packer.finish().unwrap()
}

#[tokio::test]
async fn a_real_clamd_finds_what_it_knows_in_mails() {
    let clamd = Real::start().await;
    let (house, intake) = begin(scanning(client(&clamd.socket))).await;
    let mut raw = Raw::hello(intake.address).await;
    let infected = with_file("eicar.com", eicar().as_bytes());
    let packed = with_file("eicar.gz", &gzip(eicar().as_bytes()));
    for reply in
        [by_data(&mut raw, &infected).await, by_bdat(&mut raw, &infected).await, by_data(&mut raw, &packed).await]
    {
        assert!(reply.starts_with("554-5.7.1") && reply.contains("(Own.Test.Eicar.UNOFFICIAL)"), "{reply}");
    }
    assert!(nothing_is_left(&house).await);
    assert!(by_data(&mut raw, &with_file("a.txt", b"harmless")).await.starts_with("250 2.6.0"));
    assert!(by_bdat(&mut raw, &mail(600 * 1024)).await.starts_with("250 2.6.0"));
}

#[tokio::test]
async fn a_real_clamd_says_what_it_does_not_take() {
    let clamd = Real::start().await;
    let larger = Scanning { bytes_max: u64::MAX, ..scanning(client(&clamd.socket)) };
    let (_house, intake) = begin(larger).await;
    let mut raw = Raw::hello(intake.address).await;
    let bytes_max = STREAM_MIB_MAX * 1024 * 1024;
    assert!(by_data(&mut raw, &mail(bytes_max)).await.starts_with("250 2.6.0"));
    let reply = by_data(&mut raw, &mail(4 * bytes_max)).await;
    assert!(reply.starts_with("552 5.3.4"), "{reply}");
}

#[tokio::test]
async fn a_real_clamd_says_how_it_is_until_it_is_gone() {
    let clamd = Real::start().await;
    let state = client(&clamd.socket).state().await.unwrap();
    assert!(state.version.starts_with("ClamAV "), "{state:?}");
    assert_eq!(state.made_at, None, "these signatures have no day");
    let client = client(&clamd.socket);
    assert!(client.state().await.is_ok());
    drop(clamd);
    assert!(client.state().await.is_ok(), "what was said is told for a little while");
    assert!(client.ask().await.is_err());
    let waits = Scanning { unavailable: Otherwise::Refuse, ..scanning(client) };
    let (_house, intake) = begin(waits).await;
    assert!(Raw::hello(intake.address).await.mail().await.starts_with("451 4.7.0"));
}
