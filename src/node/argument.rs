//! An argument of a user's command: text with places for the paths of inputs and outputs.

use crate::diagnostic::Diagnostic;
use crate::memefile::At;

/// How many inputs and outputs a command declares. Inputs may be globs, so that there may be more
/// of them in the end.
#[derive(Debug, Clone, Copy)]
pub struct Counts {
    pub inputs: usize,
    pub outputs: usize,
}

/// An argument, parsed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// `{in}`: every input.
    Inputs,
    /// `{in:N}`.
    Input(usize),
    /// `{out}`: every output.
    Outputs,
    /// `{out:N}`.
    Output(usize),
}

impl Argument {
    /// Parses the placeholders. Braces that hold anything else are left as they are, except for
    /// `{params}`, `{in:…}` and `{out:…}`, which would mean something to whatever runs it.
    pub fn parse(word: &At<String>, counts: Counts) -> Result<Self, Diagnostic> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = word.value.as_str();
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            text.push_str(before);
            let close = from.find('}').map_or(0, |at| at + 1);
            let piece = match placeholder(&from[..close]) {
                None => None,
                Some(Ok(piece)) => Some(piece),
                Some(Err(())) => return Err(unknown(word, &from[..close])),
            };
            match piece {
                Some(piece) => {
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text)));
                    }
                    pieces.push(piece);
                    rest = &from[close..];
                }
                None => {
                    text.push('{');
                    rest = &from[1..];
                }
            }
        }
        text.push_str(rest);
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(text));
        }
        let argument = Self(pieces);
        argument.check(word, counts)?;
        Ok(argument)
    }

    fn check(&self, word: &At<String>, counts: Counts) -> Result<(), Diagnostic> {
        for piece in &self.0 {
            let (kind, count, index) = match piece {
                Piece::Inputs if counts.inputs == 0 => ("input", 0, 0),
                Piece::Input(index) if counts.inputs == 0 => ("input", 0, *index),
                Piece::Output(index) if *index >= counts.outputs => {
                    ("output", counts.outputs, *index)
                }
                _ => continue,
            };
            let message = format!("there is no {kind} {index}");
            let diagnostic = Diagnostic::usage("no-such-input", message).label(
                &word.span,
                match count {
                    0 => format!("no {kind} is declared"),
                    1 => format!("there is one {kind}, number 0"),
                    n => format!("{kind}s are numbered 0 to {}", n - 1),
                },
            );
            return Err(diagnostic);
        }
        let several = self.0.len() > 1 && self.0.contains(&Piece::Outputs) && counts.outputs > 1;
        if several {
            let message = "`{out}` within an argument stands for one output, and there are more";
            return Err(Diagnostic::usage("ambiguous-output", message)
                .label(&word.span, format!("{} outputs are declared", counts.outputs))
                .hint("write `{out:0}`, `{out:1}`, …"));
        }
        Ok(())
    }

    /// Whether the program is told the path of an output by it.
    pub fn names_output(&self, index: usize) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Outputs => true,
            Piece::Output(own) => *own == index,
            _ => false,
        })
    }

    /// The arguments that it comes to, with placeholders of the key manifest: `{in:NAME}`, where
    /// names are positions.
    pub fn expand(
        &self,
        inputs: usize,
        outputs: usize,
        into: &mut Vec<String>,
    ) -> Result<(), String> {
        let input = |index: usize| format!("{{in:{index}}}");
        let output = |index: usize| format!("{{out:{index}}}");
        match self.0.as_slice() {
            [Piece::Inputs] => into.extend((0..inputs).map(input)),
            [Piece::Outputs] => into.extend((0..outputs).map(output)),
            pieces => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(own) => text.push_str(own),
                        Piece::Input(index) if *index >= inputs => {
                            return Err(format!(
                                "there is no input {index}, only {inputs} of them"
                            ));
                        }
                        Piece::Inputs if inputs != 1 => {
                            return Err(format!(
                                "`{{in}}` within an argument stands for one input, and there are \
                                 {inputs}"
                            ));
                        }
                        Piece::Input(index) => text.push_str(&input(*index)),
                        Piece::Output(index) => text.push_str(&output(*index)),
                        Piece::Inputs => text.push_str(&input(0)),
                        Piece::Outputs => text.push_str(&output(0)),
                    }
                }
                into.push(text);
            }
        }
        Ok(())
    }

    /// As written.
    pub fn written(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Inputs => "{in}".to_owned(),
            Piece::Input(index) => format!("{{in:{index}}}"),
            Piece::Outputs => "{out}".to_owned(),
            Piece::Output(index) => format!("{{out:{index}}}"),
        };
        self.0.iter().map(piece).collect()
    }
}

/// `None` for braces that mean nothing, an error for those that mean something else.
fn placeholder(braces: &str) -> Option<Result<Piece, ()>> {
    let body = braces.strip_prefix('{')?.strip_suffix('}')?;
    let index = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        digits.parse().ok().filter(|_| plain).ok_or(())
    };
    match body.split_once(':') {
        None if body == "in" => Some(Ok(Piece::Inputs)),
        None if body == "out" => Some(Ok(Piece::Outputs)),
        None if body == "params" => Some(Err(())),
        Some(("in", digits)) => Some(index(digits).map(Piece::Input)),
        Some(("out", digits)) => Some(index(digits).map(Piece::Output)),
        _ => None,
    }
}

fn unknown(word: &At<String>, braces: &str) -> Diagnostic {
    let shown: String = braces.chars().take(40).collect();
    let message = format!("`{}` stands for nothing", shown.escape_debug());
    Diagnostic::usage("unknown-placeholder", message)
        .label(&word.span, "expected `{in}`, `{in:0}`, `{out}` or `{out:0}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Source, Span};
    use std::sync::Arc;

    fn parse(text: &str, inputs: usize, outputs: usize) -> Result<Argument, String> {
        let source = Arc::new(Source { name: String::new(), text: text.into() });
        let word = At { value: text.to_owned(), span: Span { source, range: 0..text.len() } };
        Argument::parse(&word, Counts { inputs, outputs }).map_err(|d| d.message)
    }

    fn expand(text: &str, inputs: usize, outputs: usize) -> Vec<String> {
        let mut args = Vec::new();
        let argument = parse(text, inputs, outputs).unwrap();
        argument.expand(inputs, outputs, &mut args).unwrap();
        assert_eq!(argument.written(), text);
        args
    }

    #[test]
    fn placeholders_become_those_of_the_key_manifest() {
        assert_eq!(expand("{in}", 2, 1), ["{in:0}", "{in:1}"]);
        assert_eq!(expand("-o={out}", 1, 1), ["-o={out:0}"]);
        assert_eq!(expand("{in:1}:{out:0}", 2, 1), ["{in:1}:{out:0}"]);
        assert_eq!(expand("{print $1}{", 0, 1), ["{print $1}{"]);
        assert_eq!(expand("", 0, 1), [""]);
        assert_eq!(expand("{{in}}", 1, 1), ["{{in:0}}"]);
    }

    #[test]
    fn what_would_mean_something_else_is_refused() {
        for text in
            ["{params}", "{in:x}", "{out:}", "{in:-1}", "{out:3}", "{in:99999999999999999999}"]
        {
            assert!(parse(text, 1, 1).is_err(), "{text}");
        }
        assert!(parse("{in}", 0, 1).is_err());
        assert!(parse("x{out}", 1, 2).is_err());
        let mut args = Vec::new();
        assert!(parse("x{in}", 1, 1).unwrap().expand(2, 1, &mut args).is_err());
        assert!(parse("{in:4}", 1, 1).unwrap().expand(2, 1, &mut args).is_err());
    }
}
