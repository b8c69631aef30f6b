//! From `[render.*]` to nodes: for each render and profile its captions, its composite, what must
//! be conformed for it, and the render itself.

use super::{RenderNode, Source};
use crate::contract::asset::{AssetId, AssetKind};
use crate::contract::caption::{CaptionSpec, VerticalAlign};
use crate::contract::choice::Chosen;
use crate::contract::decision::Decision;
use crate::contract::profile::{AudioPolicy, Container, OutputProfile};
use crate::contract::review::Review;
use crate::contract::verdict::Patch;
use crate::critic::{Policy, counts_reviews};
use crate::diagnostic::{Diagnostic, Span};
use crate::director;
use crate::media::conform::reach_ms;
use crate::memefile::At;
use crate::node::assets::node_name;
use crate::node::caption::CaptionNode;
use crate::node::catalogue::Catalogue;
use crate::node::choice;
use crate::node::composite::arrangement::Arrangement;
use crate::node::composite::{CompositeNode, Origin};
use crate::node::conform::Want;
use crate::node::critic::CriticNode;
use crate::node::declare::choice::Choice;
use crate::node::declare::composite::{Caption, CaptionPlace, Composite, check};
use crate::node::declare::critic::{self, Critic};
use crate::node::declare::profile::{self, Profile};
use crate::node::declare::render::{Of, Render};
use crate::node::declare::style::{self, Style};
use crate::node::director::Attempt;
use crate::node::expansion::{Claim, Expansion, Waiting};
use crate::node::known::Found;
use crate::node::search;
use crate::node::{Node, NodeName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Adds the nodes of a `[render.*]`. What it names and is not there was reported where it was
/// declared.
pub fn expand(name: &str, render: &Render, catalogue: &Catalogue, expansion: &mut Expansion<'_>) {
    expansion.waited_for();
    let composite = match &render.of {
        Of::Composite(composite) => match catalogue.get::<Composite>(&composite.value) {
            Some(composite) => search::picked(composite, &[], catalogue, expansion),
            None => return,
        },
        Of::Choice(choice) => chosen(&choice.value, catalogue, expansion),
    };
    let composite = match composite {
        Ok(Some(composite)) => Arc::new(composite),
        // It comes once its candidates are ingested, or somebody chose.
        Ok(None) => {
            let (films, pending) = (render.profiles.len(), expansion.waited_for());
            return expansion.waiting.push(Waiting { render: name.to_owned(), films, pending });
        }
        Err(diagnostic) => return expansion.report(*diagnostic),
    };
    for profile in &render.profiles {
        let terms = Terms::judged_by(render.critic());
        let added = add(name, &composite, profile, terms, catalogue, expansion);
        if let Err(diagnostic) = added {
            expansion.report(*diagnostic);
        }
    }
}

/// The composite of a choice, as it was chosen; none where that is not known yet.
fn chosen(
    choice: &str,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Composite>, Box<Diagnostic>> {
    let node = format!("{}:{choice}", choice::TYPE);
    if expansion.node(&node).is_none() {
        return Ok(None);
    }
    let chosen = match expansion.document::<Chosen>(&node, choice::OUTPUT) {
        Found::There(chosen) => chosen,
        Found::Pending => return Ok(None),
        Found::Waits | Found::Failed { .. } => {
            expansion.stuck.insert(node);
            return Ok(None);
        }
    };
    decided(choice, &chosen.answer.decision, catalogue, expansion)
}

/// The composite of a choice with what was decided; what the choice leaves to queries, they pick. None
/// where that is not known yet.
///
/// # Errors
/// Mistakes of a query, or something in it that lies beyond its end.
pub fn decided(
    choice: &str,
    decision: &Decision,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<Option<Composite>, Box<Diagnostic>> {
    let Some(choice) = catalogue.get::<Choice>(choice) else { return Ok(None) };
    let Some(template) = catalogue.get::<Composite>(&choice.composite.value) else {
        return Ok(None);
    };
    let filled = choice::filled(choice, template, decision);
    let picked = search::picked(&filled, &choice::roles(choice), catalogue, expansion)?;
    if let Some(composite) = picked.as_ref().filter(|composite| composite.duration.is_none())
        && let Some(problem) = check::timeline_of(composite, expansion).into_iter().next()
    {
        return Err(Box::new(problem));
    }
    Ok(picked)
}

/// How a render is made besides what its composite says.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The name of the critic that judges it.
    pub critic: &'a str,
    /// What is changed of its arrangement.
    pub patches: &'a [Patch],
    /// Whether it is an attempt of a director, which tells what became of it.
    pub is_attempt: bool,
}

impl<'a> Terms<'a> {
    /// A render as its composite says, judged by that critic.
    pub fn judged_by(critic: &'a str) -> Self {
        Self { critic, patches: &[], is_attempt: false }
    }
}

/// Adds the nodes of a composite in one profile.
///
/// # Errors
/// What of it cannot be rendered, with its place in the Memefile.
pub fn add(
    name: &str,
    composite: &Arc<Composite>,
    profile: &At<String>,
    terms: Terms<'_>,
    catalogue: &Catalogue,
    expansion: &mut Expansion<'_>,
) -> Result<(), Box<Diagnostic>> {
    let Some(output) = profile::resolve(&profile.value, catalogue) else { return Ok(()) };
    let name = super::name(name, &profile.value);
    // A render's file is its own: no command may write it.
    let path = format!("{}{name}.{}", super::FOLDER, output.container.extension());
    let node = format!("render:{name}");
    let claim = Claim { node, output: "film".to_owned(), span: Some(profile.span.clone()) };
    expansion.claim(path, claim);
    let one = One {
        name,
        terms,
        composite,
        profile: output,
        policy: critic::resolve(terms.critic, catalogue),
        previews: catalogue.get::<Profile>(&profile.value).is_some_and(|own| own.previews),
        profile_name: profile,
        critic: catalogue.span::<Critic>(terms.critic),
    };
    one.add(catalogue, expansion)
}

/// One render in one profile.
struct One<'a> {
    /// `vogue@tiktok`.
    name: String,
    terms: Terms<'a>,
    composite: &'a Arc<Composite>,
    profile: OutputProfile,
    policy: Policy,
    previews: bool,
    profile_name: &'a At<String>,
    /// The critic, where it is declared.
    critic: Option<&'a Span>,
}

impl One<'_> {
    fn add(
        &self,
        catalogue: &Catalogue,
        expansion: &mut Expansion<'_>,
    ) -> Result<(), Box<Diagnostic>> {
        let Some(cast) = self.cast(expansion) else { return Ok(()) };
        let mut specs = Vec::with_capacity(self.composite.captions.len());
        for caption in &self.composite.captions {
            let Some(spec) = self.spec(caption, catalogue) else { return Ok(()) };
            specs.push(spec);
        }
        let arrangement = Arrangement::new(self.composite, self.profile.clone(), specs);
        let arrangement = director::apply(&arrangement, self.terms.patches).map_err(|why| {
            let message = format!("what its findings say cannot be mended: {why}");
            Diagnostic::error("bad-patch", message)
                .label(&self.profile_name.span, "in this profile")
        })?;
        let specs: Vec<_> = arrangement.captions.iter().map(|caption| &caption.spec).collect();
        let captions = self.captions(&specs, catalogue, expansion)?;
        let node = self.render(&arrangement, &cast, captions);
        for source in node.sources() {
            let conform = source.conform();
            let name = conform.name();
            if expansion.node(&name).is_none() {
                let deps = vec![node_name(source.kind, &source.id)];
                expansion.add(name, Box::new(conform), deps);
            }
        }
        let mut deps: Vec<NodeName> =
            cast.values().map(|(kind, id)| node_name(*kind, id)).collect();
        deps.sort();
        deps.dedup();
        let composite = CompositeNode {
            arrangement,
            cast,
            origin: Origin {
                composite: Arc::clone(self.composite),
                styles: self.styles(catalogue),
                profile: catalogue.span::<Profile>(&self.profile_name.value).cloned(),
                span: Some(self.profile_name.span.clone()),
            },
        };
        expansion.add(node.composite.clone(), self.node(composite), deps);
        let deps = node.deps();
        let review = self.review(expansion);
        let critic = CriticNode {
            name: self.name.clone(),
            render: format!("render:{}", self.name),
            composite: node.composite.clone(),
            captions: node.captions.clone(),
            assets: node.assets(),
            background: node.background.clone(),
            sounds: node.sounds(),
            container: self.profile.container,
            policy: self.policy.clone(),
            review,
            policy_span: self.critic.cloned(),
            span: Some(self.profile_name.span.clone()),
        };
        expansion.add(critic.render.clone(), self.node(node), deps);
        let deps = critic.deps();
        expansion.add(format!("critic:{}", self.name), self.node(critic), deps);
        Ok(())
    }

    fn node<N: Node + 'static>(&self, node: N) -> Box<dyn Node> {
        if self.terms.is_attempt { Box::new(Attempt(node)) } else { Box::new(node) }
    }

    /// What a person said of it, if that counts.
    fn review(&self, expansion: &mut Expansion<'_>) -> Option<Review> {
        let reviews = counts_reviews(&self.policy).then(|| expansion.reviews())?;
        reviews.renders.get(&self.name).cloned()
    }

    /// The assets by what they are used for; none where one is missing.
    fn cast(&self, expansion: &Expansion<'_>) -> Option<BTreeMap<String, (AssetKind, AssetId)>> {
        let composite = self.composite;
        let mut cast = BTreeMap::new();
        let mut add = |role: String, kind, id: &At<String>| {
            let entry = expansion.assets.get(kind, &id.value)?;
            cast.insert(role, (kind, entry.id.clone()));
            Some(())
        };
        if let Some(background) = &composite.background {
            add("background".to_owned(), AssetKind::Background, &background.id)?;
        }
        if let Some(green) = &composite.green_screen {
            add("green-screen".to_owned(), AssetKind::GreenScreen, &green.id)?;
        }
        if let Some(music) = &composite.music {
            add("music".to_owned(), AssetKind::Music, &music.id)?;
        }
        if let Some(watermark) = &composite.watermark {
            add("watermark".to_owned(), AssetKind::Background, &watermark.id)?;
        }
        for (index, effect) in composite.sound_effects.iter().enumerate() {
            add(format!("effect{index}"), AssetKind::SoundEffect, &effect.id)?;
        }
        Some(cast)
    }

    /// Where the style of each caption is declared.
    fn styles(&self, catalogue: &Catalogue) -> Vec<Option<Span>> {
        let style = |caption: &Caption| catalogue.span::<Style>(&caption.style.value).cloned();
        self.composite.captions.iter().map(style).collect()
    }

    /// A caption as it is set on this canvas; none where its style is not known.
    fn spec(&self, caption: &Caption, catalogue: &Catalogue) -> Option<CaptionSpec> {
        let canvas = self.profile.canvas;
        let name = &caption.style.value;
        let mut style = style::resolve(name, catalogue, canvas)?;
        let own_align =
            catalogue.get::<Style>(name).is_some_and(|style| style.vertical_align.is_some());
        // Text that was asked for at the bottom stands at the bottom, unless its style knows better.
        style.vertical_align = match caption.place {
            _ if own_align => style.vertical_align,
            CaptionPlace::Top => VerticalAlign::Top,
            CaptionPlace::Middle => VerticalAlign::Middle,
            CaptionPlace::Bottom => VerticalAlign::Bottom,
            CaptionPlace::Box { .. } => style.vertical_align,
        };
        Some(CaptionSpec {
            text: caption.text.value.clone(),
            engine: caption.engine,
            style,
            canvas,
            area: caption.place.area(self.profile.safe_area, canvas).evened(),
        })
    }

    /// Adds the caption nodes.
    fn captions(
        &self,
        specs: &[&CaptionSpec],
        catalogue: &Catalogue,
        expansion: &mut Expansion<'_>,
    ) -> Result<Vec<NodeName>, Box<Diagnostic>> {
        let mut names = Vec::with_capacity(specs.len());
        for (index, (spec, declared)) in specs.iter().zip(&self.composite.captions).enumerate() {
            let fonts = expansion.fonts();
            let own = catalogue.get::<Style>(&declared.style.value);
            if let Some(families) = own.and_then(|style| style.families.as_ref()) {
                let labelled =
                    |d: Diagnostic| Box::new(d.label(&declared.style.span, "in this style"));
                fonts.require(families).map_err(labelled)?;
            }
            let node = CaptionNode::new((*spec).clone(), Some(declared.text.span.clone()), &fonts)
                .map_err(|d| Box::new(d.label(&declared.text.span, "to set this")))?;
            let style = catalogue.span::<Style>(&declared.style.value).cloned();
            let node = CaptionNode { style, index, ..node };
            let name = format!("caption:{}/{index}", self.name);
            expansion.add(name.clone(), self.node(node), Vec::new());
            names.push(name);
        }
        Ok(names)
    }

    fn render(
        &self,
        arrangement: &Arrangement,
        cast: &BTreeMap<String, (AssetKind, AssetId)>,
        captions: Vec<NodeName>,
    ) -> RenderNode {
        let (canvas, rate) = (self.profile.canvas, self.profile.frame_rate);
        let source = |role: &str, want: Want| {
            let (kind, id) = cast.get(role)?.clone();
            Some(Source { kind, id, want })
        };
        let heard =
            self.profile.audio == AudioPolicy::Required && self.profile.container != Container::Gif;
        let effects = (0..).map_while(|index| cast.get(&format!("effect{index}")).cloned());
        RenderNode {
            composite: format!("composite:{}", self.name),
            captions,
            background: arrangement.background.as_ref().and_then(|background| {
                let reach_ms = reach_ms(arrangement.background_need_ms(background));
                source(
                    "background",
                    Want::Background { fit: background.fit, canvas, rate, reach_ms },
                )
            }),
            green_screen: arrangement.green_screen.as_ref().and_then(|green| {
                let reach_ms = reach_ms(arrangement.green_need_ms(green));
                source("green-screen", Want::GreenScreen { reach_ms })
            }),
            watermark: arrangement.watermark.as_ref().and_then(|watermark| {
                let (placement, opacity_milli) = (watermark.placement, watermark.opacity_milli);
                source("watermark", Want::Watermark { placement, canvas, opacity_milli })
            }),
            music: source("music", Want::Music).filter(|_| heard),
            effects: effects.filter(|_| heard).collect(),
            previews: self.previews,
            policy: self.policy.clone(),
            span: Some(self.profile_name.span.clone()),
        }
    }
}
