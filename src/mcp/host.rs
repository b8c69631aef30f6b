//! One project, and all who ask of it.

use super::building::Slot;
use crate::diagnostic::Diagnostic;
use crate::engine::project::Project;
use crate::node::declare::provider::Declared;
use crate::provider::Provider;
use crate::provider::fresh::FreshProvider;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Calls that are worked on at once, builds aside; others wait.
const AT_ONCE: usize = 8;

/// What every client of a server shares.
pub struct Host {
    /// The project's folder.
    pub root: PathBuf,
    /// Actions of a build at once.
    pub slots: usize,
    /// Whether nothing may be changed.
    pub read_only: bool,
    /// Cancelled once the server is to end.
    pub end: CancellationToken,
    /// The build that runs, if one does.
    pub building: Slot,
    pub(super) calls: Semaphore,
    /// Whoever answers searches, and by which declaration: opened when first asked, and again where
    /// the Memefile names another.
    provider: Mutex<Option<(Declared, Arc<dyn Provider>)>>,
}

impl Host {
    pub fn new(project: &Project, slots: usize, read_only: bool) -> Self {
        Self {
            root: project.root.clone(),
            slots,
            read_only,
            end: CancellationToken::new(),
            building: Slot::default(),
            calls: Semaphore::new(AT_ONCE),
            provider: Mutex::new(None),
        }
    }

    /// The project as it is now: its Memefile may have changed since the last call.
    ///
    /// # Errors
    /// It is gone.
    pub fn project(&self) -> Result<Project, Vec<Diagnostic>> {
        Project::find(&self.root).map_err(|problem| vec![problem])
    }

    /// Whoever answers searches in it.
    ///
    /// # Errors
    /// Mistakes in the Memefile; what it names cannot be opened.
    pub fn provider(&self, project: &Project) -> Result<Arc<dyn Provider>, Vec<Diagnostic>> {
        let declared = project.declarations()?;
        let declared = declared.only::<Declared>().cloned().unwrap_or_default();
        let mut provider = self.provider.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, provider)) = &*provider
            && *known == declared
        {
            return Ok(Arc::clone(provider));
        }
        let meaning = declared.meaning(&project.root);
        let opened = FreshProvider::open(declared.settings.clone(), meaning, &project.root);
        let opened: Arc<dyn Provider> = Arc::new(opened.map_err(|problem| vec![*problem])?);
        *provider = Some((declared, Arc::clone(&opened)));
        Ok(opened)
    }
}
