//! What the client asks for: diagnostics, actions, links.
//!
//! Answers come from an analysis of the present texts; one that was stopped is refused, to be asked
//! for again.

use std::collections::BTreeMap;
use std::path::Path;

use gen_lsp_types::{
    Diagnostic, DocumentDiagnosticParams, Hover, HoverParams, Range, TextDocumentIdentifier,
    TextDocumentPositionParams, WorkspaceDiagnosticParams,
};
use lsp_server::{ErrorCode, RequestId, Response, ResponseError};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use xxhash_rust::xxh3::xxh3_64;

use super::actions::{Asked, Desk, EXPLAIN, FIX_ALL};
use super::client::{Refusal, refusal};
use super::diagnostics::ByFile;
use super::documents::{span, uri_of};
use super::hover::Pointer;
use super::links::links;
use super::server::Server;
use super::uri::to_path;
use super::view::View;

impl Server {
    pub fn serve(&mut self, id: &RequestId, method: &str, params: Value) -> Result<Value, Refusal> {
        match method {
            "textDocument/diagnostic" => {
                let params: DocumentDiagnosticParams = parsed(id, params)?;
                self.informed(id)?;
                self.settled(id, to_path(&params.text_document.uri).as_deref())?;
                Ok(self.document_report(&params))
            }
            "workspace/diagnostic" => {
                let params: WorkspaceDiagnosticParams = parsed(id, params)?;
                self.informed(id)?;
                self.settled(id, None)?;
                Ok(self.workspace_report(params))
            }
            "textDocument/codeAction" => {
                let asked: Asked = parsed(id, params)?;
                self.settled(id, None)?;
                self.actions(&asked).ok_or_else(|| self.unanswered(id))
            }
            "textDocument/hover" => {
                let params: HoverParams = parsed(id, params)?;
                self.settled(id, None)?;
                Ok(json!(self.hover(&params.text_document_position_params)))
            }
            "textDocument/documentLink" => {
                let about = params.get("textDocument").cloned().unwrap_or_default();
                Ok(self.links(&parsed(id, about)?))
            }
            "workspace/executeCommand" => self.execute(id, &params),
            _ => Err(refusal(id.clone(), ErrorCode::MethodNotFound, &format!("{method} is not supported"))),
        }
    }

    /// An analysis of the present state, or the reason why there is none.
    fn settled(&mut self, id: &RequestId, pulled: Option<&Path>) -> Result<(), Refusal> {
        if self.settle(Some(id)) {
            self.publish(pulled);
            return Ok(());
        }
        Err(self.unanswered(id))
    }

    /// Why an analysis was stopped.
    fn unanswered(&self, id: &RequestId) -> Refusal {
        if self.traffic.is_cancelled(id) {
            return refusal(id.clone(), ErrorCode::RequestCanceled, "cancelled");
        }
        again(id, "the text has changed")
    }

    /// Without the client's settings, which it is about to tell, the first analysis would be for nothing.
    fn informed(&self, id: &RequestId) -> Result<(), Refusal> {
        if self.asked.is_none() { Ok(()) } else { Err(again(id, "the settings are not known yet")) }
    }

    fn document_report(&mut self, params: &DocumentDiagnosticParams) -> Value {
        let Some(path) = to_path(&params.text_document.uri) else { return report(&[], None) };
        let current = self.current();
        let items = current.get(&path).map_or(&[][..], Vec::as_slice);
        let related = self.related(&path, &current);
        // Clients look no further where a report is unchanged.
        let previous = params.previous_result_id.as_deref().filter(|_| related.is_empty());
        let mut report = report(items, previous);
        self.reported.insert(path, result_id(items));
        if !related.is_empty() {
            report["relatedDocuments"] = Value::Object(related);
        }
        report
    }

    /// What has changed in other open files since the client asked for them. It may ask for each only when that one
    /// is edited, and pass over what it hears of them otherwise.
    fn related(&mut self, asked: &Path, current: &ByFile) -> Map<String, Value> {
        let mut related = Map::new();
        if !self.client.can.related {
            return related;
        }
        let documents = &self.documents;
        self.reported.retain(|path, _| documents.contains_key(path));
        for (path, result) in self.reported.iter_mut().filter(|(path, _)| *path != asked) {
            let items = current.get(path).map_or(&[][..], Vec::as_slice);
            let now = result_id(items);
            if *result != now {
                *result = now;
                related.insert(uri_of(documents, path).to_string(), report(items, None));
            }
        }
        related
    }

    fn workspace_report(&self, params: WorkspaceDiagnosticParams) -> Value {
        let current = self.current();
        let previous: BTreeMap<_, String> =
            params.previous_result_ids.into_iter().filter_map(|it| Some((to_path(&it.uri)?, it.value))).collect();
        let mut items = Vec::new();
        for (path, diagnostics) in &current {
            items.push(self.entry(path, report(diagnostics, previous.get(path).map(String::as_str))));
        }
        // Files that no longer have any.
        for (path, id) in previous.iter().filter(|(path, _)| !current.contains_key(*path)) {
            items.push(self.entry(path, report(&[], Some(id))));
        }
        json!({ "items": items })
    }

    fn entry(&self, path: &Path, mut report: Value) -> Value {
        report["uri"] = json!(uri_of(&self.documents, path));
        report["version"] = json!(self.documents.get(path).map(|document| document.version));
        report
    }

    /// `None` when the analysis that they need was stopped.
    fn actions(&mut self, asked: &Asked) -> Option<Value> {
        let path = to_path(&asked.text_document.uri).filter(|_| self.client.can.literal_actions);
        let Some((at, path)) = path.and_then(|path| Some((self.owner(&path)?, path))) else { return Some(json!([])) };
        let fixed = if asked.wants(FIX_ALL) { self.folders[at].fixed(&path)?.to_vec() } else { Vec::new() };
        let view = View::new(&self.folders[at].outcome, &self.documents, self.client.units);
        let desk = Desk {
            view: &view,
            documents: &self.documents,
            pages: self.pages(),
            explains: self.client.can.show_document && self.pages.is_some(),
            can: self.client.can,
            units: self.client.units,
        };
        Some(json!(desk.actions(&path, asked, &fixed)))
    }

    /// Opens the page of a rule.
    fn execute(&mut self, id: &RequestId, params: &Value) -> Result<Value, Refusal> {
        let unknown = || refusal(id.clone(), ErrorCode::InvalidParams, "there is no such command");
        let command = params.get("command").and_then(Value::as_str);
        let rule = params.pointer("/arguments/0").and_then(Value::as_str);
        let uri = rule.filter(|_| command == Some(EXPLAIN)).and_then(|rule| self.pages.as_ref()?.uri(rule));
        let uri = uri.ok_or_else(unknown)?;
        let external = uri.0.starts_with("http");
        self.client.request("window/showDocument", json!({ "uri": uri, "external": external, "takeFocus": true }));
        Ok(Value::Null)
    }

    fn hover(&mut self, about: &TextDocumentPositionParams) -> Option<Hover> {
        let path = to_path(&about.text_document.uri)?;
        let at = self.owner(&path)?;
        let map = self.folders[at].map()?;
        let view = View::new(&self.folders[at].outcome, &self.documents, self.client.units);
        let here = Range { start: about.position, end: about.position };
        let (offset, _) = span(&self.documents.get(&path)?.text, here, self.client.units);
        Pointer { view: &view, pages: self.pages(), path: &path, offset }.hover(&map)
    }

    fn links(&self, about: &TextDocumentIdentifier) -> Value {
        let path = to_path(&about.uri);
        let document = path.as_ref().and_then(|path| self.documents.get(path));
        let (Some(path), Some(document), Some(pages)) = (&path, document, &self.pages) else { return json!([]) };
        let settings = path.file_name().is_some_and(|name| name == "connlint.toml" || name == ".connlint.toml");
        json!(links(&document.text, settings, pages, self.client.units))
    }
}

/// The client is to ask once more.
fn again(id: &RequestId, why: &str) -> Refusal {
    let data = Some(json!({ "retriggerRequest": true }));
    let error = ResponseError { code: ErrorCode::ServerCancelled as i32, message: why.into(), data };
    Box::new(Response { id: id.clone(), response_result: Err(error) })
}

fn parsed<T: DeserializeOwned>(id: &RequestId, params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| refusal(id.clone(), ErrorCode::InvalidParams, &error.to_string()))
}

fn result_id(items: &[Diagnostic]) -> String {
    format!("{:016x}", xxh3_64(json!(items).to_string().as_bytes()))
}

/// All diagnostics of a file, or that they are as the client has them.
fn report(items: &[Diagnostic], previous: Option<&str>) -> Value {
    let result = result_id(items);
    if previous == Some(result.as_str()) {
        return json!({ "kind": "unchanged", "resultId": result });
    }
    json!({ "kind": "full", "resultId": result, "items": items })
}
