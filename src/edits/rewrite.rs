//! The edits that mend shared clients: a guard around a construction, an import in place of one.
//!
//! Only for statements that stand alone at the top of a file; anything else gives no edits. Knows
//! no library by name.

use super::imports;
use super::kept::is_closed_elsewhere;
use super::leftover::Leftover;
use crate::checks::Project;
use crate::checks::sharing::Guard;
use crate::checks::sharing::lift::is_closed;
use crate::checks::sharing::{Binding, Shared, binding, keeper, kept_sites};
use crate::facts::{
    CallId, CallKind, DEFAULT_EXPORT, Exported, FileFacts, FnId, Language, Literal, LocalKind, Node, Span, Value,
};
use crate::finding::Edit;
use crate::finding::{Style, lines};
use crate::packages::paths::parent;
use crate::source::globs::Globs;
use crate::values::sites::Site;

/// A top-level declaration in its file's text.
struct Statement<'t> {
    text: &'t str,
    /// Without the line's end.
    span: Span,
    exported: bool,
}

fn statement<'t>(project: &'t Project, shared: &Shared, binding: &Binding) -> Option<Statement<'t>> {
    let text = text_of(project, shared.site.call.file);
    let start = text.get(..binding.span.start as usize)?.rfind('\n').map_or(0, |at| at + 1);
    let head = text.get(start..binding.span.start as usize)?;
    let mut end = shared.site.span.end as usize;
    if text.get(end..)?.starts_with(';') {
        end += 1;
    }
    let rest = text.get(end..)?.split('\n').next().unwrap_or_default().trim();
    let alone = rest.is_empty() || rest.starts_with("//") || rest.starts_with('#');
    let exported = head.starts_with("export ");
    let words = head.trim_start_matches("export ").trim();
    let plain = matches!(words, "const" | "let" | "var") || words.is_empty() && !head.starts_with(char::is_whitespace);
    (alone && plain).then(|| Statement { text, span: Span::new(start, end), exported })
}

fn text_of<'p>(project: &'p Project, file: u32) -> &'p str {
    let source = project.program.units[file as usize].source;
    project.inputs.files.get(source.index()).map_or("", |file| &file.text)
}

fn edit(project: &Project, file: u32, span: Span, text: String) -> Edit {
    Edit { file: project.program.units[file as usize].source, span, text }
}

fn insertion(project: &Project, file: u32, at: u32, text: String) -> Edit {
    edit(project, file, Span { start: at, end: at }, text)
}

/// Keeps the client on the global object.
pub fn guarded(project: &Project, shared: &Shared, guard: &Guard) -> Option<Vec<Edit>> {
    let Some(binding) = binding(&project.program, shared.site) else { return opened_once(project, shared, guard) };
    if project.program.call(shared.site.call).awaited {
        return opened_once(project, shared, guard);
    }
    let statement = statement(project, shared, &binding)?;
    let file = shared.site.call.file;
    let name = binding.name;
    let build = shared.site.span.start;
    match guard {
        Guard::None => {
            let slot = Slot::of(project, shared.site, name)?;
            let text = statement.text;
            let end = lines::around(text, Span { start: statement.span.end, end: statement.span.end })?;
            let end =
                statement.span.end + text.get(statement.span.end as usize..end.end as usize)?.trim_end().len() as u32;
            Some(vec![
                insertion(project, file, lines::above_comments(text, statement.span.start), slot.declared.clone()),
                insertion(project, file, build, slot.read()),
                insertion(project, file, end, slot.written(text, name)),
            ])
        }
        Guard::WriteOnly(slot) => {
            let whole = slot_text(statement.text, slot)?;
            Some(vec![insertion(project, file, build, format!("{whole} ?? "))])
        }
        Guard::ReadOnly(slot) => {
            let whole = slot_text(statement.text, slot)?;
            Some(vec![insertion(project, file, statement.span.end, fill(statement.text, &whole, name))])
        }
        Guard::Kept => None,
    }
}

/// `const client = slot ?? (await create().connect())`: what is waited for is kept, and not the promise of it.
fn opened_once(project: &Project, shared: &Shared, guard: &Guard) -> Option<Vec<Edit>> {
    const AWAIT: &str = "await ";
    let (file, site) = (shared.site.call.file, shared.site);
    let facts = project.program.facts(file);
    let mut top = facts.function(FnId::TOP).body.iter();
    let (var, opened, bound) = top.find_map(|node| match node {
        Node::Bind { target: Value::Var(var), value: Value::Call(id), span } if is_on(facts, *id, site.call.id) => {
            Some((*var, facts.call(*id), span))
        }
        _ => None,
    })?;
    let (text, name) = (text_of(project, file), facts.local(var).name.as_str());
    let line = lines::around(text, Span { start: bound.start, end: opened.span.end })?;
    let head = text.get(line.start as usize..bound.start as usize)?;
    let between = text.get(bound.start as usize..opened.span.start as usize)?;
    let rest = text.get(opened.span.end as usize..line.end as usize)?.trim();
    let plain =
        matches!(head.trim_start_matches("export "), "const " | "let ") && between == format!("{name} = {AWAIT}");
    if *guard != Guard::None || !plain || !matches!(rest, "" | ";") {
        return None;
    }
    let slot = Slot::of(project, site, name)?;
    let end = opened.span.end + rest.len() as u32;
    Some(vec![
        insertion(project, file, lines::above_comments(text, line.start), slot.declared.clone()),
        insertion(project, file, opened.span.start - AWAIT.len() as u32, format!("{}(", slot.read())),
        insertion(project, file, opened.span.end, ")".into()),
        insertion(project, file, end, slot.written(text, name)),
    ])
}

/// The call is the other one, or a method of what that gives.
fn is_on(facts: &FileFacts, call: CallId, other: CallId) -> bool {
    let receiver = match &facts.call(call).callee {
        Value::Member(base, _) => match **base {
            Value::Call(id) => Some(id),
            _ => None,
        },
        _ => None,
    };
    call == other || receiver.is_some_and(|id| is_on(facts, id, other))
}

/// A place on the global object that outlives the module.
pub(crate) struct Slot {
    /// The statement that names the holder, with a blank line after it.
    pub declared: String,
    /// `globalForDb.db`
    pub path: String,
}

impl Slot {
    pub fn of(project: &Project, site: &Site, name: &str) -> Option<Slot> {
        Self::named(project, site, slot_name(project, site, name))
    }

    /// For what a function builds, named by its module too.
    pub fn of_module(project: &Project, site: &Site, name: &str) -> Option<Slot> {
        Self::named(project, site, with_module(project, site.call.file, name))
    }

    /// For what a variable of the module holds, of a type that is written so.
    pub fn of_variable(project: &Project, file: u32, name: &str, ty: Option<String>) -> Option<Slot> {
        let name = with_module(project, file, name);
        let value = ty.map_or("globalThis".to_string(), |ty| holder(&name, &ty));
        Self::held(project, file, name, value)
    }

    fn named(project: &Project, site: &Site, name: String) -> Option<Slot> {
        let value = holder_value(project, site, &name)?;
        Self::held(project, site.call.file, name, value)
    }

    fn held(project: &Project, file: u32, name: String, value: String) -> Option<Slot> {
        let text = text_of(project, file);
        let holder = format!("globalFor{}", capitalised(&name));
        let end = Style::of(text).end();
        let declared = format!("const {holder} = {value}{end}\n\n");
        (!lines::mentions(text, &holder)).then(|| Slot { declared, path: format!("{holder}.{name}") })
    }

    /// Before the construction.
    pub fn read(&self) -> String {
        format!("{} ?? ", self.path)
    }

    /// After the statement.
    pub fn written(&self, text: &str, name: &str) -> String {
        fill(text, &self.path, name)
    }
}

/// The variable's name, with that of the module where another one keeps something else under it.
fn slot_name(project: &Project, site: &Site, name: &str) -> String {
    let program = &project.program;
    let built = |site: &Site| -> String {
        let text = text_of(project, site.call.file);
        text.get(site.span.range()).unwrap_or_default().split_whitespace().collect()
    };
    let package = |site: &Site| program.package_of(site.call.file).map(|p| &p.folder);
    let others = kept_sites(project).iter().map(|kept| kept.site(project));
    let beside = others.filter(|other| other.call.file != site.call.file && package(other) == package(site));
    let named = |other: &&Site| binding(program, other).is_some_and(|binding| binding.name == name);
    let differs = beside.filter(named).any(|other| other.ty != site.ty || built(other) != built(site));
    if differs { with_module(project, site.call.file, name) } else { name.to_string() }
}

fn with_module(project: &Project, file: u32, name: &str) -> String {
    let path = project.program.units[file as usize].path.as_str();
    let stem = path
        .rsplit('/')
        .find_map(|part| part.split('.').next().filter(|part| !matches!(*part, "" | "index" | "route")));
    let word = |c: char| !c.is_alphanumeric();
    let module: String = stem.unwrap_or_default().split(word).map(capitalised).collect();
    if module == capitalised(name) { name.to_string() } else { format!("{name}{module}") }
}

/// The statement that fills a slot of the global object while developing.
fn fill(text: &str, slot: &str, name: &str) -> String {
    format!("\n\n{}", filling(text, slot, name))
}

pub(super) fn filling(text: &str, slot: &str, name: &str) -> String {
    let style = Style::of(text);
    let production = style.quoted("production");
    format!("if (process.env.NODE_ENV !== {production}) {slot} = {name}{}", style.end())
}

/// `globalThis`, in TypeScript with the type of what it will hold.
fn holder_value(project: &Project, site: &Site, slot: &str) -> Option<String> {
    if !is_typed(project, site.call.file) {
        return Some("globalThis".to_string());
    }
    Some(holder(slot, &written_type(project, site)?))
}

fn holder(slot: &str, ty: &str) -> String {
    format!("globalThis as unknown as {{ {slot}?: {ty} }}")
}

/// It is written in TypeScript.
pub(crate) fn is_typed(project: &Project, file: u32) -> bool {
    let path = &project.program.units[file as usize].path;
    path.rsplit('.').next().is_some_and(|extension| matches!(extension, "ts" | "tsx" | "mts" | "cts"))
}

/// The type of a construction as a declaration in TypeScript has it; nothing in other files.
pub(crate) fn written_type(project: &Project, site: &Site) -> Option<String> {
    let file = site.call.file;
    let call = project.program.call(site.call);
    let callee = text_of(project, file).get(call.callee_span.range()).filter(|_| is_typed(project, file))?;
    // What is imported is a type, too; a variable is not.
    let is_value = |value: &Value| match value {
        Value::Var(var) => !matches!(project.program.facts(file).local(*var).kind, LocalKind::Import(_)),
        _ => false,
    };
    Some(match call.kind {
        CallKind::New if is_value(&call.callee) => format!("InstanceType<typeof {callee}>"),
        CallKind::New => callee.to_string(),
        _ => format!("ReturnType<typeof {callee}>"),
    })
}

/// `holder.slot` as the text writes it somewhere.
fn slot_text(text: &str, slot: &str) -> Option<String> {
    let wanted = format!(".{slot}");
    let found = text.match_indices(&wanted).find_map(|(at, _)| {
        let rest = &text[at + wanted.len()..];
        let whole = !rest.starts_with(is_word);
        let holder: String =
            text[..at].chars().rev().take_while(|c| is_word(*c)).collect::<Vec<char>>().into_iter().rev().collect();
        (whole && !holder.is_empty()).then_some(holder)
    });
    found.map(|holder| format!("{holder}.{slot}"))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Puts an import of the kept client in the place of a surplus construction.
pub fn imported(project: &Project, surplus: &Shared, kept: &Shared) -> Option<Vec<Edit>> {
    let (export, exported) = exported(project, kept)?;
    let file = surplus.site.call.file;
    let target = kept.site.call.file;
    let circle = || project.reach().closure([target]).get(file as usize).copied().unwrap_or(false);
    if switched_on(project, surplus.site) != switched_on(project, kept.site) || circle() {
        return None;
    }
    let Some(own) = binding(&project.program, surplus.site) else {
        return in_place(project, surplus.site, kept);
    };
    let statement = statement(project, surplus, &own)?;
    let line = line(project, &statement, (file, target), &export, own.name)?;
    let left = Leftover::of(project, file, statement.text, &[statement.span]);
    let mut edits = match statement.exported {
        true => passed_on(project, file, &statement, &line, left),
        false => brought_in(project, file, &statement, line, left),
    };
    edits.extend(exported);
    Some(edits)
}

/// The kept client in the place of a construction inside of a function, with what gives it out.
pub(crate) fn in_place(project: &Project, site: &Site, kept: &Shared) -> Option<Vec<Edit>> {
    if switched_on(project, site) != switched_on(project, kept.site) {
        return None;
    }
    let (export, exported) = exported(project, kept)?;
    let mut edits = in_expression(project, site, kept.site.call.file, &export)?;
    edits.extend(exported);
    Some(edits)
}

/// The kept client in the place of a construction inside of a function.
fn in_expression(project: &Project, site: &Site, target: u32, export: &str) -> Option<Vec<Edit>> {
    let (program, file) = (&project.program, site.call.file);
    let text = text_of(project, file);
    let plain = program.language(file) != Language::Rust && site.function.id != FnId::TOP;
    if !plain || program.call(site.call).awaited || is_closed(project, site) || is_closed_elsewhere(project, site) {
        return None;
    }
    let names = [export.to_string(), format!("shared{}", capitalised(export))];
    let name = names.into_iter().find(|name| name != DEFAULT_EXPORT && !lines::mentions(text, name))?;
    let line = import_line(project, file, target, export, &name)?;
    let left = Leftover::of(project, file, text, &[site.span]);
    let import = imports::added(project, file, text, &line)?;
    let taken = edit(project, file, site.span, name);
    Some(imports::with(text, std::iter::once(taken).chain(left.edits()).collect(), import))
}

/// The name under which the module of a shared client gives it out, and the edit that makes it do so.
pub(crate) fn exported(project: &Project, kept: &Shared) -> Option<(String, Option<Edit>)> {
    if let Some(name) = export_name(project, kept) {
        return Some((name, None));
    }
    let (program, file) = (&project.program, kept.site.call.file);
    let own = binding(program, kept.site)?;
    let statement = statement(project, kept, &own)?;
    let is_module = statement.text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
    let taken = program.facts(file).exports.iter().any(|export| export.name == own.name);
    let plain = program.language(file) == Language::Script
        && is_module
        && !taken
        && !is_entry(project, program.within_package(file));
    plain.then(|| (own.name.to_string(), Some(insertion(project, file, statement.span.start, "export ".into()))))
}

/// A framework loads the file by its place in its package, and minds what it exports.
pub(crate) fn is_entry(project: &Project, path: &str) -> bool {
    let program = &project.program;
    let rows = program.active.iter().flat_map(|id| &program.catalog.package(*id).files);
    let globs = Globs::new(rows.flat_map(|row| &row.globs).filter(|glob| !glob.starts_with("**/*.{")));
    globs.fit(path)
}

/// The options of a construction that are set to true, beside those of its pool: with others it may answer otherwise.
pub(crate) fn switched_on<'p>(project: &'p Project, site: &Site) -> Vec<&'p str> {
    let (program, info) = (&project.program, crate::values::sites::info(&project.program, site));
    let known = |name: &str| info.row.settings.iter().any(|setting| setting.name == name);
    let is_on = |value: &Value| *value == Value::Literal(Literal::Bool(true));
    let mut found: Vec<&str> = Vec::new();
    for arg in &program.call(site.call).args {
        found.extend(arg.name.as_deref().filter(|_| is_on(&arg.value)));
        if let Value::Record { entries, .. } = &arg.value {
            found.extend(entries.iter().filter(|entry| is_on(&entry.value)).map(|entry| entry.key.as_str()));
        }
    }
    found.retain(|name| !known(name));
    found.sort_unstable();
    found
}

/// The module gives out what it imports: in one statement, or in one among the imports and another where it stood.
fn passed_on(project: &Project, file: u32, statement: &Statement, line: &str, mut left: Leftover) -> Vec<Edit> {
    let whole = |text: &str| std::iter::once(edit(project, file, statement.span, text.to_string()));
    let Some((import, export)) = line.split_once("\n\n") else { return whole(line).chain(left.edits()).collect() };
    let extended = imports::is_extended(statement.text, import);
    if let Some(import) = if extended { None } else { left.replaced(import) } {
        return [import].into_iter().chain(whole(export)).chain(left.edits()).collect();
    }
    match imports::added(project, file, statement.text, import) {
        Some(import) => imports::with(statement.text, whole(export).chain(left.edits()).collect(), import),
        None => whole(line).chain(left.edits()).collect(),
    }
}

/// The import in the place of one that is not needed any more, else among the imports or where the statement stood.
fn brought_in(project: &Project, file: u32, statement: &Statement, line: String, mut left: Leftover) -> Vec<Edit> {
    let gone = || edit(project, file, with_line_ends(statement.text, statement.span), String::new());
    let script = project.program.language(file) == Language::Script;
    let own = if script && !imports::is_extended(statement.text, &line) { left.replaced(&line) } else { None };
    let rest: Vec<Edit> = left.edits().collect();
    if let Some(import) = own {
        return [import, gone()].into_iter().chain(rest).collect();
    }
    let added = imports::added(project, file, statement.text, &line);
    let apart = !script || imports::is_extended(statement.text, &line) || !follows_imports(project, file, statement);
    match added.filter(|_| apart) {
        Some(import) => imports::with(statement.text, std::iter::once(gone()).chain(rest).collect(), import),
        None => std::iter::once(edit(project, file, statement.span, line)).chain(rest).collect(),
    }
}

/// Nothing but comments stands between the imports and the statement, and no blank line.
fn follows_imports(project: &Project, file: u32, statement: &Statement) -> bool {
    let imports = project.program.facts(file).imports.iter().map(|import| import.statement.end);
    let last = imports.filter(|end| *end <= statement.span.start).max().unwrap_or_default();
    let between = statement.text.get(last as usize..statement.span.start as usize).unwrap_or_default();
    let passes = |line: &str| line == ";" || line.starts_with(['#', '/', '*']);
    between.lines().skip(1).all(|line| passes(line.trim()))
}

/// The statement that imports what a file exports, under a name of one's own.
pub(crate) fn import_line(project: &Project, file: u32, target: u32, export: &str, name: &str) -> Option<String> {
    let statement = Statement { text: text_of(project, file), span: Span::default(), exported: false };
    line(project, &statement, (file, target), export, name)
}

/// The statement that imports a name from a module, as the file names it.
pub(crate) fn line_from(project: &Project, file: u32, module: &str, name: &str) -> Option<String> {
    let statement = Statement { text: text_of(project, file), span: Span::default(), exported: false };
    match project.program.language(file) {
        Language::Script => Some(script_line(&statement, module, name, name)),
        Language::Python => Some(python_line(module, name, name)),
        Language::Rust => None,
    }
}

fn line(
    project: &Project,
    statement: &Statement,
    (file, target): (u32, u32),
    export: &str,
    name: &str,
) -> Option<String> {
    match project.program.language(file) {
        Language::Script => Some(script_line(statement, &specifier(project, file, target)?, export, name)),
        Language::Python => Some(python_line(&python_name(project, file, target)?, export, name)),
        Language::Rust => None,
    }
}

/// The span with the end of its line, and with an empty line after it where one stands before it.
fn with_line_ends(text: &str, span: Span) -> Span {
    let (before, rest) = (&text[..span.start as usize], &text[span.end as usize..]);
    let parted = before.is_empty() || lines::ends_with_blank(before);
    let lines = rest.split_inclusive('\n').take(if parted { 2 } else { 1 });
    let ends: usize = lines.take_while(|line| line.trim().is_empty()).map(str::len).sum();
    Span { start: span.start, end: span.end + ends as u32 }
}

/// The name under which a file gives out its construction.
pub(crate) fn export_name(project: &Project, shared: &Shared) -> Option<String> {
    let var = keeper(&project.program, shared.site)?;
    let exports = project.program.facts(shared.site.call.file).exports.iter();
    let names = exports.filter(|export| matches!(export.what, Exported::Value(Value::Var(own)) if own == var));
    names.map(|export| export.name.clone()).min_by_key(|name| name == DEFAULT_EXPORT)
}

fn script_line(statement: &Statement, from: &str, export: &str, name: &str) -> String {
    let style = Style::of(statement.text);
    let (from, end) = (style.quoted(from), style.end());
    let named = match export {
        DEFAULT_EXPORT => name.to_string(),
        same if same == name => format!("{{ {name} }}"),
        other => format!("{{ {other} as {name} }}"),
    };
    if statement.text.contains("require(") && !statement.text.contains("import ") {
        let taken = if export == DEFAULT_EXPORT || export == name { named } else { format!("{{ {export}: {name} }}") };
        return format!("const {taken} = require({from}){end}");
    }
    if !statement.exported {
        return format!("import {named} from {from}{end}");
    }
    let passed = if export == name { name.to_string() } else { format!("{export} as {name}") };
    match lines::count(statement.text, name) {
        1 => format!("export {{ {passed} }} from {from}{end}"),
        _ => format!("import {named} from {from}{end}\n\nexport {{ {name} }}{end}"),
    }
}

fn python_line(module: &str, export: &str, name: &str) -> String {
    if export == name {
        format!("from {module} import {name}")
    } else {
        format!("from {module} import {export} as {name}")
    }
}

/// The absolute name that others import the target by, else one from the folder that the file's own imports begin in,
/// else the one by which the file itself can.
fn python_name(project: &Project, file: u32, target: u32) -> Option<String> {
    let means = |module: &str| project.program.python_module(file, module) == Some(target);
    let others = project.importers().of(target).iter().map(|(_, module)| (*module).to_string());
    let path = python_stem(&project.program.units[target as usize].path);
    let rooted =
        python_root(project, file).and_then(|root| path.strip_prefix(&root)).map(|rest| rest.replace('/', "."));
    let parts: Vec<&str> = path.split('/').collect();
    let own = (0..parts.len()).map(|at| parts[at..].join("."));
    others.filter(|module| !module.starts_with('.')).take(1).chain(rooted).chain(own).find(|module| means(module))
}

/// A module's path without what ends it.
fn python_stem(path: &str) -> &str {
    let stem = path.strip_suffix(".py").unwrap_or(path);
    stem.strip_suffix("/__init__").unwrap_or(stem)
}

/// The folder, with `/`, that the names of the project's modules begin in, as far as the file imports some.
pub(crate) fn python_root(project: &Project, file: u32) -> Option<String> {
    let program = &project.program;
    let absolute = program.facts(file).imports.iter().filter(|import| !import.module.starts_with('.'));
    absolute.into_iter().find_map(|import| {
        let target = program.python_module(file, &import.module)?;
        let stem = python_stem(&program.units[target as usize].path);
        let root = stem.strip_suffix(&import.module.replace('.', "/"))?;
        (root.is_empty() || root.ends_with('/')).then(|| root.to_string())
    })
}

/// How a file of the same package imports the target: as others do, else by a relative path.
pub(crate) fn specifier(project: &Project, file: u32, target: u32) -> Option<String> {
    let program = &project.program;
    let path = |file: u32| program.units[file as usize].path.as_str();
    let folder = |file: u32| program.package_of(file).map(|package| package.folder.as_str());
    let own = folder(file);
    let beside = project.importers().of(target).iter().filter(|(other, _)| folder(*other) == own);
    let written: Vec<&str> = beside.map(|(_, module)| *module).collect();
    if let Some(alias) = written.iter().find(|module| !module.starts_with('.')) {
        return Some((*alias).to_string());
    }
    let with_extension = written.iter().any(|module| [".js", ".mjs", ".ts"].iter().any(|end| module.ends_with(end)));
    relative(path(file), path(target), with_extension)
}

pub(crate) fn relative(from: &str, to: &str, with_extension: bool) -> Option<String> {
    let here: Vec<&str> = parent(from).split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = to.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(left, right)| left == right).count();
    let up = "../".repeat(here.len() - shared);
    let rest = there[shared..].join("/");
    let stem = rest.rsplit_once('.').map_or(rest.as_str(), |(stem, _)| stem);
    let name = if with_extension { format!("{stem}.js") } else { stem.trim_end_matches("/index").to_string() };
    (!name.is_empty()).then(|| format!("{}{name}", if up.is_empty() { "./" } else { &up }))
}
