//! Releases that only an answer brings: an interval that ends itself when a server says so goes on until then.
//!
//! Knows no library.

use super::model::Event;
use super::waits::comes_after_wait;
use super::{Effects, Open};
use crate::catalog::schema::Kind;
use crate::facts::Node;
use crate::facts::walk::around_call;

/// It stands in what the timer itself runs, after a wait and under a condition.
pub(crate) fn is_brought<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, event: &Event<'a>) -> bool {
    let Some(call) = event.call.filter(|_| open.opener.kind == Kind::Timer && !open.opener.pedantic) else {
        return false;
    };
    let around = around_call(&effects.program.function(event.from).body, call.id);
    let tested = around.iter().any(|region| matches!(region.node, Node::Branch { .. }));
    let own = effects.given_functions(open.call, &[]).into_iter().any(|f| effects.within(f, event.from));
    own && tested && comes_after_wait(effects, call)
}
