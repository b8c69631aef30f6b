//! Projects that several tests build: commands in layers, and a tiny film.

use crate::clips::Clips;
use crate::project::Project;
use std::sync::OnceLock;

/// Twenty commands in four layers, each with some bytes to write.
pub fn layered() -> Project {
    let project = Project::new(&layers());
    for column in 0..5 {
        project.write(&format!("in/{column}.txt"), format!("{column} x\n").repeat(200));
    }
    project
}

fn layers() -> String {
    let mut text = String::from("memefile = 1\n");
    for layer in 0..4 {
        for column in 0..5 {
            let inputs = if layer == 0 {
                format!("[\"in/{column}.txt\"]")
            } else {
                let next = (column + 1) % 5;
                format!(
                    "[\"artefacts/{}-{column}\", \"artefacts/{}-{next}\"]",
                    layer - 1,
                    layer - 1
                )
            };
            text += &format!(
                "[command.n{layer}-{column}]\nrun = [\"sh\", \"-c\", 'cat \"$@\" | sed s/x/{layer}x/ >\"$0\"', \
                 \"{{out}}\", \"{{in}}\"]\ninputs = {inputs}\noutputs = [\"artefacts/{layer}-{column}\"]\n"
            );
        }
    }
    text
}

/// Every node type of a film: a keyed clip with sound over a picture, music, an effect and a
/// caption, rendered in two segments and as a GIF, accepted by the critic.
pub const FILM: &str = r#"
memefile = 1

[source.greens]
asset = "green-screen"
files = "media/clip.mp4"

[source.places]
asset = "background"
files = "media/wall.png"

[source.beats]
asset = "music"
files = "media/beat.wav"

[source.sounds]
asset = "sound-effect"
files = "media/pop.wav"

[style.plain]
base = "subtitle"
fonts = ["sans-serif"]
size = "12%"
min-size = "8%"

[composite.hello]
duration = "2s"
green-screen = { id = "clip", scale = 0.6 }
background = "wall"
music = { id = "beat", gain = "-6dB", duck = true }
sound-effects = [{ id = "pop", at = "1.2s" }]
captions = [{ text = "hello", at = "0s..1.5s", style = "plain" }]

[profile.tiny]
size = "96x160"
fps = 12
segment = "1s"
min-duration = "1s"
preset = "ultrafast"

[profile.moving]
base = "gif"
size = "96x160"
fps = 6
segment = "1s"

[critic.default]
left-over-green = "off"
loudness-tolerance = "3 LU"
max-frozen = "3s"

[render.hello]
composite = "hello"
profiles = ["tiny", "moving"]
"#;

/// Its media, by name.
fn media() -> &'static [(&'static str, Vec<u8>)] {
    static MADE: OnceLock<Vec<(&str, Vec<u8>)>> = OnceLock::new();
    MADE.get_or_init(|| {
        const SUBJECT: &str = "-f lavfi -i color=c=0x00b140:s=96x160:r=12:d=2 \
            -f lavfi -i testsrc2=s=40x70:r=12:d=2 -f lavfi -i sine=f=300:d=2 \
            -filter_complex [0][1]overlay=28:80,noise=alls=4:allf=t:all_seed=1 \
            -c:v libx264 -preset veryfast -crf 18 -pix_fmt yuv420p -c:a aac";
        let clips = Clips::new();
        let wall = image::RgbImage::from_fn(96, 160, |x, y| image::Rgb([40, x as u8, y as u8]));
        wall.save(clips.path("wall.png")).unwrap();
        clips.make("clip.mp4", SUBJECT);
        clips.make("beat.wav", "-f lavfi -i sine=f=440:b=4:d=3");
        clips.make("pop.wav", "-f lavfi -i sine=f=900:d=0.2");
        let names = ["clip.mp4", "wall.png", "beat.wav", "pop.wav"];
        names.map(|name| (name, std::fs::read(clips.path(name)).unwrap())).into()
    })
}

pub fn film() -> Project {
    film_within(tempfile::tempdir().unwrap())
}

/// In a folder that was made ready before.
pub fn film_within(folder: tempfile::TempDir) -> Project {
    let project = Project::within(folder, FILM);
    for (name, bytes) in media() {
        project.write(&format!("media/{name}"), bytes);
    }
    project
}
