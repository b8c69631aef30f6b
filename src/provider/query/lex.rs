//! Cuts a query into parentheses, operators and the words between them.

use super::super::mistake;
use crate::diagnostic::Diagnostic;
use std::ops::Range;

/// One piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Open,
    Close,
    Or,
    And,
    Not,
    Word(Word),
}

/// What stands between two spaces, quotes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Where in `text` quoted characters stand: those are no operators.
    pub quoted: Vec<Range<usize>>,
}

impl Word {
    pub fn is_quoted(&self, at: usize) -> bool {
        self.quoted.iter().any(|range| range.contains(&at))
    }
}

/// Most pieces of a query.
const MOST: usize = 500;

/// All pieces with their bytes in the text.
pub fn lex(text: &str) -> Result<Vec<(Piece, Range<usize>)>, Box<Diagnostic>> {
    let mut pieces = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some(&(start, c)) = rest.peek() {
        if pieces.len() == MOST {
            let message = format!("the query has more than {MOST} parts");
            return Err(mistake(text, start..text.len(), &message, "from here on"));
        }
        let single = match c {
            '(' => Some(Piece::Open),
            ')' => Some(Piece::Close),
            '|' => Some(Piece::Or),
            '-' => Some(Piece::Not),
            _ => None,
        };
        if c.is_whitespace() {
            rest.next();
        } else if let Some(piece) = single {
            rest.next();
            pieces.push((piece, start..start + c.len_utf8()));
        } else {
            let (word, end) = word(text, start, &mut rest)?;
            let piece = match word.text.as_str() {
                _ if !word.quoted.is_empty() => Piece::Word(word),
                "OR" => Piece::Or,
                "AND" => Piece::And,
                "NOT" => Piece::Not,
                _ => Piece::Word(word),
            };
            pieces.push((piece, start..end));
        }
    }
    Ok(pieces)
}

type Characters<'t> = std::iter::Peekable<std::str::CharIndices<'t>>;

/// A word up to a space or parenthesis outside quotes. Within quotes `\` takes the next character
/// as it is.
fn word(
    text: &str,
    start: usize,
    rest: &mut Characters<'_>,
) -> Result<(Word, usize), Box<Diagnostic>> {
    let mut word = Word { text: String::new(), quoted: Vec::new() };
    let mut opened: Option<(usize, usize)> = None;
    let mut end = start;
    while let Some(&(at, c)) = rest.peek() {
        if opened.is_none() && (c.is_whitespace() || matches!(c, '(' | ')' | '|')) {
            break;
        }
        rest.next();
        end = at + c.len_utf8();
        match (c, opened) {
            ('"', None) => opened = Some((at, word.text.len())),
            ('"', Some((_, from))) => {
                word.quoted.push(from..word.text.len().max(from + 1));
                opened = None;
            }
            ('\\', Some(_)) => {
                if let Some((at, c)) = rest.next() {
                    end = at + c.len_utf8();
                    word.text.push(c);
                }
            }
            _ => word.text.push(c),
        }
    }
    match opened {
        Some((at, _)) => Err(mistake(text, at..end, "a quotation has no end", "it begins here")),
        None => Ok((word, end)),
    }
}
