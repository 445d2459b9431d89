//! The kill test: whatever was answered `250` survives SIGKILL at any moment, and reaches its end (P2, P3).

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use crate::house::{Demo, hand_in, recipients, until};

/// How often the server is killed.
const KILLS: u32 = 20;
/// Senders at the same time.
const SENDERS: u32 = 4;

#[test]
fn p2_every_250_survives_twenty_kills_and_reaches_its_recipient_p3() {
    let data = tempfile::tempdir().unwrap();
    let number = Arc::new(AtomicU32::new(0));
    let promised = Arc::new(Mutex::new(BTreeSet::new()));
    for round in 0..KILLS {
        let demo = Demo::start(data.path(), &["--no-sample"]);
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| {
                let (number, promised, stop) = (Arc::clone(&number), Arc::clone(&promised), Arc::clone(&stop));
                thread::spawn(move || send_until(&stop, demo.intake, &number, &promised))
            })
            .collect();
        let before = promised.lock().unwrap().len();
        let wanted = before + 1 + usize::try_from(round % 7).unwrap();
        until(|| if promised.lock().unwrap().len() >= wanted { Ok(()) } else { Err("nothing was accepted".into()) });
        // The moments spread over the life of a message: while it is received, committed, deposited, announced.
        thread::sleep(Duration::from_millis(u64::from(round * 13 % 60)));
        demo.kill();
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().unwrap();
        }
    }
    let promised = promised.lock().unwrap().clone();
    let demo = Demo::start(data.path(), &["--no-sample"]);
    until(|| {
        let missing: Vec<_> = promised.difference(&recipients(data.path())).cloned().collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!("{} of {} without notice: {missing:?}", missing.len(), promised.len()))
        }
    });
    assert!(demo.stop().success());
}

fn send_until(stop: &AtomicBool, intake: std::net::SocketAddr, number: &AtomicU32, promised: &Mutex<BTreeSet<String>>) {
    while !stop.load(Ordering::Relaxed) {
        let to = format!("kunde{}@kundin.example", number.fetch_add(1, Ordering::Relaxed));
        let mail =
            format!("From: leistung@alpenblick.example\r\nTo: {to}\r\nSubject: [vertraulich] Befund\r\n\r\nGuten Tag");
        match hand_in(intake, "leistung@alpenblick.example", &to, &mail) {
            Ok(said) if said.starts_with("250") => drop(promised.lock().unwrap().insert(to)),
            Ok(_) | Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
}
