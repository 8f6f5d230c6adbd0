//! The server's state and its loop: which message goes where, and when to analyse.
//!
//! A panic while a message is worked on or a project is analysed is told to the user, and the server
//! lives on.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use gen_lsp_types::Diagnostic;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::client::{Client, Refusal, refusal};
use super::diagnostics::{self, ByFile};
use super::documents::{Documents, uri_of};
use super::folder::Folder;
use super::pages::Pages;
use super::progress::Progress;
use super::settings::ClientSettings;
use super::traffic::Traffic;
use super::transport::Event;
use super::uri::of_path;
use super::view::View;
use crate::session::AnalysisFn;
use crate::source::watched;

/// Changes that follow each other within this time are judged together.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a client may take to tell its settings.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    New,
    Running,
    ShutDown,
}

pub struct Server {
    pub client: Client,
    pub traffic: Arc<Traffic>,
    analysis: Option<AnalysisFn>,
    pub phase: Phase,
    pub documents: Documents,
    pub folders: Vec<Folder>,
    pub settings: ClientSettings,
    /// The request for settings that has not been answered yet.
    pub asked: Option<RequestId>,
    pub pages: Option<Pages>,
    /// When to analyse next.
    pub due: Option<Instant>,
    /// What the client was told last, by path.
    told: BTreeMap<PathBuf, Vec<Diagnostic>>,
    /// Which report of each open file a client has that asks for them.
    pub reported: BTreeMap<PathBuf, String>,
    /// Projects' roots above folders that the client watches too.
    watched: BTreeSet<PathBuf>,
    /// What was last said of faults in the settings, so as not to repeat it.
    complained: Option<String>,
    opened: usize,
    /// What was last said of how the server fares.
    status: Option<Value>,
}

impl Server {
    pub fn new(sender: Sender<Message>, traffic: Arc<Traffic>, analysis: Option<AnalysisFn>) -> Self {
        Self {
            client: Client::new(sender),
            traffic,
            analysis,
            phase: Phase::New,
            documents: Documents::default(),
            folders: Vec::new(),
            settings: ClientSettings::default(),
            asked: None,
            pages: None,
            due: None,
            told: BTreeMap::new(),
            reported: BTreeMap::new(),
            watched: BTreeSet::new(),
            complained: None,
            opened: 0,
            status: None,
        }
    }

    /// Works until the end; whether the client had asked for it.
    pub fn run(mut self, events: &Receiver<Event>) -> bool {
        loop {
            match self.next(events) {
                Ok(Event::Message(Message::Notification(it))) if it.method == "exit" => {
                    return self.phase == Phase::ShutDown;
                }
                Ok(event) => self.guarded(|server| server.take(event)),
                Err(RecvTimeoutError::Timeout) => self.guarded(Self::catch_up),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    fn next(&self, events: &Receiver<Event>) -> Result<Event, RecvTimeoutError> {
        match self.due {
            Some(due) => events.recv_deadline(due),
            None => events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn guarded(&mut self, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.client.show("a fault in connlint itself; please report it, with what standard error says");
            // What was kept may be half done.
            self.folders.iter_mut().for_each(|folder| folder.session = None);
            self.due = None;
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Unreadable(reason, answer) => {
                self.client.log(&format!("a message was skipped: {reason}"));
                answer.into_iter().for_each(|answer| self.client.respond(answer));
            }
            Event::Message(message) => {
                self.traffic.taken(&message);
                match message {
                    Message::Request(request) => self.request(request),
                    Message::Notification(notification) => self.notification(notification),
                    Message::Response(response) => self.response(response),
                }
            }
        }
    }

    fn request(&mut self, request: Request) {
        let id = request.id.clone();
        let answer = catch_unwind(AssertUnwindSafe(|| self.answer(request)));
        self.traffic.answered(&id);
        match answer {
            Ok(Ok(value)) => self.client.respond(Response::new_ok(id, value)),
            Ok(Err(refused)) => self.client.respond(*refused),
            Err(panic) => {
                self.client.respond(*refusal(id, ErrorCode::InternalError, "a fault in connlint itself"));
                std::panic::resume_unwind(panic);
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<Value, Refusal> {
        let Request { id, method, params } = request;
        if self.traffic.is_cancelled(&id) {
            return Err(refusal(id, ErrorCode::RequestCanceled, "cancelled"));
        }
        match (self.phase, method.as_str()) {
            (Phase::New, "initialize") => Ok(self.initialize(&params)),
            (Phase::New, _) => Err(refusal(id, ErrorCode::ServerNotInitialized, "not initialised")),
            (Phase::ShutDown, _) => Err(refusal(id, ErrorCode::InvalidRequest, "shut down")),
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                self.due = None;
                Ok(Value::Null)
            }
            (Phase::Running, _) => self.serve(&id, &method, params),
        }
    }

    fn notification(&mut self, notification: Notification) {
        if self.phase != Phase::Running {
            return;
        }
        let Notification { method, params } = notification;
        if let Err(error) = self.notified(&method, params) {
            self.client.log(&format!("{method}: {error}"));
        }
    }

    fn needs_judging(&self, folder: &Folder) -> bool {
        folder.stale && folder.is_wanted(&self.documents)
    }

    /// Whether there is something to judge.
    fn is_stale(&self) -> bool {
        self.folders.iter().any(|folder| self.needs_judging(folder))
    }

    /// Soon, when nothing else has come.
    pub fn schedule(&mut self) {
        if self.is_stale() && self.asked.is_none() {
            self.due = Some(Instant::now() + PAUSE);
        }
    }

    /// The client tells its settings first, if it does so in time.
    pub fn await_settings(&mut self, request: RequestId) {
        self.asked = Some(request);
        self.due = Some(Instant::now() + PATIENCE);
    }

    fn catch_up(&mut self) {
        self.asked = None;
        self.due = None;
        if self.settle(None) {
            self.publish(None);
        }
    }

    /// Brings all folders up to date; false when that was stopped.
    pub fn settle(&mut self, request: Option<&RequestId>) -> bool {
        let documents = &self.documents;
        self.folders.iter_mut().filter(|folder| !folder.is_wanted(documents)).for_each(Folder::rest);
        if !self.is_stale() {
            return true;
        }
        if !self.traffic.begin(request) {
            return false;
        }
        self.tell_status(false);
        let done = (0..self.folders.len()).all(|at| !self.needs_judging(&self.folders[at]) || self.judge(at));
        // When a request was cancelled, the others still wait; when changes came, they schedule.
        if !done {
            self.schedule();
        }
        self.complain();
        self.tell_status(done);
        done
    }

    /// Tells how the server fares: `health` and `quiescent` as others tell them, and a sentence.
    fn tell_status(&mut self, quiescent: bool) {
        if !self.client.can.status {
            return;
        }
        let folders = || self.folders.iter();
        let trouble = folders().filter_map(|folder| folder.fault.as_ref()).map(|fault| fault.to_string());
        let trouble = trouble.chain(folders().filter_map(|folder| folder.outcome.failure.clone())).next();
        let (findings, files) = folders().fold((0, 0), |(findings, files), folder| {
            (findings + folder.outcome.findings.len(), files + folder.outcome.summary.files)
        });
        let found = format!("{} in {}", counted("", findings, "finding"), counted("", files, "file").trim_start());
        let health = if trouble.is_some() { "error" } else { "ok" };
        let message = trouble.unwrap_or_else(|| found.trim_start().to_string());
        let status = json!({ "health": health, "quiescent": quiescent, "message": message });
        if self.status.as_ref() != Some(&status) {
            self.client.notify("experimental/serverStatus", &status);
            self.status = Some(status);
        }
    }

    fn judge(&mut self, at: usize) -> bool {
        let first = self.folders[at].session.is_none();
        let progress = first.then(|| {
            self.opened += 1;
            let name = self.folders[at].path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Progress::begin(&mut self.client, self.opened, &format!("reading {name}"))
        });
        let folder = &mut self.folders[at];
        folder.refresh(&self.documents, &self.traffic.stop, self.analysis);
        let files = folder.session.as_ref().map_or(0, |session| session.files().len());
        let tell = |progress: &Progress| progress.report(&self.client, &counted("analysing", files, "file"));
        progress.iter().for_each(tell);
        self.watch_outside(at);
        let done = self.folders[at].check();
        let found = self.folders[at].outcome.findings.len();
        progress
            .into_iter()
            .for_each(|progress| progress.end(&self.client, counted("", found, "finding").trim_start()));
        done
    }

    /// What lies beside a folder matters where its project begins above.
    fn watch_outside(&mut self, at: usize) {
        let Some(root) = self.folders[at].outside().filter(|_| self.client.can.watch_outside) else { return };
        if self.client.can.watch && self.watched.insert(root.to_path_buf()) {
            let root = of_path(root);
            self.client.watch_below(&root, &watched());
        }
    }

    /// Faults that have no place in a file are shown, each once.
    fn complain(&mut self) {
        let failures = self.folders.iter().filter_map(|folder| folder.outcome.failure.clone());
        let faults = self.folders.iter().filter_map(|folder| folder.fault.as_ref()).map(|fault| fault.to_string());
        let complaint = failures.chain(faults).next();
        if let Some(message) = complaint.as_ref().filter(|_| complaint != self.complained) {
            self.client.show(message);
        }
        self.complained = complaint;
    }

    /// The folder that a file's findings are taken from: the innermost.
    pub fn owner(&self, path: &Path) -> Option<usize> {
        let around = self.folders.iter().enumerate().filter(|(_, folder)| folder.holds(path));
        around.max_by_key(|(_, folder)| folder.path.components().count()).map(|(at, _)| at)
    }

    /// All diagnostics as they are to be shown.
    pub fn current(&self) -> ByFile {
        let mut all = ByFile::new();
        for (at, folder) in self.folders.iter().enumerate() {
            let view = View::new(&folder.outcome, &self.documents, self.client.units);
            let found = diagnostics::of_outcome(&view, self.pages());
            all.extend(found.into_iter().filter(|(path, _)| self.owner(path) == Some(at)));
            let fault = folder.fault.as_ref().and_then(|fault| diagnostics::of_fault(fault, &folder.path));
            fault.into_iter().for_each(|(path, diagnostic)| all.entry(path).or_default().push(diagnostic));
        }
        all
    }

    pub fn pages(&self) -> Option<&Pages> {
        self.pages.as_ref().filter(|_| self.client.can.code_links)
    }

    /// Tells the client what is new; one that asks by itself is told to do so, unless it is only about
    /// the file that it asks for anyway.
    pub fn publish(&mut self, pulled: Option<&Path>) {
        let current = self.current();
        if let Some(path) = pulled {
            let own = current.get(path).cloned();
            self.told.remove(path);
            own.into_iter().for_each(|own| drop(self.told.insert(path.to_path_buf(), own)));
        }
        let paths: BTreeSet<&PathBuf> = self.told.keys().chain(current.keys()).collect();
        let changed: Vec<&PathBuf> =
            paths.into_iter().filter(|path| self.told.get(*path) != current.get(*path)).collect();
        if self.client.can.pull {
            if !changed.is_empty() {
                self.client.request("workspace/diagnostic/refresh", Value::Null);
            }
        } else {
            for path in changed {
                let document = self.documents.get(path);
                let params = json!({
                    "uri": uri_of(&self.documents, path),
                    "version": document.map(|document| document.version),
                    "diagnostics": current.get(path).map_or(&[][..], Vec::as_slice),
                });
                self.client.notify("textDocument/publishDiagnostics", params);
            }
        }
        self.told = current;
    }
}

/// `analysing 1 file`
fn counted(head: &str, count: usize, noun: &str) -> String {
    format!("{head} {count} {noun}{}", if count == 1 { "" } else { "s" })
}
