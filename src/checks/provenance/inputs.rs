//! What a value in a function depends on: parameters, fields of its object, rows of a table.
//!
//! Follows the function's own variables. An address is asked for differently from any other value: only
//! how a text begins says which server it names. Knows no library by name.

use rustc_hash::FxHashSet;

use super::targets::{address, prepares};
use crate::catalog::words::checks::{REGIONS, REQUEST_APPLICATIONS};
use crate::catalog::words::values::{DATABASES, ENVIRONMENTS};
use crate::facts::returned;
use crate::facts::trail::Trail;
use crate::facts::walk::nodes;
use crate::facts::{
    Arg, Block, Call, CallId, FileFacts, FnId, Language, Literal, LocalKind, Node, ParamKind, Part, Pred, Value, VarRef,
};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::{External, Ty};
use crate::values::gates::{is_nothing, member_names};
use crate::values::passing;

/// How a value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Any part of it counts.
    Whole,
    /// It is an address: what it begins with counts.
    Address,
}

/// A parameter of the function that a value stands in, or of one around it; or one member of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Param {
    pub of: FnRef,
    /// 0-based.
    pub index: usize,
    pub member: Option<String>,
}

/// What values depend on.
#[derive(Debug, Default)]
pub struct Inputs {
    pub params: Vec<Param>,
    /// Fields of the object that were not set in this function.
    pub fields: Vec<String>,
    /// Fields of objects that the function is handed: whoever hands one in says nothing by that alone.
    pub objects: Vec<Param>,
    /// Something was read from a row of a table, or from what a caller sent.
    pub row: bool,
}

impl Inputs {
    pub fn all(parts: impl IntoIterator<Item = Inputs>) -> Inputs {
        let mut all = Inputs::default();
        parts.into_iter().for_each(|part| all.extend(part));
        all
    }

    pub fn extend(&mut self, other: Inputs) {
        self.params.extend(other.params);
        self.fields.extend(other.fields);
        self.objects.extend(other.objects);
        self.row |= other.row;
    }

    /// Its own parameters, without those of functions around it.
    pub fn own(&self, f: FnRef) -> impl Iterator<Item = &Param> {
        self.params.iter().filter(move |param| param.of == f)
    }

    /// Nothing that whoever runs the function has a say in.
    pub fn is_settled(&self) -> bool {
        self.params.is_empty() && self.fields.is_empty() && self.objects.is_empty()
    }
}

/// The inputs of a function that values in it depend on, through its locals.
pub fn inputs<'a>(program: &Program<'a>, f: FnRef, values: &[&'a Value], reading: Reading) -> Inputs {
    let mut search =
        Search { program, f, reading, found: Inputs::default(), queue: Vec::new(), trail: &Trail::default() };
    values.iter().for_each(|value| search.value(value));
    search.follow();
    search.found.params.sort();
    search.found.params.dedup();
    search.found
}

struct Search<'p, 'a> {
    program: &'p Program<'a>,
    f: FnRef,
    reading: Reading,
    found: Inputs,
    queue: Vec<VarRef>,
    /// The functions that are looked into.
    trail: &'p Trail<'p>,
}

impl<'a> Search<'_, 'a> {
    fn follow(&mut self) {
        let mut seen: FxHashSet<VarRef> = FxHashSet::default();
        while let Some(var) = self.queue.pop() {
            if !seen.insert(var) {
                continue;
            }
            let bound: Vec<&'a Value> = self.program.bound(self.f.file, var).iter().map(|bound| bound.value).collect();
            let given = parameter(self.program, self.f.file, var);
            // `if not url: url = settings.URL`
            if given.is_some() && bound.iter().any(|value| self.is_common(value)) {
                continue;
            }
            self.found.params.extend(given);
            bound.into_iter().for_each(|value| self.value(value));
        }
    }

    fn value(&mut self, value: &'a Value) {
        match value {
            Value::Member(base, key) => self.member(base, key),
            Value::Var(var) => self.variable(*var),
            Value::Index(base, _) | Value::Element(base) => self.value(base),
            // Whoever has none of their own is given the common one.
            Value::Choice(all, _) if all.iter().any(|v| self.is_common(v)) => {}
            Value::Choice(all, _) | Value::List(all) => all.iter().for_each(|v| self.value(v)),
            Value::Template(parts) => self.template(parts),
            Value::Binary(_, left, right) => {
                self.value(left);
                let named = left.as_str().is_some_and(names_web_server);
                if self.reading == Reading::Whole && !named {
                    self.value(right);
                }
            }
            Value::Record { entries, spreads, .. } => {
                let telling = entries.iter().filter(|entry| !is_shared(&entry.key)).map(|entry| &entry.value);
                telling.chain(spreads).for_each(|value| self.value(value));
            }
            Value::Call(id) => self.call(*id),
            Value::Closure(id) if self.reading == Reading::Whole => self.closure(*id),
            _ => {}
        }
    }

    /// A setting of the program: a variable of the environment, or what a module has.
    fn is_common(&self, value: &Value) -> bool {
        let program = self.program;
        let of_module = |var: &VarRef| var.function == FnId::TOP && parameter(program, self.f.file, *var).is_none();
        match value {
            Value::Index(base, _) => program.is_environment(self.f.file, base),
            Value::Call(id) => {
                let callee = &program.facts(self.f.file).call(*id).callee;
                member_names(callee).any(|name| ENVIRONMENTS.contains(&name))
            }
            Value::Member(..) | Value::Var(_) => match value.root() {
                Value::Global(_) => member_names(value).any(|name| ENVIRONMENTS.contains(&name)),
                Value::Var(var) => of_module(var),
                _ => false,
            },
            _ => false,
        }
    }

    fn variable(&mut self, var: VarRef) {
        match self.program.eval_var(self.f.file, var) {
            Ty::Class(class) | Ty::Instance(class) if self.program.is_record(class) => self.found.row = true,
            Ty::External(name) if self.is_sent(&name) => self.found.row = true,
            _ => self.queue.push(var),
        }
    }

    fn member(&mut self, base: &'a Value, key: &str) {
        match base {
            Value::This => self.field(key),
            Value::Var(var) => match parameter(self.program, self.f.file, *var) {
                Some(_) if is_application(key) && self.program.language(self.f.file) == Language::Python => {}
                Some(param) if !self.is_row(base) => {
                    self.found.params.push(Param { member: Some(key.to_string()), ..param });
                }
                _ => self.variable(*var),
            },
            _ if self.is_row(base) => self.found.row = true,
            other => self.value(other),
        }
    }

    /// A framework's name for what the caller of the running handler sent.
    fn is_sent(&self, name: &External) -> bool {
        self.program.exporters(name).any(|(package, exported)| package.sent.contains(exported))
    }

    fn is_row(&self, value: &'a Value) -> bool {
        matches!(self.program.eval(self.f, value), Ty::Instance(class) if self.program.is_record(class))
    }

    /// A field that this function sets is what it is set to.
    fn field(&mut self, key: &str) {
        let Some(class) = self.program.class_around(self.f) else { return };
        if self.program.is_record(class) {
            self.found.row = true;
            return;
        }
        let here: Vec<&'a Value> =
            set_values(self.program, class, key).into_iter().filter(|(g, _)| *g == self.f).map(|(_, v)| v).collect();
        if here.is_empty() {
            self.found.fields.push(key.to_string());
        }
        here.into_iter().for_each(|value| self.value(value));
    }

    fn template(&mut self, parts: &'a [Part]) {
        for part in parts {
            match part {
                Part::Value(value) => self.value(value),
                Part::Text(text) if names_no_server(text) => continue,
                Part::Text(text) if names_web_server(text) => return,
                Part::Text(_) => {}
            }
            if self.reading == Reading::Address {
                return;
            }
        }
    }

    fn call(&mut self, id: CallId) {
        let call = self.program.facts(self.f.file).call(id);
        if self.is_answer(id) {
            self.found.row = true;
            return;
        }
        if self.reading == Reading::Address {
            return self.address_of_call(id, call);
        }
        for arg in &call.args {
            if let Value::Closure(id) = arg.value {
                self.compared(id, &self.program.facts(self.f.file).function(id).body);
            }
            self.value(&arg.value);
        }
        if let Value::Member(base, _) = &call.callee {
            self.value(base);
        }
    }

    /// What a database is asked for, at the end of whatever chain: `db.table("sites").select("*").execute()`. A
    /// connection or session that it gives is none.
    fn is_answer(&self, id: CallId) -> bool {
        let keeps_rows = |base: &'a Value| match self.program.eval(self.f, base) {
            Ty::Concept(ty) => DATABASES.contains(&self.program.catalog.ty(ty).row.service.as_str()),
            _ => false,
        };
        let facts = self.program.facts(self.f.file);
        let mut at = &facts.call(id).callee;
        loop {
            at = match at {
                Value::Member(base, _) if keeps_rows(base) => break,
                Value::Member(base, _) | Value::Index(base, _) => base,
                Value::Call(inner) => &facts.call(*inner).callee,
                _ => return false,
            };
        }
        !matches!(self.program.call_result(CallRef { file: self.f.file, id }), Ty::Concept(_))
    }

    /// `sources.find((source) => source.host === wanted.host)`: what the closure compares with decides what is found.
    fn compared(&mut self, id: FnId, block: &'a Block) {
        let from_around = |value: &&Value| matches!(value.root(), Value::Var(var) if var.function != id);
        for node in nodes(block) {
            let pair = match node {
                Node::Return { value: Some(Value::Binary(_, left, right)), .. } => Some((&**left, &**right)),
                Node::Branch { pred, .. } => same(pred),
                _ => None,
            };
            let sides = pair.into_iter().flat_map(|(left, right)| [left, right]);
            sides.filter(from_around).for_each(|value| self.value(value));
        }
    }

    /// What a function among the settings hands on of the functions around it: whoever calls it gives the rest.
    fn closure(&mut self, id: FnId) {
        let facts = self.program.facts(self.f.file);
        let is_own = |value: &Value| matches!(value.root(), Value::Var(var) if facts.is_within(id, var.function));
        let calls = self.program.calls_within(FnRef { file: self.f.file, id });
        let named = calls.flat_map(|call| &call.args).map(|arg| &arg.value);
        let named = named.filter(|value| matches!(value, Value::Var(_) | Value::Member(..)) && !is_own(value));
        named.for_each(|value| self.value(value));
    }

    /// A function of the project gives what it returns; one of outside, what it was given alone or
    /// called on. A fall-back that is written down is a fixed address.
    fn address_of_call(&mut self, id: CallId, call: &'a Call) {
        let call_ref = CallRef { file: self.f.file, id };
        if let Ty::Fn(g) = self.program.callee(self.f, call) {
            return self.address_returned(call_ref, g);
        }
        let facts = self.program.facts(self.f.file);
        if let Some(target) = address(call, facts).filter(|_| call.callee_name(facts).is_some_and(prepares)) {
            return self.value(target);
        }
        let falls_back =
            |args: &[Arg]| matches!(args, [_, .., last] if matches!(last.value, Value::Literal(Literal::Str(_))));
        match (&call.callee, call.args.as_slice()) {
            (Value::Member(base, _), args) if !is_module(facts, base) && (args.len() < 2 || falls_back(args)) => {
                self.value(base);
            }
            (_, args) if falls_back(args) => {}
            (_, [only]) => self.value(&only.value),
            _ => {}
        }
    }

    fn address_returned(&mut self, call: CallRef, g: FnRef) {
        let mut values = Vec::new();
        returned(&self.program.function(g).body, &mut values);
        let Some(here) = self.trail.step(g) else { return };
        let (program, reading) = (self.program, self.reading);
        let mut inner = Search { program, f: g, reading, found: Inputs::default(), queue: Vec::new(), trail: &here };
        values.into_iter().for_each(|value| inner.value(value));
        inner.follow();
        self.found.row |= inner.found.row;
        let (own, around): (Vec<Param>, Vec<Param>) = inner.found.params.into_iter().partition(|param| param.of == g);
        self.found.params.extend(around);
        let given = own.iter().filter_map(|param| passing::passed(self.program, call, g, param.index));
        given.for_each(|value| self.value(value));
    }
}

/// The parameter that a variable is, of the function or of one around it.
pub fn parameter(program: &Program, file: u32, var: VarRef) -> Option<Param> {
    let of = FnRef { file, id: var.function };
    let mut params = program.function(of).params.iter();
    let index = params.position(|p| p.local == var.local && p.kind != ParamKind::Receiver)?;
    Some(Param { of, index, member: None })
}

/// `https://chat.example/`: what follows is a path on that server.
fn names_web_server(text: &str) -> bool {
    let rest = ["https://", "http://", "wss://", "ws://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    rest.and_then(|rest| rest.split_once(['/', '?'])).is_some_and(|(host, _)| !host.is_empty())
}

/// A module by the name that it is imported under: what a function of it is called on is no address.
fn is_module(facts: &FileFacts, value: &Value) -> bool {
    match value {
        Value::Module(_) => true,
        Value::Var(var) => matches!(facts.local(*var).kind, LocalKind::Import(id) if facts.import(id).name == "*"),
        _ => false,
    }
}

/// A scheme alone, or nothing.
fn names_no_server(text: &str) -> bool {
    let text = text.trim_matches(['"', '\'']);
    text.is_empty() || text.ends_with("://")
}

/// The values that a field is set to, in the class or in one of its bases; what empties it left out.
pub fn set_values<'a>(program: &Program<'a>, class: ClassRef, name: &str) -> Vec<(FnRef, &'a Value)> {
    let values = program.ancestry(class).into_iter().flat_map(|part| program.field_values(part, name));
    values.filter(|(_, value)| !is_nothing(value)).collect()
}

/// The values that a field is set to, and those that its objects are made with.
pub fn maker_values<'a>(program: &Program<'a>, class: ClassRef, name: &str) -> Vec<(FnRef, &'a Value)> {
    let made = program.made_with(class, name).into_iter().filter(|(_, value)| !is_nothing(value));
    set_values(program, class, name).into_iter().chain(made).collect()
}

/// What a request of Python's frameworks tells of the program that it is served by: `request.registry.settings`.
fn is_application(key: &str) -> bool {
    REQUEST_APPLICATIONS.contains(&key)
}

/// A region is one of few that many callers have in common: it makes a client nobody's own.
fn is_shared(key: &str) -> bool {
    REGIONS.contains(&key)
}

/// The two values that a condition compares.
fn same(pred: &Pred) -> Option<(&Value, &Value)> {
    match pred {
        Pred::Not(inner) => same(inner),
        Pred::Same(left, right) => Some((left, right)),
        _ => None,
    }
}
