//! Which installed fonts a caption is drawn with.

use super::{FONTS, spec, style};
use memebuild::contract::caption::CaptionStyle;
use memebuild::media::caption::Library;
use std::path::Path;

#[test]
fn a_font_that_is_not_needed_changes_nothing() {
    let noto = Path::new("/usr/share/fonts/truetype/noto");
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str, to: &str| {
        std::fs::create_dir_all(folder.path().join(to)).expect("a folder");
        std::fs::copy(noto.join(name), folder.path().join(to).join(name)).expect("a font");
    };
    copy("NotoSans-Bold.ttf", "a");
    copy("NotoSansDevanagari-Bold.ttf", "a");
    let index = folder.path().join("index.json");
    let chosen = |text: &str| {
        let folders = [folder.path().join("a"), folder.path().join("b")];
        let library = Library::of(folder.path(), &folders, Some(&index));
        let faces = library.resolve(&spec(text, style(), 200, 100)).expect("fonts").faces;
        let name = |path: &Path| path.file_name().expect("a name").to_owned();
        faces.iter().map(|face| name(&face.path)).collect::<Vec<_>>()
    };
    assert_eq!(chosen("ship it"), ["NotoSans-Bold.ttf"]);
    let before = chosen("ship जी");
    copy("NotoSansArabic-Bold.ttf", "b");
    copy("NotoSans-Regular.ttf", "b");
    copy("NotoSerif-Bold.ttf", "b");
    assert_eq!(chosen("ship जी"), before);
    assert_eq!(chosen("نعم"), ["NotoSans-Bold.ttf", "NotoSansArabic-Bold.ttf"]);
    // The index is remembered, and what it remembers of a file that changed is not believed.
    std::fs::copy(noto.join("NotoSerif-Bold.ttf"), folder.path().join("a/NotoSans-Bold.ttf"))
        .expect("a font");
    assert_eq!(chosen("ship it"), ["NotoSans-Regular.ttf"]);
}

#[test]
fn fonts_of_the_project_come_first_and_are_named_within_it() {
    let project = tempfile::tempdir().expect("a folder");
    let own = project.path().join("fonts/noto");
    std::fs::create_dir_all(&own).expect("a folder");
    let noto = Path::new("/usr/share/fonts/truetype/noto");
    std::fs::copy(noto.join("NotoSerif-Bold.ttf"), own.join("Mine.ttf")).expect("a font");
    let library = Library::of(project.path(), &[noto.to_owned()], None);
    let style = CaptionStyle { families: vec!["noto serif".to_owned()], ..style() };
    let spec = spec("a", style, 200, 100);
    let faces = library.resolve(&spec).expect("fonts").faces;
    assert_eq!(faces[0].path, Path::new("fonts/noto/Mine.ttf"));
    let set = library.draw(&spec, project.path()).expect("it is found from anywhere");
    assert_eq!(set.facts.families, ["Noto Serif"]);
}

#[test]
fn a_lighter_face_is_made_bolder() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["NotoSans-Regular.ttf", "NotoSans-Bold.ttf"] {
        let from = Path::new("/usr/share/fonts/truetype/noto").join(name);
        std::fs::copy(from, folder.path().join(name)).expect("a font");
    }
    let library = Library::of(Path::new("/nonexistent"), &[folder.path().to_owned()], None);
    let face = |weight: u32| {
        let style = CaptionStyle { weight, ..style() };
        let face = library.resolve(&spec("a", style, 200, 100)).expect("fonts").faces.remove(0);
        let name = face.path.file_name().expect("a name").to_string_lossy().into_owned();
        (name, face.embolden_milli)
    };
    assert_eq!(face(400), ("NotoSans-Regular.ttf".to_owned(), 0));
    assert_eq!(face(700), ("NotoSans-Bold.ttf".to_owned(), 0));
    assert_eq!(face(900), ("NotoSans-Bold.ttf".to_owned(), 14));
}

#[test]
fn a_font_that_is_missing_is_told_with_one_that_is_alike() {
    assert!(FONTS.require(&["Nonesuch".to_owned(), "Noto Sans".to_owned()]).is_ok());
    assert!(FONTS.require(&["sans-serif".to_owned()]).is_ok());
    let error = FONTS.require(&["Notto Sans".to_owned()]).expect_err("no such font");
    insta::assert_snapshot!(
        format!("{}\n{}", error.message, error.hints.join("\n")),
        @r"
    no installed font is called `Notto Sans`
    did you mean `Noto Sans`?
    put the font file into the project's `fonts/` folder, or install its package
    "
    );
    let none = Library::of(Path::new("/nonexistent"), &[], None);
    let error = none.resolve(&spec("a", style(), 200, 100)).expect_err("no fonts");
    assert_eq!(error.code, "no-fonts");
}
