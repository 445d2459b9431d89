//! The owner's settings.

use std::sync::Arc;

use app::{
    account::{self, AccountError},
    password::PasswordFault,
    question::QuestionFault,
    read, session,
    sign_in::{Request, SignInError, sign_in},
    throttle::FAILURES_PAIR_MAX,
};
use model::Language;
use store::Folder;
use tokio::task::JoinSet;

use crate::house::{ADA, House, PASSWORD, QUESTION, on_both};

on_both! {
    j15_a_new_password_replaces_the_old_one
    j15_changes_ask_for_the_present_password
    wrong_passwords_at_the_same_time_are_counted_each
    j15_question_and_language_change
    j15_sessions_are_shown_and_ended
}

const FRESH: &str = "Acht Eulen schweigen im Nebel";

async fn enter(house: &House, password: &str, agent: &str) -> Result<app::sign_in::Entered, SignInError> {
    sign_in(&house.app, Request { address: ADA, password, source: agent, agent, device: None }).await
}

async fn j15_a_new_password_replaces_the_old_one(house: &House) {
    let owner = house.ada().await;
    let elsewhere = enter(house, PASSWORD, "phone").await.unwrap().cookie;
    let set_at = account::password_set_at(&house.app, &owner).await.unwrap();
    house.advance(jiff::SignedDuration::from_secs(5));
    account::change_password(&house.app, &owner, PASSWORD, FRESH, FRESH).await.unwrap();
    assert!(account::password_set_at(&house.app, &owner).await.unwrap() > set_at);
    assert!(session::open(&house.app, &elsewhere).await.unwrap().is_none(), "other sessions end");
    let list = read::list(&house.app, &owner, Folder::Inbox, read::Place::Newest, 10).await.unwrap();
    assert_eq!(list.entries.len(), 1, "this one goes on");
    assert_eq!(enter(house, PASSWORD, "a").await.err(), Some(SignInError::Wrong));
    let owner = house.signed_in(&enter(house, FRESH, "a").await.unwrap().cookie).await;
    house.eml(&owner, house.newest(&owner, Folder::Inbox).await).await;
}

async fn j15_changes_ask_for_the_present_password(house: &House) {
    let owner = house.ada().await;
    let app = &house.app;
    let change = async |present: &str, typed: &str, repeated: &str| {
        account::change_password(app, &owner, present, typed, repeated).await
    };
    assert_eq!(change(PASSWORD, "kurz", "kurz").await, Err(AccountError::Password(PasswordFault::TooShort(15))));
    assert_eq!(change(PASSWORD, FRESH, PASSWORD).await, Err(AccountError::PasswordsDiffer));
    for _ in 1..FAILURES_PAIR_MAX {
        assert_eq!(change("falsch", FRESH, FRESH).await, Err(AccountError::PasswordWrong));
    }
    change(PASSWORD, FRESH, FRESH).await.unwrap();
    for _ in 0..FAILURES_PAIR_MAX {
        assert_eq!(change(PASSWORD, FRESH, FRESH).await, Err(AccountError::PasswordWrong), "success forgets failures");
    }
    assert!(matches!(change(FRESH, PASSWORD, PASSWORD).await, Err(AccountError::Wait(_))));
    let question = account::change_question(app, &owner, "falsch", QUESTION, "Antwort").await;
    assert!(matches!(question, Err(AccountError::Wait(_))));
}

/// Many at once must not find out more than one after the other.
async fn wrong_passwords_at_the_same_time_are_counted_each(house: &House) {
    let owner = Arc::new(house.ada().await);
    let mut tries = JoinSet::new();
    for _ in 0..3 * FAILURES_PAIR_MAX {
        let (app, owner) = (Arc::clone(&house.app), Arc::clone(&owner));
        tries.spawn(async move { account::change_password(&app, &owner, "falsch", FRESH, FRESH).await });
    }
    let (mut wrong, mut wait) = (0, 0);
    for answer in tries.join_all().await {
        match answer {
            Err(AccountError::PasswordWrong) => wrong += 1,
            Err(AccountError::Wait(_)) => wait += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((wrong, wait), (FAILURES_PAIR_MAX, 2 * FAILURES_PAIR_MAX));
    let right = account::change_password(&house.app, &owner, PASSWORD, FRESH, FRESH).await;
    assert!(matches!(right, Err(AccountError::Wait(_))), "then the right one has to wait as well");
}

async fn j15_question_and_language_change(house: &House) {
    let owner = house.ada().await;
    assert_eq!(account::question(&house.app, &owner).await.unwrap().as_deref(), Some(QUESTION));
    let change = async |present: &str, question: &str, answer: &str| {
        account::change_question(&house.app, &owner, present, question, answer).await
    };
    let error = change(PASSWORD, "Wie?", "x").await;
    assert_eq!(error, Err(AccountError::Question(QuestionFault::AnswerTooShort)));
    assert_eq!(change("falsch", "Mein erstes Auto?", "Trabant").await, Err(AccountError::PasswordWrong));
    change(PASSWORD, "Mein erstes Auto?", "Trabant").await.unwrap();
    assert_eq!(account::question(&house.app, &owner).await.unwrap().as_deref(), Some("Mein erstes Auto?"));
    account::change_language(&house.app, &owner, Language::En).await.unwrap();
    house.pump().await;
    let entered = enter(house, PASSWORD, "a").await.unwrap();
    assert_eq!(house.signed_in(&entered.cookie).await.language, Language::En);
    house.accept(&crate::mails::special("Letter", "Text"), &[ADA]).await;
    house.pump().await;
    assert!(house.notice(ADA).text().contains("message"), "notices follow the owner's language");
}

async fn j15_sessions_are_shown_and_ended(house: &House) {
    let owner = house.ada().await;
    let mut cookies = Vec::new();
    for agent in ["phone", "tablet\r\nx", &"long ".repeat(100)] {
        house.advance(jiff::SignedDuration::from_secs(1));
        cookies.push(enter(house, PASSWORD, agent).await.unwrap().cookie);
    }
    let sessions = session::in_use(&house.app, &owner).await.unwrap();
    assert_eq!(sessions.len(), 4);
    assert_eq!(sessions.iter().filter(|session| session.this).count(), 1);
    assert!(sessions[3].this && sessions[2].agent == "phone" && sessions[1].agent == "tabletx", "newest first");
    assert_eq!(sessions[0].agent.chars().count(), session::AGENT_CHARS_MAX);
    assert!(session::end(&house.app, &owner, sessions[2].id).await.unwrap());
    assert!(!session::end(&house.app, &owner, sessions[2].id).await.unwrap());
    assert!(session::open(&house.app, &cookies[0]).await.unwrap().is_none());
    session::sign_out_elsewhere(&house.app, &owner).await.unwrap();
    assert!(session::open(&house.app, &cookies[1]).await.unwrap().is_none());
    assert_eq!(session::in_use(&house.app, &owner).await.unwrap().len(), 1);
    session::sign_out(&house.app, &owner).await.unwrap();
    assert!(session::in_use(&house.app, &owner).await.unwrap().is_empty());
}
