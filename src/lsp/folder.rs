//! One folder of the workspace, with its session and what that has found last.
//!
//! A file that is opened from outside of all folders is a folder of its own. Knows sessions; how they
//! find something is not its business.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gen_lsp_types::Uri;

use super::documents::Documents;
use super::settings::{Checked, ClientSettings, RunOn};
use crate::config::Choice;
use crate::finding::{Applicability, Finding};
use crate::fix::Change;
use crate::map::Map;
use crate::scope::inputs::Stop;
use crate::session::{AnalysisFn, Options, Outcome, Session, SessionError};
use crate::source::{Overlay, strip_bom};

pub struct Folder {
    /// A directory, or the one file.
    pub path: PathBuf,
    pub uri: Uri,
    pub settings: ClientSettings,
    pub session: Option<Session>,
    pub outcome: Arc<Outcome>,
    /// Why there is no new outcome.
    pub fault: Option<Arc<SessionError>>,
    /// Something has changed since the outcome.
    pub stale: bool,
    /// Stands for one file that was opened alone.
    pub single: bool,
    /// Of the outcome, once somebody has asked for it.
    map: Option<Arc<Map>>,
    /// A file, and what its safe fixes come to; of the outcome too.
    fixed: Option<(PathBuf, Vec<Change>)>,
}

impl Folder {
    pub fn new(path: PathBuf, uri: Uri, settings: ClientSettings) -> Self {
        let outcome = Arc::default();
        Self {
            path,
            uri,
            settings,
            session: None,
            outcome,
            fault: None,
            stale: true,
            single: false,
            map: None,
            fixed: None,
        }
    }

    pub fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.path)
    }

    /// What other files of the project do matters too.
    pub fn concerns(&self, path: &Path) -> bool {
        self.holds(path) || self.session.as_ref().is_some_and(|session| path.starts_with(session.root()))
    }

    /// The project's root, where that lies above the folder.
    pub fn outside(&self) -> Option<&Path> {
        let root = self.session.as_ref()?.root();
        (root != self.path && self.path.starts_with(root) && !self.single).then_some(root)
    }

    /// Manifests above decide where the project begins, and settings hold for all below.
    fn is_above(&self, path: &Path) -> bool {
        path.parent().is_some_and(|parent| self.path.starts_with(parent))
    }

    /// The editor's settings have it judged now.
    pub fn is_wanted(&self, documents: &Documents) -> bool {
        self.settings.check == Checked::Workspace || documents.iter().any(|(path, _)| self.holds(path))
    }

    /// Forgets all, until it is wanted again.
    pub fn rest(&mut self) {
        *self = Self { single: self.single, ..Self::new(self.path.clone(), self.uri.clone(), self.settings.clone()) };
    }

    /// An open text has changed; `None` when the file on disk counts again.
    pub fn buffer(&mut self, path: &Path, text: Option<&str>) {
        let matters = self.is_above(path) || self.concerns(path);
        if !matters || self.settings.run == RunOn::OnSave {
            return;
        }
        if let Some(session) = &mut self.session {
            session.set_buffer(path, text);
        }
        self.stale = true;
    }

    pub fn disk(&mut self, path: &Path) {
        if !self.is_above(path) && !self.concerns(path) && !self.path.starts_with(path) {
            return;
        }
        if let Some(session) = &mut self.session {
            session.disk_changed(path);
        }
        self.stale = true;
    }

    /// Nobody has watched the disk.
    pub fn all(&mut self) {
        if let Some(session) = &mut self.session {
            session.all_changed();
        }
        self.stale = true;
    }

    /// Other settings: begin anew.
    pub fn set(&mut self, settings: ClientSettings) {
        if self.settings != settings {
            self.settings = settings;
            self.session = None;
            self.stale = true;
        }
    }

    /// Takes in what has changed; with a fault, what was found stays.
    pub fn refresh(&mut self, documents: &Documents, stop: &Arc<Stop>, analysis: Option<AnalysisFn>) {
        let result = match &mut self.session {
            Some(session) => session.refresh(),
            None => self.open(documents, stop, analysis),
        };
        self.fault = result.err().map(Arc::new);
    }

    fn open(
        &mut self,
        documents: &Documents,
        stop: &Arc<Stop>,
        analysis: Option<AnalysisFn>,
    ) -> Result<(), SessionError> {
        let directory = if self.single { self.path.parent().unwrap_or(&self.path) } else { &self.path };
        let options = Options {
            directory: directory.to_path_buf(),
            paths: vec![self.path.clone()],
            overlay: self.overlay(documents),
            select: self.settings.select.clone(),
            ignore: self.settings.ignore.clone(),
            pedantic: self.settings.pedantic,
            alternatives: true,
            settings: self.settings.config.clone().map_or(Choice::Nearest, Choice::File),
            stop: Arc::clone(stop),
            ..Options::default()
        };
        let session = Session::open(options)?;
        let session = analysis.into_iter().fold(session, Session::with_analysis);
        self.session = Some(session);
        Ok(())
    }

    fn overlay(&self, documents: &Documents) -> Overlay {
        if self.settings.run == RunOn::OnSave {
            return Overlay::default();
        }
        documents.iter().map(|(path, document)| (path.clone(), strip_bom(&document.text).into())).collect()
    }

    /// Judges what was read; false when that was stopped.
    pub fn check(&mut self) -> bool {
        if self.fault.is_some() {
            self.stale = false;
            return true;
        }
        let Some(session) = &mut self.session else { return true };
        let outcome = session.check();
        if outcome.stopped {
            return false;
        }
        session.hold_on_to(&outcome);
        self.stale = false;
        self.outcome = Arc::new(outcome);
        self.map = None;
        self.fixed = None;
        true
    }

    /// What the safe fixes of a file come to; `None` when nobody waits for that any more.
    pub fn fixed(&mut self, path: &Path) -> Option<&[Change]> {
        if self.fixed.as_ref().is_none_or(|(known, _)| known != path) {
            let changes = if self.has_safe_fixes(path) { self.rehearse(path)? } else { Vec::new() };
            self.fixed = Some((path.to_path_buf(), changes));
        }
        self.fixed.as_ref().map(|(_, changes)| changes.as_slice())
    }

    fn rehearse(&mut self, path: &Path) -> Option<Vec<Change>> {
        let outcome = Outcome::clone(&self.outcome);
        self.session.as_mut().map_or(Some(Vec::new()), |session| session.rehearse(outcome, path))
    }

    fn has_safe_fixes(&self, path: &Path) -> bool {
        let is_safe = |finding: &Finding| {
            let file = self.outcome.files.get(finding.place.file.index());
            let fix = finding.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe);
            fix && file.is_some_and(|file| file.absolute == path)
        };
        self.outcome.findings.iter().any(|found| is_safe(&found.finding))
    }

    /// All clients of the project.
    pub fn map(&mut self) -> Option<Arc<Map>> {
        if self.map.is_none() {
            self.map = self.session.as_ref().and_then(|session| session.map().ok()).map(Arc::new);
        }
        self.map.clone()
    }
}
