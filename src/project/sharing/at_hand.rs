//! Whether other modules can get at a client that the process keeps.
//!
//! A private field and a variable of a function are nobody else's: to say that they are shared helps nobody.
//! Knows no library by name.

use crate::facts::{FnKind, Value};
use crate::project::Project;
use crate::project::carriers::binds;
use crate::project::eval::returned;
use crate::project::sites::Site;

/// Others can get at it: it stands at the top of its file, a function gives it back, or objects show it.
pub(super) fn is_at_hand(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let function = program.function(site.function);
    match function.kind {
        FnKind::TopLevel => true,
        FnKind::Constructor => shown(project, site),
        _ => {
            let mut values = Vec::new();
            returned(&function.body, &mut values);
            values.iter().any(|value| !value.is_null())
        }
    }
}

/// The field that a constructor puts it into is not private.
fn shown(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let built = Value::Call(site.call.id);
    let mut names = Vec::new();
    binds(&program.function(site.function).body, &mut |target, value| {
        if let Value::Member(base, name) = target
            && matches!(**base, Value::This)
            && *value == built
        {
            names.push(name.as_str());
        }
    });
    let Some(class) = program.class_around(site.function) else { return false };
    let text = project.inputs.files.get(program.units[class.file as usize].source.index()).map(|file| &*file.text);
    let hidden = |name: &str| {
        let declared = program.class(class).fields.iter().find(|field| field.name == name);
        let written = declared.and_then(|field| text?.get(field.span.range())).unwrap_or_default();
        name.starts_with(['_', '#']) || written.starts_with("private ") || written.starts_with("protected ")
    };
    names.iter().any(|name| !hidden(name))
}
