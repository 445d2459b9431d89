//! Records made by hand: what is found in them, and what is not taken for whole.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};

use data_encoding::{BASE64, BASE64_MIME};
use etherparse::PacketBuilder;

use super::record::Record;
use super::verdict::{Verdict, WORD};

const WORLD: &str = "127.0.10.1:25";
const ORGANISATION: &str = "127.0.30.1:25";
const CLIENT: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 40_000);
/// Numbers begin shortly before their end, so that they begin anew.
const FIRST: u32 = u32::MAX - 5;

/// Who says something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Client,
    Server,
}
use Who::{Client, Server};

/// A packet of a connection from [`CLIENT`] to a server.
fn packet(server: SocketAddrV4, who: Who, number: u32, is_first: bool, payload: &[u8]) -> Vec<u8> {
    let (from, to) = if who == Client { (CLIENT, server) } else { (server, CLIENT) };
    let ip = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4(from.ip().octets(), to.ip().octets(), 64);
    let mut tcp = ip.tcp(from.port(), to.port(), number, 1000);
    if is_first {
        tcp = tcp.syn();
    }
    if !is_first || who == Server {
        tcp = tcp.ack(1);
    }
    let mut packet = Vec::new();
    tcp.write(&mut packet, payload).unwrap();
    packet
}

/// A connection in which each says this, a packet each.
fn talk(server: &str, said: &[(Who, &[u8])]) -> Vec<Vec<u8>> {
    let server: SocketAddrV4 = server.parse().unwrap();
    let mut packets = vec![packet(server, Client, FIRST, true, b""), packet(server, Server, FIRST, true, b"")];
    let mut numbers = [FIRST.wrapping_add(1); 2];
    for (who, text) in said {
        let number = &mut numbers[usize::from(*who == Server)];
        packets.push(packet(server, *who, *number, false, text));
        *number = number.wrapping_add(u32::try_from(text.len()).unwrap());
    }
    packets
}

/// A file as tcpdump writes it.
fn pcap(packets: &[Vec<u8>]) -> Vec<u8> {
    let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
    // Magic number, version 2.4, zone, accuracy, longest packet, Ethernet.
    let mut file: Vec<u8> = [[0xd4, 0xc3, 0xb2, 0xa1], [2, 0, 4, 0], word(0), word(0), word(262_144), word(1)].concat();
    for packet in packets {
        file.extend([word(0), word(0), word(packet.len()), word(packet.len())].concat());
        file.extend(packet);
    }
    file
}

fn read(packets: &[Vec<u8>]) -> anyhow::Result<Record> {
    Record::read(pcap(packets).as_slice())
}

fn verdict(server: &str, said: &[(Who, &[u8])]) -> Verdict {
    Verdict::of(&read(&talk(server, said)).unwrap())
}

/// A record of TLS with data.
fn data(text: &[u8]) -> Vec<u8> {
    [&[23, 3, 3], &u16::try_from(text.len()).unwrap().to_be_bytes()[..], text].concat()
}

#[test]
fn packets_in_disorder_make_what_was_said() {
    let said = [(Client, &b"one "[..]), (Server, b"yes "), (Client, b"two "), (Client, b"three "), (Server, b"no")];
    let in_order = talk(WORLD, &said);
    let expected = read(&in_order).unwrap();
    let [connection] = expected.connections.as_slice() else { panic!("{expected:?}") };
    assert_eq!((connection.client, connection.server), (SocketAddr::V4(CLIENT), WORLD.parse().unwrap()));
    assert_eq!((&connection.from_client[..], &connection.from_server[..]), (&b"one two three "[..], &b"yes no"[..]));
    let mut disorder = in_order.clone();
    disorder.swap(2, 5);
    disorder.insert(3, in_order[0].clone());
    disorder.push(in_order[4].clone());
    // Whether the other is alive is asked with the last byte.
    disorder.insert(2, packet(WORLD.parse().unwrap(), Client, FIRST, false, b"?"));
    assert_eq!(read(&disorder).unwrap(), expected);
}

#[test]
fn a_port_that_is_used_again_is_another_connection() {
    let once = |text: &'static [u8]| talk(WORLD, &[(Client, text)]);
    let mut again = once(b"second");
    // The same number would be the same connection, said again.
    let server = WORLD.parse().unwrap();
    again[0] = packet(server, Client, 7, true, b"");
    again[2] = packet(server, Client, 8, false, b"second");
    let record = read(&[once(b"first"), again].concat()).unwrap();
    let said: Vec<&[u8]> = record.connections.iter().map(|connection| &connection.from_client[..]).collect();
    assert_eq!(said, [&b"first"[..], b"second"]);
}

#[test]
fn what_was_not_seen_whole_is_not_judged() {
    let whole = talk(WORLD, &[(Client, b"one "), (Client, b"two "), (Client, b"three ")]);
    let without = |place: usize| {
        let mut packets = whole.clone();
        packets.remove(place);
        read(&packets).unwrap_err().to_string()
    };
    assert!(without(3).contains("missing"), "{}", without(3));
    assert!(without(0).contains("without a beginning"), "{}", without(0));
    let file = pcap(&whole);
    assert!(Record::read(&file[..file.len() - 1]).is_err(), "cut off");
    let mut halved = file.clone();
    // The first packet was longer than what was kept.
    halved[24 + 12] += 1;
    assert!(Record::read(halved.as_slice()).is_err());
    assert!(Record::read(&b"no record"[..]).is_err());
}

#[test]
fn commands_and_tls_are_no_leak() {
    let hello = b"EHLO gateway.test\r\nSTARTTLS\r\n";
    let secret = data(b"secret");
    let verdict_of = |said: &[u8]| verdict(WORLD, &[(Server, b"220 mx\r\n"), (Client, said)]);
    assert_eq!(verdict_of(b""), Verdict { empty: 1, ..Verdict::default() });
    assert_eq!(verdict_of(b"EHLO gateway.test\r\nQUIT\r\n"), Verdict { empty: 1, ..Verdict::default() });
    let handshake = [22, 3, 1, 0, 2, 9, 9];
    assert_eq!(verdict_of(&[hello, &handshake[..]].concat()), Verdict { empty: 1, ..Verdict::default() });
    let tls = Verdict { tls: 1, ..Verdict::default() };
    assert_eq!(verdict_of(&[hello, &handshake[..], &secret].concat()), tls);
    assert_eq!(verdict_of(&[&handshake[..], &secret].concat()), tls, "implicit TLS");
    assert_eq!(verdict_of(&[&secret[..], &secret[..8]].concat()), tls, "cut off");
    assert_eq!(verdict_of(b"\0\x1cquestion"), Verdict { binary: 1, ..Verdict::default() });
}

#[test]
fn whatever_else_is_said_is_a_leak() {
    let secret = data(b"secret");
    for said in [
        &b"EHLO gateway.test\r\nMAIL FROM:<a@insurer.example>\r\n"[..],
        b"EHLO <a@insurer.example>\r\n",
        b"AUTH PLAIN AGdhdGV3YXkAc2VjcmV0\r\n",
        b"EHLO gateway.test\r\nhalf a line",
        b"short",
        &[&secret[..], b"Subject: Hello\r\n"].concat(),
        &[24, 3, 3, 0, 1, 9],
        &[23, 3, 3, 0xff, 0xff, 9],
    ] {
        let verdict = verdict(WORLD, &[(Client, said)]);
        assert_eq!(verdict.leaks.len(), 1, "{verdict:?}");
    }
}

/// The word is found however a mail holds it, in either direction, and though it looks like TLS or a name server's question.
#[test]
fn the_word_is_found_in_every_form() {
    let text = |behind: usize| format!("{}{WORD} and more", "-".repeat(behind));
    let mut forms = vec![text(0), text(0).replacen("sache", "sa=\r\nche", 1)];
    let escaped: Vec<String> = WORD.bytes().map(|byte| format!("={byte:02X}")).collect();
    forms.push(escaped.concat());
    forms.extend((0..3).map(|behind| BASE64.encode(text(behind).as_bytes())));
    forms.extend((40..60).map(|behind| BASE64_MIME.encode(text(behind).as_bytes())));
    for form in forms {
        for said in [data(form.as_bytes()), [b"\0\0", form.as_bytes()].concat()] {
            for who in [Client, Server] {
                let verdict = verdict(WORLD, &[(Client, &said), (who, &said)]);
                assert_eq!(verdict.leaks.len(), 1, "{form:?}: {verdict:?}");
            }
        }
    }
    let mut datagram = Vec::new();
    let udp = PacketBuilder::ethernet2([0; 6], [0; 6]).ipv4([127, 0, 0, 1], [127, 0, 0, 1], 64).udp(1, 53);
    udp.write(&mut datagram, text(0).as_bytes()).unwrap();
    let found = Verdict::of(&read(&[datagram]).unwrap());
    assert_eq!((found.leaks.len(), found.datagrams), (1, 1));
}

#[test]
fn the_organisations_own_servers_are_left_out_and_counted() {
    let mail = [b"MAIL FROM:<a@insurer.example>\r\n", WORD.as_bytes()].concat();
    let expected = Verdict { organisation: 1, known_mails: 1, ..Verdict::default() };
    assert_eq!(verdict(ORGANISATION, &[(Client, &mail)]), expected);
    let expected = Verdict { organisation: 1, ..Verdict::default() };
    assert_eq!(verdict(ORGANISATION, &[(Client, b"EHLO test.example\r\n")]), expected);
    assert_eq!(verdict(WORLD, &[(Client, &mail)]).leaks.len(), 2, "the word, and who said it in clear");
}
