//! Coming in: activation, sign-in, notices, sign-out.

use app::outgoing::Destination;
use axum::http::{Method, StatusCode};
use jiff::SignedDuration;

use super::world::{ADA, BEN, PASSWORD, World, letter, on_both};

on_both! {
    j3_scanners_open_the_link_fifty_times_and_spend_nothing
    j3_steps_can_be_left_and_come_back_to_from_another_browser
    j8_a_link_that_does_not_work_helps_and_a_used_one_leads_to_sign_in
    j4_the_link_of_a_notice_leads_to_its_message
    p7_unknown_and_known_addresses_answer_alike
    j5_guessing_is_slowed_down_and_the_owner_still_gets_in
    sessions_are_new_at_sign_in_and_die_on_the_server
    sessions_end_after_idling
    only_own_paths_follow_a_sign_in
    j15_language_follows_the_mailbox_then_the_choice_then_the_browser
    j13_a_deleted_mailbox_is_gone_with_its_keys_and_a_mail_confirms_it_r4
}

async fn j3_scanners_open_the_link_fifty_times_and_spend_nothing(world: &World) {
    world.receive(ADA, &letter("Bescheid", "<p>x</p>", &[])).await;
    let link = world.link(ADA).await;
    for method in [Method::HEAD, Method::GET].into_iter().cycle().take(50) {
        let mut scanner = world.browser();
        scanner.headers.clear();
        let reply = scanner.request(method, &link, "", "").await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER);
        for path in ["/activation", "/activation/password", "/activation/question", "/activation/finish"] {
            scanner.get(path).await;
        }
    }
    world.browser().activate(&link).await;
}

async fn j3_steps_can_be_left_and_come_back_to_from_another_browser(world: &World) {
    world.receive(ADA, &letter("Bescheid", "<p>x</p>", &[])).await;
    let link = world.link(ADA).await;
    let mut phone = world.browser();
    phone.get(&link).await;
    assert!(phone.get("/activation").await.text().contains("Sabine Service"));
    assert_eq!(phone.get("/activation/question").await.location(), "/activation/password");
    phone.get("/activation/password").await;
    let reply = phone.post("/activation/password", &[("password", "kurz"), ("again", "kurz")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    phone.post("/activation/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
    world.advance(SignedDuration::from_hours(30));
    let mut desk = world.browser();
    desk.get(&link).await;
    assert_eq!(desk.get("/activation/question").await.status, StatusCode::OK);
    let reply = desk.post("/activation/password", &[("password", ""), ("again", "")]).await;
    assert_eq!(reply.location(), "/activation/question", "what was chosen stays");
}

async fn j8_a_link_that_does_not_work_helps_and_a_used_one_leads_to_sign_in(world: &World) {
    world.receive(ADA, &letter("Bescheid", "<p>x</p>", &[])).await;
    let link = world.link(ADA).await;
    let mut unknown = world.browser();
    unknown.get(&format!("/activate/{}", "A".repeat(43))).await;
    let unknown = unknown.get("/activation").await;
    world.browser().activate(&link).await;
    let mut late = world.browser();
    late.get(&link).await;
    assert!(late.get("/activation").await.text().contains(ADA));
    world.receive(BEN, &letter("Bescheid", "<p>x</p>", &[])).await;
    let link = world.link(BEN).await;
    world.advance(SignedDuration::from_hours(24 * 41));
    let mut expired = world.browser();
    expired.get(&link).await;
    let expired = expired.get("/activation").await;
    assert_eq!((expired.status, expired.text().len()), (unknown.status, unknown.text().len()), "P7");
}

async fn j4_the_link_of_a_notice_leads_to_its_message(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.receive(ADA, &letter("Zweiter", "<p>x</p>", &[])).await;
    let link = world.link(ADA).await;
    assert!(link.starts_with("/notices/"), "{link}");
    let id = owner.newest("/").await;
    assert_eq!(owner.get(&link).await.location(), format!("/messages/{id}"));
    let mut fresh = world.browser();
    let page = fresh.get(&link).await;
    assert!(page.status == StatusCode::OK && page.text().contains(ADA) && !page.text().contains("Zweiter"));
    let next = page.hidden("next");
    let reply = fresh.post("/sign-in", &[("address", ADA), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(reply.location(), format!("/messages/{id}"));
    let mut other = world.owner(BEN).await;
    assert!(other.get(&link).await.text().contains(ADA), "somebody else is asked to sign in");
    assert!(world.outbox(Destination::Organisation).await.is_empty());
}

async fn p7_unknown_and_known_addresses_answer_alike(world: &World) {
    world.owner(ADA).await;
    let mut answers = Vec::new();
    for address in [ADA, "eve@kunde.example"] {
        let mut stranger = world.browser();
        let reply = stranger.sign_in(address, "falsches Kennwort").await;
        let page = reply.text().replace(address, "-").replace(&stranger.csrf, "-").replace(&reply.hidden("csrf"), "-");
        answers.push((reply.status, page));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0].0, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn j5_guessing_is_slowed_down_and_the_owner_still_gets_in(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.post("/sign-out", &[]).await;
    let mut stranger = world.browser();
    let mut last = StatusCode::OK;
    for _ in 0..7 {
        last = stranger.sign_in(ADA, "falsches Kennwort").await.status;
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    let reply = stranger.sign_in(ADA, PASSWORD).await;
    assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0);
    let page = reply.text();
    assert!(page.contains("action=\"/sign-in\"") && page.contains("role=\"alert\""), "the form itself answers");
    assert!(page.contains("Ab 8:01\u{a0}Uhr können Sie es wieder versuchen."), "{page}");
    assert_eq!(owner.sign_in(ADA, PASSWORD).await.location(), "/", "the device cookie tells the owner's browser");
}

async fn sessions_are_new_at_sign_in_and_die_on_the_server(world: &World) {
    let mut owner = world.owner(ADA).await;
    let first = owner.cookies["__Host-session"].clone();
    let mut planted = world.browser();
    planted.cookies.insert("__Host-session".into(), "A".repeat(43));
    planted.get("/sign-in").await;
    planted.sign_in(ADA, PASSWORD).await;
    assert_ne!(planted.cookies["__Host-session"], "A".repeat(43));
    assert_ne!(planted.cookies["__Host-session"], first);
    let reply = owner.post("/sign-out", &[]).await;
    assert_eq!(reply.location(), "/signed-out");
    assert!(reply.header("clear-site-data").contains("storage"));
    let mut thief = world.browser();
    thief.cookies.insert("__Host-session".into(), first);
    assert_eq!(thief.get("/").await.location(), "/sign-in?reason=over");
    assert_eq!(planted.get("/").await.status, StatusCode::OK, "other sessions go on");
    let stolen = planted.cookies["__Host-session"].clone();
    assert_eq!(planted.post("/settings/sessions/end", &[]).await.location(), "/signed-out?everywhere=yes");
    thief.cookies.insert("__Host-session".into(), stolen);
    assert_eq!(thief.get("/").await.status, StatusCode::SEE_OTHER);
}

async fn sessions_end_after_idling(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.advance(SignedDuration::from_mins(19));
    assert_eq!(owner.get("/").await.status, StatusCode::OK);
    world.advance(SignedDuration::from_mins(20));
    assert_eq!(owner.get("/sent").await.location(), "/sign-in?next=%2Fsent&reason=over");
    assert!(!owner.cookies.contains_key("__Host-session"));
}

async fn only_own_paths_follow_a_sign_in(world: &World) {
    world.owner(ADA).await;
    for evil in ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example"] {
        let mut browser = world.browser();
        let query = super::browser::form(&[("next", evil)]);
        assert_eq!(browser.get(&format!("/sign-in?{query}")).await.hidden("next"), "");
        let reply = browser.post("/sign-in", &[("address", ADA), ("password", PASSWORD), ("next", evil)]).await;
        assert_eq!(reply.location(), "/");
    }
}

async fn j15_language_follows_the_mailbox_then_the_choice_then_the_browser(world: &World) {
    let mut owner = world.owner(ADA).await;
    let mut stranger = world.browser();
    let lang = |text: String| text.split("<html lang=\"").nth(1).unwrap()[..2].to_owned();
    stranger.headers.retain(|(name, _)| *name != "accept-language");
    assert_eq!(lang(stranger.get("/help").await.text()), "de");
    stranger.headers.push(("accept-language", "en-GB".into()));
    assert_eq!(lang(stranger.get("/help").await.text()), "en");
    let reply = stranger.post("/language", &[("language", "de"), ("back", "/help?x=1")]).await;
    assert_eq!(reply.location(), "/help?x=1");
    assert_eq!(lang(stranger.get("/help").await.text()), "de");
    assert_eq!(stranger.post("/language", &[("language", "de"), ("back", "//evil.example")]).await.location(), "/");
    owner.get("/settings/language").await;
    owner.post("/settings/language", &[("language", "en")]).await;
    assert_eq!(lang(owner.get("/").await.text()), "en");
    assert_eq!(lang(owner.get("/").await.text()), "en");
}

async fn j13_a_deleted_mailbox_is_gone_with_its_keys_and_a_mail_confirms_it_r4(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.receive(ADA, &letter("Bescheid", "<p>x</p>", &[])).await;
    owner.get("/settings/delete").await;
    let unsure = owner.post("/settings/delete", &[("current", PASSWORD)]).await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wrong = owner.post("/settings/delete", &[("sure", "yes"), ("current", "ein falsches Passwort")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mailbox = world.app.store.read().await.unwrap().mailboxes().find_by_address(ADA).await.unwrap().unwrap();
    let deleted = owner.post("/settings/delete", &[("sure", "yes"), ("current", PASSWORD)]).await;
    assert_eq!(deleted.status, StatusCode::OK);
    let mut reader = world.app.store.read().await.unwrap();
    assert!(reader.mailboxes().find_by_address(ADA).await.unwrap().is_none());
    assert!(reader.wraps().find(mailbox.id, store::WrapKind::Password).await.unwrap().is_none());
    assert!(reader.wraps().find(mailbox.id, store::WrapKind::Recovery).await.unwrap().is_none());
    drop(reader);
    assert_eq!(owner.get("/settings").await.status, StatusCode::SEE_OTHER, "the session ended with it");
    let mut again = world.browser();
    again.get("/sign-in").await;
    let refused = again.post("/sign-in", &[("address", ADA), ("password", PASSWORD)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let parcels = app::outgoing::lease(&world.app, Destination::World, 10).await.unwrap();
    assert!(parcels.iter().any(|parcel| parcel.recipient.as_typed() == ADA), "a mail confirms the deletion");
}
