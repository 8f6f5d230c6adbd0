//! Clients for the web that log in and go on: what they hold is the state of one visit.
//!
//! The cookies of a log-in belong to the one who did it, so such a client is not for all. Words of everyday code;
//! knows no library by name.

use crate::catalog::lookup_words::words;
use crate::catalog::words::checks::LOGIN_WORDS;
use crate::facts::trail::Trail;
use crate::facts::{Call, Literal, Part, Value};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::flow::Flow;
use crate::values::sites::{Site, last_name};

/// The client posts a log-in, and is used for something else as well.
pub(crate) fn logs_in(program: &Program, site: &Site) -> bool {
    if !program.catalog.ty(site.ty).row.light {
        return false;
    }
    let operations: Vec<&Call> = Flow::of(program, site.call).operations().collect();
    let login = |call: &&Call| last_name(&call.callee) == "post" && told(program, site.function, call);
    let others = operations.iter().filter(|call| !login(call) && !call.args.is_empty()).count();
    operations.iter().any(login) && others > 0
}

/// The address of the request speaks of logging in.
fn told(program: &Program, f: FnRef, call: &Call) -> bool {
    let Some(address) = call.named("url").or_else(|| call.positional(0)) else { return false };
    speaks(program, f, &address.value, &Trail::default())
}

fn speaks(program: &Program, f: FnRef, value: &Value, trail: &Trail) -> bool {
    let Some(here) = trail.step(value) else { return false };
    match value {
        Value::Literal(Literal::Str(text)) => is_login(text),
        Value::Template(parts) => parts.iter().any(|part| match part {
            Part::Text(text) => is_login(text),
            Part::Value(value) => speaks(program, f, value, &here),
        }),
        Value::Binary(_, left, right) => [left, right].into_iter().any(|side| speaks(program, f, side, &here)),
        Value::Member(_, name) => is_login(name),
        Value::Var(var) => {
            let bound = program.bound(f.file, *var);
            is_login(&program.facts(f.file).local(*var).name)
                || bound.iter().any(|bound| speaks(program, f, bound.value, &here))
        }
        _ => false,
    }
}

fn is_login(text: &str) -> bool {
    let found = words(text);
    let pair = |a: &str, b: &str| found.windows(2).any(|two| two[0] == a && two[1] == b);
    found.iter().any(|word| LOGIN_WORDS.contains(&word.as_str())) || pair("log", "in") || pair("sign", "in")
}
