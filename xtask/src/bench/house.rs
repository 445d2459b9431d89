//! The program that is measured, running: as `serve` with a configuration of the bench, or as `demo` with its outbox.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Result, bail};

use super::browser::Browser;
use super::report::{Table, figure};
use super::{Bench, median};
use crate::process::{Process, free_port, listens};

/// How often starting is measured.
const STARTS: usize = 11;

/// A running house; stopped when dropped.
pub(super) struct House {
    process: Process,
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
        let nobody = free_port()?;
        Self::serve_on(bench, init(bench, name)?, &format!("[delivery.world]\n{}", next_hop(nobody)))
    }

    /// `siegelpost serve` on a folder that [`init`] made, with these sections in its configuration.
    pub(super) fn serve_on(bench: &Bench, folder: PathBuf, sections: &str) -> Result<Self> {
        let (http, smtp) = (free_port()?, free_port()?);
        fs::write(folder.join("bench.toml"), configuration(bench, http, smtp, sections)?)?;
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
        let mut command = Command::new(&bench.siegelpost);
        let mut process = Process::start(command.args(arguments), &folder.join("log"))?;
        process.wait_until(|| listens(http) && listens(smtp))?;
        Ok(Self { process, folder, http, smtp })
    }

    /// Asks it to stop, without waiting.
    pub(super) fn ask_to_stop(&self) -> bool {
        self.process.ask_to_stop()
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// Makes the folder of a house: keys and no database.
pub(super) fn init(bench: &Bench, name: &str) -> Result<PathBuf> {
    let folder = bench.folder.path().join(name);
    let made = Command::new(&bench.siegelpost).arg("init").arg(&folder).stdout(Stdio::null()).status()?;
    if !made.success() {
        bail!("siegelpost init failed");
    }
    Ok(folder)
}

/// The keys of a section that names a server on this machine as the one that takes mail.
pub(super) fn next_hop(server: SocketAddr) -> String {
    format!("host = \"127.0.0.1\"\nport = {}\ntls = \"loopback\"\n", server.port())
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

fn configuration(bench: &Bench, http: SocketAddr, smtp: SocketAddr, sections: &str) -> Result<String> {
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    Ok(format!(
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

[delivery.organisation]
{organisation}
{sections}

[log]
level = \"warn\"
",
        organisation = next_hop(free_port()?),
        certificate = quoted(&bench.certificate()),
        key = quoted(&bench.key()),
    ))
}
