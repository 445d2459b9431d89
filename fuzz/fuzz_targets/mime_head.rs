//! The header of a mail, as it is read to classify and route.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::limits::{ADDRESSES_MAX, FILE_NAME_BYTES_MAX, REFERENCES_MAX};
use mime::{charset, field, head, name};

fuzz_target!(|input: &[u8]| {
    let head = head::Head::read(input);
    assert!(!head.subject.contains(['\r', '\n', '\0']));
    assert!(head.references.len() <= REFERENCES_MAX);
    assert!(head.from_fields.iter().all(|field| field.len() <= ADDRESSES_MAX));
    for correspondent in head.from_fields.iter().flatten().chain(&head.to).chain(&head.cc).chain(&head.reply_to) {
        assert!(!correspondent.address.contains(['\r', '\n', '\0']));
        assert!(!correspondent.name.as_ref().is_some_and(|name| name.contains(['\r', '\n', '\0'])));
    }
    if let Some(date) = &head.date {
        let _ = date.timestamp();
    }
    let _ = head.author();
    let _ = head.texts("received", 10);
    for declared in head::attachments(input).unwrap_or_default() {
        assert!(declared.name.len() <= FILE_NAME_BYTES_MAX);
    }
    if let Some(content_type) = field::content_type(input) {
        charset::decode(input, content_type.parameter("charset"));
    }
    let cleaned = name::clean(&String::from_utf8_lossy(input));
    assert!(cleaned.len() <= FILE_NAME_BYTES_MAX && !cleaned.contains(['/', '\\', '\0', ':']));
});
