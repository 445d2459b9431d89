//! Every limit of this crate in one place.
//!
//! Whoever sends a mail chooses its shape. What is too much for pages laid out as the writer meant is set more plainly ([`crate::Form`]), never left out without a word.

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
