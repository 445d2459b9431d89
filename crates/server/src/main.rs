//! The binary: parses the command line and runs the command.

use std::process::ExitCode;

use clap::Parser;
use server::command::{Cli, run};

#[expect(clippy::print_stderr, reason = "the last word of a command that failed")]
fn main() -> ExitCode {
    let cli = Cli::parse();
    // It needs no runtime, and gives up the right to make one.
    if cli.is_worker() {
        return server::typesetting::worker::run();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("siegelpost: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(cli)).unwrap_or_else(|error| {
        eprintln!("siegelpost: {error:#}");
        ExitCode::FAILURE
    })
}
