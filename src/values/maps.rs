//! Functions and classes that stand in maps: `new Map([["mail", sendMail]])`, `dict([("mail", send_mail)])`,
//! `makers.set("mail", sendMail)`.
//!
//! Whoever asks for a key gets what is kept under it, or any where the key is known at run time only. Knows no library.

use super::eval::Ty;
use super::follow::{At, behind, named};
use crate::catalog::words::values::MAP_MAKERS;
use crate::facts::trail::Trail;
use crate::facts::{Call, FnId, Value, VarRef};
use crate::program::FnRef;
use crate::values::Program;

/// What a map has under a key.
#[derive(Clone, Copy)]
struct Pair<'a> {
    f: FnRef,
    key: &'a Value,
    value: &'a Value,
}

impl<'a> Program<'a> {
    /// The function or class that a map has under the key.
    pub(crate) fn kept_in_map(&self, from: FnRef, map: &'a Value, key: &Value) -> Option<Ty<'a>> {
        let pairs = self.pairs(At { f: from, value: map });
        let wanted = key.as_str();
        let exactly = |pair: &Pair| wanted.is_some() && pair.key.as_str() == wanted;
        let known = pairs.iter().any(exactly);
        let meant: Vec<Pair> = pairs.into_iter().filter(|pair| !known || exactly(pair)).collect();
        match self.one_of(meant.iter().map(|pair| (pair.f, pair.value))) {
            Ty::OneOf(all) => all.iter().all(can_be_called).then_some(Ty::OneOf(all)),
            ty => can_be_called(&ty).then_some(ty),
        }
    }

    /// What the map is made of, and what its module puts into it.
    fn pairs(&self, mut map: At<'a>) -> Vec<Pair<'a>> {
        let (mut seen, mut home) = (Vec::new(), None);
        while matches!(map.value, Value::Var(_) | Value::Member(..)) && !seen.contains(&std::ptr::from_ref(map.value)) {
            seen.push(std::ptr::from_ref(map.value));
            if let Value::Var(var) = map.value {
                home = Some((map.f.file, *var));
            }
            let [only] = self.named_by(map)[..] else { return Vec::new() };
            map = only;
        }
        let Value::Call(id) = map.value else { return Vec::new() };
        let data = self.facts(map.f.file).call(*id);
        if !self.makes_map(map.f.file, data) {
            return Vec::new();
        }
        let listed = data.positional(0).map(|arg| self.deref(map.f, &arg.value));
        let items = if let Some(Value::List(items)) = listed { items.as_slice() } else { &[] };
        let pairs = items.iter().filter_map(|item| match item {
            Value::List(parts) => match &parts[..] {
                [key, value] => Some(Pair { f: map.f, key, value }),
                _ => None,
            },
            _ => None,
        });
        pairs.chain(home.into_iter().flat_map(|(file, var)| self.put_by_calls(file, var))).collect()
    }

    /// What a variable, or a member of a module or an object, has. Of an object only what is assigned: who makes it is
    /// looked for by evaluating calls, which ask for maps.
    fn named_by(&self, at: At<'a>) -> Vec<At<'a>> {
        let Value::Member(base, name) = at.value else { return behind(self, at) };
        match self.eval(at.f, base) {
            Ty::Module(file) => named(self, file, name, &Trail::default()),
            Ty::Instance(class) | Ty::Class(class) => {
                self.field_values(class, name).into_iter().map(|(f, value)| At { f, value }).collect()
            }
            _ => Vec::new(),
        }
    }

    fn makes_map(&self, file: u32, data: &'a Call) -> bool {
        let is_map =
            |value: &'a Value| self.value_name(file, value).is_some_and(|name| MAP_MAKERS.contains(&name.as_str()));
        match &data.callee {
            Value::Member(base, name) if name == "from" => is_map(base),
            callee => is_map(callee),
        }
    }

    /// `makers.set("mail", sendMail)` in the module of the variable.
    fn put_by_calls(&self, file: u32, var: VarRef) -> Vec<Pair<'a>> {
        if var.function != FnId::TOP {
            return Vec::new();
        }
        let pairs = self.writes_into(file, var).filter_map(|call| match &call.args[..] {
            [key, value] => Some(Pair { f: FnRef { file, id: call.function }, key: &key.value, value: &value.value }),
            _ => None,
        });
        pairs.collect()
    }
}

fn can_be_called(ty: &Ty) -> bool {
    matches!(ty, Ty::Fn(_) | Ty::Class(_))
}
