//! The page about e-mail providers: for everybody, the same for everybody, and not for scanning.

use app::provider::{FINDING_KEPT, QUESTIONS_MAX, QUESTIONS_TIME};
use axum::http::StatusCode;
use jiff::SignedDuration;

use super::{
    browser::{Browser, Reply},
    world::{ADA, World, on_both},
};

on_both! {
    anybody_gets_an_answer_in_plain_words_p8
    p7_customers_and_strangers_get_the_same_bytes
    what_is_no_provider_is_said_beside_the_field
    only_so_much_is_asked_and_what_is_known_costs_nothing
    questions_of_other_pages_are_not_asked
    without_the_page_nothing_leads_there
}

async fn ask(browser: &mut Browser<'_>, typed: &str) -> Reply {
    browser.get("/provider").await;
    browser.post("/provider", &[("address", typed)]).await
}

async fn anybody_gets_an_answer_in_plain_words_p8(world: &World) {
    let mut nobody = world.browser();
    assert!(nobody.get("/help").await.text().contains("href=\"/provider\""), "the help and every footer lead there");
    for (typed, said) in [
        ("gut.example", "Ja, sehr gut geschützt"),
        ("jemand@clear.example", "Nein, zurzeit nicht"),
        ("silent.example", "Das können wir gerade nicht sagen"),
        ("leistung@beispiel.example", "Diese Adresse gehört zu uns"),
    ] {
        let reply = ask(&mut nobody, typed).await;
        assert_eq!(reply.status, StatusCode::OK, "{typed}");
        assert!(reply.text().contains(said), "{typed}: {}", reply.text());
    }
    assert_eq!(world.prober.asked(), ["gut.example", "clear.example", "silent.example"], "never the own domain");
    let letter = ask(&mut nobody, "clear.example").await.text();
    assert!(letter.contains("- mx.clear.example: Der Server bietet kein STARTTLS an."), "{letter}");
    let mut owner = world.owner(ADA).await;
    assert!(owner.get("/provider").await.text().contains(&format!("value=\"{ADA}\"")));
}

async fn p7_customers_and_strangers_get_the_same_bytes(world: &World) {
    world.owner(ADA).await;
    let mut nobody = world.browser();
    let mut pages = Vec::new();
    for typed in [ADA, "nobody@kunde.example", "kunde.example"] {
        pages.push(ask(&mut nobody, typed).await.text());
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0], pages[2], "what stands before the @ is not even repeated");
    assert!(!pages[0].contains("ada@"));
    assert_eq!(world.prober.asked(), ["kunde.example"]);
}

async fn what_is_no_provider_is_said_beside_the_field(world: &World) {
    let mut nobody = world.browser();
    for (typed, said) in [
        ("", "Geben Sie Ihre E-Mail-Adresse ein."),
        ("ada", "Eine E-Mail-Adresse sieht so aus"),
        ("ada@localhost", "Eine E-Mail-Adresse sieht so aus"),
        ("ada@kunde.example:25", "Eine E-Mail-Adresse sieht so aus"),
        ("ada@[127.0.0.1]", "Hinter dem @ steht eine Nummer."),
        ("10.0.0.1", "Hinter dem @ steht eine Nummer."),
    ] {
        let reply = ask(&mut nobody, typed).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        let text = reply.text();
        assert!(text.contains("id=\"address-problem\"") && text.contains(said), "{typed}: {text}");
        assert!(text.contains(&format!("value=\"{typed}\"")), "{typed} is kept");
    }
    let hostile = ask(&mut nobody, "\"><script>alert(1)</script>@x y").await.text();
    assert!(!hostile.contains("<script") && hostile.contains("&#60;script&#62;"));
    let endless = ask(&mut nobody, &format!("{}.example", "a".repeat(30_000))).await;
    assert_eq!(endless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask(&mut nobody, &"a".repeat(70_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(world.prober.asked().is_empty(), "nobody was looked at");
}

async fn only_so_much_is_asked_and_what_is_known_costs_nothing(world: &World) {
    let mut scanner = world.browser();
    for number in 0..QUESTIONS_MAX {
        assert_eq!(ask(&mut scanner, &format!("n{number}.example")).await.status, StatusCode::OK, "{number}");
    }
    let refused = ask(&mut scanner, "ada@more.example").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), QUESTIONS_TIME.as_secs().to_string());
    let text = refused.text();
    assert!(text.contains("value=\"ada@more.example\"") && text.contains("id=\"wait\""), "{text}");
    assert!(!text.contains("Passwort"), "the reason is this page's own");
    assert_eq!(ask(&mut scanner, "n3.example").await.status, StatusCode::OK, "what is known is told");
    let asked = u32::try_from(world.prober.asked().len()).unwrap();
    assert_eq!(asked, QUESTIONS_MAX, "neither refused nor known questions reach anybody");
    let mut neighbour = world.browser();
    neighbour.headers.push(("x-forwarded-for", "198.51.100.7".to_owned()));
    assert_eq!(ask(&mut neighbour, "more.example").await.status, StatusCode::OK, "others need not wait");
    world.advance(QUESTIONS_TIME);
    assert_eq!(ask(&mut scanner, "later.example").await.status, StatusCode::OK);
    world.advance(FINDING_KEPT - QUESTIONS_TIME - SignedDuration::from_secs(1));
    let before = world.prober.asked().len();
    ask(&mut scanner, "n3.example").await;
    assert_eq!(world.prober.asked().len(), before, "kept for its time");
    world.advance(SignedDuration::from_secs(1));
    ask(&mut scanner, "n3.example").await;
    assert_eq!(world.prober.asked().len(), before + 1, "and no longer");
}

async fn questions_of_other_pages_are_not_asked(world: &World) {
    let mut nobody = world.browser();
    nobody.get("/provider").await;
    let kept = std::mem::replace(&mut nobody.headers, vec![("sec-fetch-site", "cross-site".to_owned())]);
    assert_eq!(nobody.post("/provider", &[("address", "a.example")]).await.status, StatusCode::FORBIDDEN);
    nobody.headers = kept;
    nobody.csrf = "x".to_owned();
    assert_eq!(nobody.post("/provider", &[("address", "a.example")]).await.status, StatusCode::FORBIDDEN);
    let linked = nobody.get("/provider?address=a.example").await;
    assert!(!linked.text().contains("value=\"a.example\""), "a link asks nothing and fills in nothing");
    assert!(world.prober.asked().is_empty());
}

async fn without_the_page_nothing_leads_there(world: &World) {
    let without = World::without_provider_page(world.engine).await;
    let mut nobody = without.browser();
    assert!(!nobody.get("/help").await.text().contains("href=\"/provider\""));
    assert_eq!(nobody.get("/provider").await.status, StatusCode::NOT_FOUND);
    assert_eq!(nobody.post("/provider", &[("address", "a.example")]).await.status, StatusCode::NOT_FOUND);
    assert!(without.prober.asked().is_empty());
}
