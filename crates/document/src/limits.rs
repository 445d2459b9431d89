//! Every limit of this crate in one place.
//!
//! Whoever sends a mail chooses its shape. What is too much of a mail for pages laid out as the writer meant is set more plainly ([`crate::Form`]), never left out without a word.
//! What is too much of a letter or of a given PDF is refused.

/// Blocks (paragraphs, images, rules, boxes) of one mail that are laid out.
pub const BLOCKS_MAX: usize = 20_000;
/// Differently styled pieces of text of one mail that are laid out.
pub const RUNS_MAX: usize = 20_000;
/// Table cells of one mail that are laid out: a typesetter needs more than linear time for them.
pub const CELLS_MAX: usize = 4_000;
/// Columns of one table.
pub const COLUMNS_MAX: usize = 60;
/// Rows that one cell may span.
pub const ROWSPAN_MAX: usize = 1_000;
/// How deep boxes, lists and tables nest, each counted by what it costs the typesetter (72 is its end).
pub const NEST_MAX: usize = 40;
/// Styled pieces of one paragraph; a longer paragraph goes on in another without a gap.
pub const PARAGRAPH_RUNS_MAX: usize = 200;
/// Bytes of one paragraph; a longer one goes on in another without a gap.
pub const PARAGRAPH_BYTES_MAX: usize = 6_000;
/// Length of one word after which the line may break, in points, each letter taken as wide as it is high: 40 letters of ordinary size.
pub const WORD_POINTS_MAX: f64 = 440.0;
/// Marks over one letter.
pub const MARKS_MAX: usize = 30;
/// Rules of style sheets that are looked at.
pub const SHEET_RULES_MAX: usize = 1_000;
/// Rules of style sheets times elements: beyond it style sheets are not followed.
pub const SHEET_WORK_MAX: usize = 5_000_000;
/// Pixels of one image.
pub const IMAGE_PIXELS_MAX: u64 = 32_000_000;
/// Pixels of all images of one mail.
pub const IMAGES_PIXELS_MAX: u64 = 96_000_000;
/// Bytes of text that are set; more stays in the original, and the page says so.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Lines of text that are set; more stays in the original, and the page says so.
pub const LINES_MAX: usize = 60_000;
/// Bytes of one embedded file: its size is a 32-bit number in many readers.
pub const FILE_BYTES_MAX: u64 = i32::MAX as u64;
/// Bytes of stack that setting a mail may need: the typesetter and the limits of nesting here go down about half as far.
pub const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Lines of the address of a letter (DIN 5008).
pub const ADDRESS_LINES_MAX: usize = 6;
/// Lines of additions of a letter: with the return line there are five (DIN 5008).
pub const ADDITIONS_MAX: usize = 4;
/// Size of the letters of an address in points, and the smallest one that machines read well.
pub const ADDRESS_POINTS: [f64; 2] = [11.0, 10.0];
/// Size of the letters of return line and additions in points, and the smallest one that people read.
pub const ADDITIONS_POINTS: [f64; 2] = [8.0, 6.0];
/// Largest letters of an address in points that machines read well.
pub const ADDRESS_POINTS_MAX: f64 = 12.0;
/// Fields of an information block, without the date.
pub const INFORMATION_MAX: usize = 8;
/// Letters of the label of a field.
pub const LABEL_LETTERS_MAX: usize = 40;
/// Letters of the value of a field of an information block, which has to end on the first page.
pub const INFORMATION_LETTERS_MAX: usize = 80;
/// Letters of the value of a row of a table.
pub const VALUE_LETTERS_MAX: usize = 1_000;
/// Letters of the subject.
pub const SUBJECT_LETTERS_MAX: usize = 200;
/// Letters of salutation, closing, signature, an enclosure, a heading, the label of a code or the alternative text of a picture.
pub const LINE_LETTERS_MAX: usize = 200;
/// Blocks of the body of a letter.
pub const LETTER_BLOCKS_MAX: usize = 400;
/// Letters of a paragraph or an item of a letter.
pub const LETTER_TEXT_LETTERS_MAX: usize = 5_000;
/// Items of a list, or rows of a table, of a letter.
pub const LETTER_ITEMS_MAX: usize = 100;
/// Letters of the whole body of a letter.
pub const LETTER_LETTERS_MAX: usize = 100_000;
/// Letters of a code that the reader types.
pub const CODE_LETTERS_MAX: usize = 24;
/// Bytes that a QR code says: with the dots of a version 13 code still 0.4 mm wide.
pub const QR_BYTES_MAX: usize = 331;
/// Enclosures of a letter.
pub const ENCLOSURES_MAX: usize = 20;
/// Lines below the name of a brand.
pub const LETTERHEAD_LINES_MAX: usize = 4;
/// Letters of the name of a brand, and of a line below it or at the foot of the page.
pub const LETTERHEAD_LETTERS_MAX: usize = 44;
/// Columns at the foot of the first page.
pub const FOOTER_COLUMNS_MAX: usize = 4;
/// Lines of such a column.
pub const FOOTER_LINES_MAX: usize = 5;
/// Bytes of a logo.
pub const LOGO_BYTES_MAX: usize = 1024 * 1024;
/// Pages of a letter: with more it fits no large envelope.
pub const LETTER_PAGES_MAX: usize = 90;
/// Bytes of a brand's template.
pub const TEMPLATE_BYTES_MAX: usize = 256 * 1024;
/// Bytes of all fonts and images of a brand's template.
pub const TEMPLATE_FILES_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a given PDF.
pub const GIVEN_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Pages of a given PDF.
pub const GIVEN_PAGES_MAX: usize = 200;
/// Objects of a given PDF.
pub const GIVEN_OBJECTS_MAX: usize = 300_000;
/// Bytes that are read of a given PDF, counted each time that they are read.
pub const GIVEN_PARSED_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Bytes that packed tables and objects of a given PDF may become.
pub const GIVEN_INFLATED_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How deep the pages of a given PDF are sorted into groups.
pub const GIVEN_DEPTH_MAX: usize = 50;
/// Millimetres by which pages of a given PDF may be larger or smaller than A4.
pub const GIVEN_A4_MILLIMETRES: f64 = 3.0;

/// Pixels of the width of a page that is drawn.
pub const PICTURE_WIDTH_MAX: u16 = 4_000;
