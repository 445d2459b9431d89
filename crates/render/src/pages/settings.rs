//! The settings [J15].

use askama::Template;
use jiff::Timestamp;
use model::Language;

use crate::{
    form::Problems,
    page::Page,
    pages::activation::{ListedQuestion, Question, QuestionFields},
    paths,
};

/// All settings at a glance.
#[derive(Debug, Template)]
#[template(path = "settings.html")]
pub struct Settings<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The mailbox's address.
    pub address: &'a str,
    /// When the password was last set.
    pub password_set_at: Option<Timestamp>,
    /// The security question.
    pub question: Question<'a>,
    /// The language of pages and notices.
    pub language: Language,
    /// Sessions in use, this one included.
    pub sessions: usize,
}

impl Settings<'_> {
    const fn language_name(&self) -> &'static str {
        match self.language {
            Language::De => "Deutsch",
            Language::En => "English",
        }
    }
}

/// Change of password. `POST` to [`paths::SETTINGS_PASSWORD`] with `current`, `password`, `again`.
#[derive(Debug, Template)]
#[template(path = "settings_password.html")]
pub struct PasswordChange<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The mailbox's address, for password managers.
    pub address: &'a str,
    /// The shortest password, in characters.
    pub characters_min: usize,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
    /// From when on it is looked at again, where too much was tried.
    pub wait_until: Option<Timestamp>,
}

/// Change of security question. `POST` to [`paths::SETTINGS_QUESTION`] with `question`, `own`, `answer`, `current`.
#[derive(Debug, Template)]
#[template(path = "settings_question.html")]
pub struct QuestionChange<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The mailbox's address, for password managers.
    pub address: &'a str,
    /// What is filled in.
    pub fields: QuestionFields<'a>,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
    /// From when on it is looked at again, where too much was tried.
    pub wait_until: Option<Timestamp>,
}

/// Choice of language. `POST` to [`paths::SETTINGS_LANGUAGE`] with `language`.
#[derive(Debug, Template)]
#[template(path = "settings_language.html")]
pub struct LanguageChange<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The language stored for pages and notices.
    pub language: Language,
}

/// The sessions in use. `POST` to [`paths::session_end`] or [`paths::SETTINGS_SESSIONS_END`].
#[derive(Debug, Template)]
#[template(path = "settings_sessions.html")]
pub struct Sessions<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The sessions, this one first.
    pub sessions: &'a [SessionRow<'a>],
}

/// One session in use.
#[derive(Debug, Clone)]
pub struct SessionRow<'a> {
    /// The shown form of its id.
    pub id: String,
    /// Browser and device in words, such as `Firefox, Windows`; empty where unknown.
    pub device: &'a str,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last used.
    pub used_at: Timestamp,
    /// Whether it is the one that looks at this page.
    pub this: bool,
}

/// Deletion of the whole mailbox. `POST` to [`paths::SETTINGS_DELETE`] with `sure` (`yes`), `current`.
#[derive(Debug, Template)]
#[template(path = "settings_delete.html")]
pub struct MailboxDelete<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The mailbox's address.
    pub address: &'a str,
    /// How many messages would go, sent ones included.
    pub messages: u64,
    /// Whether the box that says so was ticked.
    pub sure: bool,
    /// What was wrong with the last try.
    pub problems: Problems<'a>,
    /// From when on it is looked at again, where too much was tried.
    pub wait_until: Option<Timestamp>,
}

/// After the deletion of the mailbox.
#[derive(Debug, Template)]
#[template(path = "mailbox_deleted.html")]
pub struct MailboxDeleted<'a> {
    /// The page's ground.
    pub page: &'a Page<'a>,
    /// The address the mailbox had.
    pub address: &'a str,
}

super::pages! { Settings PasswordChange QuestionChange LanguageChange Sessions MailboxDelete MailboxDeleted }
