//! Keeps what a function builds in its module, for a construction that is no declaration of its own, stands under a
//! condition, or reads what only the function works out.
//!
//! As a constant where all that it reads is there; else in a function that is cached, or a variable that the first call
//! fills. What is written alike in a file becomes one, and calls that closed it are taken out. Knows no library by name.

use super::hoist::{at_margin, is_known_at, is_request_bound, is_shared, top_line};
use super::imports;
use super::object_field::Field;
use super::own_imports::{self, left_imports, own_imports};
use super::reopened::is_opened_once;
use super::rerun;
use super::rewrite::{Slot, written_type};
use super::take_out::taken_out;
use crate::capacity::platform::platform;
use crate::catalog::schema::{Kind, Platform};
use crate::catalog::words::release::DELIVERIES;
use crate::catalog::words::values::PLAIN_TYPES;
use crate::checks::Project;
use crate::checks::lifetime::verdicts;
use crate::checks::sharing::lift::{is_closed, is_guarded, is_prepared, waits};
use crate::checks::sharing::reload::is_reloaded;
use crate::facts::trail::Trail;
use crate::facts::walk::{binds, nodes};
use crate::facts::{
    Call, CallId, DEFAULT_EXPORT, FnId, FnKind, ImportKind, Language, LocalKind, Node, Param, ParamKind, Span, TypeRef,
    Value, VarRef, returned,
};
use crate::finding::{Edit, Style, lines};
use crate::program::{CallRef, FnRef};
use crate::values::calls::How;
use crate::values::flow::{Flow, mentions};
use crate::values::sites::{Site, info};

/// When the one is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Built {
    /// With its module, where all that it reads is there; else at its first use.
    Early,
    AtFirstUse,
}

/// The edits; `None` where that is not sound or not plain.
pub fn kept(project: &Project, site: &Site, built: Built) -> Option<Vec<Edit>> {
    let language = project.program.language(site.call.file);
    if language == Language::Python
        && let Some(edits) = cached_for_caller(project, site)
    {
        return Some(edits);
    }
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
    let tops = alike.iter().map(|site| match site.function.id {
        FnId::TOP => at_margin(text, site.span),
        _ => top_line(project, text, site.function),
    });
    let at = tops.collect::<Option<Vec<u32>>>()?.into_iter().min()?;
    let mut edits = match language {
        Language::Python => in_function(project, &alike, text, at)?,
        _ => {
            let early = (built == Built::Early).then(|| as_constant(project, &alike, text, at)).flatten();
            early.or_else(|| in_place(project, &alike, text, at))?
        }
    };
    for release in alike.iter().flat_map(|site| releases(project, site)) {
        if !is_delivery(project, release) {
            edits.extend(taken_out(project, release)?);
        }
    }
    Some(edits)
}

pub(super) fn text<'p>(project: &'p Project, site: &Site) -> Option<&'p str> {
    let source = project.program.units[site.call.file as usize].source;
    project.inputs.files.get(source.index()).map(|file| &*file.text)
}

/// The construction without its white space.
pub(super) fn key(text: &str, site: &Site) -> String {
    text.get(site.span.range()).unwrap_or_default().split_whitespace().collect()
}

/// One object may serve all calls, and nobody but the function itself ends it.
fn is_shareable(project: &Project, site: &Site) -> bool {
    let keeper = |target: &Value| !matches!(target, Value::Var(var) if var.function != site.function.id);
    let goes_on = || ends_here(project, site) || is_only_sent(project, site);
    let ends = || !is_closed(project, site) || goes_on() && !is_entered(project, site);
    taken_by(project, site).all(keeper) && may_serve_all(project, site) && ends()
}

/// One object may serve all calls, as far as nothing in the function ends it.
pub(super) fn may_serve_all(project: &Project, site: &Site) -> bool {
    is_good_for_all(project, site) && !is_closed_elsewhere(project, site)
}

/// One object may serve all calls, as far as nobody ends it.
fn is_good_for_all(project: &Project, site: &Site) -> bool {
    let program = &project.program;
    let info = info(program, site);
    // A pool that stays in each instance wants a size of its own.
    let path = &program.units[site.call.file as usize].path;
    let serverless = || platform(project, &project.pools().files, path) == Some(Platform::Serverless);
    let fits = site.how == How::Built && info.is_shareable() && !info.row.running_loop && !info.row.visit;
    let plain = (site.function.id != FnId::TOP || rerun::keys(project, site).is_some())
        && program.facts(site.call.file).component.is_none();
    fits && plain
        && !program.call(site.call).awaited
        && !waits(project, site)
        && !is_prepared(project, site)
        && !is_opened_once(project, site)
        && !is_shared(project, site)
        && !(info.row.kind == Kind::Pool && serverless())
}

/// The function ends it, by nothing that sends what is still waiting too.
fn ends_here(project: &Project, site: &Site) -> bool {
    let releases = releases(project, site);
    !releases.is_empty() && !releases.iter().any(|release| is_delivery(project, *release))
}

/// The function has it send what is still waiting, and does not end it.
fn is_only_sent(project: &Project, site: &Site) -> bool {
    let releases = releases(project, site);
    !releases.is_empty() && releases.iter().all(|release| is_delivery(project, *release))
}

fn is_delivery(project: &Project, release: CallRef) -> bool {
    let name = project.program.call(release).callee_name(project.program.facts(release.file));
    name.is_some_and(|name| DELIVERIES.contains(&name))
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
    let flow = Flow::of(&project.program, site.call);
    nodes(&project.program.function(site.function).body)
        .any(|node| matches!(node, Node::Scope { resource, .. } if flow.is_alias(resource)))
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
    given(project, site).iter().any(|given| is_closed(project, given))
}

/// Where other functions are given what the function builds.
fn given(project: &Project, site: &Site) -> Vec<Site> {
    let program = &project.program;
    let calls = project.callers().of(site.function).iter().filter(|_| is_returned(project, site));
    let given = calls.map(|call| {
        let function = FnRef { file: call.file, id: program.call(*call).function };
        Site { call: *call, function, span: program.call(*call).span, ..site.clone() }
    });
    given.filter(|given| given.function != site.function).collect()
}

/// The one function that asks for it ends it each time: what builds it is run once, and nothing ends it.
fn cached_for_caller(project: &Project, site: &Site) -> Option<Vec<Edit>> {
    let given = given(project, site);
    let first = given.first()?;
    let alone = given.iter().all(|given| given.function == first.function);
    if !alone || field(project, site).is_some() || is_closed(project, site) || !is_good_for_all(project, site) {
        return None;
    }
    let ended: Vec<&Site> = given.iter().filter(|given| is_closed(project, given)).collect();
    if ended.is_empty() || !ended.iter().all(|given| ends_here(project, given) && !is_entered(project, given)) {
        return None;
    }
    let mut edits = cached(project, site)?;
    for release in ended.into_iter().flat_map(|given| releases(project, given)) {
        edits.extend(taken_out(project, release)?);
    }
    Some(edits)
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
        Value::Choice(values, _) => values.iter().any(|value| is_it(project, site, value)),
        Value::Var(var) if var.function == site.function.id => {
            let bound = project.program.bound(site.call.file, *var);
            bound.iter().any(|bound| *bound.value == Value::Call(site.call.id))
        }
        _ => false,
    }
}

/// The field of the object that takes it.
fn field<'p>(project: &'p Project, site: &Site) -> Option<&'p str> {
    taken_by(project, site).find_map(|target| match target {
        Value::Member(owner, name) if **owner == Value::This => Some(name.as_str()),
        _ => None,
    })
}

/// What the construction is assigned to in its function.
pub(super) fn taken_by<'p>(project: &'p Project, site: &Site) -> impl Iterator<Item = &'p Value> {
    let built = Value::Call(site.call.id);
    binds(&project.program.function(site.function).body)
        .filter(move |bind| *bind.value == built)
        .map(|bind| bind.target)
}

/// The name of the variable or field that takes it.
fn taker<'p>(project: &'p Project, site: &Site) -> Option<&'p str> {
    let variable = |target: &Value| match target {
        Value::Var(var) => Some(project.program.facts(site.call.file).local(*var).name.as_str()),
        _ => None,
    };
    field(project, site).or_else(|| taken_by(project, site).find_map(variable))
}

/// A constant above the function, and its name where the construction stood.
fn as_constant(project: &Project, alike: &[&Site], text: &str, at: u32) -> Option<Vec<Edit>> {
    let program = &project.program;
    let first = alike.first()?;
    let known = |site: &&Site| is_known_at(program, site, at) && !is_conditional(project, site);
    alike.iter().all(known).then_some(())?;
    let name = constant_name(project, first, text)?;
    let line = lines::around(text, Span { start: first.span.start, end: first.span.start })?;
    let indent = lines::indent(text.get(line.range())?);
    let built = text.get(first.span.range()).filter(|built| !lines::holds_long_text(built))?;
    let built = built.replace(&format!("\n{indent}"), "\n");
    let end = Style::of(text).end();
    let declared = match is_reloaded(project, first) {
        true => {
            let slot = Slot::of(project, first, &name)?;
            format!("{}const {name} = {}{built}{end}{}\n\n", slot.declared, slot.read(), slot.written(text, &name))
        }
        false => format!("const {name} = {built}{end}\n\n"),
    };
    let source = program.units[first.call.file as usize].source;
    let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text: declared }];
    edits.extend(alike.iter().map(|site| Edit { file: source, span: site.span, text: name.clone() }));
    Some(edits)
}

/// It stands in a branch, or is one of several values: what it needs may be missing where it is not taken.
fn is_conditional(project: &Project, site: &Site) -> bool {
    let body = &project.program.function(site.function).body;
    let built = Value::Call(site.call.id);
    let is_choice = |value: &Value| matches!(value, Value::Choice(values, _) if values.contains(&built));
    let mut all = nodes(body);
    let found = all.find(|node| matches!(node, Node::Call(id) if *id == site.call.id));
    let mut around = all.regions();
    found.is_none()
        || around.any(|region| matches!(region.node, Node::Branch { .. } | Node::Match { .. }))
        || is_guarded(body, site)
        || binds(body).any(|bind| is_choice(bind.value))
}

/// The name of what takes it, where nothing else in the file has it.
fn constant_name(project: &Project, site: &Site, text: &str) -> Option<String> {
    let facts = project.program.facts(site.call.file);
    let word = taker(project, site).or_else(|| project.program.call(site.call).callee_name(facts))?;
    let bare = word.trim_start_matches(['_', '#']);
    let local = |name: &str| facts.functions.iter().flat_map(|function| &function.locals).any(|own| own.name == name);
    let plain = bare.starts_with(|c: char| c.is_ascii_lowercase());
    if plain && !local(bare) && facts.calls.iter().all(|call| *call.callee.root() != Value::Global(bare.into())) {
        return Some(bare.to_string());
    }
    free(text, &[format!("shared{}", capitalised(bare))])
}

/// `shared ??= new Client()`, where it stands.
fn in_place(project: &Project, alike: &[&Site], text: &str, at: u32) -> Option<Vec<Edit>> {
    let program = &project.program;
    let first = alike.first()?;
    let kept =
        |site: &&Site| text.get(..site.span.start as usize).is_some_and(|before| before.trim_end().ends_with("??="));
    // A field that is filled lazily is asked for its own emptiness.
    let begun =
        |site: &Site| program.function(site.function).kind == FnKind::Constructor && !is_conditional(project, site);
    let in_field = alike.iter().any(|site| field(project, site).is_some() && !begun(site));
    if in_field
        || is_reloaded(project, first)
        || alike.iter().any(|site| !is_steady(project, site, text))
        || alike.iter().any(kept)
    {
        return None;
    }
    let call = program.call(first.call);
    let word = taker(project, first).or_else(|| call.callee_name(program.facts(first.call.file)))?;
    let name = free(text, &[format!("shared{}", capitalised(word.trim_start_matches(['_', '#'])))])?;
    let source = program.units[first.call.file as usize].source;
    let end = Style::of(text).end();
    let ty = written_type(project, first).map_or(String::new(), |ty| format!(": {ty} | undefined"));
    let declared = format!("let {name}{ty}{end}\n\n");
    let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text: declared }];
    for site in alike {
        let Span { start, end } = site.span;
        edits.push(Edit { file: source, span: Span { start, end: start }, text: format!("({name} ??= ") });
        edits.push(Edit { file: source, span: Span { start: end, end }, text: ")".into() });
    }
    Some(edits)
}

/// What it reads is the same for every call: nothing of it comes from a parameter, the object or a loop.
pub(super) fn is_steady(project: &Project, site: &Site, text: &str) -> bool {
    let file = site.call.file;
    let Some(written) = text.get(site.span.range()) else { return false };
    let leaves = |word: &str| lines::mentions(written, word);
    let steady =
        locals(project, site, written).into_iter().all(|(var, _)| is_constant(project, file, var, &Trail::default()));
    let known = is_known(project, file, &Value::Call(site.call.id), &Trail::default());
    steady && known && !["this", "super", "await", "yield", "arguments"].into_iter().any(leaves)
}

/// What its calls are given is the same each time; whether the construction is awaited does not matter.
pub(super) fn is_settled(project: &Project, site: &Site, text: &str) -> bool {
    let file = site.call.file;
    let Some(written) = text.get(site.span.range()) else { return false };
    let mut chain = vec![project.program.call(site.call)];
    while let Some(Value::Member(base, _)) = chain.last().map(|call| &call.callee)
        && let Value::Call(id) = **base
    {
        chain.push(project.program.call(CallRef { file, id }));
    }
    let known =
        chain.iter().flat_map(|call| &call.args).all(|arg| is_known(project, file, &arg.value, &Trail::default()));
    let steady =
        locals(project, site, written).into_iter().all(|(var, _)| is_constant(project, file, var, &Trail::default()));
    known && steady && !["self", "Self", "return"].into_iter().any(|word| lines::mentions(written, word))
}

/// The names of the functions around a site that a text has.
pub(super) fn locals<'p>(project: &'p Project, site: &Site, written: &str) -> Vec<(VarRef, &'p str)> {
    let facts = project.program.facts(site.call.file);
    let around = std::iter::successors(Some(site.function.id), |id| facts.function(*id).parent);
    // What a text in quotes says is no name, but for what a format fills in.
    let code = unquoted(written);
    let before = |local: &crate::facts::Local| local.span.start < site.span.start;
    let all = around.filter(|id| *id != FnId::TOP).flat_map(|id| {
        let locals = facts.function(id).locals.iter().enumerate().filter(move |(_, local)| before(local));
        let takes = move |local: u32| {
            let bound = project.program.bound(site.call.file, VarRef { function: id, local });
            bound.iter().any(|bound| *bound.value == Value::Call(site.call.id))
        };
        let locals = locals.filter(move |(local, _)| !takes(*local as u32));
        locals.map(move |(local, data)| (VarRef { function: id, local: local as u32 }, data.name.as_str()))
    });
    all.filter(|(_, name)| !name.is_empty() && lines::mentions(&code, name)).collect()
}

/// A text without what stands in plain quotes.
fn unquoted(written: &str) -> String {
    let (mut kept, mut open, mut last): (String, Option<char>, char) = (String::new(), None, ' ');
    for c in written.chars() {
        match open {
            Some(mark) if c == mark => open = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') && !matches!(last, 'f' | 'F') => open = Some(c),
            None => kept.push(c),
        }
        last = c;
    }
    kept
}

/// A local that is worked out from what all calls see. One that has no value of its own in the facts stands between a
/// value and the one statement that reads it.
pub(super) fn is_constant(project: &Project, file: u32, var: VarRef, trail: &Trail) -> bool {
    let facts = project.program.facts(file);
    match project.program.bound(file, var) {
        [] => match facts.local(var).kind {
            LocalKind::Import(id) => !is_request_bound(&project.program, facts, id),
            LocalKind::Param => is_told_the_same(project, file, var, trail),
            kind => matches!(kind, LocalKind::Let { .. }),
        },
        [only] => trail.step(only.value).is_some_and(|here| is_known(project, file, only.value, &here)),
        _ => false,
    }
}

/// Whoever calls the function tells it the same thing of another module, as far as that is in sight.
fn is_told_the_same(project: &Project, file: u32, var: VarRef, trail: &Trail) -> bool {
    let mut sources = Vec::new();
    told(project, file, var, trail, &mut sources).is_some() && sources.windows(2).all(|pair| pair[0] == pair[1])
}

/// What the calls of a function tell it in a parameter: modules, each with the name that is imported of it.
fn told<'p>(
    project: &'p Project,
    file: u32,
    var: VarRef,
    trail: &Trail,
    sources: &mut Vec<(&'p str, &'p str)>,
) -> Option<()> {
    let program = &project.program;
    let f = FnRef { file, id: var.function };
    let here = trail.step(f)?;
    let mut params = program.function(f).params.iter().filter(|param| param.kind != ParamKind::Receiver);
    let at = params.position(|param| param.local == var.local && param.kind == ParamKind::Normal)?;
    let callers = project.callers().of(f);
    if callers.is_empty() {
        return None;
    }
    callers.iter().try_for_each(|call| {
        let facts = program.facts(call.file);
        let args = &program.call(*call).args;
        let plain = !args.iter().any(|arg| arg.spread || arg.name.is_some());
        let Value::Var(given) = &args.get(at).filter(|_| plain)?.value else { return None };
        match facts.local(*given).kind {
            LocalKind::Import(id) if !is_request_bound(program, facts, id) => {
                let import = facts.import(id);
                let own =
                    program.modules.imported(call.file, id).map(|file| program.units[file as usize].path.as_str());
                let whole = import.kind == ImportKind::Namespace || import.name == DEFAULT_EXPORT;
                sources.push((own.unwrap_or(&import.module), if whole { "" } else { &import.name }));
                Some(())
            }
            LocalKind::Param => told(project, call.file, *given, &here, sources),
            _ => None,
        }
    })
}

fn is_known(project: &Project, file: u32, value: &Value, trail: &Trail) -> bool {
    !mentions(&project.program, file, value, &mut |part| is_late(project, file, part, trail))
}

/// Each call has its own.
pub(super) fn is_late(project: &Project, file: u32, value: &Value, trail: &Trail) -> bool {
    let program = &project.program;
    let facts = program.facts(file);
    match value {
        Value::Var(var) if var.function == FnId::TOP => match facts.local(*var).kind {
            LocalKind::Import(id) => is_request_bound(program, facts, id),
            _ => false,
        },
        Value::Var(var) => !is_constant(project, file, *var, trail),
        Value::Unknown | Value::This | Value::Super | Value::Closure(_) | Value::Element(_) => true,
        Value::Call(id) => facts.call(*id).awaited,
        _ => false,
    }
}

/// A function of its own that is run once, for what it is told.
fn in_function(project: &Project, alike: &[&Site], text: &str, at: u32) -> Option<Vec<Edit>> {
    let first = alike.first()?;
    alike.iter().all(|site| is_steady(project, site, text) && is_hashable(project, site, text)).then_some(())?;
    let made = Maker::of(project, first, text, at, &[])?;
    Some(made.used_at(project, alike))
}

/// A function that makes a client once, declared above what calls it.
pub(super) struct Maker {
    /// What calls it.
    pub call: String,
    pub edits: Vec<Edit>,
    /// Without the imports that only the construction needed.
    pub left: Vec<Edit>,
}

impl Maker {
    /// For one construction that reads the same each time.
    pub fn alone(project: &Project, site: &Site, text: &str, at: u32) -> Option<Self> {
        let steady = is_steady(project, site, text) && is_hashable(project, site, text);
        steady.then(|| Self::of(project, site, text, at, &[])).flatten()
    }

    /// `fields`: what it reads of the object, which becomes what the function is told.
    pub fn of(project: &Project, site: &Site, text: &str, at: u32, fields: &[Field]) -> Option<Self> {
        let program = &project.program;
        let word = word(project, site);
        let name = free(text, &[format!("get_{word}"), format!("get_shared_{word}")])?;
        let line = lines::around(text, Span { start: site.span.start, end: site.span.start })?;
        let indent = lines::indent(text.get(line.range())?);
        let built = text.get(site.span.range())?;
        let deep = lines::shallower(&format!("{indent}{built}"), indent).filter(|_| !lines::holds_long_text(built))?;
        let imports = own_imports(project, site, built)?;
        let lines: String = imports.iter().map(|one| own_imports::line(project, site.call.file, text, one)).collect();
        let deep = fields.iter().fold(deep, |deep, field| deep.replace(&field.given(), field.told()));
        let keys = rerun::keys(project, site).unwrap_or_default();
        let as_told = |(name, value): &(&str, &str)| (format!("{name}={value}"), format!("{name}={name}"));
        keys.iter().all(|key| lines::mentions(&deep, &as_told(key).0)).then_some(())?;
        let deep = keys.iter().map(as_told).fold(deep, |deep, (given, told)| deep.replace(&given, &told));
        let is_import = |var: VarRef| imports.iter().any(|(own, _)| *own == var);
        let all = locals(project, site, built).into_iter();
        let is_object = |name: &str| !fields.is_empty() && name == "self";
        let all = all.filter(|(var, name)| !is_import(*var) && !is_object(name));
        let mut told: Vec<&str> = all.map(|(_, name)| name).collect();
        told.dedup();
        let mut given = told.clone();
        given.extend(keys.iter().map(|(_, value)| *value));
        told.extend(keys.iter().map(|(name, _)| *name));
        // Each object may tell it something else: of those, it does not keep any number.
        let memo = if fields.is_empty() { "cache" } else { "lru_cache" };
        let given: Vec<String> = given.iter().map(ToString::to_string).chain(fields.iter().map(Field::given)).collect();
        let told: Vec<String> = told.iter().map(ToString::to_string).chain(fields.iter().map(Field::param)).collect();
        let head = head(&name, &told);
        let source = program.units[site.call.file as usize].source;
        let parted = text.get(..at as usize).is_none_or(|before| before.is_empty() || lines::ends_with_blank(before));
        let blank = if parted { "" } else { "\n\n" };
        let (written, import) = match info(program, site).row.one_thread {
            true if !told.is_empty() => return None,
            true => for_each_thread(project, site, text, (&head, &word, &lines, &deep))?,
            false => {
                let Memoiser { name, import } = memoiser(project, site, text, &told, memo)?;
                let body = lines::deeper(&format!("{lines}return {deep}"), "    ")?;
                (format!("@{name}\n{head}\n{body}"), import)
            }
        };
        let declared = format!("{blank}{written}\n\n\n");
        let mut edits = vec![Edit { file: source, span: Span { start: at, end: at }, text: declared }];
        edits.extend(import);
        let gone = left_imports(project, site, text, &imports).into_iter();
        let left = gone.map(|(span, text)| Edit { file: source, span, text }).collect();
        Some(Self { call: format!("{name}({})", given.join(", ")), edits, left })
    }

    /// All edits: each of the constructions, which are written alike in one file, becomes a call of the function.
    pub fn used_at(self, project: &Project, alike: &[&Site]) -> Vec<Edit> {
        let uses = alike.iter().map(|site| {
            let file = project.program.units[site.call.file as usize].source;
            Edit { file, span: site.span, text: self.call.clone() }
        });
        let mut edits: Vec<Edit> = self.edits.into_iter().chain(uses).collect();
        if alike.len() == 1 {
            edits.extend(self.left);
        }
        edits
    }
}

/// The line that begins a function, or one for each parameter where that is too long.
fn head(name: &str, params: &[String]) -> String {
    const WIDTH: usize = 88;
    let line = format!("def {name}({}):", params.join(", "));
    match line.len() <= WIDTH {
        true => line,
        false => format!("def {name}(\n    {},\n):", params.join(",\n    ")),
    }
}

/// What the function makes, in a word: `redis`, `qdrant_client`.
fn word(project: &Project, site: &Site) -> String {
    let info = info(&project.program, site);
    let word = snake(&info.row.name);
    let many = word == "client";
    if !many && !info.row.one_thread {
        return word;
    }
    // Of a library that has many of them, the variable tells which one it is.
    match taker(project, site).map(|name| name.trim_start_matches('_')) {
        Some(name) if name != word => name.to_lowercase(),
        _ if many => format!("{}_client", library(&project.program.catalog.package(info.package).package)),
        _ => word,
    }
}

/// The function that keeps one in each thread, with the variable that holds them and the import that it needs. The tuple: its
/// head, the word for what it makes, its own imports and the construction.
fn for_each_thread(
    project: &Project,
    site: &Site,
    text: &str,
    (head, word, imports, built): (&str, &str, &str, &str),
) -> Option<(String, Vec<Edit>)> {
    let import = imports::standard(project, site.call.file, text, "threading", "local")?;
    // The name may stand for something else of the file.
    if rerun::row(project, site).is_some() || import.is_some() && lines::mentions(text, "local") {
        return None;
    }
    let local = free(text, &["_local".into(), format!("_local_{word}")])?;
    let filled = lines::deeper(&format!("{imports}{local}.{word} = {built}"), "        ")?;
    let body = format!("    if not hasattr({local}, \"{word}\"):\n{filled}\n    return {local}.{word}");
    Some((format!("{local} = local()\n\n\n{head}\n{body}"), import.into_iter().collect()))
}

/// The decorator that keeps what a function makes, and its import.
struct Memoiser {
    name: String,
    import: Vec<Edit>,
}

/// Of the framework where it runs the whole file again and again, else of the language.
fn memoiser(project: &Project, site: &Site, text: &str, told: &[String], word: &str) -> Option<Memoiser> {
    if let Some(name) = rerun::memoiser(project, site) {
        // What begins so is not looked at.
        let told = !told.iter().any(|name| name.starts_with('_'));
        return told.then(|| Memoiser { name, import: Vec::new() });
    }
    if rerun::row(project, site).is_some() {
        return None;
    }
    let import = imports::standard(project, site.call.file, text, "functools", word)?;
    Some(Memoiser { name: word.to_string(), import: import.into_iter().collect() })
}

/// No local of the function that it is told holds a list, a record or an object of its own: a cache would not tell two of
/// them apart, or never find one again.
fn is_hashable(project: &Project, site: &Site, text: &str) -> bool {
    let args = &project.program.call(site.call).args;
    let bare = |span: Span| {
        let written = text.get(span.range()).unwrap_or_default();
        !written.is_empty() && written.chars().all(|c| c.is_alphanumeric() || c == '_')
    };
    let written = text.get(site.span.range()).unwrap_or_default();
    let made = |var: VarRef| {
        let bound = project.program.bound(site.call.file, var).iter();
        bound.into_iter().any(|bound| is_object(project, site.call.file, bound.value))
    };
    !args.iter().any(|arg| matches!(arg.value, Value::Record { .. } | Value::List(_)) && bare(arg.span))
        && !locals(project, site, written).into_iter().any(|(var, _)| made(var))
}

/// Each call makes a new one: what a class makes, or a function of the project that does not say that it gives plain
/// values.
fn is_object(project: &Project, file: u32, value: &Value) -> bool {
    let program = &project.program;
    let Value::Call(id) = value else { return false };
    let call = CallRef { file, id: *id };
    let Some(target) = project.graph.target(call) else { return false };
    let plain = |f: &FnRef| program.function(*f).returns.as_ref().is_some_and(is_key_type);
    let kept = |f: &FnRef| project.graph.kept.contains(f);
    let class = program.call(call).callee_name(program.facts(file));
    let named = class.is_some_and(|name| name.starts_with(char::is_uppercase));
    target.class.is_some() || named || target.functions.iter().any(|f| !plain(f) && !kept(f))
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
    let for_all = info(program, site).is_for_all_threads();
    if !for_all || !gives || !plain || !releases(project, site).is_empty() || !function.params.iter().all(is_key) {
        return None;
    }
    let line = lines::around(text, Span { start: function.span.start, end: function.span.start })?;
    let head = text.get(line.range())?;
    let word = if function.params.is_empty() { "cache" } else { "lru_cache" };
    let source = program.units[site.call.file as usize].source;
    let at = Span { start: line.start, end: line.start };
    let told: Vec<String> = function.params.iter().map(|param| param.name.clone()).collect();
    let memoiser = memoiser(project, site, text, &told, word)?;
    let mut edits = vec![Edit { file: source, span: at, text: format!("@{}\n", memoiser.name) }];
    edits.extend(memoiser.import);
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
    param.kind == ParamKind::Normal && param.ty.as_ref().is_some_and(is_key_type)
}

/// A cache can tell its values apart.
pub(super) fn is_key_type(ty: &TypeRef) -> bool {
    let plain = |name: &str| PLAIN_TYPES.contains(&name);
    let one_of = |ty: &TypeRef| ty.args.iter().all(|arg| plain(&arg.name) || arg.name == "None");
    plain(&ty.name) || matches!(ty.name.as_str(), "Optional" | "|") && one_of(ty)
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

/// The word of a package's name that tells it from others: `google-cloud-storage` as `storage`.
fn library(package: &str) -> String {
    const GENERAL: [&str; 5] = ["client", "sdk", "python", "py", "api"];
    let mut words = package.split(['-', '_', '.']).filter(|word| !word.is_empty() && !GENERAL.contains(word));
    words.next_back().unwrap_or(package).to_ascii_lowercase()
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
