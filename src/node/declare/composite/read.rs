//! From the table of a composite to its value.

use super::super::id::{Named, get, id_or_table, named};
use super::{
    Anchor, Background, Caption, CaptionPlace, ClipAudio, Composite, GreenScreen, Key, Music,
    SoundEffect, Watermark, check,
};
use crate::contract::caption::CaptionEngine;
use crate::contract::render_input::{Duck, Fit, KeyEngine, Repeat};
use crate::diagnostic::Diagnostic;
use crate::memefile::{
    At, Color, DeciPixels, Decibels, Factor, FromText, FromValue, Length, Millis, Reader, Share,
    Wrong, words,
};
use toml::de::DeValue;

/// Reads a composite. What is wrong is reported; the value is of use only if nothing was.
pub(super) fn composite(reader: &Reader<'_, '_>) -> Composite {
    let composite = Composite {
        duration: reader.get("duration"),
        background: background(reader),
        green_screen: green_screen(reader),
        music: music(reader),
        sound_effects: reader.tables("sound-effects").iter().filter_map(effect).collect(),
        captions: reader.tables("captions").iter().filter_map(caption).collect(),
        watermark: watermark(reader),
        clip_audio: clip_audio(reader),
    };
    let visible = ["background", "green-screen", "captions", "watermark"];
    if visible.into_iter().all(|key| reader.value(key).is_none()) {
        let message = format!("{} shows nothing", reader.what());
        let diagnostic = Diagnostic::usage("nothing-visible", message)
            .label(&reader.span(), "no background, green-screen, captions or watermark")
            .hint("give it at least one of these");
        reader.mistakes().report(diagnostic);
    }
    if let Some(At { value: Millis(0), span }) = &composite.duration {
        let message = format!("{} has no length", reader.what());
        reader.mistakes().report(
            Diagnostic::usage("out-of-range", message).label(span, "expected more than 0s"),
        );
    }
    composite
}

fn background(reader: &Reader<'_, '_>) -> Option<Background> {
    let (Named { id, query }, table) = id_or_table(reader, "background")?;
    Some(Background {
        id,
        query,
        fit: get(&table, "fit").unwrap_or(Fit::Cover),
        repeat: get(&table, "repeat").unwrap_or(Repeat::Loop),
        start: get(&table, "start").unwrap_or_default(),
    })
}

fn green_screen(reader: &Reader<'_, '_>) -> Option<GreenScreen> {
    let (Named { id, query }, table) = id_or_table(reader, "green-screen")?;
    let scale: Option<Factor> = get(&table, "scale");
    let (width, height) = (get(&table, "width"), get(&table, "height"));
    let set_twice = |table: &Reader<'_, '_>| {
        table.value("scale")?;
        ["width", "height"].into_iter().find(|key| table.value(key).is_some())
    };
    if let Some((table, key)) = table.as_ref().and_then(|table| Some((table, set_twice(table)?))) {
        let message = format!("`scale` and `{key}` contradict each other");
        let diagnostic = Diagnostic::usage("contradiction", message)
            .label(&table.span_of(key), "the size is set twice")
            .label(&table.span_of("scale"), "it is set here too")
            .hint("keep one of them");
        reader.mistakes().report(diagnostic);
    }
    Some(GreenScreen {
        id,
        query,
        x: get(&table, "x").unwrap_or(Length::Milli(500)),
        y: get(&table, "y").unwrap_or(Length::Milli(1000)),
        width,
        height,
        scale_milli: scale.map_or(1000, |Factor(milli)| milli),
        anchor: get(&table, "anchor").unwrap_or(Anchor { x: 1, y: 2 }),
        flip: get(&table, "flip").unwrap_or(false),
        key: table.as_ref().map_or_else(Key::calibrated, key),
        feather_decipx: get::<DeciPixels>(&table, "feather").unwrap_or_default().0,
        choke_decipx: get::<DeciPixels>(&table, "choke").unwrap_or_default().0,
        despill_milli: get::<Share>(&table, "despill").map_or(1000, |share| share.0),
        speed_milli: get::<Factor>(&table, "speed").map_or(1000, |Factor(milli)| milli),
        repeat: get(&table, "repeat").unwrap_or(Repeat::Loop),
        start: get(&table, "start").unwrap_or_default(),
    })
}

impl Key {
    fn calibrated() -> Self {
        Self { engine: KeyEngine::Tables, color: None, similarity: None, blend: None }
    }
}

fn key(table: &Reader<'_, '_>) -> Key {
    let calibrated = Key::calibrated();
    let Some(value) = table.value("key") else { return calibrated };
    let rgba = |Color(rgba)| rgba;
    match value.table(table.keys_of("key"), table.mistakes()) {
        None => Key { color: Color::from_value(&value, table.mistakes()).map(rgba), ..calibrated },
        Some(own) => Key {
            engine: own.get("engine").unwrap_or(calibrated.engine),
            color: own.get("color").map(rgba),
            similarity: own.get("similarity"),
            blend: own.get("blend"),
        },
    }
}

fn music(reader: &Reader<'_, '_>) -> Option<Music> {
    let (Named { id, query }, table) = id_or_table(reader, "music")?;
    Some(Music {
        id,
        query,
        start: get(&table, "start").unwrap_or_default(),
        gain: get(&table, "gain").unwrap_or_default(),
        fade_in: get(&table, "fade-in").unwrap_or_default(),
        fade_out: get(&table, "fade-out").unwrap_or_default(),
        repeat: get(&table, "loop").unwrap_or(true),
        duck: table.as_ref().and_then(duck),
    })
}

fn duck(table: &Reader<'_, '_>) -> Option<Duck> {
    let usual = Duck { threshold_mdb: -30_000, ratio_milli: 4000, attack_ms: 20, release_ms: 400 };
    let own = match switch(table, "duck")? {
        Switch::Off => return None,
        Switch::On => return Some(usual),
        Switch::Table(own) => own,
    };
    let ms = |key| own.get::<Millis>(key).and_then(|time| u32::try_from(time.0).ok());
    Some(Duck {
        threshold_mdb: own.get("threshold").map_or(usual.threshold_mdb, |Decibels(mdb)| mdb),
        ratio_milli: own.get("ratio").map_or(usual.ratio_milli, |Factor(milli)| milli),
        attack_ms: ms("attack").unwrap_or(usual.attack_ms),
        release_ms: ms("release").unwrap_or(usual.release_ms),
    })
}

fn effect(table: &Reader<'_, '_>) -> Option<SoundEffect> {
    let named = named(table);
    let at = table.get("at").unwrap_or_else(|| At { value: Millis(0), span: table.span() });
    let gain = table.get("gain").unwrap_or_default();
    let start = table.get("start").unwrap_or_default();
    let speed_milli = table.get("speed").map_or(1000, |Factor(milli)| milli);
    let Named { id, query } = named?;
    Some(SoundEffect { id, query, at, gain, start, speed_milli })
}

fn caption(table: &Reader<'_, '_>) -> Option<Caption> {
    let text: Option<At<String>> = table.require("text");
    if let Some(text) = &text {
        check_text(text, table);
    }
    let style =
        table.get("style").unwrap_or_else(|| At { value: "impact".to_owned(), span: table.span() });
    let place = place(table).unwrap_or(CaptionPlace::Top);
    let engine = table.get("engine").unwrap_or(CaptionEngine::Typeset);
    let at = table.get("at");
    Some(Caption { text: text?, at, place, style, engine, slot: table.get("slot") })
}

fn check_text(text: &At<String>, table: &Reader<'_, '_>) {
    let Some(why) = check::bad_text(&text.value) else { return };
    let diagnostic =
        Diagnostic::usage("wrong-value", "`text` is not a caption").label(&text.span, why);
    table.mistakes().report(diagnostic);
}

fn place(table: &Reader<'_, '_>) -> Option<CaptionPlace> {
    let value = table.value("place")?;
    let Some(own) = value.table(table.keys_of("place"), table.mistakes()) else {
        return CaptionPlace::from_value(&value, table.mistakes());
    };
    let x = own.require("x");
    let y = own.require("y");
    let width = own.require("width");
    let height = own.require("height");
    Some(CaptionPlace::Box { x: x?, y: y?, width: width?, height: height? })
}

impl FromText for CaptionPlace {
    const EXPECTED: &'static str = "a place such as \"top\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        words(text, &[("top", Self::Top), ("middle", Self::Middle), ("bottom", Self::Bottom)])
    }
}

impl FromText for Anchor {
    const EXPECTED: &'static str = "a point such as \"center\" or \"top-left\"";

    fn from_text(text: &str) -> Result<Self, Wrong> {
        let at = |x, y| Self { x, y };
        words(
            text,
            &[
                ("center", at(1, 1)),
                ("top-left", at(0, 0)),
                ("top", at(1, 0)),
                ("top-right", at(2, 0)),
                ("left", at(0, 1)),
                ("right", at(2, 1)),
                ("bottom-left", at(0, 2)),
                ("bottom", at(1, 2)),
                ("bottom-right", at(2, 2)),
            ],
        )
    }
}

fn watermark(reader: &Reader<'_, '_>) -> Option<Watermark> {
    let (Named { id, query }, table) = id_or_table(reader, "watermark")?;
    Some(Watermark {
        id,
        query,
        corner: get(&table, "place").unwrap_or(Anchor { x: 2, y: 0 }),
        margin: get(&table, "margin").unwrap_or(Length::Milli(40)),
        width: get(&table, "width").unwrap_or(Length::Milli(120)),
        opacity: get(&table, "opacity").unwrap_or(Share(600)),
    })
}

fn clip_audio(reader: &Reader<'_, '_>) -> Option<ClipAudio> {
    let table = match switch(reader, "clip-audio") {
        None | Some(Switch::On) => return Some(ClipAudio::default()),
        Some(Switch::Off) => return None,
        Some(Switch::Table(table)) => table,
    };
    Some(ClipAudio {
        gain: table.get("gain").unwrap_or_default(),
        fade_in: table.get("fade-in").unwrap_or_default(),
        fade_out: table.get("fade-out").unwrap_or_default(),
    })
}

/// `true`, `false`, or a table, which is `true` with details.
enum Switch<'d, 'm> {
    On,
    Off,
    Table(Reader<'d, 'm>),
}

fn switch<'d, 'm>(reader: &Reader<'d, 'm>, key: &'static str) -> Option<Switch<'d, 'm>> {
    let value = reader.value(key)?;
    if let Some(table) = value.table(reader.keys_of(key), reader.mistakes()) {
        return Some(Switch::Table(table));
    }
    match value.get() {
        DeValue::Boolean(true) => Some(Switch::On),
        DeValue::Boolean(false) => Some(Switch::Off),
        _ => value.wrong_type("`true`, `false` or a table", reader.mistakes()),
    }
}
