//! "There is none", said by somebody who cannot prove it.

use domain::base::{Rtype, iana::Rcode};
use resolve::testing::Reply;

use super::{
    HASHED, MX, Row, TLSA, Target, fails,
    forge::{denied, signature_by},
};

pub(super) const ROWS: &[Row] = &[
    fails("no data, by the SOA of an unsigned zone", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NOERROR, seat.ask("mx.unsigned.test", Rtype::TXT)?.authority)
    }),
    fails("no name, by the SOA of an unsigned zone", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.unsigned.test", Rtype::TXT)?.authority)
    }),
    fails("no data, by an unsigned SOA of its own zone", TLSA, |seat, _, reply| {
        let mut authority = seat.ask("mx.signed.test", Rtype::TXT)?.authority;
        authority.retain(|record| record.rtype() == Rtype::SOA);
        denied(reply, Rcode::NOERROR, authority)
    }),
    fails("no data, by an SOA that an unsigned zone signs", TLSA, |seat, _, reply| {
        let mut authority = seat.ask("mx.signed.test", Rtype::TXT)?.authority;
        authority.retain(|record| record.rtype() == Rtype::SOA);
        authority.push(signature_by("unsigned.test", "signed.test", Rtype::SOA));
        denied(reply, Rcode::NOERROR, authority)
    }),
    fails("no data, without any proof", TLSA, |_, _, reply| denied(reply, Rcode::NOERROR, Vec::new())),
    fails("no name, without any proof", MX, |_, _, reply| denied(reply, Rcode::NXDOMAIN, Vec::new())),
    fails("no data, by the NSEC of another name", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NOERROR, seat.ask("implicit.signed.test", Rtype::TXT)?.authority)
    }),
    fails("no name, by the NSEC around another name", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.signed.test", Rtype::TLSA)?.authority)
    }),
    fails("no name, by the NSEC3 around another name", HASHED, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("nobody.hashed.test", Rtype::TLSA)?.authority)
    }),
    fails("no data, by the parent's NSEC at the delegation", MX, |seat, _, reply| {
        // The name that would follow `signed.test` is denied by the very record that the parent has at the delegation.
        denied(reply, Rcode::NOERROR, seat.ask("signee.test", Rtype::TXT)?.authority)
    }),
    fails("no name, by the parent's NSEC above the delegation", TLSA, |seat, _, reply| {
        denied(reply, Rcode::NXDOMAIN, seat.ask("signee.test", Rtype::TXT)?.authority)
    }),
    fails(
        "no name, where there is no data",
        Target::new("txt mx.signed.test", "mx.signed.test", Some(Rtype::TXT)),
        |_, _, reply| Some(Reply { rcode: Rcode::NXDOMAIN, ..reply }),
    ),
];
