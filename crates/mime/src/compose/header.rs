//! Header fields of outgoing mail: judged first, then folded and encoded (RFC 5322, RFC 2047, RFC 2231).

use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::message_id::MessageId;
use mail_builder::headers::text::Text;

use super::ComposeError;
use crate::field::Correspondent;

/// Bytes of an address or id; longer ones do not fit a line.
const ATOM_BYTES_MAX: usize = 512;
/// Fields that callers cannot add, because this crate writes them or they would change the meaning of the mail.
const OWN_FIELDS: [&str; 14] = [
    "from",
    "sender",
    "reply-to",
    "to",
    "cc",
    "bcc",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "auto-submitted",
    "return-path",
];

/// A header block that is being written.
#[derive(Debug, Default)]
pub(super) struct Header {
    bytes: Vec<u8>,
}

impl Header {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn field(&mut self, name: &str, value: &impl mail_builder::headers::Header) {
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(b": ");
        value.write_header(&mut self.bytes, name.len() + 2);
    }

    /// An address list; nothing if it is empty.
    pub(super) fn addresses(&mut self, name: &'static str, list: &[Correspondent]) -> Result<(), ComposeError> {
        let mut addresses = Vec::with_capacity(list.len());
        for correspondent in list {
            let display = correspondent.name.as_deref();
            if display.is_some_and(has_control) {
                return Err(ComposeError::ControlCharacter(name));
            }
            if !is_address(&correspondent.address) {
                return Err(ComposeError::Address(name));
            }
            addresses.push(Address::new_address(display, correspondent.address.as_str()));
        }
        if !addresses.is_empty() {
            self.field(name, &Address::new_list(addresses));
        }
        Ok(())
    }

    pub(super) fn text(&mut self, name: &'static str, value: &str) -> Result<(), ComposeError> {
        if has_control(value) {
            return Err(ComposeError::ControlCharacter(name));
        }
        self.field(name, &Text::new(value));
        Ok(())
    }

    pub(super) fn extra(&mut self, name: &str, value: &str) -> Result<(), ComposeError> {
        let lower = name.to_ascii_lowercase();
        if !is_token(name) || name.len() > 64 || OWN_FIELDS.contains(&lower.as_str()) || lower.starts_with("content-") {
            return Err(ComposeError::HeaderName);
        }
        if has_control(value) {
            return Err(ComposeError::ControlCharacter("extra field"));
        }
        self.field(name, &Text::new(value));
        Ok(())
    }

    /// Ids in angle brackets; nothing if there are none.
    pub(super) fn ids(&mut self, name: &'static str, ids: &[String]) -> Result<(), ComposeError> {
        if ids.iter().any(|id| !is_id(id)) {
            return Err(ComposeError::Id(name));
        }
        if !ids.is_empty() {
            self.field(name, &MessageId::new_list(ids.iter().map(String::as_str)));
        }
        Ok(())
    }

    pub(super) fn multipart(&mut self, subtype: &str, boundary: &str, root_type: Option<&str>) {
        let mut value = ContentType::new(format!("multipart/{subtype}")).attribute("boundary", boundary);
        if let Some(root_type) = root_type {
            value = value.attribute("type", root_type);
        }
        self.field("Content-Type", &value);
    }

    pub(super) fn text_part(&mut self, subtype: &str) {
        self.field("Content-Type", &ContentType::new(format!("text/{subtype}")).attribute("charset", "utf-8"));
        self.bytes.extend_from_slice(b"Content-Transfer-Encoding: quoted-printable\r\n");
    }

    /// Type, name and disposition of a file.
    pub(super) fn file(&mut self, media_type: &str, name: &str, disposition: &'static str) -> Result<(), ComposeError> {
        let (main, sub) = media_type.split_once('/').ok_or(ComposeError::MediaType)?;
        if !is_token(main) || !is_token(sub) || media_type.len() > ATOM_BYTES_MAX {
            return Err(ComposeError::MediaType);
        }
        if has_control(name) {
            return Err(ComposeError::ControlCharacter("file name"));
        }
        self.field("Content-Type", &ContentType::new(media_type).attribute("name", name));
        self.field("Content-Disposition", &ContentType::new(disposition).attribute("filename", name));
        self.bytes.extend_from_slice(b"Content-Transfer-Encoding: base64\r\n");
        Ok(())
    }
}

/// Line and paragraph separators count as control characters: some programs break lines there.
fn has_control(text: &str) -> bool {
    text.chars().any(|character| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}'))
}

/// RFC 2045 section 5.1.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?=".contains(&byte))
}

/// Fit to stand between angle brackets: one `@`-part behind, no brackets; spaces only in a quoted local part (RFC 5321 section 4.1.2).
fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let is_plain =
        |text: &str| text.chars().all(|character| !character.is_whitespace() && !"<>,;:\"()\\".contains(character));
    // Address literals hold colons (RFC 5321 section 4.1.3).
    let literal = domain.strip_prefix('[').and_then(|domain| domain.strip_suffix(']'));
    let domain_fits = literal.map_or_else(
        || is_plain(domain),
        |literal| literal.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-".contains(&byte)),
    );
    let local_fits = if quoted { !local.contains(['<', '>']) } else { is_plain(local) };
    address.len() <= ATOM_BYTES_MAX
        && !has_control(address)
        && !local.is_empty()
        && !domain.is_empty()
        && domain_fits
        && local_fits
}

/// `left@right` without spaces and brackets (RFC 5322 section 3.6.4); ids of others may lack the `@`.
fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= ATOM_BYTES_MAX
        && id.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>".contains(&byte))
}
