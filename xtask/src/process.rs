//! Servers as processes: each speaks into a log, is waited for until it answers, and is stopped at the end.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell;

/// How long a server may take until it answers.
const START_WAIT_MAX: Duration = Duration::from_mins(1);

/// How long one may take that signs thousands of zones first.
pub(crate) const SLOW_START_WAIT_MAX: Duration = Duration::from_mins(20);

/// A running server that stays in the foreground; asked to stop, and waited for, when dropped.
pub(crate) struct Process {
    child: Child,
    name: String,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it says is added to `log`.
    pub(crate) fn start(command: &mut Command, log: &Path) -> Result<Self> {
        let name = command.get_program().display().to_string();
        let file = File::options().create(true).append(true).open(log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { child, name, log: log.to_path_buf() })
    }

    /// Waits until it is ready; the error for one that never is holds what it said.
    pub(crate) fn wait_until(&mut self, ready: impl FnMut() -> bool) -> Result<()> {
        self.wait_until_within(START_WAIT_MAX, ready)
    }

    /// The same, for one that takes longer or shorter than usual.
    pub(crate) fn wait_until_within(&mut self, limit: Duration, ready: impl FnMut() -> bool) -> Result<()> {
        let lives = || self.child.try_wait().is_ok_and(|ended| ended.is_none());
        wait_until_within(limit, ready, lives).with_context(|| {
            format!("{} does not answer: {}", self.name, fs::read_to_string(&self.log).unwrap_or_default())
        })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, without waiting; whether it could be asked.
    pub(crate) fn ask_to_stop(&self) -> bool {
        shell::succeeds(Command::new("kill").arg(self.child.id().to_string()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let asked = self.ask_to_stop();
        if !asked || self.child.wait().is_err() {
            eprintln!("{} did not stop; process {}", self.name, self.child.id());
        }
    }
}

/// A port on loopback that nobody listens on now.
pub(crate) fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Whether somebody listens there.
pub(crate) fn listens(address: SocketAddr) -> bool {
    TcpStream::connect(address).is_ok()
}

/// Waits until a server is ready, a minute at most, and only while it `lives`.
pub(crate) fn wait_until(ready: impl FnMut() -> bool, lives: impl FnMut() -> bool) -> Result<()> {
    wait_until_within(START_WAIT_MAX, ready, lives)
}

fn wait_until_within(limit: Duration, mut ready: impl FnMut() -> bool, mut lives: impl FnMut() -> bool) -> Result<()> {
    let begun = Instant::now();
    while !ready() {
        if begun.elapsed() > limit || !lives() {
            bail!("nobody listens after {} ms", begun.elapsed().as_millis());
        }
        sleep(Duration::from_millis(1));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_said_before_it_ended_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        let mut process =
            Process::start(command.args(["-c", "echo bad port; exit 1"]), &folder.path().join("log")).unwrap();
        let error = format!("{:#}", process.wait_until(|| false).unwrap_err());
        assert!(error.contains("sh does not answer: bad port"), "{error}");
    }

    #[test]
    fn a_server_ends_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let process = Process::start(Command::new("sleep").arg("1000"), &folder.path().join("log")).unwrap();
        let place = format!("/proc/{}", process.id());
        assert!(Path::new(&place).exists());
        drop(process);
        assert!(!Path::new(&place).exists());
    }
}
