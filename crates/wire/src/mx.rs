//! The mail servers of a domain, in the order in which they are tried (RFC 5321 section 5.1).
//!
//! Lower preference comes first; among equals chance decides, so that the load spreads. Who finds its own name in the list leaves itself out
//! and everybody who is no better: mail never goes back up, so it cannot run in circles.

use crate::address::Domain;

/// A mail server of a domain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exchange {
    /// How far down the list; lower is better.
    pub preference: u16,
    /// Its name.
    pub host: Domain,
}

/// The list leads nowhere but to ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the best mail server of the domain is this one")]
pub struct LeadsBack;

/// Orders servers for one attempt; the same name counts once, at its best place. `draw(n)` answers a number below `n` by chance. `own` are names of this server.
pub fn order(
    mut exchanges: Vec<Exchange>,
    own: &[Domain],
    draw: &mut dyn FnMut(usize) -> usize,
) -> Result<Vec<Exchange>, LeadsBack> {
    exchanges.sort();
    let mut seen = std::collections::HashSet::new();
    exchanges.retain(|exchange| seen.insert(exchange.host.clone()));
    let ourselves = exchanges.iter().filter(|exchange| own.contains(&exchange.host));
    if let Some(ours) = ourselves.map(|exchange| exchange.preference).min() {
        exchanges.retain(|exchange| exchange.preference < ours);
        if exchanges.is_empty() {
            return Err(LeadsBack);
        }
    }
    for equals in exchanges.chunk_by_mut(|one, other| one.preference == other.preference) {
        shuffle(equals, draw);
    }
    Ok(exchanges)
}

/// Fisher and Yates: every order is equally likely.
fn shuffle(equals: &mut [Exchange], draw: &mut dyn FnMut(usize) -> usize) {
    for end in (1..equals.len()).rev() {
        equals.swap(end, draw(end + 1).min(end));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn exchange(preference: u16, host: &str) -> Exchange {
        Exchange { preference, host: Domain::parse(host).unwrap() }
    }

    fn names(exchanges: &[Exchange]) -> Vec<&str> {
        exchanges.iter().map(|exchange| exchange.host.as_str()).collect()
    }

    fn list() -> Vec<Exchange> {
        vec![exchange(20, "c.example"), exchange(10, "a.example"), exchange(20, "d.example"), exchange(10, "b.example")]
    }

    #[test]
    fn better_ones_come_first_and_equals_in_every_order() {
        let mut orders = HashSet::new();
        for first in 0..2 {
            for second in 0..2 {
                let mut draws = [first, second].into_iter();
                let ordered = order(list(), &[], &mut |_| draws.next().unwrap()).unwrap();
                let ordered = names(&ordered).join(" ");
                assert!(ordered[..19].find("a.example").is_some() && ordered[..19].find("b.example").is_some());
                orders.insert(ordered);
            }
        }
        assert_eq!(orders.len(), 4);
    }

    #[test]
    fn a_name_counts_once_at_its_best_place() {
        let twice = vec![exchange(30, "a.example"), exchange(5, "b.example"), exchange(10, "a.example")];
        let ordered = order(twice, &[], &mut |_| 0).unwrap();
        assert_eq!(ordered, [exchange(5, "b.example"), exchange(10, "a.example")]);
    }

    #[test]
    fn mail_never_goes_back_to_ourselves_nor_further_down() {
        let own = [Domain::parse("d.example").unwrap()];
        assert_eq!(names(&order(list(), &own, &mut |_| 1).unwrap()), ["a.example", "b.example"]);
        let own = [Domain::parse("b.example").unwrap()];
        assert_eq!(order(list(), &own, &mut |_| 0), Err(LeadsBack), "its equals are no better");
        assert_eq!(order(Vec::new(), &own, &mut |_| 0), Ok(Vec::new()));
    }

    #[test]
    fn a_thousand_servers_are_ordered() {
        let many = (0..1000).map(|number| exchange(number / 10, &format!("mx{number}.example"))).collect();
        let ordered = order(many, &[], &mut |n| n / 2).unwrap();
        assert_eq!(ordered.len(), 1000);
        assert!(ordered.is_sorted_by_key(|exchange| exchange.preference));
    }
}
