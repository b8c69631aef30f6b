//! Keys: unknown ones, missing ones, and those that contradict each other.

use super::said;
use insta::assert_snapshot;

#[test]
fn unknown_keys_get_the_nearest_known_one() {
    assert_snapshot!(said(r#"
[composite.vogue]
caption = [{ text = "hi" }]
green_screen = "gorilla"
background = { id = "city", fitt = "cover" }
volume = 11
"#), @r#"
    error[unknown-key]: composite `vogue` has no key `caption`
     --> Memefile.toml:4:1
      |
    4 | caption = [{ text = "hi" }]
      | ^^^^^^^ not a key of this table
      |
      = help: did you mean `captions`?

    error[unknown-key]: composite `vogue` has no key `green_screen`
     --> Memefile.toml:5:1
      |
    5 | green_screen = "gorilla"
      | ^^^^^^^^^^^^ not a key of this table
      |
      = help: did you mean `green-screen`?

    error[unknown-key]: `background` has no key `fitt`
     --> Memefile.toml:6:29
      |
    6 | background = { id = "city", fitt = "cover" }
      |                             ^^^^ not a key of this table
      |
      = help: did you mean `fit`?

    error[unknown-key]: composite `vogue` has no key `volume`
     --> Memefile.toml:7:1
      |
    7 | volume = 11
      | ^^^^^^ not a key of this table
      |
      = help: there are `duration`, `background`, `green-screen`, `music`, `sound-effects`, `captions`, `watermark` and `clip-audio`

    4 errors
    "#);
}

#[test]
fn missing_keys_and_empty_lists() {
    assert_snapshot!(said(r#"
[source.greens]
files = []

[composite.vogue]
green-screen = { scale = 0.5 }
sound-effects = [{ at = "1s" }]
captions = [{ at = "0s..1s" }, { text = "  " }, { text = "hi", place = { x = "0%", y = "0%", width = "50%" } }]

[composite.dark]
music = "vogue"

[render.vogue]
profiles = []

[command.x]
run = []
"#), @r#"
    error[missing-key]: source `greens` has no `asset`
     --> Memefile.toml:3:1
      |
    3 | [source.greens]
      | ^^^^^^^^^^^^^^^ `asset` is required here
      |
      = help: add `asset = …` (`green-screen`, `background`, `music` or `sound-effect`)

    error[wrong-type]: `files` is not at least one glob
     --> Memefile.toml:4:9
      |
    4 | files = []
      |         ^^ expected at least one glob, found a list

    error[missing-key]: `green-screen` has no `id`
     --> Memefile.toml:7:16
      |
    7 | green-screen = { scale = 0.5 }
      |                ^^^^^^^^^^^^^^^ `id` is required here
      |
      = help: add `id = …` (id of an asset)

    error[missing-key]: item 1 of `sound-effects` has no `id`
     --> Memefile.toml:8:18
      |
    8 | sound-effects = [{ at = "1s" }]
      |                  ^^^^^^^^^^^^^ `id` is required here
      |
      = help: add `id = …` (id of an asset)

    error[missing-key]: item 1 of `captions` has no `text`
     --> Memefile.toml:9:13
      |
    9 | captions = [{ at = "0s..1s" }, { text = "  " }, { text = "hi", place = { x = "0%", y = "0%", width = "50%" } }]
      |             ^^^^^^^^^^^^^^^^^ `text` is required here
      |
      = help: add `text = …` (string)

    error[wrong-value]: `text` is not a caption
     --> Memefile.toml:9:41
      |
    9 | captions = [{ at = "0s..1s" }, { text = "  " }, { text = "hi", place = { x = "0%", y = "0%", width = "50%" } }]
      |                                         ^^^^ it is empty

    error[missing-key]: `place` has no `height`
     --> Memefile.toml:9:72
      |
    9 | captions = [{ at = "0s..1s" }, { text = "  " }, { text = "hi", place = { x = "0%", y = "0%", width = "50%" } }]
      |                                                                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `height` is required here
      |
      = help: add `height = …` (length)

    error[nothing-visible]: composite `dark` shows nothing
      --> Memefile.toml:11:1
       |
    11 | [composite.dark]
       | ^^^^^^^^^^^^^^^^ no background, green-screen, captions or watermark
       |
       = help: give it at least one of these

    error[missing-key]: nothing says what render `vogue` renders
      --> Memefile.toml:14:1
       |
    14 | [render.vogue]
       | ^^^^^^^^^^^^^^ no `composite`, and no `choice`
       |
       = help: add `composite = …` (name of a composite)

    error[wrong-type]: `profiles` is not at least one profile
      --> Memefile.toml:15:12
       |
    15 | profiles = []
       |            ^^ expected at least one profile, found a list

    error[missing-key]: command `x` has no `outputs`
      --> Memefile.toml:17:1
       |
    17 | [command.x]
       | ^^^^^^^^^^^ `outputs` is required here
       |
       = help: add `outputs = …` (list of strings)

    11 errors
    "#);
}

#[test]
fn contradictions() {
    assert_snapshot!(said(r#"
[composite.vogue]
green-screen = { id = "gorilla", scale = 0.5, width = "50%" }

[profile.gif]
audio = "required"

[render.vogue]
composite = "vogue"
profiles = ["tiktok", "preview", "tiktok"]
"#), @r#"
    error[contradiction]: `scale` and `width` contradict each other
     --> Memefile.toml:4:55
      |
    4 | green-screen = { id = "gorilla", scale = 0.5, width = "50%" }
      |                                          ---          ^^^^^ the size is set twice
      |                                          |
      |                                          it is set here too
      |
      = help: keep one of them

    error[contradiction]: a GIF has no sound
     --> Memefile.toml:7:9
      |
    7 | audio = "required"
      |         ^^^^^^^^^^ cannot be required
      |
      = help: remove `audio`, or choose another container

    error[duplicate-value]: profile `tiktok` stands twice
      --> Memefile.toml:11:34
       |
    11 | profiles = ["tiktok", "preview", "tiktok"]
       |                                  ^^^^^^^^ already in this list

    3 errors
    "#);
}

#[test]
fn captions_that_no_typesetter_should_get() {
    assert_snapshot!(said(r#"
[composite.vogue]
captions = [{ text = "bell\u0007" }, { text = "two\nlines\tare fine" }]
"#), @r#"
    error[wrong-value]: `text` is not a caption
     --> Memefile.toml:4:22
      |
    4 | captions = [{ text = "bell\u0007" }, { text = "two\nlines\tare fine" }]
      |                      ^^^^^^^^^^^^ it has the control character \u{7}
    "#);
}

#[test]
fn a_critic_has_the_rules_and_limits_of_its_registry() {
    assert_snapshot!(said(r#"
[critic.default]
max-loudness = -13
min-contrast = 40
max-black = "2 weeks"
frosen = "off"
frozen = "maybe"
caption-size = 3
max-gop = true

[critic.good]
max-loudness = "-13 LUFS"
min-contrast = 4.5
max-black = "1.5s"
frozen = "off"
"#), @r#"
    error[wrong-unit]: `max-loudness` has no unit
     --> Memefile.toml:4:16
      |
    4 | max-loudness = -13
      |                ^^^ a number of what?
      |
      = help: write "-13 LUFS"

    error[wrong-value]: `min-contrast` is not an acceptable limit
     --> Memefile.toml:5:16
      |
    5 | min-contrast = 40
      |                ^^ 40:1 is outside 1:1 to 21:1

    error[wrong-value]: `max-black` is not an acceptable limit
     --> Memefile.toml:6:13
      |
    6 | max-black = "2 weeks"
      |             ^^^^^^^^^ expected a number such as `800 ms`

    error[unknown-key]: critic `default` has no key `frosen`
     --> Memefile.toml:7:1
      |
    7 | frosen = "off"
      | ^^^^^^ not a key of this table
      |
      = help: did you mean `frozen`?

    error[wrong-value]: `frozen` is not a strictness
     --> Memefile.toml:8:10
      |
    8 | frozen = "maybe"
      |          ^^^^^^^ expected "error", "warning", "info" or "off"

    error[wrong-type]: `caption-size` is not a strictness
     --> Memefile.toml:9:16
      |
    9 | caption-size = 3
      |                ^ expected a strictness such as "warning", found the number 3

    error[wrong-type]: `max-gop` is not a limit with its unit
      --> Memefile.toml:10:11
       |
    10 | max-gop = true
       |           ^^^^ expected a limit with its unit, found `true`

    7 errors
    "#);
}
