//! Can my e-mail provider receive encrypted mail? Open to everybody, the same for everybody [P7].
//!
//! The question comes by `POST` only: an address in a query would stay in the browser's history and in the logs of whatever lies in between.

use std::sync::Arc;

use app::provider::{self, AskError};
use axum::response::Response;
use render::{
    Problem,
    pages::provider::{Provider, ProviderAnswer},
};

use super::{Answer, again::Again, page};
use crate::{
    form::Form,
    refusal::Refusal,
    visit::{Guest, Visit},
};

/// The question, with the address of whoever is signed in filled in.
pub(crate) async fn ask(Guest(visit): Guest) -> Answer {
    let unread = open(&visit).await?;
    let own = visit.owner.as_ref().map_or("", |owner| owner.address_shown.as_str());
    Ok(draw(&visit, unread, own, &Again::default()))
}

/// The answer.
pub(crate) async fn answer(Guest(visit): Guest, form: Form) -> Answer {
    let unread = open(&visit).await?;
    let typed = form.get("address").trim();
    let again = |again: Again| Ok(draw(&visit, unread, typed, &again));
    if typed.is_empty() {
        return again(Problem::AddressMissing.into());
    }
    match provider::ask(visit.app(), &visit.source, typed).await {
        Ok(answer) => {
            let (ground, domain) = (visit.page(unread), answer.domain.to_unicode());
            Ok(page(ProviderAnswer { page: &ground, domain: &domain, finding: &answer.finding }.html(), false))
        }
        Err(AskError::Malformed) => again(Problem::AddressMalformed.into()),
        Err(AskError::Literal) => again(Problem::AddressLiteral.into()),
        Err(AskError::Wait(wait)) => again(wait.into()),
        Err(AskError::Trouble(trouble)) => Err(trouble.into()),
    }
}

/// Goes no further where the organisation does not have the page. Answers the number of unread messages, for the ground.
async fn open(visit: &Arc<Visit>) -> Result<u64, Refusal> {
    if !visit.house.brand().provider_page {
        return Err(Refusal::NotFound);
    }
    match &visit.owner {
        Some(owner) => Ok(app::read::unread(visit.app(), owner).await?),
        None => Ok(0),
    }
}

fn draw(visit: &Visit, unread: u64, typed: &str, again: &Again) -> Response {
    let ground = visit.page(unread);
    let form = Provider { page: &ground, typed, problems: again.problems(), wait_until: again.wait_until };
    again.answer(visit, form.html())
}
