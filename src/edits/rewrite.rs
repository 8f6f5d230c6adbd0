//! The edits that mend shared clients: a guard around a construction, an import in place of one.
//!
//! Only for statements that stand alone at the top of a file; anything else gives no edits. Knows
//! no library by name.

use super::leftover::Leftover;
use crate::checks::Project;
use crate::checks::sharing::Guard;
use crate::checks::sharing::{Binding, Shared, binding, keeper};
use crate::facts::{CallKind, Exported, Language, Literal, LocalKind, Span, Value};
use crate::finding::Edit;
use crate::finding::{Style, lines};
use crate::packages::modules::parent;
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
    let alone = text.get(end..)?.chars().next().is_none_or(|c| c == '\n' || c == '\r');
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
    let binding = binding(&project.program, shared.site)?;
    let statement = statement(project, shared, &binding)?;
    if project.program.call(shared.site.call).awaited {
        return None;
    }
    let file = shared.site.call.file;
    let name = binding.name;
    let build = shared.site.span.start;
    match guard {
        Guard::None => {
            let kept = Held::of(project, shared.site, name)?;
            Some(vec![
                insertion(project, file, lines::above_comments(statement.text, statement.span.start), kept.declared),
                insertion(project, file, build, kept.read),
                insertion(project, file, statement.span.end, kept.written),
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

/// The parts of a guard around a construction.
pub(crate) struct Held {
    /// Before the statement.
    pub declared: String,
    /// Before the construction.
    pub read: String,
    /// After the statement.
    pub written: String,
}

impl Held {
    pub fn of(project: &Project, site: &Site, name: &str) -> Option<Held> {
        let text = text_of(project, site.call.file);
        let holder = format!("globalFor{}", capitalised(name));
        let (value, end) = (holder_value(project, site, name)?, Style::of(text).end());
        Some(Held {
            declared: format!("const {holder} = {value}{end}\n\n"),
            read: format!("{holder}.{name} ?? "),
            written: fill(text, &format!("{holder}.{name}"), name),
        })
    }
}

/// The statement that fills a slot of the global object while developing.
fn fill(text: &str, slot: &str, name: &str) -> String {
    let style = Style::of(text);
    let production = style.quoted("production");
    format!("\n\nif (process.env.NODE_ENV !== {production}) {slot} = {name}{}", style.end())
}

/// `globalThis`, in TypeScript with the type of what it will hold.
fn holder_value(project: &Project, site: &Site, name: &str) -> Option<String> {
    let file = site.call.file;
    let path = &project.program.units[file as usize].path;
    let typed = path.rsplit('.').next().is_some_and(|extension| matches!(extension, "ts" | "tsx" | "mts" | "cts"));
    if !typed {
        return Some("globalThis".to_string());
    }
    let call = project.program.call(site.call);
    let callee = text_of(project, file).get(call.callee_span.range())?;
    // What is imported is a type, too; a variable is not.
    let is_value = |value: &Value| match value {
        Value::Var(var) => !matches!(project.program.facts(file).local(*var).kind, LocalKind::Import(_)),
        _ => false,
    };
    let ty = match call.kind {
        CallKind::New if is_value(&call.callee) => format!("InstanceType<typeof {callee}>"),
        CallKind::New => callee.to_string(),
        _ => format!("ReturnType<typeof {callee}>"),
    };
    Some(format!("globalThis as unknown as {{ {name}?: {ty} }}"))
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
    let own = binding(&project.program, surplus.site)?;
    let statement = statement(project, surplus, &own)?;
    let export = export_name(project, kept)?;
    if switched_on(project, surplus.site) != switched_on(project, kept.site) {
        return None;
    }
    let file = surplus.site.call.file;
    let target = kept.site.call.file;
    if project.reach().closure([target]).get(file as usize).copied().unwrap_or(false) {
        return None;
    }
    let line = line(project, &statement, (file, target), &export, own.name)?;
    let mut left = Leftover::of(project, file, statement.text, &[statement.span]);
    let mut edits = match statement.exported {
        true => vec![edit(project, file, statement.span, line)],
        false => brought_in(project, file, &statement, line, &mut left),
    };
    edits.extend(left.edits());
    Some(edits)
}

/// The options of a construction that are set to true, beside those of its pool: with others it may answer otherwise.
fn switched_on<'p>(project: &'p Project, site: &Site) -> Vec<&'p str> {
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

/// The import in the place of one that is not needed any more, else below the imports or where the statement stood.
fn brought_in(project: &Project, file: u32, statement: &Statement, line: String, left: &mut Leftover) -> Vec<Edit> {
    let gone = || edit(project, file, with_line_ends(statement.text, statement.span), String::new());
    if let Some(import) = left.replaced(&line) {
        return vec![import, gone()];
    }
    match super::replace::insertion(project, file, statement.text, line.clone()) {
        Some(import) if !follows_imports(project, file, statement) => vec![import, gone()],
        _ => vec![edit(project, file, statement.span, line)],
    }
}

/// Nothing but comments stands between the imports and the statement.
fn follows_imports(project: &Project, file: u32, statement: &Statement) -> bool {
    let imports = project.program.facts(file).imports.iter().map(|import| import.statement.end);
    let last = imports.filter(|end| *end <= statement.span.start).max().unwrap_or_default();
    let between = statement.text.get(last as usize..statement.span.start as usize).unwrap_or_default();
    let passes = |line: &str| line.is_empty() || line == ";" || line.starts_with(['#', '/', '*']);
    between.lines().all(|line| passes(line.trim()))
}

/// The statement that imports what a file exports, under a name of one's own.
pub(crate) fn import_line(project: &Project, file: u32, target: u32, export: &str, name: &str) -> Option<String> {
    let statement = Statement { text: text_of(project, file), span: Span::default(), exported: false };
    line(project, &statement, (file, target), export, name)
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
        Language::Python => Some(python_line(python_name(project, file, target)?, export, name)),
        Language::Rust => None,
    }
}

/// The span with the end of its line, and with an empty line after it where one stands before it.
fn with_line_ends(text: &str, span: Span) -> Span {
    let (before, rest) = (&text[..span.start as usize], &text[span.end as usize..]);
    let parted = before.is_empty() || before.ends_with("\n\n") || before.ends_with("\r\n\r\n");
    let lines = rest.split_inclusive('\n').take(if parted { 2 } else { 1 });
    let ends: usize = lines.take_while(|line| line.trim().is_empty()).map(str::len).sum();
    Span { start: span.start, end: span.end + ends as u32 }
}

/// The name under which a file gives out its construction.
pub(crate) fn export_name(project: &Project, shared: &Shared) -> Option<String> {
    let var = keeper(&project.program, shared.site)?;
    let exports = project.program.facts(shared.site.call.file).exports.iter();
    let names = exports.filter(|export| matches!(export.what, Exported::Value(Value::Var(own)) if own == var));
    names.map(|export| export.name.clone()).min_by_key(|name| name == "default")
}

fn script_line(statement: &Statement, from: &str, export: &str, name: &str) -> String {
    let style = Style::of(statement.text);
    let (from, end) = (style.quoted(from), style.end());
    let named = match export {
        "default" => name.to_string(),
        same if same == name => format!("{{ {name} }}"),
        other => format!("{{ {other} as {name} }}"),
    };
    if statement.text.contains("require(") && !statement.text.contains("import ") {
        let taken = if export == "default" || export == name { named } else { format!("{{ {export}: {name} }}") };
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

/// The absolute name that others import the target by, where the file can use it too.
fn python_name<'a>(project: &Project<'a>, file: u32, target: u32) -> Option<&'a str> {
    let (_, module) = project.importers().of(target).first()?;
    (project.program.python_module(file, module) == Some(target)).then_some(module)
}

/// How a file of the same package imports the target: as others do, else by a relative path.
pub(crate) fn specifier(project: &Project, file: u32, target: u32) -> Option<String> {
    let program = &project.program;
    let path = |file: u32| program.units[file as usize].path.as_str();
    let folder = |file: u32| program.manifests.package_of(path(file)).map(|package| package.folder.as_str());
    let own = folder(file);
    let beside = project.importers().of(target).iter().filter(|(other, _)| folder(*other) == own);
    let written: Vec<&str> = beside.map(|(_, module)| *module).collect();
    if let Some(alias) = written.iter().find(|module| !module.starts_with('.')) {
        return Some((*alias).to_string());
    }
    let with_extension = written.iter().any(|module| [".js", ".mjs", ".ts"].iter().any(|end| module.ends_with(end)));
    relative(path(file), path(target), with_extension)
}

fn relative(from: &str, to: &str, with_extension: bool) -> Option<String> {
    let here: Vec<&str> = parent(from).split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = to.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(left, right)| left == right).count();
    let up = "../".repeat(here.len() - shared);
    let rest = there[shared..].join("/");
    let stem = rest.rsplit_once('.').map_or(rest.as_str(), |(stem, _)| stem);
    let name = if with_extension { format!("{stem}.js") } else { stem.trim_end_matches("/index").to_string() };
    (!name.is_empty()).then(|| format!("{}{name}", if up.is_empty() { "./" } else { &up }))
}
