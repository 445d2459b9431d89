//! A world of domains on loopback for `siegelpost assess` to look at: each domain a zone of its own, every second one signed and with a TLSA record, all
//! with one mail server that offers STARTTLS.
//!
//! ```text
//! cargo run --release -p siegelpost-gateway --example assess_bed -- FOLDER 10000
//! ```
//!
//! Writes `assess.toml` (a configuration), `domains.txt` and, when all is ready, the file `ready` into the folder, and runs until it is stopped.

use std::{error::Error, fs, net::SocketAddr, path::PathBuf, sync::Arc};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use resolve::testing::{Algorithm, Bed, Denial, Zone};
use rustls::{ServerConfig, crypto::aws_lc_rs::default_provider};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

type Failure = Box<dyn Error + Send + Sync>;

/// What the mail server is called for all domains.
const HOST: &str = "mx.hosting.test";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: assess_bed FOLDER DOMAINS")?);
    let domains: usize = arguments.next().ok_or("usage: assess_bed FOLDER DOMAINS")?.parse()?;
    let shown = rcgen::generate_simple_self_signed([HOST.to_owned()])?;
    let record = format!("3 0 1 {}", HEXLOWER.encode(digest::digest(&digest::SHA256, shown.cert.der()).as_ref()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![shown.cert.der().clone()], shown.signing_key.into())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let server = listener.local_addr()?;
    let bed = Bed::with_zones(&zones(domains, &record, server.port()))?;
    fs::write(folder.join("anchor"), bed.anchor_text())?;
    fs::write(folder.join("assess.toml"), configuration(bed.recursive(), server))?;
    let names: Vec<String> = (0..domains).map(|number| format!("d{number}.test")).collect();
    fs::write(folder.join("domains.txt"), names.join("\n"))?;
    fs::write(folder.join("ready"), "")?;
    serve(listener, Arc::new(config).into()).await
}

fn zones(domains: usize, record: &str, port: u16) -> Vec<Zone> {
    let (ecdsa, nsec) = (Algorithm::EcdsaP256Sha256, Denial::Nsec);
    let records = format!("@ MX 10 mx\nmx A 127.0.0.1\n_{port}._tcp.mx TLSA {record}\n");
    let domain = |number: usize| match number % 2 {
        0 => Zone::signed(&format!("d{number}.test"), &records, ecdsa, nsec),
        _ => Zone::unsigned(&format!("d{number}.test"), &records),
    };
    let top = ["test", ""].map(|name| Zone::signed(name, "", ecdsa, nsec));
    (0..domains).map(domain).chain(top).collect()
}

fn configuration(names: SocketAddr, server: SocketAddr) -> String {
    format!(
        "[dns]\nservers = [\"{names}\"]\ntrust_anchor_file = \"anchor\"\n\
         [transport]\nsmtp_port = {}\nprivate_addresses = true\nconnect_seconds_max = 10\n",
        server.port()
    )
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) -> Result<(), Failure> {
    let mut sessions = JoinSet::new();
    loop {
        let (tcp, _) = listener.accept().await?;
        let acceptor = acceptor.clone();
        sessions.spawn(async move {
            let _client_went_away = session(tcp, &acceptor).await;
        });
        while sessions.try_join_next().is_some() {}
    }
}

/// Greets, offers STARTTLS, and waits for `QUIT`.
async fn session(mut tcp: TcpStream, acceptor: &TlsAcceptor) -> std::io::Result<()> {
    tcp.set_nodelay(true)?;
    tcp.write_all(b"220 mx\r\n").await?;
    command(&mut tcp, b"250-mx\r\n250 STARTTLS\r\n").await?;
    command(&mut tcp, b"220 go\r\n").await?;
    let mut tls = acceptor.accept(tcp).await?;
    command(&mut tls, b"250 mx\r\n").await?;
    command(&mut tls, b"221 bye\r\n").await?;
    tls.shutdown().await
}

async fn command<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, answer: &[u8]) -> std::io::Result<()> {
    let mut line = [0; 512];
    let mut read = 0;
    while !line.get(..read).is_some_and(|line| line.ends_with(b"\r\n")) {
        let count = stream.read(line.get_mut(read..).unwrap_or_default()).await?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        read += count;
    }
    stream.write_all(answer).await
}
