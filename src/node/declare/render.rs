//! `[render.NAME]`: a composite, rendered in some profiles.

use super::choice::Choice;
use super::composite::Composite;
use super::critic::Critic;
use super::profile::Profile;
use crate::diagnostic::Diagnostic;
use crate::memefile::{At, KeyDoc, Mistakes, REQUIRED, Reader, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::expansion::Expansion;
use crate::node::registry::NodeType;
use crate::node::tool::Step;

/// What a `[render.NAME]` declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Render {
    pub of: Of,
    /// At least one, each once.
    pub profiles: Vec<At<String>>,
    pub critic: Option<At<String>>,
}

/// What is rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    Composite(At<String>),
    /// The composite of a choice, as it was chosen.
    Choice(At<String>),
}

impl Render {
    /// The choice that it takes.
    pub fn choice(&self) -> Option<&At<String>> {
        match &self.of {
            Of::Choice(choice) => Some(choice),
            Of::Composite(_) => None,
        }
    }

    /// The name of the critic that judges it.
    pub fn critic(&self) -> &str {
        self.critic.as_ref().map_or("default", |critic| &critic.value)
    }
}

impl Declared for Render {
    const SECTION: &'static str = "render";
}

static DOC: SectionDoc = SectionDoc {
    kind: "render",
    named: true,
    about: "A composite, rendered in one or more profiles. Render `a` with profile `p` is the \
node `render:a@p` and the file `artefacts/renders/a@p.<ext>`, with its verdict and a poster beside \
it.",
    keys: &[
        KeyDoc::new("composite", "name of a composite", "", "What to render."),
        KeyDoc::new("choice", "name of a choice", "", "In its place: a composite as it is chosen."),
        KeyDoc::new(
            "profiles",
            "list of names of profiles",
            REQUIRED,
            "Built in or declared in `[profile.NAME]`.",
        ),
        KeyDoc::new("critic", "name of a critic", "\"default\"", "Who judges the result."),
    ],
    example: r#"
[render.vogue]
composite = "vogue"
profiles = ["tiktok", "preview"]"#,
};

pub struct RenderType;

impl NodeType for RenderType {
    fn name(&self) -> &'static str {
        "render"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let of = of(&reader);
        let profiles = profiles(&reader);
        let critic = reader.get("critic");
        let (Some(of), Some(profiles)) = (of, profiles) else { return };
        let render = Render { of, profiles, critic };
        catalogue.insert(section.name, section.span(mistakes), render);
    }

    fn expand(&self, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
        for (name, entry) in catalogue.iter::<Render>() {
            let render = &entry.value;
            expansion.check(match &render.of {
                Of::Composite(composite) => catalogue.check::<Composite>(composite),
                Of::Choice(choice) => catalogue.check::<Choice>(choice),
            });
            if let Some(critic) = &render.critic {
                expansion.check(catalogue.check::<Critic>(critic));
            }
            for profile in &render.profiles {
                expansion.check(catalogue.check::<Profile>(profile));
            }
            crate::node::render::expand(name, render, catalogue, expansion);
        }
    }

    fn steps(&self) -> &'static [Step] {
        &crate::node::render::STEPS
    }
}

/// A composite or a choice; both, or neither, are a mistake.
fn of(reader: &Reader<'_, '_>) -> Option<Of> {
    let choice: Option<At<String>> = reader.get("choice");
    let composite: Option<At<String>> = reader.get("composite");
    if reader.value("choice").is_none() {
        if reader.value("composite").is_none() {
            let message = format!("nothing says what {} renders", reader.what());
            let problem = Diagnostic::usage("missing-key", message)
                .label(&reader.span(), "no `composite`, and no `choice`")
                .hint("add `composite = …` (name of a composite)");
            reader.mistakes().report(problem);
        }
        return composite.map(Of::Composite);
    }
    if reader.value("composite").is_some() {
        let message = "`composite` and `choice` contradict each other";
        let problem = Diagnostic::usage("contradiction", message)
            .label(&reader.span_of("choice"), "a choice has a composite of its own")
            .label(&reader.span_of("composite"), "and here is another")
            .hint("keep one of them");
        reader.mistakes().report(problem);
    }
    choice.map(Of::Choice)
}

/// The list of profiles: at least one, each once. What is wrong with it is reported.
pub(super) fn profiles(reader: &Reader<'_, '_>) -> Option<Vec<At<String>>> {
    let profiles: Vec<At<String>> = reader.require("profiles")?;
    if profiles.is_empty() {
        let value = reader.value("profiles")?;
        return value.wrong_type("at least one profile", reader.mistakes());
    }
    for (index, profile) in profiles.iter().enumerate() {
        if profiles[..index].iter().any(|earlier| earlier.value == profile.value) {
            let message = format!("profile `{}` stands twice", profile.value);
            let diagnostic = Diagnostic::usage("duplicate-value", message)
                .label(&profile.span, "already in this list");
            reader.mistakes().report(diagnostic);
            return None;
        }
    }
    Some(profiles)
}
