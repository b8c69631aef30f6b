//! `memebuild completions SHELL`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which shell
    shell: Shell,
}

pub fn run<C: CommandFactory>(arguments: &Arguments) {
    let mut out = Vec::new();
    clap_complete::generate(arguments.shell, &mut C::command(), "memebuild", &mut out);
    super::shared::say(&String::from_utf8_lossy(&out));
}
