//! Functions that give back what a function among their arguments gives.
//!
//! `remember("db", () => new Client())`: by the written types, or because what the body returns was filled by a
//! call of the parameter. Knows no library by name.

use super::calls::Target;
use super::conditions::argument;
use super::eval::Ty;
use crate::catalog::schema::Owner as Keeper;
use crate::catalog::{Row, RowKind};
use crate::facts::returned;
use crate::facts::walk;
use crate::facts::{Call, Param, ParamKind, TypeRef, Value, VarRef};
use crate::program::FnRef;
use crate::values::Program;

impl<'a> Program<'a> {
    /// What the call's arguments make of its result: what a function among them gives, where the called function
    /// passes that on; functions by the names under which it was given them.
    pub(crate) fn passed_on(&self, from: FnRef, data: &'a Call, target: &Target) -> Option<Ty<'a>> {
        self.given_on(from, data, target).or_else(|| self.same_names(from, data, target))
    }

    /// What a component keeps of a function that runs once for it: `useMemo(() => new Room())`.
    pub(crate) fn kept_result(&self, from: FnRef, data: &'a Call, rows: &[Row]) -> Option<Ty<'a>> {
        let mut memos = rows.iter().filter(|row| row.kind == RowKind::Memo).map(|row| self.catalog.memo(*row));
        let row = memos.find(|row| row.owner == Keeper::Component)?;
        let arg = row.args.iter().find_map(|key| argument(data, key))?;
        match self.eval(from, &arg.value) {
            Ty::Fn(f) => Some(self.return_of(f)).filter(Ty::is_known),
            _ => None,
        }
    }

    fn given_on(&self, from: FnRef, data: &'a Call, target: &Target) -> Option<Ty<'a>> {
        let [f] = target.functions[..] else { return None };
        let params = self.function(f).params.iter().filter(|param| param.kind == ParamKind::Normal);
        let at = params.clone().position(|param| self.gives_of(f, param))?;
        match self.callable(self.eval(from, &data.positional(at)?.value)) {
            Ty::Fn(given) if given != f => Some(self.return_of(given)),
            _ => None,
        }
    }

    /// What is given nothing but a record of functions, and of which nothing else is known, gives them by the same
    /// names: `wrapHandlers({ list, show })`. A library's own ways with records are its rows'.
    fn same_names(&self, from: FnRef, data: &'a Call, target: &Target) -> Option<Ty<'a>> {
        let [arg] = &data.args[..] else { return None };
        let Value::Record { entries, spreads, .. } = &arg.value else { return None };
        let told = target.functions.iter().any(|f| self.return_of(*f).is_known());
        let own = !told && (!target.functions.is_empty() || !self.callee(from, data).is_known());
        let is_function = |value: &Value| matches!(value, Value::Closure(_));
        let all = spreads.is_empty() && !entries.is_empty() && entries.iter().all(|entry| is_function(&entry.value));
        (all && own && target.rows.is_empty() && self.semantics(from.file).open_objects)
            .then_some(Ty::Record(from, &arg.value))
    }

    fn gives_of(&self, f: FnRef, param: &Param) -> bool {
        let function = self.function(f);
        let written = || {
            Some((bare(function.returns.as_ref()?), bare(param.ty.as_ref().filter(|ty| ty.name == "fn")?.args.last()?)))
        };
        if let Some((whole, part)) = written() {
            return whole.args.is_empty() && !whole.name.is_empty() && whole == part;
        }
        let called = |value: &Value| self.calls_param(f, VarRef { function: f.id, local: param.local }, value);
        let mut filled = Vec::new();
        walk::binds(&function.body).for_each(|walk::Bind { target, value, .. }| {
            if called(value) {
                filled.push(target);
            }
        });
        let mut values = Vec::new();
        returned(&function.body, &mut values);
        values.into_iter().any(|value| called(value) || filled.contains(&value))
    }

    fn calls_param(&self, f: FnRef, param: VarRef, value: &Value) -> bool {
        match value {
            Value::Call(id) => self.facts(f.file).call(*id).callee == Value::Var(param),
            Value::Choice(values) => values.iter().any(|value| self.calls_param(f, param, value)),
            _ => false,
        }
    }
}

/// Without the promise around it.
fn bare(ty: &TypeRef) -> &TypeRef {
    match (ty.name.as_str(), ty.args.as_slice()) {
        ("Promise" | "Awaited", [inner]) => bare(inner),
        _ => ty,
    }
}
