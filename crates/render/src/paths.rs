//! Every address of the portal: what templates link to and what the HTTP edge routes.
//!
//! A constant is a whole path; a function puts an id in. Route patterns for the edge stand beside them in [`route`].
//! Paths with `GET` never change anything, so that a mail scanner that opens a link spends nothing.

use std::fmt::Display;

/// Sign-in: `GET` the form, `POST` address, password and `next`.
pub const SIGN_IN: &str = "/sign-in";
/// `POST`: ends the session.
pub const SIGN_OUT: &str = "/sign-out";
/// The page after signing out.
pub const SIGNED_OUT: &str = "/signed-out";
/// Activation, first page; the secret of the link was moved into a cookie before.
pub const ACTIVATION: &str = "/activation";
/// Activation, step 1: `GET` form, `POST` the password twice.
pub const ACTIVATION_PASSWORD: &str = "/activation/password";
/// Activation, step 2: `GET` form, `POST` question and answer.
pub const ACTIVATION_QUESTION: &str = "/activation/question";
/// Activation, step 3: `GET` summary, `POST` finishes.
pub const ACTIVATION_FINISH: &str = "/activation/finish";
/// What to do when a link does not work.
pub const ACTIVATION_HELP: &str = "/activation/help";
/// The inbox, also the front door for those who are signed in.
pub const INBOX: &str = "/";
/// What the person wrote.
pub const SENT: &str = "/sent";
/// The whole mailbox as one file: `GET` says what is in it and how far it has come, `POST` begins.
pub const ARCHIVE: &str = "/archive";
/// The file itself.
pub const ARCHIVE_FILE: &str = "/archive/mailbox.zip";
/// How far the file has come, in a frame.
pub const ARCHIVE_PROGRESS: &str = "/archive/progress";
/// What the person began to write.
pub const DRAFTS: &str = "/drafts";
/// `GET`: asks what to write to whom, without making a draft; `POST` makes the draft.
pub const WRITE: &str = "/write";
/// All settings.
pub const SETTINGS: &str = "/settings";
/// Change of password.
pub const SETTINGS_PASSWORD: &str = "/settings/password";
/// Change of security question.
pub const SETTINGS_QUESTION: &str = "/settings/question";
/// Change of language.
pub const SETTINGS_LANGUAGE: &str = "/settings/language";
/// Sessions in use.
pub const SETTINGS_SESSIONS: &str = "/settings/sessions";
/// `POST`: signs out everywhere.
pub const SETTINGS_SESSIONS_END: &str = "/settings/sessions/end";
/// Deletion of the whole mailbox.
pub const SETTINGS_DELETE: &str = "/settings/delete";
/// `POST` `language` and `back`: the language switch in the footer.
pub const LANGUAGE: &str = "/language";
/// The help page.
pub const HELP: &str = "/help";
/// Can my e-mail provider receive encrypted mail? `GET` the form, `POST` `address`: a query would leave the address in logs.
pub const PROVIDER: &str = "/provider";
/// The accessibility statement.
pub const ACCESSIBILITY: &str = "/accessibility";
/// The imprint.
pub const IMPRINT: &str = "/imprint";
/// The privacy notice.
pub const PRIVACY: &str = "/privacy";
/// Where [`crate::brand::Asset`]s live; below it one file name with a content hash.
pub const ASSETS: &str = "/assets/";

/// The link in a first notice; the edge moves the secret into a cookie and redirects to [`ACTIVATION`].
pub fn activate(secret: impl Display) -> String {
    format!("/activate/{secret}")
}

/// The link in a later notice, straight to its message once its owner is signed in.
pub fn notice(signed: impl Display) -> String {
    format!("/notices/{signed}")
}

/// One message, received or sent; `?view=text` shows its plain text.
pub fn message(id: impl Display) -> String {
    format!("/messages/{id}")
}

/// The message arranged for paper.
pub fn message_print(id: impl Display) -> String {
    format!("/messages/{id}/print")
}

/// The page that saves a message, and offers to delete it afterwards.
pub fn message_export(id: impl Display) -> String {
    format!("/messages/{id}/export")
}

/// The message as it was sent, byte for byte.
pub fn message_eml(id: impl Display) -> String {
    format!("/messages/{id}/message.eml")
}

/// The message as pages, with its attachments and the original inside.
pub fn message_pdf(id: impl Display) -> String {
    format!("/messages/{id}/message.pdf")
}

/// The message as Outlook keeps it.
pub fn message_msg(id: impl Display) -> String {
    format!("/messages/{id}/message.msg")
}

/// `GET` asks, `POST` deletes.
pub fn message_delete(id: impl Display) -> String {
    format!("/messages/{id}/delete")
}

/// `POST`: begins an answer and leads to its draft.
pub fn message_reply(id: impl Display) -> String {
    format!("/messages/{id}/reply")
}

/// All attachments in one ZIP file.
pub fn message_zip(id: impl Display) -> String {
    format!("/messages/{id}/attachments.zip")
}

/// One attachment, counted from 0 in the order of the message.
pub fn attachment(id: impl Display, number: impl Display) -> String {
    format!("/messages/{id}/attachments/{number}")
}

/// A draft: `GET` the form, `POST` saves, attaches, removes or sends, by the button `do`.
pub fn draft(id: impl Display) -> String {
    format!("/drafts/{id}")
}

/// `GET` asks, `POST` deletes the draft.
pub fn draft_delete(id: impl Display) -> String {
    format!("/drafts/{id}/delete")
}

/// What happens now, after sending; `id` is that of the sent message.
pub fn sent_confirmation(id: impl Display) -> String {
    format!("/sent/{id}")
}

/// `POST`: ends one session.
pub fn session_end(id: impl Display) -> String {
    format!("/settings/sessions/{id}/end")
}

/// Route patterns of the paths that hold an id, in the notation of the HTTP edge's router.
pub mod route {
    /// See [`super::activate`].
    pub const ACTIVATE: &str = "/activate/{secret}";
    /// See [`super::notice`].
    pub const NOTICE: &str = "/notices/{signed}";
    /// See [`super::message`].
    pub const MESSAGE: &str = "/messages/{id}";
    /// See [`super::message_print`].
    pub const MESSAGE_PRINT: &str = "/messages/{id}/print";
    /// See [`super::message_export`].
    pub const MESSAGE_EXPORT: &str = "/messages/{id}/export";
    /// See [`super::message_eml`].
    pub const MESSAGE_EML: &str = "/messages/{id}/message.eml";
    /// See [`super::message_pdf`].
    pub const MESSAGE_PDF: &str = "/messages/{id}/message.pdf";
    /// See [`super::message_msg`].
    pub const MESSAGE_MSG: &str = "/messages/{id}/message.msg";
    /// See [`super::message_delete`].
    pub const MESSAGE_DELETE: &str = "/messages/{id}/delete";
    /// See [`super::message_reply`].
    pub const MESSAGE_REPLY: &str = "/messages/{id}/reply";
    /// See [`super::message_zip`].
    pub const MESSAGE_ZIP: &str = "/messages/{id}/attachments.zip";
    /// See [`super::attachment`].
    pub const ATTACHMENT: &str = "/messages/{id}/attachments/{number}";
    /// See [`super::draft`].
    pub const DRAFT: &str = "/drafts/{id}";
    /// See [`super::draft_delete`].
    pub const DRAFT_DELETE: &str = "/drafts/{id}/delete";
    /// See [`super::sent_confirmation`].
    pub const SENT_CONFIRMATION: &str = "/sent/{id}";
    /// See [`super::session_end`].
    pub const SESSION_END: &str = "/settings/sessions/{id}/end";
    /// See [`super::ASSETS`].
    pub const ASSET: &str = "/assets/{file}";
}
