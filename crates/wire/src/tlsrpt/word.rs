//! The words of reports: kinds of policies (section 4.2) and of failures (section 4.3).

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* } else $other:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "&'static str")]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every word.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The word.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl From<String> for $name {
            /// Words that came later than this program count as the most general one.
            fn from(word: String) -> Self {
                match word.as_str() {
                    $($word => Self::$variant,)*
                    _ => Self::$other,
                }
            }
        }

        impl From<$name> for &'static str {
            fn from(word: $name) -> Self {
                word.word()
            }
        }
    };
}

words! {
    /// What kind of policy a session was held to.
    PolicyType {
        /// TLSA records (DANE).
        Tlsa = "tlsa",
        /// MTA-STS.
        Sts = "sts",
        /// Neither.
        NoPolicyFound = "no-policy-found",
    } else NoPolicyFound
}

words! {
    /// Why a session failed.
    ResultType {
        /// The server does not offer STARTTLS, or does not keep its word (section 4.3.1).
        StartTlsNotSupported = "starttls-not-supported",
        /// The certificate is for another name.
        CertificateHostMismatch = "certificate-host-mismatch",
        /// The certificate has expired.
        CertificateExpired = "certificate-expired",
        /// The certificate leads to no trusted authority, or cannot be verified for other reasons.
        CertificateNotTrusted = "certificate-not-trusted",
        /// Anything else.
        ValidationFailure = "validation-failure",
        /// No TLSA record is valid for the server (section 4.3.2.1).
        TlsaInvalid = "tlsa-invalid",
        /// DNS is signed, and the signatures do not hold or there is no answer.
        DnssecInvalid = "dnssec-invalid",
        /// The sender demands DANE, and there is none.
        DaneRequired = "dane-required",
        /// The MTA-STS policy could not be fetched (section 4.3.2.2).
        StsPolicyFetchError = "sts-policy-fetch-error",
        /// The MTA-STS policy is malformed.
        StsPolicyInvalid = "sts-policy-invalid",
        /// The policy's host shows a certificate that proves nothing.
        StsWebpkiInvalid = "sts-webpki-invalid",
    } else ValidationFailure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_strange_ones_are_general() {
        for word in ResultType::ALL {
            assert_eq!(ResultType::from(word.word().to_owned()), *word);
        }
        for word in PolicyType::ALL {
            assert_eq!(PolicyType::from(word.word().to_owned()), *word);
        }
        assert_eq!(ResultType::from("quantum-broken".to_owned()), ResultType::ValidationFailure);
        assert_eq!(PolicyType::from("dance".to_owned()), PolicyType::NoPolicyFound);
    }
}
