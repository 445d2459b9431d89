//! The servers of the bed, with their configuration.

use std::{fmt::Write as _, fs, io, net::SocketAddr, path::Path, sync::Arc};

use model::chance::Clock;

use super::{
    process::{Process, on_free_port},
    rows::standard_zones,
    zone::Zone,
};
use crate::{
    anchor::TrustAnchor,
    resolver::Resolver,
    servers::{Loopback, Servers},
};

/// Servers on loopback, for as long as this value lives.
#[derive(Debug)]
pub struct Bed {
    anchor: TrustAnchor,
    anchor_text: String,
    recursive: SocketAddr,
    validating: Loopback,
    /// The validating one, the recursive one, and the one that knows.
    servers: [Process; 3],
    _folder: tempfile::TempDir,
}

impl Bed {
    /// Signs and serves [`standard_zones`]. Takes a second or two.
    pub fn start() -> io::Result<Self> {
        Self::with_zones(&standard_zones())
    }

    /// Signs and serves these zones, each child before its parent; the last is the root, which must be signed.
    pub fn with_zones(zones: &[Zone]) -> io::Result<Self> {
        Self::validating_also_at(zones, &[])
    }

    /// The same, where the validating server answers at these addresses as well: some programs ask port 53 and no other.
    pub fn validating_also_at(zones: &[Zone], also: &[SocketAddr]) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("names-for-tests-").tempdir()?;
        let anchor = write_zones(folder.path(), zones)?;
        fs::write(folder.path().join("root.ds"), &anchor)?;
        let authority = on_free_port(|address| start_authority(folder.path(), zones, address))?;
        let unbound = |role, also: &[SocketAddr]| {
            on_free_port(|address| {
                start_unbound(folder.path(), role, zones, authority.address, &[&[address], also].concat())
            })
        };
        let (recursive, validating) = (unbound("recursive", &[])?, unbound("validating", also)?);
        Ok(Self {
            anchor: TrustAnchor::parse(&anchor).map_err(io::Error::other)?,
            anchor_text: anchor,
            recursive: recursive.address,
            validating: Loopback::new(validating.address).map_err(io::Error::other)?,
            servers: [validating, recursive, authority],
            _folder: folder,
        })
    }

    /// The processes under which the validating server and the recursive one run.
    pub fn processes(&self) -> [u32; 2] {
        let [validating, recursive, _] = &self.servers;
        [validating.id(), recursive.id()]
    }

    /// Lets the validating server and the recursive one forget what they were told.
    pub fn forget(&self) -> io::Result<()> {
        let [validating, recursive, _] = &self.servers;
        [validating, recursive].into_iter().try_for_each(|server| server.reload("."))
    }

    /// The keys of the private root, as a configured file holds them.
    pub fn anchor_text(&self) -> &str {
        &self.anchor_text
    }

    /// The keys of the private root.
    pub const fn anchor(&self) -> &TrustAnchor {
        &self.anchor
    }

    /// A recursive server that believes everything.
    pub const fn recursive(&self) -> SocketAddr {
        self.recursive
    }

    /// A recursive server that validates: the second opinion.
    pub const fn validating(&self) -> Loopback {
        self.validating
    }

    /// Our validator, asking `server`: the recursive one, or somebody in the middle before it.
    pub fn resolver(&self, server: SocketAddr, clock: Arc<dyn Clock>) -> io::Result<Resolver> {
        let servers = Servers::new(vec![server]).map_err(io::Error::other)?;
        Resolver::validating(&servers, &self.anchor, clock).map_err(io::Error::other)
    }
}

/// Writes every zone, and the DS record of each into its parent. The DS records of the root.
fn write_zones(folder: &Path, zones: &[Zone]) -> io::Result<String> {
    let mut delegations = vec![String::new(); zones.len()];
    let mut root = String::new();
    for (index, zone) in zones.iter().enumerate() {
        let ds = zone.write(folder, delegations.get(index).map_or("", String::as_str))?;
        let origin = zone.origin();
        let parent = zones.iter().enumerate().skip(index + 1).find(|(_, parent)| is_below(&origin, &parent.origin()));
        match parent.and_then(|(parent, _)| delegations.get_mut(parent)) {
            Some(delegations) => {
                write!(delegations, "{origin} NS ns.{origin}\nns.{origin} A 127.0.0.1\n{ds}")
                    .map_err(io::Error::other)?;
            }
            None => root = ds,
        }
    }
    Ok(root)
}

fn is_below(child: &str, parent: &str) -> bool {
    parent == "." || child.ends_with(&format!(".{parent}"))
}

fn start_authority(folder: &Path, zones: &[Zone], address: SocketAddr) -> io::Result<Process> {
    let mut text = format!(
        "server:\n ip-address: {}@{}\n username: \"\"\n server-count: 1\n rrl-ratelimit: 0\n database: \"\"\n\
         \x20zonesdir: \"{folder}\"\n pidfile: \"{folder}/nsd.pid\"\n zonelistfile: \"{folder}/nsd.list\"\n\
         \x20xfrdfile: \"{folder}/nsd.xfrd\"\n xfrdir: \"{folder}\"\nremote-control:\n control-enable: no\n",
        address.ip(),
        address.port(),
        folder = folder.display(),
    );
    for zone in zones {
        write!(text, "zone:\n name: \"{}\"\n zonefile: \"{}\"\n", zone.origin(), zone.file_name())
            .map_err(io::Error::other)?;
    }
    let configuration = folder.join("nsd.conf");
    fs::write(&configuration, text)?;
    let arguments = ["-d", "-c", &configuration.display().to_string()];
    Process::start(address, "nsd", &arguments, &folder.join("nsd.log"), ".")
}

/// An unbound that asks the authority for every zone: by port, which a delegation alone could not tell it. It is ready when it answers at the first of
/// its addresses.
fn start_unbound(
    folder: &Path,
    role: &str,
    zones: &[Zone],
    authority: SocketAddr,
    addresses: &[SocketAddr],
) -> io::Result<Process> {
    let address = *addresses.first().ok_or_else(|| io::Error::other("a server without an address"))?;
    let modules = match role {
        "validating" => format!(
            " module-config: \"validator iterator\"\n trust-anchor-file: \"{}/root.ds\"\n ede: yes\n",
            folder.display()
        ),
        _ => " module-config: \"iterator\"\n".to_owned(),
    };
    // Names for tests and addresses for documents are denied by unbound itself unless it is told otherwise.
    let mut served = String::new();
    for zone in zones {
        writeln!(served, " local-zone: \"{}\" nodefault", zone.origin()).map_err(io::Error::other)?;
    }
    let mut text = "server:\n".to_owned();
    for at in addresses {
        writeln!(text, " interface: {}@{}", at.ip(), at.port()).map_err(io::Error::other)?;
    }
    write!(
        text,
        " username: \"\"\n chroot: \"\"\n directory: \"{}\"\n pidfile: \"\"\n use-syslog: no\n\
         \x20num-threads: 1\n do-not-query-localhost: no\n do-ip6: no\n qname-minimisation: no\n outgoing-range: 512\n\
         \x20num-queries-per-thread: 512\n max-udp-size: 1232\n unwanted-reply-threshold: 0\n\
         {served}{modules}remote-control:\n control-enable: no\n",
        folder.display(),
    )
    .map_err(io::Error::other)?;
    for zone in zones {
        let origin = zone.origin();
        write!(text, "stub-zone:\n name: \"{origin}\"\n stub-addr: {}@{}\n", authority.ip(), authority.port())
            .map_err(io::Error::other)?;
    }
    let configuration = folder.join(format!("{role}.conf"));
    fs::write(&configuration, text)?;
    let arguments = ["-d", "-c", &configuration.display().to_string()];
    Process::start(address, "unbound", &arguments, &folder.join(format!("{role}.log")), ".")
}
