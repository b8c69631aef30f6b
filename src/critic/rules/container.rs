//! What kind of file it is.

use crate::contract::profile::{AudioPolicy, Container};
use crate::critic::policy::Strictness;
use crate::critic::rule::{Breach, Judged, Rule};

pub static CONTAINER: Rule = Rule {
    id: "container",
    what: "The file is of the profile's format, by its content and not by its name.",
    why: "Platforms refuse a file that is not what it is called.",
    source: "Each profile names its container.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(film) = case.film else { return Judged::NotApplicable };
        let wanted = case.profile.container;
        let found = film.file.media.demuxer.as_str();
        let ok = match wanted {
            Container::Mp4 => found == "mov",
            Container::Gif => found == "gif",
            Container::Webm => matches!(found, "webm" | "matroska"),
        };
        Judged::require(ok, || {
            let limit = wanted.extension();
            Breach::new(
                format!("the file is not {limit} inside"),
                found,
                limit,
                format!("render it again with a {limit} profile, or check it against another one"),
            )
        })
    },
};

pub static CODEC: Rule = Rule {
    id: "codec",
    what: "Picture and sound are coded as the profile's format has it: H.264 and AAC in MP4, VP9 \
           and Opus in WebM.",
    why: "Other codecs are legal in these containers and play on few phones.",
    source: "Instagram and TikTok upload specifications (H.264 and AAC).",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(film) = case.film else { return Judged::NotApplicable };
        let (picture, sound) = match case.profile.container {
            Container::Mp4 => ("h264", "aac"),
            Container::Gif => ("gif", ""),
            Container::Webm => ("vp9", "opus"),
        };
        let media = &film.file.media;
        let mut breaches = Vec::new();
        let mut expect = |what: &str, found: &str, wanted: &str| {
            if found != wanted {
                breaches.push(Breach::new(
                    format!("the {what} is coded as {found}"),
                    found,
                    wanted,
                    format!("encode the {what} as {wanted}"),
                ));
            }
        };
        if let Some(video) = &media.video {
            expect("picture", &video.codec, picture);
        }
        if let Some(audio) = &media.audio
            && case.profile.audio == AudioPolicy::Required
        {
            expect("sound", &audio.codec, sound);
        }
        Judged::Checked(breaches)
    },
};

pub static DECODES: Rule = Rule {
    id: "decodes",
    what: "Every frame decodes, without a complaint of the decoder.",
    why: "A damaged frame shows as blocks or smears, and stays until the next key frame.",
    source: "memebuild's own.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(pixels) = case.film.and_then(|film| film.pixels) else {
            return Judged::NotApplicable;
        };
        Judged::require(pixels.complaints.is_empty(), || {
            Breach::new(
                "the decoder complains of the film",
                pixels.complaints.join("; "),
                "no complaint",
                "render it again; if it is a copy, compare it with the original",
            )
        })
    },
};

pub static FAST_START: Rule = Rule {
    id: "fast-start",
    what: "In MP4 the `moov` box stands before the media.",
    why: "A player can start before the whole file has arrived, and some platforms demand it.",
    source: "Instagram: moov atom at the front of the file.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(iso) = case.film.and_then(|film| film.file.iso.as_ref()) else {
            return Judged::NotApplicable;
        };
        Judged::require(iso.fast_start, || {
            Breach::new(
                "the index of the film stands at its end",
                "moov after mdat",
                "moov before mdat",
                "mux with `-movflags +faststart`",
            )
        })
    },
};

pub static EDIT_LIST: Rule = Rule {
    id: "edit-list",
    what: "The MP4 has no edit list that does more than start at zero.",
    why: "One platform's specification excludes edit lists, although every encoder with B-frames \
          or AAC priming writes one and it plays everywhere.",
    source: "Instagram: no edit lists; leaving them out puts picture or sound off by a frame, so \
             this informs and does not reject.",
    strictness: Strictness::Info,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(iso) = case.film.and_then(|film| film.file.iso.as_ref()) else {
            return Judged::NotApplicable;
        };
        Judged::require(!iso.edit_list, || {
            Breach::new(
                "the file has an edit list",
                "an edit list",
                "none",
                "nothing need be done unless the platform refuses the file",
            )
        })
    },
};

pub static FILE_SIZE: Rule = Rule {
    id: "file-size",
    what: "The file is no larger than the profile's platform takes.",
    why: "An upload that is too large fails at its end.",
    source: "Each profile's limit: Reels 300 MB, TikTok 500 MB.",
    strictness: Strictness::Error,
    needs_input: false,
    thresholds: &[],
    check: |case| {
        let Some(film) = case.film else { return Judged::NotApplicable };
        let (found, most) = (film.file.digest.len, case.profile.max_bytes);
        Judged::require(found <= most, || {
            Breach::new(
                "the file is too large",
                bytes(found),
                format!("at most {}", bytes(most)),
                "shorten the film, raise the profile's `crf`, or lower its frame rate",
            )
        })
    },
};

/// Bytes as people read them, rounded up to tenths of a mega- or kilobyte.
fn bytes(count: u64) -> String {
    let tenths = |unit: u64| (count * 10).div_ceil(unit);
    let (unit, name) = if count >= 1_000_000 { (1_000_000, "MB") } else { (1000, "kB") };
    format!("{}.{} {name}", tenths(unit) / 10, tenths(unit) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::critic::sample::{breaks, facts, passes};

    #[test]
    fn a_film_in_the_wrong_container_is_told_by_its_content() {
        passes(&CONTAINER, |_| ());
        breaks(&CONTAINER, |s| s.facts.file.media.demuxer = "matroska".to_owned());
        passes(&CONTAINER, |s| {
            s.facts.file.media.demuxer = "matroska".to_owned();
            s.profile.container = Container::Webm;
        });
    }

    #[test]
    fn hevc_in_mp4_is_not_h264() {
        passes(&CODEC, |_| ());
        let video = |s: &mut crate::critic::sample::Subject, codec: &str| {
            s.facts.file.media.video.as_mut().expect("video").codec = codec.to_owned();
        };
        breaks(&CODEC, |s| video(s, "hevc"));
        breaks(&CODEC, |s| {
            s.facts.file.media.audio.as_mut().expect("audio").codec = "mp3".to_owned();
        });
    }

    #[test]
    fn a_damaged_film_is_told_by_its_decoder() {
        passes(&DECODES, |_| ());
        let breaches = breaks(&DECODES, |s| {
            let pixels = s.facts.pixels.as_mut().expect("pixels");
            pixels.complaints = vec!["h264: error while decoding MB 3 4".to_owned()];
        });
        assert_eq!(breaches[0].measured, "h264: error while decoding MB 3 4");
    }

    #[test]
    fn the_index_stands_first() {
        passes(&FAST_START, |_| ());
        breaks(&FAST_START, |s| s.facts.file.iso.as_mut().expect("iso").fast_start = false);
    }

    #[test]
    fn an_edit_list_informs() {
        passes(&EDIT_LIST, |_| ());
        breaks(&EDIT_LIST, |s| s.facts.file.iso.as_mut().expect("iso").edit_list = true);
        assert_eq!(EDIT_LIST.strictness, Strictness::Info);
    }

    #[test]
    fn size_is_what_the_file_weighs() {
        let len = facts().file.digest.len;
        passes(&FILE_SIZE, |s| s.profile.max_bytes = len);
        let breaches = breaks(&FILE_SIZE, |s| s.profile.max_bytes = len - 1);
        insta::assert_snapshot!(breaches[0].measured, @"1.3 MB");
    }
}
