//! The part of a sound that its fingerprint is made of, as it comes: mono, 16 bits, few samples.

/// Samples a second that chromaprint works on.
const CHROMAPRINT: u64 = 11_025;

/// Effects are slowed down so many times: a bang is over before chromaprint has said a word, and
/// notes are the same some octaves lower.
const SLOWED: u64 = 4;

/// What is listened to, seconds.
const MUSIC_SECONDS: u64 = 120;
const EFFECT_SECONDS: u64 = 30;

/// Samples of the beginning of a sound.
#[derive(Debug)]
pub struct Resample {
    /// Whether it is an effect, slowed down.
    pub slowed: bool,
    /// At 11025 a second of the sound, or of the slowed sound.
    pub samples: Vec<i16>,
    from: u64,
    to: u64,
    most: usize,
    taken: u64,
    sum: i64,
    count: i64,
}

impl Resample {
    pub fn music(rate: u64) -> Self {
        Self::new(rate, CHROMAPRINT, MUSIC_SECONDS, false)
    }

    pub fn effect(rate: u64) -> Self {
        Self::new(rate, CHROMAPRINT * SLOWED, EFFECT_SECONDS, true)
    }

    fn new(from: u64, to: u64, seconds: u64, slowed: bool) -> Self {
        let most = (to * seconds) as usize;
        Self { slowed, samples: Vec::new(), from, to, most, taken: 0, sum: 0, count: 0 }
    }

    /// Takes one sample of 24 bits. Means of what falls into a longer sample: chromaprint hears
    /// nothing over 3.5 kHz, where they would differ from a better filter.
    pub fn take(&mut self, sample: i32) {
        if self.samples.len() >= self.most {
            return;
        }
        self.sum += i64::from(sample);
        self.count += 1;
        let before = self.taken * self.to / self.from;
        self.taken += 1;
        let done = self.taken * self.to / self.from - before;
        if done > 0 {
            let mean = (self.sum / self.count) >> 8;
            let mean = mean.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16;
            self.samples.extend(std::iter::repeat_n(mean, done as usize));
            (self.sum, self.count) = (0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_kept_and_bounded() {
        for rate in [8000, 11_025, 44_100, 48_000, 192_000] {
            let mut sound = Resample::music(rate);
            (0..rate * 2).for_each(|_| sound.take(256 * 100));
            assert_eq!(sound.samples.len(), 22_050, "{rate}");
            assert!(sound.samples.iter().all(|sample| *sample == 100));
        }
        let mut long = Resample::effect(8000);
        (0..8000 * 31).for_each(|_| long.take(0));
        assert!((0..6).contains(&(long.samples.len() - 44_100 * 30)));
    }
}
