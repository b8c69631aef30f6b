//! Names of what may be read: `memebuild://memefile`, `memebuild://verdict/hello@tiny`.

use crate::report::text::percent;

/// What a client may read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Uri {
    Memefile,
    Manifest,
    /// A part of a render, and the render as its files are called: `hello@tiny`, or
    /// `hello@tiny.rejected` for the film that the critic did not accept.
    Of(Part, String),
}

/// What there is of a render.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    Film,
    Poster,
    Verdict,
    Credits,
}

const SCHEME: &str = "memebuild://";

impl Part {
    pub const ALL: [Self; 4] = [Self::Film, Self::Poster, Self::Verdict, Self::Credits];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Film => "render",
            Self::Poster => "poster",
            Self::Verdict => "verdict",
            Self::Credits => "credits",
        }
    }

    /// Ends of the files that may hold it, with the kind of their content.
    pub fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Film => &[(".mp4", "video/mp4"), (".gif", "image/gif"), (".webm", "video/webm")],
            Self::Poster => &[(".jpg", "image/jpeg")],
            Self::Verdict => &[(".verdict.json", "application/json")],
            Self::Credits => &[(".credits.txt", "text/plain")],
        }
    }

    /// The part and the render of a file below the folder of renders, and the kind of its content.
    pub fn of_file(path: &str) -> Option<(Self, &str, &'static str)> {
        Self::ALL.into_iter().find_map(|part| {
            part.files()
                .iter()
                .find_map(|(end, mime)| Some((part, path.strip_suffix(end)?, *mime)))
                .filter(|(_, name, _)| is_name(name))
        })
    }
}

impl std::fmt::Display for Uri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memefile => write!(f, "{SCHEME}memefile"),
            Self::Manifest => write!(f, "{SCHEME}manifest"),
            Self::Of(part, name) => write!(f, "{SCHEME}{}/{}", part.as_str(), escaped(name)),
        }
    }
}

impl Uri {
    /// A part of a render; `None` where nothing can be called so.
    pub fn of(part: Part, name: &str) -> Option<Self> {
        is_name(name).then(|| Self::Of(part, name.to_owned()))
    }

    /// Reads one; `None` for whatever names nothing of ours.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(SCHEME)?;
        match rest {
            "memefile" | "memefile/" => return Some(Self::Memefile),
            "manifest" | "manifest/" => return Some(Self::Manifest),
            _ => {}
        }
        let (part, name) = rest.split_once('/')?;
        let part = Part::ALL.into_iter().find(|known| known.as_str() == part)?;
        Self::of(part, &unescaped(name)?)
    }
}

/// Whether a text can name a render: parts divided by `/`, none of which is empty, hidden or leads
/// elsewhere.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.chars().all(|c| !c.is_control() && !matches!(c, '\\' | '?' | '#'))
    };
    name.len() <= 1000 && name.split('/').all(part)
}

/// Everything that may not stand in the path of a URI as a percent sign and two digits.
fn escaped(name: &str) -> String {
    percent(name.as_bytes(), b"+@/")
}

fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let digits = after.get(..2)?;
        let digits = std::str::from_utf8(digits)
            .ok()
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_went() {
        for name in ["hello@tiny", "launch/a+b+c@tiny", "größe 1@p", "a%2f@p", "x@p.rejected"] {
            for part in Part::ALL {
                let uri = Uri::Of(part, name.to_owned());
                assert_eq!(Uri::parse(&uri.to_string()), Some(uri.clone()), "{uri}");
            }
        }
        let uri = Uri::Of(Part::Film, "größe 1@p".to_owned()).to_string();
        assert_eq!(uri, "memebuild://render/gr%C3%B6%C3%9Fe%201@p");
        assert_eq!(Uri::parse("memebuild://memefile"), Some(Uri::Memefile));
        assert_eq!(Uri::parse("memebuild://manifest/"), Some(Uri::Manifest));
    }

    #[test]
    fn what_leads_elsewhere_names_nothing() {
        for text in [
            "",
            "memebuild://",
            "memebuild://render",
            "memebuild://render/",
            "memebuild://render/../Memefile",
            "memebuild://render/a/../../b",
            "memebuild://render/%2e%2e/b",
            "memebuild://render/..%2f..%2fetc%2fpasswd",
            "memebuild://render//etc/passwd",
            "memebuild://render/a%00b",
            "memebuild://render/a%ffb",
            "memebuild://render/a%2",
            "memebuild://render/a%+1",
            "memebuild://render/.hidden",
            "memebuild://render/a\\..\\b",
            "memebuild://render/a?x=1",
            "memebuild://memefile/../cache/state",
            "memebuild://cache/state/nodes",
            "memebuild://Memefile.lock",
            "file:///etc/passwd",
            "http://127.0.0.1/",
            "/etc/passwd",
            "MEMEBUILD://memefile",
        ] {
            assert_eq!(Uri::parse(text), None, "{text}");
        }
        assert_eq!(Uri::parse(&format!("memebuild://render/{}", "a".repeat(1001))), None);
    }

    #[test]
    fn files_tell_what_they_are() {
        let of = |path| Part::of_file(path).map(|(part, name, _)| (part, name));
        assert_eq!(of("a/b@p.mp4"), Some((Part::Film, "a/b@p")));
        assert_eq!(of("b@p.rejected.verdict.json"), Some((Part::Verdict, "b@p.rejected")));
        for other in ["b@p.director.json", ".b@p.mp4", ".mp4", "x/.mp4", "b@p.mp4.part"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
