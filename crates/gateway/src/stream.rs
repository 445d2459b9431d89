//! A connection before and after it is encrypted, and reading and writing with a time limit.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
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

/// How long the next address waits for the one before (RFC 8305 section 5 recommends a quarter of a second).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the address that answers first. Each has `limit`, and a head start before the next one. What is told of a failure is the last one's.
pub(crate) async fn connect(
    addresses: impl IntoIterator<Item = SocketAddr>,
    limit: Duration,
) -> Result<(TcpStream, SocketAddr), String> {
    let tries = addresses.into_iter().map(|address| async move {
        match timeout(limit, TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => {
                // Without it, each command waits for the answer to the last one; a connection that cannot be set so is used all the same.
                let _slower = tcp.set_nodelay(true);
                Ok((tcp, address))
            }
            Ok(Err(error)) => Err(format!("{address}: {error}")),
            Err(_) => Err(format!("{address}: nobody answers")),
        }
    });
    first_of(tries).await.unwrap_or_else(|| Err("the name has no address".to_owned()))
}

/// Begins one try after the other, the next when one has failed or after [`HEAD_START`], until one succeeds. `None` if there is nothing to try.
async fn first_of<T, E, F>(tries: impl Iterator<Item = F>) -> Option<Result<T, E>>
where
    F: Future<Output = Result<T, E>>,
{
    let mut waiting = tries.peekable();
    let mut running = FuturesUnordered::new();
    let mut last = None;
    loop {
        match waiting.next() {
            Some(next) => running.push(next),
            None if running.is_empty() => return last,
            None => {}
        }
        let head_start = async {
            match waiting.peek() {
                Some(_) => sleep(HEAD_START).await,
                None => pending().await,
            }
        };
        tokio::select! {
            Some(ended) = running.next() => {
                if ended.is_ok() {
                    return Some(ended);
                }
                last = Some(ended);
            }
            () = head_start => {}
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    async fn after(time: Duration, ended: Result<u8, u8>) -> Result<u8, u8> {
        sleep(time).await;
        ended
    }

    #[tokio::test]
    async fn a_silent_address_gives_the_next_one_its_turn() {
        let (hour, instant) = (Duration::from_hours(1), Duration::ZERO);
        assert_eq!(first_of([after(hour, Ok(1)), after(instant, Ok(2))].into_iter()).await, Some(Ok(2)));
        assert_eq!(first_of([after(instant, Err(1)), after(instant, Ok(2))].into_iter()).await, Some(Ok(2)));
        assert_eq!(first_of([after(instant, Ok(1)), after(instant, Ok(2))].into_iter()).await, Some(Ok(1)));
        assert_eq!(first_of([after(instant, Err(1)), after(instant, Err(2))].into_iter()).await, Some(Err(2)));
        // One that is slow, but not as slow as those behind it, still wins.
        let slow = HEAD_START * 2;
        assert_eq!(
            first_of([after(slow, Ok(1)), after(hour, Ok(2)), after(hour, Ok(3))].into_iter()).await,
            Some(Ok(1))
        );
        let nothing: [std::future::Ready<Result<u8, u8>>; 0] = [];
        assert_eq!(first_of(nothing.into_iter()).await, None);
    }

    #[tokio::test]
    async fn who_refuses_is_passed_over_at_once() {
        let open = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addresses = [closed.local_addr().unwrap(), open.local_addr().unwrap()];
        drop(closed);
        let (_, to) = connect(addresses, Duration::from_secs(5)).await.unwrap();
        assert_eq!(to, addresses[1]);
        assert!(connect([addresses[0]], Duration::from_secs(5)).await.unwrap_err().contains("refused"));
        assert!(connect([], Duration::from_secs(5)).await.unwrap_err().contains("no address"));
    }
}
