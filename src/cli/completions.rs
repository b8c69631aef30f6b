//! `memebuild completions SHELL`.

use super::complete::VARIABLE;
use super::shared::{Globals, say};
use crate::diagnostic::{Diagnostic, Exit};
use clap::Args;
use clap_complete::Shell;
use clap_complete::env::Shells;

/// What the program is called.
const NAME: &str = env!("CARGO_PKG_NAME");

/// For bash a colon ends a word, and names of nodes have one: the words are put together again, and of
/// what is found only that is offered which stands behind the colon.
const COLONS: &str = r#"
_memebuild() {
    local line=${COMP_LINE:0:COMP_POINT}
    local current=${line##*[[:space:]]}
    if [[ $current != *:* || $COMP_WORDBREAKS != *:* ]]; then
        _clap_complete_memebuild "$@"
        return
    fi
    local -a words
    read -ra words <<<"$line"
    local COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
    _clap_complete_memebuild "$1" "$current" "$3"
    COMPREPLY=("${COMPREPLY[@]#"${current%"${current##*:}"}"}")
}
complete -o nospace -o bashdefault -F _memebuild memebuild
"#;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Which shell
    shell: Shell,
}

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let shell = arguments.shell.to_string();
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let written = shells
        .completer(&shell)
        .map(|shell| shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut script));
    if !matches!(written, Some(Ok(()))) {
        let problem = Diagnostic::usage("shell", format!("there are no completions for {shell}"));
        return globals.complain(&[problem]);
    }
    say(&String::from_utf8_lossy(&script));
    if arguments.shell == Shell::Bash {
        say(COLONS);
    }
    Exit::Ok
}
