//! Values that a project keeps under a name of which a library reads them itself: `SQLALCHEMY_DATABASE_URI`.
//!
//! In settings classes and modules, and under keys: `app.config["NAME"] = …`. Product code only. Knows no library
//! by name: the names are data.

use crate::contexts::linked::Linked;
use crate::facts::{LocalKind, Value};
use crate::packages::kinds::FileClass;
use crate::program::FnRef;
use crate::program::index::Bound;
use crate::values::Program;
use crate::values::follow::At;

/// What is kept under the names in the language of a file, in the order of names and files.
pub fn kept<'a>(project: &Linked<'a>, names: &[String], file: u32) -> Vec<At<'a>> {
    let program = &project.program;
    let language = program.language(file);
    let product = |file: &u32| {
        let unit = &program.units[*file as usize];
        unit.parsed && unit.class != FileClass::Test && program.language(*file) == language
    };
    let files: Vec<u32> = (0..program.units.len() as u32).filter(product).collect();
    names.iter().flat_map(|name| files.iter().flat_map(|file| in_file(program, *file, name))).collect()
}

fn in_file<'a>(program: &Program<'a>, file: u32, name: &str) -> Vec<At<'a>> {
    let index = &program.index[file as usize];
    let variable = index.top.get(name).and_then(|var| index.vars.get(var)).into_iter().flatten();
    let members = index.members.get(name).into_iter().flatten();
    let members = members.filter(|(base, _)| !is_for_tests(program, file, base)).map(|(_, bound)| bound);
    let at = |bound: &Bound<'a>| At { f: FnRef { file, id: bound.function }, value: bound.value };
    let named = variable.chain(members).map(at);
    let found: Vec<At> = named.collect();
    if !found.is_empty() {
        return found;
    }
    // `app.config["NAME"] = …`
    let under_key = index.elements.iter().filter(|element| element.key.as_str() == Some(name));
    under_key.map(|element| at(&element.bound)).collect()
}

/// `class TestingConfig:`
fn is_for_tests(program: &Program, file: u32, base: &Value) -> bool {
    let facts = program.facts(file);
    let class = match base {
        Value::Class(id) => Some(*id),
        Value::Var(var) => match facts.local(*var).kind {
            LocalKind::Class(id) => Some(id),
            _ => None,
        },
        _ => None,
    };
    let name = class.map(|id| facts.class(id).name.as_str());
    name.is_some_and(|name| name.to_ascii_lowercase().contains("test"))
}
