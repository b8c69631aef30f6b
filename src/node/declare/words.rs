//! The fixed sets of words that stand in a Memefile.

use crate::contract::asset::AssetKind;
use crate::contract::caption::{Align, CaptionEngine, VerticalAlign};
use crate::contract::profile::{AudioPolicy, Container, Preset};
use crate::contract::render_input::{Fit, KeyEngine, Repeat};
use crate::memefile::{FromText, Wrong, words};

macro_rules! read_words {
    ($type:ty, $expected:literal, [$($word:literal => $value:expr),* $(,)?]) => {
        impl FromText for $type {
            const EXPECTED: &'static str = $expected;

            fn from_text(text: &str) -> Result<Self, Wrong> {
                words(text, &[$(($word, $value)),*])
            }
        }
    };
}

read_words!(AssetKind, "a kind of asset such as \"green-screen\"", [
    "green-screen" => AssetKind::GreenScreen,
    "background" => AssetKind::Background,
    "music" => AssetKind::Music,
    "sound-effect" => AssetKind::SoundEffect,
]);
read_words!(Fit, "a way to fit such as \"cover\"", [
    "cover" => Fit::Cover,
    "contain" => Fit::Contain,
    "blur-fill" => Fit::BlurFill,
    "stretch" => Fit::Stretch,
    "none" => Fit::None,
]);
read_words!(Repeat, "a way to repeat such as \"loop\"", [
    "loop" => Repeat::Loop,
    "freeze" => Repeat::Freeze,
    "once" => Repeat::Once,
]);
read_words!(KeyEngine, "a keyer such as \"tables\"", [
    "tables" => KeyEngine::Tables,
    "chromakey" => KeyEngine::Chromakey,
]);
read_words!(CaptionEngine, "a caption engine such as \"typeset\"", [
    "typeset" => CaptionEngine::Typeset,
    "drawtext" => CaptionEngine::Drawtext,
]);
read_words!(Align, "an alignment such as \"center\"", [
    "start" => Align::Start,
    "center" => Align::Center,
    "end" => Align::End,
]);
read_words!(VerticalAlign, "an alignment such as \"middle\"", [
    "top" => VerticalAlign::Top,
    "middle" => VerticalAlign::Middle,
    "bottom" => VerticalAlign::Bottom,
]);
read_words!(Container, "a file format such as \"mp4\"", [
    "mp4" => Container::Mp4,
    "gif" => Container::Gif,
    "webm" => Container::Webm,
]);
read_words!(AudioPolicy, "an audio policy such as \"required\"", [
    "required" => AudioPolicy::Required,
    "forbidden" => AudioPolicy::Forbidden,
]);
read_words!(Preset, "an x264 preset such as \"veryfast\"", [
    "ultrafast" => Preset::Ultrafast,
    "superfast" => Preset::Superfast,
    "veryfast" => Preset::Veryfast,
    "faster" => Preset::Faster,
    "fast" => Preset::Fast,
    "medium" => Preset::Medium,
    "slow" => Preset::Slow,
]);
