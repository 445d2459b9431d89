//! How far the archive of a mailbox has come.

use model::id::{ArchiveId, MailboxId, SessionId};
use store::{Archive, ArchiveState, Folder, Session};

use crate::house::{House, at, id, on_both};

on_both! {
    j12_another_archive_takes_the_place_of_the_last
    j12_an_archive_comes_on_while_its_session_lasts
    j12_the_size_of_a_mailbox_is_that_of_what_lies_in_it
}

fn archive(mailbox_id: MailboxId, session_id: SessionId) -> Archive {
    Archive {
        id: id::<model::id::kind::Archive>() as ArchiveId,
        mailbox_id,
        session_id,
        state: ArchiveState::Running,
        messages: 7,
        done: 0,
        missing: 0,
        began_at: at(1),
        seen_at: at(1),
    }
}

async fn session(house: &House, mailbox_id: MailboxId) -> SessionId {
    let session = Session {
        id: id(),
        selector: vec![7; 32],
        mailbox_id,
        sealed: vec![8; 40],
        agent: String::new(),
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(100),
    };
    let mut tx = house.store.begin().await.unwrap();
    tx.sessions().insert(&session).await.unwrap();
    tx.commit().await.unwrap();
    session.id
}

async fn j12_another_archive_takes_the_place_of_the_last(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let session = session(house, mailbox).await;
    let (first, second) = (archive(mailbox, session), archive(mailbox, session));
    let mut tx = house.store.begin().await.unwrap();
    assert_eq!(tx.archives().find(mailbox).await.unwrap(), None);
    tx.archives().put(&first).await.unwrap();
    assert_eq!(tx.archives().find(mailbox).await.unwrap(), Some(first.clone()));
    tx.archives().put(&second).await.unwrap();
    assert!(!tx.archives().advance(&Archive { done: 3, ..first }).await.unwrap());
    assert_eq!(tx.archives().find(mailbox).await.unwrap(), Some(second));
    assert!(tx.mailboxes().delete(mailbox).await.unwrap());
    assert_eq!(tx.archives().find(mailbox).await.unwrap(), None);
}

async fn j12_an_archive_comes_on_while_its_session_lasts(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let session = session(house, mailbox).await;
    let first = archive(mailbox, session);
    let mut tx = house.store.begin().await.unwrap();
    tx.archives().put(&first).await.unwrap();
    let on = Archive { done: 3, missing: 1, seen_at: at(5), ..first };
    assert!(tx.archives().advance(&on).await.unwrap());
    assert_eq!(tx.archives().find(mailbox).await.unwrap(), Some(on.clone()));
    let complete = Archive { state: ArchiveState::Complete, done: 7, ..on.clone() };
    assert!(tx.sessions().delete(mailbox, session).await.unwrap());
    assert!(!tx.archives().advance(&complete).await.unwrap());
    assert_eq!(tx.archives().find(mailbox).await.unwrap(), Some(on));
}

async fn j12_the_size_of_a_mailbox_is_that_of_what_lies_in_it(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let other = house.mailbox("ben@customer.example").await;
    let size = async |mailbox| house.store.read().await.unwrap().deliveries().size_bytes(mailbox).await.unwrap();
    assert_eq!(size(mailbox).await, 0);
    let one = house.deposited(mailbox, Folder::Inbox, 1).await;
    let bytes = house.store.read().await.unwrap().deliveries().find(one).await.unwrap().unwrap().size_bytes;
    house.deposited(mailbox, Folder::Sent, 2).await;
    house.deposited(other, Folder::Inbox, 3).await;
    assert_eq!(size(mailbox).await, 2 * bytes);
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.deliveries().delete(one, "deleted", "deleted", at(9)).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(size(mailbox).await, bytes);
}
