//! Previews: what lies beside a film for people who look at many.

use crate::page::{page, render};
use crate::project::Project;
use crate::samples;
use image::AnimationDecoder;
use image::codecs::webp::WebPDecoder;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

const PREVIEW: &str = "artefacts/renders/hello@tiny.preview.webp";
const WAVEFORM: &str = "artefacts/renders/hello@tiny.waveform.png";

/// Lets the profile of MP4 films ask for previews, or not.
fn ask(project: &Project, previews: bool) {
    let plain = samples::FILM.replace("base = \"gif\"\n", "base = \"gif\"\npreviews = true\n");
    let asked = plain.replace("[profile.tiny]\n", "[profile.tiny]\npreviews = true\n");
    project.write("Memefile.toml", if previews { asked } else { plain });
}

/// Each frame of a WebP: how long it is shown, milliseconds, and its pixels.
fn frames(path: &Path) -> Vec<(u32, image::RgbaImage)> {
    let decoder = WebPDecoder::new(BufReader::new(File::open(path).unwrap())).unwrap();
    let frames = decoder.into_frames().collect_frames().unwrap();
    let one = |frame: image::Frame| (frame.delay().numer_denom_ms().0, frame.into_buffer());
    frames.into_iter().map(one).collect()
}

#[test]
fn a_film_is_shown_at_a_glance_and_rendered_once() {
    let project = samples::film();
    ask(&project, false);
    project.expect(0, &["build"]);
    assert!(!project.root().join(PREVIEW).exists(), "nobody asked");
    let film = std::fs::read(project.root().join("artefacts/renders/hello@tiny.mp4")).unwrap();

    // Asking later makes the two pictures of the film that is there.
    ask(&project, true);
    assert_eq!(project.build()["actions_ran"], 2);
    assert_eq!(
        std::fs::read(project.root().join("artefacts/renders/hello@tiny.mp4")).unwrap(),
        film
    );
    let frames = frames(&project.root().join(PREVIEW));
    // Two seconds, ten frames each.
    assert_eq!(frames.len(), 20);
    assert!(frames.iter().all(|(ms, picture)| *ms == 100 && picture.dimensions() == (96, 160)));
    assert_ne!(frames[0].1, frames[10].1, "it moves");
    // The wall of the background, red 40 and blue by height, has the colours that it was given.
    let image::Rgba([red, green, blue, _]) = *frames[5].1.get_pixel(8, 80);
    for (is, was) in [(red, 40), (green, 8), (blue, 80)] {
        assert!(is.abs_diff(was) <= 16, "{:?}", (red, green, blue));
    }
    let sound = image::open(project.root().join(WAVEFORM)).unwrap().to_rgba8();
    assert_eq!(sound.dimensions(), (720, 96));
    let ink = sound.pixels().filter(|pixel| pixel.0[3] > 128).count();
    assert!((720..720 * 96).contains(&ink), "{ink} pixels of sound");

    // A GIF moves by itself, and is silent.
    let page = page(&project, &[]);
    let pictures = |name| {
        let card = render(&page, name);
        (card.preview.as_deref(), card.waveform.as_deref())
    };
    assert_eq!(pictures("hello@tiny"), (Some(PREVIEW), Some(WAVEFORM)));
    assert_eq!(pictures("hello@moving"), (Some("artefacts/renders/hello@moving.gif"), None));

    // Nobody asks any more: the pictures go, as all that nothing publishes does.
    ask(&project, false);
    assert_eq!(project.build()["actions_ran"], 0);
    assert!(!project.root().join(PREVIEW).exists() && !project.root().join(WAVEFORM).exists());
}
