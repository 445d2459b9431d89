//! Coming in and going out: sign-in, signed out, session over.

use askama::Template;
use jiff::Timestamp;

use crate::{form::Problems, page::Page, paths, words::Phrase};

/// Sign-in. `POST` to [`paths::SIGN_IN`] with `address`, `password`, `next`.
#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The address to fill in: typed before, or known from the link of a notice. May be empty.
    pub address: &'a str,
    /// Where to go afterwards: a path of this portal. Empty for the inbox.
    pub next: &'a str,
    /// Why the person is asked.
    pub reason: SignInReason,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
    /// From when on it is looked at again, where too much was tried.
    pub wait_until: Option<Timestamp>,
}

impl<'a> SignIn<'a> {
    fn lead(&self) -> Phrase<'a> {
        let page = self.page;
        match self.reason {
            SignInReason::Came => page.say("sign-in-lead").with("organisation", &page.brand.organisation),
            SignInReason::Message => page.say("sign-in-lead-message").with("organisation", &page.brand.organisation),
            SignInReason::SessionOver => page.say("sign-in-lead-over"),
            SignInReason::Active => page.say("sign-in-lead-active"),
        }
    }
}

/// Why sign-in is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInReason {
    /// The person came by himself.
    Came,
    /// The link of a notice leads to a message.
    Message,
    /// The session ended after a time without use; what was written is kept as a draft.
    SessionOver,
    /// The mailbox is active already; the activation link is not needed any more. Only for the browser that activated it.
    Active,
}

/// The page after signing out.
#[derive(Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// Whether all other sessions were ended too.
    pub everywhere: bool,
}

super::pages! { SignIn SignedOut }
