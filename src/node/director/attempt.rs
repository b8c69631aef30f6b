//! A node of an attempt: as any of its type, but what becomes of it is the director's to tell.

use crate::diagnostic::{Diagnostic, Span};
use crate::node::plan::{Done, Finish, Plan};
use crate::node::{Deps, Node};
use serde_json::Value;
use std::path::PathBuf;

/// A film that a director may yet mend: its rejection rejects no build, and its failure stops only
/// what needs it.
#[derive(Debug)]
pub struct Attempt<N>(pub N);

impl<N: Node> Node for Attempt<N> {
    fn type_name(&self) -> &'static str {
        self.0.type_name()
    }

    fn span(&self) -> Option<&Span> {
        self.0.span()
    }

    fn place(&self, pointer: &str) -> Option<&Span> {
        self.0.place(pointer)
    }

    fn scope(&self) -> Option<String> {
        self.0.scope()
    }

    fn declaration(&self) -> Value {
        self.0.declaration()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.0.files()
    }

    fn needs_every_dependency(&self) -> bool {
        self.0.needs_every_dependency()
    }

    fn failure_is_told(&self) -> bool {
        true
    }

    fn is_mock(&self) -> bool {
        self.0.is_mock()
    }

    fn seam(&self) -> Option<&str> {
        self.0.seam()
    }

    fn programs(&self) -> Vec<String> {
        self.0.programs()
    }

    fn lower(&self, deps: &Deps<'_>) -> Result<Plan, Diagnostic> {
        self.0.lower(deps)
    }

    fn finish(&self, done: &Done<'_>) -> Result<Finish, Diagnostic> {
        Ok(Finish { accepted: None, ..self.0.finish(done)? })
    }
}
