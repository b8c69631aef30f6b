//! Where a list goes on: how many entries were told, and of which question, so that a cursor of one
//! list is none of another.

use crate::diagnostic::Diagnostic;

/// Names a question: equal questions, equal names.
pub fn question(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("memebuild mcp cursor v1");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
    }
    hasher.finalize().to_hex()[..16].to_owned()
}

/// The cursor behind so many entries.
pub fn cursor(question: &str, told: usize) -> String {
    format!("{told:x}-{question}")
}

/// How many entries were told before this cursor; none where there is none.
///
/// # Errors
/// `bad-cursor`: it is none, or one of another question.
pub fn told(question: &str, cursor: Option<&str>) -> Result<usize, Diagnostic> {
    let Some(cursor) = cursor else { return Ok(0) };
    let told = cursor
        .split_once('-')
        .filter(|(_, of)| *of == question)
        .and_then(|(told, _)| usize::from_str_radix(told, 16).ok());
    told.ok_or_else(|| {
        Diagnostic::usage("bad-cursor", "the cursor is not one that this question gave")
            .hint("ask without a cursor, and go on with `next` of the answer")
    })
}

/// A page of a list that is there as a whole, and the cursor of the next.
///
/// # Errors
/// As [`told`].
pub fn cut<T>(
    list: impl IntoIterator<Item = T>,
    question: &str,
    at: Option<&str>,
    limit: usize,
) -> Result<(Vec<T>, Option<String>), Diagnostic> {
    let told = told(question, at)?;
    let mut rest = list.into_iter().skip(told);
    let page: Vec<T> = rest.by_ref().take(limit).collect();
    let next = rest.next().map(|_| cursor(question, told + page.len()));
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_and_end() {
        let own = question(&["list", "a"]);
        let (first, next) = cut(0..5, &own, None, 2).unwrap();
        let (second, after) = cut(0..5, &own, next.as_deref(), 2).unwrap();
        let (third, end) = cut(0..5, &own, after.as_deref(), 2).unwrap();
        assert_eq!([first, second, third].concat(), [0, 1, 2, 3, 4]);
        assert_eq!(end, None);
        assert_eq!(cut(0..4, &own, Some(&cursor(&own, 2)), 2).unwrap(), (vec![2, 3], None));
        // A list that became shorter meanwhile.
        assert_eq!(cut(0..1, &own, next.as_deref(), 2).unwrap(), (vec![], None));
    }

    #[test]
    fn a_cursor_is_of_its_own_question() {
        let (own, other) = (question(&["list", "a"]), question(&["lis", "ta"]));
        assert_ne!(own, other);
        let mine = cursor(&own, 3);
        assert_eq!(told(&own, Some(&mine)), Ok(3));
        for bad in [mine.as_str(), "", "3", "-", "zz-", "3-../../etc"] {
            assert_eq!(told(&other, Some(bad)).unwrap_err().code, "bad-cursor", "{bad}");
        }
    }
}
