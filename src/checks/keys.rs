//! Clients that are nothing but keys: of a library's own table of pools, which has one for each address.
//!
//! Who only asks by it never connects it. Knows no library by name.

use rustc_hash::FxHashSet;

use crate::facts::{FnId, Value, walk};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::flow::{Flow, mentions};
use crate::values::sites::Site;

/// All that is done with the client is to look something up by it.
pub fn is_key(program: &Program, site: &Site) -> bool {
    let flow = Flow::of(program, site.call);
    let fields = flow.fields_kept_in();
    let class = program.class_around(site.function).filter(|_| !fields.is_empty());
    let methods = class.map(|class| program.own_methods(class)).unwrap_or_default();
    let around: FxHashSet<FnRef> = methods.into_iter().chain([site.function]).collect();
    let kept = |value: &Value| match value {
        Value::Member(base, name) => **base == Value::This && fields.contains(name.as_str()),
        value => flow.is_alias(value),
    };
    let (mut uses, mut keys) = (0, 0);
    for f in around.into_iter().flat_map(|f| program.nested(f).into_iter().map(move |id: FnId| FnRef { id, ..f })) {
        for value in values(program, f) {
            mentions(program, f.file, value, &mut |value| {
                uses += usize::from(kept(value));
                keys += usize::from(matches!(value, Value::Index(_, key) if kept(key)));
                false
            });
        }
    }
    keys > 0 && keys == uses
}

/// What the calls and returns of a function read; names that are given to things are no use of them.
fn values<'a>(program: &Program<'a>, f: FnRef) -> Vec<&'a Value> {
    let facts = program.facts(f.file);
    let body = &facts.function(f.id).body;
    let calls = facts.calls.iter().filter(|call| call.function == f.id);
    let read = calls.flat_map(|call| call.args.iter().map(|arg| &arg.value).chain([&call.callee]));
    let mut given = Vec::new();
    crate::facts::returned(body, &mut given);
    let bound = walk::binds(body).map(|bind| bind.value).filter(|value| matches!(value, Value::Index(..)));
    read.chain(given).chain(bound).collect()
}
