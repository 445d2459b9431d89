//! A client that writes what a test wants, and nothing else.

use std::net::SocketAddr;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A raw connection.
pub(crate) struct Raw<S = TcpStream> {
    stream: S,
    read: Vec<u8>,
}

impl Raw {
    /// Connects, and gives the greeting too.
    pub(crate) async fn connect(address: SocketAddr) -> (Self, String) {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut raw = Self { stream, read: Vec::new() };
        let greeting = raw.reply().await;
        (raw, greeting)
    }

    /// Connects from this address of the machine, and gives the greeting too.
    pub(crate) async fn connect_from(source: &str, address: SocketAddr) -> (Self, String) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(source.parse().unwrap(), 0)).unwrap();
        let mut raw = Self { stream: socket.connect(address).await.unwrap(), read: Vec::new() };
        let greeting = raw.reply().await;
        (raw, greeting)
    }

    /// Connects and says hello.
    pub(crate) async fn hello(address: SocketAddr) -> Self {
        let (mut raw, greeting) = Self::connect(address).await;
        assert!(greeting.starts_with("220 "), "{greeting}");
        assert!(raw.say("EHLO client.example").await.starts_with("250-"));
        raw
    }

    /// Does the handshake for `localhost`.
    pub(crate) async fn secure(self, connector: &TlsConnector) -> Raw<impl AsyncRead + AsyncWrite + Unpin + use<>> {
        let name = ServerName::try_from("localhost").unwrap();
        let stream = connector.connect(name, self.stream).await.unwrap();
        Raw { stream, read: Vec::new() }
    }

    /// A connection of which nothing was read yet.
    pub(crate) async fn silent(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(crate) async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
        self.stream.flush().await.unwrap();
    }

    /// Says a line and gives the reply.
    pub(crate) async fn say(&mut self, line: &str) -> String {
        self.write(format!("{line}\r\n").as_bytes()).await;
        self.reply().await
    }

    /// The next reply, all its lines; empty if the connection ended.
    pub(crate) async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let Some(end) = self.read.iter().position(|byte| *byte == b'\n') else {
                match timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await.expect("a reply in time") {
                    Ok(0) | Err(_) => return reply,
                    Ok(_) => continue,
                }
            };
            let line: Vec<u8> = self.read.drain(..=end).collect();
            let line = String::from_utf8(line).unwrap();
            reply.push_str(&line);
            if line.as_bytes()[3] == b' ' {
                return reply;
            }
        }
    }

    /// Says a line to somebody who may have gone; gives the reply, or nothing.
    pub(crate) async fn try_say(&mut self, line: &str) -> String {
        drop(self.stream.write_all(format!("{line}\r\n").as_bytes()).await);
        drop(self.stream.flush().await);
        self.reply().await
    }

    /// Sends a small mail to somebody who may go at any moment; gives the first reply that is not positive, or the last.
    pub(crate) async fn mail_or_end(&mut self) -> String {
        let mut reply = String::new();
        for line in [
            "MAIL FROM:<claims@insurer.example>",
            "RCPT TO:<ada@customer.example>",
            "DATA",
            "Subject: Hello\r\n\r\nHello\r\n.",
        ] {
            reply = self.try_say(line).await;
            if !reply.starts_with(['2', '3']) {
                break;
            }
        }
        reply
    }

    /// Begins a transaction for one recipient.
    pub(crate) async fn envelope(&mut self) {
        assert!(self.say("MAIL FROM:<claims@insurer.example>").await.starts_with("250 2.1.0"));
        assert!(self.say("RCPT TO:<ada@customer.example>").await.starts_with("250 2.1.5"));
    }

    /// Sends a small mail and gives the reply to its end.
    pub(crate) async fn mail(&mut self) -> String {
        self.envelope().await;
        assert!(self.say("DATA").await.starts_with("354"));
        self.say("Subject: Hello\r\n\r\nHello\r\n.").await
    }
}
