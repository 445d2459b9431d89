//! Properties and the streams they lie in (MS-OXMSG 2.1, 2.4; MS-OXPROPS for each of them).

use std::borrow::Cow;

use jiff::Timestamp;

use crate::compound::{Source, Storage};

/// Name of the stream that lists an object's properties (MS-OXMSG 2.4).
pub(crate) const PROPERTIES: &str = "__properties_version1.0";
/// Readable and writable (MS-OXMSG 2.4.2).
const FLAGS: u32 = 6;

/// Types (MS-OXCDATA 2.11.1).
const LONG: u16 = 0x0003;
const BOOLEAN: u16 = 0x000b;
const OBJECT: u16 = 0x000d;
const STRING: u16 = 0x001f;
const TIME: u16 = 0x0040;
const BINARY: u16 = 0x0102;

/// Declares property ids, each with its canonical name and its section in MS-OXPROPS (as numbered in 2020: names last, numbers move with the revisions).
macro_rules! tags {
    ($($name:ident = $id:literal, $canonical:literal, $section:literal;)*) => {
        $(
            #[doc = concat!("`", $canonical, "` (MS-OXPROPS ", $section, ")")]
            pub(crate) const $name: u16 = $id;
        )*
    };
}

tags! {
    MESSAGE_CLASS = 0x001a, "PidTagMessageClass", "2.787";
    IMPORTANCE = 0x0017, "PidTagImportance", "2.738";
    PRIORITY = 0x0026, "PidTagPriority", "2.871";
    SENSITIVITY = 0x0036, "PidTagSensitivity", "2.1010";
    SUBJECT = 0x0037, "PidTagSubject", "2.1033";
    CLIENT_SUBMIT_TIME = 0x0039, "PidTagClientSubmitTime", "2.635";
    SENT_REPRESENTING_SEARCH_KEY = 0x003b, "PidTagSentRepresentingSearchKey", "2.1017";
    SUBJECT_PREFIX = 0x003d, "PidTagSubjectPrefix", "2.1034";
    RECEIVED_BY_NAME = 0x0040, "PidTagReceivedByName", "2.890";
    SENT_REPRESENTING_ENTRY_ID = 0x0041, "PidTagSentRepresentingEntryId", "2.1014";
    SENT_REPRESENTING_NAME = 0x0042, "PidTagSentRepresentingName", "2.1016";
    SENT_REPRESENTING_ADDRESS_TYPE = 0x0064, "PidTagSentRepresentingAddressType", "2.1012";
    SENT_REPRESENTING_EMAIL_ADDRESS = 0x0065, "PidTagSentRepresentingEmailAddress", "2.1013";
    CONVERSATION_TOPIC = 0x0070, "PidTagConversationTopic", "2.652";
    RECEIVED_BY_ADDRESS_TYPE = 0x0075, "PidTagReceivedByAddressType", "2.887";
    RECEIVED_BY_EMAIL_ADDRESS = 0x0076, "PidTagReceivedByEmailAddress", "2.888";
    TRANSPORT_MESSAGE_HEADERS = 0x007d, "PidTagTransportMessageHeaders", "2.1050";
    RECIPIENT_TYPE = 0x0c15, "PidTagRecipientType", "2.909";
    SENDER_ENTRY_ID = 0x0c19, "PidTagSenderEntryId", "2.1002";
    SENDER_NAME = 0x0c1a, "PidTagSenderName", "2.1004";
    SENDER_SEARCH_KEY = 0x0c1d, "PidTagSenderSearchKey", "2.1005";
    SENDER_ADDRESS_TYPE = 0x0c1e, "PidTagSenderAddressType", "2.1000";
    SENDER_EMAIL_ADDRESS = 0x0c1f, "PidTagSenderEmailAddress", "2.1001";
    DISPLAY_BCC = 0x0e02, "PidTagDisplayBcc", "2.674";
    DISPLAY_CC = 0x0e03, "PidTagDisplayCc", "2.675";
    DISPLAY_TO = 0x0e04, "PidTagDisplayTo", "2.678";
    MESSAGE_DELIVERY_TIME = 0x0e06, "PidTagMessageDeliveryTime", "2.789";
    MESSAGE_FLAGS = 0x0e07, "PidTagMessageFlags", "2.791";
    RESPONSIBILITY = 0x0e0f, "PidTagResponsibility", "2.931";
    HAS_ATTACHMENTS = 0x0e1b, "PidTagHasAttachments", "2.716";
    NORMALIZED_SUBJECT = 0x0e1d, "PidTagNormalizedSubject", "2.812";
    RTF_IN_SYNC = 0x0e1f, "PidTagRtfInSync", "2.942";
    ATTACH_SIZE = 0x0e20, "PidTagAttachSize", "2.608";
    ATTACH_NUMBER = 0x0e21, "PidTagAttachNumber", "2.603";
    INSTANCE_KEY = 0x0ff6, "PidTagInstanceKey", "2.743";
    RECORD_KEY = 0x0ff9, "PidTagRecordKey", "2.910";
    OBJECT_TYPE = 0x0ffe, "PidTagObjectType", "2.813";
    ENTRY_ID = 0x0fff, "PidTagEntryId", "2.683";
    BODY = 0x1000, "PidTagBody", "2.618";
    HTML = 0x1013, "PidTagHtml", "2.733";
    NATIVE_BODY = 0x1016, "PidTagNativeBody", "2.805";
    INTERNET_MESSAGE_ID = 0x1035, "PidTagInternetMessageId", "2.748";
    INTERNET_REFERENCES = 0x1039, "PidTagInternetReferences", "2.749";
    IN_REPLY_TO_ID = 0x1042, "PidTagInReplyToId", "2.742";
    ICON_INDEX = 0x1080, "PidTagIconIndex", "2.737";
    ROW_ID = 0x3000, "PidTagRowid", "2.939";
    DISPLAY_NAME = 0x3001, "PidTagDisplayName", "2.676";
    ADDRESS_TYPE = 0x3002, "PidTagAddressType", "2.576";
    EMAIL_ADDRESS = 0x3003, "PidTagEmailAddress", "2.681";
    CREATION_TIME = 0x3007, "PidTagCreationTime", "2.654";
    LAST_MODIFICATION_TIME = 0x3008, "PidTagLastModificationTime", "2.764";
    SEARCH_KEY = 0x300b, "PidTagSearchKey", "2.997";
    STORE_SUPPORT_MASK = 0x340d, "PidTagStoreSupportMask", "2.1030";
    ATTACH_DATA = 0x3701, "PidTagAttachDataBinary and PidTagAttachDataObject", "2.589, 2.590";
    ATTACH_EXTENSION = 0x3703, "PidTagAttachExtension", "2.592";
    ATTACH_FILE_NAME = 0x3704, "PidTagAttachFilename", "2.593";
    ATTACH_METHOD = 0x3705, "PidTagAttachMethod", "2.601";
    ATTACH_LONG_FILE_NAME = 0x3707, "PidTagAttachLongFilename", "2.595";
    RENDERING_POSITION = 0x370b, "PidTagRenderingPosition", "2.914";
    ATTACH_MIME_TAG = 0x370e, "PidTagAttachMimeTag", "2.602";
    ATTACH_CONTENT_ID = 0x3712, "PidTagAttachContentId", "2.587";
    ATTACH_FLAGS = 0x3714, "PidTagAttachFlags", "2.594";
    DISPLAY_TYPE = 0x3900, "PidTagDisplayType", "2.679";
    SMTP_ADDRESS = 0x39fe, "PidTagSmtpAddress", "2.1020";
    INTERNET_CODEPAGE = 0x3fde, "PidTagInternetCodepage", "2.746";
    MESSAGE_CODEPAGE = 0x3ffd, "PidTagMessageCodepage", "2.788";
    MESSAGE_EDITOR_FORMAT = 0x5909, "PidTagMessageEditorFormat", "2.790";
    SENDER_SMTP_ADDRESS = 0x5d01, "PidTagSenderSmtpAddress", "2.1006";
    SENT_REPRESENTING_SMTP_ADDRESS = 0x5d02, "PidTagSentRepresentingSmtpAddress", "2.1018";
    RECIPIENT_DISPLAY_NAME = 0x5ff6, "PidTagRecipientDisplayName", "2.899";
    RECIPIENT_ENTRY_ID = 0x5ff7, "PidTagRecipientEntryId", "2.900";
    RECIPIENT_FLAGS = 0x5ffd, "PidTagRecipientFlags", "2.901";
    ATTACHMENT_HIDDEN = 0x7ffe, "PidTagAttachmentHidden", "2.599";
}

/// The properties of one object: rows for its property stream, and streams for what does not fit into a row.
pub(crate) struct Properties<'x> {
    storage: Storage<'x>,
    rows: Vec<(u32, [u8; 8])>,
}

impl<'x> Properties<'x> {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { storage: Storage::new(name), rows: Vec::new() }
    }

    fn row(&mut self, id: u16, kind: u16, value: [u8; 8]) {
        self.rows.push((u32::from(id) << 16 | u32::from(kind), value));
    }

    /// A value in a stream: the row tells its size (MS-OXMSG 2.4.2.2).
    fn in_stream(&mut self, id: u16, kind: u16, size: u32, source: impl Source + 'x) {
        let [a, b, c, d] = size.to_le_bytes();
        self.row(id, kind, [a, b, c, d, 0, 0, 0, 0]);
        self.storage.stream(format!("__substg1.0_{id:04X}{kind:04X}"), source);
    }

    pub(crate) fn long(&mut self, id: u16, value: u32) {
        let [a, b, c, d] = value.to_le_bytes();
        self.row(id, LONG, [a, b, c, d, 0, 0, 0, 0]);
    }

    pub(crate) fn boolean(&mut self, id: u16, value: bool) {
        self.row(id, BOOLEAN, [u8::from(value), 0, 0, 0, 0, 0, 0, 0]);
    }

    /// A time; one that the format cannot say is left out.
    pub(crate) fn time(&mut self, id: u16, at: Timestamp) {
        if let Some(steps) = file_time(at) {
            self.row(id, TIME, steps.to_le_bytes());
        }
    }

    /// Text without NUL, which would end it for some readers.
    pub(crate) fn text(&mut self, id: u16, text: &str) {
        let text = if text.contains('\0') { Cow::Owned(text.replace('\0', "")) } else { Cow::Borrowed(text) };
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        // The size counts a terminator that the stream does not have (MS-OXMSG 2.4.2.2).
        let size = u32::try_from(bytes.len() + 2).unwrap_or(u32::MAX);
        self.in_stream(id, STRING, size, bytes);
    }

    pub(crate) fn binary(&mut self, id: u16, source: impl Source + 'x) {
        let size = u32::try_from(source.size()).unwrap_or(u32::MAX);
        self.in_stream(id, BINARY, size, source);
    }

    /// A message in a storage of its own (MS-OXMSG 2.4.2.2: a size of all ones, and 1 for a message).
    pub(crate) fn message(&mut self, id: u16, mut message: Storage<'x>) {
        self.row(id, OBJECT, [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]);
        message.name = format!("__substg1.0_{id:04X}{OBJECT:04X}");
        self.adopt(message);
    }

    pub(crate) fn adopt(&mut self, storage: Storage<'x>) {
        self.storage.entries.push(crate::compound::Entry::Storage(storage));
    }

    /// The storage, with the property stream: what every object has in front of its rows differs (MS-OXMSG 2.4.1).
    pub(crate) fn finish(mut self, header: &[u8]) -> Storage<'x> {
        self.rows.sort_unstable_by_key(|(tag, _)| *tag);
        let mut stream = header.to_vec();
        for (tag, value) in &self.rows {
            stream.extend(tag.to_le_bytes());
            stream.extend(FLAGS.to_le_bytes());
            stream.extend(value);
        }
        self.storage.stream(PROPERTIES, stream);
        self.storage
    }
}

/// Steps of 100 ns since 1601 (MS-DTYP 2.3.3); `None` before.
pub(crate) fn file_time(at: Timestamp) -> Option<u64> {
    const SECONDS_BEFORE_1970: i128 = 11_644_473_600;
    let steps = at.as_nanosecond() / 100 + SECONDS_BEFORE_1970 * 10_000_000;
    u64::try_from(steps).ok()
}
