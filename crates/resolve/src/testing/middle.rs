//! A man in the middle: passes questions on to a server, and may change what comes back.

use std::{
    io,
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use bytes::Bytes;
use domain::{
    base::{Message, MessageBuilder, Name, ParsedName, Record, Rtype, iana::Rcode, name::ToName as _},
    rdata::AllRecordData,
};

use super::process::{free_sockets, question};

/// How long the middle waits for the server, and how soon it notices that it is to stop.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(50);

/// A record that can be changed and put into another message.
pub type AnyRecord = Record<Name<Bytes>, AllRecordData<Bytes, ParsedName<Bytes>>>;

/// What was asked, and how.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The name, without the dot at the end.
    pub name: String,
    /// The type of record.
    pub rtype: Rtype,
    /// Over TCP, else UDP.
    pub over_tcp: bool,
}

/// A reply that can be changed.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The number of the question.
    pub id: u16,
    /// The question that it says it answers.
    pub question: (Name<Bytes>, Rtype),
    /// What it came to.
    pub rcode: Rcode,
    /// Whether it says that it was cut short.
    pub truncated: bool,
    /// The answer section.
    pub answer: Vec<AnyRecord>,
    /// The authority section.
    pub authority: Vec<AnyRecord>,
}

impl Reply {
    /// The records of one type in the answer section, taken out.
    pub fn strip(&mut self, rtype: Rtype) {
        self.answer.retain(|record| record.rtype() != rtype);
        self.authority.retain(|record| record.rtype() != rtype);
    }

    fn read(bytes: Vec<u8>) -> Option<Self> {
        let message = Message::from_octets(Bytes::from(bytes)).ok()?;
        let asked = message.sole_question().ok()?;
        let records = |section: domain::base::message::RecordSection<'_, Bytes>| {
            let read = |record: domain::base::ParsedRecord<'_, Bytes>| {
                let record = record.to_any_record::<AllRecordData<_, _>>().ok()?;
                let (owner, class, ttl) = (record.owner().to_name(), record.class(), record.ttl());
                Some(Record::new(owner, class, ttl, record.into_data()))
            };
            section.map(|record| read(record.ok()?)).collect::<Option<Vec<_>>>()
        };
        Some(Self {
            id: message.header().id(),
            question: (asked.qname().to_name(), asked.qtype()),
            rcode: message.header().rcode(),
            truncated: message.header().tc(),
            answer: records(message.answer().ok()?)?,
            authority: records(message.authority().ok()?)?,
        })
    }

    fn write(&self) -> Option<Vec<u8>> {
        let mut message = MessageBuilder::new_vec();
        let header = message.header_mut();
        header.set_id(self.id);
        header.set_qr(true);
        header.set_rd(true);
        header.set_ra(true);
        header.set_tc(self.truncated);
        header.set_rcode(self.rcode);
        let mut message = message.question();
        message.push((&self.question.0, self.question.1)).ok()?;
        let mut message = message.answer();
        self.answer.iter().try_for_each(|record| message.push(record)).ok()?;
        let mut message = message.authority();
        self.authority.iter().try_for_each(|record| message.push(record)).ok()?;
        Some(message.finish())
    }
}

/// Where the man in the middle sits: he can ask the server for other things, to have something to replay.
#[derive(Debug, Clone, Copy)]
pub struct Seat {
    server: SocketAddr,
}

impl Seat {
    /// The server's reply to a question of his own, with signatures; nothing if there is none.
    pub fn ask(&self, name: &str, rtype: Rtype) -> Option<Reply> {
        Reply::read(self.pass_on(&question(name, rtype)?).ok()?)
    }

    /// Passes a message on, always over TCP, where every reply fits.
    fn pass_on(self, message: &[u8]) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.server)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write_framed(&mut stream, message)?;
        read_framed(&mut stream)
    }
}

type Attack = dyn Fn(&Seat, &Asked, Reply) -> Option<Reply> + Send + Sync;

/// Listens on UDP and TCP for as long as it lives.
pub struct Middle {
    address: SocketAddr,
    attacks: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// What both listeners share.
#[derive(Clone)]
struct Shared {
    seat: Seat,
    attack: Arc<Attack>,
    attacks: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Middle {
    /// Sits down before `server`. `attack` gets every reply that the server sent and answers what is sent instead; nothing is silence.
    pub fn start(
        server: SocketAddr,
        attack: impl Fn(&Seat, &Asked, Reply) -> Option<Reply> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (udp, tcp) = free_sockets()?;
        let address = tcp.local_addr()?;
        udp.set_read_timeout(Some(PAUSE))?;
        tcp.set_nonblocking(true)?;
        let (attacks, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let shared =
            Shared { seat: Seat { server }, attack: Arc::new(attack), attacks: attacks.clone(), stop: stop.clone() };
        let over_udp = shared.clone();
        let threads =
            vec![thread::spawn(move || over_udp.serve_udp(&udp)), thread::spawn(move || shared.serve_tcp(&tcp))];
        Ok(Self { address, attacks, stop, threads })
    }

    /// Where to ask.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many replies were changed or kept back; a test that changed none tried nothing.
    pub fn attacks(&self) -> usize {
        self.attacks.load(Ordering::Relaxed)
    }
}

impl Drop for Middle {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::warn!("a man in the middle fell over");
            }
        }
    }
}

impl Shared {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        while !self.stop.load(Ordering::Relaxed) {
            let Ok((length, client)) = socket.recv_from(&mut buffer) else { continue };
            if let Some(reply) = buffer.get(..length).and_then(|message| self.answer(message, false)) {
                socket.send_to(&reply, client).ok();
            }
        }
    }

    fn serve_tcp(&self, listener: &TcpListener) {
        while !self.stop.load(Ordering::Relaxed) {
            match listener.accept() {
                Ok((stream, _)) => drop(self.serve_stream(stream)),
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    fn serve_stream(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let message = read_framed(&mut stream)?;
        match self.answer(&message, true) {
            Some(reply) => write_framed(&mut stream, &reply),
            None => Ok(()),
        }
    }

    fn answer(&self, message: &[u8], over_tcp: bool) -> Option<Vec<u8>> {
        let reply = self.seat.pass_on(message).ok()?;
        let Some(read) = Reply::read(reply.clone()) else { return Some(reply) };
        let asked = Asked { name: read.question.0.to_string(), rtype: read.question.1, over_tcp };
        let sent = (self.attack)(&self.seat, &asked, read.clone());
        let written = sent.as_ref().and_then(Reply::write);
        if written != read.write() {
            self.attacks.fetch_add(1, Ordering::Relaxed);
        }
        written
    }
}

fn write_framed(stream: &mut impl io::Write, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat())
}

fn read_framed(stream: &mut impl io::Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message)?;
    Ok(message)
}
