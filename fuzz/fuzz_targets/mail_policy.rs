//! What a domain publishes about the protection of its mail: TLSA records, MTA-STS announcements and policies.
//!
//! What is read is written alike, and a policy never covers a host by more than one label.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::{
    address::Domain,
    dane::{Associations, Certificate, Tlsa},
    mta_sts::{POLICY_BYTES_MAX, Policy, announced_id},
};

fuzz_target!(|input: &[u8]| {
    records(input);
    if let Ok(text) = std::str::from_utf8(input)
        && let Ok(Some(id)) = announced_id(text.split('\n'))
    {
        assert!((1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
    if let Ok(policy) = Policy::parse(input) {
        assert!(input.len() <= POLICY_BYTES_MAX);
        assert_eq!(Policy::parse(policy.to_string().as_bytes()).as_ref(), Ok(&policy));
        let nowhere = Domain::parse("a.b.c.nowhere.invalid").expect("it is a domain");
        let covered = policy.to_string().contains("nowhere.invalid");
        assert!(covered || !policy.covers(&nowhere));
    }
});

/// Records of 36 bytes each, as most have.
fn records(input: &[u8]) {
    let records: Vec<Tlsa> = input.chunks(36).filter_map(Tlsa::from_rdata).collect();
    let associations = Associations::of(&records);
    assert!(associations.usable().len() + associations.unusable().len() <= records.len());
    let certificate = Certificate { der: input, public_key: Some(input) };
    if let Some(named) = associations.end_entity(certificate) {
        assert!(named.record().usage == 3 && named.names(certificate));
    }
}
