//! Where the requests of a client go that is told no address itself: what they are given says so.
//!
//! Requests of the function that makes it, and of functions of the project that are handed it. Knows no library.

use super::is_identity;
use crate::catalog::words::checks::{HTTP_METHODS, PREPARED_REQUESTS};
use crate::checks::Project;
use crate::facts::{Call, FileFacts, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::flow::Flow;
use crate::values::passing;
use crate::values::sites::Site;

/// A client that costs nothing by itself and is told no address goes where its requests go.
pub(crate) fn targets<'a>(project: &Project<'a>, site: &Site) -> Vec<&'a Value> {
    let program = &project.program;
    let told = program.call(site.call).args.iter().any(is_identity);
    if told || !program.catalog.ty(site.ty).row.light {
        return Vec::new();
    }
    let flow = Flow::of(program, site.call);
    let own = flow.operations().filter_map(|call| address(call, program.facts(site.call.file)));
    let lent = lent(project, site, &flow);
    own.chain(lent.iter().flat_map(|lent| lent.addresses(&flow))).collect()
}

/// Where a request of an HTTP client goes.
pub fn address<'c>(call: &'c Call, file: &FileFacts) -> Option<&'c Value> {
    let at = match call.callee_name(file).unwrap_or_default() {
        "request" | "stream" => 1,
        name if prepares(name) => 1,
        "send" => 0,
        verb if HTTP_METHODS.contains(&verb) => 0,
        _ => return None,
    };
    call.named("url").or_else(|| call.positional(at)).map(|arg| &arg.value)
}

/// The call makes a request that is sent later: `Request("POST", url)`.
pub(crate) fn prepares(name: &str) -> bool {
    PREPARED_REQUESTS.contains(&name)
}

/// A call that hands the client to one function of the project.
struct Lent<'p, 'a> {
    program: &'p Program<'a>,
    call: CallRef,
    helper: FnRef,
}

fn lent<'p, 'a>(project: &'p Project<'a>, site: &Site, flow: &Flow<'_, 'a>) -> Vec<Lent<'p, 'a>> {
    let program = &project.program;
    let calls = program.ids_within(site.function).into_iter().map(|id| CallRef { file: site.call.file, id });
    let hands = |call: &CallRef| program.call(*call).args.iter().any(|arg| flow.is_alias(&arg.value));
    let helper = |call| match project.graph.target(call)?.functions.as_slice() {
        [helper] => Some(Lent { program, call, helper: *helper }),
        _ => None,
    };
    calls.filter(hands).filter_map(helper).collect()
}

impl<'a> Lent<'_, 'a> {
    /// The addresses that the call gives for the requests which the function sends over the client.
    fn addresses(&self, flow: &Flow<'_, 'a>) -> Vec<&'a Value> {
        let facts = self.program.facts(self.helper.file);
        let over_it = |call: &&Call| match &call.callee {
            Value::Member(base, _) => self.given(base).is_some_and(|value| flow.is_alias(value)),
            _ => false,
        };
        let sent = self.program.calls_within(self.helper).filter(over_it);
        sent.filter_map(|call| self.given(address(call, facts)?)).collect()
    }

    /// What the call gives for a parameter of the function.
    fn given(&self, value: &Value) -> Option<&'a Value> {
        let Value::Var(var) = value else { return None };
        passing::passed_for(self.program, self.call, self.helper, *var)
    }
}
