//! Headers, cookies, forms from elsewhere.

use axum::http::StatusCode;

use super::world::{ADA, PASSWORD, World, letter, on_both};
use crate::headers::{FRAME_POLICY, PAGE_POLICY};

on_both! {
    every_answer_carries_the_headers
    cookies_are_bound_to_the_host_and_plain_on_loopback
    a_message_is_framed_with_an_origin_of_its_own
    j9_a_message_is_printed_as_it_is_read_and_harmless_too
    files_are_saved_and_never_shown
    forms_of_other_pages_change_nothing
    strangers_forms_are_bound_to_their_browser
    flashes_are_known_words_shown_once
    pages_are_compressed_unless_another_site_led_here
}

async fn every_answer_carries_the_headers(world: &World) {
    let mut owner = world.owner(ADA).await;
    let style = world.app.settings.brand.style.path.clone();
    for path in ["/", "/help", "/none", "/healthz", "/sign-out", "/messages/x/message.eml", "/write", &style] {
        let reply = owner.get(path).await;
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-robots-tag", "noindex, nofollow"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(reply.header(name), value, "{path}");
        }
        assert!(!reply.header("permissions-policy").is_empty());
        let asset = path == style;
        assert_eq!(reply.header("cache-control").contains("immutable"), asset, "{path}");
        assert_eq!(reply.header("cache-control") == "no-store", !asset, "{path}");
        assert!(asset || reply.header("content-security-policy") == PAGE_POLICY, "{path}");
    }
    assert!(!PAGE_POLICY.contains("script-src") && !PAGE_POLICY.contains("unsafe"));
}

async fn cookies_are_bound_to_the_host_and_plain_on_loopback(world: &World) {
    let owner = world.owner(ADA).await;
    assert!(owner.cookies.keys().all(|name| name.starts_with("__Host-")), "{:?}", owner.cookies.keys());
    let plain = World::at(world.engine, "http://127.0.0.1:8080").await;
    let mut owner = plain.owner(ADA).await;
    assert!(owner.cookies.contains_key("session"));
    assert_eq!(owner.get("/").await.header("strict-transport-security"), "");
}

async fn a_message_is_framed_with_an_origin_of_its_own(world: &World) {
    let mut owner = world.owner(ADA).await;
    let html = "<p>Hallo</p><script>alert(1)</script><form action='https://evil.example'><input></form>\
                <img src='https://evil.example/x.png'><a href='javascript:alert(1)'>x</a>";
    world.receive(ADA, &letter("Bunt", html, &[])).await;
    let id = owner.newest("/").await;
    let page = owner.get(&format!("/messages/{id}")).await.text();
    assert!(page.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""));
    assert!(page.contains(&format!("/messages/{id}/frame")) && !page.contains("<script") && !page.contains("Hallo"));
    let frame = owner.get(&format!("/messages/{id}/frame")).await;
    assert_eq!(frame.header("content-security-policy"), FRAME_POLICY);
    assert_eq!(frame.header("x-frame-options"), "SAMEORIGIN");
    assert!(!FRAME_POLICY.contains("allow-scripts") && !FRAME_POLICY.contains("allow-same-origin"));
    let text = frame.text();
    assert!(text.contains("Hallo"));
    for gone in ["<script", "<form", "evil.example", "javascript:"] {
        assert!(!text.contains(gone), "{gone}");
    }
}

async fn j9_a_message_is_printed_as_it_is_read_and_harmless_too(world: &World) {
    let mut owner = world.owner(ADA).await;
    let html = "<style>header{display:none}</style><p>Hallo</p><script>alert(1)</script><form><input></form>\
                <img src='https://evil.example/x.png'>";
    world.receive(ADA, &letter("Bunt", html, &[("Bescheid.pdf", "application/pdf")])).await;
    let id = owner.newest("/").await;
    let paper = owner.get(&format!("/messages/{id}/print")).await;
    let policy = paper.header("content-security-policy");
    assert!(
        policy.starts_with("sandbox ")
            && policy.contains("default-src 'none'; ")
            && policy.contains("frame-ancestors 'none'")
    );
    assert!(
        !policy.contains("allow-scripts") && !policy.contains("allow-same-origin") && !policy.contains("allow-forms")
    );
    assert_eq!(paper.header("cross-origin-opener-policy"), "unsafe-none", "else browsers refuse it");
    let text = paper.text();
    for said in ["<p>Hallo</p>", "Bunt", "Sabine Service &#60;service@beispiel.example&#62;", "Bescheid.pdf</bdi> ("] {
        assert!(text.contains(said), "{said}");
    }
    for gone in ["<script", "<form", "evil.example", "<iframe"] {
        assert!(!text.contains(gone), "{gone}");
    }
    assert!(text.contains("header{display:none}") && text.contains("<header style=\"all:initial!important;"));
    assert!(text.contains("Auf diesem Ausdruck fehlt ein Bild, weil"), "J9: what is left out is said on the paper");
    let back = |page: &str| {
        page.split("print-hint").last().unwrap().split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    assert_eq!(back(&text), format!("/messages/{id}"));
    let plain = owner.get(&format!("/messages/{id}/print?view=text")).await;
    assert!(plain.text().contains(&format!("href=\"/messages/{id}?view=text\"")), "back to the view it came from");
    assert_eq!(plain.header("content-security-policy"), PAGE_POLICY);
    assert!(plain.text().contains("Hallo") && !plain.text().contains("<p>Hallo</p>"));
}

async fn files_are_saved_and_never_shown(world: &World) {
    let mut owner = world.owner(ADA).await;
    let files = [("a.html", "text/html"), ("b.svg", "image/svg+xml"), ("Gutachten.pdf", "application/pdf")];
    world.receive(ADA, &letter("Dateien", "<p>x</p>", &files)).await;
    let id = owner.newest("/").await;
    for (number, (name, _)) in files.iter().enumerate() {
        let reply = owner.get(&format!("/messages/{id}/attachments/{number}")).await;
        let disposition = reply.header("content-disposition");
        assert!(disposition.starts_with("attachment; ") && disposition.contains(name), "{disposition}");
        assert_eq!(reply.header("content-security-policy"), "sandbox; default-src 'none'; frame-ancestors 'none'");
        let pdf = reply.header("content-type") == "application/pdf";
        assert!(pdf || reply.header("content-type") == "application/octet-stream", "{}", reply.header("content-type"));
        assert!(reply.text().contains(name));
    }
}

async fn forms_of_other_pages_change_nothing(world: &World) {
    let mut owner = world.owner(ADA).await;
    let id = owner.newest("/").await;
    let delete = format!("/messages/{id}/delete");
    owner.get(&delete).await;
    for (name, value) in
        [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example")]
    {
        let kept = std::mem::replace(&mut owner.headers, vec![(name, value.to_owned())]);
        assert_eq!(owner.post(&delete, &[]).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
        owner.headers = kept;
    }
    let token = owner.csrf.clone();
    for forged in ["", "x", &token[1..], &"A".repeat(token.len())] {
        owner.csrf = forged.to_owned();
        assert_eq!(owner.post(&delete, &[]).await.status, StatusCode::FORBIDDEN, "{forged}");
    }
    assert_eq!(owner.get(&format!("/messages/{id}")).await.status, StatusCode::OK);
    owner.csrf = token;
    assert_eq!(owner.post(&delete, &[]).await.status, StatusCode::SEE_OTHER);
}

async fn strangers_forms_are_bound_to_their_browser(world: &World) {
    world.owner(ADA).await;
    let mut victim = world.browser();
    victim.get("/sign-in").await;
    let mut attacker = world.browser();
    attacker.get("/sign-in").await;
    victim.csrf = attacker.csrf.clone();
    let fields = [("address", ADA), ("password", PASSWORD), ("next", "")];
    let reply = victim.post("/sign-in", &fields).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.text().contains(ADA), "what was typed stays");
    assert!(!victim.cookies.contains_key("__Host-session"));
    assert_eq!(victim.post("/sign-in", &fields).await.location(), "/", "the page that answers has the right token");
}

async fn flashes_are_known_words_shown_once(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.cookies.insert("__Host-flash".into(), "flash-password-changed".into());
    assert!(owner.get("/").await.text().contains("role=\"status\""));
    assert!(!owner.get("/").await.text().contains("role=\"status\""));
    owner.cookies.insert("__Host-flash".into(), "anything-else".into());
    assert!(!owner.get("/").await.text().contains("role=\"status\""));
}

async fn pages_are_compressed_unless_another_site_led_here(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.headers.push(("accept-encoding", "gzip".into()));
    assert_eq!(owner.get("/").await.header("content-encoding"), "gzip");
    assert_eq!(owner.get("/healthz").await.header("content-encoding"), "");
    owner.headers.retain(|(name, _)| *name != "sec-fetch-site");
    owner.headers.push(("sec-fetch-site", "cross-site".into()));
    assert_eq!(owner.get("/?q=x").await.header("content-encoding"), "");
}
