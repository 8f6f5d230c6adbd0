//! Keeps a construction in a `static` of its file that is made when it is first used.
//!
//! For types that the catalogue knows to fit there, built from nothing but constants; what is written alike in
//! several functions becomes one. Knows no library by name.

use super::hoist::is_known_at;
use super::kept::is_settled;
use super::width;
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::checks::sharing::lift::{is_prepared, waits};
use crate::facts::{Import, ImportKind, Language, Span, Value};
use crate::finding::{Edit, lines};
use crate::program::CallRef;
use crate::values::Program;
use crate::values::calls::How;
use crate::values::sites::Site;

/// The first compiler whose library has the lazy cell.
const SINCE: (u32, u32) = (1, 80);

/// How long a chain may be that a formatter leaves in one line.
const CHAIN: usize = 60;

/// A construction as the text has it.
struct Built<'p> {
    site: &'p Site,
    /// With what takes it out of its `Result`.
    span: Span,
    /// The path of the type.
    ty: String,
    /// A function that takes nothing: `Client::new`.
    path: Option<&'p str>,
    written: &'p str,
    /// A method is called on it right here.
    used: bool,
    handed: Option<Handed<'p>>,
}

/// What hands the error of a construction on, up to the `?`: the `static` keeps the `Result` then.
struct Handed<'p> {
    written: &'p str,
    error: &'p str,
}

/// The edits that put it into a `static`; `None` where that is not sound or not plain.
pub fn kept_in_static(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let source = project.program.units[site.call.file as usize].source;
    let text = &*project.inputs.files.get(source.index())?.text;
    if let Some(edits) = one_shot(project, site, text) {
        return Some(edits);
    }
    if project.program.call(site.call).awaited {
        return in_once_cell(project, site, text);
    }
    let own = Built::of(project, site, text)?;
    let all = verdicts(project).iter().map(|verdict| &verdict.site);
    let mut alike: Vec<Built> =
        all.filter(|it| it.call.file == site.call.file).filter_map(|it| Built::of(project, it, text)).collect();
    alike.sort_by_key(|built| built.span);
    // Others get theirs once this one is there: until then, its name could be theirs.
    if alike.first()?.key() != own.key() {
        return None;
    }
    alike.retain(|built| built.key() == own.key());
    let name = own.name(project, text)?;
    let at = place(project, text, alike.first()?.site)?;
    let declaration = own.declared(&name, text, width::of(project, site.call.file))?;
    let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text: declaration }];
    edits.extend(alike.iter().map(|built| Edit { file: source, span: built.span, text: built.usage(&name, text) }));
    Some(edits)
}

/// Constructions that are awaited go into a cell that the first call fills.
fn in_once_cell(project: &Project, site: &Site, text: &str) -> Option<Vec<Edit>> {
    let program = &project.program;
    let (file, info) = (site.call.file, program.catalog.ty(site.ty));
    let key = |site: &Site| text.get(site.span.range()).map(|written| written.split_whitespace().collect::<String>());
    let fits = |other: &Site| {
        let method = program.call(other.call).callee_name(program.facts(file));
        let known = method.is_some_and(|method| info.row.in_static.iter().any(|name| name == method));
        known && other.how == How::Built && !is_in_module(text, other) && is_settled(project, other, text)
    };
    let plain = program.language(file) == Language::Rust && info.row.clone_shares && !is_prepared(project, site);
    if !plain || !fits(site) {
        return None;
    }
    let root = program.call(root(program, site));
    let owner = text.get(root.callee_span.range())?.rsplit_once("::")?.0;
    let ty = match root.span == site.span {
        true => owner.to_string(),
        false => format!("{}::{}", program.catalog.package(info.package).modules.first()?, info.row.name),
    };
    let name = capitals(&info.row.name);
    let all = verdicts(project).iter().map(|verdict| &verdict.site).filter(|other| other.call.file == file);
    let mut alike: Vec<&Site> = all.filter(|other| other.ty == site.ty && fits(other)).collect();
    alike.sort_by_key(|site| site.span);
    alike.dedup_by_key(|site| site.call);
    // Others of the type would take the same name.
    let first = alike.first().filter(|first| key(first) == key(site))?;
    let at = place(project, text, first).filter(|_| !lines::mentions(text, &name))?;
    alike.retain(|other| key(other) == key(site));
    let cell = "tokio::sync::OnceCell";
    let declared = format!("static {name}: {cell}<{ty}> = {cell}::const_new();\n\n");
    let source = program.units[file as usize].source;
    let insert = |at: u32, text: String| Edit { file: source, span: Span { start: at, end: at }, text };
    let mut edits = vec![insert(at, declared)];
    for site in alike {
        let rest = text.get(site.span.end as usize..)?;
        let awaited = rest.len() - rest.trim_start().strip_prefix(".await")?.len();
        let after = rest.get(awaited..)?;
        let taken = awaited + if after.starts_with('?') { 1 } else { unwrapped(after)? };
        let (open, close) =
            if lends_temporary(text.get(site.span.range())?) { ("async { ", ".await }") } else { ("", "") };
        edits.push(insert(site.span.start, format!("{name}.get_or_try_init(|| {open}")));
        edits.push(insert(site.span.end, format!("{close})")));
        edits.push(insert(site.span.end + taken as u32, ".clone()".into()));
    }
    Some(edits)
}

/// It is given a reference to what a call makes on the spot, which lives for the statement only.
fn lends_temporary(written: &str) -> bool {
    written.match_indices('&').any(|(at, _)| {
        let rest = &written[at + 1..];
        let end =
            rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':' | '.' | '!'))).unwrap_or(rest.len());
        rest[end..].starts_with('(')
    })
}

/// Calls that build a client for themselves become methods of one that is kept.
fn one_shot(project: &Project, site: &Site, text: &str) -> Option<Vec<Edit>> {
    let program = &project.program;
    let info = program.catalog.ty(site.ty);
    let file = site.call.file;
    if site.how != How::OneShot || program.language(file) != Language::Rust || is_in_module(text, site) {
        return None;
    }
    let callee = |site: &Site| text.get(program.call(site.call).callee_span.range())?.rsplit_once("::");
    let (owner, function) = callee(site)?;
    let then = |function: &str| {
        let mut makes = program.catalog.package(info.package).makes.iter();
        let named = |call: &String| call == function;
        makes.find(|make| make.one_shot && !make.then.is_empty() && make.calls.iter().any(named)).map(|make| &make.then)
    };
    let then = then(function).filter(|_| info.row.in_static.iter().any(|name| name == "new"))?;
    let name = capitals(&info.row.name);
    let all = verdicts(project).iter().map(|verdict| &verdict.site);
    let fits = |other: &&Site| other.call.file == file && other.how == How::OneShot && other.ty == site.ty;
    let mut alike: Vec<&Site> = all.filter(fits).filter(|other| callee(other) == Some((owner, function))).collect();
    alike.sort_by_key(|site| site.span);
    alike.dedup_by_key(|site| site.call);
    let cell = if project_imports(text, "std::sync::LazyLock") { "LazyLock" } else { "std::sync::LazyLock" };
    let ty = format!("{owner}::{}", info.row.name);
    let source = program.units[file as usize].source;
    let insert = |at: u32, text: String| Edit { file: source, span: Span { start: at, end: at }, text };
    let declared = format!("static {name}: {cell}<{ty}> =");
    let mut edits = Vec::new();
    if !text.contains(&format!("\n{declared}")) {
        let at = place(project, text, alike.first()?).filter(|_| !lines::mentions(text, &name))?;
        let made = format!("{cell}::new({ty}::new);");
        let broken = if declared.len() + made.len() < width::of(project, file) { " " } else { "\n    " };
        edits.push(insert(at, format!("{declared}{broken}{made}\n\n")));
    }
    for site in alike {
        let span = program.call(site.call).callee_span;
        edits.push(Edit { file: source, span, text: format!("{name}.{function}") });
        edits.push(insert(site.span.end, format!(".{then}()")));
    }
    Some(edits)
}

impl<'p> Built<'p> {
    fn of(project: &'p Project, site: &'p Site, text: &'p str) -> Option<Self> {
        let program = &project.program;
        let row = &program.catalog.ty(site.ty).row;
        let new_enough = || {
            let oldest = program.manifests.rust_version(&program.units[site.call.file as usize].path);
            oldest.is_none_or(|oldest| oldest >= SINCE)
        };
        let fits = program.language(site.call.file) == Language::Rust && row.clone_shares && !row.in_static.is_empty();
        if !fits || !new_enough() || waits(project, site) || is_prepared(project, site) || is_in_module(text, site) {
            return None;
        }
        let root = root(program, site);
        // A type of the project's own is not the one that the catalogue knows.
        if project.graph.target(root).is_some_and(|target| target.class.is_some() || !target.functions.is_empty()) {
            return None;
        }
        let root = program.call(root);
        let (owner, function) = text.get(root.callee_span.range())?.rsplit_once("::")?;
        let rest = text.get(site.span.end as usize..)?;
        let direct = root.span == site.span;
        let handed = Handed::of(project, site, text, rest).filter(|_| !direct);
        let taken = match &handed {
            Some(handed) => handed.written.len(),
            None if direct => 0,
            None => unwrapped(rest)?,
        };
        let ty = if direct { owner.to_string() } else { made_type(owner, function)? };
        let span = Span { start: site.span.start, end: site.span.end + taken as u32 };
        let written = if handed.is_some() { site.span } else { span };
        let (written, after) = (text.get(written.range())?, rest.get(taken..)?.trim_start());
        let usable = !direct || row.in_static.iter().any(|name| name == function);
        let plain = usable && !after.starts_with('?') && (!direct || unwrapped(rest).is_none());
        let path = text.get(root.callee_span.range()).filter(|_| direct && root.args.is_empty());
        let plain = plain && (handed.is_none() || after.starts_with(';'));
        let ty = handed.as_ref().map_or(ty.clone(), |handed| format!("{}<{ty}, {}>", result(text), handed.error));
        let built = Self { site, span, ty, path, written, used: after.starts_with('.'), handed };
        (plain && built.is_constant(program)).then_some(built)
    }

    /// Nothing in it is the function's own.
    fn is_constant(&self, program: &Program) -> bool {
        let facts = program.facts(self.site.call.file);
        let mut around = Some(self.site.function.id);
        let own = std::iter::from_fn(|| {
            let id = around?;
            around = facts.function(id).parent;
            around.map(|_| facts.function(id))
        });
        let mut names = own.flat_map(|function| &function.locals).map(|local| local.name.as_str());
        let bound = ["self", "Self"].into_iter().any(|name| lines::mentions(self.written, name));
        let leaves = ["?", "<", ".await", "return", "//", "/*"].iter().any(|mark| self.written.contains(mark));
        !bound
            && !leaves
            && !names.any(|name| !name.is_empty() && lines::mentions(self.written, name))
            && is_known_at(program, self.site, u32::MAX)
    }

    /// The text without its line breaks: a formatter breaks the same thing here and there.
    fn key(&self) -> String {
        let mark = if self.handed.is_some() { "?" } else { "" };
        self.written.split_whitespace().chain([mark]).collect()
    }

    /// The type's name in capitals; where that is taken, the function's with it.
    fn name(&self, project: &Project, text: &str) -> Option<String> {
        let made = self.handed.as_ref().map_or(Some(&*self.ty), |_| self.ty.split(['<', ',']).nth(1));
        let last = made?.rsplit("::").next()?;
        let short = capitals(last);
        let function = project.program.function(self.site.function).name.as_deref().unwrap_or_default();
        let long = format!("{}_{short}", capitals(function));
        [short, long].into_iter().find(|name| !lines::mentions(text, name) && !name.starts_with('_'))
    }

    fn declared(&self, name: &str, text: &str, width: usize) -> Option<String> {
        let brought = project_imports(text, "std::sync::LazyLock");
        let cell = if brought { "LazyLock" } else { "std::sync::LazyLock" };
        let (typed, made) = (format!("static {name}: {cell}<{}> =", self.ty), format!("{cell}::new("));
        let joined: String = self.written.lines().map(str::trim).collect();
        // Without what hands the error on, the chain may be short enough for one line.
        let written = if self.handed.is_some() && joined.len() <= CHAIN { &*joined } else { self.written };
        let short = self.path.map_or_else(|| format!("|| {written}"), String::from);
        let single = format!("{made}{short});");
        if !short.contains('\n') && typed.len().max(single.len()) + 4 <= width {
            let broken = if typed.len() + single.len() < width { " " } else { "\n    " };
            return Some(format!("{typed}{broken}{single}\n\n"));
        }
        let line = lines::around(text, Span { start: self.span.start, end: self.span.start })?;
        let indent = lines::indent(text.get(line.range())?);
        let (broken, deep) = if typed.len() + made.len() + 6 <= width { (" ", "") } else { ("\n    ", "    ") };
        let inner = written.replace(&format!("\n{indent}"), &format!("\n    {deep}"));
        Some(format!("{typed}{broken}{made}|| {{\n{deep}    {inner}\n{deep}}});\n\n"))
    }

    fn usage(&self, name: &str, text: &str) -> String {
        if self.used {
            return name.to_string();
        }
        let Some(handed) = &self.handed else { return format!("{name}.clone()") };
        let line = lines::around(text, Span { start: self.span.start, end: self.span.start });
        let indent = line.and_then(|line| text.get(line.range())).map_or("", lines::indent);
        let steps = [".as_ref()", handed.written.trim(), ".clone()"];
        let single = format!("{name}{}", steps.concat());
        match single.len() <= CHAIN && !single.contains('\n') {
            true => single,
            false => format!("{name}\n{indent}    {}", steps.join(&format!("\n{indent}    "))),
        }
    }
}

impl<'p> Handed<'p> {
    /// What follows a construction, where an error that is only lent may be handed on so.
    fn of(project: &'p Project, site: &Site, text: &str, rest: &'p str) -> Option<Self> {
        let error = project.program.catalog.ty(site.ty).row.built_or.as_str();
        let lead = rest.len() - rest.trim_start().len();
        let call = rest.get(lead..)?;
        let method = ["", ".map_err", ".context", ".with_context"]
            .into_iter()
            .find(|method| call.strip_prefix(method).is_some_and(|rest| rest.starts_with(['?', '('])))?;
        let inner = in_brackets(call.get(method.len()..)?);
        let length = lead + method.len() + inner.map_or(0, |inner| inner.len() + 2);
        let takes_any = match method {
            ".map_err" => inner.is_some_and(only_words),
            "" => gives_any_error(project, site, text),
            _ => project_imports(text, "anyhow::Context") || text.contains("use anyhow::{"),
        };
        let ends = rest.get(length..)?.starts_with('?');
        (!error.is_empty() && ends && takes_any).then_some(Self { written: rest.get(..=length)?, error })
    }
}

/// The type by its short name, where the file gives that no other meaning.
fn result(text: &str) -> &'static str {
    let named = |line: &str| (line.starts_with("use ") || line.contains("type ")) && lines::mentions(line, "Result");
    if text.lines().any(|line| named(line.trim_start())) { "std::result::Result" } else { "Result" }
}

/// A closure that does nothing with the error but write it into a text.
fn only_words(closure: &str) -> bool {
    let Some((name, body)) = closure.strip_prefix('|').and_then(|rest| rest.split_once('|')) else { return false };
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let given = |mark: &str| body.matches(&mark.replace('e', name)).count();
    let printed = ["{e}", "{e:?}", "{e:#}", "e.to_string()"].into_iter().map(given).sum::<usize>();
    let listed = if body.contains("format!(") { given(", e)") } else { 0 };
    plain && printed + listed == lines::count(body, name)
}

/// The function gives back an error that any other one becomes.
fn gives_any_error(project: &Project, site: &Site, text: &str) -> bool {
    let head = text.get(project.program.function(site.function).span.range()).and_then(|text| text.split_once('{'));
    let gives = head.and_then(|(head, _)| head.rsplit_once("->")).map_or("", |(_, gives)| gives);
    gives.contains("anyhow::") || gives.contains("Box<dyn ") && gives.contains("Error")
}

/// What stands between the bracket that a text begins with and its end.
fn in_brackets(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('(')?;
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    let end = inner.find(|c: char| {
        match c {
            '"' if !escaped => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        depth == 0
    })?;
    inner.get(..end)
}

fn project_imports(text: &str, path: &str) -> bool {
    text.lines().any(|line| line.trim_end() == format!("use {path};"))
}

/// The first call of the chain that ends in the construction.
fn root(program: &Program, site: &Site) -> CallRef {
    let mut call = site.call;
    while let Value::Member(base, _) = &program.call(call).callee
        && let Value::Call(id) = **base
    {
        call = CallRef { id, ..call };
    }
    call
}

/// What a builder that is made by this function makes.
fn made_type(owner: &str, function: &str) -> Option<String> {
    match function {
        "builder" => Some(owner.to_string()),
        // Only a path says where the type beside the builder is.
        "new" => owner.strip_suffix("Builder").filter(|ty| ty.contains("::") && !ty.ends_with("::")).map(String::from),
        _ => None,
    }
}

/// The length of what takes a value out of its `Result`, and panics where there is none.
fn unwrapped(rest: &str) -> Option<usize> {
    let lead = rest.len() - rest.trim_start().len();
    let call = rest.get(lead..)?;
    let length = match call.strip_prefix(".expect(\"") {
        Some(message) => message.find("\")").map(|end| ".expect(\"".len() + end + 2)?,
        None => call.starts_with(".unwrap()").then_some(".unwrap()".len())?,
    };
    Some(lead + length)
}

fn capitals(name: &str) -> String {
    let mut found = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_uppercase() && lower {
            found.push('_');
        }
        lower = c.is_lowercase();
        found.extend(c.to_uppercase());
    }
    found
}

/// It stands in a module that is written out in the file, which sees nothing of the file's own names.
fn is_in_module(text: &str, site: &Site) -> bool {
    let before = text.get(..site.span.start as usize).unwrap_or_default();
    let opens = |line: &&str| {
        let words = line.split_once("mod ").filter(|_| line.trim_end().ends_with('{'));
        words.is_some_and(|(head, _)| head.is_empty() || head.starts_with("pub"))
    };
    before.lines().rev().take_while(|line| !line.starts_with('}')).any(|line| opens(&line))
}

/// Below the imports, else above the item that builds it.
fn place(project: &Project, text: &str, site: &Site) -> Option<u32> {
    let function = project.program.function(site.function).span.start;
    let facts = project.program.facts(site.call.file);
    let flush = |import: &&Import| {
        let at = import.statement.start as usize;
        let margin = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
        import.kind != ImportKind::Dynamic && margin && import.statement.end <= function && import.statement.end > 0
    };
    let last = facts.imports.iter().filter(flush).map(|import| import.statement.end).max();
    let Some(last) = last else { return item(text, site) };
    let line = lines::around(text, Span { start: last, end: last })?;
    let next = lines::around(text, Span { start: line.end, end: line.end })?;
    let parted = text.get(next.range())?.trim().is_empty();
    parted.then_some(next.end)
}

/// Where the item at the margin begins that the function is or stands in, with its attributes and comments.
fn item(text: &str, site: &Site) -> Option<u32> {
    let before = text.get(..site.span.start as usize)?;
    let mut at = before.rfind('\n')? + 1;
    loop {
        let line = text.get(at..)?.lines().next()?;
        let opens = line.starts_with(|c: char| c.is_alphabetic()) && !line.starts_with("where");
        if opens {
            break;
        }
        at = text.get(..at.checked_sub(1)?)?.rfind('\n').map_or(0, |end| end + 1);
    }
    let above = text.get(..at)?.split_inclusive('\n').rev();
    let belongs = |line: &&str| ["//", "#[", " *", "/*"].iter().any(|mark| line.starts_with(mark));
    Some((at - above.take_while(belongs).map(str::len).sum::<usize>()) as u32)
}
