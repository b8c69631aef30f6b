//! What one part of a Memefile says of another.

use super::Project;
use crate::clips::Clips;
use insta::assert_snapshot;

const SOURCES: &str = r#"memefile = 1

[source.greens]
asset = "green-screen"
files = "green/*.mp4"

[source.beats]
asset = "music"
files = "music/*.mp3"
"#;

fn mistakes(rest: &str) -> String {
    let files = ["green/gorilla.mp4", "green/cat.mp4", "music/vogue.mp3"];
    Project::new(&files, &format!("{SOURCES}{rest}")).mistakes()
}

#[test]
fn assets_styles_profiles_critics_and_composites_must_be_there() {
    assert_snapshot!(mistakes(r#"
[composite.vogue]
green-screen = "gorila"
background = "city"
music = { id = "gorilla" }
captions = [{ text = "hi", style = "imapct" }]

[composite.other]
captions = [{ text = "ho" }]

[render.vogue]
composite = "vouge"
profiles = ["tik-tok", "story"]
critic = "strict"

[style.loud]
base = "comic"

[profile.mine]
base = "mine"
"#), @r#"
    error[unknown-reference]: there is no green-screen `gorila`
      --> Memefile.toml:12:16
       |
    12 | green-screen = "gorila"
       |                ^^^^^^^^ no source finds it
       |
       = help: did you mean `gorilla`?

    error[unknown-reference]: there is no background `city`
      --> Memefile.toml:13:14
       |
    13 | background = "city"
       |              ^^^^^^ no source finds it
       |
       = note: there is no background at all

    error[unknown-reference]: there is no music `gorilla`
      --> Memefile.toml:14:16
       |
    14 | music = { id = "gorilla" }
       |                ^^^^^^^^^ no source finds it
       |
       = note: there is only `vogue`
       = note: there is a green-screen of that id

    error[unknown-reference]: there is no style `imapct`
      --> Memefile.toml:15:36
       |
    15 | captions = [{ text = "hi", style = "imapct" }]
       |                                    ^^^^^^^^ not declared
       |
       = help: did you mean `impact`?

    error[unknown-reference]: there is no composite `vouge`
      --> Memefile.toml:21:13
       |
    21 | composite = "vouge"
       |             ^^^^^^^ not declared
       |
       = help: did you mean `vogue`?

    error[unknown-reference]: there is no profile `tik-tok`
      --> Memefile.toml:22:13
       |
    22 | profiles = ["tik-tok", "story"]
       |             ^^^^^^^^^ not declared
       |
       = help: did you mean `tiktok`?

    error[unknown-reference]: there is no profile `story`
      --> Memefile.toml:22:24
       |
    22 | profiles = ["tik-tok", "story"]
       |                        ^^^^^^^ not declared
       |
       = note: there are `tiktok`, `reels`, `shorts`, `square`, `landscape`, `gif`, `webm`, `preview` and `mine`

    error[unknown-reference]: there is no critic `strict`
      --> Memefile.toml:23:10
       |
    23 | critic = "strict"
       |          ^^^^^^^^ not declared
       |
       = note: there is only `default`

    error[unknown-reference]: there is no built-in style `comic`
      --> Memefile.toml:26:8
       |
    26 | base = "comic"
       |        ^^^^^^^ not built in
       |
       = note: there are `impact`, `tiktok` and `subtitle`

    error[unknown-reference]: there is no built-in profile `mine`
      --> Memefile.toml:29:8
       |
    29 | base = "mine"
       |        ^^^^^^ not built in
       |
       = note: there are `tiktok`, `reels`, `shorts`, `square`, `landscape`, `gif`, `webm` and `preview`

    10 errors
    "#);
}

#[test]
fn a_section_with_mistakes_is_still_there_for_others() {
    assert_snapshot!(mistakes(r#"
[composite.vogue]
duration = 3

[render.vogue]
composite = "vogue"
profiles = ["tiktok"]
"#), @r#"
    error[nothing-visible]: composite `vogue` shows nothing
      --> Memefile.toml:11:1
       |
    11 | [composite.vogue]
       | ^^^^^^^^^^^^^^^^^ no background, green-screen, captions or watermark
       |
       = help: give it at least one of these

    error[wrong-unit]: `duration` is not a time
      --> Memefile.toml:12:12
       |
    12 | duration = 3
       |            ^ expected a time such as "1.5s", "250ms" or "2m", found the number 3
       |
       = help: write "3s"

    2 errors
    "#);
}

#[test]
fn nothing_may_lie_outside_the_timeline() {
    assert_snapshot!(mistakes(r#"
[composite.vogue]
duration = "4s"
green-screen = "gorilla"
captions = [
  { text = "in time", at = "0s..4s" },
  { text = "late", at = "3s..4.5s" },
  { text = "never", at = "10s..12s" },
]

[composite.boo]
duration = "2s"
green-screen = "gorilla"
sound-effects = [{ id = "boo", at = "2s" }]
"#), @r#"
    error[outside-timeline]: a caption lies outside the timeline
      --> Memefile.toml:16:25
       |
    12 | duration = "4s"
       |            ---- the timeline ends here
    ...
    16 |   { text = "late", at = "3s..4.5s" },
       |                         ^^^^^^^^^^ it would end 0.5s late

    error[outside-timeline]: a caption lies outside the timeline
      --> Memefile.toml:17:26
       |
    12 | duration = "4s"
       |            ---- the timeline ends here
    ...
    17 |   { text = "never", at = "10s..12s" },
       |                          ^^^^^^^^^^ it is never shown

    error[unknown-reference]: there is no sound-effect `boo`
      --> Memefile.toml:23:25
       |
    23 | sound-effects = [{ id = "boo", at = "2s" }]
       |                         ^^^^^ no source finds it
       |
       = note: there is no sound-effect at all

    error[outside-timeline]: a sound effect lies outside the timeline
      --> Memefile.toml:23:37
       |
    21 | duration = "2s"
       |            ---- the timeline ends here
    22 | green-screen = "gorilla"
    23 | sound-effects = [{ id = "boo", at = "2s" }]
       |                                     ^^^^ it is never heard

    4 errors
    "#);
}

#[test]
fn without_a_duration_the_timeline_is_as_long_as_the_clip() {
    let clips = Clips::new();
    let clip = clips.make("clip.mp4", "-f lavfi -i color=green:s=64x64:r=10:d=2 -c:v libx264");
    let project = |captions: &str| {
        let text = format!(
            "{SOURCES}\n[composite.vogue]\n\
             green-screen = {{ id = \"gorilla\", start = \"0.5s\", speed = 0.5 }}\n\
             captions = [{captions}]\n"
        );
        let project = Project::new(&["music/vogue.mp3", "green/cat.mp4"], &text);
        std::fs::copy(&clip, project.root.path().join("green/gorilla.mp4")).expect("a copy");
        project
    };
    assert!(project("{ text = \"to the end\", at = \"0s..3s\" }").load().is_ok());
    assert_snapshot!(project("{ text = \"too long\", at = \"2s..3.2s\" }").mistakes(), @r#"
    error[outside-timeline]: a caption lies outside the timeline
      --> Memefile.toml:13:39
       |
    12 | green-screen = { id = "gorilla", start = "0.5s", speed = 0.5 }
       |                       --------- the film is as long as this clip: 3s
    13 | captions = [{ text = "too long", at = "2s..3.2s" }]
       |                                       ^^^^^^^^^^ it would end 0.2s late
       |
       = help: set `duration` to make the film longer: the clip repeats
    "#);
}

#[test]
fn two_outputs_with_one_path() {
    assert_snapshot!(mistakes(r#"
[command.a]
run = ["cp", "{in}", "{out}"]
inputs = ["music/vogue.mp3"]
outputs = ["out/copy.mp3"]

[command.b]
run = ["cp", "{in}", "{out}"]
inputs = ["green/cat.mp4"]
outputs = ["out/copy.mp3"]

[command.c]
run = ["cp", "{in}", "{out}"]
inputs = ["green/cat.mp4"]
outputs = ["out/copy.mp3/inner"]

[command.d]
run = ["touch", "{out}"]
outputs = ["green/cat.mp4"]
"#), @r#"
    error[duplicate-output]: `out/copy.mp3` is written twice
      --> Memefile.toml:19:12
       |
    14 | outputs = ["out/copy.mp3"]
       |            -------------- `command:a` writes it too
    ...
    19 | outputs = ["out/copy.mp3"]
       |            ^^^^^^^^^^^^^^ `command:b` writes it
       |
       = help: give one of them another path

    error[bad-output]: `out/copy.mp3/inner` cannot be written
      --> Memefile.toml:24:12
       |
    14 | outputs = ["out/copy.mp3"]
       |            -------------- a file
    ...
    24 | outputs = ["out/copy.mp3/inner"]
       |            ^^^^^^^^^^^^^^^^^^^^ `out/copy.mp3` is a file that `command:a` writes

    error[bad-output]: `green/cat.mp4` cannot be written
      --> Memefile.toml:28:12
       |
    28 | outputs = ["green/cat.mp4"]
       |            ^^^^^^^^^^^^^^^ it would overwrite an asset

    3 errors
    "#);
}

#[test]
fn a_font_that_is_not_installed_is_a_mistake_where_its_style_is_used() {
    assert_snapshot!(mistakes(r#"
[style.loud]
fonts = ["Nonesuch Grotesk"]

[composite.vogue]
green-screen = "gorilla"
captions = [{ text = "hi", style = "loud" }]

[render.vogue]
composite = "vogue"
profiles = ["tiktok"]
"#), @r#"
    error[missing-font]: no installed font is called `Nonesuch Grotesk`
      --> Memefile.toml:16:36
       |
    16 | captions = [{ text = "hi", style = "loud" }]
       |                                    ^^^^^^ in this style
       |
       = help: put the font file into the project's `fonts/` folder, or install its package
    "#);
}
