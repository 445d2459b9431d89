//! What is remembered of the domains that mail goes to, and what administrators allow there.

use app::{
    destination::{self, AUTHOR_BYTES_MAX, NotExcepted, REASON_BYTES_MAX},
    outgoing::{self, Attempt, Destination, ExchangeProtection, Outcome, Parcel, Protection},
};
use jiff::SignedDuration;
use model::{
    assessment::{Assessment, Code, Dnssec, Fault, MtaSts},
    assurance::{Assurance, Exception, Level, Minimum, Requirement, Source, Wishes},
};
use wire::address::Domain;

use crate::{
    house::{ADA, House, on_both, sent, unprotected},
    mails::mail,
};

on_both! {
    c6_three_verified_mails_hold_a_domain_to_it_until_somebody_decides
    c6_exceptions_need_a_reason_an_author_and_an_end
    p6_the_picture_shows_levels_and_what_was_lost
    a_policy_is_kept_until_its_end
    p6_a_delivery_tells_its_story
}

fn had(level: Level) -> Assurance {
    Assurance { level, name_secure: level == Level::Dane }
}

fn taken(level: Level) -> Attempt {
    let protection = Protection::Exchange(Box::new(ExchangeProtection {
        server: "mx.kunde.example".into(),
        address: "192.0.2.1:25".parse().unwrap(),
        assurance: had(level),
        requirement: Requirement { minimum: Minimum::Encrypted, source: Source::Class },
        version: "TLSv1_3".into(),
        suite: "TLS13_AES_256_GCM_SHA384".into(),
        group: "X25519".into(),
        certificate_sha256: "00".into(),
    }));
    Outcome::Sent { reply: "250 ok".into(), protection, reports: true }.into()
}

fn nobody_good_enough(house: &House) -> Attempt {
    let found = Assessment {
        domain: "kunde.example".into(),
        at: house.app.now(),
        mx_dnssec: Dnssec::Insecure,
        hosts: Vec::new(),
        mta_sts: MtaSts::None,
        faults: Vec::new(),
    };
    Attempt::at_exchanges(unprotected(), found)
}

async fn parcel(house: &House) -> Parcel {
    house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
    app::job::work(&house.app).await.unwrap();
    outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap()
}

async fn goes(house: &House, attempt: &Attempt) -> Wishes {
    let parcel = parcel(house).await;
    outgoing::record(&house.app, &parcel, attempt).await.unwrap();
    house.advance(SignedDuration::from_mins(1));
    parcel.wishes
}

fn domain() -> Domain {
    Domain::parse("kunde.example").unwrap()
}

fn exception(house: &House, minimum: Minimum) -> Exception {
    let from = house.app.now();
    let until = from + SignedDuration::from_hours(48);
    Exception { minimum, reason: "Their certificate is being renewed".into(), author: "admin".into(), from, until }
}

async fn c6_three_verified_mails_hold_a_domain_to_it_until_somebody_decides(house: &House) {
    for level in [Level::Verified, Level::Encrypted, Level::Dane, Level::Verified, Level::MtaSts] {
        assert_eq!(goes(house, &taken(level)).await.memory, None);
    }
    assert_eq!(goes(house, &nobody_good_enough(house)).await.memory, Some(Minimum::Verified));
    assert_eq!(goes(house, &taken(Level::Verified)).await.exception, None);
    let allowed = exception(house, Minimum::Encrypted);
    destination::except(&house.app, &domain(), allowed.clone()).await.unwrap().unwrap();
    let wishes = goes(house, &taken(Level::Encrypted)).await;
    assert_eq!((wishes.memory, wishes.exception), (Some(Minimum::Verified), Some(allowed)));
    house.advance(SignedDuration::from_hours(48));
    let wishes = goes(house, &taken(Level::Verified)).await;
    assert_eq!((wishes.memory, wishes.exception), (Some(Minimum::Verified), None), "the exception has ended");
    destination::except(&house.app, &domain(), exception(house, Minimum::Encrypted)).await.unwrap().unwrap();
    assert_eq!(destination::end_exceptions(&house.app, &domain()).await.unwrap(), 1);
    assert_eq!(destination::end_exceptions(&house.app, &domain()).await.unwrap(), 0);
    assert_eq!(goes(house, &taken(Level::Verified)).await.exception, None);
    assert_eq!(destination::exceptions(&house.app).await.unwrap().len(), 2, "what was allowed stays on record");
    let events = house.events().await;
    let told = |word: &str| events.iter().filter(|event| *event == word).count();
    assert_eq!((told("exception_added"), told("exceptions_ended")), (2, 1));
}

async fn c6_exceptions_need_a_reason_an_author_and_an_end(house: &House) {
    let good = exception(house, Minimum::Encrypted);
    let with = |change: fn(&mut Exception)| {
        let mut exception = good.clone();
        change(&mut exception);
        exception
    };
    for (wrong, expected) in [
        (with(|exception| exception.reason = " ".into()), NotExcepted::Reason),
        (with(|exception| exception.reason = "x".repeat(REASON_BYTES_MAX + 1)), NotExcepted::Reason),
        (with(|exception| exception.author.clear()), NotExcepted::Author),
        (with(|exception| exception.author = "x".repeat(AUTHOR_BYTES_MAX + 1)), NotExcepted::Author),
        (with(|exception| exception.until = exception.from), NotExcepted::End),
    ] {
        assert_eq!(destination::except(&house.app, &domain(), wrong).await.unwrap(), Err(expected));
    }
    let longest = with(|exception| {
        exception.reason = "x".repeat(REASON_BYTES_MAX);
        exception.author = "x".repeat(AUTHOR_BYTES_MAX);
    });
    destination::except(&house.app, &domain(), longest).await.unwrap().unwrap();
    assert_eq!(destination::exceptions(&house.app).await.unwrap().len(), 1);
}

async fn p6_the_picture_shows_levels_and_what_was_lost(house: &House) {
    let begin = house.app.now();
    for level in [Level::Dane, Level::Dane, Level::Verified] {
        goes(house, &taken(level)).await;
    }
    let picture = destination::picture(&house.app, begin).await.unwrap();
    let levels: Vec<(Level, u64)> = picture.levels.iter().map(|count| (count.assurance.level, count.domains)).collect();
    assert_eq!(levels, [(Level::Verified, 1)]);
    let [lost] = picture.changes.as_slice() else { panic!("{:?}", picture.changes) };
    assert_eq!(
        (lost.domain.as_str(), lost.change.before.level, lost.change.is_loss()),
        ("kunde.example", Level::Dane, true)
    );
    assert!(destination::picture(&house.app, house.app.now()).await.unwrap().changes.is_empty());
    let (known, _) = destination::known(&house.app, &domain()).await.unwrap();
    assert_eq!(known.unwrap().assurance, had(Level::Verified));
    assert!(destination::known(&house.app, &Domain::parse("other.example").unwrap()).await.unwrap().0.is_none());
    house.answers(sent);
}

async fn a_policy_is_kept_until_its_end(house: &House) {
    use app::sts_policy::{self, StsPolicy};
    let now = house.app.now();
    let policy = |id: &str, hours: i64| StsPolicy {
        policy_id: id.into(),
        policy: "version: STSv1\r\nmode: none\r\nmax_age: 1\r\n".into(),
        fetched_at: now,
        expires_at: now + SignedDuration::from_hours(hours),
    };
    sts_policy::keep(&house.app, &domain(), &policy("1", 1)).await.unwrap();
    sts_policy::keep(&house.app, &domain(), &policy("2", 10)).await.unwrap();
    assert_eq!(sts_policy::find(&house.app, &domain()).await.unwrap(), Some(policy("2", 10)));
    assert!(sts_policy::ending(&house.app, now + SignedDuration::from_hours(9)).await.unwrap().is_empty());
    assert_eq!(sts_policy::ending(&house.app, now + SignedDuration::from_hours(11)).await.unwrap(), ["kunde.example"]);
    house.advance(SignedDuration::from_hours(10));
    assert_eq!(sts_policy::find(&house.app, &domain()).await.unwrap(), None);
    app::housekeeping::tidy(&house.app).await.unwrap();
}

/// P6: whoever asks is told what was decided, looked up, tried and answered, in words.
async fn p6_a_delivery_tells_its_story(house: &House) {
    use app::trace;
    use model::Language;
    let message = house.accept(&mail("Speiseplan", "Montag", ""), &[ADA]).await;
    app::job::work(&house.app).await.unwrap();
    let mut weak = nobody_good_enough(house);
    weak.found.as_mut().unwrap().faults = vec![Fault::new(Code::NoStartTls, "220 \r\nForged line")];
    let mut remembered = weak.clone();
    remembered.is_remembered = true;
    for attempt in [weak, remembered, taken(Level::Dane)] {
        let parcel = outgoing::lease(&house.app, Destination::World, 1).await.unwrap().pop().unwrap();
        outgoing::record(&house.app, &parcel, &attempt).await.unwrap();
        house.advance(SignedDuration::from_hours(1));
    }
    let delivery = house.delivery(message).await;
    let story = trace::delivery(&house.app, delivery.id).await.unwrap().unwrap();
    assert_eq!(trace::message(&house.app, message).await.unwrap(), std::slice::from_ref(&story));
    let zone = &house.app.settings.brand.zone;
    let german = render::story::tell(&story, Language::De, zone);
    let order = [
        "Zustellung ",
        "Angenommen.",
        "Sie geht als E-Mail über eine verschlüsselte Verbindung",
        "Nächster Weg: als E-Mail",
        "1. Versuch, die Nachricht selbst",
        "nicht durch DNSSEC belegt",
        "bietet keine Verschlüsselung an",
        "Zurückgehalten",
        "2. Versuch, die Nachricht selbst",
        "Niemand wurde gefragt",
        "bietet keine Verschlüsselung an",
        "Zurückgehalten",
        "3. Versuch, die Nachricht selbst",
        "Verlangt war: verschlüsselt, Server nicht ausgewiesen. Grund: Schutzklasse",
        "Angenommen: 250 ok",
        "Abgeschlossen: als E-Mail zugestellt.",
    ];
    let mut rest = german.as_str();
    for part in order {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part} is missing or comes too early in\n{german}"));
        rest = &rest[at..];
    }
    assert_eq!(german.matches("Niemand wurde gefragt").count(), 1, "{german}");
    assert!(!german.contains("\nForged") && !german.contains("trace-"), "{german}");
    let english = render::story::tell(&story, Language::En, zone);
    assert_eq!(english.matches("Nobody was asked").count(), 1, "{english}");
    assert!(english.contains("Try 1, the message itself") && english.contains("does not offer STARTTLS"), "{english}");
    assert!(!english.contains("trace-") && !english.contains("Montag"), "{english}");
    let nobody = model::id::DeliveryId::from_bytes([7; 16]);
    assert!(trace::delivery(&house.app, nobody).await.unwrap().is_none());
}
