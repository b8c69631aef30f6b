//! Sections whose kind decides which keys they have.

use crate::diagnostic::Diagnostic;
use crate::memefile::Reader;

/// Reports keys that this kind does not have. `keys` says of each which kinds do.
pub(super) fn strays<K: PartialEq>(
    reader: &Reader<'_, '_>,
    what: &str,
    kind: K,
    keys: &[(&'static str, &[K])],
) {
    for (key, kinds) in keys {
        if reader.value(key).is_some() && !kinds.contains(&kind) {
            let message = format!("this kind of {what} has no `{key}`");
            let problem = Diagnostic::usage("contradiction", message)
                .label(&reader.span_of(key), "it would do nothing")
                .label(&reader.span_of("kind"), "the kind");
            reader.mistakes().report(problem);
        }
    }
}
