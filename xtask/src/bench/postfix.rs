//! A throwaway Postfix: own configuration, own queue, a port on loopback. Everything it takes stays in its `hold` queue,
//! so that what is measured is taking responsibility for mail and nothing that follows.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Bench;
use super::process::{free_port, listens, wait_until};
use crate::shell;

/// The services of an installation, none of them in a `chroot`, where there would be nothing.
const SERVICES: &str = "\
pickup unix n - n 60 1 pickup
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
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
";

/// A running instance; stopped when dropped.
pub(super) struct Postfix {
    configuration: PathBuf,
    /// Where it takes mail.
    pub(super) smtp: SocketAddr,
    /// Its first process, parent of all others.
    pub(super) process: u32,
}

impl Postfix {
    pub(super) fn start(bench: &Bench) -> Result<Self> {
        let folder = bench.folder.path().join("postfix");
        let (configuration, queue, data) = (folder.join("etc"), folder.join("queue"), folder.join("data"));
        for folder in [&configuration, &queue, &data] {
            fs::create_dir_all(folder)?;
        }
        shell::run(Command::new("chown").arg("postfix").arg(&data))?;
        let smtp = free_port()?;
        fs::write(configuration.join("main.cf"), settings(bench, &folder))?;
        fs::write(configuration.join("master.cf"), format!("{smtp} inet n - n - - smtpd\n{SERVICES}"))?;
        let mut postfix = Self { configuration, smtp, process: 0 };
        shell::run(postfix.command().arg("start"))?;
        wait_until(|| listens(smtp), || true)?;
        postfix.process = fs::read_to_string(queue.join("pid/master.pid"))?.trim().parse().context("no process id")?;
        Ok(postfix)
    }

    /// Removes what it took, so that every run begins alike.
    pub(super) fn empty(&self) -> Result<()> {
        let mut remove = Command::new("postsuper");
        shell::run(remove.env("PATH", shell::search_path(&[])).arg("-c").arg(&self.configuration).args(["-d", "ALL"]))
    }

    fn command(&self) -> Command {
        let mut postfix = Command::new("postfix");
        postfix.env("PATH", shell::search_path(&[])).arg("-c").arg(&self.configuration);
        postfix
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        if let Err(error) = shell::run(self.command().arg("stop")) {
            eprintln!("{error}; its processes may still run");
        }
    }
}

fn settings(bench: &Bench, folder: &Path) -> String {
    let shown = |path: PathBuf| path.display().to_string();
    format!(
        "\
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
maillog_file = {log}
maillog_file_prefixes = /
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
mynetworks = 127.0.0.0/8
myhostname = postfix.example
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtpd_client_restrictions = static:HOLD
smtpd_relay_restrictions = permit_mynetworks, reject
message_size_limit = 52428800
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
",
        queue = shown(folder.join("queue")),
        data = shown(folder.join("data")),
        log = shown(folder.join("log")),
        certificate = shown(bench.certificate()),
        key = shown(bench.key()),
    )
}
