//! Small media out of nothing, by ffmpeg's own generators: for `memebuild demo`, so that a person
//! without a single file sees a meme within a minute. The same bytes on each machine with the same
//! ffmpeg.

use super::ffmpeg::{Job, Program};
use crate::diagnostic::Diagnostic;
use std::ffi::OsString;
use std::path::Path;

/// A picture with an alpha channel that dances over green: the clip of a phone.
///
/// `sprite` is a PNG of about 420 × 420 pixels. Three seconds, 540 × 960, 30 frames a second.
pub fn dancer(sprite: &Path, dest: &Path) -> Result<(), Diagnostic> {
    const MOVES: &str = "[1:v]format=rgba,rotate=a='0.25*sin(2*PI*t*1.5)':c=none:ow=520:oh=520[s];\
        [0:v]noise=alls=4:all_seed=7:allf=t[g];\
        [g][s]overlay=x='10+40*sin(2*PI*t*0.75)':y='330-60*abs(sin(2*PI*t*1.5))':format=yuv444";
    let args = os([
        "-f",
        "lavfi",
        "-i",
        "color=0x00b140:s=540x960:r=30:d=3",
        "-loop",
        "1",
        "-framerate",
        "30",
        "-f",
        "image2",
        "-i",
    ]);
    let encode = [
        "-filter_complex",
        MOVES,
        "-t",
        "3",
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "18",
        "-pix_fmt",
        "yuv420p",
        "-g",
        "30",
    ];
    make(Program::Ffmpeg, [args, vec![sprite.into()], os(encode)].concat(), dest)
}

/// A photo of nowhere: soft colours that flow into each other.
///
/// Colours and places are drawn here: ffmpeg's `gradients` has a `seed`, but in 5.1 its random colours
/// do not come from it.
pub fn backdrop(seed: u32, dest: &Path) -> Result<(), Diagnostic> {
    let mut state = u64::from(seed);
    let mut below = |limit: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    };
    let mut source = "gradients=s=1280x720:d=1:r=1:nb_colors=4".to_owned();
    for n in 0..4 {
        source += &format!(":c{n}=0x{:02x}{:02x}{:02x}", below(256), below(256), below(256));
    }
    // From somewhere at the left to somewhere at the right.
    let (x0, y0, x1, y1) = (below(320), below(720), 960 + below(320), below(720));
    source += &format!(":x0={x0}:y0={y0}:x1={x1}:y1={y1}");
    let args = os(["-f", "lavfi", "-i", &source, "-frames:v", "1", "-q:v", "2"]);
    make(Program::Ffmpeg, args, dest)
}

/// Eight seconds of a tune: four chords and a beat.
pub fn tune(dest: &Path) -> Result<(), Diagnostic> {
    const TUNE: &str = "aevalsrc='0.16*(sin(2*PI*t*220*pow(2\\,floor(mod(t\\,8)/2)*5/12-\
        12/12*gt(mod(t\\,8)\\,5.9)))+sin(2*PI*t*277.2)*lt(mod(t\\,4)\\,2)+sin(2*PI*t*329.6))\
        *(0.6+0.4*exp(-8*mod(t\\,0.5)))+0.3*sin(2*PI*55*t)*exp(-18*mod(t\\,0.5))':s=48000:d=8";
    make(Program::Ffmpeg, os(["-f", "lavfi", "-i", TUNE, "-ac", "2"]), dest)
}

/// Half a second of a falling blip.
pub fn blip(dest: &Path) -> Result<(), Diagnostic> {
    const BLIP: &str = "aevalsrc='0.6*sin(2*PI*(900*t-500*t*t))*exp(-7*t)':s=48000:d=0.5";
    make(Program::Ffmpeg, os(["-f", "lavfi", "-i", BLIP]), dest)
}

fn os<const N: usize>(args: [&str; N]) -> Vec<OsString> {
    args.map(OsString::from).into()
}

fn make(program: Program, args: Vec<OsString>, dest: &Path) -> Result<(), Diagnostic> {
    let mut all = os(["-nostdin", "-hide_banner", "-loglevel", "error", "-y"]);
    all.extend(args);
    all.extend(os(["-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]));
    all.push(super::ffmpeg::file_url(dest.as_os_str()));
    Job::new(program).args(all).output(1 << 16).map(drop).map_err(|failure| {
        failure.diagnose("demo", format!("cannot generate `{}`", dest.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_photo_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let photo = |seed, name: &str| {
            let path = folder.path().join(name);
            backdrop(seed, &path).unwrap();
            std::fs::read(path).unwrap()
        };
        let first = photo(3, "a.jpg");
        assert_eq!(photo(3, "b.jpg"), first);
        assert_ne!(photo(4, "c.jpg"), first);
    }
}
