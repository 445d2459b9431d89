//! Where everything is kept, from configuration to settings.

use std::path::Path;

use anyhow::{Context, bail};
use store::{BlobSettings, DatabaseSettings, PostgresSettings, S3Settings, StoreSettings};

use crate::{assemble::optional_file, config::Config, secret};

/// The most database connections of one process.
const DATABASE_CONNECTIONS_MAX: usize = 16;

/// Settings of the store; relative paths begin at `folder`.
pub(crate) fn settings(config: &Config, folder: &Path) -> anyhow::Result<StoreSettings> {
    let section = &config.store;
    let database = if let Some(file) = section.database.strip_prefix("sqlite:") {
        DatabaseSettings::Sqlite { path: folder.join(file) }
    } else if section.database.starts_with("postgres://") || section.database.starts_with("postgresql://") {
        let password = secret::read(folder, &section.password_file, "SIEGELPOST_DATABASE_PASSWORD")?;
        let postgres = PostgresSettings {
            url: with_password(&section.database, password.as_deref()),
            roots_pem: optional_file(folder, &section.ca_file, "store.ca_file")?,
            connections_max: DATABASE_CONNECTIONS_MAX,
        };
        postgres.check().context("store.database and store.ca_file")?;
        DatabaseSettings::Postgres(postgres)
    } else {
        bail!("store.database begins with neither sqlite: nor postgres://");
    };
    let blobs = match &section.s3 {
        None => BlobSettings::Files { dir: folder.join(&section.blobs) },
        Some(s3) => BlobSettings::S3(S3Settings {
            endpoint: s3.endpoint.clone(),
            bucket: s3.bucket.clone(),
            region: s3.region.clone(),
            access_key_id: s3.access_key.clone(),
            secret_access_key: secret::read(folder, &s3.secret_key_file, "SIEGELPOST_S3_SECRET")?
                .context("store.s3.secret_key_file or SIEGELPOST_S3_SECRET must be given")?,
        }),
    };
    Ok(StoreSettings { database, blobs })
}

/// Puts a password into a database URL, percent-encoded, behind the user's name.
fn with_password(url: &str, password: Option<&str>) -> String {
    let (Some(password), Some((scheme, rest))) = (password, url.split_once("://")) else { return url.to_owned() };
    let Some((user, place)) = rest.split_once('@') else { return url.to_owned() };
    let encoded = password.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"));
    format!("{scheme}://{user}:{encoded}@{place}")
}
