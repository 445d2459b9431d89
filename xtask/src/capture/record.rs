//! Packets put together again: what each side said over each connection, byte by byte, and every datagram.

use std::collections::{BTreeMap, HashMap};
use std::io::Read;
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result, bail};
use etherparse::{NetSlice, SlicedPacket, TcpSlice, TransportSlice};
use pcap_parser::traits::PcapReaderIterator as _;
use pcap_parser::{LegacyPcapReader, Linktype, PcapBlockOwned, PcapError};

/// More than any packet of a loopback has.
const PACKET_BYTES_MAX: usize = 1 << 20;

/// What was recorded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) connections: Vec<Connection>,
    pub(super) datagrams: Vec<Vec<u8>>,
}

/// A TCP connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Connection {
    /// Who connected.
    pub(super) client: SocketAddr,
    /// To whom.
    pub(super) server: SocketAddr,
    /// What the client said.
    pub(super) from_client: Vec<u8>,
    /// What the server said.
    pub(super) from_server: Vec<u8>,
}

impl Record {
    /// Reads a file of tcpdump. An error if anything of a connection is missing: what was not seen cannot be judged.
    pub(super) fn read(pcap: impl Read) -> Result<Self> {
        let mut reader = LegacyPcapReader::new(PACKET_BYTES_MAX, pcap).map_err(|error| unreadable(&error))?;
        let mut traffic = Traffic::default();
        loop {
            match reader.next() {
                Ok((size, block)) => {
                    match block {
                        PcapBlockOwned::LegacyHeader(header) if header.network == Linktype::ETHERNET => {}
                        PcapBlockOwned::Legacy(packet) if packet.caplen == packet.origlen => {
                            traffic.add(packet.data)?;
                        }
                        _ => bail!("a record of another kind, or of halves of packets"),
                    }
                    reader.consume(size);
                }
                Err(PcapError::Eof) => return traffic.end(),
                Err(PcapError::Incomplete(_)) => reader.refill().map_err(|error| unreadable(&error))?,
                Err(error) => return Err(unreadable(&error)),
            }
        }
    }
}

fn unreadable(error: &PcapError<&[u8]>) -> anyhow::Error {
    anyhow::anyhow!("the record cannot be read: {error}")
}

/// Connections while they grow.
#[derive(Default)]
struct Traffic {
    connections: Vec<Growing>,
    /// The present connection of a client with a server: ports are used again, by either side.
    present: HashMap<(SocketAddr, SocketAddr), usize>,
    datagrams: Vec<Vec<u8>>,
}

struct Growing {
    client: SocketAddr,
    server: SocketAddr,
    from_client: Side,
    from_server: Side,
}

/// What one side said so far.
#[derive(Default)]
struct Side {
    /// The number of its first byte, once it is known (RFC 9293 section 3.4).
    first: Option<u32>,
    bytes: Vec<u8>,
    /// What came before its turn, by its place.
    early: BTreeMap<usize, Vec<u8>>,
}

impl Traffic {
    fn add(&mut self, packet: &[u8]) -> Result<()> {
        let packet = SlicedPacket::from_ethernet(packet).context("a packet that is none")?;
        let (from, to): (IpAddr, IpAddr) = match &packet.net {
            Some(NetSlice::Ipv4(ip)) if !ip.is_payload_fragmented() => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            Some(NetSlice::Ipv6(ip)) if !ip.is_payload_fragmented() => {
                (ip.header().source_addr().into(), ip.header().destination_addr().into())
            }
            _ => bail!("a packet of a protocol that is not read here, or a part of one"),
        };
        match &packet.transport {
            Some(TransportSlice::Tcp(tcp)) => {
                let (from, to) =
                    (SocketAddr::new(from, tcp.source_port()), SocketAddr::new(to, tcp.destination_port()));
                self.segment(from, to, tcp)
            }
            Some(TransportSlice::Udp(udp)) => {
                self.datagrams.push(udp.payload().to_vec());
                Ok(())
            }
            // Of an error message, what it quotes was seen before.
            Some(TransportSlice::Icmpv4(_) | TransportSlice::Icmpv6(_)) => Ok(()),
            _ => bail!("a packet of a protocol that is not read here"),
        }
    }

    fn segment(&mut self, from: SocketAddr, to: SocketAddr, tcp: &TcpSlice<'_>) -> Result<()> {
        if tcp.syn() && !tcp.ack() {
            self.begin(from, to, tcp.sequence_number());
        }
        let by_client = self.present.get(&(from, to)).copied();
        let place = by_client.or_else(|| self.present.get(&(to, from)).copied());
        let growing = place.and_then(|place| self.connections.get_mut(place));
        let Some(growing) = growing else {
            // Nobody listened there, and the machine says so.
            return if tcp.rst() { Ok(()) } else { bail!("a connection between {from} and {to} without a beginning") };
        };
        let side = if by_client.is_some() { &mut growing.from_client } else { &mut growing.from_server };
        side.add(tcp)
    }

    fn begin(&mut self, client: SocketAddr, server: SocketAddr, number: u32) {
        let present = self.present.get(&(client, server)).and_then(|place| self.connections.get(*place));
        let is_repeated = present.is_some_and(|growing| growing.from_client.first == Some(number.wrapping_add(1)));
        if !is_repeated {
            self.present.remove(&(server, client));
            self.present.insert((client, server), self.connections.len());
            let (from_client, from_server) = (Side::default(), Side::default());
            self.connections.push(Growing { client, server, from_client, from_server });
        }
    }

    fn end(self) -> Result<Record> {
        let connections = self.connections.into_iter().map(|growing| {
            let Growing { client, server, from_client, from_server } = growing;
            if !from_client.early.is_empty() || !from_server.early.is_empty() {
                bail!("something is missing between {client} and {server}");
            }
            Ok(Connection { client, server, from_client: from_client.bytes, from_server: from_server.bytes })
        });
        Ok(Record { connections: connections.collect::<Result<_>>()?, datagrams: self.datagrams })
    }
}

impl Side {
    fn add(&mut self, tcp: &TcpSlice<'_>) -> Result<()> {
        let (number, payload) = (tcp.sequence_number(), tcp.payload());
        if tcp.syn() {
            self.first = Some(number.wrapping_add(1));
        }
        if payload.is_empty() {
            return Ok(());
        }
        let first = self.first.context("bytes before a beginning")?;
        // What is said again comes from before the first byte at most: probes of connections that are alive repeat the last byte.
        let place = number.wrapping_sub(first).cast_signed();
        if let Ok(place) = usize::try_from(place) {
            self.early.insert(place, payload.to_vec());
        }
        while let Some(entry) = self.early.first_entry().filter(|entry| *entry.key() <= self.bytes.len()) {
            let (place, payload) = entry.remove_entry();
            let known = self.bytes.len() - place;
            self.bytes.extend(payload.get(known..).unwrap_or_default());
        }
        Ok(())
    }
}
