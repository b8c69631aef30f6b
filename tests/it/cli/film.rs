//! The text of commands that look into a finished film.

use super::{said, steady};
use crate::samples::film;
use insta::assert_snapshot;

#[test]
fn what_a_finished_film_tells() {
    let _steady = steady();
    let project = film();
    let build = said(&project, &["-j1"]);
    let mut lines: Vec<&str> = build.lines().collect();
    // Which of two that share their work is made first does not matter.
    lines.sort_unstable();
    assert_snapshot!(lines.join("\n"), @r"
             ran asset:background/wall [time]
             ran asset:green-screen/clip [time]
             ran asset:music/beat [time]
             ran asset:sound-effect/pop [time]
             ran caption:hello@moving/0 [time]
             ran composite:hello@moving [time]
             ran composite:hello@tiny [time]
             ran conform:background/wall@96x160-cover-6 [time]
             ran conform:music/beat [time]
             ran critic:hello@moving [time]
             ran critic:hello@tiny [time]
             ran manifest:manifest [time]
             ran render:hello@moving [time]
             ran render:hello@tiny [time]
            done 17 nodes: 14 ran, 3 from the cache; [time], and the cache saved [time]
    (exit 0)
    (talk)
    ");

    assert_snapshot!(said(&project, &["graph", "render:hello@moving"]), @r"
    asset:green-screen/clip
    asset:background/wall
    asset:music/beat
    asset:sound-effect/pop
    conform:green-screen/clip
      └── asset:green-screen/clip
    caption:hello@moving/0
    conform:background/wall@96x160-cover-6
      └── asset:background/wall
    composite:hello@moving
      ├── asset:green-screen/clip
      ├── asset:background/wall
      ├── asset:music/beat
      └── asset:sound-effect/pop
    render:hello@moving
      ├── asset:green-screen/clip
      ├── asset:background/wall
      ├── conform:green-screen/clip
      ├── caption:hello@moving/0
      ├── conform:background/wall@96x160-cover-6
      └── composite:hello@moving
    (exit 0)
    ");
    let mut numbers = insta::Settings::clone_current();
    // What is measured differs between versions of ffmpeg.
    numbers.add_filter(r"(clip|wall|beat|pop) +\d+ +", "$1 [n] ");
    numbers.add_filter(r"(?m)(Milli|Deg|Px|Complaints) +\d+", "$1 [n]");
    numbers.add_filter(r"\b(u|v|y) \d+", "$1 [n]");
    numbers.add_filter(r"quality  \d+|\d+ bytes", "[n]");
    numbers.bind(|| {
        assert_snapshot!(said(&project, &["asset", "ls"]), @r"
        KIND          ASSET  QUALITY      LENGTH  WHAT
        green-screen  clip [n] [time]  96×160 h264 12 fps, aac 44100 Hz
        background    wall [n] 96×160 png
        music         beat [n] [time]  pcm_s16le 44100 Hz
        sound-effect  pop [n] [time]  pcm_s16le 44100 Hz
        (exit 0)
        ");
        assert_snapshot!(said(&project, &["asset", "ls", "music"]), @r"
        KIND          ASSET  QUALITY      LENGTH  WHAT
        music         beat [n] [time]  pcm_s16le 44100 Hz
        (exit 0)
        ");
        // Its parts stand in the order of what they cost, which is measured too.
        let clip = said(&project, &["asset", "show", "clip"]);
        let (head, parts) = clip.split_once("PART").expect("a table");
        assert!(parts.contains("noise") && parts.contains("at most 2 steps"), "{clip}");
        assert_snapshot!(head, @r"
        green-screen/clip
          file     source.mp4 ([n])
          digest   [digest]
          what     96×160 h264 12 fps, aac 44100 Hz
          length [time]
          key      u [n], v [n], y [n], spreadMilli [n], similarityMilli [n], blendMilli [n]
          [n] of 100 (algorithm 3)
        ");
        assert_snapshot!(said(&project, &["asset", "show", "beat"]), @r"
        music/beat
          file     source.wav ([n])
          digest   [digest]
          what     pcm_s16le 44100 Hz
          length [time]
          [n] of 100 (algorithm 3)
                   PART       0–100    MEASURED  GOOD                WHAT
                   length        10 [time]  at least [time]       length without silent ends
                   loudness     100  -20.8 LUFS  at least -25 LUFS   loudness
                   clipping     100  0 a minute  at most 0 a minute  times that it clips
                   hum          100    -61.6 LU  at most -35 LU      mains hum, over its loudness
                   gaps         100         0 %  at most 5 %         silence within
                   start        100 [time]  at most [time]       silence before
                   end          100 [time]  at most [time]         silence after
                   bandwidth    100    44100 Hz  at least 32000 Hz   samples a second
          besides
                   clippedRuns                  0
                   decoderComplaints [n]
                   durationMs                   3000
                   loudnessRangeClu             0
                   truePeakCdbtp                -853
        (exit 0)
        ");
    });
    assert_snapshot!(said(&project, &["asset", "show", "clop"]), @r"
    (talk)
    error[unknown-asset]: there is no asset `clop` in the manifest
     = help: did you mean `clip`?
    (exit 2)
    ");
    assert_snapshot!(said(&project, &["asset", "ls", "films"]), @r"
    (talk)
    error: invalid value 'films' for '[KIND]': kinds are green-screen, background, music, sound-effect

    For more information, try '--help'.
    (exit 2)
    ");

    let tiny = "artefacts/renders/hello@tiny.mp4";
    assert_snapshot!(said(&project, &["check", tiny, "--profile", "tiny"]), @r"
    accepted for tiny: 1 note
    info[edit-list]: the file has an edit list (measured an edit list, limit none)
      hint: nothing need be done unless the platform refuses the file
    25 rules hold, 19 do not apply, 3 are off
    (exit 0)
    ");
    assert_snapshot!(said(&project, &["check", tiny]), @r"
    rejected for tiktok: 3 errors, 1 note
    error[dimensions]: the picture has another size (measured 96x160, limit 1080x1920)
      hint: scale to 1080x1920, or check against a profile of that size
    error[frame-rate]: the film has another frame rate (measured 12 frames/s, limit 30 frames/s)
      hint: convert with the `fps` filter
    error[duration]: the film is too short (measured [time], limit at least [time])
      hint: lengthen the composite's `duration`
    info[edit-list]: the file has an edit list (measured an edit list, limit none)
      hint: nothing need be done unless the platform refuses the file
    22 rules hold, 19 do not apply, 3 are off
    (exit 3)
    ");
    assert_snapshot!(said(&project, &["check", tiny, "--profile", "tine"]), @r"
    (talk)
    error[unknown-reference]: there is no profile `tine`
     = help: did you mean `tiny`?
    (exit 2)
    ");
    assert_snapshot!(said(&project, &["check", "nothing.mp4"]), @r"
    (talk)
    error[io]: cannot read `./nothing.mp4`: No such file or directory (os error 2)
    (exit 1)
    ");

    let holds = |args: &[&str], words: &[&str]| {
        let said = said(&project, args);
        assert!(words.iter().all(|word| said.contains(word)), "{args:?}: {said}");
    };
    holds(&["cache", "stat"], &["render/segment", "asset/ingest", "blobs", "(exit 0)"]);
    holds(&["cache", "ls", "--step", "render"], &["render/mux", "render/mix", "(exit 0)"]);
    holds(&["cache", "show", "render:hello@moving"], &["render/segment", "argv", "(exit 0)"]);
    holds(&["cache", "show", "nothing"], &["error[unknown-key]", "(exit 2)"]);
    holds(&["cache", "diff", "asset:music/beat", "asset:background/wall"], &["→", "(exit 0)"]);
    holds(&["cache", "verify"], &["all sound", "(exit 0)"]);
    holds(&["why", "render:hello@tiny"], &["render:hello@tiny ran", "never built"]);
}
