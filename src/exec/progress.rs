//! The lines of ffmpeg's `-progress`: `key=value`, a block of them ending with `progress=…`.

/// How far a program is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Frames written.
    pub frame: Option<u32>,
    /// Length of what was written, microseconds.
    pub out_time_us: Option<u64>,
    /// Thousandths of real time.
    pub speed_milli: Option<u32>,
}

/// A line that is longer than this is no progress and is skipped.
const LONGEST_LINE: usize = 1 << 10;

/// Cuts a stream of bytes into lines and blocks.
#[derive(Debug, Default)]
pub struct ProgressParser {
    line: Vec<u8>,
    block: Progress,
}

impl ProgressParser {
    /// Takes some bytes and calls `report` for each block that they end.
    pub fn push(&mut self, bytes: &[u8], report: &mut dyn FnMut(Progress)) {
        for byte in bytes {
            if *byte != b'\n' {
                if self.line.len() <= LONGEST_LINE {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            if line.len() <= LONGEST_LINE
                && let Some((key, value)) =
                    std::str::from_utf8(&line).ok().and_then(|line| line.split_once('='))
                && self.take(key, value.trim())
            {
                report(std::mem::take(&mut self.block));
            }
        }
    }

    /// Whether this line ends a block.
    fn take(&mut self, key: &str, value: &str) -> bool {
        match key {
            "frame" => self.block.frame = value.parse().ok(),
            "out_time_us" => self.block.out_time_us = value.parse().ok(),
            "speed" => self.block.speed_milli = thousandths(value.trim_end_matches('x')),
            _ => {}
        }
        key == "progress"
    }
}

/// `1.25` as 1250, without floating point; `N/A` as nothing.
fn thousandths(text: &str) -> Option<u32> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let mut digits: String = rest.chars().take(3).collect();
    while digits.len() < 3 {
        digits.push('0');
    }
    let whole: u32 = whole.parse().ok()?;
    whole.checked_mul(1000)?.checked_add(digits.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_wherever_the_reads_cut() {
        let stream = "frame=12\nfps=0.00\nout_time_us=480000\nspeed=1.2x\nprogress=continue\n\
                      frame=50\nout_time_us=N/A\nspeed=N/A\nprogress=end\n";
        let expected = [
            Progress { frame: Some(12), out_time_us: Some(480_000), speed_milli: Some(1200) },
            Progress { frame: Some(50), out_time_us: None, speed_milli: None },
        ];
        for size in 1..stream.len() {
            let mut parser = ProgressParser::default();
            let mut found = Vec::new();
            for bytes in stream.as_bytes().chunks(size) {
                parser.push(bytes, &mut |progress| found.push(progress));
            }
            assert_eq!(found, expected, "reads of {size} bytes");
        }
    }

    #[test]
    fn speeds_need_no_floating_point() {
        let speeds = ["0.0123", " 17", "2.5", "1e+03", "", "99999999"].map(str::trim);
        let parsed = speeds.map(thousandths);
        assert_eq!(parsed, [Some(12), Some(17_000), Some(2_500), None, None, None]);
    }
}
