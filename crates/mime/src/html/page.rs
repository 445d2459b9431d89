//! A cleaned fragment as a complete document for a sandboxed frame.

use crate::text::escape;

/// What the document around a mail says and looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<'a> {
    /// Language of the page (BCP 47), like `de`.
    pub lang: &'a str,
    /// Base direction: `auto`, `ltr` or `rtl`.
    pub dir: &'a str,
    /// Title, for screen readers.
    pub title: &'a str,
    /// Trusted style sheet of the portal; must not contain `</style`.
    pub base_css: &'a str,
}

/// Wraps a cleaned fragment ([`super::Cleaned::html`] or [`crate::text::to_html`]) in a complete document.
///
/// The document names its own content policy as well, so that it stays without scripts and remote content even where the
/// server's header is lost (a saved file).
pub fn document(fragment: &str, page: &Page<'_>) -> String {
    let lang = escape(page.lang);
    let dir = escape(page.dir);
    let title = escape(page.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\" dir=\"{dir}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
         form-action 'none'; base-uri 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{}</style>\n</head>\n<body>\n{fragment}\n</body>\n</html>\n",
        page.base_css.replace("</", "<\\/")
    )
}
