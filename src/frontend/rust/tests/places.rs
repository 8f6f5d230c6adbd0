//! Where things stand in the text, and what tells anonymous functions apart.

use super::super::lower;
use crate::facts::Span;

fn at(text: &str, span: Span) -> &str {
    &text[span.range()]
}

#[test]
fn calls_and_arguments_have_exact_spans() {
    let text = "fn ä() { \"ö\".len(); Db::open(url, &x?)\n  .get::<u8>(|k| k)?; vec![1, a = 2]; P { b: 1, ..c }; }";
    let facts = lower(text);
    let calls: Vec<(&str, &str)> =
        facts.calls.iter().map(|call| (at(text, call.span), at(text, call.callee_span))).collect();
    assert_eq!(
        calls,
        [
            ("\"ö\".len()", "\"ö\".len"),
            ("Db::open(url, &x?)", "Db::open"),
            ("Db::open(url, &x?)\n  .get::<u8>(|k| k)", "Db::open(url, &x?)\n  .get"),
            ("vec![1, a = 2]", "vec"),
            ("P { b: 1, ..c }", "P"),
        ]
    );
    let args: Vec<&str> = facts.calls.iter().flat_map(|call| &call.args).map(|arg| at(text, arg.span)).collect();
    assert_eq!(args, ["url", "&x?", "|k| k", "1", "a = 2", "b: 1", "c"]);
}

#[test]
fn declarations_have_exact_spans() {
    let text = "\u{feff}use a::{b, c as d};\n#[x] pub async fn f(p: u8) -> u8 { let q = async move { 1 }; q }\nstatic S: T = C;";
    let facts = lower(text);
    let imports: Vec<(&str, &str)> =
        facts.imports.iter().map(|import| (at(text, import.span), at(text, import.statement))).collect();
    assert_eq!(imports, [("b", "use a::{b, c as d};"), ("c as d", "use a::{b, c as d};")]);
    let function = &facts.functions[1];
    assert_eq!(at(text, function.name_span), "f");
    assert_eq!(at(text, function.span), "pub async fn f(p: u8) -> u8 { let q = async move { 1 }; q }");
    assert_eq!(at(text, function.params[0].span), "p: u8");
    assert_eq!(at(text, function.locals[1].span), "q");
    assert_eq!(at(text, facts.functions[2].span), "async move { 1 }");
    assert!(function.flags.public);
}

#[test]
fn anonymous_functions_have_anchors() {
    let text = "fn f() { r.route(\"/users\", get(|| a())); tokio::spawn(async { 1 }); app.on(\"x\", || b()); \
                match k { \"one\" => Box::pin(async { 1 }), Kind::Two(_) => || c(), _ => z }; S { tick: || d() }; }";
    let facts = lower(text);
    let anchors: Vec<&str> = facts.functions[2..].iter().map(|function| function.anchor.as_str()).collect();
    assert_eq!(anchors, ["get", "tokio.spawn", "app.on(\"x\")", "\"one\"", "Kind.Two", "tick"]);
}

#[test]
fn comments_to_connlint_are_kept() {
    let text = "// connlint-disable a\nfn f() { /* b /* c */ connlint */ let s = \"// connlint\"; let c = '\"'; let l: &'a u8; // x\n\
                let r = r#\"/* connlint \"#; } /// connlint doc";
    let facts = lower(text);
    let comments: Vec<(&str, &str)> =
        facts.comments.iter().map(|comment| (comment.text.as_str(), at(text, comment.span))).collect();
    assert_eq!(
        comments,
        [
            ("connlint-disable a", "// connlint-disable a"),
            ("b /* c */ connlint", "/* b /* c */ connlint */"),
            ("connlint doc", "/// connlint doc")
        ]
    );
}

#[test]
fn secrets_do_not_enter_the_facts() {
    let text = "fn f() { let a = format!(\"postgres://{u}:hunter2@h/{d}\"); \
                let b = concat!(\"redis://\", \"bob:hunter2\", \"@h\"); g(\"mysql://x:hunter2@h\"); \
                m! { \"k\" => \"amqp://x:hunter2@h\" } json!({ \"amqp://x:hunter2@h\": 1 }); println!(\"http://a:hunter2@{}\", u); }\n\
                #[x(url = \"mysql://x:hunter2@h\", y(\"mysql://x:hunter2@h\"))] struct S;";
    assert!(!format!("{:?}", lower(text)).contains("hunter2"));
}
