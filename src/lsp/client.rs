//! The editor: what it can do, and how it is talked to.
//!
//! Capabilities are read from the raw JSON, so that an odd one does no harm to the others. Knows no
//! analysis.

use crossbeam_channel::Sender;
use gen_lsp_types::Uri;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::Serialize;
use serde_json::{Value, json};

use super::settings::ClientSettings;
use crate::source::Units;

pub struct Client {
    sender: Sender<Message>,
    next: i32,
    pub can: Can,
    pub units: Units,
}

/// What the client supports.
#[derive(Debug, Clone, Copy, Default)]
pub struct Can {
    /// Asks for diagnostics by itself, and can be told to do so again: without that, what an edit changes in other
    /// files would be seen when those are edited.
    pub pull: bool,
    /// Takes what has changed in other files with the answer about one.
    pub related: bool,
    pub configuration: bool,
    pub watch: bool,
    /// Watches folders that are none of the workspace's, too.
    pub watch_outside: bool,
    pub progress: bool,
    pub versioned_edits: bool,
    pub snippet_edits: bool,
    /// Makes files that an edit names.
    pub creates_files: bool,
    /// Shows edits before it makes them, where it is told to.
    pub annotated_edits: bool,
    pub code_links: bool,
    /// Opens what it is told to.
    pub show_document: bool,
    /// Shows how the server fares, as the protocol has no message for it.
    pub status: bool,
    pub literal_actions: bool,
}

impl Can {
    pub fn read(capabilities: &Value) -> Self {
        let has = |path: &str| capabilities.pointer(path).is_some_and(|value| *value != Value::Bool(false));
        let is = |path: &str| capabilities.pointer(path) == Some(&Value::Bool(true));
        Self {
            // The protocol's text and its model have not always called it the same.
            pull: has("/textDocument/diagnostic")
                && (is("/workspace/diagnostics/refreshSupport") || is("/workspace/diagnostic/refreshSupport")),
            related: is("/textDocument/diagnostic/relatedDocumentSupport"),
            configuration: is("/workspace/configuration"),
            watch: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            watch_outside: is("/workspace/didChangeWatchedFiles/relativePatternSupport"),
            progress: is("/window/workDoneProgress"),
            versioned_edits: is("/workspace/workspaceEdit/documentChanges"),
            snippet_edits: is("/workspace/workspaceEdit/snippetEditSupport"),
            creates_files: capabilities
                .pointer("/workspace/workspaceEdit/resourceOperations")
                .and_then(Value::as_array)
                .is_some_and(|operations| operations.iter().any(|operation| operation == "create")),
            annotated_edits: has("/workspace/workspaceEdit/changeAnnotationSupport"),
            show_document: is("/window/showDocument/support"),
            status: is("/experimental/serverStatusNotification"),
            code_links: is("/textDocument/publishDiagnostics/codeDescriptionSupport")
                || is("/textDocument/diagnostic/codeDescriptionSupport"),
            literal_actions: has("/textDocument/codeAction/codeActionLiteralSupport"),
        }
    }
}

/// UTF-8 where the client knows it: it is what texts are in.
pub fn units(capabilities: &Value) -> Units {
    let offered = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
    let utf8 = offered.is_some_and(|all| all.iter().any(|encoding| encoding == "utf-8"));
    if utf8 { Units::Bytes } else { Units::Utf16 }
}

impl Client {
    pub fn new(sender: Sender<Message>) -> Self {
        Self { sender, next: 0, can: Can::default(), units: Units::Utf16 }
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that went away is noticed by the reader.
        let _ = self.sender.send(message.into());
    }

    pub fn respond(&self, response: Response) {
        self.send(response);
    }

    pub fn notify(&self, method: &str, params: impl Serialize) {
        self.send(Notification::new(method.into(), params));
    }

    pub fn request(&mut self, method: &str, params: impl Serialize) -> RequestId {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request::new(id.clone(), method.into(), params));
        id
    }

    /// A message box.
    pub fn show(&self, message: &str) {
        self.notify("window/showMessage", json!({ "type": 1, "message": format!("connlint: {message}") }));
    }

    /// A line in the log.
    pub fn log(&self, message: &str) {
        self.notify("window/logMessage", json!({ "type": 2, "message": message }));
    }

    /// Asks for the settings of each folder.
    pub fn ask_settings(&mut self, folders: &[Uri]) -> RequestId {
        let items: Vec<Value> =
            folders.iter().map(|folder| json!({ "scopeUri": folder, "section": ClientSettings::SECTION })).collect();
        self.request("workspace/configuration", json!({ "items": items }))
    }

    /// Has the client watch what findings depend on in the workspace's folders.
    pub fn watch(&mut self, globs: &[String]) {
        self.register_watch("connlint-watch", globs.iter().map(|glob| json!(glob)).collect());
    }

    /// Has the client watch a folder that is none of the workspace's.
    pub fn watch_below(&mut self, folder: &Uri, globs: &[String]) {
        let below = globs.iter().map(|glob| json!({ "baseUri": folder, "pattern": glob }));
        self.register_watch(&format!("connlint-watch {}", folder.0), below.collect());
    }

    fn register_watch(&mut self, id: &str, patterns: Vec<Value>) {
        let watchers: Vec<Value> = patterns.into_iter().map(|pattern| json!({ "globPattern": pattern })).collect();
        let watch = json!({
            "id": id,
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers }
        });
        self.request("client/registerCapability", json!({ "registrations": [watch] }));
    }
}

/// An answer that is an error.
pub type Refusal = Box<Response>;

pub fn refusal(id: RequestId, code: ErrorCode, message: &str) -> Refusal {
    Box::new(Response::new_err(id, code as i32, message.into()))
}
