//! What a function does to something that it is given or captures: use it, release it, or keep it.
//!
//! A look at whole bodies without order: one release anywhere counts, so that conditional ownership
//! is never taken for a leak. Knows no library by name.

use rustc_hash::FxHashSet;

use super::bodies::{captures, inside, only_throws};
use super::model::{Fate, Summaries};
use super::names;
use super::runs::scope_calls;
use super::through::is_waited_for;
use crate::catalog::RowKind;
use crate::catalog::schema::Run;
use crate::facts::{
    Arg, Block, Call, CallId, CallKind, FnId, Handler, Language, LocalKind, Node, Param, Value, VarRef,
};
use crate::graph::Graph;
use crate::program::fixpoint::Fixpoint;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::passing::parameter_of;

/// What stands for the thing in a body.
#[derive(Default)]
struct Known {
    aliases: FxHashSet<VarRef>,
    /// What makes objects around it, and what holds one: who keeps one of these keeps it.
    makers: FxHashSet<CallId>,
    around: FxHashSet<VarRef>,
    whole: Option<Whole>,
    /// What is yielded comes back: the call stands in a `with`.
    lent: bool,
}

/// A record or list that the function is given, and the keys under which it has the thing.
struct Whole {
    record: Value,
    keys: Vec<String>,
}

impl Whole {
    fn has_under(&self, value: &Value) -> bool {
        match value {
            Value::Member(base, key) => **base == self.record && self.keys.contains(key),
            // The rest of a pattern, or one of the elements.
            Value::Element(base) => **base == self.record,
            Value::Index(base, _) => **base == self.record && self.keys.iter().any(String::is_empty),
            _ => false,
        }
    }
}

impl Known {
    fn is(&self, value: &Value) -> bool {
        is_alias(&self.aliases, value) || self.whole.as_ref().is_some_and(|whole| whole.has_under(value))
    }

    fn is_whole(&self, value: &Value) -> bool {
        self.whole.as_ref().is_some_and(|whole| whole.record == *value)
    }

    fn has(&self, value: &Value) -> bool {
        self.is(value) || is_alias(&self.around, value) || self.is_whole(value)
    }

    /// It is one of these, or what makes an object around one.
    fn gives(&self, value: &Value) -> bool {
        self.has(value) || matches!(value, Value::Call(id) if self.makers.contains(id))
    }

    /// The keys under which an argument has it.
    fn keys(&self, arg: &Value) -> Vec<String> {
        match &self.whole {
            Some(whole) if whole.record == *arg => whole.keys.clone(),
            _ => keys(arg, &|value| self.is(value)),
        }
    }
}

/// The keys of a record under which something is; in a list it has none, which is one empty key.
pub fn keys(value: &Value, is: &dyn Fn(&Value) -> bool) -> Vec<String> {
    match value {
        Value::Record { entries, .. } => {
            let having = entries.iter().filter(|entry| entry.value.holds(is));
            having.map(|entry| entry.key.clone()).collect()
        }
        Value::List(items) if items.iter().any(|item| item.holds(is)) => vec![String::new()],
        _ => Vec::new(),
    }
}

impl<'p, 'a> Summaries<'p, 'a> {
    pub fn new(program: &'p Program<'a>, graph: &'p Graph) -> Self {
        Summaries { program, graph, params: Fixpoint::default(), throws: Fixpoint::default() }
    }

    /// What becomes of the argument `arg` of a call to `g`, which stands in `file`; of a record what is under the keys.
    pub fn argument(&self, g: FnRef, file: u32, call: &Call, arg: usize, keys: Vec<String>) -> Fate {
        let known = self.program.reference(file, call).map(|call| self.program.call(call));
        let local = known.and_then(|call| parameter_of(self.program, file, call, g, arg));
        let Some(local) = local else { return Fate::Used };
        match self.parameter(g, local, keys, self.is_lent(g, file, call)) {
            Fate::Kept if self.is_borrowed(g, local) => Fate::Used,
            fate => fate,
        }
    }

    /// `tx: &Transaction` of Rust: the function has it for the call, and its owner goes on owning it.
    fn is_borrowed(&self, g: FnRef, local: u32) -> bool {
        let borrows = |param: &Param| param.local == local && param.ty.is_some() && !param.by_value;
        self.program.semantics(g.file).drops && self.program.function(g).params.iter().any(borrows)
    }

    /// `with given_or_new(session) as session`: what the generator yields it has back when the block is over.
    fn is_lent(&self, g: FnRef, file: u32, call: &Call) -> bool {
        let facts = self.program.facts(file);
        let body = &facts.function(call.function).body;
        let scopes = || scope_calls(body).any(|id| std::ptr::eq(facts.call(id), call));
        self.program.language(file) == Language::Python && self.program.function(g).flags.generator && scopes()
    }

    fn parameter(&self, g: FnRef, local: u32, keys: Vec<String>, lent: bool) -> Fate {
        let param = VarRef { function: g.id, local };
        self.params.get(&(g, local, keys.clone(), lent), &Fate::Used, &Fate::Kept, || match keys.is_empty() {
            true => self.fate_of(g, &FxHashSet::from_iter([param]), None, lent),
            false => {
                let whole = Whole { record: Value::Var(param), keys: keys.clone() };
                self.fate_of(g, &FxHashSet::default(), Some(whole), lent)
            }
        })
    }

    /// What the body of `g`, with all that stands in it, does to the variables.
    pub fn body(&self, g: FnRef, vars: &FxHashSet<VarRef>) -> Fate {
        self.fate_of(g, vars, None, false)
    }

    fn fate_of(&self, g: FnRef, vars: &FxHashSet<VarRef>, whole: Option<Whole>, lent: bool) -> Fate {
        let mut known = Known { aliases: vars.clone(), whole, lent, ..Known::default() };
        self.grow(g, &mut known);
        known.makers = self.makers(g, &known);
        known.around = self.around(g, &known);
        let facts = self.program.facts(g.file);
        let mut fate = Fate::Used;
        for id in self.program.nested(g) {
            if id != g.id && self.is_registered(FnRef { file: g.file, id }, &known) {
                return Fate::Registered;
            }
            fate = fate.max(self.block(g, id, &facts.function(id).body, &known));
        }
        fate
    }

    /// A method of some object decorates the function, which works with it: `@app.route("/")`. Nobody here calls it.
    fn is_registered(&self, f: FnRef, known: &Known) -> bool {
        let facts = self.program.facts(f.file);
        let method = |id: &CallId| matches!(facts.call(*id).callee, Value::Member(..));
        let called = |var: &VarRef| facts.local(*var).kind == LocalKind::Function(f.id);
        let calls = || facts.calls.iter().any(|call| matches!(&call.callee, Value::Var(var) if called(var)));
        facts.function(f.id).decorators.iter().any(method)
            && captures(self.program, f, &|value| known.has(value))
            && !calls()
    }

    /// Calls that make an object around one of the aliases.
    fn makers(&self, g: FnRef, known: &Known) -> FxHashSet<CallId> {
        let facts = self.program.facts(g.file);
        let makes = |data: &Call| {
            let object = matches!(data.kind, CallKind::New | CallKind::Struct)
                || data.callee_name(facts).is_some_and(names::is_type_name);
            object && data.args.iter().any(|arg| known.is(&arg.value) || known.is_whole(&arg.value))
        };
        self.program.ids_within(g).into_iter().filter(|id| makes(facts.call(*id))).collect()
    }

    /// Variables that hold what one of these makes.
    fn around(&self, g: FnRef, known: &Known) -> FxHashSet<VarRef> {
        let made = |value: &Value| matches!(value, Value::Call(id) if known.makers.contains(id));
        let own = self.program.vars_within(g);
        own.filter(|(_, bounds)| bounds.iter().any(|bound| made(bound.value))).map(|(var, _)| var).collect()
    }

    fn grow(&self, g: FnRef, known: &mut Known) {
        known.aliases.extend(self.elements(g, known));
        let mut own: Vec<_> = self.program.vars_within(g).collect();
        loop {
            let before = own.len();
            own.retain(|(var, bounds)| {
                let is = bounds.iter().any(|bound| known.is(bound.value));
                is.then(|| known.aliases.insert(*var));
                !is
            });
            if own.len() == before {
                break;
            }
        }
    }

    /// What functions are given that run for each element: `things.map((thing) => thing.end())`.
    fn elements(&self, g: FnRef, known: &Known) -> Vec<VarRef> {
        let facts = self.program.facts(g.file);
        let goes_through = |id: &CallId| {
            let on_whole = matches!(&facts.call(*id).callee, Value::Member(base, _) if known.is_whole(base));
            on_whole && self.graph.target(CallRef { file: g.file, id: *id }).is_some_and(|target| self.iterates(target))
        };
        let through = self.program.ids_within(g).into_iter().filter(goes_through);
        let run = through.flat_map(|id| &facts.call(id).args).filter_map(|arg| match arg.value {
            Value::Closure(f) => Some(f),
            _ => None,
        });
        run.filter_map(|f| Some(VarRef { function: f, local: facts.function(f).params.first()?.local })).collect()
    }

    fn iterates(&self, target: &Target) -> bool {
        let mut rows = target.rows.iter().filter(|row| row.kind == RowKind::Handover);
        rows.any(|row| self.program.catalog.handover(*row).run == Run::Iteration)
    }

    fn block(&self, g: FnRef, id: FnId, block: &Block, known: &Known) -> Fate {
        let is = |value: &Value| known.is(value);
        let has = |value: &Value| value.holds(&|inner| known.has(inner));
        let gives = |value: &Value| value.holds(&|inner| known.gives(inner));
        let fates = block.iter().map(|node| match node {
            Node::Call(call) => self.call(CallRef { file: g.file, id: *call }, known),
            Node::Bind { target, value, .. } if gives(value) && !(known.gives(value) && self.is_local(g, target)) => {
                Fate::Kept
            }
            Node::Return { value: Some(value), .. } if id == g.id && has(value) => Fate::Kept,
            Node::Yield { value: Some(value), .. } if has(value) && !known.lent => Fate::Kept,
            Node::Scope { resource, body, .. } if is(resource) => Fate::Released.max(self.block(g, id, body, known)),
            other => other.blocks().map(|inner| self.block(g, id, inner, known)).max().unwrap_or(Fate::Used),
        });
        match fates.max().unwrap_or(Fate::Used) {
            // `error.session = session`: whoever catches it has it.
            Fate::Released | Fate::Kept if only_throws(block) => Fate::ReleasedIfThrown,
            fate => fate,
        }
    }

    /// A variable of the function itself; what a literal around the resource comes to there is not followed.
    fn is_local(&self, g: FnRef, target: &Value) -> bool {
        matches!(target, Value::Var(var) if inside(self.program, g, var.function) && var.function != FnId::TOP)
    }

    fn call(&self, call: CallRef, known: &Known) -> Fate {
        let is = |value: &Value| known.is(value);
        let data = self.program.call(call);
        let name = data.callee_name(self.program.facts(call.file)).unwrap_or_default();
        if matches!(&data.callee, Value::Member(base, _) if is(base)) && names::releases(name) {
            return Fate::Released;
        }
        // What a function of the project does with it is read in it.
        let is_read = || self.graph.target(call).is_some_and(|target| !target.by_name && !target.functions.is_empty());
        let given = |arg: &Arg| arg.value.holds(&|inner| known.gives(inner));
        let keeps = names::keeps(name) && !is_waited_for(self.program, call.file, data);
        if keeps && data.args.iter().any(given) && !is_read() {
            return Fate::Kept;
        }
        let given = data.args.iter().enumerate().filter(|(_, arg)| arg.value.holds(&is) || known.is_whole(&arg.value));
        let fates = given.map(|(at, _)| self.given(call, name, at, known));
        fates.max().unwrap_or(Fate::Used)
    }

    fn given(&self, call: CallRef, name: &str, at: usize, known: &Known) -> Fate {
        if names::releases(name) {
            return Fate::Released;
        }
        let data = self.program.call(call);
        if is_resolver(self.program, call.file, &data.callee) {
            return Fate::Kept;
        }
        let functions = self.graph.target(call).map_or(&[][..], |target| &target.functions);
        let keys = known.keys(&data.args[at].value);
        let fates = functions.iter().map(|g| self.argument(*g, call.file, data, at, keys.clone()));
        // Nobody knows what the function does with it.
        let unread = || if self.program.is_unread(call) { Fate::Kept } else { Fate::Used };
        fates.max().unwrap_or_else(unread)
    }

    /// What becomes of each parameter of the function, by its name.
    pub fn parameters(&self, g: FnRef) -> Vec<(&'p str, Fate)> {
        let params = self.program.function(g).params.iter();
        params.map(|param| (param.name.as_str(), self.parameter(g, param.local, Vec::new(), false))).collect()
    }

    /// Calling the function may throw by what is written in it.
    pub fn may_throw(&self, g: FnRef) -> bool {
        self.throws.get(&g, &false, &false, || self.throwing(g, &self.program.function(g).body))
    }

    fn throwing(&self, g: FnRef, block: &Block) -> bool {
        block.iter().any(|node| match node {
            Node::Throw { .. } => true,
            Node::Call(id) => {
                let call = CallRef { file: g.file, id: *id };
                let target = self.graph.target(call).filter(|target| !target.by_name);
                target.is_some_and(|target| target.functions.iter().any(|inner| self.may_throw(*inner)))
            }
            Node::Try { body, handlers, finally, .. } => {
                let caught = handlers.iter().any(Handler::catches_all);
                !caught && self.throwing(g, body)
                    || handlers.iter().any(|handler| self.throwing(g, &handler.body))
                    || self.throwing(g, finally)
            }
            other => other.blocks().any(|inner| self.throwing(g, inner)),
        })
    }

    /// Nothing that the function does can reach its caller as an error.
    pub fn is_quiet(&self, g: FnRef) -> bool {
        self.quiet(g, &self.program.function(g).body)
    }

    fn quiet(&self, g: FnRef, block: &Block) -> bool {
        block.iter().all(|node| match node {
            Node::Throw { .. } | Node::Yield { .. } => false,
            Node::Call(id) => self.quiet_call(g, self.program.facts(g.file).call(*id)),
            Node::Await { value: Value::Call(id), .. } => self.quiet_call(g, self.program.facts(g.file).call(*id)),
            Node::Await { .. } => false,
            Node::Try { body, handlers, finally, .. } => {
                (handlers.iter().any(Handler::catches_all) || self.quiet(g, body))
                    && handlers.iter().all(|handler| self.quiet(g, &handler.body))
                    && self.quiet(g, finally)
            }
            other => other.blocks().all(|inner| self.quiet(g, inner)),
        })
    }

    fn quiet_call(&self, g: FnRef, call: &Call) -> bool {
        let name = call.callee_name(self.program.facts(g.file)).unwrap_or_default();
        names::looks(name) || names::releases(name) || names::harmless(name) || call.kind == CallKind::New
    }
}

fn is_alias(aliases: &FxHashSet<VarRef>, value: &Value) -> bool {
    match value {
        Value::Var(var) => aliases.contains(var),
        Value::Choice(values, _) => values.iter().any(|value| is_alias(aliases, value)),
        _ => false,
    }
}

/// `new Promise((done) => … done(connection))`: whoever waits for the promise has what it is called with.
fn is_resolver(program: &Program, file: u32, callee: &Value) -> bool {
    let Value::Var(var) = callee else { return false };
    let executor = FnRef { file, id: var.function };
    let makes = |call: CallRef| program.call(call).kind == CallKind::New;
    program.facts(file).local(*var).kind == LocalKind::Param && program.handed_to(executor).is_some_and(makes)
}
