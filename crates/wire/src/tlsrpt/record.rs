//! The record by which a domain asks for reports (section 3).

use crate::address::{Domain, EmailAddress};

/// The most destinations that are read.
pub const DESTINATIONS_MAX: usize = 16;

/// The name at which a domain asks for reports.
pub fn record_name(domain: &Domain) -> String {
    format!("_smtp._tls.{domain}")
}

/// A record that asks for reports (section 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Where reports go.
    pub destinations: Vec<Destination>,
}

/// Where reports go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// By mail.
    Mail(EmailAddress),
    /// By HTTPS.
    Https(String),
}

/// A record that breaks the rules: the domain then counts as not asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// More than one record.
    #[error("there are several records that begin with v=TLSRPTv1")]
    Several,
    /// Something between semicolons is no `name=value`.
    #[error("a field is not of the form name=value")]
    Field,
    /// Nowhere to report to.
    #[error("rua is missing")]
    Nowhere,
    /// A destination is neither `mailto:` with an address nor `https:`.
    #[error("rua has to be of mailto: and https: addresses, {DESTINATIONS_MAX} at most")]
    Destination,
}

/// The record among the TXT records of [`record_name`], each with its strings joined. `None` where there is none.
pub fn find<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Option<Record>, RecordError> {
    let mut found = texts.into_iter().filter_map(fields_of);
    let Some(fields) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(RecordError::Several);
    }
    let mut rua = None;
    for field in fields.split(';').map(str::trim).filter(|field| !field.is_empty()) {
        let (name, value) = field.split_once('=').ok_or(RecordError::Field)?;
        if name.trim_end() == "rua" {
            rua = rua.or(Some(value.trim_start()));
        }
    }
    let destinations: Option<Vec<_>> =
        rua.ok_or(RecordError::Nowhere)?.split(',').map(|uri| destination(uri.trim())).collect();
    let destinations = destinations.filter(|all| all.len() <= DESTINATIONS_MAX).ok_or(RecordError::Destination)?;
    Ok(Some(Record { destinations }))
}

/// What stands behind `v=TLSRPTv1;`. Other records at the name are none of ours.
fn fields_of(text: &str) -> Option<&str> {
    text.strip_prefix("v=TLSRPTv1")?.trim_start_matches([' ', '\t']).strip_prefix(';')
}

fn destination(uri: &str) -> Option<Destination> {
    let (scheme, rest) = uri.split_once(':')?;
    if scheme.eq_ignore_ascii_case("mailto") {
        let address = rest.split('?').next().unwrap_or_default();
        return EmailAddress::parse(address).ok().map(Destination::Mail);
    }
    let host = rest.strip_prefix("//").filter(|host| !host.is_empty());
    (scheme.eq_ignore_ascii_case("https") && host.is_some()).then(|| Destination::Https(uri.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(address: &str) -> Destination {
        Destination::Mail(EmailAddress::parse(address).unwrap())
    }

    #[test]
    fn records_are_read_as_the_grammar_says() {
        let one = || Ok(Some(vec![mail("r@example.org")]));
        for (texts, found) in [
            (&["v=TLSRPTv1;rua=mailto:r@example.org"][..], one()),
            (&["v=TLSRPTv1; rua=mailto:r@example.org;"], one()),
            (&["v=TLSRPTv1 ; x=y ; rua = mailto:r@example.org?subject=x ; "], one()),
            (&["v=spf1 -all", "v=TLSRPTv1; rua=MAILTO:r@example.org"], one()),
            (
                &["v=TLSRPTv1; rua=mailto:r@example.org, https://r.example.org/tls"],
                Ok(Some(vec![mail("r@example.org"), Destination::Https("https://r.example.org/tls".into())])),
            ),
            (&[], Ok(None)),
            (&["v=TLSRPTv2; rua=mailto:r@example.org", "V=TLSRPTv1; rua=x:y", "rua=mailto:r@example.org"], Ok(None)),
            (&["v=TLSRPTv1; rua=mailto:r@example.org", "v=TLSRPTv1; rua=x:y"], Err(RecordError::Several)),
            (&["v=TLSRPTv1;"], Err(RecordError::Nowhere)),
            (&["v=TLSRPTv1; rua"], Err(RecordError::Field)),
            (&["v=TLSRPTv1; rua="], Err(RecordError::Destination)),
            (&["v=TLSRPTv1; rua=mailto:nobody"], Err(RecordError::Destination)),
            (&["v=TLSRPTv1; rua=http://r.example.org"], Err(RecordError::Destination)),
            (&["v=TLSRPTv1; rua=https:"], Err(RecordError::Destination)),
        ] {
            assert_eq!(find(texts.iter().copied()).map(|found| found.map(|one| one.destinations)), found, "{texts:?}");
        }
    }

    #[test]
    fn so_many_destinations_and_no_more() {
        let rua = |count: usize| format!("v=TLSRPTv1; rua={}", vec!["mailto:r@example.org"; count].join(","));
        let count = |text: &str| find([text]).map(|found| found.map_or(0, |one| one.destinations.len()));
        assert_eq!(count(&rua(DESTINATIONS_MAX)), Ok(DESTINATIONS_MAX));
        assert_eq!(count(&rua(DESTINATIONS_MAX + 1)), Err(RecordError::Destination));
    }
}
