//! The other tables: what goes in comes out, and what is done once is done once.

use model::{
    Language,
    id::{BlobId, OutgoingId},
};
use store::{
    Activation, Attempt, BLOB_INLINE_BYTES_MAX, Bounce, BounceWord, Draft, DraftAttachment, MailboxState,
    NoticesStopped, OutgoingKind, OutgoingMail, OutgoingState, Proposal, RESULT_ROWS_MAX, Session, StopReason,
    StoreError, Thread, TlsSessions, Wrap, WrapKind,
};

use crate::house::{House, at, id, message, on_both};

on_both! {
    a_mailbox_is_activated_once_j3
    wraps_are_one_of_a_kind
    an_activation_gathers_proposals_until_it_is_spent_j3
    the_last_delivery_takes_the_data_key_along
    drafts_survive_and_go
    sessions_end_j15
    an_outgoing_mail_is_tried_and_ends
    what_is_said_about_a_mail_is_noted_once
    notices_are_stopped_until_a_sign_in
    threads_are_remembered
    throttles_count
    a_day_of_results_about_tls_has_an_edge
    small_blobs_have_an_edge
    a_blob_is_needed_while_a_key_opens_it
}

async fn a_mailbox_is_activated_once_j3(house: &House) {
    let id = house.mailbox("Ada@customer.example").await;
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.mailboxes().activate(id, Language::En, Some(b"question"), at(7)).await.unwrap());
    assert!(!tx.mailboxes().activate(id, Language::De, None, at(8)).await.unwrap());
    tx.mailboxes().touch_signed_in(id, at(9)).await.unwrap();
    tx.mailboxes().touch_message(id, at(10)).await.unwrap();
    let found = tx.mailboxes().find_by_address("ada@customer.example").await.unwrap().unwrap();
    assert_eq!((found.state, found.language, found.id), (MailboxState::Active, Language::En, id));
    assert_eq!((found.activated_at, found.signed_in_at, found.message_at), (Some(at(7)), Some(at(9)), at(10)));
    assert_eq!(
        (found.address_shown.as_str(), found.question_sealed.as_deref()),
        ("Ada@customer.example", Some(&b"question"[..]))
    );
    tx.mailboxes().set_language(id, Language::De).await.unwrap();
    tx.mailboxes().set_question(id, None).await.unwrap();
    let found = tx.mailboxes().find(id).await.unwrap().unwrap();
    assert_eq!((found.language, found.question_sealed.clone()), (Language::De, None));
    assert!(!format!("{found:?}").contains("customer"), "addresses stay out of logs");
}

async fn wraps_are_one_of_a_kind(house: &House) {
    let mailbox_id = house.mailbox("ada@customer.example").await;
    let wrap = |kind, sealed: &[u8]| Wrap {
        mailbox_id,
        kind,
        parameters: Some("m=19456,t=2,p=1".into()),
        salt: Some(vec![3; 16]),
        sealed: sealed.into(),
        created_at: at(0),
    };
    let mut tx = house.store.begin().await.unwrap();
    tx.wraps().put(&wrap(WrapKind::Password, b"old")).await.unwrap();
    tx.wraps().put(&wrap(WrapKind::Password, b"new")).await.unwrap();
    tx.wraps().put(&Wrap { parameters: None, salt: None, ..wrap(WrapKind::Recovery, b"far") }).await.unwrap();
    assert_eq!(tx.wraps().find(mailbox_id, WrapKind::Password).await.unwrap(), Some(wrap(WrapKind::Password, b"new")));
    assert_eq!(tx.wraps().find(mailbox_id, WrapKind::Answer).await.unwrap(), None);
    assert!(tx.wraps().delete(mailbox_id, WrapKind::Password).await.unwrap());
    assert!(!tx.wraps().delete(mailbox_id, WrapKind::Password).await.unwrap());
    assert_eq!(tx.wraps().find(mailbox_id, WrapKind::Recovery).await.unwrap().unwrap().salt, None);
}

async fn an_activation_gathers_proposals_until_it_is_spent_j3(house: &House) {
    let mailbox_id = house.mailbox("ada@customer.example").await;
    let link = |selector: u8| Activation {
        id: id(),
        mailbox_id,
        selector: vec![selector; 32],
        sealed: vec![9; 40],
        created_at: at(0),
        expires_at: at(100),
        used_at: None,
        proposed_password: None,
        proposed_answer: None,
        proposed_question_sealed: None,
        language: None,
    };
    let (first, second) = (link(1), link(2));
    let proposal = Proposal { parameters: "p".into(), salt: vec![1], sealed: vec![2] };
    let mut tx = house.store.begin().await.unwrap();
    tx.activations().insert(&first).await.unwrap();
    tx.activations().insert(&second).await.unwrap();
    assert_eq!(tx.activations().find_by_selector(&[1; 32]).await.unwrap(), Some(first.clone()));
    assert!(tx.activations().propose_password(first.id, &proposal).await.unwrap());
    assert!(tx.activations().propose_answer(first.id, &proposal, b"question").await.unwrap());
    assert!(tx.activations().set_language(first.id, Language::En).await.unwrap());
    let found = tx.activations().find(first.id).await.unwrap().unwrap();
    assert_eq!((found.proposed_password, found.proposed_answer), (Some(proposal.clone()), Some(proposal.clone())));
    assert_eq!((found.proposed_question_sealed, found.language), (Some(b"question".to_vec()), Some(Language::En)));

    assert_eq!(tx.activations().spend_all(mailbox_id, at(50)).await.unwrap(), 2);
    assert_eq!(tx.activations().spend_all(mailbox_id, at(51)).await.unwrap(), 0);
    for id in [first.id, second.id] {
        let spent = tx.activations().find(id).await.unwrap().unwrap();
        assert_eq!((spent.used_at, spent.sealed), (Some(at(50)), Vec::new()));
        assert_eq!(
            (spent.proposed_password, spent.proposed_answer, spent.proposed_question_sealed),
            (None, None, None)
        );
        assert!(!tx.activations().propose_password(id, &proposal).await.unwrap());
    }
}

async fn the_last_delivery_takes_the_data_key_along(house: &House) {
    let message = store::Message { deliveries_open: 2, ..message() };
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&message).await.unwrap();
    assert_eq!(tx.messages().find(message.id).await.unwrap(), Some(message.clone()));
    assert_eq!(tx.messages().close_delivery(message.id).await.unwrap(), Some((1, message.blob_id)));
    assert!(tx.messages().find(message.id).await.unwrap().unwrap().data_key_sealed.is_some());
    assert_eq!(tx.messages().close_delivery(message.id).await.unwrap(), Some((0, message.blob_id)));
    assert_eq!(tx.messages().find(message.id).await.unwrap().unwrap().data_key_sealed, None);
    assert_eq!(tx.messages().close_delivery(message.id).await.unwrap(), None);
    tx.messages().reopen_delivery(message.id, None).await.unwrap();
    assert_eq!(tx.messages().find(message.id).await.unwrap().unwrap().data_key_sealed, None, "what is gone is gone");
    tx.messages().reopen_delivery(message.id, Some(b"again")).await.unwrap();
    tx.messages().reopen_delivery(message.id, Some(b"another")).await.unwrap();
    let row = tx.messages().find(message.id).await.unwrap().unwrap();
    assert_eq!((row.deliveries_open, row.data_key_sealed.as_deref()), (3, Some(&b"again"[..])));
}

async fn drafts_survive_and_go(house: &House) {
    let mailbox_id = house.mailbox("ada@customer.example").await;
    let other = house.mailbox("bob@customer.example").await;
    let draft =
        Draft { id: id(), mailbox_id, answers: Some(id()), sealed: vec![1], created_at: at(0), updated_at: at(0) };
    let file = DraftAttachment { blob_id: id(), draft_id: draft.id, sealed: vec![4], size_bytes: 77 };
    // Ids say nothing of the order of arrival.
    let second = DraftAttachment { blob_id: BlobId::from_bytes([0; 16]), ..file.clone() };
    let mut tx = house.store.begin().await.unwrap();
    tx.drafts().insert(&draft).await.unwrap();
    assert!(tx.drafts().update(draft.id, b"later", at(5)).await.unwrap());
    let saved = Draft { sealed: b"later".to_vec(), updated_at: at(5), ..draft.clone() };
    assert_eq!(tx.drafts().find(mailbox_id, draft.id).await.unwrap(), Some(saved.clone()));
    assert_eq!(tx.drafts().find(other, draft.id).await.unwrap(), None);
    assert_eq!(tx.drafts().list(mailbox_id).await.unwrap(), [saved]);
    tx.drafts().attach(&file).await.unwrap();
    tx.drafts().attach(&second).await.unwrap();
    assert_eq!(tx.drafts().attachments(draft.id).await.unwrap(), [file.clone(), second.clone()]);
    assert!(tx.drafts().detach(draft.id, file.blob_id).await.unwrap());
    assert!(!tx.drafts().detach(draft.id, file.blob_id).await.unwrap());
    assert_eq!(tx.drafts().delete(draft.id).await.unwrap(), [second.blob_id]);
    assert!(!tx.drafts().update(draft.id, b"too late", at(6)).await.unwrap());
}

async fn sessions_end_j15(house: &House) {
    let mailbox_id = house.mailbox("ada@customer.example").await;
    let session = |selector: u8| Session {
        id: id(),
        selector: vec![selector; 32],
        mailbox_id,
        sealed: vec![8; 40],
        agent: "Firefox on Linux".into(),
        created_at: at(0),
        seen_at: at(i64::from(selector)),
        expires_at: at(100),
    };
    let sessions = [session(1), session(2), session(3)];
    let mut tx = house.store.begin().await.unwrap();
    for session in &sessions {
        tx.sessions().insert(session).await.unwrap();
    }
    assert_eq!(tx.sessions().find_by_selector(&[2; 32]).await.unwrap(), Some(sessions[1].clone()));
    let listed: Vec<_> = tx.sessions().list(mailbox_id).await.unwrap().iter().map(|session| session.id).collect();
    assert_eq!(listed, [sessions[2].id, sessions[1].id, sessions[0].id]);
    assert!(!tx.sessions().delete(id(), sessions[0].id).await.unwrap(), "not of this mailbox");
    assert!(tx.sessions().delete(mailbox_id, sessions[0].id).await.unwrap());
    assert_eq!(tx.sessions().delete_all_but(mailbox_id, Some(sessions[1].id)).await.unwrap(), 1);
    tx.sessions().touch(sessions[1].id, at(50), at(150)).await.unwrap();
    assert_eq!(tx.sessions().delete_expired(at(149)).await.unwrap(), 0);
    assert_eq!(tx.sessions().delete_expired(at(150)).await.unwrap(), 1);
    tx.sessions().insert(&sessions[0]).await.unwrap();
    assert_eq!(tx.sessions().delete_all_but(mailbox_id, None).await.unwrap(), 1);
}

fn mail(kind: OutgoingKind) -> OutgoingMail {
    OutgoingMail {
        id: id::<model::id::kind::Outgoing>() as OutgoingId,
        kind,
        delivery_id: Some(id()),
        mailbox_id: None,
        reverse_path: String::new(),
        recipient: "ada@customer.example".into(),
        destination: "customer.example".into(),
        options: "{}".into(),
        blob_id: id(),
        data_key_sealed: Some(vec![1]),
        object_id: [6; 16],
        size_bytes: 10,
        state: OutgoingState::Queued,
        attempts: 0,
        accepted_at: at(0),
        ended_at: None,
    }
}

fn tried(second: i64) -> Attempt {
    Attempt { at: at(second), outcome: "{}".into() }
}

async fn an_outgoing_mail_is_tried_and_ends(house: &House) {
    let mail = mail(OutgoingKind::Notice);
    let mut tx = house.store.begin().await.unwrap();
    tx.outgoing().insert(&mail).await.unwrap();
    assert_eq!(tx.outgoing().find(mail.id).await.unwrap(), Some(mail.clone()));
    assert_eq!(tx.outgoing().record_attempt(mail.id, &tried(1), None).await.unwrap(), Some(1));
    assert!(!tx.outgoing().mark_returned(mail.id).await.unwrap(), "not sent yet");
    let sent = Some(OutgoingState::Sent);
    assert_eq!(tx.outgoing().record_attempt(mail.id, &tried(2), sent).await.unwrap(), Some(2));
    let ended = tx.outgoing().find(mail.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.ended_at), (OutgoingState::Sent, Some(at(2))));
    for again in [None, sent, Some(OutgoingState::Failed)] {
        assert_eq!(tx.outgoing().record_attempt(mail.id, &tried(3), again).await.unwrap(), None, "it has ended");
    }
    assert!(tx.outgoing().mark_returned(mail.id).await.unwrap());
    assert!(!tx.outgoing().mark_returned(mail.id).await.unwrap(), "once");
    let attempts = tx.outgoing().attempts(mail.id).await.unwrap();
    assert_eq!(attempts.iter().map(|attempt| attempt.at).collect::<Vec<_>>(), [at(1), at(2)]);
    let found = tx.outgoing().of_delivery(mail.delivery_id.unwrap()).await.unwrap().remove(0);
    assert_eq!((found.state, found.attempts, found.data_key_sealed), (OutgoingState::Returned, 2, None));
    assert_eq!(tx.outgoing().record_attempt(id(), &tried(1), None).await.unwrap(), None, "there is no such mail");
}

async fn what_is_said_about_a_mail_is_noted_once(house: &House) {
    let mail = mail(OutgoingKind::Notice);
    let said = |word, status: Option<&str>, second| Bounce {
        outgoing_id: mail.id,
        word,
        status: status.map(str::to_owned),
        at: at(second),
    };
    let (late, failed) = (said(BounceWord::Delayed, Some("4.4.1"), 1), said(BounceWord::Failed, None, 2));
    let mut tx = house.store.begin().await.unwrap();
    tx.outgoing().insert(&mail).await.unwrap();
    assert!(tx.bounces().remember(&late).await.unwrap());
    assert!(tx.bounces().remember(&failed).await.unwrap());
    assert!(!tx.bounces().remember(&said(BounceWord::Failed, Some("5.1.1"), 3)).await.unwrap());
    assert_eq!(tx.bounces().of_outgoing(mail.id).await.unwrap(), [late, failed]);
    assert!(tx.bounces().remember(&Bounce { outgoing_id: id(), ..said(BounceWord::Failed, None, 1) }).await.is_err());
}

async fn notices_are_stopped_until_a_sign_in(house: &House) {
    let id = house.mailbox("ada@customer.example").await;
    let mut tx = house.store.begin().await.unwrap();
    let complaint = StopReason::Complaint;
    assert_eq!(tx.mailboxes().find(id).await.unwrap().unwrap().notices_stopped, None);
    for (why, second, changes, expected) in [
        (StopReason::Bounced, 3, true, StopReason::Bounced),
        (StopReason::Bounced, 4, false, StopReason::Bounced),
        (complaint, 5, true, complaint),
        (complaint, 6, false, complaint),
        (StopReason::Bounced, 7, false, complaint),
    ] {
        assert_eq!(tx.mailboxes().stop_notices(id, why, at(second)).await.unwrap(), changes, "{why:?} at {second}");
        let stopped = tx.mailboxes().find(id).await.unwrap().unwrap().notices_stopped;
        assert_eq!(stopped, Some(NoticesStopped { at: at(3), why: expected }));
    }
    tx.mailboxes().touch_signed_in(id, at(8)).await.unwrap();
    assert_eq!(tx.mailboxes().find(id).await.unwrap().unwrap().notices_stopped, None);
    assert!(!tx.mailboxes().stop_notices(crate::house::id(), complaint, at(9)).await.unwrap());
}

async fn threads_are_remembered(house: &House) {
    let mailbox_id = house.mailbox("ada@customer.example").await;
    let thread = Thread { message_id_hash: vec![4; 32], mailbox_id, delivery_id: Some(id()), created_at: at(0) };
    let mut tx = house.store.begin().await.unwrap();
    tx.threads().remember(&thread).await.unwrap();
    tx.threads().remember(&Thread { delivery_id: None, ..thread.clone() }).await.unwrap();
    assert_eq!(tx.threads().find(&[4; 32]).await.unwrap(), Some(thread));
    assert_eq!(tx.threads().find(&[5; 32]).await.unwrap(), None);
}

async fn throttles_count(house: &House) {
    let mut tx = house.store.begin().await.unwrap();
    assert_eq!(tx.throttles().find(b"ada").await.unwrap(), None);
    assert_eq!(tx.throttles().bump(b"ada", at(1)).await.unwrap(), 1);
    assert_eq!(tx.throttles().bump(b"ada", at(2)).await.unwrap(), 2);
    tx.throttles().block(b"ada", at(60)).await.unwrap();
    let found = tx.throttles().find(b"ada").await.unwrap().unwrap();
    assert_eq!(tx.throttles().lock(b"ada", at(90)).await.unwrap(), found, "a lock changes nothing");
    assert_eq!((found.failures, found.blocked_until, found.updated_at), (2, Some(at(60)), at(2)));
    assert_eq!(tx.throttles().sweep(at(60)).await.unwrap(), 0);
    assert_eq!(tx.throttles().sweep(at(61)).await.unwrap(), 1);
    tx.throttles().bump(b"ada", at(70)).await.unwrap();
    tx.throttles().clear(b"ada").await.unwrap();
    assert_eq!(tx.throttles().find(b"ada").await.unwrap(), None);
}

async fn a_day_of_results_about_tls_has_an_edge(house: &House) {
    let sessions = TlsSessions {
        from: String::new(),
        policy: "{}".into(),
        host: "mx.customer.example".into(),
        address: String::new(),
        result: "success".into(),
        reason: String::new(),
    };
    let count = async |day: i64, domain: &str| {
        let mut tx = house.store.begin().await.unwrap();
        let counted = tx.tls_reports().count((day, domain), &sessions, 1).await.unwrap();
        tx.commit().await.unwrap();
        counted
    };
    assert!(count(1, "first.example").await);
    let others = RESULT_ROWS_MAX - 2;
    let fill = format!(
        "WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < {others}) \
         INSERT INTO tls_results (day, domain, digest, policy, host, address, result, reason, number) \
         SELECT day, 'd' || i, digest, policy, host, address, result, reason, number FROM tls_results, numbers"
    );
    house.execute(&fill).await;
    assert!(count(1, "last.example").await, "the day has room for one");
    assert!(!count(1, "beyond.example").await);
    assert!(count(1, "first.example").await && count(1, "last.example").await, "what is known counts on");
    assert!(count(2, "beyond.example").await, "another day is another day");
    let mut reader = house.store.read().await.unwrap();
    assert_eq!(reader.tls_reports().results(1, "last.example").await.unwrap(), [(sessions.clone(), 2)]);
    assert_eq!(reader.tls_reports().results(1, "beyond.example").await.unwrap(), []);
}

async fn small_blobs_have_an_edge(house: &House) {
    let blob = id();
    let mut tx = house.store.begin().await.unwrap();
    tx.blobs().insert(blob, &vec![7; BLOB_INLINE_BYTES_MAX], at(0)).await.unwrap();
    let refused = tx.blobs().insert(id(), &vec![7; BLOB_INLINE_BYTES_MAX + 1], at(0)).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })));
    tx.commit().await.unwrap();
    let reader = house.store.blob_reader(blob, Some(5..9)).await.unwrap().unwrap();
    assert_eq!(reader.read_all(4).await.unwrap(), [7; 4]);
    let reader = house.store.blob_reader(blob, None).await.unwrap().unwrap();
    assert!(matches!(reader.read_all(BLOB_INLINE_BYTES_MAX as u64 - 1).await, Err(StoreError::TooLarge { .. })));
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.blobs().delete(blob).await.unwrap());
    assert!(!tx.blobs().delete(blob).await.unwrap());
}

async fn a_blob_is_needed_while_a_key_opens_it(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let delivery = house.deposited(mailbox, store::Folder::Inbox, 1).await;
    let mail = mail(OutgoingKind::Direct);
    let mut tx = house.store.begin().await.unwrap();
    let message = tx.deliveries().find(delivery).await.unwrap().unwrap().message_id;
    let blob = tx.messages().find(message).await.unwrap().unwrap().blob_id;
    assert!(tx.blobs().is_needed(blob).await.unwrap());
    tx.messages().erase_data_key(message).await.unwrap();
    assert!(tx.blobs().is_needed(blob).await.unwrap(), "the mailbox has a key");
    tx.deliveries().delete(delivery, "deleted", "by recipient", at(3)).await.unwrap();
    assert!(!tx.blobs().is_needed(blob).await.unwrap());
    tx.outgoing().insert(&mail).await.unwrap();
    assert!(tx.blobs().is_needed(mail.blob_id).await.unwrap());
    tx.outgoing().record_attempt(mail.id, &tried(4), Some(OutgoingState::Sent)).await.unwrap().unwrap();
    assert!(!tx.blobs().is_needed(mail.blob_id).await.unwrap());
}
