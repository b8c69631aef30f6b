//! `memebuild demo`: a project out of nothing, and its first build.

use super::shared::{Globals, talk};
use crate::contract::caption::{
    Align, CaptionEngine, CaptionSpec, CaptionStyle, Rgba, VerticalAlign,
};
use crate::contract::geometry::{Rect, Size};
use crate::diagnostic::{Diagnostic, Exit};
use crate::media::caption::Library;
use crate::media::generate;
use crate::memefile::FILE_NAME;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Where to make it
    #[arg(default_value = "memebuild-demo")]
    folder: PathBuf,
}

const MEMEFILE: &str = include_str!("demo.toml");

/// Who dances.
const DANCERS: [(&str, &str); 2] = [("gorilla", "🦍"), ("dancer", "💃")];

pub fn run(globals: &Globals, arguments: &Arguments) -> Exit {
    let folder = globals.directory.join(&arguments.folder);
    if let Err(problem) = prepare(&folder) {
        return globals.complain(&[problem]);
    }
    talk(&format!("a small project is in `{}`; building it", folder.display()));
    let exit = super::build::run(&globals.within(folder.clone()), &Default::default());
    if exit == Exit::Ok {
        talk(&format!("look into `{}`", folder.join("artefacts/renders").display()));
        talk("then change a caption in its Memefile.toml, and run `memebuild` in there");
    }
    exit
}

/// Writes the Memefile and generates the media, unless they are there.
fn prepare(folder: &Path) -> Result<(), Diagnostic> {
    let io = |e: std::io::Error| {
        Diagnostic::usage("io", format!("cannot write into `{}`: {e}", folder.display()))
    };
    for kind in ["green", "backgrounds", "music", "effects"] {
        std::fs::create_dir_all(folder.join("media").join(kind)).map_err(io)?;
    }
    let memefile = folder.join(FILE_NAME);
    if !memefile.exists() {
        std::fs::write(&memefile, MEMEFILE).map_err(io)?;
    }
    let media = folder.join("media");
    let absent = |path: &PathBuf| !path.exists();
    for (name, emoji) in DANCERS {
        if let Some(clip) = Some(media.join(format!("green/{name}.mp4"))).filter(absent) {
            let sprite = tempfile::Builder::new().suffix(".png").tempfile().map_err(io)?;
            std::fs::write(sprite.path(), picture(emoji, folder)?).map_err(io)?;
            generate::dancer(sprite.path(), &clip)?;
        }
    }
    for seed in [3, 11] {
        let backdrop = media.join(format!("backgrounds/glow-{seed}.jpg"));
        if absent(&backdrop) {
            generate::backdrop(seed, &backdrop)?;
        }
    }
    let tune = media.join("music/four-chords.wav");
    if absent(&tune) {
        generate::tune(&tune)?;
    }
    let blip = media.join("effects/blip.wav");
    if absent(&blip) {
        generate::blip(&blip)?;
    }
    Ok(())
}

/// An emoji as a PNG, by the typesetter.
fn picture(emoji: &str, folder: &Path) -> Result<Vec<u8>, Diagnostic> {
    const SIDE: u32 = 420;
    let spec = CaptionSpec {
        text: emoji.to_owned(),
        engine: CaptionEngine::Typeset,
        style: CaptionStyle {
            families: vec!["Noto Color Emoji".to_owned()],
            weight: 400,
            size_max: 360,
            size_min: 100,
            line_height_milli: 1000,
            color: Rgba(255, 255, 255, 255),
            uppercase: false,
            outline: None,
            shadow: None,
            plate: None,
            align: Align::Center,
            vertical_align: VerticalAlign::Middle,
            max_lines: 1,
        },
        canvas: Size { width: SIDE, height: SIDE },
        area: Rect { x: 0, y: 0, width: SIDE, height: SIDE },
    };
    Library::scan(folder, None).draw(&spec, folder)?.bitmap.to_png()
}
