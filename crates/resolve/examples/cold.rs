//! How many lookups a second the validator does with nothing in memory: 1,000 domains, each a zone of its own, half of them signed, each asked for what
//! a delivery needs (MX, addresses of the mail server, TLSA, two texts). Everything runs on this machine, the name servers too.
//!
//! `cargo run --release -p siegelpost-resolve --features testing --example cold [DOMAINS] [AT_ONCE]`

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use resolve::{
    Lookup, Name, Resolver,
    testing::{Algorithm, Bed, Denial, TestClock, Zone},
};

const RECORDS: &str = "\
@ MX 10 mx
@ TXT \"v=spf1 -all\"
mx A 192.0.2.1
_25._tcp.mx TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
_mta-sts TXT \"v=STSv1; id=1\"
";

/// What came of all domains.
#[derive(Default)]
struct Tally {
    lookups: usize,
    secure: usize,
    failed: usize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<usize>());
    let domains = numbers.next().transpose()?.unwrap_or(1000);
    let at_once = numbers.next().transpose()?.unwrap_or(64);
    let bed = Bed::with_zones(&zones(domains))?;
    run(&bed, domains, at_once, "servers cold").await?;
    run(&bed, domains, at_once, "servers warm").await
}

/// Every second domain is signed.
fn zones(domains: usize) -> Vec<Zone> {
    let domain = |number: usize| match number % 2 {
        0 => Zone::signed(&format!("d{number}.test"), RECORDS, Algorithm::EcdsaP256Sha256, Denial::Nsec),
        _ => Zone::unsigned(&format!("d{number}.test"), RECORDS),
    };
    let top = ["test", ""].map(|name| Zone::signed(name, "", Algorithm::EcdsaP256Sha256, Denial::Nsec));
    (0..domains).map(domain).chain(top).collect()
}

/// Asks everything once, from an empty memory.
async fn run(bed: &Bed, domains: usize, at_once: usize, what: &str) -> Result<(), Box<dyn Error>> {
    let resolver = bed.resolver(bed.recursive(), Arc::new(TestClock::new()))?;
    let started = Instant::now();
    let tally = stream::iter(0..domains)
        .map(|number| assess(&resolver, number))
        .buffer_unordered(at_once)
        .fold(Tally::default(), async |sum, one| Tally {
            lookups: sum.lookups + one.lookups,
            secure: sum.secure + one.secure,
            failed: sum.failed + one.failed,
        })
        .await;
    report(what, domains, &tally, started.elapsed());
    Ok(())
}

async fn assess(resolver: &Resolver, number: usize) -> Tally {
    let mut tally = Tally::default();
    let Ok(domain) = Name::parse(&format!("d{number}.test")) else { return tally };
    let names = ["mx", "_mta-sts", "_smtp._tls"].map(|below| Name::parse(&format!("{below}.{domain}")));
    let [Ok(host), Ok(sts), Ok(report)] = names else { return tally };
    tally.count(&resolver.mx(&domain).await);
    let addresses = resolver.addresses(&host).await;
    tally.count(&addresses);
    if addresses.is_secure() {
        tally.count(&resolver.tlsa(25, &host).await);
    }
    tally.count(&resolver.txt(&sts).await);
    tally.count(&resolver.txt(&report).await);
    tally
}

impl Tally {
    fn count<T>(&mut self, lookup: &Lookup<T>) {
        self.lookups += 1;
        self.secure += usize::from(lookup.is_secure());
        self.failed += usize::from(matches!(lookup, Lookup::Failed(_)));
    }
}

#[expect(clippy::print_stdout, reason = "an example tells its figures")]
#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn report(what: &str, domains: usize, tally: &Tally, took: Duration) {
    let seconds = took.as_secs_f64();
    println!(
        "{what}: {domains} domains in {seconds:.2} s: {:.0} domains/s, {:.0} lookups/s, {} secure, {} failed",
        domains as f64 / seconds,
        tally.lookups as f64 / seconds,
        tally.secure,
        tally.failed,
    );
}
