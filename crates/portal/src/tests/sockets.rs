//! Real connections: answers, refusals, and a gentle end.

use std::{net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::world::{World, on_both, policies};
use crate::{Portal, PortalSettings, Tls};

on_both! {
    it_answers_and_ends_when_told
}

/// The portal of a house, open on a free port of loopback.
pub(super) struct Door {
    pub(super) address: SocketAddr,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Door {
    pub(super) async fn open(world: &World, tls: Option<Tls>, connections_max: usize) -> Self {
        let settings = PortalSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls,
            logo: None,
            trusted_proxies: Vec::new(),
            policies: policies(),
            connections_max,
        };
        let portal = Portal::bind(settings).await.unwrap();
        let address = portal.address().unwrap();
        let stop = CancellationToken::new();
        let running = TaskTracker::new().spawn(portal.run(Arc::clone(&world.app), stop.clone()));
        Self { address, stop, running }
    }

    pub(super) async fn close(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }

    /// What comes back for `request` on a plain connection until it ends.
    pub(super) async fn exchange(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // A connection that is refused in the middle of sending may be reset; what came before counts.
        let _ = stream.write_all(request).await;
        rest(&mut stream).await
    }
}

/// All that still comes on a connection until the other side ends it, by whatever means.
pub(super) async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

async fn it_answers_and_ends_when_told(world: &World) {
    let door = Door::open(world, None, 2).await;
    let exchange = async |request: &str| String::from_utf8(door.exchange(request.as_bytes()).await).unwrap();
    for _ in 0..5 {
        let answer = exchange("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("up\n"), "{answer}");
    }
    let huge = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(80 * 1024));
    assert!(!exchange(&huge).await.contains(" 200 "));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: x\r\n".repeat(101));
    assert!(exchange(&many).await.starts_with("HTTP/1.1 431"));
    assert!(!exchange("nonsense\r\n\r\n").await.contains(" 200 "));
    let address = door.address;
    let idle = TcpStream::connect(address).await.unwrap();
    door.close().await;
    drop(idle);
    assert!(TcpStream::connect(address).await.is_err());
}
