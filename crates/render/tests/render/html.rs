//! A strict little reader of the HTML we write ourselves: every tag closed, every attribute quoted.

/// Elements without an end.
pub(crate) const VOID: [&str; 8] = ["meta", "link", "input", "img", "br", "wbr", "hr", "path"];

/// A start tag.
#[derive(Debug)]
pub(crate) struct Tag {
    /// The element's name.
    pub(crate) name: String,
    /// Names and values as they stand.
    pub(crate) attributes: Vec<(String, String)>,
    /// The elements around it.
    pub(crate) inside: Vec<String>,
}

impl Tag {
    /// The value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A page that was read.
pub(crate) struct Document {
    /// All start tags in order.
    pub(crate) tags: Vec<Tag>,
}

impl Document {
    /// Reads `html`, or says what is wrong.
    pub(crate) fn read(html: &str) -> Result<Self, String> {
        let mut tags = Vec::new();
        let mut open: Vec<String> = Vec::new();
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            rest = &rest[start + 1..];
            let end = end_of_tag(rest).ok_or("a tag does not end")?;
            let (inner, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if let Some(name) = inner.strip_prefix('/') {
                let expected = open.pop();
                if expected.as_deref() != Some(name.trim()) {
                    return Err(format!("</{name}> closes {expected:?}"));
                }
            } else if !inner.starts_with('!') {
                let (name, attributes) = read_tag(inner)?;
                tags.push(Tag { name: name.clone(), attributes, inside: open.clone() });
                if name == "style" {
                    rest = &rest[rest.find("</style>").ok_or("style does not end")?..];
                }
                if !VOID.contains(&name.as_str()) {
                    open.push(name);
                }
            }
        }
        if open.is_empty() { Ok(Self { tags }) } else { Err(format!("not closed: {open:?}")) }
    }

    /// All elements called `name`.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Tag> {
        self.tags.iter().filter(move |tag| tag.name == name)
    }
}

fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return Some(at),
            _ => {}
        }
    }
    None
}

fn read_tag(inner: &str) -> Result<(String, Vec<(String, String)>), String> {
    let inner = inner.trim_end_matches('/');
    let (name, mut rest) = inner.split_once([' ', '\n']).unwrap_or((inner, ""));
    let mut attributes: Vec<(String, String)> = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok((name.to_owned(), attributes));
        }
        let end = rest.find(['=', ' ', '\n']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let value;
        (value, rest) = match after.strip_prefix('=') {
            None => ("", after),
            Some(quoted) => {
                let quoted = quoted.strip_prefix('"').ok_or_else(|| format!("{key} is not quoted in <{inner}>"))?;
                quoted.split_once('"').ok_or_else(|| format!("{key} does not end in <{inner}>"))?
            }
        };
        if attributes.iter().any(|(other, _)| other == key) {
            return Err(format!("{key} twice in <{inner}>"));
        }
        attributes.push((key.to_owned(), value.to_owned()));
    }
}
