//! Did you mean …?

/// The candidate nearest to `word`, if it is near enough to be a slip of the finger: at most a
/// third of the longer word's letters differ, or one begins with the other. Equal distances go
/// to the candidate that comes first in the alphabet.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = word.to_lowercase().replace('_', "-");
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = strsim::osa_distance(&folded, &candidate.to_lowercase());
        let longer = folded.chars().count().max(candidate.chars().count());
        let begins = folded.len() >= 3
            && (candidate.starts_with(&folded)
                || (candidate.len() >= 3 && folded.starts_with(candidate)));
        if distance * 3 > longer && !begins {
            continue;
        }
        if best.is_none_or(|(least, name)| (distance, candidate) < (least, name)) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `did you mean …?`, or the whole list where it is short, or nothing.
pub(crate) fn hint<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(name) = nearest(word, candidates.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let names: Vec<String> =
        candidates.into_iter().take(17).map(|name| format!("`{name}`")).collect();
    match names.as_slice() {
        [] => None,
        [only] => Some(format!("there is only {only}")),
        [.., last] if names.len() <= 16 => {
            Some(format!("there are {} and {last}", names[..names.len() - 1].join(", ")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised_and_strangers_are_not() {
        let keys = ["captions", "composite", "green-screen", "music"];
        assert_eq!(nearest("caption", keys), Some("captions"));
        assert_eq!(nearest("green_screen", keys), Some("green-screen"));
        assert_eq!(nearest("greenscren", keys), Some("green-screen"));
        assert_eq!(nearest("compsoite", keys), Some("composite"));
        assert_eq!(nearest("watermark", keys), None);
        assert_eq!(nearest("", keys), None);
    }
}
