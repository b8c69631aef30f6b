//! The keys of a composite.

use crate::memefile::{KeyDoc, REQUIRED, SectionDoc};

const ID: &str = "id of an asset";

const QUERY: KeyDoc = KeyDoc::new(
    "query",
    "query",
    "",
    "Picks the best asset of the kind that matches, as `memebuild search` would; see \
     [search.md](search.md). Where several match, those are ingested first.",
);

const BACKGROUND: &[KeyDoc] = &[
    KeyDoc::new("id", ID, REQUIRED, "A photo or a film; or a `query` in its place."),
    QUERY,
    KeyDoc::new(
        "fit",
        "`cover`, `contain`, `blur-fill`, `stretch` or `none`",
        "\"cover\"",
        "How it is brought to the canvas, as in CSS `object-fit`; `blur-fill` shows all of it over \
         a blurred copy.",
    ),
    KeyDoc::new(
        "repeat",
        "`loop`, `freeze` or `once`",
        "\"loop\"",
        "What a film does that is too \
         short: start again, hold its last frame, or vanish.",
    ),
    KeyDoc::new("start", "time", "\"0s\"", "The first moment of the film that is shown."),
];

const KEY: &[KeyDoc] = &[
    KeyDoc::new("color", "colour", "", "Of the screen, in place of the one found in the clip."),
    KeyDoc::new("similarity", "share", "", "Distance from it within which all is screen."),
    KeyDoc::new("blend", "share", "", "Width of the soft edge beyond."),
    KeyDoc::new(
        "engine",
        "`tables` or `chromakey`",
        "\"tables\"",
        "Our keyer, which subtracts the screen, or ffmpeg's, to compare with.",
    ),
];

const GREEN_SCREEN: &[KeyDoc] = &[
    KeyDoc::new(
        "id",
        ID,
        REQUIRED,
        "A clip in front of a green (or blue) screen; or a `query` in its place.",
    ),
    QUERY,
    KeyDoc::new("x", "length", "\"50%\"", "Where on the canvas its anchor lies, from the left."),
    KeyDoc::new("y", "length", "\"100%\"", "From the top."),
    KeyDoc::new(
        "anchor",
        "`center`, `top-left`, `top`, `top-right`, `left`, `right`, `bottom-left`, `bottom` or \
         `bottom-right`",
        "\"bottom\"",
        "Which point of the clip lies there.",
    ),
    KeyDoc::new("scale", "factor", "1", "Size, where 1 just fits into the canvas."),
    KeyDoc::new("width", "length", "", "In place of `scale`; the height follows."),
    KeyDoc::new(
        "height",
        "length",
        "",
        "In place of `scale`; the width follows, unless it is set \
         too.",
    ),
    KeyDoc::new("flip", "`true` or `false`", "false", "Mirror left and right."),
    KeyDoc::new(
        "key",
        "colour or table",
        "",
        "The screen, where the calibration of the clip is to be overridden.",
    )
    .table(KEY),
    KeyDoc::new("feather", "pixels of the clip", "\"0px\"", "Softens the edge of the matte."),
    KeyDoc::new("choke", "pixels of the clip", "\"0px\"", "Shrinks the matte."),
    KeyDoc::new("despill", "share", "\"100%\"", "Takes the screen's light off the subject."),
    KeyDoc::new("speed", "factor", "1", "2 plays twice as fast."),
    KeyDoc::new(
        "repeat",
        "`loop`, `freeze` or `once`",
        "\"loop\"",
        "What a clip does that is too \
         short: start again, hold its last frame, or vanish.",
    ),
    KeyDoc::new("start", "time", "\"0s\"", "The first moment of the clip that is shown."),
];

const DUCK: &[KeyDoc] = &[
    KeyDoc::new("threshold", "gain", "\"-30dB\"", "Level of the clip above which music gives way."),
    KeyDoc::new("ratio", "factor", "4", "How far: decibels in per decibel out."),
    KeyDoc::new("attack", "time", "\"20ms\"", "How fast."),
    KeyDoc::new("release", "time", "\"400ms\"", "How fast it comes back."),
];

const MUSIC: &[KeyDoc] = &[
    KeyDoc::new("id", ID, REQUIRED, "A track; or a `query` in its place."),
    QUERY,
    KeyDoc::new("start", "time", "\"0s\"", "The first moment of the track that is heard."),
    KeyDoc::new("gain", "gain", "\"0dB\"", "Louder or softer."),
    KeyDoc::new("fade-in", "time", "\"0s\"", "At the beginning of the film."),
    KeyDoc::new("fade-out", "time", "\"0s\"", "At its end."),
    KeyDoc::new("loop", "`true` or `false`", "true", "Start again if the track is too short."),
    KeyDoc::new(
        "duck",
        "`true`, `false` or table",
        "false",
        "Lowers the music while the clip's own sound or an effect is heard.",
    )
    .table(DUCK),
];

const EFFECT: &[KeyDoc] = &[
    KeyDoc::new("id", ID, REQUIRED, "A sound effect; or a `query` in its place."),
    QUERY,
    KeyDoc::new("at", "time", "\"0s\"", "When it starts."),
    KeyDoc::new("gain", "gain", "\"0dB\"", "Louder or softer."),
    KeyDoc::new("start", "time", "\"0s\"", "The first moment of the effect that is heard."),
    KeyDoc::new("speed", "factor", "1", "2 plays twice as fast, at the same pitch."),
];

const BOX: &[KeyDoc] = &[
    KeyDoc::new("x", "length", REQUIRED, "Left edge."),
    KeyDoc::new("y", "length", REQUIRED, "Top edge."),
    KeyDoc::new("width", "length", REQUIRED, ""),
    KeyDoc::new("height", "length", REQUIRED, ""),
];

const CAPTION: &[KeyDoc] = &[
    KeyDoc::new("text", "string", REQUIRED, "What it says. It is set as it stands: no markup."),
    KeyDoc::new("at", "time range", "", "When it is shown; all the time if not set."),
    KeyDoc::new(
        "place",
        "`top`, `middle`, `bottom` or table",
        "\"top\"",
        "A third of the profile's safe area, or a box on the canvas. Text is made as large as fits.",
    )
    .table(BOX),
    KeyDoc::new("style", "name of a style", "\"impact\"", "Built in or declared in \
         `[style.NAME]`."),
    KeyDoc::new(
        "engine",
        "`typeset` or `drawtext`",
        "\"typeset\"",
        "Our typesetter, with emoji, wrapping and every script, or ffmpeg's `drawtext`.",
    ),
    KeyDoc::new("slot", "string", "", "The column of a batch's table that replaces `text`."),
];

const WATERMARK: &[KeyDoc] = &[
    KeyDoc::new(
        "id",
        ID,
        REQUIRED,
        "A background asset: a picture, as a rule with alpha; or a `query` in its place.",
    ),
    QUERY,
    KeyDoc::new(
        "place",
        "`top-left`, `top`, … as in `green-screen.anchor`",
        "\"top-right\"",
        "The corner or edge of the canvas.",
    ),
    KeyDoc::new("margin", "length", "\"4%\"", "From the edges."),
    KeyDoc::new("width", "length", "\"12%\"", "The height follows."),
    KeyDoc::new("opacity", "share", "\"60%\"", ""),
];

const CLIP_AUDIO: &[KeyDoc] = &[
    KeyDoc::new("gain", "gain", "\"0dB\"", "Louder or softer."),
    KeyDoc::new("fade-in", "time", "\"0s\"", "At the beginning of the film."),
    KeyDoc::new("fade-out", "time", "\"0s\"", "At its end."),
];

pub(super) static DOC: SectionDoc = SectionDoc {
    kind: "composite",
    named: true,
    about: "Which assets go together, and how. Everything is optional, but something must be \
visible. Layers lie in this order: background, green screen, captions, watermark. Ids are those of \
the assets that the `[source.*]` sections find.",
    keys: &[
        KeyDoc::new(
            "duration",
            "time",
            "",
            "Length of the film; if not set, that of the \
             green-screen clip at its speed, else that of the background.",
        ),
        KeyDoc::new(
            "background",
            "id or table",
            "",
            "The lowest layer; black, or transparent in \
             WebM, if not set.",
        )
        .table(BACKGROUND),
        KeyDoc::new("green-screen", "id or table", "", "The clip whose screen is taken out.")
            .table(GREEN_SCREEN),
        KeyDoc::new("music", "id or table", "", "A track under everything.").table(MUSIC),
        KeyDoc::new("sound-effects", "list of tables", "[]", "Sounds at moments.").table(EFFECT),
        KeyDoc::new("captions", "list of tables", "[]", "Texts, the last on top.").table(CAPTION),
        KeyDoc::new("watermark", "id or table", "", "A small picture over everything.")
            .table(WATERMARK),
        KeyDoc::new(
            "clip-audio",
            "`true`, `false` or table",
            "true",
            "The green-screen clip's own \
             sound.",
        )
        .table(CLIP_AUDIO),
    ],
    example: r##"
[composite.vogue]
duration = "6s"
green-screen = { id = "gorilla", scale = 0.8, flip = true }
background = { id = "city-night", fit = "cover" }
music = { id = "vogue", start = "12s", gain = "-8dB", fade-out = "500ms", duck = true }
sound-effects = [{ id = "john-cena", at = "1.5s" }]
watermark = { id = "logo", place = "bottom-right", opacity = "50%" }

[[composite.vogue.captions]]
text = "when the build is cached 🚀"
at = "0s..2.5s"

[[composite.vogue.captions]]
text = "nothing to do"
at = "2.5s..6s"
place = { x = "10%", y = "40%", width = "80%", height = "15%" }
style = "loud""##,
};
