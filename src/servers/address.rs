//! Which server a construction speaks to, as far as settings tell: the names behind its address.
//!
//! Two constructions of one type with the same names speak to the same service; what depends on a
//! parameter or on something unknown has no address. Knows no library by name.

use crate::catalog::words::servers::{ADDRESS_KEYS, ALL_SETTINGS};
use crate::facts::trail::{Trail, Visited};
use std::collections::BTreeSet;

use crate::catalog::plans::families;
use crate::catalog::schema::{Kind, Setting, SettingRole};
use crate::catalog::servers::Family;
use crate::facts::{Call, Literal, Naming, Param, ParamKind, Part, Value};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::builder::{Step, steps};
use crate::values::eval::Ty;
use crate::values::follow::{At, behind, declared_variable, returned_by};
use crate::values::passing::passed;
use crate::values::sites::Site;

/// Where a client comes from and the setting names that reach its address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address {
    /// The module of the constructor: a generated client is another service.
    pub module: String,
    pub names: BTreeSet<String>,
}

/// What has been gathered, and the values that led there.
#[derive(Default)]
struct Names<'a> {
    found: BTreeSet<String>,
    /// Keys of options under which functions make the real ones.
    makers: &'a [String],
    seen: Vec<&'a Value>,
}

/// The address of a construction; `None` when it is not known.
pub fn address(program: &Program, site: &Site) -> Option<Address> {
    let data = program.call(site.call);
    let row = &program.catalog.ty(site.ty).row;
    let mut names = Names { makers: &row.options_from, ..Names::default() };
    let mut places = 0;
    for (position, arg) in data.args.iter().enumerate() {
        let tuning = |name: &str| row.settings.iter().any(|row| row.name == name && row.role != SettingRole::Other);
        match &arg.name {
            Some(name) if tuning(name) || !is_address_key(name) => continue,
            None if is_tuning_position(&row.settings, position) => continue,
            None if places > 1 => continue,
            None => places += 1,
            Some(_) => {}
        }
        collect(program, At { f: site.function, value: &arg.value }, &Trail::default(), &mut names)?;
    }
    if names.found.is_empty() && is_builder(program, site.function, &data.callee) {
        built_from(program, site, &row.settings, &mut names)?;
    }
    Some(Address { module: module(program, site), names: names.found })
}

/// The position holds a number of the pool.
pub fn is_tuning_position(settings: &[Setting], position: usize) -> bool {
    let place = format!("arg:{position}");
    settings.iter().any(|row| row.role != SettingRole::Other && row.places.contains(&place))
}

/// `builder.build`: where the client goes was told to the builder.
fn is_builder<'a>(program: &Program<'a>, f: FnRef, callee: &'a Value) -> bool {
    let Value::Member(base, _) = callee else { return false };
    program.eval(f, base).concept().is_some_and(|ty| program.catalog.ty(ty).row.kind == Kind::Builder)
}

/// What a builder was told of the server, in the chain of its calls, in statements and in fields; `None` where that is not
/// all in sight.
fn built_from<'a>(program: &Program<'a>, site: &Site, settings: &[Setting], names: &mut Names<'a>) -> Option<()> {
    let steps = steps(program, site.call);
    let tunes = |name: &str| settings.iter().any(|row| row.name == name && row.role != SettingRole::Other);
    // What is called on the result says nothing of how that came about.
    let after = |call: &Call| matches!(&call.callee, Value::Member(base, _) if **base == Value::Call(site.call.id));
    let before = |step: &&Step| !std::ptr::eq(step.call, program.call(site.call)) && !after(step.call);
    let tells = |step: &&Step| step.own && !step.call.callee_name(program.facts(step.f.file)).is_some_and(tunes);
    let given = steps
        .calls
        .iter()
        .filter(before)
        .filter(tells)
        .flat_map(|step| step.call.args.iter().map(|arg| (step.f, &arg.value)));
    let fields = steps.fields.iter().filter(|field| field.own && is_address_key(field.name));
    let fields = fields.map(|field| (field.at.f, field.at.value));
    for (f, value) in given.chain(fields) {
        collect(program, At { f, value }, &Trail::default(), names)?;
    }
    (!steps.hidden).then_some(())
}

/// The key of options, or the keyword, says where a server is.
pub fn is_address_key(name: &str) -> bool {
    ADDRESS_KEYS.contains(&name.to_ascii_lowercase().as_str())
}

fn module(program: &Program, site: &Site) -> String {
    module_of(program, site.function, &program.call(site.call).callee).unwrap_or_default()
}

/// The module outside of what is linked that a value comes from; a file by its path.
fn module_of<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<String> {
    match program.eval(f, value) {
        Ty::External(inner) if inner.module.starts_with('.') => {
            let folder = crate::packages::paths::parent(&program.units[f.file as usize].path);
            crate::packages::paths::join(folder, &inner.module)
        }
        Ty::External(inner) => Some(inner.module.clone()),
        _ => None,
    }
}

/// What `settings[environment]` is taken from.
fn settings_file<'a>(program: &Program<'a>, f: FnRef, base: &'a Value) -> Option<String> {
    match program.eval(f, base) {
        Ty::Module(file) => Some(program.units[file as usize].path.clone()),
        _ => module_of(program, f, base),
    }
}

/// The names of settings and texts that a value depends on; none when one of them is not known.
pub fn names_behind<'a>(program: &Program<'a>, at: At<'a>) -> BTreeSet<String> {
    let mut names = Names::default();
    collect(program, at, &Trail::default(), &mut names).map_or_else(BTreeSet::new, |()| names.found)
}

/// Adds the names that a value depends on; `None` when one of them is not known.
fn collect<'a>(program: &Program<'a>, at: At<'a>, trail: &Trail, names: &mut Names<'a>) -> Option<()> {
    let here = trail.step(at.value)?;
    match at.value {
        Value::Literal(Literal::Str(text)) => {
            names.found.insert(text.clone());
        }
        Value::Literal(Literal::Num(number)) => names.found.extend(number_told(program, *number)),
        Value::Literal(_) | Value::Closure(_) | Value::Class(_) => {}
        Value::Module(_) => {
            behind(program, at).into_iter().try_for_each(|inner| collect(program, inner, &here, names))?;
        }
        Value::Template(parts) => {
            names.found.extend(parts.iter().filter_map(|part| match part {
                Part::Text(text) => Some(text.clone()),
                Part::Value(_) => None,
            }));
            let values = parts.iter().filter_map(|part| match part {
                Part::Value(value) => Some(value),
                Part::Text(_) => None,
            });
            collect_all(program, at.f, values, &here, names)?;
        }
        Value::Choice(values, _) if told_by_setting(values) => {
            let asked = values.iter().filter(|value| !matches!(value, Value::Literal(_)));
            collect_all(program, at.f, asked, &here, names)?;
        }
        Value::Choice(values, _) | Value::List(values) => collect_all(program, at.f, values, &here, names)?,
        Value::Binary(_, left, right) => collect_all(program, at.f, [&**left, &**right], &here, names)?,
        Value::Record { entries, spreads, .. } => {
            let told = entries.iter().filter(|entry| is_address_key(&entry.key)).map(|entry| &entry.value);
            collect_all(program, at.f, told.chain(spreads), &here, names)?;
            let makers = entries.iter().filter(|entry| names.makers.contains(&entry.key));
            let made: Vec<At> =
                makers.flat_map(|entry| returned_by(program, At { f: at.f, value: &entry.value })).collect();
            made.into_iter().try_for_each(|inner| collect(program, inner, &here, names))?;
        }
        Value::Call(id) => match declared_variable(program, at) {
            Some(name) => {
                names.found.insert(name.to_string());
            }
            None => return call(program, at.f, CallRef { file: at.f.file, id: *id }, &here, names),
        },
        Value::Index(base, key) if key.as_str().is_none() => {
            names.found.insert(settings_file(program, at.f, base)?);
            return collect(program, At { f: at.f, value: key }, &here, names);
        }
        Value::Element(base) => return collect(program, At { f: at.f, value: base }, &here, names),
        _ => return reference(program, at, &here, names),
    }
    Some(())
}

fn collect_all<'a>(
    program: &Program<'a>,
    f: FnRef,
    values: impl IntoIterator<Item = &'a Value>,
    trail: &Trail,
    names: &mut Names<'a>,
) -> Option<()> {
    values.into_iter().try_for_each(|value| collect(program, At { f, value }, trail, names))
}

/// `process.env.DB_URL || "postgres://localhost/shop"`: what stands in where nothing is set is no other service.
fn told_by_setting(values: &[Value]) -> bool {
    let written = |value: &Value| matches!(value, Value::Literal(_));
    matches!(values, [Value::Member(..), rest @ ..] if rest.iter().all(written))
}

/// A port or the number of a database, unless it is the one that is taken where none is told.
fn number_told(program: &Program, number: f64) -> Option<String> {
    let usual = |family: &Family| family.port.is_some_and(|port| f64::from(port) == number);
    let told = number != 0.0 && !families(&program.catalog.limits).any(usual);
    told.then(|| number.to_string())
}

/// What a call is given is what its result depends on.
fn call<'a>(program: &Program<'a>, f: FnRef, call: CallRef, trail: &Trail, names: &mut Names<'a>) -> Option<()> {
    let data = program.call(call);
    let from = FnRef { file: call.file, id: data.function };
    if data.args.is_empty() && !matches!(data.callee, Value::Member(..)) {
        names.found.insert(format!("{}()", program.value_name(f.file, &data.callee)?));
        return Some(());
    }
    if let Some(name) = setting_read(data) {
        names.found.insert(name);
        return Some(());
    }
    let before = names.found.len();
    if let Some(base) = chained(data) {
        collect(program, At { f: from, value: base }, trail, names)?;
    }
    let told = names.found.len() > before;
    for arg in data.args.iter().filter(|arg| !is_default(&arg.name)) {
        let known = collect(program, At { f: from, value: &arg.value }, trail, names);
        known.or_else(|| told.then_some(()))?;
    }
    if let (Value::Member(base, _), true) = (&data.callee, data.args.is_empty()) {
        collect(program, At { f: from, value: base }, trail, names)?;
    }
    Some(())
}

/// `Options::of(url)` of `Options::of(url).application_name(name)`: it tells the address, the rest need not be known.
fn chained(call: &crate::facts::Call) -> Option<&Value> {
    let Value::Member(base, name) = &call.callee else { return None };
    (matches!(base.root(), Value::Call(_)) && !call.args.is_empty() && !is_address_key(name)).then_some(base)
}

/// `getenv("DB_URL", …)`: a call that is given a setting's name first, or as its name.
pub fn setting_read(call: &crate::facts::Call) -> Option<String> {
    let given = call.positional(0).or_else(|| call.named("name")).or_else(|| call.named("env"))?;
    let name = given.value.as_str()?;
    let setting = name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    setting.then(|| name.to_string())
}

/// A default or a conversion says nothing of which setting it is.
fn is_default(name: &Option<String>) -> bool {
    name.as_deref().is_some_and(|name| matches!(name, "default" | "cast" | "type"))
}

/// A variable, member or environment read: the values behind it, or its own name.
fn reference<'a>(program: &Program<'a>, at: At<'a>, trail: &Trail, names: &mut Names<'a>) -> Option<()> {
    if let Some(handed) = handed(program, at, trail) {
        names.found.extend(handed);
        return Some(());
    }
    let inner = behind(program, at);
    if inner.is_empty() || is_field(at.value) {
        return own_name(program, at, names);
    }
    for value in inner {
        // A variable that is made from itself adds nothing on the second turn.
        if !names.seen.iter().any(|seen| std::ptr::eq(*seen, value.value)) {
            names.seen.push(value.value);
            collect(program, value, trail, names)?;
        }
    }
    Some(())
}

/// The names behind a parameter: those of what all who call the function, or make an object by it, hand it alike.
fn handed<'a>(program: &Program<'a>, at: At<'a>, trail: &Trail) -> Option<BTreeSet<String>> {
    let Value::Var(var) = at.value else { return None };
    let owner = FnRef { file: at.f.file, id: var.function };
    let own = |param: &Param| param.local == var.local && param.kind == ParamKind::Normal && param.default.is_none();
    let index = program.function(owner).params.iter().position(own)?;
    let told = program.product_calls(owner)?.into_iter().map(|call| {
        let value = passed(program, call, owner, index)?;
        let mut names = Names::default();
        let f = FnRef { file: call.file, id: program.call(call).function };
        collect(program, At { f, value }, trail, &mut names)?;
        // What a function makes of its settings is told by these, not by its name.
        names.found.iter().all(|name| !name.ends_with("()")).then_some(names.found)
    });
    let mut told = told.collect::<Option<Vec<_>>>()?.into_iter();
    let first = told.next().filter(|names| !names.is_empty())?;
    told.all(|names| names == first).then_some(first)
}

/// `settings.database_url` is known by that name, whatever its default.
fn is_field(value: &Value) -> bool {
    matches!(value, Value::Member(..))
}

/// A setting's name stands for what it will hold; a parameter has no known value. What a crate has under a path of its own
/// is no setting: `Runtime::Tokio1`, `NoTls`.
fn own_name<'a>(program: &Program<'a>, at: At<'a>, names: &mut Names<'a>) -> Option<()> {
    let paths = program.language(at.f.file).semantics().naming == Naming::Paths;
    match at.value {
        value if paths && matches!(program.eval(at.f, value), Ty::External(_)) => {}
        Value::Global(name) => {
            names.found.insert(variable_name(name));
        }
        value => {
            let (base, name) = setting(value)?;
            if depends_on_parameter(program, at.f, base) || is_given_field(program, at.f, base, &name) {
                return None;
            }
            let section = section(program, at.f, value).map(|section| variable_name(section) + "_");
            names.found.insert(section.unwrap_or_default() + &variable_name(&name));
        }
    }
    Some(())
}

/// The part of the settings that a name stands in: `cache` of `config.cache.host`. What is written as a variable of
/// the environment is whole.
fn section<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> Option<&'a str> {
    let Value::Member(base, name) = value else { return None };
    let Value::Member(outer, section) = program.deref(f, base) else { return None };
    let whole = matches!(**outer, Value::This | Value::Global(_)) || ALL_SETTINGS.contains(&section.as_str());
    (!whole && name.contains(|c: char| c.is_ascii_lowercase())).then_some(section)
}

/// What a setting is called in the environment: `databaseUrl` and `database_url` are `DATABASE_URL`.
pub fn variable_name(name: &str) -> String {
    let mut found = String::with_capacity(name.len() + 2);
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit()) {
            found.push('_');
        }
        found.push(c.to_ascii_uppercase());
        before = c;
    }
    found
}

/// `base.name` and `base["name"]`.
fn setting(value: &Value) -> Option<(&Value, String)> {
    match value {
        Value::Member(base, name) => Some((base, name.clone())),
        Value::Index(base, key) => Some((base, key.as_str()?.to_string())),
        _ => None,
    }
}

/// A field that holds what the object's maker was told: each object has its own.
fn is_given_field(program: &Program, f: FnRef, base: &Value, name: &str) -> bool {
    let Some(class) = program.class_around(f).filter(|_| matches!(base, Value::This)) else { return false };
    let values = program.field_values(class, name).into_iter().chain(program.made_with(class, name));
    values.into_iter().any(|(g, value)| {
        matches!(value, Value::Var(var) if program.facts(g.file).local(*var).kind == crate::facts::LocalKind::Param)
    })
}

fn depends_on_parameter<'a>(program: &Program<'a>, f: FnRef, base: &'a Value) -> bool {
    match taken_from(program, f, base) {
        Value::Var(var) => program.facts(f.file).local(*var).kind == crate::facts::LocalKind::Param,
        Value::This | Value::Global(_) | Value::Module(_) | Value::Call(_) => false,
        _ => true,
    }
}

/// What a value is a part of, through the variables that parts of it were given to.
fn taken_from<'a>(program: &Program<'a>, f: FnRef, value: &'a Value) -> &'a Value {
    let passed = Visited::default();
    let mut whole = value.root();
    while let outer @ (Value::Member(..) | Value::Index(..) | Value::Element(_)) = program.deref(f, whole)
        && passed.enter(whole)
    {
        whole = outer.root();
    }
    whole
}
