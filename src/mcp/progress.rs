//! How far a build is, as one number that only grows.
//!
//! The unit is a node that ended, or a file that was fetched; a node that is being rendered counts by
//! the share of its frames. The total grows where the graph does.

use crate::contract::event::Event;
use crate::report::text::shown;
use std::collections::BTreeMap;

/// What a client hears.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// More than each time before.
    pub done: f64,
    /// Where it is known.
    pub total: Option<f64>,
    pub message: String,
}

/// Watches the events of one build.
#[derive(Debug, Clone, Default)]
pub struct Meter {
    /// Files fetched, and to fetch, by source.
    fetched: BTreeMap<String, (u64, u64)>,
    /// Frames written, and to write, of the actions that run, by node and step.
    frames: BTreeMap<(String, String), (u32, u32)>,
    /// What was said last.
    said: Option<f64>,
}

impl Meter {
    /// Nothing has moved yet, since another memebuild works in the project.
    pub fn waits(&mut self) -> Progress {
        self.said = Some(0.0);
        let message = "waiting for another memebuild in this project to end".to_owned();
        Progress { done: 0.0, total: None, message }
    }

    /// Takes an event in, when so many of the wanted nodes have ended. Nothing where nothing moved.
    pub fn see(&mut self, event: &Event, ended: usize, nodes: u64) -> Option<Progress> {
        let message = self.take(event)?;
        let (done, to_do) =
            self.fetched.values().fold((0, 0), |(done, to_do), (n, of)| (done + n, to_do + of));
        let done = done as f64 + ended as f64 + self.within();
        if self.said.is_some_and(|said| done <= said) {
            return None;
        }
        self.said = Some(done);
        let total = (nodes > 0).then_some((to_do + nodes) as f64);
        Some(Progress { done, total: total.map(|total| total.max(done)), message })
    }

    /// What an event is about; nothing where it moves nothing.
    fn take(&mut self, event: &Event) -> Option<String> {
        match event {
            Event::SourceProgress { source, done, items, .. } => {
                self.fetched.insert(source.clone(), (*done, items.unwrap_or(*done).max(*done)));
                Some(format!("fetching {}", shown(source)))
            }
            Event::BuildStarted { nodes, .. } | Event::GraphGrew { nodes, .. } => {
                Some(format!("{nodes} nodes are wanted"))
            }
            Event::ActionStarted { node, step, frames: Some(frames), .. } => {
                self.frames.insert((node.clone(), step.clone()), (0, (*frames).max(1)));
                Some(format!("{}: {}", shown(node), shown(step)))
            }
            Event::ActionProgress { node, step, frame, .. } => {
                let (at, of) = self.frames.get_mut(&(node.clone(), step.clone()))?;
                *at = (*frame).min(*of);
                Some(format!("{}: {}, frame {at} of {of}", shown(node), shown(step)))
            }
            Event::ActionFinished { node, step, .. } => {
                self.frames.remove(&(node.clone(), step.clone()));
                None
            }
            Event::NodeFinished { node, status, .. } => {
                Some(format!("{} {}", shown(node), status.as_str()))
            }
            Event::BuildFinished { .. } => Some("done".to_owned()),
            _ => None,
        }
    }

    /// The share of the running actions that is done, always less than one node.
    fn within(&self) -> f64 {
        let done = self.frames.values().map(|(at, of)| f64::from(*at) / f64::from(*of));
        done.sum::<f64>() / (self.frames.len() as f64 + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::event::Status;
    use std::collections::BTreeMap;

    fn finished(node: &str) -> Event {
        Event::NodeFinished {
            at_ms: 0,
            node: node.to_owned(),
            status: Status::Ran,
            why: String::new(),
            cause: None,
            keys: Vec::new(),
            outputs: BTreeMap::new(),
            files: Vec::new(),
            wall_ms: 0,
            saved_ms: 0,
            accepted: None,
            notes: Vec::new(),
            mock: false,
        }
    }

    #[test]
    fn it_only_grows_whatever_is_told() {
        let (node, step) = ("render:a@p".to_owned(), "render/segment 0".to_owned());
        let frame = |frame| Event::ActionProgress {
            at_ms: 0,
            node: node.clone(),
            step: step.clone(),
            frame,
            speed_milli: None,
        };
        let started = Event::ActionStarted {
            at_ms: 0,
            node: node.clone(),
            step: step.clone(),
            frames: Some(24),
        };
        let grew = Event::GraphGrew { at_ms: 0, nodes: 9 };
        let mut meter = Meter::default();
        let fetch = |done| Event::SourceProgress {
            at_ms: 0,
            source: "greens".to_owned(),
            done,
            items: Some(4),
            bytes: 0,
        };
        let events = [
            (fetch(1), 0, 0),
            (fetch(4), 0, 0),
            (grew.clone(), 0, 3),
            (started, 0, 3),
            (frame(12), 0, 3),
            (frame(6), 0, 3),
            (frame(99), 0, 3),
            (finished("render:a@p"), 1, 3),
            (grew, 1, 9),
            (finished("critic:a@p"), 2, 9),
        ];
        let told: Vec<Progress> =
            events.iter().filter_map(|(event, ended, n)| meter.see(event, *ended, *n)).collect();
        assert!(told.windows(2).all(|two| two[0].done < two[1].done), "{told:#?}");
        assert!(told.iter().all(|p| p.total.is_none_or(|total| p.done <= total)), "{told:#?}");
        assert_eq!(told[0].message, "fetching greens");
        assert_eq!(told.last().unwrap().total, Some(13.0));
        assert!(told.iter().any(|p| p.message == "render:a@p: render/segment 0, frame 12 of 24"));
    }
}
