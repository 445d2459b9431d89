//! A browser of the simplest kind: one connection a request, cookies kept, forms sent with their token.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, ensure};

/// A page, as far as it matters here.
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) text: String,
}

impl Page {
    /// As much of the text as an error message may hold.
    pub(super) fn begin(&self) -> String {
        self.text.chars().take(SHOWN_CHARS_MAX).collect()
    }
}

/// How much of a page is shown in an error message, in characters.
const SHOWN_CHARS_MAX: usize = 500;
/// The names that servers give to the hidden field by which they know their own forms.
const TOKEN_NAMES: [&str; 2] = ["csrf", "_token"];

/// What one visitor has.
pub(super) struct Browser {
    server: SocketAddr,
    cookies: BTreeMap<String, String>,
    /// Name and value of the form token of the last page that had one.
    token: (&'static str, String),
}

impl Browser {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self { server, cookies: BTreeMap::new(), token: ("", String::new()) }
    }

    pub(super) fn get(&mut self, path: &str) -> Result<Page> {
        self.request("GET", path, "")
    }

    /// Opens the page and sends its form to the same path.
    pub(super) fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<()> {
        let page = self.get(path)?;
        ensure!(page.status == 200, "{path} answers {}", page.status);
        let mut body = format!("{}={}", self.token.0, encoded(&self.token.1));
        for (name, value) in fields {
            let _ = write!(body, "&{name}={}", encoded(value));
        }
        let page = self.request("POST", path, &body)?;
        ensure!([302, 303].contains(&page.status), "the form on {path} is answered {}: {}", page.status, page.begin());
        Ok(())
    }

    /// Saves what is at `path`. Whoever reads the file has to see whether it is whole: HTTP/1.0 does not tell.
    pub(super) fn download(&self, path: &str, out: &mut impl Write) -> Result<()> {
        let mut answer = BufReader::new(self.ask("GET", path, "")?);
        let mut line = String::new();
        answer.read_line(&mut line)?;
        ensure!(line.split(' ').nth(1) == Some("200"), "{path} answers {line}");
        while line != "\r\n" {
            line.clear();
            ensure!(answer.read_line(&mut line)? > 0, "{path}: an answer without a body");
        }
        io::copy(&mut answer, out)?;
        Ok(())
    }

    /// All cookies, as a browser sends them.
    pub(super) fn cookie(&self) -> String {
        let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    /// HTTP/1.0, so that the answer comes in one piece and ends with the connection.
    fn ask(&self, method: &str, path: &str, body: &str) -> Result<TcpStream> {
        let mut stream = TcpStream::connect(self.server)?;
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nHost: {}\r\nCookie: {}\r\nSec-Fetch-Site: same-origin\r\nAccept-Language: en\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.server,
            self.cookie(),
            body.len()
        )?;
        Ok(stream)
    }

    fn request(&mut self, method: &str, path: &str, body: &str) -> Result<Page> {
        let mut stream = self.ask(method, path, body)?;
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
        if let Some(token) = token(text) {
            self.token = token;
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

/// The form token of a page.
fn token(text: &str) -> Option<(&'static str, String)> {
    TOKEN_NAMES.into_iter().find_map(|name| {
        let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\""))?;
        Some((name, rest.split('"').next()?.to_owned()))
    })
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
    fn tokens_are_found() {
        let form = |name: &str| format!("<form><input type=\"hidden\" name=\"{name}\" value=\"abc\"></form>");
        assert_eq!(token(&form("csrf")), Some(("csrf", "abc".to_owned())));
        assert_eq!(token(&form("_token")), Some(("_token", "abc".to_owned())));
        assert_eq!(token(&form("name")), None);
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
