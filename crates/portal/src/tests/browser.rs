//! A browser without script: keeps cookies, sends forms, says where it comes from.

use std::collections::BTreeMap;

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use tower::ServiceExt as _;

use super::world::{PASSWORD, World};
use crate::source::Peer;

pub(super) struct Browser<'a> {
    world: &'a World,
    pub(super) cookies: BTreeMap<String, String>,
    /// The form token of the last page.
    pub(super) csrf: String,
    /// Headers sent with every request.
    pub(super) headers: Vec<(&'static str, String)>,
}

#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl Reply {
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn location(&self) -> &str {
        self.header("location")
    }

    /// The value of the hidden field `name`.
    pub(super) fn hidden(&self, name: &str) -> String {
        let text = self.text();
        let start = text.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_default();
        start.split('"').next().unwrap_or_default().replace("&amp;", "&").replace("&#38;", "&")
    }
}

pub(super) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

impl<'a> Browser<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        let headers = vec![("sec-fetch-site", "same-origin".to_owned()), ("accept-language", "de".to_owned())];
        Self { world, cookies: BTreeMap::new(), csrf: String::new(), headers }
    }

    pub(super) async fn request(
        &mut self,
        method: Method,
        path: &str,
        body: impl Into<Body>,
        content_type: &str,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, content_type);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        let mut request = request.body(body.into()).unwrap();
        request.extensions_mut().insert(Peer("127.0.0.1:1".parse().unwrap()));
        let response = self.world.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let reply = Reply { status: parts.status, headers: parts.headers, bytes };
        let csrf = reply.hidden("csrf");
        if !csrf.is_empty() {
            self.csrf = csrf;
        }
        reply
    }

    pub(super) async fn get(&mut self, path: &str) -> Reply {
        self.request(Method::GET, path, Body::empty(), "text/plain").await
    }

    /// Sends a form with the token of the last page.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let csrf = self.csrf.clone();
        let fields: Vec<_> = [("csrf", csrf.as_str())].iter().chain(fields).copied().collect();
        self.request(Method::POST, path, form(&fields), "application/x-www-form-urlencoded").await
    }

    /// Sends the write form; files are a name and a content each.
    pub(super) async fn post_files(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Reply {
        let mut body = Vec::new();
        let csrf = self.csrf.clone();
        for (name, value) in [("csrf", csrf.as_str())].iter().chain(fields) {
            body.extend(format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
        }
        for (name, content) in files {
            let head = format!(
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n"
            );
            body.extend(head.bytes());
            body.extend_from_slice(content);
            body.extend(b"\r\n");
        }
        body.extend(b"--b--\r\n");
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
            body.chunks(16 * 1024).map(|piece| Ok(piece.to_vec())).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        self.request(Method::POST, path, body, "multipart/form-data; boundary=b").await
    }

    pub(super) async fn sign_in(&mut self, address: &str, password: &str) -> Reply {
        self.get("/sign-in").await;
        self.post("/sign-in", &[("address", address), ("password", password), ("next", "")]).await
    }

    /// Walks through the activation behind `link` [J3].
    pub(super) async fn activate(&mut self, link: &str) {
        assert_eq!(self.get(link).await.location(), "/activation");
        assert_eq!(self.get("/activation").await.status, StatusCode::OK);
        self.get("/activation/password").await;
        let reply = self.post("/activation/password", &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(reply.location(), "/activation/question", "{}", reply.text());
        self.get("/activation/question").await;
        let reply = self.post("/activation/question", &[("question", "pet"), ("answer", "Bello vom Berg")]).await;
        assert_eq!(reply.location(), "/activation/finish", "{}", reply.text());
        self.get("/activation/finish").await;
        let reply = self.post("/activation/finish", &[("language", "de")]).await;
        assert_eq!(reply.location(), "/", "{}", reply.text());
        assert_eq!(self.get("/").await.status, StatusCode::OK);
    }

    /// The shown id of the newest message of a list.
    pub(super) async fn newest(&mut self, list: &str) -> String {
        let text = self.get(list).await.text();
        let start = text.split("/messages/").nth(1).expect("a message in the list");
        start.chars().take_while(char::is_ascii_alphanumeric).collect()
    }
}
