//! Transactions that are still open when their connection goes back to its pool.
//!
//! Some libraries give a connection back as it is: whoever takes it next works inside the transaction. A dataflow
//! analysis over the graph of the function that takes the connection. Knows no library by name.

use rustc_hash::FxHashSet;

use super::Survey;
use super::model::{Resource, What, World};
use crate::body::cfg::{Edge, Event, Node, Test};
use crate::body::solve::{Analysis, forward};
use crate::catalog::schema::TransactionRow;
use crate::facts::walk::{calls, nodes};
use crate::facts::{self, Call, CallId, Literal, Part, Pred, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// A transaction that some way leaves open.
#[derive(Debug, Clone)]
pub struct Unended {
    /// What takes the connection, begins the transaction and gives the connection back.
    pub taken: CallRef,
    pub begun: CallRef,
    pub given_back: CallRef,
    pub resource: Resource,
    /// The call whose error leads there.
    pub failed: Option<CallRef>,
}

impl Survey<'_, '_, '_, '_> {
    /// Notes a transaction of the connection that the variables stand for.
    pub(crate) fn unended(&mut self, f: FnRef, taken: CallRef, resource: Resource, vars: &FxHashSet<VarRef>) {
        let What::Catalog(ty) = resource.what else { return };
        let Some(row) = &self.world.program.catalog.ty(ty).row.transaction else { return };
        let release = self.world.program.catalog.ty(ty).row.release.first().map_or("", String::as_str);
        let work = Work { world: self.world, f, vars, row, release };
        self.found.unended.extend(work.find().map(|(begun, given_back, failed)| {
            let [begun, given_back] = [begun, given_back].map(|id| CallRef { file: f.file, id });
            let failed = failed.map(|id| CallRef { file: f.file, id });
            Unended { taken, begun, given_back, resource, failed }
        }));
    }
}

/// The transactions of one connection in one function.
struct Work<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    vars: &'s FxHashSet<VarRef>,
    row: &'s TransactionRow,
    /// The method that gives the connection back.
    release: &'s str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Begins,
    Ends,
    GivesBack,
    Nothing,
}

/// What may be open, and the call whose error led there; what fails nowhere comes first.
type Open = Option<(Option<CallId>, CallId)>;

impl<'a> Work<'_, '_, 'a> {
    /// The call that begins one, the one that gives the connection back meanwhile, and the one that fails before.
    fn find(&self) -> Option<(CallId, CallId, Option<CallId>)> {
        let calls = self.world.program.ids_within(self.f);
        let ends = |does: Does| calls.iter().any(|id| self.does(*id) == does);
        if !ends(Does::Begins) || !ends(Does::GivesBack) {
            return None;
        }
        let cfg = self.world.program.cfg(self.f);
        let mut analysis = Ways { work: self, guarded: self.guarded() };
        let solution = forward(&cfg, &mut analysis, None);
        let left = cfg.ids().filter_map(|id| {
            let Event::Call(call) = cfg.node(id).event else { return None };
            let (failed, begun) = solution.at(id).copied().flatten().filter(|_| self.does(call) == Does::GivesBack)?;
            Some((failed.is_some(), id, (begun, call, failed)))
        });
        left.min_by_key(|(failed, id, _)| (*failed, *id)).map(|(.., found)| found)
    }

    fn call(&self, id: CallId) -> &'a Call {
        self.world.program.facts(self.f.file).call(id)
    }

    fn is(&self, value: &Value) -> bool {
        matches!(value, Value::Var(var) if self.vars.contains(var))
    }

    fn does(&self, id: CallId) -> Does {
        let data = self.call(id);
        match &data.callee {
            Value::Member(base, name) if self.is(base) => self.method(data, name),
            _ if data.args.iter().any(|arg| arg.value.holds(&|part| self.is(part))) => self.lent(id, data),
            _ => Does::Nothing,
        }
    }

    fn method(&self, data: &Call, name: &str) -> Does {
        let listed = |names: &[String]| names.iter().any(|own| own == name);
        let says = |words: &[&str]| listed(&self.row.statements) && is_statement(data, words);
        if listed(&self.row.begins) || says(&["begin", "start transaction"]) {
            return if data.awaited { Does::Begins } else { Does::Nothing };
        }
        let closes = || super::names::releases(name) && (name != self.release || !data.args.is_empty());
        if listed(&self.row.ends) || says(&["commit", "rollback", "end", "abort"]) || closes() {
            return Does::Ends;
        }
        if name == self.release { Does::GivesBack } else { Does::Nothing }
    }

    /// What a function may do that is given the connection: nobody knows that of one out of sight.
    fn lent(&self, id: CallId, data: &Call) -> Does {
        let target = self.world.graph.target(CallRef { file: self.f.file, id });
        let functions = target.map_or(&[][..], |target| &target.functions);
        let may_end = |g: &FnRef| {
            let inner = self.world.program.calls_within(*g);
            inner.into_iter().any(|call| {
                let name = call.callee_name(self.world.program.facts(g.file)).unwrap_or_default();
                let ends = self.row.ends.iter().any(|own| own == name);
                ends || is_statement(call, &["commit", "rollback"]) || passes_on(call)
            })
        };
        let unknown = functions.is_empty()
            && !super::names::looks(data.callee_name(self.world.program.facts(self.f.file)).unwrap_or_default());
        if unknown || functions.iter().any(may_end) { Does::Ends } else { Does::Nothing }
    }

    /// Branches of handlers and closing blocks that end a transaction on one side: they are taken to know whether one
    /// is open.
    fn guarded(&self) -> Vec<(&'a Pred, bool)> {
        let mut found = self.asked_of_itself();
        for node in nodes(&self.world.program.function(self.f).body) {
            let facts::Node::Try { handlers, finally, .. } = node else { continue };
            let blocks = handlers.iter().map(|handler| &handler.body).chain([finally]);
            for inner in blocks.flat_map(|block| nodes(block)) {
                let facts::Node::Branch { pred, then, otherwise, .. } = inner else { continue };
                let ends = |block: &facts::Block| calls(block).any(|id| self.does(id) == Does::Ends);
                match (ends(then), ends(otherwise)) {
                    (true, false) => found.push((&**pred, true)),
                    (false, true) => found.push((&**pred, false)),
                    _ => {}
                }
            }
        }
        found
    }
}

impl<'a> Work<'_, '_, 'a> {
    /// `if (runner.isTransactionActive)`: what the connection says itself is taken to be right, whatever follows from it.
    fn asked_of_itself(&self) -> Vec<(&'a Pred, bool)> {
        let itself = |value: &Value| matches!(value.root(), Value::Var(var) if self.vars.contains(var));
        let asks = nodes(&self.world.program.function(self.f).body).filter_map(|node| match node {
            facts::Node::Branch { pred, .. } if mentions(pred, &itself) => Some(&**pred),
            _ => None,
        });
        asks.flat_map(|pred| [(pred, true), (pred, false)]).collect()
    }
}

pub(super) fn mentions(pred: &Pred, is: &dyn Fn(&Value) -> bool) -> bool {
    match pred {
        Pred::Truthy(value) | Pred::Null(value) | Pred::Eq(value, _) | Pred::Is(value, _) => is(value),
        Pred::Same(left, right) | Pred::Has(left, right) => is(left) || is(right),
        Pred::Not(inner) => mentions(inner, is),
        Pred::And(all) | Pred::Or(all) => all.iter().any(|inner| mentions(inner, is)),
        Pred::Opaque(values) => values.iter().any(is),
        Pred::Main => false,
    }
}

/// It hands something on to a function that may end it.
fn passes_on(call: &Call) -> bool {
    let plain = |value: &Value| matches!(value, Value::Var(_));
    !matches!(call.callee, Value::Member(..)) && call.args.iter().any(|arg| plain(&arg.value))
}

/// The statement that the call runs begins with one of the words.
pub(super) fn is_statement(data: &Call, words: &[&str]) -> bool {
    let text = |value: &Value| match value {
        Value::Literal(Literal::Str(text)) => Some(text.trim_start().to_ascii_lowercase()),
        Value::Template(parts) => match parts.first() {
            Some(Part::Text(text)) => Some(text.trim_start().to_ascii_lowercase()),
            _ => None,
        },
        _ => None,
    };
    let first = data.args.first().and_then(|arg| text(&arg.value));
    let is_word = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let begins = |text: &str, word: &&str| text.strip_prefix(*word).is_some_and(is_word);
    first.is_some_and(|text| words.iter().any(|word| begins(&text, word)) && !text.contains("to savepoint"))
}

struct Ways<'t, 's, 'w, 'a> {
    work: &'t Work<'s, 'w, 'a>,
    guarded: Vec<(&'a Pred, bool)>,
}

impl<'a> Analysis<'a> for Ways<'_, '_, '_, 'a> {
    type State = Open;

    fn join(&self, state: &mut Open, other: &Open) -> bool {
        let joined = match (*state, *other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        joined != std::mem::replace(state, joined)
    }

    fn along(&mut self, node: &Node<'a>, edge: &Edge<'a>, state: &Open) -> Option<Open> {
        let made = called(node);
        let does = made.map_or(Does::Nothing, |id| self.work.does(id));
        match edge {
            Edge::Suspend => None,
            Edge::Throw => self.thrown(node, does, *state),
            Edge::Branch(Test::Pred(pred), taken) => {
                let other = |(guard, side): &(&Pred, bool)| std::ptr::eq(*guard, *pred) && side != taken;
                Some(state.filter(|_| !self.guarded.iter().any(other)))
            }
            _ => Some(match (does, made, &node.event) {
                (Does::Begins, Some(id), Event::Call(_)) => Some((None, id)),
                (Does::Ends | Does::GivesBack, ..) => None,
                _ => *state,
            }),
        }
    }
}

impl Ways<'_, '_, '_, '_> {
    /// What only looks, or is not waited for, is taken to go well.
    fn thrown(&self, node: &Node, does: Does, state: Open) -> Option<Open> {
        if matches!(node.event, Event::Throw | Event::Catch | Event::Join) {
            return Some(state);
        }
        let fails = called(node).filter(|id| self.work.call(*id).awaited);
        match does {
            Does::Ends | Does::Begins | Does::GivesBack => Some(None),
            Does::Nothing => {
                let failed = fails?;
                Some(state.map(|(before, begun)| (before.or(Some(failed)), begun)))
            }
        }
    }
}

fn called(node: &Node) -> Option<CallId> {
    match node.event {
        Event::Call(id) => Some(id),
        Event::Await(Value::Call(id)) => Some(*id),
        _ => None,
    }
}
