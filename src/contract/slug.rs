//! Ids made from file names.
//!
//! A name from outside never becomes a path: it becomes a slug of `a-z0-9-`, and where two files
//! of a kind would share one, their first content tells them apart.

use super::asset::AssetId;
use super::digest::Digest;
use unicode_normalization::UnicodeNormalization;

/// Longest slug of a stem, in bytes; leaves room for the nine that tell two stems apart.
const LONGEST: usize = 80;

/// Stands for a stem in which nothing can be kept: `猫.mp4`.
const NAMELESS: &str = "asset";

/// The id for a file's stem: NFC, lower case, every run of other characters than `a-z0-9` one
/// dash, none at either end, at most 80 bytes. Never empty.
pub fn asset_slug(stem: &str) -> AssetId {
    let slug = slug(stem, LONGEST);
    let text = if slug.is_empty() { NAMELESS.to_owned() } else { slug };
    AssetId::try_from(text).expect("a slug is an id")
}

/// A text in NFC and lower case, every run of other characters than `a-z0-9` one dash, none at
/// either end, at most `longest` bytes. May be empty.
pub fn slug(text: &str, longest: usize) -> String {
    let mut slug = String::with_capacity(text.len().min(longest));
    for c in text.nfc().flat_map(char::to_lowercase) {
        if slug.len() == longest {
            break;
        }
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(slug.trim_end_matches('-').len());
    slug
}

/// The id for a file whose slug another file of its kind has too: `-` and the first eight
/// hexadecimal digits of its content are added.
pub fn distinguished(slug: &AssetId, content: &Digest) -> AssetId {
    let text = format!("{slug}-{}", &content.hex()[..8]);
    AssetId::try_from(text).expect("a slug has room for nine bytes more")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn stems_become_readable_ids() {
        let table = [
            ("Gorilla", "gorilla"),
            ("John_Cena (HD)  v2", "john-cena-hd-v2"),
            ("--version", "version"),
            ("../../etc/passwd", "etc-passwd"),
            ("caf\u{e9}", "caf"),
            ("cafe\u{301} noir", "caf-noir"),
            ("猫", "asset"),
            ("", "asset"),
        ];
        for (stem, id) in table {
            assert_eq!(asset_slug(stem).as_str(), id, "{stem}");
        }
    }

    #[test]
    fn shared_slugs_are_told_apart_by_content() {
        let slug = asset_slug(&"x".repeat(500));
        let id = distinguished(&slug, &Digest::of(b"one"));
        assert_ne!(id, distinguished(&slug, &Digest::of(b"two")));
        assert!(id.as_str().starts_with(slug.as_str()));
    }

    proptest! {
        #[test]
        fn any_stem_has_a_slug_that_is_its_own_slug(stem in "\\PC*|.{0,300}") {
            let slug = asset_slug(&stem);
            prop_assert!(slug.as_str().len() <= LONGEST);
            prop_assert!(!slug.as_str().ends_with('-') && !slug.as_str().contains("--"));
            prop_assert_eq!(asset_slug(slug.as_str()), slug);
        }

        #[test]
        fn the_normal_form_of_a_name_does_not_matter(stem in "\\PC{0,40}") {
            let decomposed: String = stem.nfd().collect();
            prop_assert_eq!(asset_slug(&decomposed), asset_slug(&stem));
        }
    }
}
