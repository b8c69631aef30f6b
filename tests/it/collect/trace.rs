//! A thousand builds of a project of memes, as a model: what each of them makes and wants.
//!
//! Sizes and times are those of real steps, one 1080×1920 render in mind: ingests are dear and leave
//! kilobytes; conformed media are large and not cheap; captions are tiny; segments are large and
//! cheap, each film is as large as all its segments and next to free. Edits touch one thing of
//! something that was worked on lately; batches draw their assets by Zipf's law.

use crate::project::Numbers;
use std::collections::HashMap;

/// One action and the blob that it makes; its index names both.
pub struct Made {
    pub inputs: Vec<usize>,
    pub bytes: u64,
    pub cost_ms: u64,
}

/// What a build asks of one meme: actions in order, and blobs that people want as files.
pub struct Work {
    pub actions: Vec<usize>,
    pub files: Vec<usize>,
}

/// What an action is of: kind and what its key would hold.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    /// Kind of asset, which one, which version of its file.
    Ingest(u8, usize, u32),
    Conform(u8, usize, u32),
    Caption(u64),
    Segment {
        green: usize,
        place: usize,
        at: usize,
        captions: Vec<u64>,
    },
    Sound {
        music: usize,
        effects: Vec<(usize, u64)>,
        segments: usize,
    },
    Film(Vec<usize>),
    Poster(usize),
    Verdict(usize),
}

/// One version of a meme.
#[derive(Clone)]
struct Meme {
    green: usize,
    place: usize,
    music: usize,
    effects: Vec<(usize, u64)>,
    /// Text, first segment, number of segments.
    captions: Vec<(u64, usize, usize)>,
    segments: usize,
}

const GREENS: usize = 2150;
const PLACES: usize = 100;
const MUSIC: usize = 100;
const EFFECTS: usize = 47;

pub struct Trace {
    numbers: Numbers,
    pub made: Vec<Made>,
    known: HashMap<Key, usize>,
    /// Every version of every meme, newest last; the memes worked on last come first.
    memes: Vec<Vec<Meme>>,
    versions: HashMap<(u8, usize), u32>,
    texts: u64,
    pub builds: Vec<Vec<Work>>,
}

impl Trace {
    pub fn new(seed: u64, builds: usize) -> Self {
        let mut trace = Self {
            numbers: Numbers(seed),
            made: Vec::new(),
            known: HashMap::new(),
            memes: Vec::new(),
            versions: HashMap::new(),
            texts: 0,
            builds: Vec::new(),
        };
        let first: Vec<Meme> = (0..12).map(|_| trace.meme()).collect();
        trace.add(first);
        while trace.builds.len() < builds {
            match trace.numbers.below(100) {
                0..58 => trace.edit(),
                58..74 => {
                    let meme = trace.meme();
                    trace.add(vec![meme]);
                }
                74..78 => {
                    let count = 8 + trace.numbers.below(17);
                    let batch = (0..count).map(|_| trace.meme()).collect();
                    trace.add(batch);
                }
                78..90 => trace.revert(),
                90..94 => trace.replace_asset(),
                _ => trace.clean(),
            }
        }
        trace
    }

    fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.numbers.below(to - from + 1)
    }

    /// Zipf's law over `count`, by inverting the integral of 1 ÷ rank.
    fn zipf(&mut self, count: usize) -> usize {
        let share = self.numbers.below(1 << 20) as f64 / f64::from(1 << 20);
        let rank = ((count as f64 + 1.0).ln() * share).exp();
        (rank as usize).clamp(1, count) - 1
    }

    fn meme(&mut self) -> Meme {
        let segments = self.between(4, 15);
        let captions = (0..self.between(1, 4)).map(|_| self.caption(segments)).collect();
        let effects = (0..self.between(0, 3)).map(|_| self.effect()).collect();
        let (green, place, music) = (self.zipf(GREENS), self.zipf(PLACES), self.zipf(MUSIC));
        Meme { green, place, music, effects, captions, segments }
    }

    fn caption(&mut self, segments: usize) -> (u64, usize, usize) {
        self.texts += 1;
        let first = self.between(0, segments - 1);
        (self.texts, first, self.between(1, 3))
    }

    fn effect(&mut self) -> (usize, u64) {
        self.texts += 1;
        (self.zipf(EFFECTS), self.texts)
    }

    fn add(&mut self, memes: Vec<Meme>) {
        let build = memes.iter().map(|meme| self.work(meme)).collect();
        self.builds.push(build);
        self.memes.splice(0..0, memes.into_iter().map(|meme| vec![meme]));
    }

    /// Something worked on lately, taken to the front.
    fn recent(&mut self) -> usize {
        let at = self.zipf(self.memes.len());
        let meme = self.memes.remove(at);
        self.memes.insert(0, meme);
        0
    }

    fn edit(&mut self) {
        let at = self.recent();
        let mut meme = self.memes[at].last().unwrap().clone();
        match self.numbers.below(10) {
            0..6 => {
                let which = self.numbers.below(meme.captions.len());
                self.texts += 1;
                meme.captions[which].0 = self.texts;
            }
            6 => {
                let effect = self.effect();
                meme.effects.push(effect);
            }
            7 => meme.music = self.zipf(MUSIC),
            8 => meme.place = self.zipf(PLACES),
            _ => meme.green = self.zipf(GREENS),
        }
        let work = self.work(&meme);
        self.memes[at].push(meme);
        self.builds.push(vec![work]);
    }

    /// Back to an earlier version, as by undoing or by another branch.
    fn revert(&mut self) {
        let at = self.recent();
        let versions = self.memes[at].len();
        let back = self.zipf(versions);
        let meme = self.memes[at][versions - 1 - back].clone();
        let work = self.work(&meme);
        self.memes[at].push(meme);
        self.builds.push(vec![work]);
    }

    /// A file of the user's changes: everything that shows it is made anew.
    fn replace_asset(&mut self) {
        let green = self.zipf(60);
        *self.versions.entry((0, green)).or_default() += 1;
        let users: Vec<Meme> = self.memes.iter().filter_map(|m| m.last()).cloned().collect();
        let users = users.into_iter().filter(|meme| meme.green == green).take(20);
        let build = users.map(|meme| self.work(&meme)).collect();
        self.builds.push(build);
    }

    /// `artefacts/` was removed: all films that were worked on lately are wanted as files again.
    fn clean(&mut self) {
        let now: Vec<Meme> = self.memes.iter().take(12).filter_map(|m| m.last()).cloned().collect();
        let build = now.iter().map(|meme| self.work(meme)).collect();
        self.builds.push(build);
    }

    /// The actions of one version of a meme; equal ones are the same.
    fn work(&mut self, meme: &Meme) -> Work {
        let mut actions = Vec::new();
        let green_version = self.versions.get(&(0, meme.green)).copied().unwrap_or(0);
        let green = self.action(Key::Ingest(0, meme.green, green_version), &[], &mut actions);
        let place = self.action(Key::Ingest(1, meme.place, 0), &[], &mut actions);
        let music = self.action(Key::Ingest(2, meme.music, 0), &[], &mut actions);
        let mut heard = vec![music];
        for (effect, _) in &meme.effects {
            heard.push(self.action(Key::Ingest(3, *effect, 0), &[], &mut actions));
        }
        let conformed = [
            self.action(Key::Conform(0, meme.green, green_version), &[green], &mut actions),
            self.action(Key::Conform(1, meme.place, 0), &[place], &mut actions),
        ];
        let mut captions = HashMap::new();
        for (text, ..) in &meme.captions {
            captions.insert(*text, self.action(Key::Caption(*text), &[], &mut actions));
        }
        let mut parts = Vec::new();
        for at in 0..meme.segments {
            let shows =
                |(_, first, count): &&(u64, usize, usize)| (*first..first + count).contains(&at);
            let texts: Vec<u64> = meme.captions.iter().filter(shows).map(|c| c.0).collect();
            let mut inputs = conformed.to_vec();
            inputs.extend(texts.iter().map(|text| captions[text]));
            let key =
                Key::Segment { green: conformed[0], place: conformed[1], at, captions: texts };
            parts.push(self.action(key, &inputs, &mut actions));
        }
        let (effects, segments) = (meme.effects.clone(), meme.segments);
        let key = Key::Sound { music: meme.music, effects, segments };
        parts.push(self.action(key, &heard, &mut actions));
        let film = self.action(Key::Film(parts.clone()), &parts, &mut actions);
        let poster = self.action(Key::Poster(film), &[film], &mut actions);
        let verdict = self.action(Key::Verdict(film), &[film], &mut actions);
        Work { actions, files: vec![film, poster, verdict] }
    }

    fn action(&mut self, key: Key, inputs: &[usize], actions: &mut Vec<usize>) -> usize {
        let at = match self.known.get(&key) {
            Some(at) => *at,
            None => {
                let (kilobytes, cost_ms) = self.size_and_cost(&key);
                let bytes = match &key {
                    Key::Film(parts) => parts.iter().map(|part| self.made[*part].bytes).sum(),
                    _ => kilobytes as u64 * 1000,
                };
                let made = Made { inputs: inputs.to_vec(), bytes, cost_ms: cost_ms as u64 };
                self.made.push(made);
                self.known.insert(key, self.made.len() - 1);
                self.made.len() - 1
            }
        };
        actions.push(at);
        at
    }

    /// Kilobytes and milliseconds of an action that is new.
    fn size_and_cost(&mut self, key: &Key) -> (usize, usize) {
        match key {
            Key::Ingest(0, ..) => (self.between(6, 60), self.between(4_000, 15_000)),
            Key::Ingest(..) => (self.between(4, 12), self.between(800, 4_000)),
            Key::Conform(..) => (self.between(6_000, 25_000), self.between(3_000, 12_000)),
            Key::Caption(_) => (self.between(8, 40), self.between(80, 200)),
            Key::Segment { .. } => (self.between(500, 1_500), self.between(900, 2_200)),
            Key::Sound { .. } => (self.between(200, 700), self.between(1_200, 3_500)),
            Key::Film(_) => (0, self.between(60, 200)),
            Key::Poster(_) => (self.between(60, 160), self.between(150, 300)),
            Key::Verdict(_) => (self.between(4, 9), self.between(1_500, 4_000)),
        }
    }
}
