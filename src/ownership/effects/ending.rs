//! Where an owner's releases belong, as its framework has it.
//!
//! The rows name the methods and hooks of the end. Knows no framework.

use super::components::component_rows;
use super::model::{Ending, Owner};
use super::{Effects, End};
use crate::catalog::RowKind;
use crate::catalog::schema::{Handover, Run};

pub fn end_of<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>) -> End<'a> {
    if owner.attached {
        return End::Unknown;
    }
    if owner.returns {
        return End::Returned;
    }
    if let Ending::Own(end) = owner.ending {
        return effects.program.function(end).name.as_deref().map_or(End::Unknown, End::Named);
    }
    if let Ending::Member(last) = &owner.ending {
        return last.name(effects, owner.start.file).map_or(End::Unknown, End::Named);
    }
    let named = match effects.program.class_around(owner.start) {
        Some(class) => component_rows(effects, class).into_iter().find_map(|(_, row)| row.unmount.first()),
        None => hook(effects, owner),
    };
    named.map_or(End::Unknown, |name| End::Named(name))
}

/// The hook of the end that the package of the effect's own row exports.
fn hook<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>) -> Option<&'a String> {
    let rows = &effects.project.graph.target(owner.effect?)?.rows;
    let handover = |row: &&crate::catalog::Row| {
        row.kind == RowKind::Handover && effects.program.catalog.handover(**row).run == Run::Mount
    };
    let package = effects.program.catalog.package(rows.iter().find(handover)?.package);
    let ends = |row: &&Handover| row.run == Run::Unmount;
    let names = package.handovers.iter().filter(ends).flat_map(|row| &row.calls);
    names.into_iter().find(|name| !name.starts_with(['.', '#']) && !name.contains(':'))
}
