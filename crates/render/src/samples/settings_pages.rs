//! Pages of the settings.

use model::Language;

use super::{ADDRESS, PageSample, inside, moment, outside};
use crate::{
    Problem,
    brand::Brand,
    form::Problems,
    pages::{
        activation::{ListedQuestion, Question, QuestionFields},
        settings::{
            LanguageChange, MailboxDelete, MailboxDeleted, PasswordChange, QuestionChange, SessionRow, Sessions,
            Settings,
        },
    },
};

pub(super) fn pages(brand: &Brand, language: Language) -> Vec<PageSample> {
    let page = &inside(brand, language);
    let none = Problems::default();
    let at = moment();
    let question = Question::Listed(ListedQuestion::Toy);
    let fields = QuestionFields { question: Some(question), ..QuestionFields::default() };
    let wrong = [Problem::CurrentPasswordWrong, Problem::PasswordUnchanged];
    let unsure = [Problem::ConfirmationMissing];
    let settings = Settings { page, address: ADDRESS, password_set_at: Some(at), question, language, sessions: 2 };
    let bare = Settings { password_set_at: None, question: Question::Own("<b>Wo?</b>"), sessions: 1, ..settings };
    let session = |device, this| SessionRow { id: "aaaabbbb".into(), device, started_at: at, used_at: at, this };
    let sessions = [session("Safari, iPhone", true), session("Firefox, Windows", false), session("", false)];
    let password = PasswordChange { page, address: ADDRESS, characters_min: 15, problems: none, wait_until: None };
    let change = QuestionChange { page, address: ADDRESS, fields, problems: none, wait_until: None };
    let delete = MailboxDelete { page, address: ADDRESS, messages: 12, sure: false, problems: none, wait_until: None };
    let wait_until = Some(at);
    [
        ("settings", settings.html()),
        ("settings-bare", bare.html()),
        ("settings-password", password.html()),
        ("settings-password-wrong", PasswordChange { problems: Problems(&wrong), ..password }.html()),
        ("settings-password-wait", PasswordChange { wait_until, ..password }.html()),
        ("settings-question", change.html()),
        ("settings-question-wait", QuestionChange { wait_until, ..change }.html()),
        ("settings-language", LanguageChange { page, language }.html()),
        ("settings-sessions", Sessions { page, sessions: &sessions }.html()),
        ("settings-delete", delete.html()),
        ("settings-delete-unsure", MailboxDelete { messages: 0, problems: Problems(&unsure), ..delete }.html()),
        ("settings-delete-wait", MailboxDelete { sure: true, wait_until, ..delete }.html()),
        ("mailbox-deleted", MailboxDeleted { page: &outside(brand, language), address: ADDRESS }.html()),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}
