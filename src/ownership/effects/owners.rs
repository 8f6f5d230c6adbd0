//! The owners of a project: effects, set-up code, classes, objects of options; and for each what
//! runs at its start and at its end.
//!
//! The frameworks' rows say which calls, methods and keys those are. Knows no framework.

use super::Effects;
use super::classes::{classes, of_method};
use super::lifespan::{home_of, is_aside, of_setup};
use super::lives::Lives;
use super::model::{Ending, Home, Homes, Hook, Owner, Registered};
use crate::catalog::RowKind;
use crate::catalog::schema::{Cleanup, ResultTo, Run};
use crate::program::FnRef;

pub fn owners<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>) -> Vec<Owner<'a>> {
    let lives = effects.lives();
    let mut found = Vec::new();
    for (home, data) in homes {
        found.extend(data.effects.iter().map(|registered| of_effect(effects, homes, lives, (*home, data), registered)));
    }
    found.extend(setups(effects, homes, lives));
    found.extend(classes(effects, homes, lives));
    found.extend(super::options::options(effects, homes, lives));
    found.extend(super::bodies::bodies(effects, homes, lives));
    found.extend(super::kept::kept(effects, homes, lives));
    found.extend(super::ended::ended(effects));
    found.extend(super::begun::handlers(effects, homes, lives));
    found.extend(super::attached::attached(effects, homes, lives));
    found.retain(|owner| !is_aside(effects, owner.start));
    found
}

pub fn homes<'a>(effects: &Effects<'_, 'a>) -> Homes<'a> {
    let mut homes = Homes::new();
    for call in effects.program.calls() {
        let Some(target) = effects.project.graph.target(call) else { continue };
        for row in target.rows.iter().filter(|row| row.kind == RowKind::Handover) {
            let handover = effects.program.catalog.handover(*row);
            let functions = || effects.given_functions(call, &handover.args);
            let home = homes.entry(home_of(effects, effects.at(call)));
            match handover.run {
                Run::Unmount if handover.synchronous && super::waits::comes_after_wait(effects, call) => {
                    home.or_default().unregistered.extend(functions());
                }
                Run::Unmount => {
                    let home = home.or_default();
                    home.ends.extend(functions());
                    home.leaves.extend(functions().into_iter().filter(|_| handover.each_view));
                }
                Run::Mount => {
                    let deps =
                        handover.deps.and_then(|at| effects.program.call(call).positional(at)).map(|arg| &arg.value);
                    let returns = handover.result == ResultTo::Cleanup;
                    let hook = handover.cleanup.as_ref().map(|cleanup| Hook { package: row.package, cleanup });
                    let ending = match hook {
                        _ if returns => Ending::Returned,
                        Some(hook) => Ending::Call(hook),
                        None => Ending::Unknown,
                    };
                    let each_view = handover.each_view;
                    let registered =
                        |start| Registered { call, start, returns, each_view, deps, ending: ending.clone() };
                    let starts = functions().into_iter().map(registered);
                    home.or_default().effects.extend(starts);
                }
                _ => {}
            }
        }
    }
    homes
}

fn of_effect<'a>(
    effects: &Effects<'_, 'a>,
    homes: &Homes<'a>,
    lives: &Lives,
    (home, data): (FnRef, &Home<'a>),
    own: &Registered<'a>,
) -> Owner<'a> {
    let siblings = data.effects.iter().filter(|other| other.returns && other.call != own.call).map(|other| other.start);
    let of_object = of_method(effects, homes, lives, home).map_or(Vec::new(), |object| object.ends);
    Owner {
        effect: Some(own.call),
        returns: own.returns,
        ends: data.ends.iter().copied().chain(of_object).collect(),
        leaves: data.leaves.clone(),
        shown: data.shown().filter(|start| *start != own.start).collect(),
        again: own.each_view,
        unregistered: data.unregistered.clone(),
        siblings: siblings.collect(),
        deps: own.deps,
        home,
        page: lives.is_page(effects, home),
        ending: own.ending.clone(),
        ..Owner::starting(own.start)
    }
}

/// Single-file components: their own code runs once for each mount.
fn setups<'a>(effects: &Effects<'_, 'a>, homes: &Homes<'a>, lives: &Lives) -> Vec<Owner<'a>> {
    let units = effects.program.units.iter().enumerate();
    let found = units.filter_map(|(file, unit)| Some((FnRef { file: file as u32, id: unit.facts.component? }, unit)));
    found.map(|(start, unit)| of_setup(effects, homes, lives, start, of_file(effects, &unit.path))).collect()
}

/// How the set-up code of a file of that kind registers its end.
fn of_file<'a>(effects: &Effects<'_, 'a>, path: &str) -> Ending<'a> {
    let fits = |cleanup: &&Cleanup| cleanup.files.iter().any(|end| path.ends_with(end.as_str()));
    let hook = effects.program.active.iter().find_map(|package| {
        let rows = &effects.program.catalog.package(*package).components;
        let cleanup = rows.iter().filter_map(|row| row.cleanup.as_ref()).find(fits)?;
        Some(Hook { package: *package, cleanup })
    });
    hook.map_or(Ending::Unknown, Ending::Call)
}
