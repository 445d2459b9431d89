//! Where clamd listens.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

/// A socket of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Socket {
    /// A file.
    Unix(PathBuf),
    /// An address on loopback.
    Tcp(SocketAddr),
}

/// A text that names no socket of this machine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither the whole path of a socket nor an address on loopback such as 127.0.0.1:3310")]
pub struct SocketError(String);

impl FromStr for Socket {
    type Err = SocketError;

    /// Content goes there in clear, so it stays on this machine (P1).
    fn from_str(text: &str) -> Result<Self, SocketError> {
        if text.starts_with('/') {
            return Ok(Self::Unix(text.into()));
        }
        let address = text.parse::<SocketAddr>().ok().filter(|address| address.ip().to_canonical().is_loopback());
        address.map(Self::Tcp).ok_or_else(|| SocketError(text.to_owned()))
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Tcp(address) => address.fmt(f),
        }
    }
}

impl Socket {
    pub(super) async fn connect(&self) -> io::Result<Stream> {
        match self {
            Self::Unix(path) => Ok(Stream::Unix(UnixStream::connect(path).await?)),
            Self::Tcp(address) => {
                let tcp = TcpStream::connect(address).await?;
                tcp.set_nodelay(true)?;
                Ok(Stream::Tcp(tcp))
            }
        }
    }
}

/// A connection to it.
#[derive(Debug)]
pub(super) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Unix(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_content_goes_to_a_scanner_on_this_machine_alone() {
        for here in ["/run/clamav/clamd.ctl", "127.0.0.1:3310", "[::1]:3310", "[::ffff:127.0.0.1]:3310"] {
            assert!(here.parse::<Socket>().is_ok(), "{here}");
        }
        for elsewhere in
            ["", "clamd.ctl", "192.0.2.1:3310", "0.0.0.0:3310", "[2001:db8::1]:3310", "localhost:3310", "127.0.0.1"]
        {
            assert!(elsewhere.parse::<Socket>().is_err(), "{elsewhere}");
        }
    }
}
