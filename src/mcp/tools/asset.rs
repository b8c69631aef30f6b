//! `get_asset`: everything that ingest says of one asset.

use crate::contract::asset::SeedAsset;
use crate::contract::search::AssetName;
use crate::diagnostic::Diagnostic;
use crate::mcp::answer::Answer;
use crate::mcp::tool::{Call, Hints, Tool};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub struct GetAsset;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Kind and id, as `green-screen/gorilla`.
    asset: String,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Facts, quality, origin and rights, as in its `metadata.json`.
    asset: SeedAsset,
}

impl Tool for GetAsset {
    const NAME: &'static str = "get_asset";
    const TITLE: &'static str = "Get an asset";
    const ABOUT: &'static str = "Tells all that is known of one asset: its length and size, its \
        quality with what was measured, where it comes from, its rights.";
    const HINTS: Hints = Hints::LOOKS;
    type Input = Input;
    type Output = Output;

    fn run(call: &Call<'_>, input: Input) -> Result<Answer<Output>, Vec<Diagnostic>> {
        let name: AssetName = input
            .asset
            .parse()
            .map_err(|why: String| vec![Diagnostic::usage("bad-argument", why)])?;
        let project = call.host.project()?;
        let found = call.host.provider(&project)?.get_asset_by_id(&name);
        match found.map_err(|problem| vec![*problem])? {
            Some(asset) => Ok(Output { asset }.into()),
            None => Err(vec![
                Diagnostic::usage("unknown-asset", format!("there is no asset `{name}`"))
                    .hint("`search_assets` finds those that there are"),
            ]),
        }
    }
}
