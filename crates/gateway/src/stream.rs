//! A connection before and after it is encrypted, and reading and writing with a time limit.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsStream;

/// A connection.
#[derive(Debug)]
pub(crate) enum Stream {
    /// Everybody on the way can read it.
    Clear(TcpStream),
    /// Encrypted. Boxed, for the state of TLS is large and most connections begin without.
    Tls(Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Clear(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(cx),
        }
    }
}

/// Connects to the first address that answers; each has `limit`. What is told of a failure is the last address's.
pub(crate) async fn connect(
    addresses: impl IntoIterator<Item = SocketAddr>,
    limit: Duration,
) -> Result<(TcpStream, SocketAddr), String> {
    let mut last = "the name has no address".to_owned();
    for address in addresses {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Without it, each command waits for the answer to the last one; a connection that cannot be set so is used all the same.
                let _slower = tcp.set_nodelay(true);
                return Ok((tcp, address));
            }
            Ok(Err(error)) => last = format!("{address}: {error}"),
            Err(_) => last = format!("{address}: nobody answers"),
        }
    }
    Err(last)
}

/// Writes all of `bytes` within `limit`.
pub(crate) async fn write<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8], limit: Duration) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let work = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout(limit, work).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Reads at least one byte within `limit` and appends it to `buffer`. A connection that was closed is an error.
pub(crate) async fn read<S: AsyncRead + Unpin>(
    stream: &mut S,
    buffer: &mut Vec<u8>,
    limit: Duration,
) -> io::Result<()> {
    match timeout(limit, stream.read_buf(buffer)).await {
        Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error),
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
