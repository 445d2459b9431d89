//! `winmail.dat`: Outlook's own wrapping of a mail (MS-OXTNEF), unpacked.
//!
//! Outlook sends it to people whose programs cannot read it, so their attachments seem lost. A TNEF stream is a signature, a key, and then *attributes*:
//! a level byte, a 32-bit id, a 32-bit length, data, a 16-bit checksum (MS-OXTNEF section 2.1.3). Of these we read the attachments' names and
//! data, and the message body, which is text, HTML, or compressed RTF. Checksums are not checked: a wrong one is no reason to hide a file.

mod properties;
mod rtf;

use std::ops::Range;

use crate::limits::{TNEF_ATTACHMENTS_MAX, TNEF_BYTES_MAX};
use properties::{Properties, Property};

const SIGNATURE: u32 = 0x223e_9f78;
const LEVEL_MESSAGE: u8 = 1;
const LEVEL_ATTACHMENT: u8 = 2;
/// `attBody`, `attMsgProps`, `attAttachRendData`, `attAttachTitle`, `attAttachData`, `attAttachment`, `attOemCodepage`.
const BODY: u32 = 0x0002_800c;
const MESSAGE_PROPERTIES: u32 = 0x0006_9003;
const ATTACHMENT_START: u32 = 0x0006_9002;
const ATTACHMENT_TITLE: u32 = 0x0001_8010;
const ATTACHMENT_DATA: u32 = 0x0006_800f;
const ATTACHMENT_PROPERTIES: u32 = 0x0006_9005;
const CODE_PAGE: u32 = 0x0006_9007;

/// A file in a `winmail.dat`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// Its name, not yet cleaned.
    pub name: String,
    /// Its media type, if named.
    pub media_type: Option<String>,
    /// Its Content-ID, if named, without angle brackets.
    pub content_id: Option<String>,
    /// Where its bytes are in the stream.
    pub data: Range<usize>,
}

/// What a `winmail.dat` holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unpacked {
    /// The files, in order.
    pub files: Vec<File>,
    /// Body as plain text.
    pub text: Option<String>,
    /// Body as HTML.
    pub html: Option<String>,
}

struct Reader<'x> {
    bytes: &'x [u8],
    position: usize,
}

impl<'x> Reader<'x> {
    fn take(&mut self, count: usize) -> Option<&'x [u8]> {
        let end = self.position.checked_add(count)?;
        let taken = self.bytes.get(self.position..end)?;
        self.position = end;
        Some(taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }
}

/// Unpacks a TNEF stream; `None` if it is none or too big. A truncated stream gives what is whole.
pub fn unpack(bytes: &[u8]) -> Option<Unpacked> {
    if bytes.len() > TNEF_BYTES_MAX {
        return None;
    }
    let mut reader = Reader { bytes, position: 0 };
    if reader.u32()? != SIGNATURE {
        return None;
    }
    reader.u16()?;
    let mut unpacked = Unpacked::default();
    let mut code_page = 1252;
    while let Some(attribute) = next_attribute(&mut reader) {
        let data = bytes.get(attribute.data.clone()).unwrap_or_default();
        match (attribute.level, attribute.id) {
            (LEVEL_MESSAGE, CODE_PAGE) => code_page = Reader { bytes: data, position: 0 }.u32().unwrap_or(code_page),
            (LEVEL_MESSAGE, BODY) => unpacked.text = Some(ansi(data, code_page)),
            (LEVEL_MESSAGE, MESSAGE_PROPERTIES) => {
                set_body(&mut unpacked, &properties::read(bytes, attribute.data, code_page), bytes, code_page);
            }
            (LEVEL_ATTACHMENT, ATTACHMENT_START) if unpacked.files.len() >= TNEF_ATTACHMENTS_MAX => break,
            (LEVEL_ATTACHMENT, ATTACHMENT_START) => unpacked.files.push(File::default()),
            (LEVEL_ATTACHMENT, id) => {
                let Some(file) = unpacked.files.last_mut() else { continue };
                match id {
                    ATTACHMENT_TITLE if file.name.is_empty() => file.name = ansi(data, code_page),
                    ATTACHMENT_DATA => file.data = attribute.data,
                    ATTACHMENT_PROPERTIES => set_file(file, &properties::read(bytes, attribute.data, code_page)),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Some(unpacked)
}

struct Attribute {
    level: u8,
    id: u32,
    data: Range<usize>,
}

fn next_attribute(reader: &mut Reader<'_>) -> Option<Attribute> {
    let level = reader.u8()?;
    let id = reader.u32()?;
    let length = reader.size()?;
    let start = reader.position;
    reader.take(length)?;
    // The checksum may be missing behind the last attribute of a truncated stream.
    let _ = reader.u16();
    Some(Attribute { level, id, data: start..start + length })
}

fn ansi(bytes: &[u8], code_page: u32) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    crate::charset::decode(bytes, Some(&charset(code_page))).into_owned()
}

/// Windows code page numbers as charset labels.
fn charset(code_page: u32) -> String {
    match code_page {
        65001 => "utf-8".to_owned(),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        20127 | 0 => "windows-1252".to_owned(),
        other => format!("windows-{other}"),
    }
}

/// Tags of message properties (MS-OXPROPS): `PidTagBody`, `PidTagBodyHtml`, `PidTagRtfCompressed`.
const TAG_BODY: u16 = 0x1000;
const TAG_BODY_HTML: u16 = 0x1013;
const TAG_RTF_COMPRESSED: u16 = 0x1009;
/// Tags of attachment properties: `PidTagAttachLongFilename`, `PidTagAttachMimeTag`, `PidTagAttachContentId`, `PidTagAttachDataBinary`.
const TAG_LONG_FILE_NAME: u16 = 0x3707;
const TAG_MEDIA_TYPE: u16 = 0x370e;
const TAG_CONTENT_ID: u16 = 0x3712;
const TAG_DATA: u16 = 0x3701;

fn set_body(unpacked: &mut Unpacked, properties: &Properties, bytes: &[u8], code_page: u32) {
    if let Some(Property::Text(text)) = properties.get(TAG_BODY) {
        unpacked.text = Some(text.clone());
    }
    match properties.get(TAG_BODY_HTML) {
        Some(Property::Text(html)) => unpacked.html = Some(html.clone()),
        Some(Property::Binary(range)) => {
            let html = bytes.get(range.clone()).unwrap_or_default();
            let label = crate::charset::of_html(html).unwrap_or_else(|| charset(code_page));
            unpacked.html = Some(crate::charset::decode(html, Some(&label)).into_owned());
        }
        None => {}
    }
    if unpacked.html.is_some() {
        return;
    }
    if let Some(Property::Binary(range)) = properties.get(TAG_RTF_COMPRESSED) {
        let rtf = rtf::decompress(bytes.get(range.clone()).unwrap_or_default());
        match rtf.map(|rtf| rtf::read(&rtf)) {
            Some(rtf::Body::Html(html)) => unpacked.html = Some(html),
            Some(rtf::Body::Text(text)) if unpacked.text.is_none() => unpacked.text = Some(text),
            _ => {}
        }
    }
}

fn set_file(file: &mut File, properties: &Properties) {
    if let Some(Property::Text(name)) = properties.get(TAG_LONG_FILE_NAME) {
        file.name.clone_from(name);
    }
    if let Some(Property::Text(media_type)) = properties.get(TAG_MEDIA_TYPE) {
        file.media_type = Some(media_type.to_ascii_lowercase());
    }
    if let Some(Property::Text(id)) = properties.get(TAG_CONTENT_ID) {
        file.content_id = Some(id.trim_matches(['<', '>']).to_owned());
    }
    if let (Some(Property::Binary(data)), true) = (properties.get(TAG_DATA), file.data.is_empty()) {
        file.data = data.clone();
    }
}
