//! Looks on at builds, and passes what they tell on to every page that listens.

use crate::contract::event::Event;
use crate::contract::{lock, review};
use crate::engine::broadcast::Follower;
use crate::engine::project::records_now;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::broadcast;

/// How often it looks; nobody sees a delay of this.
const LOOK: Duration = Duration::from_millis(20);

/// How often it looks at files that people and other programs change.
const LOOK_AT_FILES: Duration = Duration::from_millis(500);

/// How long changes of the page's document are collected before pages are told of them; who asks gets the
/// newest at once. What a build makes is told by
/// its own events, at once; a document of ten thousand renders takes a core for a second to gather, and is
/// gathered once it holds up nobody.
const CALM: Duration = Duration::from_secs(1);

/// While a build runs, no more of the time goes into gathering the document than one part of this many.
const SHARE: u32 = 10;

/// News that a page may be behind with; one that is slower than that begins anew.
const BEHIND: usize = 4096;

/// What pages are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// One event of the build of that number, from 1.
    Event { build: u64, index: u64, line: Arc<str> },
    /// The page's document is another one now.
    Page,
}

/// What was told, for pages that come later.
#[derive(Default)]
struct Kept {
    /// Builds that were seen.
    build: u64,
    /// Of the newest one, without progress.
    lines: Vec<(u64, Arc<str>)>,
    /// The newest progress of each action that runs, by node and step.
    progress: BTreeMap<(String, String), (u64, Arc<str>)>,
    next: u64,
    running: bool,
    /// Counts changes of the page's document.
    version: u64,
    /// What gathering the document took last.
    took: Duration,
}

/// One for a server; ends with it.
pub struct Hub {
    kept: Mutex<Kept>,
    news: Mutex<Option<broadcast::Sender<Told>>>,
}

impl Hub {
    /// Begins to look at the project whose folder and cache these are. The thread ends once the hub is
    /// [closed](Self::close) or nobody holds it.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn begin(root: &Path, cache: &Path) -> std::io::Result<Arc<Self>> {
        let (news, _) = broadcast::channel(BEHIND);
        let hub = Arc::new(Self { kept: Mutex::default(), news: Mutex::new(Some(news)) });
        let (weak, mut follower) = (Arc::downgrade(&hub), Follower::new(cache));
        let mut files = Files::new(root, cache);
        std::thread::Builder::new().name("hub".to_owned()).spawn(move || {
            // Since when there is a change that was not told.
            let mut due: Option<Instant> = None;
            let mut looked = Instant::now();
            while let Some(hub) = weak.upgrade() {
                let mut changed = hub.follow(&mut follower);
                if looked.elapsed() >= LOOK_AT_FILES {
                    looked = Instant::now();
                    changed |= files.changed();
                }
                if changed {
                    lock_of(&hub.kept).version += 1;
                    due.get_or_insert_with(Instant::now);
                }
                if due.is_some_and(|since| since.elapsed() >= hub.calm()) {
                    due = None;
                    hub.tell(Told::Page);
                }
                if lock_of(&hub.news).is_none() {
                    return;
                }
                drop(hub);
                std::thread::sleep(LOOK);
            }
        })?;
        Ok(hub)
    }

    /// Ends every stream.
    pub fn close(&self) {
        lock_of(&self.news).take();
    }

    /// What was told of the newest build after the event that a page saw last, and what will be; none
    /// once it is closed.
    pub fn listen(
        &self,
        seen: Option<(u64, u64)>,
    ) -> Option<(Vec<Told>, broadcast::Receiver<Told>)> {
        // Both under one lock: nothing is told twice, nothing is left out.
        let kept = lock_of(&self.kept);
        let receiver = lock_of(&self.news).as_ref()?.subscribe();
        let from = seen.filter(|(build, _)| *build == kept.build).map_or(0, |(_, last)| last + 1);
        let mut lines: Vec<&(u64, Arc<str>)> =
            kept.lines.iter().chain(kept.progress.values()).filter(|it| it.0 >= from).collect();
        lines.sort_unstable_by_key(|line| line.0);
        let event = |(index, line): &(u64, Arc<str>)| Told::Event {
            build: kept.build,
            index: *index,
            line: Arc::clone(line),
        };
        Some((lines.into_iter().map(event).collect(), receiver))
    }

    /// Whether a build runs.
    pub fn running(&self) -> bool {
        lock_of(&self.kept).running
    }

    /// Counts changes of what the page shows.
    pub fn version(&self) -> u64 {
        lock_of(&self.kept).version
    }

    /// What the page shows is something else now.
    pub fn changed(&self) {
        lock_of(&self.kept).version += 1;
        self.tell(Told::Page);
    }

    /// The document was gathered, which took so long.
    pub fn gathered(&self, took: Duration) {
        lock_of(&self.kept).took = took;
    }

    /// How long changes are collected now.
    fn calm(&self) -> Duration {
        let kept = lock_of(&self.kept);
        if kept.running { CALM.max(kept.took * SHARE) } else { CALM }
    }

    fn tell(&self, told: Told) {
        if let Some(news) = lock_of(&self.news).as_ref() {
            // Nobody listens: there is nobody to tell.
            let _ = news.send(told);
        }
    }

    /// Takes in what a build told; whether the page's document may be another one.
    fn follow(&self, follower: &mut Follower) -> bool {
        let news = follower.look();
        let mut kept = lock_of(&self.kept);
        let mut changed = kept.running != news.running;
        kept.running = news.running;
        if news.began {
            kept.build += 1;
            kept.next = 0;
            kept.lines.clear();
            kept.progress.clear();
            changed = true;
        }
        for line in news.lines {
            let Ok(event) = serde_json::from_str::<Event>(&line) else { continue };
            let (index, line) = (kept.next, Arc::<str>::from(line));
            kept.next += 1;
            match &event {
                Event::ActionProgress { node, step, .. } => {
                    let action = (node.clone(), step.clone());
                    kept.progress.insert(action, (index, Arc::clone(&line)));
                }
                other => {
                    if let Event::ActionFinished { node, step, .. } = other {
                        kept.progress.remove(&(node.clone(), step.clone()));
                    }
                    kept.lines.push((index, Arc::clone(&line)));
                }
            }
            changed |= shows(&event);
            self.tell(Told::Event { build: kept.build, index, line });
        }
        changed
    }
}

/// Whether the page's document says something else after this.
fn shows(event: &Event) -> bool {
    match event {
        Event::NodeFinished { node, .. } => {
            ["critic:", "choice:"].iter().any(|kind| node.starts_with(kind))
        }
        Event::GraphGrew { .. } | Event::BuildFinished { .. } => true,
        _ => false,
    }
}

/// Files whose change changes what the page shows, whoever changes them: people, and builds.
struct Files(Vec<(PathBuf, Option<SystemTime>)>);

impl Files {
    fn new(root: &Path, cache: &Path) -> Self {
        let names = [crate::memefile::FILE_NAME, lock::FILE_NAME, review::FILE_NAME];
        let own = names.iter().map(|name| root.join(name));
        let paths = own.chain([records_now(cache)]);
        let mut files = Self(paths.map(|path| (path, None)).collect());
        files.changed();
        files
    }

    fn changed(&mut self) -> bool {
        let mut changed = false;
        for (path, last) in &mut self.0 {
            let now = std::fs::metadata(&*path).and_then(|about| about.modified()).ok();
            changed |= now != *last;
            *last = now;
        }
        changed
    }
}

/// What a thread that panicked left is whole: every change of it is one assignment.
fn lock_of<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::broadcast::Broadcast;

    fn until(hub: &Hub, done: impl Fn(&[Told]) -> bool) -> Vec<Told> {
        let begun = Instant::now();
        loop {
            let (told, _) = hub.listen(None).expect("it is open");
            if done(&told) {
                return told;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{told:?}");
            std::thread::sleep(LOOK);
        }
    }

    fn started(at_ms: u64) -> Event {
        Event::NodeStarted { at_ms, node: "render:a@tiktok".to_owned() }
    }

    fn progress(frame: u32) -> Event {
        let (node, step) = ("render:a@tiktok".to_owned(), "render/segment 0".to_owned());
        Event::ActionProgress {
            at_ms: u64::from(frame) * 1000,
            node,
            step,
            frame,
            speed_milli: None,
        }
    }

    #[test]
    fn who_comes_later_hears_what_was_told_and_the_newest_progress() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::begin(folder.path(), folder.path()).unwrap();
        let mut build = Broadcast::begin(folder.path());
        build.tell(&started(1));
        (1..50).for_each(|frame| build.tell(&progress(frame)));
        let told = until(&hub, |told| matches!(told.last(), Some(Told::Event { index: 49, .. })));
        assert_eq!(told.len(), 2, "of progress only the newest is kept");
        assert!(hub.running());
        let Told::Event { build: number, index, .. } = told[0] else { panic!("{told:?}") };
        let (rest, _) = hub.listen(Some((number, index))).expect("it is open");
        assert_eq!(rest, told[1..]);
        let (again, _) = hub.listen(Some((number + 7, 3))).expect("it is open");
        assert_eq!(again, told, "what a page saw of another build counts for nothing");
    }

    #[test]
    fn another_build_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::begin(folder.path(), folder.path()).unwrap();
        let mut first = Broadcast::begin(folder.path());
        first.tell(&started(1));
        let told = until(&hub, |told| told.len() == 1);
        drop(first);
        let mut second = Broadcast::begin(folder.path());
        second.tell(&started(2));
        let now = until(&hub, |now| now.len() == 1 && now != told);
        assert_ne!(now, told);
    }

    #[test]
    fn what_a_build_tells_comes_at_once_and_the_document_later() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::begin(folder.path(), folder.path()).unwrap();
        let (_, mut news) = hub.listen(None).expect("it is open");
        let begun = Instant::now();
        let mut build = Broadcast::begin(folder.path());
        build.tell(&started(1));
        assert!(matches!(news.blocking_recv(), Ok(Told::Event { .. })));
        assert_eq!(news.blocking_recv(), Ok(Told::Page));
        assert!(begun.elapsed() >= CALM, "it holds up what the build makes");
    }

    #[test]
    fn who_asks_gets_what_pages_are_yet_to_be_told() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::begin(folder.path(), folder.path()).unwrap();
        let (_, mut news) = hub.listen(None).expect("it is open");
        let before = hub.version();
        let mut build = Broadcast::begin(folder.path());
        build.tell(&started(1));
        assert!(matches!(news.blocking_recv(), Ok(Told::Event { .. })));
        until(&hub, |_| hub.version() > before);
        assert!(news.try_recv().is_err(), "no page was told");
    }

    #[test]
    fn a_document_that_takes_long_is_gathered_seldom_while_a_build_runs() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::begin(folder.path(), folder.path()).unwrap();
        hub.gathered(Duration::from_secs(3));
        assert_eq!(hub.calm(), CALM);
        let mut build = Broadcast::begin(folder.path());
        build.tell(&started(1));
        until(&hub, |told| told.len() == 1);
        assert_eq!(hub.calm(), Duration::from_secs(30));
        hub.gathered(Duration::from_millis(3));
        assert_eq!(hub.calm(), CALM);
    }

    #[test]
    fn once_closed_nobody_listens() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub::begin(folder.path(), folder.path()).unwrap();
        hub.close();
        assert!(hub.listen(None).is_none());
    }
}
