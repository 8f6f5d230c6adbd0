//! The call graph: who runs whom, how often, and what keeps the result.
//!
//! Nodes are functions, allocations of classes, and construction sites; edges carry what happens to
//! a context on the way (loops, hand-overs, memoisation). Built once per run, linear in the facts.

pub mod arguments;
mod build;
pub mod callers;
pub mod daemons;
pub mod decorated;
mod dispatched;
mod entering;
pub mod entries;
pub mod flags;
mod forwarded;
mod getters;
pub mod handed;
pub mod importers;
pub mod incoming;
mod memo;
mod named;
mod own_loops;
pub mod processes;
pub mod reach;
mod rearmed;
pub mod requests;
pub mod shares;
pub mod spot;
mod tabled;
pub mod trigger;

use rustc_hash::FxHashMap;

use crate::catalog::schema::Run;
use crate::catalog::words::graph::TAKING;
use crate::catalog::{Row, RowKind};
use crate::facts::trail::Trail;
use crate::facts::walk::returns;
use crate::facts::{Arg, Block, Call, CallKind, FnId, FnKind, Node, Span, Value, exits_normally};
use crate::finding::Place;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::conditions::record_key;
use crate::values::fits::{asked_inside, gives_back, looked_up};
use crate::values::gates::Side;
use crate::values::handover::{argument_gates, chosen, functions_of, goes_through, leaves, tries};
use crate::values::passing::Slot;
use crate::values::places::Owner;
use crate::values::sites::Site;
use crate::values::targets::Targets;
use build::Common;
use spot::{Held, Spot};
use trigger::Trigger;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Point {
    Fn(FnRef),
    /// Making an object of the class.
    Alloc(ClassRef),
    /// Index into [`Graph::sites`].
    Site(u32),
}

#[derive(Debug, Clone)]
pub struct Edge {
    pub to: Point,
    /// Where it happens.
    pub place: Place,
    pub run: Run,
    /// Inside a loop over elements or messages.
    pub many: bool,
    /// It is started, and nobody waits there for its end: out of a loop, several of it run at the same time.
    pub started: bool,
    /// Of several targets the element that runs its start names one: a loop around makes none of them many.
    pub named: bool,
    /// Found by a method's name alone, or handed to an unknown function.
    pub weak: bool,
    /// Only when the file is the program.
    pub main: bool,
    /// Only where there is a page, or only where there is none.
    pub side: Side,
    /// In a loop that goes on as long as the process.
    pub serves: bool,
    /// In such a loop that goes round as fast as its work is done.
    pub works: bool,
    /// The clock takes it again after so many seconds, which are few.
    pub every: Option<u32>,
    /// Each iteration of that loop does what somebody put into a queue.
    pub takes: bool,
    /// The call that runs the target, whose arguments decide what its own edges do.
    pub call: Option<CallRef>,
    /// Taken only when this slot of the function that the edge leaves is missing or empty.
    pub missing: Option<Slot>,
    /// Taken only when this slot is given.
    pub present: Option<Slot>,
}

impl Edge {
    /// Taken always, once, and for certain.
    pub fn new(to: Point, place: Place, run: Run) -> Edge {
        Edge {
            to,
            place,
            run,
            many: false,
            started: false,
            named: false,
            weak: false,
            main: false,
            side: Side::Any,
            serves: false,
            works: false,
            every: None,
            takes: false,
            call: None,
            missing: None,
            present: None,
        }
    }
}

/// A function that something outside the project runs.
#[derive(Debug, Clone)]
pub struct Root {
    pub to: Point,
    pub trigger: Trigger,
    pub place: Place,
    /// `GET /users`, `job`, `effect`; may be empty.
    pub label: String,
    /// The type of a parameter alone says so: what is known to run the function knows more.
    pub by_type: bool,
    /// The path of its file is its address: that names a page, and not what one call of it does.
    pub by_file: bool,
    /// It runs in an event loop of its own each time.
    pub own_loop: bool,
    /// The clock runs it after so many seconds each, which are few.
    pub every: Option<u32>,
    /// Each worker of a server runs it.
    pub workers: bool,
}

impl Root {
    /// What is run so for certain.
    pub fn new(to: Point, trigger: Trigger, place: Place, label: String) -> Root {
        Root { to, trigger, place, label, by_type: false, by_file: false, own_loop: false, every: None, workers: false }
    }
}

#[derive(Default)]
pub struct Graph {
    pub targets: Targets,
    /// In the order of their calls.
    pub sites: Vec<Site>,
    pub edges: FxHashMap<Point, Vec<Edge>>,
    pub roots: Vec<Root>,
    /// Functions handed to a memoiser that keeps the result for the process.
    pub kept: Vec<FnRef>,
    /// Calls whose coroutine is run in an event loop of its own, in no order.
    pub own_loops: Vec<CallRef>,
}

impl Graph {
    pub fn target(&self, call: CallRef) -> Option<&Target> {
        self.targets.get(call)
    }

    /// The call answers requests from then on, by what a library says of it.
    pub fn serves(&self, call: CallRef, program: &Program) -> bool {
        let rows = self.target(call).into_iter().flat_map(|target| &target.rows);
        let mut handed = rows.filter(|row| row.kind == RowKind::Handover);
        handed.any(|row| program.catalog.handover(*row).serves)
    }

    /// What a call constructs.
    pub fn site(&self, call: CallRef) -> Option<&Site> {
        let at = self.sites.binary_search_by_key(&call, |site| site.call).ok()?;
        self.sites.get(at)
    }
}

/// Walks bodies, and notes what they run.
struct Builder<'p, 'a> {
    program: &'p Program<'a>,
    common: &'p Common<'a>,
    graph: Graph,
    detours: Detours,
}

/// The ways of one function to what a cell of it keeps.
#[derive(Default)]
struct Detours {
    kept: Vec<Point>,
    /// Edges that settings choose, by target and place.
    chosen: Vec<(Point, Place)>,
}

impl<'a> Builder<'_, 'a> {
    fn walk(&mut self, f: FnRef) {
        let body = &self.program.function(f).body;
        self.block(f, body, &Spot::default());
        self.asked_by_type(f);
        self.leave_detours(f);
    }

    /// Settings that turn a cell off (`if config.no_cache { return connect() }`) choose what is not the ordinary way.
    fn leave_detours(&mut self, f: FnRef) {
        let Detours { kept, mut chosen } = std::mem::take(&mut self.detours);
        chosen.retain(|(to, _)| kept.contains(to));
        if let (false, Some(edges)) = (chosen.is_empty(), self.graph.edges.get_mut(&Point::Fn(f))) {
            edges.retain(|edge| !chosen.contains(&(edge.to, edge.place)));
        }
    }

    fn block(&mut self, f: FnRef, block: &'a Block, spot: &Spot<'a>) {
        self.nodes(f, block, &mut spot.clone());
    }

    /// Nodes in order; what one implies for the next is noted in `spot`.
    fn nodes(&mut self, f: FnRef, block: &'a Block, spot: &mut Spot<'a>) {
        for node in block {
            if let Node::Group(inner) = node {
                self.nodes(f, inner, spot);
                continue;
            }
            // What a block under a lock found out holds after it, too.
            if let Node::Scope { resource, body, span, .. } = node {
                self.reads(f, node, spot);
                self.entering(f, resource, *span, spot);
                self.nodes(f, body, spot);
                continue;
            }
            self.node(f, node, spot);
            if let Some(container) = self.drained(f, node) {
                spot.add_drained(container);
            }
            if let Some(entry) = looked_up(node) {
                spot.add_missed(entry);
            }
            // After `if (x) return …`, x is false; what a handler caught counts as x being of no use.
            if let Node::Branch { pred, then, otherwise, .. } = node {
                let (left, other) = (exits_normally(then), exits_normally(otherwise));
                if left && !other {
                    spot.add(pred, false);
                } else if other && !left {
                    spot.add(pred, true);
                } else if !left && otherwise.is_empty() && gives_back(self.program, f, pred, then) {
                    spot.add(pred, false);
                } else if !left && otherwise.is_empty() {
                    let asked = asked_inside(self.program, f, then);
                    asked.into_iter().for_each(|pred| spot.add_unless_skipped(pred, false));
                }
            }
        }
    }

    fn node(&mut self, f: FnRef, node: &'a Node, spot: &Spot<'a>) {
        self.reads(f, node, spot);
        match node {
            Node::Call(id) => self.call(f, CallRef { file: f.file, id: *id }, spot),
            Node::Closure { function, inline } => self.closure(f, *function, *inline, spot),
            Node::Branch { pred, then, otherwise, .. } => {
                self.block(f, then, &spot.under(pred, true));
                self.block(f, otherwise, &spot.under(pred, false));
            }
            Node::Loop { kind, each, body, .. } => {
                let mut inner = spot.clone();
                inner.many_around = spot.many;
                let tries = || leaves(body) || tries(self.program, f.file, each.as_ref(), body);
                inner.many |= (goes_through(*kind, body)
                    || daemons::receives(self.program, f, node)
                    || daemons::polls(self.program, &self.common.targets, f, node))
                    && !tries();
                if let Some(pace) = daemons::pace(self.program, &self.common.targets, f, node) {
                    inner.paced(pace);
                }
                if daemons::takes(self.program, f, node) {
                    (inner.takes, inner.many) = (inner.takes || inner.serves, inner.many || !inner.serves);
                }
                self.nodes(f, body, &mut inner);
            }
            Node::Match { subject, arms, .. } => {
                for arm in arms {
                    let mut spot = spot.clone();
                    if memo::is_vacant(arm) {
                        spot.add_drained(subject);
                    }
                    self.block(f, &arm.body, &spot);
                }
            }
            // What a handler runs is no part of the ordinary path: it is how one reconnects.
            Node::Try { body, finally, .. } => [body, finally].into_iter().for_each(|b| self.block(f, b, spot)),
            other => other.blocks().for_each(|inner| self.block(f, inner, spot)),
        }
    }

    /// The container of a loop like `while let Some(c) = idle.pop() { … return c … }`.
    fn drained(&self, f: FnRef, node: &'a Node) -> Option<&'a Value> {
        let Node::Loop { body, .. } = node else { return None };
        let Some(Node::Bind { value: Value::Element(taken), .. }) =
            body.iter().find(|n| matches!(n, Node::Bind { .. }))
        else {
            return None;
        };
        let Value::Call(id) = &**taken else { return None };
        let Value::Member(container, name) = &self.program.facts(f.file).call(*id).callee else { return None };
        (TAKING.contains(&name.as_str()) && returns(body)).then_some(container)
    }

    fn closure(&mut self, f: FnRef, function: FnId, inline: bool, spot: &Spot<'a>) {
        let to = FnRef { file: f.file, id: function };
        let data = self.program.function(to);
        if self.common.kept_blocks.contains(&to) {
            return;
        }
        if inline || data.kind == FnKind::Block {
            let run = if inline { Run::Inline } else { Run::Deferred };
            self.edge(f, Point::Fn(to), data.span, run, false, spot);
        }
    }

    /// Adds an edge from what decides how often it happens: the function itself, or the owner of
    /// the cell that keeps the result.
    fn edge(&mut self, f: FnRef, to: Point, span: Span, run: Run, weak: bool, spot: &Spot<'a>) {
        self.edge_of_call(f, to, span, run, weak, None, spot);
    }

    #[expect(clippy::too_many_arguments, reason = "all of them are facts of one edge")]
    fn edge_of_call(
        &mut self,
        f: FnRef,
        to: Point,
        span: Span,
        run: Run,
        weak: bool,
        call: Option<CallRef>,
        spot: &Spot<'a>,
    ) {
        let place = self.place(f, span);
        let Held { main, side, missing, present, keeper } = spot.held(self.program, f);
        let Spot { many, started, named, serves, works, every, takes, .. } = *spot;
        let plain = Edge::new(to, place, run);
        let mut edge = Edge {
            many,
            started,
            named,
            weak,
            main,
            side,
            serves,
            works,
            every,
            takes,
            call,
            missing,
            present,
            ..plain
        };
        let kept = matches!(to, Point::Alloc(class) if self.program.is_singleton(class)).then_some(Owner::Process);
        let from = match kept.or(keeper) {
            None => {
                if call.is_some() && spot.is_chosen(self.program, f) {
                    self.detours.chosen.push((to, place));
                }
                Point::Fn(f)
            }
            Some(Owner::Unknown) => return,
            Some(owner) => {
                self.detours.kept.push(to);
                (edge.many, edge.serves, edge.works, edge.takes) = (false, false, false, false);
                edge.every = None;
                edge.started = false;
                // What makes the object gives it the constructor's arguments.
                if !matches!(owner, Owner::Object(_)) || self.program.function(f).kind != FnKind::Constructor {
                    (edge.missing, edge.present) = (None, None);
                }
                match owner {
                    Owner::Object(class) => Point::Alloc(class),
                    Owner::Activation(outer) => Point::Fn(outer),
                    _ => Point::Fn(FnRef { file: f.file, id: FnId::TOP }),
                }
            }
        };
        self.graph.add(from, edge);
    }

    fn place(&self, f: FnRef, span: Span) -> Place {
        Place { file: self.program.units[f.file as usize].source, span }
    }

    fn call(&mut self, f: FnRef, call: CallRef, spot: &Spot<'a>) {
        let Some(target) = self.common.targets.get(call) else { return };
        let data = self.program.call(call);
        if let Some(site) = self.common.site_of_call.get(&call) {
            match target.class.filter(|class| self.program.is_singleton(*class)) {
                Some(_) => self.keep_site(f, *site, data.span),
                None => self.edge(f, Point::Site(*site), data.span, Run::Inline, false, spot),
            }
        }
        let run = if self.common.own_loop.contains(&call) { Run::OwnLoop } else { Run::Inline };
        let of_list = self.is_of_written_list(f, &data.callee).then(|| spot.once_a_loop());
        let named = of_list.or_else(|| self.named_by_element(call, target, spot));
        let spot = named.as_ref().unwrap_or(spot);
        let started = handed::is_run_beside(self.program, &self.common.targets, call).then(|| spot.started());
        let spot = started.as_ref().unwrap_or(spot);
        for class in target.class.into_iter().chain(target.others.iter().copied()) {
            self.edge_of_call(f, Point::Alloc(class), data.span, run, false, Some(call), spot);
        }
        for function in &target.functions {
            self.edge_of_call(f, Point::Fn(*function), data.span, run, target.by_name, Some(call), spot);
        }
        self.decorated(f, call, run, spot);
        self.dispatched(f, call, target, spot);
        self.arguments(f, call, target, spot);
    }

    /// `for step in [first, second]: step()` calls each of them once.
    fn is_of_written_list(&self, f: FnRef, callee: &'a Value) -> bool {
        let Value::Var(var) = callee else { return false };
        match self.program.bound(f.file, *var) {
            [only] => matches!(only.value, Value::Element(list)
                if matches!(self.program.deref(f, list), Value::List(_))),
            _ => false,
        }
    }

    /// An object runs its constructor, and in the end its destructor. It is one of each base, too: of those whose
    /// constructor it runs as its own; `super(...)` makes it one of the others.
    fn allocate(&mut self, class: ClassRef) {
        let program = self.program;
        let place = Place { file: program.units[class.file as usize].source, span: program.class(class).name_span };
        let constructor = program.constructor(class).map(|(_, constructor)| (constructor, Run::Inline));
        let destructor = program.semantics(class.file).destructor.and_then(|name| program.find_method(class, name));
        for (f, run) in constructor.into_iter().chain(destructor.map(|f| (f, Run::Deferred))) {
            self.graph.add(Point::Alloc(class), Edge::new(Point::Fn(f), place, run));
        }
        let own = constructor.map(|(f, _)| f);
        for base in program.ancestry(class).into_iter().skip(1) {
            if program.constructor(base).is_none_or(|(_, inherited)| Some(inherited) == own) {
                self.graph.add(Point::Alloc(class), Edge::new(Point::Alloc(base), place, Run::Inline));
            }
        }
    }

    /// Functions among the arguments run when the row of the called function says so.
    fn arguments(&mut self, f: FnRef, call: CallRef, target: &Target, spot: &Spot<'a>) {
        let data = self.program.call(call);
        if data.args.is_empty() {
            return;
        }
        if let Some(row) = target.rows.iter().find(|row| row.kind == RowKind::Memo) {
            return self.memoised(f, call, *row, spot);
        }
        let rows: Vec<Row> = target.rows.iter().filter(|row| row.kind == RowKind::Handover).copied().collect();
        // A function of the project may be called like one of a library, and be given other things.
        let meant = |row: &&Row| target.functions.is_empty() || self.takes_any_of(data, **row);
        if let Some(row) = rows.iter().find(meant) {
            return self.handed(f, call, *row, spot);
        }
        if data.kind == CallKind::Jsx {
            return self.jsx(f, call, spot);
        }
        for arg in &data.args {
            self.plain_argument(f, call, arg, target, spot);
        }
    }

    /// The row speaks of an argument that the call has.
    fn takes_any_of(&self, data: &Call, row: Row) -> bool {
        !chosen(data, &self.program.catalog.handover(row).args).is_empty()
    }

    fn root(&mut self, f: FnRef, to: FnRef, trigger: Trigger, span: Span, label: &str) {
        let place = self.place(f, span);
        self.graph.roots.push(Root::new(Point::Fn(to), trigger, place, label.to_string()));
    }

    fn jsx(&mut self, f: FnRef, call: CallRef, spot: &Spot<'a>) {
        let data = self.program.call(call);
        for arg in &data.args {
            let name = arg.name.as_deref().unwrap_or_default();
            let event = name.starts_with("on") && name[2..].starts_with(|c: char| c.is_ascii_uppercase());
            let functions = self.functions_in(f, &[arg], false);
            for function in functions {
                if event {
                    self.root(f, function, Trigger::Event, arg.span, name);
                } else if arg.name.is_none() {
                    self.edge(f, Point::Fn(function), arg.span, Run::Inline, false, spot);
                }
            }
        }
    }

    /// A function given to a function that no row knows: run as the callee runs its parameter, or
    /// as often as it is handed over.
    fn plain_argument(&mut self, f: FnRef, call: CallRef, arg: &'a Arg, target: &Target, spot: &Spot<'a>) {
        let data = self.program.call(call);
        let mut functions = self.functions_in(f, &[arg], false);
        functions.retain(|function| !self.common.kept_blocks.contains(function));
        if functions.is_empty() || self.is_spoken_for(f, &arg.value, &Trail::default()) {
            return;
        }
        let position = data.args.iter().filter(|a| a.name.is_none()).position(|a| std::ptr::eq(a, arg));
        let at = data.args.iter().position(|a| std::ptr::eq(a, arg));
        let mut handed_on = self.run_by(target);
        handed_on
            .retain(|callee| at.is_some_and(|at| self.forwarded(*callee, (call, at), &functions, &Trail::default())));
        for callee in &target.functions {
            if self.kept_in_table(*callee, data, arg, &functions) {
                continue;
            }
            let gates = position.map_or_else(Vec::new, |p| argument_gates(self.program, *callee, p));
            let keeper =
                gates.first().copied().flatten().filter(|owner| gates.iter().all(|gate| *gate == Some(*owner)));
            for function in &functions {
                match keeper {
                    Some(Owner::Unknown) => {}
                    Some(Owner::Process) => self.keep(f, *function, data.span),
                    Some(Owner::Object(class)) => self.keep_at(Point::Alloc(class), f, *function, data.span),
                    _ if handed_on.contains(callee) => {}
                    _ => self.edge(f, Point::Fn(*function), data.span, Run::Deferred, false, spot),
                }
            }
        }
        // Nobody knows whether it is called at all: that it is given in a loop says nothing of how often it runs.
        if target.functions.is_empty() {
            let once = spot.once_a_loop();
            for function in &functions {
                self.edge(f, Point::Fn(*function), data.span, Run::Deferred, true, &once);
            }
        }
    }

    /// `post(handler)`, `resource("/").route(post().to(handler))`: a row says when the function runs that the value
    /// was made of.
    fn is_spoken_for(&self, f: FnRef, value: &Value, trail: &Trail) -> bool {
        let Value::Call(id) = value.root() else { return false };
        let Some(target) = self.common.targets.get(CallRef { file: f.file, id: *id }) else { return false };
        let Some(here) = trail.step(value) else { return false };
        let mut handovers = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
        let data = self.program.facts(f.file).call(*id);
        let mut inner = std::iter::once(&data.callee).chain(data.args.iter().map(|arg| &arg.value));
        handovers.any(|row| Trigger::of(self.program.catalog.handover(*row).run).is_some())
            || inner.any(|value| self.is_spoken_for(f, value, &here))
    }

    /// The functions that argument values stand for.
    fn functions_in(&self, f: FnRef, args: &[&'a Arg], records: bool) -> Vec<FnRef> {
        let mut found = Vec::new();
        for arg in args {
            functions_of(self.program, f, &arg.value, records, &mut found);
        }
        found
    }

    /// Of arguments that are records, the functions under some of their keys.
    fn functions_under(&self, f: FnRef, args: &[&'a Arg], keys: &[String]) -> Vec<FnRef> {
        let mut found = Vec::new();
        for record in args.iter().map(|arg| self.program.deref(f, &arg.value)) {
            let parts = keys.iter().filter_map(|key| record_key(record, key));
            parts.for_each(|part| functions_of(self.program, f, part, true, &mut found));
        }
        found
    }
}
