//! The program that is measured, running: as `serve` with a configuration of the bench, or as `demo` with its outbox.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::browser::Browser;
use super::report::{Table, figure};
use super::{Bench, median};
use crate::shell;

/// How often starting is measured.
const STARTS: usize = 11;

/// A running house; asked to stop, and waited for, when dropped.
pub(super) struct House {
    process: Child,
    /// Everything it keeps.
    pub(super) folder: PathBuf,
    /// Where the portal listens.
    pub(super) http: SocketAddr,
    /// Where the intake listens.
    pub(super) smtp: SocketAddr,
}

impl House {
    /// `siegelpost serve` as an installation runs it: SQLite, TLS at the intake. Its next hop is a port where nobody
    /// listens, so notices wait as mail in a `hold` queue does.
    pub(super) fn serve(bench: &Bench, name: &str) -> Result<Self> {
        let folder = bench.folder.path().join(name);
        let made = Command::new(&bench.siegelpost).arg("init").arg(&folder).stdout(Stdio::null()).status()?;
        if !made.success() {
            bail!("siegelpost init failed");
        }
        let (http, smtp, nobody) = (free_port()?, free_port()?, free_port()?);
        fs::write(folder.join("bench.toml"), configuration(bench, http, smtp, nobody))?;
        Self::again(bench, folder, http, smtp)
    }

    /// `siegelpost serve` on a folder that [`House::serve`] made.
    fn again(bench: &Bench, folder: PathBuf, http: SocketAddr, smtp: SocketAddr) -> Result<Self> {
        let arguments = ["serve".into(), "--config".into(), folder.join("bench.toml").into_os_string()];
        Self::start(bench, &arguments, folder, http, smtp)
    }

    /// `siegelpost demo` without its sample message: what leaves lies in the folder `outbox`.
    pub(super) fn demo(bench: &Bench) -> Result<Self> {
        let folder = bench.folder.path().join("demo");
        fs::create_dir_all(&folder)?;
        let (http, smtp, outbox) = (free_port()?, free_port()?, free_port()?);
        let words = ["demo", "--no-sample", "--data"].map(Into::into).into_iter().chain([folder.clone().into()]);
        let doors = [("--http", http), ("--smtp", smtp), ("--outbox", outbox)];
        let doors = doors.into_iter().flat_map(|(name, door)| [name.into(), door.to_string().into()]);
        Self::start(bench, &words.chain(doors).collect::<Vec<_>>(), folder, http, smtp)
    }

    fn start(
        bench: &Bench,
        arguments: &[std::ffi::OsString],
        folder: PathBuf,
        http: SocketAddr,
        smtp: SocketAddr,
    ) -> Result<Self> {
        let log = File::options().create(true).append(true).open(folder.join("log"))?;
        let mut command = Command::new(&bench.siegelpost);
        command.args(arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let mut house = Self { process: command.spawn().context("cannot start siegelpost")?, folder, http, smtp };
        for door in [http, smtp] {
            wait_for(door, || house.process.try_wait().is_ok_and(|ended| ended.is_none()))
                .with_context(|| fs::read_to_string(house.folder.join("log")).unwrap_or_default())?;
        }
        Ok(house)
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if matches!(self.process.try_wait(), Ok(Some(_))) {
            return;
        }
        let asked = shell::succeeds(Command::new("kill").arg(self.process.id().to_string()));
        if !asked || self.process.wait().is_err() {
            eprintln!("siegelpost did not stop; process {}", self.process.id());
        }
    }
}

/// Measures the time from the start of the process to its first page, with a database that is there already.
pub(super) fn starts(bench: &Bench) -> Result<Table> {
    let house = House::serve(bench, "starts")?;
    let (folder, http, smtp) = (house.folder.clone(), house.http, house.smtp);
    drop(house);
    let mut times = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let house = House::again(bench, folder.clone(), http, smtp)?;
        let page = Browser::new(http).get("/sign-in")?;
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
        anyhow::ensure!(page.status == 200, "the sign-in page answers {}", page.status);
        drop(house);
    }
    let row = vec!["`serve`, until the sign-in page is there".to_owned(), figure(median(times)), "300".to_owned()];
    Ok(Table { name: "start", title: "Start", head: vec!["from", "ms", "at most"], rows: vec![row] })
}

/// A port on loopback that nobody listens on now.
pub(super) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Waits until somebody listens, a minute at most, and only while `lives`.
pub(super) fn wait_for(address: SocketAddr, mut lives: impl FnMut() -> bool) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(address).is_err() {
        if begun.elapsed() > Duration::from_mins(1) || !lives() {
            bail!("nobody listens at {address}");
        }
        sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn configuration(bench: &Bench, http: SocketAddr, smtp: SocketAddr, nobody: SocketAddr) -> String {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    let next_hop = format!("host = \"127.0.0.1\"\nport = {}\ntls = \"loopback\"", nobody.port());
    format!(
        "\
[organisation]
name = \"Insurer\"
domains = [\"insurer.example\"]

[portal]
url = \"http://{http}\"
listen = \"{http}\"

[[portal.contacts]]
name = \"Service\"
address = \"service@insurer.example\"

[intake]
listen = \"{smtp}\"
certificate_file = {certificate}
key_file = {key}

[notices]
sender = \"post@insurer.example\"
tag = \"[Insurer]\"

[delivery.world]
{next_hop}

[delivery.organisation]
{next_hop}

[log]
level = \"warn\"
",
        certificate = quoted(&bench.certificate()),
        key = quoted(&bench.key()),
    )
}
