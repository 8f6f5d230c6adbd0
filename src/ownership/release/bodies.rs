//! What the text of a function says of its parameters and of what it captures.

use crate::facts::walk::returns;
use crate::facts::{Block, Call, FnId, Function, Node, Value, hands_on};
use crate::program::FnRef;
use crate::values::Program;
use crate::values::passing::parameter_from;

/// Whoever gets into the block leaves it by an error.
pub fn only_throws(block: &Block) -> bool {
    matches!(block.last(), Some(Node::Throw { .. })) && !returns(block)
}

/// The function calls it, gives it away or keeps it, alone or as part of something.
pub fn captures(program: &Program, g: FnRef, is: &dyn Fn(&Value) -> bool) -> bool {
    let facts = program.facts(g.file);
    let is = |value: &Value| value.holds(&|part| is(part.root()));
    let mut calls = program.calls_within(g);
    let mut within = program.nested(g).into_iter();
    calls.any(|call| is(&call.callee) || call.args.iter().any(|arg| is(&arg.value)))
        || within.any(|f| hands_on(&facts.function(f).body, &mut |value| is(value)))
}

/// The local of the parameter that takes an argument.
pub fn parameter(function: &Function, call: &Call, arg: usize) -> Option<u32> {
    parameter_from(function, call, 0, arg)
}

/// `id` is `g` or stands in it.
pub fn inside(program: &Program, g: FnRef, id: FnId) -> bool {
    program.facts(g.file).is_within(g.id, id)
}
