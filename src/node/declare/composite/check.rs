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
        // What a query picks is told where it is rendered.
        if !expansion.assets.incomplete && !id.value.is_empty() {
            expansion.check(expansion.assets.find(kind, id).map(drop));
        }
    }
    for caption in &composite.captions {
        expansion.check(catalogue.check::<Style>(&caption.style));
    }
    timeline_of(composite, expansion).into_iter().for_each(|mistake| expansion.report(mistake));
}

/// Longest text of a caption, in bytes.
const LONGEST_TEXT: usize = 2000;

/// Why a text is no caption, if it is none.
pub fn bad_text(text: &str) -> Option<String> {
    let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\t');
    if text.trim().is_empty() {
        return Some("it is empty".to_owned());
    }
    if text.len() > LONGEST_TEXT {
        return Some(format!("it is longer than {LONGEST_TEXT} bytes"));
    }
    let control = text.chars().find(control)?;
    Some(format!("it has the control character {}", control.escape_unicode()))
}

/// What of a composite lies outside its film, as far as its length is known.
pub fn timeline_of(composite: &Composite, expansion: &Expansion<'_>) -> Vec<Diagnostic> {
    match &composite.duration {
        Some(duration) => timeline(composite, duration.value, 0),
        None if composite.is_timed() => {
            let length = clip_length(composite, expansion);
            length.map_or_else(Vec::new, |length| timeline(composite, length, GRACE_MS))
        }
        None => Vec::new(),
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
fn timeline(composite: &Composite, duration: Millis, grace_ms: u64) -> Vec<Diagnostic> {
    let mut mistakes = Vec::new();
    for caption in &composite.captions {
        let Some(at) = &caption.at else { continue };
        if at.value.to.0 > duration.0 + grace_ms {
            let label = match at.value.from >= duration {
                true => "it is never shown".to_owned(),
                false => format!("it would end {} late", Millis(at.value.to.0 - duration.0)),
            };
            let message = "a caption lies outside the timeline";
            let diagnostic = Diagnostic::usage("outside-timeline", message).label(&at.span, label);
            mistakes.push(because(composite, duration, diagnostic));
        }
    }
    for effect in &composite.sound_effects {
        if effect.at.value.0 >= duration.0 + grace_ms {
            let message = "a sound effect lies outside the timeline";
            let diagnostic = Diagnostic::usage("outside-timeline", message)
                .label(&effect.at.span, "it is never heard");
            mistakes.push(because(composite, duration, diagnostic));
        }
    }
    mistakes
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
