//! Connections that wait for their next mail.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use model::assurance::Wishes;

use super::connection::Connection;

/// By the domain they lead to; for a configured server all under an empty name.
#[derive(Default)]
pub(super) struct Idle(Mutex<HashMap<String, Vec<Connection>>>);

impl Idle {
    /// Lets a connection wait.
    pub(super) fn put(&self, leads_to: String, connection: Connection) {
        self.waiting().entry(leads_to).or_default().push(connection);
    }

    /// The connection that was used last, of those that are good enough and still there.
    pub(super) fn take(&self, leads_to: &str, wishes: &Wishes, now: Timestamp) -> Option<Connection> {
        let mut waiting = self.waiting();
        let connections = waiting.get_mut(leads_to)?;
        loop {
            let fit = connections.iter().rposition(|connection| connection.is_enough_for(wishes, now))?;
            let mut connection = connections.swap_remove(fit);
            if !connection.has_ended() {
                return Some(connection);
            }
        }
    }

    /// The connection that has waited longest, if more than `room` wait: it has to go.
    pub(super) fn spare(&self, room: usize) -> Option<Connection> {
        let mut waiting = self.waiting();
        if waiting.values().map(Vec::len).sum::<usize>() <= room {
            return None;
        }
        let longest = waiting.iter().flat_map(|(to, all)| all.iter().map(move |one| (one.idle_since, to)));
        let to = longest.min_by_key(|(since, _)| *since).map(|(_, to)| to.clone())?;
        let connections = waiting.get_mut(&to)?;
        let oldest = connections.iter().enumerate().min_by_key(|(_, one)| one.idle_since)?.0;
        let spare = connections.swap_remove(oldest);
        if connections.is_empty() {
            waiting.remove(&to);
        }
        Some(spare)
    }

    /// Those that were not used for so long.
    pub(super) fn take_stale(&self, idle_max: Duration) -> Vec<Connection> {
        let mut stale = Vec::new();
        self.waiting().retain(|_, connections| {
            stale.extend(connections.extract_if(.., |connection| connection.idle_since.elapsed() > idle_max));
            !connections.is_empty()
        });
        stale
    }

    /// All of them.
    pub(super) fn take_all(&self) -> Vec<Connection> {
        std::mem::take(&mut *self.waiting()).into_values().flatten().collect()
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Vec<Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
