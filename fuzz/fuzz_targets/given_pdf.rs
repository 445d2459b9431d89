//! PDFs that others made, sent as letters. The input stands for the pages of ours, too.
#![no_main]

use document::given::Given;
use document::letter::{AddressPage, Conformance, LetterForm, LetterPages};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Ok(given) = Given::read(input) else { return };
    let cover = LetterPages { pdf: input.to_vec(), count: given.pages(), conformance: Conformance::Unclaimed };
    if let Ok(made) = given.behind(&cover) {
        assert!(made.pdf.starts_with(input), "what was given is not as it was");
        assert_eq!(made.count, 2 * given.pages());
    }
    let address = AddressPage { form: LetterForm::B, pdf: input.to_vec() };
    if let Ok(made) = given.addressed(&address) {
        assert!(made.pdf.starts_with(input), "what was given is not as it was");
    }
});
