//! HTML mail made harmless, and readable as text.
//!
//! Three layers, each sound without the next one:
//!
//! 1. [`balance`]: one linear pass over the markup that keeps known elements and attributes only, closes what was left open, bounds depth
//!    and size, drops comments (Outlook's conditional ones too), collects `<style>`, counts remote content and leaves it out,
//!    and puts inline images in. Tree builders need time quadratic in the depth; behind this pass they never see depth.
//! 2. An HTML parser and sanitiser (`ammonia`) rebuilds the tree and keeps an allow-list of elements, attributes and URL schemes.
//! 3. [`css`]: declarations pass by name *and* value. Nothing in them can load anything or leave its place.
//!
//! The result is a fragment without scripts, forms, frames, ids and remote content. It is meant for a sandboxed frame all the same
//! ([`document`]).

mod allow;
mod balance;
mod css;
mod page;
mod readable;
mod tag;

use std::borrow::Cow;

pub use page::{Page, document};
pub use readable::to_text;

/// Gives the bytes of the inline image with a Content-ID (without angle brackets), if the mail has it.
pub type InlineImage<'a> = dyn Fn(&str) -> Option<Cow<'a, [u8]>> + 'a;

/// What [`clean`] needs to know.
#[derive(Clone, Copy)]
pub struct CleanOptions<'a> {
    /// Finds inline images; [`crate::view::MessageView::inline_image`] does.
    pub inline_image: &'a InlineImage<'a>,
}

impl std::fmt::Debug for CleanOptions<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CleanOptions").finish_non_exhaustive()
    }
}

impl Default for CleanOptions<'_> {
    /// No inline images.
    fn default() -> Self {
        Self { inline_image: &|_| None }
    }
}

/// Harmless HTML and what was done to get it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// A fragment: perhaps one `<style>` element, then the body.
    pub html: String,
    /// Images, backgrounds, style sheets and the like that would have been fetched from elsewhere and are left out.
    pub blocked_remote_count: usize,
    /// Words of text that are left; 0 means that the HTML shows nothing but images.
    pub text_words: usize,
    /// Whether something was cut because of a limit (bytes, elements).
    pub cut: bool,
}

/// Cleans the HTML body of a mail. Never fails; what is not allowed is left out.
pub fn clean(html: &str, options: &CleanOptions<'_>) -> Cleaned {
    let balanced = balance::balance(html, options.inline_image);
    let body = allow::sanitise(&balanced.html);
    let sheet = css::stylesheet(&balanced.css);
    let html = if sheet.is_empty() { body } else { format!("<style>{sheet}</style>{body}") };
    Cleaned { html, blocked_remote_count: balanced.blocked, text_words: balanced.words, cut: balanced.cut }
}
