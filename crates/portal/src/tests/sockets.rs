//! Real connections: answers, refusals, and a gentle end.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::world::World;
use crate::{Portal, PortalSettings};

async fn exchange(address: std::net::SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is refused in the middle of sending may be reset; what came before counts.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn it_answers_and_ends_when_told() {
    let world = World::new().await;
    let settings = PortalSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: None,
        logo: None,
        trusted_proxies: Vec::new(),
        connections_max: 2,
    };
    let portal = Portal::bind(settings).await.unwrap();
    let address = portal.address().unwrap();
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let running = tasks.spawn(portal.run(Arc::clone(&world.app), stop.clone()));
    for _ in 0..5 {
        let answer = exchange(address, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("up\n"), "{answer}");
    }
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(80 * 1024));
    assert!(!exchange(address, &huge).await.contains(" 200 "));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: x\r\n".repeat(101));
    assert!(exchange(address, &many).await.starts_with("HTTP/1.1 431"));
    assert!(!exchange(address, "nonsense\r\n\r\n").await.contains(" 200 "));
    let idle = TcpStream::connect(address).await.unwrap();
    stop.cancel();
    running.await.unwrap();
    drop(idle);
    assert!(TcpStream::connect(address).await.is_err());
}
