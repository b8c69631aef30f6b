//! What is known of the rights to the assets of a render.

use crate::contract::asset::{AssetId, AssetKind, SeedAsset};
use crate::contract::rights::Credit;
use crate::diagnostic::Diagnostic;
use crate::node::Deps;
use crate::node::assets::node_name;

/// The credits of assets, in their order.
///
/// # Errors
/// Metadata that break their contract.
pub fn credits(
    deps: &Deps<'_>,
    assets: &[(AssetKind, AssetId)],
) -> Result<Vec<Credit>, Diagnostic> {
    let credit = |(kind, id): &(AssetKind, AssetId)| {
        let asset: SeedAsset = deps.read(&node_name(*kind, id), "metadata")?;
        Ok(Credit { kind: *kind, id: id.clone(), provenance: asset.provenance })
    };
    assets.iter().map(credit).collect()
}
