//! The dialogue as clients, careless and hostile, would lead it.

use data_encoding::BASE64;
use proptest::prelude::*;

use super::*;
use crate::address::Domain;
use crate::smtp::reply::Reply;

fn settings() -> ServerSettings {
    ServerSettings {
        starttls: StartTls::Offered,
        authentication: Authentication::OverTls,
        message_bytes_max: 64 * 1024,
        ..ServerSettings::new(Domain::parse("mail.example.org").unwrap())
    }
}

/// What a driver saw that accepts everything.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    output: String,
    mails: Vec<Vec<u8>>,
    resets: usize,
    closed: Option<CloseReason>,
}

/// Drives a session over input that comes in pieces, accepting all but recipients that begin with "x".
fn drive(session: &mut Session, input: &[u8], piece: usize) -> Seen {
    let (mut seen, mut spool, mut pieces) = (Seen::default(), Vec::new(), input.chunks(piece));
    loop {
        match session.next_event() {
            Event::Read => match pieces.next() {
                Some(bytes) => session.input_buffer().extend_from_slice(bytes),
                None => break,
            },
            Event::Write => {
                seen.output.push_str(std::str::from_utf8(session.output()).unwrap());
                session.clear_output();
            }
            Event::StartTls => session.tls_established(),
            Event::Authenticate(credentials) if credentials.password.as_str() == "right" => session.accept(),
            Event::Authenticate(_) => session.answer(Reply::fixed(535, (5, 7, 8), "Wrong")),
            Event::Recipient(to) if to.path.address().is_some_and(|to| to.as_str().starts_with('x')) => {
                session.answer(Reply::fixed(550, (5, 1, 1), "No such recipient"));
            }
            Event::Mail(_) | Event::Recipient(_) | Event::ContentStart => session.accept(),
            Event::Content(bytes) => {
                assert!(!bytes.is_empty());
                spool.extend_from_slice(bytes);
            }
            Event::ContentEnd => {
                seen.mails.push(std::mem::take(&mut spool));
                session.accept();
            }
            Event::Reset => {
                spool.clear();
                seen.resets += 1;
            }
            Event::Close(reason) => {
                seen.closed = Some(reason);
                break;
            }
        }
    }
    seen.output.push_str(std::str::from_utf8(session.output()).unwrap());
    session.clear_output();
    seen
}

fn codes(output: &str) -> Vec<&str> {
    output.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect()
}

fn run(transport: Transport, input: &str) -> Seen {
    drive(&mut Server::new(settings()).unwrap().session(transport), input.as_bytes(), input.len().max(1))
}

const ENVELOPE: &str = "EHLO c\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

#[test]
fn pipelined_commands_are_answered_in_one_write() {
    let seen = run(Transport::Clear, &format!("{ENVELOPE}RCPT TO:<x@d.example>\r\nDATA\r\n.\r\nQUIT\r\n"));
    assert_eq!(codes(&seen.output), ["220", "250", "250", "250", "550", "354", "250", "221"]);
    assert_eq!((seen.mails, seen.closed), (vec![Vec::new()], Some(CloseReason::Quit)));
}

#[test]
fn offers_follow_the_transport() {
    let clear = run(Transport::Clear, "EHLO c\r\n").output;
    assert!(clear.contains("250-STARTTLS\r\n") && !clear.contains("AUTH") && !clear.contains("REQUIRETLS"));
    let tls = run(Transport::Tls, "EHLO c\r\n").output;
    assert!(
        !tls.contains("STARTTLS") && tls.contains("250-AUTH PLAIN LOGIN\r\n") && tls.contains("250-REQUIRETLS\r\n")
    );
    assert!(tls.contains("250-SIZE 65536\r\n") && tls.ends_with("250 CHUNKING\r\n"));
    assert!(!run(Transport::Tls, "HELO c\r\n").output.contains("SIZE"));
}

#[test]
fn commands_out_of_sequence_are_refused() {
    for (input, code) in [
        ("MAIL FROM:<a@b.example>\r\n", "503"),
        ("EHLO c\r\nRCPT TO:<a@b.example>\r\n", "503"),
        ("EHLO c\r\nDATA\r\n", "503"),
        ("EHLO c\r\nBDAT 0 LAST\r\n", "503"),
        ("EHLO c\r\nMAIL FROM:<>\r\nMAIL FROM:<>\r\n", "503"),
        ("EHLO c\r\nMAIL FROM:<>\r\nDATA\r\n", "554"),
        ("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 1\r\naDATA\r\n", "503"),
        ("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\nBDAT 1\r\naRCPT TO:<c@d.example>\r\n", "503"),
        ("EHLO c\r\nAUTH PLAIN\r\n", "538"),
        ("HELO c\r\nMAIL FROM:<> SIZE=1\r\n", "555"),
        ("EHLO c\r\nMAIL FROM:<> REQUIRETLS\r\n", "555"),
        ("EHLO c\r\nMAIL FROM:<> SIZE=65537\r\n", "552"),
        ("EHLO c\r\nMAIL FROM:<ü@b.example>\r\n", "553"),
        ("EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<ü@b.example>\r\n", "553"),
        ("EHLO c\nEHLO d\r\n", "250"),
        ("EHLO c\n", "500"),
        ("EHLO c\rx\r\n", "500"),
    ] {
        assert_eq!(codes(&run(Transport::Clear, input).output).last(), Some(&code), "{input:?}");
    }
    let utf8 = "EHLO c\r\nMAIL FROM:<ü@b.example> SMTPUTF8\r\nRCPT TO:<ü@b.example>\r\n";
    assert_eq!(codes(&run(Transport::Clear, utf8).output), ["220", "250", "250", "250"]);
}

#[test]
fn tls_can_be_required() {
    let server = Server::new(ServerSettings { starttls: StartTls::Required, ..settings() }).unwrap();
    let seen = drive(&mut server.session(Transport::Clear), b"EHLO c\r\nMAIL FROM:<>\r\nNOOP\r\n", 100);
    assert_eq!(codes(&seen.output), ["220", "250", "530", "250"]);
    assert_eq!(
        codes(&drive(&mut server.session(Transport::Tls), b"EHLO c\r\nMAIL FROM:<>\r\n", 100).output).last(),
        Some(&"250")
    );
}

#[test]
fn starttls_forgets_everything_and_refuses_injection() {
    let server = Server::new(settings()).unwrap();
    let mut session = server.session(Transport::Clear);
    let seen = drive(&mut session, b"EHLO c\r\nMAIL FROM:<>\r\nSTARTTLS\r\n", 100);
    assert_eq!((session.transport(), session.client_name(), seen.resets), (Transport::Tls, None, 1));
    assert_eq!(codes(&drive(&mut session, b"MAIL FROM:<>\r\n", 100).output), ["503"]);
    assert_eq!(codes(&drive(&mut session, b"EHLO c\r\nSTARTTLS\r\n", 100).output), ["250", "502"]);

    let seen = run(Transport::Clear, "EHLO c\r\nSTARTTLS\r\nRSET\r\n");
    assert_eq!(codes(&seen.output), ["220", "250", "554"]);
    assert_eq!(seen.closed, Some(CloseReason::StartTlsInjection));
}

#[test]
fn authentication_over_tls() {
    let plain = |password: &str| BASE64.encode(format!("\0jane\0{password}").as_bytes());
    let (user, password) = (BASE64.encode(b"jane"), BASE64.encode(b"right"));
    for (input, expected) in [
        (format!("AUTH PLAIN {}\r\n", plain("right")), vec!["235"]),
        (format!("AUTH PLAIN\r\n{}\r\n", plain("right")), vec!["334", "235"]),
        (format!("AUTH PLAIN {}\r\n", plain("wrong")), vec!["535"]),
        (format!("AUTH LOGIN\r\n{user}\r\n{password}\r\n"), vec!["334", "334", "235"]),
        (format!("AUTH LOGIN {user}\r\n{password}\r\n"), vec!["334", "235"]),
        ("AUTH LOGIN\r\n*\r\nNOOP\r\n".to_owned(), vec!["334", "501", "250"]),
        ("AUTH PLAIN =\r\n".to_owned(), vec!["501"]),
        ("AUTH PLAIN\r\n!\r\n".to_owned(), vec!["334", "501"]),
        ("AUTH CRAM-MD5\r\n".to_owned(), vec!["504"]),
        (format!("AUTH PLAIN {0}\r\nAUTH PLAIN {0}\r\n", plain("right")), vec!["235", "503"]),
    ] {
        assert_eq!(codes(&run(Transport::Tls, &format!("EHLO c\r\n{input}")).output)[2..], expected, "{input:?}");
    }
}

#[test]
fn smuggled_commands_are_never_obeyed() {
    for form in ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n\0.\r\n", "\r\n.\r\r\n", "\r.\r\n", "\r\n.\0\r\n"] {
        let smuggled = format!("{form}MAIL FROM:<admin@d.example>\r\nRCPT TO:<v@d.example>\r\nDATA\r\nevil\r\n.\r\n");
        let input = format!("{ENVELOPE}DATA\r\nbody{smuggled}");
        for piece in [1, 2, 3, 7, input.len()] {
            let mut session = Server::new(settings()).unwrap().session(Transport::Clear);
            let seen = drive(&mut session, input.as_bytes(), piece);
            assert_eq!(codes(&seen.output), ["220", "250", "250", "250", "354", "554"], "{form:?} by {piece}");
            assert_eq!((seen.mails.len(), seen.resets, seen.closed), (0, 1, Some(CloseReason::Smuggling)), "{form:?}");
        }
    }
}

#[test]
fn chunks_have_exact_lengths() {
    let seen = run(Transport::Clear, &format!("{ENVELOPE}BDAT 7\r\na\r\n.\r\nbBDAT 0\r\nBDAT 3 LAST\r\nc\r\nQUIT\r\n"));
    assert_eq!(codes(&seen.output), ["220", "250", "250", "250", "250", "250", "250", "221"]);
    assert_eq!(seen.mails, [b"a\r\n.\r\nbc\r\n"]);
    // A chunk that is refused is read to its end all the same, and so are those that were pipelined behind it.
    let seen = run(Transport::Clear, &format!("{ENVELOPE}BDAT 3\r\na\nbBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n"));
    assert_eq!(codes(&seen.output), ["220", "250", "250", "250", "554", "503", "250"]);
    assert_eq!((seen.mails.len(), seen.resets), (0, 1));
}

#[test]
fn the_size_limit_holds_while_streaming() {
    let content = |bytes: usize| "a".repeat(bytes - 2) + "\r\n";
    for (bytes, mails) in [(64 * 1024, 1), (64 * 1024 + 1, 0)] {
        let data = run(Transport::Clear, &format!("{ENVELOPE}DATA\r\n{}.\r\nNOOP\r\n", content(bytes)));
        let code = if mails == 1 { "250" } else { "552" };
        assert_eq!((&codes(&data.output)[5..], data.mails.len()), (&[code, "250"][..], mails));
        let chunk = run(Transport::Clear, &format!("{ENVELOPE}BDAT {bytes} LAST\r\n{}NOOP\r\n", content(bytes)));
        assert_eq!((&codes(&chunk.output)[4..], chunk.mails.len()), (&[code, "250"][..], mails));
    }
    let endless = run(Transport::Clear, &format!("{ENVELOPE}DATA\r\n{}", content(200 * 1024)));
    assert_eq!((endless.closed, endless.resets), (None, 1), "one step is skipped whole before the bound is looked at");
    let mut session = Server::new(settings()).unwrap().session(Transport::Clear);
    let input = format!("{ENVELOPE}DATA\r\n{}", content(200 * 1024));
    assert_eq!(drive(&mut session, input.as_bytes(), 1000).closed, Some(CloseReason::TooMuchContent));
    assert_eq!(run(Transport::Clear, &format!("{ENVELOPE}BDAT 131073\r\n")).closed, Some(CloseReason::TooMuchContent));
}

#[test]
fn limits_hold_at_their_edges() {
    let recipients = |count: usize| format!("EHLO c\r\nMAIL FROM:<>\r\n{}", "RCPT TO:<c@d.example>\r\n".repeat(count));
    assert_eq!(codes(&run(Transport::Clear, &recipients(100)).output).last(), Some(&"250"));
    assert_eq!(codes(&run(Transport::Clear, &recipients(101)).output).last(), Some(&"452"));

    assert_eq!(run(Transport::Clear, &"BAD\r\n".repeat(20)).closed, None);
    let seen = run(Transport::Clear, &"BAD\r\n".repeat(21));
    assert_eq!((codes(&seen.output).last(), seen.closed), (Some(&"421"), Some(CloseReason::TooManyErrors)));

    let line = |bytes: usize| format!("NOOP {}\r\nNOOP\r\n", "x".repeat(bytes - 7));
    for piece in [1, 100, 10_000] {
        let run = |input: String| {
            drive(&mut Server::new(settings()).unwrap().session(Transport::Clear), input.as_bytes(), piece)
        };
        assert_eq!(codes(&run(line(4096)).output), ["220", "250", "250"], "by {piece}");
        assert_eq!(codes(&run(line(4097)).output), ["220", "500", "250"], "by {piece}");
    }
    assert_eq!(codes(&run(Transport::Clear, &"NOOP\r\n".repeat(101)).output).last(), Some(&"450"));
    assert!(run(Transport::Clear, &"x".repeat(200_000)).output.len() < 10_000);

    let mut hostile = settings();
    hostile.recipients_max = 99;
    assert_eq!(Server::new(hostile).unwrap_err(), SettingError { name: "recipients_max", min: 100, max: 10_000 });
}

#[test]
fn p2_what_is_not_decided_is_not_accepted() {
    let mut session = Server::new(settings()).unwrap().session(Transport::Clear);
    session.input_buffer().extend_from_slice(format!("{ENVELOPE}DATA\r\na\r\n.\r\n").as_bytes());
    while !matches!(session.next_event(), Event::Mail(_)) {}
    session.accept();
    assert!(matches!(session.next_event(), Event::Recipient(_)));
    session.accept();
    assert_eq!(session.next_event(), Event::ContentStart);
    session.accept();
    assert_eq!(session.next_event(), Event::Content(b"a\r\n"));
    assert_eq!(session.next_event(), Event::ContentEnd);
    assert_eq!(session.next_event(), Event::Read);
    let output = String::from_utf8(session.output().to_vec()).unwrap();
    assert!(output.ends_with("451 4.3.0 Internal trouble, please try again later\r\n"), "{output}");
}

#[test]
fn content_that_cannot_be_kept_is_refused_at_its_end() {
    let mut session = Server::new(settings()).unwrap().session(Transport::Clear);
    session.input_buffer().extend_from_slice(format!("{ENVELOPE}DATA\r\na\r\n..b\r\n.\r\nNOOP\r\n").as_bytes());
    loop {
        match session.next_event() {
            Event::Content(_) => session.fail_content(Reply::fixed(452, (4, 3, 1), "No room")),
            Event::Read => break,
            Event::ContentEnd | Event::Reset => panic!("the transaction is over"),
            _ => session.accept(),
        }
    }
    let output = String::from_utf8(session.output().to_vec()).unwrap();
    assert!(output.ends_with("452 4.3.1 No room\r\n250 2.0.0 OK\r\n"), "{output}");
}

#[test]
fn the_driver_can_close() {
    let mut session = Server::new(settings()).unwrap().session(Transport::Clear);
    drive(&mut session, ENVELOPE.as_bytes(), 100);
    session.close(&Reply::fixed(421, (4, 4, 2), "Timeout"));
    assert_eq!(session.next_event(), Event::Reset);
    assert_eq!(session.next_event(), Event::Close(CloseReason::ByDriver));
    assert_eq!(session.output(), b"421 4.4.2 Timeout\r\n");
}

proptest! {
    #[test]
    fn pieces_change_nothing(
        script in prop::collection::vec(prop::sample::select(vec![
            "EHLO c\r\n", "MAIL FROM:<a@b.example>\r\n", "RCPT TO:<c@d.example>\r\n", "RCPT TO:<x@d.example>\r\n", "DATA\r\n",
            "..a\r\n", "b\r\n", ".\r\n", "BDAT 5\r\n12345", "BDAT 2 LAST\r\nab", "RSET\r\n", "c\n", "QUIT\r\n", "\0", "AUTH LOGIN\r\n",
        ]), 0..25),
        piece in 1_usize..9,
    ) {
        let input = script.concat();
        let server = Server::new(settings()).unwrap();
        let whole = drive(&mut server.session(Transport::Tls), input.as_bytes(), input.len().max(1));
        prop_assert_eq!(drive(&mut server.session(Transport::Tls), input.as_bytes(), piece), whole);
    }

    #[test]
    fn no_input_makes_it_panic(input in prop::collection::vec(any::<u8>(), 0..300), piece in 1_usize..50) {
        drive(&mut Server::new(settings()).unwrap().session(Transport::Clear), &input, piece);
    }
}
