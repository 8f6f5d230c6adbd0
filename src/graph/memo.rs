//! Edges of what a memoiser is given: it runs as often as the cell's owner lives.
//!
//! Knows no library by name.

use super::{Builder, Edge, Point, Spot};
use crate::catalog::schema;
use crate::catalog::schema::Run;
use crate::catalog::{Row, RowKind};
use crate::facts::trail::Trail;
use crate::facts::{Arg, Arm, FnId, Pattern, Span, Value};
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::handover::chosen;
use crate::values::places::Owner;
use crate::values::sites::last_name;

impl<'a> Builder<'_, 'a> {
    pub(crate) fn memoised(&mut self, f: FnRef, call: CallRef, row: Row, spot: &Spot<'a>) {
        let memo = self.program.catalog.memo(row);
        let data = self.program.call(call);
        let args: Vec<&Arg> = chosen(data, &memo.args);
        for function in self.functions_in(f, &args, false) {
            match memo.owner {
                schema::Owner::Process => self.keep(f, function, data.span),
                schema::Owner::Component => self.root(f, function, Trigger::Mount, data.span, "memo"),
                schema::Owner::Request => self.edge(f, Point::Fn(function), data.span, Run::Inline, false, spot),
                schema::Owner::Object => self.kept_in_cell(f, function, call),
            }
        }
    }

    /// The cell that the method is called on decides: it may live as long as the process, or as an object. What a class
    /// declares of a field runs for each of its objects.
    fn kept_in_cell(&mut self, f: FnRef, function: FnRef, call: CallRef) {
        let data = self.program.call(call);
        let owner = match &data.callee {
            Value::Member(receiver, _) => self.program.owner_of(f, receiver),
            _ => None,
        };
        let class = match owner {
            Some(Owner::Process) => return self.keep(f, function, data.span),
            Some(Owner::Object(class)) => Some(class),
            _ => self.program.class_around(f).or_else(|| self.declaring(call)),
        };
        let from = class.map_or(Point::Fn(f), Point::Alloc);
        let place = self.place(f, data.span);
        self.graph.add(from, Edge::new(Point::Fn(function), place, Run::Once));
    }

    /// The class of which the call is the value of a field.
    fn declaring(&self, call: CallRef) -> Option<ClassRef> {
        let declares = |class: &ClassRef| {
            let mut values = self.program.class(*class).fields.iter().filter_map(|field| field.value.as_ref());
            values.any(|value| *value == Value::Call(call.id))
        };
        self.program.classes_of(call.file..call.file + 1).find(declares)
    }

    pub(crate) fn keep(&mut self, f: FnRef, function: FnRef, span: Span) {
        self.keep_at(Point::Fn(FnRef { file: f.file, id: FnId::TOP }), f, function, span);
    }

    /// The class keeps the one object that is a client itself.
    pub(crate) fn keep_site(&mut self, f: FnRef, site: u32, span: Span) {
        let top = Point::Fn(FnRef { file: f.file, id: FnId::TOP });
        self.graph.add(top, Edge::new(Point::Site(site), self.place(f, span), Run::Once));
    }

    /// The function runs once for each of what the point makes.
    pub(crate) fn keep_at(&mut self, keeper: Point, f: FnRef, function: FnRef, span: Span) {
        self.graph.kept.push(function);
        let edge = Edge::new(Point::Fn(function), self.place(f, span), Run::Once);
        self.graph.add(keeper, edge);
    }
}

/// `cache.get_with(key, async { … })`: the block is no part of the function that it stands in.
pub(crate) fn kept_blocks(program: &Program, call: CallRef, target: &Target) -> Vec<FnRef> {
    let Some(row) = target.rows.iter().find(|row| row.kind == RowKind::Memo) else { return Vec::new() };
    let data = program.call(call);
    let f = FnRef { file: call.file, id: data.function };
    let args = chosen(data, &program.catalog.memo(*row).args);
    args.into_iter().filter_map(|arg| block_behind(program, f, &arg.value, &Trail::default())).collect()
}

/// The block itself, or what a variable holds of it: `let init = Box::pin(async { … })`.
fn block_behind<'a>(program: &Program<'a>, f: FnRef, value: &'a Value, trail: &Trail) -> Option<FnRef> {
    match program.deref(f, value) {
        Value::Closure(id) => Some(FnRef { file: f.file, id: *id }),
        Value::Call(id) => {
            let data = program.facts(f.file).call(*id);
            let is_pinned = last_name(&data.callee).rsplit('.').next() == Some("pin");
            let pinned = data.args.first().filter(|_| is_pinned)?;
            block_behind(program, f, &pinned.value, &trail.step(value)?)
        }
        _ => None,
    }
}

/// The arm of an entry that has no value yet.
pub(crate) fn is_vacant(arm: &Arm) -> bool {
    matches!(&arm.pattern, Pattern::Name(name) if name.rsplit('.').next() == Some("Vacant"))
}
