//! What handlers of a component's events open and put into a place of the component: other handlers end it, and the
//! component may go before they do.
//!
//! Only what nobody else has, in components that come and go. Knows no library and no framework.

use super::ends::events_in;
use super::fits::{Fit, Fitting};
use super::handles::Handle;
use super::judge::{inside, judge};
use super::lives::Lives;
use super::occasions::is_components;
use super::opens::opened;
use super::owners::{Homes, Owner, home_of};
use super::{Effects, Fault, Leak, Open, Whose, objects};
use crate::catalog::schema::{Gives, Kind};
use crate::facts::{Value, VarRef};
use crate::program::FnRef;

pub fn begun<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>) -> Vec<Leak<'a>> {
    let lives = Lives::new(effects);
    let mut handlers: Vec<FnRef> = effects.handlers.iter().copied().filter(|f| is_components(effects, *f)).collect();
    handlers.sort();
    let in_home = |start| Owner::in_home(effects, homes, &lives, home_of(effects, start), start);
    let owners = handlers.into_iter().map(|start| Owner { kept_only: true, ..in_home(start) });
    let leaks = owners.filter(|owner| !owner.page).flat_map(|owner| judge(effects, homes, &owner));
    let begun = |leak: &Leak<'a>| leak.fault == Fault::Missing && is_ended_by_another(effects, &leak.open);
    let missing = leaks.filter(begun);
    missing.map(|leak| Leak { whose: Whose::Begun, mend: None, ..leak }).collect()
}

/// Some function of the file ends it, and it is none that a timer itself runs.
fn is_ended_by_another<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>) -> bool {
    let handle = Handle::of(effects, open);
    let fitting = Fitting { effects, open, handle: &handle };
    let ends = |functions: &[FnRef]| {
        let mut events = events_in(effects, functions).into_iter();
        events.any(|event| event.call != Some(open.call) && fitting.fit(&event) == Fit::Releases)
    };
    let runs = effects.given_functions(open.call, &[]).into_iter().filter(|_| open.opener.kind == Kind::Timer);
    let run: Vec<FnRef> = runs.flat_map(|f| inside(effects, &opened(effects, f).visited)).collect();
    let file = open.call.file;
    let all: Vec<FnRef> = effects.program.facts(file).function_ids().map(|id| FnRef { file, id }).collect();
    !ends(&run) && ends(&all)
}

/// It goes on until it is ended, and a place of the component has it.
pub(crate) fn is_kept<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>) -> bool {
    let given = matches!(open.opener.gives, Gives::Handle | Gives::PromiseHandle);
    let lasts = open.opener.kind == Kind::Media || objects::outlasts(effects, open.call, open.opener);
    let vars = || Handle::of(effects, open).vars_of(owner.home);
    given && lasts && is_own(effects, owner.home, &vars())
}

/// The component has it, and nobody who handed the place to it.
fn is_own(effects: &Effects, home: FnRef, vars: &[VarRef]) -> bool {
    let is_param = |var: VarRef| effects.is_param(home.file, var);
    let part = |value: &Value| matches!(value.root(), Value::Var(root) if is_param(*root));
    let handed =
        |var: &VarRef| is_param(*var) || effects.program.bound(home.file, *var).iter().any(|bound| part(bound.value));
    !vars.is_empty() && !vars.iter().any(handed)
}
