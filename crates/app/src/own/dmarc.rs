//! What becomes of mail that names a domain as author and proves nothing (RFC 9989), and whether ours proves enough.

use resolve::{Failure, Resolver};
use wire::{
    address::Domain,
    dmarc::{self, Alignment, Discovery, Record as Dmarc, Wish},
    zone::Record,
};

use super::{Finding, Own, listed, texts};

/// Looks at the record that holds for a domain.
pub(super) async fn examine(resolver: &Resolver, own: &Own, domain: &Domain) -> Finding {
    let (what, name) = (format!("{domain}: DMARC"), dmarc::record_name(domain));
    let published = match texts(resolver, &name).await {
        Ok(texts) => texts,
        Err(failure) => return Finding::failed(what, &name, &failure),
    };
    let first = || Record::txt(name.clone(), format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}"));
    if let Err(error) = dmarc::find(published.iter().map(String::as_str)) {
        return Finding::wrong(what, format!("the record counts as none: {error}")).publish(first());
    }
    let discovery = match discover(resolver, domain).await {
        Ok(discovery) => discovery,
        Err(failure) => return Finding::failed(what, &name, &failure),
    };
    let Some((place, record)) = &discovery.record else {
        let then = "raise it to p=quarantine and p=reject when the reports show nothing of yours that fails";
        return Finding::wrong(what, format!("there is no record; {then}")).publish(first());
    };
    if own.sender.domain().as_ref() == Some(domain)
        && let Some(finding) = unaligned(resolver, own, &discovery, record, &what).await
    {
        return finding;
    }
    let raised = |wish| {
        let text = published.iter().find(|text| dmarc::find([text.as_str()]).is_ok_and(|found| found.is_some()));
        text.filter(|_| place == domain).map(|text| Record::txt(name.clone(), dmarc::with_wish(text, wish)))
    };
    let finding = judge(what, &discovery, record);
    match discovery.wish() {
        Some(Wish::None) => raised(Wish::Quarantine).into_iter().fold(finding, Finding::publish),
        _ => finding,
    }
}

async fn discover(resolver: &Resolver, domain: &Domain) -> Result<Discovery, Failure> {
    let mut found = Vec::new();
    for place in dmarc::walk(domain) {
        let texts = texts(resolver, &dmarc::record_name(&place)).await?;
        // A broken record above counts as none, as it does for receivers.
        let record = dmarc::find(texts.iter().map(String::as_str)).unwrap_or(None);
        found.push((place, record));
    }
    Ok(Discovery::of(domain, &found))
}

/// What is wrong where no signature is near enough to the author. The reverse-path of notices is in the author's own domain, so SPF always is.
async fn unaligned(resolver: &Resolver, own: &Own, author: &Discovery, record: &Dmarc, what: &str) -> Option<Finding> {
    for signer in &own.signers {
        let signing = match discover(resolver, signer.domain()).await {
            Ok(signing) => signing,
            Err(failure) => return Some(Finding::failed(what, signer.domain().as_str(), &failure)),
        };
        if author.is_aligned(&signing, record.dkim) {
            return None;
        }
    }
    let domains = listed(own.signers.iter().map(|signer| signer.domain()));
    let strictly = if record.dkim == Alignment::Strict { ", which is strict about it" } else { "" };
    let found = format!("signatures are by {domains} and do not speak for the author's domain{strictly}");
    let cure = format!("sign with a key of {}", author.domain);
    (!own.signers.is_empty()).then(|| Finding::wrong(what, format!("{found}: {cure}")))
}

fn judge(what: String, discovery: &Discovery, record: &Dmarc) -> Finding {
    let wish = discovery.wish().unwrap_or(Wish::None);
    let place = match &discovery.record {
        Some((place, _)) if *place != discovery.domain => format!(" (the record of {place})"),
        _ => String::new(),
    };
    let said = format!("p={}{place}", wish.word());
    if wish == Wish::None {
        return Finding::better(what, format!("{said}: mail that only pretends to be yours is let through"));
    }
    if record.is_trial {
        return Finding::better(what, format!("{said}, but on trial (t=y), so receivers do less"));
    }
    if record.wants_mails {
        let hint = "leave ruf out: it asks for copies of mails, with what is personal in them";
        return Finding::better(what, format!("{said}; {hint}"));
    }
    if record.summaries.is_empty() {
        return Finding::better(what, format!("{said}; without rua nobody tells you what fails"));
    }
    Finding::good(what, said)
}
