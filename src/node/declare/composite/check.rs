//! What of a composite can only be checked against the rest of the Memefile.

use super::Composite;
use crate::contract::asset::AssetKind;
use crate::diagnostic::Diagnostic;
use crate::media::iso;
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
    match &composite.duration {
        Some(duration) => timeline(composite, duration.value, 0, expansion),
        None if composite.is_timed() => {
            if let Some(length) = clip_length(composite, expansion) {
                timeline(composite, length, GRACE_MS, expansion);
            }
        }
        None => {}
    }
}

/// A clip's last frame may end a little after the time that its container gives.
const GRACE_MS: u64 = 50;

/// How long the green-screen clip makes the film, where that can be read in microseconds. Anything
/// else is found when the composite is made.
fn clip_length(composite: &Composite, expansion: &Expansion<'_>) -> Option<Millis> {
    let green = composite.green_screen.as_ref()?;
    let entry = expansion.assets.get(AssetKind::GreenScreen, &green.id.value)?;
    let file = std::fs::File::open(expansion.root().join(&entry.path)).ok()?;
    let length = iso::read(&file).ok()?.media.video?.duration_ms.checked_sub(green.start.0)?;
    Some(Millis(length * 1000 / u64::from(green.speed_milli.max(1))))
}

/// Nothing may lie outside the timeline, by more than `grace_ms`.
fn timeline(composite: &Composite, duration: Millis, grace_ms: u64, expansion: &Expansion<'_>) {
    for caption in &composite.captions {
        let Some(at) = &caption.at else { continue };
        if at.value.to.0 > duration.0 + grace_ms {
            let label = match at.value.from >= duration {
                true => "it is never shown".to_owned(),
                false => format!("it would end {} late", Millis(at.value.to.0 - duration.0)),
            };
            let message = "a caption lies outside the timeline";
            let diagnostic = Diagnostic::usage("outside-timeline", message).label(&at.span, label);
            expansion.report(because(composite, duration, diagnostic));
        }
    }
    for effect in &composite.sound_effects {
        if effect.at.value.0 >= duration.0 + grace_ms {
            let message = "a sound effect lies outside the timeline";
            let diagnostic = Diagnostic::usage("outside-timeline", message)
                .label(&effect.at.span, "it is never heard");
            expansion.report(because(composite, duration, diagnostic));
        }
    }
}

/// Why the timeline ends where it ends.
fn because(composite: &Composite, duration: Millis, diagnostic: Diagnostic) -> Diagnostic {
    match (&composite.duration, &composite.green_screen) {
        (Some(own), _) => diagnostic.label(&own.span, "the timeline ends here"),
        (None, Some(green)) => diagnostic
            .label(&green.id.span, format!("the film is as long as this clip: {duration}"))
            .hint("set `duration` to make the film longer: the clip repeats"),
        (None, None) => diagnostic,
    }
}
