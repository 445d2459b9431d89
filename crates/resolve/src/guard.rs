//! What decides over safety and the validator of `domain` 0.12 does not check, or says to nobody. It is checked here, before and after it.
//!
//! * It takes the zone of a record from the first signature's word. A signature that names an *unsigned* zone as its signer then makes any record
//!   insecure instead of bogus: forged addresses of a signed name would pass as "rightly unsigned". RFC 4035 section 5.3.1 wants the
//!   signer to be the zone that contains the record, so a signer that is not above its record makes the reply bogus.
//! * It remembers that a signature fitted, but not until when. An old answer, replayed, would be secure for as long as the process lives.
//! * The TTL of a record can be changed on the way, for it is not signed. An answer may be kept for no longer than its signatures say (RFC 4035
//!   section 5.3.3), or one that is about to run out would be kept for a day.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use domain::{
    base::{Message, ParsedName, Rtype},
    rdata::Rrsig,
};
use jiff::Timestamp;

use crate::{lookup::Failure, name::Name};

/// A signature as far as the checks need it.
struct Signature {
    owner: Name,
    covered: Rtype,
    signer: Name,
    /// The lesser of its own TTL and that which its zone gave to the records, in seconds.
    ttl: u32,
    inception: u32,
    expiration: u32,
}

/// Every signature names a signer at or above the record it signs.
pub(crate) fn check_signers(reply: &Message<Bytes>) -> Result<(), Failure> {
    match signatures(reply)?.iter().find(|signature| !signature.owner.is_within(&signature.signer)) {
        Some(signature) => {
            Err(Failure::bogus(format!("{} is signed by {}, which is not above it", signature.owner, signature.signer)))
        }
        None => Ok(()),
    }
}

/// Every signed set of records has a signature that is valid now (RFC 4035 section 5.3.1). Gives how long the reply may be kept at most: until the first of
/// these runs out, and no longer than the zone wants it.
pub(crate) fn check_times(reply: &Message<Bytes>, now: Timestamp) -> Result<Duration, Failure> {
    // Seconds since 1970, modulo 2^32, as signatures count them (RFC 4034 section 3.1.5).
    let now = u32::try_from(now.as_second().rem_euclid(1 << 32)).unwrap_or_default();
    let mut sets: BTreeMap<_, Option<u32>> = BTreeMap::new();
    for signature in signatures(reply)? {
        let left = sets.entry((signature.owner.to_string(), signature.covered.to_int())).or_default();
        if is_not_after(signature.inception, now) && is_not_after(now, signature.expiration) {
            let lasts = signature.ttl.min(signature.expiration.wrapping_sub(now));
            *left = Some(left.map_or(lasts, |left| left.min(lasts)));
        }
    }
    let mut least = None;
    for ((owner, _), left) in sets {
        let left = left.ok_or_else(|| Failure::bogus(format!("no signature of {owner} is valid at this time")))?;
        least = Some(least.map_or(left, |least: u32| least.min(left)));
    }
    Ok(Duration::from_secs(least.unwrap_or_default().into()))
}

/// Whether one moment is before another or the same, in serial number arithmetic (RFC 1982).
const fn is_not_after(one: u32, other: u32) -> bool {
    other.wrapping_sub(one) < 1 << 31
}

fn signatures(reply: &Message<Bytes>) -> Result<Vec<Signature>, Failure> {
    let read = || {
        let mut signatures = Vec::new();
        for section in [reply.answer()?, reply.authority()?] {
            for record in section.limit_to::<Rrsig<_, ParsedName<_>>>() {
                let record = record?;
                let data = record.data();
                signatures.push(Signature {
                    owner: Name::from_wire(record.owner()),
                    covered: data.type_covered(),
                    signer: Name::from_wire(data.signer_name()),
                    ttl: record.ttl().min(data.original_ttl()).as_secs(),
                    inception: data.inception().into_int(),
                    expiration: data.expiration().into_int(),
                });
            }
        }
        Ok(signatures)
    };
    read().map_err(|error: domain::base::wire::ParseError| {
        Failure::unavailable(format!("a signature cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use domain::{
        base::{MessageBuilder, Name as WireName, Ttl, iana::SecurityAlgorithm},
        rdata::{A, dnssec},
    };

    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

    /// A signature by this signer, with its TTL, that of the records, and from when until when it is valid, counted from now.
    type Signed = (&'static str, u32, u32, i32, i32);

    fn wire(name: &str) -> WireName<Vec<u8>> {
        WireName::vec_from_str(name).unwrap()
    }

    /// An answer with an address of `mx.example.org`, signed like this.
    fn reply(signed: &[Signed]) -> Message<Bytes> {
        let at = |seconds: i32| dnssec::Timestamp::from(1_800_000_000_u32.wrapping_add_signed(seconds));
        let owner = wire("mx.example.org");
        let mut message = MessageBuilder::new_vec().question();
        message.push((&owner, Rtype::A)).unwrap();
        let mut message = message.answer();
        message.push((&owner, 86_400, A::from_octets(192, 0, 2, 1))).unwrap();
        for (signer, ttl, original, from, until) in signed {
            let (algorithm, original) = (SecurityAlgorithm::ED25519, Ttl::from_secs(*original));
            let signature =
                Rrsig::new(Rtype::A, algorithm, 3, original, at(*until), at(*from), 7, wire(signer), vec![0; 64]);
            message.push((&owner, *ttl, signature.unwrap())).unwrap();
        }
        Message::from_octets(Bytes::from(message.finish())).unwrap()
    }

    #[test]
    fn moments_are_compared_around_the_turn_of_the_counter() {
        assert!(is_not_after(7, 7));
        assert!(is_not_after(6, 7));
        assert!(!is_not_after(8, 7));
        assert!(is_not_after(u32::MAX, 3), "a signature may begin before the turn of 2106 and end after it");
        assert!(!is_not_after(3, u32::MAX));
    }

    #[test]
    fn an_answer_is_kept_for_as_long_as_its_signatures_say() {
        const DAY: u32 = 86_400;
        for (signed, expected) in [
            (&[("example.org", DAY, DAY, -1, 900_000)][..], Some(DAY)),
            (&[("example.org", 60, DAY, -1, 900_000)], Some(60)),
            (&[("example.org", DAY, 300, -1, 900_000)], Some(300)),
            (&[("example.org", DAY, DAY, -1, 7)], Some(7)),
            (&[("example.org", DAY, DAY, 0, 0)], Some(0)),
            (&[("example.org", DAY, DAY, -9, -1)], None),
            (&[("example.org", DAY, DAY, 1, 9)], None),
            (&[("example.org", DAY, DAY, -9, -1), ("example.org", DAY, DAY, -1, 9)], Some(9)),
            (&[("example.org", DAY, DAY, -1, 900), ("example.org", DAY, DAY, -1, 9)], Some(9)),
            (&[], Some(0)),
        ] {
            let kept = check_times(&reply(signed), NOW);
            assert_eq!(kept.ok(), expected.map(|seconds| Duration::from_secs(seconds.into())), "{signed:?}");
        }
    }

    #[test]
    fn a_signer_stands_above_what_it_signs() {
        for (signer, is_good) in [("example.org", true), ("mx.example.org", true), (".", true), ("other.org", false)] {
            assert_eq!(check_signers(&reply(&[(signer, 60, 60, -1, 1)])).is_ok(), is_good, "{signer}");
        }
        assert!(check_signers(&reply(&[("a.mx.example.org", 60, 60, -1, 1)])).is_err());
    }
}
