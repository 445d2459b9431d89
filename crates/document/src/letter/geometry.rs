//! Where things stand on a letter (DIN 5008), in millimetres from the upper left corner of an A4 page.

use serde::{Deserialize, Serialize};

/// Width of a page.
pub const PAGE_WIDTH: f64 = 210.0;
/// Height of a page.
pub const PAGE_HEIGHT: f64 = 297.0;
/// Left edge of the address field.
pub const FIELD_LEFT: f64 = 20.0;
/// Width of the address field.
pub const FIELD_WIDTH: f64 = 85.0;
/// Height of the address field.
pub const FIELD_HEIGHT: f64 = 45.0;
/// Left edge of the text, in the address field too.
pub const TEXT_LEFT: f64 = 25.0;
/// Width of lines in the address field.
pub const LINE_WIDTH: f64 = FIELD_LEFT + FIELD_WIDTH - TEXT_LEFT;
/// Height of the upper zone of the address field: return line and additions.
pub const ADDITIONS_HEIGHT: f64 = 17.7;
/// Height of a line in the upper zone, which has five.
pub const ADDITIONS_LINE: f64 = ADDITIONS_HEIGHT / 5.0;
/// Height of a line in the lower zone, which has six.
pub const ADDRESS_LINE: f64 = (FIELD_HEIGHT - ADDITIONS_HEIGHT) / 6.0;
/// Middle of the page, for the punch.
pub const PUNCH: f64 = 148.5;
/// How far paper may move in its envelope: what is so near to the address field may be seen through the window.
pub const SHIFT: f64 = 5.0;
/// Edges of a page that not every printer reaches: top, right, bottom, left.
pub const UNPRINTABLE: [f64; 4] = [7.0, 2.5, 7.0, 12.0];

/// A form of letter: where the address field begins, and with it where the paper is folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LetterForm {
    /// Low letterhead.
    A,
    /// High letterhead.
    B,
}

impl LetterForm {
    /// Height of the letterhead, where the address field begins.
    pub const fn field_top(self) -> f64 {
        match self {
            Self::A => 27.0,
            Self::B => 45.0,
        }
    }

    /// Upper edge of the lower zone of the address field.
    pub const fn address_top(self) -> f64 {
        self.field_top() + ADDITIONS_HEIGHT
    }

    /// Upper edge of the information block.
    pub const fn information_top(self) -> f64 {
        self.field_top() + 5.0
    }

    /// Upper edge of the subject: two lines below the address field.
    pub const fn body_top(self) -> f64 {
        self.field_top() + FIELD_HEIGHT + 8.46
    }

    /// Where the paper is folded.
    pub const fn folds(self) -> [f64; 2] {
        match self {
            Self::A => [87.0, 192.0],
            Self::B => [105.0, 210.0],
        }
    }
}
