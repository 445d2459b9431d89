//! Activation: the recipient takes over the mailbox, and the server loses its way in.

use app::{
    activate::{self, Link, StepError},
    password::PasswordFault,
    question::QuestionFault,
};
use jiff::SignedDuration;
use model::Language;
use store::{OutgoingKind, WrapKind};
use vault::{Token, TokenKind};

use crate::{
    house::{ADA, ANSWER, House, PASSWORD, QUESTION, on_both},
    mails::special,
};

on_both! {
    j3_looking_spends_nothing
    j3_steps_may_be_left_repeated_and_taken_back
    j3_bad_passwords_and_questions_are_told
    j3_finishing_signs_in_and_spends_every_link
    j3_the_ordinary_address_is_told_of_the_activation
    p5_j3_finishing_destroys_the_servers_way_in
    j3_a_spent_link_of_a_pending_mailbox_leads_nowhere
    p7_j3_expired_and_unknown_links_answer_alike
    j3_two_tabs_finish_once
}

async fn j3_looking_spends_nothing(house: &House) {
    let link = house.invite(ADA).await;
    let before = house.events().await;
    for _ in 0..50 {
        assert!(matches!(house.look(&link).await, Link::Open(progress) if !progress.password_chosen));
    }
    assert_eq!(house.events().await, before);
    house.activate(&link).await;
}

async fn j3_the_ordinary_address_is_told_of_the_activation(house: &House) {
    let app = &house.app;
    for (address, language, subject, said) in [
        (
            ADA,
            Language::De,
            "[Musterkasse] Ihr Postfach ist eingerichtet",
            "am 22. November 2026 um 10:30 Uhr eingerichtet",
        ),
        (
            "bob@kunde.example",
            Language::En,
            "[Musterkasse] Your mailbox is set up",
            "set up on 22 November 2026 at 10:30 am",
        ),
    ] {
        let link = house.invite(address).await;
        let told =
            || house.left(OutgoingKind::Notice).into_iter().filter(|left| left.to == address).collect::<Vec<_>>();
        activate::choose_password(app, &link, PASSWORD, PASSWORD).await.unwrap();
        activate::choose_question(app, &link, QUESTION, ANSWER).await.unwrap();
        activate::choose_language(app, &link, language).await.unwrap();
        house.pump().await;
        assert_eq!(told().len(), 1, "the invitation only: nothing has happened yet");
        activate::finish(app, &link, "Firefox").await.unwrap();
        assert_eq!(activate::finish(app, &link, "Firefox").await.err(), Some(StepError::Active));
        house.pump().await;
        let told = told();
        assert_eq!((told.len(), told[1].subject().as_str()), (2, subject), "once, in the language just chosen");
        let head = mime::head::Head::read(&told[1].bytes);
        assert_eq!(head.author().unwrap().address, "postfach@musterkasse.example");
        let view = mime::view::MessageView::read(&told[1].bytes).unwrap();
        for form in [view.text.as_deref().unwrap(), &view.fragment().html] {
            let form = form.replace(['\u{a0}', '\n'], " ").replace("&nbsp;", " ");
            assert!(form.contains(said) && form.contains(address), "{form}");
            assert!(!form.contains("/activate/") && !form.contains("Bescheid"), "nothing that opens or tells");
        }
    }
}

async fn j3_steps_may_be_left_repeated_and_taken_back(house: &House) {
    let link = house.invite(ADA).await;
    let app = &house.app;
    let question = activate::choose_question(app, &link, QUESTION, ANSWER).await;
    assert_eq!(question, Err(StepError::StepMissing), "the question needs the password first");
    assert_eq!(activate::finish(app, &link, "").await.err(), Some(StepError::StepMissing));
    activate::choose_language(app, &link, Language::En).await.unwrap();
    activate::choose_password(app, &link, "Ein anderes langes Kennwort", "Ein anderes langes Kennwort").await.unwrap();
    house.advance(SignedDuration::from_hours(24 * 9));
    activate::choose_question(app, &link, QUESTION, ANSWER).await.unwrap();
    // Back to step 1: the later choice counts, and the question stays.
    activate::choose_password(app, &link, PASSWORD, PASSWORD).await.unwrap();
    let Link::Open(progress) = house.look(&link).await else { panic!("the link is spent") };
    assert_eq!((progress.language, progress.password_chosen), (Language::En, true));
    assert_eq!(progress.question.as_deref(), Some(QUESTION));
    let owner = house.signed_in(&activate::finish(app, &link, "Firefox").await.unwrap().cookie).await;
    assert_eq!((owner.address.as_str(), owner.language), (ADA, Language::En));
    let request = |password| app::sign_in::Request { address: ADA, password, source: "s", agent: "", device: None };
    assert!(app::sign_in::sign_in(app, request("Ein anderes langes Kennwort")).await.is_err());
    assert!(app::sign_in::sign_in(app, request(PASSWORD)).await.is_ok());
}

async fn j3_bad_passwords_and_questions_are_told(house: &House) {
    let link = house.invite(ADA).await;
    let app = &house.app;
    let password = async |typed: &str, repeated: &str| activate::choose_password(app, &link, typed, repeated).await;
    assert_eq!(password("kurz", "kurz").await, Err(StepError::Password(PasswordFault::TooShort(15))));
    assert_eq!(password("passwordpassword", "passwordpassword").await, Err(StepError::Password(PasswordFault::Common)));
    assert_eq!(password(PASSWORD, "etwas anderes").await, Err(StepError::PasswordsDiffer));
    let Link::Open(progress) = house.look(&link).await else { panic!("the link is spent") };
    assert!(!progress.password_chosen, "a refused password is not kept");
    password(PASSWORD, PASSWORD).await.unwrap();
    let question = activate::choose_question(app, &link, " ", ANSWER).await;
    assert_eq!(question, Err(StepError::Question(QuestionFault::QuestionEmpty)));
    let question = activate::choose_question(app, &link, "Mein Hund Bello?", "bello").await;
    assert_eq!(question, Err(StepError::Question(QuestionFault::AnswerObvious)));
}

async fn j3_finishing_signs_in_and_spends_every_link(house: &House) {
    let old = house.invite(ADA).await;
    let sibling = house.invite(ADA).await;
    assert_ne!(old, sibling);
    house.activate(&old).await;
    for link in [&old, &sibling] {
        assert!(matches!(house.look(link).await, Link::Active { address_shown } if address_shown == ADA));
        assert_eq!(activate::finish(&house.app, link, "").await.err(), Some(StepError::Active));
        let password = activate::choose_password(&house.app, link, PASSWORD, PASSWORD).await;
        assert_eq!(password, Err(StepError::Active));
    }
    house.advance(SignedDuration::from_hours(24 * 60));
    assert!(matches!(house.look(&sibling).await, Link::Active { .. }), "an old link still says where to go");
}

async fn p5_j3_finishing_destroys_the_servers_way_in(house: &House) {
    let links = [house.invite(ADA).await, house.invite(ADA).await];
    activate::choose_password(&house.app, &links[1], PASSWORD, PASSWORD).await.unwrap();
    let owner = house.activate(&links[0]).await;
    let mut reader = house.app.store.read().await.unwrap();
    assert_eq!(reader.wraps().find(owner.mailbox, WrapKind::Pending).await.unwrap().map(|_| ()), None);
    for kind in [WrapKind::Password, WrapKind::Answer, WrapKind::Recovery] {
        assert!(reader.wraps().find(owner.mailbox, kind).await.unwrap().is_some(), "{kind:?}");
    }
    for link in links {
        let token = Token::parse(TokenKind::Activation, &link).unwrap();
        let row = reader.activations().find_by_selector(&token.selector()).await.unwrap().expect("the fact stays");
        assert!(row.sealed.is_empty() && row.used_at.is_some());
        assert!(row.proposed_password.is_none() && row.proposed_answer.is_none());
        assert!(row.proposed_question_sealed.is_none());
    }
}

async fn j3_a_spent_link_of_a_pending_mailbox_leads_nowhere(house: &House) {
    let link = house.invite(ADA).await;
    let token = Token::parse(TokenKind::Activation, &link).unwrap();
    let mut tx = house.app.store.begin().await.unwrap();
    let row = tx.activations().find_by_selector(&token.selector()).await.unwrap().unwrap();
    tx.activations().spend_all(row.mailbox_id, house.app.now()).await.unwrap();
    tx.commit().await.unwrap();
    let step = activate::choose_password(&house.app, &link, PASSWORD, PASSWORD).await;
    assert_eq!(step, Err(StepError::Expired));
}

async fn p7_j3_expired_and_unknown_links_answer_alike(house: &House) {
    let link = house.invite(ADA).await;
    let Link::Open(progress) = house.look(&link).await else { panic!("no link") };
    let left = progress.expires_at.duration_since(house.app.now());
    house.advance(left - SignedDuration::from_secs(1));
    assert!(matches!(house.look(&link).await, Link::Open(_)), "it works to the last second");
    house.advance(SignedDuration::from_secs(1));
    let unknown = "A".repeat(43);
    for bad in [link.as_str(), unknown.as_str(), "", "short", &link[1..], &format!("{link}x")] {
        assert!(matches!(house.look(bad).await, Link::Expired), "{bad}");
        let step = activate::choose_password(&house.app, bad, PASSWORD, PASSWORD).await;
        assert_eq!(step, Err(StepError::Expired));
    }
    house.accept(&special("Neuer Brief", "Text"), &[ADA]).await;
    house.pump().await;
    assert!(matches!(house.look(&house.notice(ADA).link("activate")).await, Link::Open(_)), "a later notice helps");
}

async fn j3_two_tabs_finish_once(house: &House) {
    let link = house.invite(ADA).await;
    activate::choose_password(&house.app, &link, PASSWORD, PASSWORD).await.unwrap();
    activate::choose_question(&house.app, &link, QUESTION, ANSWER).await.unwrap();
    let finish = || activate::finish(&house.app, &link, "");
    let (a, b) = tokio::join!(finish(), finish());
    assert_eq!([&a, &b].iter().filter(|done| done.is_ok()).count(), 1);
    assert_eq!([a.err(), b.err()].into_iter().flatten().collect::<Vec<_>>(), [StepError::Active]);
    assert_eq!(house.events().await.iter().filter(|event| *event == "activated").count(), 1);
}
