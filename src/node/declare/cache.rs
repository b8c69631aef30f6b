//! `[cache]`: how much may be kept.

use crate::memefile::{FileSize, KeyDoc, Mistakes, Section, SectionDoc};
use crate::node::catalogue::{Catalogue, Declared};
use crate::node::registry::NodeType;

/// What `[cache]` declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cache {
    /// Bytes that `cache/cas` and `cache/ac` may take together; none: as many as the disk has.
    pub max_bytes: Option<u64>,
}

impl Declared for Cache {
    const SECTION: &'static str = "cache";
}

static DOC: SectionDoc = SectionDoc {
    kind: "cache",
    named: false,
    about: "How much is kept of what builds make. Optional; without a limit nothing is ever let go. \
            Read anew by every build. What goes first, and how to look, is told in \
            [caching.md](caching.md).",
    keys: &[KeyDoc::new(
        "max-size",
        "size of a file",
        "",
        "All that the cache may take on the disk, kept to the byte: what does not fit makes room \
         first, and what is worth least for its size goes. `MEMEBUILD_CACHE_MAX_SIZE` and \
         `--cache-max-size` come before it.",
    )],
    example: "[cache]\nmax-size = \"10 GB\"",
};

pub struct CacheType;

impl NodeType for CacheType {
    fn name(&self) -> &'static str {
        "cache"
    }

    fn section(&self) -> Option<&'static SectionDoc> {
        Some(&DOC)
    }

    fn declare(&self, section: &Section<'_>, catalogue: &mut Catalogue, mistakes: &Mistakes) {
        let reader = section.reader(mistakes);
        let max_bytes = reader.get::<FileSize>("max-size").map(|size| size.0);
        catalogue.insert("", section.span(mistakes), Cache { max_bytes });
    }
}
