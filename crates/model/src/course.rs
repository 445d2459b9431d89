//! The course of a delivery: what follows from what happens to it (P3, C2, C3, C7).
//!
//! The rules are pure functions of few facts, so that a test can walk every course from acceptance to its end, under every sequence of answers. Whoever carries
//! them out adds times, texts and transactions, and decides nothing.
//!
//! ```text
//! channel ──> direct ──(taken)────────────────────────> delivered
//!    ▲           │ (waits, tried again)
//!    │           └──(given up)──> next channel, or returned
//!    │        deposit ──(sealed)──> deposited ──(notice lost, unread)──> next channel, or returned
//!    └─────────── (not possible)
//! ```

use jiff::SignedDuration;

use crate::route::{Channel, Route};

/// What came of a try to send a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tried {
    /// The next server took it.
    Taken,
    /// Nobody answered, or not now.
    Deferred,
    /// The protection that it needs was not to be had.
    Unprotected,
    /// Refused for good.
    Refused,
}

/// What becomes of a mail after a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mail {
    /// It has left.
    Left,
    /// It is tried again.
    Waits,
    /// It is not tried again: the server refused it.
    Refused,
    /// It is not tried again: nobody answered for too long.
    TooLate,
    /// It is not tried again: the protection that it needs was not to be had for too long.
    Unprotected,
}

/// How long mails are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Where another channel is left, or protection is not to be had.
    pub fallback: SignedDuration,
    /// Else.
    pub give_up: SignedDuration,
}

impl Patience {
    /// How long a mail is tried at a server that does not answer.
    pub fn longest(&self, has_another_channel: bool) -> SignedDuration {
        if has_another_channel { self.fallback.min(self.give_up) } else { self.give_up }
    }

    /// What becomes of a mail of this age after a try.
    pub fn after(&self, tried: Tried, age: SignedDuration, has_another_channel: bool) -> Mail {
        match tried {
            Tried::Taken => Mail::Left,
            Tried::Refused => Mail::Refused,
            Tried::Unprotected if age >= self.fallback => Mail::Unprotected,
            Tried::Deferred if age >= self.longest(has_another_channel) => Mail::TooLate,
            Tried::Unprotected | Tried::Deferred => Mail::Waits,
        }
    }
}

/// Where a delivery goes when its present channel will not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// On, by this step of its route.
    Channel {
        /// The step, from 0.
        step: u32,
        /// Its channel.
        channel: Channel,
    },
    /// Back to its sender.
    Return,
}

/// Where a delivery goes when the channel of `step` will not do.
pub fn after_failure(route: &Route, step: u32) -> Next {
    let next = step.saturating_add(1);
    let found = usize::try_from(next).ok().and_then(|next| route.steps.get(next));
    found.map_or(Next::Return, |step| Next::Channel { step: next, channel: step.channel })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        delivery::State,
        route::{ProtectionClass, RouteStep, StepReason},
    };

    const PATIENCE: Patience =
        Patience { fallback: SignedDuration::from_hours(24), give_up: SignedDuration::from_hours(96) };
    const TRIED: [Tried; 4] = [Tried::Taken, Tried::Deferred, Tried::Unprotected, Tried::Refused];
    /// Ages on both sides of each deadline, in hours.
    const AGES: [i64; 5] = [0, 23, 24, 95, 96];

    /// Everything that the course of a delivery depends on.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    struct Place {
        state: State,
        step: u32,
        age: usize,
        is_read: bool,
        is_readable: bool,
        /// Reports of failure that the sender got.
        told: u8,
        /// How often it was sent in the open world.
        sent: u8,
    }

    fn routes() -> Vec<(ProtectionClass, Route)> {
        let step = |channel| RouteStep { channel, reason: StepReason::DirectNotPossible };
        let with_letter = |mut route: Route| {
            route.steps.push(step(Channel::Letter));
            route
        };
        let mut routes = Vec::new();
        for class in [ProtectionClass::Ordinary, ProtectionClass::Special] {
            routes.push((class, Route::of(class)));
            routes.push((class, with_letter(Route::of(class))));
            routes.push((class, Route { steps: Vec::new() }));
        }
        routes.push((ProtectionClass::Ordinary, Route { steps: vec![step(Channel::Direct)] }));
        routes
    }

    fn failed(route: &Route, place: Place) -> Place {
        match after_failure(route, place.step) {
            // A message that nobody here can read any more goes back.
            Next::Channel { step, .. } if place.is_readable => Place { state: State::Accepted, step, age: 0, ..place },
            Next::Channel { .. } | Next::Return => Place { state: State::Returned, told: place.told + 1, ..place },
        }
    }

    /// Every place that one event leads to.
    fn after(route: &Route, place: Place) -> Vec<Place> {
        let channel = route.steps.get(place.step as usize).map(|step| step.channel);
        match (place.state, channel) {
            (State::Accepted, None) => {
                vec![Place { state: State::Returned, told: place.told + 1, ..place }]
            }
            (State::Accepted, Some(Channel::Direct)) => vec![Place { state: State::Sending, ..place }],
            (State::Accepted, Some(Channel::Deposit)) => {
                let deposited = Place { state: State::Deposited, ..place };
                vec![deposited, Place { is_readable: false, ..deposited }, failed(route, place)]
            }
            // Letters are not set up yet.
            (State::Accepted, Some(Channel::Letter)) => vec![failed(route, place)],
            (State::Sending, _) => TRIED
                .iter()
                .map(|tried| {
                    let has_another = matches!(after_failure(route, place.step), Next::Channel { .. });
                    let age = SignedDuration::from_hours(AGES[place.age]);
                    match PATIENCE.after(*tried, age, has_another) {
                        Mail::Left => Place { state: State::Delivered, sent: place.sent + 1, ..place },
                        Mail::Waits => Place { age: (place.age + 1).min(AGES.len() - 1), ..place },
                        Mail::Refused | Mail::TooLate | Mail::Unprotected => failed(route, place),
                    }
                })
                .collect(),
            (State::Deposited, _) => {
                let read = Place { is_read: true, ..place };
                // Read once, it stays.
                let lost = if place.is_read { place } else { failed(route, place) };
                vec![read, lost, Place { state: State::Deleted, ..place }]
            }
            (State::Delivered | State::Returned | State::Deleted, _) => Vec::new(),
        }
    }

    /// P3, C2: from acceptance, under every sequence of answers and deadlines, on every route, each delivery can come to an end, comes to one only, is sent
    /// at most once, and its sender hears of a failure exactly if it failed, once. Special never meets the world.
    #[test]
    fn p3_every_course_comes_to_exactly_one_end() {
        let mut walked = 0;
        for (class, route) in routes() {
            let begin =
                Place { state: State::Accepted, step: 0, age: 0, is_read: false, is_readable: true, told: 0, sent: 0 };
            let (mut open, mut seen) = (vec![begin], HashSet::from([begin]));
            while let Some(place) = open.pop() {
                walked += 1;
                assert_eq!(place.told, u8::from(place.state == State::Returned), "{place:?}");
                assert_eq!(place.sent, u8::from(place.state == State::Delivered), "{place:?}");
                let meets_the_world = matches!(place.state, State::Sending | State::Delivered);
                assert!(!(meets_the_world && class == ProtectionClass::Special), "C2: {place:?}");
                for next in after(&route, place) {
                    assert!(
                        place.state == next.state || place.state.may_become(next.state),
                        "{place:?} must not become {next:?}"
                    );
                    if seen.insert(next) {
                        open.push(next);
                    }
                }
            }
            for place in &seen {
                assert!(can_end(&route, *place), "{place:?} never ends");
            }
        }
        assert!(walked >= 80, "{walked} places");
    }

    /// Whether time alone leads to an end, however bad the answers: a mail that is never taken and never refused gets older until it is given up.
    fn can_end(route: &Route, begin: Place) -> bool {
        let is_tired = |place: &Place| place.state == State::Sending && place.age + 1 == AGES.len();
        let mut place = begin;
        while !place.state.is_settled() {
            let on = after(route, place);
            let Some(worst) = on.iter().find(|next| next.state == place.state).or(on.last()) else { return false };
            if *worst == place {
                return false;
            }
            assert!(!is_tired(&place) || worst.state != State::Sending, "{place:?} waits beyond its last deadline");
            place = *worst;
        }
        true
    }

    #[test]
    fn c3_deadlines_are_kept_to_the_moment() {
        use Mail::{Left, Refused, TooLate, Unprotected, Waits};
        let hours = SignedDuration::from_hours;
        let instant = SignedDuration::from_nanos(1);
        for (tried, age, has_another, expected) in [
            (Tried::Taken, hours(1000), false, Left),
            (Tried::Refused, hours(0), true, Refused),
            (Tried::Unprotected, hours(24) - instant, true, Waits),
            (Tried::Unprotected, hours(24), true, Unprotected),
            (Tried::Unprotected, hours(24), false, Unprotected),
            (Tried::Deferred, hours(24) - instant, true, Waits),
            (Tried::Deferred, hours(24), true, TooLate),
            (Tried::Deferred, hours(96) - instant, false, Waits),
            (Tried::Deferred, hours(96), false, TooLate),
        ] {
            assert_eq!(PATIENCE.after(tried, age, has_another), expected, "{tried:?} at {age:?}");
        }
        let hasty = Patience { fallback: hours(24), give_up: hours(2) };
        assert_eq!(hasty.longest(true), hours(2));
    }
}
