//! `render`: a resolved timeline becomes a film: one action for each segment, one for the sound,
//! one to join them, one for the poster, and those for previews where the profile asks for them.

mod expand;
mod lower;
pub mod mix;
pub mod mux;
mod poster;
mod preview;
mod sounds;

pub use expand::{Terms, add, decided, expand};
pub use sounds::Sounds;

use super::assets::node_name;
use super::conform::{ConformNode, Want};
use super::plan::{Done, Finish, Plan};
use super::tool::Step;
use super::{Deps, Node, NodeName, Output};
use crate::contract::asset::{AssetId, AssetKind};
use crate::critic::Policy;
use crate::diagnostic::{Diagnostic, Span};
use crate::media::{conform, segment};
use serde::Serialize;
use serde_json::Value;

/// `vogue@tiktok`: a render in one profile, as its nodes are called after their types.
pub fn name(render: &str, profile: &str) -> String {
    format!("{render}@{profile}")
}

/// What lies beside a film for people who look at it: outputs of its node, and how their files end.
pub const PICTURES: [(&str, &str); 3] =
    [("poster", "jpg"), ("preview", "preview.webp"), ("waveform", "waveform.png")];

/// Where films lie, relative to the project.
pub const FOLDER: &str = "artefacts/renders/";

/// Node types of which a render in one profile has nodes of its own: `type:NAME`, or several as
/// `type:NAME/…`.
pub const OWN: [&str; 4] = ["caption", "composite", "render", "critic"];

/// Steps of `memebuild tool`.
pub static STEPS: [Step; 3] = [super::composite::STEP, mix::STEP, mux::STEP];

/// One render in one profile, and the nodes that it reads.
#[derive(Debug, Clone)]
pub struct RenderNode {
    pub composite: NodeName,
    /// Caption nodes, in the order of the composite's captions.
    pub captions: Vec<NodeName>,
    pub background: Option<Source>,
    pub green_screen: Option<Source>,
    pub watermark: Option<Source>,
    pub music: Option<Source>,
    pub effects: Vec<(AssetKind, AssetId)>,
    /// Whether it is shown at a glance too: by a small moving picture and a wave form.
    pub previews: bool,
    /// What its critic will hold it to: what cannot pass is not rendered.
    pub policy: Policy,
    pub span: Option<Span>,
}

/// An asset, and the node that conforms it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    pub kind: AssetKind,
    pub id: AssetId,
    pub want: Want,
}

impl Source {
    pub fn conform(&self) -> ConformNode {
        ConformNode { kind: self.kind, id: self.id.clone(), want: self.want, span: None }
    }
}

impl RenderNode {
    /// The names of all nodes that it reads.
    pub fn deps(&self) -> Vec<NodeName> {
        let mut deps = vec![self.composite.clone()];
        deps.extend(self.captions.iter().cloned());
        deps.extend(self.sources().map(|source| source.conform().name()));
        deps.extend(self.assets().iter().map(|(kind, id)| node_name(*kind, id)));
        deps.sort();
        deps.dedup();
        deps
    }

    /// What is seen or heard in it, sorted, each once.
    pub fn assets(&self) -> Vec<(AssetKind, AssetId)> {
        let sources = self.sources().map(|source| (source.kind, source.id.clone()));
        let mut assets: Vec<_> = sources.chain(self.effects.iter().cloned()).collect();
        assets.sort();
        assets.dedup();
        assets
    }

    /// What is heard in it.
    pub fn sounds(&self) -> Sounds {
        Sounds {
            clip: self.green_screen.as_ref().map(|source| (source.kind, source.id.clone())),
            music: self.music.clone(),
            effects: self.effects.clone(),
        }
    }

    fn sources(&self) -> impl Iterator<Item = &Source> {
        [&self.background, &self.green_screen, &self.watermark, &self.music].into_iter().flatten()
    }
}

impl Node for RenderNode {
    fn type_name(&self) -> &'static str {
        "render"
    }

    fn span(&self) -> Option<&Span> {
        self.span.as_ref()
    }

    fn declaration(&self) -> Value {
        let mut declared = serde_json::json!({
            "composite": self.composite,
            "captions": self.captions,
            "background": self.background,
            "greenScreen": self.green_screen,
            "watermark": self.watermark,
            "music": self.music,
            "effects": self.effects,
            "policy": self.policy,
        });
        if self.previews {
            declared["previews"] = Value::Bool(true);
        }
        declared
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        lower::lower(self, deps)
    }

    /// `segment-0`, `segment-1`, … where there are segments, `audio` where there is sound, `film`
    /// and `poster`, `preview` and `waveform` where they are asked for; nothing where the composite cannot pass.
    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        let mut finish = Finish::default();
        let mut add = |name: String, digest| {
            finish.outputs.insert(name, Output::Blob(digest));
        };
        let mut segments = 0;
        for outputs in done.actions {
            for (name, digest) in outputs {
                match name.as_str() {
                    segment::OUTPUT => {
                        add(format!("segment-{segments}"), *digest);
                        segments += 1;
                    }
                    // A private conforming: read by the segments only.
                    conform::OUTPUT => {}
                    _ => add(name.clone(), *digest),
                }
            }
        }
        // A container without segments is finished as it was drawn, unless it was joined.
        let drawn = finish.outputs.get("segment-0").cloned();
        if let (false, Some(drawn)) = (finish.outputs.contains_key("film"), drawn) {
            finish.outputs.insert("film".to_owned(), drawn);
        }
        Ok(finish)
    }
}
