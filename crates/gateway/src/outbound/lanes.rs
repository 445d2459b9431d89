//! How many connections each lane may have: those that take mail well get more, those in trouble fewer, and never all of them.
//!
//! A lane is the mail to one domain. It begins with [`BEGIN`] connections, gets one more with each mail that is taken, up to its most, and loses half of
//! them with each that is deferred. Lanes in trouble, together, have at most half of all connections: servers that hang keep nobody from the rest.

use std::collections::HashMap;

/// Connections of a lane that nothing is known of.
const BEGIN: usize = 2;
/// Lanes that are remembered while no mail goes over them.
const REMEMBERED_MAX: usize = 10_000;

/// What a try says of its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The server took the mail.
    Taken,
    /// The server, or what leads there, is in trouble.
    Trouble,
    /// It says something of this mail alone.
    Neither,
}

/// The lanes over which mail goes, or went lately.
#[derive(Debug)]
pub(super) struct Lanes {
    all_max: usize,
    lane_max: usize,
    known: HashMap<String, Lane>,
    /// Connections of lanes in trouble.
    troubled: usize,
}

#[derive(Debug)]
struct Lane {
    open: usize,
    most: usize,
    in_trouble: bool,
}

impl Lanes {
    /// Lanes with at most `all_max` connections, `lane_max` of them each.
    pub(super) fn new(all_max: usize, lane_max: usize) -> Self {
        Self { all_max, lane_max, known: HashMap::new(), troubled: 0 }
    }

    /// How many connections more a lane may have.
    pub(super) fn room(&self, lane: &str) -> usize {
        let Some(known) = self.known.get(lane) else { return BEGIN.min(self.lane_max) };
        let room = known.most.saturating_sub(known.open);
        if known.in_trouble { room.min((self.all_max / 2).max(1).saturating_sub(self.troubled)) } else { room }
    }

    /// So many mails are about to go over a lane.
    pub(super) fn begin(&mut self, lane: &str, count: usize) {
        let begin = BEGIN.min(self.lane_max);
        let known = self.known.entry(lane.to_owned()).or_insert(Lane { open: 0, most: begin, in_trouble: false });
        known.open += count;
        if known.in_trouble {
            self.troubled += count;
        }
    }

    /// So many mails do not go over it after all.
    pub(super) fn release(&mut self, lane: &str, count: usize) {
        let Some(known) = self.known.get_mut(lane) else { return };
        known.open = known.open.saturating_sub(count);
        if known.in_trouble {
            self.troubled = self.troubled.saturating_sub(count);
        }
        self.forget();
    }

    /// A mail has gone over a lane, or not.
    pub(super) fn end(&mut self, lane: &str, ended: Ended) {
        if let Some(known) = self.known.get_mut(lane) {
            let was_in_trouble = known.in_trouble;
            match ended {
                Ended::Taken => {
                    known.most = (known.most + 1).min(self.lane_max);
                    known.in_trouble = false;
                }
                Ended::Trouble => {
                    known.most = (known.most / 2).max(1);
                    known.in_trouble = true;
                }
                Ended::Neither => {}
            }
            match (was_in_trouble, known.in_trouble) {
                (false, true) => self.troubled += known.open,
                (true, false) => self.troubled = self.troubled.saturating_sub(known.open),
                _ => {}
            }
        }
        self.release(lane, 1);
    }

    fn forget(&mut self) {
        if self.known.len() > REMEMBERED_MAX {
            self.known.retain(|_, lane| lane.open > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(lanes: &mut Lanes, lane: &str, ended: &[Ended]) -> usize {
        for ended in ended {
            lanes.begin(lane, 1);
            lanes.end(lane, *ended);
        }
        lanes.room(lane)
    }

    #[test]
    fn a_lane_grows_with_what_is_taken_and_shrinks_with_what_is_not() {
        let mut lanes = Lanes::new(100, 5);
        assert_eq!(lanes.room("a"), BEGIN);
        assert_eq!(after(&mut lanes, "a", &[Ended::Taken, Ended::Neither, Ended::Taken]), 4);
        assert_eq!(after(&mut lanes, "a", &[Ended::Taken; 9]), 5, "the most");
        assert_eq!(after(&mut lanes, "a", &[Ended::Trouble]), 2);
        assert_eq!(after(&mut lanes, "a", &[Ended::Trouble; 5]), 1, "one always tries");
        assert_eq!(after(&mut lanes, "a", &[Ended::Taken]), 2);
        assert_eq!(lanes.room("b"), BEGIN, "the trouble of one is nobody else's");
    }

    #[test]
    fn what_is_open_takes_room() {
        let mut lanes = Lanes::new(100, 20);
        lanes.begin("a", 2);
        assert_eq!(lanes.room("a"), 0);
        lanes.release("a", 1);
        assert_eq!(lanes.room("a"), 1);
        lanes.end("a", Ended::Taken);
        assert_eq!(lanes.room("a"), 3);
        assert_eq!(Lanes::new(100, 1).room("a"), 1);
    }

    #[test]
    fn lanes_in_trouble_have_half_of_all_connections_at_most() {
        let mut lanes = Lanes::new(8, 20);
        for lane in ["a", "b", "c", "d", "e"] {
            after(&mut lanes, lane, &[Ended::Trouble]);
        }
        for lane in ["a", "b", "c", "d"] {
            assert_eq!(lanes.room(lane), 1);
            lanes.begin(lane, 1);
        }
        assert_eq!(lanes.room("e"), 0, "four of eight");
        assert_eq!(lanes.room("f"), BEGIN, "the rest is for others");
        lanes.end("a", Ended::Taken);
        assert_eq!(lanes.room("e"), 1);
        for lane in ["b", "c", "d"] {
            lanes.end(lane, Ended::Neither);
        }
        assert_eq!(lanes.troubled, 0);
    }

    #[test]
    fn idle_lanes_are_forgotten_when_there_are_too_many() {
        let mut lanes = Lanes::new(8, 20);
        lanes.begin("busy", 1);
        for lane in 0..=REMEMBERED_MAX {
            after(&mut lanes, &lane.to_string(), &[Ended::Trouble]);
        }
        assert!(lanes.known.len() <= REMEMBERED_MAX && lanes.known.contains_key("busy"));
    }
}
