//! Values: types, words, units and bounds.

use super::said;
use insta::assert_snapshot;

#[test]
fn wrong_units_get_the_right_one() {
    assert_snapshot!(said(r#"
[composite.vogue]
duration = 6
background = "city"
music = { id = "vogue", start = "12 sec", gain = "-8db", fade-out = "half a second" }
sound-effects = [{ id = "boo", at = 1.5 }]
watermark = { id = "logo", width = 120, opacity = 60 }
captions = [{ text = "hi", at = "0..2.5s" }, { text = "ho", at = "3s..2s" }]

[profile.own]
loudness = -14
true-peak = "-1 dB"
max-size = "20 mb"
fps = 29.97
size = "1080*1920"
"#), @r#"
    error[wrong-unit]: `duration` is not a time
     --> Memefile.toml:4:12
      |
    4 | duration = 6
      |            ^ expected a time such as "1.5s", "250ms" or "2m", found the number 6
      |
      = help: write "6s"

    error[wrong-value]: `start` is not a time
     --> Memefile.toml:6:33
      |
    6 | music = { id = "vogue", start = "12 sec", gain = "-8db", fade-out = "half a second" }
      |                                 ^^^^^^^^ unit `sec` is not one of s, ms, m, h
      |
      = help: write "12s"

    error[wrong-value]: `gain` is not a gain
     --> Memefile.toml:6:50
      |
    6 | music = { id = "vogue", start = "12 sec", gain = "-8db", fade-out = "half a second" }
      |                                                  ^^^^^^ unit `db` is not one of dB
      |
      = help: write "-8dB"

    error[wrong-value]: `fade-out` is not a time
     --> Memefile.toml:6:69
      |
    6 | music = { id = "vogue", start = "12 sec", gain = "-8db", fade-out = "half a second" }
      |                                                                     ^^^^^^^^^^^^^^^ expected a time such as "1.5s", "250ms" or "2m"

    error[wrong-unit]: `at` is not a time
     --> Memefile.toml:7:37
      |
    7 | sound-effects = [{ id = "boo", at = 1.5 }]
      |                                     ^^^ expected a time such as "1.5s", "250ms" or "2m", found the number 1.5
      |
      = help: write "1.5s"

    error[wrong-unit]: `width` is not a length
     --> Memefile.toml:8:36
      |
    8 | watermark = { id = "logo", width = 120, opacity = 60 }
      |                                    ^^^ expected a length such as "5%" or "40px", found the number 120
      |
      = help: write "120px"

    error[out-of-range]: `opacity` is not a share
     --> Memefile.toml:8:51
      |
    8 | watermark = { id = "logo", width = 120, opacity = 60 }
      |                                                   ^^ expected a share such as "40%" or 0.4, from 0% to 100%, in steps of 0.1%
      |
      = help: write "60%"

    error[wrong-value]: `at` is not a time range
     --> Memefile.toml:9:33
      |
    9 | captions = [{ text = "hi", at = "0..2.5s" }, { text = "ho", at = "3s..2s" }]
      |                                 ^^^^^^^^^ its start is not a time: it has no unit
      |
      = help: write "0s"

    error[wrong-value]: `at` is not a time range
     --> Memefile.toml:9:66
      |
    9 | captions = [{ text = "hi", at = "0..2.5s" }, { text = "ho", at = "3s..2s" }]
      |                                                                  ^^^^^^^^ it ends before it has begun

    error[wrong-unit]: `loudness` is not a loudness
      --> Memefile.toml:12:12
       |
    12 | loudness = -14
       |            ^^^ expected a loudness such as "-14 LUFS", found the number -14
       |
       = help: write "-14 LUFS"

    error[wrong-value]: `true-peak` is not a true peak
      --> Memefile.toml:13:13
       |
    13 | true-peak = "-1 dB"
       |             ^^^^^^^ unit `dB` is not one of dBTP
       |
       = help: write "-1 dBTP"

    error[wrong-value]: `max-size` is not a size
      --> Memefile.toml:14:12
       |
    14 | max-size = "20 mb"
       |            ^^^^^^^ unit `mb` is not one of MB, B, kB, GB, KiB, MiB, GiB
       |
       = help: write "20MB"

    error[wrong-value]: `fps` is not a frame rate
      --> Memefile.toml:15:7
       |
    15 | fps = 29.97
       |       ^^^^^ expected a frame rate such as 30 or "30000/1001", from 1 to 120
       |
       = help: write "30000/1001"

    error[wrong-value]: `size` is not a size in pixels
      --> Memefile.toml:16:8
       |
    16 | size = "1080*1920"
       |        ^^^^^^^^^^^ expected a size in pixels such as "1080x1920"

    14 errors
    "#);
}

#[test]
fn wrong_types_say_what_was_expected_and_what_was_found() {
    assert_snapshot!(said(r#"
[project]
name = 3
seed = "seven"

[composite.vogue]
green-screen = ["gorilla"]
captions = { text = "hi" }
sound-effects = ["boo", 3]
clip-audio = "no"

[style.own]
fonts = "Impact"
uppercase = 1
outline = true
color = 2026-11-24
"#), @r##"
    error[wrong-type]: `name` is not a string
     --> Memefile.toml:4:8
      |
    4 | name = 3
      |        ^ expected a string, found the number 3

    error[wrong-type]: `seed` is not a whole number from 0 to 9223372036854775807
     --> Memefile.toml:5:8
      |
    5 | seed = "seven"
      |        ^^^^^^^ expected a whole number from 0 to 9223372036854775807, found a string

    error[wrong-type]: `green-screen` is not an id or a table
     --> Memefile.toml:8:16
      |
    8 | green-screen = ["gorilla"]
      |                ^^^^^^^^^^^ expected an id or a table, found a list

    error[wrong-type]: `captions` is not a list of tables
     --> Memefile.toml:9:12
      |
    9 | captions = { text = "hi" }
      |            ^^^^^^^^^^^^^^^ expected a list of tables, found a table

    error[wrong-type]: item 1 of `sound-effects` is not a table
      --> Memefile.toml:10:18
       |
    10 | sound-effects = ["boo", 3]
       |                  ^^^^^ expected a table, found a string

    error[wrong-type]: item 2 of `sound-effects` is not a table
      --> Memefile.toml:10:25
       |
    10 | sound-effects = ["boo", 3]
       |                         ^ expected a table, found the number 3

    error[wrong-type]: `clip-audio` is not `true`, `false` or a table
      --> Memefile.toml:11:14
       |
    11 | clip-audio = "no"
       |              ^^^^ expected `true`, `false` or a table, found a string

    error[wrong-type]: `fonts` is not a list
      --> Memefile.toml:14:9
       |
    14 | fonts = "Impact"
       |         ^^^^^^^^ expected a list, found a string

    error[wrong-type]: `uppercase` is not `true` or `false`
      --> Memefile.toml:15:13
       |
    15 | uppercase = 1
       |             ^ expected `true` or `false`, found the number 1

    error[wrong-type]: `outline` is not a table or `false`
      --> Memefile.toml:16:11
       |
    16 | outline = true
       |           ^^^^ expected a table or `false`, found `true`

    error[wrong-type]: `color` is not a colour
      --> Memefile.toml:17:9
       |
    17 | color = 2026-11-24
       |         ^^^^^^^^^^ expected a colour such as "#ffcc00", "#ffcc0080" or "white", found a date or time of day

    11 errors
    "##);
}

#[test]
fn words_out_of_a_set() {
    assert_snapshot!(said(r#"
[source.greens]
asset = "greenscreen"
files = "*.mp4"

[composite.vogue]
background = { id = "city", fit = "crop", repeat = "looop" }
green-screen = { id = "gorilla", anchor = "bottom-centre", key = { engine = "chroma-key" } }
captions = [{ text = "hi", place = "up", engine = "typeset" }]

[profile.own]
container = "mov"
preset = "very fast"
"#), @r#"
    error[wrong-value]: `asset` is not a kind of asset
     --> Memefile.toml:4:9
      |
    4 | asset = "greenscreen"
      |         ^^^^^^^^^^^^^ expected "green-screen", "background", "music" or "sound-effect"
      |
      = help: did you mean "green-screen"?

    error[wrong-value]: `fit` is not a way to fit
     --> Memefile.toml:8:35
      |
    8 | background = { id = "city", fit = "crop", repeat = "looop" }
      |                                   ^^^^^^ expected "cover", "contain", "blur-fill", "stretch" or "none"

    error[wrong-value]: `repeat` is not a way to repeat
     --> Memefile.toml:8:52
      |
    8 | background = { id = "city", fit = "crop", repeat = "looop" }
      |                                                    ^^^^^^^ expected "loop", "freeze" or "once"
      |
      = help: did you mean "loop"?

    error[wrong-value]: `anchor` is not a point
     --> Memefile.toml:9:43
      |
    9 | green-screen = { id = "gorilla", anchor = "bottom-centre", key = { engine = "chroma-key" } }
      |                                           ^^^^^^^^^^^^^^^ expected "center", "top-left", "top", "top-right", "left", "right", "bottom-left", "bottom" or "bottom-right"
      |
      = help: did you mean "bottom-left"?

    error[wrong-value]: `engine` is not a keyer
     --> Memefile.toml:9:77
      |
    9 | green-screen = { id = "gorilla", anchor = "bottom-centre", key = { engine = "chroma-key" } }
      |                                                                             ^^^^^^^^^^^^ expected "tables" or "chromakey"
      |
      = help: did you mean "chromakey"?

    error[wrong-value]: `place` is not a place
      --> Memefile.toml:10:36
       |
    10 | captions = [{ text = "hi", place = "up", engine = "typeset" }]
       |                                    ^^^^ expected "top", "middle" or "bottom"

    error[wrong-value]: `container` is not a file format
      --> Memefile.toml:13:13
       |
    13 | container = "mov"
       |             ^^^^^ expected "mp4", "gif" or "webm"

    error[wrong-value]: `preset` is not an x264 preset
      --> Memefile.toml:14:10
       |
    14 | preset = "very fast"
       |          ^^^^^^^^^^^ expected "ultrafast", "superfast", "veryfast", "faster", "fast", "medium" or "slow"
       |
       = help: did you mean "veryfast"?

    8 errors
    "#);
}

#[test]
fn numbers_out_of_bounds() {
    assert_snapshot!(said(r##"
[profile.own]
crf = 52
audio-bitrate = 320000
fps = 240
size = "1081x1920"
loudness = "3 LUFS"
min-duration = "20m"
safe-area = { left = "60%", right = "60%" }

[style.own]
weight = 50
max-lines = 0
color = "#12"

[composite.a]
duration = "0s"
green-screen = { id = "gorilla", scale = 20, feather = "0.25px", speed = 0.01, despill = 1.5 }

[composite.b]
duration = "2h 30m"
background = { id = "city", start = "1.0005s" }
"##), @r##"
    error[out-of-range]: `crf` is not a whole number from 0 to 51
     --> Memefile.toml:4:7
      |
    4 | crf = 52
      |       ^^ expected a whole number from 0 to 51

    error[out-of-range]: `audio-bitrate` is not a whole number from 32 to 320
     --> Memefile.toml:5:17
      |
    5 | audio-bitrate = 320000
      |                 ^^^^^^ expected a whole number from 32 to 320

    error[wrong-value]: `fps` is not a frame rate
     --> Memefile.toml:6:7
      |
    6 | fps = 240
      |       ^^^ expected a frame rate such as 30 or "30000/1001", from 1 to 120

    error[wrong-value]: `size` is not a size in pixels
     --> Memefile.toml:7:8
      |
    7 | size = "1081x1920"
      |        ^^^^^^^^^^^ width and height are even and lie from 16 to 8192

    error[wrong-value]: `loudness` is not a loudness
     --> Memefile.toml:8:12
      |
    8 | loudness = "3 LUFS"
      |            ^^^^^^^^ a loudness lies from -70 LUFS to 0 LUFS

    error[contradiction]: the shortest duration (1200s) is longer than the longest (600s)
     --> Memefile.toml:9:16
      |
    9 | min-duration = "20m"
      |                ^^^^^ no render could satisfy this

    error[out-of-range]: the safe area is not a part of the canvas
      --> Memefile.toml:10:13
       |
    10 | safe-area = { left = "60%", right = "60%" }
       |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ leaves -216 × 1920 of 1080 × 1920

    error[out-of-range]: `weight` is not a whole number from 100 to 900
      --> Memefile.toml:13:10
       |
    13 | weight = 50
       |          ^^ expected a whole number from 100 to 900

    error[out-of-range]: `max-lines` is not a whole number from 1 to 20
      --> Memefile.toml:14:13
       |
    14 | max-lines = 0
       |             ^ expected a whole number from 1 to 20

    error[wrong-value]: `color` is not a colour
      --> Memefile.toml:15:9
       |
    15 | color = "#12"
       |         ^^^^^ expected three, six or eight hexadecimal digits

    error[out-of-range]: composite `a` has no length
      --> Memefile.toml:18:12
       |
    18 | duration = "0s"
       |            ^^^^ expected more than 0s

    error[out-of-range]: `scale` is not a factor
      --> Memefile.toml:19:42
       |
    19 | green-screen = { id = "gorilla", scale = 20, feather = "0.25px", speed = 0.01, despill = 1.5 }
       |                                          ^^ expected a number from 0.1 to 10, in steps of 0.001

    error[wrong-value]: `feather` is not a number of pixels
      --> Memefile.toml:19:56
       |
    19 | green-screen = { id = "gorilla", scale = 20, feather = "0.25px", speed = 0.01, despill = 1.5 }
       |                                                        ^^^^^^^^ it is finer than a tenth of a pixel

    error[out-of-range]: `speed` is not a factor
      --> Memefile.toml:19:74
       |
    19 | green-screen = { id = "gorilla", scale = 20, feather = "0.25px", speed = 0.01, despill = 1.5 }
       |                                                                          ^^^^ expected a number from 0.1 to 10, in steps of 0.001

    error[out-of-range]: `despill` is not a share
      --> Memefile.toml:19:90
       |
    19 | green-screen = { id = "gorilla", scale = 20, feather = "0.25px", speed = 0.01, despill = 1.5 }
       |                                                                                          ^^^ expected a share such as "40%" or 0.4, from 0% to 100%, in steps of 0.1%

    error[wrong-value]: `duration` is not a time
      --> Memefile.toml:22:12
       |
    22 | duration = "2h 30m"
       |            ^^^^^^^^ unit `h 30m` is not one of s, ms, m, h

    error[wrong-value]: `start` is not a time
      --> Memefile.toml:23:37
       |
    23 | background = { id = "city", start = "1.0005s" }
       |                                     ^^^^^^^^^ it is finer than a millisecond

    17 errors
    "##);
}
