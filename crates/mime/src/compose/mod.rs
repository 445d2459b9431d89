//! Writing mail: notices, and replies with attachments.
//!
//! The result is 7-bit safe with CRLF line ends and lines of at most 78 characters, so that it passes every server unchanged and keeps its
//! signature. Text is written as quoted-printable, files as base64; neither can contain `=_`, with which our boundaries begin, so a
//! boundary never occurs in a body. Control characters are refused in everything that becomes a header: there is no way to
//! add a field by a subject or a file name.
//!
//! Attachments may come from readers and are encoded as they are read ([`Outgoing::write_to`]), so that a large reply is never whole in memory.

pub(crate) mod encode;
mod header;

use std::io::{self, Read, Write};

use crate::field::Correspondent;
use header::Header;

/// Why a mail is not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// A control character in a header text.
    #[error("control character in {0}")]
    ControlCharacter(&'static str),
    /// An address that cannot stand in a header.
    #[error("unusable address in {0}")]
    Address(&'static str),
    /// A message id or Content-ID that is not of the form `left@right`.
    #[error("unusable id in {0}")]
    Id(&'static str),
    /// A media type that is not of the form `type/subtype`.
    #[error("unusable media type")]
    MediaType,
    /// A header name that is none, or that this crate writes itself.
    #[error("unusable header name")]
    HeaderName,
    /// No recipient.
    #[error("no recipient")]
    NoRecipient,
    /// Reading an attachment or writing the mail failed.
    #[error("input or output failed: {0}")]
    Io(io::ErrorKind),
}

impl From<io::Error> for ComposeError {
    fn from(error: io::Error) -> Self {
        Self::Io(error.kind())
    }
}

/// The bytes of an attachment.
pub enum Content<'a> {
    /// All at once.
    Bytes(&'a [u8]),
    /// Read while the mail is written.
    Reader(Box<dyn Read + 'a>),
}

impl std::fmt::Debug for Content<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Bytes(_) => "Content::Bytes",
            Self::Reader(_) => "Content::Reader",
        })
    }
}

/// A file to be sent.
#[derive(Debug)]
pub struct File<'a> {
    /// File name; may have any script.
    pub name: &'a str,
    /// Media type; `message/*` and `multipart/*` are sent as `application/octet-stream`, because they must not be base64 (RFC 2046 section 5.2.1).
    pub media_type: &'a str,
    /// Its bytes.
    pub content: Content<'a>,
}

/// An image that the HTML shows by `cid:`.
#[derive(Debug)]
pub struct InlineImage<'a> {
    /// Content-ID without angle brackets, like `logo@example.org`.
    pub content_id: &'a str,
    /// Media type, like `image/png`.
    pub media_type: &'a str,
    /// File name shown where the image is not.
    pub name: &'a str,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// A mail to be written.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// Author.
    pub from: Correspondent,
    /// Who sends for the author.
    pub sender: Option<Correspondent>,
    /// Where answers go.
    pub reply_to: Vec<Correspondent>,
    /// Recipients; at least one.
    pub to: Vec<Correspondent>,
    /// Subject.
    pub subject: &'a str,
    /// When it was written, in the writer's zone.
    pub date: jiff::Zoned,
    /// Its id, see [`message_id`]; without angle brackets.
    pub message_id: String,
    /// Ids of what it answers.
    pub in_reply_to: Vec<String>,
    /// Ids of the thread, oldest first.
    pub references: Vec<String>,
    /// `Auto-Submitted` (RFC 3834 section 5): `auto-generated` for notices.
    pub auto_submitted: Option<&'a str>,
    /// More fields, name and text; names that this crate writes itself are refused.
    pub extra: Vec<(&'a str, &'a str)>,
    /// Body as text.
    pub text: &'a str,
    /// Body as HTML.
    pub html: Option<&'a str>,
    /// Images of the HTML.
    pub inline_images: Vec<InlineImage<'a>>,
    /// Files.
    pub attachments: Vec<File<'a>>,
}

/// An id for `Message-ID` from 16 random bytes: 26 letters and digits, `@`, the domain.
pub fn message_id(random: &[u8; 16], domain: &str) -> String {
    let mut left = data_encoding::BASE32_NOPAD.encode(random);
    left.make_ascii_lowercase();
    format!("{left}@{domain}")
}

impl Outgoing<'_> {
    /// Writes the mail to memory.
    pub fn to_bytes(self) -> Result<Vec<u8>, ComposeError> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes the mail, reading attachments as it goes. What is wrong with a header is found before the first byte.
    pub fn write_to(self, output: &mut impl Write) -> Result<(), ComposeError> {
        let mut top = self.header()?;
        let boundaries = Boundaries::of(&self.message_id);
        let images = self.inline_images.iter().map(image_header).collect::<Result<Vec<_>, _>>()?;
        let files = self.attachments.iter().map(file_header).collect::<Result<Vec<_>, _>>()?;
        let mixed = !files.is_empty();
        if mixed {
            top.multipart("mixed", &boundaries.mixed, None);
            output.write_all(top.as_bytes())?;
            write!(output, "\r\n--{}\r\n", boundaries.mixed)?;
            top = Header::default();
        }
        let images = self.inline_images.iter().zip(images).collect::<Vec<_>>();
        let body = Body { text: self.text, html: self.html, images: &images };
        body.write_to(output, top, &boundaries)?;
        for (file, header) in self.attachments.into_iter().zip(files) {
            write!(output, "\r\n--{}\r\n", boundaries.mixed)?;
            output.write_all(header.as_bytes())?;
            output.write_all(b"\r\n")?;
            match file.content {
                Content::Bytes(mut bytes) => encode::base64(&mut bytes, output)?,
                Content::Reader(mut reader) => encode::base64(&mut reader, output)?,
            }
        }
        if mixed {
            write!(output, "\r\n--{}--\r\n", boundaries.mixed)?;
        }
        Ok(())
    }

    /// The header up to the type of the content.
    fn header(&self) -> Result<Header, ComposeError> {
        if self.to.is_empty() {
            return Err(ComposeError::NoRecipient);
        }
        let mut header = Header::default();
        header.addresses("From", std::slice::from_ref(&self.from))?;
        if let Some(sender) = &self.sender {
            header.addresses("Sender", std::slice::from_ref(sender))?;
        }
        header.addresses("Reply-To", &self.reply_to)?;
        header.addresses("To", &self.to)?;
        header.text("Subject", self.subject)?;
        let date = jiff::fmt::rfc2822::to_string(&self.date).map_err(|_| ComposeError::ControlCharacter("Date"))?;
        header.text("Date", &date)?;
        header.ids("Message-ID", std::slice::from_ref(&self.message_id))?;
        header.ids("In-Reply-To", &self.in_reply_to)?;
        header.ids("References", &self.references)?;
        if let Some(word) = self.auto_submitted {
            header.text("Auto-Submitted", word)?;
        }
        for (name, value) in &self.extra {
            header.extra(name, value)?;
        }
        header.text("MIME-Version", "1.0")?;
        Ok(header)
    }
}

/// Boundaries of one mail; all begin with `=_`.
struct Boundaries {
    mixed: String,
    alternative: String,
    related: String,
}

impl Boundaries {
    fn of(message_id: &str) -> Self {
        let mark: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        Self { mixed: format!("=_m_{mark}"), alternative: format!("=_a_{mark}"), related: format!("=_r_{mark}") }
    }
}

fn image_header(image: &InlineImage<'_>) -> Result<Header, ComposeError> {
    let mut header = Header::default();
    header.file(image.media_type, image.name, "inline")?;
    header.ids("Content-ID", &[image.content_id.to_owned()])?;
    Ok(header)
}

fn file_header(file: &File<'_>) -> Result<Header, ComposeError> {
    let is_composite = file.media_type.starts_with("message/") || file.media_type.starts_with("multipart/");
    let mut header = Header::default();
    header.file(if is_composite { "application/octet-stream" } else { file.media_type }, file.name, "attachment")?;
    Ok(header)
}

/// Text alone, or text and HTML as alternatives, the HTML with its images if it has some.
struct Body<'a> {
    text: &'a str,
    html: Option<&'a str>,
    images: &'a [(&'a InlineImage<'a>, Header)],
}

impl Body<'_> {
    fn write_to(&self, output: &mut impl Write, mut top: Header, boundaries: &Boundaries) -> Result<(), ComposeError> {
        let Some(html) = self.html else {
            return write_text(output, top, "plain", self.text);
        };
        top.multipart("alternative", &boundaries.alternative, None);
        output.write_all(top.as_bytes())?;
        write!(output, "\r\n--{}\r\n", boundaries.alternative)?;
        write_text(output, Header::default(), "plain", self.text)?;
        write!(output, "\r\n--{}\r\n", boundaries.alternative)?;
        if self.images.is_empty() {
            write_text(output, Header::default(), "html", html)?;
        } else {
            self.write_related(output, html, &boundaries.related)?;
        }
        write!(output, "\r\n--{}--\r\n", boundaries.alternative)?;
        Ok(())
    }

    fn write_related(&self, output: &mut impl Write, html: &str, boundary: &str) -> Result<(), ComposeError> {
        let mut related = Header::default();
        related.multipart("related", boundary, Some("text/html"));
        output.write_all(related.as_bytes())?;
        write!(output, "\r\n--{boundary}\r\n")?;
        write_text(output, Header::default(), "html", html)?;
        for (image, header) in self.images {
            write!(output, "\r\n--{boundary}\r\n")?;
            output.write_all(header.as_bytes())?;
            output.write_all(b"\r\n")?;
            encode::base64(&mut { image.bytes }, output)?;
        }
        write!(output, "\r\n--{boundary}--\r\n")?;
        Ok(())
    }
}

fn write_text(output: &mut impl Write, mut header: Header, subtype: &str, text: &str) -> Result<(), ComposeError> {
    header.text_part(subtype);
    output.write_all(header.as_bytes())?;
    output.write_all(b"\r\n")?;
    output.write_all(encode::quoted_printable(text.as_bytes()).as_bytes())?;
    Ok(())
}
