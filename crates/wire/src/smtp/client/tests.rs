//! The client against servers that are helpful, slow to offer, or hostile.

mod chunks;

use proptest::prelude::*;

use super::*;
use crate::address::{ReversePath, TypedAddress};
use crate::smtp::Transport;
use crate::smtp::command::{Body, Notify, OriginalRecipient, Return};

const CONTENT: &[u8] = b"Subject: a\r\n\r\n.dot\r\n";

fn session(transport: Transport) -> Session {
    Session::new(ClientSettings::new(Domain::parse("gateway.example.org").unwrap()), transport)
}

fn envelope(recipients: &[&str]) -> Envelope {
    Envelope {
        reverse_path: ReversePath::parse("bounce@example.org").unwrap(),
        recipients: recipients.iter().map(|to| EnvelopeRecipient::new(TypedAddress::parse(to).unwrap())).collect(),
        content_bytes: CONTENT.len() as u64,
        body: Body::SevenBit,
        utf8_header: false,
        require_tls: false,
        ret: None,
        envelope_id: None,
    }
}

/// Feeds the session until it wants something else than to read; gives the event and what was written.
fn feed(session: &mut Session, input: &str) -> (Result<Event, SessionError>, String) {
    let mut pieces = input.as_bytes().chunks(5);
    loop {
        let event = session.next_event();
        match (&event, pieces.next()) {
            (Ok(Event::Read), Some(piece)) => session.input_buffer().extend_from_slice(piece),
            (_, rest) => {
                if let Some(rest) = rest {
                    session.input_buffer().extend_from_slice(rest);
                }
                pieces.for_each(|piece| session.input_buffer().extend_from_slice(piece));
                let output = String::from_utf8(session.output().to_vec()).unwrap();
                session.clear_output();
                return (event, output);
            }
        }
    }
}

/// A session past `EHLO`, with these offers.
fn ready(offers: &str) -> Session {
    let mut session = session(Transport::Tls);
    assert_eq!(feed(&mut session, "220 hi\r\n"), (Ok(Event::Read), "EHLO gateway.example.org\r\n".to_owned()));
    assert_eq!(feed(&mut session, &format!("250-mx\r\n{offers}250 HELP\r\n")).0, Ok(Event::Ready));
    session
}

fn verdicts(event: Result<Event, SessionError>) -> Vec<(char, String)> {
    let Ok(Event::Sent(verdicts)) = event else { panic!("not sent: {event:?}") };
    let letter = |verdict: &Verdict| match verdict {
        Verdict::Accepted(_) => 'a',
        Verdict::Retry(_) => 'r',
        Verdict::Permanent(_) => 'p',
    };
    verdicts.iter().map(|verdict| (letter(verdict), verdict.reply().to_string())).collect()
}

fn send_content(session: &mut Session) -> String {
    for piece in CONTENT.chunks(3) {
        session.content(piece).unwrap();
    }
    session.content_end().unwrap();
    feed(session, "").1
}

#[test]
fn each_recipient_gets_a_verdict() {
    let mut session = ready("250-PIPELINING\r\n250-SIZE\r\n");
    session.send(&envelope(&["A@example.net", "b@example.net", "c@example.net"])).unwrap();
    let (event, output) = feed(&mut session, "250 ok\r\n250 ok\r\n550 5.1.1 who?\r\n450 4.2.1 later\r\n354 go\r\n");
    assert_eq!(event, Ok(Event::SendContent));
    let expected = "MAIL FROM:<bounce@example.org> SIZE=20\r\nRCPT TO:<A@example.net>\r\nRCPT TO:<b@example.net>\r\n\
        RCPT TO:<c@example.net>\r\nDATA\r\n";
    assert_eq!(output, expected);
    assert_eq!(send_content(&mut session), "Subject: a\r\n\r\n..dot\r\n.\r\n");
    let outcome = verdicts(feed(&mut session, "250 2.0.0 queued\r\n").0);
    let expected = [('a', "250 2.0.0 queued"), ('p', "550 5.1.1 who?"), ('r', "450 4.2.1 later")];
    assert_eq!(outcome, expected.map(|(letter, text)| (letter, text.to_owned())));
    assert_eq!(feed(&mut session, "").0, Ok(Event::Ready));
    session.quit();
    assert_eq!(feed(&mut session, "221 bye\r\n"), (Ok(Event::Closed), "QUIT\r\n".to_owned()));
}

#[test]
fn without_pipelining_one_command_at_a_time() {
    let mut session = ready("");
    session.send(&envelope(&["a@example.net"])).unwrap();
    assert_eq!(feed(&mut session, "250 ok\r\n").1, "MAIL FROM:<bounce@example.org>\r\nRCPT TO:<a@example.net>\r\n");
    assert_eq!(feed(&mut session, "250 ok\r\n").1, "DATA\r\n");
    assert_eq!(feed(&mut session, "354 go\r\n").0, Ok(Event::SendContent));
    send_content(&mut session);
    assert_eq!(verdicts(feed(&mut session, "554 no\r\n").0), [('p', "554 no".to_owned())]);
}

#[test]
fn a_refused_sender_or_data_decides_for_all() {
    let mut session = ready("250-PIPELINING\r\n");
    session.send(&envelope(&["a@example.net", "b@example.net"])).unwrap();
    let (event, _) = feed(&mut session, "451 4.7.1 grey\r\n503 x\r\n503 x\r\n503 x\r\n");
    assert_eq!(verdicts(event), vec![('r', "451 4.7.1 grey".to_owned()); 2]);

    session.send(&envelope(&["a@example.net"])).unwrap();
    let (event, _) = feed(&mut session, "250 ok\r\n250 ok\r\n452 full\r\n");
    assert_eq!(verdicts(event), [('r', "452 full".to_owned())]);
    // The server may still hold the transaction.
    session.send(&envelope(&["a@example.net"])).unwrap();
    assert!(feed(&mut session, "").1.starts_with("RSET\r\nMAIL FROM"));
}

#[test]
fn when_all_are_refused_nothing_of_the_mail_is_sent() {
    let mut session = ready("250-PIPELINING\r\n");
    session.send(&envelope(&["a@example.net"])).unwrap();
    let _ = feed(&mut session, "250 ok\r\n550 no\r\n354 go\r\n");
    let (event, _) = feed(&mut session, "250 ok\r\n");
    assert_eq!(verdicts(event), [('p', "550 no".to_owned())]);

    let mut session = ready("250-PIPELINING\r\n");
    session.send(&envelope(&["a@example.net"])).unwrap();
    let _ = feed(&mut session, "");
    assert_eq!(feed(&mut session, "250 ok\r\n550 no\r\n354 go\r\n"), (Ok(Event::Read), ".\r\n".to_owned()));
}

#[test]
fn half_a_mail_never_looks_whole() {
    for offers in ["250-PIPELINING\r\n", "250-CHUNKING\r\n250-PIPELINING\r\n"] {
        for (content, error) in [
            (&b"too short"[..], ContentError::WrongSize),
            (b"much too long for the envelope", ContentError::WrongSize),
            (b"bare line feed \n1234", ContentError::Data(DataError::BareLf)),
        ] {
            let mut session = ready(offers);
            session.send(&envelope(&["a@example.net"])).unwrap();
            assert_eq!(feed(&mut session, "250 ok\r\n250 ok\r\n354 go\r\n").0, Ok(Event::SendContent));
            let outcome = session.content(content).and_then(|_| session.content_end());
            assert_eq!(outcome, Err(error));
            assert!(session.output().is_empty());
            assert_eq!(session.next_event(), Err(SessionError::NotReady));
        }
    }
}

#[test]
fn parameters_follow_the_offers() {
    let mut wishes = envelope(&["jörg@Bücher.example"]);
    wishes.body = Body::EightBitMime;
    wishes.require_tls = true;
    wishes.ret = Some(Return::Headers);
    wishes.envelope_id = Some("id+1".to_owned());
    wishes.recipients[0].notify = Some(Notify::NEVER);
    wishes.recipients[0].original = Some(OriginalRecipient::parse("rfc822;a@b.example").unwrap());
    for (offers, error) in [
        ("", EnvelopeError::EightBitNotOffered),
        ("250-8BITMIME\r\n", EnvelopeError::Smtputf8NotOffered),
        ("250-8BITMIME\r\n250-SMTPUTF8\r\n", EnvelopeError::RequireTlsNotOffered),
        ("250-8BITMIME\r\n250-SMTPUTF8\r\n250-REQUIRETLS\r\n250-SIZE 19\r\n", EnvelopeError::TooLarge),
    ] {
        let mut session = ready(offers);
        assert_eq!(session.send(&wishes), Err(error));
        assert_eq!(session.next_event(), Ok(Event::Ready), "nothing was sent");
        assert!(error.as_reply().is_permanent());
    }
    let mut session =
        ready("250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-REQUIRETLS\r\n250-SIZE 20\r\n250-DSN\r\n");
    session.send(&wishes).unwrap();
    let expected = "MAIL FROM:<bounce@example.org> SIZE=20 BODY=8BITMIME SMTPUTF8 REQUIRETLS RET=HDRS ENVID=id+2B1\r\n\
        RCPT TO:<jörg@xn--bcher-kva.example> NOTIFY=NEVER ORCPT=rfc822;a@b.example\r\nDATA\r\n";
    assert_eq!(feed(&mut session, "").1, expected);
    assert_eq!(ready("").send(&envelope(&[])), Err(EnvelopeError::RecipientCount));
    assert_eq!(ready("").send(&envelope(&["a@b.example"; RECIPIENTS_MAX])), Ok(()));
    assert_eq!(ready("").send(&envelope(&["a@b.example"; RECIPIENTS_MAX + 1])), Err(EnvelopeError::RecipientCount));
}

fn clear_session(offers: &str) -> Session {
    let mut session = session(Transport::Clear);
    let _ = feed(&mut session, "220 hi\r\n");
    assert_eq!(feed(&mut session, &format!("250-mx\r\n{offers}250 HELP\r\n")).0, Ok(Event::Ready));
    session
}

#[test]
fn p1_starttls_is_never_skipped() {
    let mut session = clear_session("");
    assert_eq!(session.start_tls(), Err(SessionError::NotOffered));
    let mut session = clear_session("250-STARTTLS\r\n");
    assert_eq!(session.authenticate("u", "p"), Err(SessionError::ClearTransport));
    session.start_tls().unwrap();
    let (event, _) = feed(&mut session, "454 4.7.0 not now\r\n");
    assert!(matches!(event, Err(SessionError::Refused { stage: Stage::StartTls, .. })));
    assert_eq!(session.next_event(), Err(SessionError::NotReady));

    let mut session = clear_session("250-STARTTLS\r\n250-DSN\r\n");
    session.start_tls().unwrap();
    assert_eq!(feed(&mut session, "220 go\r\n"), (Ok(Event::StartTls), "STARTTLS\r\n".to_owned()));
    session.tls_established();
    assert_eq!((session.transport(), session.capabilities()), (Transport::Tls, &Capabilities::default()));
    assert_eq!(
        feed(&mut session, "250-mx\r\n250 AUTH PLAIN\r\n"),
        (Ok(Event::Ready), "EHLO gateway.example.org\r\n".to_owned())
    );
    session.authenticate("jane", "secret").unwrap();
    assert_eq!(feed(&mut session, "235 ok\r\n"), (Ok(Event::Ready), "AUTH PLAIN AGphbmUAc2VjcmV0\r\n".to_owned()));
}

#[test]
fn injected_replies_are_seen() {
    let mut session = clear_session("250-STARTTLS\r\n");
    session.start_tls().unwrap();
    session.input_buffer().extend_from_slice(b"220 go\r\n250 injected\r\n");
    assert_eq!(session.next_event(), Err(SessionError::StartTlsInjection));

    let mut session = ready("");
    session.input_buffer().extend_from_slice(b"250 unasked\r\n");
    assert_eq!(session.send(&envelope(&["a@b.example"])), Err(EnvelopeError::NotReady));
    assert_eq!(session.next_event(), Err(SessionError::UnexpectedReply));
}

#[test]
fn trouble_is_told_by_its_cause() {
    let (event, _) = feed(&mut session(Transport::Clear), "554 go away\r\n");
    assert!(matches!(event, Err(SessionError::Refused { stage: Stage::Greeting, .. })));
    let (event, _) = feed(&mut session(Transport::Clear), "220-a\r\n250 b\r\n");
    assert_eq!(event, Err(SessionError::Reply(ReplyError::MixedCodes)));
    let (event, _) = feed(&mut session(Transport::Clear), &"220-x\r\n".repeat(1000));
    assert_eq!(event, Err(SessionError::Reply(ReplyError::TooLong)));

    let mut session = ready("250-PIPELINING\r\n");
    session.send(&envelope(&["a@example.net", "b@example.net"])).unwrap();
    let (event, _) = feed(&mut session, "250 ok\r\n550 no\r\n421 4.3.2 closing\r\n");
    assert_eq!(verdicts(event), [('p', "550 no".to_owned()), ('r', "421 4.3.2 closing".to_owned())]);
    assert_eq!(session.next_event(), Err(SessionError::NotReady));
}

#[test]
fn debug_output_shows_no_personal_data() {
    let mut session = ready("250-PIPELINING\r\n");
    session.send(&envelope(&["jane@example.net"])).unwrap();
    let shown = format!("{session:?} {:?}", envelope(&["jane@example.net"]));
    assert!(!shown.contains("jane"), "{shown}");
}

#[test]
fn timeouts_follow_the_stage() {
    let timeouts = ClientTimeouts::default();
    let mut session = session(Transport::Tls);
    assert_eq!(session.timeout(), timeouts.greeting);
    let _ = feed(&mut session, "220 hi\r\n");
    assert_eq!(session.timeout(), timeouts.command);
    let _ = feed(&mut session, "250 mx\r\n");
    session.send(&envelope(&["a@example.net"])).unwrap();
    let _ = feed(&mut session, "250 ok\r\n");
    let _ = feed(&mut session, "250 ok\r\n");
    assert_eq!(session.timeout(), timeouts.data);
    let _ = feed(&mut session, "354 go\r\n");
    assert_eq!(session.timeout(), timeouts.content);
    send_content(&mut session);
    assert_eq!(session.timeout(), timeouts.content_end);
}

proptest! {
    #[test]
    fn no_server_makes_it_panic(input in "(220|250|354|421|550|999|[ -]|x|\r\n|250 ok\r\n|354 \r\n|STARTTLS|PIPELINING|CHUNKING){0,40}") {
        let mut session = session(Transport::Clear);
        session.input_buffer().extend_from_slice(format!("220 \r\n{input}").as_bytes());
        for _ in 0..50 {
            match session.next_event() {
                Ok(Event::Ready) if session.send(&envelope(&["a@example.net"])).is_err() => break,
                Ok(Event::StartTls) => session.tls_established(),
                Ok(Event::SendContent) => { let _ = session.content(CONTENT).and_then(|_| session.content_end()); }
                Ok(Event::Write) => session.clear_output(),
                Ok(Event::Ready | Event::Sent(_)) => {}
                Ok(Event::Read | Event::Closed) | Err(_) => break,
            }
        }
    }
}
