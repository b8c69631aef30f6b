//! Syntax, the version, sections and their names.

use super::{Project, said};
use insta::assert_snapshot;

#[test]
fn an_empty_memefile_has_no_version() {
    assert_snapshot!(Project::new(&[], "").mistakes(), @r"
    error[memefile-version]: the Memefile does not say its version, `memefile = 1`
     --> Memefile.toml:1:1
      |
    1 |
      | ^ expected at the top of the file
      |
      = help: begin the file with `memefile = 1`
    ");
}

#[test]
fn a_newer_version_is_refused_before_anything_else_is_read() {
    let text = "memefile = 2\n[meme.vogue]\nloudness = 11\n";
    assert_snapshot!(Project::new(&[], text).mistakes(), @r"
    error[memefile-version]: this Memefile has version 2
     --> Memefile.toml:1:12
      |
    1 | memefile = 2
      |            ^ this memebuild reads version 1
      |
      = help: it needs a newer memebuild
    ");
}

#[test]
fn a_version_that_is_none_hides_nothing() {
    let text = "memefile = \"1.0\"\n[projet]\n";
    assert_snapshot!(Project::new(&[], text).mistakes(), @r#"
    error[memefile-version]: `memefile` is not a version of the Memefile
     --> Memefile.toml:1:12
      |
    1 | memefile = "1.0"
      |            ^^^^^ expected the number 1
      |
      = help: write `memefile = 1`

    error[unknown-section]: there is no section `projet`
     --> Memefile.toml:2:2
      |
    2 | [projet]
      |  ^^^^^^ not a section of a Memefile
      |
      = help: did you mean `project`?

    2 errors
    "#);
}

#[test]
fn unknown_sections_and_sections_without_a_name() {
    assert_snapshot!(said(r#"
[composit.vogue]
duration = "2s"

[render]
composite = "vogue"
profiles = ["tiktok"]

[profile]

[[style]]
color = "white"

[watermarks]
"#), @r"
    error[unknown-section]: there is no section `composit`
     --> Memefile.toml:3:2
      |
    3 | [composit.vogue]
      |  ^^^^^^^^ not a section of a Memefile
      |
      = help: did you mean `composite`?

    error[missing-name]: section `render` needs a name
     --> Memefile.toml:6:1
      |
    6 | [render]
      | ^^^^^^^^ no name
      |
      = help: write `[render.NAME]`

    error[missing-name]: section `profile` needs a name
      --> Memefile.toml:10:1
       |
    10 | [profile]
       | ^^^^^^^^^ no name
       |
       = help: write `[profile.NAME]`

    error[missing-name]: section `style` needs a name
      --> Memefile.toml:12:1
       |
    12 | [[style]]
       | ^^^^^^^^^ no name
       |
       = help: write `[style.NAME]`

    error[unknown-section]: there is no section `watermarks`
      --> Memefile.toml:15:2
       |
    15 | [watermarks]
       |  ^^^^^^^^^^ not a section of a Memefile
       |
       = help: there are `project`, `cache`, `provider`, `source`, `style`, `profile`, `composite`, `critic`, `chooser`, `choice`, `render`, `director`, `batch` and `command`

    5 errors
    ");
}

#[test]
fn names_that_could_not_be_paths() {
    assert_snapshot!(said(r#"
[style."../../etc"]
[style."a b"]
[style.""]
[style."-rf"]
[style."x/.hidden"]
[style."a\u001b[31m"]
[style."launch/cat.2"]
"#), @r#"
    error[bad-name]: `../../etc` cannot name a style
     --> Memefile.toml:3:8
      |
    3 | [style."../../etc"]
      |        ^^^^^^^^^^^ names become file names
      |
      = note: a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`

    error[bad-name]: `a b` cannot name a style
     --> Memefile.toml:4:8
      |
    4 | [style."a b"]
      |        ^^^^^ names become file names
      |
      = note: a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`

    error[bad-name]: `` cannot name a style
     --> Memefile.toml:5:8
      |
    5 | [style.""]
      |        ^^ names become file names
      |
      = note: a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`

    error[bad-name]: `-rf` cannot name a style
     --> Memefile.toml:6:8
      |
    6 | [style."-rf"]
      |        ^^^^^ names become file names
      |
      = note: a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`

    error[bad-name]: `x/.hidden` cannot name a style
     --> Memefile.toml:7:8
      |
    7 | [style."x/.hidden"]
      |        ^^^^^^^^^^^ names become file names
      |
      = note: a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`

    error[bad-name]: `a\u{1b}[31m` cannot name a style
     --> Memefile.toml:8:8
      |
    8 | [style."a\u001b[31m"]
      |        ^^^^^^^^^^^^^ names become file names
      |
      = note: a name has letters a to z, digits, `_`, `-`, `.` and `/`, at most 200, and no part of it begins with `.` or `-`

    6 errors
    "#);
}

#[test]
fn broken_lines_hide_neither_each_other_nor_the_rest() {
    assert_snapshot!(said(r#"
[project]
name = launch
sed = 3

[style.a]
color =
wieght = 700

[style.b]
color = "whit"
size = "5 %

[style.c]
fonts = ["Anton", "Impact"
colr = "red"

[style.d]
uppercase = "yes"

[style.e]
shadow = { x = "1%", y = "1%"
color = "blu"

[style.f]
color = """white
and = "more"

[style.g]
colour = "white"

[composite.h]
captions = [
  { text = "one" },
  { text = "two }
]
"#), @r##"
    error[syntax]: not TOML: string values must be quoted
     --> Memefile.toml:4:8
      |
    4 | name = launch
      |        ^^^^^^ not a value
      |
      = help: write `"launch"`

    error[unknown-key]: project has no key `sed`
     --> Memefile.toml:5:1
      |
    5 | sed = 3
      | ^^^ not a key of this table
      |
      = help: did you mean `seed`?

    error[syntax]: not TOML: string values must be quoted
     --> Memefile.toml:8:8
      |
    8 | color =
      |        ^ no value

    error[unknown-key]: style `a` has no key `wieght`
     --> Memefile.toml:9:1
      |
    9 | wieght = 700
      | ^^^^^^ not a key of this table
      |
      = help: did you mean `weight`?

    error[wrong-value]: `color` is not a colour
      --> Memefile.toml:12:9
       |
    12 | color = "whit"
       |         ^^^^^^ expected a colour such as "#ffcc00", "#ffcc0080" or "white"
       |
       = help: did you mean "white"?

    error[syntax]: not TOML: invalid basic string
      --> Memefile.toml:13:12
       |
    13 | size = "5 %
       |            ^ expected `"`

    error[syntax]: not TOML: a list that is not closed
      --> Memefile.toml:16:9
       |
    16 | fonts = ["Anton", "Impact"
       |         ^ opened here
       |
       = help: close it with `]`

    error[unknown-key]: style `c` has no key `colr`
      --> Memefile.toml:17:1
       |
    17 | colr = "red"
       | ^^^^ not a key of this table
       |
       = help: did you mean `color`?

    error[wrong-type]: `uppercase` is not `true` or `false`
      --> Memefile.toml:20:13
       |
    20 | uppercase = "yes"
       |             ^^^^^ expected `true` or `false`, found a string

    error[syntax]: not TOML: a table that is not closed
      --> Memefile.toml:23:10
       |
    23 | shadow = { x = "1%", y = "1%"
       |          ^ opened here
       |
       = help: close it with `}`

    error[wrong-value]: `color` is not a colour
      --> Memefile.toml:24:9
       |
    24 | color = "blu"
       |         ^^^^^ expected a colour such as "#ffcc00", "#ffcc0080" or "white"
       |
       = help: did you mean "blue"?

    error[syntax]: not TOML: a string that is not closed
      --> Memefile.toml:27:9
       |
    27 | color = """white
       |         ^^^ opened here
       |
       = help: close it with `"""`

    error[unknown-key]: style `g` has no key `colour`
      --> Memefile.toml:31:1
       |
    31 | colour = "white"
       | ^^^^^^ not a key of this table
       |
       = help: did you mean `color`?

    error[syntax]: not TOML: invalid basic string
      --> Memefile.toml:36:18
       |
    36 |   { text = "two }
       |                  ^ expected `"`

    14 errors
    "##);
}

#[test]
fn keys_and_sections_that_stand_twice() {
    assert_snapshot!(said(r#"
[style.a]
color = "white"
weight = 700
color = "black"

[style.a]
weight = 400
"#), @r#"
    error[duplicate-key]: `color` stands twice
     --> Memefile.toml:6:1
      |
    4 | color = "white"
      | ----- it stands here first
    5 | weight = 700
    6 | color = "black"
      | ^^^^^ already said
      |
      = help: keep one of them

    error[duplicate-key]: section `[style.a]` stands twice
     --> Memefile.toml:8:1
      |
    3 | [style.a]
      | --------- it stands here first
    ...
    8 | [style.a]
      | ^^^^^^^^^ already declared
      |
      = help: keep one of them, or give it another name

    2 errors
    "#);
}

#[test]
fn a_broken_header_does_not_make_good_references_bad() {
    let text = r#"memefile = 1
[composite.vogue
captions = [{ text = "hello" }]

[render.vogue]
composite = "vogue"
profiles = ["tiktok"]
"#;
    assert_snapshot!(Project::new(&[], text).mistakes(), @r"
    error[syntax]: not TOML: unclosed table
     --> Memefile.toml:2:17
      |
    2 | [composite.vogue
      |                 ^ expected `]`
    ");
}

#[test]
fn a_file_of_rubbish_is_not_told_line_by_line() {
    let text = "not toml at all\n".repeat(500);
    let said = said(&text);
    assert!(said.contains("40 errors"), "{}", &said[said.len() - 200..]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_read() {
    let text = "\u{feff}memefile = 1\r\n[project]\r\nname = \"a\"\r\n";
    assert!(Project::new(&[], text).load().is_ok());
}
