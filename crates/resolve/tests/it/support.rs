//! What the tests against the bed share.

use std::sync::Arc;

use resolve::{Absence, Failure, Lookup, Name, Reason, Resolver, Security, testing::TestClock};

pub(crate) fn clock() -> Arc<TestClock> {
    Arc::new(TestClock::new())
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

/// The end of a lookup in two words.
pub(crate) fn state<T>(lookup: &Lookup<T>) -> &'static str {
    let (found, security) = match lookup {
        Lookup::Found { security, .. } => (0, *security),
        Lookup::Nothing { kind: Absence::NoData, security, .. } => (1, *security),
        Lookup::Nothing { kind: Absence::NoName, security, .. } => (2, *security),
        Lookup::Failed(Failure::Bogus { .. }) => return "bogus",
        Lookup::Failed(Failure::Unavailable { .. }) => return "unavailable",
    };
    let column = match security {
        Security::Secure => 0,
        Security::Insecure { reason: Reason::Unsigned } => 1,
        Security::Insecure { reason: Reason::UnknownAlgorithm } => 2,
        Security::Insecure { reason: Reason::OptOut } => 3,
        Security::Insecure { reason: Reason::Unknown } => 4,
    };
    [
        ["found secure", "found unsigned", "found algorithm", "found opt-out", "found insecure"],
        ["nodata secure", "nodata unsigned", "nodata algorithm", "nodata opt-out", "nodata insecure"],
        ["noname secure", "noname unsigned", "noname algorithm", "noname opt-out", "noname insecure"],
    ][found][column]
}

/// Asks as a row writes it: `mx signed.test`, `tlsa mx.signed.test` (port 25), `addresses ...`, `txt ...`, `names 192.0.2.1`. The state and the whole, for messages.
pub(crate) async fn ask(resolver: &Resolver, question: &str) -> (&'static str, String) {
    let (kind, asked) = question.split_once(' ').unwrap();
    macro_rules! both {
        ($lookup:expr) => {{
            let lookup = $lookup;
            (state(&lookup), format!("{lookup:?}"))
        }};
    }
    match kind {
        "mx" => both!(resolver.mx(&name(asked)).await),
        "addresses" => both!(resolver.addresses(&name(asked)).await),
        "tlsa" => both!(resolver.tlsa(25, &name(asked)).await),
        "txt" => both!(resolver.txt(&name(asked)).await),
        "names" => both!(resolver.names(asked.parse().unwrap()).await),
        other => panic!("{other}"),
    }
}
