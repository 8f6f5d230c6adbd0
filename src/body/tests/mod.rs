//! Tests over the text form of facts.

mod cfg;
mod cond;
mod place;
mod solve;
mod typestate;

use super::cfg::{Cfg, Flow, NodeId};
use crate::facts::parse::parse;
use crate::facts::{CallId, FileFacts, FnId, Language, Value};

/// Facts of a file whose function 1 has the body; `text` may end with more functions.
fn script(body: &str) -> FileFacts {
    facts(Language::Script, body)
}

fn python(body: &str) -> FileFacts {
    facts(Language::Python, body)
}

fn rust(body: &str) -> FileFacts {
    facts(Language::Rust, body)
}

fn facts(language: Language, body: &str) -> FileFacts {
    let head = "fn #0 _ TopLevel()\n  closure #1 f\nfn #1 f Function async(p, q)\n";
    let text = format!("{head}{}", dedented(body));
    parse(language, &text).unwrap_or_else(|problem| panic!("{problem}\n{text}"))
}

/// Without the indentation that all lines but the first have, and with that of a body, unless more functions follow.
fn dedented(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let depth = |line: &&str| line.len() - line.trim_start().len();
    let least = lines.iter().skip(1).map(depth).min().unwrap_or(0);
    let margin = if lines.iter().any(|line| line.trim_start().starts_with("fn #")) { "" } else { "  " };
    let cut = |(at, line): (usize, &&str)| format!("{margin}{}\n", if at == 0 { line } else { &line[least..] });
    lines.iter().enumerate().map(cut).collect()
}

const F: FnId = FnId(1);

fn graph(facts: &FileFacts) -> Cfg<'_> {
    Cfg::new(facts, F)
}

/// The only node of a call.
fn node(cfg: &Cfg, call: u32) -> NodeId {
    let nodes = cfg.of_call(CallId(call));
    assert_eq!(nodes.len(), 1, "%{call} stands at {nodes:?}");
    nodes[0]
}

fn leads(cfg: &Cfg, from: u32, to: u32, flow: Flow) -> bool {
    cfg.leads(node(cfg, from), node(cfg, to), flow)
}

/// The values of the function's binds, by the names of their targets.
fn bound<'f>(facts: &'f FileFacts, name: &str) -> &'f Value {
    let binds = facts.function(F).body.iter().filter_map(|node| match node {
        crate::facts::Node::Bind { target: Value::Var(var), value, .. } => Some((facts.local(*var), value)),
        _ => None,
    });
    let mut named = binds.filter(|(local, _)| local.name == name);
    named.next().map(|(_, value)| value).unwrap_or_else(|| panic!("no bind of {name}"))
}
