//! What a builder is given on the way to a construction: in the chain of its calls, in statements and fields of a
//! variable, in the project's functions that make it.
//!
//! Knows no setting and no library.

use rustc_hash::FxHashSet;

use crate::facts::{Call, CallId, LocalKind, Span, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::follow::{At, behind, made, written};

/// The calls and fields that may set something.
#[derive(Default)]
pub(crate) struct Steps<'c> {
    pub calls: Vec<Step<'c>>,
    pub fields: Vec<Field<'c>>,
    /// The builder comes from where it is not followed, with whatever was set there.
    pub hidden: bool,
}

/// A call that may set something, and the function that it stands in.
pub(crate) struct Step<'c> {
    pub f: FnRef,
    pub call: &'c Call,
    /// It is one of the builder itself, and not of something that this is given.
    pub own: bool,
}

/// `config.pool_size = 5`
pub(crate) struct Field<'c> {
    pub name: &'c str,
    pub at: At<'c>,
    pub span: Span,
    /// As for [`Step`].
    pub own: bool,
}

/// The steps before the construction at `site`, the last ones first.
pub(crate) fn steps<'c>(program: &Program<'c>, site: CallRef) -> Steps<'c> {
    let data = program.call(site);
    let f = FnRef { file: site.file, id: data.function };
    let mut walk = Walk {
        program,
        seen: FxHashSet::default(),
        names: FxHashSet::default(),
        fields: FxHashSet::default(),
        found: Steps::default(),
        queue: Vec::new(),
    };
    walk.queue.extend(data.args.iter().rev().map(|arg| (At { f, value: &arg.value }, false)));
    walk.queue.push((At { f, value: builder(&data.callee) }, true));
    while let Some((at, is_builder)) = walk.queue.pop() {
        walk.step(at, is_builder);
    }
    walk.found
}

/// What a method is called on.
fn builder(callee: &Value) -> &Value {
    match callee {
        Value::Member(base, _) => base,
        other => other,
    }
}

struct Walk<'p, 'c> {
    program: &'p Program<'c>,
    seen: FxHashSet<(u32, CallId)>,
    names: FxHashSet<(u32, VarRef, bool)>,
    /// Reads of fields that were followed.
    fields: FxHashSet<*const Value>,
    found: Steps<'c>,
    /// With whether it is the builder itself, and not something that it is given.
    queue: Vec<(At<'c>, bool)>,
}

impl<'c> Walk<'_, 'c> {
    fn step(&mut self, at: At<'c>, is_builder: bool) {
        let kept = is_builder && self.is_kept(at);
        if kept && !self.fields.insert(at.value) {
            return;
        }
        let held = if kept { behind(self.program, at) } else { Vec::new() };
        self.found.hidden |= kept && held.is_empty();
        self.queue.extend(held.into_iter().map(|inner| (inner, is_builder)));
        match at.value.root() {
            Value::This if kept => {}
            Value::Call(id) if self.seen.insert((at.f.file, *id)) => self.call(at, *id, is_builder),
            Value::Var(var) if self.names.insert((at.f.file, *var, is_builder)) => self.variable(at, *var, is_builder),
            Value::Choice(values, _) => {
                self.queue.extend(values.iter().map(|value| (At { f: at.f, value }, is_builder)))
            }
            Value::This => self.found.hidden |= is_builder,
            _ => {}
        }
    }

    /// It is a field of an object: `this.options`, `given.options`.
    fn is_kept(&self, at: At<'c>) -> bool {
        let facts = self.program.facts(at.f.file);
        let object = |root: &Value| match root {
            Value::This => true,
            Value::Var(var) => matches!(facts.local(*var).kind, LocalKind::Param | LocalKind::Let { .. }),
            _ => false,
        };
        matches!(at.value, Value::Member(base, _) if object(base.root()))
    }

    fn call(&mut self, at: At<'c>, id: CallId, is_builder: bool) {
        let call = self.program.facts(at.f.file).call(id);
        let f = FnRef { file: at.f.file, id: call.function };
        self.found.calls.push(Step { f, call, own: is_builder });
        self.queue.extend(call.args.iter().map(|arg| (At { f, value: &arg.value }, false)));
        let results = made(self.program, At { f, value: at.value.root() });
        if results.is_empty() {
            self.queue.push((At { f, value: builder(&call.callee) }, is_builder));
        }
        self.queue.extend(results.into_iter().map(|result| (result, is_builder)));
    }

    fn variable(&mut self, at: At<'c>, var: VarRef, is_builder: bool) {
        let program = self.program;
        let facts = program.facts(at.f.file);
        self.statements(at.f.file, var, is_builder);
        self.assigned(at.f.file, var, is_builder);
        let bounds = program.index[at.f.file as usize].vars.get(&var).into_iter().flatten();
        let values: Vec<At> =
            bounds.map(|bound| At { f: FnRef { file: at.f.file, id: bound.function }, value: bound.value }).collect();
        self.found.hidden |= is_builder && values.is_empty() && facts.local(var).kind == LocalKind::Param;
        // `let pool = match size { Some(size) => pool.max_size(size), None => pool };`
        let steps = values.into_iter().filter(|inner| matches!(inner.value.root(), Value::Call(_) | Value::Choice(..)));
        self.queue.extend(steps.map(|inner| (inner, is_builder)));
    }

    /// `options.max_connections(5);` and what is chained on it.
    fn statements(&mut self, file: u32, var: VarRef, own: bool) {
        let facts = self.program.facts(file);
        let on_it = |call: &&Call| matches!(&call.callee, Value::Member(base, _) if matches!(**base, Value::Var(v) if v == var));
        let starts: Vec<&Call> = facts.calls.iter().filter(on_it).collect();
        let chained = |call: &&Call| match &call.callee {
            Value::Member(base, _) => {
                matches!(**base, Value::Call(id) if starts.iter().any(|start| std::ptr::eq(*start, facts.call(id))))
            }
            _ => false,
        };
        let further = facts.calls.iter().filter(chained);
        let all = starts.iter().copied().chain(further);
        self.found.calls.extend(all.map(|call| Step { f: FnRef { file, id: call.function }, call, own }));
    }

    /// `config.pool = PoolConfig::new(5);`
    fn assigned(&mut self, file: u32, var: VarRef, is_builder: bool) {
        let program = self.program;
        let members = &program.index[file as usize].members;
        let all = members.iter().flat_map(|(name, own)| own.iter().map(move |(base, bound)| (*name, base, bound)));
        let own = all.filter(|(_, base, _)| matches!(base.root(), Value::Var(v) if *v == var));
        let field = |(name, _, bound): (&'c str, _, &crate::program::index::Bound<'c>)| {
            let at = At { f: FnRef { file, id: bound.function }, value: bound.value };
            Some(Field { name, at, span: written(program, at)?, own: is_builder })
        };
        let mut fields: Vec<Field> = own.filter_map(field).collect();
        fields.sort_by_key(|field| field.span.start);
        self.queue.extend(fields.iter().map(|field| (field.at, false)));
        self.found.fields.extend(fields);
    }
}
