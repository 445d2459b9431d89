//! Activation in three steps [J3]. The link's secret lies in a cookie, so that it stands in no address, log or history; what was chosen lies with the
//! activation, so that every step can be left and come back to.

use app::activate::{self, Link, Progress, StepError};
use axum::{extract::Path, http::StatusCode, response::Response};
use model::Language;
use render::{
    Flash, Problem,
    pages::{
        access::{SignIn, SignInReason},
        activation::{FinishStep, Landing, LinkHelp, PasswordStep, QuestionFields, QuestionStep},
    },
    paths,
};
use vault::{Token, TokenKind};

use super::{Answer, page, problems, questions, reading, session};
use crate::{
    cookies::Cookie,
    form::Form,
    refusal::Refusal,
    visit::{Guest, Visit},
};

/// The link in a first notice. It asks nothing and changes nothing, whoever opens it and how often: the secret moves into a cookie, and the browser
/// to an address without it.
pub(crate) async fn take_link(Guest(visit): Guest, Path(secret): Path<String>) -> Answer {
    if Token::parse(TokenKind::Activation, &secret).is_err() {
        return Ok(visit.go(paths::ACTIVATION_HELP, None));
    }
    let mut response = visit.go(paths::ACTIVATION, None);
    visit.leave(&mut response, Cookie::Activation, &secret);
    Ok(response)
}

/// Where the activation of this browser stands, or the page that helps instead.
async fn progress(visit: &Visit) -> Result<Result<(&str, Progress), Response>, Refusal> {
    let Some(link) = visit.activation.as_deref() else { return Ok(Err(no_link(visit))) };
    Ok(match activate::look(visit.app(), link).await? {
        Link::Open(progress) => Ok((link, progress)),
        Link::Active { address_shown } => Err(active(visit, &address_shown)),
        Link::Expired => Err(no_link(visit)),
    })
}

/// Unknown, expired and missing links look alike.
fn no_link(visit: &Visit) -> Response {
    let mut response = page(LinkHelp { page: &visit.stranger_page() }.html(), false);
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn active(visit: &Visit, address: &str) -> Response {
    let sign_in = SignIn {
        page: &visit.stranger_page(),
        address,
        next: "",
        reason: SignInReason::Active,
        problems: [].as_slice().into(),
        wait_until: None,
    };
    page(sign_in.html(), false)
}

/// What a refused step leads to, other than its own form again.
fn refused(visit: &Visit, error: StepError) -> Answer {
    match error {
        StepError::Active => Ok(visit.go(paths::ACTIVATION, None)),
        StepError::StepMissing => Ok(visit.go(paths::ACTIVATION_PASSWORD, None)),
        StepError::Trouble(trouble) => Err(trouble.into()),
        StepError::Expired | StepError::Password(_) | StepError::PasswordsDiffer | StepError::Question(_) => {
            Ok(no_link(visit))
        }
    }
}

pub(crate) async fn help(Guest(visit): Guest) -> Answer {
    Ok(page(LinkHelp { page: &visit.stranger_page() }.html(), false))
}

pub(crate) async fn landing(Guest(visit): Guest) -> Answer {
    let (_, progress) = match progress(&visit).await? {
        Ok(open) => open,
        Err(instead) => return Ok(instead),
    };
    let Some((header, at)) = &progress.newest else { return Ok(visit.go(paths::ACTIVATION_PASSWORD, None)) };
    let hidden = visit.app().settings.notices.subject_hidden;
    let landing = Landing {
        page: &visit.stranger_page(),
        address: &progress.address_shown,
        sender: header.shown_name(),
        subject: (!hidden).then_some(header.subject.as_str()),
        sent_at: *at,
        activate_by: progress.expires_at,
    };
    Ok(page(landing.html(), false))
}

pub(crate) async fn ask_password(Guest(visit): Guest) -> Answer {
    Ok(match progress(&visit).await? {
        Ok((_, progress)) => password_step(&visit, &progress, &[]),
        Err(instead) => instead,
    })
}

fn password_step(visit: &Visit, progress: &Progress, problems: &[Problem]) -> Response {
    let step = PasswordStep {
        page: &visit.stranger_page(),
        address: &progress.address_shown,
        characters_min: visit.app().settings.portal.password_length_min,
        chosen: progress.password_chosen,
        problems: problems.into(),
    };
    page(step.html(), !problems.is_empty())
}

pub(crate) async fn choose_password(Guest(visit): Guest, form: Form) -> Answer {
    let (link, progress) = match progress(&visit).await? {
        Ok(open) => open,
        Err(instead) => return Ok(instead),
    };
    let (password, again) = (form.get("password"), form.get("again"));
    if progress.password_chosen && password.is_empty() && again.is_empty() {
        return Ok(visit.go(paths::ACTIVATION_QUESTION, None));
    }
    match activate::choose_password(visit.app(), link, password, again).await {
        Ok(()) => Ok(visit.go(paths::ACTIVATION_QUESTION, None)),
        Err(StepError::Password(fault)) => Ok(password_step(&visit, &progress, &[problems::password(fault, password)])),
        Err(StepError::PasswordsDiffer) => Ok(password_step(&visit, &progress, &[Problem::PasswordsDiffer])),
        Err(error) => refused(&visit, error),
    }
}

pub(crate) async fn ask_question(Guest(visit): Guest) -> Answer {
    Ok(match progress(&visit).await? {
        Ok((_, progress)) if !progress.password_chosen => visit.go(paths::ACTIVATION_PASSWORD, None),
        Ok((_, progress)) => question_step(&visit, questions::stored(progress.question.as_deref()), &[]),
        Err(instead) => instead,
    })
}

fn question_step(visit: &Visit, fields: QuestionFields<'_>, problems: &[Problem]) -> Response {
    let step = QuestionStep { page: &visit.stranger_page(), fields, problems: problems.into() };
    page(step.html(), !problems.is_empty())
}

pub(crate) async fn choose_question(Guest(visit): Guest, form: Form) -> Answer {
    let (link, progress) = match progress(&visit).await? {
        Ok(open) => open,
        Err(instead) => return Ok(instead),
    };
    let (question, answer) = (questions::chosen(&form), form.get("answer"));
    if answer.is_empty() && progress.question.as_deref() == Some(question) {
        return Ok(visit.go(paths::ACTIVATION_FINISH, None));
    }
    match activate::choose_question(visit.app(), link, question, answer).await {
        Ok(()) => Ok(visit.go(paths::ACTIVATION_FINISH, None)),
        Err(StepError::Question(fault)) => {
            let problem = problems::question(fault, questions::is_own(&form), answer);
            Ok(question_step(&visit, questions::typed(&form), &[problem]))
        }
        Err(error) => refused(&visit, error),
    }
}

pub(crate) async fn summary(Guest(visit): Guest) -> Answer {
    let progress = match progress(&visit).await? {
        Ok((_, progress)) => progress,
        Err(instead) => return Ok(instead),
    };
    if !progress.password_chosen {
        return Ok(visit.go(paths::ACTIVATION_PASSWORD, None));
    }
    let Some(question) = &progress.question else { return Ok(visit.go(paths::ACTIVATION_QUESTION, None)) };
    let step = FinishStep {
        page: &visit.stranger_page(),
        address: &progress.address_shown,
        question: questions::shown(question),
        language: visit.language,
    };
    Ok(page(step.html(), false))
}

/// Finishes: the one request that spends the link.
pub(crate) async fn finish(Guest(visit): Guest, form: Form) -> Answer {
    let Some(link) = visit.activation.as_deref() else { return Ok(no_link(&visit)) };
    let language: Language = form.get("language").parse().unwrap_or(visit.language);
    if let Err(error) = activate::choose_language(visit.app(), link, language).await {
        return refused(&visit, error);
    }
    match activate::finish(visit.app(), link, &visit.agent).await {
        Ok(entered) => {
            let response = session::enter(&visit, &entered, paths::INBOX, Some(Flash::Activated));
            Ok(reading::in_language(&visit, response, language))
        }
        Err(error) => refused(&visit, error),
    }
}
