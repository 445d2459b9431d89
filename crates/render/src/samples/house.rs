//! The sample organisation and its clock.

use jiff::{Timestamp, tz::TimeZone};

use crate::brand::{Accent, Asset, Brand, Color, Contact, Header, Prose};

/// The moment at which all samples are drawn: 22 November 2026, 10:30 in Berlin.
pub const fn moment() -> Timestamp {
    Timestamp::constant(1_795_339_800, 0)
}

/// A sample organisation with everything given.
pub fn brand() -> Brand {
    let accent = Accent::default();
    Brand {
        organisation: "Musterkasse".into(),
        portal: "Kundenpostfach".into(),
        tag: "Musterkasse".into(),
        url: "https://post.musterkasse.example".into(),
        logo: None,
        accent,
        zone: TimeZone::get("Europe/Berlin").unwrap_or(TimeZone::UTC),
        service_address: "postfach@musterkasse.example".into(),
        contact: Contact {
            phone: Some("030 5550 1234".into()),
            email: Some("hilfe@musterkasse.example".into()),
            hours: Some(("Montag bis Freitag, 8 bis 18 Uhr".into(), "Monday to Friday, 8 am to 6 pm".into())),
        },
        imprint: Some(Prose::parse(
            "# Anbieter\nMusterkasse VVaG\nMusterallee 1\n12345 Musterstadt\n\n# Vertreten durch\nden Vorstand",
            "# Provider\nMusterkasse VVaG\nMusterallee 1\n12345 Musterstadt, Germany\n\n# Represented by\nthe board",
        )),
        privacy: Some(Prose::parse(
            "Wir verarbeiten Ihre Daten, um Ihnen vertraulich zu schreiben.\n\n# Ihre Rechte\n- Auskunft\n- Berichtigung\n- Löschung",
            "",
        )),
        help: Some(Prose::parse(
            "# Wann bekomme ich Antwort?\nMeist am nächsten Werktag.",
            "# When will I get an answer?\nUsually on the next working day.",
        )),
        accessibility_authority: Some((
            "die Musterstelle für Barrierefreiheit".into(),
            "the Sample Office for Accessibility".into(),
        )),
        provider_page: true,
        style: Asset::style(accent, None),
        icon: Asset::icon(accent),
    }
}

/// The same organisation with very long and hostile names, a logo, a header of its own, and hardly anything given.
pub fn hostile() -> Brand {
    Brand {
        organisation: "<script>alert(1)</script> & \"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft\""
            .into(),
        portal: "'><img src=x onerror=alert(1)>".into(),
        tag: "\"><b>".into(),
        logo: Some("/assets/\"onerror=\"alert(1)".into()),
        contact: Contact::default(),
        imprint: Some(Prose::parse("# <script>alert(2)</script>\n<b>fett</b>\n\n- <i>x</i>", "")),
        privacy: None,
        help: None,
        accessibility_authority: None,
        provider_page: false,
        style: Asset::style(Accent::default(), Some(Header::new(Color([255, 204, 0]), Color([74, 59, 0])))),
        ..brand()
    }
}
