//! The text form of facts: what `connlint debug facts` prints and the lowering tests compare.
//!
//! One line a node, indented by region; a block ends with a line `.`. Positions are left out, so that a
//! test does not break when text moves. `super::parse` reads the form back.

use std::fmt::Write;

use super::{
    Arg, Block, CallId, CallKind, Chosen, Exported, FileFacts, FnId, Function, Literal, LocalKind, Node, Part, Pattern,
    Pred, TypeRef, Value,
};

/// The whole file as text.
pub fn dump(facts: &FileFacts) -> String {
    let mut out = String::new();
    for import in &facts.imports {
        let _ = writeln!(out, "import {:?} {} from {:?}", import.kind, word(&import.name), import.module);
    }
    for class in &facts.classes {
        let bases: Vec<String> = class.bases.iter().map(|base| value(facts, base)).collect();
        let _ = writeln!(out, "class {} {:?} ({})", word(&class.name), class.kind, bases.join(", "));
        for field in &class.fields {
            let ty = field.ty.as_ref().map_or(String::new(), |ty| format!(": {}", type_text(ty)));
            let _ = writeln!(out, "  field {}{}{ty}", if field.is_static { "static " } else { "" }, word(&field.name));
        }
    }
    for id in facts.function_ids() {
        function(facts, id, &mut out);
    }
    for export in &facts.exports {
        let what = match &export.what {
            Exported::Value(exported) => value(facts, exported),
            Exported::From(import) => format!("from {:?}", facts.import(*import).module),
        };
        let _ = writeln!(out, "export {} = {what}", word(&export.name));
    }
    for problem in &facts.problems {
        let _ = writeln!(out, "problem {:?}", problem.message);
    }
    out
}

fn function(facts: &FileFacts, id: FnId, out: &mut String) {
    let function = facts.function(id);
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| {
            format!("{}{}", word(&p.name), p.ty.as_ref().map_or(String::new(), |ty| format!(": {}", type_text(ty))))
        })
        .collect();
    let _ = writeln!(out, "fn {} {:?}{}({})", label(facts, id), function.kind, flags(function), params.join(", "));
    for local in function.locals.iter().filter(|local| local.kind == LocalKind::Static) {
        let _ = writeln!(out, "  static {}", word(&local.name));
    }
    block(facts, &function.body, 1, out);
}

/// `#3 Class.name`.
pub fn label(facts: &FileFacts, id: FnId) -> String {
    let function = facts.function(id);
    let class = function.class.map_or(String::new(), |class| format!("{}.", word(&facts.class(class).name)));
    format!("#{} {class}{}", id.0, function.name.as_deref().map_or("_".into(), word))
}

/// Whether a name means the function: its number as `#3`, its name, or the name with its class.
pub fn is_named(facts: &FileFacts, id: FnId, name: &str) -> bool {
    let label = label(facts, id);
    let (number, full) = label.split_once(' ').unwrap_or((&label, ""));
    [number, full].contains(&name) || full.rsplit('.').next() == Some(name)
}

fn flags(function: &Function) -> String {
    let flags = &function.flags;
    let names = [
        ("async", flags.is_async),
        ("gen", flags.generator),
        ("static", flags.is_static),
        ("test", flags.test),
        ("renders", flags.renders),
        ("leaves", flags.leaves),
        ("move", flags.moves),
    ];
    names.iter().filter(|(_, on)| *on).map(|(name, _)| format!(" {name}")).collect()
}

fn block(facts: &FileFacts, nodes: &Block, depth: usize, out: &mut String) {
    for node in nodes {
        let _ = writeln!(out, "{}{}", "  ".repeat(depth), head(facts, node));
        let blocks: Vec<&Block> = node.blocks().collect();
        let told = blocks.iter().rposition(|inner| !inner.is_empty()).map_or(0, |last| last + 1);
        for inner in &blocks[..told] {
            block(facts, inner, depth + 1, out);
            let _ = writeln!(out, "{}.", "  ".repeat(depth));
        }
    }
}

fn head(facts: &FileFacts, node: &Node) -> String {
    let of = |v: &Value| value(facts, v);
    let maybe = |v: &Option<Value>| v.as_ref().map_or(String::new(), |v| format!(" {}", of(v)));
    match node {
        Node::Call(id) => call(facts, *id),
        Node::Bind { target, value, .. } => format!("{} := {}", of(target), of(value)),
        Node::Await { value, .. } => format!("await {}", of(value)),
        Node::Yield { value, .. } => format!("yield{}", maybe(value)),
        Node::Return { value, .. } => format!("return{}", maybe(value)),
        Node::Throw { .. } => "throw".into(),
        Node::Break { label } => format!("break{}", to_label(label.as_deref())),
        Node::Continue { label } => format!("continue{}", to_label(label.as_deref())),
        Node::Branch { pred: p, .. } => format!("branch {}", pred(facts, p)),
        Node::Match { subject, arms, .. } => {
            let patterns: Vec<String> = arms.iter().map(|arm| pattern(&arm.pattern)).collect();
            format!("match {} [{}]", of(subject), patterns.join(", "))
        }
        Node::Loop { kind, each, label, .. } => {
            format!("loop {kind:?}{}{}", maybe(each), to_label(label.as_deref()))
        }
        Node::Try { handlers, .. } => {
            let caught = |ty: Option<&TypeRef>| ty.map_or("_".into(), type_text);
            let handlers: Vec<String> = handlers.iter().map(|handler| caught(handler.caught.as_ref())).collect();
            format!("try [{}]", handlers.join(", "))
        }
        Node::Scope { resource, bound, .. } => {
            format!("scope {} as {}", of(resource), bound.as_ref().map_or("_".into(), of))
        }
        Node::Closure { function, inline } => {
            format!("closure {}{}", label(facts, *function), if *inline { " inline" } else { "" })
        }
        Node::Group(_) => "group".into(),
    }
}

/// `%2 = await new pg.Pool(1:url)`.
pub fn call(facts: &FileFacts, id: CallId) -> String {
    let call = facts.call(id);
    let kind = match call.kind {
        CallKind::Call => "",
        CallKind::New => "new ",
        CallKind::Decorator => "decorator ",
        CallKind::Macro => "macro ",
        CallKind::Jsx => "jsx ",
        CallKind::Struct => "struct ",
    };
    let args: Vec<String> = call.args.iter().map(|arg| argument(facts, arg)).collect();
    let awaited = if call.awaited { "await " } else { "" };
    format!("%{} = {awaited}{kind}{}({})", id.0, value(facts, &call.callee), args.join(", "))
}

fn argument(facts: &FileFacts, arg: &Arg) -> String {
    let name = arg.name.as_ref().map_or(String::new(), |name| format!("{}=", word(name)));
    format!("{name}{}{}", if arg.spread { "..." } else { "" }, value(facts, &arg.value))
}

/// A value as text, for dumps and tests; never for messages to users.
pub fn value(facts: &FileFacts, v: &Value) -> String {
    let of = |v: &Value| value(facts, v);
    match v {
        Value::Unknown => "?".into(),
        Value::Literal(literal) => literal_text(literal),
        Value::Var(var) => var_text(facts, *var),
        Value::This => "this".into(),
        Value::Super => "super".into(),
        Value::Global(name) => format!("${}", word(name)),
        Value::Module(import) => format!("module({:?})", facts.import(*import).module),
        Value::Member(base, name) => format!("{}.{}", of(base), word(name)),
        Value::Index(base, key) => format!("{}[{}]", of(base), of(key)),
        Value::Call(id) => format!("%{}", id.0),
        Value::Closure(function) => format!("fn#{}", function.0),
        Value::Class(class) => format!("class {}", word(&facts.class(*class).name)),
        Value::Record { entries, spreads, open } => {
            let entries = entries.iter().map(|entry| format!("{}: {}", word(&entry.key), of(&entry.value)));
            let spreads = spreads.iter().map(|spread| format!("...{}", of(spread)));
            let entries: Vec<String> = entries.chain(spreads).collect();
            format!("{{{}{}}}", entries.join(", "), if *open { ", .." } else { "" })
        }
        Value::List(items) => format!("[{}]", items.iter().map(of).collect::<Vec<_>>().join(", ")),
        Value::Template(parts) if parts.is_empty() => "``".into(),
        Value::Template(parts) => parts.iter().map(|part| template_part(facts, part)).collect::<String>(),
        Value::Choice(values, chosen) => {
            let mark = if *chosen == Chosen::FirstSet { " ?? " } else { " | " };
            format!("({})", values.iter().map(of).collect::<Vec<_>>().join(mark))
        }
        Value::Binary(op, left, right) => format!("({} {op:?} {})", of(left), of(right)),
        Value::Element(base) => format!("{}[*]", of(base)),
    }
}

fn template_part(facts: &FileFacts, part: &Part) -> String {
    match part {
        Part::Text(text) => format!("`{}`", text.escape_debug().to_string().replace('`', "\\u{60}")),
        Part::Value(inner) => format!("${{{}}}", value(facts, inner)),
    }
}

fn var_text(facts: &FileFacts, var: super::VarRef) -> String {
    let local = facts.local(var);
    let owner = if var.function == FnId::TOP { "@".to_string() } else { format!("{}:", var.function.0) };
    match local.kind {
        LocalKind::Import(_) => format!("import {}", word(&local.name)),
        _ => format!("{owner}{}{}", word(&local.name), shadowing(facts, var)),
    }
}

/// `~2` for the second of the function's variables with that name.
fn shadowing(facts: &FileFacts, var: super::VarRef) -> String {
    let locals = &facts.function(var.function).locals[..var.local as usize];
    let earlier = locals.iter().filter(|local| local.name == facts.local(var).name).count();
    if earlier == 0 { String::new() } else { format!("~{}", earlier + 1) }
}

/// A name as it is, or quoted where it would not be read as one.
pub(super) fn word(name: &str) -> String {
    if is_word(name) { name.into() } else { format!("{name:?}") }
}

fn is_word(name: &str) -> bool {
    name == "*" || !name.is_empty() && name.chars().all(in_word)
}

/// The character may stand in a name that is not quoted.
pub(super) fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '#' | '-')
}

fn to_label(label: Option<&str>) -> String {
    label.map_or(String::new(), |label| format!(" '{label}"))
}

fn literal_text(literal: &Literal) -> String {
    match literal {
        Literal::Str(text) => format!("{text:?}"),
        Literal::Num(number) => format!("{number}"),
        Literal::Bool(value) => format!("{value}"),
        Literal::Null => "null".into(),
        Literal::Regex => "regex".into(),
    }
}

/// A pattern as text.
pub fn pattern(pattern: &Pattern) -> String {
    match pattern {
        Pattern::Literal(literal) => literal_text(literal),
        Pattern::Name(name) => dotted(name),
        Pattern::Any => "_".into(),
        Pattern::Other => "?".into(),
    }
}

/// A condition as text.
pub fn pred(facts: &FileFacts, p: &Pred) -> String {
    let of = |v: &Value| value(facts, v);
    let all = |preds: &[Pred], by: &str| preds.iter().map(|p| pred(facts, p)).collect::<Vec<_>>().join(by);
    match p {
        Pred::Truthy(v) => of(v),
        Pred::Null(v) => format!("null({})", of(v)),
        Pred::Eq(v, literal) => format!("{} == {}", of(v), literal_text(literal)),
        Pred::Same(a, b) => format!("{} == {}", of(a), of(b)),
        Pred::Is(v, name) => format!("{} is {}", of(v), dotted(name)),
        Pred::Has(container, key) => format!("has({}, {})", of(container), of(key)),
        Pred::Main => "main".into(),
        Pred::And(preds) => format!("({})", all(preds, " and ")),
        Pred::Or(preds) => format!("({})", all(preds, " or ")),
        Pred::Not(inner) => format!("not {}", pred(facts, inner)),
        Pred::Opaque(values) => format!("opaque({})", values.iter().map(of).collect::<Vec<_>>().join(", ")),
    }
}

/// A path with dots, or quoted.
fn dotted(name: &str) -> String {
    if name.split('.').all(is_word) { name.into() } else { format!("{name:?}") }
}

/// A type as text.
pub fn type_text(ty: &TypeRef) -> String {
    let name = match ty.name.as_str() {
        special @ ("|" | "[]" | "()" | "{}" | "") => special.into(),
        name => dotted(name),
    };
    if ty.args.is_empty() {
        return name;
    }
    format!("{name}<{}>", ty.args.iter().map(type_text).collect::<Vec<_>>().join(", "))
}
