//! Content by `BDAT`: what is written when, and what follows from each thing a server may say.

use super::*;

const BOTH: &str = "250-PIPELINING\r\n250-CHUNKING\r\n";
const CHUNKING: &str = "250-CHUNKING\r\n";
const FULL: usize = CHUNK_BYTES_MAX;

/// Content of so many bytes, with lines that begin with dots and, mostly, without an end of the last line.
fn content(bytes: usize) -> Vec<u8> {
    let mut content: Vec<u8> = b".\r\n..a\r\n.b\r\n\r\n".iter().copied().cycle().take(bytes).collect();
    if content.last() == Some(&b'\r') {
        content.pop();
        content.push(b'.');
    }
    content
}

fn sized(bytes: usize, recipients: &[&str]) -> Envelope {
    Envelope { content_bytes: bytes as u64, ..envelope(recipients) }
}

/// Does what a driver does, with a server that says the next of its words whenever it is waited for. Gives what was written at once each time, and how it
/// ended: [`Event::Read`] if the server has no more words.
fn drive(session: &mut Session, content: &[u8], says: &[&str]) -> (Vec<Vec<u8>>, Result<Event, SessionError>) {
    let (mut rest, mut says, mut writes) = (content, says.iter(), Vec::new());
    loop {
        let event = session.next_event();
        if matches!(event, Ok(Event::Read | Event::Write)) && !session.output().is_empty() {
            writes.push(session.output().to_vec());
            session.clear_output();
        }
        match event {
            Ok(Event::Write) => {}
            Ok(Event::Read) => match says.next() {
                Some(words) => session.input_buffer().extend_from_slice(words.as_bytes()),
                None => return (writes, event),
            },
            Ok(Event::SendContent) if rest.is_empty() => session.content_end().unwrap(),
            Ok(Event::SendContent) => {
                let taken = session.content(&rest[..rest.len().min(50_000)]).unwrap();
                rest = &rest[taken..];
            }
            ended => return (writes, ended),
        }
    }
}

/// The commands of each write, and the content of all chunks: their lengths are taken at their word.
fn heard(writes: &[Vec<u8>]) -> (Vec<String>, Vec<u8>) {
    let mut content = Vec::new();
    let commands = writes.iter().map(|write| {
        let (mut rest, mut commands) = (write.as_slice(), Vec::new());
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8(rest[..end].to_vec()).unwrap().trim_end().to_owned();
            rest = &rest[end + 1..];
            let mut words = line.split(' ');
            match (words.next().unwrap(), words.next()) {
                ("BDAT", Some(bytes)) => {
                    let (chunk, behind) = rest.split_at(bytes.parse().unwrap());
                    content.extend_from_slice(chunk);
                    rest = behind;
                    commands.push(line);
                }
                (verb, _) => commands.push(verb.to_owned()),
            }
        }
        assert!(rest.is_empty(), "half a command was written");
        commands.join(", ")
    });
    (commands.collect(), content)
}

#[test]
fn small_content_goes_with_its_envelope_and_larger_content_in_chunks() {
    let ok = "250 2.0.0 ok\r\n";
    let (two, three) = (ok.repeat(2), ok.repeat(3));
    let last = |bytes: usize| format!("BDAT {bytes} LAST");
    let flight = |bytes: usize| vec![format!("MAIL, RCPT, {}", last(bytes))];
    let full = format!("BDAT {FULL}");
    let in_order = |then: Vec<String>| [vec!["MAIL, RCPT".to_owned()], then].concat();
    let one_by_one = |then: Vec<String>| [vec!["MAIL".to_owned(), "RCPT".to_owned()], then].concat();
    for (offers, bytes, says, expected) in [
        (BOTH, 0, vec![&*three], flight(0)),
        (BOTH, 1, vec![&*three], flight(1)),
        (BOTH, FULL, vec![&*three], flight(FULL)),
        (BOTH, FULL + 1, vec![&*two, ok, ok], in_order(vec![full.clone(), last(1)])),
        (BOTH, 2 * FULL, vec![&*two, ok, ok], in_order(vec![full.clone(), last(FULL)])),
        (BOTH, 2 * FULL + 1, vec![&*two, &*two, ok], in_order(vec![full.clone(), full.clone(), last(1)])),
        (CHUNKING, 0, vec![ok; 3], one_by_one(vec![last(0)])),
        (CHUNKING, FULL, vec![ok; 3], one_by_one(vec![last(FULL)])),
        (CHUNKING, 2 * FULL + 1, vec![ok; 5], one_by_one(vec![full.clone(), full.clone(), last(1)])),
    ] {
        let content = content(bytes);
        let mut session = ready(offers);
        session.send(&sized(bytes, &["a@example.net"])).unwrap();
        let (writes, ended) = drive(&mut session, &content, &says);
        let (commands, arrived) = heard(&writes);
        assert_eq!(commands, expected, "{offers:?} {bytes}");
        assert!(arrived == content, "{offers:?} {bytes}: byte for byte");
        assert_eq!(verdicts(ended), [('a', "250 2.0.0 ok".to_owned())], "{offers:?} {bytes}");
        // Nothing is left over, so the next one needs no RSET.
        session.send(&sized(0, &["a@example.net"])).unwrap();
        let (writes, _) = drive(&mut session, &[], &[]);
        assert!(heard(&writes).0[0].starts_with("MAIL"), "{offers:?} {bytes}");
    }
}

#[test]
fn so_many_chunks_go_ahead_of_their_answers_and_the_last_one_waits() {
    let bytes = (CHUNKS_AHEAD_MAX + 2) * FULL;
    let mut session = ready(BOTH);
    session.send(&sized(bytes, &["a@example.net"])).unwrap();
    let (writes, ended) = drive(&mut session, &content(bytes), &["250 ok\r\n250 ok\r\n"]);
    assert_eq!((writes.len(), ended), (1 + CHUNKS_AHEAD_MAX, Ok(Event::Read)));

    let mut session = ready(BOTH);
    session.send(&sized(bytes, &["a@example.net"])).unwrap();
    let all_but_one = "250 ok\r\n".repeat(CHUNKS_AHEAD_MAX - 1);
    let says = ["250 ok\r\n250 ok\r\n", "250 ok\r\n", &all_but_one];
    let whole = content(bytes);
    let (writes, ended) = drive(&mut session, &whole, &says);
    assert_eq!((writes.len(), ended), (1 + CHUNKS_AHEAD_MAX + 1, Ok(Event::Read)));
    assert!(!heard(&writes).0.join(" ").contains("LAST"), "one chunk is not taken yet");
    let (writes, ended) = drive(&mut session, &whole[bytes - FULL..], &["250 ok\r\n", "250 2.0.0 taken\r\n"]);
    assert_eq!(heard(&writes).0, [format!("BDAT {FULL} LAST")]);
    assert_eq!(verdicts(ended), [('a', "250 2.0.0 taken".to_owned())]);
}

/// What is left of a session after a mail.
#[derive(Debug, PartialEq)]
enum After {
    /// The next mail begins at once.
    Clean,
    /// The server is reset first, with nothing behind it.
    Reset,
    Closed,
}

fn after(session: &mut Session) -> After {
    if session.send(&sized(0, &["next@example.net"])).is_err() {
        return After::Closed;
    }
    let (writes, _) = drive(session, &[], &[]);
    match heard(&writes).0[0].as_str() {
        "RSET" => {
            let (writes, _) = drive(session, &[], &["250 2.0.0 reset\r\n"]);
            assert!(heard(&writes).0[0].starts_with("MAIL"));
            After::Reset
        }
        _ => After::Clean,
    }
}

#[test]
fn each_answer_to_content_has_its_consequence() {
    let two = ["a@example.net", "b@example.net"];
    for (case, says, expected, left) in [
        ("taken by one", "250 x\r\n250 x\r\n550 no b\r\n250 ok\r\n", ["a 250 ok", "p 550 no b"], After::Clean),
        ("refused content", "250 x\r\n250 x\r\n250 x\r\n554 5.6.0 bad\r\n", ["p 554 5.6.0 bad"; 2], After::Reset),
        (
            "in many lines",
            "250 x\r\n250 x\r\n250 x\r\n552-5.3.4 too\r\n552 5.3.4 big\r\n",
            ["p 552 5.3.4 too big"; 2],
            After::Reset,
        ),
        ("not now", "250 x\r\n250 x\r\n250 x\r\n452 4.3.1 full\r\n", ["r 452 4.3.1 full"; 2], After::Reset),
        ("sender refused", "451 4.7.1 grey\r\n503 x\r\n503 x\r\n503 x\r\n", ["r 451 4.7.1 grey"; 2], After::Reset),
        ("nobody there", "250 x\r\n550 no a\r\n450 no b\r\n503 x\r\n", ["p 550 no a", "r 450 no b"], After::Reset),
        (
            "nobody there, other code",
            "250 x\r\n550 no a\r\n550 no b\r\n554 x\r\n",
            ["p 550 no a", "p 550 no b"],
            After::Reset,
        ),
        (
            "nobody there, and taken",
            "250 x\r\n550 no a\r\n550 no b\r\n250 x\r\n",
            ["p 550 no a", "p 550 no b"],
            After::Reset,
        ),
        (
            "nobody there, false offer",
            "250 x\r\n550 no a\r\n550 no b\r\n502 x\r\n",
            ["p 550 no a", "p 550 no b"],
            After::Closed,
        ),
        ("goodbye at MAIL", "421 bye\r\n", ["r 421 bye"; 2], After::Closed),
        ("goodbye at content", "250 x\r\n250 x\r\n550 no b\r\n421 bye\r\n", ["r 421 bye", "p 550 no b"], After::Closed),
    ] {
        let mut session = ready(BOTH);
        session.send(&sized(20, &two)).unwrap();
        let (writes, ended) = drive(&mut session, &content(20), &[says]);
        assert_eq!(heard(&writes).0, ["MAIL, RCPT, RCPT, BDAT 20 LAST"], "{case}");
        let found: Vec<String> =
            verdicts(ended).into_iter().map(|(letter, reply)| format!("{letter} {reply}")).collect();
        assert_eq!(found, expected, "{case}");
        assert_eq!(session.content_was_answered(), !case.ends_with("MAIL"), "{case}");
        assert_eq!(after(&mut session), left, "{case}");
    }
}

#[test]
fn after_a_refused_chunk_no_more_are_sent() {
    let bytes = 20 * FULL;
    let refused = "452 4.3.1 full\r\n";
    let drained = format!("250 x\r\n{refused}{}", "503 x\r\n".repeat(CHUNKS_AHEAD_MAX - 2));
    let partly = format!("250 x\r\n{refused}");
    for (case, offers, says, chunks, expected) in [
        ("the first", CHUNKING, vec!["250 x\r\n", "250 x\r\n", refused], 1, Some('r')),
        ("the second", CHUNKING, vec!["250 x\r\n", "250 x\r\n", "250 x\r\n", "552 big\r\n"], 2, Some('p')),
        ("others on their way", BOTH, vec!["250 x\r\n250 x\r\n", &drained], CHUNKS_AHEAD_MAX, Some('r')),
        ("others not answered yet", BOTH, vec!["250 x\r\n250 x\r\n", &partly], CHUNKS_AHEAD_MAX, None),
        ("goodbye", BOTH, vec!["250 x\r\n250 x\r\n", "421 bye\r\n"], CHUNKS_AHEAD_MAX, Some('r')),
    ] {
        let mut session = ready(offers);
        session.send(&sized(bytes, &["a@example.net"])).unwrap();
        let (writes, ended) = drive(&mut session, &content(bytes), &says);
        let commands = heard(&writes).0.join(", ");
        assert_eq!(commands.matches("BDAT").count(), chunks, "{case}");
        assert!(!commands.contains("LAST"), "{case}: half a mail never looks whole");
        match expected {
            Some(letter) => assert_eq!(verdicts(ended)[0].0, letter, "{case}"),
            None => assert_eq!(ended, Ok(Event::Read), "{case}"),
        }
        let left = if case == "goodbye" { After::Closed } else { After::Reset };
        if expected.is_some() {
            assert_eq!(after(&mut session), left, "{case}");
        }
    }
}

/// Nothing that such a server says can be believed any more: it takes the lines of the content for commands.
#[test]
fn who_offers_chunking_and_does_not_know_it_has_not_taken_the_mail() {
    for code in ["500", "501", "502", "503", "504"] {
        for (offers, bytes) in [(BOTH, 20), (CHUNKING, 20), (BOTH, 3 * FULL), (CHUNKING, 3 * FULL)] {
            let mut session = ready(offers);
            session.send(&sized(bytes, &["a@example.net"])).unwrap();
            let unknown = format!("{code} 5.5.1 what?\r\n250 injected\r\n");
            let says = if bytes == 20 && offers == BOTH {
                vec![format!("250 x\r\n250 x\r\n{unknown}")]
            } else {
                vec!["250 x\r\n".to_owned(), "250 x\r\n".to_owned(), unknown]
            };
            let says: Vec<&str> = says.iter().map(String::as_str).collect();
            let (_, ended) = drive(&mut session, &content(bytes), &says);
            assert_eq!(ended, Err(SessionError::FalseOffer), "{code} {offers:?} {bytes}");
            assert_eq!(session.next_event(), Err(SessionError::NotReady));
        }
    }
    // By DATA it may.
    let mut session = ready(BOTH);
    session.send_by_data();
    session.send(&sized(20, &["a@example.net"])).unwrap();
    let (writes, ended) = drive(&mut session, &content(20), &["250 x\r\n250 x\r\n354 go\r\n", "250 taken\r\n"]);
    assert!(writes[0].ends_with(b"DATA\r\n"));
    assert_eq!(verdicts(ended), [('a', "250 taken".to_owned())]);
}

/// A server that has taken a chunk knows what it refuses.
#[test]
fn who_has_shown_to_know_chunking_is_believed() {
    let mut session = ready(BOTH);
    session.send(&sized(20, &["a@example.net"])).unwrap();
    let _ = verdicts(drive(&mut session, &content(20), &["250 x\r\n250 x\r\n250 taken\r\n"]).1);
    session.send(&sized(20, &["a@example.net"])).unwrap();
    let (_, ended) = drive(&mut session, &content(20), &["250 x\r\n250 x\r\n503 5.5.1 no\r\n"]);
    assert_eq!(verdicts(ended), [('p', "503 5.5.1 no".to_owned())]);
}

#[test]
fn after_a_refused_chunk_the_reset_is_answered_alone() {
    for (answer, error) in [
        ("250 ok\r\n250 ok\r\n", SessionError::UnexpectedReply),
        ("500 what?\r\n", SessionError::Refused { stage: Stage::Other, reply: Reply::new(500, None, "what?") }),
    ] {
        let mut session = ready(BOTH);
        session.send(&sized(20, &["a@example.net"])).unwrap();
        let _ = verdicts(drive(&mut session, &content(20), &["250 x\r\n550 no\r\n554 no\r\n"]).1);
        session.send(&sized(20, &["a@example.net"])).unwrap();
        let (writes, ended) = drive(&mut session, &content(20), &[answer]);
        assert_eq!((heard(&writes).0, ended), (vec!["RSET".to_owned()], Err(error)));
    }
}

#[test]
fn what_is_unasked_or_no_reply_ends_the_session() {
    let envelope = "250 x\r\n250 x\r\n";
    for (says, error) in [
        (["250 x\r\n250 x\r\n250 too early\r\n", ""], SessionError::UnexpectedReply),
        ([envelope, "250 x\r\n250 x\r\n250 too many\r\n"], SessionError::UnexpectedReply),
        ([envelope, "what\r\n"], SessionError::Reply(ReplyError::Malformed)),
        ([envelope, "250-a\r\n550 b\r\n"], SessionError::Reply(ReplyError::MixedCodes)),
    ] {
        let mut session = ready(BOTH);
        session.send(&sized(3 * FULL, &["a@example.net"])).unwrap();
        let (_, ended) = drive(&mut session, &content(3 * FULL), &says);
        assert_eq!(ended, Err(error), "{says:?}");
    }
}

#[test]
fn no_chunk_leaves_before_all_of_it_is_there() {
    let bytes = FULL + 10;
    let mut session = ready(BOTH);
    session.send(&sized(bytes, &["a@example.net"])).unwrap();
    let (writes, _) = drive(&mut session, &content(FULL - 1)[..0], &[]);
    assert_eq!(heard(&writes).0, ["MAIL, RCPT"]);
    session.input_buffer().extend_from_slice(b"250 ok\r\n250 ok\r\n");
    let whole = content(bytes);
    assert_eq!(session.next_event(), Ok(Event::SendContent));
    assert_eq!(session.content(&whole[..FULL - 1]), Ok(FULL - 1));
    assert_eq!(session.next_event(), Ok(Event::SendContent), "nothing is to be written yet");
    assert_eq!(session.content(&whole[FULL - 1..]), Ok(1), "as much as fits");
    assert_eq!(session.content(&whole[FULL..]), Err(ContentError::NotDue), "the chunk has to be written first");
    assert!(session.output().is_empty());
}

#[test]
fn half_a_mail_never_goes_by_chunks_either() {
    for (case, given, error) in [
        ("one byte less", content(FULL + 9), ContentError::WrongSize),
        ("one byte more", content(FULL + 11), ContentError::WrongSize),
        ("half a line ending", [&content(FULL + 9)[..], b"\r"].concat(), ContentError::Data(DataError::BareCr)),
    ] {
        let mut session = ready(CHUNKING);
        session.send(&sized(FULL + 10, &["a@example.net"])).unwrap();
        let (mut rest, mut written) = (&given[..], Vec::new());
        let failed = loop {
            let handed_in = match session.next_event().unwrap() {
                Event::Read => {
                    written.extend_from_slice(session.output());
                    session.clear_output();
                    session.input_buffer().extend_from_slice(b"250 ok\r\n");
                    continue;
                }
                Event::SendContent if rest.is_empty() => session.content_end().map(|()| 0),
                Event::SendContent => session.content(rest),
                event => panic!("{case}: {event:?}"),
            };
            match handed_in {
                Ok(taken) => rest = &rest[taken..],
                Err(error) => break error,
            }
        };
        assert_eq!(failed, error, "{case}");
        assert!(session.output().is_empty(), "{case}");
        assert!(!String::from_utf8(written).unwrap().contains("LAST"), "{case}");
        assert_eq!(session.next_event(), Err(SessionError::NotReady), "{case}");
    }
}

#[test]
fn chunks_and_their_end_have_their_own_time() {
    let timeouts = ClientTimeouts::default();
    let mut session = ready(BOTH);
    session.send(&sized(2 * FULL, &["a@example.net"])).unwrap();
    let whole = content(2 * FULL);
    assert_eq!(session.timeout(), timeouts.command);
    let _ = drive(&mut session, &whole, &["250 ok\r\n250 ok\r\n"]);
    assert_eq!(session.timeout(), timeouts.chunk);
    let _ = drive(&mut session, &whole[FULL..], &["250 ok\r\n"]);
    assert_eq!((session.timeout(), session.replies_read()), (timeouts.content_end, 5));
}
