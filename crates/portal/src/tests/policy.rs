//! MTA-STS policies: one file under a host of its own, and nothing of the portal beside it.

use super::{
    sockets::Door,
    world::{World, on_both, policies},
};
use wire::mta_sts::Policy;

on_both! {
    a_policy_is_served_under_its_own_host_alone
}

const PATH: &str = "/.well-known/mta-sts.txt";

async fn a_policy_is_served_under_its_own_host_alone(world: &World) {
    let door = Door::open(world, None, 2).await;
    let ask = async |line: &str, host: &str| {
        let request = format!("{line} HTTP/1.1\r\nHost: {host}\r\nCookie: visit=x\r\nConnection: close\r\n\r\n");
        String::from_utf8(door.exchange(request.as_bytes()).await).unwrap()
    };
    for (domain, policy) in policies() {
        for host in [format!("mta-sts.{domain}"), format!("MTA-STS.{domain}:443"), format!("mta-sts.{domain}.")] {
            let answer = ask(&format!("GET {PATH}"), &host).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 "), "{host}: {head}");
            assert!(head.contains("\r\ncontent-type: text/plain; charset=utf-8\r\n"), "{head}");
            assert!(!head.contains("set-cookie") && !head.contains("location:"), "{head}");
            assert_eq!(Policy::parse(body.as_bytes()), Ok(policy.clone()));
        }
        let absolute = ask(&format!("GET https://mta-sts.{domain}{PATH}"), "post.beispiel.example").await;
        assert!(absolute.contains(&policy.to_string()), "{absolute}");
    }
    let own = "mta-sts.beispiel.example";
    let head = ask(&format!("HEAD {PATH}"), own).await;
    assert!(head.starts_with("HTTP/1.1 200 ") && head.ends_with("\r\n\r\n"), "{head}");
    for (line, host, status) in [
        (format!("GET {PATH}"), "post.beispiel.example", 404),
        (format!("GET {PATH}"), "mta-sts.other.example", 404),
        (format!("GET {PATH}"), "beispiel.example", 404),
        (format!("GET {PATH}"), "x.mta-sts.beispiel.example", 404),
        (format!("GET {PATH}"), "", 404),
        (format!("POST {PATH}"), own, 405),
        ("GET /".to_owned(), own, 404),
        ("GET /sign-in".to_owned(), own, 404),
        ("POST /sign-in".to_owned(), own, 404),
        ("GET /healthz".to_owned(), own, 404),
        (format!("GET {PATH}/"), own, 404),
        (format!("GET /{PATH}"), own, 404),
    ] {
        let answer = ask(&line, host).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{line} {host}: {answer}");
        let is_own = host == own;
        assert!(!is_own || !answer.contains("set-cookie"), "{line}: {answer}");
        assert!(!answer.contains("STSv1"), "{line} {host}: {answer}");
    }
    door.close().await;
}
