//! `memebuild tool measure`: the pixels of a stretch of film.

use crate::contract;
use crate::diagnostic::Diagnostic;
use crate::media::pixels::{self, Look};
use crate::media::probe;
use crate::node::tool::{Context, Step};

pub const STEP: Step = Step { name: "measure", run };

/// Measures `film`, with the pictures `caption0`, `caption1`, … of the captions in the params, to
/// `pixels`.
fn run(context: &Context) -> Result<(), Diagnostic> {
    let look: Look = context.params()?;
    let film = context.input("film")?;
    let media = probe::probe(film)?;
    let stretch = pixels::measure(&look, film, &media, &context.input_list("caption"))?;
    context.write("pixels", &contract::write(&stretch))
}
