//! `winmail.dat`, Outlook's own container, and the compressed RTF within.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::limits::TNEF_ATTACHMENTS_MAX;
use mime::{sniff, tnef};

fuzz_target!(|input: &[u8]| {
    sniff::media_type(input);
    let Some(unpacked) = tnef::unpack(input) else { return };
    assert!(unpacked.files.len() <= TNEF_ATTACHMENTS_MAX);
    for file in unpacked.files {
        assert!(input.get(file.data).is_some(), "a file lies outside of its container");
    }
});
