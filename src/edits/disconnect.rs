//! The edits that disconnect a user's client before a sign-out.
//!
//! Only where the client is a module's own constant, the sign-out is a statement of an async function, and it is
//! awaited. Knows no library by name.

use super::rewrite::specifier;
use crate::checks::Project;
use crate::checks::sharing::logout::SignOut;
use crate::facts::{Exported, FnId, Span, Value, VarRef};
use crate::finding::Edit;
use crate::finding::Style;

pub fn disconnected(project: &Project, found: &SignOut) -> Option<Vec<Edit>> {
    let program = &project.program;
    let function = program.function(found.function);
    let call = program.call(found.call);
    if !function.flags.is_async || !call.awaited {
        return None;
    }
    let var = client(project, found)?;
    let name = &program.facts(found.opened.file).local(var).name;
    let release = program.catalog.ty(found.ty).row.release.first()?;
    let (file, home) = (found.call.file, found.opened.file);
    let source = program.units[file as usize].source;
    let text: &str = &project.inputs.files.get(source.index())?.text;
    let (start, indent) = statement(text, call.span.start)?;
    let at = |start: u32, text: String| Edit { file: source, span: Span { start, end: start }, text };
    let style = Style::of(text);
    let mut edits = vec![at(start, format!("await {name}.{release}(){}\n{indent}", style.end()))];
    if file != home {
        let named = exported(project, home, var, name)?;
        let from = specifier(project, file, home)?;
        let taken = program.facts(file).functions.iter().flat_map(|f| &f.locals).any(|local| local.name == *name);
        let last = last_import(project, file, text)?;
        if taken {
            return None;
        }
        edits.insert(0, at(last, format!("\nimport {named} from {}{}", style.quoted(&from), style.end())));
    }
    Some(edits)
}

/// The module's constant that the user is connected with.
fn client(project: &Project, found: &SignOut) -> Option<VarRef> {
    let Value::Member(base, _) = &project.program.call(found.opened).callee else { return None };
    match &**base {
        Value::Var(var) if var.function == FnId::TOP => Some(*var),
        _ => None,
    }
}

/// Where the awaited statement around a call starts, with its indentation.
fn statement(text: &str, call: u32) -> Option<(u32, String)> {
    let before = text.get(..call as usize)?;
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let head = before.get(line..)?;
    let indent: String = head.chars().take_while(|c| c.is_whitespace()).collect();
    (head.trim() == "await").then_some(((line + indent.len()) as u32, indent))
}

fn exported(project: &Project, home: u32, var: VarRef, name: &str) -> Option<String> {
    let exports = project.program.facts(home).exports.iter();
    let mut names = exports.filter(|export| matches!(&export.what, Exported::Value(Value::Var(own)) if *own == var));
    names.find(|export| export.name == name).map(|_| format!("{{ {name} }}"))
}

/// The end of the file's last import statement.
fn last_import(project: &Project, file: u32, text: &str) -> Option<u32> {
    let imports = project.program.facts(file).imports.iter().map(|import| import.statement);
    let last =
        imports.filter(|span| text.get(span.range()).is_some_and(|t| t.starts_with("import"))).max_by_key(|s| s.end)?;
    Some(last.end)
}
