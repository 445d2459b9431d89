//! Deliveries in a mailbox: pages, counts, keeping, reading, deleting.

use model::id::DeliveryId;
use store::{Cursor, Folder, PAGE_ROWS_MAX};

use crate::house::{House, at, delivery, deposit, id, message, on_both};

on_both! {
    pages_run_down_and_up_without_gap_or_repeat
    a_page_is_limited
    counts_follow_what_happens
    a_delivery_is_deposited_once
    deleting_erases_the_seals_and_keeps_the_fact
    withdrawing_takes_what_is_unread_out_of_the_mailbox_p3
    a_withdrawal_and_a_reader_at_the_same_time_agree_p3
    keeping_replaces_the_seals_once
    only_the_owner_finds_it
    a_route_is_walked_until_its_end
    deleting_the_mailbox_erases_every_key_r4
}

async fn pages_run_down_and_up_without_gap_or_repeat(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let other = house.mailbox("bob@customer.example").await;
    let mut expected = Vec::new();
    for second in [5, 1, 3, 3, 3, 2, 4] {
        expected.push((second, house.deposited(mailbox, Folder::Inbox, second).await));
        house.deposited(other, Folder::Inbox, second).await;
        house.deposited(mailbox, Folder::Sent, second).await;
    }
    expected.sort_unstable();
    expected.reverse();
    let expected: Vec<DeliveryId> = expected.into_iter().map(|(_, id)| id).collect();

    let (mut seen, mut before) = (Vec::new(), None);
    let mut reader = house.store.read().await.unwrap();
    loop {
        let page = reader.deliveries().page(mailbox, Folder::Inbox, before, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(Cursor { deposited_at: last.deposited_at.unwrap(), id: last.id });
        seen.extend(page.iter().map(|delivery| delivery.id));
    }
    assert_eq!(seen, expected);

    let oldest = reader.deliveries().find(*expected.last().unwrap()).await.unwrap().unwrap();
    let place = |row: &store::Delivery| Cursor { deposited_at: row.deposited_at.unwrap(), id: row.id };
    let (mut seen, mut after) = (vec![oldest.id], place(&oldest));
    loop {
        let page = reader.deliveries().page_after(mailbox, Folder::Inbox, after, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        after = place(last);
        seen.extend(page.iter().map(|delivery| delivery.id));
    }
    seen.reverse();
    assert_eq!(seen, expected, "the way up is the way down");
    let mut oldest_first = expected;
    oldest_first.reverse();
    let mut all = reader.deliveries().ids(mailbox).await.unwrap();
    all.retain(|id| oldest_first.contains(id));
    assert_eq!(all, oldest_first);
}

async fn a_page_is_limited(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let mut tx = house.store.begin().await.unwrap();
    let message = message();
    tx.messages().insert(&message).await.unwrap();
    for second in 0..=i64::from(PAGE_ROWS_MAX) {
        let delivery = delivery(message.id);
        tx.deliveries().insert(&delivery).await.unwrap();
        tx.deliveries().deposit(&deposit(delivery.id, mailbox, Folder::Inbox, second)).await.unwrap();
    }
    let page = tx.deliveries().page(mailbox, Folder::Inbox, None, u32::MAX).await.unwrap();
    assert_eq!(page.len(), PAGE_ROWS_MAX as usize);
    let last = Cursor { deposited_at: at(0), id: DeliveryId::from_bytes([0; 16]) };
    let page = tx.deliveries().page_after(mailbox, Folder::Inbox, last, u32::MAX).await.unwrap();
    assert_eq!(page.len(), PAGE_ROWS_MAX as usize);
}

async fn counts_follow_what_happens(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let first = house.deposited(mailbox, Folder::Inbox, 1).await;
    let second = house.deposited(mailbox, Folder::Inbox, 2).await;
    let sent = house.deposited(mailbox, Folder::Sent, 3).await;
    let mut tx = house.store.begin().await.unwrap();
    let expect = async |tx: &mut store::Tx, inbox: (u64, u64), sent: (u64, u64)| {
        for (folder, expected) in [(Folder::Inbox, inbox), (Folder::Sent, sent)] {
            let counts = tx.deliveries().counts(mailbox, folder).await.unwrap();
            assert_eq!((counts.total, counts.unread), expected, "{folder:?}");
        }
    };
    expect(&mut tx, (2, 2), (1, 0)).await;
    assert!(tx.deliveries().mark_read(first, at(9)).await.unwrap());
    assert!(!tx.deliveries().mark_read(first, at(10)).await.unwrap());
    assert!(tx.deliveries().mark_read(sent, at(9)).await.unwrap());
    expect(&mut tx, (2, 1), (1, 0)).await;
    assert!(tx.deliveries().delete(first, "deleted", "by recipient", at(11)).await.unwrap());
    assert!(!tx.deliveries().delete(first, "deleted", "by recipient", at(11)).await.unwrap());
    expect(&mut tx, (1, 1), (1, 0)).await;
    assert!(tx.deliveries().delete(second, "deleted", "by recipient", at(11)).await.unwrap());
    assert!(tx.deliveries().delete(sent, "deleted", "by recipient", at(11)).await.unwrap());
    expect(&mut tx, (0, 0), (0, 0)).await;
}

async fn a_delivery_is_deposited_once(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let id = house.deposited(mailbox, Folder::Inbox, 1).await;
    let mut tx = house.store.begin().await.unwrap();
    assert!(!tx.deliveries().deposit(&deposit(id, mailbox, Folder::Inbox, 2)).await.unwrap());
    assert_eq!(tx.deliveries().counts(mailbox, Folder::Inbox).await.unwrap().total, 1);
    let found = tx.deliveries().find(id).await.unwrap().unwrap();
    assert_eq!(
        (found.deposited_at, found.expires_at, found.folder),
        (Some(at(1)), Some(at(1001)), Some(Folder::Inbox))
    );
    assert!(found.has_attachments && !found.kept);
}

async fn deleting_erases_the_seals_and_keeps_the_fact(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let id = house.deposited(mailbox, Folder::Inbox, 1).await;
    let mut tx = house.store.begin().await.unwrap();
    tx.kept_views().put(id, "html", b"first").await.unwrap();
    tx.kept_views().put(id, "html", b"second").await.unwrap();
    assert_eq!(tx.kept_views().find(id, "html").await.unwrap().as_deref(), Some(&b"second"[..]));
    tx.deliveries().delete(id, "deleted", "by recipient", at(5)).await.unwrap();
    assert_eq!(tx.kept_views().find(id, "html").await.unwrap(), None);
    tx.kept_views().put(id, "html", b"too late").await.unwrap();
    assert_eq!(tx.kept_views().find(id, "html").await.unwrap(), None);
    let fact = tx.deliveries().find(id).await.unwrap().unwrap();
    assert_eq!((fact.data_key_sealed, fact.header_sealed), (None, None));
    assert_eq!(
        (fact.state.as_str(), fact.outcome.as_deref(), fact.ended_at),
        ("deleted", Some("by recipient"), Some(at(5)))
    );
    assert_eq!(fact.mailbox_id, Some(mailbox));
    assert!(tx.deliveries().ids(mailbox).await.unwrap().is_empty());
    assert!(tx.deliveries().page(mailbox, Folder::Inbox, None, 9).await.unwrap().is_empty());
}

async fn withdrawing_takes_what_is_unread_out_of_the_mailbox_p3(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let read = house.deposited(mailbox, Folder::Inbox, 1).await;
    let unread = house.deposited(mailbox, Folder::Inbox, 2).await;
    let sent = house.deposited(mailbox, Folder::Sent, 3).await;
    let mut tx = house.store.begin().await.unwrap();
    tx.deliveries().mark_read(read, at(5)).await.unwrap();
    for (stays, why) in [(read, "it was read"), (sent, "it is the owner's own"), (id(), "it is not there")] {
        assert!(!tx.deliveries().withdraw(stays, "accepted").await.unwrap(), "{why}");
    }
    tx.kept_views().put(unread, "html", b"view").await.unwrap();
    assert!(tx.deliveries().withdraw(unread, "accepted").await.unwrap());
    assert!(!tx.deliveries().withdraw(unread, "accepted").await.unwrap());
    assert!(!tx.deliveries().mark_read(unread, at(6)).await.unwrap(), "nobody can read it any more");
    let counts = tx.deliveries().counts(mailbox, Folder::Inbox).await.unwrap();
    assert_eq!((counts.total, counts.unread), (1, 0));
    let row = tx.deliveries().find(unread).await.unwrap().unwrap();
    assert_eq!((row.state.as_str(), row.mailbox_id, row.folder, row.ended_at), ("accepted", None, None, None));
    assert_eq!((row.data_key_sealed, row.header_sealed, row.deposited_at, row.expires_at), (None, None, None, None));
    assert_eq!(tx.kept_views().find(unread, "html").await.unwrap(), None);
    assert!(tx.deliveries().deposit(&deposit(unread, mailbox, Folder::Inbox, 9)).await.unwrap(), "it can come back");
    tx.deliveries().delete(unread, "deleted", "by recipient", at(10)).await.unwrap();
    assert!(!tx.deliveries().withdraw(unread, "accepted").await.unwrap(), "its owner has deleted it");
}

async fn a_withdrawal_and_a_reader_at_the_same_time_agree_p3(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    for second in 0..10 {
        let id = house.deposited(mailbox, Folder::Inbox, second).await;
        let withdrawing = async {
            let mut tx = house.store.begin().await.unwrap();
            let done = tx.deliveries().withdraw(id, "accepted").await.unwrap();
            tx.commit().await.unwrap();
            done
        };
        let reading = async {
            let mut tx = house.store.begin().await.unwrap();
            let done = tx.deliveries().mark_read(id, at(90)).await.unwrap();
            tx.commit().await.unwrap();
            done
        };
        let (withdrawn, read) = tokio::join!(withdrawing, reading);
        assert_ne!(withdrawn, read, "one of the two comes first");
    }
    let mut reader = house.store.read().await.unwrap();
    let counts = reader.deliveries().counts(mailbox, Folder::Inbox).await.unwrap();
    let page = reader.deliveries().page(mailbox, Folder::Inbox, None, 99).await.unwrap();
    assert_eq!((counts.total, counts.unread), (page.len() as u64, 0));
}

async fn keeping_replaces_the_seals_once(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let id = house.deposited(mailbox, Folder::Inbox, 1).await;
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.deliveries().keep(id, b"key", b"header").await.unwrap());
    assert!(!tx.deliveries().keep(id, b"again", b"again").await.unwrap());
    let found = tx.deliveries().find(id).await.unwrap().unwrap();
    assert!(found.kept);
    assert_eq!((found.data_key_sealed.unwrap(), found.header_sealed.unwrap()), (b"key".to_vec(), b"header".to_vec()));
    tx.deliveries().delete(id, "deleted", "by recipient", at(5)).await.unwrap();
    assert!(!tx.deliveries().keep(id, b"key", b"header").await.unwrap(), "what was erased stays erased");
}

async fn only_the_owner_finds_it(house: &House) {
    let (ada, bob) = (house.mailbox("ada@customer.example").await, house.mailbox("bob@customer.example").await);
    let id = house.deposited(ada, Folder::Inbox, 1).await;
    let mut tx = house.store.begin().await.unwrap();
    assert!(tx.deliveries().find_in_mailbox(ada, id).await.unwrap().is_some());
    assert!(tx.deliveries().find_in_mailbox(bob, id).await.unwrap().is_none());
    tx.deliveries().delete(id, "deleted", "by recipient", at(5)).await.unwrap();
    assert!(tx.deliveries().find_in_mailbox(ada, id).await.unwrap().is_none());
}

async fn a_route_is_walked_until_its_end(house: &House) {
    let message = message();
    let delivery = delivery(message.id);
    let mut tx = house.store.begin().await.unwrap();
    tx.messages().insert(&message).await.unwrap();
    tx.deliveries().insert(&delivery).await.unwrap();
    assert!(tx.deliveries().advance(delivery.id, "routed", 1, Some("letter")).await.unwrap());
    let found = tx.deliveries().of_message(message.id).await.unwrap();
    assert_eq!((found[0].step, found[0].channel.as_deref()), (1, Some("letter")));
    let ended = tx.deliveries().end(delivery.id, "returned", "no channel", at(3)).await.unwrap();
    assert_eq!(ended, Some((message.id, None)));
    assert_eq!(tx.deliveries().end(delivery.id, "returned", "again", at(4)).await.unwrap(), None);
    assert!(!tx.deliveries().advance(delivery.id, "routed", 2, None).await.unwrap());
    let mailbox = id();
    assert!(!tx.deliveries().deposit(&deposit(delivery.id, mailbox, Folder::Inbox, 2)).await.unwrap());
}

async fn deleting_the_mailbox_erases_every_key_r4(house: &House) {
    let mailbox = house.mailbox("ada@customer.example").await;
    let id = house.deposited(mailbox, Folder::Inbox, 1).await;
    let mut tx = house.store.begin().await.unwrap();
    tx.kept_views().put(id, "html", b"view").await.unwrap();
    assert!(tx.mailboxes().delete(mailbox).await.unwrap());
    assert!(!tx.mailboxes().delete(mailbox).await.unwrap());
    let fact = tx.deliveries().find(id).await.unwrap().unwrap();
    assert_eq!((fact.data_key_sealed, fact.header_sealed, fact.mailbox_id), (None, None, Some(mailbox)));
    assert_eq!(tx.kept_views().find(id, "html").await.unwrap(), None);
    tx.commit().await.unwrap();
}
