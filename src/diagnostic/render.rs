//! Diagnostics as people see them: the line of the source, what is wrong underlined, then notes
//! and hints.

use super::{Diagnostic, Level, Source};
use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, DecorStyle};
use annotate_snippets::{
    Annotation, AnnotationKind, Group, Level as Title, Renderer, Snippet, normalize_untrusted_str,
};
use std::sync::Arc;

/// How to show diagnostics.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether the reader understands ANSI colours.
    pub color: bool,
    /// Columns of the terminal; longer source lines are cut around what matters.
    pub width: usize,
}

impl Default for Style {
    /// No colour, 140 columns.
    fn default() -> Self {
        Self { color: false, width: DEFAULT_TERM_WIDTH }
    }
}

/// One diagnostic, ending with a new line.
pub fn render(diagnostic: &Diagnostic, style: Style) -> String {
    let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(style.width.max(40));
    let level = match diagnostic.level {
        Level::Error => Title::ERROR,
        Level::Warning => Title::WARNING,
    };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code);
    let mut group = Group::with_title(title);
    for snippet in snippets(diagnostic) {
        group = group.element(snippet);
    }
    // The text may hold parts of file names and of programs' output: no control character of
    // theirs may reach the terminal.
    for note in &diagnostic.notes {
        group = group.element(Title::NOTE.message(normalize_untrusted_str(note)));
    }
    for hint in &diagnostic.hints {
        group = group.element(Title::HELP.message(normalize_untrusted_str(hint)));
    }
    let mut text = renderer.render(&[group]);
    if diagnostic.labels.is_empty() {
        // Nothing is shown above the notes that would need an empty line below it.
        text = text.replacen("\n |\n", "\n", 1);
    }
    text.push('\n');
    text
}

/// Several diagnostics, an empty line between them, and a count if there is more than one.
pub fn render_all(diagnostics: &[Diagnostic], style: Style) -> String {
    let mut texts: Vec<String> =
        diagnostics.iter().map(|diagnostic| render(diagnostic, style)).collect();
    let errors = diagnostics.iter().filter(|d| d.level == Level::Error).count();
    if errors > 1 {
        let bold = if style.color { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        texts.push(format!("{}{errors} errors{}\n", bold.0, bold.1));
    }
    texts.join("\n")
}

/// One snippet for each source that labels point into, in order of first use.
fn snippets(diagnostic: &Diagnostic) -> Vec<Snippet<'_, Annotation<'_>>> {
    let mut sources: Vec<&Arc<Source>> = Vec::new();
    for label in &diagnostic.labels {
        if !sources.iter().any(|known| Arc::ptr_eq(known, &label.span.source)) {
            sources.push(&label.span.source);
        }
    }
    let annotations = |source: &Arc<Source>| {
        let mut list = Vec::new();
        for (index, label) in diagnostic.labels.iter().enumerate() {
            if Arc::ptr_eq(&label.span.source, source) {
                let kind =
                    if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
                let range = clamp(&source.text, label.span.range.clone());
                list.push(kind.span(range).label(label.text.as_str()));
            }
        }
        list
    };
    sources
        .into_iter()
        .map(|source| {
            Snippet::source(&*source.text)
                .path(source.name.as_str())
                .annotations(annotations(source))
        })
        .collect()
}

/// The range, moved to where characters begin and end.
fn clamp(text: &str, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(range.start);
    start..boundary(range.end.max(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    fn sample() -> Diagnostic {
        let text = "memefile = 1\n\n[render.é]\ncomposite = \"vouge\"\n";
        let source = Arc::new(Source { name: "Memefile.toml".into(), text: text.into() });
        let at = text.find("\"vouge\"").unwrap();
        let span = Span { source, range: at..at + 7 };
        Diagnostic::usage("unknown-reference", "there is no composite `vouge`")
            .label(&span, "not declared")
            .note("two are declared")
            .hint("did you mean `vogue`?")
    }

    #[test]
    fn a_mistake_is_shown_where_it_stands() {
        insta::assert_snapshot!(render(&sample(), Style::default()), @r#"
        error[unknown-reference]: there is no composite `vouge`
         --> Memefile.toml:4:13
          |
        4 | composite = "vouge"
          |             ^^^^^^^ not declared
          |
          = note: two are declared
          = help: did you mean `vogue`?
        "#);
    }

    #[test]
    fn colour_comes_only_when_asked_for() {
        let style = Style { color: true, ..Style::default() };
        assert!(render(&sample(), style).contains('\u{1b}'));
        assert!(!render(&sample(), Style::default()).contains('\u{1b}'));
    }

    #[test]
    fn several_are_counted_and_no_control_character_gets_through() {
        let odd = Diagnostic::error("io", "cannot read `\u{1b}[31mred`")
            .note("\u{7}bell")
            .hint("\u{1b}]0;title\u{7}");
        let text = render_all(&[odd, sample()], Style::default());
        assert!(!text.contains(['\u{1b}', '\u{7}']), "{text:?}");
        insta::assert_snapshot!(text, @r#"
        error[io]: cannot read `␛[31mred`
         = note: ␇bell
         = help: ␛]0;title␇

        error[unknown-reference]: there is no composite `vouge`
         --> Memefile.toml:4:13
          |
        4 | composite = "vouge"
          |             ^^^^^^^ not declared
          |
          = note: two are declared
          = help: did you mean `vogue`?

        2 errors
        "#);
    }
}
