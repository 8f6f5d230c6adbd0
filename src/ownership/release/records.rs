//! Statements that classes of records and repositories make by themselves, over the pool of their package's client:
//! `User.findOne(…)`, `this.users.save(…)`.
//!
//! While a transaction of that client is open each takes one connection more, unless it is told to run in it. Knows no
//! library by name.

use std::iter;

use rustc_hash::{FxHashMap, FxHashSet};

use super::model::{Records, Resource, World};
use super::runs::{is_awaited, is_returned, run_by};
use crate::catalog::PackageId;
use crate::catalog::schema::StatementRow;
use crate::facts::trail::Visited;
use crate::facts::{Call, FnId, Value, VarRef};
use crate::graph::Graph;
use crate::packages::kinds::FileClass;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::sites::last_name;

/// What product code builds. Beside the one that a framework builds stands another for the command line's sake; of those
/// that a condition builds instead of each other there is one.
#[derive(Default)]
struct Clients {
    own: Vec<CallRef>,
    framework: u32,
}

impl Clients {
    fn is_one(&self) -> bool {
        matches!((self.framework, self.own.len()), (1, _) | (0, 1))
    }
}

impl Records {
    pub fn find(program: &Program, graph: &Graph) -> Self {
        let mut clients: FxHashMap<PackageId, Clients> = FxHashMap::default();
        for call in program.calls().filter(|call| program.class_of(call.file) == FileClass::Source) {
            let built = graph.target(call).and_then(|target| target.gives).filter(|given| given.how == How::Built);
            let Some(built) = built.map(|given| program.catalog.ty(given.ty)) else { continue };
            let builds = program.catalog.type_named(built.package, &built.row.builds);
            let package = builds.map_or(built.package, |ty| program.catalog.ty(ty).package);
            if statements(program, package).next().is_some() {
                let clients = clients.entry(package).or_default();
                match builds {
                    Some(_) => clients.framework += 1,
                    None if clients.own.iter().any(|other| program.exclude(*other, call)) => {}
                    None => clients.own.push(call),
                }
            }
        }
        let alone = clients.into_iter().filter(|(_, clients)| clients.is_one()).map(|(package, _)| package);
        Self(alone.filter(|package| !goes_without_saying(program, *package)).collect())
    }

    /// Its classes of records make statements by themselves, over the one client that the project has.
    pub fn are_of(&self, package: PackageId) -> bool {
        self.0.contains(&package)
    }

    /// The call asks beside what is open and stands in the variables.
    pub fn ask_beside(
        &self,
        world: &World,
        call: CallRef,
        open: Resource,
        vars: &FxHashSet<VarRef>,
    ) -> Option<CallRef> {
        let lent = |value: &Value| matches!(value.root(), Value::Var(var) if vars.contains(var));
        self.ask_alone(world, call, open.package(world.program)?, &lent)
    }

    /// The call, or one that a function of the project behind it makes, where it is a statement that nothing leads into
    /// the transaction.
    pub fn ask_alone(
        &self,
        world: &World,
        call: CallRef,
        package: PackageId,
        lent: &dyn Fn(&Value) -> bool,
    ) -> Option<CallRef> {
        self.are_of(package).then(|| asks_alone(world, call, lent, true, &Visited::default()))?
    }
}

fn statements<'a>(program: &Program<'a>, package: PackageId) -> impl Iterator<Item = &'a StatementRow> {
    let of_types = program.catalog.types_of(package).flat_map(|row| &row.statements);
    program.catalog.package(package).bases.iter().flat_map(|row| &row.statements).chain(of_types)
}

/// The program has it that statements find the transaction by themselves.
fn goes_without_saying(program: &Program, package: PackageId) -> bool {
    let rows: Vec<&StatementRow> = statements(program, package).collect();
    let says = |name: &str| rows.iter().any(|row| row.unless_calls.iter().any(|own| own == name));
    let mut depends = rows.iter().flat_map(|row| &row.unless_depends);
    depends.any(|name| program.manifests.depends_on(name))
        || program.calls().any(|call| program.call(call).callee_name(program.facts(call.file)).is_some_and(says))
}

fn asks_alone(
    world: &World,
    call: CallRef,
    lent: &dyn Fn(&Value) -> bool,
    kept: bool,
    visited: &Visited,
) -> Option<CallRef> {
    let kept = kept && is_kept(&world.program.call(call).callee);
    let waits = is_awaited(world, call) || !visited.is_start() && is_returned(world, call);
    let chain = || iter::successors(Some(call), |call| chained_on(world, *call));
    let led = |at: CallRef| world.program.call(at).args.iter().any(|arg| arg.value.holds(&|part| lent(part)));
    let nobody = |_: &Value| false;
    if !waits || chain().any(led) {
        return None;
    }
    if chain().any(|at| is_alone(world, at)) || is_of_repository(world, call, kept) {
        return Some(call);
    }
    let mut inner = visited.enter(call).then(|| run_by(world, call))?.into_iter();
    inner.find_map(|inner| asks_alone(world, inner, &nobody, kept, visited))
}

/// The call whose result it is a method of: `Order.query()` of `Order.query().findById(1)`.
fn chained_on(world: &World, call: CallRef) -> Option<CallRef> {
    let Value::Member(base, _) = &world.program.call(call).callee else { return None };
    let Value::Call(id) = **base else { return None };
    Some(CallRef { file: call.file, id })
}

/// What it is called on is there before the transaction: a field of the object, or the module has it.
pub(crate) fn is_kept(callee: &Value) -> bool {
    match callee.root() {
        Value::This => true,
        Value::Var(var) => var.function == FnId::TOP,
        _ => false,
    }
}

/// A statement of an object of the catalogue that nothing leads into the transaction: one whose statements are told in
/// which they run has none of its own.
fn is_of_repository(world: &World, call: CallRef, kept: bool) -> bool {
    let receiver = world.graph.target(call).and_then(|target| target.receiver);
    let data = world.program.call(call);
    let name = last_name(&data.callee);
    let asks = |row: &StatementRow| {
        row.methods.iter().any(|method| method == name) && (kept || !row.within.is_empty()) && !is_told(data, row)
    };
    receiver.is_some_and(|ty| world.program.catalog.ty(ty).row.statements.iter().any(asks))
}

/// A statement of a class of records whose options are in sight and name no transaction.
fn is_alone(world: &World, call: CallRef) -> bool {
    let data = world.program.call(call);
    let Value::Member(base, name) = &data.callee else { return false };
    let f = FnRef { file: call.file, id: data.function };
    let Ty::Class(class) = world.program.eval(f, base) else { return false };
    let rows = world.program.rows_above(class).into_iter().flat_map(|row| row.statements);
    let row = rows.into_iter().find(|row| row.methods.iter().any(|method| method == name));
    row.is_some_and(|row| !is_told(data, &row))
}

/// The options name a transaction, or are not in sight.
fn is_told(data: &Call, row: &StatementRow) -> bool {
    if row.within.is_empty() {
        return false;
    }
    match data.positional(row.options).map(|arg| &arg.value) {
        None => data.args.iter().any(|arg| arg.spread),
        Some(Value::Record { entries, spreads, open }) => {
            *open || !spreads.is_empty() || entries.iter().any(|entry| entry.key == row.within)
        }
        Some(_) => true,
    }
}
