//! The text form of facts: what `connlint debug facts` prints and the lowering tests compare.
//!
//! One line a node, indented by region. Positions are left out, so that a test does not break
//! when text moves.

use std::fmt::Write;

use super::{
    Arg, Block, Call, CallKind, Exported, FileFacts, FnId, Function, Literal, LocalKind, Node, Part, Pred, TypeRef,
    Value,
};

/// The whole file as text.
pub fn dump(facts: &FileFacts) -> String {
    let mut out = String::new();
    for import in &facts.imports {
        let _ = writeln!(out, "import {:?} {} from {:?}", import.kind, import.name, import.module);
    }
    for class in &facts.classes {
        let bases: Vec<String> = class.bases.iter().map(|base| value(facts, base)).collect();
        let _ = writeln!(out, "class {} {:?} ({})", class.name, class.kind, bases.join(", "));
        for field in &class.fields {
            let ty = field.ty.as_ref().map_or(String::new(), |ty| format!(": {}", type_text(ty)));
            let _ = writeln!(out, "  field {}{}{ty}", if field.is_static { "static " } else { "" }, field.name);
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
        let _ = writeln!(out, "export {} = {what}", export.name);
    }
    for problem in &facts.problems {
        let _ = writeln!(out, "problem {}", problem.message);
    }
    out
}

fn function(facts: &FileFacts, id: FnId, out: &mut String) {
    let function = facts.function(id);
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| format!("{}{}", p.name, p.ty.as_ref().map_or(String::new(), |ty| format!(": {}", type_text(ty)))))
        .collect();
    let _ = writeln!(out, "fn {} {:?}{}({})", label(facts, id), function.kind, flags(function), params.join(", "));
    block(facts, &function.body, 1, out);
}

fn label(facts: &FileFacts, id: FnId) -> String {
    let function = facts.function(id);
    let class = function.class.map_or(String::new(), |class| format!("{}.", facts.class(class).name));
    format!("#{} {class}{}", id.0, function.name.as_deref().unwrap_or("_"))
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
        for inner in node.blocks() {
            if !inner.is_empty() {
                block(facts, inner, depth + 1, out);
                let _ = writeln!(out, "{}.", "  ".repeat(depth));
            }
        }
    }
}

fn head(facts: &FileFacts, node: &Node) -> String {
    let of = |v: &Value| value(facts, v);
    match node {
        Node::Call(id) => format!("%{} = {}", id.0, call(facts, facts.call(*id))),
        Node::Bind { target, value, .. } => format!("{} := {}", of(target), of(value)),
        Node::Await { value, .. } => format!("await {}", of(value)),
        Node::Yield { value, .. } => format!("yield {}", value.as_ref().map_or(String::new(), of)),
        Node::Return { value, .. } => format!("return {}", value.as_ref().map_or(String::new(), of)),
        Node::Throw { .. } => "throw".into(),
        Node::Break { .. } => "break".into(),
        Node::Continue { .. } => "continue".into(),
        Node::Branch { pred: p, .. } => format!("branch {}", pred(facts, p)),
        Node::Match { subject, arms, .. } => {
            let patterns: Vec<String> = arms.iter().map(|arm| format!("{:?}", arm.pattern)).collect();
            format!("match {} [{}]", of(subject), patterns.join(", "))
        }
        Node::Loop { kind, each, .. } => format!("loop {kind:?} {}", each.as_ref().map_or(String::new(), of)),
        Node::Try { handlers, finally, .. } => {
            format!("try handlers={} finally={}", handlers.len(), !finally.is_empty())
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

fn call(facts: &FileFacts, call: &Call) -> String {
    let kind = match call.kind {
        CallKind::Call => "",
        CallKind::New => "new ",
        CallKind::Decorator => "@",
        CallKind::Macro => "macro ",
        CallKind::Jsx => "jsx ",
        CallKind::Struct => "struct ",
    };
    let args: Vec<String> = call.args.iter().map(|arg| argument(facts, arg)).collect();
    let awaited = if call.awaited { "await " } else { "" };
    format!("{awaited}{kind}{}({})", value(facts, &call.callee), args.join(", "))
}

fn argument(facts: &FileFacts, arg: &Arg) -> String {
    let name = arg.name.as_ref().map_or(String::new(), |name| format!("{name}="));
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
        Value::Global(name) => format!("${name}"),
        Value::Module(import) => format!("module({:?})", facts.import(*import).module),
        Value::Member(base, name) => format!("{}.{name}", of(base)),
        Value::Index(base, key) => format!("{}[{}]", of(base), of(key)),
        Value::Call(id) => format!("%{}", id.0),
        Value::Closure(function) => format!("fn#{}", function.0),
        Value::Class(class) => format!("class {}", facts.class(*class).name),
        Value::Record { entries, open, .. } => {
            let entries: Vec<String> =
                entries.iter().map(|entry| format!("{}: {}", entry.key, of(&entry.value))).collect();
            format!("{{{}{}}}", entries.join(", "), if *open { ", .." } else { "" })
        }
        Value::List(items) => format!("[{}]", items.iter().map(of).collect::<Vec<_>>().join(", ")),
        Value::Template(parts) => parts.iter().map(|part| template_part(facts, part)).collect::<String>(),
        Value::Choice(values) => format!("({})", values.iter().map(of).collect::<Vec<_>>().join(" | ")),
        Value::Binary(op, left, right) => format!("({} {op:?} {})", of(left), of(right)),
        Value::Element(base) => format!("{}[*]", of(base)),
    }
}

fn template_part(facts: &FileFacts, part: &Part) -> String {
    match part {
        Part::Text(text) => format!("`{text}`"),
        Part::Value(inner) => format!("${{{}}}", value(facts, inner)),
    }
}

fn var_text(facts: &FileFacts, var: super::VarRef) -> String {
    let local = facts.local(var);
    let owner = if var.function == FnId::TOP { "@".to_string() } else { format!("{}:", var.function.0) };
    match local.kind {
        LocalKind::Import(_) => format!("import {}", local.name),
        _ => format!("{owner}{}", local.name),
    }
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

fn pred(facts: &FileFacts, p: &Pred) -> String {
    let of = |v: &Value| value(facts, v);
    let all = |preds: &[Pred], by: &str| preds.iter().map(|p| pred(facts, p)).collect::<Vec<_>>().join(by);
    match p {
        Pred::Truthy(v) => of(v),
        Pred::Null(v) => format!("null({})", of(v)),
        Pred::Eq(v, literal) => format!("{} == {}", of(v), literal_text(literal)),
        Pred::Same(a, b) => format!("{} == {}", of(a), of(b)),
        Pred::Is(v, name) => format!("{} is {name}", of(v)),
        Pred::Has(container, key) => format!("has({}, {})", of(container), of(key)),
        Pred::Main => "main".into(),
        Pred::And(preds) => format!("({})", all(preds, " and ")),
        Pred::Or(preds) => format!("({})", all(preds, " or ")),
        Pred::Not(inner) => format!("not {}", pred(facts, inner)),
        Pred::Opaque(values) => format!("opaque({})", values.iter().map(of).collect::<Vec<_>>().join(", ")),
    }
}

/// A type as text.
pub fn type_text(ty: &TypeRef) -> String {
    if ty.args.is_empty() {
        return ty.name.clone();
    }
    format!("{}<{}>", ty.name, ty.args.iter().map(type_text).collect::<Vec<_>>().join(", "))
}
