//! What the declarations of a Memefile expand into: named nodes and their edges, the files and
//! folders that were looked at on the way, and what is wrong.

use super::asset::METADATA;
use super::assets::Assets;
use super::batch::{Laid, Scope, Table};
use super::known::{Asking, Found, Known};
use super::search::Searcher;
use super::{Node, NodeName, fetched, reviews};
use crate::contract::Contract;
use crate::contract::asset::SeedAsset;
use crate::contract::lock::Lock;
use crate::contract::review::{self, Reviews};
use crate::contract::transcript::Line;
use crate::diagnostic::{Diagnostic, Exit, Span};
use crate::media::caption::Library;
use crate::memefile::{At, Mistakes, nearest};
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// A node, and the names of those it needs.
pub struct Expanded {
    pub name: NodeName,
    pub node: Box<dyn Node>,
    pub deps: Vec<NodeName>,
}

/// Who writes a path of the project.
#[derive(Debug, Clone)]
pub struct Claim {
    pub node: NodeName,
    /// Which of the node's outputs stands there.
    pub output: String,
    pub span: Option<Span>,
}

/// Collects nodes while the node types expand.
pub struct Expansion<'m> {
    root: &'m Path,
    mistakes: &'m Mistakes,
    /// Whether every header could be read, so that a name that is not there is really missing.
    names_complete: bool,
    nodes: Vec<Expanded>,
    index: HashMap<NodeName, usize>,
    claims: HashMap<String, Claim>,
    needs: Vec<At<NodeName>>,
    lock: Option<Option<Rc<Lock>>>,
    reviews: Option<Rc<Reviews>>,
    /// Scanned once, and only where something is typeset.
    fonts: OnceCell<Arc<Library>>,
    known: Known<'m>,
    /// Which cells of batches are expanded.
    pub scope: Scope<'m>,
    /// Assets that were asked about and are pending, since somebody last [counted](Self::waited_for).
    asked: BTreeSet<NodeName>,
    /// Who answers queries, once one was asked.
    pub searcher: Option<Searcher>,
    /// Whether what was found elsewhere may change without any file of the project changing.
    pub remote: bool,
    pub assets: Assets,
    /// Nodes whose documents decide what there is, and are not built yet.
    pub pending: BTreeSet<NodeName>,
    /// Nodes whose documents decide what there is, and for which somebody has to decide, or which failed.
    pub stuck: BTreeSet<NodeName>,
    /// What each director did, as far as is known.
    pub transcripts: BTreeMap<String, Vec<Line>>,
    /// What each batch comes to.
    pub growth: Vec<Growth>,
    /// Renders that are not there yet.
    pub waiting: Vec<Waiting>,
    /// Folders whose entries decided what there is; absolute.
    pub walked: BTreeSet<PathBuf>,
    /// Files whose bytes decided what there is; absolute.
    pub read: BTreeSet<PathBuf>,
    /// The batches whose cells are known.
    pub laid: Vec<Laid>,
    /// Combinations of all batches so far, those that are not in scope among them.
    pub combinations: usize,
    /// Tables of captions among the files that were read.
    pub tables_read: BTreeSet<PathBuf>,
    /// What those tables said.
    pub tables: Vec<Table>,
    /// In the scope of rows or a window: numbers of nodes that cells of it brought.
    pub changed: Vec<Range<usize>>,
    /// In the scope of rows: what renders of rows that changed or are gone are or were called.
    pub touched: Vec<String>,
    /// In the scope of rows: more than these changed, and all must be expanded.
    pub more_than_rows: bool,
}

/// What a batch comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Growth {
    pub batch: String,
    pub cells: usize,
    /// Assets that must be ingested before its cells are known.
    pub pending: usize,
}

/// A render whose composite is known only once assets are ingested, or its choice is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub render: String,
    /// Profiles, of which each gives a film.
    pub films: usize,
    /// Assets that it waits for.
    pub pending: usize,
}

impl<'m> Expansion<'m> {
    pub fn new(
        root: &'m Path,
        mistakes: &'m Mistakes,
        names_complete: bool,
        known: Known<'m>,
        scope: Scope<'m>,
    ) -> Self {
        Self {
            root,
            mistakes,
            names_complete,
            nodes: Vec::new(),
            index: HashMap::new(),
            claims: HashMap::new(),
            needs: Vec::new(),
            lock: None,
            reviews: None,
            fonts: OnceCell::new(),
            known,
            scope,
            asked: BTreeSet::new(),
            searcher: None,
            remote: false,
            assets: Assets::default(),
            pending: BTreeSet::new(),
            stuck: BTreeSet::new(),
            transcripts: BTreeMap::new(),
            growth: Vec::new(),
            waiting: Vec::new(),
            walked: BTreeSet::new(),
            read: BTreeSet::new(),
            laid: Vec::new(),
            combinations: 0,
            tables_read: BTreeSet::new(),
            tables: Vec::new(),
            changed: Vec::new(),
            touched: Vec::new(),
            more_than_rows: false,
        }
    }

    /// Nodes so far.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The folder of the Memefile.
    pub fn root(&self) -> &'m Path {
        self.root
    }

    /// What is pinned, read when the first asks for it: the one at `span`. None where it cannot be
    /// read, which was reported.
    pub fn lock(&mut self, span: &Span) -> Option<Rc<Lock>> {
        if self.lock.is_none() {
            self.lock = Some(fetched::read(span, self).map(Rc::new));
        }
        self.lock.clone().flatten()
    }

    /// What people said of renders, read when the first asks for it. Nothing, where the file cannot be
    /// read, which was reported.
    pub fn reviews(&mut self) -> Rc<Reviews> {
        if let Some(reviews) = &self.reviews {
            return Rc::clone(reviews);
        }
        self.read.insert(self.root.join(review::FILE_NAME));
        let reviews = Rc::new(reviews::read(self.root).unwrap_or_else(|problem| {
            self.report(problem);
            Reviews::default()
        }));
        self.reviews = Some(Rc::clone(&reviews));
        reviews
    }

    /// The fonts that captions are set in.
    pub fn fonts(&self) -> Arc<Library> {
        let index = self.root.join("cache/state/fonts.json");
        let scan = || Arc::new(Library::scan(self.root, Some(&index)));
        let once = || match self.scope {
            Scope::Window(windows) => Arc::clone(windows.fonts.get_or_init(scan)),
            Scope::All | Scope::Rows(_) => scan(),
        };
        Arc::clone(self.fonts.get_or_init(once))
    }

    /// A document of a node, without which what there is cannot be told.
    pub fn document<T: Contract>(&mut self, node: &str, output: &str) -> Found<T> {
        let found = (self.known.document)(node, output).parse();
        if matches!(found, Found::Pending) {
            self.pending.insert(node.to_owned());
        }
        found
    }

    /// What ingest found of an asset; none where it failed, or is yet to be ingested.
    pub fn metadata(&mut self, node: &str) -> Option<SeedAsset> {
        let found = self.document(node, METADATA);
        if matches!(found, Found::Pending) {
            self.asked.insert(node.to_owned());
        }
        found.there()
    }

    /// What a node's actions took, milliseconds.
    pub fn cost_ms(&self, node: &str) -> u64 {
        (self.known.cost_ms)(node)
    }

    /// Whether somebody still waits for it.
    pub fn is_wanted(&self) -> bool {
        (self.known.wanted)()
    }

    /// Whether choosers may be asked.
    pub fn asking(&self) -> Asking {
        self.known.asking
    }

    /// Sources that stand-ins are made for, as whoever builds asked.
    pub fn mocked(&self) -> &'m BTreeSet<String> {
        self.known.mocked
    }

    /// Whether nobody may be asked over a network.
    pub fn is_offline(&self) -> bool {
        self.known.asking.offline
    }

    /// How many pending assets were asked about since this was last called: what whoever expands
    /// waits for, also where others wait for the same.
    pub fn waited_for(&mut self) -> usize {
        std::mem::take(&mut self.asked).len()
    }

    pub fn mistakes(&self) -> &'m Mistakes {
        self.mistakes
    }

    pub fn report(&self, diagnostic: Diagnostic) {
        self.mistakes.report(diagnostic);
    }

    /// Reports a reference that leads nowhere, unless a damaged header may be what it means.
    pub fn check(&self, result: Result<(), Diagnostic>) {
        if let (Err(diagnostic), true) = (result, self.names_complete) {
            self.mistakes.report(diagnostic);
        }
    }

    /// Adds a node.
    pub fn add(&mut self, name: NodeName, node: Box<dyn Node>, deps: Vec<NodeName>) {
        if let Some(first) = self.index.get(&name) {
            let mut diagnostic =
                Diagnostic::usage("duplicate-node", format!("two nodes are called `{name}`"));
            if let Some(span) = node.span() {
                diagnostic = diagnostic.label(span, "the second is declared here");
            }
            if let Some(span) = self.nodes[*first].node.span() {
                diagnostic = diagnostic.label(span, "the first is declared here");
            }
            self.report(diagnostic);
            return;
        }
        self.index.insert(name.clone(), self.nodes.len());
        self.nodes.push(Expanded { name, node, deps });
    }

    /// A node that was added before.
    pub fn node(&self, name: &str) -> Option<&Expanded> {
        self.index.get(name).map(|at| &self.nodes[*at])
    }

    /// Says that a node writes a path of the project. Two that write one path are a mistake.
    pub fn claim(&mut self, path: String, claim: Claim) {
        let Some(first) = self.claims.get(&path) else {
            self.claims.insert(path, claim);
            return;
        };
        let message = format!("`{path}` is written twice");
        let mut diagnostic = Diagnostic::usage("duplicate-output", message);
        if let Some(span) = &claim.span {
            diagnostic = diagnostic.label(span, format!("`{}` writes it", claim.node));
        }
        if let Some(span) = &first.span {
            diagnostic = diagnostic.label(span, format!("`{}` writes it too", first.node));
        }
        self.report(diagnostic.hint("give one of them another path"));
    }

    /// Who writes a path.
    pub fn claimed(&self, path: &str) -> Option<&Claim> {
        self.claims.get(path)
    }

    /// Says that the Memefile names a node, which must be there in the end.
    pub fn need(&mut self, name: At<NodeName>) {
        self.needs.push(name);
    }

    /// The whole graph, once every type has expanded. What was needed and is not there is
    /// reported.
    pub fn finish(mut self) -> Graph {
        if let Some(fonts) = self.fonts.get() {
            self.walked.extend(fonts.searched().map(Path::to_owned));
        }
        self.check_claims();
        let whole = self.pending.is_empty() && self.stuck.is_empty();
        let left_out = if whole { Vec::new() } else { self.leave_out() };
        for need in self.needs.iter().filter(|_| whole) {
            if !self.index.contains_key(&need.value) {
                self.check(Err(self.no_node(need)));
            }
        }
        let lost = self
            .nodes
            .iter()
            .flat_map(|node| node.deps.iter().map(move |dep| (node, dep)))
            .find(|(_, dep)| !self.index.contains_key(*dep));
        if let (Some((node, dep)), false) = (lost, self.mistakes.any_error()) {
            let message = format!("node `{}` depends on `{dep}`, which nobody added", node.name);
            self.report(Diagnostic::error("bug", message).exit(Exit::Bug));
        }
        Graph {
            nodes: self.nodes,
            assets: self.assets,
            pending: self.pending,
            stuck: self.stuck,
            left_out,
            transcripts: self.transcripts,
            growth: self.growth,
            waiting: self.waiting,
            walked: self.walked,
            read: self.read,
            laid: self.laid,
            combinations: self.combinations,
            tables_read: self.tables_read,
            tables: self.tables,
            changed: self.changed,
            touched: self.touched,
            more_than_rows: self.more_than_rows,
            remote: self.remote,
        }
    }

    /// Leaves out what depends on nodes that are there only once what is pending is known: the names,
    /// and what of that each waits for.
    fn leave_out(&mut self) -> Vec<(NodeName, Vec<NodeName>)> {
        let mut left_out = Vec::new();
        loop {
            let known: HashSet<&NodeName> = self.nodes.iter().map(|node| &node.name).collect();
            let lost = |node: &Expanded| {
                let lost = node.deps.iter().filter(|dep| !known.contains(dep));
                lost.cloned().collect::<Vec<NodeName>>()
            };
            let lost: Vec<Vec<NodeName>> = self.nodes.iter().map(lost).collect();
            if lost.iter().all(Vec::is_empty) {
                return left_out;
            }
            let mut lost = lost.into_iter();
            self.nodes.retain(|node| {
                let lost = lost.next().unwrap_or_default();
                let whole = lost.is_empty();
                if !whole {
                    left_out.push((node.name.clone(), lost));
                }
                whole
            });
        }
    }

    /// An output may neither lie within another one nor overwrite an asset of the user's.
    fn check_claims(&self) {
        let assets: HashSet<&str> = self.assets.iter().map(|asset| asset.path.as_str()).collect();
        let mut clashes: Vec<Diagnostic> = Vec::new();
        for (path, claim) in &self.claims {
            let above = path
                .match_indices('/')
                .find_map(|(end, _)| self.claims.get_key_value(&path[..end]));
            let mut clash = |why: String, other: Option<&Claim>| {
                let message = format!("`{path}` cannot be written");
                let mut diagnostic = Diagnostic::usage("bad-output", message);
                if let Some(span) = &claim.span {
                    diagnostic = diagnostic.label(span, why);
                }
                if let Some(span) = other.and_then(|other| other.span.as_ref()) {
                    diagnostic = diagnostic.label(span, "a file");
                }
                clashes.push(diagnostic);
            };
            if let Some((folder, other)) = above {
                clash(format!("`{folder}` is a file that `{}` writes", other.node), Some(other));
            }
            if assets.contains(path.as_str()) {
                clash("it would overwrite an asset".to_owned(), None);
            }
        }
        clashes.into_iter().for_each(|clash| self.report(clash));
    }

    fn no_node(&self, need: &At<NodeName>) -> Diagnostic {
        let message = format!("there is no node `{}`", need.value.escape_debug());
        let diagnostic =
            Diagnostic::usage("unknown-reference", message).label(&need.span, "no such node");
        match nearest(&need.value, self.index.keys().map(String::as_str)) {
            Some(near) => diagnostic.hint(format!("did you mean `{near}`?")),
            None => diagnostic.note("`memebuild graph` lists the nodes there are"),
        }
    }
}

/// What a Memefile comes to.
pub struct Graph {
    /// In the order in which they were added.
    pub nodes: Vec<Expanded>,
    pub assets: Assets,
    /// See [`Expansion::pending`] and [`Expansion::stuck`].
    pub pending: BTreeSet<NodeName>,
    pub stuck: BTreeSet<NodeName>,
    /// Nodes that wait for others which are not there yet.
    pub left_out: Vec<(NodeName, Vec<NodeName>)>,
    pub transcripts: BTreeMap<String, Vec<Line>>,
    /// What each batch comes to.
    pub growth: Vec<Growth>,
    /// Renders that are not there yet.
    pub waiting: Vec<Waiting>,
    /// Folders whose entries decided what there is; absolute.
    pub walked: BTreeSet<PathBuf>,
    /// Files whose bytes decided what there is; absolute.
    pub read: BTreeSet<PathBuf>,
    pub laid: Vec<Laid>,
    /// See [`Expansion::combinations`], and so on.
    pub combinations: usize,
    pub tables_read: BTreeSet<PathBuf>,
    pub tables: Vec<Table>,
    pub changed: Vec<Range<usize>>,
    pub touched: Vec<String>,
    pub more_than_rows: bool,
    /// Whether the answers of a server decided what there is: nothing tells but asking again.
    pub remote: bool,
}
