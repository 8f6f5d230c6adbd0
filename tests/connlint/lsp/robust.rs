//! Odd clients and faults: the server tells and lives on.
//!
//! A fault of the analysis is made by handing the server another analysis.

use connlint::checks::Analysis;
use connlint::scope::inputs::Inputs;
use serde_json::{Value, json};

use super::client::Client;
use crate::tree::Tree;

fn nothing_wrong(tree: &Tree) -> Client {
    let mut client = Client::spawn(tree.root());
    client.start(json!({}), Value::Null);
    client
}

#[test]
fn odd_messages_do_no_harm() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "x();\n")]);
    let mut client = Client::spawn(tree.root());
    client.raw("{");
    let early = client.request("textDocument/hover", json!({}));
    assert_eq!(early["error"]["code"], -32002);
    client.start(json!({ "general": 3, "textDocument": [] }), json!({ "select": 7 }));
    for body in ["", "null", "[]", "{\"jsonrpc\":\"2.0\"}", "{\"method\":3}", "\u{0}", "{\"id\":{},\"method\":\"x\"}"] {
        client.raw(body);
    }
    for method in
        ["textDocument/didOpen", "textDocument/didChange", "workspace/didChangeWorkspaceFolders", "x/y", "$/z"]
    {
        client.notify(method, json!({ "textDocument": 1 }));
        client.notify(method, Value::Null);
    }
    for method in
        ["textDocument/codeAction", "textDocument/hover", "textDocument/diagnostic", "textDocument/documentLink"]
    {
        assert_eq!(client.request(method, json!({}))["error"]["code"], -32602, "{method}");
    }
    assert_eq!(client.request("x/y", json!({}))["error"]["code"], -32601);
    client.settle();
    let told: Vec<&String> = client.received.iter().map(|(method, _)| method).collect();
    assert!(told.iter().any(|method| *method == "window/logMessage"), "{told:?}");
    assert!(told.iter().any(|method| *method == "window/showMessage"), "{told:?}");
    assert_eq!(client.stop(true), 0);
}

#[test]
fn odd_files_do_no_harm() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "x();\n")]);
    let mut client = nothing_wrong(&tree);
    let huge = "x();\n".repeat(1_200_000);
    let uris = [
        ("untitled:Untitled-1", "new Pool()"),
        ("file:///c%3A/Users/x/a.ts", "a()"),
        ("file://server/share/a.ts", "a()"),
        ("file:///no/such/place/a.py", "def ("),
        ("vscode-notebook-cell:/a.py#1", "a"),
        ("::", ""),
    ];
    for (uri, text) in uris {
        let item = json!({ "uri": uri, "languageId": "x", "version": 1, "text": text });
        client.notify("textDocument/didOpen", json!({ "textDocument": item }));
        let change = json!({ "range": { "start": { "line": 7, "character": 9 }, "end": { "line": 0, "character": 0 } }, "text": "é" });
        let about = json!({ "uri": uri, "version": 2 });
        client.notify("textDocument/didChange", json!({ "textDocument": about, "contentChanges": [change] }));
        let place = json!({ "textDocument": { "uri": uri }, "position": { "line": 9, "character": 9 } });
        assert!(client.request("textDocument/hover", place).get("result").is_some(), "{uri}");
        client.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }
    client.open("a.ts", &huge);
    client.edit("a.ts", 0..3, "y()");
    client.settle();
    assert_eq!(client.stop(true), 0);
}

#[test]
fn the_exit_code_tells_an_orderly_end() {
    let tree = Tree::new(&[("package.json", "{}")]);
    assert_eq!(nothing_wrong(&tree).stop(true), 0);
    assert_eq!(nothing_wrong(&tree).stop(false), 1);
}

#[test]
fn a_cancelled_request_is_answered_so() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "x();\n")]);
    let mut client = nothing_wrong(&tree);
    client.open("a.ts", "x();\n");
    let place = json!({ "textDocument": { "uri": client.uri("a.ts") }, "position": { "line": 0, "character": 0 } });
    // Many at once: the last ones wait while the first are worked on.
    let asked: Vec<i64> = (0..50).map(|_| client.ask("textDocument/hover", place.clone())).collect();
    for id in &asked {
        client.notify("$/cancelRequest", json!({ "id": id }));
    }
    let answers: Vec<Value> = asked.iter().map(|id| client.answer(*id)).collect();
    assert!(answers.iter().all(|answer| answer.get("result").is_some() || answer["error"]["code"] == -32800));
    client.settle();
}

#[test]
fn superseded_edits_are_not_judged() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "x();\n")]);
    let mut client = Client::spawn(tree.root());
    client.start(json!({ "textDocument": { "diagnostic": {} } }), Value::Null);
    client.open("a.ts", "x();\n");
    let params = json!({ "textDocument": { "uri": client.uri("a.ts") } });
    let asked = client.ask("textDocument/diagnostic", params.clone());
    for _ in 0..200 {
        client.edit("a.ts", 0..0, "y();\n");
    }
    let answer = client.answer(asked);
    let retry = answer["error"]["data"]["retriggerRequest"] == true;
    assert!(retry || answer["result"]["kind"] == "full", "{answer}");
    assert_eq!(client.request("textDocument/diagnostic", params)["result"]["kind"], "full");
}

fn faulty(inputs: &Inputs) -> Analysis {
    let bad = inputs.files.iter().any(|file| file.text.contains("PANIC"));
    assert!(!bad, "made for the test");
    Analysis::default()
}

#[test]
fn a_fault_of_the_analysis_is_told_and_survived() {
    let tree = Tree::new(&[("package.json", "{}"), ("a.ts", "PANIC")]);
    let (server_input, input) = std::io::pipe().unwrap();
    let (output, server_output) = std::io::pipe().unwrap();
    let server =
        std::thread::spawn(|| connlint::lsp::serve(std::io::BufReader::new(server_input), server_output, Some(faulty)));
    let mut client = Client::over(tree.root(), input, output);
    client.start(json!({}), Value::Null);
    client.open("a.ts", "PANIC");
    let place = json!({ "textDocument": { "uri": client.uri("a.ts") }, "position": { "line": 0, "character": 0 } });
    assert_eq!(client.request("textDocument/hover", place.clone())["result"], Value::Null);
    client.edit("a.ts", 0..5, "fine");
    assert!(client.request("textDocument/hover", place).get("result").is_some());
    assert!(client.received.iter().any(|(method, _)| method == "window/showMessage"));
    client.stop(true);
    assert!(server.join().unwrap());
}

/// What a client watches by itself lies in the workspace's folders.
#[test]
fn projects_that_begin_above_a_folder_are_watched_whole() {
    let tree = Tree::new(&[
        ("package.json", r#"{ "workspaces": ["packages/*"] }"#),
        ("packages/a/package.json", "{}"),
        ("packages/a/a.ts", "x();\n"),
        ("packages/b/package.json", "{}"),
    ]);
    let mut client = Client::spawn(&tree.root().join("packages/a"));
    let watching = json!({ "dynamicRegistration": true, "relativePatternSupport": true });
    client.start(json!({ "workspace": { "didChangeWatchedFiles": watching } }), Value::Null);
    client.settle();
    let beside = json!({ "event": { "added": [{ "uri": client.uri("../b"), "name": "b" }], "removed": [] } });
    client.notify("workspace/didChangeWorkspaceFolders", beside);
    client.settle();
    let asked = client.received.iter().filter(|(method, _)| method == "client/registerCapability");
    let watchers = asked.map(|(_, params)| &params["registrations"][0]["registerOptions"]["watchers"]);
    let below: Vec<String> =
        watchers.map(|all| client.relative(&all[0]["globPattern"]["baseUri"].to_string())).collect();
    assert_eq!(below, ["null".to_string(), format!("\"file://{}\"", tree.root().display())]);
    assert_eq!(client.stop(true), 0);
}
