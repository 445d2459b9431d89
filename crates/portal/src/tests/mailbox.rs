//! Reading and saving [J9, J12, J13].

use std::fmt::Write as _;

use axum::http::{Method, StatusCode};

use super::world::{ADA, BEN, World, letter, on_both};

on_both! {
    j12_the_exported_mail_is_what_came_byte_for_byte
    j12_a_message_is_saved_for_outlook
    j12_a_message_is_saved_as_pages_with_everything_inside
    j12_asking_about_a_download_reads_and_notes_nothing
    j12_asking_about_an_attachment_reads_and_notes_nothing
    j9_j12_a_message_too_complex_to_take_apart_leads_to_its_page
    j9_only_who_opens_a_message_has_read_it
    j13_a_deleted_message_is_gone_like_one_that_never_was
    j9_lists_turn_their_pages_and_search
    j9_newer_and_older_lead_back_and_forth
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

async fn j12_a_message_is_saved_for_outlook(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.receive(ADA, &letter("Ihr Bescheid", "<p>Grüße</p>", &[("Bescheid.pdf", "application/pdf")])).await;
    let id = owner.newest("/").await;
    let reply = owner.get(&format!("/messages/{id}/message.msg")).await;
    assert_eq!(reply.header("content-type"), "application/vnd.ms-outlook");
    assert!(reply.header("content-disposition").ends_with("Ihr%20Bescheid.msg"), "{reply:?}");
    assert!(reply.bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]), "a compound file");
    assert_eq!(world.events("exported").await, 1);
}

async fn j12_a_message_is_saved_as_pages_with_everything_inside(world: &World) {
    let mut owner = world.owner(ADA).await;
    let raw = letter("Ihr Bescheid", "<p>Grüße</p>", &[("Bescheid.pdf", "application/pdf")]);
    world.receive(ADA, &raw).await;
    let id = owner.newest("/").await;
    let reply = owner.get(&format!("/messages/{id}/message.pdf")).await;
    assert_eq!(reply.header("content-type"), "application/pdf");
    assert!(reply.header("content-disposition").ends_with("Ihr%20Bescheid.pdf"), "{reply:?}");
    assert_eq!(reply.header("content-length"), reply.bytes.len().to_string());
    assert!(reply.bytes.starts_with(b"%PDF-1.7") && reply.bytes.ends_with(b"%%EOF\n"));
    assert!(memchr::memmem::find(&reply.bytes, &raw).is_some(), "the original is inside, byte for byte");
    assert!(memchr::memmem::find(&reply.bytes, b"/F(Bescheid.pdf)").is_some(), "so is the attachment");
    assert_eq!(world.events("exported").await, 1);
    let again = owner.get(&format!("/messages/{id}/message.pdf")).await;
    assert_eq!(again.bytes, reply.bytes, "the same message is the same file");
}

async fn j12_asking_about_a_download_reads_and_notes_nothing(world: &World) {
    let mut owner = world.owner(ADA).await;
    let raw = letter("Lang", &"<p>Zeile</p>\r\n".repeat(60_000), &[("Bescheid.pdf", "application/pdf")]);
    world.receive(ADA, &raw).await;
    let id = owner.newest("/").await;
    let names = ["message.eml", "message.pdf", "message.msg", "attachments.zip"];
    let [eml, pdf, msg, zip] = names.map(|name| format!("/messages/{id}/{name}"));
    let whole = [owner.get(&eml).await, owner.get(&pdf).await, owner.get(&msg).await, owner.get(&zip).await];
    let exported = world.events("exported").await;
    assert_eq!(exported, 4);
    world.lose_blobs();
    for (path, whole) in [&eml, &pdf, &msg, &zip].into_iter().zip(whole) {
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

async fn j12_asking_about_an_attachment_reads_and_notes_nothing(world: &World) {
    let mut owner = world.owner(ADA).await;
    let long = "<p>Zeile</p>\r\n".repeat(60_000);
    world.receive(ADA, &letter("Lang", &long, &[("Gutachten Müller.pdf", "application/pdf")])).await;
    let id = owner.newest("/").await;
    let path = format!("/messages/{id}/attachments/0");
    let read = world.events("read").await;
    let unopened = owner.request(Method::HEAD, &path, "", "").await;
    assert_eq!(world.events("read").await, read);
    let whole = owner.get(&path).await;
    owner.get(&format!("/messages/{id}")).await;
    world.lose_blobs();
    let opened = owner.request(Method::HEAD, &path, "", "").await;
    for head in [unopened, opened] {
        assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
        for name in ["content-type", "content-length", "content-disposition", "content-security-policy"] {
            assert_eq!(head.header(name), whole.header(name), "{name}");
        }
    }
    assert!(owner.get(&path).await.status.is_server_error(), "the content is away");
    let none = owner.request(Method::HEAD, &format!("/messages/{id}/attachments/1"), "", "").await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
}

async fn j9_j12_a_message_too_complex_to_take_apart_leads_to_its_page(world: &World) {
    let mut owner = world.owner(ADA).await;
    let mut deep = "From: a@beispiel.example\r\nSubject: Tief\r\nMIME-Version: 1.0\r\n".to_owned();
    for level in 0..100 {
        let _ = write!(deep, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n");
    }
    deep.push_str("Content-Type: text/plain\r\n\r\nganz unten\r\n");
    world.receive(ADA, deep.as_bytes()).await;
    let page = format!("/messages/{}", owner.newest("/").await);
    for method in [Method::GET, Method::HEAD] {
        for file in ["attachments.zip", "message.msg", "message.pdf", "attachments/0"] {
            if method == Method::HEAD {
                owner.get(&page).await;
            }
            let reply = owner.request(method.clone(), &format!("{page}/{file}"), "", "").await;
            assert_eq!((reply.status, reply.location()), (StatusCode::SEE_OTHER, page.as_str()), "{method} {file}");
        }
    }
    let text = owner.get(&page).await.text();
    assert!(text.contains("zu umfangreich") && text.contains(&format!("{page}/export")));
    assert!(owner.get(&format!("{page}/message.eml")).await.bytes.ends_with(deep.as_bytes()));
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
    for path in [
        "",
        "/frame",
        "/message.eml",
        "/message.pdf",
        "/message.msg",
        "/attachments/0",
        "/attachments.zip",
        "/delete",
        "/print",
    ] {
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
    let older = paging(&first, "Ältere").unwrap();
    let second = owner.get(&older).await.text();
    assert!(second.contains("Nummer01") && second.contains("Nummer00") && !second.contains("Nummer02"), "{older}");
    assert!(second.contains(&format!("value=\"{words}\"")), "the words stay in the field");
    let newer = paging(&second, "Neuere").unwrap();
    assert!(newer.starts_with(&format!("/?{query}&after=")), "{newer}");
    assert_eq!(rows(&owner.get(&newer).await.text()), rows(&first), "newer leads back to the first page");
}

/// Where a link below a list leads to, if it is there.
fn paging(page: &str, words: &str) -> Option<String> {
    let links = page.split("class=\"paging\"").nth(1)?.split("</nav>").next()?;
    let link = links.split("<a ").find(|link| link.contains(words))?;
    Some(link.split("href=\"").nth(1)?.split('"').next()?.replace("&#38;", "&"))
}

/// The messages that a list shows.
fn rows(page: &str) -> Vec<String> {
    page.split("href=\"/messages/").skip(1).map(|rest| rest[..26].to_owned()).collect()
}

async fn j9_newer_and_older_lead_back_and_forth(world: &World) {
    let mut other = world.owner(BEN).await;
    let mut owner = world.owner(ADA).await;
    for number in 0..60 {
        world.receive(ADA, &letter(&format!("Nummer{number:02}"), "<p>x</p>", &[])).await;
        world.advance(jiff::SignedDuration::from_secs(1));
    }
    let first = owner.get("/").await.text();
    assert_eq!((rows(&first).len(), paging(&first, "Neuere")), (25, None));
    let second = owner.get(&paging(&first, "Ältere").unwrap()).await.text();
    let third = owner.get(&paging(&second, "Ältere").unwrap()).await.text();
    assert_eq!((rows(&third).len(), paging(&third, "Ältere")), (11, None));
    let back = owner.get(&paging(&third, "Neuere").unwrap()).await.text();
    assert_eq!(rows(&back), rows(&second), "the next newer page, and not the newest");
    assert_eq!(rows(&owner.get(&paging(&back, "Ältere").unwrap()).await.text()), rows(&third), "and down again");
    let top = owner.get(&paging(&back, "Neuere").unwrap()).await.text();
    assert_eq!((rows(&top), paging(&top, "Neuere")), (rows(&first), None));

    world.receive(ADA, &letter("Nummer60", "<p>x</p>", &[])).await;
    let back = owner.get(&paging(&third, "Neuere").unwrap()).await.text();
    assert_eq!(rows(&back), rows(&second), "what came in meanwhile moves nothing");
    let above = owner.get(&paging(&back, "Neuere").unwrap()).await.text();
    assert_eq!(rows(&above), rows(&first));
    let top = owner.get(&paging(&above, "Neuere").unwrap()).await.text();
    assert!(rows(&top).len() == 25 && top.contains("Nummer60") && paging(&top, "Neuere").is_none());

    for after in ["nonsense", "1-", "-1-x", "99999999999999999999-aaaaaaaaaaaaaaaaaaaaaaaaaa"] {
        assert_eq!(rows(&owner.get(&format!("/?after={after}")).await.text()), rows(&top), "{after}");
    }
    let forged = other.get(&paging(&third, "Neuere").unwrap()).await.text();
    assert!(rows(&forged).len() == 1 && forged.contains("Bescheid"), "a place in another mailbox shows only the own");
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
