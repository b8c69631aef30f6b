//! Parse arguments, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(memebuild::cli::main().code())
}
