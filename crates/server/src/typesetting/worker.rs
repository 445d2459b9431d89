//! The process that sets pages: `siegelpost document-worker`, started by the server and by nobody else.

use std::{
    io::{self, BufWriter},
    process::ExitCode,
};

use document::{Typesetter, limits::STACK_BYTES, work};
use landlock::{ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetError, Scope};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};

/// Address space of a worker, in bytes: the program, its fonts, its stack, and what a mail needs.
const MEMORY_BYTES_MAX: u64 = 1536 * 1024 * 1024;

/// Does jobs from standard input until there are no more.
///
/// Whoever breaks the typesetter finds a process that can open nothing, reach nobody, hold little, and has no other mail in it than his own.
pub fn run() -> ExitCode {
    // What is given up here, every thread that is started later has not either.
    if confine().is_err() {
        return ExitCode::FAILURE;
    }
    // The typesetter goes down deep, and the size of the main thread's stack is not ours to choose.
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work);
    match thread.map(std::thread::JoinHandle::join) {
        Ok(Ok(Ok(()))) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn work() -> io::Result<()> {
    let typesetter = Typesetter::new();
    typesetter.warm();
    work::serve(&typesetter, &mut io::stdin().lock(), &mut BufWriter::new(io::stdout().lock()))
}

/// Gives up what is not needed. Limits of memory must hold; what an old kernel does not know, it cannot take away.
fn confine() -> io::Result<()> {
    let limit = |bytes| Rlimit { current: Some(bytes), maximum: Some(bytes) };
    rustix::process::setrlimit(Resource::As, limit(MEMORY_BYTES_MAX))?;
    rustix::process::setrlimit(Resource::Core, limit(0))?;
    rustix::process::setrlimit(Resource::Fsize, limit(0))?;
    rustix::process::setrlimit(Resource::Nofile, limit(16))?;
    // Mail must not be read out of it by its neighbours, and it must not outlive the server.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    forbid_files_and_network().map_err(io::Error::other)
}

fn forbid_files_and_network() -> Result<(), RulesetError> {
    let abi = ABI::V6;
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(())
}
