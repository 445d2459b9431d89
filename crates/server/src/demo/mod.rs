//! The demo: a whole house in one process, with an outbox in place of the world.
//!
//! Nothing is simulated but the world: mail comes in at the real intake, is sealed, announced and read in the real portal, and whatever leaves is handed over
//! by SMTP on loopback to the *outbox*, a small receiver with a page to read what it took.

mod outbox;
mod page;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::{
    config::{self, Config, sections::Log, sections::LogFormat, sections::LogLevel},
    keys,
    lifecycle::House,
    telemetry,
    world::SystemClock,
};

/// Where the demo's doors are, and what it keeps.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to keep the state; `None` for a folder that goes with the process.
    pub data: Option<PathBuf>,
    /// Where mail is handed in.
    pub smtp: SocketAddr,
    /// Where the portal is.
    pub http: SocketAddr,
    /// Where the outbox page is.
    pub outbox: SocketAddr,
    /// Whether to send the sample message.
    pub sample: bool,
}

/// The fictitious customer of the sample message.
const CUSTOMER: &str = "erika.beispiel@kundin.example";
/// The fictitious employee who writes it.
const EMPLOYEE: &str = "leistung@alpenblick.example";

/// Runs the demo until it is asked to stop.
pub async fn run(options: Options) -> anyhow::Result<()> {
    telemetry::start(&Log { format: LogFormat::Text, level: LogLevel::Warn });
    let temporary = tempfile::tempdir().context("a temporary folder")?;
    let folder = options.data.clone().unwrap_or_else(|| temporary.path().to_owned());
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let fresh = !folder.join("keys").exists();
    if fresh {
        keys::make(&folder)?;
    }
    let outbox = outbox::Outbox::start(&folder.join("outbox"), options.outbox).await?;
    let config = configuration(&options, outbox.smtp)?;
    let house = House::start(&config, &folder).await?;
    if options.sample && fresh {
        send_sample(house.intake).await.context("the sample message")?;
    }
    introduce(&house, &outbox, &folder, &options);
    let ended = house.until_asked_to_stop().await;
    house.stop().await;
    outbox.stop().await;
    ended
}

/// The demo's configuration, made and checked like any other.
fn configuration(options: &Options, outbox: SocketAddr) -> anyhow::Result<Config> {
    let text = include_str!("demo.toml")
        .replace("{http}", &options.http.to_string())
        .replace("{smtp}", &options.smtp.to_string())
        .replace("{outbox_host}", &outbox.ip().to_string())
        .replace("{outbox_port}", &outbox.port().to_string());
    Ok(config::parse(&text)?)
}

/// Hands in one realistic confidential message, as a mail server would.
async fn send_sample(intake: SocketAddr) -> anyhow::Result<()> {
    use model::chance::Clock;
    let zone = jiff::tz::TimeZone::get("Europe/Berlin")?;
    let person = |name: &str, address: &str| mime::Correspondent { name: Some(name.into()), address: address.into() };
    let (customer, employee) = (person("Erika Beispiel", CUSTOMER), person("Jonas Lindner", EMPLOYEE));
    let mut mail = b"Sensitivity: Company-Confidential\r\n".to_vec();
    mail.extend(mime::sample::outlook(&customer, &employee, &SystemClock.now().to_zoned(zone)));
    crate::submit::submit(intake, EMPLOYEE, CUSTOMER, &mail).await
}

#[expect(clippy::print_stdout, reason = "the demo speaks to the person who started it")]
fn introduce(house: &House, outbox: &outbox::Outbox, folder: &Path, options: &Options) {
    println!("Siegelpost demo");
    println!();
    println!("  Outbox   http://{}   what leaves the house: begin here", outbox.page);
    println!("  Portal   http://{}   where customers read and answer", house.portal);
    println!("  Intake   {}          where mail is handed in (SMTP)", house.intake);
    println!("  Data     {}", folder.display());
    println!();
    if options.sample {
        println!("A confidential message to {CUSTOMER} has been handed in. Open the outbox, read the notice,");
        println!("follow its link, choose a password and a question, and you are in the mailbox.");
        println!();
    }
    println!("Try next:");
    println!("  swaks --server {} --from {EMPLOYEE} --to anna@kundin.example \\", house.intake);
    println!("        --header 'Subject: [vertraulich] Ihr Befund' --body 'Guten Tag'");
    println!();
    println!("Ctrl-C ends the demo.");
}
