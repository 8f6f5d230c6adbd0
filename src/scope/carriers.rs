//! Names of functions and classes that lead to a construction, seen from one file at a time.
//!
//! A rough call graph by name, made before linking to decide what is worth parsing; the linker's own
//! is exact. Knows no library.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::carrier::{Callers, Carrier, Keeper, Reach};
use super::made::{KnownNames, is_made, is_made_type, makes};
use super::neighbours::imported_name;
use super::registered::{put, returned_as};
use super::seeds::Seeds;
use crate::catalog::lookup_words as words;
use crate::catalog::words::checks::OPENINGS;
use crate::facts::{
    Call, CallId, CallKind, Class, ClassKind, DEFAULT_EXPORT, Export, Exported, FileFacts, FnId, FnKind, Function,
    Import, ImportKind, Language, Local, LocalKind, Naming, Node, ParamKind, TypeRef, Value, VarRef, is_hook, returned,
    walk,
};
use crate::frontend::scan::{is_class_name, name_hash};

/// What the default export of modules with this last name is called here; no name is written so.
pub fn default_of(module: &str) -> String {
    format!("default of {module}")
}

pub fn is_default(name: &str) -> bool {
    name.starts_with("default of ")
}

pub fn callers(facts: &FileFacts, seeds: &Seeds) -> Callers {
    let mut found = Callers::default();
    let names = Names::of(facts);
    let mut users = add_calls(facts, seeds, &names, &mut found);
    for (name, function) in referred(facts) {
        users.entry(name).or_default().push(function);
    }
    let factories = found.factories.iter().map(|name| Carrier { name: Arc::clone(name), to: Reach::Callers });
    found.seeds.extend(factories);
    add_users_of_shared(facts, seeds, &names, &mut found);
    add_hands(facts, seeds, &names, &mut found);
    let put = if found.builds { put(facts, &seeds.registries) } else { given_on(facts, seeds) };
    let mut known = FxHashMap::default();
    found.by_callee = by_name(facts, users, &mut known, &names);
    found.by_class = by_name(facts, makers(facts), &mut known, &names);
    add_put(facts, put, &mut found);
    add_made(facts, seeds, &mut found);
    found.owners = owners(facts);
    (found.hidden, found.fixed) = (hidden(facts), fixed(facts));
    add_asking(facts, &mut found);
    let passed_on = passed_on(facts, seeds);
    found.seeds.extend(passed_on.map(|name| Carrier { name: name.into(), to: Reach::Callers }));
    add_aliases(facts, &mut found);
    found.seeds.sort();
    found.seeds.dedup();
    for carriers in found.by_callee.values_mut().chain(found.by_class.values_mut()) {
        carriers.sort();
        carriers.dedup();
    }
    found
}

/// What carries by its own calls; gives, by what is called or handed over, the functions that do so.
fn add_calls<'f>(
    facts: &'f FileFacts,
    seeds: &Seeds,
    names: &Names,
    found: &mut Callers,
) -> FxHashMap<&'f str, Vec<FnId>> {
    let known = KnownNames::of(facts, seeds);
    let (decorated, once) = (decorated(facts), once(facts));
    let mut users: FxHashMap<&str, Vec<FnId>> = FxHashMap::default();
    for (id, call) in (0..).zip(&facts.calls).filter(|(_, call)| call.kind != CallKind::Jsx) {
        let callee = call.callee_name(facts).unwrap_or_default();
        let makes = makes(facts, &known, call, seeds);
        found.builds |= makes;
        let method = || call.kind == CallKind::Call && matches!(call.callee, Value::Member(..));
        if makes || method() && seeds.takes.contains(&name_hash(&format!(".{callee}"))) {
            found.made.insert(CallId(id));
        }
        if makes && call.function == FnId::TOP && seeds.factories.contains(&name_hash(callee)) {
            found.factories.extend(kept_under(facts, call).map(Arc::from));
        }
        // Whoever works with a connection that a module keeps may share it.
        if makes && seeds.single.contains(&name_hash(callee)) {
            found.seeds.extend(kept_under(facts, call).map(|name| Carrier { name: name.into(), to: Reach::Callers }));
        }
        let lasts = || facts.enclosing(call.function).any(|around| once.contains(&around));
        if makes && !lasts() || facts.language == Language::Script && opens(facts, call, seeds) {
            // What a decorator opens is open while the function below it runs.
            let within = decorated.get(&CallId(id)).copied().unwrap_or(call.function);
            let leads = makes || gives(facts, call, CallId(id));
            let opens =
                |carrier: Carrier| Carrier { to: reach_of_opener(facts, call.function, &carrier.name), ..carrier };
            let above = above(facts, within, names);
            found.seeds.extend(above.map(|carrier| if leads { carrier } else { opens(carrier) }));
            if !makes {
                let kept = shared_holders(facts, CallId(id), call.function);
                found.seeds.extend(kept.map(|name| Carrier { name: name.into(), to: Reach::Makers }));
            }
        }
        // What takes out of a pool tells of no object that is opened again.
        let reopens = || {
            let hash = name_hash(&format!(".{callee}"));
            let taken = seeds.acquires.contains(&name_hash(callee));
            method() && call.awaited && seeds.reopens.contains(&hash) && !taken
        };
        if sounds_opened(facts, call) || reopens() {
            found.seeds.extend(above(facts, call.function, names));
        }
        for name in used_by(facts, call, seeds) {
            users.entry(name).or_default().push(call.function);
        }
    }
    users
}

/// It opens something that lasts, or goes on for ever with what ends by itself.
fn opens(facts: &FileFacts, call: &Call, seeds: &Seeds) -> bool {
    let callee = call.callee_name(facts).unwrap_or_default();
    seeds.opens(callee) || seeds.one_shots.contains(&name_hash(callee)) && is_given_its_own(facts, call)
}

/// An argument has the name of the function that the call stands in.
fn is_given_its_own(facts: &FileFacts, call: &Call) -> bool {
    let Some(own) = facts.function(call.function).name.as_ref() else { return false };
    call.args.iter().any(|arg| match &arg.value {
        Value::Var(var) => facts.local(*var).name == *own,
        Value::Member(_, name) => name == own,
        _ => false,
    })
}

/// The names that a call uses. Functions handed over by name run wherever their receiver does.
fn used_by<'f>(facts: &'f FileFacts, call: &'f Call, seeds: &Seeds) -> impl Iterator<Item = &'f str> {
    let callee = call.callee_name(facts).unwrap_or_default();
    let arguments = call.args.iter().filter_map(|arg| function_name(facts, &arg.value));
    let called = [callee].into_iter().chain(property(&call.callee)).chain(type_name(facts, &call.callee));
    let makes = seeds.made_by.contains(&name_hash(callee));
    let called = called.chain(table(facts, &call.callee)).chain(factory(facts, call).filter(move |_| makes));
    arguments.chain(called).filter(|name| !name.is_empty())
}

/// By the name of what is called, the functions that call it: of a class, those that make objects of it.
fn makers(facts: &FileFacts) -> FxHashMap<&str, Vec<FnId>> {
    let mut found: FxHashMap<&str, Vec<FnId>> = FxHashMap::default();
    for call in facts.calls.iter().filter(|call| call.kind != CallKind::Jsx) {
        if let Some(name) = call.callee_name(facts).filter(|name| is_class_name(name)) {
            found.entry(name).or_default().push(call.function);
        }
    }
    found
}

/// Functions whose names say what they look up.
fn add_asking(facts: &FileFacts, found: &mut Callers) {
    let names = facts.functions.iter().filter_map(|function| function.name.as_ref());
    let asking = names.filter(|name| words::subject(name, None).is_some());
    found.seeds.extend(asking.map(|name| Carrier { name: name.as_str().into(), to: Reach::Callers }));
}

/// One caller at a time may use it.
fn is_single(facts: &FileFacts, id: CallId, seeds: &Seeds) -> bool {
    facts.call(id).callee_name(facts).is_some_and(|name| seeds.single.contains(&name_hash(name)))
}

/// The fields in which objects keep what such a call gives.
fn kept_in_fields(facts: &FileFacts, wanted: impl Fn(CallId) -> bool) -> FxHashSet<&str> {
    let bodies = facts.functions.iter().filter(|function| function.class.is_some());
    let fields =
        bodies.flat_map(|function| walk::binds(&function.body)).filter_map(|bind| match (bind.target, bind.value) {
            (Value::Member(of, name), Value::Call(id)) if **of == Value::This && wanted(*id) => Some(name.as_str()),
            _ => None,
        });
    fields.collect()
}

/// `this.connection.query`: the field that a path begins with.
fn field_of(value: &Value) -> Option<&str> {
    match value {
        Value::Member(of, name) if **of == Value::This => Some(name),
        Value::Member(of, _) | Value::Index(of, _) => field_of(of),
        _ => None,
    }
}

/// What the module itself, or an object of it, takes out serves all who call the functions that use it.
fn add_users_of_shared(facts: &FileFacts, seeds: &Seeds, names: &Names, found: &mut Callers) {
    let takes = |id: &CallId| {
        let callee = facts.call(*id).callee_name(facts).unwrap_or_default();
        let method = || seeds.takes.contains(&name_hash(&format!(".{callee}")));
        let makes = found.made.contains(id) && (seeds.acquires.contains(&name_hash(callee)) || method());
        makes || found.factories.iter().any(|name| **name == *callee)
    };
    let shared = walk::binds(&facts.function(FnId::TOP).body).filter_map(|bind| match (bind.target, bind.value) {
        (Value::Var(var), Value::Call(id)) if takes(id) => Some(*var),
        _ => None,
    });
    let shared: FxHashSet<VarRef> = shared.collect();
    let uses = |call: &&Call| matches!(call.callee.root(), Value::Var(var) if shared.contains(var));
    let using = facts.calls.iter().filter(|call| !shared.is_empty() && call.function != FnId::TOP).filter(uses);
    let kept = kept_in_fields(facts, |id| takes(&id) || found.made.contains(&id) && is_single(facts, id, seeds));
    let over_field = |call: &&Call| !kept.is_empty() && field_of(&call.callee).is_some_and(|name| kept.contains(name));
    let using = using.chain(facts.calls.iter().filter(over_field));
    let users: Vec<Carrier> = using.flat_map(|call| above(facts, call.function, names)).collect();
    found.seeds.extend(users);
}

/// Who asks for a connection has it from there on, and who runs what ends the client of others ends it for all.
fn add_hands(facts: &FileFacts, seeds: &Seeds, names: &Names, found: &mut Callers) {
    let called = if found.made.is_empty() { FxHashMap::default() } else { called_params(facts) };
    for (id, call) in (0..).map(CallId).zip(&facts.calls) {
        let hands = found.made.contains(&id) && (hands_out(facts, call, id) || hands_to_callback(facts, call, &called));
        if hands || call.function != FnId::TOP && ends_of_others(facts, call, seeds, &found.made) {
            found.hands.extend(above(facts, call.function, names));
        }
    }
    found.hands.sort();
    found.hands.dedup();
}

/// It releases what the function has from elsewhere, and has not taken out.
fn ends_of_others(facts: &FileFacts, call: &Call, seeds: &Seeds, made: &FxHashSet<CallId>) -> bool {
    let Value::Member(base, name) = &call.callee else { return false };
    let Value::Var(var) = &**base else { return false };
    if !seeds.releases.contains(&name_hash(&format!(".{name}"))) {
        return false;
    }
    let shared = |var: &VarRef| var.function == FnId::TOP || matches!(facts.local(*var).kind, LocalKind::Import(_));
    let asked = |value: &Value| match value {
        Value::Call(id) => {
            !made.contains(id) && matches!(facts.call(*id).callee.root(), Value::Var(root) if shared(root))
        }
        _ => false,
    };
    let mut bound = walk::binds(&facts.function(var.function).body).filter(|bind| *bind.target == Value::Var(*var));
    shared(var) || is_given(facts, *var, seeds) || bound.any(|bind| asked(bind.value))
}

/// Those who call the function hand it what it may be: a parameter of a type that is built, or of none.
fn is_given(facts: &FileFacts, var: VarRef, seeds: &Seeds) -> bool {
    let mut params = facts.function(var.function).params.iter().filter(|param| param.local == var.local);
    let named = facts.function(var.function).name.is_some();
    named && params.any(|param| param.ty.as_ref().is_none_or(|ty| is_made_type(facts, ty, seeds)))
}

/// Names under which what carries is put into registries. Of a parameter nobody can tell.
fn add_put(facts: &FileFacts, put: Vec<(&str, &Value)>, found: &mut Callers) {
    let mut bound: FxHashMap<VarRef, Vec<&Value>> = FxHashMap::default();
    for id in facts.function_ids().filter(|_| !put.is_empty()) {
        for bind in walk::binds(&facts.function(id).body) {
            if let Value::Var(var) = bind.target {
                bound.entry(*var).or_default().push(bind.value);
            }
        }
    }
    for (name, value) in put {
        let values = match value {
            Value::Var(var) => bound.get(var).map_or_else(|| vec![value], Clone::clone),
            _ => vec![value],
        };
        for value in values {
            match value {
                Value::Literal(_) | Value::Template(_) => {}
                Value::Call(id) if !found.made.contains(id) => {
                    let callee = facts.call(*id).callee_name(facts).filter(|callee| *callee != name);
                    let callee = callee.map(|callee| found.by_callee.entry(callee.into()).or_default());
                    let carrier = || Carrier { name: name.into(), to: Reach::Callers };
                    callee.into_iter().for_each(|above| above.push(carrier()));
                }
                _ => found.seeds.push(Carrier { name: name.into(), to: Reach::Callers }),
            }
        }
    }
}

/// Under which names a function gives others what the file has from another one.
fn given_on<'f>(facts: &'f FileFacts, seeds: &Seeds) -> Vec<(&'f str, &'f Value)> {
    let given = returned_as(facts, &|name| seeds.registries.contains(name)).into_iter();
    let imported =
        |value: &Value| matches!(value, Value::Var(var) if matches!(facts.local(*var).kind, LocalKind::Import(_)));
    given.map(|(_, name, value)| (name, value)).filter(|(_, value)| imported(value)).collect()
}

/// A package that the catalogue may lack opens something, by the name of its function, and that is waited for.
fn sounds_opened(facts: &FileFacts, call: &Call) -> bool {
    let Value::Var(var) = call.callee.root() else { return false };
    let LocalKind::Import(id) = facts.local(*var).kind else { return false };
    let named = || call.callee_name(facts).is_some_and(|name| OPENINGS.contains(&name));
    facts.language.semantics().naming != Naming::Paths
        && call.awaited
        && named()
        && is_package(&facts.import(id).module)
}

/// The module of a package, not a file of the project or a part of the language.
pub fn is_package(module: &str) -> bool {
    !module.starts_with(['.', '/', '~', '#']) && !module.starts_with("@/") && !module.starts_with("node:")
}

/// Names of classes, types and variables that stand for what the data names as one that is built.
fn add_made(facts: &FileFacts, seeds: &Seeds, found: &mut Callers) {
    for class in facts.classes.iter().filter(|class| class.bases.iter().any(|base| is_made(facts, base, seeds))) {
        found.builds = true;
        found.seeds.push(Carrier { name: class.name.as_str().into(), to: Reach::Callers });
    }
    let types = type_aliases(facts).filter(|(_, ty)| is_made_type(facts, ty, seeds));
    found.seeds.extend(types.map(|(name, _)| Carrier { name: name.into(), to: Reach::Callers }));
    walk::binds(&facts.function(FnId::TOP).body).for_each(|walk::Bind { target, value, .. }| {
        if is_made(facts, value, seeds) {
            found.seeds.extend(value_name(facts, target).map(|to| Carrier { name: to.into(), to: Reach::Callers }));
        }
    });
}

/// Names of the file's own top level that it does not export, and those inside functions; nothing else in it has them.
fn hidden<'f>(facts: &'f FileFacts) -> FxHashSet<Arc<str>> {
    let under = |export: &'f Export| match &export.what {
        Exported::Value(value) => value_name(facts, value),
        Exported::From(_) => None,
    };
    let exports = facts.exports.iter().flat_map(|export| [Some(export.name.as_str()), under(export)]).flatten();
    let exports: FxHashSet<&str> = exports.chain(keys(facts)).collect();
    let named = facts.functions.iter().filter(|function| is_shown(facts, function));
    let shown: FxHashSet<&str> = named.filter_map(|function| function.name.as_deref()).collect();
    let own = |local: &&Local| match (facts.language, local.kind) {
        (Language::Python, _) => false,
        (Language::Rust, LocalKind::Function(id)) => !facts.function(id).flags.public,
        (Language::Rust, _) => false,
        (Language::Script, _) => {
            let module = !facts.exports.is_empty() && facts.component.is_none();
            module && !exports.contains(local.name.as_str())
        }
    };
    let locals = facts.functions.first().into_iter().flat_map(|top| &top.locals).filter(own);
    let names = locals.map(|local| local.name.as_str()).filter(|name| !shown.contains(name));
    let inner = inner(facts).into_iter().filter(|name| !shown.contains(name) && !exports.contains(name));
    names.chain(inner).map(Arc::from).collect()
}

/// Names of variables and functions inside functions that nothing outside these has, and no object.
fn inner(facts: &FileFacts) -> FxHashSet<&str> {
    let functions = facts.functions.iter().skip(1);
    let inner = functions.flat_map(|function| &function.locals).map(|local| local.name.as_str());
    let mut found: FxHashSet<&str> = inner.collect();
    let top = facts.functions.first().into_iter().flat_map(|top| &top.locals).map(|local| &local.name);
    let fields =
        facts.classes.iter().flat_map(|class| class.fields.iter().map(|field| &field.name).chain([&class.name]));
    let given = facts.calls.iter().flat_map(|call| &call.args).filter_map(|arg| arg.name.as_ref());
    top.chain(fields).chain(given).for_each(|name| _ = found.remove(name.as_str()));
    for bind in facts.functions.iter().flat_map(|function| walk::binds(&function.body)) {
        if let Value::Member(_, name) = bind.target {
            found.remove(name.as_str());
        }
    }
    found
}

/// The names under which tables of a file have something.
fn keys(facts: &FileFacts) -> FxHashSet<&str> {
    let mut found = FxHashSet::default();
    for function in &facts.functions {
        let mut values: Vec<&Value> = walk::binds(&function.body).map(|bind| bind.value).collect();
        returned(&function.body, &mut values);
        values.into_iter().for_each(|value| add_keys(value, &mut found));
    }
    facts.calls.iter().flat_map(|call| &call.args).for_each(|arg| add_keys(&arg.value, &mut found));
    found
}

fn add_keys<'f>(value: &'f Value, found: &mut FxHashSet<&'f str>) {
    match value {
        Value::Record { entries, .. } => entries.iter().for_each(|entry| {
            found.insert(&entry.key);
            add_keys(&entry.value, found);
        }),
        Value::List(parts) | Value::Choice(parts, _) => parts.iter().for_each(|part| add_keys(part, found)),
        _ => {}
    }
}

/// A function that objects have, or that a table has under its name.
fn is_shown(facts: &FileFacts, function: &Function) -> bool {
    let around = function.parent.map_or(&[][..], |parent| &facts.function(parent).locals);
    let mut declared = around.iter().filter(|local| Some(&local.name) == function.name.as_ref());
    function.class.is_some() || declared.next().is_none() || function.flags.public
}

/// Names that only functions of classes have which are called without an object, or by an interface from elsewhere.
fn fixed(facts: &FileFacts) -> FxHashMap<Arc<str>, Vec<u32>> {
    let mut found: FxHashMap<Arc<str>, Vec<u32>> = FxHashMap::default();
    let named = || facts.functions.iter().filter_map(|function| Some((function.name.as_deref()?, function)));
    let on_object = |function: &Function| {
        let receiver = function.params.iter().any(|param| param.kind == ParamKind::Receiver);
        let fixed = function.flags.is_static || facts.language == Language::Rust && !receiver;
        let foreign = |class: &Class| !class.implements.is_empty() && own_traits(facts, class).next().is_none();
        function.class.map(|class| facts.class(class)).is_none_or(|class| !fixed && !foreign(class))
    };
    let others: FxHashSet<&str> = named().filter(|(_, function)| on_object(function)).map(|(name, _)| name).collect();
    for (name, function) in named().filter(|(name, _)| !others.contains(name)) {
        let class = function.class.map(|class| facts.class(class));
        let names = class.into_iter().flat_map(|class| own_traits(facts, class).chain([class.name.as_str()]));
        found.entry(name.into()).or_default().extend(names.map(name_hash));
    }
    found
}

/// Names of packages that make something, as the file hands them on: `export { Pool } from "pg"`.
fn passed_on<'f>(facts: &'f FileFacts, seeds: &Seeds) -> impl Iterator<Item = &'f str> {
    let import = |exported: &Exported| match exported {
        Exported::From(id) => Some(facts.import(*id)),
        Exported::Value(Value::Var(var)) => match facts.local(*var).kind {
            LocalKind::Import(id) => Some(facts.import(id)),
            _ => None,
        },
        Exported::Value(_) => None,
    };
    let script = facts.language == Language::Script;
    let makes = move |import: &Import| script && seeds.makes_in_module(&import.module, &import.name);
    let exports = facts.exports.iter().filter(move |export| import(&export.what).is_some_and(makes));
    exports.map(|export| export.name.as_str())
}

/// What carries above the functions that use a name.
fn by_name(
    facts: &FileFacts,
    users: FxHashMap<&str, Vec<FnId>>,
    known: &mut FxHashMap<FnId, Vec<Carrier>>,
    names: &Names,
) -> FxHashMap<Arc<str>, Vec<Carrier>> {
    let mut found = FxHashMap::default();
    for (name, mut functions) in users {
        functions.dedup();
        let mut carriers: Vec<Carrier> = Vec::new();
        for id in functions {
            carriers.extend_from_slice(known.entry(id).or_insert_with(|| above(facts, id, names).collect()));
        }
        if !carriers.is_empty() {
            found.insert(name.into(), carriers);
        }
    }
    found
}

/// `type Store = …` of Rust: its functions are called by the other name.
fn type_aliases(facts: &FileFacts) -> impl Iterator<Item = (&str, &TypeRef)> {
    let top = facts.functions.first().filter(|_| facts.language == Language::Rust);
    let locals = top.into_iter().flat_map(|function| &function.locals);
    let alias = |local: &&Local| local.kind == (LocalKind::Let { constant: true });
    locals.filter(alias).filter_map(|local| Some((local.name.as_str(), local.ty.as_ref()?)))
}

/// The type whose function is called: `Store` of `Store::open()`.
fn type_name<'f>(facts: &'f FileFacts, callee: &Value) -> Option<&'f str> {
    let imported = matches!(callee, Value::Member(..)) && facts.language == Language::Rust;
    match callee.root() {
        Value::Var(var) if imported && matches!(facts.local(*var).kind, LocalKind::Import(_)) => {
            Some(&facts.local(*var).name)
        }
        _ => None,
    }
}

/// The module's own names for what a call at its top level gives.
fn kept_under(facts: &FileFacts, call: &Call) -> impl Iterator<Item = String> {
    let mut names = Vec::new();
    walk::binds(&facts.function(FnId::TOP).body).for_each(|walk::Bind { target, value, .. }| {
        if matches!(value, Value::Call(id) if std::ptr::eq(facts.call(*id), call)) {
            names.extend(value_name(facts, target).map(str::to_string));
        }
    });
    names.into_iter()
}

/// The module's own names for what may hold what a function of it opens: a variable that the function fills, and what a
/// call gives to which the function is handed, a store mostly. Who has such a name may end it.
fn shared_holders(facts: &FileFacts, opened: CallId, within: FnId) -> impl Iterator<Item = String> {
    let mut names = Vec::new();
    for walk::Bind { target, value, .. } in walk::binds(&facts.function(within).body).filter(|_| within != FnId::TOP) {
        match target {
            Value::Var(var) if var.function == FnId::TOP && *value == Value::Call(opened) => {
                names.push(facts.local(*var).name.clone());
            }
            _ => {}
        }
    }
    let outermost = facts.enclosing(within).take_while(|id| *id != FnId::TOP).last();
    for walk::Bind { target, value, .. } in walk::binds(&facts.function(FnId::TOP).body) {
        if let (Some(f), Value::Call(id)) = (outermost, value)
            && is_handed(facts, *id, f)
        {
            names.extend(value_name(facts, target).map(str::to_string));
        }
    }
    names.into_iter()
}

/// The call, or one that its arguments make or that it is made on, is given the function.
fn is_handed(facts: &FileFacts, call: CallId, f: FnId) -> bool {
    let data = facts.call(call);
    let handed = |value: &Value| {
        value.holds(&|part| match part {
            Value::Closure(own) => *own == f,
            Value::Call(inner) => *inner < call && is_handed(facts, *inner, f),
            _ => false,
        })
    };
    data.args.iter().any(|arg| handed(&arg.value))
}

/// `kafka` of `kafka.producer()`.
fn factory<'f>(facts: &'f FileFacts, call: &'f Call) -> Option<&'f str> {
    match &call.callee {
        Value::Member(base, _) => value_name(facts, base).filter(|_| matches!(**base, Value::Var(_))),
        _ => None,
    }
}

/// The function gives the new object that it opens: whoever calls it has one.
fn gives(facts: &FileFacts, call: &Call, id: CallId) -> bool {
    call.kind == CallKind::New && hands_out(facts, call, id)
}

/// The function returns what the call gives.
fn hands_out(facts: &FileFacts, call: &Call, id: CallId) -> bool {
    let function = facts.function(call.function);
    if call.function == FnId::TOP || function.name.is_none() {
        return false;
    }
    let mut given = Vec::new();
    returned(&function.body, &mut given);
    let mut held = vec![Value::Call(id)];
    walk::binds(&function.body).for_each(|walk::Bind { target, value, .. }| {
        if *value == held[0] && matches!(target, Value::Var(_)) {
            held.push(target.clone());
        }
    });
    given.into_iter().any(|value| held.contains(value))
}

/// By parameter the functions of a script that call it.
fn called_params(facts: &FileFacts) -> FxHashMap<VarRef, Vec<FnId>> {
    let mut found: FxHashMap<VarRef, Vec<FnId>> = FxHashMap::default();
    for call in facts.calls.iter().filter(|_| facts.language == Language::Script) {
        if let Value::Var(var) = call.callee
            && facts.local(var).kind == LocalKind::Param
        {
            found.entry(var).or_default().push(call.function);
        }
    }
    found
}

/// A callback that the function is given has what the call takes out: `pool.getConnection(callback)`, or a closure that
/// calls it.
fn hands_to_callback(facts: &FileFacts, call: &Call, called: &FxHashMap<VarRef, Vec<FnId>>) -> bool {
    let own = |var: &VarRef| var.function == call.function && facts.local(*var).kind == LocalKind::Param;
    let params = || facts.function(call.function).params.iter();
    let called_by = |local: u32| called.get(&VarRef { function: call.function, local }).into_iter().flatten();
    let calls_own = |closure: FnId| {
        let mut callers = params().flat_map(|param| called_by(param.local));
        callers.any(|from| facts.enclosing(*from).any(|around| around == closure))
    };
    facts.language == Language::Script
        && call.args.iter().any(|arg| match &arg.value {
            Value::Closure(id) => calls_own(*id),
            Value::Var(var) => own(var),
            _ => false,
        })
}

/// A class without a base is no component: its objects live as long as their makers want. What a hook opens by itself,
/// it opens on each rendering of those that use it.
fn reach_of_opener(facts: &FileFacts, opens: FnId, name: &str) -> Reach {
    let object = facts.classes.iter().any(|class| class.name == name && class.bases.is_empty());
    let by_itself = facts.function(opens).name.as_deref() == Some(name);
    if object || by_itself && is_hook(name) { Reach::Makers } else { Reach::Effects }
}

/// By which names the functions of a file are known besides their own.
#[derive(Default)]
pub(crate) struct Names<'f> {
    /// Functions that nobody calls by their names.
    attributes: FxHashSet<FnId>,
    /// The variables that hold what a call gives to which a function without a name is handed:
    /// `const join = useCallback(…)`.
    wrapped: FxHashMap<FnId, Vec<&'f str>>,
}

impl<'f> Names<'f> {
    fn of(facts: &'f FileFacts) -> Self {
        let mut wrapped: FxHashMap<FnId, Vec<&str>> = FxHashMap::default();
        for bind in facts.functions.iter().flat_map(|function| walk::binds(&function.body)) {
            let (Value::Call(call), Some(name)) = (bind.value, value_name(facts, bind.target)) else { continue };
            for arg in &facts.call(*call).args {
                if let Value::Closure(id) = arg.value
                    && facts.function(id).name.is_none()
                {
                    wrapped.entry(id).or_default().push(name);
                }
            }
        }
        Self { attributes: attributes(facts), wrapped }
    }
}

/// The names under which a function is known: its own, those around it, their classes. Who makes an object of a class
/// may run its methods; whoever says its name may only where that makes what carries.
pub(crate) fn above<'f, 'b>(
    facts: &'f FileFacts,
    id: FnId,
    names: &'b Names<'f>,
) -> impl Iterator<Item = Carrier> + use<'f, 'b> {
    facts.enclosing(id).take_while(|id| *id != FnId::TOP).flat_map(|id| {
        let function = facts.function(id);
        let named = function.kind != FnKind::Constructor && !names.attributes.contains(&id);
        let own = function.name.as_deref().filter(|_| named);
        let class = function.class.map(|class| facts.class(class));
        let by_type = facts.language.semantics().naming == Naming::Paths || function.kind == FnKind::Constructor;
        let to = if by_type { Reach::Callers } else { Reach::Objects };
        let traits = class.into_iter().flat_map(|class| own_traits(facts, class));
        let class = class.map(|class| Carrier { name: class.name.as_str().into(), to });
        let wrapped = names.wrapped.get(&id).into_iter().flatten().copied();
        let names =
            own.into_iter().chain(traits).chain(wrapped).map(|name| Carrier { name: name.into(), to: Reach::Callers });
        names.chain(class)
    })
}

/// The interfaces of a class that the file names: those of a language's own need no import.
fn own_traits<'f>(facts: &'f FileFacts, class: &'f Class) -> impl Iterator<Item = &'f str> {
    let known = move |name: &str| {
        let head = name.split(['.', ':']).next().unwrap_or_default();
        let declared = || facts.classes.iter().any(|other| other.kind == ClassKind::Trait && other.name == name);
        facts.language != Language::Rust || declared() || facts.imports.iter().any(|import| import.name == head)
    };
    class.implements.iter().map(|ty| ty.name.as_str()).filter(move |name| known(name)).map(tail)
}

/// The functions below decorators.
pub(super) fn decorated(facts: &FileFacts) -> FxHashMap<CallId, FnId> {
    let decorators = |id: FnId| facts.function(id).decorators.iter().map(move |call| (*call, id));
    facts.function_ids().flat_map(decorators).collect()
}

/// Functions that are attributes of elements: nobody calls them by the attribute's name.
fn attributes(facts: &FileFacts) -> FxHashSet<FnId> {
    let elements = facts.calls.iter().filter(|call| call.kind == CallKind::Jsx);
    let closure = |value: &Value| if let Value::Closure(id) = value { Some(*id) } else { None };
    let within = |value: &Value| match value {
        Value::Record { entries, .. } => entries.iter().filter_map(|entry| closure(&entry.value)).collect(),
        other => Vec::from_iter(closure(other)),
    };
    elements.flat_map(|call| &call.args).flat_map(|arg| within(&arg.value)).collect()
}

/// The last name of a dotted path.
fn tail(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn value_name<'f>(facts: &'f FileFacts, value: &'f Value) -> Option<&'f str> {
    match value {
        Value::Var(var) if !matches!(facts.local(*var).kind, LocalKind::Param) => Some(&facts.local(*var).name),
        Value::Closure(id) => facts.function(*id).name.as_deref(),
        Value::Class(id) => Some(&facts.class(*id).name),
        Value::Member(_, name) => Some(name),
        _ => None,
    }
}

/// The name of a function that is handed over, not called.
pub(super) fn function_name<'f>(facts: &'f FileFacts, value: &'f Value) -> Option<&'f str> {
    let Value::Var(var) = value else { return None };
    let local = facts.local(*var);
    matches!(local.kind, LocalKind::Function(_) | LocalKind::Import(_)).then_some(&local.name)
}

/// Functions that others give or put into records and lists: `return { find }`, `const all = { elastic: makeEngine }`.
fn referred(facts: &FileFacts) -> Vec<(&str, FnId)> {
    let mut found = Vec::new();
    for id in facts.function_ids().filter(|id| *id != FnId::TOP) {
        let body = &facts.function(id).body;
        let mut given = Vec::new();
        returned(body, &mut given);
        let bound = walk::binds(body).map(|bind| bind.value).filter(|value| !matches!(value, Value::Var(_)));
        let values = given.into_iter().chain(bound);
        values.for_each(|value| found.extend(parts(facts, value).into_iter().map(|name| (name, id))));
    }
    found
}

/// The functions that a value stands for, or that stand in it as a record or list.
fn parts<'f>(facts: &'f FileFacts, value: &'f Value) -> Vec<&'f str> {
    match value {
        Value::Record { entries, .. } => entries.iter().flat_map(|entry| parts(facts, &entry.value)).collect(),
        Value::List(items) | Value::Choice(items, _) => items.iter().flat_map(|item| parts(facts, item)).collect(),
        Value::Index(table, _) => value_name(facts, table).into_iter().collect(),
        other => function_name(facts, other).into_iter().collect(),
    }
}

/// The table that the call takes what it calls out of: `makers[name]()`, `makers.get(name)()`.
fn table<'f>(facts: &'f FileFacts, callee: &'f Value) -> Option<&'f str> {
    match callee {
        Value::Index(base, _) => value_name(facts, base),
        Value::Call(id) => match &facts.call(*id).callee {
            Value::Member(base, _) => value_name(facts, base),
            _ => None,
        },
        _ => None,
    }
}

/// `client` of `self.client.put(…)`: a function may stand behind it.
fn property(callee: &Value) -> Option<&str> {
    match callee {
        Value::Member(base, name) if matches!(**base, Value::This) => Some(name),
        Value::Member(base, _) => property(base),
        _ => None,
    }
}

fn owners(facts: &FileFacts) -> FxHashSet<Keeper> {
    let place = |value: &Value| matches!(value, Value::Var(_) | Value::Member(..) | Value::Record { .. });
    let given = |call: &&Call| call.kind == CallKind::New && call.args.iter().any(|arg| place(&arg.value));
    facts.calls.iter().filter(given).filter_map(|call| keeper(facts, &call.callee)).collect()
}

/// The imported types whose `impl` blocks a file has: their methods are the type's, wherever that stands.
pub(super) fn completed(facts: &FileFacts) -> impl Iterator<Item = Keeper> {
    let blocks = facts.classes.iter().filter(|class| class.kind == ClassKind::Impl);
    blocks.filter_map(|block| {
        let import = facts.imports.iter().find(|import| import.name == block.name)?;
        Some(Keeper { module: import.module.clone(), name: import.name.clone(), member: None })
    })
}

/// The imported interfaces and bases of a file's classes.
pub(super) fn interfaces(facts: &FileFacts) -> Vec<Keeper> {
    let bases = facts.classes.iter().flat_map(|class| &class.bases).filter_map(|base| keeper(facts, base));
    let written = facts.classes.iter().flat_map(|class| &class.implements).filter_map(|ty| {
        let (head, member) =
            ty.name.split_once('.').map_or((ty.name.as_str(), None), |(head, rest)| (head, Some(rest)));
        let import = facts.imports.iter().find(|import| import.name == head)?;
        let member = member.map(|rest| tail(rest).to_string());
        Some(Keeper { module: import.module.clone(), name: import.name.clone(), member })
    });
    bases.chain(written).collect()
}

/// The import behind a path; behind what a call gives, that of what is called: `withRole("editor")(Page)`.
pub(super) fn keeper(facts: &FileFacts, value: &Value) -> Option<Keeper> {
    let mut value = value;
    while let Value::Call(id) = value {
        value = &facts.call(*id).callee;
    }
    let Value::Var(var) = value.root() else { return None };
    let member = first_member(value).cloned();
    let LocalKind::Import(import) = facts.local(*var).kind else {
        let (module, name) = required(facts, *var)?;
        return Some(Keeper { module, name, member });
    };
    let import = facts.import(import);
    Some(Keeper { module: import.module.clone(), name: import.name.clone(), member })
}

/// CommonJS: the module that a variable is, or of which it is a part, and that part's name:
/// `const { close } = require("./db")`.
fn required(facts: &FileFacts, var: VarRef) -> Option<(String, String)> {
    let whole = |import: &Import| matches!(import.kind, ImportKind::Namespace | ImportKind::Dynamic);
    if facts.language != Language::Script || !facts.imports.iter().any(whole) {
        return None;
    }
    let mut bound = walk::binds(&facts.function(var.function).body);
    let value =
        bound.find(|bind| *bind.target == Value::Var(var) && matches!(bind.value.root(), Value::Module(_)))?.value;
    let (import, name) = match value {
        Value::Module(import) => (facts.import(*import), None),
        Value::Member(base, name) => match **base {
            Value::Module(import) => (facts.import(import), Some(name)),
            _ => return None,
        },
        _ => return None,
    };
    Some((import.module.clone(), name.unwrap_or(&import.name).clone()))
}

/// What is taken of the root of a path: `Cog` in `commands.Cog.listener`.
fn first_member(value: &Value) -> Option<&String> {
    match value {
        Value::Member(of, name) if matches!(**of, Value::Var(_)) => Some(name),
        Value::Member(of, _) => first_member(of),
        _ => None,
    }
}

/// The name by which what is imported carries.
fn known_as(import: &Import) -> Cow<'_, str> {
    match import.name == DEFAULT_EXPORT {
        true => Cow::Owned(default_of(imported_name(&import.module))),
        false => Cow::Borrowed(&import.name),
    }
}

/// Other names under which a carrier leaves a file: `export { open as GET }`, `const x = wrap(open)`,
/// a class below a carrying one.
fn add_aliases(facts: &FileFacts, found: &mut Callers) {
    let mut add = |from: &str, to: &str| {
        if from != to {
            let carrier = Carrier { name: to.into(), to: Reach::Callers };
            found.by_callee.entry(from.into()).or_default().push(carrier);
        }
    };
    for export in &facts.exports {
        match &export.what {
            Exported::Value(value) => value_name(facts, value).into_iter().for_each(|name| add(name, &export.name)),
            Exported::From(id) => add(&known_as(facts.import(*id)), &export.name),
        }
    }
    for local in facts.functions.iter().flat_map(|function| &function.locals) {
        if let LocalKind::Import(id) = local.kind {
            add(&known_as(facts.import(id)), &local.name);
        }
    }
    let below = || facts.classes.iter().flat_map(|class| class.bases.iter().map(move |base| (base, &class.name)));
    let below = || below().filter_map(|(base, class)| Some((value_name(facts, base)?, class)));
    below().for_each(|(base, class)| add(base, class));
    for (base, class) in below() {
        let carrier = Carrier { name: class.as_str().into(), to: Reach::Objects };
        found.by_class.entry(base.into()).or_default().push(carrier);
    }
    walk::binds(&facts.function(FnId::TOP).body).for_each(|walk::Bind { target, value, .. }| {
        let Some(to) = value_name(facts, target) else { return };
        let mut from: FxHashSet<&str> = value_name(facts, value).into_iter().collect();
        from.extend(parts(facts, value));
        add_given(facts, value, &mut from);
        from.into_iter().for_each(|from| add(from, to));
    });
}

/// Functions that make what a `static` of some function keeps, which does not give it away: who calls it does not tell
/// how often they run.
fn once(facts: &FileFacts) -> FxHashSet<FnId> {
    let mut found = FxHashSet::default();
    for id in facts.function_ids().filter(|id| *id != FnId::TOP && facts.language == Language::Rust) {
        let body = &facts.function(id).body;
        let kept = walk::binds(body).filter_map(|bind| match (bind.target, bind.value) {
            (Value::Var(var), Value::Call(call)) => Some((*var, facts.call(*call))),
            _ => None,
        });
        let kept = kept.filter(|(var, _)| facts.local(*var).kind == LocalKind::Static);
        for (_, call) in kept.filter(|(var, _)| !gives_away(facts, body, *var)) {
            found.extend(call.args.iter().filter_map(|arg| match arg.value {
                Value::Closure(made) => Some(made),
                _ => None,
            }));
        }
    }
    found
}

/// The body returns the variable, or what is got of it.
fn gives_away(facts: &FileFacts, body: &[Node], kept: VarRef) -> bool {
    let is = |value: &Value| match value.root() {
        Value::Var(var) => *var == kept,
        Value::Call(id) => *facts.call(*id).callee.root() == Value::Var(kept),
        _ => false,
    };
    let mut values = Vec::new();
    returned(body, &mut values);
    values.into_iter().any(|value| value.holds(&is))
}

/// The names that calls in a value are given: `wrap(open)`, `Annotated[Session, Depends(open)]`.
fn add_given<'f>(facts: &'f FileFacts, value: &'f Value, found: &mut FxHashSet<&'f str>) {
    match value {
        Value::Call(id) => found.extend(facts.call(*id).args.iter().filter_map(|arg| value_name(facts, &arg.value))),
        Value::List(parts) => parts.iter().for_each(|part| add_given(facts, part, found)),
        Value::Index(_, key) => add_given(facts, key, found),
        _ => {}
    }
}
