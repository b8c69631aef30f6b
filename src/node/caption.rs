//! `caption`: one caption drawn to a picture, with the exact box of its ink.
//!
//! Lowers to one action, whose inputs are the very font files that the text needs. The picture
//! covers the caption's area and is laid over the film at the area's corner, so a caption's text
//! never enters a filter graph.

use super::plan::{Action, Bounds, Done, External, Finish, Input, OutputKind, Plan, Program};
use super::registry::NodeType;
use super::tool::{Context, Step};
use super::{Deps, Node, Output};
use crate::contract;
use crate::contract::caption::{CaptionEngine, CaptionFacts, CaptionSpec};
use crate::diagnostic::{Diagnostic, Span};
use crate::media::caption::{FaceRef, Library, draw};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// Raised when the same spec and fonts are drawn otherwise.
const VERSION: u32 = 1;

/// `memebuild tool caption`.
pub const STEP: Step = Step { name: "caption", run };

/// Captions are declared within composites; this type only draws them.
pub struct CaptionType;

impl NodeType for CaptionType {
    fn name(&self) -> &'static str {
        "caption"
    }

    fn steps(&self) -> &'static [Step] {
        &[STEP]
    }
}

/// A caption to draw. Captions with equal declarations are the same work, wherever they are shown.
#[derive(Debug, Clone)]
pub struct CaptionNode {
    pub spec: CaptionSpec,
    /// Which of its composite's captions it is; equal ones are the same work all the same.
    pub index: usize,
    /// As [`Library::resolve`] chose them.
    pub faces: Vec<FaceRef>,
    /// Its text.
    pub span: Option<Span>,
    /// Its style, where it is declared.
    pub style: Option<Span>,
}

/// What the step is told besides its font files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Params {
    spec: CaptionSpec,
    /// Which face of each file and how it is drawn, `font-0` first.
    faces: Vec<Face>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Face {
    index: u32,
    embolden_milli: u32,
}

impl CaptionNode {
    /// A caption with the faces of `library` that its text needs.
    ///
    /// # Errors
    /// No font is installed at all.
    pub fn new(
        spec: CaptionSpec,
        span: Option<Span>,
        library: &Library,
    ) -> Result<Self, Diagnostic> {
        let faces = library.resolve(&spec)?.faces;
        Ok(Self { spec, index: 0, faces, span, style: None })
    }

    fn params(&self) -> Value {
        let face = |face: &FaceRef| Face { index: face.index, embolden_milli: face.embolden_milli };
        let faces = self.faces.iter().map(face).collect();
        let params = Params { spec: self.spec.clone(), faces };
        serde_json::to_value(params).expect("a caption serialises")
    }
}

impl Node for CaptionNode {
    fn type_name(&self) -> &'static str {
        "caption"
    }

    fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    fn place(&self, pointer: &str) -> Option<&Span> {
        let style = self.style.as_ref().filter(|_| pointer.starts_with("/spec/style"));
        style.or(self.span.as_ref())
    }

    fn scope(&self) -> Option<String> {
        Some(format!("captions[{}]", self.index))
    }

    fn declaration(&self) -> Value {
        self.params()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.faces.iter().map(|face| face.path.clone()).collect()
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        let inputs = self
            .faces
            .iter()
            .enumerate()
            .map(|(n, face)| Ok((format!("font-{n}"), Input::Whole(deps.file(&face.path)?))))
            .collect::<Result<_, Diagnostic>>()?;
        let uses = match self.spec.engine {
            CaptionEngine::Typeset => Vec::new(),
            CaptionEngine::Drawtext => vec![External::Ffmpeg],
        };
        let action = Action {
            step: "caption/draw",
            version: VERSION,
            label: String::new(),
            program: Program::Tool { step: STEP.name, uses },
            args: Vec::new(),
            env: BTreeMap::new(),
            params: self.params(),
            inputs,
            outputs: BTreeMap::from([
                ("bitmap".to_owned(), OutputKind::Bytes("image/png")),
                ("facts".to_owned(), OutputKind::document::<CaptionFacts>()),
            ]),
            bounds: Bounds { wall: Duration::from_secs(30), ..Bounds::default() },
            retries: 0,
            frames: None,
        };
        Ok(Plan { actions: vec![action] })
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let outputs = done.actions[0]
            .iter()
            .map(|(name, digest)| (name.clone(), Output::Blob(*digest)))
            .collect();
        Ok(Finish { outputs, ..Finish::default() })
    }
}

/// Draws the caption of the params with the fonts `font-0`, `font-1`, … to `bitmap` and `facts`.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let params: Params = context.params()?;
    let files = context.input_list("font-");
    let faces: Vec<FaceRef> = files
        .iter()
        .zip(&params.faces)
        .map(|(path, face)| FaceRef {
            path: path.to_path_buf(),
            index: face.index,
            embolden_milli: face.embolden_milli,
        })
        .collect();
    let set = draw(&params.spec, &faces, &context.scratch)?;
    context.write("bitmap", &set.bitmap.to_png()?)?;
    context.write("facts", &contract::write(&set.facts))
}
