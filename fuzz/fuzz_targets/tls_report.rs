//! A report about TLS: whatever it is, it is read within its limits, and what is read is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::tlsrpt::{DETAILS_MAX, POLICIES_MAX, Report, STRINGS_MAX};

fuzz_target!(|input: &[u8]| {
    let _ = Report::read_gzip(input);
    let Ok(report) = Report::read_json(input) else { return };
    assert!(report.policies.len() <= POLICIES_MAX);
    for about in &report.policies {
        assert!(about.failure_details.len() <= DETAILS_MAX);
        assert!(about.policy.policy_string.len() <= STRINGS_MAX && about.policy.mx_host.len() <= STRINGS_MAX);
    }
    let written = report.to_gzip().unwrap();
    assert_eq!(Report::read_gzip(&written), Ok(report));
});
