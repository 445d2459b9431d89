//! Whether the keys that we sign with can be found (RFC 6376 section 3.6), and speak for the author's domain.

use resolve::Resolver;
use wire::{
    address::Domain,
    dkim::{KeyRecord, Signer},
    zone::Record,
};

use super::{Finding, Own, texts};

/// Every key, and whether there are enough of them.
pub(super) async fn examine(resolver: &Resolver, own: &Own, author: &Domain) -> Vec<Finding> {
    let mut findings = Vec::new();
    for signer in &own.signers {
        findings.push(key(resolver, signer).await);
    }
    findings.extend(kinds(own, author));
    findings
}

/// Receivers know RSA, the newer ones Ed25519 as well (RFC 8463; BSI TR-03182 asks for both).
fn kinds(own: &Own, author: &Domain) -> Option<Finding> {
    let what = format!("{author}: DKIM");
    let has = |algorithm| own.signers.iter().any(|signer| signer.key().algorithm() == algorithm);
    let make = "make a key with `openssl genpkey` and name it in [[delivery.dkim]]";
    if own.signers.is_empty() {
        return Some(Finding::better(what, format!("notices are not signed: {make}")));
    }
    if !has("rsa-sha256") {
        return Some(Finding::better(
            what,
            format!("there is no RSA key, and old receivers know nothing else: {make}"),
        ));
    }
    (!has("ed25519-sha256"))
        .then(|| Finding::better(what, format!("there is no Ed25519 key beside the RSA key: {make}")))
}

async fn key(resolver: &Resolver, signer: &Signer) -> Finding {
    let name = signer.record_name();
    let what = format!("{name}: DKIM key");
    let texts = match texts(resolver, &name).await {
        Ok(texts) => texts,
        Err(failure) => return Finding::failed(what, &name, &failure),
    };
    let wrong = |found: String| {
        let finding = Finding::wrong(what.clone(), found);
        match signer.key().dns_record() {
            Ok(text) => finding.publish(Record::txt(name.clone(), text)),
            Err(_) => finding,
        }
    };
    let text = match texts.as_slice() {
        [] => return wrong("there is none, so no signature can be checked".into()),
        [text] => text,
        _ => return wrong("there are several texts, and receivers may take the wrong one".into()),
    };
    match KeyRecord::parse(text) {
        Err(error) => wrong(format!("it cannot be read: {error}")),
        Ok(record) => match record.serves(signer.key()) {
            Err(fault) => wrong(format!("{fault}, so no signature holds")),
            Ok(()) if record.is_trial => {
                let found = "it is ours, but asks receivers to ignore signatures (t=y)";
                Finding { grade: super::Grade::Better, ..wrong(found.into()) }
            }
            Ok(()) => Finding::good(what, format!("it is ours, {}", signer.key().algorithm())),
        },
    }
}
