//! Signs a message, so that another program can verify the signature.
//!
//! `dkim_sign DOMAIN SELECTOR KEY.pem SECONDS < message > signed` signs as of that many seconds since 1970 and writes the
//! DNS record of the key to the error output.

use std::io::{Read as _, Write as _};

use wire::address::Domain;
use wire::dkim::{Signer, SigningKey};
use wire::smtp::stuffing::normalise_line_endings;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [domain, selector, key_file, now] = arguments.as_slice() else {
        return Err("usage: dkim_sign DOMAIN SELECTOR KEY.pem SECONDS < message > signed".into());
    };
    let key = SigningKey::from_pem(&std::fs::read_to_string(key_file)?)?;
    writeln!(std::io::stderr(), "{}", key.dns_record()?)?;
    let signer = Signer::new(Domain::parse(domain)?, selector, key)?;

    let mut message = Vec::new();
    std::io::stdin().read_to_end(&mut message)?;
    let message = normalise_line_endings(&message);
    let field = signer.sign(&message, jiff::Timestamp::from_second(now.parse()?)?)?;

    let mut out = std::io::stdout().lock();
    out.write_all(field.as_bytes())?;
    out.write_all(&message)?;
    Ok(())
}
