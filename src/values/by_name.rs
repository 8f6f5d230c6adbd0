//! Methods found by their name alone.
//!
//! Knows what the languages' own types call their methods, no library.

use super::calls::Target;
use super::eval::Ty;
use crate::catalog::schema::Kind;
use crate::catalog::words::values::COMMON_METHODS;
use crate::facts::trail::Trail;
use crate::facts::{Call, Function, Param, ParamKind, Value};
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

/// Anything may have something of the name.
pub(crate) fn is_common(name: &str) -> bool {
    COMMON_METHODS.contains(&name)
}

impl<'a> Program<'a> {
    /// The last resort for a method of an unknown receiver: the few project methods of that name in the
    /// same package. Such an edge is weak.
    pub(crate) fn add_by_name(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>, target: &mut Target) {
        let Value::Member(base, name) = &data.callee else { return };
        let outside = matches!(callee, Ty::External(_) | Ty::Method(..));
        if outside || !matches!(callee, Ty::Unknown) || is_common(name) || name.len() < 4 {
            return;
        }
        if !matches!(base.root(), Value::Var(_) | Value::This | Value::Call(_))
            || self.is_answer(from, base, &Trail::default())
        {
            return;
        }
        let Some(found) = self.methods_by_name.get(name.as_str()) else { return };
        let here = (self.language(from.file), self.package_folder(from.file));
        let on_class = self.value_name(from.file, base).is_some_and(|name| name.starts_with(char::is_uppercase));
        let same = |f: &&FnRef| {
            (self.language(f.file), self.package_folder(f.file)) == here
                && !self.function(**f).body.is_empty()
                && self.takes_receiver(**f)
                && (on_class || self.takes(**f, data))
                && (on_class || !self.function(**f).flags.is_static)
        };
        let found: Vec<FnRef> = found.iter().filter(same).take(4).copied().collect();
        if (1..=3).contains(&found.len()) {
            target.functions = self.of_like_name(from.file, base, found).into();
            target.by_name = true;
        }
    }

    /// What a method of a client for something far away gave, or a part of it: that is never of a class of the project.
    fn is_answer(&self, from: FnRef, value: &'a Value, trail: &Trail) -> bool {
        let Some(here) = trail.step(value) else { return false };
        let next = |value| self.is_answer(from, value, &here);
        match value {
            Value::Var(var) => match self.bound(from.file, *var) {
                [only] => next(only.value),
                _ => false,
            },
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => next(base),
            Value::Call(id) => match &self.facts(from.file).call(*id).callee {
                Value::Member(base, _) => self.is_remote(from, base) || next(base),
                _ => false,
            },
            _ => false,
        }
    }

    fn is_remote(&self, from: FnRef, value: &'a Value) -> bool {
        let far = |kind: Kind| matches!(kind, Kind::HttpClient | Kind::Wrapper);
        matches!(self.eval(from, value), Ty::Concept(ty) if far(self.catalog.ty(ty).row.kind))
    }

    /// A function without `self` is never called on a value. Only Rust tells, where types and values alike are paths.
    fn takes_receiver(&self, f: FnRef) -> bool {
        let params = &self.function(f).params;
        !self.semantics(f.file).receivers || params.iter().any(|param| param.kind == ParamKind::Receiver)
    }

    /// The call gives all parameters that have no default, and names none that the function does not have. A decorator
    /// may give some itself.
    fn takes(&self, f: FnRef, data: &Call) -> bool {
        let function = self.function(f);
        if self.semantics(f.file).lax_calls || !function.decorators.is_empty() || data.args.iter().any(|arg| arg.spread)
        {
            return true;
        }
        let needs = |param: &&Param| param.kind == ParamKind::Normal && param.default.is_none();
        let has = |name: &str| {
            let fits = |param: &Param| param.kind == ParamKind::KeywordRest || param.name == name;
            function.params.iter().any(fits)
        };
        function.params.iter().filter(needs).count() <= data.args.len()
            && data.args.iter().filter_map(|arg| arg.name.as_deref()).all(has)
    }

    /// The methods that a call of a protocol's method may run: those of classes that have all of its methods with
    /// the same parameters and results, and need not name it as a base.
    pub(crate) fn fitting(&self, protocol: ClassRef, name: &str) -> Vec<FnRef> {
        if !self.is_protocol(protocol) {
            return Vec::new();
        }
        let wanted = self.own_methods(protocol);
        let has = |class: ClassRef, f: &FnRef| {
            let name = self.function(*f).name.as_deref().unwrap_or_default();
            self.find_method(class, name).is_some_and(|own| self.is_of_one_shape(*f, own))
        };
        let fits = |f: &&FnRef| {
            let class = self.class_around(**f).filter(|class| *class != protocol && !self.is_protocol(*class));
            self.semantics(f.file).structural
                && class.is_some_and(|class| wanted.iter().all(|method| has(class, method)))
        };
        self.methods_by_name.get(name).into_iter().flatten().filter(fits).copied().collect()
    }

    /// The same parameters, and where both write what they give, the same.
    fn is_of_one_shape(&self, one: FnRef, other: FnRef) -> bool {
        let (one, other) = (self.function(one), self.function(other));
        let names = |f: &'a Function| f.params.iter().map(|param| param.name.as_str());
        names(one).eq(names(other))
            && (one.returns.is_none() || other.returns.is_none() || one.returns == other.returns)
    }

    pub(super) fn is_protocol(&self, class: ClassRef) -> bool {
        let bases = &self.class(class).bases;
        self.semantics(class.file).structural
            && bases.iter().any(|base| self.value_name(class.file, base).as_deref() == Some("Protocol"))
    }

    /// Those of classes that are called like the receiver (`userevents`, `UserEventBuilder`), where some are.
    fn of_like_name(&self, file: u32, receiver: &'a Value, found: Vec<FnRef>) -> Vec<FnRef> {
        let joined = |name: &str| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
        let name = self.value_name(file, receiver).map(|name| joined(&name)).unwrap_or_default();
        let stem = name.trim_end_matches('s');
        let is_like = |f: &FnRef| {
            let class = self.class_around(*f).map(|class| joined(&self.class(class).name)).unwrap_or_default();
            stem.len() >= 4 && class.contains(stem)
        };
        let like: Vec<FnRef> = found.iter().copied().filter(is_like).collect();
        if like.is_empty() { found } else { like }
    }
}
