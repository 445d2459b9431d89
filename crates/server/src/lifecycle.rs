//! Starts the rooms, keeps them running, and ends them in good order.
//!
//! Shutdown: the edges stop accepting, what is in progress finishes up to a limit, then the workers end. What was leased and not
//! finished is taken up again when its lease is over, here or on another node.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use app::{App, housekeeping, job, sweep, tls_report};
use gateway::{outbound::Way, world::World};
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    assemble::{Assembly, assemble},
    config::Config,
    keys, policies, scanning, transport,
    typesetting::Pool,
    world::{SystemChance, SystemClock},
};

/// How long running work may take to finish at shutdown.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// How long writing down the last counts may take at shutdown.
const WRITE_MAX: Duration = Duration::from_secs(5);
/// How long a worker sleeps when nothing tells it of new work.
const IDLE_MAX: Duration = Duration::from_secs(5);
/// How long a worker that gives way waits before it looks again.
const GIVEN_WAY: Duration = Duration::from_millis(100);
/// How long a worker waits after trouble with the store.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
/// How often to look whether reports about TLS are due.
const REPORTS_LOOK: Duration = Duration::from_mins(1);
/// How often to look whether the blob store is to be swept.
const SWEEP_LOOK: Duration = Duration::from_mins(1);

/// A running house.
pub struct House {
    /// Where the portal listens.
    pub portal: SocketAddr,
    /// Where the intake listens.
    pub intake: SocketAddr,
    /// The use cases.
    pub app: Arc<App>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// Opens the store and puts the use cases together.
pub async fn open(config: &Config, folder: &Path, assembly: &Assembly) -> anyhow::Result<Arc<App>> {
    Ok(Arc::new(build(config, folder, assembly).await?))
}

async fn build(config: &Config, folder: &Path, assembly: &Assembly) -> anyhow::Result<App> {
    let keys = keys::read(folder, &config.keys).context("keys")?;
    let store = store::Store::open(assembly.store.clone()).await.context("store")?;
    let world = (Arc::new(SystemClock) as _, Arc::new(SystemChance) as _);
    let rules = model::policy::RuleSet::compile(
        config.classification.rules.clone(),
        config.classification.subject_tags.clone(),
    )
    .context("classification")?;
    let app = App::new(store, keys, assembly.settings.clone(), rules, world);
    let app = match &assembly.scanning {
        Some(scanning) => app.with_scanning(scanning.clone()),
        None => app,
    };
    Ok(match &assembly.prober {
        Some(prober) => app.with_prober(Arc::clone(prober) as _),
        None => app,
    })
}

impl House {
    /// Starts everything; the doors are open when this returns.
    pub async fn start(config: &Config, folder: &Path) -> anyhow::Result<Self> {
        let assembly = assemble(config, folder)?;
        for warning in transport::warnings(&config.transport)
            .into_iter()
            .chain(policies::warnings(config))
            .chain(scanning::warnings(config))
        {
            tracing::warn!("{warning}");
        }
        let typesetting = Pool::new();
        typesetting.warm();
        let app = build(config, folder, &assembly).await?.with_typesetting(Arc::new(typesetting));
        let app = Arc::new(app);
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let portal = portal::Portal::bind(assembly.portal).await.context("portal")?;
        let intake = gateway::intake::Intake::bind(assembly.intake, Arc::clone(&app)).await.context("intake")?;
        // Where one server sees to the rest, there is nothing to report, and nobody to ask who wants reports.
        let world = match &assembly.outbound.world {
            Way::Exchanges(exchanges) => Some(Arc::clone(&exchanges.world)),
            Way::NextHop(_) => None,
        };
        let outbound = gateway::outbound::Outbound::new(assembly.outbound, &app).context("delivery")?;
        let house = Self { portal: portal.address()?, intake: intake.address()?, app, stop, tasks };
        house.tasks.spawn(portal.run(Arc::clone(&house.app), house.stop.clone()));
        house.tasks.spawn(intake.run(house.stop.clone()));
        house.tasks.spawn(outbound.run(house.stop.clone()));
        house.tasks.spawn(work(Arc::clone(&house.app), house.stop.clone()));
        house.tasks.spawn(tidy(Arc::clone(&house.app), house.stop.clone()));
        house.tasks.spawn(sweep_daily(Arc::clone(&house.app), house.stop.clone()));
        if let Some(world) = world {
            house.tasks.spawn(report_tls(Arc::clone(&house.app), world, house.stop.clone()));
        }
        Ok(house)
    }

    /// Waits until the process is asked to end, or has to, with the reason.
    pub async fn until_asked_to_stop(&self) -> anyhow::Result<()> {
        tokio::select! {
            asked = asked_to_stop() => asked,
            error = self.app.store.lost() => Err(error).context("start again once the disk is sound"),
        }
    }

    /// Ends everything in good order.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        if tokio::time::timeout(DRAIN_MAX, self.tasks.wait()).await.is_err() {
            tracing::warn!("some work did not finish in time; it is taken up again at the next start");
        }
        match tokio::time::timeout(WRITE_MAX, housekeeping::write_counts(&self.app)).await {
            Ok(Ok(())) => {}
            Ok(Err(trouble)) => tracing::warn!(%trouble, "what was counted since the last tidying is lost"),
            Err(_) => tracing::warn!("what was counted since the last tidying is lost: the store takes too long"),
        }
    }
}

/// Works inner jobs as they come, unless they give way to mail that is coming in.
async fn work(app: Arc<App>, stop: CancellationToken) {
    let mut changed = app.store.jobs_changed();
    while !stop.is_cancelled() {
        if job::gives_way(&app).await.unwrap_or(false) {
            pause(GIVEN_WAY, &stop).await;
            continue;
        }
        changed.mark_unchanged();
        match job::work(&app).await {
            Ok(0) => idle(&app, &mut changed, &stop).await,
            Ok(_) => {}
            Err(trouble) => {
                tracing::warn!(%trouble, "jobs wait");
                pause(TROUBLE_PAUSE, &stop).await;
            }
        }
    }
}

/// Sleeps until there may be work: a commit told of a job, or the next one is due.
async fn idle(app: &App, changed: &mut watch::Receiver<u64>, stop: &CancellationToken) {
    let due = job::next_due(app).await.ok().flatten();
    let until_due = due.map_or(IDLE_MAX, |due| {
        Duration::try_from(due.duration_since(app.now())).unwrap_or(Duration::ZERO).min(IDLE_MAX)
    });
    tokio::select! {
        _ = changed.changed() => {}
        () = tokio::time::sleep(until_due) => {}
        () = stop.cancelled() => {}
    }
}

/// Tidies from time to time.
async fn tidy(app: Arc<App>, stop: CancellationToken) {
    let every = Duration::try_from(housekeeping::EVERY).unwrap_or(IDLE_MAX);
    while !stop.is_cancelled() {
        if let Err(trouble) = housekeeping::tidy(&app).await {
            tracing::warn!(%trouble, "tidying waits");
        }
        pause(every, &stop).await;
    }
}

/// Sweeps the blob store at the start and then daily. A sweep that is cut off by a shutdown begins anew.
async fn sweep_daily(app: Arc<App>, stop: CancellationToken) {
    let sweeping = async {
        while let Err(trouble) = sweep::schedule(&app).await {
            tracing::warn!(%trouble, "sweeping waits");
            tokio::time::sleep(TROUBLE_PAUSE).await;
        }
        loop {
            if let Err(trouble) = sweep::work(&app).await {
                tracing::warn!(%trouble, "sweeping waits");
            }
            tokio::time::sleep(SWEEP_LOOK).await;
        }
    };
    tokio::select! {
        () = sweeping => {}
        () = stop.cancelled() => {}
    }
}

/// Tells domains that ask for it how TLS to their mail servers went. What is cut off by a shutdown is taken up again.
async fn report_tls(app: Arc<App>, world: Arc<World>, stop: CancellationToken) {
    let reporting = async {
        loop {
            match tls_report::work(&app, &*world).await {
                Ok(0) => tokio::time::sleep(REPORTS_LOOK).await,
                Ok(_) => {}
                Err(trouble) => {
                    tracing::warn!(%trouble, "TLS reports wait");
                    tokio::time::sleep(REPORTS_LOOK).await;
                }
            }
        }
    };
    tokio::select! {
        () = reporting => {}
        () = stop.cancelled() => {}
    }
}

async fn pause(time: Duration, stop: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}

/// Waits until the process is asked to end: Ctrl-C or SIGTERM.
async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        stopped = tokio::signal::ctrl_c() => stopped?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
