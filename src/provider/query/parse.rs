//! From the text of a query to its conditions.

use super::super::{mistake, tokens::tokens};
use super::field;
use super::lex::{Piece, Word, lex};
use super::{Filter, Leaf, Phrase, Term};
use crate::contract::search::LONGEST_TEXT;
use crate::diagnostic::Diagnostic;
use std::ops::Range;

/// Parentheses and negations within each other, at most.
const DEEPEST: usize = 50;

/// Parses a query.
///
/// # Errors
/// `bad-query`, with the place in the text.
pub fn parse(text: &str) -> Result<Term, Box<Diagnostic>> {
    if text.chars().count() > LONGEST_TEXT {
        let message = format!("the query is longer than {LONGEST_TEXT} characters");
        return Err(Box::new(Diagnostic::usage("bad-query", message)));
    }
    let mut parser = Parser { text, pieces: lex(text)?, at: 0, depth: 0 };
    if parser.pieces.is_empty() {
        return Ok(Term { filter: Filter::And(Vec::new()), range: 0..text.len() });
    }
    let term = parser.or()?;
    match parser.peek() {
        None => Ok(term),
        Some((_, range)) => {
            let range = range.clone();
            Err(mistake(text, range, "a parenthesis closes that was not opened", "this one"))
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    pieces: Vec<(Piece, Range<usize>)>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&(Piece, Range<usize>)> {
        self.pieces.get(self.at)
    }

    fn next_is(&self, piece: &Piece) -> bool {
        self.peek().is_some_and(|(next, _)| next == piece)
    }

    fn or(&mut self) -> Result<Term, Box<Diagnostic>> {
        let mut terms = vec![self.and()?];
        while self.next_is(&Piece::Or) {
            self.at += 1;
            terms.push(self.and()?);
        }
        Ok(joined(terms, Filter::Or))
    }

    fn and(&mut self) -> Result<Term, Box<Diagnostic>> {
        let mut terms = vec![self.not()?];
        loop {
            match self.peek() {
                None | Some((Piece::Or | Piece::Close, _)) => break,
                Some((Piece::And, _)) => self.at += 1,
                Some(_) => {}
            }
            terms.push(self.not()?);
        }
        Ok(joined(terms, Filter::And))
    }

    fn not(&mut self) -> Result<Term, Box<Diagnostic>> {
        let Some((piece, range)) = self.pieces.get(self.at).cloned() else {
            let end = self.text.trim_end().len();
            return Err(mistake(
                self.text,
                end..end,
                "the query ends too early",
                "a word is missing",
            ));
        };
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("the query is nested more than {DEEPEST} deep");
            return Err(mistake(self.text, range, &message, "here"));
        }
        let term = match piece {
            Piece::Word(word) => Term { filter: Filter::Leaf(self.leaf(&word, &range)?), range },
            Piece::Not => {
                let term = self.not()?;
                let range = range.start..term.range.end;
                Term { filter: Filter::Not(Box::new(term)), range }
            }
            Piece::Open => {
                let term = self.or()?;
                let Some((Piece::Close, close)) = self.peek().cloned() else {
                    let message = "a parenthesis is not closed";
                    return Err(mistake(self.text, range, message, "it opens here"));
                };
                self.at += 1;
                Term { filter: term.filter, range: range.start..close.end }
            }
            Piece::Close | Piece::Or | Piece::And => {
                let what = format!("`{}` stands where a word should", &self.text[range.clone()]);
                return Err(mistake(self.text, range, &what, "nothing to join here"));
            }
        };
        self.depth -= 1;
        Ok(term)
    }

    fn leaf(&self, word: &Word, range: &Range<usize>) -> Result<Leaf, Box<Diagnostic>> {
        if let Some(leaf) = field::leaf(self.text, word, range)? {
            return Ok(leaf);
        }
        let found = tokens(&word.text);
        if found.is_empty() {
            let why = "a word needs a letter or a digit";
            let problem = mistake(self.text, range.clone(), "a word of the query is empty", why);
            return Err(Box::new(problem.hint("`tag:…` finds a tag of other characters")));
        }
        // What is quoted is meant as it is written.
        Ok(Leaf::Words(Phrase { tokens: found, prefix: word.quoted.is_empty() }))
    }
}

/// Several terms, or the only one.
fn joined(mut terms: Vec<Term>, join: fn(Vec<Term>) -> Filter) -> Term {
    if terms.len() == 1 {
        return terms.remove(0);
    }
    let range = terms[0].range.start..terms[terms.len() - 1].range.end;
    Term { filter: join(terms), range }
}
