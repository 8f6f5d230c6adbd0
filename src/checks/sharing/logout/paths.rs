//! Where what a function does begins, and all that runs from there.
//!
//! Over what calls name for certain; a function that nobody is seen to call begins by itself.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::RowKind;
use crate::catalog::schema::Kind;
use crate::checks::Project;
use crate::facts::{CallKind, FnId};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::handover::{chosen, functions_of};

pub struct Paths<'p, 'a> {
    project: &'p Project<'a>,
    /// Functions that something outside the project runs.
    roots: FxHashSet<FnRef>,
    /// Those of them that run when something happens.
    events: FxHashSet<FnRef>,
    /// The functions that a call gives to what runs them for it, now or after a while: `setTimeout(expire, wait)`.
    handed: FxHashMap<CallRef, Vec<FnRef>>,
    /// The calls that give a function so.
    handing: FxHashMap<FnRef, Vec<CallRef>>,
    /// Those of them that a timer is given.
    timed: FxHashSet<FnRef>,
}

impl<'p, 'a> Paths<'p, 'a> {
    pub fn new(project: &'p Project<'a>) -> Self {
        let functions = |wanted: &dyn Fn(Trigger) -> bool| {
            let roots = project.graph.roots.iter().filter(|root| wanted(root.trigger));
            let functions = roots.filter_map(|root| match root.to {
                Point::Fn(f) => Some(f),
                _ => None,
            });
            functions.collect()
        };
        let (roots, events) = (functions(&|_| true), functions(&|trigger| trigger == Trigger::Event));
        let handed = handed(project);
        let mut handing: FxHashMap<FnRef, Vec<CallRef>> = FxHashMap::default();
        for (call, given) in &handed {
            given.iter().for_each(|f| handing.entry(*f).or_default().push(*call));
        }
        let timers = handed.iter().filter(|(call, _)| is_timer(project, **call));
        let timed = timers.flat_map(|(_, given)| given).copied().collect();
        Paths { project, roots, events, handed, handing, timed }
    }

    pub fn around(&self, call: CallRef) -> FnRef {
        FnRef { file: call.file, id: self.project.program.call(call).function }
    }

    /// Something that a person does runs it.
    pub fn is_begun(&self, f: FnRef) -> bool {
        self.events.contains(&f)
    }

    /// The functions that a run of this one begins with.
    pub fn entries(&self, f: FnRef) -> Vec<FnRef> {
        let mut seen = BTreeSet::from([f]);
        let (mut open, mut found) = (vec![f], Vec::new());
        while let Some(f) = open.pop() {
            let above = if self.roots.contains(&f) { Vec::new() } else { self.above(f) };
            if above.is_empty() {
                found.push(f);
            }
            open.extend(above.into_iter().filter(|g| seen.insert(*g)));
        }
        found.sort();
        found
    }

    /// Who calls the function, or makes it where nobody is seen to.
    fn above(&self, f: FnRef) -> Vec<FnRef> {
        let program = &self.project.program;
        let callers = self.project.graph.targets.callers(f).iter();
        let callers = callers.filter(|call| program.call(**call).kind != CallKind::Jsx);
        let called = callers.chain(self.handing.get(&f).into_iter().flatten()).map(|call| self.around(*call));
        let called: Vec<FnRef> = called.filter(|g| g.id != FnId::TOP).collect();
        let parent = || program.function(f).parent.filter(|id| *id != FnId::TOP);
        let inner = |id| FnRef { file: f.file, id };
        // What a component's body makes runs when something happens to it.
        let made = || parent().map(inner).filter(|g| !program.function(*g).flags.renders);
        if called.is_empty() { made().into_iter().collect() } else { called }
    }

    /// Some run of the function makes one of the calls.
    pub fn comes_by(&self, f: FnRef, calls: &[CallRef]) -> bool {
        let reached = self.reach(f);
        calls.iter().any(|call| reached.contains(&self.around(*call)))
    }

    /// The functions that run with this one, those that stand in it among them.
    pub fn reach(&self, f: FnRef) -> FxHashSet<FnRef> {
        self.run_from(f, true)
    }

    /// `later`: also what timers run.
    fn run_from(&self, f: FnRef, later: bool) -> FxHashSet<FnRef> {
        let program = &self.project.program;
        let mut seen = FxHashSet::default();
        let mut open = vec![f];
        while let Some(f) = open.pop() {
            if !seen.insert(f) {
                continue;
            }
            let nested = program.nested(f).into_iter().map(|id| FnRef { file: f.file, id });
            let nested = nested.filter(|g| program.function(*g).parent == Some(f.id));
            let calls = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
            let calls = calls.filter(|call| self.around(*call) == f);
            let run = calls.flat_map(|call| {
                let target = self.project.graph.target(call);
                target
                    .into_iter()
                    .flat_map(|target| &target.functions)
                    .chain(self.handed.get(&call).into_iter().flatten())
            });
            open.extend(nested.chain(run.copied()).filter(|g| later || !self.timed.contains(g)));
        }
        seen
    }

    /// The call of the function that leads to another call, or that one itself; where only a timer of it leads there,
    /// the call of what that runs: `setTimeout(() => expire(), wait)`.
    pub fn on_the_way(&self, f: FnRef, to: CallRef) -> CallRef {
        let program = &self.project.program;
        let f = self.begins_at_once(f, to);
        let own = program.ids_within(f).into_iter().map(|id| CallRef { file: f.file, id });
        let leads = |call: &CallRef| {
            let functions = self.project.graph.target(*call).map_or(&[][..], |target| target.functions.as_slice());
            *call == to || functions.iter().any(|g| self.comes_by(*g, &[to]))
        };
        own.into_iter().find(leads).unwrap_or(to)
    }

    /// The function, or the one that a timer of it runs, from which the call is made without more waiting.
    fn begins_at_once(&self, f: FnRef, to: CallRef) -> FnRef {
        let at_once = |f: &FnRef| self.run_from(*f, false).contains(&self.around(to));
        if at_once(&f) {
            return f;
        }
        let reached = self.reach(f);
        let timed = self.timed.iter().copied().filter(|later| reached.contains(later));
        timed.filter(at_once).min().unwrap_or(f)
    }
}

fn is_timer(project: &Project, call: CallRef) -> bool {
    let rows = project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
    let mut openers = rows.iter().filter(|row| row.kind == RowKind::Opener);
    openers.any(|row| project.program.catalog.opener(*row).kind == Kind::Timer)
}

fn handed(project: &Project) -> FxHashMap<CallRef, Vec<FnRef>> {
    let program = &project.program;
    let mut found = FxHashMap::default();
    for (call, target) in project.graph.targets.iter().filter(|(call, _)| program.semantics(call.file).renders) {
        let rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
        let rows = rows.map(|row| program.catalog.handover(*row)).filter(|row| Trigger::of(row.run).is_none());
        let data = program.call(call);
        let mut given = Vec::new();
        for arg in rows.flat_map(|row| chosen(data, &row.args)) {
            functions_of(program, FnRef { file: call.file, id: data.function }, &arg.value, false, &mut given);
        }
        if !given.is_empty() {
            found.insert(call, given);
        }
    }
    found
}
