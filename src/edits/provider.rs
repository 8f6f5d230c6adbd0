//! A client in a field of an object that the framework makes once: the object's own end closes it.
//!
//! The frameworks' rows name the method and its interface. Knows no framework.

use super::effects::register::imported;
use crate::catalog::PackageId;
use crate::catalog::schema::{BaseRow, Run};
use crate::checks::Project;
use crate::facts::{LocalKind, Span, Value};
use crate::finding::{Edit, Style, lines};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::sites::Site;

/// The class whose object holds the client.
struct Holder<'p> {
    class: ClassRef,
    /// The field.
    name: &'p str,
    package: PackageId,
    text: &'p str,
    style: Style,
}

/// The edits that call `release` in the method of the class that runs on shutdown; it is written where there is none.
pub(crate) fn closed(project: &Project, site: &Site, release: &str) -> Option<Vec<Edit>> {
    let program = &project.program;
    let source = program.units[site.call.file as usize].source;
    let holder = holder(project, site)?;
    let line = format!("await this.{}.{release}(){}\n", holder.name, holder.style.end());
    let mut rows = program.catalog.package(holder.package).bases.iter().filter(|row| row.run == Run::Shutdown);
    let there = program.class(holder.class).methods.iter().map(|id| FnRef { file: site.call.file, id: *id });
    let named = |f: &FnRef| {
        let name = program.function(*f).name.as_deref();
        rows.clone().any(|row| row.methods.iter().any(|method| Some(method.as_str()) == name))
    };
    let edits = match there.into_iter().find(named) {
        Some(method) => at_end_of(program, &holder, method, &line)?,
        // What a base does at its end would not be done any more.
        None if !program.class(holder.class).bases.is_empty() => return None,
        None => new_method(program, &holder, rows.next()?, &line)?,
    };
    Some(edits.into_iter().map(|(span, text)| Edit { file: source, span, text }).collect())
}

fn holder<'p>(project: &'p Project, site: &Site) -> Option<Holder<'p>> {
    let program = &project.program;
    let file = site.call.file;
    let class = program.class_around(site.function)?;
    let own = |value: &Value| matches!(value, Value::Call(id) if *id == site.call.id);
    let fields = program.index[file as usize].fields.iter();
    let mut fields = fields.filter(|(_, bounds)| matches!(bounds.as_slice(), [only] if own(only.value)));
    let (name, _) = fields.next().filter(|_| class.file == file)?;
    let text = &*project.inputs.files.get(program.units[file as usize].source.index())?.text;
    Some(Holder { class, name, package: framework(program, class)?, text, style: Style::of(text) })
}

/// The framework that makes the class's objects, and tells them of the end.
fn framework(program: &Program, class: ClassRef) -> Option<PackageId> {
    let facts = program.facts(class.file);
    let decorators = program.class(class).decorators.iter();
    let modules = decorators.filter_map(|id| {
        let Value::Var(var) = &program.call(CallRef { file: class.file, id: *id }).callee else { return None };
        let LocalKind::Import(id) = facts.local(*var).kind else { return None };
        Some(facts.import(id).module.as_str())
    });
    let modules: Vec<&str> = modules.collect();
    program.active.iter().copied().find(|id| {
        let package = program.catalog.package(*id);
        let tells = package.bases.iter().any(|row| row.run == Run::Shutdown);
        tells && package.modules.iter().any(|module| modules.contains(&module.as_str()))
    })
}

/// Before the last brace of a method that can wait.
fn at_end_of(program: &Program, holder: &Holder, method: FnRef, line: &str) -> Option<Vec<(Span, String)>> {
    let function = program.function(method);
    let (at, outer) = lines::closing_line(holder.text, function.span)?;
    let text = format!("{outer}{}{line}", holder.style.step);
    let mut edits = vec![(Span { start: at, end: at }, text)];
    if !function.flags.is_async {
        let start = function.name_span.start;
        edits.push((Span { start, end: start }, function.returns.is_none().then(|| "async ".to_string())?));
    }
    Some(edits)
}

/// The last method of the class, with the interface that has it.
fn new_method(program: &Program, holder: &Holder, row: &BaseRow, line: &str) -> Option<Vec<(Span, String)>> {
    let class = program.class(holder.class);
    let (at, outer) = lines::closing_line(holder.text, class.span)?;
    let (step, name) = (holder.style.step, row.methods.first()?);
    let ty = if holder.text.contains("): Promise<") { ": Promise<void>" } else { "" };
    let before = holder.text.get(..at as usize)?.trim_end_matches([' ', '\t']);
    let blank = if lines::ends_with_blank(before) { "" } else { "\n" };
    let method = format!("{blank}{outer}{step}async {name}(){ty} {{\n{outer}{step}{step}{line}{outer}{step}}}\n");
    let mut edits = vec![(Span { start: at, end: at }, method)];
    edits.extend(interface(program, holder, row.names.first()?).into_iter().flatten());
    Some(edits)
}

/// `implements X`, and its import; nothing in a file without types.
fn interface(program: &Program, holder: &Holder, name: &str) -> Option<[(Span, String); 2]> {
    let file = holder.class.file;
    let typed = program.units[file as usize].path.ends_with(".ts");
    let class = program.class(holder.class);
    let header = holder.text.get(class.name_span.end as usize..class.span.end as usize)?.split_once('{')?.0;
    if !typed || lines::mentions(header, name) {
        return None;
    }
    let at = class.name_span.end + header.trim_end().len() as u32;
    let word = if lines::mentions(header, "implements") { "," } else { " implements" };
    let module = program.catalog.package(holder.package).modules.first()?;
    let import = imported(program.facts(file), holder.text, module, name)?;
    Some([(Span { start: at, end: at }, format!("{word} {name}")), import])
}
