//! Lowering tests: each snippet of the Markdown files against its whole dump.
//!
//! A case is a heading, a `python` block and a `facts` block. What dumps leave out (spans, local
//! types, anchors) is asserted below. Knows no rule and no other frontend.

use super::lower;
use crate::facts::dump::dump;
use crate::facts::{FileFacts, Function, LocalKind, ParamKind, Span};

const CASES: [(&str, &str); 4] = [
    ("scopes", include_str!("scopes.md")),
    ("classes", include_str!("classes.md")),
    ("flow", include_str!("flow.md")),
    ("values", include_str!("values.md")),
];

#[test]
fn snippets_lower_to_their_dumps() {
    let mut wrong = Vec::new();
    for (file, text) in CASES {
        for case in text.split("\n## ").skip(1) {
            let title = case.lines().next().unwrap_or_default();
            let actual = dump(&lower(fenced(case, "python")));
            if actual != fenced(case, "facts") {
                wrong.push(format!("{file}: {title}\n{actual}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The content of the case's block of that language.
fn fenced<'t>(case: &'t str, language: &str) -> &'t str {
    let open = format!("\n```{language}\n");
    let Some((_, rest)) = case.split_once(&open) else { return "" };
    rest.find("```").map_or(rest, |end| &rest[..end])
}

fn function<'f>(facts: &'f FileFacts, name: &str) -> &'f Function {
    facts.functions.iter().find(|function| function.name.as_deref() == Some(name)).expect(name)
}

#[test]
fn call_spans_cover_callee_and_arguments() {
    let text = "x = pg.connect(url, size = 3)\n";
    let facts = lower(text);
    let call = &facts.calls[0];
    assert_eq!(&text[call.span.range()], "pg.connect(url, size = 3)");
    assert_eq!(&text[call.callee_span.range()], "pg.connect");
    assert_eq!(&text[call.args[1].span.range()], "size = 3");
}

#[test]
fn import_spans_tell_name_from_statement() {
    let text = "import os\nfrom a import (b as c,\n  d)\n";
    let facts = lower(text);
    assert_eq!(&text[facts.imports[1].span.range()], "b as c");
    assert_eq!(&text[facts.imports[2].statement.range()], "from a import (b as c,\n  d)");
    assert_eq!(facts.functions[0].span, Span::new(0, text.len()));
}

#[test]
fn parameters_have_kinds_and_defaults() {
    let facts = lower("class A:\n  def m(self, a, /, b: int = f(), *rest, c=1, **more): pass\n");
    let kinds: Vec<ParamKind> = function(&facts, "m").params.iter().map(|param| param.kind).collect();
    use ParamKind::*;
    assert_eq!(kinds, [Receiver, Normal, Normal, Rest, KeywordOnly, KeywordRest]);
    assert!(function(&facts, "m").params[2].default.is_some());
    assert_eq!(facts.calls[0].function.0, 0, "a default runs where the function is defined");
}

#[test]
fn annotated_parameters_record_their_calls() {
    let facts = lower("def f(db: Annotated[Session, Depends(get), 'x'], n: typing.Annotated[int, Query()]): pass\n");
    let params = &function(&facts, "f").params;
    assert_eq!(params.iter().map(|param| param.decorators.len()).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(params[0].ty.as_ref().map(|ty| ty.name.as_str()), Some("Session"));
}

#[test]
fn locals_know_constancy_and_type() {
    let facts = lower("a = 1\nb: 'Pool | None' = None\nc = 2\nc = 3\ndef f():\n  global b\n  b = Pool()\n");
    let locals = &facts.functions[0].locals;
    let constant = |name: &str| locals.iter().find(|local| local.name == name).map(|local| local.kind);
    assert_eq!(constant("a"), Some(LocalKind::Let { constant: true }));
    assert_eq!(constant("b"), Some(LocalKind::Let { constant: false }));
    assert_eq!(constant("c"), Some(LocalKind::Let { constant: false }));
    assert_eq!(locals[1].ty.as_ref().map(|ty| ty.name.as_str()), Some("|"));
}

#[test]
fn lambdas_have_names_and_anchors() {
    let facts = lower("bot.on('ready', lambda e: e)\nx = lambda: 1\nd = {'k': lambda: 2}\nf(g(1).h(key=lambda: 3))\n");
    let known: Vec<(Option<&str>, &str)> =
        facts.functions[1..].iter().map(|f| (f.name.as_deref(), f.anchor.as_str())).collect();
    assert_eq!(known, [(None, "bot.on(\"ready\")"), (Some("x"), ""), (Some("k"), "k"), (Some("key"), "g().h")]);
}

#[test]
fn imports_for_types_only_are_marked() {
    let facts = lower("if typing.TYPE_CHECKING:\n  from a import B\nfrom a import c\n");
    assert_eq!(facts.imports.iter().map(|import| import.type_only).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn comments_and_directives_are_kept() {
    let facts = lower("#!/usr/bin/env python\nx = 1  # connlint: ignore\n# other\n");
    assert_eq!(facts.directives[0].text, "#!/usr/bin/env python");
    assert_eq!(facts.comments.len(), 1);
    assert_eq!(facts.comments[0].text, "connlint: ignore");
}

#[test]
fn broken_code_is_a_problem_beside_the_rest() {
    let facts = lower("def a():\n  f(\n\ndef b():\n  g()\n");
    assert!(!facts.problems.is_empty());
    assert!(facts.calls.iter().any(|call| call.callee_name(&facts) == Some("g")));
}

#[test]
fn no_secret_enters_a_value() {
    let text = "a = f'postgres://joe:hunter2@{h}/x'\nb = 'redis://:hunter2' '@h'\nc = f'{p}://u:hunter2@h'\n";
    let facts = format!("{:?}", lower(text));
    assert!(!facts.contains("hunter2"), "{facts}");
}

#[test]
fn every_prefix_and_mutation_lowers() {
    let mutations = b"([{\"':=\n\t\0)}]*@,.#\\";
    for text in CASES.iter().flat_map(|(_, cases)| cases.split("\n## ")).map(|case| fenced(case, "python")) {
        for (index, byte) in (0..text.len()).zip(mutations.iter().cycle()) {
            dump(&lower(&text[..text.floor_char_boundary(index)]));
            let mut bytes = text.as_bytes().to_vec();
            bytes[index] = *byte;
            dump(&lower(&String::from_utf8_lossy(&bytes)));
        }
    }
}

#[test]
fn comprehension_variables_are_their_own() {
    let facts = lower("x = 0\ny = [x for x in xs]\n");
    let names: Vec<&str> = facts.functions[0].locals.iter().map(|local| local.name.as_str()).collect();
    assert_eq!(names, ["x", "y", "x"]);
    assert_eq!(facts.exports.len(), 2);
}

#[test]
fn deep_nesting_does_not_overflow() {
    let deep = |open: &str, close: &str| format!("x = {}1{}\n", open.repeat(10_000), close.repeat(10_000));
    let indented: String = (0..400).map(|depth| format!("{}if a{depth}:\n", " ".repeat(depth))).collect();
    let texts = [
        deep("(", ")"),
        deep("f(", ")"),
        deep("[", "]"),
        deep("lambda: ", ""),
        deep("not ", ""),
        deep("a if b else ", ""),
        deep("-", ""),
        deep("await ", ""),
        deep("a = ", ""),
        format!("x = {}1\n", "f() + ".repeat(10_000)),
        format!("x = {}1\n", "f() or ".repeat(10_000)),
        format!("x = a{}\n", ".b()".repeat(10_000)),
        format!("x = a{}\n", "[0]".repeat(10_000)),
        format!("x: {}int{}\n", "list[".repeat(10_000), "]".repeat(10_000)),
        format!("x: '{}int{}'\n", "list[".repeat(10_000), "]".repeat(10_000)),
        format!("if a:\n  b()\n{}", "elif c():\n  d()\n".repeat(10_000)),
        format!("with {}f(): pass\n", "f() as a, ".repeat(10_000)),
        format!("x = [a {}]\n", "for b in c if f() ".repeat(10_000)),
        format!("{}a{} = b\n", "(".repeat(10_000), ",)".repeat(10_000)),
        format!("{indented}{}x()\n", " ".repeat(400)),
        "(".repeat(10_000),
        "match a:\n case ".to_string() + &"[".repeat(10_000),
    ];
    for text in texts {
        dump(&lower(&text));
    }
}
