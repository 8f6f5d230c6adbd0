//! What the text form leaves out: spans, names, anchors, flags, redaction.

use super::super::{Dialect, lower};
use crate::facts::{FileFacts, Function, Literal, LocalKind, ParamKind, Part, Value};

fn facts(source: &str) -> FileFacts {
    lower(source, Dialect::Tsx)
}

fn text(source: &str, span: crate::facts::Span) -> &str {
    &source[span.range()]
}

fn closures(facts: &FileFacts) -> Vec<(&str, &str)> {
    let named = |function: &'_ Function| function.parent.is_some();
    let of = facts.functions.iter().filter(|function| named(function));
    of.map(|function| (function.name.as_deref().unwrap_or(""), function.anchor.as_str())).collect()
}

#[test]
fn functions_are_named_or_anchored() {
    let facts = facts(
        "router.get('/users', auth, async (q) => {}); app.route('/x').post(() => {}); const f = () => {};\n\
         o.run = function () {}; export default () => {}; const r = { key: () => {}, m() {} }; run(function own() {});\n\
         new Promise((done) => {});",
    );
    let expected = [
        ("", "router.get(\"/users\")"),
        ("", "app.route(\"/x\").post"),
        ("f", ""),
        ("run", ""),
        ("default", ""),
        ("key", ""),
        ("m", ""),
        ("own", ""),
        ("", "Promise"),
    ];
    assert_eq!(closures(&facts), expected);
}

#[test]
fn spans_cover_calls_callees_arguments_and_names() {
    let source = "const x = await new pg.Pool({ max: 5 }, ...y); function go() {}";
    let facts = facts(source);
    let call = &facts.calls[0];
    assert_eq!(text(source, call.span), "new pg.Pool({ max: 5 }, ...y)");
    assert_eq!(text(source, call.callee_span), "pg.Pool");
    assert_eq!(text(source, call.args[1].span), "...y");
    assert!(call.args[1].spread && call.awaited);
    let Value::Record { entries, .. } = &call.args[0].value else { panic!("not a record") };
    assert_eq!((text(source, entries[0].span), text(source, entries[0].value_span)), ("max: 5", "5"));
    assert_eq!(text(source, facts.functions[1].name_span), "go");
    assert_eq!(text(source, facts.functions[1].span), "function go() {}");
}

#[test]
fn import_statements_are_covered_whole() {
    let source = "import { a as b } from 'm';\nconst c = require('d').e;";
    let facts = facts(source);
    assert_eq!(text(source, facts.imports[0].span), "a as b");
    assert_eq!(text(source, facts.imports[0].statement), "import { a as b } from 'm';");
    assert_eq!(text(source, facts.imports[1].span), "require('d')");
    assert_eq!(text(source, facts.imports[1].statement), "const c = require('d').e;");
}

#[test]
fn constants_are_bound_by_their_declaration_alone() {
    let facts = facts("const a = 1; let b = 2; let c = 3; c++; let d; d = 4; for (const e of x) {}");
    let kinds: Vec<_> = facts.functions[0].locals.iter().map(|local| (local.name.as_str(), local.kind)).collect();
    let constant = |name: &str| kinds.contains(&(name, LocalKind::Let { constant: true }));
    assert_eq!(["a", "b", "c", "d", "e"].map(constant), [true, true, false, false, true]);
}

#[test]
fn parameters_have_kinds_types_and_defaults() {
    let facts = lower("function f(this: X, a: Db = 1, { b }: P, ...c: D[]) {}", Dialect::Ts);
    let params = &facts.functions[1].params;
    let kinds: Vec<_> = params.iter().map(|param| (param.name.as_str(), param.kind)).collect();
    let expected =
        [("this", ParamKind::Receiver), ("a", ParamKind::Normal), ("_2", ParamKind::Normal), ("c", ParamKind::Rest)];
    assert_eq!(kinds, expected);
    assert_eq!(params[1].default, Some(Value::num(1.0)));
    assert_eq!(params[1].ty.as_ref().map(|ty| ty.name.as_str()), Some("Db"));
}

#[test]
fn members_know_their_class() {
    let facts = facts("class A { x = f(); async m() {} static s() {} get g() { return 1 } }");
    assert_eq!(facts.classes[0].methods.len(), 4);
    assert!(facts.classes[0].methods.iter().all(|id| facts.function(*id).class.is_some()));
    assert_eq!(facts.classes[0].fields[0].value, facts.calls.first().map(|_| Value::Call(Default::default())));
}

#[test]
fn secrets_never_enter() {
    let facts = facts("a('postgres://u:pw@h/d'); b(`redis://${u}:hunter2@${h}/0`); c('AKIA0123456789ABCDEFGH')");
    let all = format!("{:?}", facts.calls);
    assert!(!all.contains("pw@") && !all.contains("hunter2") && !all.contains("AKIA"), "{all}");
    let Value::Template(parts) = &facts.calls[1].args[0].value else { panic!("not a template") };
    assert_eq!(parts[0], Part::Text("redis://".into()));
    assert_eq!(parts[2], Part::Text("***@".into()));
}

#[test]
fn literals_are_decoded() {
    let facts = facts(r"f('a\n\u{41}\x42\'', 0x1f, 1_000, -2, 10n, undefined, /x/, `t`)");
    let values: Vec<_> = facts.calls[0].args.iter().map(|arg| arg.value.clone()).collect();
    let expected = [
        Value::str("a\nAB'"),
        Value::num(31.0),
        Value::num(1000.0),
        Value::num(-2.0),
        Value::num(10.0),
        Value::Literal(Literal::Null),
        Value::Literal(Literal::Regex),
        Value::str("t"),
    ];
    assert_eq!(values, expected);
}

#[test]
fn directives_know_their_function() {
    let facts = facts(
        "#!/usr/bin/env node\n'use client';\nexport const runtime = 'edge';\nexport const config = { maxDuration: 60 };\n\
         async function act() { 'use server'; save() }\n// connlint-disable-line x\n/* other */",
    );
    let found: Vec<_> = facts.directives.iter().map(|found| (found.text.as_str(), found.function.0)).collect();
    let expected = [
        ("#!/usr/bin/env node", 0),
        ("use client", 0),
        ("use server", 1),
        ("runtime = edge", 0),
        ("maxDuration = 60", 0),
    ];
    assert_eq!(found, expected);
    assert_eq!(facts.comments.len(), 1);
    assert_eq!(facts.comments[0].text, "connlint-disable-line x");
}

#[test]
fn type_only_imports_are_marked() {
    let facts =
        lower("import type A from 'a'; import { type B, C } from 'b'; export type { D } from 'd';", Dialect::Ts);
    let marks: Vec<_> = facts.imports.iter().map(|import| (import.name.as_str(), import.type_only)).collect();
    assert_eq!(marks, [("default", true), ("B", true), ("C", false), ("D", true)]);
}

#[test]
fn imports_that_only_types_use_are_erased() {
    let marks = |text: &str| -> Vec<(String, bool)> {
        let facts = lower(text, Dialect::Ts);
        facts.imports.into_iter().map(|import| (import.name, import.type_only)).collect()
    };
    let text = "import { A, B, C, D } from 'x'; import * as N from 'n'; import 'e';\
                const b = (a: A, n: N.T): typeof D => new B<C>(a); export { E } from 'y';";
    let expected = [("A", true), ("B", false), ("C", true), ("D", true), ("*", true), ("*", false), ("E", false)];
    assert_eq!(marks(text), expected.map(|(name, erased)| (name.to_string(), erased)));
    assert_eq!(marks("import { A } from 'x'; @At() class C { constructor(a: A) {} }"), [("A".to_string(), false)]);
    assert_eq!(marks("import { A } from 'x';"), [("A".to_string(), false)]);
}
