//! A connection to a next server: opened, proved, used for one mail after the other.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use app::outgoing::{self, Outcome, Parcel, Protection};
use app::{App, Trouble};
use bytes::Bytes;
use futures_util::FutureExt as _;
use jiff::Timestamp;
use model::assurance::{Assurance, Level, Published, Requirement, Wishes};
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout};
use wire::smtp::Transport;
use wire::smtp::client::{
    ClientSettings, ContentError, Envelope, EnvelopeRecipient, Event, Session, SessionError, Verdict,
};
use wire::smtp::command::{Body, Return};
use wire::smtp::reply::Reply;

use super::peer::{BelowRequirement, VerifiedPeer};
use super::settings::{NextHop, NextHopTls};
use crate::stream;
use crate::world::Reached;

/// The most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

/// Why there is no connection that content may be written to. None of it is final: another try may meet a mended server.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The name leads nowhere, or nobody answers there.
    #[error("cannot connect: {0}")]
    Connect(String),
    /// The configured name cannot be in a certificate.
    #[error("the configured host is neither a name nor an address")]
    Name,
    /// Set to be on this machine, and is not.
    #[error("the server is not on this machine, and without TLS nothing is sent to another (P1)")]
    NotLoopback,
    /// P1
    #[error("the server does not offer STARTTLS, and nothing is sent in clear")]
    NoStartTls,
    /// The handshake failed, or the certificate proves something else than the configured host.
    #[error("TLS: {0}")]
    Tls(String),
    /// The server's part of the dialogue is not what it must be.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The connection broke or took too long.
    #[error("the connection broke: {0}")]
    Io(#[from] io::Error),
}

/// Why a mail could not be sent over a connection that was there.
#[derive(Debug)]
pub(super) enum SendError {
    /// The connection broke, or what was to be sent could not be read.
    Broken {
        reason: String,
        /// Whether some of the content may have reached the server.
        content_begun: bool,
    },
    /// The server has not taken the mail, because it does not know `BDAT`. By `DATA` it may, over another connection.
    FalseOffer,
}

/// What is needed to connect to a next server.
pub(super) struct Hop {
    pub(super) settings: NextHop,
    pub(super) client: ClientSettings,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) connect_max: Duration,
}

/// A connection over which mail may go.
pub(super) struct Connection {
    peer: VerifiedPeer,
    session: Session,
    /// What the recipient's domain asks for at this server, and what the connection has. `None` for a configured server.
    terms: Option<Terms>,
    /// Since when nothing was sent.
    pub(super) idle_since: Instant,
}

/// On what terms a connection to a mail server of the world may be used for a mail.
#[derive(Debug, Clone, Copy)]
struct Terms {
    published: Published,
    assurance: Assurance,
}

impl Connection {
    /// To a mail server of the recipient's domain that is good enough and has answered our hello.
    pub(super) fn to_exchange(reached: Reached) -> Result<Self, BelowRequirement> {
        let terms = Terms { published: reached.published, assurance: reached.assurance };
        let (peer, session) = VerifiedPeer::by_requirement(reached)?;
        Ok(Self { peer, session, terms: Some(terms), idle_since: Instant::now() })
    }

    /// Whether it may be used for a mail of which this is asked as well: what was good enough for another may be too little for this one.
    pub(super) fn is_enough_for(&self, wishes: &Wishes, now: Timestamp) -> bool {
        self.terms
            .is_none_or(|Terms { published, assurance }| Requirement::of(wishes, published, now).is_met_by(assurance))
    }

    /// Connects, proves the peer, and says hello.
    pub(super) async fn open(hop: &Hop) -> Result<Self, ConnectError> {
        let mut tcp = connect(hop).await?;
        let (mut peer, mut session) = match hop.settings.tls {
            NextHopTls::Loopback => {
                (VerifiedPeer::by_loopback(tcp)?, Session::new(hop.client.clone(), Transport::Clear))
            }
            NextHopTls::Implicit => (secure(hop, tcp).await?, Session::new(hop.client.clone(), Transport::Tls)),
            NextHopTls::StartTls => {
                let mut session = Session::new(hop.client.clone(), Transport::Clear);
                start_tls(&mut tcp, &mut session).await?;
                let peer = secure(hop, tcp).await?;
                session.tls_established();
                (peer, session)
            }
        };
        expect_ready(&exchange(peer.stream(), &mut session).await?)?;
        if let Some(login) = &hop.settings.login {
            session.authenticate(&login.user, &login.password)?;
            expect_ready(&exchange(peer.stream(), &mut session).await?)?;
        }
        Ok(Self { peer, session, terms: None, idle_since: Instant::now() })
    }

    /// How the connection is protected.
    pub(super) fn protection(&self) -> Protection {
        self.peer.protection().clone()
    }

    /// The name of the server; empty for one on this machine.
    pub(super) fn server(&self) -> &str {
        match self.peer.protection() {
            Protection::Verified { server, .. } => server,
            Protection::Exchange(exchange) => &exchange.server,
            Protection::Loopback => "",
        }
    }

    /// Whether mail goes by `BDAT`, and the server has not shown yet that it knows it.
    pub(super) fn is_offer_unproved(&self) -> bool {
        self.session.capabilities().chunking && !self.session.knows_bdat()
    }

    /// Sends mail by `DATA`, whatever the server offers.
    pub(super) fn send_by_data(&mut self) {
        self.session.send_by_data();
    }

    /// Sends one mail.
    pub(super) async fn send(&mut self, app: &App, parcel: &Parcel) -> Result<Outcome, SendError> {
        let mut content_begun = false;
        let broken = |reason: String, content_begun| SendError::Broken { reason, content_begun };
        let envelope = self.envelope(app, parcel).await.map_err(|trouble| broken(internal(parcel, &trouble), false))?;
        if let Err(error) = self.session.send(&envelope) {
            return Ok(self.outcome(&Verdict::Permanent(error.as_reply())));
        }
        let mut source = None;
        loop {
            match exchange(self.peer.stream(), &mut self.session).await {
                Ok(Event::SendContent) => {
                    let handed_in = self.content(app, parcel, &mut source).await;
                    handed_in.map_err(|reason| broken(reason, content_begun))?;
                    content_begun = true;
                }
                Ok(Event::Sent(verdicts)) => {
                    self.idle_since = Instant::now();
                    let verdict = verdicts.first();
                    let verdict =
                        verdict.ok_or_else(|| broken("the server answered for nobody".into(), content_begun))?;
                    if !self.session.content_was_answered() && verdict.reply().code() == 421 {
                        return Err(broken(verdict.reply().to_string(), false));
                    }
                    return Ok(self.outcome(verdict));
                }
                Ok(_) => return Err(broken("the dialogue went astray".into(), content_begun)),
                Err(ConnectError::Session(SessionError::FalseOffer)) => return Err(SendError::FalseOffer),
                Err(error) => return Err(broken(error.to_string(), content_begun)),
            }
        }
    }

    async fn envelope(&self, app: &App, parcel: &Parcel) -> Result<Envelope, Trouble> {
        // Where 8BITMIME is offered, it costs nothing to ask for it. Where not, the content has to be looked at.
        let eight_bit = self.session.capabilities().eight_bit_mime || has_eight_bit(app, parcel).await?;
        let reports = &parcel.reports;
        let recipient = EnvelopeRecipient {
            address: parcel.recipient.clone(),
            notify: reports.notify,
            original: reports.original_recipient.clone(),
        };
        Ok(Envelope {
            reverse_path: parcel.reverse_path.clone(),
            recipients: vec![recipient],
            content_bytes: parcel.size_bytes,
            body: if eight_bit { Body::EightBitMime } else { Body::SevenBit },
            utf8_header: false,
            require_tls: parcel.require_tls || (parcel.require_tls_if_offered && self.can_require_tls()),
            // Content must not travel back in a notification, whatever the sender asked for.
            ret: Some(Return::Headers),
            envelope_id: reports.envelope_id.clone(),
        })
    }

    /// Whether the server offers `REQUIRETLS`, and has proved that it may be believed (RFC 8689 section 4.2.1).
    fn can_require_tls(&self) -> bool {
        let is_proved = self.terms.is_none_or(|terms| terms.assurance.level >= Level::Verified);
        is_proved && self.session.capabilities().require_tls
    }

    /// Hands the next piece of the content in. On an error the mail is left without its end, so that half of it never looks like all of it.
    async fn content(&mut self, app: &App, parcel: &Parcel, source: &mut Option<Source>) -> Result<(), String> {
        let source = match source {
            Some(source) => source,
            None => source.insert(Source::open(app, parcel).await.map_err(|trouble| internal(parcel, &trouble))?),
        };
        let piece = source.piece().await.map_err(|trouble| internal(parcel, &trouble))?;
        let handed_in = match piece {
            Some(piece) => self.session.content(piece),
            None => self.session.content_end().map(|()| 0),
        };
        source.take(handed_in.map_err(|error| unsendable(parcel, error))?);
        Ok(())
    }

    fn outcome(&self, verdict: &Verdict) -> Outcome {
        let reply = verdict.reply();
        match verdict {
            Verdict::Accepted(_) => {
                let reports = self.session.capabilities().dsn;
                Outcome::Sent { reply: reply.to_string(), protection: self.peer.protection().clone(), reports }
            }
            Verdict::Retry(_) => Outcome::Deferred { reason: reply.to_string() },
            Verdict::Permanent(_) => Outcome::Refused { reason: reply.to_string(), status: status(reply) },
        }
    }

    /// Whether another mail can be sent over it.
    pub(super) fn is_ready(&mut self) -> bool {
        matches!(self.session.next_event(), Ok(Event::Ready))
    }

    /// Whether the server has ended the connection while it waited, or said something unasked, as servers do before they end it.
    pub(super) fn has_ended(&mut self) -> bool {
        self.peer.stream().read_buf(self.session.input_buffer()).now_or_never().is_some()
    }

    /// Takes leave.
    pub(super) async fn quit(mut self) {
        self.session.quit();
        // Nothing depends on the answer.
        drop(exchange(self.peer.stream(), &mut self.session).await);
    }
}

/// The content of a mail that is being sent: a piece of it is in memory, the rest in the store.
struct Source {
    pieces: app::Pieces,
    piece: Bytes,
}

impl Source {
    async fn open(app: &App, parcel: &Parcel) -> Result<Self, Trouble> {
        Ok(Self { pieces: pieces(app, parcel).await?, piece: Bytes::new() })
    }

    /// What is next, never empty; `None` at the end.
    async fn piece(&mut self) -> Result<Option<&[u8]>, Trouble> {
        if self.piece.is_empty() {
            match self.pieces.next().await? {
                Some(piece) => self.piece = piece,
                None => return Ok(None),
            }
        }
        Ok(Some(&self.piece))
    }

    /// So much of the piece was handed in.
    fn take(&mut self, bytes: usize) {
        drop(self.piece.split_to(bytes.min(self.piece.len())));
    }
}

/// The enhanced status code of a refusal; servers that give none mean "permanent, no further word" (RFC 3463 section 2).
fn status(reply: &Reply) -> String {
    reply.enhanced().map_or_else(|| "5.0.0".to_owned(), |code| code.to_string())
}

fn internal(parcel: &Parcel, trouble: &Trouble) -> String {
    tracing::error!(outgoing = %parcel.id, code = trouble.code(), %trouble, "the content of a mail cannot be read");
    format!("internal trouble ({})", trouble.code())
}

fn unsendable(parcel: &Parcel, error: ContentError) -> String {
    tracing::error!(outgoing = %parcel.id, %error, "the content of a mail cannot be sent as it is");
    error.to_string()
}

async fn pieces(app: &App, parcel: &Parcel) -> Result<app::Pieces, Trouble> {
    Ok(outgoing::content(app, parcel).await?.pieces())
}

async fn has_eight_bit(app: &App, parcel: &Parcel) -> Result<bool, Trouble> {
    let mut pieces = pieces(app, parcel).await?;
    while let Some(piece) = pieces.next().await? {
        if !piece.is_ascii() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Exchanges commands and replies until the machine wants something else. What is waited for has to come within the time of its phase,
/// however many bytes drip in meanwhile; with each reply the next phase begins.
pub(crate) async fn exchange<S>(stream: &mut S, session: &mut Session) -> Result<Event, ConnectError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut until = Instant::now() + session.timeout();
    let mut replies_read = session.replies_read();
    loop {
        let event = session.next_event()?;
        if !matches!(event, Event::Read | Event::Write) {
            return Ok(event);
        }
        let has_output = !session.output().is_empty();
        if has_output {
            stream::write(stream, session.output(), session.timeout()).await?;
            session.clear_output();
        }
        if has_output || session.replies_read() != replies_read {
            replies_read = session.replies_read();
            until = Instant::now() + session.timeout();
        }
        if event == Event::Read {
            let limit = until.saturating_duration_since(Instant::now());
            stream::read(stream, session.input_buffer(), limit).await?;
        }
    }
}

fn expect_ready(event: &Event) -> Result<(), ConnectError> {
    if *event == Event::Ready { Ok(()) } else { Err(SessionError::UnexpectedReply.into()) }
}

/// Says nothing but `EHLO` and `STARTTLS`.
async fn start_tls(tcp: &mut TcpStream, session: &mut Session) -> Result<(), ConnectError> {
    expect_ready(&exchange(tcp, session).await?)?;
    session.start_tls().map_err(|error| match error {
        SessionError::NotOffered => ConnectError::NoStartTls,
        other => other.into(),
    })?;
    match exchange(tcp, session).await? {
        Event::StartTls => Ok(()),
        _ => Err(SessionError::UnexpectedReply.into()),
    }
}

async fn secure(hop: &Hop, tcp: TcpStream) -> Result<VerifiedPeer, ConnectError> {
    VerifiedPeer::by_tls(tcp, Arc::clone(&hop.tls), &hop.settings.host, hop.connect_max).await
}

/// Tries the addresses of the host, one after the other.
async fn connect(hop: &Hop) -> Result<TcpStream, ConnectError> {
    let host = (hop.settings.host.as_str(), hop.settings.port);
    let found = timeout(hop.connect_max, lookup_host(host)).await;
    let addresses = match found {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(error)) => return Err(ConnectError::Connect(error.to_string())),
        Err(_) => return Err(ConnectError::Connect("looking up the name took too long".into())),
    };
    let (tcp, _) =
        stream::connect(addresses.take(ADDRESSES_MAX), hop.connect_max).await.map_err(ConnectError::Connect)?;
    Ok(tcp)
}
