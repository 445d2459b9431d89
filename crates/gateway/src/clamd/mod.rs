//! The client of `clamd`, the daemon of ClamAV, which looks for malware.
//!
//! A scan is one connection: the command `INSTREAM`, the content in chunks with their length in front, and one reply (clamd(8), "COMMANDS"). The content is read
//! from the sealed spool while it is sent, at the pace of clamd, and lies nowhere in clear: so clamd is on this machine, behind a Unix socket or on
//! loopback (P1). clamd may answer before it has got everything, such as when the content is larger than its `StreamMaxLength`; therefore reading
//! and writing go side by side. A reply counts only whole, and "clean" only for content that went there whole.
//!
//! Everything has a limit: the time of a scan, the waiting for its turn included, the scans at the same time (each is a thread of clamd), and the length of a reply.

mod reply;
mod socket;
#[cfg(test)]
mod tests;

use std::io;
use std::time::Duration;

use app::Pieces;
use app::scan::{NoVerdict, Scan, Scanner, Signatures, State, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout};

pub use socket::{Socket, SocketError};

/// The longest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 1024;
/// How long clamd may take to say how it is.
const STATE_TIME_MAX: Duration = Duration::from_secs(5);
/// How long what it said is told again: whoever asks often asks clamd seldom.
const STATE_KEPT: Duration = Duration::from_secs(10);

/// What can be set about the client.
#[derive(Debug, Clone)]
pub struct ClamdSettings {
    /// Where clamd listens.
    pub socket: Socket,
    /// How long a scan may take, the waiting for its turn included.
    pub scan_time_max: Duration,
    /// The most scans at the same time; more wait.
    pub scans_max: usize,
}

/// The client.
#[derive(Debug)]
pub struct Clamd {
    settings: ClamdSettings,
    turns: Semaphore,
    state: Mutex<Option<(Instant, Result<Signatures, String>)>>,
}

impl Clamd {
    /// A client. Nothing is connected before something is scanned.
    pub fn new(settings: ClamdSettings) -> Self {
        let turns = Semaphore::new(settings.scans_max.clamp(1, Semaphore::MAX_PERMITS));
        Self { settings, turns, state: Mutex::default() }
    }

    async fn scan(&self, content: Pieces) -> Result<Verdict, NoVerdict> {
        let scanned = timeout(self.settings.scan_time_max, async {
            // The semaphore is never closed.
            let _turn = self.turns.acquire().await.map_err(|error| NoVerdict::Unavailable(error.to_string()))?;
            converse(self.connect().await?, content).await
        });
        let seconds = self.settings.scan_time_max.as_secs();
        scanned.await.unwrap_or_else(|_| Err(NoVerdict::Unavailable(format!("no verdict within {seconds} seconds"))))
    }

    async fn connect(&self) -> Result<socket::Stream, NoVerdict> {
        let Self { settings: ClamdSettings { socket, .. }, .. } = self;
        socket.connect().await.map_err(|error| NoVerdict::Unavailable(format!("{socket}: {error}")))
    }

    /// What clamd says of itself now.
    async fn ask(&self) -> Result<Signatures, String> {
        let asked = timeout(STATE_TIME_MAX, async {
            let mut stream = self.connect().await.map_err(|error| error.to_string())?;
            stream.write_all(b"zVERSION\0").await.map_err(|error| error.to_string())?;
            read_reply(&mut stream).await
        });
        let reply = asked.await.map_err(|_| format!("no answer within {} seconds", STATE_TIME_MAX.as_secs()))??;
        reply::signatures(&reply)
    }

    /// What clamd said of itself a little while ago, or says now.
    async fn state(&self) -> Result<Signatures, String> {
        let mut known = self.state.lock().await;
        if let Some((at, state)) = &*known
            && at.elapsed() < STATE_KEPT
        {
            return state.clone();
        }
        let state = self.ask().await;
        *known = Some((Instant::now(), state.clone()));
        state
    }
}

impl Scanner for Clamd {
    fn scan(&self, content: Pieces) -> Scan<'_> {
        Box::pin(self.scan(content))
    }

    fn state(&self) -> State<'_> {
        Box::pin(self.state())
    }
}

/// Sends the content and listens for the verdict at the same time.
async fn converse(stream: impl AsyncRead + AsyncWrite, content: Pieces) -> Result<Verdict, NoVerdict> {
    let (mut reader, mut writer) = split(stream);
    let mut replying = std::pin::pin!(read_reply(&mut reader));
    let (sent, replied) = tokio::select! {
        // What came at the same time as the last byte was sent, was said of all of it.
        biased;
        sent = send(&mut writer, content) => (sent, replying.await),
        replied = &mut replying => (Err(Unsent::BrokenOff("it answered too early".to_owned())), replied),
    };
    if let Err(Unsent::Trouble(trouble)) = sent {
        return Err(NoVerdict::Trouble(trouble));
    }
    match (reply::verdict(&replied.map_err(NoVerdict::Unavailable)?)?, sent) {
        (Verdict::Clean, Err(unsent)) => Err(NoVerdict::Unavailable(unsent.to_string())),
        (verdict, _) => Ok(verdict),
    }
}

/// Why not all of the content was sent.
#[derive(Debug, thiserror::Error)]
enum Unsent {
    /// clamd does not listen any more. What it said before counts, unless that is "clean".
    #[error("{0}")]
    BrokenOff(String),
    /// The content cannot be read.
    #[error(transparent)]
    Trouble(#[from] app::Trouble),
}

impl From<io::Error> for Unsent {
    fn from(error: io::Error) -> Self {
        Self::BrokenOff(error.to_string())
    }
}

/// The command, chunks with their length in front, and the empty chunk that ends them.
async fn send(writer: &mut (impl AsyncWrite + Unpin), mut content: Pieces) -> Result<(), Unsent> {
    writer.write_all(b"zINSTREAM\0").await?;
    while let Some(piece) = content.next().await? {
        let length = u32::try_from(piece.len()).map_err(io::Error::other)?;
        writer.write_all(&length.to_be_bytes()).await?;
        writer.write_all(&piece).await?;
    }
    writer.write_all(&[0; 4]).await?;
    Ok(writer.flush().await?)
}

/// One reply, which ends with NUL as the command did.
async fn read_reply(reader: &mut (impl AsyncRead + Unpin)) -> Result<String, String> {
    let mut reply = Vec::new();
    let mut buffer = [0; REPLY_BYTES_MAX];
    loop {
        let count = reader.read(&mut buffer).await.map_err(|error| error.to_string())?;
        reply.extend_from_slice(buffer.get(..count).unwrap_or_default());
        match reply.split(|byte| *byte == 0).next() {
            Some(whole) if whole.len() < reply.len() => return Ok(String::from_utf8_lossy(whole).into_owned()),
            _ if count == 0 => return Err("it hung up without an answer".to_owned()),
            _ if reply.len() >= REPLY_BYTES_MAX => return Err("its answer has no end".to_owned()),
            _ => {}
        }
    }
}
