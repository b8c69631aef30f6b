//! What of a composite can only be checked against the rest of the Memefile.

use super::Composite;
use crate::diagnostic::Diagnostic;
use crate::memefile::Millis;
use crate::node::catalogue::Catalogue;
use crate::node::declare::style::Style;
use crate::node::expansion::Expansion;

pub(super) fn composite(composite: &Composite, catalogue: &Catalogue, expansion: &Expansion<'_>) {
    for (kind, id) in composite.assets() {
        if !expansion.assets.incomplete {
            expansion.check(expansion.assets.find(kind, id).map(drop));
        }
    }
    for caption in &composite.captions {
        expansion.check(catalogue.check::<Style>(&caption.style));
    }
    if let Some(duration) = &composite.duration {
        timeline(composite, duration.value, expansion);
    }
}

/// Nothing may lie outside the timeline.
fn timeline(composite: &Composite, duration: Millis, expansion: &Expansion<'_>) {
    for caption in &composite.captions {
        let Some(at) = &caption.at else { continue };
        if at.value.to > duration {
            let label = match at.value.from >= duration {
                true => "it is never shown".to_owned(),
                false => format!("it would end {} late", Millis(at.value.to.0 - duration.0)),
            };
            let message = format!("a caption lies outside the timeline of {duration}");
            let diagnostic = Diagnostic::usage("outside-timeline", message).label(&at.span, label);
            expansion.report(duration_is(composite, diagnostic));
        }
    }
    for effect in &composite.sound_effects {
        if effect.at.value >= duration {
            let message = format!("a sound effect lies outside the timeline of {duration}");
            let diagnostic = Diagnostic::usage("outside-timeline", message)
                .label(&effect.at.span, "it is never heard");
            expansion.report(duration_is(composite, diagnostic));
        }
    }
}

/// Points at the duration, where it was declared.
fn duration_is(composite: &Composite, diagnostic: Diagnostic) -> Diagnostic {
    match &composite.duration {
        Some(duration) => diagnostic.label(&duration.span, "the timeline ends here"),
        None => diagnostic,
    }
}
