//! The same picture, byte for byte, on every processor and with any number of threads.

use super::project::{arrangement, build, render_node, world};
use super::support::*;
use memebuild::contract::profile::Container;
use memebuild::node::plan::{Input, Program};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Arguments of a segment as another machine would run them.
fn altered(args: &[String], threads: &str, cpu: Option<(&str, &str)>) -> Vec<String> {
    let mut altered = Vec::new();
    if let Some((flags, _)) = cpu {
        altered.extend(["-cpuflags".to_owned(), flags.to_owned()]);
    }
    let mut previous = "";
    let mut encoder = false;
    for arg in args {
        encoder |= arg == "-map";
        altered.push(match previous {
            // The encoder's one thread is part of what it writes.
            "-threads" | "-filter_complex_threads" if !encoder => threads.to_owned(),
            "-x264-params" => match cpu {
                Some((_, asm)) => format!("{arg}:asm={asm}"),
                None => arg.clone(),
            },
            _ => arg.clone(),
        });
        previous = arg;
    }
    altered
}

#[test]
fn the_picture_depends_on_no_processor_and_no_thread() {
    let mut world = world();
    let mut timeline = arrangement(Container::Mp4);
    timeline.duration_ms = Some(1000);
    timeline.effects.clear();
    timeline.captions.truncate(1);
    build(&mut world, &timeline, "city").unwrap();
    let render = render_node(&timeline, "city");
    let mut actions = world.lower(&render).unwrap().actions;
    actions.retain(|action| action.step == "render/segment");
    assert_eq!(actions.len(), 2);
    let conform = render.background.as_ref().unwrap().conform();
    actions.extend(world.lower(&conform).unwrap().actions);
    for action in &actions {
        assert_eq!(action.program, Program::Ffmpeg);
        let mut paths: BTreeMap<String, PathBuf> = BTreeMap::new();
        for (name, input) in &action.inputs {
            let (Input::Whole(output) | Input::Projected { output, .. }) = input else {
                panic!("it reads finished nodes");
            };
            paths.insert(name.clone(), world.path(output));
        }
        let mut run = |threads: &str, cpu| {
            let file = world.file("altered");
            for name in action.outputs.keys() {
                paths.insert(name.clone(), file.clone());
            }
            ffmpeg(&substitute(&altered(&action.args, threads, cpu), &paths));
            std::fs::read(file).unwrap()
        };
        let ours = run("1", None);
        assert!(run("4", None) == ours, "{} with four threads", action.label);
        for cpu in [("sse2", "sse2"), ("sse4.2", "sse42"), ("0", "none")] {
            assert!(run("1", Some(cpu)) == ours, "{} with {}", action.label, cpu.0);
        }
    }
}
