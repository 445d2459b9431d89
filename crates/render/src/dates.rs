//! Dates and times as each language writes them, in the organisation's time zone.

use jiff::{RoundMode, SignedDuration, Timestamp, TimestampRound, Unit, Zoned, tz::TimeZone};
use model::Language;

const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Writes dates for one language and time zone.
#[derive(Debug, Clone, Copy)]
pub struct Dates<'a> {
    language: Language,
    zone: &'a TimeZone,
}

impl<'a> Dates<'a> {
    /// Dates for `language`, in `zone`.
    pub const fn new(language: Language, zone: &'a TimeZone) -> Self {
        Self { language, zone }
    }

    fn at(&self, moment: &Timestamp) -> Zoned {
        moment.to_zoned(self.zone.clone())
    }

    fn month(&self, zoned: &Zoned) -> &'static str {
        let names = match self.language {
            Language::De => &MONTHS_DE,
            Language::En => &MONTHS_EN,
        };
        let index = usize::try_from(zoned.month() - 1).unwrap_or_default();
        names.get(index).copied().unwrap_or_default()
    }

    /// The day: `31. Dezember 2026`, `31 December 2026`.
    pub fn day(&self, moment: &Timestamp) -> String {
        let zoned = self.at(moment);
        let (day, month, year) = (zoned.day(), self.month(&zoned), zoned.year());
        match self.language {
            Language::De => format!("{day}.\u{a0}{month} {year}"),
            Language::En => format!("{day}\u{a0}{month} {year}"),
        }
    }

    /// The time of day: `14:05 Uhr`, `2:05 pm`.
    pub fn time(&self, moment: &Timestamp) -> String {
        let zoned = self.at(moment);
        let (hour, minute) = (zoned.hour(), zoned.minute());
        match self.language {
            Language::De => format!("{hour}:{minute:02}\u{a0}Uhr"),
            Language::En => {
                let half = if hour < 12 { "am" } else { "pm" };
                format!("{}:{minute:02}\u{a0}{half}", (hour + 11) % 12 + 1)
            }
        }
    }

    /// The first full minute from a moment on, as [`Dates::time`]: who comes then does not come too early.
    pub fn time_after(&self, moment: &Timestamp) -> String {
        let minute = SignedDuration::from_mins(1);
        let rounding = TimestampRound::new().smallest(Unit::Minute).mode(RoundMode::Ceil);
        self.time(&moment.round(rounding).unwrap_or(*moment + minute))
    }

    /// Day and time: `31. Dezember 2026 um 14:05 Uhr`, `31 December 2026 at 2:05 pm`.
    pub fn moment(&self, moment: &Timestamp) -> String {
        let at = match self.language {
            Language::De => "um",
            Language::En => "at",
        };
        format!("{} {at} {}", self.day(moment), self.time(moment))
    }

    /// Short, for lists: the time if it is today, else the day without the year if it is this year's, else the day in figures.
    pub fn short(&self, moment: &Timestamp, now: &Timestamp) -> String {
        let (then, today) = (self.at(moment), self.at(now));
        if then.date() == today.date() {
            return self.time(moment);
        }
        let (day, month) = (then.day(), self.month(&then));
        if then.year() == today.year() {
            return match self.language {
                Language::De => format!("{day}.\u{a0}{month}"),
                Language::En => format!("{day}\u{a0}{month}"),
            };
        }
        let (number, year) = (then.month(), then.year());
        match self.language {
            Language::De => format!("{day:02}.{number:02}.{year}"),
            Language::En => format!("{day:02}/{number:02}/{year}"),
        }
    }

    /// For the `datetime` attribute: `2026-12-31T14:05:00+01:00`.
    pub fn machine(&self, moment: &Timestamp) -> String {
        let zoned = self.at(moment);
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> TimeZone {
        TimeZone::get("Europe/Berlin").unwrap()
    }

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn days_are_those_of_the_organisation() {
        let zone = berlin();
        let almost_midnight_utc: Timestamp = "2026-12-31T23:30:00Z".parse().unwrap();
        assert_eq!(plain(&Dates::new(Language::De, &zone).day(&almost_midnight_utc)), "1. Januar 2027");
        assert_eq!(plain(&Dates::new(Language::En, &TimeZone::UTC).day(&almost_midnight_utc)), "31 December 2026");
    }

    #[test]
    fn times_follow_each_language() {
        for (moment, de, en) in [
            ("2026-07-01T22:05:00Z", "0:05 Uhr", "12:05 am"),
            ("2026-07-01T10:00:00Z", "12:00 Uhr", "12:00 pm"),
            ("2026-07-01T21:59:00Z", "23:59 Uhr", "11:59 pm"),
            ("2026-01-01T08:07:00Z", "9:07 Uhr", "9:07 am"),
        ] {
            let moment = moment.parse().unwrap();
            assert_eq!(plain(&Dates::new(Language::De, &berlin()).time(&moment)), de);
            assert_eq!(plain(&Dates::new(Language::En, &berlin()).time(&moment)), en);
        }
    }

    #[test]
    fn nobody_is_called_too_early() {
        let zone = berlin();
        let time = |moment: &str| plain(&Dates::new(Language::De, &zone).time_after(&moment.parse().unwrap()));
        assert_eq!(time("2026-01-01T08:07:00Z"), "9:07 Uhr");
        assert_eq!(time("2026-01-01T08:07:00.000001Z"), "9:08 Uhr");
        assert_eq!(time("2026-01-01T22:59:59Z"), "0:00 Uhr");
    }

    #[test]
    fn moments_stand_in_a_sentence() {
        let (zone, moment) = (berlin(), "2026-11-22T09:30:00Z".parse().unwrap());
        assert_eq!(plain(&Dates::new(Language::De, &zone).moment(&moment)), "22. November 2026 um 10:30 Uhr");
        assert_eq!(plain(&Dates::new(Language::En, &zone).moment(&moment)), "22 November 2026 at 10:30 am");
    }

    #[test]
    fn lists_shorten_what_is_near() {
        let zone = berlin();
        let (de, en) = (Dates::new(Language::De, &zone), Dates::new(Language::En, &zone));
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let short = |moment: &str| {
            let moment = moment.parse().unwrap();
            (plain(&de.short(&moment, &now)), plain(&en.short(&moment, &now)))
        };
        assert_eq!(short("2026-11-22T06:30:00Z"), ("7:30 Uhr".into(), "7:30 am".into()));
        assert_eq!(short("2026-11-21T22:59:00Z"), ("21. November".into(), "21 November".into()));
        assert_eq!(short("2025-03-04T10:00:00Z"), ("04.03.2025".into(), "04/03/2025".into()));
    }

    #[test]
    fn machines_read_the_offset() {
        let moment = "2026-12-31T13:05:00Z".parse().unwrap();
        assert_eq!(Dates::new(Language::De, &berlin()).machine(&moment), "2026-12-31T14:05:00+01:00");
    }
}
