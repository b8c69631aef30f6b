//! The report page: what it shows of a project, and the file that shows it.

mod command;
mod comparing;
mod html;
mod showing;

use crate::project::Project;
use memebuild::contract;
use memebuild::contract::page::{GraphNode, RenderCard, ReportPage};

/// What the page shows of a project. Reading it checks every index, that no bars of a slot overlap and
/// that the critical path is one.
#[track_caller]
pub fn page(project: &Project, args: &[&str]) -> ReportPage {
    contract::read(&document(project, args)).unwrap()
}

#[track_caller]
pub fn document(project: &Project, args: &[&str]) -> Vec<u8> {
    let args: Vec<&str> = ["report", "--format", "json"].iter().chain(args).copied().collect();
    let output = project.run(&args);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    output.stdout
}

#[track_caller]
pub fn render<'p>(page: &'p ReportPage, name: &str) -> &'p RenderCard {
    page.renders.iter().find(|card| card.name == name).unwrap_or_else(|| panic!("no {name}"))
}

#[track_caller]
pub fn node<'p>(page: &'p ReportPage, name: &str) -> &'p GraphNode {
    page.graph.nodes.iter().find(|node| node.name == name).unwrap_or_else(|| panic!("no {name}"))
}

/// A batch of two pictures and two captions, and one cell more, that nothing built yet.
pub fn batch() -> Project {
    let project = Project::new(
        r#"
memefile = 1

[source.places]
asset = "background"
files = "media/*.png"

[profile.tiny]
size = "32x48"
audio = "forbidden"

[composite.template]
duration = "500ms"
background = "wall"
captions = [{ text = "one" }]

[batch.launch]
composite = "template"
axes.background = ["wall", "door"]
captions = { csv = "captions.csv" }
exclude = [{ background = "door", caption = "two" }]
include = [{ background = "sky", caption = "two" }]
profiles = ["tiny"]
"#,
    );
    for (name, shade) in [("wall", 40), ("door", 90), ("sky", 200)] {
        let picture = image::RgbImage::from_pixel(32, 48, image::Rgb([shade, 10, 10]));
        let path = project.root().join(format!("media/{name}.png"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        picture.save(path).unwrap();
    }
    project.write("captions.csv", "id,text\none,ship it\ntwo,roll it back\n");
    project
}
