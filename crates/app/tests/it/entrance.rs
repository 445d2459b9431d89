//! Signing in, and what keeps strangers from guessing.

use std::sync::Arc;

use app::{
    session,
    sign_in::{Entered, Request, SignInError, sign_in},
    throttle::{FAILURES_ACCOUNT_MAX, FAILURES_PAIR_MAX},
};
use jiff::SignedDuration;
use tokio::task::JoinSet;

use crate::house::{ADA, House, PASSWORD, on_both};

on_both! {
    j5_the_right_password_signs_in
    p7_j5_every_failure_answers_alike
    j5_the_fifth_failure_waits_and_waits_end
    j5_strangers_cannot_lock_the_owner_out
    j5_guesses_at_the_same_time_count_like_guesses_in_turn
    j15_sessions_end_when_idle_and_in_any_case
}

async fn attempt(house: &House, address: &str, password: &str, source: &str) -> Result<Entered, SignInError> {
    sign_in(&house.app, Request { address, password, source, agent: "Firefox", device: None }).await
}

async fn with_device(house: &House, device: &str, password: &str) -> Result<Entered, SignInError> {
    let request = Request { address: ADA, password, source: "192.0.2.0/24", agent: "Firefox", device: Some(device) };
    sign_in(&house.app, request).await
}

async fn j5_the_right_password_signs_in(house: &House) {
    house.ada().await;
    for typed in [ADA, " Ada@KUNDE.example "] {
        let entered = attempt(house, typed, PASSWORD, "a").await.unwrap();
        let owner = house.signed_in(&entered.cookie).await;
        assert_eq!(owner.address_shown, ADA);
        assert!(!owner.form_token.is_empty() && *owner.form_token != **entered.cookie);
    }
    assert!(session::open(&house.app, "not a cookie").await.unwrap().is_none());
    assert!(session::open(&house.app, &"A".repeat(43)).await.unwrap().is_none());
}

async fn p7_j5_every_failure_answers_alike(house: &House) {
    house.ada().await;
    house.invite("pending@kunde.example").await;
    for (address, password) in [
        (ADA, "falsch falsch falsch"),
        (ADA, ""),
        ("nobody@kunde.example", PASSWORD),
        ("pending@kunde.example", PASSWORD),
        ("not an address", PASSWORD),
        ("", ""),
    ] {
        assert_eq!(attempt(house, address, password, "b").await.err(), Some(SignInError::Wrong), "{address}");
    }
    // Waiting, too, is no different for an address that nobody has.
    for _ in 1..FAILURES_PAIR_MAX {
        assert_eq!(attempt(house, "nobody@kunde.example", "x", "b").await.err(), Some(SignInError::Wrong));
    }
    assert!(matches!(attempt(house, "nobody@kunde.example", "x", "b").await, Err(SignInError::Wait(_))));
}

async fn j5_the_fifth_failure_waits_and_waits_end(house: &House) {
    house.ada().await;
    for _ in 0..FAILURES_PAIR_MAX {
        assert_eq!(attempt(house, ADA, "falsch", "c").await.err(), Some(SignInError::Wrong));
    }
    let Err(SignInError::Wait(wait)) = attempt(house, ADA, PASSWORD, "c").await else { panic!("no wait") };
    assert_eq!(wait.until, house.app.now() + SignedDuration::from_secs(30));
    assert!(attempt(house, ADA, PASSWORD, "d").await.is_ok(), "another network does not wait");
    house.advance(SignedDuration::from_secs(30));
    assert_eq!(attempt(house, ADA, "falsch", "c").await.err(), Some(SignInError::Wrong));
    let Err(SignInError::Wait(wait)) = attempt(house, ADA, PASSWORD, "c").await else { panic!("no wait") };
    assert_eq!(wait.until, house.app.now() + SignedDuration::from_secs(60), "each failure doubles the wait");
    house.advance(SignedDuration::from_secs(60));
    assert!(attempt(house, ADA, PASSWORD, "c").await.is_ok());
    for _ in 1..FAILURES_PAIR_MAX {
        assert_eq!(attempt(house, ADA, "falsch", "c").await.err(), Some(SignInError::Wrong));
    }
    assert!(attempt(house, ADA, PASSWORD, "c").await.is_ok(), "success forgets the failures of the same place");
}

async fn j5_strangers_cannot_lock_the_owner_out(house: &House) {
    house.ada().await;
    let device = attempt(house, ADA, PASSWORD, "home").await.unwrap().device;
    for number in 0..FAILURES_ACCOUNT_MAX {
        let source = format!("stranger {}", number / (FAILURES_PAIR_MAX - 1));
        assert_eq!(attempt(house, ADA, "falsch", &source).await.err(), Some(SignInError::Wrong), "{number}");
    }
    assert!(matches!(attempt(house, ADA, PASSWORD, "a new place").await, Err(SignInError::Wait(_))));
    assert!(with_device(house, &device, PASSWORD).await.is_ok(), "the owner's browser gets in");
    let forged = format!("{}{}", if device.starts_with('A') { "B" } else { "A" }, &device[1..]);
    assert!(matches!(with_device(house, &forged, PASSWORD).await, Err(SignInError::Wait(_))));
    // A stolen device cookie is no free ride: it has a count of its own.
    for _ in 0..FAILURES_PAIR_MAX {
        assert_eq!(with_device(house, &device, "falsch").await.err(), Some(SignInError::Wrong));
    }
    assert!(matches!(with_device(house, &device, PASSWORD).await, Err(SignInError::Wait(_))));
}

async fn j5_guesses_at_the_same_time_count_like_guesses_in_turn(house: &House) {
    house.ada().await;
    let mut guesses = JoinSet::new();
    for _ in 0..10 {
        let app = Arc::clone(&house.app);
        let guess = Request { address: ADA, password: "falsch", source: "e", agent: "", device: None };
        guesses.spawn(async move { sign_in(&app, guess).await });
    }
    let answers = guesses.join_all().await;
    let wrong = answers.iter().filter(|answer| matches!(answer, Err(SignInError::Wrong))).count();
    // As many as are stretched at once may stand between asking and counting.
    assert!(wrong <= FAILURES_PAIR_MAX as usize + 2, "{wrong} guesses were answered");
}

async fn j15_sessions_end_when_idle_and_in_any_case(house: &House) {
    house.ada().await;
    let cookie = attempt(house, ADA, PASSWORD, "f").await.unwrap().cookie;
    house.advance(SignedDuration::from_mins(30) - SignedDuration::from_secs(1));
    house.signed_in(&cookie).await;
    house.advance(SignedDuration::from_mins(30));
    assert!(session::open(&house.app, &cookie).await.unwrap().is_none(), "idle for half an hour");
    let cookie = attempt(house, ADA, PASSWORD, "f").await.unwrap().cookie;
    for _ in 0..(12 * 60 / 20 - 1) {
        house.advance(SignedDuration::from_mins(20));
        house.signed_in(&cookie).await;
    }
    house.advance(SignedDuration::from_mins(20));
    assert!(session::open(&house.app, &cookie).await.unwrap().is_none(), "twelve hours are enough");
    app::housekeeping::tidy(&house.app).await.unwrap();
}
