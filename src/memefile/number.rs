//! Exact decimal numbers: no floats, so that the same text is the same value everywhere.

/// Reads a decimal as a whole number of `10^-digits`: `("1.5", 3)` is 1500. A sign, digits and
/// one point are accepted; more digits after the point than asked for, or a value beyond 15
/// digits, are not.
pub fn fixed(text: &str, digits: usize) -> Result<i64, NotFixed> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || body.ends_with('.') {
        return Err(NotFixed::NotANumber);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return Err(NotFixed::TooFine);
    }
    let joined = format!("{whole}{fraction:0<digits$}");
    if joined.trim_start_matches('0').len() > 15 {
        return Err(NotFixed::TooLarge);
    }
    let value: i64 = joined.parse().map_err(|_| NotFixed::TooLarge)?;
    Ok(if negative { -value } else { value })
}

/// Why a text is not such a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFixed {
    NotANumber,
    TooFine,
    TooLarge,
}

/// Splits `-8dB` and `-8 dB` into number and unit.
pub fn split_unit(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    (&text[..end], text[end..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(fixed("1.5", 3), Ok(1500));
        assert_eq!(fixed("-0.001", 3), Ok(-1));
        assert_eq!(fixed("+2", 0), Ok(2));
        assert_eq!(fixed("1.5000", 1), Ok(15));
        assert_eq!(fixed("1.25", 1), Err(NotFixed::TooFine));
        assert_eq!(fixed("99999999999999999999", 3), Err(NotFixed::TooLarge));
        for text in ["", ".", "-", "1.", ".5", "1e3", "--1", "1.2.3", "٣"] {
            assert_eq!(fixed(text, 3), Err(NotFixed::NotANumber), "{text}");
        }
        assert_eq!(split_unit("-14 LUFS"), ("-14", "LUFS"));
        assert_eq!(split_unit("1.5s"), ("1.5", "s"));
    }
}
