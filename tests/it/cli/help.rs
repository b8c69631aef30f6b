//! `--help`, of the whole and of each command.

use super::steady;
use std::process::Command;

fn help(command: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_memebuild"))
        .args(command)
        .arg("--help")
        .env("COLUMNS", "100")
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Without what is the same for every command.
fn own_help(command: &[&str]) -> String {
    let text = help(command);
    let (own, common) = text.split_once("Options of every command:\n").expect("common options");
    assert!(help(&["plan"]).ends_with(common), "{command:?}: {common}");
    own.trim_end().to_owned()
}

#[test]
fn the_whole() {
    let _steady = steady();
    insta::assert_snapshot!(help(&[]), @r"
    A declarative build graph, make-style, for media

    Usage: memebuild [OPTIONS] [TARGETS]...
           memebuild <COMMAND>

    Commands:
      build        Build targets, and all that they need (the default)
      plan         Show what a build would run, and run nothing
      why          Say why a node was a hit, was cut off or ran
      graph        Draw the graph
      asset        List and show what was ingested
      search       Find assets
      serve        Answer searches for the project's assets over HTTP
      mcp          Serve the project to agents: tools and resources of the Model Context Protocol
      provider     Fill and check whoever answers searches
      source       List what is fetched from elsewhere, and fetch it anew
      choice       Show what is to be chosen, and choose it
      director     Show what directors did, go on, and prove that it comes out the same
      check        Let the critic judge any file
      report       Write the page that shows what was built
      credits      Say whom to credit for the renders, and whose rights are not known
      contract     List, export, check, compare and mock the contracts between the halves
      cache        Look into the cache
      builds       Look into earlier builds
      init         Write a Memefile to begin with
      demo         Make a small project out of nothing, and build it
      doctor       Check that this machine has what memebuild needs
      clean        Remove what memebuild wrote
      completions  Print completions for a shell, which know the project's nodes
      schema       Print the JSON Schema of the Memefile, for editors
      man          Write a manual page for each command

    Arguments:
      [TARGETS]...  Names of nodes, or globs over them [default: everything]

    Options:
          --fail-fast              Stop at the first failure
      -k, --keep-going             Go on past a failed node with everything that does not need it (the
                                   default)
          --cache-max-size <SIZE>  The most that the cache may take, instead of what the Memefile says:
                                   `10GB`, or `none`
          --verify-sample <SHARE>  Run this share of the nodes again when all is up to date, and
                                   compare: `5%`
          --offline                Ask nobody over a network: use what is pinned and here
          --locked                 Use what Memefile.lock pins; that it would have to change is an error
          --mock <SOURCE>          Make stand-ins for the assets of this source, whatever it declares;
                                   what is made of them is marked
          --release                Refuse what descends from a mock
          --events <->             Print the events of the build as JSON lines on standard output: `-`
          --draft                  Render everything in the profile `preview` first, whether or not the
                                   Memefile asks for it
          --watch                  Stay, and build again whenever a file, a table or the Memefile
                                   changed
          --trace <FILE>           Write down what each thread did when, for chrome://tracing and
                                   ui.perfetto.dev
      -h, --help                   Print help
      -V, --version                Print version

    Options of every command:
      -C, --directory <DIR>     Work in this folder [default: .]
          --format <FORMAT>     Text for people, or JSON for programs [default: text] [possible values:
                                text, json]
      -j, --jobs <N>            Actions at once [default: one for each core]
          --color <COLOR>       Colours [default: auto] [possible values: auto, always, never]
          --log <LEVEL|FILTER>  Say on standard error what memebuild does within: `info`, `debug`,
                                `trace`, or for parts of it `exec=debug,store=trace`

    Exit codes: 0 built and accepted, 1 an action failed, 2 usage or Memefile, 3 the critic rejected
    something, 4 waiting for a choice, 5 a contract break or a failed verify, 70 a bug in memebuild, 130
    and 143 cancelled.
    ");
}

#[test]
fn each_command() {
    let commands =
        ["build", "plan", "graph", "check", "init", "demo", "doctor", "clean", "mcp", "report"];
    let mut all: Vec<String> = commands.iter().map(|command| own_help(&[command])).collect();
    all.push(own_help(&["completions"]));
    insta::assert_snapshot!(all.join("\n\n────\n"), @r"
    Build targets, and all that they need (the default)

    Usage: memebuild build [OPTIONS] [TARGETS]...

    Arguments:
      [TARGETS]...  Names of nodes, or globs over them [default: everything]

    Options:
          --fail-fast              Stop at the first failure
      -k, --keep-going             Go on past a failed node with everything that does not need it (the
                                   default)
          --cache-max-size <SIZE>  The most that the cache may take, instead of what the Memefile says:
                                   `10GB`, or `none`
          --verify-sample <SHARE>  Run this share of the nodes again when all is up to date, and
                                   compare: `5%`
          --offline                Ask nobody over a network: use what is pinned and here
          --locked                 Use what Memefile.lock pins; that it would have to change is an error
          --mock <SOURCE>          Make stand-ins for the assets of this source, whatever it declares;
                                   what is made of them is marked
          --release                Refuse what descends from a mock
          --events <->             Print the events of the build as JSON lines on standard output: `-`
          --draft                  Render everything in the profile `preview` first, whether or not the
                                   Memefile asks for it
          --watch                  Stay, and build again whenever a file, a table or the Memefile
                                   changed
          --trace <FILE>           Write down what each thread did when, for chrome://tracing and
                                   ui.perfetto.dev
      -h, --help                   Print help
      -V, --version                Print version

    ────
    Show what a build would run, and run nothing

    Usage: memebuild plan [OPTIONS] [TARGETS]...

    Arguments:
      [TARGETS]...  Names of nodes, or globs over them [default: everything]

    Options:
          --mock <SOURCE>  Plan with stand-ins for the assets of this source
          --all            List nodes that are up to date too
          --offline        Ask nobody over a network; that something would have to be fetched is an
                           error
          --locked         That Memefile.lock would have to change is an error
      -h, --help           Print help
      -V, --version        Print version

    ────
    Draw the graph

    Usage: memebuild graph [OPTIONS] [TARGETS]...

    Arguments:
      [TARGETS]...  Names of nodes, or globs over them [default: everything]

    Options:
          --lanes          Show what can proceed now against contracts, what waits for bytes, and the
                           wait that the contracts save
          --mock <SOURCE>  Make stand-ins for the assets of this source
          --as <FORM>      Text, Graphviz dot, Mermaid or a picture [default: text] [possible values:
                           text, dot, mermaid, svg]
      -h, --help           Print help
      -V, --version        Print version

    ────
    Let the critic judge any file

    Usage: memebuild check [OPTIONS] <FILE>

    Arguments:
      <FILE>  A film, of memebuild's or of anybody's

    Options:
          --profile <PROFILE>    What it is held to: a built-in profile, or one of the project's
                                 [default: the render input's, else tiktok]
          --render-input <FILE>  What it was made from; without it, rules that need one say
                                 `not-applicable`
          --critic <CRITIC>      How strict the critic is: `default`, or one of the project's [default:
                                 default]
      -h, --help                 Print help
      -V, --version              Print version

    ────
    Write a Memefile to begin with

    Usage: memebuild init [OPTIONS]

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Make a small project out of nothing, and build it

    Usage: memebuild demo [OPTIONS] [FOLDER]

    Arguments:
      [FOLDER]  Where to make it [default: memebuild-demo]

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Check that this machine has what memebuild needs

    Usage: memebuild doctor [OPTIONS]

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Remove what memebuild wrote

    Usage: memebuild clean [OPTIONS]

    Options:
          --cache    Remove the cache too; the next build starts from nothing
          --sources  Remove what was fetched too; the next build fetches it again
      -h, --help     Print help
      -V, --version  Print version

    ────
    Serve the project to agents: tools and resources of the Model Context Protocol

    Usage: memebuild mcp [OPTIONS]

    Options:
          --http [<ADDRESS:PORT>]  Streamable HTTP at this address of this machine, in place of standard
                                   input and output; port 0 takes any that is free, and says which
                                   [default where only --http is said: 127.0.0.1:7879]
          --read-only              Leave out the tools that change something: build and choice_submit
          --token-env <NAME>       The environment variable that holds the token that askers must have
          --token-file <FILE>      The file that holds it
      -h, --help                   Print help
      -V, --version                Print version

    ────
    Write the page that shows what was built

    Usage: memebuild report [OPTIONS]

    Options:
          --out <FILE>       Write the page here [default: artefacts/report.html of the project]
          --against <BUILD>  Compare the newest build with this one, by the first characters of its name
                             [default: the last that anything differs from]
          --mock <SOURCE>    Show stand-ins for the assets of this source, as they were built
      -h, --help             Print help
      -V, --version          Print version

    ────
    Print completions for a shell, which know the project's nodes

    Usage: memebuild completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>  Which shell [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help     Print help
      -V, --version  Print version
    ");
}

#[test]
fn each_command_of_a_command() {
    let commands: [&[&str]; 7] = [
        &["asset"],
        &["asset", "ls"],
        &["asset", "show"],
        &["cache"],
        &["cache", "show"],
        &["cache", "diff"],
        &["cache", "verify"],
    ];
    let all: Vec<String> = commands.into_iter().map(own_help).collect();
    insta::assert_snapshot!(all.join("\n\n────\n"), @r"
    List and show what was ingested

    Usage: memebuild asset [OPTIONS] <COMMAND>

    Commands:
      ls    List assets, best first
      show  Show all that is known of one asset, and what its score is made of

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    List assets, best first

    Usage: memebuild asset ls [OPTIONS] [KIND]

    Arguments:
      [KIND]  Only of this kind: green-screen, background, music or sound-effect

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Show all that is known of one asset, and what its score is made of

    Usage: memebuild asset show [OPTIONS] <ASSET>

    Arguments:
      <ASSET>  `ID` or `KIND/ID`

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Look into the cache

    Usage: memebuild cache [OPTIONS] <COMMAND>

    Commands:
      stat    Sizes by kind of step, the time that the cache stands for, and how well it does
      ls      List action results
      show    Show what is known of a node, a key or a blob
      diff    Say what tells two keys apart
      verify  Hash everything again; what is damaged is removed and named
      gc      Let go of what is worth least
      pin     Keep a node's bytes, or a blob, whatever the limit
      unpin   Take a pin away

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Show what is known of a node, a key or a blob

    Usage: memebuild cache show [OPTIONS] <WHAT>

    Arguments:
      <WHAT>  A node, or the first digits of a key or of a blob's digest

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Say what tells two keys apart

    Usage: memebuild cache diff [OPTIONS] <OLD> <NEW>

    Arguments:
      <OLD>  The first digits of a key, or a node with one action
      <NEW>  Another

    Options:
      -h, --help     Print help
      -V, --version  Print version

    ────
    Hash everything again; what is damaged is removed and named

    Usage: memebuild cache verify [OPTIONS]

    Options:
          --restart  Look at everything anew, and not only at what a verification that was stopped had
                     left
      -h, --help     Print help
      -V, --version  Print version
    ");
}

#[test]
fn commands_whose_flags_grow() {
    for command in [&["why"][..], &["cache", "stat"], &["cache", "ls"]] {
        let usage = format!("Usage: memebuild {}", command.join(" "));
        assert!(own_help(command).contains(&usage), "{command:?}");
    }
}
