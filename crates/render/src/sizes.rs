//! Sizes of files in words people know: `812 KB`, `1,4 MB`. One KB is 1000 bytes, as phones and shops count.

use std::fmt;

use model::Language;

/// A size in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size(pub u64);

impl Size {
    /// The size in words of `language`.
    pub fn text(self, language: Language) -> String {
        let Self(bytes) = self;
        match bytes {
            0..1_000 => format!("{bytes}\u{a0}{}", byte_word(bytes, language)),
            1_000..999_500 => format!("{}\u{a0}KB", rounded(bytes, 1_000)),
            999_500..9_950_000 => tenths(bytes, 1_000_000, "MB", language),
            9_950_000..999_500_000 => format!("{}\u{a0}MB", rounded(bytes, 1_000_000)),
            _ => tenths(bytes, 1_000_000_000, "GB", language),
        }
    }
}

const fn byte_word(bytes: u64, language: Language) -> &'static str {
    match language {
        Language::De => "Byte",
        Language::En if bytes == 1 => "byte",
        Language::En => "bytes",
    }
}

const fn rounded(bytes: u64, unit: u64) -> u64 {
    bytes.saturating_add(unit / 2) / unit
}

fn tenths(bytes: u64, unit: u64, name: &str, language: Language) -> String {
    let tenths = rounded(bytes, unit / 10);
    let mark = match language {
        Language::De => ',',
        Language::En => '.',
    };
    format!("{}{mark}{}\u{a0}{name}", tenths / 10, tenths % 10)
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        let de = |bytes| Size(bytes).text(Language::De).replace('\u{a0}', " ");
        let en = |bytes| Size(bytes).text(Language::En).replace('\u{a0}', " ");
        assert_eq!(de(0), "0 Byte");
        assert_eq!(en(1), "1 byte");
        assert_eq!(en(999), "999 bytes");
        assert_eq!(de(1_000), "1 KB");
        assert_eq!(de(999_499), "999 KB");
        assert_eq!(de(999_500), "1,0 MB");
        assert_eq!(en(1_440_000), "1.4 MB");
        assert_eq!(de(9_949_999), "9,9 MB");
        assert_eq!(de(9_950_000), "10 MB");
        assert_eq!(de(999_499_999), "999 MB");
        assert_eq!(de(2_500_000_000), "2,5 GB");
        assert_eq!(de(u64::MAX), "18446744073,7 GB");
    }
}
