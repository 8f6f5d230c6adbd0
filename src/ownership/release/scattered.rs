//! Transactions that are begun on a pool: each statement may run over another connection of it.
//!
//! The one that ran `BEGIN` goes back with the transaction open. Also where a function of the project hands the statement
//! on: `db.query("BEGIN")`. Knows no library by name.

use super::Survey;
use super::unended::last_of_transaction;
use crate::catalog::TypeId;
use crate::catalog::schema::{Role, TransactionRow};
use crate::facts::trail::Visited;
use crate::facts::{ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;

/// A statement that begins a transaction wherever the pool likes.
#[derive(Debug, Clone)]
pub struct Scattered {
    pub begun: CallRef,
    pub pool: TypeId,
    /// The call that runs it, in a function that it is handed to.
    pub run: Option<CallRef>,
}

impl Survey<'_, '_, '_, '_> {
    pub(crate) fn scattered(&mut self) {
        let world = self.world;
        let begins = |call: &CallRef| last_of_transaction(world.program.call(*call)) == Some(true);
        // What the program does once, with nobody beside it, gets the same connection each time.
        let beside = |call: &CallRef| {
            let f = FnRef { file: call.file, id: world.program.call(*call).function };
            !world.program.is_test(f) && !self.runs_once(f)
        };
        let found = world.program.calls().filter(begins).filter(beside).filter_map(|begun| {
            let (run, pool) = self.runs_on_pool(begun, &Visited::default())?;
            Some(Scattered { begun, pool, run: (run != begun).then_some(run) })
        });
        let found: Vec<Scattered> = found.collect();
        self.found.scattered.extend(found);
    }

    /// The call that runs the first argument of this one as a statement of a pool, and the pool.
    fn runs_on_pool(&self, call: CallRef, visited: &Visited) -> Option<(CallRef, TypeId)> {
        let program = self.world.program;
        let target = self.world.graph.target(call).filter(|_| visited.enter(call))?;
        let data = program.call(call);
        if let (Some(pool), Value::Member(_, name)) = (target.receiver, &data.callee) {
            let runs = transaction_row(program, pool).is_some_and(|row| row.statements.contains(name));
            return runs.then_some((call, pool));
        }
        let ([g], false) = (target.functions.as_slice(), target.by_name) else { return None };
        let mut params = program.function(*g).params.iter().filter(|param| param.kind != ParamKind::Receiver);
        let text = Value::Var(VarRef { function: g.id, local: params.next()?.local });
        let handed = |inner: &CallRef| program.call(*inner).args.first().is_some_and(|arg| arg.value == text);
        let inner = program.ids_within(*g).into_iter().map(|id| CallRef { file: g.file, id });
        inner.filter(handed).find_map(|inner| self.runs_on_pool(inner, visited))
    }
}

/// How the connections that the pool gives begin and end transactions, where it gives them back as they are.
fn transaction_row<'p>(program: &Program<'p>, pool: TypeId) -> Option<&'p TransactionRow> {
    let info = program.catalog.ty(pool);
    let acquires = info.row.methods.iter().filter(|method| method.role == Role::Acquire);
    let mut given = acquires.filter_map(|method| program.catalog.type_named(info.package, &method.gives));
    given.find_map(|ty| program.catalog.ty(ty).row.transaction.as_ref())
}
