//! The portal behind its own TLS: versions, cookies, and clients that do not speak it.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
    version::{TLS12, TLS13},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    browser::form,
    sockets::{Door, rest},
    world::{ADA, PASSWORD, World, on_both},
};
use crate::{BindError, Portal, PortalSettings, Tls, TlsError};

on_both! {
    tls_1_3_and_1_2_work_and_older_ones_do_not
    cookies_over_tls_are_secure_and_browsers_are_told_to_stay
    who_speaks_plain_http_to_the_tls_door_learns_nothing
    who_never_finishes_the_handshake_blocks_nobody_and_is_cut_off
}

const NAME: &str = "post.beispiel.example";
const REQUEST: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
/// The record type of an alert and the alert for versions not spoken (RFC 8446 sections 5.1 and 6.2).
const ALERT: u8 = 21;
const PROTOCOL_VERSION: u8 = 70;

/// A certificate that signs itself, and a client that trusts it.
struct Identity {
    tls: Tls,
    roots: RootCertStore,
}

impl Identity {
    fn new() -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::clone(cert.der())).unwrap();
        let tls = Tls { chain_pem: cert.pem().into_bytes(), key_pem: signing_key.serialize_pem().into_bytes() };
        Self { tls, roots }
    }

    async fn connect(&self, door: &Door, version: &'static SupportedProtocolVersion) -> TlsStream<TcpStream> {
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let stream = TcpStream::connect(door.address).await.unwrap();
        let name = ServerName::try_from(NAME).unwrap();
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    async fn exchange(&self, door: &Door, request: &str) -> String {
        ask(self.connect(door, &TLS13).await, request).await
    }
}

async fn ask(mut stream: TlsStream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

async fn tls_1_3_and_1_2_work_and_older_ones_do_not(world: &World) {
    let identity = Identity::new();
    let door = Door::open(world, Some(identity.tls.clone()), 4).await;
    for (version, spoken) in [(&TLS13, ProtocolVersion::TLSv1_3), (&TLS12, ProtocolVersion::TLSv1_2)] {
        let stream = identity.connect(&door, version).await;
        let (_, connection) = stream.get_ref();
        assert_eq!(connection.protocol_version(), Some(spoken));
        assert_eq!(connection.alpn_protocol(), Some(b"http/1.1".as_slice()));
        assert!(ask(stream, REQUEST).await.ends_with("up\n"));
    }
    let answer = door.exchange(&hello_of_tls_1_1()).await;
    assert_eq!((answer.first(), answer.last()), (Some(&ALERT), Some(&PROTOCOL_VERSION)), "{answer:?}");
    door.close().await;
}

/// A `ClientHello` that offers TLS 1.1 and nothing newer (RFC 4346 section 7.4.1.2), with the signature algorithms
/// that would be asked for first (RFC 5246 section 7.4.1.4.1).
fn hello_of_tls_1_1() -> Vec<u8> {
    let body =
        [[3, 2].as_slice(), &[7; 32], &[0], &[0, 2, 0, 0x2f], &[1, 0], &[0, 8, 0, 13, 0, 4, 0, 2, 4, 3]].concat();
    let handshake = [&[1, 0, 0, u8::try_from(body.len()).unwrap()], body.as_slice()].concat();
    [&[22, 3, 1, 0, u8::try_from(handshake.len()).unwrap()], handshake.as_slice()].concat()
}

async fn cookies_over_tls_are_secure_and_browsers_are_told_to_stay(world: &World) {
    world.owner(ADA).await;
    let identity = Identity::new();
    let door = Door::open(world, Some(identity.tls.clone()), 4).await;
    let page = identity.exchange(&door, "GET /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let visit = cookies(&page).find(|cookie| cookie.starts_with("__Host-visit=")).unwrap().split(';').next().unwrap();
    let csrf = page.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let fields = form(&[("csrf", csrf), ("address", ADA), ("password", PASSWORD), ("next", "")]);
    let sign_in = format!(
        "POST /sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSec-Fetch-Site: same-origin\r\nCookie: {visit}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{fields}",
        fields.len()
    );
    let entered = identity.exchange(&door, &sign_in).await;
    assert!(entered.starts_with("HTTP/1.1 303"), "{entered}");
    for (answer, names) in [(&page, ["__Host-visit="].as_slice()), (&entered, &["__Host-session=", "__Host-device="])] {
        assert!(answer.contains("\r\nstrict-transport-security: max-age=63072000; includeSubDomains\r\n"), "{answer}");
        for name in names {
            assert!(cookies(answer).any(|cookie| cookie.starts_with(name)), "{name} in {answer}");
        }
        for cookie in cookies(answer) {
            let flags: Vec<&str> = cookie.split("; ").skip(1).filter(|flag| !flag.starts_with("Max-Age=")).collect();
            assert_eq!(flags, ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"], "{cookie}");
            assert!(cookie.starts_with("__Host-"), "{cookie}");
        }
    }
    door.close().await;
}

fn cookies(answer: &str) -> impl Iterator<Item = &str> {
    answer.lines().filter_map(|line| line.strip_prefix("set-cookie: "))
}

async fn who_speaks_plain_http_to_the_tls_door_learns_nothing(world: &World) {
    let identity = Identity::new();
    let door = Door::open(world, Some(identity.tls.clone()), 1).await;
    for request in
        [REQUEST, "GET / HTTP/1.0\r\n\r\n", "\r\n\r\n", "\0\0\0\0\0\0\0\0", "\u{16}\u{3}\u{1}\u{7f}\u{7f}nonsense"]
    {
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let answer = rest(&mut stream).await;
        let alert = answer.first() == Some(&ALERT) && answer.len() == 7;
        assert!(answer.is_empty() || alert, "{request:?} got {:?}", String::from_utf8_lossy(&answer));
        assert!(identity.exchange(&door, REQUEST).await.ends_with("up\n"), "the next one is served");
    }
    door.close().await;
}

async fn who_never_finishes_the_handshake_blocks_nobody_and_is_cut_off(world: &World) {
    let identity = Identity::new();
    let door = Door::open(world, Some(identity.tls.clone()), 2).await;
    let mut silent = TcpStream::connect(door.address).await.unwrap();
    assert!(identity.exchange(&door, REQUEST).await.ends_with("up\n"), "one who is silent blocks nobody");
    let mut halfway = TcpStream::connect(door.address).await.unwrap();
    halfway.write_all(&hello_of_tls_1_1()[..20]).await.unwrap();
    // Both places are taken now. From here on the clock jumps to whatever is waited for, which is the end of the time for a handshake.
    time::pause();
    assert_eq!(rest(&mut silent).await, b"");
    assert_eq!(rest(&mut halfway).await, b"");
    time::resume();
    assert!(identity.exchange(&door, REQUEST).await.ends_with("up\n"));
    door.close().await;
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_refused_with_the_reason() {
    let (one, other) = (Identity::new().tls, Identity::new().tls);
    let bind = async |chain_pem: &[u8], key_pem: &[u8]| {
        let tls = Tls { chain_pem: chain_pem.to_vec(), key_pem: key_pem.to_vec() };
        let settings = PortalSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            tls: Some(tls),
            logo: None,
            trusted_proxies: Vec::new(),
            policies: std::collections::BTreeMap::new(),
            connections_max: 1,
        };
        match Portal::bind(settings).await.err() {
            Some(BindError::Tls(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(bind(b"nonsense", &one.key_pem).await, TlsError::Chain(_)));
    assert!(matches!(bind(&one.chain_pem, b"nonsense").await, TlsError::Key(_)));
    assert!(matches!(bind(&one.chain_pem, &other.key_pem).await, TlsError::Pair(_)));
}
