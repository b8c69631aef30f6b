//! Mains hum: a tone of 50 or 60 Hz and its harmonics that never stops.
//!
//! A bass plays such tones too, but it rests, and moves on. So the sound is cut into seconds, and
//! the level in the quietest tenth of them counts.

/// Samples a second to which the sound is brought: as many as a window has, so that the bins of its
/// transform are whole hertz.
const RATE: u64 = 1000;

/// Hertz from a tone to those with which it is compared.
const BESIDE: usize = 3;

/// The two mains, and how many harmonics of each are heard.
const MAINS: [usize; 2] = [50, 60];
const HARMONICS: usize = 3;

/// Level of each second, in the unit of the samples.
#[derive(Debug)]
pub struct Hum {
    rate: u64,
    taken: u64,
    sum: i64,
    count: i64,
    window: Vec<i32>,
    levels: Vec<[u32; 2]>,
    sines: Vec<i32>,
}

impl Hum {
    pub fn new(rate: u64) -> Self {
        let sine = |n: u64| (std::f64::consts::TAU * n as f64 / RATE as f64).sin() * 32768.0;
        let sines = (0..RATE).map(|n| sine(n).round() as i32).collect();
        Self { rate, taken: 0, sum: 0, count: 0, window: Vec::new(), levels: Vec::new(), sines }
    }

    /// Takes one sample, of 24 bits.
    pub fn take(&mut self, sample: i32) {
        self.sum += i64::from(sample);
        self.count += 1;
        let before = self.taken * RATE / self.rate;
        self.taken += 1;
        if self.taken * RATE / self.rate > before {
            self.window.push((self.sum / self.count) as i32);
            (self.sum, self.count) = (0, 0);
            if self.window.len() as u64 == RATE {
                self.levels.push(MAINS.map(|hertz| self.level(hertz)));
                self.window.clear();
            }
        }
    }

    /// How much stronger a tone and its harmonics are than what is beside them.
    fn level(&self, hertz: usize) -> u32 {
        let over = |tone: usize| {
            let beside = self.amplitude(tone - BESIDE).max(self.amplitude(tone + BESIDE));
            self.amplitude(tone).saturating_sub(beside)
        };
        (1..=HARMONICS).map(|harmonic| over(hertz * harmonic)).sum()
    }

    fn amplitude(&self, hertz: usize) -> u32 {
        let quarter = self.sines.len() / 4;
        let (mut real, mut imaginary) = (0i64, 0i64);
        for (n, sample) in self.window.iter().enumerate() {
            let phase = n * hertz;
            let at = |phase: usize| i64::from(self.sines[phase % self.sines.len()]);
            real += i64::from(*sample) * at(phase + quarter);
            imaginary += i64::from(*sample) * at(phase);
        }
        let half = (self.window.len() as i64 / 2) << 15;
        let (real, imaginary) = (real / half, imaginary / half);
        u32::try_from((real * real + imaginary * imaginary).isqrt()).unwrap_or(u32::MAX)
    }

    /// The level of the stronger mains, in the unit of the samples; none of less than a second.
    pub fn finish(mut self) -> Option<u32> {
        let at = self.levels.len() / 10;
        (0..MAINS.len())
            .map(|mains| {
                self.levels.sort_unstable_by_key(|level| level[mains]);
                self.levels.get(at).map(|level| level[mains])
            })
            .max()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hum(seconds: usize, of: impl Fn(f64) -> f64) -> Option<u32> {
        let mut hum = Hum::new(8000);
        (0..8000 * seconds).for_each(|n| hum.take((of(n as f64 / 8000.0) * 8_388_607.0) as i32));
        hum.finish()
    }

    #[test]
    fn it_is_a_tone_that_never_stops() {
        let tone = |hertz: f64, t: f64| (std::f64::consts::TAU * hertz * t).sin();
        let loud = hum(4, |t| 0.1 * tone(50.0, t)).unwrap();
        assert!(loud.abs_diff(838_860) < 9_000, "{loud}");
        let quiet = hum(4, |t| 0.01 * tone(60.0, t) + 0.3 * tone(440.0, t)).unwrap();
        assert!(quiet.abs_diff(83_886) < 2_000, "{quiet}");
        let bass =
            hum(8, |t| if t % 4.0 < 2.0 { 0.5 * tone(50.0, t) } else { 0.5 * tone(73.0, t) });
        assert!(bass < Some(100), "{bass:?}");
        assert_eq!(hum(0, |_| 0.0), None);
    }
}
