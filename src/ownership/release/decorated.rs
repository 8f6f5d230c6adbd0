//! Connections that a decorator holds for as long as the function below it runs: `@transaction.atomic`.
//!
//! Knows no library by name.

use super::model::{Resource, Start, What};
use super::overlap::Wait;
use super::{Meanwhile, Overlap, Survey, overlap};
use crate::catalog::{RowKind, TypeId};
use crate::facts::walk::calls;
use crate::program::{CallRef, FnRef};

impl Survey<'_, '_, '_, '_> {
    /// What decorated functions wait for.
    pub(crate) fn decorated(&mut self) {
        let found: Vec<Overlap> = self.world.program.functions().filter_map(|f| self.waits_decorated(f)).collect();
        self.found.overlaps.extend(found);
    }

    fn waits_decorated(&self, f: FnRef) -> Option<Overlap> {
        let decorators = self.world.program.function(f).decorators.iter().map(|id| CallRef { file: f.file, id: *id });
        let (call, ty) = decorators.filter_map(|call| Some((call, self.held_by_decorator(call)?))).next()?;
        let reached = self.judged(f, call, true)?;
        let resource = Resource { what: What::Catalog(ty), start: Start::Now, acquired: true, private: false };
        let calls = calls(&self.world.program.function(f).body);
        let mut waits = calls.map(|id| CallRef { file: f.file, id }).filter_map(|at| {
            let wait = overlap::wait(self.world, at, &overlap::Search::default())?;
            resource.minds(self.world.program, wait.slow, true).then_some((at, wait))
        });
        waits.next().map(|(at, Wait { slow, by })| {
            let what = Meanwhile::Waits(slow);
            Overlap { call, resource, at, by, way: Vec::new(), what, reached, lent: true, asked: None }
        })
    }

    fn held_by_decorator(&self, call: CallRef) -> Option<TypeId> {
        let catalog = self.world.program.catalog;
        let mut rows = self.world.graph.target(call)?.rows.iter().filter(|row| row.kind == RowKind::Decorator);
        rows.find_map(|row| catalog.type_named(row.package, &catalog.decorator(*row).holds))
    }
}
