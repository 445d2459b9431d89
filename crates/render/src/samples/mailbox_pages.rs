//! Pages of the mailbox: lists, messages, writing.

use jiff::{SignedDuration, Timestamp};
use model::Language;

use super::{ADDRESS, PageSample, inside, inside_after, moment};
use crate::{
    Flash, Page, Problem, Visitor,
    brand::Brand,
    form::Problems,
    pages::{
        mailbox::{DraftDelete, DraftRow, Drafts, Folder, Mailbox, Row, SentProgress},
        message::{
            Attachment, Body, Caution, Correspondent, Event, Export, FileKind, FrameHeight, Message, MessageDelete,
            Nested, Opened,
        },
        print::{Print, PrintFormatted},
        write::{
            Answering, AttachmentLimits, DraftAttachment, Recipient, RecipientChoice, RecipientGroup,
            RecipientGroupKind, Sent, Write,
        },
    },
};

const ID: &str = "aaaabbbbccccddddeeeeffffgg";
const LONG: &str = "Rückfrage zu Ihrer Leistungsabrechnung vom 3. November 2026 und den nachgereichten Unterlagen der \
                    Gemeinschaftspraxis am Marktplatz: bitte um Bestätigung bis Monatsende, sonst verlängert sich die Frist";
const RIGHT_TO_LEFT: &str = "שלום, התשובה לבקשתך (123) הגיעה";
const HOSTILE: &str = "\"><script>alert('x')</script>&amp;\u{202e}fdp.exe";
const LETTER: &str = "Sehr geehrte Frau Musterfrau,\n\nvielen Dank für Ihre Unterlagen vom 3. November. Wir haben sie geprüft und \
                      übernehmen die Kosten der Behandlung in voller Höhe.\n\nDen Betrag von 1.284,50 € überweisen wir in den \
                      nächsten Tagen auf Ihr Konto. Die Abrechnung finden Sie im Anhang.\n\nHaben Sie Fragen? Antworten Sie \
                      einfach auf diese Nachricht.\n\nMit freundlichen Grüßen\nMax Muster\nLeistungsabteilung";

/// Cleaned HTML that would hide what stands above it.
const FORMATTED: &str = "<style>header,h1,p,bdi{display:none!important}.letter{color:#333333}</style>\
                         <div class=\"letter\"><h2>Ihre Abrechnung</h2>Sehr geehrte Frau Musterfrau,<br>anbei die Abrechnung.</div>";

fn ago(hours: i64) -> Timestamp {
    moment() - SignedDuration::from_hours(hours)
}

fn later(days: i64) -> Timestamp {
    moment() + SignedDuration::from_hours(24 * days)
}

pub(super) fn pages(brand: &Brand, language: Language) -> Vec<PageSample> {
    let page = &inside(brand, language);
    let mut all = lists(page);
    all.extend(Flash::ALL.map(|flash| {
        let page = &inside_after(brand, language, flash);
        let rows = &inbox()[..];
        let html = Mailbox { page, folder: Folder::Inbox, search: "", rows, newer: None, older: None }.html();
        PageSample { name: flash.key(), html }
    }));
    all.extend(messages(page));
    all.extend(writing(page));
    all
}

fn row<'a>(correspondent: &'a str, subject: &'a str, hours_ago: i64, attached: bool, unread: bool) -> Row<'a> {
    Row {
        id: ID.to_owned(),
        correspondent,
        subject,
        at: ago(hours_ago),
        attached,
        unread,
        kept_until: Some(later(540 - hours_ago / 24)),
        progress: None,
    }
}

fn inbox() -> Vec<Row<'static>> {
    vec![
        row("Max Muster", "Ihre Abrechnung ist da", 1, true, true),
        row("Leistungsabteilung", LONG, 20, true, true),
        row(
            "Prof. Dr. med. habil. Hadubrand-Friedrich von Hohenstaufen-Sonnenburg zu Musterstein",
            "Termin",
            49,
            false,
            false,
        ),
        row("Erika Beispiel", RIGHT_TO_LEFT, 120, true, true),
        row("beratung@musterkasse.example", "", 700, false, false),
        row(HOSTILE, HOSTILE, 9_000, false, false),
    ]
}

fn sent() -> Vec<Row<'static>> {
    let with = |row: Row<'static>, progress| Row { progress: Some(progress), ..row };
    vec![
        with(row("Max Muster", "Re: Ihre Abrechnung ist da", 0, true, false), SentProgress::OnItsWay),
        with(row("Kundenservice", "Neue Anschrift", 30, false, false), SentProgress::Delivered),
        with(row("Leistungsabteilung", LONG, 3_000, true, false), SentProgress::Returned),
    ]
}

fn lists(page: &Page<'_>) -> Vec<PageSample> {
    let quiet = &Page { visitor: Visitor::SignedIn { address: ADDRESS, unread: 0 }, ..*page };
    let (inbox, sent) = (inbox(), sent());
    let drafts = [
        DraftRow {
            id: ID.into(),
            recipient: Some("Max Muster"),
            subject: "Re: Ihre Abrechnung ist da",
            saved_at: ago(1),
            attachments: 1,
        },
        DraftRow { id: ID.into(), recipient: None, subject: "", saved_at: ago(90), attachments: 0 },
    ];
    let list = |page, folder, search, rows| Mailbox { page, folder, search, rows, newer: None, older: None }.html();
    let full = Mailbox {
        page,
        folder: Folder::Inbox,
        search: "",
        rows: &inbox,
        newer: Some("/?after=a"),
        older: Some("/?before=b"),
    };
    let found = Mailbox {
        search: "Abrechnung & Co",
        newer: Some("/?q=Abrechnung+%26+Co&after=a"),
        older: Some("/?q=Abrechnung+%26+Co&before=b"),
        ..full
    };
    [
        ("inbox", full.html()),
        ("inbox-empty", list(quiet, Folder::Inbox, "", &[])),
        ("inbox-search", found.html()),
        ("inbox-search-empty", list(page, Folder::Inbox, HOSTILE, &[])),
        ("sent-list", list(page, Folder::Sent, "", &sent)),
        ("sent-list-empty", list(quiet, Folder::Sent, "", &[])),
        ("drafts", Drafts { page, rows: &drafts }.html()),
        ("drafts-empty", Drafts { page, rows: &[] }.html()),
        ("draft-delete", DraftDelete { page, id: ID.into(), subject: "" }.html()),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}

const MAX: Correspondent<'_> = Correspondent { name: "Max Muster", address: "max.muster@musterkasse.example" };
const ADA: Correspondent<'_> = Correspondent { name: "Ada Musterfrau", address: ADDRESS };
const NAMELESS: Correspondent<'_> = Correspondent { name: "", address: "leistung@musterkasse.example" };

fn attachments(count: usize) -> Vec<Attachment<'static>> {
    let shapes = [
        ("Abrechnung November 2026.pdf", FileKind::Pdf, 184_320),
        (
            "Foto vom Schaden an der Hofeinfahrt (Ansicht von der Straße aus, vor der Reparatur).jpeg",
            FileKind::Picture,
            4_200_000,
        ),
        (HOSTILE, FileKind::Program, 12),
        ("", FileKind::Other, 0),
    ];
    let kinds = FileKind::ALL.into_iter().map(|kind| ("Anlage", kind, 1_500));
    let plain = |(name, kind, bytes)| Attachment { number: 0, name, kind, files: None, caution: None, bytes };
    let careful = Caution::ALL.into_iter().map(|caution| {
        let kind = if caution == Caution::Macros { FileKind::Table } else { FileKind::Archive };
        Attachment { files: Some(3), caution: Some(caution), ..plain(("Unterlagen", kind, 20_000)) }
    });
    (0..)
        .zip(shapes.into_iter().chain(kinds).map(plain).chain(careful).cycle())
        .map(|(number, attachment)| Attachment { number, ..attachment })
        .take(count)
        .collect()
}

/// A message as most are.
fn typical<'a>(attachments: &'a [Attachment<'a>]) -> Opened<'a> {
    Opened {
        id: ID.into(),
        folder: Folder::Inbox,
        from: MAX,
        to: &[ADA],
        cc: &[],
        subject: "Ihre Abrechnung ist da",
        at: ago(1),
        kept_until: Some(later(540)),
        progress: None,
        body: Body::Text(LETTER),
        two_views: true,
        unscanned: false,
        blocked_images: 0,
        events: &[],
        nested: &[],
        attachments,
        answerable: true,
    }
}

fn messages(page: &Page<'_>) -> Vec<PageSample> {
    let (two, many) = (attachments(2), attachments(300));
    let typical = typical(&two);
    let framed = Opened {
        body: Body::Frame { url: "/frame/sample", height: FrameHeight::estimate(900, 1) },
        blocked_images: 2,
        ..typical.clone()
    };
    let rich = Opened {
        subject: LONG,
        to: &[ADA, NAMELESS],
        cc: &[NAMELESS, MAX],
        unscanned: true,
        blocked_images: 1,
        events: &[
            Event {
                title: "Beratung",
                starts_at: Some(later(3)),
                ends_at: Some(later(3)),
                place: "Musterallee 1",
                cancelled: false,
            },
            Event { title: HOSTILE, starts_at: None, ends_at: None, place: "", cancelled: true },
        ],
        nested: &[
            Nested {
                from: NAMELESS,
                subject: "Weitergeleitet",
                at: Some(ago(60)),
                html: "Der Text von vorher.<br>Zweite Zeile.",
            },
            Nested { from: MAX, subject: "", at: None, html: "" },
        ],
        attachments: &many,
        ..typical.clone()
    };
    let own = Opened {
        folder: Folder::Sent,
        from: ADA,
        to: &[MAX],
        progress: Some(SentProgress::Delivered),
        answerable: false,
        two_views: false,
        attachments: &[],
        kept_until: None,
        ..typical.clone()
    };
    let rtl = Opened { subject: RIGHT_TO_LEFT, body: Body::Text(RIGHT_TO_LEFT), attachments: &[], ..typical.clone() };
    let complex = Opened { body: Body::TooComplex, attachments: &[], two_views: false, ..typical.clone() };
    let empty = Opened {
        subject: "",
        body: Body::Empty,
        attachments: &[],
        two_views: false,
        from: NAMELESS,
        ..typical.clone()
    };
    let hostile =
        Opened { subject: HOSTILE, from: Correspondent { name: HOSTILE, address: HOSTILE }, ..typical.clone() };
    let show = |opened: &Opened<'_>| Message { page, opened: opened.clone() }.html();
    let print = |opened: &Opened<'_>| Print { page, opened: opened.clone() }.html();
    let formatted = |opened: &Opened<'_>| PrintFormatted { page, opened: opened.clone(), html: FORMATTED }.html();
    let (subject, correspondent, at) = ("Ihre Abrechnung ist da", "Max Muster", ago(1));
    [
        ("message", show(&typical)),
        ("message-formatted", show(&framed)),
        ("message-rich", show(&rich)),
        ("message-sent", show(&own)),
        ("message-right-to-left", show(&rtl)),
        ("message-too-complex", show(&complex)),
        ("message-empty", show(&empty)),
        ("message-hostile", show(&hostile)),
        ("print", print(&typical)),
        ("print-formatted", formatted(&framed)),
        ("print-formatted-rich", formatted(&rich)),
        ("print-formatted-hostile", formatted(&hostile)),
        ("print-rich", print(&rich)),
        ("print-too-complex", print(&complex)),
        ("print-empty", print(&empty)),
        ("export", Export { page, id: ID.into(), subject, bytes: 4_400_000 }.html()),
        ("message-delete", MessageDelete { page, id: ID.into(), subject, correspondent, at }.html()),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}

fn writing(page: &Page<'_>) -> Vec<PageSample> {
    let groups = [
        RecipientGroup {
            kind: RecipientGroupKind::Persons,
            choices: &[RecipientChoice { value: "max.muster@musterkasse.example", label: "Max Muster" }],
        },
        RecipientGroup {
            kind: RecipientGroupKind::Departments,
            choices: &[
                RecipientChoice { value: "leistung", label: "Leistungen und Abrechnung" },
                RecipientChoice { value: "service", label: HOSTILE },
            ],
        },
    ];
    let files = [
        DraftAttachment { id: ID.into(), name: "Rechnung Zahnarzt.pdf", bytes: 240_000, unscanned: false },
        DraftAttachment { id: ID.into(), name: HOSTILE, bytes: 3_100_000, unscanned: true },
    ];
    let limits = AttachmentLimits { count_max: 20, bytes_max: 25_000_000 };
    let new = || Write {
        page,
        draft: None,
        answering: None,
        recipient: Recipient::Chosen { groups: &groups, chosen: "", typed: None },
        subject: "",
        text: "",
        attachments: &[],
        saved_at: None,
        limits,
        problems: Problems::default(),
    };
    let reply = Write {
        draft: Some(ID.into()),
        answering: Some(Answering { id: ID.into(), subject: "Ihre Abrechnung ist da", at: ago(1) }),
        recipient: Recipient::Given { name: "Max Muster", address: "max.muster@musterkasse.example" },
        subject: "Re: Ihre Abrechnung ist da",
        text: "Guten Tag Herr Muster,\n\nvielen Dank. Eine Rechnung fehlt noch, ich hänge sie an.\n\nAda Musterfrau",
        attachments: &files,
        saved_at: Some(ago(0)),
        ..new()
    };
    let nameless = Recipient::Given { name: "", address: "leistung@musterkasse.example" };
    let problems = [
        Problem::RecipientMissing,
        Problem::RecipientUnknown,
        Problem::SubjectTooLong { characters_max: 200 },
        Problem::TextMissing,
        Problem::TextTooLong { characters_max: 100_000 },
        Problem::AttachmentMissing,
        Problem::AttachmentTooLarge { name: HOSTILE.into(), bytes_max: 25_000_000 },
        Problem::AttachmentsTooMany { count_max: 20 },
        Problem::AttachmentIncomplete,
        Problem::AttachmentMalware { name: HOSTILE.into() },
        Problem::AttachmentUnscanned { name: "Rechnung Zahnarzt.pdf".into() },
        Problem::AttachmentTooLargeToScan { name: "Film.mp4".into() },
    ];
    let wrong = Write {
        recipient: Recipient::Chosen { groups: &groups, chosen: "typed", typed: Some("fremd@anderswo.example") },
        subject: HOSTILE,
        text: "</textarea><script>alert(1)</script>",
        problems: Problems(&problems),
        ..new()
    };
    let sent = Sent {
        page,
        id: ID.into(),
        recipient: "Max Muster",
        subject: "Re: Ihre Abrechnung",
        attachments: 1,
        at: moment(),
    };
    [
        ("write", new().html()),
        ("write-reply", reply.html()),
        ("write-reply-nameless", Write { recipient: nameless, ..new() }.html()),
        ("write-wrong", wrong.html()),
        ("sent-confirmation", sent.html()),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}
