//! Who may hand mail in, over which connection.
//!
//! All sockets of a test are on this machine, so connections "from elsewhere" are served as if they came from there.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use data_encoding::BASE64;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{settings, settings_with, start};
use crate::intake::{Door, IntakeSettings, Shared, User, session};
use crate::testing::{Authority, House, Raw};
use crate::tls::{Certificate, ServerCertificate};

const ELSEWHERE: &str = "192.0.2.7";

fn user() -> User {
    User { name: "claims".into(), secret: "long and random".into() }
}

fn plain(user: &str, secret: &str) -> String {
    format!("AUTH PLAIN {}", BASE64.encode(format!("\0{user}\0{secret}").as_bytes()))
}

/// Serves every connection to the address as if it came from another machine.
pub(super) async fn start_far(house: &House, settings: IntakeSettings) -> (SocketAddr, JoinHandle<()>) {
    let shared = Arc::new(Shared::new(settings, Arc::clone(&house.app)).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let from: IpAddr = ELSEWHERE.parse().unwrap();
    let task = TaskTracker::new().spawn(async move {
        let stop = CancellationToken::new();
        while let Ok((tcp, _)) = listener.accept().await {
            session::serve(&shared, tcp, from, Door::Clear, &stop).await;
        }
    });
    (address, task)
}

#[tokio::test]
async fn from_elsewhere_nothing_goes_before_tls() {
    let (house, authority) = (House::new().await, Authority::new());
    let networks = vec![ELSEWHERE.parse().unwrap()];
    let (address, _task) =
        start_far(&house, IntakeSettings { networks, users: vec![user()], ..settings_with(&authority) }).await;
    let mut raw = Raw::hello(address).await;
    let reply = raw.say("MAIL FROM:<claims@insurer.example>").await;
    assert!(reply.starts_with("530 5.7.0 Must issue a STARTTLS command first"), "{reply}");
    assert!(raw.say(&plain("claims", "long and random")).await.starts_with("538 5.7.11"));
    assert!(raw.say("STARTTLS").await.starts_with("220"));
    let mut raw = raw.secure(&authority.connector(None)).await;
    let offered = raw.say("EHLO client.example").await;
    assert!(offered.contains("AUTH PLAIN LOGIN") && !offered.contains("STARTTLS"), "{offered}");
    assert!(raw.mail().await.starts_with("250 2.6.0"), "the network may");
}

#[tokio::test]
async fn from_elsewhere_nobody_may_without_permission() {
    let (house, authority) = (House::new().await, Authority::new());
    let (address, _task) = start_far(&house, IntakeSettings { users: vec![user()], ..settings_with(&authority) }).await;
    let mut raw = Raw::hello(address).await;
    assert!(raw.say("STARTTLS").await.starts_with("220"));
    let mut raw = raw.secure(&authority.connector(None)).await;
    raw.say("EHLO client.example").await;
    for recipient in ["ada@customer.example", "Postmaster", "ceo@insurer.example", "b+made-up@notice.insurer.example"] {
        assert!(raw.say("MAIL FROM:<claims@insurer.example>").await.starts_with("250 2.1.0"));
        let reply = raw.say(&format!("RCPT TO:<{recipient}>")).await;
        assert!(reply.starts_with("530 5.7.0"), "{recipient}: {reply}");
        assert!(raw.say("DATA").await.starts_with('5'), "nobody was taken");
        raw.say("RSET").await;
    }
    assert!(raw.say(&plain("claims", "wrong")).await.starts_with("535 5.7.8"));
    assert!(raw.say("MAIL FROM:<claims@insurer.example>").await.starts_with("250 2.1.0"));
    assert!(raw.say("RCPT TO:<ada@customer.example>").await.starts_with("530 5.7.0"));
    raw.say("RSET").await;
    assert!(raw.say("AUTH LOGIN").await.starts_with("334"));
    assert!(raw.say(&BASE64.encode(b"claims")).await.starts_with("334"));
    assert!(raw.say(&BASE64.encode(b"long and random")).await.starts_with("235 2.7.0"));
    assert!(raw.mail().await.starts_with("250 2.6.0"));
}

#[tokio::test]
async fn from_elsewhere_a_client_certificate_permits() {
    let (house, authority, stranger) = (House::new().await, Authority::new(), Authority::new());
    let settings = IntakeSettings { client_roots: Some(authority.roots()), ..settings_with(&authority) };
    let (address, _task) = start_far(&house, settings).await;
    let own = authority.issue("mail.insurer.example");
    let mut raw = Raw::hello(address).await;
    assert!(raw.say("STARTTLS").await.starts_with("220"));
    let mut raw = raw.secure(&authority.connector(Some(&own))).await;
    raw.say("EHLO client.example").await;
    assert!(raw.mail().await.starts_with("250 2.6.0"));
    drop(raw);
    // With TLS 1.3 a client hears of its refused certificate after its own part of the handshake.
    let foreign = stranger.issue("mail.insurer.example");
    let mut raw = Raw::hello(address).await;
    assert!(raw.say("STARTTLS").await.starts_with("220"));
    let mut raw = raw.secure(&authority.connector(Some(&foreign))).await;
    assert_eq!(raw.try_say("EHLO client.example").await, "", "the connection is closed");
}

#[tokio::test]
async fn on_this_machine_secrets_wait_for_tls_where_there_is_a_certificate() {
    let (house, authority) = (House::new().await, Authority::new());
    let intake = start(&house, IntakeSettings { users: vec![user()], ..settings_with(&authority) }).await;
    let mut raw = Raw::hello(intake.address).await;
    assert!(raw.say(&plain("claims", "long and random")).await.starts_with("538 5.7.11"));
    let bare = start(&house, IntakeSettings { users: vec![user()], ..settings() }).await;
    let mut raw = Raw::hello(bare.address).await;
    assert!(raw.say(&plain("claims", "long and random")).await.starts_with("235"));
    assert!(raw.mail().await.starts_with("250"));
}

#[tokio::test]
async fn the_second_door_is_tls_from_the_first_byte() {
    let (house, authority) = (House::new().await, Authority::new());
    let intake = start(&house, settings_with(&authority)).await;
    let raw = Raw::silent(intake.address_tls.unwrap()).await;
    let mut raw = raw.secure(&authority.connector(None)).await;
    assert!(raw.reply().await.starts_with("220 "));
    raw.say("EHLO client.example").await;
    assert!(raw.say("MAIL FROM:<claims@insurer.example> REQUIRETLS").await.starts_with("250"));
    raw.say("RSET").await;
    assert!(raw.mail().await.starts_with("250 2.6.0"));
}

#[tokio::test]
async fn a_new_certificate_is_shown_from_the_next_handshake_on() {
    let (house, before, after) = (House::new().await, Authority::new(), Authority::new());
    let certificate = ServerCertificate::new(before.issue("localhost").certificate());
    let intake = start(&house, IntakeSettings { certificate: Some(certificate.clone()), ..settings() }).await;
    for authority in [&before, &after] {
        let mut raw = Raw::hello(intake.address).await;
        assert!(raw.say("STARTTLS").await.starts_with("220"));
        let mut raw = raw.secure(&authority.connector(None)).await;
        raw.say("EHLO client.example").await;
        assert!(raw.mail().await.starts_with("250 2.6.0"));
        certificate.replace(after.issue("localhost").certificate());
    }
}

#[test]
fn what_is_no_certificate_is_refused() {
    assert!(Certificate::from_pem(b"", b"").is_err());
    assert!(Certificate::from_pem(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"").is_err());
}
