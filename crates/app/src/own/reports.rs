//! Where a domain wants to be told how TLS to its mail servers went (RFC 8460).

use resolve::Resolver;
use wire::{
    address::{Domain, EmailAddress},
    tlsrpt::{self, Destination},
    zone::Record,
};

use super::{Finding, listed, texts};
use crate::tls_report::LOCAL_PART;

/// Looks at the record that asks for reports. What is proposed leads to ourselves: `siegelpost tls-reports` shows what comes.
pub(super) async fn examine(resolver: &Resolver, domain: &Domain, sender: &EmailAddress) -> Finding {
    let (what, name) = (format!("{domain}: TLS reports"), tlsrpt::record_name(domain));
    let texts = match texts(resolver, &name).await {
        Ok(texts) => texts,
        Err(failure) => return Finding::failed(what, &name, &failure),
    };
    let proposed = Record::txt(name, format!("v=TLSRPTv1; rua=mailto:{LOCAL_PART}@{}", sender.domain_text()));
    match tlsrpt::find(texts.iter().map(String::as_str)) {
        Ok(None) => {
            Finding::better(what, "nobody is asked for any, so faults of your servers stay unseen").publish(proposed)
        }
        Err(error) => Finding::wrong(what, format!("the record counts as none: {error}")).publish(proposed),
        Ok(Some(record)) => {
            let shown = listed(record.destinations.iter().map(|one| match one {
                Destination::Mail(address) => address.as_str(),
                Destination::Https(url) => url.as_str(),
            }));
            if record.destinations.iter().all(|one| matches!(one, Destination::Https(_))) {
                let found = format!("they go to {shown}; BSI TR-03108 wants them by mail (mailto:)");
                return Finding::better(what, found).publish(proposed);
            }
            Finding::good(what, format!("they go to {shown}"))
        }
    }
}
