//! The keys of `[source.NAME]`.

use crate::memefile::{KeyDoc, REQUIRED, SectionDoc};

pub(super) static DOC: SectionDoc = SectionDoc {
    kind: "source",
    named: true,
    about: "Where assets of one kind come from: files of the project, a list of addresses, a bucket, \
a gallery, or a folder that another program made. Exactly one of `files`, `http`, `bucket`, \
`gallery`, `ytdlp` and `manifest` says which, unless there is a `mock`; [sources.md](sources.md) tells more of each.\n\n\
An asset's id is the name of its file without extension, in lower case, everything but `a-z0-9` \
turned to `-`; where two files of a kind would get the same id, both get eight digits of their \
content's hash behind it. Files and folders whose names begin with a point are passed over, and so \
are `artefacts/` and `cache/`. A symbolic link that you name yourself is followed wherever it \
leads; one that a wildcard finds is followed only if it stays within the project, and passed over \
with a warning if not.\n\n\
What is fetched is pinned in `Memefile.lock`: a build fetches what is not here yet and nothing \
else, `memebuild source update` fetches anew.",
    keys: &[
        KeyDoc::new(
            "asset",
            "`green-screen`, `background`, `music` or `sound-effect`",
            REQUIRED,
            "What the files are for. A `manifest` says so itself; there, only assets of this kind \
             are taken.",
        ),
        KeyDoc::new(
            "files",
            "glob or list of globs",
            "",
            "Relative to the Memefile. `*` and `?` stay within a folder, `**` crosses folders, \
             `{a,b}` and `[a-z]` are alternatives. A glob that finds nothing is a mistake.",
        ),
        KeyDoc::new(
            "http",
            "address, table or list of them",
            "",
            "Files to fetch: `\"https://…\"`, or `{ url = \"https://…\", sha256 = \"…\" }`.",
        )
        .table(&ADDRESS),
        KeyDoc::new(
            "bucket",
            "`s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `file:///FOLDER`",
            "",
            "Objects to fetch. Credentials and endpoints come from the usual variables (`AWS_*`, \
             `GOOGLE_*`, `STORAGE_EMULATOR_HOST`), never from here.",
        ),
        KeyDoc::new(
            "gallery",
            "address or list of them",
            "",
            "Pages that gallery-dl knows, of a creator for instance: their files, with what the \
             site says of them.",
        ),
        KeyDoc::new("ytdlp", "address or list of them", "", "The same, for yt-dlp."),
        KeyDoc::new(
            "manifest",
            "path",
            "",
            "A folder with a `manifest.json`, as memebuild leaves it in `artefacts/seed-assets`, \
             made by whatever program. It is checked, believed and never written to.",
        ),
        KeyDoc::new(
            "include",
            "glob or list of globs",
            "",
            "For `bucket`, `gallery` and `ytdlp`: names to take, below the prefix; all of them if \
             there is none.",
        ),
        KeyDoc::new("exclude", "glob or list of globs", "", "Files to leave out."),
        KeyDoc::new(
            "sample",
            "whole number",
            "",
            "For `bucket`: how many objects to draw, by the project's `seed`. When objects come \
             or go, the draw changes by as few as it can.",
        ),
        KeyDoc::new("tags", "list of strings", "[]", "Tags that each of these assets gets."),
        KeyDoc::new(
            "cookies",
            "path, or `$VARIABLE`",
            "",
            "For `gallery` and `ytdlp`: a `cookies.txt` of a browser that is logged in, or a \
             variable that holds the path of one, or its text. Keep the file out of version control.",
        ),
        KeyDoc::new(
            "config",
            "path",
            "",
            "For `gallery` and `ytdlp`: a configuration file of the program's own. Without one it \
             reads none.",
        ),
        KeyDoc::new(
            "pause",
            "time",
            "",
            "For `gallery` and `ytdlp`: time between two requests, beyond what the program keeps \
             by itself.",
        ),
        KeyDoc::new("rate", "size", "", "For `gallery` and `ytdlp`: bytes a second, at most."),
        KeyDoc::new("max-size", "size", "\"4GiB\"", "The largest file that is fetched."),
        KeyDoc::new(
            "timeout",
            "time",
            "\"3600s\"",
            "The longest that fetching one file may take. One that sends nothing for 30 seconds is \
             given up before.",
        ),
        KeyDoc::new(
            "retries",
            "whole number",
            "4",
            "How often a request that failed is made again, each time after a longer wait, or \
             after as long as the server asks for.",
        ),
        KeyDoc::new("parallel", "whole number", "4", "Files at once, for `http` and `bucket`."),
        KeyDoc::new(
            "licence",
            "SPDX expression or `LicenseRef-*`",
            "",
            "Under which terms they may be used: `CC-BY-4.0`, `CC0-1.0`, `LicenseRef-patreon`. It \
             goes into the metadata of each asset, and from there into the credits of each render.",
        ),
        KeyDoc::new("creator", "string", "", "Who made them."),
        KeyDoc::new(
            "attribution",
            "string",
            "",
            "What the licence asks to be said, word for word.",
        ),
        KeyDoc::new("source-url", "string", "", "The page that they come from."),
        KeyDoc::new("expires", "day", "", "The last day on which they may be used: `2027-01-31`."),
        KeyDoc::new(
            "mock",
            "table",
            "",
            "Stand-ins for all of them, until the real ones are there: tiny media, made by rule, with \
             MOCK written on what can be seen. There is one for each id that the Memefile asks for \
             and no other source has, and for each of its queries some with the words and tags that \
             it asks for. What is made of them is marked, and `build --release` refuses \
             it. Nothing is looked for or fetched meanwhile. `build --mock NAME` does the same \
             without a change here.",
        )
        .table(&MOCK),
    ],
    example: r#"
[source.greens]
asset = "green-screen"
files = "media/green/**/*.{mp4,mov,webm}"
tags = ["reaction"]

[source.places]
asset = "background"
files = ["media/places/*.jpg", "media/places/*.mp4"]

[source.beats]
asset = "music"
files = "media/music/*"
exclude = "media/music/*.txt"
tags = ["loopable"]
licence = "CC-BY-4.0"
creator = "the band"
attribution = "Beats by the band, CC BY 4.0"

[source.sounds]
asset = "sound-effect"
files = "media/sounds/*.wav""#,
};

/// The table `mock`.
static MOCK: [KeyDoc; 4] = [
    KeyDoc::new(
        "count",
        "whole number, 0 to 100000",
        "",
        "How many in all, at least. Without it, as many as are asked for, and three where a batch \
         takes whichever there are.",
    ),
    KeyDoc::new("seed", "whole number", "0", "Other numbers make other stand-ins."),
    KeyDoc::new("ids", "list of ids", "[]", "Ids that there must be."),
    KeyDoc::new("length", "time", "", "How long clips and sounds are."),
];

/// A table in the list `http`.
static ADDRESS: [KeyDoc; 3] = [
    KeyDoc::new("url", "`http://…` or `https://…`", REQUIRED, "Where the file is."),
    KeyDoc::new(
        "sha256",
        "64 hexadecimal digits",
        "",
        "What its bytes must hash to, as `sha256sum` prints it.",
    ),
    KeyDoc::new("blake3", "64 hexadecimal digits", "", "The same, as `b3sum` prints it."),
];

/// Keys that only some kinds of sources have, with those kinds.
pub(super) const BELONGS: [(&str, &[&str]); 11] = [
    ("include", &["bucket", "gallery", "ytdlp"]),
    ("exclude", &["files", "bucket", "gallery", "ytdlp"]),
    ("sample", &["bucket"]),
    ("cookies", &["gallery", "ytdlp"]),
    ("config", &["gallery", "ytdlp"]),
    ("pause", &["gallery", "ytdlp"]),
    ("rate", &["gallery", "ytdlp"]),
    ("max-size", &["http", "bucket", "gallery", "ytdlp"]),
    ("timeout", &["http", "bucket"]),
    ("retries", &["http", "bucket", "gallery", "ytdlp"]),
    ("parallel", &["http", "bucket"]),
];
