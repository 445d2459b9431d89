//! One message: read, print, save, delete [J9, J12, J13, J14].

use askama::Template;
use jiff::Timestamp;

use crate::{page::Page, pages::mailbox::Folder, pages::mailbox::SentProgress, paths, words::Phrase};

/// A message to read.
#[derive(Debug, Template)]
#[template(path = "message.html")]
pub struct Message<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// What was opened.
    pub opened: Opened<'a>,
}

/// An opened message.
#[derive(Debug, Clone)]
pub struct Opened<'a> {
    /// The shown form of its id, for links.
    pub id: String,
    /// The list it lies in.
    pub folder: Folder,
    /// Who wrote it.
    pub from: Correspondent<'a>,
    /// To whom it was written.
    pub to: &'a [Correspondent<'a>],
    /// Who got a copy.
    pub cc: &'a [Correspondent<'a>],
    /// The subject; may be empty.
    pub subject: &'a str,
    /// When it was sent.
    pub at: Timestamp,
    /// Until when it is kept; `None` where no end is set.
    pub kept_until: Option<Timestamp>,
    /// Sent only: how far it has come.
    pub progress: Option<SentProgress>,
    /// What is shown as its body.
    pub body: Body<'a>,
    /// Whether the message has both a formatted and a plain form, so that the reader can switch.
    pub two_views: bool,
    /// Whether it came in without being scanned for malware though it should have been.
    pub unscanned: bool,
    /// Pictures left out because they would have been fetched from a stranger's server.
    pub blocked_images: usize,
    /// Calendar invitations in it.
    pub events: &'a [Event<'a>],
    /// Messages forwarded inside it.
    pub nested: &'a [Nested<'a>],
    /// Its attachments, in the order of the message.
    pub attachments: &'a [Attachment<'a>],
    /// Whether the reader can answer it.
    pub answerable: bool,
}

impl Opened<'_> {
    /// The query that leads to the view shown, on the message's page and on paper.
    pub(crate) const fn query(&self) -> &'static str {
        if self.two_views && !self.body.is_frame() { "?view=text" } else { "" }
    }
}

/// A person or place at one end of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Correspondent<'a> {
    /// The name shown; may be empty.
    pub name: &'a str,
    /// The e-mail address.
    pub address: &'a str,
}

/// What is shown as the body of a message.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Plain text that the caller turned into HTML: escaped, links marked up, nothing else. It is shown as it is.
    Text(&'a str),
    /// Cleaned HTML in a sandboxed frame of its own origin.
    Frame {
        /// The frame's address.
        url: &'a str,
        /// How high the frame is.
        height: FrameHeight,
    },
    /// The message is built in a way that is too costly to show; it can be saved as a file.
    TooComplex,
    /// There is no text.
    Empty,
}

/// How high the frame of a formatted message is. Without script nobody knows how long the content is, so it is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FrameHeight {
    /// A few lines.
    Short,
    /// A letter of one page.
    Medium,
    /// Two to three pages.
    Long,
    /// More; the frame scrolls.
    Endless,
}

impl Body<'_> {
    const fn is_frame(&self) -> bool {
        matches!(self, Self::Frame { .. })
    }
}

impl FrameHeight {
    /// An estimate from the number of characters and of pictures shown.
    pub const fn estimate(characters: usize, images: usize) -> Self {
        match characters.saturating_add(images.saturating_mul(400)) {
            0..400 => Self::Short,
            400..1_600 => Self::Medium,
            1_600..5_000 => Self::Long,
            _ => Self::Endless,
        }
    }

    const fn class(self) -> &'static str {
        match self {
            Self::Short => "frame-short",
            Self::Medium => "frame-medium",
            Self::Long => "frame-long",
            Self::Endless => "frame-endless",
        }
    }
}

/// A calendar invitation, shown as text.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// What it is about; may be empty.
    pub title: &'a str,
    /// When it begins, if readable.
    pub starts_at: Option<Timestamp>,
    /// When it ends, if readable.
    pub ends_at: Option<Timestamp>,
    /// Where it takes place; may be empty.
    pub place: &'a str,
    /// Whether it calls an earlier invitation off.
    pub cancelled: bool,
}

/// A message forwarded inside another.
#[derive(Debug, Clone, Copy)]
pub struct Nested<'a> {
    /// Who wrote it.
    pub from: Correspondent<'a>,
    /// Its subject; may be empty.
    pub subject: &'a str,
    /// When it was sent, if readable.
    pub at: Option<Timestamp>,
    /// Its plain text as safe HTML, as in [`Body::Text`].
    pub html: &'a str,
}

/// An attached file.
#[derive(Debug, Clone, Copy)]
pub struct Attachment<'a> {
    /// Its number, as in [`paths::attachment`].
    pub number: usize,
    /// The file name, cleaned by the caller; may be empty.
    pub name: &'a str,
    /// What kind of file it is.
    pub kind: FileKind,
    /// For archives: how many files are in it, where that is known.
    pub files: Option<usize>,
    /// Why to be careful with it, if there is a reason.
    pub caution: Option<Caution>,
    /// Its size in bytes.
    pub bytes: u64,
}

impl<'a> Attachment<'a> {
    /// What it is, in words.
    fn what(&self, page: &Page<'a>) -> Phrase<'a> {
        match self.files {
            Some(files) if self.kind == FileKind::Archive => page.say("file-archive-files").with("count", files),
            _ => self.kind.text(page),
        }
    }
}

/// Why a person should be careful with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caution {
    /// By its name a harmless file, by its content a program.
    Disguised,
    /// A program, a script, or a page that can act.
    Program,
    /// An archive that becomes very large or is built strangely.
    Unusual,
    /// An archive with programs in it.
    ProgramsInside,
    /// A document with macros.
    Macros,
    /// An archive that only a password opens.
    Locked,
}

impl Caution {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Disguised, Self::Program, Self::Unusual, Self::ProgramsInside, Self::Macros, Self::Locked];

    fn text<'a>(self, page: &Page<'a>) -> Phrase<'a> {
        page.say(match self {
            Self::Disguised => "careful-disguised",
            Self::Program => "careful-program",
            Self::Unusual => "careful-unusual",
            Self::ProgramsInside => "careful-programs-inside",
            Self::Macros => "careful-macros",
            Self::Locked => "careful-locked",
        })
    }
}

/// What kind of file an attachment is, in words people know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A PDF document.
    Pdf,
    /// A picture.
    Picture,
    /// A text document of an office program.
    Document,
    /// A table of an office program.
    Table,
    /// Slides.
    Slides,
    /// Plain text.
    Text,
    /// An archive.
    Archive,
    /// Sound.
    Sound,
    /// Moving pictures.
    Video,
    /// An appointment.
    Calendar,
    /// A business card.
    Contact,
    /// A whole message.
    Mail,
    /// A program, a script, or a page that can act.
    Program,
    /// Anything else.
    Other,
}

impl FileKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Pdf,
        Self::Picture,
        Self::Document,
        Self::Table,
        Self::Slides,
        Self::Text,
        Self::Archive,
        Self::Sound,
        Self::Video,
        Self::Calendar,
        Self::Contact,
        Self::Mail,
        Self::Program,
        Self::Other,
    ];

    /// The kind in words.
    pub fn text<'a>(self, page: &Page<'a>) -> Phrase<'a> {
        page.say(match self {
            Self::Pdf => "file-pdf",
            Self::Picture => "file-picture",
            Self::Document => "file-document",
            Self::Table => "file-table",
            Self::Slides => "file-slides",
            Self::Text => "file-text",
            Self::Archive => "file-archive",
            Self::Sound => "file-sound",
            Self::Video => "file-video",
            Self::Calendar => "file-calendar",
            Self::Contact => "file-contact",
            Self::Mail => "file-mail",
            Self::Program => "file-program",
            Self::Other => "file-other",
        })
    }

    /// The kind by file name and media type. The name wins, because it decides what opens the file. What programs are called is known elsewhere:
    /// they are of another kind here.
    pub fn of(name: &str, media_type: &str) -> Self {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        match ending.as_str() {
            "pdf" => Self::Pdf,
            "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "tif" | "tiff" | "bmp" | "svg" => Self::Picture,
            "doc" | "docx" | "docm" | "odt" | "rtf" | "pages" => Self::Document,
            "xls" | "xlsx" | "xlsm" | "xlsb" | "ods" | "csv" | "numbers" => Self::Table,
            "ppt" | "pptx" | "pptm" | "odp" | "key" => Self::Slides,
            "txt" | "md" | "log" => Self::Text,
            "zip" | "7z" | "rar" | "gz" | "tar" => Self::Archive,
            "mp3" | "wav" | "m4a" | "ogg" | "opus" | "flac" => Self::Sound,
            "mp4" | "mov" | "avi" | "mkv" | "webm" => Self::Video,
            "ics" => Self::Calendar,
            "vcf" => Self::Contact,
            "eml" | "msg" => Self::Mail,
            _ => Self::of_media_type(media_type),
        }
    }

    fn of_media_type(media_type: &str) -> Self {
        let media_type = media_type.to_ascii_lowercase();
        match media_type.as_str() {
            "application/pdf" => Self::Pdf,
            "text/plain" => Self::Text,
            "text/calendar" => Self::Calendar,
            "text/vcard" => Self::Contact,
            "message/rfc822" => Self::Mail,
            "application/zip" => Self::Archive,
            other if other.starts_with("image/") => Self::Picture,
            other if other.starts_with("audio/") => Self::Sound,
            other if other.starts_with("video/") => Self::Video,
            _ => Self::Other,
        }
    }
}

/// Saves a message as a file, says who is responsible for the copy, and offers to delete the message afterwards.
#[derive(Debug, Template)]
#[template(path = "export.html")]
pub struct Export<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The shown form of the message's id.
    pub id: String,
    /// Its subject; may be empty.
    pub subject: &'a str,
    /// The size of the file, in bytes.
    pub bytes: u64,
}

/// Asks before a message is deleted. `POST` to [`paths::message_delete`].
#[derive(Debug, Template)]
#[template(path = "message_delete.html")]
pub struct MessageDelete<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The shown form of the message's id.
    pub id: String,
    /// Its subject; may be empty.
    pub subject: &'a str,
    /// The other person: a name or an address.
    pub correspondent: &'a str,
    /// When it was sent.
    pub at: Timestamp,
}

super::pages! { Message Export MessageDelete }
