//! The keys of a batch.

use crate::memefile::{KeyDoc, REQUIRED, SectionDoc};

/// As the table at `captions` is called where a cell is chosen.
pub const CAPTION: &str = "caption";

const AXIS: &[KeyDoc] = &[
    KeyDoc::new("id", "id, glob, or list of these", "\"*\"", "Assets of this kind by id."),
    KeyDoc::new(
        "query",
        "query",
        "",
        "Assets that match: words that begin a part of the id, of a tag, of the title or of the \
         creator, `tag:WORD`, `-WORD`, `a OR b`, `duration:2s..8s`, … in the language of \
         [search.md](search.md). Assets of which only ingest can tell are ingested first.",
    ),
    KeyDoc::new(
        "min-quality",
        "whole number",
        "",
        "Least quality score, 0 to 100. The assets are ingested first, and the batch grows out of \
         what was found.",
    ),
    KeyDoc::new(
        "sample",
        "whole number",
        "",
        "Draws so many, from the project's `seed`. An asset that comes or goes changes at most one \
         of the picks.",
    ),
    KeyDoc::new("limit", "whole number", "", "Takes the first so many, by id."),
];

const AXES: &[KeyDoc] = &[
    KeyDoc::new("green-screen", "id, list of ids, or table", "", "In place of the template's.")
        .table(AXIS),
    KeyDoc::new("background", "id, list of ids, or table", "", "In place of the template's.")
        .table(AXIS),
    KeyDoc::new("music", "id, list of ids, or table", "", "In place of the template's.")
        .table(AXIS),
    KeyDoc::new(
        "sound-effect",
        "id, list of ids, or table",
        "",
        "In place of the template's first.",
    )
    .table(AXIS),
];

const CAPTIONS: &[KeyDoc] = &[KeyDoc::new(
    "csv",
    "file",
    REQUIRED,
    "A row for each meme, UTF-8, with a header. A column for each caption slot of the template: \
     `text` is the first caption, `text-2` the second, or the caption's own `slot`. An empty field \
     leaves the caption out. A column `id` names the row; without one, its text does.",
)];

const BRIEFS: &[KeyDoc] = &[KeyDoc::new(
    "csv",
    "file",
    REQUIRED,
    "A row for each meme, UTF-8, with a header: a column `brief`, and if you like `id`, which names the \
     row; without one, its brief does.",
)];

const CHOICE: &[KeyDoc] = &[
    KeyDoc::new("green-screen", "id, or glob to exclude", "", "A value of that axis."),
    KeyDoc::new("background", "id, or glob to exclude", "", "A value of that axis."),
    KeyDoc::new("music", "id, or glob to exclude", "", "A value of that axis."),
    KeyDoc::new("sound-effect", "id, or glob to exclude", "", "A value of that axis."),
    KeyDoc::new(CAPTION, "id of a row, or glob to exclude", "", "A row of the table."),
];

pub(super) static DOC: SectionDoc = SectionDoc {
    kind: "batch",
    named: true,
    about: "A composite as a template, rendered once for each combination of assets and captions. \
A cell is named after its values, never after its position: `render:launch/gorilla+rain+ship-it\
@tiktok`. So nothing else is rendered again when a row is inserted or an asset is added.",
    keys: &[
        KeyDoc::new("composite", "name of a composite", "", "The template."),
        KeyDoc::new(
            "director",
            "name of a director",
            "",
            "In its place: a run of that director for each row of `briefs`, with the row's brief. No \
             other key goes with it.",
        ),
        KeyDoc::new("briefs", "table", "", "What is wanted, row by row.").table(BRIEFS),
        KeyDoc::new("axes", "table", "", "What of the template varies.").table(AXES),
        KeyDoc::new("captions", "table", "", "Texts of the template's captions, row by row.")
            .table(CAPTIONS),
        KeyDoc::new(
            "combine",
            "`product` or `zip`",
            "\"product\"",
            "Every value with every other, or the first with the first, the second with the \
             second; then all must be equally many.",
        ),
        KeyDoc::new("include", "list of tables", "[]", "Cells to add: a value for each axis.")
            .table(CHOICE),
        KeyDoc::new(
            "exclude",
            "list of tables",
            "[]",
            "Cells to leave out: those that match every value of a table.",
        )
        .table(CHOICE),
        KeyDoc::new(
            "limit",
            "whole number",
            "",
            "Cells, at most; which ones is drawn from the project's `seed`, so that those that stay \
             are the same when others come.",
        ),
        KeyDoc::new(
            "profiles",
            "list of names of profiles",
            "",
            "As in `[render.*]`; a batch of a composite must have them.",
        ),
        KeyDoc::new("critic", "name of a critic", "\"default\"", "Who judges the results."),
    ],
    example: r#"
[batch.launch]
composite = "vogue"
axes.green-screen = { query = "tag:reaction", limit = 20 }
axes.background = { sample = 10 }
captions = { csv = "captions.csv" }
exclude = [{ background = "city-*", caption = "ship-it" }]
profiles = ["tiktok", "preview"]"#,
};
