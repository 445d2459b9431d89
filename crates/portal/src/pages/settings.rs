//! The settings [J15]: password, security question, language, sessions.

use app::{account, account::AccountError, session};
use axum::{extract::Path, response::Response};
use model::{Language, id::SessionId};
use render::{
    Flash, Problem,
    pages::{
        activation::QuestionFields,
        settings::{
            LanguageChange, MailboxDelete, MailboxDeleted, PasswordChange, QuestionChange, SessionRow, Sessions,
            Settings,
        },
    },
    paths,
};

use super::{
    Answer,
    again::Again,
    id, page, problems, questions, reading,
    session::{forget, leave},
};
use crate::{form::Form, refusal::Refusal, visit::Owner};

pub(crate) async fn overview(owner: Owner) -> Answer {
    let question = account::question(owner.app(), &owner.me).await?;
    let settings = Settings {
        page: &owner.visit.page(owner.unread().await?),
        address: &owner.me.address_shown,
        password_set_at: account::password_set_at(owner.app(), &owner.me).await?,
        question: questions::shown(question.as_deref().unwrap_or_default()),
        language: owner.me.language,
        sessions: session::in_use(owner.app(), &owner.me).await?.len(),
    };
    Ok(page(settings.html(), false))
}

pub(crate) async fn ask_password(owner: Owner) -> Answer {
    password_form(&owner, &Again::default()).await
}

async fn password_form(owner: &Owner, again: &Again) -> Answer {
    let unread = owner.unread().await?;
    let form = PasswordChange {
        page: &owner.visit.page(unread),
        address: &owner.me.address_shown,
        characters_min: owner.app().settings.portal.password_length_min,
        problems: again.problems(),
        wait_until: again.wait_until,
    };
    Ok(again.answer(&owner.visit, form.html()))
}

pub(crate) async fn change_password(owner: Owner, form: Form) -> Answer {
    let (current, password, repeated) = (form.get("current"), form.get("password"), form.get("again"));
    if !password.is_empty() && password == current {
        return password_form(&owner, &Problem::PasswordUnchanged.into()).await;
    }
    let again = match account::change_password(owner.app(), &owner.me, current, password, repeated).await {
        Ok(()) => return Ok(owner.visit.go(paths::SETTINGS, Some(Flash::PasswordChanged))),
        Err(error) => again(error, |fault| match fault {
            Fault::Password(fault) => problems::password(fault, password),
            Fault::Question(fault) => problems::question(fault, false, ""),
        })?,
    };
    password_form(&owner, &again).await
}

/// What is wrong with what was typed, apart from the present password.
enum Fault {
    Password(app::password::PasswordFault),
    Question(app::question::QuestionFault),
}

/// Why the form comes again; `typed` words what is wrong with what was typed.
fn again(error: AccountError, typed: impl FnOnce(Fault) -> Problem) -> Result<Again, Refusal> {
    match error {
        AccountError::PasswordWrong => Ok(Problem::CurrentPasswordWrong.into()),
        AccountError::PasswordsDiffer => Ok(Problem::PasswordsDiffer.into()),
        AccountError::Password(fault) => Ok(typed(Fault::Password(fault)).into()),
        AccountError::Question(fault) => Ok(typed(Fault::Question(fault)).into()),
        AccountError::Wait(wait) => Ok(wait.into()),
        AccountError::Trouble(trouble) => Err(trouble.into()),
    }
}

pub(crate) async fn ask_question(owner: Owner) -> Answer {
    let question = account::question(owner.app(), &owner.me).await?;
    let fields = QuestionFields { answered: false, ..questions::stored(question.as_deref()) };
    question_form(&owner, fields, &Again::default()).await
}

async fn question_form(owner: &Owner, fields: QuestionFields<'_>, again: &Again) -> Answer {
    let unread = owner.unread().await?;
    let form = QuestionChange {
        page: &owner.visit.page(unread),
        address: &owner.me.address_shown,
        fields,
        problems: again.problems(),
        wait_until: again.wait_until,
    };
    Ok(again.answer(&owner.visit, form.html()))
}

pub(crate) async fn change_question(owner: Owner, form: Form) -> Answer {
    let (question, answer) = (questions::chosen(&form), form.get("answer"));
    let again = match account::change_question(owner.app(), &owner.me, form.get("current"), question, answer).await {
        Ok(()) => return Ok(owner.visit.go(paths::SETTINGS, Some(Flash::QuestionChanged))),
        Err(error) => again(error, |fault| match fault {
            Fault::Password(fault) => problems::password(fault, ""),
            Fault::Question(fault) => problems::question(fault, questions::is_own(&form), answer),
        })?,
    };
    question_form(&owner, questions::typed(&form), &again).await
}

pub(crate) async fn ask_delete(owner: Owner) -> Answer {
    delete_form(&owner, false, &Again::default()).await
}

async fn delete_form(owner: &Owner, sure: bool, again: &Again) -> Answer {
    let form = MailboxDelete {
        page: &owner.visit.page(owner.unread().await?),
        address: &owner.me.address_shown,
        messages: account::messages(owner.app(), &owner.me).await?,
        sure,
        problems: again.problems(),
        wait_until: again.wait_until,
    };
    Ok(again.answer(&owner.visit, form.html()))
}

/// Deletes the mailbox, and takes from the browser what it knows of it.
pub(crate) async fn delete(owner: Owner, form: Form) -> Result<Response, Refusal> {
    if form.get("sure") != "yes" {
        return delete_form(&owner, false, &Problem::ConfirmationMissing.into()).await;
    }
    let typed = |_| Problem::CurrentPasswordWrong;
    match account::delete_mailbox(owner.app(), &owner.me, form.get("current")).await {
        Ok(()) => {}
        Err(error) => return delete_form(&owner, true, &again(error, typed)?).await,
    }
    let deleted = MailboxDeleted { page: &owner.visit.stranger_page(), address: &owner.me.address_shown };
    Ok(forget(&owner.visit, page(deleted.html(), false)))
}

pub(crate) async fn ask_language(owner: Owner) -> Answer {
    let unread = owner.unread().await?;
    Ok(page(LanguageChange { page: &owner.visit.page(unread), language: owner.me.language }.html(), false))
}

pub(crate) async fn change_language(owner: Owner, form: Form) -> Answer {
    let language: Language = form.get("language").parse().map_err(|_| Refusal::NotFound)?;
    account::change_language(owner.app(), &owner.me, language).await?;
    let response = owner.visit.go(paths::SETTINGS, Some(Flash::LanguageChanged));
    Ok(reading::in_language(&owner.visit, response, language))
}

pub(crate) async fn sessions(owner: Owner) -> Answer {
    let mut in_use = session::in_use(owner.app(), &owner.me).await?;
    in_use.sort_by_key(|session| !session.this);
    let devices: Vec<String> = in_use.iter().map(|session| device(&session.agent)).collect();
    let rows: Vec<SessionRow<'_>> = in_use
        .iter()
        .zip(&devices)
        .map(|(session, device)| SessionRow {
            id: session.id.to_string(),
            device,
            started_at: session.created_at,
            used_at: session.seen_at,
            this: session.this,
        })
        .collect();
    Ok(page(Sessions { page: &owner.visit.page(owner.unread().await?), sessions: &rows }.html(), false))
}

pub(crate) async fn end_session(owner: Owner, Path(shown): Path<String>, _: Form) -> Answer {
    if !session::end(owner.app(), &owner.me, id::<SessionId>(&shown)?).await? {
        return Err(Refusal::NotFound);
    }
    Ok(owner.visit.go(paths::SETTINGS_SESSIONS, Some(Flash::SessionEnded)))
}

/// Ends every session of the mailbox, this one too.
pub(crate) async fn sign_out_everywhere(owner: Owner, _: Form) -> Result<Response, Refusal> {
    session::sign_out_elsewhere(owner.app(), &owner.me).await?;
    session::sign_out(owner.app(), &owner.me).await?;
    Ok(leave(&owner.visit, &format!("{}?everywhere=yes", paths::SIGNED_OUT)))
}

/// Browser and system in words, from what the browser calls itself. The first that fits counts: most name their rivals too.
fn device(agent: &str) -> String {
    const BROWSERS: [(&str, &str); 7] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(part, _)| agent.contains(part)).map(|(_, name)| *name);
    [first(&BROWSERS), first(&SYSTEMS)].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn devices_in_words() {
        for (agent, words) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
                "Safari, iPhone",
            ),
            ("curl/8", ""),
            ("", ""),
        ] {
            assert_eq!(device(agent), words);
        }
    }
}
