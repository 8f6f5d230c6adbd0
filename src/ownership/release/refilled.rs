//! A place that outlives the calls which fill it: a field of an object that lasts, or a variable of the module. What
//! one call takes and puts there is lost when the next call puts another one into its stead.
//!
//! Knows no library by name and no rule.

use super::model::{Resource, What};
use super::{Leak, Path, Survey, names, unended};
use crate::body::cfg::{Cfg, Flow};
use crate::catalog::schema::Kind;
use crate::facts::walk::{Bind, Region, around_call, binds, calls, nodes};
use crate::facts::{FnId, Node, Pred, Value, VarRef, hands_on};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::passing::parameter_of;

impl<'a> Survey<'_, '_, '_, 'a> {
    /// What is put into such places again and again.
    pub(crate) fn refilled(&mut self) {
        let program = self.world.program;
        // Where values are dropped, what is put there ends the one before.
        let kept = program.calls().filter(|call| !program.semantics(call.file).drops);
        let lost: Vec<Leak> = kept.filter_map(|call| self.lost_by_next(call)).collect();
        self.found.leaks.extend(lost);
    }

    fn lost_by_next(&self, call: CallRef) -> Option<Leak> {
        let program = self.world.program;
        let f = FnRef { file: call.file, id: program.call(call).function };
        let taken = self.taken_by(call).filter(|_| f.id != FnId::TOP)?;
        let again = |f: FnRef| self.judged(f, call, taken.acquired) == Some(true) && self.repeats(f);
        let lost = |(g, place): &(FnRef, &Value)| self.outlives(*g, place) && !self.is_asked(*g, place);
        let (_, place) = self.places_of(f, call).into_iter().find(lost).filter(|_| self.always_runs(f, call))?;
        let path = match self.is_given_back(place, taken) {
            false => Path::Refilled,
            true if self.meets_others(call, taken) => Path::Overtaken,
            true => return None,
        };
        let repeats = again(f) || self.runs_for_keys(f).into_iter().any(again);
        repeats.then(|| Leak { whole: false, ..Leak::of_whole(call, taken, path, true) })
    }

    /// The places that what the call gives is put into, with the functions that do so: the one around it, or a method
    /// that is handed it.
    fn places_of(&self, f: FnRef, call: CallRef) -> Vec<(FnRef, &'a Value)> {
        let program = self.world.program;
        let targets = |f: FnRef, value: &Value| {
            let put = |bind: &Bind<'a>| bind.value == value;
            let found = binds(&program.function(f).body).filter(put).map(|bind| (f, bind.target));
            found.collect::<Vec<_>>()
        };
        let mut found = targets(f, &Value::Call(call.id));
        let kept: Vec<&'a Value> =
            found.iter().map(|(_, place)| *place).filter(|at| matches!(at, Value::Var(_))).collect();
        for name in kept {
            found.extend(targets(f, name));
            for at in calls(&program.function(f).body) {
                let data = program.facts(f.file).call(at);
                let handed = data.args.iter().position(|arg| arg.value == *name);
                let target = self.world.graph.target(CallRef { file: f.file, id: at }).filter(|target| !target.by_name);
                let (Some(handed), Some([g])) = (handed, target.map(|target| target.functions.as_slice())) else {
                    continue;
                };
                if let Some(local) = parameter_of(program, f.file, data, *g, handed) {
                    found.extend(targets(*g, &Value::Var(VarRef { function: g.id, local })));
                }
            }
        }
        found
    }

    /// Those that run the function once for each key of something: the place has no room for more than one.
    fn runs_for_keys(&self, f: FnRef) -> Vec<FnRef> {
        let program = self.world.program;
        let keyed = |region: Region| {
            region
                .condition()
                .is_some_and(|(pred, _)| matches!(pred, Pred::Has(_, key) if !matches!(key, Value::Literal(_))))
        };
        let callers = self.world.graph.targets.callers(f).iter();
        let from = callers.map(|call| (call.id, FnRef { file: call.file, id: program.call(*call).function }));
        from.filter(|(id, g)| around_call(&program.function(*g).body, *id).into_iter().any(keyed))
            .map(|(_, g)| g)
            .collect()
    }

    /// What has to be given back, and is nothing that one might as well share.
    fn taken_by(&self, call: CallRef) -> Option<Resource> {
        let program = self.world.program;
        let resource = self.opened_by(call)?;
        let alone = resource.acquired || resource.kind(program) == Some(Kind::Subscription);
        (alone && !resource.private && resource.must_end(program, program.language(call.file))).then_some(resource)
    }

    /// The place is still there when the function is called again.
    fn outlives(&self, f: FnRef, place: &Value) -> bool {
        let program = self.world.program;
        match place {
            Value::Var(var) => var.function == FnId::TOP,
            Value::Member(base, _) if **base == Value::This => {
                let class = program.class_around(f);
                let builds = |class| program.constructor(class).is_some_and(|(_, constructor)| constructor == f);
                class.is_some_and(|class| !builds(class) && self.is_lasting(class))
            }
            _ => false,
        }
    }

    /// Its objects are made when modules are loaded or the program starts, and at no other time.
    fn is_lasting(&self, class: ClassRef) -> bool {
        let contexts = self.project.contexts.of(Point::Alloc(class));
        let begins = |trigger| matches!(trigger, Trigger::Load | Trigger::Startup);
        !contexts.is_empty() && contexts.iter().all(|context| begins(context.trigger) && !context.many)
    }

    /// Whoever calls the function and sees no error has had the call run.
    fn always_runs(&self, f: FnRef, call: CallRef) -> bool {
        let cfg = self.world.program.cfg(f);
        cfg.of_call(call.id).iter().any(|node| cfg.post_dominates(*node, Cfg::ENTRY, Flow::Normal))
    }

    /// Somebody asks first whether there is anything in the place.
    fn is_asked(&self, f: FnRef, place: &Value) -> bool {
        let is_part = |value: &Value| along(value, &|value| is_same(place, value));
        nodes(&self.world.program.function(f).body)
            .any(|node| matches!(node, Node::Branch { pred, .. } if unended::mentions(pred, &is_part)))
    }

    /// What is in the place may be given back, by whatever name.
    fn is_given_back(&self, place: &Value, taken: Resource) -> bool {
        let program = self.world.program;
        let same = |value: &Value| is_same(place, value);
        let is_part = |value: &Value| along(value, &same);
        let handed_out = || program.functions().any(|f| hands_on(&program.function(f).body, &mut |value| same(value)));
        let ends = |call: CallRef| {
            let data = program.call(call);
            let here = matches!(&data.callee, Value::Member(base, _) if is_part(base))
                || data.args.iter().any(|arg| arg.value.holds(&same));
            data.callee_name(program.facts(call.file)).is_some_and(names::releases)
                && (here || self.is_on_such(call, taken) && handed_out())
        };
        program.calls().any(ends)
    }

    /// The call is of a method of such a thing.
    fn is_on_such(&self, call: CallRef, taken: Resource) -> bool {
        let receiver = self.world.graph.target(call).and_then(|target| target.receiver);
        receiver.is_some_and(|ty| taken.what == What::Catalog(ty))
    }
}

/// The value is the place, or a field of that name of whatever object.
fn is_same(place: &Value, value: &Value) -> bool {
    match (place, value) {
        (Value::Member(_, name), Value::Member(_, other)) => name == other,
        _ => value == place,
    }
}

/// The value, or what its chain of members begins with.
pub(super) fn along<'v>(value: &'v Value, is: &dyn Fn(&'v Value) -> bool) -> bool {
    is(value)
        || match value {
            Value::Member(base, _) | Value::Index(base, _) | Value::Element(base) => along(base, is),
            _ => false,
        }
}
