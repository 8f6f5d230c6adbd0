//! Whether a function opens what it builds by a method that fails where that is open already.
//!
//! One that is shared would be opened by each call. The rows say which methods do nothing on an open one. Names no
//! library.

use crate::catalog::schema::Role;
use crate::catalog::words::effects::OBJECT_STARTS;
use crate::checks::Project;
use crate::facts::Value;
use crate::values::flow::Flow;
use crate::values::sites::{Site, info};

pub(super) fn is_opened_once(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let again = &info(program, site).row.opens_again;
    let opens = |name: &str| {
        let method = program.catalog.method(site.ty, name);
        let own = method.is_none_or(|method| matches!(method.role, Role::Same | Role::Use));
        own && OBJECT_STARTS.contains(&name) && !again.iter().any(|other| other == name)
    };
    let calls = program.calls_within(site.function).filter(|call| call.awaited);
    let openers = calls.filter_map(|call| match &call.callee {
        Value::Member(base, name) if opens(name) => Some(&**base),
        _ => None,
    });
    let openers: Vec<&Value> = openers.collect();
    // Where a value goes is dear to know.
    if openers.is_empty() {
        return false;
    }
    let flow = Flow::of(program, site.call);
    openers.into_iter().any(|base| flow.is_alias(base))
}
