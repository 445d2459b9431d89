use proptest::prelude::*;

use super::*;

#[test]
fn j1_addresses_compare_by_lower_case_and_idna() {
    for (typed, normalised) in [
        ("Jane.Doe@Example.ORG", "jane.doe@example.org"),
        ("JÖRG@Bücher.example", "jörg@xn--bcher-kva.example"),
        ("jo\u{308}rg@XN--BCHER-KVA.example", "jörg@xn--bcher-kva.example"),
        ("\"jane.doe\"@example.org", "jane.doe@example.org"),
        ("\"Jane\\ Doe\"@example.org", "\"jane doe\"@example.org"),
        ("\"a@b\"@example.org", "\"a@b\"@example.org"),
        ("ute@[192.0.2.1]", "ute@[192.0.2.1]"),
        ("ute@[IPv6:2001:DB8:0::1]", "ute@[ipv6:2001:db8::1]"),
        ("o'hara+tag=x@a-b.example", "o'hara+tag=x@a-b.example"),
    ] {
        let address = EmailAddress::parse(typed).expect(typed);
        assert_eq!(address.as_str(), normalised);
        assert_eq!(EmailAddress::parse(address.as_str()).unwrap(), address, "normalising twice changes nothing");
    }
}

#[test]
fn refuses_what_is_no_mailbox() {
    for (text, error) in [
        ("", AddressError::MissingAt),
        ("jane", AddressError::MissingAt),
        ("@example.org", AddressError::LocalPart),
        (".jane@example.org", AddressError::LocalPart),
        ("ja..ne@example.org", AddressError::LocalPart),
        ("Jane <jane@example.org>", AddressError::LocalPart),
        ("jane doe@example.org", AddressError::LocalPart),
        ("\"jane@example.org", AddressError::LocalPart),
        ("\"ja\nne\"@example.org", AddressError::LocalPart),
        ("ja\u{202e}ne@example.org", AddressError::LocalPart),
        ("jane@", AddressError::Domain),
        ("jane@example..org", AddressError::Domain),
        ("jane@example.org.", AddressError::Domain),
        ("jane@-example.org", AddressError::Domain),
        ("jane@exa_mple.org", AddressError::Domain),
        ("jane@example.org\r\n", AddressError::Domain),
        ("jane@a@b", AddressError::Domain),
        ("jane@[300.0.0.1]", AddressError::Literal),
        ("jane@[192.0.2.1", AddressError::Literal),
        ("\"jane\"doe@example.org", AddressError::MissingAt),
    ] {
        assert_eq!(EmailAddress::parse(text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn limits_hold_at_their_edges() {
    let local = |bytes: usize| format!("{}@example.org", "a".repeat(bytes));
    assert!(EmailAddress::parse(&local(LOCAL_PART_BYTES_MAX)).is_ok());
    assert_eq!(EmailAddress::parse(&local(LOCAL_PART_BYTES_MAX + 1)), Err(AddressError::TooLong));

    let label = "b".repeat(63);
    let domain = |last: usize| format!("{label}.{label}.{label}.{}", "c".repeat(last));
    assert_eq!(Domain::parse(&domain(63)).unwrap().as_str().len(), DOMAIN_BYTES_MAX);
    assert!(Domain::parse(&"b".repeat(64)).is_err());

    let fits = format!("a@{}", domain(PATH_BYTES_MAX - 2 - 2 - 192));
    assert!(EmailAddress::parse(&fits).is_ok());
    let exceeds = format!("a@{}", domain(PATH_BYTES_MAX - 2 - 2 - 192 + 1));
    assert_eq!(EmailAddress::parse(&exceeds), Err(AddressError::TooLong));
}

#[test]
fn the_wire_form_keeps_the_local_part_as_typed() {
    let typed = TypedAddress::parse("Jane.DOE@Bücher.Example").unwrap();
    assert_eq!(typed.to_wire(), "Jane.DOE@xn--bcher-kva.example");
    assert_eq!(typed.as_typed(), "Jane.DOE@Bücher.Example");
    assert!(!typed.address().needs_smtputf8());
    assert!(EmailAddress::parse("jörg@example.org").unwrap().needs_smtputf8());
}

#[test]
fn null_and_postmaster_are_values_of_their_own() {
    assert_eq!(ReversePath::parse("").unwrap(), ReversePath::Null);
    assert_eq!(ForwardPath::parse("PostMaster").unwrap(), ForwardPath::Postmaster);
    assert!(ForwardPath::parse("").is_err());
    assert!(ReversePath::parse("postmaster").is_err());
    let routed = ForwardPath::parse("@a.example,@b.example:jane@example.org").unwrap();
    assert_eq!(routed.address().unwrap().as_str(), "jane@example.org");
}

#[test]
fn paths_end_at_the_bracket_outside_quotes() {
    assert_eq!(split_path("<\"a>b\"@x.y> SIZE=1"), Ok(("\"a>b\"@x.y", " SIZE=1")));
    assert_eq!(split_path("<\"a\\\">b\"@x.y>"), Ok(("\"a\\\">b\"@x.y", "")));
    assert_eq!(split_path("<a@x.y"), Err(AddressError::Brackets));
    assert_eq!(split_path(&format!("<{}>", "a".repeat(PATH_BYTES_MAX - 1))), Err(AddressError::TooLong));
}

#[test]
fn debug_output_shows_no_personal_data() {
    let typed = TypedAddress::parse("jane@example.org").unwrap();
    let shown = format!("{typed:?} {:?} {:?}", typed.address(), ReversePath::Address(typed.clone()));
    assert!(!shown.contains("jane"), "{shown}");
}

proptest! {
    #[test]
    fn normalising_is_idempotent(text in "\\PC{1,30}@[a-zA-Z0-9äöüß.-]{1,30}") {
        if let Ok(address) = EmailAddress::parse(&text) {
            prop_assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()));
            prop_assert!(!address.as_str().chars().any(char::is_control));
        }
    }

    #[test]
    fn parsing_never_panics(text in any::<String>()) {
        let _ = TypedAddress::parse(&text);
        let _ = split_path(&text);
        let _ = ForwardPath::parse(&text);
    }
}
