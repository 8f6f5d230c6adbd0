//! Connections that are kept, and whose transactions nobody ends: with such a library the first statement begins one.
//!
//! A service that only reads over one holds back what the server may clean up, and one that writes loses it. Said only
//! where nothing in the project ends a transaction or lets each statement end its own. Knows no library by name.

use super::Survey;
use super::model::{Resource, What};
use crate::catalog::TypeId;
use crate::catalog::words::release::{STATEMENT_RUNS, TRANSACTION_BLOCKS, TRANSACTION_ENDS, TRANSACTION_SETTINGS};
use crate::contexts::Context;
use crate::facts::walk::{binds, nodes};
use crate::facts::{FnId, Node, Value};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::sites::last_name;

/// A kept connection on which transactions begin and do not end.
#[derive(Debug, Clone)]
pub struct Implicit {
    pub call: CallRef,
    pub resource: Resource,
    /// A statement that begins one, again and again.
    pub begun: CallRef,
}

impl Survey<'_, '_, '_, '_> {
    pub(crate) fn implicit(&mut self) {
        let program = self.world.program;
        let opened: Vec<(CallRef, Resource)> = program.calls().filter_map(|call| self.begins_by_itself(call)).collect();
        if opened.is_empty() || ends_some(program) {
            return;
        }
        let found = opened.into_iter().filter_map(|(call, resource)| {
            kept_as(program, call).filter(|name| !is_entered(program, name))?;
            let begun = self.statements(call, resource).min()?;
            Some(Implicit { call, resource, begun })
        });
        let found: Vec<Implicit> = found.collect();
        self.found.implicit.extend(found);
    }

    /// It is opened once, by a library whose statements begin transactions.
    fn begins_by_itself(&self, call: CallRef) -> Option<(CallRef, Resource)> {
        let program = self.world.program;
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let target = self.world.graph.target(call).filter(|_| !program.is_test(f))?;
        let resource = Resource::of(program, self.world.classes, call, target)?;
        let What::Catalog(ty) = resource.what else { return None };
        let told = data.args.iter().any(|arg| arg.name.as_deref().is_some_and(is_told));
        let contexts = self.project.contexts.of(Point::Fn(f));
        let once = !contexts.is_empty() && contexts.iter().all(|context| !context.many && !context.trigger.repeats());
        (program.catalog.ty(ty).row.begins_by_itself && !told && !resource.acquired && once).then_some((call, resource))
    }

    /// The statements over such a connection or its cursors in the class or module that keeps it, as far as they run again
    /// and again, and for no request: one that requests share is told apart.
    fn statements(&self, opened: CallRef, resource: Resource) -> impl Iterator<Item = CallRef> {
        let program = self.world.program;
        let package = |ty: TypeId| program.catalog.ty(ty).package;
        let over_it = move |call: &CallRef| {
            let receiver = self.world.graph.target(*call).and_then(|target| target.receiver);
            let What::Catalog(ty) = resource.what else { return false };
            receiver.is_some_and(|receiver| package(receiver) == package(ty))
        };
        let class = |f: FnRef| program.class_around(f);
        let home = class(FnRef { file: opened.file, id: program.call(opened).function });
        let own = move |call: &CallRef| {
            let f = FnRef { file: call.file, id: program.call(*call).function };
            call.file == opened.file && (home.is_none() || class(f) == home)
        };
        let again = |call: &CallRef| {
            let f = FnRef { file: call.file, id: program.call(*call).function };
            let contexts = self.project.contexts.of(Point::Fn(f));
            let goes_on = |context: &Context| context.many || context.serves || context.trigger.repeats();
            let requested = |context: &Context| context.trigger == Trigger::Request;
            contexts.iter().any(goes_on) && !contexts.iter().any(requested)
        };
        let runs = |call: &CallRef| STATEMENT_RUNS.contains(&last_name(&program.call(*call).callee));
        program.calls().filter(own).filter(runs).filter(over_it).filter(again)
    }
}

/// `autocommit=True`, `conn.set_isolation_level(…)`.
fn is_told(name: &str) -> bool {
    TRANSACTION_SETTINGS.iter().any(|word| name.to_ascii_lowercase().contains(word))
}

/// Something in the project ends transactions, or says that each statement is one.
fn ends_some(program: &Program) -> bool {
    let ends = |name: &str| TRANSACTION_ENDS.contains(&name) || TRANSACTION_BLOCKS.contains(&name) || is_told(name);
    let called = program.calls().any(|call| {
        let data = program.call(call);
        ends(last_name(&data.callee)) || data.args.iter().any(|arg| arg.name.as_deref().is_some_and(is_told))
    });
    let set =
        |at: usize| program.index[at].members.keys().chain(program.index[at].fields.keys()).any(|name| is_told(name));
    called || (0..program.units.len()).any(set)
}

/// The name of the field or module variable that the connection is put into.
fn kept_as<'a>(program: &Program<'a>, call: CallRef) -> Option<&'a str> {
    let f = FnRef { file: call.file, id: program.call(call).function };
    let target = binds(&program.function(f).body).find(|bind| *bind.value == Value::Call(call.id))?.target;
    match target {
        Value::Member(base, name) if **base == Value::This => Some(name),
        Value::Var(var) if f.id == FnId::TOP => Some(&program.facts(call.file).local(*var).name),
        _ => None,
    }
}

/// A `with` over it ends its transaction.
fn is_entered(program: &Program, name: &str) -> bool {
    let entered = |node: &Node| matches!(node, Node::Scope { resource, .. } if last_name(resource) == name);
    program.functions().any(|f| nodes(&program.function(f).body).any(entered))
}
