//! Functions that hooks hand out and that open something: effects of other files may call them.
//!
//! Looks at one file at a time, before linking. Knows no library.

use rustc_hash::FxHashSet;

use crate::facts::walk::binds;
use crate::facts::{CallId, FileFacts, FnId, LocalKind, Value, VarRef, is_hook, returned};

/// A hook with what it hands out.
#[derive(Debug, PartialEq, Eq)]
pub struct HandedOut<'f> {
    pub hook: &'f str,
    /// The names of what opens something; `None` where it is known by no name, or the hook opens something itself.
    pub names: Option<Vec<&'f str>>,
}

/// What the hooks of a file hand out. `opens` tells which calls open something.
pub fn handed_out<'f>(facts: &'f FileFacts, opens: &dyn Fn(CallId) -> bool) -> Vec<HandedOut<'f>> {
    let hooks = facts.function_ids().filter_map(|id| Some((id, facts.function(id).name.as_deref()?)));
    let hooks = hooks.filter(|(_, name)| is_hook(name));
    let calls = || (0..).map(CallId).zip(&facts.calls);
    let at_once = |hook| calls().any(|(id, call)| call.function == hook && opens(id));
    let names = |id| if at_once(id) { Some(None) } else { Opening::of(facts, id, opens).given(id) };
    hooks.filter_map(|(id, hook)| Some(HandedOut { hook, names: names(id)? })).collect()
}

/// What opens something when it is called.
struct Opening<'f> {
    facts: &'f FileFacts,
    functions: FxHashSet<FnId>,
    vars: FxHashSet<VarRef>,
}

impl<'f> Opening<'f> {
    /// In a hook.
    fn of(facts: &'f FileFacts, hook: FnId, opens: &dyn Fn(CallId) -> bool) -> Self {
        let mut opening = Self { facts, functions: FxHashSet::default(), vars: FxHashSet::default() };
        let inner: Vec<FnId> = facts.function_ids().filter(|id| facts.enclosing(*id).any(|at| at == hook)).collect();
        for (id, call) in (0..).map(CallId).zip(&facts.calls) {
            if opens(id) && inner.contains(&call.function) {
                opening.add(call.function, hook);
            }
        }
        while opening.grow(&inner, hook) {}
        opening
    }

    fn add(&mut self, function: FnId, hook: FnId) {
        self.functions.extend(self.facts.enclosing(function).take_while(|at| *at != hook));
    }

    /// Variables that are bound to it, and functions that call it; whether any is new.
    fn grow(&mut self, inner: &[FnId], hook: FnId) -> bool {
        let before = (self.functions.len(), self.vars.len());
        let bound = inner.iter().flat_map(|id| binds(&self.facts.function(*id).body));
        let vars = bound.filter_map(|bind| match bind.target {
            Value::Var(var) if self.is(bind.value) => Some(*var),
            _ => None,
        });
        let vars: Vec<VarRef> = vars.collect();
        self.vars.extend(vars);
        let calls = self.facts.calls.iter().filter(|call| inner.contains(&call.function) && self.is(&call.callee));
        let calling: Vec<FnId> = calls.map(|call| call.function).collect();
        calling.into_iter().for_each(|function| self.add(function, hook));
        before != (self.functions.len(), self.vars.len())
    }

    fn is(&self, value: &Value) -> bool {
        value.holds(&|part| match part {
            Value::Closure(id) => self.functions.contains(id),
            Value::Var(var) => match self.facts.local(*var).kind {
                LocalKind::Function(id) => self.functions.contains(&id),
                _ => self.vars.contains(var),
            },
            // Memoised.
            Value::Call(id) => self.facts.call(*id).args.iter().any(|arg| self.is(&arg.value)),
            _ => false,
        })
    }

    /// The names under which the hook returns it; `None` where it does not.
    fn given(&self, hook: FnId) -> Option<Option<Vec<&'f str>>> {
        let mut values = Vec::new();
        returned(&self.facts.function(hook).body, &mut values);
        let given: Vec<&Value> = values.into_iter().filter(|value| self.is(value)).collect();
        let names = |value: &&'f Value| match value {
            Value::Record { entries, .. } => {
                Some(entries.iter().filter(|entry| self.is(&entry.value)).map(|entry| entry.key.as_str()))
            }
            _ => None,
        };
        let named: Option<Vec<_>> = given.iter().map(names).collect();
        (!given.is_empty()).then(|| named.map(|named| named.into_iter().flatten().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::{HandedOut, handed_out};
    use crate::facts::Language;
    use crate::frontend::lower;
    use crate::source::{FileKind, SourceFile};

    fn found(text: &str) -> Vec<(String, Option<Vec<String>>)> {
        let kind = FileKind::TypeScript;
        let file = SourceFile { path: "a.ts".into(), absolute: "/a.ts".into(), kind, text: text.into() };
        let facts = lower(&file).unwrap();
        assert_eq!(facts.language, Language::Script);
        let opens = |id| facts.call(id).callee_name(&facts) == Some("open");
        let own = |names: &Vec<&str>| names.iter().map(|name| (*name).to_string()).collect();
        let told = |HandedOut { hook, names }: HandedOut| (hook.to_string(), names.as_ref().map(own));
        handed_out(&facts, &opens).into_iter().map(told).collect()
    }

    #[test]
    fn what_opens_is_known_by_the_name_under_which_it_is_returned() {
        let text = "export function useA() { const go = useCallback(() => { open(); }, []); const b = () => 1;\
                    const start = () => go(); return { start, b }; }\
                    export const useB = () => { open(); return { c: 1 }; };\
                    export const useC = () => [() => open()];\
                    export const useD = () => { useEffect(() => { open(); }); return { d: 1 }; };";
        let start = Some(vec!["start".to_string()]);
        assert_eq!(found(text), [("useA".to_string(), start), ("useB".to_string(), None), ("useC".to_string(), None)]);
    }
}
