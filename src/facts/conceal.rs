//! Takes literals out of finished facts whose names say that they are secret.
//!
//! [`super::redact`] sees a literal alone; here its keyword, key, variable or setting is known too.
//! Knows no language.

use super::{Block, Call, FileFacts, FnId, Literal, Node, Value, redact};

/// Replaces the literals of secret-named arguments, keys, variables and fields.
pub fn conceal(facts: &mut FileFacts) {
    let named: Vec<bool> = facts.calls.iter().map(|call| takes_secret(facts, call)).collect();
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
        Value::Binary(_, left, right) => [left, right].into_iter().for_each(|inner| value(inner, name)),
        _ => {}
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
