//! The way to PostgreSQL: over TLS with a verified certificate, or not at all (P1).
//!
//! The server runs on this machine. A host name that is not loopback's, with `hostaddr` in place of a lookup, makes it count as another machine.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use store::{BlobSettings, DatabaseSettings, Protection, Store, StoreError, StoreSettings, testing::PostgresServer};

const HOST: &str = "db.insurer.example";

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn roots(&self) -> Vec<u8> {
        self.0.pem().into_bytes()
    }

    /// A certificate for [`HOST`] with its key.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![HOST.to_owned()]).unwrap().signed_by(&key, &self.0).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

/// Opens a store on a fresh database, with the server named and reached as `place` says.
async fn open(server: &PostgresServer, place: &str, roots_pem: Option<Vec<u8>>) -> Result<Protection, StoreError> {
    let mut settings = server.create_database().await.unwrap();
    let database = settings.url.rsplit('/').next().unwrap().to_owned();
    settings.url = format!("{place} port={} user=postgres dbname={database}", server.port());
    settings.roots_pem = roots_pem;
    let dir = tempfile::tempdir().unwrap();
    let blobs = BlobSettings::Files { dir: dir.path().to_owned() };
    let store = Store::open(StoreSettings { database: DatabaseSettings::Postgres(settings), blobs }).await?;
    store.ping().await?;
    Ok(store.protection())
}

fn refusal(opened: Result<Protection, StoreError>) -> String {
    opened.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_postgres_is_reached_over_verified_tls_or_not_at_all() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let mut server = PostgresServer::start().unwrap();
    let elsewhere = format!("host={HOST} hostaddr=127.0.0.1");

    // A server without TLS is for this machine only.
    assert_eq!(open(&server, "host=127.0.0.1", None).await, Ok(Protection::OnThisMachine));
    let refused = refusal(open(&server, &elsewhere, Some(authority.roots())).await);
    assert!(refused.contains("does not support TLS"), "{refused}");
    let refused = refusal(open(&server, "host=127.0.0.1 sslmode=verify-full", Some(authority.roots())).await);
    assert!(refused.contains("does not support TLS"), "{refused}");
    let refused = refusal(open(&server, &format!("{elsewhere} sslmode=disable"), Some(authority.roots())).await);
    assert!(refused.contains("sslmode=disable"), "{refused}");

    let (certificate, key) = authority.issue();
    server.speak_tls(&certificate, &key).unwrap();
    assert_eq!(open(&server, &elsewhere, Some(authority.roots())).await, Ok(Protection::VerifiedTls));
    assert_eq!(
        open(&server, &format!("{elsewhere} sslmode=verify-full"), Some(authority.roots())).await,
        Ok(Protection::VerifiedTls)
    );
    let refused = refusal(open(&server, &elsewhere, Some(stranger.roots())).await);
    assert!(refused.contains("invalid peer certificate"), "{refused}");
    let refused = refusal(open(&server, &elsewhere, None).await);
    assert!(refused.contains("invalid peer certificate"), "the machine does not trust it either: {refused}");
    for wrong in ["host=other.insurer.example hostaddr=127.0.0.1", "host=127.0.0.1 sslmode=verify-full"] {
        let refused = refusal(open(&server, wrong, Some(authority.roots())).await);
        assert!(refused.contains("not valid for name"), "{wrong}: {refused}");
    }
    assert_eq!(open(&server, "host=127.0.0.1", None).await, Ok(Protection::OnThisMachine));
}
