//! `reviews.toml`: what people said of renders, for a critic to count.
//!
//! TOML, since people read it, write it by hand, and keep it in version control. A review names the
//! film that it was given to: of another film it says nothing.

use super::digest::Digest;
use super::toml_file::{self, TomlContract};
use super::verdict::Decision;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Beside the Memefile.
pub const FILE_NAME: &str = "reviews.toml";

/// What people call the contract.
pub const NAME: &str = "reviews";

/// The version that this build reads and writes.
pub const VERSION: u32 = 1;

/// Longest note, in characters.
pub const LONGEST_NOTE: usize = 2000;

/// What stands above everything else in the file.
const HEADER: &str = "\
# What people said of renders: commit it. The critic's rules `review` and `approval` count it.

";

/// What people said, by render without its type: `launch/gorilla@tiktok`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Reviews {
    #[serde(default, rename = "render", skip_serializing_if = "BTreeMap::is_empty")]
    pub renders: BTreeMap<String, Review>,
}

/// What a person said of one film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Review {
    /// None: it is only noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// Text, at most [`LONGEST_NOTE`] characters; may have lines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The film that was seen; none: whatever film there is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub film: Option<Digest>,
}

impl Review {
    /// Whether it speaks of this film.
    pub fn is_of(&self, film: Digest) -> bool {
        self.film.is_none_or(|seen| seen == film)
    }
}

/// Parses the file.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Reviews, String> {
    let reviews: Reviews = toml_file::parse(text, VERSION)?;
    for (render, review) in &reviews.renders {
        if review.note.chars().count() > LONGEST_NOTE {
            return Err(format!("render.{render:?}.note: longer than {LONGEST_NOTE} characters"));
        }
    }
    Ok(reviews)
}

/// Writes the file. The same value always gives the same bytes.
pub fn write(reviews: &Reviews) -> String {
    toml_file::write(HEADER, VERSION, reviews)
}

impl TomlContract for Reviews {
    const NAME: &'static str = NAME;
    const VERSION: u32 = VERSION;

    fn parse(text: &str) -> Result<Self, String> {
        parse(text)
    }

    fn write(&self) -> String {
        write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviews() -> Reviews {
        let review = Review {
            decision: Some(Decision::Reject),
            note: "the caption hides the face\n\"again\"".to_owned(),
            film: Some(Digest::of(b"film")),
        };
        Reviews { renders: [("launch/gorilla+rain@tiktok".to_owned(), review)].into() }
    }

    #[test]
    fn it_reads_what_it_writes() {
        let text = write(&reviews());
        assert_eq!(parse(&text), Ok(reviews()));
        assert!(text.contains("[render.\"launch/gorilla+rain@tiktok\"]"), "{text}");
        assert_eq!(parse(&write(&Reviews::default())), Ok(Reviews::default()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let good = write(&reviews());
        let long = "x".repeat(LONGEST_NOTE + 1);
        for (bad, why) in [
            (good.replace("version = 1", "version = 2"), "newer memebuild"),
            (good.replace("\"reject\"", "\"perhaps\""), "perhaps"),
            (good.replace("decision", "decission"), "decission"),
            (format!("version = 1\n[render.a]\nnote = \"{long}\""), "longer than"),
        ] {
            let error = parse(&bad).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn a_review_of_another_film_says_nothing() {
        let mut review = reviews().renders.into_values().next().expect("one");
        assert!(review.is_of(Digest::of(b"film")));
        assert!(!review.is_of(Digest::of(b"another")));
        review.film = None;
        assert!(review.is_of(Digest::of(b"another")));
    }
}
