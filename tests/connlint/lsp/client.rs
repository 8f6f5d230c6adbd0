//! A small editor: speaks the protocol with the built program over its standard streams.
//!
//! Keeps buffers, applies edits, remembers what it was told. Answers what a server asks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// Far more than any answer takes, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Client {
    /// `None` where the server is a thread of the test.
    process: Option<Child>,
    input: Option<Box<dyn Write>>,
    output: Receiver<Value>,
    root: PathBuf,
    next: i64,
    pub utf8: bool,
    /// By path relative to the root: version and text.
    pub buffers: BTreeMap<String, (i32, String)>,
    /// What was pushed last, by path relative to the root.
    pub pushed: BTreeMap<String, Value>,
    /// Methods and parameters of everything else that came.
    pub received: Vec<(String, Value)>,
    /// The answer to questions for settings.
    pub settings: Value,
}

pub fn uri(path: &Path) -> String {
    let encode = |c: char| match c {
        '/' | '-' | '.' | '_' | '~' => c.to_string(),
        c if c.is_ascii_alphanumeric() => c.to_string(),
        c => c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
    };
    format!("file://{}", path.to_string_lossy().chars().map(encode).collect::<String>())
}

impl Client {
    /// The cache directory is one of its own, so that nothing is left behind.
    pub fn spawn(root: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_connlint"))
            .args(["lsp", "--stdio"])
            .env("XDG_CACHE_HOME", root.join(".cache-of-the-test"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let mut client = Self::over(root, input, output);
        client.process = Some(process);
        client
    }

    /// Talks with a server over its streams.
    pub fn over(root: &Path, input: impl Write + 'static, output: impl Read + Send + 'static) -> Self {
        let mut output = BufReader::new(output);
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            input: Some(Box::new(input)),
            process: None,
            output: receiver,
            root: root.to_path_buf(),
            next: 0,
            utf8: false,
            buffers: BTreeMap::new(),
            pushed: BTreeMap::new(),
            received: Vec::new(),
            settings: Value::Null,
        }
    }

    pub fn uri(&self, path: &str) -> String {
        uri(&self.root.join(path))
    }

    pub fn raw(&mut self, body: &str) {
        let input = self.input.as_mut().unwrap();
        write!(input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        input.flush().unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.raw(&json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string());
    }

    pub fn ask(&mut self, method: &str, params: Value) -> i64 {
        self.next += 1;
        let id = self.next;
        self.raw(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        id
    }

    /// The whole answer.
    pub fn answer(&mut self, id: i64) -> Value {
        loop {
            let message = self.output.recv_timeout(PATIENCE).expect("the server does not answer");
            if message.get("method").is_none() && message["id"] == id {
                return message;
            }
            self.receive(message);
        }
    }

    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask(method, params);
        self.answer(id)
    }

    fn receive(&mut self, message: Value) {
        let method = message["method"].as_str().unwrap_or_default().to_string();
        let params = message["params"].clone();
        if let Some(id) = message.get("id").filter(|_| !method.is_empty()) {
            let settings = json!(params["items"].as_array().map(|items| vec![self.settings.clone(); items.len()]));
            let result = if method == "workspace/configuration" { settings } else { Value::Null };
            self.raw(&json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string());
        }
        if method == "textDocument/publishDiagnostics" {
            let path = self.relative(params["uri"].as_str().unwrap());
            self.pushed.insert(path, params["diagnostics"].clone());
        } else {
            self.received.push((method, params));
        }
    }

    /// A path below the root, or the URI itself.
    pub fn relative(&self, told: &str) -> String {
        let decoded = percent_encoding::percent_decode_str(told).decode_utf8_lossy();
        let root = format!("file://{}/", self.root.display());
        decoded.strip_prefix(&root).unwrap_or(&decoded).to_string()
    }

    pub fn start(&mut self, capabilities: Value, options: Value) -> Value {
        let folder = json!({ "uri": self.uri("").trim_end_matches('/'), "name": "test" });
        let params = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities,
            "initializationOptions": options, "workspaceFolders": [folder],
        });
        let answer = self.request("initialize", params);
        self.utf8 = answer["result"]["capabilities"]["positionEncoding"] == "utf-8";
        self.notify("initialized", json!({}));
        answer
    }

    pub fn open(&mut self, path: &str, text: &str) {
        self.buffers.insert(path.into(), (1, text.into()));
        let item = json!({ "uri": self.uri(path), "languageId": "x", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": item }));
    }

    pub fn close(&mut self, path: &str) {
        self.buffers.remove(path);
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": self.uri(path) } }));
    }

    pub fn saved(&mut self, path: &str) {
        self.notify("textDocument/didSave", json!({ "textDocument": { "uri": self.uri(path) } }));
    }

    /// 1: made, 2: changed, 3: deleted.
    pub fn watched(&mut self, path: &str, kind: u32) {
        let change = json!({ "uri": self.uri(path), "type": kind });
        self.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    }

    /// Replaces bytes of a buffer, told as an incremental edit.
    pub fn edit(&mut self, path: &str, range: std::ops::Range<usize>, new: &str) {
        let (start, end) = (self.position(path, range.start), self.position(path, range.end));
        let (version, text) = self.buffers.get_mut(path).unwrap();
        *version += 1;
        text.replace_range(range, new);
        let version = *version;
        let params = json!({
            "textDocument": { "uri": self.uri(path), "version": version },
            "contentChanges": [{ "range": { "start": start, "end": end }, "text": new }],
        });
        self.notify("textDocument/didChange", params);
    }

    pub fn position(&self, path: &str, offset: usize) -> Value {
        let before = &self.buffers[path].1[..offset];
        let line = before.matches('\n').count();
        let column = before.rsplit('\n').next().unwrap();
        let character = if self.utf8 { column.len() } else { column.encode_utf16().count() };
        json!({ "line": line, "character": character })
    }

    fn offset(&self, text: &str, position: &Value) -> usize {
        let line = position["line"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut rest = position["character"].as_u64().unwrap() as usize;
        let units = |c: char| if self.utf8 { c.len_utf8() } else { c.len_utf16() };
        let mut at = start;
        for c in text[start..].chars() {
            if rest == 0 {
                break;
            }
            rest -= units(c);
            at += c.len_utf8();
        }
        at
    }

    /// Waits until the server has taken in all that was sent.
    pub fn settle(&mut self) {
        let params = json!({
            "textDocument": { "uri": self.uri("none.ts") },
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } },
            "context": { "diagnostics": [] },
        });
        let answer = self.request("textDocument/codeAction", params);
        assert!(answer.get("error").is_none(), "{answer}");
    }

    /// Applies a workspace edit to the buffers; files that are not open are opened with their text on disk.
    pub fn apply(&mut self, edit: &Value) {
        let mut files: Vec<(String, Vec<Value>)> = Vec::new();
        for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
            files.push((uri.clone(), edits.as_array().unwrap().clone()));
        }
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            if change["kind"] == "create" {
                std::fs::write(self.root.join(self.relative(change["uri"].as_str().unwrap())), "").unwrap();
                continue;
            }
            let uri = change["textDocument"]["uri"].as_str().unwrap().to_string();
            files.push((uri, change["edits"].as_array().unwrap().clone()));
        }
        for (uri, edits) in files {
            let path = self.relative(&uri);
            if !self.buffers.contains_key(&path) {
                let text = std::fs::read_to_string(self.root.join(&path)).unwrap();
                self.open(&path, &text);
            }
            let text = self.buffers[&path].1.clone();
            let mut spans: Vec<(usize, usize, String)> = edits.iter().map(|edit| self.span(&text, edit)).collect();
            spans.sort_by_key(|(start, end, _)| (*start, *end));
            for (start, end, new) in spans.into_iter().rev() {
                self.edit(&path, start..end, &new);
            }
        }
    }

    fn span(&self, text: &str, edit: &Value) -> (usize, usize, String) {
        let (start, end) = (&edit["range"]["start"], &edit["range"]["end"]);
        let new = edit["newText"].as_str().or(edit["snippet"]["value"].as_str()).unwrap();
        (self.offset(text, start), self.offset(text, end), new.to_string())
    }

    /// The exit code; 0 for a server without a process.
    pub fn stop(mut self, orderly: bool) -> i32 {
        if orderly {
            self.request("shutdown", Value::Null);
            self.notify("exit", Value::Null);
        }
        drop(self.input.take());
        self.process.as_mut().map_or(0, |process| process.wait().unwrap().code().unwrap())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim() {
            "" => break,
            header => length = header.strip_prefix("Content-Length: ").unwrap().parse().unwrap(),
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}
