//! Every page, mail and letter with typed sample content, typical and extreme.
//!
//! The samples are what tests draw, what one looks at while designing, and what an organisation sees of its brand before it
//! goes live. The content is fictitious.

mod archive_pages;
mod house;
mod letters;
mod mailbox_pages;
mod mails;
mod outside_pages;
mod provider_pages;
mod settings_pages;

pub use house::{brand, hostile, moment};
pub use letters::{LetterSample, letters};
pub use mails::mails;
use model::Language;

use crate::{Flash, Page, Visitor, brand::Brand, mails::Mail};

/// A drawn page.
#[derive(Debug, Clone)]
pub struct PageSample {
    /// A short name, good for a file.
    pub name: &'static str,
    /// The page.
    pub html: String,
}

/// A written mail.
#[derive(Debug, Clone)]
pub struct MailSample {
    /// A short name, good for a file.
    pub name: &'static str,
    /// The mail.
    pub mail: Mail,
}

/// Every page in `language`, in the dress of `brand`.
pub fn pages(brand: &Brand, language: Language) -> Vec<PageSample> {
    let mut pages = outside_pages::pages(brand, language);
    pages.extend(provider_pages::pages(brand, language));
    pages.extend(mailbox_pages::pages(brand, language));
    pages.extend(settings_pages::pages(brand, language));
    pages.extend(archive_pages::pages(brand, language));
    pages
}

const ADDRESS: &str = "ada.musterfrau@beispiel.de";

fn outside(brand: &Brand, language: Language) -> Page<'_> {
    Page {
        brand,
        language,
        now: moment(),
        path: "/sign-in",
        csrf: "Zm9ybS10b2tlbg",
        visitor: Visitor::Stranger,
        flash: None,
    }
}

fn inside(brand: &Brand, language: Language) -> Page<'_> {
    Page { visitor: Visitor::SignedIn { address: ADDRESS, unread: 3 }, path: "/", ..outside(brand, language) }
}

fn inside_after(brand: &Brand, language: Language, flash: Flash) -> Page<'_> {
    Page { flash: Some(flash), ..inside(brand, language) }
}
