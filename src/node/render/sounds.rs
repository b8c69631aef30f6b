//! Where what is heard in a render is read from.

use super::Source;
use crate::contract::asset::{AssetId, AssetKind, SeedAsset, Stream};
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::conform;
use crate::media::mix::{CLIP, MUSIC};
use crate::node::Deps;
use crate::node::assets::node_name;
use crate::node::plan::Input;
use serde::Serialize;
use std::collections::BTreeMap;

/// The sounds of a render: the clip's own and effects as they are in their assets, music as it was
/// conformed.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sounds {
    pub clip: Option<(AssetKind, AssetId)>,
    pub music: Option<Source>,
    pub effects: Vec<(AssetKind, AssetId)>,
}

impl Sounds {
    /// The inputs of a mix, by the names that [`crate::media::mix::tracks`] gives them.
    ///
    /// # Errors
    /// An asset that has no sound, or one that the render does not know.
    pub fn inputs<'n>(
        &self,
        deps: &Deps<'_>,
        names: impl Iterator<Item = &'n str>,
    ) -> Result<BTreeMap<String, Input>, Diagnostic> {
        let mut effects = self.effects.iter();
        let raw = |(kind, id): &(AssetKind, AssetId)| {
            let name = node_name(*kind, id);
            let asset: SeedAsset = deps.read(&name, "metadata")?;
            super::lower::projected(&asset, deps.output(&name, "source")?, Stream::Audio)
        };
        let mut inputs = BTreeMap::new();
        for name in names {
            let found = match name {
                CLIP => self.clip.as_ref().map(raw),
                MUSIC => self.music.as_ref().map(|source| {
                    let media = deps.output(&source.conform().name(), conform::OUTPUT)?;
                    Ok(Input::Whole(media.clone()))
                }),
                _ => effects.next().map(raw),
            };
            let found = found.unwrap_or_else(|| {
                let message = format!("the render has no node for the sound `{name}`");
                Err(Diagnostic::error("bug", message).exit(Exit::Bug))
            });
            inputs.insert(name.to_owned(), found?);
        }
        Ok(inputs)
    }
}
