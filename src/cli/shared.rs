//! What all commands share: global flags, colours, and how mistakes are shown.

use super::logging::Filter;
use crate::contract::{self, Contract};
use crate::diagnostic::render::{Style, render_all};
use crate::diagnostic::{Diagnostic, Exit};
use crate::engine::project::Project;
use clap::{Args, ValueEnum};
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

/// Over the flags that every command has, in its `--help`.
const COMMON: &str = "Options of every command";

/// Flags that every command has.
#[derive(Debug, Clone, Args)]
pub struct Globals {
    /// Work in this folder
    #[arg(short = 'C', long = "directory", value_name = "DIR", global = true, help_heading = COMMON, default_value = ".")]
    pub directory: PathBuf,
    /// Text for people, or JSON for programs
    #[arg(long, value_enum, global = true, help_heading = COMMON, default_value_t = Format::Text)]
    pub format: Format,
    /// Actions at once [default: one for each core]
    #[arg(short = 'j', long, value_name = "N", global = true, help_heading = COMMON)]
    pub jobs: Option<std::num::NonZeroUsize>,
    /// Colours
    #[arg(long, value_enum, global = true, help_heading = COMMON, default_value_t = ColorChoice::Auto)]
    pub color: ColorChoice,
    /// Say on standard error what memebuild does within: `info`, `debug`, `trace`, or for parts of it
    /// `exec=debug,store=trace`
    #[arg(long, value_name = "LEVEL|FILTER", global = true, help_heading = COMMON)]
    pub log: Option<Filter>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Globals {
    pub fn project(&self) -> Result<Project, Exit> {
        Project::find(&self.directory).map_err(|problem| self.complain(&[problem]))
    }

    /// The same flags, for another folder.
    pub fn within(&self, directory: PathBuf) -> Self {
        Self { directory, ..self.clone() }
    }

    pub fn slots(&self) -> usize {
        self.jobs
            .or_else(|| std::thread::available_parallelism().ok())
            .map_or(1, std::num::NonZeroUsize::get)
    }

    pub fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether standard error gets colours.
    pub fn color(&self) -> bool {
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                std::io::stderr().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
                    && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }

    /// Shows mistakes and failures on standard error; the exit is that of the gravest.
    pub fn complain(&self, problems: &[Diagnostic]) -> Exit {
        let style = Style { color: self.color(), ..Style::default() };
        talk(render_all(problems, style).trim_end());
        problems.iter().map(|problem| problem.exit).min().unwrap_or(Exit::Ok)
    }
}

/// A line, or lines, on standard error.
pub fn talk(text: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// The result, on standard output. A reader that went away ends nothing.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// A JSON document on standard output.
pub fn say_json(document: &serde_json::Value) {
    let mut text = serde_json::to_string_pretty(document).expect("JSON values print");
    text.push('\n');
    say(&text);
}

/// A document of a contract on standard output.
pub fn say_document<T: Contract>(document: &T) {
    say(&String::from_utf8_lossy(&contract::write(document)));
}

/// Done once somebody asks the process to end.
pub async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
