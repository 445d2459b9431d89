//! ZIP archives, looked into without being unpacked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::archive::{Budget, list};
use mime::limits::ARCHIVE_ENTRIES_MAX;

fuzz_target!(|input: &[u8]| {
    let mut budget = Budget::default();
    let Some(first) = list(input, &mut budget) else { return };
    assert!(first.files <= ARCHIVE_ENTRIES_MAX);
    // The budget is one for many archives, and never grows.
    let Some(second) = list(input, &mut budget) else { panic!("what was an archive is one again") };
    assert!(second.files <= first.files, "a spent budget shows no more");
});
