//! Resource records as lines of a zone file (RFC 1035 section 5), to be copied into one.
//!
//! ```text
//! _dmarc.example.org. 3600 IN TXT "v=DMARC1; p=reject"
//! ```
//!
//! A TXT record is made of strings of 255 bytes at most; longer texts are split, and whoever reads them joins them again without a blank (RFC 7208
//! section 3.3). Names are absolute: they end in a dot, so that the zone's own name is not appended.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{address::Domain, dane::Tlsa};

/// The TTL that is proposed: an hour, short enough to mend a mistake and long enough for caches.
pub const TTL_SECONDS: u32 = 3600;

/// The longest string in a TXT record, in bytes (RFC 1035 section 3.3).
const STRING_BYTES_MAX: usize = 255;

/// A record to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The name, without the dot at its end.
    pub name: String,
    /// What it says.
    pub data: Data,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// Another name.
    Cname(Domain),
    /// The name of an address.
    Ptr(Domain),
    /// A certificate.
    Tlsa(Tlsa),
    /// A text, of whatever length.
    Txt(String),
}

impl Record {
    /// A text at a name.
    pub fn txt(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), data: Data::Txt(text.into()) }
    }

    /// An address of a host.
    pub fn address(host: &Domain, address: IpAddr) -> Self {
        let data = match address {
            IpAddr::V4(address) => Data::A(address),
            IpAddr::V6(address) => Data::Aaaa(address),
        };
        Self { name: host.to_string(), data }
    }

    /// A name that stands for another one.
    pub fn alias(name: impl Into<String>, host: &Domain) -> Self {
        Self { name: name.into(), data: Data::Cname(host.clone()) }
    }

    /// The name of an address.
    pub fn pointer(address: IpAddr, host: &Domain) -> Self {
        Self { name: reverse_name(address), data: Data::Ptr(host.clone()) }
    }

    /// The certificate of the mail server at a host (RFC 6698 section 3).
    pub fn tlsa(host: &Domain, tlsa: Tlsa) -> Self {
        Self { name: format!("_25._tcp.{host}"), data: Data::Tlsa(tlsa) }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {TTL_SECONDS} IN ", self.name)?;
        match &self.data {
            Data::A(address) => write!(f, "A {address}"),
            Data::Aaaa(address) => write!(f, "AAAA {address}"),
            Data::Cname(host) => write!(f, "CNAME {host}."),
            Data::Ptr(host) => write!(f, "PTR {host}."),
            Data::Tlsa(tlsa) => write!(f, "TLSA {tlsa}"),
            Data::Txt(text) => write_strings(f, text),
        }
    }
}

/// At least one string, even of nothing (RFC 1035 section 3.3.14).
fn write_strings(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("TXT")?;
    let empty: &[u8] = &[];
    for string in text.as_bytes().chunks(STRING_BYTES_MAX).chain(text.is_empty().then_some(empty)) {
        f.write_str(" \"")?;
        for byte in string {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                b' '..=b'~' => write!(f, "{}", char::from(*byte))?,
                _ => write!(f, "\\{byte:03}")?,
            }
        }
        f.write_str("\"")?;
    }
    Ok(())
}

/// The name under which the names of an address lie: `1.2.0.192.in-addr.arpa` (RFC 1035 section 3.5), or every digit of an IPv6 address
/// (RFC 3596 section 2.5).
pub fn reverse_name(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let digits = format!("{:032x}", address.to_bits());
            let labels: Vec<String> = digits.chars().rev().map(String::from).collect();
            format!("{}.ip6.arpa", labels.join("."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Domain {
        Domain::parse("mx.example.org").unwrap()
    }

    #[test]
    fn records_are_lines_of_a_zone_file() {
        let tlsa = Tlsa { usage: 3, selector: 1, matching: 1, data: vec![0xab, 0xcd] };
        for (record, line) in [
            (Record::address(&host(), "192.0.2.1".parse().unwrap()), "mx.example.org. 3600 IN A 192.0.2.1"),
            (Record::address(&host(), "2001:db8::1".parse().unwrap()), "mx.example.org. 3600 IN AAAA 2001:db8::1"),
            (
                Record::pointer("192.0.2.1".parse().unwrap(), &host()),
                "1.2.0.192.in-addr.arpa. 3600 IN PTR mx.example.org.",
            ),
            (Record::alias("mta-sts.example.org", &host()), "mta-sts.example.org. 3600 IN CNAME mx.example.org."),
            (Record::tlsa(&host(), tlsa), "_25._tcp.mx.example.org. 3600 IN TLSA 3 1 1 abcd"),
            (Record::txt("a.example", "v=spf1 -all"), "a.example. 3600 IN TXT \"v=spf1 -all\""),
            (Record::txt("a.example", ""), "a.example. 3600 IN TXT \"\""),
            (Record::txt("a.example", "a\"b\\c\u{e4}\n"), "a.example. 3600 IN TXT \"a\\\"b\\\\c\\195\\164\\010\""),
        ] {
            assert_eq!(record.to_string(), line);
        }
    }

    #[test]
    fn long_texts_are_split_at_255_bytes() {
        for (bytes, strings) in [(254, 1), (255, 1), (256, 2), (510, 2), (511, 3)] {
            let text = "x".repeat(bytes);
            let line = Record::txt("a.example", text.clone()).to_string();
            let quoted = line.split_once(" TXT ").unwrap().1;
            let found: Vec<&str> = quoted.trim_matches('"').split("\" \"").collect();
            assert_eq!((found.len(), found.concat()), (strings, text), "{bytes}");
            assert!(found.iter().all(|string| string.len() <= STRING_BYTES_MAX));
        }
    }

    #[test]
    fn addresses_are_turned_around() {
        assert_eq!(reverse_name("192.0.2.17".parse().unwrap()), "17.2.0.192.in-addr.arpa");
        assert_eq!(reverse_name("::ffff:192.0.2.17".parse().unwrap()), "17.2.0.192.in-addr.arpa");
        assert_eq!(
            reverse_name("2001:db8::567:89ab".parse().unwrap()),
            "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
        );
    }
}
