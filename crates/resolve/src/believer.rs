//! The maker outside the process: a validating server on this machine, whose AD bit is believed; and the proof that it deserves it.
//!
//! AD ("authentic data", RFC 4035 section 3.2.3) says that the server found everything in the answer secure. What it found bogus it answers with
//! `SERVFAIL`. Both only mean something if the server validates at all, which [`prove`] tries.

use bytes::Bytes;
use domain::{
    base::{
        Message, Rtype,
        iana::{ExtendedErrorCode, OptRcode},
        opt::ExtendedError,
    },
    net::client::request::{ComposeRequest as _, RequestMessage},
};

use crate::{
    answer::{self, Answer, Question},
    exchange::{self, Exchange},
    limits::QUESTION_MAX,
    lookup::{Failure, Lookup, Reason, Security},
    name::Name,
    servers::Loopback,
    validator::text,
};

#[derive(Debug)]
pub(crate) struct Believer {
    exchange: Exchange,
}

impl Believer {
    pub(crate) fn new(server: Loopback) -> Self {
        Self { exchange: Exchange::new(&server.servers()) }
    }

    pub(crate) async fn ask(&self, question: &Question) -> Lookup<Answer> {
        match self.asked(question).await {
            Ok(reply) => answer::read(question, &reply, word(&reply)),
            Err(failure) => Lookup::Failed(failure),
        }
    }

    async fn asked(&self, question: &Question) -> Result<Message<Bytes>, Failure> {
        let reply = self.reply(question_with_ad(&question.name, question.kind.rtype())?).await?;
        answer::check(question, &reply).map_err(|failure| found_bogus(&reply).unwrap_or(failure))?;
        Ok(reply)
    }

    async fn reply(&self, request: RequestMessage<Bytes>) -> Result<Message<Bytes>, Failure> {
        self.exchange.ask(request).await.map_err(|error| exchange::no_reply(&error))
    }
}

/// AD in a question asks for AD in the answer, without all the signatures (RFC 6840 section 5.7).
fn question_with_ad(name: &Name, rtype: Rtype) -> Result<RequestMessage<Bytes>, Failure> {
    let mut request = exchange::request(name, rtype)?;
    request.header_mut().set_ad(true);
    Ok(request)
}

fn word(reply: &Message<Bytes>) -> Security {
    if reply.header().ad() { Security::Secure } else { Security::Insecure { reason: Reason::Unknown } }
}

/// Tells bogus from unavailable where the server does (RFC 8914 section 4).
fn found_bogus(reply: &Message<Bytes>) -> Option<Failure> {
    let opt = reply.opt()?;
    let bogus = opt.opt().iter::<ExtendedError<Bytes>>().flatten().find(|error| {
        matches!(
            error.code(),
            ExtendedErrorCode::DNSSEC_BOGUS
                | ExtendedErrorCode::SIGNATURE_EXPIRED
                | ExtendedErrorCode::SIGNATURE_NOT_YET_VALID
                | ExtendedErrorCode::DNSKEY_MISSING
                | ExtendedErrorCode::RRSIGS_MISSING
                | ExtendedErrorCode::NO_ZONE_KEY_BIT_SET
                | ExtendedErrorCode::NSEC_MISSING
        )
    });
    bogus.map(|error| Failure::bogus(text(&error)))
}

/// Why a server's word about DNSSEC is not to be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It does not answer, or cannot resolve the names it is tried with; this says nothing about DNSSEC.
    #[error("the server cannot be tried: {why}")]
    Untried {
        /// What was wrong, for people.
        why: String,
    },
    /// It answered for the zone that is known to be broken.
    #[error("the server does not validate: it answers for {name}, whose signatures are broken")]
    Credulous {
        /// The broken zone.
        name: Name,
    },
    /// It did not set AD for the zone that is known to be signed.
    #[error("the server does not say what is secure: {name} is signed, and AD is not set")]
    Silent {
        /// The signed zone.
        name: Name,
    },
}

/// Tries whether a server on this machine validates: it must refuse `broken`, a zone known to have broken signatures, and must set AD for
/// `signed`, a zone known to be in order. Both are asked for their SOA record.
///
/// A server that cannot reach the broken zone would refuse it as well; so it is also asked for it unchecked (CD), and must answer then.
pub async fn prove(server: Loopback, broken: &Name, signed: &Name) -> Result<(), Distrust> {
    let believer = Believer::new(server);
    let trial = async {
        let unchecked = outcome(&believer, broken, true).await?;
        if unchecked.opt_rcode() != OptRcode::NOERROR {
            return Err(Distrust::Untried { why: format!("{broken} is not reached even without validation") });
        }
        if outcome(&believer, broken, false).await?.opt_rcode() != OptRcode::SERVFAIL {
            return Err(Distrust::Credulous { name: broken.clone() });
        }
        let good = outcome(&believer, signed, false).await?;
        if good.opt_rcode() != OptRcode::NOERROR {
            return Err(Distrust::Untried { why: format!("{signed} is answered with {}", good.opt_rcode()) });
        }
        if good.header().ad() { Ok(()) } else { Err(Distrust::Silent { name: signed.clone() }) }
    };
    let in_time = tokio::time::timeout(QUESTION_MAX, trial).await;
    in_time.unwrap_or_else(|_| Err(Distrust::Untried { why: "no reply in time".to_owned() }))
}

async fn outcome(believer: &Believer, zone: &Name, unchecked: bool) -> Result<Message<Bytes>, Distrust> {
    let asked = async {
        let mut request = question_with_ad(zone, Rtype::SOA)?;
        request.header_mut().set_cd(unchecked);
        believer.reply(request).await
    };
    asked.await.map_err(|failure| Distrust::Untried { why: failure.to_string() })
}
