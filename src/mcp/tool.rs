//! What a tool is, and what clients are told of it.

use super::answer::{Answer, Told};
use super::host::Host;
use super::progress::Progress;
use super::schema;
use crate::diagnostic::Diagnostic;
use crate::exec::Cancel;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// What a client may do about a tool without asking a person. All four are always said: what is left
/// out means the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// It changes nothing.
    pub read_only: bool,
    /// What it changes may be lost.
    pub destructive: bool,
    /// Doing it twice is doing it once.
    pub idempotent: bool,
    /// It may reach beyond this machine.
    pub open_world: bool,
}

impl Hints {
    /// It looks, at things of this project.
    pub const LOOKS: Self =
        Self { read_only: true, destructive: false, idempotent: true, open_world: false };
}

/// One call.
pub struct Call<'a> {
    pub host: &'a Host,
    /// Cancelled once nobody wants the answer any more.
    pub cancel: &'a Cancel,
    /// Hears how far a build is.
    pub hears: &'a dyn Fn(Progress),
}

/// A tool.
pub trait Tool {
    const NAME: &'static str;
    const TITLE: &'static str;
    /// For a model: what it does, what comes of it, and what to call next.
    const ABOUT: &'static str;
    const HINTS: Hints;
    /// Whether it may take longer than anybody would wait for a turn.
    const LONG: bool = false;
    type Input: DeserializeOwned + JsonSchema;
    type Output: Serialize + JsonSchema;

    /// Blocks until it is done.
    ///
    /// # Errors
    /// What is wrong with the question, or with the project.
    fn run(call: &Call<'_>, input: Self::Input) -> Result<Answer<Self::Output>, Vec<Diagnostic>>;
}

/// A tool whose types are forgotten.
pub struct Entry {
    pub name: &'static str,
    pub title: &'static str,
    pub about: &'static str,
    pub hints: Hints,
    pub long: bool,
    pub input: fn() -> Map<String, Value>,
    pub output: fn() -> Map<String, Value>,
    run: fn(&Call<'_>, Map<String, Value>) -> Told,
}

impl Entry {
    pub const fn of<T: Tool>() -> Self {
        Self {
            name: T::NAME,
            title: T::TITLE,
            about: T::ABOUT,
            hints: T::HINTS,
            long: T::LONG,
            input: schema::input::<T::Input>,
            output: schema::output::<T::Output>,
            run: run::<T>,
        }
    }

    pub fn run(&self, call: &Call<'_>, arguments: Map<String, Value>) -> Told {
        (self.run)(call, arguments)
    }
}

fn run<T: Tool>(call: &Call<'_>, arguments: Map<String, Value>) -> Told {
    match serde_json::from_value::<T::Input>(Value::Object(arguments)) {
        Ok(input) => T::run(call, input).into(),
        Err(why) => {
            let problem =
                Diagnostic::usage("bad-argument", format!("the arguments do not fit: {why}"));
            Told::of(&[problem.hint(format!("`tools/list` has what `{}` takes", T::NAME))])
        }
    }
}
