//! The world that mail is delivered to, as a program of its own (`outbound_bed`).

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::bench::{Bench, usage};
use crate::process::{Process, SLOW_START_WAIT_MAX};

/// Where its validating name server answers at port 53.
const NAMES: &str = "127.0.0.77";
/// How often it is asked whether all has arrived.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long it is waited for mail that should not come.
const TWICE_WAIT: Duration = Duration::from_secs(1);

/// The bed, running; stopped when dropped.
pub(super) struct WorldBed {
    folder: PathBuf,
    sections: String,
    port: String,
    questions: SocketAddr,
    processes: [u32; 2],
    _process: Process,
}

/// What the mail server took.
struct Taken {
    count: u32,
    /// How long ago.
    first: Duration,
    last: Duration,
}

impl WorldBed {
    pub(super) fn start(bench: &Bench, domains: u32) -> Result<Self> {
        let folder = bench.folder.path().join("world");
        fs::create_dir_all(&folder)?;
        let mut command = bench.example("outbound_bed");
        command.arg(&folder).arg(domains.to_string()).arg(NAMES);
        println!("signing {domains} zones");
        let mut process = Process::start(&mut command, &folder.join("log"))?;
        process.wait_until_within(SLOW_START_WAIT_MAX, || folder.join("ready").exists())?;
        let read = |name: &str| fs::read_to_string(folder.join(name)).with_context(|| name.to_owned());
        let (sections, port, questions) = (read("transport.toml")?, read("port")?, read("ready")?.parse()?);
        let processes = read("processes")?;
        let mut ids = processes.split(' ').map(str::parse);
        let mut id = || ids.next().context("too few processes")?.context("no number");
        let processes = [id()?, id()?];
        Ok(Self { folder, sections, port, questions, processes, _process: process })
    }

    /// Sections of a configuration that delivers to it by DANE, and validates itself; `more` is added to `[transport]`.
    pub(super) fn sections(&self, more: &str) -> String {
        format!("{}minimum = \"dane\"\n{more}", self.sections)
    }

    /// The same, where the validating name server is believed.
    pub(super) fn believing_sections(&self, more: &str) -> String {
        let (_, transport) = self.sections.split_once("[transport]").unwrap_or_default();
        format!("[dns]\nvalidating_server = \"{NAMES}:53\"\n\n[transport]{transport}minimum = \"dane\"\n{more}")
    }

    /// CPU time, in milliseconds, of the name server that whoever is measured asks: the validating one, or the recursive one.
    pub(super) fn name_server_cpu_ms(&self, validating: bool) -> Result<f64> {
        let [one, other] = self.processes;
        usage::cpu_ms(&[if validating { one } else { other }])
    }

    /// The port of its mail server.
    pub(super) fn port(&self) -> &str {
        &self.port
    }

    /// A file that names its validating name server as that of the system.
    pub(super) fn resolv_conf(&self) -> Result<PathBuf> {
        let file = self.folder.join("resolv.conf");
        fs::write(&file, format!("nameserver {NAMES}\noptions edns0 trust-ad\n"))?;
        Ok(file)
    }

    /// Begins to count anew. The name servers know nothing then.
    pub(super) fn reset(&self) -> Result<()> {
        self.ask("reset\n").map(drop)
    }

    /// Waits until so many mails were taken. Answers how many that were a second, and the seconds from `begun` to the first.
    pub(super) fn wait_for(&self, count: u32, begun: Instant, at_most: Duration) -> Result<(f64, f64)> {
        self.wait_for_some(count, at_most)?;
        sleep(TWICE_WAIT);
        let taken = self.taken()?;
        ensure!(taken.count == count, "{} mails arrived instead of {count}", taken.count);
        let first = begun.elapsed().saturating_sub(taken.first).as_secs_f64();
        Ok((f64::from(count - 1) / (taken.first.saturating_sub(taken.last)).as_secs_f64(), first))
    }

    /// Waits until at least so many mails were taken. Answers how long ago the first was.
    pub(super) fn wait_for_some(&self, count: u32, at_most: Duration) -> Result<Duration> {
        let begun = Instant::now();
        loop {
            let taken = self.taken()?;
            if taken.count >= count {
                return Ok(taken.first);
            }
            ensure!(begun.elapsed() < at_most, "only {} of {count} mails arrived", taken.count);
            sleep(LOOK_EVERY);
        }
    }

    fn taken(&self) -> Result<Taken> {
        let told = self.ask("count\n")?;
        let mut numbers = told.split_whitespace().map(str::parse::<u64>);
        let mut next = || numbers.next().context("too little")?.context("no number");
        let (count, first, last) = (u32::try_from(next()?)?, next()?, next()?);
        Ok(Taken { count, first: Duration::from_micros(first), last: Duration::from_micros(last) })
    }

    fn ask(&self, question: &str) -> Result<String> {
        let mut tcp = TcpStream::connect(self.questions)?;
        tcp.write_all(question.as_bytes())?;
        let mut told = String::new();
        tcp.read_to_string(&mut told)?;
        Ok(told)
    }
}
