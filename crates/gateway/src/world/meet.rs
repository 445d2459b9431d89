//! Meets a mail server: connects, says hello, asks for TLS, and judges who is there. Nothing of a mail is said.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use model::assessment::{Certificate, Code, Connection, Fault, Tls};
use rustls::{
    ClientConfig,
    pki_types::{ServerName, UnixTime},
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};
use wire::{
    address::Domain,
    smtp::{
        Transport,
        client::{ClientSettings, Event, Session, SessionError},
    },
};

use super::{
    plan::{Dane, Target},
    settings::{Bed, WorldSettings},
};
use crate::{
    outbound::{ConnectError, exchange},
    stream,
    tls::Agreed,
    verify::{Judgement, Names, Trust, WeakKey},
};

/// A server that TLS was agreed with, whoever it may be.
#[derive(Debug)]
pub(crate) struct Met {
    pub(crate) stream: TlsStream<TcpStream>,
    pub(crate) session: Session,
    pub(crate) address: SocketAddr,
    /// Our own end, as others know it.
    pub(crate) from: Option<IpAddr>,
    pub(crate) tls: Tls,
    pub(crate) judgement: Judgement,
}

/// A server that it did not come to TLS with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotMet {
    pub(crate) connection: Option<Connection>,
    pub(crate) fault: Fault,
}

/// Connects to the first address that answers, and goes on with it.
pub(crate) async fn meet(
    settings: &WorldSettings,
    (tls, trust): (&Arc<ClientConfig>, &Trust),
    target: &Target,
    also: &[Domain],
    now: Timestamp,
) -> Result<Met, NotMet> {
    let (tcp, address) = stream::connect(target.addresses.iter().copied(), settings.connect_max)
        .await
        .map_err(|why| NotMet { connection: None, fault: Fault::new(Code::ConnectFailed, why) })?;
    let from = own_end(&settings.bed, &tcp);
    let clear = Connection { address, from, tls: None };
    let not_met = |fault| NotMet { connection: Some(clear.clone()), fault };
    if is_ourselves(settings, &tcp) {
        return Err(not_met(Code::LeadsBack.into()));
    }
    let (tcp, mut session) = start_tls(settings, tcp).await.map_err(not_met)?;
    let asked = match &target.dane {
        Dane::Published { base, .. } => base,
        Dane::Nothing => &target.host,
    };
    let stream = handshake(tls, tcp, asked, settings.connect_max).await.map_err(not_met)?;
    session.tls_established();
    let (_, agreed) = stream.get_ref();
    let associations = match &target.dane {
        Dane::Published { associations, .. } => Some(associations),
        Dane::Nothing => None,
    };
    let names = Names { host: asked, also };
    let judgement = agreed
        .peer_certificates()
        .and_then(|chain| trust.judge(chain, names, associations, unix_time(now)))
        .ok_or_else(|| not_met(Fault::new(Code::TlsFailed, "the server showed no certificate")))?;
    let tls = tls_facts(&Agreed::read(agreed), judgement.certificate.clone());
    Ok(Met { stream, session, address, from, tls, judgement })
}

/// Whether the connection leads back to this machine: its two ends have the same address. In test beds everybody is on one machine.
fn is_ourselves(settings: &WorldSettings, tcp: &TcpStream) -> bool {
    let ends = (tcp.local_addr(), tcp.peer_addr());
    !settings.bed.private_addresses && matches!(ends, (Ok(here), Ok(there)) if here.ip() == there.ip())
}

/// The address that others know this end by. One of an inner network is translated on the way: it says nothing to them, and is none of their business.
fn own_end(bed: &Bed, tcp: &TcpStream) -> Option<IpAddr> {
    tcp.local_addr().ok().map(|end| end.ip().to_canonical()).filter(|address| bed.allows(*address))
}

/// Says nothing but `EHLO` and `STARTTLS`.
async fn start_tls(settings: &WorldSettings, mut tcp: TcpStream) -> Result<(TcpStream, Session), Fault> {
    let client = ClientSettings { timeouts: settings.timeouts, ..ClientSettings::new(settings.host_name.clone()) };
    let mut session = Session::new(client, Transport::Clear);
    let greeted = timeout(settings.connect_max, exchange(&mut tcp, &mut session)).await;
    expect(&in_time(greeted)?, &Event::Ready)?;
    session.start_tls().map_err(|error| fault(&error.into()))?;
    let answered = timeout(settings.connect_max, exchange(&mut tcp, &mut session)).await;
    expect(&in_time(answered)?, &Event::StartTls)?;
    Ok((tcp, session))
}

fn in_time(exchanged: Result<Result<Event, ConnectError>, tokio::time::error::Elapsed>) -> Result<Event, Fault> {
    match exchanged {
        Ok(event) => event.map_err(|error| fault(&error)),
        Err(_) => Err(Fault::new(Code::ConnectFailed, "the server says nothing")),
    }
}

fn expect(event: &Event, expected: &Event) -> Result<(), Fault> {
    if event == expected { Ok(()) } else { Err(Fault::from(Code::Protocol)) }
}

/// What went wrong before TLS, as a code.
fn fault(error: &ConnectError) -> Fault {
    use wire::smtp::client::Stage;
    let code = match error {
        ConnectError::Session(SessionError::NotOffered) => Code::NoStartTls,
        ConnectError::Session(SessionError::Refused { stage: Stage::StartTls, .. }) => Code::StartTlsRefused,
        ConnectError::Session(SessionError::Refused { .. }) => Code::Refused,
        ConnectError::Session(_) => Code::Protocol,
        _ => Code::ConnectFailed,
    };
    Fault::new(code, error.to_string())
}

async fn handshake(
    tls: &Arc<ClientConfig>,
    tcp: TcpStream,
    asked: &Domain,
    limit: Duration,
) -> Result<TlsStream<TcpStream>, Fault> {
    let failed = |detail: String| Fault::new(Code::TlsFailed, detail);
    let name = ServerName::try_from(asked.as_str().to_owned()).map_err(|error| failed(error.to_string()))?;
    match timeout(limit, TlsConnector::from(Arc::clone(tls)).connect(name, tcp)).await {
        Ok(done) => done.map_err(|error| match WeakKey::ended(&error) {
            Some(weak) => Fault::new(Code::CertificateKeyWeak, weak.to_string()),
            None => failed(error.to_string()),
        }),
        Err(_) => Err(failed("the handshake took too long".into())),
    }
}

fn tls_facts(agreed: &Agreed, certificate: Certificate) -> Tls {
    Tls { version: agreed.version.clone(), suite: agreed.suite.clone(), group: agreed.group.clone(), certificate }
}

fn unix_time(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default()))
}

impl Met {
    /// Says hello again, under TLS (RFC 3207 section 4.2).
    pub(crate) async fn hello(&mut self, settings: &WorldSettings) -> Result<(), Fault> {
        let greeted = timeout(settings.connect_max, exchange(&mut self.stream, &mut self.session)).await;
        expect(&in_time(greeted)?, &Event::Ready)
    }

    /// Ends the dialogue politely; what the server says to that does not matter.
    pub(crate) async fn quit(mut self, limit: Duration) {
        let goodbye = async {
            if exchange(&mut self.stream, &mut self.session).await.is_ok() {
                self.session.quit();
                let _closed = exchange(&mut self.stream, &mut self.session).await;
            }
        };
        let _too_slow = timeout(limit, goodbye).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn addresses_of_inner_networks_are_not_told() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        assert_eq!(own_end(&Bed::default(), &tcp), None);
        let bed = Bed { private_addresses: true, ..Bed::default() };
        assert_eq!(own_end(&bed, &tcp), Some("127.0.0.1".parse().unwrap()));
    }
}
