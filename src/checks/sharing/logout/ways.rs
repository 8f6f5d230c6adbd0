//! What signs a user out: calls by their names, requests by their addresses, and what erases who is signed in.
//!
//! A page that loads anew afterwards is left out, and so is what signs somebody in as well.

use rustc_hash::FxHashSet;

use crate::catalog::RowKind;
use crate::catalog::lookup_words::words;
use crate::catalog::schema::Run;
use crate::catalog::words::checks::{ENTRANCES, IDENTITY, NO_IDENTITY, REQUESTING, SIGN_INS, SIGN_OUTS};
use crate::catalog::words::packages::{ERASING, KEEPING, KEEPSAKES};
use crate::checks::Project;
use crate::facts::{Arg, BinaryOp, Call, CallKind, FnId, FnKind, Node, Part, Value, walk};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Target;
use crate::values::conditions::record_key;
use crate::values::eval::Ty;
use crate::values::handover::functions_of;
use crate::values::sites::{is_product, last_name};

use super::paths::Paths;

/// A call that signs the user out.
pub struct Way {
    pub call: CallRef,
    pub sign: Sign,
    /// The functions that a run of it begins with.
    pub entries: Vec<FnRef>,
}

/// By what a call is known to sign out, the plainest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    Name,
    Handler,
    Request,
    Erases,
}

/// Those of a package that do not load the page anew: calls first, then elements with such a handler, requests, and what
/// erases.
pub fn ways(project: &Project, paths: &Paths, folder: &str) -> Vec<Way> {
    let program = &project.program;
    let of_package = |file: u32| program.semantics(file).renders && super::folder(program, file) == folder;
    let files: Vec<bool> = (0..program.units.len() as u32).map(of_package).collect();
    let here = |call: &CallRef| files[call.file as usize] && is_product(program, paths.around(*call));
    let calls: Vec<CallRef> = program.calls().filter(|call| here(call)).collect();
    let called = |call: CallRef| {
        names_sign_out(project, call) && !is_navigation(project, call) && !stands_in_template(project, call)
    };
    let handled = |call: CallRef| handles_sign_out(program, call);
    let asked = |call: CallRef| asks_to_sign_out(project, call);
    let signs: [(Sign, &dyn Fn(CallRef) -> bool); 3] =
        [(Sign::Name, &called), (Sign::Handler, &handled), (Sign::Request, &asked)];
    let named = signs.into_iter().flat_map(|(sign, is)| {
        let told: Vec<CallRef> = calls.iter().copied().filter(|call| is(*call)).collect();
        told.into_iter().map(move |call| (sign, call))
    });
    let found = named.filter_map(|(sign, call)| way(program, paths, sign, call));
    let mut found: Vec<Way> = found.map(|way| Way { call: within_given(project, paths, way.call), ..way }).collect();
    // What a sign-out erases that is called by its name is a part of it: the reducer of `dispatch(logout())`.
    let told = |call: &CallRef| {
        let name = program.function(paths.around(*call)).name.as_deref();
        !found.is_empty() && name.is_some_and(is_sign_out)
    };
    let erasing: Vec<CallRef> = calls.iter().copied().filter(|call| erases(program, *call) && !told(call)).collect();
    found.extend(erasing.into_iter().filter_map(|call| erasing_way(project, paths, call)));
    found
}

/// What erases in the project's own sign-out that the call is given: `bindActionCreators({ onLogout: logout })`.
fn within_given(project: &Project, paths: &Paths, call: CallRef) -> CallRef {
    let program = &project.program;
    let data = program.call(call);
    let facts = program.facts(call.file);
    if data.kind != CallKind::Call || data.callee_name(facts).is_some_and(is_sign_out) {
        return call;
    }
    let from = FnRef { file: call.file, id: data.function };
    let mut given = Vec::new();
    let named = data.args.iter().filter(|arg| gives_sign_out(program, call.file, arg));
    named.for_each(|arg| functions_of(program, from, &arg.value, true, &mut given));
    let inside = |f: FnRef| {
        let erasing = calls_from(program, paths, f).into_iter().find(|call| erases(program, *call))?;
        let own = std::iter::once(f).chain(program.nested(f).into_iter().map(|id| FnRef { file: f.file, id }));
        own.map(|f| paths.on_the_way(f, erasing)).find(|call| call.file == f.file)
    };
    given
        .into_iter()
        .filter(|f| program.function(*f).name.as_deref().is_some_and(is_sign_out))
        .find_map(inside)
        .unwrap_or(call)
}

/// What ends the session in the project's own sign-out that the call runs.
pub(super) fn ending(project: &Project, call: CallRef) -> Option<CallRef> {
    let program = &project.program;
    let run = project.graph.target(call).map_or(&[][..], |target| target.functions.as_slice());
    let [f] = run else { return None };
    let named = program.function(*f).name.as_deref().is_some_and(is_sign_out);
    let ends = |call: &CallRef| asks_to_sign_out(project, *call) || erases(program, *call);
    let own = || program.ids_within(*f).into_iter().map(|id| CallRef { file: f.file, id });
    named.then(own)?.find(ends)
}

fn way(program: &Program, paths: &Paths, sign: Sign, call: CallRef) -> Option<Way> {
    let f = paths.around(call);
    let mut entries = paths.entries(f);
    entries.retain(|entry| !loads_anew(program, *entry));
    (!loads_anew(program, f) && !entries.is_empty()).then_some(Way { call, sign, entries })
}

/// Only what a person begins, and where it is plain that nobody is signed in afterwards.
fn erasing_way(project: &Project, paths: &Paths, call: CallRef) -> Option<Way> {
    let program = &project.program;
    let mut way = way(program, paths, Sign::Erases, call)?;
    let certain = !erased_keys(program, call).is_empty();
    let own = paths.around(call);
    if certain && is_begun_unseen(project, paths, own) {
        return Some(Way { entries: vec![own], ..way });
    }
    way.entries.retain(|entry| {
        let leaves = || calls_from(program, paths, *entry).into_iter().any(|call| asks_to_sign_out(project, call));
        let gone = || certain || leaves() || leads_out_of(program, paths, *entry);
        paths.is_begun(*entry) && stays_out(program, paths, *entry) && gone()
    });
    (!way.entries.is_empty()).then_some(way)
}

/// It goes by the name of a sign-out, or is a part of an object, and leads to the entrance: a person begins it, though a
/// template or another object may do that unseen.
fn is_begun_unseen(project: &Project, paths: &Paths, f: FnRef) -> bool {
    let program = &project.program;
    let function = program.function(f);
    let named = function.name.as_deref().is_some_and(is_sign_out);
    let called = project.graph.targets.callers(f);
    (named || function.kind == FnKind::Method)
        && called.is_empty()
        && leads_out_of(program, paths, f)
        && stays_out(program, paths, f)
}

fn calls_from(program: &Program, paths: &Paths, f: FnRef) -> Vec<CallRef> {
    let run = paths.reach(f).into_iter();
    run.flat_map(|f| program.ids_within(f).into_iter().map(move |id| CallRef { file: f.file, id })).collect()
}

fn leads_out_of(program: &Program, paths: &Paths, f: FnRef) -> bool {
    calls_from(program, paths, f).into_iter().any(|call| leads_to_entrance(program, call))
}

/// It neither signs anybody in nor loads the page anew.
fn stays_out(program: &Program, paths: &Paths, f: FnRef) -> bool {
    let run = paths.reach(f);
    !run.iter().any(|f| signs_in(program, *f) || loads_anew(program, *f))
        && !calls_from(program, paths, f).into_iter().any(|call| keeps(program, call))
}

fn signs_in(program: &Program, f: FnRef) -> bool {
    let name = plain(program.function(f).name.as_deref().unwrap_or_default());
    SIGN_INS.iter().any(|word| name.contains(word))
}

/// It takes all, or what says who is signed in, out of what the browser keeps.
pub(super) fn erases(program: &Program, call: CallRef) -> bool {
    let data = program.call(call);
    let clears = last_name(&data.callee) == "clear" && data.args.is_empty() && is_keepsake(program, call);
    clears || erased_keys(program, call).iter().any(|key| is_identity(key))
}

/// All that the project's sign-outs erase: what its sign-ins have kept.
pub(super) fn erased(program: &Program) -> FxHashSet<String> {
    let keys = program.calls().map(|call| erased_keys(program, call));
    keys.filter(|keys| keys.iter().any(|key| is_identity(key))).flatten().collect()
}

/// The keys that the call erases.
fn erased_keys(program: &Program, call: CallRef) -> Vec<String> {
    let data = program.call(call);
    let Some(name) = data.callee_name(program.facts(call.file)) else { return Vec::new() };
    let removes = ERASING.contains(&name) || matches!(name, "remove" | "delete") && is_keepsake(program, call);
    let empties = || is_write(program, call) && data.positional(1).is_some_and(|arg| is_empty(&arg.value));
    if !removes && !empties() {
        return Vec::new();
    }
    data.args.iter().flat_map(|arg| keys(program, paths_from(call, data), &arg.value)).collect()
}

/// `"token"`, `["token", "user"]`
fn keys<'a>(program: &Program<'a>, from: FnRef, value: &'a Value) -> Vec<String> {
    match program.deref(from, value) {
        Value::List(items) => items.iter().filter_map(|item| key(program, from, item)).collect(),
        _ => key(program, from, value).into_iter().collect(),
    }
}

/// It keeps who is signed in.
fn keeps(program: &Program, call: CallRef) -> bool {
    let data = program.call(call);
    let filled = data.positional(1).is_some_and(|arg| !is_empty(&arg.value));
    let named = || key(program, paths_from(call, data), &data.positional(0)?.value);
    is_write(program, call) && filled && named().is_some_and(|key| is_identity(&key))
}

fn is_write(program: &Program, call: CallRef) -> bool {
    let name = last_name(&program.call(call).callee);
    KEEPING.contains(&name) || name == "set" && is_keepsake(program, call)
}

fn is_keepsake(program: &Program, call: CallRef) -> bool {
    let Value::Member(base, _) = &program.call(call).callee else { return false };
    program.value_name(call.file, base).is_some_and(|name| KEEPSAKES.contains(&name.as_str()))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn paths_from(call: CallRef, data: &Call) -> FnRef {
    FnRef { file: call.file, id: data.function }
}

/// Written out, or by the name of the constant: `TOKEN_KEY`.
fn key<'a>(program: &Program<'a>, from: FnRef, value: &'a Value) -> Option<String> {
    match program.deref(from, value) {
        Value::Literal(_) => program.deref(from, value).as_str().map(str::to_string),
        Value::Var(_) | Value::Member(..) => program.value_name(from.file, value),
        _ => None,
    }
}

fn is_identity(key: &str) -> bool {
    let words = words(key);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    any(IDENTITY) && !any(NO_IDENTITY)
}

/// `navigate("/login")`, `navigate(["/login"])`, `push({ name: "login" })`
fn leads_to_entrance(program: &Program, call: CallRef) -> bool {
    let is_entrance = |text: &str| words(text).iter().any(|word| ENTRANCES.contains(&word.as_str()));
    let address = |text: &str| text == "/" || text.starts_with('/') && is_entrance(text);
    // `push({ name: "login" })`
    let named = |part: &Value| record_key(part, "name").and_then(Value::as_str).is_some_and(is_entrance);
    let entrance = |part: &Value| part.as_str().is_some_and(address) || named(part);
    program.call(call).args.iter().any(|arg| arg.value.holds(&|part| entrance(part)))
}

/// A template runs there what some function of the project does, which says better what signs out.
fn stands_in_template(project: &Project, call: CallRef) -> bool {
    let facts = project.program.facts(call.file);
    let function = project.program.call(call).function;
    let given = |data: &Call| {
        data.kind == CallKind::Jsx
            && data.args.iter().any(|arg| matches!(arg.value, Value::Closure(id) if id == function))
    };
    let written = || facts.component.is_some() && facts.calls.iter().any(given);
    let known = |target: &Target| target.receiver.is_some() || !target.rows.is_empty();
    !project.graph.target(call).is_some_and(known) && written()
}

/// `fetch("/api/logout")`: a request whose address says so.
fn asks_to_sign_out(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let data = program.call(call);
    let name = last_name(&data.callee).to_ascii_lowercase();
    let requests = name.ends_with("fetch") || REQUESTING.contains(&name.as_str());
    let handles = data.args.iter().any(|arg| matches!(arg.value, Value::Closure(_)));
    let address = data.positional(0).map(|arg| &arg.value);
    requests
        && !handles
        && address.is_some_and(|address| leads_out(program, call.file, address))
        && !is_route(project, call)
}

/// Some step of the address, or the name of what holds it, is that of a sign-out.
fn leads_out<'a>(program: &Program<'a>, file: u32, address: &'a Value) -> bool {
    let text = |text: &str| text.split(['/', '?', '#']).any(is_sign_out);
    let named = |value: &'a Value| {
        let name = program.value_name(file, value).unwrap_or_default();
        SIGN_OUTS.iter().any(|word| plain(&name).contains(word))
    };
    match address {
        Value::Template(parts) => parts.iter().any(|part| match part {
            Part::Text(own) => text(own),
            Part::Value(value) => named(value),
        }),
        Value::Binary(BinaryOp::Add, left, right) => {
            [left, right].into_iter().any(|side| leads_out(program, file, side))
        }
        Value::Literal(_) => address.as_str().is_some_and(text),
        other => named(other),
    }
}

pub(super) fn names_sign_out(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let data = program.call(call);
    if !matches!(data.kind, CallKind::Call) || is_route(project, call) {
        return false;
    }
    let facts = program.facts(call.file);
    let own = data.callee_name(facts).is_some_and(is_sign_out);
    own || data.args.iter().any(|arg| gives_sign_out(program, call.file, arg))
}

/// `<button onClick={logout}>`, with a function of the project that does not load the page anew.
fn handles_sign_out<'a>(program: &Program<'a>, call: CallRef) -> bool {
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    let stays = |arg: &'a Arg| match program.eval(from, &arg.value) {
        Ty::Fn(f) => !loads_anew(program, f),
        _ => false,
    };
    let mut given = data.args.iter().filter(|arg| gives_sign_out(program, call.file, arg));
    data.kind == CallKind::Jsx && given.any(stays)
}

/// The library that signs out loads another page by itself.
fn is_navigation(project: &Project, call: CallRef) -> bool {
    project.graph.target(call).is_some_and(|target| target.rows.iter().any(|row| row.kind == RowKind::Navigation))
}

/// A server's own route is not where the user's page signs out.
fn is_route(project: &Project, call: CallRef) -> bool {
    let rows = project.graph.target(call).map_or(&[][..], |target| target.rows.as_slice());
    rows.iter().any(|row| row.kind == RowKind::Handover && project.program.catalog.handover(*row).run == Run::Request)
}

fn gives_sign_out(program: &Program, file: u32, arg: &Arg) -> bool {
    let named = |value: &Value| matches!(value, Value::Var(var) if is_sign_out(&program.facts(file).local(*var).name));
    match &arg.value {
        Value::Record { entries, .. } => entries.iter().any(|entry| named(&entry.value)),
        value => named(value),
    }
}

fn is_sign_out(name: &str) -> bool {
    SIGN_OUTS.contains(&plain(name).as_str())
}

/// The name in small letters alone.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
}

/// The function, or what stands around it, leaves the page.
fn loads_anew(program: &Program, f: FnRef) -> bool {
    let facts = program.facts(f.file);
    let mut around = vec![f.id];
    while let Some(parent) = around.last().and_then(|id| facts.function(*id).parent).filter(|id| *id != FnId::TOP) {
        around.push(parent);
    }
    let leaves = |call: &Call| {
        let name = call.callee_name(facts).unwrap_or_default().to_ascii_lowercase();
        let on_location = matches!(&call.callee, Value::Member(base, _) if program_name(facts, base) == "location");
        name.contains("reload") || name.contains("redirect") || on_location
    };
    facts.calls.iter().any(|call| around.contains(&call.function) && leaves(call))
        || around.iter().any(|id| sets_location(&facts.function(*id).body))
}

fn program_name<'f>(facts: &'f crate::facts::FileFacts, value: &'f Value) -> &'f str {
    match value {
        Value::Global(name) | Value::Member(_, name) => name,
        Value::Var(var) => &facts.local(*var).name,
        _ => "",
    }
}

fn sets_location(block: &[Node]) -> bool {
    let location = |value: &Value| match value {
        Value::Member(base, name) => {
            name == "location"
                || matches!(&**base, Value::Member(_, inner) | Value::Global(inner) if inner == "location")
        }
        _ => false,
    };
    walk::binds(block).any(|bind| location(bind.target))
}
