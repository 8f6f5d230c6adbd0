//! Makes the graph of a region tree.
//!
//! Blocks wait as jobs on a list, so that depth costs no stack. What is around a block is a chain of frames; a way
//! out of the block goes through them up to the one that takes it. A frame that closes something gets a copy for
//! each way that comes by. Where a way leaves a closing block from within, all copies of that block share what closes
//! on it, so that closing blocks in each other do not multiply.

use rustc_hash::FxHashMap;

use super::order::reverse_postorder;
use super::{Cfg, Edge, Event, Node, NodeId, Test};
use crate::facts::{
    Arm, Block, FileFacts, FnId, Handler, LoopKind, Node as Region, Pattern, Semantics, Span, Value, leaving_tests,
};

type FrameId = usize;

/// What stands around a block.
struct Frame<'a> {
    what: What<'a>,
    outer: Option<FrameId>,
    function: FnId,
}

enum What<'a> {
    Function,
    /// A closure that runs on the spot; it returns to the node.
    Inline(NodeId),
    Loop {
        label: Option<&'a str>,
        head: NodeId,
        after: NodeId,
    },
    Group(NodeId),
    Catch {
        handlers: &'a [Handler],
        node: NodeId,
    },
    Finally(&'a Block),
    /// A copy of a closing block.
    Closing,
    Scope(&'a Value, Option<&'a Value>, Span),
    Locals(&'a Block),
}

/// Out of a block, otherwise than by its end.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Way {
    Return,
    Throw,
    Suspend,
    /// Out of the frame, on to the node.
    Jump(FrameId, NodeId),
}

/// What is closed on a way: what a frame closes, or, where the way leaves a closing block, what it closes on its way out
/// of any copy of that block, by its place in the text and the frame around the closing block.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Closed {
    Own(FrameId),
    Within(usize, FrameId),
}

/// What a way goes through where it leaves a frame.
enum Closing {
    Nothing,
    /// What another one was led through, and from there to its end.
    Known(NodeId),
    /// The first and the last node.
    New(NodeId, NodeId),
}

/// A block that runs between two nodes.
struct Job<'a> {
    block: &'a Block,
    from: NodeId,
    to: NodeId,
    last: Edge<'a>,
    frame: FrameId,
}

struct Builder<'a> {
    facts: &'a FileFacts,
    semantics: &'static Semantics,
    nodes: Vec<Node<'a>>,
    frames: Vec<Frame<'a>>,
    jobs: Vec<Job<'a>>,
    /// Where a way enters the copy that is made for it.
    copies: FxHashMap<(Closed, Way), NodeId>,
    returned: NodeId,
    thrown: NodeId,
    abandoned: NodeId,
}

pub(super) fn build(facts: &FileFacts, function: FnId) -> Cfg<'_> {
    let frame = Frame { what: What::Function, outer: None, function };
    let mut builder = Builder {
        facts,
        semantics: facts.language.semantics(),
        nodes: Vec::new(),
        frames: vec![frame],
        jobs: Vec::new(),
        copies: FxHashMap::default(),
        returned: NodeId(1),
        thrown: NodeId(2),
        abandoned: NodeId(3),
    };
    let span = facts.function(function).span;
    for event in [Event::Entry, Event::Returned, Event::Thrown, Event::Abandoned] {
        builder.add(event, span, 0);
    }
    builder.run(&facts.function(function).body, Cfg::ENTRY, builder.returned, 0);
    while let Some(job) = builder.jobs.pop() {
        builder.block(job);
    }
    builder.finish(function)
}

impl<'a> Builder<'a> {
    fn add(&mut self, event: Event<'a>, span: Span, frame: FrameId) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        self.nodes.push(Node { event, function: self.frames[frame].function, span, next: Vec::new() });
        id
    }

    fn join(&mut self, frame: FrameId) -> NodeId {
        self.add(Event::Join, Span::default(), frame)
    }

    fn link(&mut self, from: NodeId, to: NodeId, edge: Edge<'a>) {
        self.nodes[from.index()].next.push((to, edge));
    }

    fn frame(&mut self, what: What<'a>, outer: FrameId) -> FrameId {
        let function = self.frames[outer].function;
        self.frames.push(Frame { what, outer: Some(outer), function });
        self.frames.len() - 1
    }

    /// The block runs between the nodes; its own variables end with it where the language says so.
    fn run(&mut self, block: &'a Block, from: NodeId, to: NodeId, frame: FrameId) {
        self.run_to(block, from, to, Edge::Next, frame);
    }

    fn run_to(&mut self, block: &'a Block, from: NodeId, to: NodeId, last: Edge<'a>, frame: FrameId) {
        let declares = |node: &Region| matches!(node, Region::Bind { target: Value::Var(_), .. });
        if !self.semantics.drops || !block.iter().any(declares) {
            return self.jobs.push(Job { block, from, to, last, frame });
        }
        let inner = self.frame(What::Locals(block), frame);
        let end = self.add(Event::Drop(block), Span::default(), frame);
        self.link(end, to, last);
        self.jobs.push(Job { block, from, to: end, last: Edge::Next, frame: inner });
    }

    fn block(&mut self, job: Job<'a>) {
        let mut at = Some(job.from);
        for region in job.block {
            // What nothing leads to has its place in the graph too.
            let from = at.unwrap_or_else(|| self.join(job.frame));
            at = self.region(region, from, job.frame);
        }
        if let Some(last) = at {
            self.link(last, job.to, job.last);
        }
    }

    /// Gives the node after the region; none where control never comes out at its end.
    fn region(&mut self, region: &'a Region, from: NodeId, frame: FrameId) -> Option<NodeId> {
        match region {
            Region::Call(id) => {
                let node = self.event(Event::Call(*id), self.facts.call(*id).span, from, frame);
                self.may_throw(node, frame);
                Some(node)
            }
            Region::Bind { target, value, span } => Some(self.event(Event::Bind { target, value }, *span, from, frame)),
            Region::Await { value, span } => {
                let node = self.event(Event::Await(value), *span, from, frame);
                self.waits(node, self.semantics.cancels, frame);
                Some(node)
            }
            Region::Yield { value, span } => {
                let node = self.event(Event::Yield(value.as_ref()), *span, from, frame);
                self.waits(node, true, frame);
                Some(node)
            }
            Region::Closure { function, inline: false } => {
                Some(self.event(Event::Closure(*function), self.facts.function(*function).span, from, frame))
            }
            Region::Return { .. } | Region::Throw { .. } | Region::Break { .. } | Region::Continue { .. } => {
                self.leave(region, from, frame);
                None
            }
            _ => Some(self.compound(region, from, frame)),
        }
    }

    fn event(&mut self, event: Event<'a>, span: Span, from: NodeId, frame: FrameId) -> NodeId {
        let node = self.add(event, span, frame);
        self.link(from, node, Edge::Next);
        node
    }

    fn may_throw(&mut self, node: NodeId, frame: FrameId) {
        if self.semantics.throws {
            self.route(node, Edge::Throw, Way::Throw, frame);
        }
    }

    fn waits(&mut self, node: NodeId, is_given_up: bool, frame: FrameId) {
        self.may_throw(node, frame);
        if is_given_up {
            self.route(node, Edge::Suspend, Way::Suspend, frame);
        }
    }

    fn leave(&mut self, region: &'a Region, from: NodeId, frame: FrameId) {
        match region {
            Region::Return { value, span } => {
                let node = self.event(Event::Return(value.as_ref()), *span, from, frame);
                self.route(node, Edge::Next, Way::Return, frame);
            }
            Region::Throw { span } => {
                let node = self.event(Event::Throw, *span, from, frame);
                self.route(node, Edge::Throw, Way::Throw, frame);
            }
            Region::Break { label } => self.jump(from, label.as_deref(), true, frame),
            Region::Continue { label } => self.jump(from, label.as_deref(), false, frame),
            _ => {}
        }
    }

    /// A label that no loop has is that of a block: it may be any of those around.
    fn jump(&mut self, from: NodeId, label: Option<&str>, out: bool, frame: FrameId) {
        let mut groups = Vec::new();
        let mut at = Some(frame);
        while let Some(id) = at {
            match &self.frames[id].what {
                What::Loop { label: own, head, after } if label.is_none() || *own == label => {
                    let (to, edge) = if out { (*after, Edge::Next) } else { (*head, Edge::Back) };
                    return self.route(from, edge, Way::Jump(id, to), frame);
                }
                What::Group(after) if label.is_some() => groups.push(Way::Jump(id, *after)),
                What::Function | What::Inline(_) => break,
                _ => {}
            }
            at = self.frames[id].outer;
        }
        if groups.is_empty() {
            groups.push(Way::Return);
        }
        groups.into_iter().for_each(|way| self.route(from, Edge::Next, way, frame));
    }

    /// Leads a way from the node through the frames that close something to where it ends.
    fn route(&mut self, from: NodeId, edge: Edge<'a>, way: Way, frame: FrameId) {
        let (mut from, mut edge, mut at) = (from, edge, frame);
        loop {
            let outer = self.frames[at].outer;
            match (self.target(way, at), outer) {
                (Some(target), _) => return self.link(from, target, edge),
                (None, None) => return self.link(from, self.returned, edge),
                (None, Some(outer)) => {
                    // Only the last step of a jump goes back to the loop's head.
                    let is_jump = matches!(way, Way::Jump(..));
                    let first = if is_jump { Edge::Next } else { edge };
                    match self.closing(way, at, outer) {
                        Closing::Nothing => {}
                        Closing::Known(entry) => return self.link(from, entry, first),
                        Closing::New(entry, exit) => {
                            self.link(from, entry, first);
                            edge = if is_jump { edge } else { Edge::Next };
                            from = exit;
                        }
                    }
                    at = outer;
                }
            }
        }
    }

    /// Where the way ends, if it is at this frame.
    fn target(&self, way: Way, at: FrameId) -> Option<NodeId> {
        match (&self.frames[at].what, way) {
            (What::Function, Way::Return) => Some(self.returned),
            (What::Function, Way::Throw) => Some(self.thrown),
            (What::Function, Way::Suspend) => Some(self.abandoned),
            (What::Inline(after), Way::Return) => Some(*after),
            (_, Way::Jump(owner, to)) if owner == at => Some(to),
            (What::Catch { node, .. }, Way::Throw) => Some(*node),
            (What::Catch { node, handlers }, Way::Suspend) => {
                let catches = self.semantics.cancels && handlers.iter().any(Handler::catches_cancellation);
                catches.then_some(*node)
            }
            _ => None,
        }
    }

    /// What a frame closes on the way.
    fn closing(&mut self, way: Way, at: FrameId, outer: FrameId) -> Closing {
        let Some(closed) = self.closed(way, at) else { return Closing::Nothing };
        if let Some(entry) = self.copies.get(&(closed, way)) {
            return Closing::Known(*entry);
        }
        let (entry, exit) = match self.frames[at].what {
            What::Scope(resource, bound, span) => {
                let node = self.add(Event::Leave { resource, bound }, span, outer);
                (node, node)
            }
            What::Locals(block) => {
                let node = self.add(Event::Drop(block), Span::default(), outer);
                (node, node)
            }
            What::Finally(block) => {
                let (entry, exit) = (self.join(outer), self.join(outer));
                let inner = self.frame(What::Closing, outer);
                self.run(block, entry, exit, inner);
                (entry, exit)
            }
            _ => return Closing::Nothing,
        };
        self.copies.insert((closed, way), entry);
        Closing::New(entry, exit)
    }

    /// What the frame closes, if it closes something: the same in all copies of the outermost closing block that the
    /// way leaves.
    fn closed(&self, way: Way, frame: FrameId) -> Option<Closed> {
        let text = match self.frames[frame].what {
            What::Scope(resource, ..) => std::ptr::from_ref(resource).addr(),
            What::Locals(block) | What::Finally(block) => std::ptr::from_ref(block).addr(),
            _ => return None,
        };
        let (mut closed, mut at) = (Closed::Own(frame), frame);
        while self.target(way, at).is_none()
            && let Some(outer) = self.frames[at].outer
        {
            if matches!(self.frames[at].what, What::Closing) {
                closed = Closed::Within(text, outer);
            }
            at = outer;
        }
        Some(closed)
    }

    fn compound(&mut self, region: &'a Region, from: NodeId, frame: FrameId) -> NodeId {
        let after = self.join(frame);
        match region {
            Region::Branch { pred, then, otherwise, span } => {
                let test = self.event(Event::Test(pred), *span, from, frame);
                self.arm(then, test, after, Edge::Branch(Test::Pred(pred), true), frame);
                self.arm(otherwise, test, after, Edge::Branch(Test::Pred(pred), false), frame);
            }
            Region::Match { subject, arms, span } => self.arms(subject, arms, *span, (from, after), frame),
            Region::Loop { .. } => self.turns(region, from, after, frame),
            Region::Try { body, handlers, finally, span } => {
                self.attempt((body, handlers, finally), *span, (from, after), frame);
            }
            Region::Scope { resource, bound, body, span } => {
                let bound = bound.as_ref();
                let enter = self.event(Event::Enter { resource, bound }, *span, from, frame);
                let leave = self.add(Event::Leave { resource, bound }, *span, frame);
                self.link(leave, after, Edge::Next);
                let inner = self.frame(What::Scope(resource, bound, *span), frame);
                self.run(body, enter, leave, inner);
            }
            Region::Closure { function, .. } => {
                let inner = self.frame(What::Inline(after), frame);
                self.frames[inner].function = *function;
                self.run(&self.facts.function(*function).body, from, after, inner);
            }
            Region::Group(body) => {
                let inner = self.frame(What::Group(after), frame);
                self.run(body, from, after, inner);
            }
            _ => self.link(from, after, Edge::Next),
        }
        after
    }

    fn arm(&mut self, block: &'a Block, test: NodeId, after: NodeId, edge: Edge<'a>, frame: FrameId) {
        let first = self.join(frame);
        self.link(test, first, edge);
        self.run(block, first, after, frame);
    }

    fn arms(&mut self, subject: &'a Value, arms: &'a [Arm], span: Span, ends: (NodeId, NodeId), frame: FrameId) {
        let (from, after) = ends;
        let test = self.event(Event::Match(subject), span, from, frame);
        for arm in arms {
            self.arm(&arm.body, test, after, Edge::Branch(Test::Case(subject, &arm.pattern), true), frame);
        }
        if !arms.iter().any(|arm| arm.pattern == Pattern::Any) {
            self.link(test, after, Edge::Branch(Test::Cases(subject), false));
        }
    }

    /// A loop whose body has the test that leaves it is left there alone.
    fn turns(&mut self, region: &'a Region, from: NodeId, after: NodeId, frame: FrameId) {
        let Region::Loop { kind, label, each, body, span } = region else { return };
        let head = self.event(Event::Loop(*kind, each.as_ref()), *span, from, frame);
        if *kind == LoopKind::Receive {
            self.waits(head, self.semantics.cancels, frame);
        }
        let more = |taken| Edge::Branch(Test::More(each.as_ref()), taken);
        let (on, out) = match kind {
            LoopKind::Each | LoopKind::Receive => (more(true), Some(more(false))),
            LoopKind::While if !tests_itself(body) => (Edge::Next, Some(Edge::Next)),
            LoopKind::While | LoopKind::Endless => (Edge::Next, None),
        };
        let first = self.join(frame);
        self.link(head, first, on);
        out.into_iter().for_each(|edge| self.link(head, after, edge));
        let inner = self.frame(What::Loop { label: label.as_deref(), head, after }, frame);
        self.run_to(body, first, head, Edge::Back, inner);
    }

    fn attempt(
        &mut self,
        (body, handlers, finally): (&'a Block, &'a [Handler], &'a Block),
        span: Span,
        (from, after): (NodeId, NodeId),
        frame: FrameId,
    ) {
        let (mut outer, mut end) = (frame, after);
        if !finally.is_empty() {
            end = self.join(frame);
            self.run(finally, end, after, frame);
            outer = self.frame(What::Finally(finally), frame);
        }
        if handlers.is_empty() {
            return self.run(body, from, end, outer);
        }
        let catch = self.add(Event::Catch, span, outer);
        for handler in handlers {
            self.arm(&handler.body, catch, end, Edge::Branch(Test::Caught(handler), true), outer);
        }
        if !handlers.iter().any(Handler::catches_all) {
            self.route(catch, Edge::Throw, Way::Throw, outer);
        }
        let inner = self.frame(What::Catch { handlers, node: catch }, outer);
        self.run(body, from, end, inner);
    }

    /// Takes the joins out that only pass on, and numbers the rest.
    fn finish(mut self, function: FnId) -> Cfg<'a> {
        // What goes on stands before what goes wrong.
        let goes_wrong = |edge: &Edge| matches!(edge, Edge::Throw | Edge::Suspend);
        self.nodes.iter_mut().for_each(|node| node.next.sort_by_key(|(_, edge)| goes_wrong(edge)));
        let passes = passing(&self.nodes);
        let next: Vec<Vec<usize>> =
            self.nodes.iter().map(|node| node.next.iter().map(|(to, _)| passes[to.index()]).collect()).collect();
        let mut order = reverse_postorder(&next, Cfg::ENTRY.index());
        let reached = order.len();
        let mut number = vec![None; self.nodes.len()];
        order.iter().enumerate().for_each(|(at, node)| number[*node] = Some(at));
        for node in 0..self.nodes.len() {
            if number[node].is_none() && passes[node] == node {
                number[node] = Some(order.len());
                order.push(node);
            }
        }
        renumbered(self, function, &order, reached, &|node| number[passes[node.index()]].unwrap_or_default())
    }
}

/// For each node the one that stands for it: of a join that only passes on, what it leads to.
fn passing(nodes: &[Node]) -> Vec<usize> {
    let direct = |at: usize| match (nodes[at].event, nodes[at].next.as_slice()) {
        (Event::Join, [(to, Edge::Next)]) => Some(to.index()),
        _ => None,
    };
    let mut passes: Vec<Option<usize>> = vec![None; nodes.len()];
    for start in 0..nodes.len() {
        let (mut at, mut chain) = (start, Vec::new());
        // A join that leads to itself, over others or not, stands for itself.
        while let (None, Some(to)) = (passes[at], direct(at)) {
            chain.push(at);
            passes[at] = Some(at);
            at = to;
        }
        let end = passes[at].unwrap_or(at);
        passes[at] = Some(end);
        chain.into_iter().for_each(|node| passes[node] = Some(end));
    }
    passes.into_iter().enumerate().map(|(at, passed)| passed.unwrap_or(at)).collect()
}

fn renumbered<'a>(
    builder: Builder<'a>,
    function: FnId,
    order: &[usize],
    reached: usize,
    number: &dyn Fn(NodeId) -> usize,
) -> Cfg<'a> {
    let id = |node: NodeId| NodeId(number(node) as u32);
    let renumber = |at: &usize| {
        let node = &builder.nodes[*at];
        Node { next: node.next.iter().map(|(to, edge)| (id(*to), *edge)).collect(), ..*node }
    };
    let nodes: Vec<Node> = order.iter().map(renumber).collect();
    let mut before = vec![Vec::new(); nodes.len()];
    let mut calls: FxHashMap<_, Vec<NodeId>> = FxHashMap::default();
    for (at, node) in nodes.iter().enumerate() {
        let from = NodeId(at as u32);
        node.next.iter().for_each(|(to, _)| before[to.index()].push(from));
        if let Event::Call(call) = node.event {
            calls.entry(call).or_default().push(from);
        }
    }
    Cfg {
        function,
        reached,
        returned: id(builder.returned),
        thrown: id(builder.thrown),
        abandoned: id(builder.abandoned),
        nodes,
        before,
        calls,
        dominators: Default::default(),
        post_dominators: Default::default(),
        loops: Default::default(),
        acyclic: Default::default(),
        well: Default::default(),
    }
}

/// Each iteration of the body asks whether to go on.
fn tests_itself(body: &Block) -> bool {
    leaving_tests(body).next().is_some()
}
