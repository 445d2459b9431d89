//! Two things the validator of `domain` 0.12 does not check, and that decide over safety. They are checked here, before and after it.
//!
//! * It takes the zone of a record from the first signature's word. A signature that names an *unsigned* zone as its signer then makes any record
//!   insecure instead of bogus: forged addresses of a signed name would pass as "rightly unsigned". RFC 4035 section 5.3.1 wants the
//!   signer to be the zone that contains the record, so a signer that is not above its record makes the reply bogus.
//! * It remembers that a signature fitted, but not until when. An old answer, replayed, would be secure for as long as the process lives.

use std::collections::BTreeMap;

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

/// Every signed set of records has a signature that is valid now (RFC 4035 section 5.3.1).
pub(crate) fn check_times(reply: &Message<Bytes>, now: Timestamp) -> Result<(), Failure> {
    // Seconds since 1970, modulo 2^32, as signatures count them (RFC 4034 section 3.1.5).
    let now = u32::try_from(now.as_second().rem_euclid(1 << 32)).unwrap_or_default();
    let mut valid = BTreeMap::new();
    for signature in signatures(reply)? {
        let is_valid = is_not_after(signature.inception, now) && is_not_after(now, signature.expiration);
        *valid.entry((signature.owner.to_string(), signature.covered.to_int())).or_insert(false) |= is_valid;
    }
    match valid.into_iter().find(|(_, is_valid)| !is_valid) {
        Some(((owner, _), _)) => Err(Failure::bogus(format!("no signature of {owner} is valid at this time"))),
        None => Ok(()),
    }
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
    use super::*;

    #[test]
    fn moments_are_compared_around_the_turn_of_the_counter() {
        assert!(is_not_after(7, 7));
        assert!(is_not_after(6, 7));
        assert!(!is_not_after(8, 7));
        assert!(is_not_after(u32::MAX, 3), "a signature may begin before the turn of 2106 and end after it");
        assert!(!is_not_after(3, u32::MAX));
    }
}
