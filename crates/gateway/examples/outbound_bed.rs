//! A world of domains on loopback that mail can be delivered to: each domain a signed zone of its own with a mail server, and all those servers are one
//! that takes everything, over TLS, and proves itself by DANE.
//!
//! ```text
//! cargo run --release -p siegelpost-gateway --example outbound_bed -- FOLDER 1000 127.0.0.77
//! ```
//!
//! The domains are `d0.test`, `d1.test` and so on. Writes `anchor` (the keys of the private root), `transport.toml` (sections of a configuration), `port`
//! (of the mail server), `processes` (of the validating name server, and of the recursive one) and, when all is ready, `ready` (the address where it can be asked) into the folder, and runs until it is stopped. A validating
//! name server answers at port 53 of the loopback address that is given, for programs that ask no other port.
//!
//! Who connects to the address in `ready` and says `count` is told how many mails were taken, and how many microseconds ago the first and the last of
//! them. `reset` begins to count anew, and lets the name servers forget what they know.

use std::{
    error::Error,
    fs, io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use rcgen::PublicKeyData as _;
use resolve::testing::{Algorithm, Bed, Denial, Zone};
use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn Error + Send + Sync>;

const USAGE: &str = "usage: outbound_bed FOLDER DOMAINS ADDRESS";
/// What the mail server is called in its certificate; by DANE-EE names do not count (RFC 7672 section 3.1.1).
const HOST: &str = "mx.hosting.test";
/// The longest line that is looked for.
const LINE_BYTES_MAX: usize = 4096;
/// What ends the content (RFC 5321 section 4.1.1.4).
const CONTENT_END: &[u8] = b"\r\n.\r\n";

/// The mails that were taken.
#[derive(Default)]
struct Taken {
    count: usize,
    /// When the first and the last of them were.
    span: Option<(Instant, Instant)>,
}

type Tally = Arc<Mutex<Taken>>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let domains: usize = arguments.next().ok_or(USAGE)?.parse()?;
    let names: IpAddr = arguments.next().ok_or(USAGE)?.parse()?;
    let shown = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
    let key = digest::digest(&digest::SHA256, &shown.signing_key.subject_public_key_info());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![shown.cert.der().clone()], shown.signing_key.into())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    let zones = zones(domains, &format!("3 1 1 {}", HEXLOWER.encode(key.as_ref())), port);
    let bed = Bed::validating_also_at(&zones, &[SocketAddr::new(names, 53)])?;
    let questions = TcpListener::bind("127.0.0.1:0").await?;
    describe(&folder, &bed, port, questions.local_addr()?)?;
    let tally = Tally::default();
    tokio::try_join!(serve(listener, Arc::new(config).into(), &tally), answer(questions, &bed, &tally))?;
    Ok(())
}

fn zones(domains: usize, record: &str, port: u16) -> Vec<Zone> {
    let records = format!("@ MX 10 mx\nmx A 127.0.0.1\n_{port}._tcp.mx TLSA {record}\n");
    let signed = |name: &str, records: &str| Zone::signed(name, records, Algorithm::EcdsaP256Sha256, Denial::Nsec);
    let top = ["test", ""].map(|name| signed(name, ""));
    (0..domains).map(|number| signed(&format!("d{number}.test"), &records)).chain(top).collect()
}

fn describe(folder: &Path, bed: &Bed, port: u16, questions: SocketAddr) -> io::Result<()> {
    fs::write(folder.join("anchor"), bed.anchor_text())?;
    let anchor = folder.join("anchor").display().to_string();
    let sections = format!(
        "[dns]\nservers = [\"{}\"]\ntrust_anchor_file = {anchor:?}\n\n[transport]\nsmtp_port = {port}\nprivate_addresses = true\n",
        bed.recursive()
    );
    fs::write(folder.join("transport.toml"), sections)?;
    fs::write(folder.join("port"), port.to_string())?;
    fs::write(folder.join("processes"), bed.processes().map(|id| id.to_string()).join(" "))?;
    // Whoever waits for the file must find it whole.
    fs::write(folder.join("ready.new"), questions.to_string())?;
    fs::rename(folder.join("ready.new"), folder.join("ready"))
}

/// Tells what was taken.
async fn answer(listener: TcpListener, bed: &Bed, tally: &Tally) -> Result<(), Failure> {
    loop {
        let (mut tcp, _) = listener.accept().await?;
        let mut asked = [0; 8];
        let read = tcp.read(&mut asked).await?;
        let told = match asked.get(..read) {
            Some(b"reset\n") => {
                bed.forget()?;
                *tally.lock().unwrap_or_else(PoisonError::into_inner) = Taken::default();
                String::new()
            }
            _ => told(&tally.lock().unwrap_or_else(PoisonError::into_inner)),
        };
        tcp.write_all(told.as_bytes()).await?;
        tcp.shutdown().await?;
    }
}

fn told(taken: &Taken) -> String {
    let (first, last) =
        taken.span.map_or((0, 0), |(first, last)| (first.elapsed().as_micros(), last.elapsed().as_micros()));
    format!("{} {first} {last}\n", taken.count)
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor, tally: &Tally) -> Result<(), Failure> {
    let mut sessions = JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await?;
        let (acceptor, tally) = (acceptor.clone(), Arc::clone(tally));
        sessions.spawn(async move {
            let _client_went_away = session(tcp, &acceptor, &tally).await;
        });
        while sessions.try_join_next().is_some() {}
    }
}

/// Greets, insists on TLS, and takes mail after mail.
async fn session(tcp: TcpStream, acceptor: &TlsAcceptor, tally: &Tally) -> io::Result<()> {
    tcp.set_nodelay(true)?;
    let mut clear = Dialogue { stream: tcp, input: Vec::new(), output: b"220 mx ESMTP\r\n".to_vec() };
    loop {
        match clear.command().await?.as_slice() {
            b"STARTTLS" => break,
            b"QUIT" => return clear.say(b"221 bye\r\n").await,
            b"EHLO" => clear.reply(b"250-mx\r\n250 STARTTLS\r\n"),
            _ => clear.reply(b"530 first STARTTLS\r\n"),
        }
    }
    clear.say(b"220 go\r\n").await?;
    let stream = acceptor.accept(clear.stream).await?;
    let mut dialogue = Dialogue { stream, input: Vec::new(), output: Vec::new() };
    loop {
        match dialogue.command().await?.as_slice() {
            b"EHLO" => {
                dialogue.reply(b"250-mx\r\n250-PIPELINING\r\n250-SIZE 52428800\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 DSN\r\n");
            }
            b"DATA" => {
                dialogue.say(b"354 go\r\n").await?;
                dialogue.content().await?;
                note(tally);
                dialogue.reply(b"250 2.0.0 taken\r\n");
            }
            b"QUIT" => {
                dialogue.say(b"221 2.0.0 bye\r\n").await?;
                return dialogue.stream.shutdown().await;
            }
            _ => dialogue.reply(b"250 2.0.0 ok\r\n"),
        }
    }
}

fn note(tally: &Tally) {
    let now = Instant::now();
    let mut taken = tally.lock().unwrap_or_else(PoisonError::into_inner);
    taken.count += 1;
    let (first, _) = taken.span.unwrap_or((now, now));
    taken.span = Some((first, now));
}

/// Commands and replies; replies to commands that came together leave together (RFC 2920).
struct Dialogue<S> {
    stream: S,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    fn reply(&mut self, reply: &[u8]) {
        self.output.extend_from_slice(reply);
    }

    async fn say(&mut self, reply: &[u8]) -> io::Result<()> {
        self.reply(reply);
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        self.stream.flush().await
    }

    /// The verb of the next command, in upper case.
    async fn command(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = find(&self.input, b"\r\n") {
                let line: Vec<u8> = self.input.drain(..end + 2).collect();
                let verb = line.split(|byte| b" \r".contains(byte)).next().unwrap_or_default();
                return Ok(verb.to_ascii_uppercase());
            }
            if self.input.len() > LINE_BYTES_MAX {
                return Err(io::ErrorKind::InvalidData.into());
            }
            self.say(b"").await?;
            self.more().await?;
        }
    }

    /// Reads the content and throws it away.
    async fn content(&mut self) -> io::Result<()> {
        let mut looked = 0;
        loop {
            if let Some(end) = self.input.get(looked..).and_then(|rest| find(rest, CONTENT_END)) {
                self.input.drain(..looked + end + CONTENT_END.len());
                return Ok(());
            }
            // The end may be cut in two.
            looked = self.input.len().saturating_sub(CONTENT_END.len());
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.input).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
