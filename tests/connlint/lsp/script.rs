//! Sessions of an editor as scripts: blocks ```` ```session ```` in the cases of `tests/data/lsp/*.md`.
//!
//! The other blocks of a case are the files on disk. A line is a command; lines that begin with two spaces
//! are what it must give. Words with blanks are written as JSON strings.
//!
//! - `start WORDS`: the client's abilities (`utf8 pull related watch progress versioned creates snippets links settings
//!   unrefreshed documents status preview`),
//!   `{…}` are initialisation options; `settings {…}` answers questions for settings;
//! - `open PATH [TEXT]`, `replace PATH OLD NEW`, `close PATH`, `save PATH`: the editor's buffers;
//! - `write PATH TEXT`, `delete PATH`, `rename OLD NEW`: the disk, told to the server;
//!   `silently write …`: not told;
//! - `diagnostics PATH`, `pull PATH`, `actions PATH TEXT`, `hover PATH TEXT`, `text PATH`: what there is now;
//!   `TEXT` is where the cursor stands;
//! - `apply PATH TEXT TITLE`: does what an action says;
//! - `request METHOD {…}`, `notify METHOD {…}`, `raw TEXT`: anything; `received METHOD` shows what came.
//!   `%ROOT%` is the root's URI, `%RESULT%` the first result id of the last answer that had one.

use serde_json::{Value, json};

use super::client::{Client, uri};
use crate::literate::Case;
use crate::tree::Tree;

pub struct Script<'a> {
    tree: &'a Tree,
    client: Client,
    started: bool,
    /// The first result id of the last answer that had one.
    result: String,
}

/// Everything that is wrong with a case.
pub fn run(case: &Case) -> Vec<String> {
    let tree = Tree::new(&[("connlint.toml", "")]);
    for block in case.blocks.iter().filter(|block| block.language != "session") {
        tree.write(block.path.as_ref().expect("a file needs a path"), block.text.as_bytes());
    }
    let mut script = Script { tree: &tree, client: Client::spawn(tree.root()), started: false, result: String::new() };
    let sessions = case.blocks.iter().filter(|block| block.language == "session");
    let wrong: Vec<String> = sessions.flat_map(|block| script.play(&block.text)).collect();
    let (started, code) = (script.started, script.client.stop(true));
    let ended = if code == 0 || !started { None } else { Some(format!("ended with {code}")) };
    wrong.into_iter().chain(ended).collect()
}

impl Script<'_> {
    fn play(&mut self, text: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let mut expected = Vec::new();
            while let Some(next) = lines.next_if(|next| next.starts_with("  ")) {
                expected.push(next[2..].trim_end().to_string());
            }
            let words = words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            if words.is_empty() {
                continue;
            }
            if let Some(got) = self.command(&words).filter(|got| *got != expected) {
                wrong.push(format!(
                    "{line}\n  expected\n    {}\n  got\n    {}",
                    expected.join("\n    "),
                    got.join("\n    ")
                ));
            }
        }
        wrong
    }

    /// What there is to compare, if anything.
    fn command(&mut self, words: &[&str]) -> Option<Vec<String>> {
        match words {
            ["start", features @ ..] => self.start(features),
            ["settings", json] => self.client.settings = serde_json::from_str(json).unwrap(),
            ["open", path] => self.client.open(path, &self.tree.read(path)),
            ["open", path, text] => self.client.open(path, text),
            ["replace", path, old, new] => {
                let at = self.find(path, old);
                self.client.edit(path, at..at + old.len(), new);
            }
            ["close", path] => self.client.close(path),
            ["save", path] => {
                self.tree.write(path, self.client.buffers[*path].1.as_bytes());
                self.client.saved(path);
            }
            ["silently", rest @ ..] => drop(self.disk(rest)),
            ["write" | "delete" | "rename", ..] => {
                for (path, kind) in self.disk(words) {
                    self.client.watched(&path, kind);
                }
            }
            ["notify", method, params] => self.client.notify(method, self.json(params)),
            ["raw", text] => self.client.raw(text),
            ["apply", path, at, title] => self.apply(path, at, title),
            _ => return Some(self.query(words)),
        }
        None
    }

    fn query(&mut self, words: &[&str]) -> Vec<String> {
        match words {
            ["diagnostics", path] => {
                self.client.settle();
                let pushed = self.client.pushed.get(*path).cloned().unwrap_or_default();
                self.told(&pushed)
            }
            ["pull", path] => {
                let params = json!({ "textDocument": { "uri": self.client.uri(path) } });
                let answer = self.client.request("textDocument/diagnostic", params);
                self.told(&answer["result"]["items"])
            }
            ["actions", path, at] => {
                let title = |action: &Value| {
                    let confirms = action.pointer("/edit/changeAnnotations/several-files/needsConfirmation");
                    let preview = if confirms == Some(&Value::Bool(true)) { " [preview]" } else { "" };
                    format!("{}{preview}", action["title"].as_str().unwrap())
                };
                self.actions(path, at).iter().map(title).collect()
            }
            ["hover", path, at] => self.hover(path, at),
            ["text", path] => self.client.buffers[*path].1.lines().map(str::to_string).collect(),
            ["request", method, params] => {
                let answer = self.client.request(method, self.json(params));
                let shown = answer.get("result").unwrap_or(&answer["error"]);
                let text = shown.to_string();
                if let Some((_, rest)) = text.split_once("\"resultId\":\"") {
                    self.result = rest.split('"').next().unwrap().to_string();
                }
                vec![self.shown(&text)]
            }
            ["received", method] => {
                self.client.settle();
                let received = self.client.received.iter().filter(|(name, _)| name == method);
                received.map(|(_, params)| self.shown(&params.to_string())).collect()
            }
            _ => panic!("no such command: {words:?}"),
        }
    }

    fn start(&mut self, features: &[&str]) {
        self.started = true;
        let has = |name: &str| features.contains(&name);
        let options = features.iter().find(|word| word.starts_with('{'));
        let encodings = if has("utf8") { json!(["utf-16", "utf-8"]) } else { json!(["utf-16"]) };
        let mut text_document = json!({
            "codeAction": { "codeActionLiteralSupport": {} },
            "publishDiagnostics": { "codeDescriptionSupport": has("links") },
        });
        if has("pull") {
            text_document["diagnostic"] = json!({ "relatedDocumentSupport": has("related") });
        }
        let capabilities = json!({
            "general": { "positionEncodings": encodings },
            "textDocument": text_document,
            "window": { "workDoneProgress": has("progress"), "showDocument": { "support": has("documents") } },
            "experimental": { "serverStatusNotification": has("status") },
            "workspace": {
                "configuration": has("settings"),
                "didChangeWatchedFiles": { "dynamicRegistration": has("watch"), "relativePatternSupport": has("watch") },
                "diagnostics": { "refreshSupport": has("pull") && !has("unrefreshed") },
                "workspaceEdit": {
                    "documentChanges": has("versioned"),
                    "resourceOperations": if has("creates") { json!(["create"]) } else { json!([]) },
                    "snippetEditSupport": has("snippets"),
                    "changeAnnotationSupport": if has("preview") { json!({}) } else { json!(false) },
                },
            },
        });
        let options = options.map_or(Value::Null, |json| serde_json::from_str(json).unwrap());
        self.client.start(capabilities, options);
    }

    /// Changes the disk; what a watcher would tell of it.
    fn disk(&mut self, words: &[&str]) -> Vec<(String, u32)> {
        let remove = |path: &str| {
            let path = self.tree.path(path);
            if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
        };
        match words {
            ["write", path, text] => {
                let kind = if self.tree.path(path).exists() { 2 } else { 1 };
                self.tree.write(path, text.as_bytes());
                vec![(path.to_string(), kind)]
            }
            ["delete", path] => {
                remove(path);
                vec![(path.to_string(), 3)]
            }
            ["rename", old, new] => {
                std::fs::rename(self.tree.path(old), self.tree.path(new)).unwrap();
                vec![(old.to_string(), 3), (new.to_string(), 1)]
            }
            _ => panic!("no such command: {words:?}"),
        }
    }

    fn json(&self, text: &str) -> Value {
        serde_json::from_str(&text.replace("%ROOT%", &uri(self.tree.root())).replace("%RESULT%", &self.result)).unwrap()
    }

    fn find(&self, path: &str, text: &str) -> usize {
        self.client.buffers[path].1.find(text).unwrap_or_else(|| panic!("{path} has no {text}"))
    }

    fn actions(&mut self, path: &str, at: &str) -> Vec<Value> {
        let position = self.client.position(path, self.find(path, at));
        let params = json!({
            "textDocument": { "uri": self.client.uri(path) },
            "range": { "start": position, "end": position },
            "context": { "diagnostics": [] },
        });
        let answer = self.client.request("textDocument/codeAction", params);
        answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    fn apply(&mut self, path: &str, at: &str, title: &str) {
        let actions = self.actions(path, at);
        let action = actions.iter().find(|action| action["title"].as_str().unwrap().starts_with(title));
        let action = action.unwrap_or_else(|| panic!("no action {title} in {actions:?}"));
        self.client.apply(&action["edit"]);
    }

    fn hover(&mut self, path: &str, at: &str) -> Vec<String> {
        let position = self.client.position(path, self.find(path, at));
        let params = json!({ "textDocument": { "uri": self.client.uri(path) }, "position": position });
        let answer = self.client.request("textDocument/hover", params);
        let text = answer["result"]["contents"]["value"].as_str().unwrap_or_default();
        text.lines().map(|line| self.shown(line)).collect()
    }

    /// Without what differs from run to run.
    fn shown(&self, text: &str) -> String {
        let name = self.tree.root().file_name().unwrap().to_string_lossy();
        let version = format!("/{}/", env!("CARGO_PKG_VERSION"));
        let mut text = text.replace(&uri(self.tree.root()), "%ROOT%").replace(&*name, "%NAME%");
        text = text.replace(&version, "/%VERSION%/");
        if !self.result.is_empty() { text.replace(&self.result, "%RESULT%") } else { text }
    }

    /// A line for each diagnostic, and below it the chain.
    fn told(&self, diagnostics: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        for diagnostic in diagnostics.as_array().into_iter().flatten() {
            let severity = ["", "error", "warning", "note", "hint"][diagnostic["severity"].as_u64().unwrap() as usize];
            let message = diagnostic["message"].as_str().unwrap().lines().next().unwrap();
            let code = diagnostic["code"].as_str().unwrap_or("-");
            lines.push(format!("{} {severity} {code}: {message}", range(&diagnostic["range"])));
            for related in diagnostic["relatedInformation"].as_array().into_iter().flatten() {
                let place = &related["location"];
                let path = self.client.relative(place["uri"].as_str().unwrap());
                let message = related["message"].as_str().unwrap();
                lines.push(format!("  {path}:{} {message}", range(&place["range"])));
            }
        }
        lines
    }
}

/// As the protocol counts: from 0.
fn range(range: &Value) -> String {
    let point = |end: &str| format!("{}:{}", range[end]["line"], range[end]["character"]);
    format!("{}-{}", point("start"), point("end"))
}

/// Words apart by blanks; JSON strings and objects are one word each.
fn words(line: &str) -> Vec<String> {
    let mut rest = line.trim();
    let mut words = Vec::new();
    while !rest.is_empty() {
        if rest.starts_with('"') || rest.starts_with('{') {
            let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
            let value = stream.next().unwrap().unwrap_or_else(|error| panic!("{line}: {error}"));
            words.push(value.as_str().map_or_else(|| value.to_string(), str::to_string));
            rest = rest[stream.byte_offset()..].trim_start();
        } else {
            let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
            words.push(word.to_string());
            rest = after.trim_start();
        }
    }
    words
}
