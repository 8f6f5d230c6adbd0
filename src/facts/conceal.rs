//! Takes literals out of finished facts whose names say that they are secret.
//!
//! [`super::redact`] sees a literal alone; here its keyword, key, variable or setting is known too.
//! Knows no language.

use super::{Arg, BinaryOp, Block, Call, CallId, CallKind, FileFacts, FnId, Literal, Node, Part, Value, redact};

/// Replaces the literals of secret-named arguments, keys, variables and fields.
pub fn conceal(facts: &mut FileFacts) {
    let named: Vec<bool> = facts.calls.iter().map(|call| takes_secret(facts, call)).collect();
    convert(facts);
    facts.calls.iter_mut().zip(named).for_each(|(it, secret)| call(it, secret));
    for at in 0..facts.functions.len() {
        let mut body = std::mem::take(&mut facts.functions[at].body);
        block(facts, &mut body);
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
fn call(call: &mut Call, secret: bool) {
    let read =
        call.positional(0).and_then(|arg| arg.value.as_str()).filter(|name| is_setting(name)).map(str::to_string);
    for (at, arg) in call.args.iter_mut().enumerate() {
        let name = arg.name.clone().filter(|name| redact::private_key(name));
        let name = name.or_else(|| read.clone().filter(|_| at > 0)).or_else(|| secret.then(|| "password".to_string()));
        value(&mut arg.value, name.as_deref());
    }
    if logs_in(call) {
        call.args[1..3].iter_mut().for_each(|arg| value(&mut arg.value, Some("password")));
    }
}

/// `new Client(database, "user", "password", { … })`
fn logs_in(call: &Call) -> bool {
    let text = |arg: &Arg| arg.name.is_none() && arg.value.as_str().is_some();
    match call.args.as_slice() {
        [_, user, password, options, ..] => {
            call.kind == CallKind::New && text(user) && text(password) && matches!(options.value, Value::Record { .. })
        }
        _ => false,
    }
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

fn block(facts: &FileFacts, nodes: &mut Block) {
    for node in nodes {
        if let Node::Bind { target, value: bound, .. } = node {
            let name = named(facts, target);
            value(bound, name.as_deref());
        }
        node.blocks_mut().into_iter().for_each(|inner| block(facts, inner));
    }
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
            entries.iter_mut().for_each(|entry| value(&mut entry.value, Some(&entry.key)));
            spreads.iter_mut().for_each(|spread| value(spread, None));
        }
        Value::List(all) => all.iter_mut().for_each(|inner| value(inner, name)),
        Value::Choice(all) => {
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
    redact::private_key(name) && !constant && !text.contains("://") && (text.len() >= 16 || !key)
}
