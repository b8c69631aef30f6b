//! The live view of a build in a terminal: one bar for the whole, and one for each action that is
//! running, with frames, speed and time left.

use super::fold::Fold;
use super::lines;
use super::text::{self, shown};
use crate::contract::event::Event;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::time::Duration;

/// Draws bars on standard error, and prints lines above them. Where standard error is not a
/// terminal, only the lines.
pub struct Progress {
    bars: MultiProgress,
    whole: ProgressBar,
    /// By node and step.
    running: BTreeMap<(String, String), Running>,
    /// By source.
    fetching: BTreeMap<String, ProgressBar>,
    pub fold: Fold,
    /// Prints a line where there are no bars.
    plain: Option<fn(&str)>,
    color: bool,
}

/// An action that is running.
struct Running {
    bar: ProgressBar,
    /// What it works on.
    name: String,
}

impl Progress {
    /// `terminal`: whether bars can be drawn; else `print` gets the lines.
    pub fn new(terminal: bool, color: bool, print: fn(&str)) -> Self {
        let target = if terminal {
            ProgressDrawTarget::stderr_with_hz(12)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bars = MultiProgress::with_draw_target(target);
        // It is drawn from when there is something to build.
        let whole = ProgressBar::hidden()
            .with_style(style("{prefix:>12.bold} {bar:28.green} {pos}/{len} nodes  {msg}"));
        whole.set_prefix("building");
        Self {
            bars,
            whole,
            running: BTreeMap::new(),
            fetching: BTreeMap::new(),
            fold: Fold::default(),
            plain: (!terminal).then_some(print),
            color,
        }
    }

    pub fn see(&mut self, event: &Event) {
        self.fold.add(event);
        for line in lines::of_event(event) {
            self.print(&line);
        }
        match event {
            Event::BuildStarted { nodes, .. } => {
                self.whole = self.bars.add(self.whole.clone());
                self.whole.set_length(*nodes);
                self.whole.enable_steady_tick(Duration::from_millis(250));
            }
            Event::GraphGrew { nodes, .. } => self.whole.set_length(*nodes),
            Event::ActionStarted { node, step, frames, .. } => self.start(node, step, *frames),
            Event::ActionProgress { node, step, frame, speed_milli, .. } => {
                if let Some(running) = self.running.get(&(node.clone(), step.clone())) {
                    running.bar.set_position(u64::from(*frame));
                    if let Some(speed) = speed_milli {
                        let speed = format!("{}.{}×", speed / 1000, speed % 1000 / 100);
                        running.bar.set_message(format!("{speed:>6}  {}", running.name));
                    }
                }
            }
            Event::ActionFinished { node, step, .. } => {
                if let Some(Running { bar, .. }) =
                    self.running.remove(&(node.clone(), step.clone()))
                {
                    bar.finish_and_clear();
                    self.bars.remove(&bar);
                }
            }
            Event::NodeFinished { .. } => {
                self.whole.set_position(self.fold.results.len() as u64);
                self.whole.set_message(self.counts());
            }
            Event::SourceProgress { source, done, items, bytes, .. } => {
                self.fetch(source, *done, *items, *bytes);
            }
            Event::SourceFinished { source, .. } => {
                if let Some(bar) = self.fetching.remove(source) {
                    bar.finish_and_clear();
                    self.bars.remove(&bar);
                }
            }
            Event::BuildFinished { .. } => self.close(),
            Event::NodeStarted { .. } | Event::ActionDecided { .. } | Event::Warning { .. } => {}
        }
    }

    fn start(&mut self, node: &str, step: &str, frames: Option<u32>) {
        if self.plain.is_some() {
            return;
        }
        // The name comes last and is cut at the terminal's edge: a line that wraps is drawn twice.
        let template = match frames {
            Some(_) => "{prefix:>12} {bar:28.cyan} {pos:>5}/{len} frames  {eta:>4}  {wide_msg}",
            None => "{prefix:>12} {spinner:28.cyan} {elapsed:>18}  {wide_msg}",
        };
        let what = step.split_once('/').map_or(step, |(_, rest)| rest);
        let (word, label) = what.split_once(' ').unwrap_or((what, ""));
        let name = shown(&format!("{node} {label}"));
        let bar = match frames {
            Some(frames) => ProgressBar::new(u64::from(frames)),
            None => ProgressBar::new_spinner(),
        };
        let bar = self.bars.insert_before(&self.whole, bar.with_style(style(template)));
        bar.set_prefix(shown(word));
        bar.set_message(format!("{:>6}  {name}", ""));
        bar.enable_steady_tick(Duration::from_millis(250));
        self.running.insert((node.to_owned(), step.to_owned()), Running { bar, name });
    }

    /// The bar of a source: files where their number is known, else what came so far.
    fn fetch(&mut self, source: &str, done: u64, items: Option<u64>, bytes: u64) {
        if self.plain.is_some() {
            return;
        }
        let bar = self.fetching.entry(source.to_owned()).or_insert_with(|| {
            let (bar, template) = match items {
                Some(items) => (
                    ProgressBar::new(items),
                    "{prefix:>12.bold} {bar:28.cyan} {pos}/{len} files  {eta:>4}  {wide_msg}",
                ),
                None => (
                    ProgressBar::new_spinner(),
                    "{prefix:>12.bold} {spinner:28.cyan} {pos} files  {elapsed}  {wide_msg}",
                ),
            };
            let bar = self.bars.add(bar.with_style(style(template)));
            bar.set_prefix("fetching");
            bar.enable_steady_tick(Duration::from_millis(250));
            bar
        });
        bar.set_position(done);
        let amount = if bytes > 0 { format!("  {}", text::bytes(bytes)) } else { String::new() };
        bar.set_message(format!("{}{amount}", shown(source)));
    }

    fn counts(&self) -> String {
        use crate::contract::event::Status;
        let up_to_date = self.fold.count(Status::Fresh)
            + self.fold.count(Status::Hit)
            + self.fold.count(Status::Cutoff);
        format!(
            "{up_to_date} up to date, {} ran, {} failed",
            self.fold.count(Status::Ran),
            self.fold.count(Status::Failed)
        )
    }

    /// A line above the bars.
    pub fn print(&self, line: &str) {
        let line = if self.color {
            line.to_owned()
        } else {
            anstream::adapter::strip_str(line).to_string()
        };
        match self.plain {
            Some(print) => print(&line),
            // Bars that cannot be drawn any more do not matter to the build.
            None => drop(self.bars.println(line)),
        }
    }

    /// Takes the bars away.
    fn close(&mut self) {
        for (_, Running { bar, .. }) in std::mem::take(&mut self.running) {
            bar.finish_and_clear();
        }
        for (_, bar) in std::mem::take(&mut self.fetching) {
            bar.finish_and_clear();
        }
        self.whole.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("━╸─")
}
