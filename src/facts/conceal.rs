//! Takes literals out of finished facts whose names say that they are secret.
//!
//! [`super::redact`] sees a literal alone; here its keyword, key, variable or setting is known too.
//! Knows no language.

use std::ops::Range;

use super::{
    Arg, BinaryOp, Block, Call, CallId, CallKind, FileFacts, FnId, Literal, Node, Part, Value, VarRef, redact,
};

/// Replaces the literals of secret-named arguments, keys, variables and fields.
pub fn conceal(facts: &mut FileFacts) {
    let about = |call: &Call| (credentials(facts, call), takes_secret(facts, call));
    let named: Vec<(Range<usize>, bool)> = facts.calls.iter().map(about).collect();
    convert(facts);
    facts.calls.iter_mut().zip(named).for_each(|(it, (private, secret))| call(it, private, secret));
    let mut taken = Vec::new();
    let bodies = facts.functions.iter().flat_map(|function| &function.body);
    bodies.for_each(|node| parts(facts, node, &mut taken));
    for at in 0..facts.functions.len() {
        let mut body = std::mem::take(&mut facts.functions[at].body);
        block(facts, &taken, &mut body);
        facts.functions[at].body = body;
        for param in &mut facts.functions[at].params {
            let secret = redact::private_key(&param.name);
            param.default.iter_mut().for_each(|default| value(default, secret.then_some(param.name.as_str())));
        }
    }
    for field in facts.classes.iter_mut().flat_map(|class| &mut class.fields) {
        let name = field.name.clone();
        field.value.iter_mut().for_each(|it| value(it, Some(&name)));
    }
    for export in &mut facts.exports {
        if let super::Exported::Value(exported) = &mut export.what {
            value(exported, Some(&export.name));
        }
    }
}

/// `.password("…")`, `SecretStr("…")`.
fn takes_secret(facts: &FileFacts, call: &Call) -> bool {
    let name = call.callee_name(facts).unwrap_or_default();
    let method = matches!(call.callee, Value::Member(..)) && redact::private_method(name);
    method || name.starts_with("Secret")
}

/// `getenv("DB_PASSWORD", "…")`: the name of a setting tells what its default is.
fn call(call: &mut Call, private: Range<usize>, secret: bool) {
    let read =
        call.positional(0).and_then(|arg| arg.value.as_str()).filter(|name| is_setting(name)).map(str::to_string);
    let beside = holds_secret(call.args.iter().filter_map(|arg| arg.name.as_deref()));
    for (at, arg) in call.args.iter_mut().enumerate() {
        let name = arg.name.clone().filter(|name| redact::private_key(name)).map(|name| called(&name, beside));
        let name = name.or_else(|| read.clone().filter(|_| at > 0)).or_else(|| secret.then(|| "password".to_string()));
        value(&mut arg.value, name.as_deref());
    }
    call.args[private].iter_mut().for_each(|arg| value(&mut arg.value, Some("password")));
}

/// The arguments without names that are a user and a password: `connect("host", "user", "password")`,
/// `new Client(database, "user", "password", { … })`.
fn credentials(facts: &FileFacts, call: &Call) -> Range<usize> {
    let callee = call.callee_name(facts).unwrap_or_default();
    let text = |arg: &Arg| arg.name.is_none() && is_text(facts, &arg.value);
    if let [_, user, password, options, ..] = call.args.as_slice()
        && call.kind == CallKind::New
        && text(user)
        && text(password)
        && matches!(options.value, Value::Record { .. })
    {
        return 1..3;
    }
    if let [name, given] = call.args.as_slice()
        && redact::keeps_under(callee)
        && text(given)
        && name.name.is_none()
        && name.value.as_str().is_some_and(redact::names_secret)
    {
        return 1..2;
    }
    let texts = call.args.iter().take_while(|arg| text(arg)).count();
    redact::logs_in(callee, texts).map_or(0..0, |first| first..texts)
}

/// A text, or what a conversion makes of one.
fn is_text(facts: &FileFacts, it: &Value) -> bool {
    let given = |id: CallId| {
        let call = facts.call(id);
        let known = call.callee_name(facts).is_some_and(|name| CONVERTING.contains(&name));
        let base = if let Value::Member(base, _) = &call.callee { Some(&**base) } else { None };
        known && call.args.iter().map(|arg| &arg.value).chain(base).any(|value| value.as_str().is_some())
    };
    it.as_str().is_some() || matches!(it, Value::Call(id) if given(*id))
}

/// Beside one of these a mere `key` is a secret too.
fn holds_secret<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    names.any(redact::goes_with_key)
}

fn called(name: &str, beside: bool) -> String {
    if beside && name == "key" { "password".to_string() } else { name.to_string() }
}

/// Calls that give what they are given, or are called on, in another type.
const CONVERTING: &[&str] = &["Some", "Ok", "String", "from", "str", "bytes", "to_string", "to_owned", "into"];

/// `config.password = Some("…".to_string())`: the name goes with the value through conversions.
fn convert(facts: &mut FileFacts) {
    let mut wanted: Vec<(CallId, String)> = Vec::new();
    for node in facts.functions.iter().flat_map(|function| &function.body) {
        collect(facts, node, &mut wanted);
    }
    for call in &facts.calls {
        let named = call.args.iter().filter_map(|arg| Some((&arg.value, arg.name.clone()?)));
        named.for_each(|(it, name)| note(it, &name, &mut wanted));
        call.args[credentials(facts, call)].iter().for_each(|arg| note(&arg.value, "password", &mut wanted));
    }
    while let Some((id, name)) = wanted.pop() {
        let known = facts.call(id).callee_name(facts).is_some_and(|name| CONVERTING.contains(&name));
        let Some(call) = facts.calls.get_mut(id.index()).filter(|_| known) else { continue };
        let base = if let Value::Member(base, _) = &mut call.callee { Some(&mut **base) } else { None };
        for given in call.args.iter_mut().map(|arg| &mut arg.value).chain(base) {
            value(given, Some(&name));
            note(given, &name, &mut wanted);
        }
    }
}

fn collect(facts: &FileFacts, node: &Node, wanted: &mut Vec<(CallId, String)>) {
    if let Node::Bind { target, value: bound, .. } = node
        && let Some(name) = named(facts, target)
    {
        note(bound, &name, wanted);
    }
    node.blocks().flatten().for_each(|inner| collect(facts, inner, wanted));
}

fn note(it: &Value, name: &str, wanted: &mut Vec<(CallId, String)>) {
    if let Value::Call(id) = it
        && redact::private_key(name)
    {
        wanted.push((*id, name.to_string()));
    }
}

fn is_setting(name: &str) -> bool {
    name.len() > 2 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

fn block(facts: &FileFacts, taken: &[Taken], nodes: &mut Block) {
    for node in nodes {
        if let Node::Bind { target, value: bound, .. } = node {
            let name = named(facts, target);
            value(bound, name.as_deref());
            if let (Value::Var(var), Value::List(all)) = (&*target, bound) {
                let own = taken.iter().filter(|part| part.list == *var);
                own.for_each(|part| all.get_mut(part.at).into_iter().for_each(|it| value(it, Some(&part.name))));
            }
        }
        node.blocks_mut().into_iter().for_each(|inner| block(facts, taken, inner));
    }
}

/// `const [user, password] = ["…", "…"]`: a part of a list that a variable of a private name takes.
struct Taken {
    list: VarRef,
    at: usize,
    name: String,
}

fn parts(facts: &FileFacts, node: &Node, taken: &mut Vec<Taken>) {
    if let Node::Bind { target, value: Value::Index(list, index), .. } = node
        && let (Value::Var(list), Value::Literal(Literal::Num(at))) = (&**list, &**index)
        && let Some(name) = named(facts, target).filter(|name| redact::private_key(name))
    {
        taken.push(Taken { list: *list, at: *at as usize, name });
    }
    node.blocks().flatten().for_each(|inner| parts(facts, inner, taken));
}

/// What an assignment's target is called.
fn named(facts: &FileFacts, target: &Value) -> Option<String> {
    match target {
        Value::Var(var) => local(facts, var.function, var.local),
        Value::Member(_, name) | Value::Global(name) => Some(name.clone()),
        Value::Index(_, key) => key.as_str().map(str::to_string),
        _ => None,
    }
}

fn local(facts: &FileFacts, function: FnId, local: u32) -> Option<String> {
    Some(facts.functions.get(function.index())?.locals.get(local as usize)?.name.clone())
}

/// Conceals a value that something of this name takes, and what its own keys call secret.
fn value(it: &mut Value, name: Option<&str>) {
    match it {
        Value::Literal(Literal::Str(text)) if name.is_some_and(|name| keeps(name, text)) => {
            *text = redact::MARK.to_string();
        }
        Value::Record { entries, spreads, .. } => {
            let beside = holds_secret(entries.iter().map(|entry| entry.key.as_str()));
            entries.iter_mut().for_each(|entry| value(&mut entry.value, Some(&called(&entry.key, beside))));
            spreads.iter_mut().for_each(|spread| value(spread, None));
        }
        Value::List(all) => all.iter_mut().for_each(|inner| {
            let own = pair(inner).or(name.map(String::from));
            value(inner, own.as_deref());
        }),
        Value::Choice(all, _) => {
            let read = all.iter().find_map(read_name);
            all.iter_mut().for_each(|inner| value(inner, read.as_deref().or(name)));
        }
        Value::Binary(_, left, right) => {
            [left, right].into_iter().for_each(|inner| value(inner, name));
            join(it);
        }
        Value::Template(_) => {
            if let Some(name) = name.filter(|name| redact::private_key(name)) {
                leaves(it).into_iter().flatten().filter(|text| keeps(name, text)).for_each(mark);
            }
            join(it);
        }
        _ => {}
    }
}

/// `("password", "…")` in a list of pairs.
fn pair(it: &Value) -> Option<String> {
    let Value::List(parts) = it else { return None };
    let [name, given] = parts.as_slice() else { return None };
    let name = name.as_str().filter(|name| redact::names_secret(name) && given.as_str().is_some())?;
    Some(name.to_string())
}

fn mark(text: &mut String) {
    *text = redact::MARK.to_string();
}

/// Conceals user and password of an address that is put together.
fn join(it: &mut Value) {
    let mut parts = leaves(it);
    let whole: String = parts.iter().map(|part| part.as_deref().map_or("_", |text| text.as_str())).collect();
    let Some(hidden) = redact::user_within(&whole) else { return };
    let mut at = 0;
    for part in &mut parts {
        let length = part.as_deref().map_or(1, |text| text.len());
        let (start, end) = (hidden.start.clamp(at, at + length) - at, hidden.end.clamp(at, at + length) - at);
        if let Some(text) = part.as_deref_mut().filter(|text| text[start..end].contains(char::is_alphanumeric)) {
            text.replace_range(start..end, redact::MARK);
        }
        at += length;
    }
}

/// The texts that a value is put together of, with nothing for what is not known.
fn leaves<'v>(it: &'v mut Value) -> Vec<Option<&'v mut String>> {
    match it {
        Value::Literal(Literal::Str(text)) => vec![Some(text)],
        Value::Binary(BinaryOp::Add, left, right) => leaves(left).into_iter().chain(leaves(right)).collect(),
        Value::Template(parts) => {
            let text = |part: &'v mut Part| match part {
                Part::Text(text) => Some(text),
                Part::Value(_) => None,
            };
            parts.iter_mut().map(text).collect()
        }
        _ => vec![None],
    }
}

/// `process.env.DB_PASSWORD ?? "…"`: the setting that a default stands beside.
fn read_name(it: &Value) -> Option<String> {
    let name = match it {
        Value::Member(_, name) => name.clone(),
        Value::Index(_, key) => key.as_str()?.to_string(),
        _ => return None,
    };
    redact::private_key(&name).then_some(name)
}

/// Whether a text of that name is kept secret. Many names end in `key`: cache keys, query keys.
pub fn keeps(name: &str, text: &str) -> bool {
    let key = name.to_ascii_lowercase().ends_with("key");
    // `DATABASE_POOL` under the name `token` is a name itself.
    let constant = text.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    redact::private_key(name) && !constant && !text.contains("://") && (text.len() >= 16 || !key || is_mixed(text))
}

/// Letters and digits without the marks of paths, keys of caches and names.
fn is_mixed(text: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    let marks = |c: char| c.is_whitespace() || ":/.-_".contains(c);
    text.len() >= 8 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !text.contains(marks)
}
