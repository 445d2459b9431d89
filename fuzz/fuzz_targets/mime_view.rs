//! A whole mail, shown: body, attachments, inline images, forwarded mails, the ZIP of all, the same for Outlook.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mime::limits::PARTS_MAX;
use mime::view::MessageView;
use mime::{
    calendar,
    export::{self, Received},
};

/// How far forwarded mails are followed.
const NESTED_MAX: usize = 3;

fuzz_target!(|input: &[u8]| {
    show(input, NESTED_MAX);
    calendar::read(&String::from_utf8_lossy(input));
});

fn show(raw: &[u8], nested: usize) {
    let Ok(view) = MessageView::read(raw) else { return };
    view.fragment();
    view.readable_text();
    assert!(!view.subject.contains(['\r', '\n', '\0']));
    assert!(view.attachments.len() <= PARTS_MAX);
    for (index, attachment) in view.attachments.iter().enumerate() {
        assert!(attachment.index == index && !attachment.name.is_empty());
        assert!(!attachment.name.contains(['/', '\\', '\0', '\r', '\n']));
        let bytes = view.attachment_bytes(index).map(|bytes| bytes.len());
        assert_eq!(bytes, Some(attachment.size_bytes), "the size shown is not the size handed out");
        if nested > 0
            && let Some(mail) = view.nested(index)
        {
            show(&mail, nested - 1);
        }
    }
    export::zip(&view, std::io::Cursor::new(Vec::new())).expect("writing into memory works");
    let plan = export::msg(raw, &view, &Received::default()).plan().expect("what came from so little is not too large");
    let mut written = Vec::new();
    plan.write_to(&mut written).expect("every part is as long as it said");
    assert_eq!(written.len() as u64, plan.size());
}
