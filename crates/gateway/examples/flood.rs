//! A load generator for SMTP servers: many sessions at once, each sending mail after mail, and figures at the end.
//!
//! ```text
//! cargo run --release -p siegelpost-gateway --example flood -- 127.0.0.1:2525 --sessions 20 --messages 20000 --bytes 10240
//! ```
//!
//! Options: `--per-connection N` (default 1), `--tls none|starttls|implicit` (default none; any certificate is taken, this is no mail
//! program), `--class special|ordinary` (default special), `--from ADDRESS`, `--to ADDRESS` (`{}` in it becomes a number). The figures are `msg/s` and percentiles, in milliseconds, of the
//! time from connecting (or from `MAIL`, for further mails of a connection) to the final `250`.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use wire::address::{Domain, ReversePath, TypedAddress};
use wire::smtp::Transport;
use wire::smtp::client::{ClientSettings, Envelope, EnvelopeRecipient, Event, Session, Verdict};
use wire::smtp::command::Body;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone)]
struct Plan {
    server: SocketAddr,
    sessions: usize,
    messages: usize,
    per_connection: usize,
    tls: Tls,
    from: String,
    to: String,
    content: Arc<Vec<u8>>,
    connector: TlsConnector,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    Off,
    Upgrade,
    Implicit,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let plan = plan(std::env::args().skip(1).collect())?;
    let taken = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut sessions = JoinSet::new();
    for _ in 0..plan.sessions {
        sessions.spawn(session(plan.clone(), Arc::clone(&taken)));
    }
    let mut times: Vec<Duration> = Vec::with_capacity(plan.messages);
    let mut failures = Vec::new();
    while let Some(ended) = sessions.join_next().await {
        let (some, failed) = ended?;
        times.extend(some);
        failures.extend(failed);
    }
    let seconds = begun.elapsed().as_secs_f64();
    times.sort();
    let percentile = |hundredths: usize| {
        let at = (times.len() * hundredths / 100).min(times.len().saturating_sub(1));
        times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    let rate = f64::from(u32::try_from(times.len())?) / seconds;
    println!(
        "messages {} failures {} seconds {seconds:.2} rate {rate:.0} msg/s p50 {:.1} p95 {:.1} p99 {:.1} max {:.1} ms",
        times.len(),
        failures.len(),
        percentile(50),
        percentile(95),
        percentile(99),
        percentile(100),
    );
    match failures.into_iter().next() {
        None => Ok(()),
        Some(first) => Err(format!("first failure: {first}").into()),
    }
}

fn plan(arguments: Vec<String>) -> Result<Plan, Failure> {
    let mut arguments = VecDeque::from(arguments);
    let server = arguments.pop_front().ok_or("usage: flood ADDRESS:PORT [options]")?.parse()?;
    let connector = TlsConnector::from(Arc::new(any_certificate()?));
    let mut plan = Plan {
        server,
        sessions: 20,
        messages: 2000,
        per_connection: 1,
        tls: Tls::Off,
        from: "claims@insurer.example".into(),
        to: "customer{}@customer.example".into(),
        content: Arc::new(Vec::new()),
        connector,
    };
    let (mut bytes, mut class) = (10 * 1024, "special".to_owned());
    while let Some(option) = arguments.pop_front() {
        let value = arguments.pop_front().ok_or("an option without value")?;
        match option.as_str() {
            "--sessions" => plan.sessions = value.parse()?,
            "--messages" => plan.messages = value.parse()?,
            "--per-connection" => plan.per_connection = value.parse()?,
            "--bytes" => bytes = value.parse()?,
            "--class" => class = value,
            "--from" => plan.from = value,
            "--to" => plan.to = value,
            "--tls" => {
                plan.tls = match value.as_str() {
                    "none" => Tls::Off,
                    "starttls" => Tls::Upgrade,
                    "implicit" => Tls::Implicit,
                    _ => return Err("--tls none|starttls|implicit".into()),
                };
            }
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    plan.content = Arc::new(content(&plan.from, &class, bytes));
    Ok(plan)
}

/// A mail of a protection class, of about so many bytes.
fn content(from: &str, class: &str, bytes: usize) -> Vec<u8> {
    let mut content = format!(
        "From: {from}\r\nSubject: Your request\r\nX-Siegelpost-Class: {class}\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n"
    )
    .into_bytes();
    while content.len() < bytes {
        content.extend_from_slice(b"The quick brown fox jumps over the lazy dog and writes it down here.\r\n");
    }
    content
}

/// Sends until all are sent; gives the time of each, and what went wrong.
async fn session(plan: Plan, taken: Arc<AtomicUsize>) -> (Vec<Duration>, Vec<String>) {
    let (mut times, mut failures) = (Vec::new(), Vec::new());
    loop {
        let mut numbers = Vec::new();
        for _ in 0..plan.per_connection {
            let number = taken.fetch_add(1, Ordering::Relaxed);
            if number < plan.messages {
                numbers.push(number);
            }
        }
        if numbers.is_empty() {
            return (times, failures);
        }
        if let Err(error) = connection(&plan, &numbers, &mut times).await {
            failures.push(error.to_string());
        }
    }
}

async fn connection(plan: &Plan, numbers: &[usize], times: &mut Vec<Duration>) -> Result<(), Failure> {
    let begun = Instant::now();
    let mut tcp = TcpStream::connect(plan.server).await?;
    tcp.set_nodelay(true)?;
    let settings = ClientSettings::new(Domain::parse("flood.example")?);
    let name = ServerName::try_from("localhost")?;
    match plan.tls {
        Tls::Off => {
            let mut session = Session::new(settings, Transport::Clear);
            mails(&mut tcp, &mut session, plan, numbers, times, begun).await
        }
        Tls::Implicit => {
            let mut session = Session::new(settings, Transport::Tls);
            let mut tls = plan.connector.connect(name, tcp).await?;
            mails(&mut tls, &mut session, plan, numbers, times, begun).await
        }
        Tls::Upgrade => {
            let mut session = Session::new(settings, Transport::Clear);
            exchange(&mut tcp, &mut session).await?;
            session.start_tls()?;
            exchange(&mut tcp, &mut session).await?;
            let mut tls = plan.connector.connect(name, tcp).await?;
            session.tls_established();
            mails(&mut tls, &mut session, plan, numbers, times, begun).await
        }
    }
}

async fn mails<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    session: &mut Session,
    plan: &Plan,
    numbers: &[usize],
    times: &mut Vec<Duration>,
    mut begun: Instant,
) -> Result<(), Failure> {
    for number in numbers {
        exchange(stream, session).await?;
        let to = TypedAddress::parse(&plan.to.replace("{}", &number.to_string()))?;
        session.send(&Envelope {
            reverse_path: ReversePath::parse(&plan.from)?,
            recipients: vec![EnvelopeRecipient::new(to)],
            content_bytes: u64::try_from(plan.content.len())?,
            body: Body::SevenBit,
            utf8_header: false,
            require_tls: false,
            ret: None,
            envelope_id: None,
        })?;
        let mut event = exchange(stream, session).await?;
        let mut rest = plan.content.as_slice();
        while event == Event::SendContent {
            if rest.is_empty() {
                session.content_end()?;
            } else {
                rest = rest.get(session.content(rest)?..).unwrap_or_default();
            }
            event = exchange(stream, session).await?;
        }
        match event {
            Event::Sent(verdicts) => match verdicts.first() {
                Some(Verdict::Accepted(_)) => times.push(begun.elapsed()),
                other => return Err(format!("{other:?}").into()),
            },
            other => return Err(format!("{other:?}").into()),
        }
        begun = Instant::now();
    }
    exchange(stream, session).await?;
    session.quit();
    exchange(stream, session).await?;
    Ok(())
}

/// Exchanges bytes until the machine wants something else.
async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, session: &mut Session) -> Result<Event, Failure> {
    loop {
        let event = session.next_event()?;
        if !matches!(event, Event::Read | Event::Write) {
            return Ok(event);
        }
        if !session.output().is_empty() {
            stream.write_all(session.output()).await?;
            stream.flush().await?;
            session.clear_output();
        }
        if event == Event::Read && stream.read_buf(session.input_buffer()).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
    }
}

fn any_certificate() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth())
}

/// Takes any certificate: what is measured is the work, not the trust.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
