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
            LanguageChange, MailboxDelete, MailboxDeleted, PasswordChange, QuestionChange, SessionRow,
            Sessions, Settings,
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
    let settings = Settings {
        page,
        address: ADDRESS,
        password_set_at: Some(at),
        question,
        language,
        sessions: 2,
    };
    let bare = Settings { password_set_at: None, question: Question::Own("<b>Wo?</b>"), sessions: 1, ..settings };
    let session = |device, this| SessionRow { id: "aaaabbbb".into(), device, started_at: at, used_at: at, this };
    let sessions = [session("Safari, iPhone", true), session("Firefox, Windows", false), session("", false)];
    let delete = |messages, problems| MailboxDelete { page, address: ADDRESS, messages, sure: false, problems }.html();
    [
        ("settings", settings.html()),
        ("settings-bare", bare.html()),
        ("settings-password", PasswordChange { page, address: ADDRESS, characters_min: 15, problems: none }.html()),
        (
            "settings-password-wrong",
            PasswordChange { page, address: ADDRESS, characters_min: 15, problems: Problems(&wrong) }.html(),
        ),
        ("settings-question", QuestionChange { page, address: ADDRESS, fields, problems: none }.html()),
        ("settings-language", LanguageChange { page, language }.html()),
        ("settings-sessions", Sessions { page, sessions: &sessions }.html()),
        ("settings-delete", delete(12, none)),
        ("settings-delete-unsure", delete(0, Problems(&unsure))),
        ("mailbox-deleted", MailboxDeleted { page: &outside(brand, language), address: ADDRESS }.html()),
    ]
    .map(|(name, html)| PageSample { name, html })
    .into()
}
