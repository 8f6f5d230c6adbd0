//! The text form of a graph: what `connlint debug cfg FILE:FUNCTION` prints and the tests compare.
//!
//! One line a node: its number, its event, where control goes on. What no way leads to is marked `dead`.

use std::fmt::Write;

use super::{Cfg, Edge, Event, NodeId, Test};
use crate::facts::FileFacts;
use crate::facts::dump;

impl Cfg<'_> {
    /// The graph as text. `facts` are those that it was made of.
    pub fn text(&self, facts: &FileFacts) -> String {
        let mut out = format!("cfg {}\n", dump::label(facts, self.function));
        let told = self.ids().filter(|id| self.is_reached(*id) || !self.exits().contains(id));
        for id in told {
            let dead = if self.is_reached(id) { "" } else { " dead" };
            let next: Vec<String> = self.next(id).iter().map(|(to, edge)| self.edge(*to, edge)).collect();
            let arrow = if next.is_empty() { "" } else { " -> " };
            let event = self.event(facts, id);
            let _ = writeln!(out, "  n{}{dead} {event}{arrow}{}", id.0, next.join(", "));
        }
        out
    }

    fn event(&self, facts: &FileFacts, id: NodeId) -> String {
        let of = |value| dump::value(facts, value);
        let maybe = |value: Option<_>| value.map_or(String::new(), |value| format!(" {}", of(value)));
        match self.node(id).event {
            Event::Entry => "entry".into(),
            Event::Call(call) => dump::call(facts, call),
            Event::Bind { target, value } => format!("{} := {}", of(target), of(value)),
            Event::Await(value) => format!("await {}", of(value)),
            Event::Yield(value) => format!("yield{}", maybe(value)),
            Event::Return(value) => format!("return{}", maybe(value)),
            Event::Throw => "throw".into(),
            Event::Closure(function) => format!("closure {}", dump::label(facts, function)),
            Event::Test(pred) => format!("test {}", dump::pred(facts, pred)),
            Event::Match(subject) => format!("match {}", of(subject)),
            Event::Loop(kind, each) => format!("loop {kind:?}{}", maybe(each)),
            Event::Catch => "catch".into(),
            Event::Enter { resource, bound } => {
                format!("enter {} as {}", of(resource), bound.map_or("_".into(), of))
            }
            Event::Leave { resource, .. } => format!("leave {}", of(resource)),
            Event::Drop(_) => "drop".into(),
            Event::Join => "join".into(),
            Event::Returned => "returned".into(),
            Event::Thrown => "thrown".into(),
            Event::Abandoned => "abandoned".into(),
        }
    }

    fn edge(&self, to: NodeId, edge: &Edge) -> String {
        let why = match edge {
            Edge::Next => return format!("n{}", to.0),
            Edge::Branch(test, taken) => outcome(test, *taken),
            Edge::Throw => "throw".into(),
            Edge::Suspend => "suspend".into(),
            Edge::Back => "back".into(),
        };
        format!("{why} n{}", to.0)
    }
}

fn outcome(test: &Test, taken: bool) -> String {
    match (test, taken) {
        (Test::Pred(_), true) => "yes".into(),
        (Test::Pred(_), false) => "no".into(),
        (Test::Case(_, pattern), _) => format!("case {}", dump::pattern(pattern)),
        (Test::Cases(_), _) => "otherwise".into(),
        (Test::More(_), true) => "more".into(),
        (Test::More(_), false) => "done".into(),
        (Test::Caught(handler), _) => {
            handler.caught.as_ref().map_or("any".into(), |ty| format!("error {}", dump::type_text(ty)))
        }
    }
}
