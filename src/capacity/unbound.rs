//! Clients that open nothing before they are given to an application, or told to, and that nothing is done with: an
//! extension's object that is only a base for models, a data source for the command line.
//!
//! Unknown means that it may be given. Knows no library.

use crate::catalog::schema::ArgKey;
use crate::contexts::linked::Linked;
use crate::facts::Value;
use crate::program::{CallRef, FnRef};
use crate::servers::callers::arguments;
use crate::values::eval::Ty;
use crate::values::follow::{At, behind};
use crate::values::sites::{Site, info};

/// No application is ever given to it.
pub fn is_unbound(project: &Linked, site: &Site) -> bool {
    let program = &project.program;
    let Some(row) = &info(program, site).row.bound_by else { return false };
    let data = program.call(site.call);
    let given = |key: &ArgKey| match key {
        ArgKey::Position(at) => data.positional(*at).is_some(),
        ArgKey::Name(name) => data.named(name).is_some(),
    };
    let spread = data.args.iter().any(|arg| arg.spread);
    if spread || row.args.iter().any(given) {
        return false;
    }
    !is_called(project, site, &row.methods)
}

/// One of the methods is called on what may be the client.
pub fn is_called(project: &Linked, site: &Site, methods: &[String]) -> bool {
    let program = &project.program;
    program.calls().any(|call| {
        let data = program.call(call);
        let f = FnRef { file: call.file, id: data.function };
        let on = match &data.callee {
            Value::Member(base, name) if methods.contains(name) => At { f, value: base },
            _ => return false,
        };
        let other = match program.eval(f, on.value) {
            Ty::Concept(ty) => ty != site.ty,
            Ty::External(external) => !program.symbols(&external).is_empty(),
            _ => false,
        };
        !other && program.language(call.file) == program.language(site.call.file) && may_be(project, on, site)
    })
}

/// The value may be what the site makes: it is followed to all that it comes from.
fn may_be<'a>(project: &Linked<'a>, at: At<'a>, site: &Site) -> bool {
    let mut seen = Vec::new();
    let mut queue = vec![at];
    while let Some(at) = queue.pop() {
        let here = std::ptr::from_ref(at.value);
        if seen.contains(&here) {
            continue;
        }
        seen.push(here);
        match at.value {
            Value::Call(id) if (CallRef { file: at.f.file, id: *id }) == site.call => return true,
            Value::Call(id) if is_site(project, CallRef { file: at.f.file, id: *id }) => {}
            _ => {
                let inner: Vec<At> = behind(&project.program, at).into_iter().chain(arguments(project, at)).collect();
                if inner.is_empty() {
                    return true;
                }
                queue.extend(inner);
            }
        }
    }
    false
}

fn is_site(project: &Linked, call: CallRef) -> bool {
    project.graph.site(call).is_some()
}
