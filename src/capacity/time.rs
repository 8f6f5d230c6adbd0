//! Pools without a bound in time: callers that wait for ever, connections that live for ever.
//!
//! Structured answers for the rule. Knows no library by name.

use super::budget::{Pools, Sized};
use super::pool::{Switch, switch};
use crate::catalog::plans::is_counted;
use crate::catalog::schema::{Setting, SettingRole};
use crate::contexts::linked::Linked;
use crate::servers::family::family_of;

/// What lasts without a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasting {
    /// A caller waits for a free connection.
    Wait,
    /// A connection is used however old it is, and not tried before.
    Age,
}

/// The settings that would bound it, none of which is written.
pub fn lasting<'a>(project: &Linked<'a>, pools: &Pools, sized: &Sized) -> Vec<(Lasting, &'a Setting)> {
    if !is_remote(project, pools, sized) || is_given(project, sized) {
        return Vec::new();
    }
    let rows: &'a [Setting] = &project.program.catalog.ty(sized.site.ty).row.settings;
    let absent = |row: &'a Setting| switch(project, &pools.files, &sized.site, row) == Switch::Absent;
    let of = |role: SettingRole| rows.iter().filter(move |row: &&'a Setting| row.role == role);
    let wait = of(SettingRole::AcquireTimeout).find(|row| is_endless(row) && absent(row));
    let age = of(SettingRole::Recycle).find(|row| is_endless(row) && absent(row));
    let tried = of(SettingRole::PrePing).all(absent) && of(SettingRole::PrePing).next().is_some();
    let wait = wait.map(|row| (Lasting::Wait, row));
    wait.into_iter().chain(age.filter(|_| tried && !sized.pool.other_class).map(|row| (Lasting::Age, row))).collect()
}

/// The pool is made elsewhere and handed over: what is not set here is set there.
fn is_given(project: &Linked, sized: &Sized) -> bool {
    let program = &project.program;
    let mut args = program.call(sized.site.call).args.iter();
    args.any(|arg| {
        program.eval(sized.site.function, &arg.value).concept().is_some_and(|ty| program.catalog.ty(ty).owns)
    })
}

/// A server may end the connections: those to a file last as long as the program wants.
fn is_remote(project: &Linked, pools: &Pools, sized: &Sized) -> bool {
    let family = family_of(project, &pools.files, &sized.site, &sized.pool.address);
    family.is_some_and(|family| is_counted(&project.program.catalog.limits, &family))
}

/// Without the setting there is no bound.
fn is_endless(row: &Setting) -> bool {
    row.default.is_some_and(|value| value <= 0.0) || row.default_text.starts_with("none")
}
