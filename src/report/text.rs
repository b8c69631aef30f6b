//! Text that is safe and readable in a terminal.

pub use crate::diagnostic::words::{bytes, moment};

/// A text with control characters (escape codes among them) shown instead of obeyed.
pub fn shown(text: &str) -> String {
    if text.chars().all(|c| !c.is_control()) {
        return text.to_owned();
    }
    text.chars()
        .flat_map(|c| {
            let escaped: Vec<char> =
                if c.is_control() { c.escape_debug().collect() } else { vec![c] };
            escaped
        })
        .collect()
}

/// `240 ms`, `3.2 s`, `4 min 05 s`, `2 h 10 min`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{seconds}.{} s", ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A name as it stands in a URL (RFC 3986, 2): what is neither unreserved nor in `also` as a percent sign and
/// two digits.
pub fn percent(name: &[u8], also: &[u8]) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b) || also.contains(&b);
    let part = |b: &u8| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") };
    name.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_naturally() {
        let durations = [0, 240, 3_249, 245_000, 7_800_000].map(duration);
        assert_eq!(durations, ["0 ms", "240 ms", "3.2 s", "4 min 05 s", "2 h 10 min"]);
        let sizes = [0, 999, 4_321, 1_234_567_890].map(bytes);
        assert_eq!(sizes, ["0 B", "999 B", "4.3 kB", "1.2 GB"]);
    }

    #[test]
    fn escape_codes_are_shown() {
        assert_eq!(shown("a\u{1b}[31mb\n"), r"a\u{1b}[31mb\n");
        assert_eq!(shown("smile 😂"), "smile 😂");
    }
}
