//! The client end of SMTP against any server.
//!
//! The first byte of an input picks what the client wants, the second the size of each read and whether the content is large; what follows is what the
//! server sends. Reads of even size end with a line, like the words of a server that waits for its turn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::address::{Domain, ReversePath, TypedAddress};
use wire::smtp::Transport;
use wire::smtp::client::{
    CHUNK_BYTES_MAX, ClientSettings, Envelope, EnvelopeRecipient, Event, Session, SessionError, read_reply,
};
use wire::smtp::command::{Body, Return};

const CONTENT: &[u8] = b"Subject: Hello\r\n\r\n.one dot\r\n..two\r\nlast line\r\n";
/// How often the content is repeated where it is large: more than two chunks.
const REPEATED: usize = 2 * CHUNK_BYTES_MAX / CONTENT.len() + 2;
const PASSWORD: &str = "Vn3kWq8Zt1";

fuzz_target!(|input: &[u8]| {
    let _ = read_reply(input);
    let [wishes, piece, server @ ..] = input else { return };
    let content = CONTENT.repeat(if piece & 128 == 0 { 1 } else { REPEATED });
    drive(*wishes, usize::from(piece & 127).max(1), &content, server);
});

fn drive(wishes: u8, piece: usize, content: &[u8], mut server: &[u8]) {
    let wants = |bit: u8| wishes & bit != 0;
    let transport = if wants(1) { Transport::Tls } else { Transport::Clear };
    let mut session = Session::new(ClientSettings::new(Domain::parse("client.example").unwrap()), transport);
    let (mut starttls, mut authenticate, mut mails) = (wants(2), wants(4), if wants(8) { 2 } else { 1 });
    let envelope = envelope(wishes, content);
    let (mut rest, mut chunks) = (content, Chunks::default());
    for _ in 0..(4 * server.len() + 64 + 8 * content.len() / piece) {
        let event = match session.next_event() {
            Ok(event) => event,
            Err(SessionError::FalseOffer) => {
                assert!(session.capabilities().chunking, "nobody offered it");
                return;
            }
            Err(_) => return,
        };
        if matches!(event, Event::Read | Event::Write | Event::StartTls) {
            check(&mut session, &event, &mut chunks, content);
        }
        match event {
            Event::Write => {}
            Event::Read => {
                if server.is_empty() {
                    return;
                }
                let (now, later) = server.split_at(read_bytes(piece, server));
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
                (rest, chunks) = (content, Chunks::default());
                if session.send(&envelope).is_err() {
                    mails = 0;
                }
            }
            Event::Ready => session.quit(),
            Event::StartTls => {
                session.tls_established();
                assert_eq!(session.transport(), Transport::Tls);
            }
            Event::SendContent if rest.is_empty() => session.content_end().expect("content was asked for"),
            Event::SendContent => {
                // Large content comes in larger pieces.
                let next = &rest[..rest.len().min(piece * content.len().div_ceil(CONTENT.len()))];
                let taken = session.content(next).expect("content was asked for");
                assert!(taken > 0, "content was asked for and not taken");
                rest = &rest[taken..];
            }
            Event::Sent(verdicts) => assert_eq!(verdicts.len(), envelope.recipients.len(), "a verdict for each"),
            Event::Closed => return,
        }
    }
    panic!("the session makes no progress");
}

fn read_bytes(piece: usize, server: &[u8]) -> usize {
    let line = server.iter().position(|byte| *byte == b'\n').filter(|_| piece.is_multiple_of(2));
    piece.min(line.map_or(server.len(), |end| end + 1))
}

/// What was sent of a content by `BDAT`.
#[derive(Default)]
struct Chunks {
    sent: Vec<u8>,
    ended: bool,
}

/// What is sent is whole lines and whole chunks, all of the content before the last chunk ends, and no secret without TLS.
fn check(session: &mut Session, event: &Event, chunks: &mut Chunks, content: &[u8]) {
    let within_data = *event == Event::Write && !session.capabilities().chunking;
    let mut output = session.output();
    if session.transport() == Transport::Clear {
        assert!(!output.windows(5).any(|word| word.eq_ignore_ascii_case(b"AUTH ")), "authentication without TLS");
    }
    while let Some(end) = output.windows(2).position(|pair| pair == b"\r\n") {
        let line = std::str::from_utf8(&output[..end]).unwrap();
        output = &output[end + 2..];
        let Some(arguments) = line.strip_prefix("BDAT ") else { continue };
        assert!(!chunks.ended, "a chunk behind the last one");
        let (bytes, last) = arguments.strip_suffix(" LAST").map_or((arguments, false), |bytes| (bytes, true));
        let (chunk, behind) = output.split_at(bytes.parse().unwrap());
        chunks.sent.extend_from_slice(chunk);
        chunks.ended = last;
        assert!(content.starts_with(&chunks.sent), "other content than was handed in");
        assert_eq!(last, chunks.sent.len() == content.len(), "LAST exactly where all was sent");
        output = behind;
    }
    assert!(output.is_empty() || within_data, "half a line is sent");
    session.clear_output();
}

fn envelope(wishes: u8, content: &[u8]) -> Envelope {
    let recipient = |text| EnvelopeRecipient::new(TypedAddress::parse(text).unwrap());
    let mut recipients = vec![recipient("anna@example.org"), recipient("bert@example.org")];
    if wishes & 16 != 0 {
        recipients.push(recipient("jürgen@müller.example"));
    }
    Envelope {
        reverse_path: ReversePath::parse("sender@client.example").unwrap(),
        recipients,
        content_bytes: content.len() as u64,
        body: if wishes & 32 == 0 { Body::SevenBit } else { Body::EightBitMime },
        utf8_header: false,
        require_tls: wishes & 64 != 0,
        ret: (wishes & 128 != 0).then_some(Return::Headers),
        envelope_id: (wishes & 128 != 0).then(|| "QQ314159".to_owned()),
    }
}
