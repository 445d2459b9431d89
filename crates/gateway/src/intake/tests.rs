//! The intake over real sockets.

mod bounces;
mod dialogue;
mod limits;
mod permission;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wire::address::Domain;

use super::{Intake, IntakeSettings};
use crate::testing::{Authority, House};
use crate::tls::ServerCertificate;

/// An intake that serves until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    address_tls: Option<SocketAddr>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn settings() -> IntakeSettings {
    IntakeSettings::new("127.0.0.1:0".parse().unwrap(), Domain::parse("intake.insurer.example").unwrap())
}

/// Settings with a certificate for `localhost`.
fn settings_with(authority: &Authority) -> IntakeSettings {
    let certificate = ServerCertificate::new(authority.issue("localhost").certificate());
    IntakeSettings { certificate: Some(certificate), listen_tls: Some("127.0.0.1:0".parse().unwrap()), ..settings() }
}

pub(crate) async fn start(house: &House, settings: IntakeSettings) -> Running {
    let intake = Intake::bind(settings, Arc::clone(&house.app)).await.unwrap();
    let (address, address_tls) = (intake.address().unwrap(), intake.address_tls().unwrap());
    let stop = CancellationToken::new();
    let task = TaskTracker::new().spawn(intake.run(stop.clone()));
    Running { address, address_tls, stop, task }
}
