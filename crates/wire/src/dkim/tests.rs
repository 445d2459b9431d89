use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use aws_lc_rs::{digest, encoding, rsa};
use data_encoding::BASE64;
use jiff::Timestamp;
use proptest::prelude::*;

use super::canonical::{fields, split_message, write_relaxed_value};
use super::*;
use crate::address::Domain;

fn ed25519() -> SigningKey {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    SigningKey::from_pem(&pem(document.as_ref())).unwrap()
}

fn rsa_2048() -> SigningKey {
    use encoding::AsDer as _;
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let der: encoding::Pkcs8V1Der<'_> = pair.as_der().unwrap();
    SigningKey::from_pem(&pem(der.as_ref())).unwrap()
}

fn pem(der: &[u8]) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64.encode(der))
}

fn now() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn relaxed_body(body: &[u8]) -> Vec<u8> {
    let mut canonical = Vec::new();
    for line in body.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let mut blank = false;
        let line: Vec<u8> = line
            .iter()
            .map(|byte| if *byte == b'\t' { b' ' } else { *byte })
            .filter(|byte| !std::mem::replace(&mut blank, *byte == b' ') || *byte != b' ')
            .collect();
        canonical.extend_from_slice(line.strip_suffix(b" ").unwrap_or(&line));
        canonical.extend_from_slice(b"\r\n");
    }
    while canonical.ends_with(b"\r\n\r\n") {
        canonical.truncate(canonical.len() - 2);
    }
    if canonical == b"\r\n" { Vec::new() } else { canonical }
}

fn hash(body: &[u8], piece: usize) -> Vec<u8> {
    let mut hash = BodyHash::default();
    body.chunks(piece).for_each(|piece| hash.update(piece));
    hash.finish().as_ref().to_vec()
}

fn sha256(data: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, data).as_ref().to_vec()
}

/// The example of RFC 6376 section 3.4.5.
#[test]
fn canonical_forms_of_the_rfc() {
    let message = b"A: X\r\nB : Y\t\r\n\tZ  \r\n\r\n C \r\nD \t E\r\n\r\n\r\n";
    let (header, body) = split_message(message);
    let mut canonical = Vec::new();
    for field in fields(header).unwrap() {
        field.write_relaxed(&mut canonical);
        canonical.extend_from_slice(b"\r\n");
    }
    assert_eq!(canonical, b"a:X\r\nb:Y Z\r\n");
    assert_eq!(hash(body, 1), sha256(b" C\r\nD E\r\n"));
}

#[test]
fn canonical_bodies_at_the_edges() {
    for (body, canonical) in [
        (&b""[..], &b""[..]),
        (b"\r\n", b""),
        (b" \r\n\t\r\n \r\n", b""),
        (b"a", b"a\r\n"),
        (b"a\r\n \r\n", b"a\r\n"),
        (b"a b \r\n", b"a b\r\n"),
        (b"\r\n\r\na", b"\r\n\r\na\r\n"),
    ] {
        assert_eq!(hash(body, 100), sha256(canonical), "{body:?}");
        assert_eq!(relaxed_body(body), canonical, "{body:?}");
    }
    // The known hash of the empty body, RFC 6376 section 3.4.4.
    assert_eq!(BASE64.encode(&hash(b"", 1)), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

/// What a verifier does, for a signature of ours: rebuilds the signed data from `h=` and checks `b=`.
fn verify(signed: &[u8], record: &str) -> bool {
    let (header, body) = split_message(signed);
    let all = fields(header).unwrap();
    let mut signature = Vec::new();
    all[0].write_relaxed(&mut signature);
    let signature = String::from_utf8(signature).unwrap();
    let tag = |name: &str| -> String {
        let tags = signature.split_once(':').unwrap().1.split(';');
        tags.filter_map(|tag| tag.trim().split_once('=')).find(|(tag, _)| *tag == name).unwrap().1.replace(' ', "")
    };
    let mut data = Vec::new();
    let mut left: Vec<_> = all[1..].to_vec();
    for name in tag("h").split(':') {
        if let Some(at) = left.iter().rposition(|field| field.is(name)) {
            left.remove(at).write_relaxed(&mut data);
            data.extend_from_slice(b"\r\n");
        }
    }
    let unsigned = signature.rsplit_once("b=").unwrap().0;
    data.extend_from_slice(format!("{unsigned}b=").as_bytes());
    let key = BASE64.decode(record.split_once("p=").unwrap().1.as_bytes()).unwrap();
    let b = BASE64.decode(tag("b").as_bytes()).unwrap();
    let genuine = match tag("a").as_str() {
        "rsa-sha256" => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(&data, &b),
        _ => UnparsedPublicKey::new(&ED25519, key).verify(&sha256(&data), &b),
    };
    genuine.is_ok() && tag("bh") == BASE64.encode(&sha256(&relaxed_body(body)))
}

const MESSAGE: &str = "From: Jane <jane@example.org>\r\nTo: a@example.net,\r\n b@example.net\r\nSubject: Hello  there\r\n\
    Received: from x\r\nDate: Sun, 22 Nov 2026 06:00:00 +0000\r\n\r\nHello \t you\r\n\r\n\r\n";

#[test]
fn signatures_verify_and_changes_are_seen() {
    for key in [ed25519(), rsa_2048()] {
        let record = key.dns_record().unwrap();
        let house = Signer::new(Domain::parse("example.org").unwrap(), "2026a", key).unwrap();
        let field = house.sign(MESSAGE.as_bytes(), now()).unwrap();
        assert!(field.split("\r\n").all(|line| line.len() <= 78), "{field}");
        let signed = format!("{field}{MESSAGE}");
        assert!(verify(signed.as_bytes(), &record), "{signed}");
        assert!(verify(signed.replace("Hello \t you", "Hello you ").as_bytes(), &record), "relaxed allows this");
        for (old, new) in [
            ("Hello there", "Hello"),
            ("Hello \t you", "Hello me"),
            ("From: Jane", "From: Joan"),
            ("Date: Sun", "Subject: second\r\nDate: Sun"),
            ("Date: Sun", "From: second <x@example.net>\r\nDate: Sun"),
            ("Date: Sun", "Reply-To: x@example.net\r\nDate: Sun"),
        ] {
            let changed = signed.replace("Hello  there", "Hello there").replacen(old, new, 1);
            assert!(!verify(changed.as_bytes(), &record), "{old} -> {new}");
        }
    }
}

#[test]
fn identity_fields_are_oversigned_and_trace_is_not_signed() {
    let signer = Signer::new(Domain::parse("example.org").unwrap(), "s", ed25519()).unwrap();
    let field = signer.sign(MESSAGE.as_bytes(), now()).unwrap().replace("\r\n\t ", "");
    assert!(field.contains("h=From:From:To:To:Cc:Subject:Subject:Date:Date:Reply-To;"), "{field}");
    let start = now().as_second();
    assert!(field.contains(&format!("t={start}; x={};", start + 14 * 24 * 60 * 60)));
    assert!(!field.contains("l="));
}

#[test]
fn refuses_what_cannot_be_signed_well() {
    let signer = Signer::new(Domain::parse("example.org").unwrap(), "s", ed25519()).unwrap();
    for message in
        ["Subject: x\r\n\r\n", "From: a\r\nFrom: b\r\n\r\n", "From: a\r\nno field\r\n\r\n", " From: a\r\n\r\n"]
    {
        assert_eq!(signer.sign(message.as_bytes(), now()), Err(DkimError::Header), "{message:?}");
    }
    let domain = || Domain::parse("example.org").unwrap();
    assert_eq!(Signer::new(domain(), "a b", ed25519()).unwrap_err(), DkimError::Selector);
    assert_eq!(SigningKey::from_pem("nonsense").unwrap_err(), DkimError::Pem);
    assert_eq!(SigningKey::from_pem(&pem(b"nonsense")).unwrap_err(), DkimError::KeyType);
    assert_eq!(format!("{:?}", ed25519()), "SigningKey(ed25519-sha256, redacted)");
}

proptest! {
    #[test]
    fn body_hash_follows_the_rules_in_any_pieces(text in "[ \ta\n]{0,40}", piece in 1_usize..9) {
        let body = text.replace('\n', "\r\n");
        prop_assert_eq!(hash(body.as_bytes(), piece), sha256(&relaxed_body(body.as_bytes())));
    }

    #[test]
    fn headers_never_panic(header in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = fields(&header);
        write_relaxed_value(&header, &mut Vec::new());
        let _ = split_message(&header);
    }
}

#[test]
fn the_published_key_has_to_be_ours() {
    let (edwards, rsa) = (ed25519(), rsa_2048());
    for key in [&edwards, &rsa] {
        let published = key.dns_record().unwrap();
        let with = |more: &str| KeyRecord::parse(&published.replacen("; p", &format!("; {more} p"), 1)).unwrap();
        assert_eq!(KeyRecord::parse(&published).unwrap().serves(key), Ok(()));
        assert_eq!(with("h=sha1 : sha256; s=email;").serves(key), Ok(()));
        assert_eq!(with("h=sha1;").serves(key), Err(KeyFault::Hash));
        assert_eq!(with("s=tlsrpt;").serves(key), Err(KeyFault::Service));
        assert!(with("t=s:y;").is_trial && !with("t=s;").is_trial);
    }
    let other = KeyRecord::parse(&ed25519().dns_record().unwrap()).unwrap();
    assert_eq!(other.serves(&edwards), Err(KeyFault::OtherKey));
    assert_eq!(other.serves(&rsa), Err(KeyFault::OtherType));
    assert_eq!(KeyRecord::parse("v=DKIM1; p=").unwrap().serves(&rsa), Err(KeyFault::Revoked));
}

#[test]
fn a_bare_rsa_key_counts_and_blanks_do_not() {
    use aws_lc_rs::signature::KeyPair as _;
    let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
    let der: encoding::Pkcs8V1Der<'_> = encoding::AsDer::as_der(&pair).unwrap();
    let key = SigningKey::from_pkcs8(der.as_ref()).unwrap();
    let bare = BASE64.encode(pair.public_key().as_ref());
    let (begin, end) = bare.split_at(100);
    assert_eq!(KeyRecord::parse(&format!("p={begin} \t{end}")).unwrap().serves(&key), Ok(()));
}

#[test]
fn broken_key_records_say_what_is_wrong() {
    for (text, error) in [
        ("nonsense", KeyRecordError::Tags),
        ("p=YQ==; p=YQ==", KeyRecordError::Tags),
        ("v=DKIM2; p=YQ==", KeyRecordError::Version),
        ("p=YQ==; v=DKIM1", KeyRecordError::Version),
        ("v=DKIM1; k=rsa", KeyRecordError::Key),
        ("v=DKIM1; p=%", KeyRecordError::Key),
    ] {
        assert_eq!(KeyRecord::parse(text), Err(error), "{text}");
    }
}
