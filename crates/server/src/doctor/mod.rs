//! `siegelpost doctor`: looks whether what the configuration names is really there and works, and what the world can know of us.

mod own;
mod print;

use std::{io::stdout, path::Path, process::ExitCode, sync::Arc, time::Duration};

use app::{
    App, Chance,
    outgoing::Destination,
    own::{Finding, Grade},
};
use gateway::outbound::Outbound;
use model::id::BlobId;

use crate::{
    assemble::{Assembly, assemble},
    config::Config,
    keys, lifecycle, scanning,
    world::SystemChance,
};

/// How long to wait for a server.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// No genuine clock is before this moment (1 January 2026), in seconds since 1970.
const CLOCK_PLAUSIBLE_FROM: i64 = 1_767_225_600;

/// Looks at everything and tells. Succeeds if nothing is wrong or unknown.
pub(crate) async fn run(config: &Config, folder: &Path, as_json: bool) -> anyhow::Result<ExitCode> {
    let findings = examine(config, folder).await;
    let mut out = stdout().lock();
    if as_json {
        print::json(&mut out, &findings)?;
    } else {
        print::text(&mut out, &findings)?;
    }
    let is_well = findings.iter().all(|finding| matches!(finding.grade, Grade::Good | Grade::Better));
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What was found, or what is wrong and what to do.
fn finding(what: &str, found: Result<String, String>) -> Finding {
    match found {
        Ok(found) => Finding::good(what, found),
        Err(wrong) => Finding::wrong(what, wrong),
    }
}

/// Looks at everything. Changes nothing but the database's schema, which is brought up to date as `serve` would.
async fn examine(config: &Config, folder: &Path) -> Vec<Finding> {
    let mut findings = vec![keys_are_there(config, folder)];
    let assembly = match assemble(config, folder) {
        Ok(assembly) => assembly,
        Err(error) => {
            findings.push(Finding::wrong("configuration", format!("{error:#}")));
            return findings;
        }
    };
    findings.push(Finding::good("configuration", "every key is understood"));
    findings.extend(own::look(config, folder, &assembly).await);
    match lifecycle::open(config, folder, &assembly).await {
        Ok(app) => {
            findings.extend(store_works(&app).await);
            findings.extend(scanning::finding(&app).await);
            findings.extend(next_hops_answer(assembly, &app).await);
        }
        Err(error) => findings.push(Finding::wrong("store", format!("{error:#}"))),
    }
    findings
}

fn keys_are_there(config: &Config, folder: &Path) -> Finding {
    let found = keys::read(folder, &config.keys)
        .map(|keys| format!("server key {}, pepper {}", keys.server.id(), keys.pepper.id()))
        .map_err(|error| format!("{error:#}"));
    finding("keys", found)
}

async fn store_works(app: &App) -> [Finding; 3] {
    let reached = database(app.store.protection());
    let store = app.store.ping().await.map(|()| format!("answers: {reached}")).map_err(|error| error.to_string());
    let blobs = blobs_work(app).await.map(|()| "can be written and removed".to_owned());
    let plausible = jiff::Timestamp::new(CLOCK_PLAUSIBLE_FROM, 0).is_ok_and(|earliest| app.now() > earliest);
    let clock = if plausible { Ok(app.now().to_string()) } else { Err("the clock is years behind; set it".to_owned()) };
    [finding("store", store), finding("blobs", blobs.map_err(|error| error.to_string())), finding("clock", clock)]
}

const fn database(protection: store::Protection) -> &'static str {
    match protection {
        store::Protection::File => "SQLite",
        store::Protection::OnThisMachine => "PostgreSQL on this machine, without TLS",
        store::Protection::VerifiedTls => "PostgreSQL proved itself, TLS",
    }
}

async fn blobs_work(app: &App) -> Result<(), store::StoreError> {
    let id = BlobId::new(app.now(), &mut *SystemChance.entropy());
    let mut writer = app.store.blob_writer(id);
    writer.write(b"siegelpost doctor").await?;
    writer.finish().await?;
    app.store.delete_blob(id).await
}

/// Whether the next hops can be reached, and proved, as a mail would need it.
async fn next_hops_answer(assembly: Assembly, app: &Arc<App>) -> Vec<Finding> {
    let outbound = match Outbound::new(assembly.outbound, app) {
        Ok(outbound) => outbound,
        Err(error) => return vec![Finding::wrong("delivery", error.to_string())],
    };
    let mut findings = Vec::new();
    for (what, destination) in
        [("delivery.world", Destination::World), ("delivery.organisation", Destination::Organisation)]
    {
        let found = match tokio::time::timeout(ANSWER_MAX, outbound.probe(destination)).await {
            Err(_) => Err(format!("no answer within {} seconds", ANSWER_MAX.as_secs())),
            Ok(None) => Ok("mail goes to the mail servers of its recipients".to_owned()),
            Ok(Some(Err(reason))) => Err(reason.to_string()),
            Ok(Some(Ok(protection))) => Ok(format!("answers: {}", shown(&protection))),
        };
        findings.push(finding(what, found));
    }
    findings
}

fn shown(protection: &app::outgoing::Protection) -> String {
    match protection {
        app::outgoing::Protection::Verified { server, version, suite, .. } => {
            format!("{server} proved itself, {version}, {suite}")
        }
        app::outgoing::Protection::Exchange(found) => format!("{}, {}", found.server, found.assurance.level.word()),
        app::outgoing::Protection::Loopback => "on this machine".to_owned(),
    }
}
