//! `memebuild tool listen`: the sound of a film.

use crate::contract;
use crate::diagnostic::Diagnostic;
use crate::media::{listen, probe};
use crate::node::tool::{Context, Step};

pub const STEP: Step = Step { name: "listen", run };

/// Measures `sound` to `audio`.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let sound = context.input("sound")?;
    let media = probe::probe(sound)?;
    let facts = media.audio.as_ref().ok_or_else(|| {
        Diagnostic::error("critic", "the sound of the render has no audio stream")
    })?;
    context.write("audio", &contract::write(&listen::listen(sound, &media.demuxer, facts)?))
}
