//! The golden table: every path, asked as nobody, as the owner of another mailbox, and as the owner.

use std::collections::BTreeSet;

use axum::http::Method;

use super::world::{ADA, BEN, World, on_both};

on_both! {
    p7_every_path_by_who_asks
}

/// Method, path, and the status for nobody, for somebody else, and for the owner.
///
/// `{id}` is a message of the owner's, `{draft}` a draft, `{session}` another session. Forms carry the right token of whoever sends them. The rows that destroy stand last.
const TABLE: [(&str, &str, u16, u16, u16); 72] = [
    ("GET", "/healthz", 200, 200, 200),
    ("GET", "/readyz", 200, 200, 200),
    ("GET", "/assets/none.css", 404, 404, 404),
    ("GET", "/sign-in", 200, 303, 303),
    ("POST", "/sign-in", 422, 422, 422),
    ("GET", "/signed-out", 200, 200, 200),
    ("GET", "/sign-out", 405, 405, 405),
    ("GET", "/notices/none", 404, 404, 404),
    ("GET", "/activate/none", 303, 303, 303),
    ("GET", "/activation", 404, 404, 404),
    ("GET", "/activation/password", 404, 404, 404),
    ("POST", "/activation/password", 404, 404, 404),
    ("GET", "/activation/question", 404, 404, 404),
    ("POST", "/activation/question", 404, 404, 404),
    ("GET", "/activation/finish", 404, 404, 404),
    ("POST", "/activation/finish", 404, 404, 404),
    ("GET", "/activation/help", 200, 200, 200),
    ("POST", "/language", 404, 404, 404),
    ("GET", "/help", 200, 200, 200),
    ("GET", "/provider", 200, 200, 200),
    ("POST", "/provider", 422, 422, 422),
    ("GET", "/accessibility", 200, 200, 200),
    ("GET", "/imprint", 200, 200, 200),
    ("GET", "/privacy", 404, 404, 404),
    ("GET", "/none", 404, 404, 404),
    ("GET", "/", 303, 200, 200),
    ("GET", "/sent", 303, 200, 200),
    ("GET", "/drafts", 303, 200, 200),
    ("GET", "/write", 303, 200, 200),
    ("GET", "/messages/{id}", 303, 404, 200),
    ("GET", "/messages/{id}/frame", 303, 404, 200),
    ("GET", "/messages/{id}/print", 303, 404, 200),
    ("GET", "/messages/{id}/export", 303, 404, 200),
    ("GET", "/messages/{id}/message.eml", 303, 404, 200),
    ("GET", "/messages/{id}/message.pdf", 303, 404, 200),
    ("GET", "/messages/{id}/message.msg", 303, 404, 200),
    ("GET", "/messages/{id}/attachments.zip", 303, 404, 200),
    ("GET", "/messages/{id}/attachments/0", 303, 404, 200),
    ("GET", "/messages/{id}/attachments/1", 303, 404, 404),
    ("GET", "/messages/{id}/attachments/-1", 303, 404, 404),
    ("GET", "/messages/{id}/delete", 303, 404, 200),
    ("GET", "/messages/aaaaaaaaaaaaaaaaaaaaaaaaaa", 303, 404, 404),
    ("GET", "/messages/..%2f..%2fetc%2fpasswd", 303, 404, 404),
    ("GET", "/messages/../../etc/passwd", 404, 404, 404),
    ("GET", "/messages/%00", 303, 404, 404),
    ("GET", "/messages/%ff", 303, 404, 404),
    ("GET", "/drafts/{draft}", 303, 404, 200),
    ("GET", "/drafts/{draft}/delete", 303, 404, 200),
    ("GET", "/sent/{id}", 303, 404, 404),
    ("GET", "/archive", 303, 200, 200),
    ("POST", "/archive", 403, 303, 303),
    ("GET", "/archive/progress", 303, 200, 200),
    ("GET", "/archive/mailbox.zip", 303, 200, 200),
    ("GET", "/settings", 303, 200, 200),
    ("GET", "/settings/password", 303, 200, 200),
    ("POST", "/settings/password", 403, 422, 422),
    ("GET", "/settings/question", 303, 200, 200),
    ("POST", "/settings/question", 403, 422, 422),
    ("GET", "/settings/delete", 303, 200, 200),
    ("POST", "/settings/delete", 403, 422, 422),
    ("GET", "/settings/language", 303, 200, 200),
    ("POST", "/settings/language", 403, 404, 404),
    ("GET", "/settings/sessions", 303, 200, 200),
    ("POST", "/messages/{id}/reply", 403, 404, 303),
    ("POST", "/write", 403, 303, 303),
    ("POST", "/drafts/{draft}", 403, 404, 303),
    ("POST", "/drafts/{draft}/delete", 403, 404, 303),
    ("POST", "/settings/sessions/{session}/end", 403, 404, 303),
    ("POST", "/messages/{id}/delete", 403, 404, 303),
    ("GET", "/messages/{id}", 303, 404, 404),
    ("POST", "/settings/sessions/end", 403, 303, 303),
    ("POST", "/sign-out", 303, 303, 303),
];

async fn p7_every_path_by_who_asks(world: &World) {
    let mut owner = world.owner(ADA).await;
    let mut other = world.owner(BEN).await;
    let mut nobody = world.browser();
    let id = owner.newest("/").await;
    owner.get(&format!("/messages/{id}")).await;
    let draft = owner.post(&format!("/messages/{id}/reply"), &[]).await.location().replace("/drafts/", "");
    assert_eq!(world.browser().sign_in(ADA, super::world::PASSWORD).await.location(), "/");
    let sessions = owner.get("/settings/sessions").await.text();
    let session =
        sessions.split("/settings/sessions/").find(|part| part.contains("/end\"") && !part.starts_with("end"));
    let session = session.unwrap().split('/').next().unwrap().to_owned();
    let mut wrong = Vec::new();
    for (method, path, as_nobody, as_other, as_owner) in TABLE {
        let path = path.replace("{id}", &id).replace("{draft}", &draft).replace("{session}", &session);
        for (who, browser, expected) in
            [("nobody", &mut nobody, as_nobody), ("other", &mut other, as_other), ("owner", &mut owner, as_owner)]
        {
            let method: Method = method.parse().unwrap();
            let reply = if method == Method::GET {
                browser.get(&path).await
            } else {
                browser.get("/help").await;
                let files = path == "/write" || path == format!("/drafts/{draft}");
                if files { browser.post_files(&path, &[], &[]).await } else { browser.post(&path, &[]).await }
            };
            if reply.status != expected {
                wrong.push(format!("{method} {path} as {who}: {} instead of {expected}", reply.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A path that is routed and missing in the table fails here.
#[test]
fn the_table_names_every_path() {
    let routed = include_str!("../routes.rs").matches(".route(").count();
    let marks = ["{id}", "{draft}", "{session}", "none.css", "none"];
    let named: BTreeSet<String> = TABLE
        .iter()
        .map(|(_, path, ..)| marks.iter().fold((*path).to_owned(), |path, mark| path.replace(mark, "*")))
        .filter(|path| !path.contains('%') && !path.contains("..") && !path.contains("aaaa") && *path != "/*")
        .filter(|path| !path.ends_with("/1") && !path.ends_with("/-1"))
        .collect();
    assert_eq!(named.len(), routed, "{named:#?}");
}
