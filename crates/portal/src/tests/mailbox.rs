//! Reading and saving [J9, J12, J13].

use axum::http::{Method, StatusCode};

use super::world::{ADA, World, letter, on_both};

on_both! {
    j12_the_exported_mail_is_what_came_byte_for_byte
    j12_asking_about_a_download_reads_and_notes_nothing
    j9_only_who_opens_a_message_has_read_it
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

async fn j12_asking_about_a_download_reads_and_notes_nothing(world: &World) {
    let mut owner = world.owner(ADA).await;
    let raw = letter("Lang", &"<p>Zeile</p>\r\n".repeat(60_000), &[("Bescheid.pdf", "application/pdf")]);
    world.receive(ADA, &raw).await;
    let id = owner.newest("/").await;
    let (eml, zip) = (format!("/messages/{id}/message.eml"), format!("/messages/{id}/attachments.zip"));
    let whole = [owner.get(&eml).await, owner.get(&zip).await];
    let exported = world.events("exported").await;
    assert_eq!(exported, 2);
    world.lose_blobs();
    for (path, whole) in [&eml, &zip].into_iter().zip(whole) {
        let head = owner.request(Method::HEAD, path, "", "").await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0), "{path}");
        for name in ["content-type", "content-disposition", "content-security-policy", "cache-control"] {
            assert_eq!(head.header(name), whole.header(name), "{path}");
        }
        let length = if path == &eml { whole.header("content-length") } else { "" };
        assert_eq!(head.header("content-length"), length, "{path}");
        assert!(owner.get(path).await.status.is_server_error(), "the content is away");
    }
    assert_eq!(world.events("exported").await, exported);
    let none = format!("/messages/{}/message.eml", "a".repeat(26));
    assert_eq!(owner.request(Method::HEAD, &none, "", "").await.status, StatusCode::NOT_FOUND);
}

async fn j9_only_who_opens_a_message_has_read_it(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.receive(ADA, &letter("Neu", "<p>Zeile</p>", &[])).await;
    let id = owner.newest("/").await;
    let read = world.events("read").await;
    for path in ["", "/frame", "/print", "/export", "/delete"] {
        let head = owner.request(Method::HEAD, &format!("/messages/{id}{path}"), "", "").await;
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0), "{path}");
    }
    for path in ["export", "delete"] {
        assert_eq!(owner.get(&format!("/messages/{id}/{path}")).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(world.events("read").await, read);
    owner.get(&format!("/messages/{id}")).await;
    assert_eq!(world.events("read").await, read + 1);
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
    assert!(found.contains("Nummer13") && !found.contains("Nummer12") && !found.contains("class=\"paging\""));
    assert_eq!(owner.get("/?before=nonsense").await.status, StatusCode::OK);
    let words = "sabine nummer";
    let query = super::browser::form(&[("q", words)]);
    let first = owner.get(&format!("/?{query}")).await.text();
    assert!(first.contains("Nummer26") && !first.contains("Nummer01") && !first.contains("Bescheid<"));
    let paging =
        |page: &str| page.split("class=\"paging\"").nth(1).unwrap().split("href=\"").nth(1).unwrap().to_owned();
    let older = paging(&first).split('"').next().unwrap().replace("&#38;", "&");
    let second = owner.get(&older).await.text();
    assert!(second.contains("Nummer01") && second.contains("Nummer00") && !second.contains("Nummer02"), "{older}");
    assert!(second.contains(&format!("value=\"{words}\"")), "the words stay in the field");
    assert!(paging(&second).starts_with(&format!("/?{query}\"")), "newer leads back to the first page");
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
