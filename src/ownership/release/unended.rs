//! Transactions that are still open when their connection goes back to its pool.
//!
//! Some libraries give a connection back as it is: whoever takes it next works inside the transaction. A dataflow
//! analysis over the graph of the function that takes the connection; where variables own what they have, leaving the
//! function gives it back. Knows no library by name.

use rustc_hash::FxHashSet;

use super::model::{Resource, What, World};
use super::{Survey, lent};
use crate::body::cfg::{Edge, Event, Node, Test};
use crate::body::solve::{Analysis, forward};
use crate::catalog::schema::TransactionRow;
use crate::catalog::words::release::STATEMENT_RUNS;
use crate::facts::walk::{calls, nodes};
use crate::facts::{self, Call, CallId, Literal, Part, Pred, Span, Value, VarRef};
use crate::program::{CallRef, FnRef};

/// A transaction that some way leaves open.
#[derive(Debug, Clone)]
pub struct Unended {
    /// What takes the connection and begins the transaction.
    pub taken: CallRef,
    pub begun: CallRef,
    /// Where the connection is given back: the file, and the bytes of it.
    pub given_back: (u32, Span),
    pub resource: Resource,
    /// The call whose error leads there.
    pub failed: Option<CallRef>,
}

impl Survey<'_, '_, '_, '_> {
    /// Notes a transaction of the connection that the variables stand for.
    pub(crate) fn unended(&mut self, f: FnRef, taken: CallRef, resource: Resource, vars: &FxHashSet<VarRef>) {
        let What::Catalog(ty) = resource.what else { return };
        let known = &self.world.program.catalog.ty(ty).row;
        let Some(row) = &known.transaction else { return };
        // What a variable owns goes back with it; to close it is another thing.
        let dropped = known.drop && self.world.program.semantics(f.file).drops;
        let release = known.release.first().filter(|_| !dropped).map_or("", String::as_str);
        let back = if dropped { Back::WithVariable } else { Back::ByCall };
        let work = Work { world: self.world, f, vars, row, release, back };
        let lent = work.lent_on().into_iter().filter_map(|(g, var, given_back)| {
            let vars = FxHashSet::from_iter([var]);
            let inner = Work { world: self.world, f: g, vars: &vars, row, release, back: Back::WithCallback };
            inner.find().map(|(begun, _, failed)| (g.file, begun, (f.file, given_back), failed))
        });
        let own = work.find().map(|(begun, span, failed)| (f.file, begun, (f.file, span), failed));
        self.found.unended.extend(own.into_iter().chain(lent).map(|(file, begun, given_back, failed)| {
            let call = |id| CallRef { file, id };
            Unended { taken, begun: call(begun), given_back, resource, failed: failed.map(call) }
        }));
    }
}

/// When a connection goes back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Back {
    ByCall,
    /// Leaving the function gives back what its variable owns.
    WithVariable,
    /// When the function has ended that it was lent to, however it did.
    WithCallback,
}

/// The transactions of one connection in one function.
struct Work<'s, 'w, 'a> {
    world: &'s World<'w, 'a>,
    f: FnRef,
    vars: &'s FxHashSet<VarRef>,
    row: &'s TransactionRow,
    /// The method that gives the connection back.
    release: &'s str,
    back: Back,
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
    /// The call that begins one, where the connection is given back meanwhile, and the call that fails before.
    fn find(&self) -> Option<(CallId, Span, Option<CallId>)> {
        let calls = self.world.program.ids_within(self.f);
        let ends = |does: Does| calls.iter().any(|id| self.does(*id) == does);
        if !ends(Does::Begins) || self.back == Back::ByCall && !ends(Does::GivesBack) {
            return None;
        }
        let cfg = self.world.program.cfg(self.f);
        let mut analysis = Ways { work: self, guarded: self.guarded() };
        let solution = forward(&cfg, &mut analysis, None);
        let left = cfg.ids().filter_map(|id| {
            let node = cfg.node(id);
            let ends = self.back == Back::WithCallback && (id == cfg.returned || id == cfg.thrown);
            let (failed, begun) = solution.at(id).copied().flatten().filter(|_| ends || self.is_given_back(node))?;
            Some((failed.is_some(), id, (begun, node.span, failed)))
        });
        left.min_by_key(|(failed, id, _)| (*failed, *id)).map(|(.., found)| found)
    }

    /// The callbacks that the function runs on the connection, for whoever gave them, and that it leaves all about
    /// transactions to: with their name for it, and where it is given back then. `lend((client) => …)`
    fn lent_on(&self) -> Vec<(FnRef, VarRef, Span)> {
        let program = self.world.program;
        let calls = program.ids_within(self.f);
        let runs = |id: &CallId| matches!(self.call(*id).callee, Value::Var(_)) && self.position(*id).is_some();
        let (run, rest): (Vec<CallId>, Vec<CallId>) = calls.into_iter().partition(runs);
        let given_back = rest.iter().find(|id| self.does(**id) == Does::GivesBack);
        let own = rest.iter().any(|id| matches!(self.does(*id), Does::Begins | Does::Ends));
        let Some(span) = given_back.map(|id| self.call(*id).span).filter(|_| !own) else { return Vec::new() };
        let callbacks = run.into_iter().flat_map(|id| {
            let (call, at) = (CallRef { file: self.f.file, id }, self.position(id));
            lent::given_for(self.world, call, &self.call(id).callee).into_iter().map(move |(_, g)| (g, at))
        });
        let named = callbacks.filter_map(|(g, at)| {
            let local = program.function(g).params.get(at?)?.local;
            Some((g, VarRef { function: g.id, local }, span))
        });
        named.collect()
    }

    /// Which argument of the call the connection is.
    fn position(&self, id: CallId) -> Option<usize> {
        self.call(id).args.iter().position(|arg| self.is(&arg.value))
    }

    fn is_given_back(&self, node: &Node) -> bool {
        match node.event {
            Event::Call(call) => self.does(call) == Does::GivesBack,
            Event::Return(value) => {
                let leaves = self.back == Back::WithVariable && node.function == self.f.id;
                leaves && !value.is_some_and(|it| self.holds(it))
            }
            _ => false,
        }
    }

    fn holds(&self, value: &Value) -> bool {
        value.holds(&|part| self.is(part))
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
            // ``sql`BEGIN` ``
            callee if self.is(callee) => self.method(data, ""),
            _ if !data.args.iter().any(|arg| self.holds(&arg.value)) => Does::Nothing,
            Value::Member(statement, name) if let Some(text) = self.told(statement, name) => self.says(data, text),
            _ => self.lent(id, data),
        }
    }

    /// The text that a statement was made of which is now run on the connection: `query("BEGIN").execute(connection)`.
    fn told(&self, statement: &'a Value, method: &str) -> Option<&'a Call> {
        let Value::Call(id) = statement else { return None };
        let runs = STATEMENT_RUNS.contains(&method) && self.row.statements.iter().any(|own| own == method);
        Some(self.call(*id)).filter(|_| runs)
    }

    fn says(&self, data: &Call, told: &Call) -> Does {
        match last_of_transaction(told) {
            Some(true) if self.is_run(data) => Does::Begins,
            Some(false) => Does::Ends,
            _ => Does::Nothing,
        }
    }

    /// The call does its work: it is waited for, or stands where nothing can be.
    fn is_run(&self, data: &Call) -> bool {
        let program = self.world.program;
        let waits = program.function(self.f).flags.is_async;
        data.awaited || program.semantics(self.f.file).lazy && !waits
    }

    fn method(&self, data: &Call, name: &str) -> Does {
        let listed = |names: &[String]| names.iter().any(|own| own == name);
        let said = if listed(&self.row.statements) { self.says(data, data) } else { Does::Nothing };
        if listed(&self.row.begins) && self.is_run(data) {
            return Does::Begins;
        }
        let closes = || super::names::releases(name) && (name != self.release || !data.args.is_empty());
        match said {
            Does::Nothing if listed(&self.row.ends) || closes() => Does::Ends,
            Does::Nothing if name == self.release => Does::GivesBack,
            said => said,
        }
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
                ends || last_of_transaction(call) == Some(false) || passes_on(call)
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

/// The call is told a statement after which a transaction is open.
pub fn begins_transaction(data: &Call) -> bool {
    last_of_transaction(data) == Some(true)
}

/// Whether the last statement about a transaction that the call is told begins one, or ends it; nothing where there is
/// none.
pub(super) fn last_of_transaction(data: &Call) -> Option<bool> {
    let text = match &data.args.first()?.value {
        Value::Literal(Literal::Str(text)) => text,
        Value::Template(parts) => match parts.first() {
            Some(Part::Text(text)) => text,
            _ => return None,
        },
        _ => return None,
    };
    text.rsplit(';').find_map(|statement| {
        let statement = statement.trim_start().to_ascii_lowercase();
        let is_word = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        let begins = |words: &[&str]| words.iter().any(|word| statement.strip_prefix(word).is_some_and(is_word));
        let ends = begins(&["commit", "rollback", "end", "abort"]) && !statement.contains("to savepoint");
        if ends { Some(false) } else { begins(&["begin", "start transaction"]).then_some(true) }
    })
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
            Edge::Branch(Test::Pred(Pred::Opaque(asked)), true) if let Some(id) = self.failing(asked) => {
                Some(self.failed(id, self.work.does(id), *state))
            }
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
        match does {
            Does::Nothing => {
                let failed = called(node).filter(|id| self.work.call(*id).awaited)?;
                Some(self.failed(failed, does, state))
            }
            _ => Some(None),
        }
    }

    /// Behind the call's error: what was to begin did not, and what was to end is nobody's any more.
    fn failed(&self, id: CallId, does: Does, state: Open) -> Open {
        let open = state.filter(|_| does == Does::Nothing);
        open.map(|(before, begun)| (before.or(Some(id)), begun))
    }

    /// The call whose error value is handed up, where errors are values: `statement()?`.
    fn failing(&self, asked: &[Value]) -> Option<CallId> {
        match asked {
            [Value::Call(id)] if self.work.back == Back::WithVariable => Some(*id),
            _ => None,
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
