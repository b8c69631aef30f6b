//! A provider that follows its file: opened again once that is another, for those who serve longer
//! than a manifest lasts.

use super::Provider;
use super::manifest::ManifestProvider;
use super::meaning::Meaning;
use super::settings::Settings;
use crate::contract::asset::{Manifest, SeedAsset};
use crate::contract::search::{AssetName, Page, Query};
use crate::diagnostic::Diagnostic;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Which file it was: manifests are replaced and never written into, so that another one has
/// another number.
type Stamp = Option<(u64, u64, i64, i64)>;

/// Answers from what the file holds now.
pub struct FreshProvider {
    settings: Settings,
    meaning: Meaning,
    root: PathBuf,
    /// Held while it is opened again, so that a thousand askers open it once.
    opened: Mutex<(Stamp, Arc<dyn Provider>)>,
}

impl FreshProvider {
    /// # Errors
    /// As [`Settings::open`].
    pub fn open(
        settings: Settings,
        meaning: Meaning,
        root: &Path,
    ) -> Result<Self, Box<Diagnostic>> {
        let before = stamp(&settings, root);
        let provider = Arc::from(settings.open(root, &meaning)?);
        let (root, opened) = (root.to_owned(), Mutex::new((before, provider)));
        Ok(Self { settings, meaning, root, opened })
    }

    /// The same, where there may be no manifest yet: until then, nothing is found.
    ///
    /// # Errors
    /// As [`Settings::open`], where there is one.
    pub fn patient(
        settings: Settings,
        meaning: Meaning,
        root: &Path,
    ) -> Result<Self, Box<Diagnostic>> {
        let file = settings.file().map(|file| root.join(file));
        if file.is_none_or(|file| file.exists()) {
            return Self::open(settings, meaning, root);
        }
        let nothing = ManifestProvider::new("nothing yet", Manifest::default());
        let opened = Mutex::new((None, Arc::new(nothing) as Arc<dyn Provider>));
        Ok(Self { settings, meaning, root: root.to_owned(), opened })
    }

    fn current(&self) -> Arc<dyn Provider> {
        let now = stamp(&self.settings, &self.root);
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if now.is_some() && now != opened.0 {
            // One that cannot be read is no reason to answer nothing: the last good one stays.
            if let Ok(provider) = self.settings.open(&self.root, &self.meaning) {
                opened.1 = Arc::from(provider);
            }
            opened.0 = now;
        }
        Arc::clone(&opened.1)
    }
}

fn stamp(settings: &Settings, root: &Path) -> Stamp {
    let about = std::fs::metadata(root.join(settings.file()?)).ok()?;
    Some((about.ino(), about.len(), about.mtime(), about.mtime_nsec()))
}

impl Provider for FreshProvider {
    fn describe(&self) -> String {
        self.current().describe()
    }

    fn search(&self, query: &Query) -> Result<Page, Box<Diagnostic>> {
        self.current().search(query)
    }

    fn get_asset_by_id(&self, name: &AssetName) -> Result<Option<SeedAsset>, Box<Diagnostic>> {
        self.current().get_asset_by_id(name)
    }
}
