//! Lists of tags, `v=DKIM1; k=rsa; p=...`: the form of DKIM keys and DMARC records (RFC 6376 section 3.2).

/// The tags of a list, in their order, with the white space around names and values gone. `None` where one is no `name=value`, or comes twice.
pub(crate) fn read(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut tags: Vec<(&str, &str)> = Vec::new();
    let text = text.trim_end_matches(BLANK);
    let text = text.strip_suffix(';').unwrap_or(text);
    for tag in text.split(';') {
        let (name, value) = tag.split_once('=')?;
        let (name, value) = (name.trim_matches(BLANK), value.trim_matches(BLANK));
        if !is_name(name) || tags.iter().any(|(known, _)| *known == name) {
            return None;
        }
        tags.push((name, value));
    }
    Some(tags)
}

/// The value of a tag.
pub(crate) fn value<'a>(tags: &[(&str, &'a str)], name: &str) -> Option<&'a str> {
    tags.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
}

/// What may stand between names and values (`FWS`).
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_the_grammar_says() {
        assert_eq!(read("v=DKIM1;p=ab=="), Some(vec![("v", "DKIM1"), ("p", "ab==")]));
        assert_eq!(read(" v = DKIM1 ; p = ; "), Some(vec![("v", "DKIM1"), ("p", "")]));
        for broken in ["", ";", "v=DKIM1; p", "v=DKIM1;; p=a", "v=1; v=1", "1v=1", "v-x=1"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
