//! Planning batches window by window says what planning all at once says.

use crate::project::Project;
use memebuild::diagnostic::Diagnostic;
use memebuild::engine::plan::{Outlook, plan};
use memebuild::engine::project;

const MEMEFILE: &str = r#"
memefile = 1

[source.places]
asset = "background"
files = "*.png"

[profile.tiny]
size = "64x96"
segment = "1s"
min-duration = "1s"
audio = "forbidden"

[composite.template]
duration = "1s"
background = "wall"
captions = [{ text = "one" }]

[batch.launch]
composite = "template"
axes.background = "*"
captions = { csv = "captions.csv" }
exclude = [{ background = "door", caption = "r2" }]
include = [{ background = "door", caption = "r2" }]
profiles = ["tiny"]

[batch.more]
composite = "template"
axes.background = ["yard", "wall"]
captions = { csv = "captions.csv" }
limit = 5
profiles = ["tiny"]

[command.count]
run = ["sh", "-c", 'wc -c <"$0" >"$1"', "{in}", "{out}"]
inputs = ["render:launch/wall+r3@tiny"]
outputs = ["artefacts/count"]
"#;

fn project(memefile: &str) -> Project {
    let project = Project::new(memefile);
    for name in ["wall", "door", "yard"] {
        project.write(&format!("{name}.png"), name);
    }
    let row = |at: usize| format!("r{at},TEXT {}\n", at % 3);
    project.write("captions.csv", format!("id,text\n{}", (0..7).map(row).collect::<String>()));
    project
}

/// The plan, sorted, and what it comes to.
fn planned(project: &Project, window: usize) -> Result<(Vec<String>, Outlook), Vec<Diagnostic>> {
    let project = project::Project::find(project.root()).unwrap();
    let mut lines = Vec::new();
    let outlook = plan(&project, &[], window, &mut |planned| lines.push(format!("{planned:?}")))?;
    lines.sort();
    Ok((lines, outlook))
}

const WHOLE: usize = 1 << 40;

#[test]
fn a_window_says_what_the_whole_says() {
    let project = project(MEMEFILE);
    let whole = planned(&project, WHOLE).unwrap();
    // Four nodes a cell, and no node twice.
    let cells: usize = whole.1.batches.iter().map(|growth| growth.cells).sum();
    assert_eq!(cells, 21 + 5);
    assert_eq!(whole.1.captions, (26, 3));
    assert!(whole.0.windows(2).all(|pair| pair[0] != pair[1]));
    for window in [1, 2, 5, 7, 21, 30] {
        assert!(planned(&project, window).unwrap() == whole, "window {window}");
    }
}

#[test]
fn a_window_finds_the_mistakes_that_the_whole_finds() {
    let fonts = MEMEFILE
        .replace("[batch.launch]", "[style.odd]\nfonts = [\"No Such Font\"]\n\n[batch.launch]")
        .replace("{ text = \"one\" }", "{ text = \"one\", style = \"odd\" }");
    let (fonts, _) = fonts.split_once("[command.count]").unwrap();
    let project = project(fonts);
    let whole = planned(&project, WHOLE).unwrap_err();
    assert!(whole.iter().any(|mistake| mistake.message.contains("more cells")), "{whole:?}");
    for window in [1, 5, 21] {
        assert!(planned(&project, window).unwrap_err() == whole, "window {window}");
    }
}
