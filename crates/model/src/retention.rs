//! How long things are kept, and until when in the organisation's own calendar.
//!
//! Periods in days and calendar months are counted in the organisation's time zone: a message kept for 40 days is kept until
//! the last second of the fortieth day there, and 18 months after 31 August is the last day of February. A deadline shown as
//! a date therefore names the last day on which the thing is still there.

use jiff::{Span, Timestamp, tz::TimeZone};

/// The organisation's retention periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// Days a message waits for a mailbox that is not activated (R1).
    pub activation_days: u16,
    /// Calendar months without message and sign-in after which a mailbox goes (R2).
    pub inactivity_months: u16,
    /// The organisation's time zone.
    pub zone: TimeZone,
}

impl Retention {
    /// Until when a message deposited at `deposited_at` waits for activation: the end of the last day.
    pub fn activation_deadline(&self, deposited_at: Timestamp) -> Timestamp {
        self.end_of_day_after(deposited_at, Span::new().days(i64::from(self.activation_days)))
    }

    /// Until when a mailbox is kept whose last sign of life was at `last`: the end of the last day.
    pub fn inactivity_deadline(&self, last: Timestamp) -> Timestamp {
        self.end_of_day_after(last, Span::new().months(i64::from(self.inactivity_months)))
    }

    fn end_of_day_after(&self, start: Timestamp, span: Span) -> Timestamp {
        let zoned = start.to_zoned(self.zone.clone());
        zoned
            .checked_add(span)
            .and_then(|day| day.end_of_day())
            .and_then(|end| Timestamp::from_second(end.timestamp().as_second()))
            .unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Retention {
        Retention { activation_days: 40, inactivity_months: 18, zone: TimeZone::get("Europe/Berlin").unwrap() }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn r1_forty_days_end_with_the_day_of_the_organisation() {
        let until = berlin().activation_deadline(at("2026-11-22T09:00:00+01:00"));
        assert_eq!(until, at("2027-01-01T23:59:59+01:00"));
    }

    #[test]
    fn r2_months_are_calendar_months() {
        let until = berlin().inactivity_deadline(at("2026-08-31T12:00:00+02:00"));
        assert_eq!(until, at("2028-02-29T23:59:59+01:00"), "eighteen months after 31 August 2026 is 29 February 2028");
    }

    #[test]
    fn r3_a_day_has_its_own_length_when_clocks_change() {
        let week = Retention { activation_days: 1, ..berlin() };
        assert_eq!(week.activation_deadline(at("2026-10-24T12:00:00+02:00")), at("2026-10-25T23:59:59+01:00"));
    }
}
