//! Functions that the program runs several times at the same time by itself: calls that start one after the other with no
//! wait between, and what a loop starts for each element.
//!
//! Knows no library by name.

use rustc_hash::FxHashSet;

use super::opening::above;
use crate::body::cfg::{Event, NodeId};
use crate::catalog::schema::Run;
use crate::checks::Project;
use crate::facts::{FnId, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};

/// What goes on beside each other.
struct Group {
    /// The function that starts them.
    holder: FnRef,
    /// The functions that are started, with the calls that start them.
    started: Vec<(FnRef, Option<CallRef>)>,
}

pub struct Beside<'p, 'a> {
    project: &'p Project<'a>,
    groups: Vec<Group>,
}

impl<'p, 'a> Beside<'p, 'a> {
    pub fn new(project: &'p Project<'a>) -> Self {
        let mut beside = Beside { project, groups: Vec::new() };
        let program = &project.program;
        for f in program.functions().filter(|f| program.class_of(f.file) != FileClass::Test) {
            beside.add_started(f);
            beside.add_iterated(f);
        }
        beside
    }

    /// Two of them that go on at the same time come by the function, and nothing has run it before.
    pub fn overlaps(&self, f: FnRef) -> bool {
        let above = above(self.project, [f].into_iter());
        let leads = |group: &&Group| group.started.iter().filter(|(g, _)| above.contains(g)).count() > 1;
        let groups: Vec<&Group> = self.groups.iter().filter(leads).collect();
        !groups.is_empty() && !self.comes_before(f, &above, &groups)
    }

    /// The start of the program runs it in another way, which is over by the time.
    fn comes_before(&self, f: FnRef, above: &FxHashSet<FnRef>, groups: &[&Group]) -> bool {
        let program = &self.project.program;
        let starting: FxHashSet<CallRef> =
            groups.iter().flat_map(|group| &group.started).filter_map(|(_, call)| *call).collect();
        let holding = self::above(self.project, groups.iter().map(|group| group.holder));
        let mut seen = FxHashSet::from_iter([f]);
        let mut open = vec![f];
        while let Some(f) = open.pop() {
            let roots = self.project.graph.roots.iter().filter(|root| root.to == Point::Fn(f));
            if roots.into_iter().any(|root| matches!(root.trigger, Trigger::Startup | Trigger::Script)) {
                return true;
            }
            let others = self.project.graph.targets.callers(f).iter().filter(|call| !starting.contains(call));
            for call in others.filter(|call| !self.comes_after(**call, &starting, &holding)) {
                let around = FnRef { file: call.file, id: program.call(*call).function };
                if around.id == FnId::TOP {
                    return true;
                }
                open.extend((above.contains(&around) && seen.insert(around)).then_some(around));
            }
        }
        false
    }

    /// On each way to the call, a call of its function has started them already, or has run what starts them.
    fn comes_after(&self, call: CallRef, starting: &FxHashSet<CallRef>, holding: &FxHashSet<FnRef>) -> bool {
        let program = &self.project.program;
        let f = FnRef { file: call.file, id: program.call(call).function };
        let cfg = program.cfg(f);
        let runs = |call: CallRef| {
            let target = self.project.graph.target(call).filter(|target| !target.by_name);
            target.is_some_and(|target| matches!(*target.functions, [g] if holding.contains(&g)))
        };
        let goes_first = |first: &CallRef| {
            let (firsts, nodes) = (cfg.of_call(first.id), cfg.of_call(call.id));
            let before = |node: &NodeId| firsts.iter().any(|first| first != node && cfg.dominates(*first, *node));
            first != &call && !nodes.is_empty() && nodes.iter().all(before)
        };
        let mut calls = program.ids_of(f).iter().map(|id| CallRef { file: f.file, id: *id });
        calls.any(|first| (starting.contains(&first) || runs(first)) && goes_first(&first))
    }

    /// Calls of one function, none of which is awaited before the next one.
    fn add_started(&mut self, f: FnRef) {
        let program = &self.project.program;
        let starts: Vec<(CallRef, FnRef)> = program
            .ids_of(f)
            .iter()
            .filter_map(|id| {
                let call = CallRef { file: f.file, id: *id };
                self.started(call).or_else(|| Some((call, self.starts(call, &mut FxHashSet::default())?)))
            })
            .collect();
        if starts.is_empty() {
            return;
        }
        let cfg = program.cfg(f);
        for (call, g) in &starts {
            let nodes = cfg.of_call(call.id);
            let mut started = vec![(*g, Some(*call))];
            let mut seen: FxHashSet<NodeId> = FxHashSet::default();
            let mut open: Vec<NodeId> = nodes.to_vec();
            while let Some(at) = open.pop() {
                for (to, _) in cfg.next(at) {
                    if matches!(cfg.node(*to).event, Event::Await(_)) || !seen.insert(*to) {
                        continue;
                    }
                    let next = match cfg.node(*to).event {
                        Event::Call(id) => starts.iter().find(|(other, _)| other.id == id),
                        _ => None,
                    };
                    started.extend(next.map(|(other, g)| (*g, Some(*other))));
                    open.push(*to);
                }
            }
            if started.len() > 1 {
                self.groups.push(Group { holder: f, started });
            }
        }
    }

    /// The coroutine of the project that the call starts and does not wait for.
    fn started(&self, call: CallRef) -> Option<(CallRef, FnRef)> {
        let program = &self.project.program;
        let data = program.call(call);
        let target = self.project.graph.target(call).filter(|target| !target.by_name && !data.awaited)?;
        let [g] = *target.functions else { return None };
        let itself = Value::Call(call.id);
        let given = || {
            let calls = &program.facts(call.file).calls;
            calls.iter().any(|other| other.args.iter().any(|arg| arg.value.holds(&|v| *v == itself)))
        };
        let runs = || !program.semantics(call.file).lazy || given();
        (program.function(g).flags.is_async && runs()).then_some((call, g))
    }

    /// The coroutine that the call's function, or the constructor of what it makes, starts and does not wait for: the
    /// call returns at once.
    fn starts(&self, call: CallRef, seen: &mut FxHashSet<FnRef>) -> Option<FnRef> {
        let program = &self.project.program;
        let target = self.project.graph.target(call).filter(|target| !target.by_name)?;
        let made = target.class.filter(|_| target.others.is_empty());
        let f = match (made.and_then(|class| program.constructor(class)), &target.functions[..]) {
            (Some((_, constructor)), _) => constructor,
            (None, [f]) => *f,
            _ => return None,
        };
        if program.function(f).flags.is_async || !seen.insert(f) {
            return None;
        }
        let mut own = program.ids_of(f).iter().map(|id| CallRef { file: f.file, id: *id });
        own.find_map(|call| {
            let started = self.started(call).map(|(_, g)| g);
            started.or_else(|| self.starts(call, seen))
        })
    }

    /// A coroutine that is run or started for each element, and so not awaited by the next one.
    fn add_iterated(&mut self, f: FnRef) {
        let program = &self.project.program;
        let edges = self.project.graph.edges.get(&Point::Fn(f)).into_iter().flatten();
        let iterated = edges.filter(|edge| edge.run == Run::Iteration && !edge.weak && edge.many);
        let functions: Vec<FnRef> = iterated
            .filter_map(|edge| match edge.to {
                Point::Fn(g) => Some(g),
                _ => None,
            })
            .collect();
        for g in functions.into_iter().filter(|g| !program.semantics(g.file).lazy) {
            if program.function(g).flags.is_async {
                self.groups.push(Group { holder: f, started: vec![(g, None); 2] });
                continue;
            }
            let started = program.ids_of(g).iter().filter_map(|id| self.started(CallRef { file: g.file, id: *id }));
            let started: Vec<(CallRef, FnRef)> = started.collect();
            let twice = |(call, h)| Group { holder: f, started: vec![(h, Some(call)); 2] };
            self.groups.extend(started.into_iter().map(twice));
        }
    }
}
