//! Builds what several files build alike once, in a module of its own that all of them import.
//!
//! For declarations in functions that are written alike, and read nothing but what packages and the process give; the
//! module stands in a folder that is there. Each file's fix makes the same module, so one of them alone is sound, and
//! all together are one module and its uses. Knows no library by name.

use super::hoist::{is_request_bound, is_shared};
use super::leftover::Leftover;
use super::reopened::is_opened_once;
use super::replace::brought_in;
use super::rewrite::{Slot, is_entry, line_from, python_root, relative};
use crate::catalog::schema::Platform;
use crate::catalog::words::packages::{SHARED_FOLDERS, SOURCE_ROOTS};
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::checks::sharing::duplicates::is_one_enough;
use crate::checks::sharing::lift::{Lift, is_prepared, waits};
use crate::checks::sharing::reload::is_reloaded;
use crate::facts::{DEFAULT_EXPORT, FnId, ImportId, ImportKind, Language, LocalKind, Span, Value, VarRef};
use crate::finding::{Edit, NewFile, Style, lines};
use crate::packages::paths::parent;
use crate::source::FileKind;
use crate::values::Program;
use crate::values::flow::mentions;
use crate::values::sites::Site;
use rustc_hash::FxHashSet;

/// The edits of one file, and the module that they need.
pub struct Made {
    pub edits: Vec<Edit>,
    pub module: NewFile,
}

/// The fix of a site; `None` where no other file builds the same, or where it is not sound or not plain.
pub fn made(project: &Project, site: &Site) -> Option<Made> {
    let lifts = plain(project, site)?;
    let mut files = vec![site.call.file];
    for verdict in verdicts(project) {
        let other = &verdict.site;
        if !files.contains(&other.call.file) && is_alike(project, &lifts, other) {
            files.push(other.call.file);
        }
    }
    if files.len() < 2 {
        return None;
    }
    let program = &project.program;
    files.sort_by_key(|file| &program.units[*file as usize].path);
    let first = first(project, &files, &lifts)?;
    let module = module(project, &files, &first)?;
    let edits = uses(project, &files, &lifts, &module.path)?;
    Some(Made { edits, module })
}

/// The declarations of a file that could come from a module.
fn plain<'p>(project: &'p Project, site: &Site) -> Option<Vec<Lift<'p>>> {
    let program = &project.program;
    let info = program.catalog.ty(site.ty);
    let path = &program.units[site.call.file as usize].path;
    // Functions that are deployed one by one do not see each other's files.
    let apart = program.language(site.call.file) == Language::Python
        && program.platform(path).is_some_and(|platform| platform != Platform::Server);
    let fits = info.is_for_all_threads() && is_one_enough(info) && !info.row.running_loop && !info.row.caches && !apart;
    if !fits
        || is_prepared(project, site)
        || is_opened_once(project, site)
        || waits(project, site)
        || is_shared(project, site)
    {
        return None;
    }
    let mut lifts = Lift::together(project, site)?;
    lifts.retain(|lift| !lift.conditional && imports(project, lift.site).is_some());
    let long = lifts.iter().any(|lift| lines::holds_long_text(built(lift)));
    (!long && lifts.iter().any(|lift| lift.site.call == site.call)).then_some(lifts)
}

/// Whether another file of the package builds the same, under the same name.
fn is_alike(project: &Project, own: &[Lift], other: &Site) -> bool {
    let Some(first) = own.first() else { return false };
    let program = &project.program;
    let folder = |file: u32| program.package_folder(file);
    let near = other.ty == first.site.ty && folder(other.call.file) == folder(first.site.call.file);
    near && plain(project, other).is_some_and(|lifts| lifts.first().is_some_and(|lift| is_same(project, first, lift)))
}

/// Written alike, with names that mean the same.
fn is_same(project: &Project, left: &Lift, right: &Lift) -> bool {
    let bare = |lift: &Lift| built(lift).split_whitespace().collect::<String>();
    let named = |lift: &Lift| imports(project, lift.site);
    left.name == right.name && bare(left) == bare(right) && named(left) == named(right)
}

fn built<'p>(lift: &Lift<'p>) -> &'p str {
    lift.text.get(lift.site.span.range()).unwrap_or_default()
}

/// A name that a construction reads: how it is called, from which module it is, and as what.
pub(super) type Imported<'p> = (&'p str, &'p str, &'p str, ImportKind);

/// What a construction reads, where that is imports alone; `None` where it reads anything of its file.
fn imports<'p>(project: &'p Project, site: &Site) -> Option<Vec<Imported<'p>>> {
    let program = &project.program;
    let (file, mut found) = (site.call.file, Vec::new());
    let mut other = |value: &Value| match value {
        Value::Var(var) if var.function == FnId::TOP => match imported(project, file, *var) {
            Some(import) => {
                found.push(import);
                false
            }
            None => true,
        },
        Value::Var(_) | Value::This | Value::Super | Value::Closure(_) | Value::Unknown => true,
        Value::Module(_) | Value::Element(_) => true,
        _ => false,
    };
    let reads = mentions(program, file, &Value::Call(site.call.id), &mut other);
    let plain = !reads && !program.has_folded(file, site.span);
    found.sort_unstable_by_key(|(local, module, ..)| (*module, *local));
    found.dedup();
    plain.then_some(found)
}

/// What a name at the top of a file is imported as; `None` where it is none of a package's.
fn imported<'p>(project: &'p Project, file: u32, var: VarRef) -> Option<Imported<'p>> {
    let program = &project.program;
    let facts = program.facts(file);
    let local = facts.local(var);
    let only = program.bound(file, var).first().filter(|_| program.bound(file, var).len() == 1);
    let (id, name) = match (local.kind, only.map(|only| only.value)) {
        (LocalKind::Import(id), _) => (id, None),
        (_, Some(Value::Module(id))) => (*id, None),
        (_, Some(Value::Member(module, name))) => match **module {
            Value::Module(id) => (id, Some(name.as_str())),
            _ => return None,
        },
        _ => return None,
    };
    let import = facts.import(id);
    let required = facts.language == Language::Script && !matches!(local.kind, LocalKind::Import(_));
    let kind = if name.is_some() { ImportKind::Named } else { import.kind };
    let name = name.unwrap_or(&import.name);
    let written = !required || is_common_js(text(project, file)) && name != DEFAULT_EXPORT;
    let plain = is_portable(program, file, id) && written;
    plain.then_some((local.name.as_str(), import.module.as_str(), name, kind))
}

fn text<'p>(project: &'p Project, file: u32) -> &'p str {
    let source = project.program.units[file as usize].source;
    project.inputs.files.get(source.index()).map_or("", |file| &*file.text)
}

/// It means the same in a module beside the file: it is of a package.
fn is_portable(program: &Program, file: u32, id: ImportId) -> bool {
    let facts = program.facts(file);
    let import = facts.import(id);
    let own = match facts.language {
        Language::Script => program.modules.imported(file, id).is_some(),
        _ => program.python_module(file, &import.module).is_some(),
    };
    let kind = matches!(import.kind, ImportKind::Named | ImportKind::Namespace) && !import.type_only;
    kind && !own && !import.module.starts_with('.') && !is_request_bound(program, facts, id)
}

/// The declaration that the module takes over: that of the first file.
fn first<'p>(project: &'p Project, files: &[u32], own: &[Lift]) -> Option<Lift<'p>> {
    let file = *files.first()?;
    let sample = own.first()?;
    let mut sites = verdicts(project).iter().map(|verdict| &verdict.site).filter(|site| site.call.file == file);
    sites.find_map(|site| plain(project, site)?.into_iter().next().filter(|lift| is_same(project, sample, lift)))
}

fn module(project: &Project, files: &[u32], lift: &Lift) -> Option<NewFile> {
    let path = place(project, files, lift)?;
    let python = project.program.language(lift.site.call.file) == Language::Python;
    let text = if python { python_text(project, lift)? } else { script_text(project, lift)? };
    Some(NewFile { path, text: lines::ended_as(&text, lift.text) })
}

/// A free name in a folder for what is shared, else where the sources begin.
fn place(project: &Project, files: &[u32], lift: &Lift) -> Option<String> {
    let program = &project.program;
    let paths: Vec<&str> = files.iter().map(|file| program.units[*file as usize].path.as_str()).collect();
    let package = program.package_folder(*files.first()?).trim_end_matches('/');
    let python = program.language(lift.site.call.file) == Language::Python;
    let alike = |path: &str| path.ends_with(".py") == python;
    let sources = project.inputs.files.iter().filter(|file| file.kind != FileKind::Settings && alike(&file.path));
    let inside: FxHashSet<&str> = sources.map(|file| parent(&file.path)).collect();
    let has = |folder: &str| inside.contains(folder);
    let above = common(&paths);
    let roots = roots(above, package);
    let shared = roots.iter().flat_map(|root| SHARED_FOLDERS.iter().map(|name| joined(root, name)));
    let reached =
        |folder: &str| is_below(above, folder) || files.iter().any(|file| imports_from(project, *file, folder));
    let sources = SOURCE_ROOTS.iter().map(|name| joined(package, name)).filter(|folder| reached(folder));
    // A package of Python is imported from its root: what lies above it may not be.
    let last = if python { above.to_string() } else { package.to_string() };
    let mut folders = shared.chain(sources).filter(|folder| has(folder)).chain([last]);
    let name = name(project, lift)?;
    // A file that a framework serves as an entry of its own is no module to import.
    let place = folders.find(|folder| !is_entry(project, within(&joined(folder, &name), package)));
    place.map(|folder| joined(&folder, &name)).filter(|path| program.modules.is_free(path))
}

/// The file imports something below the folder.
fn imports_from(project: &Project, file: u32, folder: &str) -> bool {
    let program = &project.program;
    let ids = (0..program.facts(file).imports.len() as u32).map(ImportId);
    let mut targets = ids.filter_map(|id| program.modules.imported(file, id));
    targets.any(|target| is_below(&program.units[target as usize].path, folder))
}

/// The folders from one up to that of the package.
fn roots<'t>(folder: &'t str, package: &str) -> Vec<&'t str> {
    let mut found = vec![folder];
    while let Some(last) = found.last().copied().filter(|last| *last != package && !last.is_empty()) {
        found.push(parent(last));
    }
    found
}

fn within<'t>(path: &'t str, package: &str) -> &'t str {
    path.strip_prefix(package).unwrap_or(path).trim_start_matches('/')
}

fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

fn joined(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_string() } else { format!("{folder}/{name}") }
}

/// The folder that holds all of the files.
pub(super) fn common<'t>(paths: &[&'t str]) -> &'t str {
    let mut folder = paths.first().map_or("", |path| parent(path));
    while !paths.iter().all(|path| is_below(path, folder)) {
        folder = parent(folder);
    }
    folder
}

/// The file's name after the client; with the ending of the file that it comes from.
fn name(project: &Project, lift: &Lift) -> Option<String> {
    const SHORT: usize = 3;
    let file = lift.site.call.file;
    let path = &project.program.units[file as usize].path;
    let ending = path.rsplit_once('.').map(|(_, ending)| ending)?;
    let modules = project.program.facts(file).imports.iter().map(|import| import.module.as_str());
    let roots: Vec<&str> = modules.map(|module| module.split('.').next().unwrap_or(module)).collect();
    let bare = lift.name.trim_matches('_');
    let stem = match ending {
        // A module that is called like a package hides it.
        "py" if roots.contains(&bare) => format!("{bare}_client"),
        _ if bare.len() < SHORT => return None,
        _ => bare.to_string(),
    };
    let ending = match ending {
        "tsx" => "ts",
        "jsx" => "js",
        plain => plain,
    };
    matches!(ending, "ts" | "mts" | "cts" | "js" | "mjs" | "cjs" | "py").then(|| format!("{stem}.{ending}"))
}

/// The construction as it stands at the margin.
fn at_margin(lift: &Lift) -> Option<String> {
    let indent = lines::indent(lift.text.get(lift.span.range())?);
    Some(built(lift).replace(&format!("\n{indent}"), "\n"))
}

/// The comments above the declaration, at the margin.
fn comments(lift: &Lift) -> Option<String> {
    let comments = lift.text.get(lift.comments().range())?;
    Some(comments.lines().map(|line| format!("{}\n", line.trim_start())).collect())
}

/// The line that imports it so in Python.
pub(super) fn python_import((local, module, name, kind): &Imported) -> String {
    match kind {
        ImportKind::Namespace if local == module => format!("import {module}\n"),
        ImportKind::Namespace if module.starts_with(&format!("{local}.")) => format!("import {module}\n"),
        ImportKind::Namespace => format!("import {module} as {local}\n"),
        _ if local == name => format!("from {module} import {name}\n"),
        _ => format!("from {module} import {name} as {local}\n"),
    }
}

fn python_text(project: &Project, lift: &Lift) -> Option<String> {
    let imports = imports(project, lift.site)?;
    // Of the language's own library first, then packages.
    let (own, rest): (Vec<_>, Vec<_>) = imports.iter().partition(|(_, module, ..)| super::imports::is_standard(module));
    let section = |lines: &[&Imported]| lines.iter().copied().map(python_import).collect::<String>();
    let blank = if own.is_empty() || rest.is_empty() { "" } else { "\n" };
    let (own, rest, comments) = (section(&own), section(&rest), comments(lift)?);
    Some(format!("{own}{blank}{rest}\n{comments}{} = {}\n", lift.name, at_margin(lift)?))
}

fn script_text(project: &Project, lift: &Lift) -> Option<String> {
    let style = Style::of(lift.text);
    let (end, common) = (style.end(), is_common_js(lift.text));
    let imports = imports(project, lift.site)?;
    let mut modules: Vec<&str> = imports.iter().map(|(_, module, ..)| *module).collect();
    modules.dedup();
    let mut head = String::new();
    for module in modules {
        let of: Vec<&Imported> = imports.iter().filter(|(_, from, ..)| *from == module).collect();
        head.push_str(&script_import(&of, &style.quoted(module), common, end)?);
    }
    let (name, built, comments) = (lift.name, at_margin(lift)?, comments(lift)?);
    let slot = is_reloaded(project, lift.site).then(|| Slot::of(project, lift.site, name));
    let (declared, read, written) = match slot {
        Some(slot) => slot.map(|slot| (slot.declared.clone(), slot.read(), slot.written(lift.text, name)))?,
        None => Default::default(),
    };
    let (export, last) = match common {
        true => ("", format!("\n\nmodule.exports = {{ {name} }}{end}")),
        false => ("export ", String::new()),
    };
    Some(format!("{head}\n{declared}{comments}{export}const {name} = {read}{built}{end}{written}{last}\n"))
}

fn is_common_js(text: &str) -> bool {
    text.contains("require(") && !text.lines().any(|line| line.starts_with("import "))
}

/// The statement that imports names of one module.
fn script_import(names: &[&Imported], from: &str, common: bool, end: &str) -> Option<String> {
    let alone = |local: &str, name: &str, kind: ImportKind| match (common, kind, name) {
        (true, ImportKind::Namespace, _) | (true, _, DEFAULT_EXPORT) => {
            Some(format!("const {local} = require({from}){end}\n"))
        }
        (false, ImportKind::Namespace, _) => Some(format!("import * as {local} from {from}{end}\n")),
        (false, _, DEFAULT_EXPORT) => Some(format!("import {local} from {from}{end}\n")),
        _ => None,
    };
    let as_word = if common { ": " } else { " as " };
    let (mut whole, mut listed) = (String::new(), Vec::new());
    for (local, _, name, kind) in names {
        match alone(local, name, *kind) {
            Some(line) => whole.push_str(&line),
            None if local == name => listed.push((*name).to_string()),
            None => listed.push(format!("{name}{as_word}{local}")),
        }
    }
    if listed.is_empty() {
        return Some(whole);
    }
    let listed = listed.join(", ");
    let line = match common {
        true => format!("const {{ {listed} }} = require({from}){end}\n"),
        false => format!("import {{ {listed} }} from {from}{end}\n"),
    };
    Some(whole + &line)
}

/// An import of the module in the place of the declarations.
fn uses(project: &Project, files: &[u32], lifts: &[Lift], path: &str) -> Option<Vec<Edit>> {
    let first = lifts.first()?;
    let file = first.site.call.file;
    let source = project.program.units[file as usize].source;
    let line = line_from(project, file, &module_name(project, files, file, path)?, first.name)?;
    let gone: Vec<(Span, String)> = lifts.iter().map(|lift| lift.giving_way(first, lift.comments())).collect();
    let spans: Vec<Span> = gone.iter().map(|(span, _)| *span).collect();
    let left = Leftover::of(project, file, first.text, &spans);
    let mut edits: Vec<Edit> = gone.into_iter().map(|(span, text)| Edit { file: source, span, text }).collect();
    edits.extend(brought_in(project, first.site, first.text, line, left)?);
    Some(edits)
}

/// How a file names a module that is not there yet.
fn module_name(project: &Project, files: &[u32], file: u32, path: &str) -> Option<String> {
    match project.program.language(file) {
        Language::Python => dotted(project, files, file, path),
        Language::Script => aliased(project, file, path).or_else(|| {
            let own = &project.program.units[file as usize].path;
            relative(own, path, with_ending(project, file))
        }),
        Language::Rust => None,
    }
}

/// Imports of neighbours name their endings: those of the file, else those of its package.
fn with_ending(project: &Project, file: u32) -> bool {
    let program = &project.program;
    let folder = program.package_folder(file);
    let relative = |file: u32| {
        let modules = program.facts(file).imports.iter().map(|import| import.module.as_str());
        modules.filter(|module| module.starts_with('.'))
    };
    let ends = |module: &str| [".js", ".mjs", ".ts"].iter().any(|end| module.ends_with(end));
    if relative(file).next().is_some() {
        return relative(file).any(ends);
    }
    let mut beside = (0..program.units.len() as u32).filter(|other| program.package_folder(*other) == folder);
    beside.any(|other| relative(other).any(ends))
}

/// By the alias that the file has for something in a folder above the module: `@/lib/prisma`.
fn aliased(project: &Project, file: u32, path: &str) -> Option<String> {
    let program = &project.program;
    let (stem, _) = path.rsplit_once('.')?;
    let imports = program.facts(file).imports.iter().enumerate();
    imports.filter(|(_, import)| !import.module.starts_with('.')).find_map(|(id, import)| {
        let target = program.modules.imported(file, ImportId(id as u32))?;
        let (alias, rest) = import.module.split_once('/')?;
        let theirs = &program.units[target as usize].path;
        let theirs = theirs.rsplit_once('.').map_or(theirs.as_str(), |(stem, _)| stem);
        let base = [theirs, theirs.strip_suffix("/index").unwrap_or(theirs)]
            .into_iter()
            .find_map(|stem| stem.strip_suffix(rest).filter(|base| base.is_empty() || base.ends_with('/')))?;
        // A package of the workspace is no alias.
        let marks = ["@", "~", "#", "$", "src", "app"].contains(&alias) || alias.len() < 3;
        stem.strip_prefix(base).filter(|_| marks).map(|rest| format!("{alias}/{rest}"))
    })
}

/// From the folder that the file's imports of the project begin in, or its own name as another of the files has it.
fn dotted(project: &Project, files: &[u32], file: u32, path: &str) -> Option<String> {
    let program = &project.program;
    let own = program.units[file as usize].path.trim_end_matches(".py");
    let parts: Vec<&str> = own.trim_end_matches("/__init__").split('/').collect();
    let other = *files.iter().find(|other| **other != file)?;
    let named = || (0..parts.len()).find(|at| program.python_module(other, &parts[*at..].join(".")) == Some(file));
    let root = python_root(project, file).or_else(|| Some(parts[..named()?].join("/")))?;
    let root = root.trim_end_matches('/');
    let rest = within(path.trim_end_matches(".py"), root);
    is_below(path, root).then(|| rest.replace('/', "."))
}

#[cfg(test)]
mod tests {
    use super::{common, is_below, joined, roots};

    #[test]
    fn the_folder_of_all_is_the_deepest_one() {
        assert_eq!(common(&["src/api/a/route.ts", "src/api/b/route.ts"]), "src/api");
        assert_eq!(common(&["src/api.ts", "src/apis/b.ts"]), "src");
        assert_eq!(common(&["a.py", "b/c.py"]), "");
        assert_eq!(roots("web/src/api", "web"), ["web/src/api", "web/src", "web"]);
        assert!(is_below("src/api", "src") && !is_below("src2/api", "src"));
        assert_eq!(joined("", "lib"), "lib");
    }
}
