//! A small world on loopback: domains in signed, unsigned and broken zones, each with a mail server of its own and perhaps a policy.

use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use model::{assessment::Assessment, chance::Clock as _};
use resolve::Resolver;
use resolve::testing::{Algorithm, Bed as Names, Denial, Fault, TestClock, Zone};
use wire::address::Domain;

use super::{Authority, Issued, Peer, Step};
use crate::world::{Bed, World, WorldSettings};

/// How the zone of a domain is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    Yes,
    No,
    Expired,
}

impl Signed {
    const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Expired];

    const fn zone(self) -> &'static str {
        match self {
            Self::Yes => "signed.test",
            Self::No => "unsigned.test",
            Self::Expired => "expired.test",
        }
    }
}

/// The certificate that a mail server shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    Good,
    OtherName,
    Expired,
    TooEarly,
    OtherAuthority,
    Itself,
    /// RSA of 2048 bits.
    Rsa,
    /// RSA of 1024 bits, otherwise good.
    Weak,
    /// RSA of 1024 bits, from an authority that nobody trusts.
    WeakUntrusted,
}

/// What is published as TLSA records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tlsa {
    None,
    /// The server's key.
    Matches,
    /// Another's.
    Other,
    /// The authority's that stands behind the server's.
    Authority,
    /// One that mail servers do not use.
    Unusable,
    /// Another's and the server's.
    Several,
}

/// What the policy's host answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sts {
    None,
    /// A policy that covers the server.
    Covers(&'static str),
    /// A policy that covers another.
    LeavesOut(&'static str),
    /// An announcement, and nobody there.
    Nobody,
    /// A redirect to a good policy.
    Redirect,
    /// More than a policy can be.
    Huge,
    /// A page.
    Html,
    /// A policy without sense.
    Broken,
    /// A good policy, with a certificate that nobody trusts.
    Untrusted,
    /// Two announcements.
    Twice,
    /// A policy that does not come.
    Slow,
}

/// A domain and how it behaves.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) signed: Signed,
    pub(crate) shows: Shows,
    pub(crate) tlsa: Tlsa,
    pub(crate) sts: Sts,
    pub(crate) script: Vec<Step>,
}

impl Row {
    /// Its domain.
    pub(crate) fn domain(&self) -> String {
        format!("{}.{}", self.name, self.signed.zone())
    }
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Step")
    }
}

/// A server as it should be.
pub(crate) fn polite() -> Vec<Step> {
    vec![
        Step::Say("220 mx\r\n"),
        Step::Await("EHLO"),
        Step::Say("250-mx\r\n250 STARTTLS\r\n"),
        Step::Await("STARTTLS\r\n"),
        Step::Say("220 go\r\n"),
        Step::Handshake,
        Step::Await("EHLO"),
        Step::Say("250 mx\r\n"),
        Step::Await("QUIT"),
        Step::Say("221 bye\r\n"),
    ]
}

/// A server that takes one mail over a connection, and ends it.
pub(crate) fn taking() -> Vec<Step> {
    let mut script = polite();
    script.truncate(7);
    script.extend([
        Step::Say("250-mx\r\n250-PIPELINING\r\n250 8BITMIME\r\n"),
        Step::Await("DATA\r\n"),
        Step::Say("250 ok\r\n250 ok\r\n354 go\r\n"),
        Step::Await("\r\n.\r\n"),
        Step::Say("250 2.0.0 taken\r\n"),
    ]);
    script
}

/// A good row of that name, in a signed zone.
pub(crate) fn row(name: &'static str) -> Row {
    Row { name, signed: Signed::Yes, shows: Shows::Good, tlsa: Tlsa::None, sts: Sts::None, script: polite() }
}

/// The running world.
pub(crate) struct Small {
    pub(crate) world: Arc<World>,
    settings: WorldSettings,
    resolver: Arc<Resolver>,
    clock: Arc<TestClock>,
    /// A mail server for each row, and the hosts of policies.
    pub(crate) peers: Vec<Peer>,
    _names: Names,
}

impl Small {
    /// Starts a server for each row. `extra` are lines for the signed zone.
    pub(crate) async fn start(rows: &[Row], extra: &str) -> Self {
        let (ours, theirs) = (Authority::new(), Authority::new());
        let (smtp_port, policy_port) = (free_port(), free_port());
        let mut zones = Signed::ALL.map(|_| String::new());
        let mut peers = Vec::new();
        for (number, row) in (1_u8..).zip(rows) {
            let domain = row.domain();
            let host = format!("mx.{domain}");
            let issued = issue(row.shows, &host, (&ours, &theirs));
            let address = SocketAddr::from(([127, 0, 10, number], smtp_port));
            peers.push(Peer::start_at(address, issued.acceptor(), row.script.clone()).await);
            let lines = &mut zones[row.signed as usize];
            writeln!(lines, "{0} MX 10 mx.{0}\nmx.{0} A {1}", row.name, address.ip()).unwrap();
            for record in tlsa(row.tlsa, &issued, &theirs.issue("x.test")) {
                writeln!(lines, "_{smtp_port}._tcp.mx.{} TLSA {record}", row.name).unwrap();
            }
            let policy_address = SocketAddr::from(([127, 0, 20, number], policy_port));
            peers.extend(policy(row, &domain, lines, policy_address, (&ours, &theirs)).await);
        }
        zones[Signed::Yes as usize].push_str(extra);
        let names = Names::with_zones(&zone_list(zones)).unwrap();
        let clock = Arc::new(TestClock::new());
        let resolver = Arc::new(names.resolver(names.recursive(), Arc::clone(&clock) as _).unwrap());
        let settings = WorldSettings {
            connect_max: Duration::from_millis(1500),
            bed: Bed { smtp_port, policy_port, extra_roots: ours.roots(), private_addresses: true },
            ..WorldSettings::new(Domain::parse("gateway.test").unwrap())
        };
        let world = Arc::new(World::new(settings.clone(), Arc::clone(&resolver)).unwrap());
        Self { world, settings, resolver, clock, peers, _names: names }
    }

    /// The way there with other settings.
    pub(crate) fn world_with(&self, change: impl FnOnce(&mut WorldSettings)) -> World {
        let mut settings = self.settings.clone();
        change(&mut settings);
        World::new(settings, Arc::clone(&self.resolver)).unwrap()
    }

    /// The present moment there.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn assess(&self, domain: &str) -> Assessment {
        self.world.assess(&Domain::parse(domain).unwrap(), self.now()).await
    }

    pub(crate) async fn assess_row(&self, row: &Row) -> Assessment {
        self.assess(&row.domain()).await
    }

    /// Everything that any server read before TLS.
    pub(crate) fn seen_in_clear(&self) -> Vec<String> {
        self.peers.iter().map(Peer::seen_in_clear).collect()
    }
}

fn zone_list([signed, unsigned, expired]: [String; 3]) -> Vec<Zone> {
    let (ecdsa, nsec) = (Algorithm::EcdsaP256Sha256, Denial::Nsec);
    vec![
        Zone::signed(Signed::Yes.zone(), &signed, ecdsa, nsec),
        Zone::unsigned(Signed::No.zone(), &unsigned),
        Zone::signed(Signed::Expired.zone(), &expired, ecdsa, nsec).with(Fault::Expired),
        Zone::signed("test", "", ecdsa, nsec),
        Zone::signed("", "", ecdsa, nsec),
    ]
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

fn issue(shows: Shows, host: &str, (ours, theirs): (&Authority, &Authority)) -> Issued {
    match shows {
        Shows::Good => ours.issue(host),
        Shows::OtherName => ours.issue("elsewhere.test"),
        Shows::Expired => ours.issue_expired(host),
        Shows::TooEarly => ours.issue_early(host),
        Shows::OtherAuthority => theirs.issue(host),
        Shows::Itself => Issued::by_itself(host),
        Shows::Rsa => ours.issue_rsa(host),
        Shows::Weak => ours.issue_weak(host),
        Shows::WeakUntrusted => theirs.issue_weak(host),
    }
}

/// Records with the SHA-256 of whole certificates.
fn tlsa(published: Tlsa, issued: &Issued, other: &Issued) -> Vec<String> {
    let hash_at =
        |issued: &Issued, place: usize| HEXLOWER.encode(digest::digest(&digest::SHA256, &issued.der()[place]).as_ref());
    let hash = |issued: &Issued| hash_at(issued, 0);
    let record = |issued: &Issued| format!("3 0 1 {}", hash(issued));
    match published {
        Tlsa::None => Vec::new(),
        Tlsa::Matches => vec![record(issued)],
        Tlsa::Other => vec![record(other)],
        Tlsa::Authority => vec![format!("2 0 1 {}", hash_at(issued, 1))],
        Tlsa::Unusable => vec![format!("1 0 1 {}", hash(issued))],
        Tlsa::Several => vec![record(other), record(issued)],
    }
}

/// Publishes what the row says about MTA-STS, and starts the policy's host.
async fn policy(
    row: &Row,
    domain: &str,
    lines: &mut String,
    address: SocketAddr,
    (ours, theirs): (&Authority, &Authority),
) -> Option<Peer> {
    if row.sts == Sts::None {
        return None;
    }
    let announcements = if row.sts == Sts::Twice { 2 } else { 1 };
    for id in 1..=announcements {
        writeln!(lines, "_mta-sts.{} TXT \"v=STSv1; id={id};\"", row.name).unwrap();
    }
    writeln!(lines, "mta-sts.{} A {}", row.name, address.ip()).unwrap();
    let covering = |mode: &str, mx: &str| format!("version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n");
    let good = |mode: &str| covering(mode, &format!("*.{domain}"));
    let ok = |kind: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let answer = match row.sts {
        Sts::None | Sts::Nobody => return None,
        Sts::Covers(mode) => ok("text/plain; charset=utf-8", &good(mode)),
        Sts::LeavesOut(mode) => ok("text/plain", &covering(mode, "mx.elsewhere.test")),
        Sts::Redirect => {
            format!("HTTP/1.1 301 Moved\r\nLocation: https://mta-sts.{domain}/other\r\nContent-Length: 0\r\n\r\n")
        }
        Sts::Huge => ok("text/plain", &format!("{}{}", good("enforce"), "x: y\n".repeat(20_000))),
        Sts::Html => ok("text/html", &good("enforce")),
        Sts::Broken => ok("text/plain", "mode: enforce\n"),
        Sts::Untrusted | Sts::Twice => ok("text/plain", &good("enforce")),
        Sts::Slow => String::new(),
    };
    let authority = if row.sts == Sts::Untrusted { theirs } else { ours };
    let script = match row.sts {
        Sts::Slow => vec![Step::Handshake, Step::Hang],
        _ => vec![Step::Handshake, Step::Await("\r\n\r\n"), Step::Say(Box::leak(answer.into_boxed_str()))],
    };
    Some(Peer::start_at(address, authority.issue(&format!("mta-sts.{domain}")).acceptor(), script).await)
}
