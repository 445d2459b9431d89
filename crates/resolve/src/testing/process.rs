//! Name servers as child processes that never outlive the test.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use domain::base::{Message, MessageBuilder, Name, Rtype, iana::Rcode};

/// Runs a program until standard input closes, which it does however the test ends. `$1`: log file, then the program with its arguments.
const RUN_UNTIL_STDIN_CLOSES: &str = r#"
    log=$1; shift
    "$@" >"$log" 2>&1 </dev/null &
    server=$!
    cat >/dev/null
    kill -TERM "$server"
    wait "$server"
"#;

/// How often, and with what pause, a starting server is asked whether it is ready.
const READY_TRIES: u32 = 200;
const READY_PAUSE: Duration = Duration::from_millis(25);
/// How long a server gets to hear that it has to reload.
const RELOAD_HEARD: Duration = Duration::from_millis(500);
/// On how many ports a server is tried to be started.
const PORT_TRIES: u32 = 3;

/// A running server.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Process {
    /// Starts a program of the search path (or where Debian keeps servers), and waits until it answers for the SOA record of `zone`.
    pub(super) fn start(
        address: SocketAddr,
        program: &str,
        arguments: &[&str],
        log: &Path,
        zone: &str,
    ) -> io::Result<Self> {
        let child = Command::new("sh")
            .args(["-c", RUN_UNTIL_STDIN_CLOSES, "sh"])
            .arg(log)
            .arg(find(program)?)
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn()?;
        let mut process = Self { child, address };
        for _ in 0..READY_TRIES {
            if answers(address, zone).unwrap_or(false) {
                return Ok(process);
            }
            if process.child.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(READY_PAUSE);
        }
        let log = std::fs::read_to_string(log).unwrap_or_default();
        Err(io::Error::other(format!("{program} did not become ready: {log}")))
    }
}

impl Process {
    /// The shell that runs it.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to read its configuration again (which lets unbound forget all that it has in its cache), and waits until it answers for `zone`.
    pub(super) fn reload(&self, zone: &str) -> io::Result<()> {
        let shell = self.child.id();
        for server in std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children"))?.split_whitespace() {
            run(Path::new("."), "sh", &["-c", "kill -HUP \"$1\"", "sh", server])?;
        }
        std::thread::sleep(RELOAD_HEARD);
        for _ in 0..READY_TRIES {
            if answers(self.address, zone).unwrap_or(false) {
                return Ok(());
            }
            std::thread::sleep(READY_PAUSE);
        }
        Err(io::Error::other("a name server did not come back"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        if let Err(error) = self.child.wait() {
            tracing::warn!(%error, "a name server for tests did not stop");
        }
    }
}

/// Starts a server on a port of loopback that is free for UDP and TCP. Somebody else may take the port before the server does: then on another.
pub(super) fn on_free_port(start: impl Fn(SocketAddr) -> io::Result<Process>) -> io::Result<Process> {
    let mut started = Err(io::ErrorKind::AddrInUse.into());
    for _ in 0..PORT_TRIES {
        let address = free_sockets()?.1.local_addr()?;
        started = start(address);
        if started.is_ok() {
            break;
        }
    }
    started
}

/// Both sockets on one port of loopback.
pub(super) fn free_sockets() -> io::Result<(UdpSocket, TcpListener)> {
    loop {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        match UdpSocket::bind(tcp.local_addr()?) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            udp => return Ok((udp?, tcp)),
        }
    }
}

/// Runs a program to its end; what it writes to standard output.
pub(super) fn run(folder: &Path, program: &str, arguments: &[&str]) -> io::Result<String> {
    let output = Command::new(find(program)?).current_dir(folder).args(arguments).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

fn find(program: &str) -> io::Result<std::path::PathBuf> {
    let places = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin"];
    let found = places.iter().map(|place| Path::new(place).join(program)).find(|path| path.exists());
    found.ok_or_else(|| {
        io::Error::other(format!("tests need {program}: the test command (`cargo xtask test`) installs it"))
    })
}

fn answers(address: SocketAddr, zone: &str) -> io::Result<bool> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(Duration::from_millis(500)))?;
    socket.send(&question(zone, Rtype::SOA).ok_or_else(|| io::Error::other("no question"))?)?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer)?;
    let reply = buffer.get(..length).and_then(|bytes| Message::from_slice(bytes).ok());
    Ok(reply.is_some_and(|reply| reply.header().rcode() == Rcode::NOERROR && reply.header_counts().ancount() > 0))
}

/// A question as bytes, with DO and CD, so that the answer has all there is.
pub(super) fn question(name: &str, rtype: Rtype) -> Option<Vec<u8>> {
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_random_id();
    message.header_mut().set_rd(true);
    message.header_mut().set_cd(true);
    let mut message = message.question();
    message.push((Name::vec_from_str(name).ok()?, rtype)).ok()?;
    let mut message = message.additional();
    message
        .opt(|opt| {
            opt.set_udp_payload_size(4096);
            opt.set_dnssec_ok(true);
            Ok(())
        })
        .ok()?;
    Some(message.finish())
}
