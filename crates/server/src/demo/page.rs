//! The outbox page: a list of what left, and each mail as its recipient's program would show it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{
    Router,
    extract::{Path as Part, State},
    http::{HeaderName, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use mime::{html, text::escape, view::MessageView};

use super::outbox::{self, Envelope};

/// The zone of the demo's organisation, so that the list shows the times its mails show.
const ZONE: &str = "Europe/Berlin";
const STYLE: &str = include_str!("outbox.css");
const POLICY: &str =
    "default-src 'none'; style-src 'self'; frame-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";
const FRAME_POLICY: &str =
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

type Folder = State<Arc<PathBuf>>;

/// The page's routes.
pub(super) fn routes(folder: PathBuf) -> Router {
    Router::new()
        .route("/", get(list))
        .route("/outbox.css", get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }))
        .route("/{number}", get(mail))
        .route("/{number}/html", get(frame))
        .route("/{number}/message.eml", get(original))
        .with_state(Arc::new(folder))
}

/// A mail of the outbox.
struct Mail {
    number: u32,
    envelope: Envelope,
    bytes: Vec<u8>,
}

fn load(folder: &Path, number: u32) -> Option<Mail> {
    let envelope = serde_json::from_slice(&fs::read(outbox::file(folder, number, "json")).ok()?).ok()?;
    Some(Mail { number, envelope, bytes: fs::read(outbox::file(folder, number, "eml")).ok()? })
}

async fn list(State(folder): Folder) -> Response {
    let numbers = outbox::numbers(&folder).unwrap_or_default();
    let rows: String =
        numbers.iter().rev().filter_map(|number| load(&folder, *number)).map(|mail| row(&mail)).collect();
    let body = if rows.is_empty() {
        "<p class=\"empty\">Nothing has left yet. Hand in a message, and its notice appears here.</p>".to_owned()
    } else {
        format!("<ol class=\"mails\">{rows}</ol>")
    };
    page("Outbox", &format!("<h1>Outbox</h1><p>Every mail that leaves the demo, the newest first.</p>{body}"))
}

fn row(mail: &Mail) -> String {
    let head = mime::head::Head::read(&mail.bytes);
    let from = head.author().map(|author| author.name.clone().unwrap_or_else(|| author.address.clone()));
    format!(
        "<li><a href=\"/{}\"><b>{}</b><span>{} → {}</span><time>{}</time></a></li>",
        mail.number,
        escape(&head.subject),
        escape(&from.unwrap_or_default()),
        escape(&mail.envelope.rcpt_to.join(", ")),
        shown(mail)
    )
}

fn shown(mail: &Mail) -> String {
    mail.envelope
        .at
        .to_zoned(jiff::tz::TimeZone::get(ZONE).unwrap_or(jiff::tz::TimeZone::UTC))
        .strftime("%d.%m.%Y %H:%M")
        .to_string()
}

async fn mail(State(folder): Folder, Part(number): Part<u32>) -> Response {
    let Some(mail) = load(&folder, number) else { return missing() };
    let Ok(view) = MessageView::read(&mail.bytes) else { return missing() };
    let text = mime::text::to_html(&view.readable_text());
    let formatted = if view.html.is_some() {
        format!(
            "<h2>As a mail program shows it</h2><iframe title=\"Formatted\" sandbox=\"allow-popups allow-popups-to-escape-sandbox\" src=\"/{number}/html\"></iframe>"
        )
    } else {
        String::new()
    };
    let files: Vec<String> = view.attachments.iter().map(|file| format!("<li>{}</li>", escape(&file.name))).collect();
    let files = files.concat();
    let files = if files.is_empty() { files } else { format!("<h2>Attachments</h2><ul>{files}</ul>") };
    let body = format!(
        "<p><a href=\"/\">← Outbox</a></p><h1>{}</h1>\
         <dl><dt>From</dt><dd>{}</dd><dt>To</dt><dd>{}</dd><dt>Reverse-path</dt><dd>{}</dd><dt>When</dt><dd>{}</dd></dl>\
         <p><a href=\"/{number}/message.eml\">Original (.eml)</a></p>{files}{formatted}<h2>As plain text</h2><div class=\"text\">{text}</div>",
        escape(&view.subject),
        escape(&people(&view.from)),
        escape(&mail.envelope.rcpt_to.join(", ")),
        escape(&mail.envelope.mail_from),
        shown(&mail),
    );
    page(&view.subject, &body)
}

fn people(people: &[mime::Correspondent]) -> String {
    let shown = people.iter().map(|person| match &person.name {
        Some(name) => format!("{name} <{}>", person.address),
        None => person.address.clone(),
    });
    shown.collect::<Vec<_>>().join(", ")
}

async fn frame(State(folder): Folder, Part(number): Part<u32>) -> Response {
    let Some(mail) = load(&folder, number) else { return missing() };
    let Ok(view) = MessageView::read(&mail.bytes) else { return missing() };
    let cleaned = view.fragment();
    let page = html::Page { title: &view.subject, lang: "de", dir: "auto", base_css: "" };
    with_policy(FRAME_POLICY, Html(html::document(&cleaned.html, &page)))
}

async fn original(State(folder): Folder, Part(number): Part<u32>) -> Response {
    let Some(mail) = load(&folder, number) else { return missing() };
    let name = format!("attachment; filename=\"{number:06}.eml\"");
    ([(header::CONTENT_TYPE, "message/rfc822".to_owned()), (header::CONTENT_DISPOSITION, name)], mail.bytes)
        .into_response()
}

fn page(title: &str, body: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><link rel=\"stylesheet\" href=\"/outbox.css\"></head>\
         <body><main>{body}</main></body></html>",
        escape(title)
    );
    with_policy(POLICY, Html(page))
}

fn missing() -> Response {
    let mut response = page("No such mail", "<h1>No such mail</h1><p><a href=\"/\">Outbox</a></p>");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn with_policy(policy: &'static str, body: impl IntoResponse) -> Response {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}
