//! The zones that every bed has: each way to be signed, unsigned or broken, and the names that are hard.

use std::fmt::Write as _;

use super::zone::{Algorithm, Denial, Fault, Zone};
use crate::limits::{ADDRESSES_MAX, ALIASES_MAX, MX_MAX, NAMES_MAX, TLSA_MAX, TXT_BYTES_MAX};

/// What every zone has: a mail server with addresses, a TLSA record and a text.
const PLAIN: &str = "\
@ MX 10 mx
@ MX 20 mx2
@ TXT \"v=spf1 -all\"
mx A 192.0.2.1
mx AAAA 2001:db8::1
mx2 A 192.0.2.2
_25._tcp.mx TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
";

/// Names that are hard, in a signed zone.
const HARD: &str = "\
null MX 0 .
nulls MX 0 .
nulls MX 10 mx
implicit A 192.0.2.3
alias CNAME mx
hop CNAME mx.hashed.test.
out CNAME mx.unsigned.test.
broken CNAME mx.expired.test.
loop1 CNAME loop2
loop2 CNAME loop1
*.wild A 192.0.2.4
*.wild TXT \"from the wildcard\"
host.wild A 192.0.2.5
*.deep.wild A 192.0.2.6
empty.between A 192.0.2.7
tree DNAME between
parts TXT \"one \" \"two\"
";

/// Names of addresses below a part of the reverse tree: one, several by an alias (RFC 2317), and one that leads nowhere.
const POINTERS: &str = "\
1 PTR mx.signed.test.
2 CNAME 2.few
2.few PTR mx2.signed.test.
2.few PTR other.signed.test.
";

/// The zones, children before their parents; the root is last and has the empty name.
pub fn standard_zones() -> Vec<Zone> {
    use Algorithm::{EcdsaP256Sha256, EcdsaP384Sha384, Ed448, Ed25519, RsaSha1, RsaSha1Nsec3, RsaSha256};
    use Denial::{Laborious, Nsec, Nsec3, OptOut};
    let signed = |name: &str, algorithm, denial| Zone::signed(name, PLAIN, algorithm, denial);
    vec![
        Zone::signed("signed.test", &format!("{PLAIN}{HARD}{}", edges()), EcdsaP256Sha256, Nsec),
        Zone::signed("hashed.test", &format!("{PLAIN}{HARD}"), EcdsaP256Sha256, Nsec3),
        Zone::unsigned("child.optout.test", PLAIN),
        signed("optout.test", EcdsaP256Sha256, OptOut),
        Zone::unsigned("unsigned.test", &format!("{PLAIN}in CNAME mx.signed.test.\n*.wild A 192.0.2.9\n")),
        signed("sha1.test", RsaSha1, Nsec),
        signed("sha1-nsec3.test", RsaSha1Nsec3, Nsec3),
        signed("rsa.test", RsaSha256, Nsec3),
        signed("laborious.test", EcdsaP256Sha256, Laborious),
        signed("p384.test", EcdsaP384Sha384, Nsec),
        signed("ed25519.test", Ed25519, Nsec),
        signed("ed448.test", Ed448, Nsec3),
        signed("wrong-ds.test", EcdsaP256Sha256, Nsec).with(Fault::WrongDs),
        signed("expired.test", EcdsaP256Sha256, Nsec).with(Fault::Expired),
        signed("tampered.test", EcdsaP256Sha256, Nsec).with(Fault::Tampered),
        signed("one.nozone.test", EcdsaP256Sha256, Nsec),
        signed("two.nozone.test", EcdsaP256Sha256, Nsec),
        Zone::unsigned("three.nozone.test", PLAIN),
        Zone::signed("test", "", EcdsaP256Sha256, Nsec),
        Zone::signed("2.0.192.in-addr.arpa", &format!("{POINTERS}{}", pointers()), EcdsaP256Sha256, Nsec3),
        Zone::unsigned("100.51.198.in-addr.arpa", POINTERS),
        Zone::signed("113.0.203.in-addr.arpa", POINTERS, EcdsaP256Sha256, Nsec).with(Fault::Expired),
        Zone::signed(
            "8.b.d.0.1.0.0.2.ip6.arpa",
            &format!("1{} PTR mx.signed.test.\n", ".0".repeat(23)),
            EcdsaP256Sha256,
            Nsec,
        ),
        Zone::signed("arpa", "", EcdsaP256Sha256, Nsec),
        Zone::signed("", "", EcdsaP256Sha256, Nsec),
    ]
}

/// As many names of an address as are kept (at `.10`), and one more (at `.11`).
fn pointers() -> String {
    let mut lines = String::new();
    for count in [NAMES_MAX, NAMES_MAX + 1] {
        (0..count).for_each(|number| writeln!(lines, "{count} PTR h{number}.signed.test.").unwrap_or_default());
    }
    lines
}

/// Sets of records that are as large as is taken, and larger by one.
fn edges() -> String {
    let mut lines = String::new();
    let mut line = |text: String| writeln!(lines, "{text}").unwrap_or_default();
    for count in [MX_MAX, MX_MAX + 1] {
        (0..count).for_each(|number| line(format!("mx{count} MX {} h{number}", count - number)));
    }
    for count in [ADDRESSES_MAX, ADDRESSES_MAX + 1] {
        (0..count).for_each(|number| line(format!("a{count} A 192.0.2.{number}")));
        (0..count).for_each(|number| line(format!("a{count} AAAA 2001:db8::{number}")));
    }
    for count in [TLSA_MAX, TLSA_MAX + 1] {
        (0..count).for_each(|number| line(format!("_25._tcp.t{count} TLSA 3 1 1 {number:064x}")));
    }
    for count in [TXT_BYTES_MAX / 128, TXT_BYTES_MAX / 128 + 1] {
        (0..count).for_each(|number| line(format!("x{count} TXT \"{number:0128}\"")));
    }
    for number in 0..=ALIASES_MAX {
        line(format!("chain{number} CNAME chain{}", number + 1));
    }
    line(format!("chain{} A 192.0.2.8", ALIASES_MAX + 1));
    lines
}
