//! A running demo, and a plain SMTP client to talk to it.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

/// How long any one answer may take before the test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary under test.
pub(crate) fn siegelpost() -> Command {
    Command::new(env!("CARGO_BIN_EXE_siegelpost"))
}

/// A demo that runs; killed when dropped.
pub(crate) struct Demo {
    child: Child,
    pub(crate) intake: SocketAddr,
    pub(crate) portal: SocketAddr,
    pub(crate) outbox: SocketAddr,
}

impl Demo {
    /// Starts a demo that keeps its state in `data`, on free ports.
    pub(crate) fn start(data: &Path, more: &[&str]) -> Self {
        let ports: Vec<u16> = (0..3).map(|_| free_port()).collect();
        let door = |port: u16| format!("127.0.0.1:{port}");
        let mut child = siegelpost()
            .args(["demo", "--data"])
            .arg(data)
            .args(["--smtp", &door(ports[0]), "--http", &door(ports[1]), "--outbox", &door(ports[2])])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let open = lines.by_ref().any(|line| line.unwrap().contains("Ctrl-C"));
        assert!(open, "the demo ended before its doors were open: {:?}", child.wait());
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Self { child, intake: at(ports[0]), portal: at(ports[1]), outbox: at(ports[2]) }
    }

    /// SIGKILL: nothing is tidied up.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM: gives the exit status.
    pub(crate) fn stop(mut self) -> std::process::ExitStatus {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // Fails only where the demo has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Hands one mail in and gives the reply to its end, or an error where the connection broke.
pub(crate) fn hand_in(intake: SocketAddr, from: &str, to: &str, mail: &str) -> std::io::Result<String> {
    let stream = TcpStream::connect(intake)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut writer = stream;
    reply(&mut reader)?;
    for command in ["EHLO test.example", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>"), "DATA"] {
        write!(writer, "{command}\r\n")?;
        let said = reply(&mut reader)?;
        if !said.starts_with(['2', '3']) {
            return Ok(said);
        }
    }
    write!(writer, "{mail}\r\n.\r\n")?;
    reply(&mut reader)
}

/// The last line of a reply.
fn reply(reader: &mut impl BufRead) -> std::io::Result<String> {
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line.trim_end().to_owned());
        }
    }
}

/// Everybody the outbox has mail for.
pub(crate) fn recipients(data: &Path) -> BTreeSet<String> {
    let Ok(entries) = fs::read_dir(data.join("outbox")) else { return BTreeSet::new() };
    let envelopes =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "json"));
    envelopes
        .flat_map(|path| {
            let envelope: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            envelope["rcpt_to"].as_array().unwrap().iter().map(|to| to.as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// Waits until `done`, or fails with what it last said.
pub(crate) fn until<T>(mut done: impl FnMut() -> Result<T, String>) -> T {
    let mut last = String::new();
    for _ in 0..9_000 {
        match done() {
            Ok(value) => return value,
            Err(not_yet) => last = not_yet,
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("in vain: {last}");
}
