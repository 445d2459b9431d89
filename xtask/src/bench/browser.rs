//! A browser of the simplest kind: one connection a request, cookies kept, forms sent with their token.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};

/// A page, as far as it matters here.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) text: String,
}

/// What one visitor has.
pub(super) struct Browser {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// The form token of the last page.
    token: String,
}

impl Browser {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self { server, cookies: BTreeMap::new(), token: String::new() }
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Page> {
        self.request("GET", path, "")
    }

    /// Opens the page and sends its form to the same path.
    pub(super) fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<()> {
        let page = self.get(path)?;
        ensure!(page.status == 200, "{path} answers {}", page.status);
        let mut body = format!("csrf={}", encoded(&self.token));
        for (name, value) in fields {
            let _ = write!(body, "&{name}={}", encoded(value));
        }
        let page = self.request("POST", path, &body)?;
        ensure!(page.status == 303, "the form on {path} is answered {}: {}", page.status, page.text);
        Ok(())
    }

    /// All cookies, as a browser sends them.
    pub(super) fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// HTTP/1.0, so that the answer comes in one piece and ends with the connection.
    fn request(&mut self, method: &str, path: &str, body: &str) -> Result<Page> {
        let mut stream = TcpStream::connect(self.server)?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: en\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.server,
            self.cookie(),
            body.len()
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let (head, text) = answer.split_once("\r\n\r\n").context("an answer without a header")?;
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without status")?;
        for line in head.lines() {
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("set-cookie")
            {
                self.keep(value);
            }
        }
        if let Some((_, token)) = text.split_once("name=\"csrf\" value=\"") {
            token.split('"').next().unwrap_or_default().clone_into(&mut self.token);
        }
        Ok(Page { status, text: text.to_owned() })
    }

    fn keep(&mut self, cookie: &str) {
        let pair = cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else { return };
        if cookie.contains("Max-Age=0") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }
}

/// `application/x-www-form-urlencoded`, every byte that is not plain.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_encoded() {
        assert_eq!(encoded("a b=ü"), "a%20b%3D%C3%BC");
    }

    #[test]
    fn cookies_come_and_go() {
        let mut browser = Browser::new(([127, 0, 0, 1], 1).into());
        browser.keep("session=abc; Path=/; HttpOnly");
        browser.keep("visit=1; Path=/");
        browser.keep("visit=; Max-Age=0");
        assert_eq!(browser.cookie(), "session=abc");
    }
}
