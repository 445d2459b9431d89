//! Every form: what is wrong is said beside its field and in the summary above, and what was typed is still there, except passwords.

use std::collections::{BTreeMap, BTreeSet};

use app::write::{FILES_MAX, SUBJECT_CHARS_MAX, TEXT_CHARS_MAX};
use axum::http::StatusCode;

use super::{
    browser::{Browser, Reply},
    world::{ADA, BEN, PASSWORD, World, letter, on_both},
};

on_both! {
    what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays
    a_form_that_has_to_wait_keeps_what_was_typed
    the_form_with_files_says_it_too
    hostile_input_breaks_no_form
}

type Fields = &'static [(&'static str, &'static str)];

/// A form, what is typed, the field with the problem, and what must still be there.
const WRONG: [(&str, Fields, &str, &[&str]); 29] = [
    ("/sign-in", &[("address", ""), ("password", "x")], "address", &[]),
    (
        "/sign-in",
        &[("address", "kein\"e@<adresse>"), ("password", "x")],
        "address",
        &["value=\"kein&#34;e@&#60;adresse&#62;\""],
    ),
    ("/sign-in", &[("address", ADA), ("password", "")], "password", &["value=\"ada@kunde.example\""]),
    ("/sign-in", &[("address", ADA), ("password", SECRET)], "address", &["value=\"ada@kunde.example\""]),
    ("/provider", &[("address", "ada@localhost")], "address", &["value=\"ada@localhost\""]),
    ("/provider", &[("address", "ada@[192.0.2.1]")], "address", &["value=\"ada@[192.0.2.1]\""]),
    ("/activation/password", &[("password", ""), ("again", "")], "password", &[BEN_SHOWN]),
    (
        "/activation/password",
        &[("password", "kurz"), ("again", "kurz")],
        "password",
        &[BEN_SHOWN, "minlength=\"14\"", "14 Zeichen"],
    ),
    (
        "/activation/password",
        &[("password", "passwort12345678"), ("again", "passwort12345678")],
        "password",
        &[BEN_SHOWN],
    ),
    ("/activation/password", &[("password", SECRET), ("again", "anders")], "again", &[BEN_SHOWN]),
    ("/activation/question", &[("question", ""), ("answer", "Bello")], "question", &["value=\"Bello\""]),
    (
        "/activation/question",
        &[("question", "own"), ("own", ""), ("answer", "Bello")],
        "own",
        &["value=\"own\" checked", "value=\"Bello\""],
    ),
    (
        "/activation/question",
        &[("question", "own"), ("own", "Wie hieß <er>?"), ("answer", "")],
        "answer",
        &["value=\"own\" checked", "value=\"Wie hieß &#60;er&#62;?\""],
    ),
    (
        "/activation/question",
        &[("question", "pet"), ("own", "doch nicht"), ("answer", "X")],
        "answer",
        &["value=\"pet\" checked", "value=\"X\"", "value=\"doch nicht\""],
    ),
    (
        "/activation/question",
        &[("question", "own"), ("own", "Der Hund Bello?"), ("answer", "Bello")],
        "answer",
        &["value=\"Bello\""],
    ),
    (
        "/activation/question",
        &[("question", "own"), ("own", "Wie\thieß er?"), ("answer", "Bello")],
        "own",
        &["ein Zeichen, das man nicht sieht", "value=\"Bello\""],
    ),
    (
        "/settings/question",
        &[("current", PASSWORD), ("question", "own"), ("own", "Wie\0hieß er?"), ("answer", "Bello")],
        "own",
        &["ein Zeichen, das man nicht sieht", "value=\"Bello\""],
    ),
    ("/settings/password", &[("current", PASSWORD), ("password", "kurz"), ("again", "kurz")], "password", &[]),
    ("/settings/password", &[("current", PASSWORD), ("password", PASSWORD), ("again", PASSWORD)], "password", &[]),
    ("/settings/password", &[("current", PASSWORD), ("password", SECRET), ("again", "anders")], "again", &[]),
    ("/settings/password", &[("current", "falsch"), ("password", SECRET), ("again", SECRET)], "current", &[]),
    (
        "/settings/question",
        &[("current", PASSWORD), ("question", "erfunden"), ("answer", "Bello")],
        "question",
        &["value=\"Bello\""],
    ),
    (
        "/settings/question",
        &[("current", PASSWORD), ("question", "own"), ("own", ""), ("answer", "Bello")],
        "own",
        &["value=\"own\" checked", "value=\"Bello\""],
    ),
    (
        "/settings/question",
        &[("current", PASSWORD), ("question", "pet"), ("answer", "")],
        "answer",
        &["value=\"pet\" checked"],
    ),
    (
        "/settings/question",
        &[("current", "falsch"), ("question", "own"), ("own", "Welcher Berg?"), ("answer", "Watzmann")],
        "current",
        &["value=\"Welcher Berg?\"", "value=\"Watzmann\""],
    ),
    ("/settings/delete", &[("current", PASSWORD)], "sure", &[ADA]),
    ("/settings/delete", &[("current", ""), ("sure", "yes")], "current", &["value=\"yes\" checked"]),
    ("/settings/delete", &[("current", "falsch"), ("sure", "yes")], "current", &["value=\"yes\" checked"]),
    ("/settings/delete", &[("current", PASSWORD), ("sure", "no")], "sure", &[ADA]),
];

/// Forms with files, where the rest of what is typed is [`TYPED`].
const WITH_FILES: [&str; 2] = ["/write", "/drafts/{id}"];

/// Forms in which nothing is typed: a button, or a choice of languages.
const NOTHING_TYPED: [&str; 10] = [
    "/archive",
    "/sign-out",
    "/language",
    "/activation/finish",
    "/drafts/{id}/delete",
    "/messages/{id}/delete",
    "/messages/{id}/reply",
    "/settings/language",
    "/settings/sessions/end",
    "/settings/sessions/{id}/end",
];

const SECRET: &str = "neun graue Gänse im Nebel";
const BEN_SHOWN: &str = "value=\"ben@kunde.example\"";

/// A form that is routed and missing in the tables fails here.
#[test]
fn every_form_is_tried() {
    let routed = include_str!("../routes.rs").split("pub(crate) fn router").nth(1).unwrap().matches("post(").count();
    let tried: BTreeSet<&str> = WRONG.iter().map(|(path, ..)| *path).collect();
    assert_eq!(tried.len() + WITH_FILES.len() + NOTHING_TYPED.len(), routed, "{tried:?}");
}

/// A stranger's browser, one in the middle of an activation, and one that is signed in.
struct Visitors<'a> {
    stranger: Browser<'a>,
    activating: Browser<'a>,
    owner: Browser<'a>,
}

impl<'a> Visitors<'a> {
    async fn of(world: &'a World) -> Self {
        let owner = world.owner(ADA).await;
        world.receive(BEN, &letter("Bescheid", "<p>x</p>", &[])).await;
        let mut activating = world.browser();
        activating.get(&world.link(BEN).await).await;
        Self { stranger: world.browser(), activating, owner }
    }

    /// Sends a form from its page.
    async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let browser = match path {
            "/sign-in" => &mut self.stranger,
            _ if path.starts_with("/activation") => &mut self.activating,
            _ => &mut self.owner,
        };
        if path == "/activation/question" {
            browser.get("/activation/password").await;
            browser.post("/activation/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
        }
        browser.get(path).await;
        browser.post(path, fields).await
    }
}

/// Holds that `field` says beside itself what is wrong, that the summary leads to it, and that assistive technology ties the two.
fn is_said_at(page: &str, field: &str, case: &str) {
    for part in [
        format!("<li><a href=\"#{field}\">"),
        format!("id=\"{field}\""),
        format!("<div class=\"problem\" id=\"{field}-problem\"><p>"),
        "role=\"alert\"".to_owned(),
    ] {
        assert!(page.contains(&part), "{case}: {part} is missing");
    }
    let group = page.contains(&format!("<fieldset class=\"field wrong\" id=\"{field}\""));
    assert!(group || page.contains(&format!("aria-invalid=\"true\" aria-describedby=\"{field}-problem")), "{case}");
}

async fn what_is_wrong_is_said_beside_its_field_and_what_was_typed_stays(world: &World) {
    let mut visitors = Visitors::of(world).await;
    for (path, fields, wrong, kept) in WRONG {
        let case = format!("{path} with {fields:?}");
        let reply = visitors.send(path, fields).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{case}");
        let page = reply.text();
        is_said_at(&page, wrong, &case);
        for text in kept {
            assert!(page.contains(text), "{case}: {text} is gone");
        }
        for secret in [PASSWORD, SECRET, "passwort12345678", "falsch\""] {
            assert!(!page.contains(secret), "{case}: a password comes back");
        }
    }
}

/// A form that asks for the present password, what is typed besides, and what must still be there.
const GUARDED: [(&str, Fields, &[&str]); 3] = [
    ("/settings/password", &[("password", SECRET), ("again", SECRET)], &[]),
    (
        "/settings/question",
        &[("question", "own"), ("own", "Welcher Berg?"), ("answer", "Watzmann")],
        &["value=\"own\" checked", "value=\"Welcher Berg?\"", "value=\"Watzmann\""],
    ),
    ("/settings/delete", &[("sure", "yes")], &["value=\"yes\" checked"]),
];

async fn a_form_that_has_to_wait_keeps_what_was_typed(world: &World) {
    let mut owner = world.owner(ADA).await;
    owner.get("/settings/password").await;
    let wrong = [("current", "falsch"), ("password", SECRET), ("again", SECRET)];
    for _ in 0..6 {
        owner.post("/settings/password", &wrong).await;
    }
    for (path, typed, kept) in GUARDED {
        owner.get(path).await;
        let fields: Vec<_> = [("current", PASSWORD)].iter().chain(typed).copied().collect();
        let reply = owner.post(path, &fields).await;
        assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert!(reply.header("retry-after").parse::<u32>().unwrap() > 0, "{path}");
        let page = reply.text();
        assert!(page.contains("Ab 8:01\u{a0}Uhr können Sie es wieder versuchen."), "{path}");
        assert!(page.contains(&format!("action=\"{path}\"")), "{path}: the form itself answers");
        for text in kept {
            assert!(page.contains(text), "{path}: {text} is gone");
        }
        assert!(!page.contains(PASSWORD) && !page.contains(SECRET), "{path}: a password comes back");
    }
    world.advance(jiff::SignedDuration::from_mins(15));
    owner.get("/settings/password").await;
    let right = [("current", PASSWORD), ("password", SECRET), ("again", SECRET)];
    assert_eq!(owner.post("/settings/password", &right).await.location(), "/settings");
}

/// What is typed into the form with files.
const TYPED: [(&str, &str); 5] = [
    ("recipient", "typed"),
    ("typed", "leistung@beispiel.example"),
    ("subject", "Meine \"Frage\""),
    ("text", "Zeile eins\r\n</textarea>Zeile zwei"),
    ("do", "send"),
];

/// The field with the problem, what is typed instead of [`TYPED`], and the files.
type WrongWithFiles<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, &'a [u8])]);

fn typed<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let changes: BTreeMap<&str, &str> = changes.iter().copied().collect();
    TYPED.iter().map(|(name, value)| (*name, changes.get(name).copied().unwrap_or(value))).collect()
}

async fn the_form_with_files_says_it_too(world: &World) {
    let mut owner = world.owner(ADA).await;
    let (long_subject, long_text) = ("s".repeat(SUBJECT_CHARS_MAX + 1), "t".repeat(TEXT_CHARS_MAX + 1));
    let many: Vec<(String, &[u8])> = (0..=FILES_MAX).map(|number| (format!("{number}.txt"), b"x".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    let giant = vec![b'x'; 180_000];
    let tries: [WrongWithFiles<'_>; 8] = [
        ("recipient", &[("recipient", "")], &[]),
        ("typed", &[("typed", "fremd@anderswo.example")], &[]),
        ("typed", &[("typed", "\"><b>kein")], &[]),
        ("subject", &[("subject", &long_subject)], &[]),
        ("text", &[("text", " ")], &[]),
        ("text", &[("text", &long_text)], &[]),
        ("file", &[("do", "attach")], &[]),
        ("file", &[("do", "attach")], &[("Riese.txt", &giant)]),
    ];
    let draft = {
        owner.get("/write").await;
        owner.post_files("/write", &typed(&[("do", "save")]), &[]).await.location().to_owned()
    };
    for path in ["/write", &draft] {
        for (wrong, changes, files) in tries {
            owner.get(path).await;
            let case = format!("{path}: {wrong}");
            let reply = owner.post_files(path, &typed(changes), files).await;
            said_and_kept(&reply, wrong, &typed(changes), &case);
        }
    }
    let reply = owner.post_files(&draft, &typed(&[("do", "attach")]), &many).await;
    said_and_kept(&reply, "file", &TYPED, "one file too many");
    assert_eq!(reply.text().matches("value=\"remove-").count(), FILES_MAX, "the others are there");
}

fn said_and_kept(reply: &Reply, wrong: &str, typed: &[(&str, &str)], case: &str) {
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{case}");
    let page = reply.text();
    is_said_at(&page, wrong, case);
    for (name, value) in typed.iter().filter(|(name, _)| ["typed", "subject"].contains(name)) {
        let escaped = value.replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;");
        let kept = format!("id=\"{name}\" name=\"{name}\" value=\"{escaped}\"");
        assert!(page.contains(&kept) || wrong == "recipient" && *name == "typed", "{case}: {kept} is gone");
    }
    let text = typed.iter().find(|(name, _)| *name == "text").unwrap().1.replace('<', "&#60;").replace('>', "&#62;");
    assert!(page.contains(&format!("{text}</textarea>")), "{case}: the text is gone");
}

async fn hostile_input_breaks_no_form(world: &World) {
    let mut visitors = Visitors::of(world).await;
    let long = "ä".repeat(10_000);
    let hostile = [
        "\"><script>alert(1)</script>",
        "</textarea></title><script>alert(1)</script>",
        "'; DROP TABLE mailboxes; --",
        "\0\u{202e}\r\nSet-Cookie: a=b",
        "{{7*7}}${7*7}<%= 7*7 %>",
        "%00%ff+&=;\u{feff}\u{200b}",
        "//evil.example/\\",
        &long,
    ];
    let mut forms: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (path, fields, ..) in WRONG {
        forms.entry(path).or_default().extend(fields.iter().map(|(name, _)| *name).chain([
            "csrf-token",
            "next",
            "address",
        ]));
    }
    for text in hostile {
        for (path, names) in &forms {
            let fields: Vec<(&str, &str)> = names.iter().map(|name| (*name, text)).collect();
            holds(&visitors.send(path, &fields).await, &format!("{path} with {text:.30?}"));
        }
        let fields = TYPED.map(|(name, _)| (name, text));
        visitors.owner.get("/write").await;
        let reply =
            visitors.owner.post_files("/write", &fields, &[(&text.replace(['"', '\r', '\n'], "_"), b"x")]).await;
        holds(&reply, &format!("/write with {text:.30?}"));
    }
    holds(&visitors.owner.get("/drafts").await, "the drafts that came of it");
}

fn holds(reply: &Reply, case: &str) {
    assert!(!reply.status.is_server_error(), "{case}: {}", reply.status);
    assert!(!reply.text().contains("<script"), "{case}");
    assert!(!reply.headers.get_all("set-cookie").iter().any(|cookie| cookie.as_bytes().starts_with(b"a=b")), "{case}");
    assert!(!reply.location().contains("evil.example"), "{case}");
}
