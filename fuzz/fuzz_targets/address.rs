//! Addresses, paths, domains, commands and their parameters: what is read can be written and is read again alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::address::{Domain, EmailAddress, ForwardPath, ReversePath, TypedAddress};
use wire::bounce::BounceKey;
use wire::smtp::command::{Command, Notify, OriginalRecipient};
use wire::smtp::reply::EnhancedCode;
use wire::smtp::xtext;

fuzz_target!(|input: &[u8]| {
    let _ = Command::parse(input);
    let Ok(text) = std::str::from_utf8(input) else { return };
    if let Ok(domain) = Domain::parse(text) {
        assert_eq!(Domain::parse(domain.as_str()).as_ref(), Ok(&domain));
        assert!(domain.as_str().is_ascii());
        domain.to_unicode();
    }
    if let Ok(address) = EmailAddress::parse(text) {
        assert_eq!(EmailAddress::parse(address.as_str()).as_ref(), Ok(&address));
        assert!(!address.as_str().contains(['\r', '\n', '\0', '<', '>']) || address.as_str().starts_with('"'));
        assert_eq!(BounceKey::new(&[7; 32]).open(&address), None, "a forged bounce address");
    }
    if let Ok(address) = TypedAddress::parse(text) {
        let wire = address.to_wire();
        assert!(!wire.contains(['\r', '\n', '\0']), "a line could be added");
        let again = TypedAddress::parse(&wire).expect("what is written is read");
        assert_eq!(again.address(), address.address());
        let original = OriginalRecipient::of(&address);
        let again = OriginalRecipient::parse(&original.to_wire());
        assert_eq!(again.as_ref().and_then(OriginalRecipient::decoded), original.decoded());
    }
    if let Ok(path) = ReversePath::parse(text) {
        assert!(!path.to_wire().contains(['\r', '\n', '\0']));
    }
    let _ = ForwardPath::parse(text);
    let _ = OriginalRecipient::parse(text);
    let _ = EnhancedCode::parse(text);
    if let Some(notify) = Notify::parse(text) {
        assert_eq!(Notify::parse(&notify.to_wire()), Some(notify));
    }
    let _ = xtext::decode(text);
    let encoded = xtext::encode(text);
    assert_eq!(xtext::decode(&encoded).as_deref(), Some(text));
});
