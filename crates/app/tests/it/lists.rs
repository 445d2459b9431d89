//! Lists: page by page down and up, searched, and while they change.

use app::{
    delete,
    read::{self, List, Place},
};
use jiff::{SignedDuration, Timestamp};
use model::id::DeliveryId;
use store::{Cursor, Folder};

use crate::{
    house::{ADA, House, on_both},
    mails::special,
};

on_both! {
    j9_lists_are_paged_and_searched
    j9_pages_are_turned_in_a_list_that_changes
}

async fn j9_lists_are_paged_and_searched(house: &House) {
    let owner = house.ada().await;
    for number in 1..=60 {
        house.advance(SignedDuration::from_secs(number % 2));
        house.accept(&special(&format!("Brief {number:02} Ärztin"), "Text"), &[ADA]).await;
        house.pump().await;
    }
    let (mut seen, mut place) = (Vec::new(), Place::Newest);
    loop {
        let page = read::list(&house.app, &owner, Folder::Inbox, place, 25).await.unwrap();
        assert_eq!((page.unread, page.newer.is_some()), (61, place != Place::Newest));
        seen.extend(page.entries.into_iter().map(|entry| entry.header.subject));
        let Some(older) = page.older else { break };
        place = Place::Before(older);
        assert_eq!(seen.len() % 25, 0);
    }
    assert_eq!(seen.len(), 61);
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 61, "no message twice, none left out");
    let again = read::list(&house.app, &owner, Folder::Inbox, read::Place::Newest, 25).await.unwrap();
    assert_eq!(subjects(&again), seen[..25], "kept rows list as they did the first time");
    let search =
        async |words: &str, place| read::search(&house.app, &owner, Folder::Inbox, words, place, 25).await.unwrap();
    assert_eq!(search("brief 42", Place::Newest).await.entries.len(), 1);
    assert_eq!(search("ÄRZTIN leistungsabteilung 42", Place::Newest).await.entries.len(), 1);
    assert!(search("ärztin nirgends", Place::Newest).await.entries.is_empty());
    let (mut found, mut place, mut last) = (Vec::new(), Place::Newest, None);
    for expected in [25, 25, 10] {
        let page = search("ärztin", place).await;
        assert_eq!((page.entries.len(), page.older.is_some(), page.unread), (expected, expected == 25, 61));
        found.extend(page.entries.into_iter().map(|entry| entry.header.subject));
        place = page.older.map_or(place, Place::Before);
        last = page.newer;
    }
    let above = search("ärztin", Place::After(last.unwrap())).await;
    assert_eq!(subjects(&above), found[25..50], "the way up is the way down");
    let top = search("ärztin", Place::After(above.newer.unwrap())).await;
    assert_eq!((subjects(&top), top.newer), (found[..25].to_vec(), None));
    let expected: Vec<_> = seen.iter().filter(|subject| subject.contains("Ärztin")).cloned().collect();
    assert_eq!(found, expected, "page by page in the order of the list");
    assert!(read::list(&house.app, &owner, Folder::Sent, read::Place::Newest, 25).await.unwrap().entries.is_empty());
}

fn subjects(list: &List) -> Vec<String> {
    list.entries.iter().map(|entry| entry.header.subject.clone()).collect()
}

/// What comes in or goes while somebody turns pages: nothing is shown twice in a row or left out, and no page is a dead end.
async fn j9_pages_are_turned_in_a_list_that_changes(house: &House) {
    let owner = house.ada().await;
    let write = async |number: usize| {
        house.advance(SignedDuration::from_secs(1));
        house.accept(&special(&format!("Brief {number}"), "Text"), &[ADA]).await;
        house.pump().await;
    };
    let page = async |place| read::list(&house.app, &owner, Folder::Inbox, place, 2).await.unwrap();
    for number in 1..=6 {
        write(number).await;
    }
    let newest = page(Place::Newest).await;
    let second = page(Place::Before(newest.older.unwrap())).await;
    let third = page(Place::Before(second.older.unwrap())).await;
    assert_eq!(subjects(&third), ["Brief 2", "Brief 1"]);
    let up = Place::After(third.newer.unwrap());
    assert_eq!(subjects(&page(up).await), ["Brief 4", "Brief 3"]);

    write(7).await;
    let above = page(up).await;
    assert_eq!(subjects(&above), ["Brief 4", "Brief 3"], "what came in moves nothing");
    let top = page(Place::After(above.newer.unwrap())).await;
    assert_eq!(subjects(&top), ["Brief 6", "Brief 5"]);
    let top = page(Place::After(top.newer.unwrap())).await;
    assert_eq!((subjects(&top), top.newer), (vec!["Brief 7".into(), "Brief 6".into()], None), "the first page is full");

    for entry in second.entries.iter().chain(&third.entries[..1]) {
        delete::message(&house.app, &owner, entry.id).await.unwrap();
    }
    assert_eq!(subjects(&page(up).await), ["Brief 6", "Brief 5"], "a place outlives its message");
    let gone = page(Place::Before(second.older.unwrap())).await;
    assert_eq!(subjects(&gone)[0], "Brief 1");
    let first = Cursor { deposited_at: Timestamp::UNIX_EPOCH, id: DeliveryId::from_bytes([0; 16]) };
    let bottom = page(Place::Before(first)).await;
    assert!(bottom.entries.is_empty() && bottom.older.is_none() && bottom.newer == Some(first), "below everything");
    assert!(page(Place::After(first)).await.older.is_none(), "nothing lies below the oldest");
    let beyond = Cursor { deposited_at: Timestamp::MAX, id: DeliveryId::from_bytes([0xff; 16]) };
    let top = page(Place::After(beyond)).await;
    assert_eq!((subjects(&top)[0].as_str(), top.newer), ("Brief 7", None), "above everything");
    assert!(read::list(&house.app, &owner, Folder::Sent, Place::After(first), 2).await.unwrap().entries.is_empty());
}
