//! What is written to standard error. Never an address, a subject or a word of a message: `docs/LOGGING.md` lists what is.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::sections::{Log, LogFormat, LogLevel};

/// Starts logging. A second start is ignored.
pub(crate) fn start(log: &Log) {
    let level = match log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "info,app=debug,gateway=debug,portal=debug,server=debug,store=debug",
    };
    let registry = tracing_subscriber::registry().with(EnvFilter::new(level));
    let started = match log.format {
        LogFormat::Text => registry.with(fmt::layer().with_writer(std::io::stderr).with_target(false)).try_init(),
        LogFormat::Json => registry.with(fmt::layer().json().with_writer(std::io::stderr)).try_init(),
    };
    // Only a test that started logging before can be in the way; its choice stands.
    drop(started);
}
