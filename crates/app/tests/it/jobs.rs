//! When the work behind an accepted message is done.

use app::{job, receive::Spool};
use jiff::SignedDuration;

use crate::{
    house::{ADA, House, on_both},
    mails::special,
};

on_both! {
    jobs_give_way_while_mail_comes_in_fast
    jobs_give_way_only_for_a_while
    j2_a_notice_comes_at_once_when_there_is_little_to_do
}

/// Far more than counts as fast.
const MANY: usize = 200;

fn flood(house: &House) {
    for _ in 0..MANY {
        drop(Spool::begin(&house.app).unwrap());
    }
}

async fn jobs_give_way_while_mail_comes_in_fast(house: &House) {
    house.accept(&special("Post", "Text"), &[ADA]).await;
    flood(house);
    assert!(job::gives_way(&house.app).await.unwrap());
    house.advance(SignedDuration::from_secs(2));
    assert!(!job::gives_way(&house.app).await.unwrap(), "the flood is over");
}

async fn jobs_give_way_only_for_a_while(house: &House) {
    house.accept(&special("Post", "Text"), &[ADA]).await;
    house.advance(job::GIVES_WAY_MAX - SignedDuration::from_millis(1));
    flood(house);
    assert!(job::gives_way(&house.app).await.unwrap());
    house.advance(SignedDuration::from_millis(1));
    assert!(!job::gives_way(&house.app).await.unwrap(), "it has waited long enough, though the flood goes on");
}

async fn j2_a_notice_comes_at_once_when_there_is_little_to_do(house: &House) {
    house.accept(&special("Post", "Text"), &[ADA]).await;
    assert!(!job::gives_way(&house.app).await.unwrap());
}
