//! What a framework makes of each request for the parameters of a handler, which has it until it is done:
//! `impl FromRequestParts for Work` around a transaction.
//!
//! Pairs the structs with the parameters that are given them. Knows no library by name.

use rustc_hash::{FxHashMap, FxHashSet};

use super::guards;
use super::model::{Resource, World};
use crate::facts::{Span, VarRef};
use crate::graph::{Graph, Point};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::eval::Ty;

/// A parameter that is given what an extractor takes out of a pool.
pub struct Extracted {
    pub f: FnRef,
    pub parameter: VarRef,
    /// Where the parameter stands.
    pub span: Span,
    pub extractor: Extractor,
}

#[derive(Clone, Copy)]
pub struct Extractor {
    pub method: FnRef,
    /// The call that takes the connection.
    pub call: CallRef,
    pub resource: Resource,
}

/// The parameters of functions that a framework runs, not of those that they hand theirs to.
pub fn received(world: &World) -> Vec<Extracted> {
    let extractors = extractors(world.program, world.graph);
    let mut seen = FxHashSet::default();
    let roots = world.graph.roots.iter().filter(|_| !extractors.is_empty());
    let run = roots.filter_map(|root| if let Point::Fn(f) = root.to { Some(f) } else { None });
    run.filter(|f| seen.insert(*f)).flat_map(|f| given_to(world.program, f, &extractors)).collect()
}

fn given_to(program: &Program, f: FnRef, extractors: &FxHashMap<ClassRef, Extractor>) -> Vec<Extracted> {
    let params = program.function(f).params.iter().filter_map(|param| {
        let Ty::Instance(class) = program.eval_type(f, param.ty.as_ref()?) else { return None };
        let parameter = VarRef { function: f.id, local: param.local };
        Some(Extracted { f, parameter, span: param.span, extractor: *extractors.get(&class)? })
    });
    params.collect()
}

/// The structs around a connection that a method makes which the framework runs for whoever asks for one.
fn extractors(program: &Program, graph: &Graph) -> FxHashMap<ClassRef, Extractor> {
    let mut found = FxHashMap::default();
    for part in program.classes() {
        let owner = program.impl_of.get(&part).copied().unwrap_or(part);
        if program.class(part).implements.is_empty() || !guards::is_around(program, owner) {
            continue;
        }
        let rows = program.rows_above(part);
        let names: Vec<&String> = rows.iter().filter(|row| row.lends).flat_map(|row| &row.methods).collect();
        let methods = program.class(part).methods.iter().map(|id| FnRef { file: part.file, id: *id });
        let named = |f: &FnRef| program.function(*f).name.as_ref().is_some_and(|name| names.contains(&name));
        let made = methods.filter(named).find_map(|method| made_by(program, graph, method, owner));
        found.extend(made.map(|extractor| (owner, extractor)));
    }
    found
}

/// The object of the class that the method makes, around what it takes out of a pool for it.
fn made_by(program: &Program, graph: &Graph, method: FnRef, owner: ClassRef) -> Option<Extractor> {
    let calls = program.ids_within(method).into_iter().map(|id| CallRef { file: method.file, id });
    let mut made = calls.filter(|call| program.call_result(*call) == Ty::Instance(owner));
    let call = made.find_map(|call| guards::taken_for(program, graph, call))?;
    Some(Extractor { method, call, resource: guards::resource(owner) })
}
