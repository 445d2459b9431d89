use proptest::prelude::*;

use super::*;

fn parse(line: &str) -> Result<Command, CommandError> {
    Command::parse(line.as_bytes())
}

#[test]
fn verbs_are_known_in_any_case() {
    assert_eq!(parse("ehlo mail.example.org"), Ok(Command::Ehlo("mail.example.org".into())));
    assert_eq!(parse("Helo [192.0.2.1]"), Ok(Command::Helo("[192.0.2.1]".into())));
    assert_eq!(parse("data"), Ok(Command::Data));
    assert_eq!(parse("DATA "), Ok(Command::Data));
    assert_eq!(parse("NOOP anything"), Ok(Command::Noop));
    assert_eq!(parse("BDAT 86 last"), Ok(Command::Bdat { bytes: 86, last: true }));
    assert_eq!(parse("BDAT 0"), Ok(Command::Bdat { bytes: 0, last: false }));
}

#[test]
fn malformed_lines_get_the_right_reply() {
    for (line, code) in [
        ("", 500),
        ("HELLO x", 500),
        ("EHLO", 501),
        ("EHLO a b", 501),
        ("EHLO m\u{fc}ller", 501),
        ("DATA now", 501),
        ("STARTTLS x", 501),
        ("EXPN staff", 502),
        ("VRFY", 501),
        ("BDAT", 501),
        ("BDAT -1", 501),
        ("BDAT +1", 501),
        ("BDAT 1 LAST x", 501),
        ("BDAT 9999999999999999999", 501),
        ("MAIL", 501),
        ("MAIL TO:<a@b.example>", 501),
        ("MAIL FROM:a@b.example", 501),
        ("MAIL FROM:<a@b.example", 501),
        ("MAIL FROM:<a@b.example>SIZE=1", 501),
        ("MAIL FROM:<a@b.example> SIZE", 501),
        ("MAIL FROM:<a@b.example> SIZE=x", 501),
        ("MAIL FROM:<a@b.example> SIZE=1 size=2", 501),
        ("MAIL FROM:<a@b.example> BODY=BINARYMIME", 501),
        ("MAIL FROM:<a@b.example> REQUIRETLS=1", 501),
        ("MAIL FROM:<a@b.example> HOLDFOR=1", 555),
        ("MAIL FROM:<a@b.example> ENVID=a+0D+0Ab", 501),
        ("RCPT TO:<>", 501),
        ("RCPT TO:<a@b.example> NOTIFY=NEVER,SUCCESS", 501),
        ("RCPT TO:<a@b.example> NOTIFY=DELAY,DELAY", 501),
        ("RCPT TO:<a@b.example> ORCPT=rfc822", 501),
        ("RCPT TO:<a@b.example> ORCPT=rfc822;a+0Ab", 501),
        ("RCPT TO:<a@b.example> SIZE=1", 555),
        ("QUIT\tnow", 500),
        ("NOOP \u{0}", 500),
    ] {
        assert_eq!(parse(line).unwrap_err().reply().code(), code, "{line:?}");
    }
    assert_eq!(Command::parse(b"NOOP \xff"), Err(CommandError::Characters));
}

#[test]
fn mail_with_all_parameters() {
    let line =
        "MAIL FROM:<\"a b\"@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=Q+2B1 REQUIRETLS AUTH=<>";
    let Ok(Command::Mail(path, parameters)) = parse(line) else { panic!("not understood") };
    assert_eq!(path.address().unwrap().as_str(), "\"a b\"@example.org");
    let expected = MailParameters {
        size_bytes: Some(1000),
        body: Body::EightBitMime,
        smtputf8: true,
        require_tls: true,
        ret: Some(Return::Headers),
        envelope_id: Some("Q+1".into()),
        submitter: Some(ReversePath::Null),
    };
    assert_eq!(parameters, expected);
}

#[test]
fn rcpt_with_all_parameters() {
    let line = "RCPT TO:<Jane@Example.org> NOTIFY=SUCCESS,DELAY ORCPT=RFC822;jane+2Bx@example.org";
    let Ok(Command::Rcpt(path, parameters)) = parse(line) else { panic!("not understood") };
    assert_eq!(path.address().unwrap().as_str(), "jane@example.org");
    assert_eq!(parameters.notify, Some(Notify { success: true, failure: false, delay: true }));
    let original = parameters.original_recipient.unwrap();
    assert_eq!(original.decoded().as_deref(), Some("jane+x@example.org"));
    assert_eq!(original.to_wire(), "rfc822;jane+2Bx@example.org");
}

#[test]
fn null_postmaster_and_quotes_keep_their_meaning() {
    assert!(matches!(parse("MAIL FROM:<>"), Ok(Command::Mail(ReversePath::Null, _))));
    assert!(matches!(parse("mail from: <>"), Ok(Command::Mail(ReversePath::Null, _))));
    assert!(matches!(parse("RCPT TO:<postmaster>"), Ok(Command::Rcpt(ForwardPath::Postmaster, _))));
}

#[test]
fn original_recipients_beyond_ascii_are_encoded() {
    let address = TypedAddress::parse("jörg+a@bücher.example").unwrap();
    assert_eq!(OriginalRecipient::of(&address).to_wire(), "utf-8;j\\x{F6}rg\\x{2B}a@xn--bcher-kva.example");
}

#[test]
fn limits_hold_at_their_edges() {
    let envid = |bytes: usize| parse(&format!("MAIL FROM:<> ENVID={}", "e".repeat(bytes)));
    assert!(envid(ENVELOPE_ID_BYTES_MAX).is_ok());
    assert_eq!(envid(ENVELOPE_ID_BYTES_MAX + 1), Err(CommandError::BadParameter));
    let orcpt = |bytes: usize| OriginalRecipient::parse(&format!("rfc822;{}", "o".repeat(bytes - 7)));
    assert!(orcpt(ORIGINAL_RECIPIENT_BYTES_MAX).is_some());
    assert!(orcpt(ORIGINAL_RECIPIENT_BYTES_MAX + 1).is_none());
    let name = |bytes: usize| parse(&format!("EHLO {}", "n".repeat(bytes)));
    assert!(name(CLIENT_NAME_BYTES_MAX).is_ok());
    assert!(name(CLIENT_NAME_BYTES_MAX + 1).is_err());
}

use crate::address::TypedAddress;

proptest! {
    #[test]
    fn parsing_never_panics(line in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Command::parse(&line);
    }

    #[test]
    fn parsing_near_misses_never_panics(line in "(MAIL FROM:|RCPT TO:|BDAT |AUTH )[<>@a\" .=;+:0-9A-Z\\\\ü,]{0,40}") {
        let _ = parse(&line);
    }

    #[test]
    fn notify_round_trips(success: bool, failure: bool, delay: bool) {
        let notify = Notify { success, failure, delay };
        prop_assert_eq!(Notify::parse(&notify.to_wire()), Some(notify));
    }
}
