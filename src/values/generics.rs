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
use crate::facts::{Call, FnKind, Param, ParamKind, TypeRef, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

impl<'a> Program<'a> {
    /// What the call's arguments make of its result: what a function among them gives, where the called function
    /// passes that on; functions by the names under which it was given them.
    pub(crate) fn passed_on(&self, from: FnRef, data: &'a Call, target: &Target) -> Option<Ty<'a>> {
        let back = || {
            let given = self.given_through(data, target)?;
            Some(self.eval(from, given)).filter(Ty::is_known)
        };
        self.given_on(from, data, target).or_else(back).or_else(|| self.same_names(from, data, target))
    }

    /// The argument that the called function gives back, itself or something in its place: `traced(client)`.
    pub(crate) fn given_through(&self, data: &'a Call, target: &Target) -> Option<&'a Value> {
        let [f] = target.functions[..] else { return None };
        let params = self.function(f).params.iter().filter(|param| param.kind == ParamKind::Normal);
        let (at, param) = params.enumerate().find(|(_, param)| self.gives_back(f, param, &mut vec![f]))?;
        let arg = data.positional(at).or_else(|| data.named(&param.name)).filter(|_| !target.by_name)?;
        Some(&arg.value)
    }

    /// By the written types, which are one and the same variable, or by what the body returns.
    fn gives_back(&self, f: FnRef, param: &Param, seen: &mut Vec<FnRef>) -> bool {
        let function = self.function(f);
        let generic =
            |ty: &TypeRef| ty.args.is_empty() && is_type_variable(&ty.name) && !self.eval_type(f, ty).is_known();
        let written = function.returns.as_ref().map(bare).zip(param.ty.as_ref().map(bare));
        written.is_some_and(|(whole, part)| whole == part && generic(whole))
            || self.given_by(f).into_iter().any(|value| {
                let var = VarRef { function: f.id, local: param.local };
                self.is_given_back(f, var, value, seen)
            })
    }

    fn is_given_back(&self, f: FnRef, param: VarRef, value: &'a Value, seen: &mut Vec<FnRef>) -> bool {
        match value {
            Value::Var(var) => *var == param,
            Value::Choice(values, _) => values.iter().any(|value| self.is_given_back(f, param, value, seen)),
            Value::Call(id) => {
                let data = self.facts(f.file).call(*id);
                let target = self.target(CallRef { file: f.file, id: *id });
                let inner = self.given_back(data, &target.rows).or_else(|| self.handed_through(data, &target, seen));
                inner.is_some_and(|inner| self.is_given_back(f, param, inner, seen))
            }
            _ => false,
        }
    }

    /// The same of a call within, of a function that is not being looked at.
    fn handed_through(&self, data: &'a Call, target: &Target, seen: &mut Vec<FnRef>) -> Option<&'a Value> {
        let [g] = target.functions[..] else { return None };
        if seen.contains(&g) {
            return None;
        }
        seen.push(g);
        let params = self.function(g).params.iter().filter(|param| param.kind == ParamKind::Normal);
        let (at, _) = params.enumerate().find(|(_, param)| self.gives_back(g, param, seen))?;
        Some(&data.positional(at)?.value)
    }

    /// What a component keeps of a function that runs once for it: `useMemo(() => new Room())`.
    pub(crate) fn kept_result(&self, from: FnRef, data: &'a Call, rows: &[Row]) -> Option<Ty<'a>> {
        let mut memos = rows.iter().filter(|row| row.kind == RowKind::Memo).map(|row| self.catalog.memo(*row));
        let row = memos.find(|row| matches!(row.owner, Keeper::Component | Keeper::Object))?;
        let arg = row.args.iter().find_map(|key| argument(data, key))?;
        let Ty::Fn(f) = self.eval(from, &arg.value) else { return None };
        let kept = match self.return_of(f) {
            // Who keeps it waits for it, so that nobody else runs it.
            Ty::Fn(block) if self.function(block).kind == FnKind::Block => self.return_of(block),
            kept => kept,
        };
        Some(kept).filter(Ty::is_known)
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
            Value::Choice(values, _) => values.iter().any(|value| self.calls_param(f, param, value)),
            _ => false,
        }
    }
}

/// `T`, `TClient`: a name that stands for any type.
fn is_type_variable(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_uppercase())
        && letters.next().is_none_or(|second| second.is_ascii_uppercase() || second.is_ascii_digit() || second == '_')
}

/// Without the promise around it.
pub(super) fn bare(ty: &TypeRef) -> &TypeRef {
    match (ty.name.as_str(), ty.args.as_slice()) {
        ("Promise" | "Awaited", [inner]) => bare(inner),
        _ => ty,
    }
}
