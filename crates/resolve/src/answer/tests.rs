use domain::{
    base::{MessageBuilder, Name as WireName, Rtype, iana::Rcode, message_builder::AnswerBuilder},
    rdata::Soa,
};

use super::*;

type Building = AnswerBuilder<Vec<u8>>;

const SECURE: Security = Security::Secure;

fn wire(name: &str) -> WireName<Vec<u8>> {
    WireName::vec_from_str(name).unwrap()
}

fn question(name: &str, kind: Kind) -> Question {
    Question { name: Name::parse(name).unwrap(), kind }
}

/// A reply to `question`, with the answers that `fill` pushes.
fn reply(question: &Question, rcode: Rcode, fill: impl FnOnce(&mut Building)) -> Message<Bytes> {
    let mut message = MessageBuilder::new_vec();
    message.header_mut().set_qr(true);
    message.header_mut().set_rcode(rcode);
    let mut message = message.question();
    message.push((question.name.wire(), question.kind.rtype())).unwrap();
    let mut message = message.answer();
    fill(&mut message);
    let mut message = message.authority();
    let (day, minute) = (Ttl::from_secs(86_400), Ttl::from_secs(60));
    let soa = Soa::new(wire("ns.example.org"), wire("host.example.org"), 1.into(), day, day, day, minute);
    message.push((wire("example.org"), 300, soa)).unwrap();
    Message::from_octets(Bytes::from(message.finish())).unwrap()
}

fn push_tlsa(message: &mut Building, ttl: u32, data: &[u8]) {
    let data = UnknownRecordData::from_octets(Rtype::TLSA, data.to_vec()).unwrap();
    message.push((wire("_25._tcp.mx.example.org"), ttl, data)).unwrap();
}

#[test]
fn only_what_hangs_together_is_read() {
    let asked = question("a.example.org", Kind::Ipv4);
    let message = reply(&asked, Rcode::NOERROR, |message| {
        message.push((wire("stray.example.org"), 10, A::from_octets(192, 0, 2, 9))).unwrap();
        message.push((wire("B.example.org"), 100, A::from_octets(192, 0, 2, 1))).unwrap();
        message.push((wire("A.Example.org"), 50, Cname::new(wire("b.example.org")))).unwrap();
    });
    let Lookup::Found { records, security: SECURE, ttl } = read(&asked, &message, SECURE) else { panic!() };
    assert_eq!(records.canonical, Name::parse("b.example.org").unwrap());
    assert_eq!(records.records, Records::Ipv4(vec![[192, 0, 2, 1].into()]));
    assert_eq!(ttl, Duration::from_secs(50), "the least on the way");
}

#[test]
fn a_denial_lasts_as_long_as_its_soa_says() {
    let asked = question("a.example.org", Kind::Txt);
    for (rcode, kind) in [(Rcode::NOERROR, Absence::NoData), (Rcode::NXDOMAIN, Absence::NoName)] {
        let lookup = read(&asked, &reply(&asked, rcode, |_| ()), SECURE);
        assert_eq!(lookup, Lookup::Nothing { kind, security: SECURE, ttl: Duration::from_mins(1) });
    }
    assert!(matches!(read(&asked, &reply(&asked, Rcode::REFUSED, |_| ()), SECURE), Lookup::Failed(_)));
}

#[test]
fn a_ttl_with_the_highest_bit_is_none() {
    let asked = question("_25._tcp.mx.example.org", Kind::Tlsa);
    for (ttl, expected) in [(i32::MAX.unsigned_abs(), i32::MAX.unsigned_abs()), (1 << 31, 0)] {
        let message = reply(&asked, Rcode::NOERROR, |message| push_tlsa(message, ttl, &[3, 1, 1, 7]));
        let Lookup::Found { ttl, .. } = read(&asked, &message, SECURE) else { panic!() };
        assert_eq!(ttl, Duration::from_secs(expected.into()));
    }
}

#[test]
fn a_tlsa_record_cut_short_is_a_failure() {
    let asked = question("_25._tcp.mx.example.org", Kind::Tlsa);
    let lookup =
        |data: &[u8]| read(&asked, &reply(&asked, Rcode::NOERROR, |message| push_tlsa(message, 60, data)), SECURE);
    let Lookup::Found { records, .. } = lookup(&[3, 1, 2]) else { panic!() };
    assert_eq!(records.records, Records::Tlsa(vec![Tlsa { usage: 3, selector: 1, matching: 2, data: vec![] }]));
    assert!(matches!(lookup(&[3, 1]), Lookup::Failed(_)));
}

#[test]
fn broken_replies_are_survived() {
    for kind in [Kind::Mx, Kind::Ipv4, Kind::Ipv6, Kind::Tlsa, Kind::Txt, Kind::Pointer, Kind::Alias] {
        let asked = question("_25._tcp.mx.example.org", kind);
        let message = reply(&asked, Rcode::NOERROR, |message| {
            let owner = wire("_25._tcp.mx.example.org");
            push_tlsa(message, 60, &[3, 1, 1, 7]);
            message.push((&owner, 60, Mx::new(10, wire("mx.example.org")))).unwrap();
            message.push((&owner, 60, A::from_octets(192, 0, 2, 1))).unwrap();
            message.push((&owner, 60, Ptr::new(wire("mx.example.org")))).unwrap();
            message.push((&owner, 60, Txt::<Vec<u8>>::build_from_slice(b"text").unwrap())).unwrap();
        });
        let bytes = message.as_slice().to_vec();
        for position in 0..bytes.len() {
            for changed in [0x00, 0x3f, 0xc0, 0xff] {
                let mut broken = bytes.clone();
                broken[position] = changed;
                drop(read(&asked, &Message::from_octets(Bytes::from(broken)).unwrap(), SECURE));
            }
            if let Ok(cut) = Message::from_octets(Bytes::copy_from_slice(&bytes[..position])) {
                drop(read(&asked, &cut, SECURE));
            }
        }
    }
}
