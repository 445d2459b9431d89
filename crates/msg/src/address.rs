//! How people are named: entry ids and search keys (MS-OXCDATA 2.2.5.1, MS-OXOABK).

/// Who a one-off entry id comes from (MS-OXCDATA 2.2.5.1).
const ONE_OFF: [u8; 16] =
    [0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d, 0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02];
/// Internet mail.
pub(crate) const SMTP: &str = "SMTP";

/// Somebody who writes or is written to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correspondent {
    /// As it is shown; empty if only the address is known.
    pub name: String,
    /// Address; may be empty, where somebody is only named.
    pub address: String,
}

impl Correspondent {
    /// The name, or else the address.
    pub(crate) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.address } else { &self.name }
    }

    /// A one-off entry id: nobody's address book, Unicode, no look-up.
    pub(crate) fn entry_id(&self) -> Vec<u8> {
        let mut id = vec![0; 4];
        id.extend(ONE_OFF);
        // Version 0; then no rich text, Unicode, do not look up.
        id.extend([0, 0, 0x01, 0x90]);
        for text in [self.shown(), SMTP, &self.address] {
            id.extend(text.encode_utf16().filter(|unit| *unit != 0).chain([0]).flat_map(u16::to_le_bytes));
        }
        id
    }

    /// By which equal addresses are found (MS-OXOABK 2.2.3.5).
    pub(crate) fn search_key(&self) -> Vec<u8> {
        let mut key = format!("{SMTP}:{}", self.address).to_uppercase().into_bytes();
        key.retain(|byte| *byte != 0);
        key.push(0);
        key
    }
}
