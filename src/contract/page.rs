//! What the report page shows of a project: the seam between who gathers it and the page itself.
//!
//! Paths are relative to the project, with `/`, and not escaped as a URL asks for;
//! [`ReportPage::root`] leads from the page to it. All texts are those of strangers: the page shows
//! them as text, whatever they hold. Tables name each other by index, so that a thousand renders of
//! one batch stay small.

use super::Contract;
use super::asset::AssetKind;
use super::cause::Cause;
use super::decision::Request;
use super::event::Status;
use super::rights::Credit;
use super::strict::{self, Tagged};
use super::verdict::{Decision, Finding};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything on the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportPage {
    pub project: String,
    /// Version of memebuild.
    pub version: String,
    /// What stands before every path, as in a URL: `../`, or where a server has the project's files.
    pub root: String,
    /// Where the page may send what people decide; none where it was opened from disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live: Option<Live>,
    /// Sorted by name.
    pub renders: Vec<RenderCard>,
    /// What renders are made of, sorted by kind and id.
    pub assets: Vec<AssetCard>,
    pub batches: Vec<BatchCard>,
    pub graph: GraphPicture,
    /// What ran in the newest build in which anything did, by its begin.
    pub timeline: Vec<Bar>,
    /// Newest first.
    pub builds: Vec<BuildCard>,
    pub cache: CacheCard,
    /// The newest build beside an older one; none where there is but one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
    /// Choices that wait for a person.
    pub choices: Vec<PendingChoice>,
}

impl Contract for ReportPage {
    const NAME: &'static str = "report-page";
    const VERSION: u32 = 1;

    fn check(&self) -> Result<(), String> {
        let within = |what: &str, index: u32, len: usize| match (index as usize) < len {
            true => Ok(()),
            false => Err(format!("{what}: there is no entry {index} in a table of {len}")),
        };
        for part in self.renders.iter().flat_map(|render| &render.parts) {
            within("renders.parts.asset", part.asset, self.assets.len())?;
        }
        for batch in self.renders.iter().filter_map(|render| render.batch) {
            within("renders.batch", batch, self.batches.len())?;
        }
        let nodes = self.graph.nodes.len();
        for (place, node) in self.graph.nodes.iter().enumerate() {
            // What a node reads comes before it.
            node.reads.iter().try_for_each(|read| within("graph.nodes.reads", *read, place))?;
        }
        for node in &self.graph.critical {
            within("graph.critical", *node, nodes)?;
        }
        for step in self.graph.critical.windows(2) {
            if !self.graph.nodes[step[1] as usize].reads.contains(&step[0]) {
                return Err(format!("graph.critical: {} does not read {}", step[1], step[0]));
            }
        }
        let mut slots: BTreeMap<u32, u64> = BTreeMap::new();
        for bar in &self.timeline {
            within("timeline.node", bar.node, nodes)?;
            let free = slots.insert(bar.slot, bar.until_ms).unwrap_or(0);
            if bar.from_ms < free || bar.until_ms < bar.from_ms {
                return Err(format!("timeline: bars of slot {} overlap", bar.slot));
            }
        }
        Ok(())
    }
}

/// A server that listens to the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Live {
    /// Whether a build runs now.
    pub building: bool,
    /// Whether renders may be judged and choices answered.
    pub may_decide: bool,
}

/// One render in one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RenderCard {
    /// Without its type: `launch/gorilla+rain@tiktok`.
    pub name: String,
    pub profile: String,
    /// Index of the batch that it is a cell of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u32>,
    /// The cell's value on each axis of its batch.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub axes: BTreeMap<String, String>,
    /// How it stands: the newest end of its render and critic nodes, the graver of the two. Skipped
    /// where nothing built it yet.
    pub status: Status,
    /// One sentence: why it ran, was a hit, or failed.
    pub why: String,
    /// The critic's; none: it was not judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The film that was judged, accepted or rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film: Option<String>,
    /// The last film that was accepted, where the newest one was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_good: Option<String>,
    /// A path, or a `data:` URL where the page holds it itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster: Option<String>,
    /// Its first seconds, as a small moving picture; the film itself where that is a GIF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Its sound as a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<String>,
    /// First digits of the film's digest: under the same paths another one lies once they are others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// Pixels of the canvas, in which findings give their boxes; zero where it was never composed.
    pub size: [u32; 2],
    pub duration_ms: u64,
    /// What it took when it was made, milliseconds.
    pub took_ms: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub captions: Vec<CaptionShown>,
    /// It descends from a stand-in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
    /// What a person said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewShown>,
}

/// An asset in a render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Part {
    /// `background`, `green-screen`, `music`, `sound-effects[0]`.
    pub slot: String,
    /// Index into [`ReportPage::assets`].
    pub asset: u32,
}

/// A caption in a render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CaptionShown {
    pub text: String,
    /// Milliseconds, start and end.
    pub range_ms: [u64; 2],
}

/// What a person said of a render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewShown {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Whether it was said of the film that is there now.
    pub current: bool,
}

/// An asset that is seen or heard somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssetCard {
    pub kind: AssetKind,
    pub id: String,
    /// Its file, where it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// 0 to 100.
    pub quality: u32,
    pub duration_ms: u64,
    /// What is known of its origin and its rights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Credit>,
}

/// A batch and its axes, in the order in which they stand in names of cells; the table of captions is
/// the last, and is called `caption`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BatchCard {
    pub name: String,
    pub axes: Vec<AxisCard>,
}

/// An axis and its values, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AxisCard {
    pub name: String,
    pub values: Vec<String>,
}

/// The graph, dependencies before dependants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphPicture {
    pub nodes: Vec<GraphNode>,
    /// Nodes that the length of that build hung on, first to last, each of which reads the one before.
    pub critical: Vec<u32>,
}

/// A node of the graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GraphNode {
    /// With its type: `render:vogue@tiktok`.
    pub name: String,
    /// The newest end that any build told of; skipped where nothing built it yet.
    pub status: Status,
    /// What it took when it last ran, milliseconds.
    pub took_ms: u64,
    /// Indices of the nodes that it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mock: bool,
}

/// An action on the time line of the newest build. Times are milliseconds since it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bar {
    /// Index into [`GraphPicture::nodes`].
    pub node: u32,
    pub step: String,
    /// From 0; no two bars of a slot overlap.
    pub slot: u32,
    pub from_ms: u64,
    pub until_ms: u64,
    pub ok: bool,
}

/// One build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BuildCard {
    pub build: String,
    /// Milliseconds since 1970.
    pub started_ms: u64,
    /// None: it was killed, or still runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<u8>,
    pub cancelled: bool,
    pub nodes: u64,
    pub counts: BTreeMap<Status, u64>,
    pub rejected: u64,
    pub actions_ran: u64,
    pub lookups: u64,
    pub lookups_found: u64,
    pub saved_ms: u64,
}

/// What the cache holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CacheCard {
    pub bytes: u64,
    pub blobs: u64,
    pub results: u64,
    /// The most that it may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// By type of node: bytes of its outputs, and the time that they stand for.
    pub types: BTreeMap<String, CacheShare>,
}

/// What the cache holds for nodes of one type.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CacheShare {
    pub nodes: u64,
    pub bytes: u64,
    /// What making all of it took, milliseconds.
    pub took_ms: u64,
}

/// Two builds side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Comparison {
    /// Names of the builds.
    pub before: String,
    pub after: String,
    /// Nodes whose outputs differ, or that are in one of the two only, sorted by name.
    pub changes: Vec<Change>,
}

/// A node that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Change {
    /// With its type.
    pub node: String,
    pub what: Changed,
    /// What somebody changed, however far upstream, as far as logs tell.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "strict::tagged_if_any"
    )]
    pub cause: Option<Cause>,
    /// That, in one sentence.
    pub why: String,
    /// Posters, of renders whose bytes are still there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster_before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poster_after: Option<String>,
}

impl Tagged for Cause {
    const TAG: &'static str = "kind";
}

/// How a node changed between two builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Changed {
    Added,
    Removed,
    Different,
    /// It was accepted, and is rejected; or failed.
    Worse,
    /// It was rejected or failed, and is accepted.
    Better,
}

/// A choice that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PendingChoice {
    /// As `choice submit` takes it.
    pub name: String,
    pub request: Request,
    /// Files of candidates that are there, by `KIND/ID`.
    pub files: BTreeMap<String, String>,
}
