//! What comes to a bounce address: whatever it is, it is taken apart within its limits, and only a report of its own says anything.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::report::{ReportType, find};
use wire::address::TypedAddress;
use wire::{arf, dsn, tlsrpt::Report};

fuzz_target!(|input: &[u8]| {
    let found = find(input);
    if let Ok(Some(part)) = &found {
        match part.report_type {
            ReportType::DeliveryStatus => {
                dsn::read(&part.content).verdict(&TypedAddress::parse("anna@example.net").unwrap());
            }
            ReportType::Feedback => drop(arf::read(&part.content)),
            ReportType::TlsGzip => drop(Report::read_gzip(&part.content)),
            ReportType::TlsJson => drop(Report::read_json(&part.content)),
        }
    }
    let _ = arf::read(input);
    // What somebody forwards is not the mail's own.
    let forwarded = [b"Content-Type: message/rfc822\r\n\r\n", input].concat();
    assert!(!matches!(find(&forwarded), Ok(Some(_))));
});
