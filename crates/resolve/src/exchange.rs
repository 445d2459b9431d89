//! One message there and one back: UDP first, TCP where the reply does not fit, the next server where there is none.
//!
//! Each message over UDP has a fresh random id and a fresh socket, so a fresh port as well; whoever is not in the way must guess both (RFC 5452
//! section 4). A reply to another question, or with another id, is not looked at.

use std::{
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use domain::{
    base::{Message, MessageBuilder, Rtype, iana::Rcode},
    net::client::{
        dgram,
        protocol::UdpConnect,
        request::{ComposeRequest as _, Error, GetResponse, RequestMessage, SendRequest},
    },
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::{
    limits::{MESSAGES_MAX, REPLY_BYTES_MAX, TRIES_MAX, TRY_MAX, UDP_BYTES_MAX},
    lookup::Failure,
    name::Name,
    servers::Servers,
};

/// The way to the configured servers. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    servers: Arc<[Server]>,
    /// The server that was last of use; the next message begins there, so that a dead one before it costs its time only once.
    first: Arc<AtomicUsize>,
}

#[derive(Debug)]
struct Server {
    address: SocketAddr,
    udp: dgram::Connection<UdpConnect>,
}

impl Exchange {
    pub(crate) fn new(servers: &Servers) -> Self {
        let mut config = dgram::Config::new();
        config.set_max_parallel(MESSAGES_MAX);
        config.set_read_timeout(TRY_MAX);
        config.set_max_retries(0);
        config.set_udp_payload_size(Some(UDP_BYTES_MAX));
        config.set_recv_size(UDP_BYTES_MAX.into());
        let server = |&address| {
            let udp = dgram::Connection::with_config(UdpConnect::new(address), config.clone());
            Server { address, udp }
        };
        Self { servers: servers.addresses().iter().map(server).collect(), first: Arc::default() }
    }

    /// The first reply of use; if there is none, the last trouble.
    pub(crate) async fn ask(&self, request: RequestMessage<Bytes>) -> Result<Message<Bytes>, Error> {
        let mut last = Err(Error::NoTransportAvailable);
        let mut unwilling = 0;
        let first = self.first.load(Ordering::Relaxed);
        let order = self.servers.iter().enumerate().cycle().skip(first);
        for (index, server) in order.take(TRIES_MAX.max(self.servers.len())) {
            last = server.ask(request.clone()).await;
            match &last {
                Ok(reply) if is_of_use(reply) => {
                    self.first.store(index, Ordering::Relaxed);
                    return last;
                }
                Ok(_) => unwilling += 1,
                Err(_) => {}
            }
            // Servers that answer, but cannot help, will not be able to a moment later.
            if unwilling == self.servers.len() {
                return last;
            }
        }
        last
    }
}

fn is_of_use(reply: &Message<Bytes>) -> bool {
    matches!(reply.header().rcode(), Rcode::NOERROR | Rcode::NXDOMAIN)
}

impl Server {
    async fn ask(&self, request: RequestMessage<Bytes>) -> Result<Message<Bytes>, Error> {
        let reply = self.udp.send_request(request.clone()).get_response().await?;
        if !reply.header().tc() {
            return Ok(reply);
        }
        timeout(TRY_MAX, self.ask_over_tcp(request)).await.unwrap_or(Err(Error::StreamReadTimeout))
    }

    /// One question, one connection (RFC 7766 section 5 wants TCP to be there; there is little of it to be asked).
    async fn ask_over_tcp(&self, mut request: RequestMessage<Bytes>) -> Result<Message<Bytes>, Error> {
        request.header_mut().set_random_id();
        let message = request.to_vec()?;
        let length = u16::try_from(message.len()).map_err(|_| Error::StreamLongMessage)?;
        let mut stream = TcpStream::connect(self.address).await.map_err(unwritten)?;
        stream.write_all(&[&length.to_be_bytes(), message.as_slice()].concat()).await.map_err(unwritten)?;
        let length = usize::from(stream.read_u16().await.map_err(unread)?);
        if length > REPLY_BYTES_MAX {
            return Err(Error::StreamLongMessage);
        }
        let mut reply = vec![0; length];
        stream.read_exact(&mut reply).await.map_err(unread)?;
        let reply = Message::from_octets(Bytes::from(reply)).map_err(|_| Error::ShortMessage)?;
        if reply.header().tc() || !request.is_answer(reply.for_slice()) {
            return Err(Error::WrongReplyForQuery);
        }
        Ok(reply)
    }
}

fn unwritten(error: std::io::Error) -> Error {
    Error::StreamWriteError(Arc::new(error))
}

fn unread(error: std::io::Error) -> Error {
    Error::StreamReadError(Arc::new(error))
}

/// How the validator asks for keys. A server that cannot help is as good as none: "no keys" would be another thing.
impl SendRequest<RequestMessage<Bytes>> for Exchange {
    fn send_request(&self, request: RequestMessage<Bytes>) -> Box<dyn GetResponse + Send + Sync> {
        let exchange = self.clone();
        Box::new(Asking(Box::pin(async move {
            let reply = exchange.ask(request).await?;
            if is_of_use(&reply) { Ok(reply) } else { Err(Error::NoTransportAvailable) }
        })))
    }
}

type Reply<'a> = Pin<Box<dyn Future<Output = Result<Message<Bytes>, Error>> + Send + Sync + 'a>>;

struct Asking(Reply<'static>);

impl GetResponse for Asking {
    fn get_response(&mut self) -> Reply<'_> {
        Box::pin(&mut self.0)
    }
}

impl std::fmt::Debug for Asking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Asking")
    }
}

/// A question as a message, with "recursion desired"; the caller adds what it needs.
pub(crate) fn request(name: &Name, rtype: Rtype) -> Result<RequestMessage<Bytes>, Failure> {
    let build = || {
        let mut message = MessageBuilder::new_bytes();
        message.header_mut().set_rd(true);
        let mut message = message.question();
        message.push((name.wire(), rtype)).ok()?;
        RequestMessage::new(Message::from_octets(message.finish().freeze()).ok()?).ok()
    };
    build().ok_or_else(|| Failure::unavailable("the question cannot be put into a message"))
}

/// The trouble on the way, as a failure.
pub(crate) fn no_reply(error: &Error) -> Failure {
    Failure::unavailable(format!("no reply: {error}"))
}
