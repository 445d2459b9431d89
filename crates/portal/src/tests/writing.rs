//! Writing, files, and what was typed when the session was over [J10, J11].

use app::outgoing::Destination;
use axum::http::StatusCode;
use jiff::SignedDuration;

use super::world::{ADA, BEN, PASSWORD, World, on_both};

on_both! {
    j10_a_message_with_files_is_sent_once_and_lies_in_sent
    j10_what_is_wrong_is_said_and_what_was_typed_stays
    what_was_typed_survives_the_session
    what_was_typed_survives_guessing_and_waiting
    what_was_typed_reaches_nobody_elses_draft
    an_outdated_form_keeps_what_was_typed
}

const FIELDS: [(&str, &str); 5] = [
    ("recipient", "leistung@beispiel.example"),
    ("typed", ""),
    ("subject", "Meine Frage"),
    ("text", "Guten Tag,\r\nwas ist mit \"Müller\" & <Söhne>?"),
    ("do", "save"),
];

fn with(button: &'static str) -> [(&'static str, &'static str); 5] {
    let mut fields = FIELDS;
    fields[4].1 = button;
    fields
}

async fn j10_a_message_with_files_is_sent_once_and_lies_in_sent(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.get("/write").await;
    let reply = owner.post_files("/write", &with("attach"), &[("Brief.txt", b"Inhalt"), ("Bild.txt", b"x")]).await;
    let draft = reply.location().replace("#file", "");
    assert!(draft.starts_with("/drafts/"), "{}", reply.text());
    let page = owner.get(&draft).await.text();
    assert!(
        page.contains("Brief.txt") && page.contains("Bild.txt") && page.contains("Söhne") && !page.contains("<Söhne")
    );
    assert!(page.find("Brief.txt") < page.find("Bild.txt"), "in the order they were added");
    let remove = page.split("value=\"remove-").nth(2).unwrap().split('"').next().unwrap();
    let remove = format!("remove-{remove}");
    for _ in 0..2 {
        let mut fields = FIELDS;
        fields[4].1 = &remove;
        assert_eq!(owner.post_files(&draft, &fields, &[]).await.status, StatusCode::SEE_OTHER);
        let page = owner.get(&draft).await.text();
        assert!(page.contains("Brief.txt") && !page.contains("Bild.txt"), "a second click removes nothing else");
    }
    let reply = owner.post_files(&draft, &with("send"), &[]).await;
    assert!(reply.location().starts_with("/sent/"), "{}", reply.text());
    assert_eq!(owner.get(reply.location()).await.status, StatusCode::OK);
    assert!(owner.get("/sent").await.text().contains("Meine Frage"));
    assert_eq!(owner.post_files(&draft, &with("send"), &[]).await.status, StatusCode::NOT_FOUND);
    let mails = world.outbox(Destination::Organisation).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].1.contains("Müller"));
}

async fn j10_what_is_wrong_is_said_and_what_was_typed_stays(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.get("/write").await;
    let mut fields = with("send");
    fields[0].1 = "";
    let reply = owner.post_files("/write", &fields, &[]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.text().contains("Meine Frage"));
    fields[0].1 = "typed";
    fields[1].1 = "fremd@anderswo.example";
    let reply = owner.post_files("/write", &fields, &[]).await;
    assert!(reply.status == StatusCode::UNPROCESSABLE_ENTITY && reply.text().contains("fremd@anderswo.example"));
    let reply = owner.post_files("/write", &with("attach"), &[]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let large = vec![b'x'; 180_000];
    let reply = owner.post_files("/write", &with("attach"), &[("Riese.txt", &large), ("Zwerg.txt", b"y")]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = reply.text();
    assert!(page.contains("Riese.txt") && page.contains("Zwerg.txt") && page.contains("Meine Frage"));
    let reply = owner.post_files("/write", &with("attach"), &[("Riese.txt", &vec![b'x'; 3_000_000])]).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "beyond what is read at all");
    assert!(reply.text().contains("Meine Frage"));
}

async fn what_was_typed_survives_the_session(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.get("/write").await;
    let draft = owner.post_files("/write", &with("save"), &[]).await.location().to_owned();
    owner.get(&draft).await;
    world.advance(SignedDuration::from_mins(30));
    let mut fields = with("send");
    fields[3].1 = "Viel mehr Text";
    let reply = owner.post_files(&draft, &fields, &[("Brief.txt", b"Inhalt")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let next = reply.hidden("next");
    let wrong = owner.post("/sign-in", &[("address", ADA), ("password", "falsches Kennwort"), ("next", &next)]).await;
    assert_eq!(wrong.hidden("next"), next, "it stays through a wrong password");
    let reply = owner.post("/sign-in", &[("address", ADA), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(reply.location(), draft);
    assert!(owner.get(&draft).await.text().contains("Viel mehr Text"));
    assert!(world.outbox(Destination::Organisation).await.is_empty(), "nothing is sent by signing in");
}

async fn what_was_typed_survives_guessing_and_waiting(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.get("/write").await;
    let draft = owner.post_files("/write", &with("save"), &[]).await.location().to_owned();
    world.advance(SignedDuration::from_mins(30));
    let mut fields = with("send");
    fields[3].1 = "Viel mehr Text";
    let next = owner.post_files(&draft, &fields, &[]).await.hidden("next");
    let wrong = [("address", ADA), ("password", "falsches Kennwort"), ("next", &next)];
    let mut reply = owner.post("/sign-in", &wrong).await;
    for _ in 0..6 {
        assert_eq!((reply.hidden("next"), reply.hidden("csrf")), (next.clone(), owner.csrf.clone()));
        reply = owner.post("/sign-in", &wrong).await;
    }
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.hidden("next"), next, "it stays through waiting");
    assert!(reply.text().contains("value=\"ada@kunde.example\"") && !reply.text().contains("falsches Kennwort"));
    world.advance(SignedDuration::from_mins(15));
    let reply = owner.post("/sign-in", &[("address", ADA), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(reply.location(), draft);
    assert!(owner.get(&draft).await.text().contains("Viel mehr Text"));
}

async fn what_was_typed_reaches_nobody_elses_draft(world: &World) {
    let mut owner = world.owner(ADA).await;
    world.owner(BEN).await;
    owner.get("/write").await;
    let draft = owner.post_files("/write", &with("save"), &[]).await.location().to_owned();
    world.advance(SignedDuration::from_mins(30));
    let next = owner.post_files(&draft, &with("save"), &[]).await.hidden("next");
    owner.post("/sign-in", &[("address", BEN), ("password", PASSWORD), ("next", &next)]).await;
    assert_eq!(owner.get(&draft).await.status, StatusCode::NOT_FOUND);
    assert!(!owner.get("/drafts").await.text().contains("Meine Frage"));
    let mut link = world.browser();
    let query = super::browser::form(&[("next", next.as_str())]);
    assert_eq!(link.get(&format!("/sign-in?{query}")).await.hidden("next"), draft, "a link carries no text");
}

async fn an_outdated_form_keeps_what_was_typed(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.get("/write").await;
    owner.csrf = "old".into();
    let reply = owner.post_files("/write", &with("send"), &[("Brief.txt", b"Inhalt")]).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.text().contains("Meine Frage"));
    assert!(!owner.get("/drafts").await.text().contains("Meine Frage"), "nothing was saved");
    assert!(world.outbox(Destination::Organisation).await.is_empty());
}
