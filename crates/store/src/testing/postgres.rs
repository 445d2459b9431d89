//! A real PostgreSQL server for tests.
//!
//! The server's programs come from the Debian package `postgresql` or from `PATH`. Each server has a fresh data folder and a free port on
//! loopback. It stops, and its folder goes, when [`PostgresServer`] is dropped *and* when the test process ends in any way, killed or not:
//! the shell that runs the server waits for its standard input to close. So a server can sit in a `static` and serve a whole test binary, with
//! a database of its own for every test.

use std::{
    fs::Permissions,
    io::{self, Write as _},
    iter,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use tokio_postgres::NoTls;

use crate::{DatabaseSettings, PostgresSettings};

/// Where Debian keeps the programs of each version.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// The system user that runs the server when the tests run as root, which the server refuses.
const SERVER_USER: &str = "postgres";

/// How often, and with what pause, a starting server is asked whether it is ready.
const READY_TRIES: u32 = 600;
const READY_PAUSE: Duration = Duration::from_millis(50);

/// Runs the server until standard input closes, and removes its data unless [`KEEP`] was said before. `$1`: program folder, `$2`: data folder, `$3`: port, `$4`: whether it speaks TLS.
const RUN_UNTIL_STDIN_CLOSES: &str = r#"
    "$1/postgres" -D "$2" -c listen_addresses=127.0.0.1 -c port="$3" -c unix_socket_directories= -c ssl="$4" \
        -c fsync=off -c max_connections=200 >"$2/server.log" 2>&1 &
    server=$!
    said=$(cat)
    kill -INT "$server"
    wait "$server"
    [ "$said" = keep ] || rm -rf "$2"
"#;
/// What the shell is told where the data folder is to outlive the server.
const KEEP: &[u8] = b"keep";

/// A PostgreSQL server that lives as long as this value.
pub struct PostgresServer {
    programs: PathBuf,
    data: tempfile::TempDir,
    port: u16,
    tls: bool,
    databases: AtomicU32,
    running: Option<Child>,
}

impl PostgresServer {
    /// Makes a data folder and starts a server on it. Takes a second or two.
    pub fn start() -> io::Result<Self> {
        let programs = programs()?;
        let data = tempfile::Builder::new().prefix("postgres-for-tests-").tempdir()?;
        if is_root()? {
            let (uid, gid) = server_user()?;
            chown(data.path(), Some(uid), Some(gid))?;
        }
        let initdb = as_server_user(&programs.join("initdb"))?
            .args([
                "--username=postgres",
                "--auth=trust",
                "--locale=C.UTF-8",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(data.path())
            .current_dir(data.path())
            .output()?;
        if !initdb.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&initdb.stderr).into_owned()));
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut server = Self { programs, data, port, tls: false, databases: AtomicU32::new(0), running: None };
        server.resume()?;
        Ok(server)
    }

    /// Starts the server anew, so that it speaks TLS with this certificate and key (PEM).
    pub fn speak_tls(&mut self, certificate_pem: &str, key_pem: &str) -> io::Result<()> {
        self.stop()?;
        for (name, pem) in [("server.crt", certificate_pem), ("server.key", key_pem)] {
            let path = self.data.path().join(name);
            std::fs::write(&path, pem)?;
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            if is_root()? {
                let (uid, gid) = server_user()?;
                chown(&path, Some(uid), Some(gid))?;
            }
        }
        self.tls = true;
        self.resume()
    }

    /// Starts the server again after [`PostgresServer::stop`], on the same data and port.
    pub fn resume(&mut self) -> io::Result<()> {
        let child = as_server_user(Path::new("sh"))?
            .args(["-c", RUN_UNTIL_STDIN_CLOSES, "sh"])
            .arg(&self.programs)
            .arg(self.data.path())
            .arg(self.port.to_string())
            .arg(if self.tls { "on" } else { "off" })
            .current_dir(self.data.path())
            .stdin(Stdio::piped())
            .spawn()?;
        self.running = Some(child);
        for _ in 0..READY_TRIES {
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--host=127.0.0.1", "--port", &self.port.to_string()])
                .status()?;
            if ready.success() {
                return Ok(());
            }
            thread::sleep(READY_PAUSE);
        }
        Err(io::Error::other("PostgreSQL did not become ready"))
    }

    /// Stops the server and keeps its data: it breaks every connection and waits for no one.
    pub fn stop(&mut self) -> io::Result<()> {
        if let Some(mut child) = self.running.take() {
            if let Some(mut stdin) = child.stdin.take() {
                stdin.write_all(KEEP)?;
            }
            child.wait()?;
        }
        Ok(())
    }

    /// Makes an empty database and answers how to reach it.
    pub async fn create_database(&self) -> Result<PostgresSettings, tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(&self.url("postgres"), NoTls).await?;
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let create = format!("CREATE DATABASE {name}");
        let work = async move { client.batch_execute(&create).await };
        let (made, _closed) = futures_util::future::join(work, connection).await;
        made?;
        Ok(PostgresSettings { url: self.url(&name), roots_pem: None, connections_max: 16 })
    }

    /// Makes an empty database and answers it as settings of a store.
    pub async fn create_store_database(&self) -> Result<DatabaseSettings, tokio_postgres::Error> {
        self.create_database().await.map(DatabaseSettings::Postgres)
    }

    /// Where it listens, on loopback.
    pub const fn port(&self) -> u16 {
        self.port
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::warn!(%error, "PostgreSQL for tests did not stop");
        }
    }
}

/// The folder with the server's programs: the newest that Debian installed, or the one on `PATH`.
fn programs() -> io::Result<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(DEBIAN_VERSIONS)
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect())
        .unwrap_or_default();
    versions.sort();
    let on_path = Command::new("pg_config").arg("--bindir").output().ok();
    let on_path = on_path.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let found = versions.into_iter().rev().chain(on_path).find(|programs| programs.join("initdb").exists());
    found.ok_or_else(|| io::Error::other("tests need PostgreSQL: the test command (`cargo xtask test`) installs it"))
}

fn is_root() -> io::Result<bool> {
    Ok(std::fs::metadata("/proc/self")?.uid() == 0)
}

/// User and group id of the system user that may run the server.
fn server_user() -> io::Result<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd")?;
    let entry = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| match fields[..] {
        [SERVER_USER, _, uid, gid, ..] => uid.parse().ok().zip(gid.parse().ok()),
        _ => None,
    });
    entry.ok_or_else(|| io::Error::other("tests that run as root need the system user `postgres`"))
}

/// A command that runs `program` as a user whom the server accepts.
fn as_server_user(program: &Path) -> io::Result<Command> {
    if !is_root()? {
        return Ok(Command::new(program));
    }
    let (uid, gid) = server_user()?;
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={uid}"), format!("--regid={gid}"), "--clear-groups".into()]);
    command.args(iter::once(program));
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server in a `static` is never dropped: its process just ends, and with it the pipe to the shell.
    #[test]
    fn nothing_is_left_behind_by_a_process_that_ends() {
        let mut server = PostgresServer::start().unwrap();
        let mut shell = server.running.take().unwrap();
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert!(!server.data.path().exists());
    }
}
