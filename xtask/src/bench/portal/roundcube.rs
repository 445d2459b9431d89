//! The peer: Roundcube on Dovecot, from Debian's packages with throwaway configurations, ports and mail.
//!
//! Nothing is left slower than an administrator who knows these programs would leave it. Roundcube keeps sessions in files,
//! where its default, a database, would write to disk with every request; PHP-FPM keeps eight processes and compiled code;
//! Dovecot keeps its log-in processes, where its default starts one for every log-in; nginx has buffers that hold whole pages.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::crowd::{Crowd, Request, Server};
use super::letter::{self, LETTERS};
use crate::bench::Bench;
use crate::bench::browser::Browser;
use crate::process::{Process, free_port, listens};
use crate::{setup, shell};

/// Debian's user for web servers; here it owns the mail too.
const USER: &str = "www-data";
const NAME: &str = "few";
/// Without blanks, which would end it in Dovecot's configuration.
const PASSWORD: &str = "four-gulls-knit-at-night";
/// What Debian's package keeps where administrators change it, and Roundcube looks for beside its configuration.
const DEFAULTS: [&str; 2] = ["/etc/roundcube/defaults.inc.php", "/etc/roundcube/mimetypes.php"];

/// Switches the cache for compiled code on, as it is by default.
const CACHE_ON: [&str; 2] = ["-d", "opcache.enable=1"];

/// A running instance; its processes are stopped, nginx first, when dropped.
pub(super) struct Roundcube {
    nginx: Process,
    php: Process,
    dovecot: Process,
    http: SocketAddr,
    /// What all of them say.
    log: PathBuf,
}

impl Roundcube {
    /// Starts all of it, with the letters in the mailbox of one user.
    pub(super) fn start(bench: &Bench) -> Result<Self> {
        let folder = bench.folder.path().join("roundcube");
        let (http, imap) = (free_port()?, free_port()?);
        lay_out(&folder, http, imap)?;
        let log = folder.join("log");

        let run = |program: &mut Command| Process::start(program.env("PATH", shell::search_path(&[])), &log);

        let mut dovecot = run(Command::new("dovecot").arg("-F").arg("-c").arg(folder.join("dovecot.conf")))?;
        dovecot.wait_until(|| listens(imap))?;

        let php = setup::php_fpm().context("php-fpm is not installed")?;
        ensure_compiled_code_is_kept(&php)?;
        let configuration = folder.join("php-fpm.conf");
        let mut php =
            run(Command::new(php).args(CACHE_ON).arg("--nodaemonize").arg("--fpm-config").arg(configuration))?;
        php.wait_until(|| UnixStream::connect(folder.join("php.sock")).is_ok())?;

        let mut nginx = run(Command::new("nginx").arg("-e").arg(&log).arg("-c").arg(folder.join("nginx.conf")))?;
        nginx.wait_until(|| listens(http))?;
        Ok(Self { nginx, php, dovecot, http, log })
    }

    /// People in the mailbox: they ask for its page, for the rows of the list, and for a message. That is what the script
    /// in its page does when somebody opens the mailbox, and when somebody clicks on a message; it also asks for numbers of
    /// unread messages, which is not counted here.
    pub(super) fn people(&self) -> Result<Crowd<3>> {
        let processes = [&self.nginx, &self.php, &self.dovecot].iter().map(|process| process.id()).collect();
        let server = Server { name: "Roundcube", http: self.http, processes };
        let mut first = self.sign_in()?;
        let mailbox =
            Request::first(&mut first, "mailbox page", "/?_task=mail&_mbox=INBOX", ("\"mailbox\":\"INBOX\"", 1))?;
        let path = "/?_task=mail&_action=list&_mbox=INBOX&_page=1&_remote=1";
        let list = Request::first(&mut first, "list as JSON", path, (letter::SUBJECT, LETTERS))?;
        let path = "/?_task=mail&_action=preview&_framed=1&_uid=1&_mbox=INBOX";
        let message = Request::first(&mut first, "message, in a frame", path, (letter::CELL, letter::rows()))?;
        Crowd::gather(server, first, || self.sign_in(), [mailbox, list, message])
    }

    fn sign_in(&self) -> Result<Browser> {
        let mut browser = Browser::new(self.http);
        let fields = [("_task", "login"), ("_action", "login"), ("_user", NAME), ("_pass", PASSWORD)];
        browser
            .fill("/?_task=login", &fields)
            .with_context(|| format!("Roundcube: {}", fs::read_to_string(&self.log).unwrap_or_default()))?;
        Ok(browser)
    }
}

fn ensure_compiled_code_is_kept(program: &Path) -> Result<()> {
    let told = shell::output(Command::new(program).args(CACHE_ON).arg("-i"))?;
    ensure!(told.contains("Opcode Caching => Up and Running"), "{} keeps no compiled code", program.display());
    Ok(())
}

/// Writes configurations and mail.
fn lay_out(folder: &Path, http: SocketAddr, imap: SocketAddr) -> Result<()> {
    let mail = folder.join("mail").join(NAME);
    for folder in ["Maildir/cur", "Maildir/new", "Maildir/tmp"].map(|part| mail.join(part)) {
        fs::create_dir_all(folder)?;
    }
    for number in 1..=LETTERS {
        fs::write(mail.join(format!("Maildir/new/{number}.bench")), letter::mail())?;
    }
    let configuration = folder.join("config");
    for folder in [&configuration, &folder.join("sessions"), &folder.join("logs"), &folder.join("temp")] {
        fs::create_dir_all(folder)?;
    }
    for file in DEFAULTS.map(Path::new) {
        let name = file.file_name().context("a file without a name")?;
        fs::copy(file, configuration.join(name)).with_context(|| format!("cannot read {}", file.display()))?;
    }
    fs::write(configuration.join("config.inc.php"), of_roundcube(folder, imap))?;
    fs::write(folder.join("php-fpm.conf"), of_php(folder))?;
    fs::write(folder.join("dovecot.conf"), of_dovecot(folder, imap))?;
    fs::write(folder.join("nginx.conf"), of_nginx(folder, http))?;
    shell::run(Command::new("chown").arg("--recursive").arg(format!("{USER}:")).arg(folder))
}

fn of_roundcube(folder: &Path, imap: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "\
<?php
$config = [
    'db_dsnw' => 'sqlite:///{folder}/roundcube.db?mode=0640',
    'imap_host' => '{imap}',
    'session_storage' => 'php',
    'session_lifetime' => 1440,
    'des_key' => 'four-gulls-knit-at-night',
    'log_dir' => '{folder}/logs/',
    'temp_dir' => '{folder}/temp/',
];
"
    )
}

fn of_php(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "\
[global]
error_log = {folder}/log
[roundcube]
user = {USER}
group = {USER}
listen = {folder}/php.sock
listen.owner = {USER}
pm = static
pm.max_children = 8
env[ROUNDCUBE_CONFIG_DIR] = {folder}/config
php_admin_value[session.save_path] = {folder}/sessions
"
    )
}

fn of_dovecot(folder: &Path, imap: SocketAddr) -> String {
    let folder = folder.display();
    let port = imap.port();
    format!(
        "\
base_dir = {folder}/dovecot
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = no
mail_location = maildir:{folder}/mail/%n/Maildir
mail_max_userip_connections = 100
first_valid_uid = 1
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={USER} gid={USER} home={folder}/mail/%n
}}
service imap-login {{
  service_count = 0
  process_min_avail = 2
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"
    )
}

fn of_nginx(folder: &Path, http: SocketAddr) -> String {
    let folder = folder.display();
    format!(
        "\
daemon off;
user {USER};
worker_processes auto;
pid {folder}/nginx.pid;
error_log {folder}/log;
events {{}}
http {{
  access_log off;
  gzip on;
  gzip_types application/json;
  client_body_temp_path {folder}/nginx-body;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  proxy_temp_path {folder}/nginx-proxy;
  scgi_temp_path {folder}/nginx-scgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  server {{
    listen {http};
    root {public};
    index index.php;
    location ~ \\.php$ {{
      include /etc/nginx/fastcgi.conf;
      fastcgi_pass unix:{folder}/php.sock;
      fastcgi_buffers 16 16k;
    }}
  }}
}}
",
        public = setup::ROUNDCUBE,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_are_whole() {
        let (folder, door) = (Path::new("/tmp/bench"), SocketAddr::from(([127, 0, 0, 1], 4321)));
        let configurations =
            [of_roundcube(folder, door), of_php(folder), of_dovecot(folder, door), of_nginx(folder, door)];
        for configuration in configurations {
            let count = |letter: char| configuration.matches(letter).count();
            assert_eq!(count('{'), count('}'), "{configuration}");
            assert!(configuration.contains("/tmp/bench/"), "{configuration}");
        }
    }
}
