//! The configuration file as typed sections, with the defaults that `reference.toml` shows.

#![expect(missing_docs, reason = "every key is documented in reference.toml, which the reference page is made from")]

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;

use super::{
    letters::Letters,
    transport::{Dns, MtaSts, Transport},
};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// `[organisation]`
    pub organisation: Organisation,
    /// `[portal]`
    pub portal: Portal,
    /// `[intake]`
    #[serde(default)]
    pub intake: Intake,
    /// `[letters]`
    #[serde(default)]
    pub letters: Letters,
    /// `[scan]`
    #[serde(default)]
    pub scan: Scan,
    /// `[classification]`
    #[serde(default)]
    pub classification: Classification,
    /// `[notices]`
    pub notices: Notices,
    /// `[delivery]`
    pub delivery: Delivery,
    /// `[dns]`
    #[serde(default)]
    pub dns: Dns,
    /// `[transport]`
    #[serde(default)]
    pub transport: Transport,
    /// `[[mta_sts]]`
    #[serde(default)]
    pub mta_sts: Vec<MtaSts>,
    /// `[store]`
    #[serde(default)]
    pub store: Store,
    /// `[keys]`
    #[serde(default)]
    pub keys: Keys,
    /// `[retention]`
    #[serde(default)]
    pub retention: Retention,
    /// `[passwords]`
    #[serde(default)]
    pub passwords: Passwords,
    /// `[log]`
    #[serde(default)]
    pub log: Log,
}

/// `[organisation]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub name: String,
    pub domains: Vec<String>,
    #[serde(default)]
    pub postmaster: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub hours: Both,
    #[serde(default = "berlin")]
    pub time_zone: String,
    #[serde(default)]
    pub language: model::Language,
    #[serde(default)]
    pub imprint: Both,
    #[serde(default)]
    pub privacy: Both,
    #[serde(default)]
    pub help: Both,
}

/// A text in German and in English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Both {
    pub de: String,
    pub en: String,
}

fn berlin() -> String {
    "Europe/Berlin".into()
}

/// `[portal]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Portal {
    pub url: String,
    #[serde(default = "Portal::listen")]
    pub listen: SocketAddr,
    #[serde(default)]
    pub certificate_file: PathBuf,
    #[serde(default)]
    pub key_file: PathBuf,
    #[serde(default = "Portal::name")]
    pub name: String,
    #[serde(default = "Portal::accent")]
    pub accent: String,
    #[serde(default)]
    pub accent_dark: String,
    #[serde(default)]
    pub header: String,
    #[serde(default)]
    pub header_dark: String,
    #[serde(default)]
    pub logo_file: PathBuf,
    #[serde(default = "Portal::message_bytes_max")]
    pub message_bytes_max: u64,
    #[serde(default)]
    pub proxies: Vec<std::net::IpAddr>,
    #[serde(default = "Portal::session_idle_minutes")]
    pub session_idle_minutes: u16,
    #[serde(default = "Portal::session_hours_max")]
    pub session_hours_max: u16,
    #[serde(default = "Portal::password_length_min")]
    pub password_length_min: u16,
    #[serde(default = "Portal::provider_page")]
    pub provider_page: bool,
    #[serde(default)]
    pub accessibility_authority: Both,
    #[serde(default)]
    pub contacts: Vec<Contact>,
}

impl Portal {
    fn listen() -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], 8080))
    }
    fn name() -> String {
        "Kundenpostfach".into()
    }
    const fn provider_page() -> bool {
        true
    }
    fn accent() -> String {
        "#1f5f8b".into()
    }
    fn message_bytes_max() -> u64 {
        30 << 20
    }
    fn session_idle_minutes() -> u16 {
        20
    }
    fn session_hours_max() -> u16 {
        8
    }
    fn password_length_min() -> u16 {
        15
    }
}

/// `[[portal.contacts]]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    pub name: String,
    pub address: String,
}

/// `[intake]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Intake {
    pub listen: SocketAddr,
    pub listen_tls: String,
    pub hostname: String,
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
    pub networks: Vec<String>,
    pub client_ca_file: PathBuf,
    pub message_bytes_max: u64,
    pub recipients_max: usize,
    pub sessions_max: usize,
    pub sessions_per_source_max: usize,
    pub memory_bytes_max: usize,
    pub idle_seconds_max: u64,
    pub users: Vec<IntakeUser>,
}

impl Default for Intake {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 2525)),
            listen_tls: String::new(),
            hostname: String::new(),
            certificate_file: PathBuf::new(),
            key_file: PathBuf::new(),
            networks: Vec::new(),
            client_ca_file: PathBuf::new(),
            message_bytes_max: 50 << 20,
            recipients_max: 1000,
            sessions_max: 500,
            sessions_per_source_max: 50,
            memory_bytes_max: 64 << 20,
            idle_seconds_max: 300,
            users: Vec::new(),
        }
    }
}

/// `[[intake.users]]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeUser {
    pub name: String,
    #[serde(default)]
    pub password_file: PathBuf,
}

/// `[scan]`
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scan {
    pub socket: String,
    pub bytes_max: u64,
    pub larger: Otherwise,
    pub unavailable: Otherwise,
    pub seconds_max: u16,
    pub scans_max: usize,
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            socket: String::new(),
            bytes_max: 50 << 20,
            larger: Otherwise::Refuse,
            unavailable: Otherwise::Refuse,
            seconds_max: 60,
            scans_max: 8,
        }
    }
}

/// What becomes of content that is not scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Otherwise {
    Refuse,
    Accept,
}

/// `[classification]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Classification {
    pub subject_tags: Vec<String>,
    pub rules: Vec<model::policy::Rule>,
}

impl Default for Classification {
    fn default() -> Self {
        Self { subject_tags: vec!["[vertraulich]".into(), "[confidential]".into()], rules: Vec::new() }
    }
}

/// `[notices]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notices {
    pub sender: String,
    pub tag: String,
    #[serde(default)]
    pub subject_hidden: bool,
    #[serde(default)]
    pub require_tls: bool,
}

/// `[delivery]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    #[serde(default)]
    pub hostname: String,
    #[serde(default = "Delivery::retry_minutes")]
    pub retry_minutes: Vec<u16>,
    #[serde(default = "Delivery::delay_notice_hours")]
    pub delay_notice_hours: u16,
    #[serde(default = "Delivery::fallback_hours")]
    pub fallback_hours: u16,
    #[serde(default = "Delivery::give_up_hours")]
    pub give_up_hours: u16,
    #[serde(default = "Delivery::connections_max")]
    pub connections_max: usize,
    #[serde(default)]
    pub world: Option<Hop>,
    pub organisation: Hop,
    #[serde(default)]
    pub dkim: Vec<Dkim>,
}

impl Delivery {
    fn retry_minutes() -> Vec<u16> {
        vec![5, 10, 20, 40, 60, 120]
    }
    fn delay_notice_hours() -> u16 {
        4
    }
    fn fallback_hours() -> u16 {
        24
    }
    fn give_up_hours() -> u16 {
        96
    }
    fn connections_max() -> usize {
        8
    }
}

/// `[delivery.world]` and `[delivery.organisation]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hop {
    pub host: String,
    #[serde(default = "Hop::port")]
    pub port: u16,
    #[serde(default)]
    pub tls: HopTls,
    #[serde(default)]
    pub ca_file: PathBuf,
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub password_file: PathBuf,
}

impl Hop {
    fn port() -> u16 {
        587
    }
}

/// How the connection to a next hop is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HopTls {
    /// STARTTLS, certificate verified.
    #[default]
    Starttls,
    /// TLS from the first byte, certificate verified.
    Implicit,
    /// None: only to this machine itself.
    Loopback,
}

/// `[[delivery.dkim]]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    pub domain: String,
    pub selector: String,
    pub key_file: PathBuf,
}

/// `[store]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub database: String,
    pub password_file: PathBuf,
    pub ca_file: PathBuf,
    pub blobs: PathBuf,
    pub s3: Option<S3>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            database: "sqlite:siegelpost.db".into(),
            password_file: PathBuf::new(),
            ca_file: PathBuf::new(),
            blobs: "blobs".into(),
            s3: None,
        }
    }
}

/// `[store.s3]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct S3 {
    pub endpoint: String,
    pub bucket: String,
    #[serde(default = "S3::region")]
    pub region: String,
    pub access_key: String,
    #[serde(default)]
    pub secret_key_file: PathBuf,
}

impl S3 {
    fn region() -> String {
        "eu-central-1".into()
    }
}

/// `[keys]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keys {
    pub server_file: PathBuf,
    pub pepper_file: PathBuf,
    pub recovery_file: PathBuf,
}

impl Default for Keys {
    fn default() -> Self {
        Self {
            server_file: "keys/server.key".into(),
            pepper_file: "keys/pepper.key".into(),
            recovery_file: "keys/recovery.pub".into(),
        }
    }
}

/// `[retention]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    pub activation_days: u16,
    pub inactivity_months: u16,
}

impl Default for Retention {
    fn default() -> Self {
        Self { activation_days: 40, inactivity_months: 18 }
    }
}

/// `[passwords]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    pub memory_kib: u32,
    pub iterations: u32,
    pub parallel_max: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { memory_kib: 64 << 10, iterations: 3, parallel_max: 2 }
    }
}

/// `[log]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    pub format: LogFormat,
    pub level: LogLevel,
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: LogLevel::Info }
    }
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}
