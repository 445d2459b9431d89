//! Letters counted, so that none is lost without being noticed.

use std::collections::HashMap;

/// How often each letter occurs. Spaces and what nobody sees do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Census {
    latin: Vec<u32>,
    others: HashMap<char, u32>,
}

/// Letters counted in a table by their number.
const TABLE: usize = 0x250;

impl Census {
    /// Counts the letters of `text`.
    pub(crate) fn count(&mut self, text: &str) {
        if self.latin.is_empty() {
            self.latin = vec![0; TABLE];
        }
        for letter in text.chars() {
            match self.latin.get_mut(letter as usize) {
                Some(count) => *count += 1,
                None => *self.others.entry(letter).or_default() += 1,
            }
        }
    }

    /// The letters that `self` has more often than `found`, with how many are missing. At most ten of them.
    pub(crate) fn missing_in(&self, found: &Self) -> Vec<(char, u32)> {
        let latin = self.latin.iter().zip(0_u32..).filter_map(|(count, code)| Some((char::from_u32(code)?, *count)));
        let others = self.others.iter().map(|(letter, count)| (*letter, *count));
        latin
            .chain(others)
            .filter(|(letter, _)| is_seen(*letter))
            .filter_map(|(letter, count)| Some((letter, count.checked_sub(found.of(letter))?)))
            .filter(|(_, missing)| *missing > 0)
            .take(10)
            .collect()
    }

    fn of(&self, letter: char) -> u32 {
        let latin = self.latin.get(letter as usize);
        latin.or_else(|| self.others.get(&letter)).copied().unwrap_or_default()
    }
}

/// Whether a letter is something to see. (Unicode: white space, controls, default ignorables.)
pub(crate) fn is_seen(letter: char) -> bool {
    !(letter.is_whitespace()
        || letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Census {
        let mut census = Census::default();
        census.count(text);
        census
    }

    #[test]
    fn finds_what_is_missing() {
        assert!(of("Größe, ß 語").missing_in(&of("ßßGröe語 ,")).is_empty());
        assert_eq!(of("aab語").missing_in(&of("ab")), [('a', 1), ('語', 1)]);
        assert!(of("a b\u{200b}\u{a0}").missing_in(&of("ba")).is_empty());
    }
}
