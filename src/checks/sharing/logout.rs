//! Sign-outs in an application whose realtime connection belongs to a user and is never closed.
//!
//! Absence is judged over the whole package, and a page that loads anew closes by itself. Knows no
//! library by name.

use rustc_hash::FxHashSet;

use crate::catalog::lookup_words::words;
use crate::catalog::schema::{Kind, Run};
use crate::catalog::{RowKind, TypeId};
use crate::checks::Project;
use crate::facts::walk;
use crate::facts::{Arg, Call, CallKind, Exported, FnId, Node, Part, Value, hands_on};
use crate::graph::Point;
use crate::ownership::effects::Fault;
use crate::packages::unit::Unit;
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::calls::Given;
use crate::values::eval::Ty;
use crate::values::sites::is_product;
use crate::values::sites::{is_super, last_name};

/// Records of options in records of options.
const MAX_DEPTH: u32 = 5;

pub struct SignOut {
    pub call: CallRef,
    pub function: FnRef,
    /// Where the user's connection is opened.
    pub opened: CallRef,
    pub ty: TypeId,
}

pub fn sign_outs(project: &Project) -> Vec<SignOut> {
    let mut found: Vec<SignOut> = Vec::new();
    for (opened, ty) in opened(project) {
        let folder = folder(&project.program, opened.file);
        if is_released(project, ty, &folder)
            || found.iter().any(|other| super::logout::folder(&project.program, other.call.file) == folder)
        {
            continue;
        }
        if let Some(call) = sign_out(project, &folder) {
            let function = FnRef { file: call.file, id: project.program.call(call).function };
            found.push(SignOut { call, function, opened, ty });
        }
    }
    found
}

/// Calls that connect a user, with the client's type; clients before what they give out.
fn opened(project: &Project) -> Vec<(CallRef, TypeId)> {
    let program = &project.program;
    let told = told_users(project);
    let mut found: Vec<(CallRef, TypeId)> =
        program.calls().filter_map(|call| connected(project, &told, call)).collect();
    found.sort_by_key(|(call, ty)| (program.catalog.ty(*ty).row.kind != Kind::Realtime, *call));
    found
}

/// Clients that are sent who the user is.
fn told_users<'a>(project: &Project<'a>) -> FxHashSet<TypeId> {
    let program = &project.program;
    let told = |call: CallRef| {
        let target = project.graph.target(call)?;
        let ty = target.receiver.filter(|ty| program.catalog.ty(*ty).row.kind == Kind::Realtime)?;
        let from = FnRef { file: call.file, id: program.call(call).function };
        let user = |arg: &'a Arg| is_user(program, from, &arg.value) || names_own_user(&arg.value);
        let listens = target.rows.iter().any(|row| row.kind == RowKind::Opener);
        (!listens && program.call(call).args.iter().any(user)).then_some(ty)
    };
    program.calls().filter_map(told).collect()
}

/// `{ userId }`, `{ token }`; a whole `user` in a record may be anybody.
fn names_own_user(value: &Value) -> bool {
    let named = |key: &str| {
        let words = words(key);
        words.iter().any(|word| word == "token") || words.len() > 1 && words.iter().any(|word| word == "user")
    };
    matches!(value, Value::Record { entries, .. } if entries.iter().any(|entry| named(&entry.key)))
}

/// `user`, `userId`, `user.id`; no function that is called something of the kind.
fn is_user<'a>(program: &Program<'a>, from: FnRef, value: &'a Value) -> bool {
    let named = |name: &str| words(name).iter().any(|word| word == "user");
    let about = match value {
        Value::Var(var) => named(&program.facts(from.file).local(*var).name),
        Value::Member(base, name) => named(name) || is_user(program, from, base),
        _ => false,
    };
    about && !matches!(program.eval(from, value), Ty::Fn(_))
}

fn connected(project: &Project, told: &FxHashSet<TypeId>, call: CallRef) -> Option<(CallRef, TypeId)> {
    let program = &project.program;
    let target = project.graph.target(call)?;
    let opens =
        |row: &crate::catalog::Row| row.kind == RowKind::Opener && program.catalog.opener(*row).kind == Kind::Realtime;
    let f = FnRef { file: call.file, id: program.call(call).function };
    let realtime = |given: &Given| program.catalog.ty(given.ty).row.kind == Kind::Realtime;
    let extends = is_super(program.call(call)) && target.gives.as_ref().is_some_and(realtime);
    if !extends && !target.rows.iter().any(opens) || !is_product(program, f) {
        return None;
    }
    let knows = |given: &Given| names_user(program, call) || told.contains(&given.ty);
    let built = || target.gives.filter(knows).map(|given| given.ty);
    target.receiver.or_else(built).map(|ty| (call, ty))
}

/// The construction is given a user or what tells who that is.
fn names_user(program: &Program, call: CallRef) -> bool {
    let from = FnRef { file: call.file, id: program.call(call).function };
    program.call(call).args.iter().any(|arg| tells_user(program, from, &arg.value, 0))
}

/// A key of options, or a part of an address.
fn tells_user<'a>(program: &Program<'a>, from: FnRef, value: &'a Value, depth: u32) -> bool {
    let named = |name: &str| {
        let name = name.to_ascii_lowercase();
        ["user", "token", "auth", "identity"].iter().any(|word| name.starts_with(word)) || name.ends_with("token")
    };
    let part = |part: &'a Part| match part {
        Part::Value(value) => program.value_name(from.file, value).is_some_and(|name| named(&name)),
        _ => false,
    };
    match program.deref(from, value) {
        Value::Record { entries, .. } => entries
            .iter()
            .any(|entry| named(&entry.key) || depth < MAX_DEPTH && tells_user(program, from, &entry.value, depth + 1)),
        Value::Template(parts) => parts.iter().any(part),
        _ => false,
    }
}

fn folder(program: &Program, file: u32) -> String {
    program
        .manifests
        .package_of(&program.units[file as usize].path)
        .map_or(String::new(), |package| package.folder.clone())
}

/// Something in the package releases the client, or calls a method of such a name on something
/// unknown. What never works or waits for the page to be left does not count.
fn is_released(project: &Project, ty: TypeId, folder: &str) -> bool {
    let program = &project.program;
    let release = &program.catalog.ty(ty).row.release;
    let void = void_releases(project);
    program.calls().any(|call| {
        let name = last_name(&program.call(call).callee);
        let receiver = project.graph.target(call).and_then(|target| target.receiver);
        release.iter().any(|known| known == name)
            && receiver.is_none_or(|receiver| receiver == ty)
            && super::logout::folder(program, call.file) == folder
            && !void.contains(&call)
            && !is_unused(project, call)
    })
}

/// It stands in a function that nothing calls, imports or gives away, and that is itself no sign-out.
fn is_unused(project: &Project, call: CallRef) -> bool {
    let program = &project.program;
    let facts = program.facts(call.file);
    let mut id = program.call(call).function;
    while let Some(parent) = facts.function(id).parent.filter(|parent| *parent != FnId::TOP) {
        id = parent;
    }
    let function = facts.function(id);
    let top = &program.index[call.file as usize].top;
    let plain = |name: &&str| top.contains_key(name) && !function.flags.renders;
    let Some(name) = function.name.as_deref().filter(plain) else { return false };
    let is = |value: &Value| matches!(value, Value::Var(var) if facts.local(*var).name == name);
    let given = facts.calls.iter().any(|data| data.args.iter().any(|arg| arg.value.holds(&is)))
        || facts.functions.iter().any(|other| hands_on(&other.body, &mut |value| value.holds(&is)))
        || facts.exports.iter().any(|export| export.name == "default" && is_of(&export.what, &is));
    let used = |unit: &Unit| {
        unit.facts.imports.iter().any(|import| import.name == name)
            || unit.facts.calls.iter().any(|data| data.callee_name(&unit.facts) == Some(name))
    };
    let runs = || !project.contexts.of(Point::Fn(FnRef { file: call.file, id })).is_empty();
    let signs_out = || {
        let mut own = program.calls().filter(|other| other.file == call.file && program.call(*other).function == id);
        own.any(|other| names_sign_out(project, other))
    };
    !given && !program.units.iter().any(used) && !runs() && !signs_out()
}

/// What a file exports as a whole is known by other names.
fn is_of(what: &Exported, is: &dyn Fn(&Value) -> bool) -> bool {
    matches!(what, Exported::Value(value) if value.holds(is))
}

/// Calls of broken cleanups, and of handlers that wait for the page to be left and do nothing else.
fn void_releases(project: &Project) -> Vec<CallRef> {
    let program = &project.program;
    let found = project.effects();
    // What comes too early for some openings ends the others, and what keeps a client's listeners ends the client.
    let fails = |fault: Fault| {
        !matches!(fault, Fault::Late | Fault::Opening | Fault::Skipped(_) | Fault::Overwritten | Fault::Reopened)
    };
    let broken = found.leaks.iter().filter(|leak| fails(leak.fault)).filter_map(|leak| leak.proof);
    let broken = broken.chain(found.stale.iter().map(|stale| stale.call));
    let leaving = found.leaves.iter().map(|leave| leave.release);
    let elsewhere = |call: &CallRef| {
        let f = FnRef { file: call.file, id: program.call(*call).function };
        project.graph.targets.iter().any(|(_, target)| target.functions.contains(&f))
    };
    broken.chain(leaving.filter(|call| !elsewhere(call))).collect()
}

/// The first call of the package that signs the user out and does not load the page anew; else the first element
/// with such a handler, or request of that kind.
fn sign_out(project: &Project, folder: &str) -> Option<CallRef> {
    let program = &project.program;
    let here = |call: &CallRef| {
        let f = FnRef { file: call.file, id: program.call(*call).function };
        program.semantics(call.file).renders
            && is_product(program, f)
            && super::logout::folder(program, call.file) == folder
            && !loads_anew(program, f)
    };
    let signs_out = |call: &CallRef| names_sign_out(project, *call) && !is_navigation(project, *call);
    let called = program.calls().find(|call| signs_out(call) && here(call));
    let handled = || program.calls().find(|call| handles_sign_out(program, *call) && here(call));
    called.or_else(handled).or_else(|| program.calls().find(|call| asks_to_sign_out(project, *call) && here(call)))
}

/// `await fetch("/api/logout")`: a request whose address ends so.
fn asks_to_sign_out(project: &Project, call: CallRef) -> bool {
    let data = project.program.call(call);
    let name = last_name(&data.callee).to_ascii_lowercase();
    let requests = name.ends_with("fetch") || matches!(name.as_str(), "get" | "post" | "put" | "delete" | "request");
    let named = |text: &str| text.rsplit('/').next().is_some_and(is_sign_out);
    let told = match data.positional(0).map(|arg| &arg.value) {
        Some(Value::Template(parts)) => matches!(parts.last(), Some(Part::Text(text)) if named(text)),
        Some(address) => address.as_str().is_some_and(named),
        None => false,
    };
    data.awaited && requests && told && !is_route(project, call)
}

fn names_sign_out(project: &Project, call: CallRef) -> bool {
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
    let plain = || name.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_lowercase());
    ["logout", "signout", "logoutuser", "signoutuser", "userlogout"].iter().any(|word| plain().eq(word.chars()))
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
