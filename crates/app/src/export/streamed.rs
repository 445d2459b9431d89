//! A file that is made while it is sent.
//!
//! What is planned knows its size before its first byte, so a file of any size is written piece by piece, as fast as the reader takes it. The
//! writer blocks a thread meanwhile. What fits into the pieces that may wait never blocks it; of larger ones only so many are written at a time.

use std::{
    io::{self, Write},
    pin::Pin,
};

use bytes::{Bytes, BytesMut};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::{read::ReadError, trouble::Trouble};

/// Bytes of a piece.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait for the reader.
const PIECES_MAX: usize = 16;
/// Files at the same time that are larger than what waits.
const LARGE_MAX: usize = 64;

/// Lets so many large files be written at a time. Each is a thread, and readers may be slow on purpose.
static LARGE: Semaphore = Semaphore::const_new(LARGE_MAX);

/// A file that is being made.
pub struct Streamed {
    /// Its name, fit for every file system.
    pub name: String,
    /// Its size, in bytes, where that is known before it is made.
    pub size_bytes: Option<u64>,
    pieces: mpsc::Receiver<Result<Bytes, Trouble>>,
    /// What has to go on meanwhile.
    meanwhile: Option<Meanwhile>,
}

/// Something that goes on while a file is read.
type Meanwhile = Pin<Box<dyn Future<Output = ()> + Send>>;

impl std::fmt::Debug for Streamed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Streamed").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

impl Streamed {
    /// Lets `work` go on while the file is read. It has ended when the file has; it ends nowhere in particular when nobody reads on.
    pub(super) fn meanwhile(self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { meanwhile: Some(Box::pin(work)), ..self }
    }

    /// The next piece, never empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        while let Some(work) = &mut self.meanwhile {
            tokio::select! {
                biased;
                piece = self.pieces.recv() => {
                    if !matches!(piece, Some(Ok(_))) {
                        work.await;
                        self.meanwhile = None;
                    }
                    return piece.transpose();
                }
                () = work.as_mut() => self.meanwhile = None,
            }
        }
        self.pieces.recv().await.transpose()
    }

    /// Makes a file by `write`, which plans it, says its size, and writes it.
    pub(super) async fn begin<W>(name: String, expected_bytes: u64, write: W) -> Result<Self, ReadError>
    where
        W: FnOnce(Opening) -> Result<(), ReadError> + Send + 'static,
    {
        let is_large = expected_bytes >= (PIECE_BYTES * PIECES_MAX) as u64 / 2;
        let turn =
            if is_large { Some(LARGE.acquire().await.map_err(|_| Trouble::broken("large files"))?) } else { None };
        let (sized, size) = oneshot::channel();
        let (out, pieces) = mpsc::channel(PIECES_MAX);
        let failures = out.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let written = write(Opening { sized, out });
            drop(turn);
            if let Err(ReadError::Trouble(trouble)) = &written {
                // Whoever reads learns that this is not the end; nobody may read any more.
                let _ = failures.blocking_send(Err(trouble.clone()));
            }
            written
        });
        match size.await {
            Ok(size_bytes) => Ok(Self { name, size_bytes, pieces, meanwhile: None }),
            // It was given up before its size was known.
            Err(_) => match writing.await {
                Ok(Err(error)) => Err(error),
                _ => Err(Trouble::broken("a file without a size").into()),
            },
        }
    }
}

/// A file whose size is still to be said.
pub(super) struct Opening {
    sized: oneshot::Sender<Option<u64>>,
    out: mpsc::Sender<Result<Bytes, Trouble>>,
}

impl Opening {
    /// Says the size if it is known; then `write` writes that many bytes.
    pub(super) fn write(
        self,
        size_bytes: Option<u64>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ReadError> {
        if self.sized.send(size_bytes).is_err() {
            return Ok(());
        }
        let mut pipe = Pipe { out: self.out, piece: BytesMut::with_capacity(PIECE_BYTES) };
        let written = write(&mut pipe).and_then(|()| pipe.send());
        match written {
            // Nobody reads any more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Err(error) => Err(Trouble::broken(format!("export: {error}")).into()),
            Ok(()) => Ok(()),
        }
    }
}

/// Hands on pieces.
struct Pipe {
    out: mpsc::Sender<Result<Bytes, Trouble>>,
    piece: BytesMut,
}

impl Pipe {
    fn send(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = self.piece.split().freeze();
        self.piece.reserve(PIECE_BYTES);
        self.out.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE_BYTES.saturating_sub(self.piece.len());
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.piece.extend_from_slice(taken);
        if self.piece.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut streamed: Streamed) -> Result<Vec<u8>, Trouble> {
        let mut all = Vec::new();
        while let Some(piece) = streamed.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    #[tokio::test]
    async fn what_is_written_arrives_whole() {
        for size in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES * PIECES_MAX * 3 + 1] {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            let given = bytes.clone();
            let write = move |opening: Opening| opening.write(Some(given.len() as u64), |out| out.write_all(&given));
            let streamed = Streamed::begin("a".into(), size as u64, write).await.unwrap();
            assert_eq!(streamed.size_bytes, Some(size as u64));
            assert_eq!(read(streamed).await.unwrap(), bytes);
        }
    }

    #[tokio::test]
    async fn what_breaks_off_is_no_end() {
        let write = |opening: Opening| {
            opening.write(Some(10), |out| {
                out.write_all(b"12345")?;
                Err(io::Error::other("no more"))
            })
        };
        let streamed = Streamed::begin("a".into(), 10, write).await.unwrap();
        assert!(read(streamed).await.is_err());
    }

    #[tokio::test]
    async fn what_cannot_be_planned_is_said_before_anything_is_sent() {
        let write = |_: Opening| Err(ReadError::NotFound);
        assert_eq!(Streamed::begin("a".into(), 10, write).await.err(), Some(ReadError::NotFound));
    }

    #[tokio::test]
    async fn whoever_stops_reading_frees_the_writer() {
        let (done, ended) = std::sync::mpsc::channel();
        let write = move |opening: Opening| {
            let piece = vec![0; PIECE_BYTES];
            let written = opening.write(None, |out| {
                loop {
                    out.write_all(&piece)?;
                }
            });
            done.send(written).unwrap();
            Ok(())
        };
        drop(Streamed::begin("a".into(), u64::MAX, write).await.unwrap());
        let ended = tokio::task::spawn_blocking(move || ended.recv().unwrap()).await.unwrap();
        assert_eq!(ended, Ok(()));
    }
}
