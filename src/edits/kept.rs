//! Keeps what a function builds in a variable of its module, which the first call fills: for a construction that is no
//! declaration of its own, stands under a condition, or reads what only the function works out.
//!
//! What is written alike in a file becomes one, and calls that closed it are taken out. Knows no library by name.

use super::hoist::{is_request_bound, is_shared, top_line};
use super::imports;
use super::rewrite::{Slot, written_type};
use super::take_out::taken_out;
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::checks::sharing::lift::{is_closed, is_prepared, waits};
use crate::checks::sharing::reload::is_reloaded;
use crate::facts::walk::{Bind, binds};
use crate::facts::{Call, CallId, FnId, Language, LocalKind, Node, Param, ParamKind, Span, Value, VarRef, returned};
use crate::finding::{Edit, Style, lines};
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::flow::{Flow, mentions};
use crate::values::sites::{Site, info};

/// The edits; `None` where that is not sound or not plain.
pub fn kept(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let language = project.program.language(site.call.file);
    if language == Language::Rust || !is_shareable(project, site) {
        return None;
    }
    if language == Language::Python
        && let Some(edits) = cached(project, site)
    {
        return Some(edits);
    }
    let text = text(project, site)?;
    let all = verdicts(project).iter().map(|verdict| &verdict.site);
    let fits = |other: &&Site| {
        other.call.file == site.call.file && key(text, other) == key(text, site) && is_shareable(project, other)
    };
    let mut alike: Vec<&Site> = all.filter(fits).collect();
    alike.sort_by_key(|site| site.span);
    alike.dedup_by_key(|site| site.call);
    let tops = alike.iter().map(|site| top_line(project, text, site.function));
    let at = tops.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
    let edits = match language {
        Language::Python => in_function(project, &alike, text, at)?,
        _ => in_place(project, &alike, text, at)?,
    };
    let mut edits: Vec<Edit> = edits;
    for release in alike.iter().flat_map(|site| releases(project, site)) {
        edits.extend(taken_out(project, release)?);
    }
    Some(edits)
}

fn text<'p>(project: &'p Project, site: &Site) -> Option<&'p str> {
    let source = project.program.units[site.call.file as usize].source;
    project.inputs.files.get(source.index()).map(|file| &*file.text)
}

/// The construction without its white space.
fn key(text: &str, site: &Site) -> String {
    text.get(site.span.range()).unwrap_or_default().split_whitespace().collect()
}

/// One object may serve all calls, and nobody but the function itself ends it.
fn is_shareable(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let info = info(program, site);
    let fits = site.how == How::Built && info.is_shareable() && !info.row.running_loop && !info.row.visit;
    let plain = site.function.id != FnId::TOP && program.facts(site.call.file).component.is_none();
    fits && plain
        && !program.call(site.call).awaited
        && !waits(project, site)
        && !is_prepared(project, site)
        && !is_shared(project, site)
        && !is_closed_elsewhere(project, site)
        && (!is_closed(project, site) || !releases(project, site).is_empty() && !is_entered(project, site))
}

/// The calls of the function that release it.
fn releases(project: &Project, site: &Site) -> Vec<CallRef> {
    let program = &project.program;
    let releasing = |call: &CallRef| match &program.call(*call).callee {
        Value::Member(_, name) => program.catalog.releases(site.ty, name),
        _ => false,
    };
    let facts = program.facts(site.call.file);
    let ids = (0..facts.calls.len() as u32).map(|id| CallRef { file: site.call.file, id: CallId(id) });
    let calls: Vec<CallRef> =
        ids.filter(|call| facts.is_within(site.function.id, program.call(*call).function)).filter(releasing).collect();
    if calls.is_empty() {
        return calls;
    }
    let flow = Flow::of(program, site.call);
    let own = |call: &CallRef| matches!(&program.call(*call).callee, Value::Member(base, _) if flow.is_alias(base));
    calls.into_iter().filter(own).collect()
}

/// A block ends with it.
fn is_entered(project: &Project, site: &Site) -> bool {
    fn within(block: &[Node], flow: &Flow) -> bool {
        block.iter().any(|node| {
            let own = matches!(node, Node::Scope { resource, .. } if flow.is_alias(resource));
            own || node.blocks().any(|inner| within(inner, flow))
        })
    }
    within(&project.program.function(site.function).body, &Flow::of(&project.program, site.call))
}

/// Whoever is given it, or another method of the object that holds it, closes it.
pub(crate) fn is_closed_elsewhere(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let facts = program.facts(site.call.file);
    let field = field(project, site);
    let closes = |call: &Call| match &call.callee {
        Value::Member(base, name) => {
            let held =
                matches!(&**base, Value::Member(owner, of) if **owner == Value::This && Some(of.as_str()) == field);
            held && program.catalog.releases(site.ty, name)
        }
        _ => false,
    };
    if field.is_some() && facts.calls.iter().any(closes) {
        return true;
    }
    let calls = project.callers().of(site.function).iter();
    let mut given = calls.filter(|_| is_returned(project, site)).map(|call| {
        let function = FnRef { file: call.file, id: program.call(*call).function };
        Site { call: *call, function, span: program.call(*call).span, ..site.clone() }
    });
    given.any(|given| given.function != site.function && is_closed(project, &given))
}

fn is_returned(project: &Project, site: &Site) -> bool {
    let mut values = Vec::new();
    returned(&project.program.function(site.function).body, &mut values);
    values.iter().any(|value| is_it(project, site, value))
}

/// The construction, or a variable of the function that holds nothing else.
fn is_it(project: &Project, site: &Site, value: &Value) -> bool {
    match value {
        Value::Call(id) => *id == site.call.id,
        Value::Choice(values) => values.iter().any(|value| is_it(project, site, value)),
        Value::Var(var) if var.function == site.function.id => {
            let bound = project.program.bound(site.call.file, *var);
            bound.iter().any(|bound| *bound.value == Value::Call(site.call.id))
        }
        _ => false,
    }
}

/// The field of the object that takes it.
fn field<'p>(project: &'p Project, site: &Site) -> Option<&'p str> {
    let mut found = None;
    binds(&project.program.function(site.function).body).for_each(|Bind { target, value, .. }| match target {
        Value::Member(owner, name) if **owner == Value::This && *value == Value::Call(site.call.id) => {
            found = Some(name.as_str());
        }
        _ => {}
    });
    found
}

/// The name of the variable or field that takes it.
fn taker<'p>(project: &'p Project, site: &Site) -> Option<&'p str> {
    let mut found = field(project, site);
    binds(&project.program.function(site.function).body).for_each(|Bind { target, value, .. }| match target {
        Value::Var(var) if *value == Value::Call(site.call.id) && found.is_none() => {
            found = Some(project.program.facts(site.call.file).local(*var).name.as_str());
        }
        _ => {}
    });
    found
}

/// `shared ??= new Client()`, where it stands.
fn in_place(project: &Project, alike: &[&Site], text: &str, at: u32) -> Option<Vec<Edit>> {
    let program = &project.program;
    let first = alike.first()?;
    alike.iter().all(|site| is_steady(project, site, text)).then_some(())?;
    let call = program.call(first.call);
    let word = taker(project, first).or_else(|| call.callee_name(program.facts(first.call.file)))?;
    let name = free(text, &[format!("shared{}", capitalised(word.trim_start_matches(['_', '#'])))])?;
    let source = program.units[first.call.file as usize].source;
    let end = Style::of(text).end();
    let (declared, held) = match is_reloaded(project, first) {
        true => {
            let slot = Slot::of(project, first, &name)?;
            (format!("{}\n", slot.declared), slot.path)
        }
        false => {
            let ty = written_type(project, first);
            let ty = ty.map_or(String::new(), |ty| format!(": {ty} | undefined"));
            (format!("let {name}{ty}{end}\n\n"), name)
        }
    };
    let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text: declared }];
    for site in alike {
        let Span { start, end } = site.span;
        edits.push(Edit { file: source, span: Span { start, end: start }, text: format!("({held} ??= ") });
        edits.push(Edit { file: source, span: Span { start: end, end }, text: ")".into() });
    }
    Some(edits)
}

/// What it reads is the same for every call: nothing of it comes from a parameter, the object or a loop.
fn is_steady(project: &Project, site: &Site, text: &str) -> bool {
    let file = site.call.file;
    let Some(written) = text.get(site.span.range()) else { return false };
    let leaves = |word: &str| lines::mentions(written, word);
    let steady = locals(project, site, written).into_iter().all(|(var, _)| is_constant(project, file, var, 0));
    let known = is_known(project, file, &Value::Call(site.call.id), 0);
    steady && known && !["this", "super", "await", "yield", "arguments"].into_iter().any(leaves)
}

/// The names of the functions around a site that a text has.
fn locals<'p>(project: &'p Project, site: &Site, written: &str) -> Vec<(VarRef, &'p str)> {
    let facts = project.program.facts(site.call.file);
    let around = std::iter::successors(Some(site.function.id), |id| facts.function(*id).parent);
    let all = around.filter(|id| *id != FnId::TOP).flat_map(|id| {
        let locals = facts.function(id).locals.iter().enumerate();
        locals.map(move |(local, data)| (VarRef { function: id, local: local as u32 }, data.name.as_str()))
    });
    all.filter(|(_, name)| !name.is_empty() && lines::mentions(written, name)).collect()
}

/// A local that is worked out from what all calls see. One that has no value of its own in the facts stands between a
/// value and the one statement that reads it.
fn is_constant(project: &Project, file: u32, var: VarRef, depth: u32) -> bool {
    match project.program.bound(file, var) {
        [] => matches!(project.program.facts(file).local(var).kind, LocalKind::Let { .. }),
        [only] => depth < 8 && is_known(project, file, only.value, depth + 1),
        _ => false,
    }
}

fn is_known(project: &Project, file: u32, value: &Value, depth: u32) -> bool {
    let program = &project.program;
    let facts = program.facts(file);
    let mut late = |value: &Value| match value {
        Value::Var(var) if var.function == FnId::TOP => match facts.local(*var).kind {
            LocalKind::Import(id) => is_request_bound(program, facts, id),
            _ => false,
        },
        Value::Var(var) => !is_constant(project, file, *var, depth),
        Value::Unknown | Value::This | Value::Super | Value::Closure(_) | Value::Element(_) => true,
        Value::Call(id) => facts.call(*id).awaited,
        _ => false,
    };
    !mentions(program, file, value, 0, &mut late)
}

/// A function of its own that is run once, for what it is told.
fn in_function(project: &Project, alike: &[&Site], text: &str, at: u32) -> Option<Vec<Edit>> {
    let program = &project.program;
    let first = alike.first()?;
    alike.iter().all(|site| is_steady(project, site, text) && is_hashable(project, site, text)).then_some(())?;
    let word = taker(project, first).map(|name| name.trim_start_matches('_').to_ascii_lowercase());
    let word = word.unwrap_or_else(|| snake(&info(program, first).row.name));
    let name = free(text, &[format!("shared_{word}"), format!("shared_{word}_client")])?;
    let line = lines::around(text, Span { start: first.span.start, end: first.span.start })?;
    let indent = lines::indent(text.get(line.range())?);
    let built = text.get(first.span.range())?;
    let deep = lines::shallower(&format!("{indent}{built}"), indent).filter(|_| !lines::holds_long_text(built))?;
    let body = lines::deeper(&format!("return {deep}"), "    ")?;
    let mut told: Vec<&str> = locals(project, first, built).into_iter().map(|(_, name)| name).collect();
    told.dedup();
    let told = told.join(", ");
    let source = program.units[first.call.file as usize].source;
    let declared = format!("@cache\ndef {name}({told}):\n{body}\n\n\n");
    let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text: declared }];
    edits.extend(imports::python(project, first.call.file, text, "functools", "cache")?);
    edits.extend(alike.iter().map(|site| Edit { file: source, span: site.span, text: format!("{name}({told})") }));
    Some(edits)
}

/// No local of the function that it is told holds a list or a record.
fn is_hashable(project: &Project, site: &Site, text: &str) -> bool {
    let args = &project.program.call(site.call).args;
    let bare = |span: Span| {
        let written = text.get(span.range()).unwrap_or_default();
        !written.is_empty() && written.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    !args.iter().any(|arg| matches!(arg.value, Value::Record { .. } | Value::List(_)) && bare(arg.span))
}

/// The function that builds it and gives it back is run once for all, or once for each of its arguments.
fn cached(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let program = &project.program;
    let function = program.function(site.function);
    let facts = program.facts(site.call.file);
    let text = text(project, site)?;
    let mut values = Vec::new();
    returned(&function.body, &mut values);
    let fails = |value: &Value| value.is_null() && !is_asked(project, site);
    let gives = values.iter().any(|value| is_it(project, site, value))
        && values.iter().all(|value| fails(value) || program.eval(site.function, value).concept() == Some(site.ty));
    let plain = function.parent == Some(FnId::TOP)
        && function.class.is_none()
        && function.decorators.is_empty()
        && !function.flags.is_async
        && !function.flags.generator;
    if !gives || !plain || !releases(project, site).is_empty() || !function.params.iter().all(is_key) {
        return None;
    }
    let line = lines::around(text, Span { start: function.span.start, end: function.span.start })?;
    let head = text.get(line.range())?;
    let word = if function.params.is_empty() { "cache" } else { "lru_cache" };
    let source = program.units[site.call.file as usize].source;
    let at = Span { start: line.start, end: line.start };
    let mut edits = vec![Edit { file: source, span: at, text: format!("@{word}\n") }];
    edits.extend(imports::python(project, site.call.file, text, "functools", word)?);
    (head.starts_with("def ") && facts.component.is_none()).then_some(edits)
}

/// The function does something with it: where that fails, another try may do better.
fn is_asked(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let flow = Flow::of(program, site.call);
    let own = |call: &Call| matches!(&call.callee, Value::Member(base, _) if flow.is_alias(base));
    program.calls_within(site.function).any(own)
}

/// A parameter whose values a cache can tell apart: its type or default says that it is a text or number.
fn is_key(param: &Param) -> bool {
    const KEYS: [&str; 5] = ["str", "int", "bool", "float", "bytes"];
    let typed = param.ty.as_ref().is_some_and(|ty| {
        KEYS.contains(&ty.name.as_str())
            || ty.name == "Optional" && ty.args.iter().all(|arg| KEYS.contains(&arg.name.as_str()))
    });
    param.kind == ParamKind::Normal && typed
}

fn free(text: &str, names: &[String]) -> Option<String> {
    let last = names.last()?;
    let numbered = (2..10).map(|number| format!("{last}{number}"));
    names.iter().cloned().chain(numbered).find(|name| !lines::mentions(text, name))
}

fn capitalised(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// `QdrantClient` as `qdrant_client`.
fn snake(name: &str) -> String {
    let mut found = String::new();
    for c in name.rsplit('.').next().unwrap_or(name).chars().filter(|c| c.is_alphanumeric()) {
        if c.is_uppercase() && !found.is_empty() && !found.ends_with(char::is_uppercase) {
            found.push('_');
        }
        found.push(c);
    }
    found.to_ascii_lowercase()
}
