//! What a server offers in its answer to `EHLO` (RFC 5321 section 4.1.1.1).

use crate::smtp::reply::Reply;

/// The extensions a server offers, as far as this crate knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one keyword of the answer")]
pub struct Capabilities {
    /// PIPELINING
    pub pipelining: bool,
    /// STARTTLS
    pub starttls: bool,
    /// 8BITMIME
    pub eight_bit_mime: bool,
    /// SMTPUTF8
    pub smtputf8: bool,
    /// DSN
    pub dsn: bool,
    /// CHUNKING
    pub chunking: bool,
    /// REQUIRETLS
    pub require_tls: bool,
    /// AUTH with PLAIN among its mechanisms.
    pub auth_plain: bool,
    /// SIZE
    pub size: SizeOffer,
}

/// What a server says about the size of content (RFC 1870 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SizeOffer {
    /// Nothing.
    #[default]
    NotOffered,
    /// It wants to know the size and names no limit.
    NoLimit,
    /// It takes at most so many bytes.
    Limit(u64),
}

impl Capabilities {
    /// Reads the answer to `EHLO`: behind its first line, each line is a keyword and its parameters.
    pub fn parse(reply: &Reply) -> Self {
        let mut offered = Self::default();
        for line in reply.text().lines().skip(1) {
            // Some old servers write `AUTH=PLAIN`.
            let mut words = line.split([' ', '=']);
            match words.next().unwrap_or("").to_ascii_uppercase().as_str() {
                "PIPELINING" => offered.pipelining = true,
                "STARTTLS" => offered.starttls = true,
                "8BITMIME" => offered.eight_bit_mime = true,
                "SMTPUTF8" => offered.smtputf8 = true,
                "DSN" => offered.dsn = true,
                "CHUNKING" => offered.chunking = true,
                "REQUIRETLS" => offered.require_tls = true,
                "AUTH" => offered.auth_plain |= words.any(|word| word.eq_ignore_ascii_case("PLAIN")),
                "SIZE" => {
                    offered.size = match words.next().and_then(|limit| limit.parse().ok()) {
                        None | Some(0) => SizeOffer::NoLimit,
                        Some(limit) => SizeOffer::Limit(limit),
                    }
                }
                _ => {}
            }
        }
        offered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_known_in_any_case_and_order() {
        let reply = Reply::new(250, None, "mx.example\nsize 1000\nAUTH LOGIN PLAIN\nStartTLS\nX-OTHER\nDSN\n8bitmime");
        let expected = Capabilities {
            starttls: true,
            eight_bit_mime: true,
            dsn: true,
            auth_plain: true,
            size: SizeOffer::Limit(1000),
            ..Capabilities::default()
        };
        assert_eq!(Capabilities::parse(&reply), expected);
        assert_eq!(Capabilities::parse(&Reply::new(250, None, "STARTTLS")), Capabilities::default(), "that is a name");
        assert_eq!(Capabilities::parse(&Reply::new(250, None, "x\nSIZE 0")).size, SizeOffer::NoLimit);
    }
}
