//! A choice that was made: an answer, and the question that it answers. What a choice's node leaves
//! behind, and what `Memefile.lock` pins.

use super::Contract;
use super::decision::{Answer, Request};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chosen {
    /// [`question`], hexadecimal.
    pub question: String,
    pub answer: Answer,
}

impl Contract for Chosen {
    const NAME: &'static str = "choice";
    const VERSION: u32 = 1;
}

/// What was chosen for one node, and how often it was asked anew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ChoicePin {
    /// Part of the question, so that asking anew is another question than the one that was
    /// answered.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub draw: u32,
    /// None where it is to be asked anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Chosen>,
}

fn is_zero(draw: &u32) -> bool {
    *draw == 0
}

/// Names what is asked, and of whom: the bytes of the request, what of the chooser's setting can
/// change its answer, and how often it was asked anew. Not: addresses, keys, patience, time.
pub fn question(request: &Request, setting: &serde_json::Value, draw: u32) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild choice question v1");
    for part in
        [super::write(request), setting.to_string().into_bytes(), draw.to_le_bytes().to_vec()]
    {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(&part);
    }
    hasher.finalize().to_hex().to_string()
}
