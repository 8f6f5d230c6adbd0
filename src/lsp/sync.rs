//! What the client tells: its start, texts, files, folders, settings.
//!
//! Updates the state and schedules an analysis; makes none.

use std::path::{Path, PathBuf};

use gen_lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DidSaveTextDocumentParams, Uri, WorkspaceFolder, WorkspaceFoldersChangeEvent,
};
use lsp_server::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::actions::{EXPLAIN, FIX_ALL};
use super::client::{Can, units};
use super::documents::Document;
use super::folder::Folder;
use super::pages::Pages;
use super::server::{Phase, Server};
use super::settings::ClientSettings;
use super::uri::to_path;
use crate::source::{Units, kind_of, watched};

/// A message that cannot be understood.
type Malformed = serde_json::Error;

impl Server {
    pub fn initialize(&mut self, params: &Value) -> Value {
        let none = Value::Null;
        let capabilities = params.get("capabilities").unwrap_or(&none);
        self.client.can = Can::read(capabilities);
        self.client.units = units(capabilities);
        self.read_settings(params.get("initializationOptions").unwrap_or(&none));
        let folders: Option<Vec<WorkspaceFolder>> =
            params.get("workspaceFolders").and_then(|all| Deserialize::deserialize(all).ok());
        let root = params.get("rootUri").and_then(|uri| Uri::deserialize(uri).ok());
        let roots =
            folders.map_or_else(|| root.into_iter().collect(), |all| all.into_iter().map(|it| it.uri).collect());
        self.add_folders(roots);
        self.phase = Phase::Running;
        json!({
            "capabilities": self.capabilities(),
            "serverInfo": { "name": "connlint", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    fn capabilities(&self) -> Value {
        let encoding = if self.client.units == Units::Bytes { "utf-8" } else { "utf-16" };
        let files = json!({ "filters": [{ "scheme": "file", "pattern": { "glob": "**/*" } }] });
        let mut capabilities = json!({
            "positionEncoding": encoding,
            "textDocumentSync": { "openClose": true, "change": 2, "save": true },
            "codeActionProvider": { "codeActionKinds": ["quickfix", FIX_ALL] },
            "documentLinkProvider": {},
            "hoverProvider": true,
            "workspace": {
                "workspaceFolders": { "supported": true, "changeNotifications": true },
                "fileOperations": { "didCreate": files, "didRename": files, "didDelete": files },
            },
        });
        if self.client.can.show_document {
            capabilities["executeCommandProvider"] = json!({ "commands": [EXPLAIN] });
        }
        if self.client.can.pull {
            let provider =
                json!({ "identifier": "connlint", "interFileDependencies": true, "workspaceDiagnostics": true });
            capabilities["diagnosticProvider"] = provider;
        }
        capabilities
    }

    pub fn notified(&mut self, method: &str, params: Value) -> Result<(), Malformed> {
        match method {
            "initialized" => self.initialized(),
            "textDocument/didOpen" => self.did_open(serde_json::from_value(params)?),
            "textDocument/didChange" => self.did_change(&serde_json::from_value(params)?),
            "textDocument/didSave" => self.did_save(&serde_json::from_value(params)?),
            "textDocument/didClose" => self.did_close(&serde_json::from_value(params)?),
            "workspace/didChangeWatchedFiles" => self.watched_files(&serde_json::from_value(params)?),
            "workspace/didCreateFiles" | "workspace/didRenameFiles" | "workspace/didDeleteFiles" => {
                self.file_operation(&params);
            }
            "workspace/didChangeConfiguration" => self.settings_changed(&params),
            "workspace/didChangeWorkspaceFolders" => {
                self.folders_changed(Deserialize::deserialize(params.get("event").unwrap_or(&Value::Null))?);
            }
            _ => {}
        }
        self.schedule();
        Ok(())
    }

    fn initialized(&mut self) {
        if self.client.can.code_links || self.client.can.show_document {
            self.pages = Pages::prepare();
        }
        if self.client.can.watch {
            self.client.watch(&watched());
        }
        self.ask_settings();
    }

    fn did_open(&mut self, params: DidOpenTextDocumentParams) {
        let item = params.text_document;
        let Some(path) = to_path(&item.uri) else { return };
        if self.owner(&path).is_none() && kind_of(&path).is_some() {
            let mut folder = Folder::new(path.clone(), item.uri.clone(), self.settings.clone());
            folder.single = true;
            self.folders.push(folder);
        }
        self.documents.insert(path.clone(), Document { uri: item.uri, version: item.version, text: item.text });
        self.buffer_changed(&path);
    }

    fn did_change(&mut self, params: &DidChangeTextDocumentParams) {
        let about = &params.text_document;
        let Some(path) = to_path(&about.text_document_identifier.uri) else { return };
        let Some(document) = self.documents.get_mut(&path) else { return };
        document.change(about.version, &params.content_changes, self.client.units);
        self.buffer_changed(&path);
    }

    fn did_save(&mut self, params: &DidSaveTextDocumentParams) {
        let Some(path) = to_path(&params.text_document.uri) else { return };
        if self.client.can.watch {
            self.folders.iter_mut().for_each(|folder| folder.disk(&path));
        } else {
            self.folders.iter_mut().for_each(Folder::all);
        }
    }

    fn did_close(&mut self, params: &DidCloseTextDocumentParams) {
        let Some(path) = to_path(&params.text_document.uri) else { return };
        self.documents.remove(&path);
        self.folders.retain(|folder| !(folder.single && folder.path == path));
        self.buffer_changed(&path);
        // What was told of a file opened alone is taken back.
        self.due = Some(std::time::Instant::now());
    }

    fn buffer_changed(&mut self, path: &Path) {
        let text = self.documents.get(path).map(|document| document.text.as_str());
        self.folders.iter_mut().for_each(|folder| folder.buffer(path, text));
    }

    fn watched_files(&mut self, params: &DidChangeWatchedFilesParams) {
        for path in params.changes.iter().filter_map(|change| to_path(&change.uri)) {
            self.folders.iter_mut().for_each(|folder| folder.disk(&path));
        }
    }

    /// Whole directories may have come or gone.
    fn file_operation(&mut self, params: &Value) {
        let files = params.get("files").and_then(Value::as_array).into_iter().flatten();
        let uris = files.flat_map(|file| ["uri", "oldUri", "newUri"].map(|key| file.get(key).and_then(Value::as_str)));
        let paths: Vec<PathBuf> = uris.flatten().filter_map(|uri| to_path(&Uri(uri.into()))).collect();
        for path in paths {
            self.folders.iter_mut().for_each(|folder| folder.disk(&path));
        }
    }

    fn folders_changed(&mut self, event: WorkspaceFoldersChangeEvent) {
        let gone: Vec<Uri> = event.removed.into_iter().map(|folder| folder.uri).collect();
        self.folders.retain(|folder| folder.single || !gone.contains(&folder.uri));
        self.add_folders(event.added.into_iter().map(|folder| folder.uri).collect());
        self.due = Some(std::time::Instant::now());
        self.ask_settings();
    }

    fn add_folders(&mut self, uris: Vec<Uri>) {
        for uri in uris {
            let Some(path) = to_path(&uri) else { continue };
            if self.folders.iter().all(|folder| folder.path != path) {
                self.folders.push(Folder::new(path, uri, self.settings.clone()));
            }
        }
        // Files that were opened alone may lie in one of them now.
        let homes: Vec<PathBuf> =
            self.folders.iter().filter(|folder| !folder.single).map(|folder| folder.path.clone()).collect();
        self.folders.retain(|folder| !folder.single || !homes.iter().any(|home| folder.path.starts_with(home)));
    }

    fn settings_changed(&mut self, params: &Value) {
        if self.client.can.configuration {
            return self.ask_settings();
        }
        self.read_settings(params.get("settings").unwrap_or(&Value::Null));
        let settings = self.settings.clone();
        self.folders.iter_mut().for_each(|folder| folder.set(settings.clone()));
    }

    fn ask_settings(&mut self) {
        if self.client.can.configuration && !self.folders.is_empty() {
            let uris: Vec<Uri> = self.folders.iter().map(|folder| folder.uri.clone()).collect();
            let request = self.client.ask_settings(&uris);
            self.await_settings(request);
        }
    }

    fn read_settings(&mut self, value: &Value) {
        match ClientSettings::read(value) {
            Ok(settings) => self.settings = settings,
            Err(message) => self.client.show(&message),
        }
    }

    /// The settings of each folder, in the order in which they were asked for.
    pub fn response(&mut self, response: Response) {
        if self.asked.as_ref() != Some(&response.id) {
            return;
        }
        self.asked = None;
        let values = response.response_result.ok().and_then(|result| Vec::<Value>::deserialize(result).ok());
        let values = values.unwrap_or_default();
        // A client that has nothing to say leaves what it said at the start.
        for (folder, value) in self.folders.iter_mut().zip(&values).filter(|(_, value)| !value.is_null()) {
            match ClientSettings::read(value) {
                Ok(settings) => folder.set(settings),
                Err(message) => self.client.show(&message),
            }
        }
        self.schedule();
    }
}
