//! What people want to keep whatever happens: `state/pins`, a line each.

use crate::store::error::StoreError;
use crate::store::layout::Layout;
use crate::store::session::Session;
use std::collections::BTreeSet;

/// Names of nodes and digests of blobs (`HEX/LENGTH`), as people pinned them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(pub BTreeSet<String>);

impl Pins {
    pub fn read(layout: &Layout) -> Self {
        let text = std::fs::read_to_string(layout.state("pins")).unwrap_or_default();
        Self(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// Replaces the file, whole or not at all.
    pub fn write(&self, layout: &Layout, session: &Session) -> Result<(), StoreError> {
        let path = layout.state("pins");
        let temp = session.fresh("pins")?;
        let text: String = self.0.iter().map(|pin| format!("{pin}\n")).collect();
        let folder = path.parent().unwrap_or(layout.root());
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::write(&temp, text))
            .and_then(|()| std::fs::rename(&temp, &path))
            .map_err(StoreError::io("write", &path))
    }
}
