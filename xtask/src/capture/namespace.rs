//! A network namespace in which everything is recorded: its only network is its own loopback, so what is in it is of the tests.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use memchr::memmem;
use tempfile::TempDir;

use super::record::Record;
use crate::process::Process;
use crate::shell;

/// The last packet of a record holds this; when it is there, everything before it is.
const END: &str = "end of the record";

/// How much may wait to be written, in KiB.
const BUFFER_KIB: &str = "65536";

/// A namespace with a recording that runs.
pub(super) struct Namespace {
    folder: TempDir,
    tcpdump: Process,
    /// Lives for the namespace to live.
    holder: Process,
}

impl Namespace {
    /// Makes the namespace and begins to record. Only root can, as only root can start Postfix.
    pub(super) fn begin() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let log = folder.path().join("holder");
        let mut unshare = Command::new("unshare");
        unshare.args(["--net", "sh", "-c", "ip link set lo up && echo up && exec sleep infinity"]);
        let mut holder = Process::start(unshare.env("PATH", shell::search_path(&[])), &log)?;
        holder.wait_until(|| says(&log, "up\n"))?;
        let log = tcpdump_log(&folder);
        let mut tcpdump = inside(&holder, "tcpdump");
        // Whole packets, written as they come, to a file of whoever runs this.
        tcpdump.args(["-i", "lo", "-n", "-U", "-s", "0", "-Z", "root", "-B", BUFFER_KIB, "-w"]);
        let mut tcpdump = Process::start(tcpdump.arg(record_file(&folder)), &log)?;
        tcpdump.wait_until(|| says(&log, "listening on"))?;
        Ok(Self { folder, tcpdump, holder })
    }

    /// A program that will run inside.
    pub(super) fn command(&self, program: &Path) -> Command {
        inside(&self.holder, program)
    }

    /// Ends the recording when everything is in it, and gives what was recorded.
    pub(super) fn end(mut self) -> Result<Record> {
        let mut last = inside(&self.holder, "bash");
        shell::run(last.args(["-c", r#"printf %s "$0" > /dev/udp/127.0.0.1/9"#, END]))?;
        let file = record_file(&self.folder);
        self.tcpdump
            .wait_until(|| fs::read(&file).is_ok_and(|record| memmem::find(&record, END.as_bytes()).is_some()))?;
        drop(self.tcpdump);
        let log = tcpdump_log(&self.folder);
        if !says(&log, "\n0 packets dropped by kernel") {
            bail!("not every packet was recorded: {}", fs::read_to_string(log)?);
        }
        Record::read(File::open(file)?)
    }
}

fn inside(holder: &Process, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("nsenter");
    command.env("PATH", shell::search_path(&[])).arg(format!("--net=/proc/{}/ns/net", holder.id())).arg(program);
    command
}

fn record_file(folder: &TempDir) -> PathBuf {
    folder.path().join("record")
}

fn tcpdump_log(folder: &TempDir) -> PathBuf {
    folder.path().join("tcpdump")
}

fn says(log: &Path, text: &str) -> bool {
    fs::read_to_string(log).is_ok_and(|said| said.contains(text))
}
