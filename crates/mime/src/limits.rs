//! Every limit of this crate in one place.
//!
//! Whoever sends a mail chooses its shape, so each dimension that costs time or memory has a number here. Beyond a limit of
//! structure the mail is [`crate::TooComplex`]: it is kept and can be exported, but is not shown. Beyond a limit of
//! display, what is too much is left out of the view only.

/// Entities (leaf parts, multiparts, nested messages) in one mail.
pub const PARTS_MAX: usize = 1_000;
/// Nesting of multiparts and messages in one mail.
pub const PART_DEPTH_MAX: usize = 50;
/// Bytes of one header block (of the mail or of a part).
pub const HEADER_BYTES_MAX: usize = 256 * 1024;
/// Fields in one header block.
pub const HEADER_FIELDS_MAX: usize = 1_000;
/// Bytes of one header field that is decoded; the rest of a longer field is ignored.
pub const FIELD_BYTES_MAX: usize = 64 * 1024;
/// Addresses read from one header field.
pub const ADDRESSES_MAX: usize = 1_000;
/// Message ids read from `References`; the newest (last) ones are kept.
pub const REFERENCES_MAX: usize = 100;
/// Bytes of a boundary that is recognised; RFC 2046 section 5.1.1 allows 70.
pub const BOUNDARY_BYTES_MAX: usize = 256;
/// Bytes of a cleaned file name, extension included.
pub const FILE_NAME_BYTES_MAX: usize = 120;
/// Bytes of text or of HTML that a view shows; more is cut at a character.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes at the start of a part that are read to recognise its type.
pub const SNIFF_BYTES_MAX: usize = 512;
/// Calendar invitations read from one mail.
pub const INVITATIONS_MAX: usize = 20;
/// Bytes of one calendar part that are read.
pub const CALENDAR_BYTES_MAX: usize = 256 * 1024;
/// Attachments unpacked from one `winmail.dat`.
pub const TNEF_ATTACHMENTS_MAX: usize = 500;
/// Bytes of one `winmail.dat` that is unpacked.
pub const TNEF_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of an attached archive that is looked into; of a larger one only the name is looked at.
pub const ARCHIVE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Entries that are looked at in the archives of one mail, those within archives included.
pub const ARCHIVE_ENTRIES_MAX: usize = 10_000;
/// Archives within archives that are looked into, the outermost counted.
pub const ARCHIVE_DEPTH_MAX: usize = 3;
/// Bytes that are unpacked of one mail, in memory and one archive at a time, to look into archives within archives.
pub const ARCHIVE_INFLATED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Bytes that an archive may become when unpacked before that is called unusual.
pub const ARCHIVE_UNPACKED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// How many times its own size an archive may become before that is called unusual, where it becomes more than [`ARCHIVE_RATIO_FROM_BYTES`].
pub const ARCHIVE_RATIO_MAX: u64 = 100;
/// Bytes up to which nobody minds how an archive grows.
pub const ARCHIVE_RATIO_FROM_BYTES: u64 = 32 * 1024 * 1024;
/// Bytes of decompressed RTF.
pub const RTF_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Nesting of groups in RTF.
pub const RTF_DEPTH_MAX: usize = 256;

/// Elements open at once in HTML that is handed to a tree builder, whose cost grows with the square of the depth.
pub const HTML_DEPTH_MAX: usize = 128;
/// Attributes of one HTML element that are looked at.
pub const HTML_ATTRIBUTES_MAX: usize = 64;
/// Bytes of one HTML attribute, images apart; a longer one is left out.
pub const HTML_ATTRIBUTE_BYTES_MAX: usize = 32 * 1024;
/// Bytes of text after which a place to break the line is put before the next `&`: writing HTML costs time quadratic in the length of
/// a text with many of them.
pub const HTML_RUN_BYTES_MAX: usize = 8 * 1024;
/// Start tags in one HTML body; what follows is kept as text only.
pub const HTML_ELEMENTS_MAX: usize = 50_000;
/// Bytes of all `<style>` elements of one HTML body together.
pub const CSS_BYTES_MAX: usize = 256 * 1024;
/// Bytes of one inline image (`cid:` or `data:`) that is shown in the body.
pub const INLINE_IMAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes of all inline images of one body together.
pub const INLINE_IMAGES_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Bytes that are decoded to find the images of one body, those that are not shown included: what one tag names costs its decoding, and many tags may name the
/// same large part.
pub const INLINE_DECODED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Levels of quoting (`>`) that plain text shows; deeper ones are drawn at this level.
pub const QUOTE_DEPTH_MAX: usize = 10;

/// Bytes of a line of an outgoing mail without CRLF (RFC 5322 section 2.1.1).
pub const LINE_BYTES_MAX: usize = 998;
