//! The public key in DNS, by which receivers check a signature (RFC 6376 section 3.6.1).

use data_encoding::BASE64;

use super::SigningKey;
use crate::tags;

/// A key as published at `selector._domainkey.domain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// `k=`, in lower case: `rsa` where nothing is said.
    pub key_type: String,
    /// `p=`; empty where the key was revoked.
    pub key: Vec<u8>,
    /// `h=`: the hashes that may be used; any where nothing is said.
    pub hashes: Option<Vec<String>>,
    /// `s=`: the services it may sign for; any where nothing is said.
    pub services: Option<Vec<String>>,
    /// `t=y`: receivers are asked to treat what is signed like what is not.
    pub is_trial: bool,
}

/// A record that breaks the rules: signatures with this selector then cannot be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRecordError {
    /// It is no list of tags.
    #[error("it is no list of name=value, or names a tag twice")]
    Tags,
    /// `v=` is not `DKIM1`, or does not come first.
    #[error("v has to come first and to be DKIM1")]
    Version,
    /// `p=` is missing or no base64.
    #[error("p is missing or no base64")]
    Key,
}

/// Why a published key does not serve a signing key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The key was revoked.
    #[error("the published key is empty, which revokes it")]
    Revoked,
    /// It is of the other kind.
    #[error("the published key is of another type")]
    OtherType,
    /// It belongs to another private key.
    #[error("the published key is another one")]
    OtherKey,
    /// `h=` does not allow SHA-256.
    #[error("the published record does not allow SHA-256")]
    Hash,
    /// `s=` does not allow mail.
    #[error("the published record does not allow mail")]
    Service,
}

impl KeyRecord {
    /// Reads the text of a TXT record, its strings joined.
    pub fn parse(text: &str) -> Result<Self, KeyRecordError> {
        let tags = tags::read(text).ok_or(KeyRecordError::Tags)?;
        let version = tags.iter().position(|(name, _)| *name == "v");
        if version.is_some_and(|place| place > 0) || tags::value(&tags, "v").is_some_and(|version| version != "DKIM1") {
            return Err(KeyRecordError::Version);
        }
        let list = |name| tags::value(&tags, name).map(words);
        let key: String = tags::value(&tags, "p").ok_or(KeyRecordError::Key)?.split_ascii_whitespace().collect();
        Ok(Self {
            key_type: tags::value(&tags, "k").unwrap_or("rsa").to_ascii_lowercase(),
            key: BASE64.decode(key.as_bytes()).map_err(|_| KeyRecordError::Key)?,
            hashes: list("h"),
            services: list("s"),
            is_trial: list("t").unwrap_or_default().iter().any(|flag| flag == "y"),
        })
    }

    /// Whether receivers who read this record accept what `key` signs.
    pub fn serves(&self, key: &SigningKey) -> Result<(), KeyFault> {
        let allows = |list: &Option<Vec<String>>, wanted: &[&str]| {
            list.as_ref().is_none_or(|list| list.iter().any(|word| wanted.contains(&word.as_str())))
        };
        if self.key.is_empty() {
            return Err(KeyFault::Revoked);
        }
        if self.key_type != key.key_type() {
            return Err(KeyFault::OtherType);
        }
        if !key.has_public_key(&self.key) {
            return Err(KeyFault::OtherKey);
        }
        if !allows(&self.hashes, &["sha256"]) {
            return Err(KeyFault::Hash);
        }
        if allows(&self.services, &["*", "email"]) { Ok(()) } else { Err(KeyFault::Service) }
    }
}

fn words(list: &str) -> Vec<String> {
    list.split(':').map(|word| word.trim().to_ascii_lowercase()).collect()
}
