//! Whether other modules can get at a client that the process keeps.
//!
//! A private field and a variable of a function are nobody else's: to say that they are shared helps nobody.
//! Knows no library by name.

use crate::catalog::lookup_words::words;
use crate::catalog::schema::Kind;
use crate::catalog::words::checks::ACCOUNT_SETTINGS;
use crate::checks::Project;
use crate::facts::returned;
use crate::facts::walk;
use crate::facts::{FnKind, Function, Value};
use crate::values::Program;
use crate::values::sites::Site;

/// Others can get at it: it stands at the top of its file, a function gives it back, or objects show it.
pub(crate) fn is_at_hand(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let function = program.function(site.function);
    if is_set_up_for_one(program, site) {
        return false;
    }
    match function.kind {
        FnKind::TopLevel => true,
        FnKind::Constructor => shown(project, site),
        _ if is_private(function) => false,
        _ => {
            let mut values = Vec::new();
            returned(&function.body, &mut values);
            values.iter().any(|value| !value.is_null())
        }
    }
}

/// A client for the web that knows an address or an account of its own: what else is sent with it goes astray.
fn is_set_up_for_one(program: &Program, site: &Site) -> bool {
    let tells = |name: &str| words(name).iter().any(|word| ACCOUNT_SETTINGS.contains(&word.as_str()));
    program.catalog.ty(site.ty).row.kind == Kind::HttpClient
        && program.call(site.call).args.iter().any(|arg| match (&arg.name, &arg.value) {
            (Some(name), _) => tells(name),
            (None, Value::Record { entries, .. }) => entries.iter().any(|entry| tells(&entry.key)),
            _ => false,
        })
}

/// A method that is there for its own object: `_get_session`.
fn is_private(function: &Function) -> bool {
    function.class.is_some() && function.name.as_deref().is_some_and(|name| name.starts_with(['_', '#']))
}

/// The field that a constructor puts it into is not private.
fn shown(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let built = Value::Call(site.call.id);
    let mut names = Vec::new();
    walk::binds(&program.function(site.function).body).for_each(|walk::Bind { target, value, .. }| {
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
