//! A throwaway Postfix: own configuration, own queue, a port on loopback. Everything it takes stays in its `hold` queue,
//! so that what is measured is taking responsibility for mail and nothing that follows; or delivery alone, when it is let go.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Bench;
use crate::process::{free_port, listens, wait_until};
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
tlsproxy unix - - n - 0 tlsproxy
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

/// How an instance delivers mail to the world.
pub(super) struct Delivery<'a> {
    /// Its folder, one for each way.
    pub(super) name: &'a str,
    /// Stands in for `/etc/resolv.conf`: Postfix asks port 53 of the servers named there, and believes them.
    pub(super) resolv_conf: &'a Path,
    /// The port of mail servers.
    pub(super) port: &'a str,
    /// Whether one connection takes mail after mail (`smtp_tls_connection_reuse`), which is off unless it is asked for.
    pub(super) reuses: bool,
}

impl Postfix {
    /// An instance that delivers nothing.
    pub(super) fn start(bench: &Bench) -> Result<Self> {
        let lines = "disable_dns_lookups = yes\nsmtp_host_lookup = native\n";
        Self::start_in(bench, "postfix", lines, Command::new("postfix"))
    }

    /// An instance that delivers what is let go: by DANE or not at all.
    pub(super) fn start_delivering(bench: &Bench, delivery: &Delivery<'_>) -> Result<Self> {
        let lines = format!(
            "mydestination =\nsmtp_dns_support_level = dnssec\nsmtp_tls_security_level = dane-only\nsmtp_tcp_port = {}\n\
             smtp_tls_connection_reuse = {}\n",
            delivery.port,
            if delivery.reuses { "yes" } else { "no" },
        );
        // In a mount namespace of its own, so that nobody else asks the name servers of the bench.
        let mut command = Command::new("unshare");
        let bind = r#"mount --bind "$1" /etc/resolv.conf && shift && exec postfix "$@""#;
        command.args(["--mount", "sh", "-c", bind, "sh"]).arg(delivery.resolv_conf);
        Self::start_in(bench, delivery.name, &lines, command)
    }

    fn start_in(bench: &Bench, name: &str, lines: &str, mut start: Command) -> Result<Self> {
        let folder = bench.folder.path().join(name);
        let (configuration, queue, data) = (folder.join("etc"), folder.join("queue"), folder.join("data"));
        for folder in [&configuration, &queue, &data] {
            fs::create_dir_all(folder)?;
        }
        shell::run(Command::new("chown").arg("postfix").arg(&data))?;
        let smtp = free_port()?;
        fs::write(configuration.join("main.cf"), settings(bench, &folder, lines))?;
        fs::write(configuration.join("master.cf"), format!("{smtp} inet n - n - - smtpd\n{SERVICES}"))?;
        start.env("PATH", shell::search_path(&[])).arg("-c").arg(&configuration).arg("start");
        shell::run(&mut start)?;
        let mut postfix = Self { configuration, smtp, process: 0 };
        wait_until(|| listens(smtp), || true)?;
        postfix.process = fs::read_to_string(queue.join("pid/master.pid"))?.trim().parse().context("no process id")?;
        Ok(postfix)
    }

    /// Lets go what it holds, and has it delivered now.
    pub(super) fn let_go(&self) -> Result<()> {
        let mut release = Command::new("postsuper");
        shell::run(
            release.env("PATH", shell::search_path(&[])).arg("-c").arg(&self.configuration).args(["-H", "ALL"]),
        )?;
        shell::run(self.command().arg("flush"))
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

fn settings(bench: &Bench, folder: &Path, lines: &str) -> String {
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
smtpd_peername_lookup = no
in_flow_delay = 0
smtpd_client_connection_count_limit = 0
smtpd_client_restrictions = static:HOLD
smtpd_relay_restrictions = permit_mynetworks, reject
message_size_limit = 52428800
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
{lines}",
        queue = shown(folder.join("queue")),
        data = shown(folder.join("data")),
        log = shown(folder.join("log")),
        certificate = shown(bench.certificate()),
        key = shown(bench.key()),
    )
}
