//! Fixing until nothing is left to fix: plan, apply in memory, analyse anew.
//!
//! A fix may make files, which then are part of the session. Writes nothing: the changes are handed out, to be written
//! or shown. Bounded, and a pass that makes things worse is taken back.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Outcome, Session, scope};
use crate::finding::{Finding, Fix};
use crate::fix::{Change, Plan, apply, plan};
use crate::source::{SourceFile, kind_of, relative};

/// More passes than fixes that uncover each other can sensibly need.
const MOST_PASSES: usize = 10;

#[derive(Debug)]
pub struct Repair {
    /// Of the texts after fixing.
    pub outcome: Outcome,
    pub changes: Vec<Change>,
    pub applied: usize,
    /// Fixes that overlapped with others to the last.
    pub left: usize,
    /// The last pass left texts that could be understood less well, and was taken back.
    pub taken_back: bool,
}

impl Session {
    /// Fixes in memory; `outcome` is what a check of the session has found.
    pub fn repair(&mut self, outcome: Outcome, unsafe_too: bool) -> Repair {
        self.repair_where(outcome, unsafe_too, |_, _| true)
    }

    /// The same with the fixes alone that may be shown.
    pub fn preview(&mut self, outcome: Outcome, unsafe_too: bool, shows: fn(&Fix, &[SourceFile]) -> bool) -> Repair {
        let shown = |finding: &Finding, files: &[SourceFile]| finding.fix.as_ref().is_some_and(|fix| shows(fix, files));
        self.repair_where(outcome, unsafe_too, shown)
    }

    /// What the safe fixes of one file's findings come to; the session stays as it was. `None` when that was
    /// stopped.
    pub fn rehearse(&mut self, outcome: Outcome, file: &Path) -> Option<Vec<Change>> {
        let (files, changes) = (self.files.clone(), self.changes.clone());
        let own = |finding: &Finding, files: &[SourceFile]| {
            files.get(finding.place.file.index()).is_some_and(|found| found.absolute == file)
        };
        let repair = self.repair_where(outcome, false, own);
        self.restore(files);
        self.changes = changes;
        (!repair.outcome.stopped).then_some(repair.changes)
    }

    fn repair_where(
        &mut self,
        outcome: Outcome,
        unsafe_too: bool,
        wanted: impl Fn(&Finding, &[SourceFile]) -> bool,
    ) -> Repair {
        let before = self.files.clone();
        let mut repair = Repair { outcome, changes: Vec::new(), applied: 0, left: 0, taken_back: false };
        for _ in 0..MOST_PASSES {
            let findings =
                repair.outcome.findings.iter().map(|found| &found.finding).filter(|it| wanted(it, &self.files));
            let plan = plan(findings, &self.files, unsafe_too);
            repair.left = plan.left;
            if plan.edits.is_empty() || !self.pass(&plan, &mut repair) {
                break;
            }
        }
        repair.changes = self.changes(&before);
        repair
    }

    /// One pass; false when it was taken back.
    fn pass(&mut self, plan: &Plan, repair: &mut Repair) -> bool {
        let (saved, changes) = (self.files.clone(), self.changes.clone());
        self.edit(plan);
        let outcome = self.check();
        if outcome.stopped || outcome.problems.len() > repair.outcome.problems.len() {
            self.restore(saved);
            self.changes = changes;
            repair.taken_back = true;
            repair.outcome.stopped = outcome.stopped;
            return false;
        }
        repair.outcome = outcome;
        repair.applied += plan.applied;
        true
    }

    fn edit(&mut self, plan: &Plan) {
        for (id, edits) in &plan.edits {
            let Some(file) = self.files.get_mut(id.index()) else { continue };
            let Some(text) = apply(&file.text, edits) else { continue };
            if let Some(lines) = self.changes.as_mut().and_then(|changes| changes.lines_mut(&file.absolute)) {
                scope::follow(lines, &file.text, edits);
            }
            file.text = text.into();
        }
        self.create(&plan.creates);
    }

    /// Takes files in as if they had been found.
    fn create(&mut self, texts: &BTreeMap<String, String>) {
        for (path, text) in texts {
            let absolute = self.settings.project.root.join(path);
            let Some(kind) = kind_of(&absolute) else { continue };
            let Err(at) = self.find(&absolute) else { continue };
            self.files.insert(at, SourceFile { path: path.clone(), absolute, kind, text: text.as_str().into() });
        }
        if !texts.is_empty() {
            self.memory.forget_paths();
        }
    }

    fn restore(&mut self, files: Vec<SourceFile>) {
        let same = self.files.len() == files.len();
        self.files = files;
        if !same {
            self.memory.forget_paths();
        }
    }

    fn changes(&self, before: &[SourceFile]) -> Vec<Change> {
        let change = |file: &SourceFile| {
            let old = before.binary_search_by(|old| old.absolute.cmp(&file.absolute));
            let old = old.ok().map(|at| &before[at].text);
            (old != Some(&file.text)).then(|| Change {
                path: relative(&self.options.directory, &file.absolute),
                absolute: file.absolute.clone(),
                before: old.map(|text| text.as_str().into()),
                after: file.text.as_str().into(),
            })
        };
        self.files.iter().filter_map(change).collect()
    }
}
