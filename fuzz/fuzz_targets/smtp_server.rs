//! The server end of SMTP against any client and any driver.
//!
//! The first line of an input is the driver: its first byte picks the settings, its second the size of each read, and
//! each further one a decision, over and over. What follows is what the client sends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::address::Domain;
use wire::smtp::Transport;
use wire::smtp::data::LineEndingCheck;
use wire::smtp::reply::{REPLY_LINE_BYTES_MAX, Reply};
use wire::smtp::server::{Authentication, Event, Server, ServerSettings, StartTls};

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (driver, client) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let (settings, piece) = (driver.first().map_or(0, |byte| *byte), driver.get(1).map_or(64, |byte| *byte));
    let decisions = driver.get(2..).unwrap_or_default();
    let whole = Run::new(settings, decisions).drive(client, client.len().max(1));
    let pieces = Run::new(settings, decisions).drive(client, usize::from(piece.max(1)));
    // Bytes behind STARTTLS are an injection only if they came before the handshake, and a driver that has no room for the
    // first piece of content never sees what is wrong with a later one: there the pieces matter.
    if !(whole.piecewise || pieces.piecewise) {
        assert_eq!(whole.events, pieces.events, "what happens depends on how the bytes arrive");
        assert_eq!(whole.replies, pieces.replies, "replies depend on how the bytes arrive");
    }
});

/// Where the transaction is, as the documentation of the events promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Nothing,
    Mail,
    Recipients,
    Content,
}

struct Run<'a> {
    settings: u8,
    decisions: std::iter::Cycle<std::slice::Iter<'a, u8>>,
    place: Place,
    content: LineEndingCheck,
    /// Whether there is no room for the next piece of content.
    full: bool,
    events: Vec<String>,
    replies: Vec<u8>,
    /// Whether something happened that depends on the pieces.
    piecewise: bool,
}

impl<'a> Run<'a> {
    fn new(settings: u8, decisions: &'a [u8]) -> Self {
        let decisions = if decisions.is_empty() { b"a" } else { decisions };
        Self {
            settings,
            decisions: decisions.iter().cycle(),
            place: Place::Nothing,
            content: LineEndingCheck::default(),
            full: false,
            events: Vec::new(),
            replies: Vec::new(),
            piecewise: false,
        }
    }

    fn server(&self) -> Server {
        let mut settings = ServerSettings::new(Domain::parse("mail.example.org").unwrap());
        settings.message_bytes_max = 64 * 1024;
        settings.errors_max = 5;
        settings.messages_max = 3;
        settings.starttls = [StartTls::Off, StartTls::Offered, StartTls::Required][usize::from(self.settings & 3) % 3];
        settings.authentication = [Authentication::Off, Authentication::OverTls, Authentication::OverLoopback]
            [usize::from(self.settings >> 2 & 3) % 3];
        Server::new(settings).unwrap()
    }

    fn drive(mut self, mut client: &[u8], piece: usize) -> Self {
        let transport = if self.settings & 16 == 0 { Transport::Clear } else { Transport::Tls };
        let mut session = self.server().session(transport);
        // A line takes at most three events, and no byte takes more than a line.
        for _ in 0..(8 * client.len() + 64) {
            let decision = match session.next_event() {
                Event::Read => {
                    self.replies.extend_from_slice(session.output());
                    session.clear_output();
                    if client.is_empty() {
                        return self.checked();
                    }
                    let (now, later) = client.split_at(piece.min(client.len()));
                    session.input_buffer().extend_from_slice(now);
                    client = later;
                    continue;
                }
                Event::Write => {
                    self.replies.extend_from_slice(session.output());
                    session.clear_output();
                    continue;
                }
                Event::StartTls => {
                    assert_eq!(session.transport(), Transport::Clear);
                    self.piecewise = true;
                    self.replies.extend_from_slice(session.output());
                    session.clear_output();
                    session.tls_established();
                    continue;
                }
                Event::Content(bytes) => {
                    assert!(self.place == Place::Content && !bytes.is_empty());
                    self.content.check(bytes).expect("content with broken line endings was handed out");
                    if std::mem::take(&mut self.full) {
                        self.piecewise = true;
                        session.fail_content(Reply::fixed(452, (4, 3, 1), "Full"));
                        self.leave();
                    }
                    continue;
                }
                Event::Reset => {
                    assert_ne!(self.place, Place::Nothing, "a reset without a transaction");
                    self.leave();
                    continue;
                }
                Event::Close(reason) => {
                    self.events.push(format!("{reason:?}"));
                    self.replies.extend_from_slice(session.output());
                    return self.checked();
                }
                Event::Authenticate(_) => self.question("authenticate", None),
                Event::Mail(mail) => {
                    assert_eq!(self.place, Place::Nothing);
                    self.question(&format!("mail {}", mail.reverse_path.to_wire()), Some(Place::Mail))
                }
                Event::Recipient(_) => {
                    assert!(matches!(self.place, Place::Mail | Place::Recipients));
                    self.question("recipient", Some(Place::Recipients))
                }
                Event::ContentStart => {
                    assert_eq!(self.place, Place::Recipients);
                    self.question("content", Some(Place::Content))
                }
                Event::ContentEnd => {
                    assert_eq!(self.place, Place::Content);
                    self.content.finish().expect("content ended inside of a line ending");
                    self.question("end", Some(Place::Nothing))
                }
            };
            match decision {
                b'r' => session.answer(Reply::fixed(550, (5, 7, 1), "No")),
                b't' => session.answer(Reply::fixed(451, (4, 3, 0), "Later")),
                b'c' => session.answer(Reply::fixed(421, (4, 3, 2), "Going down")),
                b'x' => session.close(&Reply::fixed(421, (4, 4, 2), "Too slow")),
                b'n' => {}
                _ => session.accept(),
            }
        }
        panic!("the session makes no progress");
    }

    /// Notes a question and draws its decision.
    fn question(&mut self, event: &str, accepted: Option<Place>) -> u8 {
        let decision = self.decisions.next().map_or(b'a', |byte| *byte);
        self.events.push(format!("{event} {}", char::from(decision)));
        if decision == b'x' {
            // The transaction stays until its reset, which comes next.
            return decision;
        }
        let refused = matches!(decision, b'r' | b't' | b'c' | b'n');
        match accepted {
            Some(Place::Nothing) => self.leave(),
            Some(Place::Content) if decision == b'f' => (self.place, self.full) = (Place::Content, true),
            Some(Place::Content) if refused => self.leave(),
            Some(place) if !refused => self.place = place,
            _ => {}
        }
        decision
    }

    fn leave(&mut self) {
        self.place = Place::Nothing;
        self.full = false;
        self.content = LineEndingCheck::default();
    }

    /// Replies are lines of printable ASCII, each ended by CRLF and with a code in front (RFC 5321 section 4.2).
    fn checked(self) -> Self {
        let replies = std::str::from_utf8(&self.replies).expect("replies are text");
        let Some(lines) = replies.strip_suffix("\r\n") else {
            panic!("replies end inside of a line");
        };
        for line in lines.split("\r\n") {
            assert!(line.len() + 2 <= REPLY_LINE_BYTES_MAX && line.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            let code: u16 = line.get(..3).and_then(|code| code.parse().ok()).expect("a reply begins with a code");
            assert!((200..=599).contains(&code));
        }
        self
    }
}
