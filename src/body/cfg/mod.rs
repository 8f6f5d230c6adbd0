//! The control-flow graph of a function.
//!
//! A node is one event, in evaluation order; an edge says why control goes on there. Blocks that close things
//! (`finally`, the end of a `with`, of a Rust block) stand on every way out, one copy for each way. A closure that
//! runs where it stands is part of the graph; one that is only made there is an event. Nodes are numbered in
//! reverse postorder: a node comes after all that lead to it, but for the edges that go back to a loop's head.

mod build;
mod order;
mod text;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use self::order::Tree;
use crate::facts::{Block, CallId, FileFacts, FnId, Handler, LoopKind, Pattern, Pred, Span, Value};

/// Index of a node in its graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

impl NodeId {
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What happens at a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event<'a> {
    Entry,
    Call(CallId),
    Bind {
        target: &'a Value,
        value: &'a Value,
    },
    Await(&'a Value),
    Yield(Option<&'a Value>),
    Return(Option<&'a Value>),
    Throw,
    /// A function value is made, to run some other time.
    Closure(FnId),
    /// A condition is asked; the edges say which way is taken.
    Test(&'a Pred),
    Match(&'a Value),
    /// The head of a loop: each iteration begins here.
    Loop(LoopKind, Option<&'a Value>),
    /// A handler is looked for.
    Catch,
    /// `with`: the resource is entered, and left on every way out.
    Enter {
        resource: &'a Value,
        bound: Option<&'a Value>,
    },
    Leave {
        resource: &'a Value,
        bound: Option<&'a Value>,
    },
    /// The variables that the block declares end.
    Drop(&'a Block),
    /// Ways meet.
    Join,
    /// The function comes to its end, or returns.
    Returned,
    /// An error leaves the function.
    Thrown,
    /// It is given up at an `await` or `yield` and never goes on.
    Abandoned,
}

/// Why control goes from one node to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Edge<'a> {
    Next,
    /// The test has that outcome.
    Branch(Test<'a>, bool),
    /// The event fails.
    Throw,
    /// The event never comes back: what waits there is given up.
    Suspend,
    /// To the head of the loop around.
    Back,
}

/// What decides between edges.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Test<'a> {
    Pred(&'a Pred),
    /// The value fits the pattern.
    Case(&'a Value, &'a Pattern),
    /// The value fits some pattern of the `match`.
    Cases(&'a Value),
    /// There is another element.
    More(Option<&'a Value>),
    /// The error is one that the handler takes.
    Caught(&'a Handler),
}

#[derive(Debug, Clone)]
pub struct Node<'a> {
    pub event: Event<'a>,
    /// The function in whose body it is written: another one than the graph's in a closure that runs on the spot.
    pub function: FnId,
    pub span: Span,
    pub next: Vec<(NodeId, Edge<'a>)>,
}

/// The edges that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    All,
    /// Without errors, and without what is given up while it waits.
    Normal,
    /// As normal, with one iteration of each loop at most.
    Turn,
}

impl Flow {
    fn counts(self, edge: &Edge) -> bool {
        match edge {
            Edge::Next | Edge::Branch(..) | Edge::Back => true,
            Edge::Throw | Edge::Suspend => self == Flow::All,
        }
    }
}

/// A loop: the nodes that its turns may come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    pub head: NodeId,
    /// Sorted; the head is the first.
    pub nodes: Vec<NodeId>,
}

impl Loop {
    pub fn has(&self, node: NodeId) -> bool {
        self.nodes.binary_search(&node).is_ok()
    }
}

#[derive(Debug)]
pub struct Cfg<'a> {
    pub function: FnId,
    pub nodes: Vec<Node<'a>>,
    /// What is reached from the entry comes first.
    reached: usize,
    pub returned: NodeId,
    pub thrown: NodeId,
    pub abandoned: NodeId,
    before: Vec<Vec<NodeId>>,
    calls: FxHashMap<CallId, Vec<NodeId>>,
    dominators: OnceLock<Tree>,
    post_dominators: [OnceLock<Tree>; 2],
    loops: OnceLock<Vec<Loop>>,
    acyclic: OnceLock<Vec<Vec<NodeId>>>,
    well: OnceLock<Vec<bool>>,
}

impl<'a> Cfg<'a> {
    pub const ENTRY: NodeId = NodeId(0);

    /// The graph of one function.
    pub fn new(facts: &'a FileFacts, function: FnId) -> Cfg<'a> {
        build::build(facts, function)
    }

    pub fn node(&self, id: NodeId) -> &Node<'a> {
        &self.nodes[id.index()]
    }

    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    pub fn next(&self, id: NodeId) -> &[(NodeId, Edge<'a>)] {
        &self.node(id).next
    }

    /// The nodes with an edge to this one.
    pub fn before(&self, id: NodeId) -> &[NodeId] {
        &self.before[id.index()]
    }

    /// The three ways to end.
    pub fn exits(&self) -> [NodeId; 3] {
        [self.returned, self.thrown, self.abandoned]
    }

    /// The nodes of a call; several where it stands in a block that closes things.
    pub fn of_call(&self, call: CallId) -> &[NodeId] {
        self.calls.get(&call).map_or(&[], Vec::as_slice)
    }

    /// Some run comes to the node.
    pub fn is_reached(&self, id: NodeId) -> bool {
        id.index() < self.reached
    }

    /// Some way leads from one node on to the other.
    pub fn leads(&self, from: NodeId, to: NodeId, flow: Flow) -> bool {
        self.after(from, flow)[to.index()]
    }

    /// For each node, whether some way leads to it from the given one, which itself is there only by way of a loop.
    pub fn after(&self, from: NodeId, flow: Flow) -> Vec<bool> {
        let mut seen = vec![false; self.nodes.len()];
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            for to in self.successors(at, flow) {
                if !std::mem::replace(&mut seen[to.index()], true) {
                    open.push(to);
                }
            }
        }
        seen
    }

    fn successors(&self, at: NodeId, flow: Flow) -> Vec<NodeId> {
        match flow {
            Flow::Turn => self.acyclic.get_or_init(|| order::acyclic(self, Flow::Normal))[at.index()].clone(),
            _ => self.next(at).iter().filter(|(_, edge)| flow.counts(edge)).map(|(to, _)| *to).collect(),
        }
    }

    /// How many of some calls are made at most on one way, where each loop takes one iteration.
    pub fn most(&self, counts: impl Fn(CallId) -> bool) -> usize {
        let counted = |node: &Node| matches!(node.event, Event::Call(id) if counts(id));
        order::longest(&order::acyclic(self, Flow::All), &|id| usize::from(counted(self.node(id))))
    }

    /// No way to the end leaves out all of some calls, where nothing fails but what the function itself throws.
    pub fn always_makes(&self, counts: impl Fn(CallId) -> bool) -> bool {
        let made = |id: NodeId| matches!(self.node(id).event, Event::Call(call) if counts(call));
        let (mut seen, mut open) = (vec![false; self.nodes.len()], vec![Self::ENTRY]);
        while let Some(at) = open.pop() {
            let flow = if self.node(at).event == Event::Throw { Flow::All } else { Flow::Normal };
            for to in self.successors(at, flow).into_iter().filter(|to| !made(*to)) {
                if !std::mem::replace(&mut seen[to.index()], true) {
                    open.push(to);
                }
            }
        }
        !seen[self.returned.index()] && !seen[self.thrown.index()]
    }

    /// The call is made where nothing has failed, not in handlers of errors alone.
    pub fn goes_well(&self, call: CallId) -> bool {
        let well = self.well.get_or_init(|| self.after(Self::ENTRY, Flow::Normal));
        let nodes = self.of_call(call);
        nodes.is_empty() || nodes.iter().any(|node| well[node.index()])
    }

    /// At most one of the two calls is made on any way of that flow.
    pub fn exclude(&self, one: CallId, other: CallId, flow: Flow) -> bool {
        let leads = |from: CallId, to: CallId| {
            let targets = self.of_call(to);
            self.of_call(from).iter().any(|from| targets.iter().any(|to| self.leads(*from, *to, flow)))
        };
        let made = |call: CallId| !self.of_call(call).is_empty();
        one != other && made(one) && made(other) && !leads(one, other) && !leads(other, one)
    }

    /// Every way from the entry to the node comes by the first one.
    pub fn dominates(&self, first: NodeId, node: NodeId) -> bool {
        self.dominators().is_above(first, node)
    }

    /// Every way of that flow from the node to an end comes by the last one. Nothing is said of nodes from which no
    /// way ends.
    pub fn post_dominates(&self, last: NodeId, node: NodeId, flow: Flow) -> bool {
        let kept = &self.post_dominators[usize::from(flow != Flow::All)];
        kept.get_or_init(|| order::post_dominators(self, flow)).is_above(last, node)
    }

    fn dominators(&self) -> &Tree {
        self.dominators.get_or_init(|| order::dominators(self))
    }

    /// The natural loops, outer ones before those in them.
    pub fn loops(&self) -> &[Loop] {
        self.loops.get_or_init(|| order::loops(self))
    }

    /// The loops around the node, the outermost first.
    pub fn loops_around(&self, id: NodeId) -> impl Iterator<Item = &Loop> {
        self.loops().iter().filter(move |it| it.has(id))
    }
}
