//! Everything that a Memefile declares, by section and name.

use crate::diagnostic::{Diagnostic, Span};
use crate::memefile::{At, nearest};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, HashMap};

/// What one kind of section declares.
pub trait Declared: Any + Send + Sync {
    /// As in `[composite.NAME]`.
    const SECTION: &'static str;

    /// Names that need no section: `tiktok` is always a profile.
    const BUILT_IN: &'static [&'static str] = &[];
}

/// One declared thing, its name, and where the name stands.
#[derive(Debug, Clone)]
pub struct Entry<T> {
    pub span: Span,
    pub value: T,
}

type Shelf<T> = BTreeMap<String, Entry<T>>;

/// A typed map: kind of section → name → what was declared.
#[derive(Default)]
pub struct Catalogue {
    shelves: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    /// Names of all sections, also of those whose tables have mistakes.
    seen: HashMap<&'static str, BTreeMap<String, Span>>,
}

impl Catalogue {
    /// Remembers that a section is there, so that references to it are good even if its table
    /// has mistakes.
    pub fn see(&mut self, section: &'static str, name: &str, span: Span) {
        self.seen.entry(section).or_default().insert(name.to_owned(), span);
    }

    pub fn insert<T: Declared>(&mut self, name: &str, span: Span, value: T) {
        let shelf = self
            .shelves
            .entry(TypeId::of::<T>())
            .or_insert_with(|| Box::new(Shelf::<T>::new()))
            .downcast_mut::<Shelf<T>>();
        if let Some(shelf) = shelf {
            shelf.insert(name.to_owned(), Entry { span, value });
        }
    }

    fn shelf<T: Declared>(&self) -> Option<&Shelf<T>> {
        self.shelves.get(&TypeId::of::<T>())?.downcast_ref()
    }

    pub fn get<T: Declared>(&self, name: &str) -> Option<&T> {
        self.shelf::<T>()?.get(name).map(|entry| &entry.value)
    }

    /// Where its section's name stands; none for what is built in.
    pub fn span<T: Declared>(&self, name: &str) -> Option<&Span> {
        self.shelf::<T>()?.get(name).map(|entry| &entry.span)
    }

    /// The one of a section that has no name.
    pub fn only<T: Declared>(&self) -> Option<&T> {
        self.get("")
    }

    /// All of a kind, sorted by name.
    pub fn iter<T: Declared>(&self) -> impl Iterator<Item = (&str, &Entry<T>)> {
        self.shelf::<T>().into_iter().flatten().map(|(name, entry)| (name.as_str(), entry))
    }

    /// Changes all of a kind.
    pub fn for_each<T: Declared>(&mut self, change: impl FnMut(&mut T)) {
        let shelf = self.shelves.get_mut(&TypeId::of::<T>());
        let shelf = shelf.and_then(|shelf| shelf.downcast_mut::<Shelf<T>>());
        shelf.into_iter().flatten().map(|(_, entry)| &mut entry.value).for_each(change);
    }

    /// Whether every section of a kind could be read.
    pub fn is_whole<T: Declared>(&self) -> bool {
        let seen = self.seen.get(T::SECTION).map_or(0, BTreeMap::len);
        seen == self.shelf::<T>().map_or(0, BTreeMap::len)
    }

    /// Whether a section of that name is there, or it is built in.
    pub fn knows<T: Declared>(&self, name: &str) -> bool {
        T::BUILT_IN.contains(&name)
            || self.seen.get(T::SECTION).is_some_and(|names| names.contains_key(name))
    }

    /// A mistake if `reference` names nothing of kind `T`.
    pub fn check<T: Declared>(&self, reference: &At<String>) -> Result<(), Diagnostic> {
        let name = reference.value.as_str();
        if self.knows::<T>(name) {
            return Ok(());
        }
        let declared = self.seen.get(T::SECTION).into_iter().flatten().map(|(name, _)| &**name);
        let known = T::BUILT_IN.iter().copied().chain(declared);
        Err(unknown(T::SECTION, reference, "not declared", known))
    }
}

/// `there is no KIND NAME`, with the nearest name or all of them. `why` stands below the name.
pub fn unknown<'a>(
    kind: &str,
    reference: &At<String>,
    why: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Diagnostic {
    let name = reference.value.as_str();
    let shown: String = name.chars().take(80).collect();
    let message = format!("there is no {kind} `{}`", shown.escape_debug());
    let diagnostic = Diagnostic::usage("unknown-reference", message).label(&reference.span, why);
    if let Some(near) = nearest(name, known.clone()) {
        return diagnostic.hint(format!("did you mean `{near}`?"));
    }
    let names: Vec<&str> = known.take(13).collect();
    match names.as_slice() {
        [] => diagnostic.note(format!("there is no {kind} at all")),
        [only] => diagnostic.note(format!("there is only `{only}`")),
        [rest @ .., last] if names.len() <= 12 => {
            diagnostic.note(format!("there are `{}` and `{last}`", rest.join("`, `")))
        }
        _ => diagnostic.note("there are many, and none is called like that"),
    }
}
