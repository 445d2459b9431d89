//! What a server says of itself and how much it takes, within bounds that keep it safe.

use std::time::Duration;

use crate::address::Domain;

/// When a client may or must start TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartTls {
    /// Not offered: there is no certificate, or TLS runs from the first byte.
    Off,
    /// Offered, and mail is taken without it too. A public MX has to be like this (RFC 3207 section 4).
    Offered,
    /// No mail is taken before it: `530 5.7.0`.
    Required,
}

/// When a client may authenticate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authentication {
    /// `AUTH` is unknown.
    Off,
    /// Offered once TLS runs, never before.
    OverTls,
    /// Offered without TLS as well. Only for connections within this machine.
    OverLoopback,
}

/// How long the driver waits for the client (RFC 5321 section 4.5.3.2); the machine itself has no clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerTimeouts {
    /// For the next bytes of a command.
    pub command: Duration,
    /// For the next bytes of content.
    pub content: Duration,
    /// For the whole TLS handshake.
    pub handshake: Duration,
}

impl Default for ServerTimeouts {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self { command: minutes(5), content: minutes(3), handshake: minutes(1) }
    }
}

/// Everything that can be set about an SMTP server; [`Server::new`](super::Server::new) checks the bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// The name in the greeting and in the answer to `EHLO`.
    pub host_name: Domain,
    /// Whether TLS can or must be started.
    pub starttls: StartTls,
    /// Whether clients can authenticate.
    pub authentication: Authentication,
    /// The longest command line in bytes, CRLF included; 1024 to 16384, because extensions lengthen lines.
    pub command_line_bytes_max: usize,
    /// The largest content in bytes; 64 KiB to 1 GiB. Announced by `SIZE`.
    pub message_bytes_max: u64,
    /// The most recipients of one transaction; at least 100 (RFC 5321 section 4.5.3.1.8), at most 10000.
    pub recipients_max: usize,
    /// The most errors of one connection, 1 to 1000; with the next one it is closed.
    pub errors_max: usize,
    /// The most commands between two accepted mails that are not `MAIL`, `RCPT` or content, 10 to 10000; more are errors.
    pub idle_commands_max: usize,
    /// The most mails over one connection, 1 to 1000000; then `421` asks the client to come again.
    pub messages_max: usize,
    /// How long the driver waits.
    pub timeouts: ServerTimeouts,
}

impl ServerSettings {
    /// Sound settings for a server of this name, without TLS and authentication.
    pub fn new(host_name: Domain) -> Self {
        Self {
            host_name,
            starttls: StartTls::Off,
            authentication: Authentication::Off,
            command_line_bytes_max: 4096,
            message_bytes_max: 50 * 1024 * 1024,
            recipients_max: 100,
            errors_max: 20,
            idle_commands_max: 100,
            messages_max: 1000,
            timeouts: ServerTimeouts::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingError> {
        let within = |name: &'static str, value: u64, min: u64, max: u64| {
            if (min..=max).contains(&value) { Ok(()) } else { Err(SettingError { name, min, max }) }
        };
        let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        within("command_line_bytes_max", count(self.command_line_bytes_max), 1024, 16384)?;
        within("message_bytes_max", self.message_bytes_max, 64 * 1024, 1024 * 1024 * 1024)?;
        within("recipients_max", count(self.recipients_max), 100, 10_000)?;
        within("errors_max", count(self.errors_max), 1, 1000)?;
        within("idle_commands_max", count(self.idle_commands_max), 10, 10_000)?;
        within("messages_max", count(self.messages_max), 1, 1_000_000)?;
        within("timeouts.command in seconds", self.timeouts.command.as_secs(), 1, 3600)?;
        within("timeouts.content in seconds", self.timeouts.content.as_secs(), 1, 3600)?;
        within("timeouts.handshake in seconds", self.timeouts.handshake.as_secs(), 1, 600)
    }
}

/// A setting outside of its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be between {min} and {max}")]
pub struct SettingError {
    /// The setting.
    pub name: &'static str,
    /// The least it may be.
    pub min: u64,
    /// The most it may be.
    pub max: u64,
}
