//! The maker inside the process: asks servers that nobody trusts, and walks the chain of signatures itself.
//!
//! The walk is that of the crate `domain`. It reads the wall clock for the time of signatures; [`guard`](crate::guard) holds the times against the
//! clock of the house as well. Its own patience is half a minute; [`QUESTION_MAX`](crate::QUESTION_MAX) around it is ours.

use std::{panic::AssertUnwindSafe, time::Duration};

use bytes::Bytes;
use domain::{
    base::{Message, iana::ExtendedErrorCode, opt::ExtendedError},
    dnssec::validator::context::{Config, ValidationContext, ValidationState},
    net::client::request::ComposeRequest as _,
};
use futures_util::FutureExt as _;
use jiff::Timestamp;

use crate::{
    anchor::{AnchorError, TrustAnchor},
    answer::{self, Answer, Kind, Question},
    exchange::{self, Exchange},
    guard,
    limits::{ALIASES_MAX, FAILURE_TTL, FOUND_TTL_MAX, LEVELS_MAX, ZONES_MAX},
    lookup::{Failure, Lookup, Reason, Security},
    name::Name,
    servers::Servers,
};

/// What `domain` says of a zone that is signed with nothing it knows (RFC 4035 section 5.2).
const UNKNOWN_ALGORITHM: &str = "No supported algorithm in DS RRset";
/// What it says where an opt-out range covers the name (RFC 5155 section 6).
const OPT_OUT: &str = "NSEC3 with Opt-Out";
/// What it says, and calls bogus, where it got no keys because nobody answered.
const NO_KEYS: &str = "request for DS or DNSKEY failed";
/// What it says, and calls bogus, of a denial that does not name its zone.
const NO_SOA: &str = "Missing SOA record for NODATA or NXDOMAIN";

pub(crate) struct Validator {
    exchange: Exchange,
    anchor: TrustAnchor,
    context: ValidationContext<Exchange>,
}

/// How far a reply can be believed, and for how long at most.
struct Judgement {
    security: Security,
    holds: Duration,
}

impl Validator {
    pub(crate) fn new(servers: &Servers, anchor: &TrustAnchor) -> Result<Self, AnchorError> {
        let exchange = Exchange::new(servers);
        let context = Self::context(&exchange, anchor)?;
        Ok(Self { exchange, anchor: anchor.clone(), context })
    }

    /// A walker along chains that remembers nothing yet.
    fn context(exchange: &Exchange, anchor: &TrustAnchor) -> Result<ValidationContext<Exchange>, AnchorError> {
        let mut config = Config::new();
        config.set_max_node_cache(ZONES_MAX);
        config.set_max_validity(FOUND_TTL_MAX);
        config.set_max_bogus_validity(FAILURE_TTL);
        config.set_max_cname_dname(u8::try_from(ALIASES_MAX).unwrap_or(u8::MAX));
        // Answers and keys are remembered elsewhere; of signatures nothing is, for what fitted once may have run out.
        config.set_max_isig_cache(1);
        config.set_max_usig_cache(1);
        Ok(ValidationContext::with_config(anchor.to_validator()?, exchange.clone(), config))
    }

    pub(crate) async fn ask(&self, question: &Question, now: Timestamp) -> Lookup<Answer> {
        match self.asked(question, now).await {
            Ok((reply, judgement)) => {
                answer::read(question, &reply, judgement.security).no_longer_than(judgement.holds)
            }
            Err(failure) => Lookup::Failed(failure),
        }
    }

    async fn asked(&self, question: &Question, now: Timestamp) -> Result<(Message<Bytes>, Judgement), Failure> {
        let mut reply = self.reply(question).await?;
        let judgement = match self.judge(&mut reply, now).await {
            Err(Failure::Bogus { why }) if why == NO_SOA => {
                self.unsigned_above(&question.name, now).await.ok_or(Failure::Bogus { why })
            }
            judgement => judgement,
        };
        Ok((reply, judgement?))
    }

    /// What the servers say, unjudged.
    async fn reply(&self, question: &Question) -> Result<Message<Bytes>, Failure> {
        let mut request = exchange::request(&question.name, question.kind.rtype())?;
        // Signatures, please (DO), and no judgement on the way (CD): a server that validates would keep the proof of bogus to itself.
        request.set_dnssec_ok(true);
        request.header_mut().set_cd(true);
        let reply = self.exchange.ask(request).await.map_err(|error| exchange::no_reply(&error))?;
        answer::check(question, &reply)?;
        Ok(reply)
    }

    /// How far anything at a name can be believed at best, if the zone at or above it is provably unsigned. Asked where a server denies without naming
    /// its zone, as some simple ones do (RFC 2308 section 3 wants the SOA record): in an unsigned zone there is nothing to prove, and elsewhere the denial
    /// stays bogus.
    async fn unsigned_above(&self, name: &Name, now: Timestamp) -> Option<Judgement> {
        let mut zone = name.clone();
        for _ in 0..LEVELS_MAX {
            let question = Question { name: zone.clone(), kind: Kind::Zone };
            if let Ok(mut reply) = self.reply(&question).await
                && answer::has_at(&question, &reply)
                && let Ok(judgement) = self.judge(&mut reply, now).await
            {
                return (judgement.security != Security::Secure).then_some(judgement);
            }
            zone = zone.parent()?;
        }
        None
    }

    /// How far the reply can be believed: the walk along the chain, with the checks that it lacks around it.
    async fn judge(&self, reply: &mut Message<Bytes>, now: Timestamp) -> Result<Judgement, Failure> {
        guard::check_signers(reply)?;
        let security = match walk(&self.context, &mut reply.clone()).await {
            Err(Failure::Bogus { .. }) => self.walk_anew(reply).await?,
            security => security?,
        };
        let holds = if security == Security::Secure { guard::check_times(reply, now)? } else { FOUND_TTL_MAX };
        Ok(Judgement { security, holds })
    }

    /// Walks the whole chain from the trust anchor. A remembered name between two zones (`co.jp` in the zone `jp`) is taken for a zone without keys by
    /// `domain` 0.12.3, and everything below it for bogus; who remembers nothing does not stumble over it.
    async fn walk_anew(&self, reply: &mut Message<Bytes>) -> Result<Security, Failure> {
        let context = Self::context(&self.exchange, &self.anchor);
        walk(&context.map_err(|error| Failure::unavailable(error.to_string()))?, reply).await
    }
}

/// Walks the chain for every record of the reply.
async fn walk(context: &ValidationContext<Exchange>, reply: &mut Message<Bytes>) -> Result<Security, Failure> {
    let walk = context.validate_msg::<Bytes, Bytes>(reply);
    // What is read here was written by strangers: should the walk stumble over it, it costs this answer and nothing else.
    let walked = AssertUnwindSafe(walk).catch_unwind().await;
    let (state, remark) = match walked {
        Ok(Ok(judgement)) => judgement,
        Ok(Err(error)) => return Err(Failure::unavailable(format!("the answer cannot be judged: {error}"))),
        Err(_) => return Err(Failure::unavailable("the answer cannot be judged")),
    };
    let remark = remark.as_ref().map(text).unwrap_or_default();
    match state {
        ValidationState::Secure => Ok(Security::Secure),
        ValidationState::Insecure => Ok(Security::Insecure { reason: reason(&remark) }),
        ValidationState::Bogus if remark.starts_with(NO_KEYS) => {
            Err(Failure::unavailable("no reply when asked for the keys of a zone"))
        }
        ValidationState::Bogus if remark.is_empty() => Err(Failure::bogus("a signature or a proof is missing")),
        ValidationState::Bogus => Err(Failure::bogus(remark)),
        ValidationState::Indeterminate => Err(Failure::unavailable("no trust anchor covers the name")),
    }
}

fn reason(remark: &str) -> Reason {
    match remark {
        "" => Reason::Unsigned,
        UNKNOWN_ALGORITHM => Reason::UnknownAlgorithm,
        OPT_OUT => Reason::OptOut,
        _ => Reason::Unknown,
    }
}

/// The text of an extended error, or its code where it has none (RFC 8914).
pub(crate) fn text<Octs: AsRef<[u8]>>(error: &ExtendedError<Octs>) -> String {
    let text = error.text_slice().map(|text| String::from_utf8_lossy(text).into_owned());
    text.unwrap_or_else(|| match error.code() {
        ExtendedErrorCode::DNSSEC_BOGUS => "bogus".to_owned(),
        code => code.to_string(),
    })
}
