//! Clients that a library keeps for the whole process, and what closes them while requests are served:
//! `connect()` that gives the same one to all, `disconnect()` that takes it from all.
//!
//! Knows no library by name.

use super::Shared;
use super::closing::Closed;
use crate::checks::Project;
use crate::contexts::Context;
use crate::facts::{CallKind, FnId};
use crate::graph::Point;
use crate::graph::trigger::Trigger;
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::eval::Ty;
use crate::values::sites::info;
use crate::values::sites::is_product;
use crate::values::sites::{Site, last_name};

/// What the libraries keep, each by a call that asks for it.
pub fn kept<'s>(project: &'s Project) -> Vec<Shared<'s>> {
    let program = &project.program;
    let wanted =
        |site: &&Site| site.how == How::Memoised && info(program, site).owns && is_product(program, site.function);
    project.graph.sites.iter().filter(wanted).map(shared).collect()
}

fn shared(site: &Site) -> Shared<'_> {
    Shared { site, trigger: Trigger::Load, home: site.function.file, chain: Vec::new() }
}

/// Functions of the library itself that close what it keeps, on the path of a request.
pub fn closed<'s>(project: &'s Project) -> Vec<Closed<'s>> {
    let program = &project.program;
    let closable = |shared: &Shared| !info(program, shared.site).row.release_functions.is_empty();
    let kept: Vec<Shared> = kept(project).into_iter().filter(closable).collect();
    if kept.is_empty() {
        return Vec::new();
    }
    program.calls().filter_map(|call| closed_by(project, &kept, call)).collect()
}

fn closed_by<'s>(project: &'s Project, kept: &[Shared<'s>], call: CallRef) -> Option<Closed<'s>> {
    let (program, data) = (&project.program, project.program.call(call));
    let function = FnRef { file: call.file, id: data.function };
    let ends = |shared: &&Shared| {
        let functions = &info(program, shared.site).row.release_functions;
        functions.iter().any(|end| end.rsplit('.').next() == Some(last_name(&data.callee)))
    };
    if data.kind != CallKind::Call || !is_product(program, function) || !kept.iter().any(|shared| ends(&shared)) {
        return None;
    }
    let Ty::External(external) = program.eval(function, &data.callee) else { return None };
    let symbols = program.symbols(&external);
    let shared = kept.iter().find(|shared| {
        let info = info(program, shared.site);
        symbols.iter().any(|(package, symbol)| *package == info.package && info.row.release_functions.contains(symbol))
    })?;
    if is_renewal(project, shared, function, call) {
        return None;
    }
    let at = asked_by_request(project, function)?;
    let trigger = project.contexts.of(Point::Fn(function))[at].trigger;
    let chain = project.contexts.chain(Point::Fn(function), at);
    Some(Closed { span: data.span, call: Some(call), function, shared: shared.clone(), trigger, chain })
}

/// The function connects anew after it.
fn is_renewal(project: &Project, shared: &Shared, f: FnRef, call: CallRef) -> bool {
    let after = |site: &Site| project.program.call(site.call).span.start > project.program.call(call).span.start;
    project.graph.sites.iter().any(|site| site.ty == shared.site.ty && site.function == f && after(site))
}

fn asked_by_request(project: &Project, f: FnRef) -> Option<usize> {
    let asked = |context: &Context| matches!(context.trigger, Trigger::Request | Trigger::Message) && !context.weak;
    (f.id != FnId::TOP).then(|| project.contexts.position(Point::Fn(f), asked)).flatten()
}
