//! People signed in to one mailbox, each with a session of their own, and what they ask for.
//!
//! One session for all requests would not do: PHP keeps the session's file locked while it answers, so that Roundcube
//! would answer one request at a time. With as many sessions as there are requests in flight, hardly one waits for another.

use std::iter;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::bench::browser::Browser;
use crate::bench::load::{Outcome, Visits, wrk};
use crate::bench::report::figure;
use crate::bench::{median, usage};

/// Requests in flight, and people.
const PEOPLE: u32 = 50;
/// How long a server may work on after its load.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(1);

/// A server that is measured.
pub(super) struct Server {
    pub(super) name: &'static str,
    pub(super) http: SocketAddr,
    /// Its first processes; others descend from them.
    pub(super) processes: Vec<u32>,
}

/// People signed in to a server, who ask for `N` different things.
pub(super) struct Crowd<const N: usize> {
    server: Server,
    browsers: Vec<Browser>,
    pub(super) requests: [Request; N],
}

/// One thing that is asked for, and how it went.
pub(super) struct Request {
    pub(super) name: &'static str,
    path: String,
    /// A text of the right answer, and how often at least it is there.
    holds: (&'static str, usize),
    /// The very first answer, and its time in milliseconds.
    pub(super) first: String,
    first_ms: f64,
    runs: Vec<Run>,
}

/// How one load went.
struct Run {
    outcome: Outcome,
    /// CPU time of the server a request, in milliseconds.
    cpu_ms: f64,
    /// The same of the load generator.
    generator_ms: f64,
}

impl Request {
    /// Asks for it for the first time, when some things are opened that later are kept in a cheaper form.
    pub(super) fn first(
        browser: &mut Browser,
        name: &'static str,
        path: &str,
        holds: (&'static str, usize),
    ) -> Result<Self> {
        let mut request =
            Self { name, path: path.to_owned(), holds, first: String::new(), first_ms: 0.0, runs: Vec::new() };
        let begun = Instant::now();
        request.first = request.ask(browser)?;
        request.first_ms = begun.elapsed().as_secs_f64() * 1000.0;
        Ok(request)
    }

    /// Requests a second.
    pub(super) fn rate(&self) -> f64 {
        self.median(|run| run.outcome.per_second)
    }

    /// CPU time of the server, in milliseconds.
    pub(super) fn cpu_ms(&self) -> f64 {
        self.median(|run| run.cpu_ms)
    }

    fn median(&self, value: fn(&Run) -> f64) -> f64 {
        median(self.runs.iter().map(value).collect())
    }

    /// One person asks; anything but the right answer is an error.
    fn ask(&self, browser: &mut Browser) -> Result<String> {
        let page = browser.get(&self.path)?;
        let (text, times) = self.holds;
        let found = page.text.matches(text).count();
        ensure!(
            page.status == 200 && found >= times,
            "{} answers {} with `{text}` {found} times, not {times}: {}",
            self.path,
            page.status,
            page.begin()
        );
        Ok(page.text)
    }
}

impl Server {
    /// Has a request answered over and over, for so many seconds.
    fn load(&self, request: &Request, cookies: &[String], seconds: u32) -> Result<Run> {
        let url = format!("http://{}{}", self.http, request.path);
        let (before, generator_before) = (usage::cpu_ms(&self.processes)?, usage::ended_children_ms()?);
        let outcome = wrk(&Visits { url: &url, cookies, in_flight: PEOPLE, seconds })?;
        let run = Run {
            outcome,
            cpu_ms: (usage::cpu_ms(&self.processes)? - before) / outcome.count,
            generator_ms: (usage::ended_children_ms()? - generator_before) / outcome.count,
        };
        println!(
            "{}, {}: {} a second, {} CPU ms each",
            self.name,
            request.name,
            figure(outcome.per_second),
            figure(run.cpu_ms)
        );
        // The requests that were in flight at the end are answered still.
        self.wait_until_quiet()?;
        Ok(run)
    }

    fn wait_until_quiet(&self) -> Result<()> {
        usage::wait_until_quiet(&self.processes, QUIET_WAIT_MAX)
    }
}

impl<const N: usize> Crowd<N> {
    /// Brings the people, all but the first by `sign_in`. Each asks for everything, so that it is as warm as it gets.
    pub(super) fn gather(
        server: Server,
        first: Browser,
        sign_in: impl Fn() -> Result<Browser>,
        requests: [Request; N],
    ) -> Result<Self> {
        let browsers = iter::once(Ok(first)).chain((1..PEOPLE).map(|_| sign_in())).collect::<Result<_>>()?;
        let mut crowd = Self { server, browsers, requests };
        crowd.check()?;
        Ok(crowd)
    }

    /// Fails unless everybody gets the right answers. To `wrk` a redirection to the sign-in page is as good as any answer;
    /// but sessions that hold before and after a load held all along.
    pub(super) fn check(&mut self) -> Result<()> {
        for request in &self.requests {
            self.browsers.iter_mut().try_for_each(|browser| request.ask(browser).map(drop))?;
        }
        self.server.wait_until_quiet()
    }

    /// Loads the server with each of the requests in turn, for so many seconds each.
    pub(super) fn load(&mut self, seconds: u32) -> Result<()> {
        let cookies: Vec<String> = self.browsers.iter().map(Browser::cookie).collect();
        for request in &mut self.requests {
            let run = self.server.load(request, &cookies, seconds)?;
            request.runs.push(run);
        }
        Ok(())
    }

    /// A row for each request.
    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<String>> {
        self.requests.iter().map(|request| {
            let value = |value: fn(&Run) -> f64| figure(request.median(value));
            vec![
                self.server.name.to_owned(),
                request.name.to_owned(),
                value(|run| run.outcome.per_second),
                value(|run| run.cpu_ms),
                value(|run| run.generator_ms),
                format!("{} / {}", value(|run| run.outcome.p50_ms), value(|run| run.outcome.p99_ms)),
                figure(request.first_ms),
            ]
        })
    }
}
