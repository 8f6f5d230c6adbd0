//! What a function puts where the running request keeps its things, `g.db`, and nothing in the project closes.
//!
//! The framework forgets the place when the request ends, and closes nothing itself. Knows no library by name.

use super::model::{Resource, What};
use super::{Leak, Path, Survey, names};
use crate::catalog::schema::Kind;
use crate::facts::walk::binds;
use crate::facts::{FnId, Language, Value};
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::eval::Ty;
use crate::values::flow::Flow;

impl Survey<'_, '_, '_, '_> {
    pub(crate) fn bound(&mut self) {
        let (program, graph) = (self.world.program, self.world.graph);
        let python = program.calls().filter(|call| program.language(call.file) == Language::Python);
        for call in python {
            let resource = graph.target(call).and_then(|target| self.bindable(call, target));
            let Some((resource, name)) = resource.and_then(|it| Some((it, kept_as(program, call)?))) else { continue };
            let f = FnRef { file: call.file, id: program.call(call).function };
            if is_ended(program, f, resource, name) {
                continue;
            }
            if let Some(reached) = self.judged(f, call, true) {
                self.found.leaks.push(Leak::of_whole(call, resource, Path::Never, reached));
            }
        }
    }

    fn bindable(&self, call: CallRef, target: &Target) -> Option<Resource> {
        let program = self.world.program;
        let resource = Resource::of(program, self.world.classes, call, target)?;
        let kind = matches!(resource.kind(program), Some(Kind::Connection | Kind::Session | Kind::Handle));
        (kind && program.call(call).function != FnId::TOP).then_some(resource)
    }
}

/// The name under which the function puts it into a place of the request.
fn kept_as<'a>(program: &Program<'a>, call: CallRef) -> Option<&'a str> {
    let f = FnRef { file: call.file, id: program.call(call).function };
    let places = binds(&program.function(f).body).filter_map(|bind| match bind.target {
        Value::Member(base, name) if is_of_request(program, f, base) => Some((name.as_str(), bind.value)),
        _ => None,
    });
    let places: Vec<(&str, &Value)> = places.collect();
    let flow = (!places.is_empty()).then(|| Flow::of(program, call))?;
    places.into_iter().find(|(_, value)| flow.is_alias(value)).map(|(name, _)| name)
}

/// A framework gives the name a meaning only while a request is served.
fn is_of_request<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> bool {
    let Ty::External(name) = program.eval(f, value) else { return false };
    program.exporters(&name).any(|(package, exported)| package.request_bound.contains(exported))
}

/// Something in the project closes what is of its type, what stands in the place, or what the function gives.
fn is_ended(program: &Program, filler: FnRef, resource: Resource, name: &str) -> bool {
    program.calls().any(|call| {
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let Value::Member(base, method) = &data.callee else { return false };
        let ours = || {
            is_same(program, f, base, resource)
                || is_given_by(program, f, base, filler)
                || ends_in(base, name)
                || touches(program, f, name)
        };
        names::releases(method) && program.class_of(call.file) != FileClass::Test && ours()
    })
}

fn is_given_by<'a>(program: &Program<'a>, f: FnRef, value: &'a Value, filler: FnRef) -> bool {
    let Value::Call(id) = program.deref(f, value) else { return false };
    program.target(CallRef { file: f.file, id: *id }).functions.contains(&filler)
}

fn is_same<'a>(program: &Program<'a>, f: FnRef, value: &'a Value, resource: Resource) -> bool {
    matches!((program.eval(f, value), resource.what), (Ty::Concept(one), What::Catalog(other)) if one == other)
}

fn ends_in(value: &Value, name: &str) -> bool {
    matches!(value, Value::Member(_, last) if last == name)
}

/// The function takes what stands in the place: `g.pop("db", None)`, `db = g.db`.
fn touches(program: &Program, f: FnRef, name: &str) -> bool {
    let told = program.calls_within(f).any(|call| call.args.iter().any(|arg| arg.value.as_str() == Some(name)));
    let vars = program.index[f.file as usize].vars.values().flatten();
    told || vars.filter(|bound| bound.function == f.id).any(|bound| ends_in(bound.value, name))
}
