//! The layering rule: a crate uses only crates to its left in
//! `{wire, msg, mime} -> model -> {vault, render, document, store, resolve} -> app -> {gateway, portal} -> server`.
//!
//! The crates up to `document` are also pure: nothing they use reaches the network, and their own text names neither
//! files nor sockets, clock or environment.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Findings, is_test_file, without_tests};
use crate::place::Place;
use crate::shell;

/// The crates of the house and how far to the right each stands.
const LAYERS: &[(&str, u8)] = &[
    ("wire", 0),
    ("msg", 0),
    ("mime", 0),
    ("model", 1),
    ("vault", 2),
    ("render", 2),
    ("document", 2),
    ("store", 2),
    ("resolve", 2),
    ("app", 3),
    ("gateway", 4),
    ("portal", 4),
    ("server", 5),
];
/// Uses within a layer that are meant: sealed values are what the store keeps, and mails are written as files of another kind.
const ALLOWED_BESIDE: &[(&str, &str)] = &[("store", "vault"), ("mime", "msg")];

/// Crates that do no I/O, read no clock and draw no chance.
const PURE: &[&str] = &["wire", "msg", "mime", "model", "vault", "render", "document"];
/// Packages that a pure crate must not reach, however indirectly.
const IMPURE_PACKAGES: &[&str] = &["tokio", "mio", "async-io", "socket2", "hyper", "rusqlite", "ureq"];
/// What the product text of a pure crate must not name.
const IMPURE_TEXTS: &[&str] = &[
    "std::fs",
    "std::net::Tcp",
    "std::net::Udp",
    "std::os",
    "std::env",
    "std::process",
    "std::thread",
    "io::stdin",
    "File::open",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Option<Resolve>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeDep>,
}

#[derive(Deserialize)]
struct NodeDep {
    pkg: String,
    dep_kinds: Vec<DepKind>,
}

#[derive(Deserialize)]
struct DepKind {
    kind: Option<String>,
}

/// No crate uses a crate beside it or to its right.
pub(super) fn check(place: &Place) -> Result<Findings> {
    let metadata = metadata(place)?;
    let mut findings = Findings::new();
    for package in metadata.packages.iter().filter(|package| metadata.workspace_members.contains(&package.id)) {
        let from = short_name(&package.name);
        for dependency in &package.dependencies {
            let to = short_name(&dependency.name);
            if is_of_the_house(to) && !may_use(from, to) {
                findings.push(format!("{from} uses {to}, which does not stand to its left"));
            }
        }
        if !is_of_the_house(from) && from != "xtask" {
            findings.push(format!("{from} has no place in the layers: give it one in xtask/src/tidy/layers.rs"));
        }
    }
    Ok(findings)
}

/// The pure crates reach no network library and name nothing of the outer world.
pub(super) fn check_purity(place: &Place) -> Result<Findings> {
    let metadata = metadata(place)?;
    let mut findings = Findings::new();
    for package in metadata.packages.iter().filter(|package| PURE.contains(&short_name(&package.name))) {
        for reached in reachable(&metadata, &package.id)? {
            if IMPURE_PACKAGES.contains(&reached) {
                findings.push(format!("{} must stay pure, but reaches {reached}", short_name(&package.name)));
            }
        }
    }
    for path in place.files()? {
        let pure = PURE.iter().any(|name| path.starts_with(&format!("crates/{name}/src/")));
        if !pure || is_test_file(&path) {
            continue;
        }
        let text = place.text(&path)?.unwrap_or_default();
        for (line, content) in without_tests(&text).filter(|(_, content)| !content.trim_start().starts_with("//")) {
            findings.extend(
                IMPURE_TEXTS
                    .iter()
                    .filter(|impure| content.contains(**impure))
                    .map(|impure| format!("{path}:{line}: {impure} in a pure crate: take it as an argument")),
            );
        }
    }
    Ok(findings)
}

fn metadata(place: &Place) -> Result<Metadata> {
    let json = shell::output(Command::new("cargo").current_dir(&place.root).args([
        "metadata",
        "--quiet",
        "--format-version",
        "1",
    ]))?;
    serde_json::from_str(&json).context("cargo metadata printed something unknown")
}

fn short_name(package: &str) -> &str {
    match package {
        "siegelpost" => "server",
        _ => package.strip_prefix("siegelpost-").unwrap_or(package),
    }
}

fn layer(name: &str) -> Option<u8> {
    LAYERS.iter().find(|(layered, _)| *layered == name).map(|(_, layer)| *layer)
}

fn is_of_the_house(name: &str) -> bool {
    layer(name).is_some()
}

/// Whether `from` may use `to`, for its tests as little as for the product.
fn may_use(from: &str, to: &str) -> bool {
    from == to || ALLOWED_BESIDE.contains(&(from, to)) || layer(to) < layer(from)
}

/// The names of all packages that `id` uses in the product, directly or through others.
fn reachable<'a>(metadata: &'a Metadata, id: &str) -> Result<BTreeSet<&'a str>> {
    let nodes = &metadata.resolve.as_ref().context("cargo metadata resolved nothing")?.nodes;
    let nodes: BTreeMap<&str, &Node> = nodes.iter().map(|node| (node.id.as_str(), node)).collect();
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|package| (package.id.as_str(), package.name.as_str())).collect();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![id];
    while let Some(node) = waiting.pop().and_then(|id| nodes.get(id)) {
        for dependency in &node.deps {
            let in_product = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            if in_product && seen.insert(dependency.pkg.as_str()) {
                waiting.push(&dependency.pkg);
            }
        }
    }
    Ok(seen.into_iter().filter_map(|id| names.get(id).copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_left_may_be_used() {
        assert!(may_use("app", "store"));
        assert!(may_use("store", "vault"));
        assert!(may_use("render", "mime"));
        assert!(!may_use("vault", "store"));
        assert!(!may_use("gateway", "portal"));
        assert!(!may_use("model", "app"), "a test may not turn the row around either");
        assert!(may_use("store", "store"), "a crate may turn on features of its own for its tests");
    }

    #[test]
    fn what_is_used_through_others_is_found() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"packages": [
                {"id": "a", "name": "model", "dependencies": []},
                {"id": "b", "name": "between", "dependencies": []},
                {"id": "c", "name": "tokio", "dependencies": []},
                {"id": "d", "name": "proptest", "dependencies": []}],
            "workspace_members": [],
            "resolve": {"nodes": [
                {"id": "a", "deps": [{"pkg": "b", "dep_kinds": [{"kind": null}]}, {"pkg": "d", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "b", "deps": [{"pkg": "c", "dep_kinds": [{"kind": null}]}]},
                {"id": "c", "deps": []}, {"id": "d", "deps": []}]}}"#,
        )
        .unwrap();
        assert_eq!(reachable(&metadata, "a").unwrap(), BTreeSet::from(["between", "tokio"]));
    }
}
