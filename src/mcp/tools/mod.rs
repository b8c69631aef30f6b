//! The tools, a file each.

mod asset;
mod build;
mod choice_pending;
mod choice_submit;
mod contract;
mod critic;
mod plan;
mod search;
mod status;
mod told;
mod why;

use super::tool::Entry;

/// All of them, in the order in which a film is made.
pub static TOOLS: [Entry; 10] = [
    Entry::of::<search::SearchAssets>(),
    Entry::of::<asset::GetAsset>(),
    Entry::of::<plan::Plan>(),
    Entry::of::<build::Build>(),
    Entry::of::<status::Status>(),
    Entry::of::<choice_pending::ChoicePending>(),
    Entry::of::<choice_submit::ChoiceSubmit>(),
    Entry::of::<critic::CriticReport>(),
    Entry::of::<contract::ContractDiff>(),
    Entry::of::<why::Why>(),
];

/// Those that a client has.
pub fn given(read_only: bool) -> impl Iterator<Item = &'static Entry> {
    TOOLS.iter().filter(move |tool| tool.hints.read_only || !read_only)
}

#[cfg(test)]
mod tests;
