//! What has arrived and is not yet worked on: so that nobody computes what nobody waits for.
//!
//! The reader's thread notes, the server's thread asks. Knows messages by name only.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lsp_server::{Message, RequestId};
use rustc_hash::FxHashMap;

use crate::scope::inputs::Stop;

/// Notifications after which earlier findings may no longer hold.
const CHANGES: &[&str] = &["textDocument/did", "workspace/did"];

#[derive(Default)]
pub struct Traffic {
    /// Set while the running analysis is of no use.
    pub stop: Arc<Stop>,
    changes: AtomicUsize,
    requests: Mutex<Requests>,
}

#[derive(Default)]
struct Requests {
    /// Those not yet answered, with whether the client has cancelled them.
    open: FxHashMap<RequestId, bool>,
    /// The one that the running analysis is made for.
    served: Option<RequestId>,
}

impl Traffic {
    /// The reader has got a message.
    pub fn arrived(&self, message: &Message) {
        match message {
            Message::Request(request) => {
                self.requests().open.insert(request.id.clone(), false);
            }
            Message::Notification(it) if it.method == "$/cancelRequest" => self.cancel(&it.params),
            Message::Notification(it) if is_change(&it.method) => {
                self.changes.fetch_add(1, Ordering::SeqCst);
                self.stop.set(true);
            }
            _ => {}
        }
    }

    fn cancel(&self, params: &serde_json::Value) {
        let id = params.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
        let mut requests = self.requests();
        if let Some(id) = id.filter(|id| requests.open.contains_key(id)) {
            if requests.served.as_ref() == Some(&id) {
                self.stop.set(true);
            }
            requests.open.insert(id, true);
        }
    }

    /// The server begins with a message.
    pub fn taken(&self, message: &Message) {
        if matches!(message, Message::Notification(it) if is_change(&it.method)) {
            self.changes.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// An analysis begins, for a request or for all; false when it would be of no use.
    pub fn begin(&self, request: Option<&RequestId>) -> bool {
        self.requests().served = request.cloned();
        self.stop.set(false);
        // What arrives from here on sets the stop again.
        self.changes.load(Ordering::SeqCst) == 0 && !request.is_some_and(|id| self.is_cancelled(id))
    }

    pub fn is_cancelled(&self, id: &RequestId) -> bool {
        self.requests().open.get(id).copied().unwrap_or(false)
    }

    pub fn answered(&self, id: &RequestId) {
        self.requests().open.remove(id);
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_change(method: &str) -> bool {
    CHANGES.iter().any(|start| method.starts_with(start))
}
