//! Where an asset comes from, and what may be done with it.
//!
//! What is not known is left out and never guessed: an asset without a licence is one that nobody
//! has shown to be free to use.

use super::asset::{AssetId, AssetKind};
use super::schema::text_schema;
use jiff::Span;
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Longest text of a field, in bytes: what a person may read, and no place to hide a file in.
const LONGEST: usize = 2000;

/// Where an asset was taken from, by whom it was made, and under which terms.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize, JsonSchema,
)]
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
            Some(text) if day(text).is_none() => {
                Err(format!("expires: `{}` is not `YYYY-MM-DD`", text.escape_debug()))
            }
            _ => Ok(()),
        }
    }
}

/// A day of the calendar, written `YYYY-MM-DD`, in days since 1970-01-01. Such texts sort as days do.
pub fn day(text: &str) -> Option<i64> {
    let date: Date = text.parse().ok()?;
    // The parser reads other forms of ISO 8601 too.
    (date.to_string() == text).then(|| i64::from((date - EPOCH).get_days()))
}

/// The text of a day; none where it is out of the calendar's bounds.
pub fn day_text(day: i64) -> Option<String> {
    EPOCH.checked_add(Span::new().try_days(day).ok()?).ok().map(|date| date.to_string())
}

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// An asset that is seen or heard in a film, and what is known of its origin and its rights.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Credit {
    pub kind: AssetKind,
    pub id: AssetId,
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    pub provenance: Provenance,
}

impl Credit {
    /// What is to be said of it under a film: the words that its licence asks for, else its title,
    /// creator, licence and address as far as they are known. None where nothing is.
    pub fn line(&self) -> Option<String> {
        let Provenance { title, creator, licence, attribution, source_url, .. } = &self.provenance;
        if attribution.is_some() {
            return attribution.clone();
        }
        if creator.is_none() && licence.is_none() && source_url.is_none() {
            return None;
        }
        let mut line = title.clone().unwrap_or_else(|| self.id.to_string());
        if let Some(creator) = creator {
            line.push_str(&format!(" by {creator}"));
        }
        if let Some(licence) = licence {
            line.push_str(&format!(", {licence}"));
        }
        if let Some(url) = source_url {
            line.push_str(&format!(", {url}"));
        }
        Some(line)
    }
}

/// The credits of a film as people paste them under it: a line for each thing that is to be said,
/// once; none where there is nothing to say.
pub fn credits_text(credits: &[Credit]) -> Option<String> {
    let lines: BTreeSet<String> = credits.iter().filter_map(Credit::line).collect();
    let text: String = lines.into_iter().map(|line| line + "\n").collect();
    (!text.is_empty()).then_some(text)
}

/// A licence: an SPDX expression (`CC-BY-4.0`, `MIT OR Apache-2.0`) or a `LicenseRef-*` for terms
/// that SPDX does not list. Its form is checked, not whether SPDX lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Licence(String);

text_schema!(Licence, "Licence", {
    "maxLength": 200,
    "pattern": "^[A-Za-z0-9.+:()-]+( [A-Za-z0-9.+:()-]+)*$",
    "description": "An SPDX expression, or a `LicenseRef-*` for terms that SPDX does not list."
});

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
            assert!(day(good).is_some(), "{good}");
        }
        for bad in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "26-1-1",
            "20261124",
            "2026-11-24T10:00",
            "2026-11-3é",
        ] {
            assert!(day(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(day("1970-01-01"), Some(0));
        assert_eq!(day("2026-11-24"), Some(20_781));
        assert_eq!(day_text(20_781).as_deref(), Some("2026-11-24"));
        assert_eq!(day_text(i64::MAX), None);
    }

    #[test]
    fn credits_say_what_is_asked_else_what_is_known() {
        let credit = |id: &str, provenance| Credit {
            kind: AssetKind::Music,
            id: AssetId::try_from(id.to_owned()).unwrap(),
            provenance,
        };
        let known = Provenance {
            creator: Some("ann".to_owned()),
            licence: Some(Licence::try_from("CC-BY-4.0".to_owned()).unwrap()),
            ..Provenance::default()
        };
        let asked = Provenance {
            attribution: Some("Beat by bob, used by permission".to_owned()),
            ..known.clone()
        };
        let credits = [
            credit("rain", known),
            credit("beat", asked.clone()),
            credit("beat-again", asked),
            credit("mute", Provenance::default()),
        ];
        let text = "Beat by bob, used by permission\nrain by ann, CC-BY-4.0\n";
        assert_eq!(credits_text(&credits).as_deref(), Some(text));
        assert_eq!(credits_text(&credits[3..]), None);
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
