//! Elements that a component asks the page for by an id that stands in its own template: they go with it.
//!
//! Knows no library and no framework.

use super::Effects;
use super::lifespan::home_of;
use super::model::Owner;
use crate::catalog::words::effects::FINDERS;
use crate::facts::{CallKind, Value};
use crate::program::templates::ids_of;
use crate::program::{CallRef, FnRef};
use crate::values::sites::last_name;

/// `document.getElementById("list")`, where the component itself renders `<ul id="list">`.
pub(crate) fn is_of_template<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, file: u32, receiver: &'a Value) -> bool {
    let program = effects.program;
    let Value::Call(found) = program.deref(crate::values::calls::top(file), receiver) else { return false };
    let data = program.facts(file).call(*found);
    let finds = FINDERS.contains(&last_name(&data.callee)) && matches!(data.callee.root(), Value::Global(_));
    let asked = data.positional(0).and_then(|arg| arg.value.as_str()).filter(|_| finds && data.args.len() == 1);
    let Some(id) = asked.map(|text| text.trim_start_matches('#')) else { return false };
    let home = owner.home.file;
    ids_of(program, home).any(|own| own == id) || is_of_element(effects, owner.home, id)
}

/// An element in the component's own code has the id.
fn is_of_element(effects: &Effects, home: FnRef, id: &str) -> bool {
    let facts = effects.program.facts(home.file);
    let has = |call: &CallRef| {
        let data = effects.program.call(*call);
        let own = || data.named("id").and_then(|arg| arg.value.as_str()) == Some(id);
        data.kind == CallKind::Jsx && own() && home_of(effects, effects.at(*call)) == home
    };
    let calls = (0..facts.calls.len() as u32).map(crate::facts::CallId);
    calls.map(|id| CallRef { file: home.file, id }).any(|call| has(&call))
}
