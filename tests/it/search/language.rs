//! The query language: what is understood, and what is said of what is not.

use memebuild::diagnostic::render::{Style, render};
use memebuild::provider::query::{Filter, Leaf, parse};

fn complaint(text: &str) -> String {
    render(&parse(text).expect_err(text), Style::default())
}

#[test]
fn words_are_joined_negated_and_nested() {
    let term = parse("city night (rain OR fog) -dark").expect("a query");
    assert_eq!(term.parts().len(), 4);
    assert!(matches!(&term.parts()[2].filter, Filter::Or(terms) if terms.len() == 2));
    assert!(matches!(&term.parts()[3].filter, Filter::Not(_)));
    assert_eq!(parse("a AND b").expect("a query").parts().len(), 2);
    assert_eq!(parse("a NOT b").expect("a query").parts().len(), 2);
    assert!(parse("").expect("everything").parts().is_empty());
    assert!(parse("   ").expect("everything").parts().is_empty());
}

#[test]
fn an_unknown_namespace_is_one_of_tags() {
    let leaf = |text: &str| match parse(text).expect("a query").filter {
        Filter::Leaf(Leaf::Tag(pattern)) => pattern,
        other => panic!("{other:?}"),
    };
    assert_eq!(leaf("mood:happy"), leaf("tag:mood:happy"));
    assert_eq!(leaf("Mood:\"very happy\"").literal(), Some("mood:very happy"));
}

#[test]
fn quotes_take_operators_as_they_are() {
    let phrase = |text: &str| match parse(text).expect("a query").filter {
        Filter::Leaf(Leaf::Words(phrase)) => phrase,
        other => panic!("{other:?}"),
    };
    assert_eq!(phrase("\"tag:reaction\"").tokens, ["tag", "reaction"]);
    assert!(!phrase("\"rain\"").prefix && phrase("rain").prefix);
    assert_eq!(phrase("\"say \\\"hi\\\"\"").tokens, ["say", "hi"]);
}

#[test]
fn mistakes_are_shown_where_they_stand() {
    insta::assert_snapshot!(
        [
            "(rain",
            "rain)",
            "rain OR",
            "-",
            "durtion:2s",
            "duration:2",
            "width>wide",
            "quality:9..3",
            "sound:maybe",
            "creator>crew",
            "\"rain",
            "ratio:wide",
            "tag:",
            "!!",
            "mood>3",
            "kind:film",
            "similar:../x",
            "use:anything",
            "width.noise>3"
        ]
        .map(complaint)
        .join("\n")
    );
}

proptest::proptest! {
    #[test]
    fn any_text_is_parsed_or_refused(text in "\\PC{0,80}|[a-z:().\"| -]{0,80}") {
        if let Ok(term) = parse(&text) {
            for part in term.parts() {
                proptest::prop_assert!(text.get(part.range.clone()).is_some());
            }
        } else {
            complaint(&text);
        }
    }
}
