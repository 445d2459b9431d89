//! The client end of SMTP against any server.
//!
//! The first byte of an input picks what the client wants, the second the size of each read; what follows is what the
//! server sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::address::{Domain, ReversePath, TypedAddress};
use wire::smtp::Transport;
use wire::smtp::client::{ClientSettings, Envelope, EnvelopeRecipient, Event, Session, read_reply};
use wire::smtp::command::{Body, Return};

const CONTENT: &[u8] = b"Subject: Hello\r\n\r\n.one dot\r\n..two\r\nlast line\r\n";
const PASSWORD: &str = "Vn3kWq8Zt1";

fuzz_target!(|input: &[u8]| {
    let _ = read_reply(input);
    let [wishes, piece, server @ ..] = input else { return };
    drive(*wishes, usize::from((*piece).max(1)), server);
});

fn drive(wishes: u8, piece: usize, mut server: &[u8]) {
    let wants = |bit: u8| wishes & bit != 0;
    let transport = if wants(1) { Transport::Tls } else { Transport::Clear };
    let mut session = Session::new(ClientSettings::new(Domain::parse("client.example").unwrap()), transport);
    let (mut starttls, mut authenticate, mut mails) = (wants(2), wants(4), if wants(8) { 2 } else { 1 });
    let envelope = envelope(wishes);
    for _ in 0..(4 * server.len() + 64) {
        let Ok(event) = session.next_event() else { return };
        match event {
            Event::Read => {
                check(&mut session);
                if server.is_empty() {
                    return;
                }
                let (now, later) = server.split_at(piece.min(server.len()));
                session.input_buffer().extend_from_slice(now);
                server = later;
            }
            Event::Ready if std::mem::take(&mut starttls) => {
                let _ = session.start_tls();
            }
            Event::Ready if std::mem::take(&mut authenticate) => {
                let _ = session.authenticate("siegelpost", PASSWORD);
            }
            Event::Ready if mails > 0 => {
                mails -= 1;
                if session.send(&envelope).is_err() {
                    mails = 0;
                }
            }
            Event::Ready => session.quit(),
            Event::StartTls => {
                check(&mut session);
                session.tls_established();
                assert_eq!(session.transport(), Transport::Tls);
            }
            Event::SendContent => {
                for piece in CONTENT.chunks(piece) {
                    session.content(piece).expect("content was asked for");
                }
                session.content_end().expect("content was asked for");
            }
            Event::Sent(verdicts) => assert_eq!(verdicts.len(), envelope.recipients.len(), "a verdict for each"),
            Event::Closed => return,
        }
    }
    panic!("the session makes no progress");
}

/// What is sent is whole lines, and no secret without TLS.
fn check(session: &mut Session) {
    let output = session.output();
    assert!(output.is_empty() || output.ends_with(b"\r\n"), "half a line is sent");
    if session.transport() == Transport::Clear {
        assert!(!output.windows(4).any(|word| word.eq_ignore_ascii_case(b"AUTH")), "authentication without TLS");
    }
    session.clear_output();
}

fn envelope(wishes: u8) -> Envelope {
    let recipient = |text| EnvelopeRecipient::new(TypedAddress::parse(text).unwrap());
    let mut recipients = vec![recipient("anna@example.org"), recipient("bert@example.org")];
    if wishes & 16 != 0 {
        recipients.push(recipient("jürgen@müller.example"));
    }
    Envelope {
        reverse_path: ReversePath::parse("sender@client.example").unwrap(),
        recipients,
        content_bytes: CONTENT.len() as u64,
        body: if wishes & 32 == 0 { Body::SevenBit } else { Body::EightBitMime },
        utf8_header: false,
        require_tls: wishes & 64 != 0,
        ret: (wishes & 128 != 0).then_some(Return::Headers),
        envelope_id: (wishes & 128 != 0).then(|| "QQ314159".to_owned()),
    }
}
