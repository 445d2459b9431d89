//! Pages about the whole mailbox in one file, and the list in that file.

use jiff::SignedDuration;
use model::Language;

use super::{ADDRESS, PageSample, inside, moment};
use crate::{
    archive::{Contents, Dress, Entry},
    brand::Brand,
    pages::{
        archive::{Archive, ArchiveProgress, Coming, Saved, Stage},
        mailbox::Folder,
    },
};

pub(super) fn pages(brand: &Brand, language: Language) -> Vec<PageSample> {
    let page = &inside(brand, language);
    let archive = |stage| Archive { page, messages: 1_284, bytes: 734_003_200, stage }.html();
    let progress = |coming| ArchiveProgress { page, coming }.html();
    let saved = Saved { done: 1_284, messages: 1_284, missing: 0 };
    [
        ("archive", archive(Stage::Idle { saved_at: Some(moment() - SignedDuration::from_hours(24 * 90)) })),
        ("archive-empty", Archive { page, messages: 0, bytes: 0, stage: Stage::Idle { saved_at: None } }.html()),
        ("archive-running", archive(Stage::Running)),
        ("archive-complete", archive(Stage::Complete(saved))),
        ("archive-complete-missing", archive(Stage::Complete(Saved { done: 1_283, missing: 1, ..saved }))),
        ("archive-broken", archive(Stage::Broken(Saved { done: 412, ..saved }))),
        ("archive-progress-soon", progress(Coming::Soon)),
        ("archive-progress-now", progress(Coming::Now { done: 412, messages: 1_284 })),
        ("archive-progress-complete", progress(Coming::Ended { complete: true })),
        ("archive-progress-broken", progress(Coming::Ended { complete: false })),
        ("archive-index", index(brand, language)),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}

/// The list of an archive with everything that may happen to a message.
fn index(brand: &Brand, language: Language) -> String {
    let dress = Dress {
        language,
        organisation: brand.organisation.clone(),
        portal: brand.portal.clone(),
        zone: brand.zone.clone(),
        address: ADDRESS.to_owned(),
        at: moment(),
    };
    let mut contents = Contents::new(dress);
    let entry = |folder, days: i64, correspondent: &str, subject: &str| Entry {
        folder,
        correspondent: correspondent.to_owned(),
        subject: subject.to_owned(),
        at: moment() - SignedDuration::from_hours(24 * days),
        size_bytes: 48_500,
        attached: days % 2 == 0,
        pages: Some(format!("{}.pdf", -days)),
        original: Some(format!("{}.eml", -days)),
    };
    let plain = |entry: Entry| Entry { pages: None, ..entry };
    contents.entries = vec![
        entry(Folder::Inbox, 700, "Leistungsabteilung", "Willkommen"),
        entry(Folder::Inbox, 420, "Prof. Dr. med. Hadubrand-Friedrich von Hohenstaufen-Sonnenburg", "Termin"),
        entry(Folder::Sent, 400, "Max Muster", "Neue Anschrift"),
        plain(entry(Folder::Inbox, 77, "beratung@musterkasse.example", "")),
        plain(Entry { original: None, ..entry(Folder::Inbox, 40, "Max Muster", "\"><script>alert(1)</script>") }),
        entry(Folder::Inbox, 12, "Erika Beispiel", "שלום, התשובה לבקשתך (123) הגיעה"),
        entry(Folder::Sent, 2, "Max Muster", "Re: Ihre Abrechnung ist da"),
        entry(Folder::Inbox, 1, "Max Muster", "Ihre Abrechnung für 100 % & mehr #2"),
    ];
    let mut page = Vec::new();
    // Writing into memory cannot fail.
    let _ = contents.write_to(&mut page);
    String::from_utf8(page).unwrap_or_default()
}
