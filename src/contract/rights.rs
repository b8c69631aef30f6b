//! Where an asset comes from, and what may be done with it.
//!
//! What is not known is left out and never guessed: an asset without a licence is one that nobody
//! has shown to be free to use.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest text of a field, in bytes: what a person may read, and no place to hide a file in.
const LONGEST: usize = 2000;

/// Where an asset was taken from, by whom it was made, and under which terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Provenance {
    /// A lasting address of the page or file: never a signed one, which dies and may carry a
    /// secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_url: Option<String>,
    /// The site or bucket: `patreon`, `s3://memes`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The platform's name for the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator: Option<String>,
    /// When it was published: a date, or a moment of RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// When it was fetched, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquired: Option<String>,
    /// What fetched it, with its version: `gallery-dl 1.32.18`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<Licence>,
    /// What the licence asks to be said, word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<String>,
    /// The last day on which it may be used: `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl Provenance {
    /// Whether nothing at all is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// This, with what it does not know taken from `other`.
    pub fn or(self, other: &Self) -> Self {
        let pick = |own: Option<String>, other: &Option<String>| own.or_else(|| other.clone());
        Self {
            source_url: pick(self.source_url, &other.source_url),
            platform: pick(self.platform, &other.platform),
            post: pick(self.post, &other.post),
            title: pick(self.title, &other.title),
            creator: pick(self.creator, &other.creator),
            published: pick(self.published, &other.published),
            acquired: pick(self.acquired, &other.acquired),
            tool: pick(self.tool, &other.tool),
            licence: self.licence.or_else(|| other.licence.clone()),
            attribution: pick(self.attribution, &other.attribution),
            expires: pick(self.expires, &other.expires),
        }
    }

    /// The field at fault and why.
    pub(super) fn check(&self) -> Result<(), String> {
        let fields = [
            ("sourceUrl", &self.source_url),
            ("platform", &self.platform),
            ("post", &self.post),
            ("title", &self.title),
            ("creator", &self.creator),
            ("published", &self.published),
            ("acquired", &self.acquired),
            ("tool", &self.tool),
            ("attribution", &self.attribution),
        ];
        for (name, value) in fields {
            let Some(value) = value else { continue };
            if value.is_empty() || value.len() > LONGEST {
                return Err(format!("{name}: 1 to {LONGEST} bytes, not {}", value.len()));
            }
        }
        match &self.expires {
            Some(day) if !is_day(day) => {
                Err(format!("expires: `{}` is not `YYYY-MM-DD`", day.escape_debug()))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a text is a day of the calendar: `YYYY-MM-DD`. Such texts sort as days do.
pub fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| bytes[range].iter().all(u8::is_ascii_digit);
    let shaped = bytes.len() == 10
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && digits(0..4)
        && digits(5..7)
        && digits(8..10);
    if !shaped {
        return false;
    }
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// A licence: an SPDX expression (`CC-BY-4.0`, `MIT OR Apache-2.0`) or a `LicenseRef-*` for terms
/// that SPDX does not list. Its form is checked, not whether SPDX lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Licence(String);

impl Licence {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Licence {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.+:()".contains(&b);
        let words = text.split(' ').all(|word| !word.is_empty() && word.bytes().all(plain));
        if !words || text.len() > 200 {
            return Err(format!(
                "`{}` is neither an SPDX expression nor a `LicenseRef-*`",
                text.escape_debug()
            ));
        }
        Ok(Self(text))
    }
}

impl From<Licence> for String {
    fn from(licence: Licence) -> String {
        licence.0
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_have_the_form_of_spdx() {
        for good in ["CC-BY-4.0", "MIT OR Apache-2.0", "LicenseRef-patreon", "(GPL-2.0+ AND MIT)"] {
            assert!(Licence::try_from(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", " MIT", "all rights reserved\n", "<b>", "MIT  OR X", &"x".repeat(201)] {
            assert!(Licence::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_day_is_one_of_the_calendar() {
        for good in ["2026-11-24", "2024-02-29", "2000-02-29", "2026-12-31"] {
            assert!(is_day(good), "{good}");
        }
        for bad in ["2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "26-1-1", "2026-11-3é"]
        {
            assert!(!is_day(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_known_stays_and_gaps_are_filled() {
        let own = Provenance { creator: Some("ann".to_owned()), ..Provenance::default() };
        let other = Provenance {
            creator: Some("bob".to_owned()),
            expires: Some("2027-01-01".to_owned()),
            ..Provenance::default()
        };
        let both = own.or(&other);
        assert_eq!(both.creator.as_deref(), Some("ann"));
        assert_eq!(both.expires.as_deref(), Some("2027-01-01"));
        assert!(both.check().is_ok());
        assert!(Provenance::default().is_unknown());
    }
}
