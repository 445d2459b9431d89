//! DMARC (RFC 9989, before it RFC 7489): a domain says what receivers shall do with mail that names it as author and cannot prove it.
//!
//! Proof is a DKIM signature or an SPF pass whose domain is *aligned* with the domain in `From`: the same, or, unless the domain is strict, of the same
//! *organisational domain*. A TXT record at `_dmarc.<domain>` says the rest:
//!
//! ```text
//! v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:dmarc@example.org
//! ```
//!
//! Where a domain has no record, those above it are asked, up to the root: the *tree walk* (RFC 9989 section 4.10), which needs no list of public
//! suffixes. [`walk`] names the domains, and [`Discovery::of`] reads what was found there.

use crate::{address::Domain, tags};

/// The most names asked on the way up (RFC 9989 section 4.10).
pub const NAMES_MAX: usize = 8;

/// The name at which a domain has its record.
pub fn record_name(domain: &Domain) -> String {
    format!("_dmarc.{domain}")
}

/// What receivers shall do, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wish {
    /// Nothing; report only.
    None,
    /// Treat it as suspicious.
    Quarantine,
    /// Refuse it.
    Reject,
}

impl Wish {
    /// The word in a record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject].into_iter().find(|wish| wish.word().eq_ignore_ascii_case(word))
    }
}

/// How near a proved domain has to be to the author's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Alignment {
    /// Of the same organisational domain.
    #[default]
    Relaxed,
    /// The same.
    Strict,
}

/// Whether a domain gives out names to others (RFC 9989 section 4.7, `psd`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum PublicSuffix {
    /// It does.
    Yes,
    /// It does not, and is an organisational domain.
    No,
    /// It does not say.
    #[default]
    Unsaid,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// For mail of the domain itself.
    pub wish: Wish,
    /// For mail of domains below it without a record of their own, where that differs.
    pub subdomains: Option<Wish>,
    /// How near the domain of a DKIM signature has to be.
    pub dkim: Alignment,
    /// How near the domain that passes SPF has to be.
    pub spf: Alignment,
    /// Whether the wish is to be eased by one step, for a trial (`t=y`).
    pub is_trial: bool,
    /// Where summaries go.
    pub summaries: Vec<String>,
    /// Whether single mails are to be reported as well (`ruf`), which reveals personal data.
    pub wants_mails: bool,
    /// Whether names below belong to others.
    pub public_suffix: PublicSuffix,
}

/// A record that breaks the rules: the domain then counts as having none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// More than one record.
    #[error("there are several records that begin with v=DMARC1")]
    Several,
    /// It is no list of tags.
    #[error("it is no list of name=value, or names a tag twice")]
    Tags,
    /// It asks neither for treatment nor for reports.
    #[error("p is missing or neither none, quarantine nor reject")]
    Wish,
}

/// The record among the TXT records of [`record_name`], each with its strings joined. `None` where there is none.
pub fn find<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Option<Record>, RecordError> {
    let mut found = texts.into_iter().filter(|text| is_record(text));
    let Some(text) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(RecordError::Several);
    }
    read(text).map(Some)
}

/// The same record with another wish, behind the version: there receivers of old look for it (RFC 7489 section 6.3).
pub fn with_wish(text: &str, wish: Wish) -> String {
    let mut tags: Vec<String> = text.trim_end().trim_end_matches(';').split(';').map(str::to_owned).collect();
    let is_wish = |tag: &String| tag.split_once('=').is_some_and(|(name, _)| name.trim() == "p");
    tags.retain(|tag| !is_wish(tag));
    tags.insert(tags.len().min(1), format!(" p={}", wish.word()));
    tags.join(";")
}

/// `v` comes first, and with exactly this value (RFC 9989 section 4.8). Other records at the name are none of ours.
fn is_record(text: &str) -> bool {
    let first = text.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")
}

fn read(text: &str) -> Result<Record, RecordError> {
    let tags = tags::read(text).ok_or(RecordError::Tags)?;
    let tag = |name| tags::value(&tags, name);
    let alignment = |name| match tag(name) {
        Some("s" | "S") => Alignment::Strict,
        _ => Alignment::Relaxed,
    };
    let uris = |name| -> Vec<String> {
        let uris = tag(name).unwrap_or_default().split(',').map(str::trim).filter(|uri| uri.contains(':'));
        uris.map(str::to_owned).collect()
    };
    let summaries = uris("rua");
    // Without a valid wish, a record that asks for summaries counts as one that wishes nothing (RFC 9989 section 4.10.1).
    let wish = tag("p").and_then(Wish::from_word).or((!summaries.is_empty()).then_some(Wish::None));
    Ok(Record {
        wish: wish.ok_or(RecordError::Wish)?,
        subdomains: tag("sp").and_then(Wish::from_word),
        dkim: alignment("adkim"),
        spf: alignment("aspf"),
        is_trial: matches!(tag("t"), Some("y" | "Y")),
        summaries,
        wants_mails: !uris("ruf").is_empty(),
        public_suffix: match tag("psd") {
            Some("y" | "Y") => PublicSuffix::Yes,
            Some("n" | "N") => PublicSuffix::No,
            _ => PublicSuffix::Unsaid,
        },
    })
}

/// The domains whose records are asked for, from the domain itself up; of a name with many labels, those in between are left out.
pub fn walk(domain: &Domain) -> Vec<Domain> {
    let parents = (1..NAMES_MAX.min(labels(domain))).rev();
    std::iter::once(domain.clone()).chain(parents.filter_map(|kept| last(domain, kept))).collect()
}

fn labels(domain: &Domain) -> usize {
    domain.as_str().split('.').count()
}

/// The last `kept` labels of a name; `None` if it has fewer.
fn last(domain: &Domain, kept: usize) -> Option<Domain> {
    let left_out = labels(domain).checked_sub(kept)?;
    Domain::parse(&domain.as_str().split('.').skip(left_out).collect::<Vec<_>>().join(".")).ok()
}

/// What the walk from a domain came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discovery {
    /// The domain that the walk began at.
    pub domain: Domain,
    /// The domain that stands for its organisation.
    pub organisational: Domain,
    /// The record that holds for the domain, and where it lies.
    pub record: Option<(Domain, Record)>,
}

impl Discovery {
    /// Reads what was found at the domains of [`walk`], in their order (RFC 9989 sections 4.10.1 and 4.10.2).
    pub fn of(domain: &Domain, found: &[(Domain, Option<Record>)]) -> Self {
        let organisational = organisational(domain, found);
        let at = |place: &Domain| found.iter().find(|(name, _)| name == place).and_then(|(_, record)| record.clone());
        let above = || found.iter().find(|(_, record)| says(record.as_ref(), PublicSuffix::Yes)).map(|(name, _)| name);
        let places = [Some(domain), Some(&organisational), above()];
        let record = places.into_iter().flatten().find_map(|place| Some((place.clone(), at(place)?)));
        Self { domain: domain.clone(), organisational, record }
    }

    /// What receivers shall do with mail of the domain that proves nothing.
    pub fn wish(&self) -> Option<Wish> {
        let (place, record) = self.record.as_ref()?;
        Some(if *place == self.domain { record.wish } else { record.subdomains.unwrap_or(record.wish) })
    }

    /// Whether a proved domain, of which the walk is `proved`, is near enough to speak for this author's domain.
    pub fn is_aligned(&self, proved: &Self, alignment: Alignment) -> bool {
        self.domain == proved.domain
            || (alignment == Alignment::Relaxed && self.organisational == proved.organisational)
    }
}

fn says(record: Option<&Record>, word: PublicSuffix) -> bool {
    record.is_some_and(|record| record.public_suffix == word)
}

fn organisational(domain: &Domain, found: &[(Domain, Option<Record>)]) -> Domain {
    let mut highest = domain;
    for (name, record) in found {
        if says(record.as_ref(), PublicSuffix::No) {
            return name.clone();
        }
        if says(record.as_ref(), PublicSuffix::Yes) && name != domain {
            // One label below, which the walk may have left out.
            return last(domain, labels(name) + 1).unwrap_or_else(|| domain.clone());
        }
        if record.is_some() {
            highest = name;
        }
    }
    highest.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domain(name: &str) -> Domain {
        Domain::parse(name).unwrap()
    }

    fn record(text: &str) -> Record {
        find([text]).unwrap().unwrap()
    }

    #[test]
    fn records_are_read_with_their_defaults() {
        let plain = record("v=DMARC1; p=reject");
        assert_eq!((plain.wish, plain.subdomains, plain.is_trial), (Wish::Reject, None, false));
        assert_eq!((plain.dkim, plain.spf), (Alignment::Relaxed, Alignment::Relaxed));
        let full = record(
            "v = DMARC1;p=Quarantine;sp=none;adkim=s;aspf=s;t=y;psd=n;rua=mailto:a@b.example, mailto:c@d.example;ruf=mailto:x@y.example;pct=50;",
        );
        assert_eq!((full.wish, full.subdomains, full.is_trial), (Wish::Quarantine, Some(Wish::None), true));
        assert_eq!((full.dkim, full.spf, full.public_suffix), (Alignment::Strict, Alignment::Strict, PublicSuffix::No));
        assert_eq!(full.summaries, ["mailto:a@b.example", "mailto:c@d.example"]);
        assert!(full.wants_mails);
        assert_eq!(record("v=DMARC1; p=what; rua=mailto:a@b.example").wish, Wish::None);
    }

    #[test]
    fn a_record_gets_another_wish() {
        for (text, expected) in [
            ("v=DMARC1; p = none; sp=none;", "v=DMARC1; p=reject; sp=none"),
            ("v=DMARC1; rua=mailto:a@b.example; p=none", "v=DMARC1; p=reject; rua=mailto:a@b.example"),
            ("v=DMARC1;rua=mailto:a@b.example", "v=DMARC1; p=reject;rua=mailto:a@b.example"),
            ("v=DMARC1", "v=DMARC1; p=reject"),
        ] {
            let proposed = with_wish(text, Wish::Reject);
            assert_eq!((proposed.as_str(), record(&proposed).wish), (expected, Wish::Reject));
        }
        assert_eq!(record(&with_wish("v=DMARC1;p=none", Wish::Quarantine)).wish, Wish::Quarantine);
    }

    #[test]
    fn what_is_no_record_is_told_apart_from_a_broken_one() {
        for (texts, found) in [
            (&[][..], Ok(false)),
            (&["v=spf1 -all", "v=DMARC2; p=none", "v=dmarc1; p=none", "p=none; v=DMARC1"], Ok(false)),
            (&["v=DMARC1; p=none", "v=DMARC1; p=none"], Err(RecordError::Several)),
            (&["v=DMARC1"], Err(RecordError::Wish)),
            (&["v=DMARC1; p=maybe"], Err(RecordError::Wish)),
            (&["v=DMARC1; p=none; p=reject"], Err(RecordError::Tags)),
            (&["v=DMARC1; reject"], Err(RecordError::Tags)),
        ] {
            assert_eq!(find(texts.iter().copied()).map(|record| record.is_some()), found, "{texts:?}");
        }
    }

    #[test]
    fn the_walk_goes_up_in_eight_steps_at_most() {
        let names = |name: &str| walk(&domain(name)).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(names("example"), ["example"]);
        assert_eq!(names("a.b.example"), ["a.b.example", "b.example", "example"]);
        assert_eq!(names("a.b.c.d.e.f.g.example").len(), NAMES_MAX);
        let long = names("1.2.3.a.b.c.d.e.f.g.example");
        assert_eq!((long.len(), long[1].as_str()), (NAMES_MAX, "b.c.d.e.f.g.example"));
    }

    #[test]
    fn the_organisational_domain_and_its_record_are_found() {
        let found = |texts: &[(&str, &str)]| -> Vec<(Domain, Option<Record>)> {
            let read = |text: &str| (!text.is_empty()).then(|| record(text));
            texts.iter().map(|(name, text)| (domain(name), read(text))).collect()
        };
        for (texts, organisational, place, wish) in [
            (&[("a.b.example", ""), ("b.example", ""), ("example", "")][..], "a.b.example", None, None),
            (
                &[("a.b.example", ""), ("b.example", "v=DMARC1; p=reject; sp=quarantine"), ("example", "")],
                "b.example",
                Some("b.example"),
                Some(Wish::Quarantine),
            ),
            (
                &[("a.b.example", "v=DMARC1; p=none"), ("b.example", "v=DMARC1; p=reject"), ("example", "")],
                "b.example",
                Some("a.b.example"),
                Some(Wish::None),
            ),
            (
                &[("a.b.example", "v=DMARC1; p=none; psd=n"), ("b.example", "v=DMARC1; p=reject"), ("example", "")],
                "a.b.example",
                Some("a.b.example"),
                Some(Wish::None),
            ),
            (
                &[("a.b.example", ""), ("b.example", ""), ("example", "v=DMARC1; p=reject; psd=y")],
                "b.example",
                Some("example"),
                Some(Wish::Reject),
            ),
        ] {
            let discovery = Discovery::of(&domain("a.b.example"), &found(texts));
            assert_eq!(discovery.organisational, domain(organisational), "{texts:?}");
            assert_eq!(discovery.record.as_ref().map(|(name, _)| name.as_str()), place, "{texts:?}");
            assert_eq!(discovery.wish(), wish, "{texts:?}");
        }
    }

    #[test]
    fn below_a_public_suffix_the_organisation_is_one_label_longer_though_the_walk_left_it_out() {
        let start = domain("1.2.3.a.b.c.d.e.f.g.example");
        let read = |place: &Domain| {
            let says_so = place.as_str() == "b.c.d.e.f.g.example";
            (place.clone(), says_so.then(|| record("v=DMARC1; p=reject; sp=quarantine; psd=y")))
        };
        let discovery = Discovery::of(&start, &walk(&start).iter().map(read).collect::<Vec<_>>());
        assert_eq!(discovery.organisational, domain("a.b.c.d.e.f.g.example"));
        assert_eq!(discovery.wish(), Some(Wish::Quarantine));
    }

    #[test]
    fn alignment_is_by_name_or_by_organisation() {
        let below = |name: &str| {
            let record = Some(record("v=DMARC1; p=reject"));
            Discovery::of(&domain(name), &[(domain(name), None), (domain("b.example"), record)])
        };
        let (one, two) = (below("one.b.example"), below("two.b.example"));
        assert!(one.is_aligned(&one, Alignment::Strict) && one.is_aligned(&two, Alignment::Relaxed));
        assert!(!one.is_aligned(&two, Alignment::Strict));
        let stranger = Discovery::of(&domain("c.example"), &[]);
        assert!(!one.is_aligned(&stranger, Alignment::Relaxed));
    }
}
