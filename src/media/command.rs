//! One ffmpeg command under construction: its inputs, its filter graph and its arguments.
//!
//! Files appear as `{in:NAME}` and `{out:NAME}` only; whoever runs the command puts paths there.

use super::encode::{Args, push};
use super::filter::{FilterGraph, Pad};

/// Inputs of one command, numbered in the order in which they are added, and the graph over them.
#[derive(Debug, Clone, Default)]
pub struct Command {
    inputs: Args,
    count: u32,
    pub graph: FilterGraph,
}

impl Command {
    /// Adds the input `{in:name}`, read by `demuxer` from `seek_us` microseconds on and decoded by
    /// one thread. A file that came from outside is sniffed before, so the demuxer is never
    /// ffmpeg's guess, and it may open no file but this one. A film that lies on its side is
    /// turned by ffmpeg, which would else hand the turn on to what comes out.
    pub fn input(&mut self, name: &str, demuxer: &str, seek_us: u64) -> u32 {
        push(&mut self.inputs, ["-threads", "1"]);
        if seek_us > 0 {
            let time = format!("{}.{:06}", seek_us / 1_000_000, seek_us % 1_000_000);
            push(&mut self.inputs, ["-ss", &time]);
        }
        self.inputs.extend(super::ffmpeg::input(demuxer, name));
        self.count += 1;
        self.count - 1
    }

    /// Adds a still picture as it is stored, on whichever side it lies: not every ffmpeg knows how
    /// photographs say so.
    pub fn photo(&mut self, name: &str, demuxer: &str) -> u32 {
        push(&mut self.inputs, ["-noautorotate"]);
        self.input(name, demuxer, 0)
    }

    /// Adds an input of VP9 with alpha, of which ffmpeg's own decoder shows only the colours.
    pub fn input_with_alpha(&mut self, name: &str) -> u32 {
        push(&mut self.inputs, ["-c:v", "libvpx-vp9"]);
        self.input(name, "matroska", 0)
    }

    /// The arguments: inputs, graph, the pad that is mapped, the encoder's, and `{out:name}`.
    pub fn finish(self, mapped: Pad, encoder: Args, output: &str) -> Args {
        let mut args = Args::new();
        push(&mut args, ["-y", "-filter_complex_threads", "1"]);
        args.extend(self.inputs);
        push(&mut args, ["-filter_complex", &self.graph.to_string()]);
        push(&mut args, ["-map", &mapped.to_string()]);
        args.extend(super::encode::bit_exact());
        args.extend(encoder);
        args.push(format!("file:{{out:{output}}}"));
        args
    }
}
