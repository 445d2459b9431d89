//! Reading and saving [J9, J12, J13].

use axum::http::StatusCode;

use super::world::{ADA, World, letter, on_both};

on_both! {
    j12_the_exported_mail_is_what_came_byte_for_byte
    j13_a_deleted_message_is_gone_like_one_that_never_was
    j9_lists_turn_their_pages_and_search
    j15_the_password_is_changed_with_the_present_one
}

async fn j12_the_exported_mail_is_what_came_byte_for_byte(world: &World) {
    let mut owner = world.owner(ADA).await;
    let long = "<p>Zeile</p>\r\n".repeat(60_000);
    let raw = letter("Lang", &long, &[]);
    world.receive(ADA, &raw).await;
    let id = owner.newest("/").await;
    let reply = owner.get(&format!("/messages/{id}/message.eml")).await;
    assert_eq!(reply.header("content-length"), reply.bytes.len().to_string());
    assert!(reply.bytes.ends_with(&raw));
    assert_eq!(reply.header("content-type"), "message/rfc822");
}

async fn j13_a_deleted_message_is_gone_like_one_that_never_was(world: &World) {
    let mut owner = world.owner(ADA).await;
    let id = owner.newest("/").await;
    owner.get(&format!("/messages/{id}/delete")).await;
    let reply = owner.post(&format!("/messages/{id}/delete"), &[]).await;
    assert_eq!(reply.location(), "/");
    assert!(owner.get("/").await.text().contains("role=\"status\""));
    for path in ["", "/frame", "/message.eml", "/attachments/0", "/attachments.zip", "/delete", "/print"] {
        assert_eq!(owner.get(&format!("/messages/{id}{path}")).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

async fn j9_lists_turn_their_pages_and_search(world: &World) {
    let mut owner = world.owner(ADA).await;
    for number in 0..27 {
        world.receive(ADA, &letter(&format!("Nummer{number:02}"), "<p>x</p>", &[])).await;
        world.advance(jiff::SignedDuration::from_secs(1));
    }
    let first = owner.get("/").await.text();
    assert!(first.contains("Nummer26") && !first.contains("Nummer00"));
    let older = first.split("?before=").nth(1).unwrap().split('"').next().unwrap();
    let second = owner.get(&format!("/?before={older}")).await.text();
    assert!(second.contains("Nummer00") && !second.contains("Nummer26"));
    let found = owner.get("/?q=nummer13").await.text();
    assert!(found.contains("Nummer13") && !found.contains("Nummer12"));
    assert_eq!(owner.get("/?before=nonsense").await.status, StatusCode::OK);
}

async fn j15_the_password_is_changed_with_the_present_one(world: &World) {
    let mut owner = world.owner(ADA).await;
    let new = "vier alte Bären am Weiher";
    owner.get("/settings/password").await;
    let wrong = [("current", "falsch"), ("password", new), ("again", new)];
    assert_eq!(owner.post("/settings/password", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("current", super::world::PASSWORD), ("password", new), ("again", new)];
    assert_eq!(owner.post("/settings/password", &right).await.location(), "/settings");
    assert_eq!(world.browser().sign_in(ADA, new).await.location(), "/");
    assert!(owner.get("/settings").await.status == StatusCode::OK);
}
