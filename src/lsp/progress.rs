//! A progress report while a project is first read.
//!
//! Only for clients that show one.

use serde_json::{Value, json};

use super::client::Client;

pub struct Progress {
    /// `None` where nobody looks.
    token: Option<String>,
}

impl Progress {
    pub fn begin(client: &mut Client, number: usize, message: &str) -> Self {
        if !client.can.progress {
            return Self { token: None };
        }
        let token = format!("connlint-{number}");
        client.request("window/workDoneProgress/create", json!({ "token": token }));
        let progress = Self { token: Some(token) };
        progress.send(client, json!({ "kind": "begin", "title": "connlint", "message": message }));
        progress
    }

    pub fn report(&self, client: &Client, message: &str) {
        self.send(client, json!({ "kind": "report", "message": message }));
    }

    pub fn end(self, client: &Client, message: &str) {
        self.send(client, json!({ "kind": "end", "message": message }));
    }

    fn send(&self, client: &Client, value: Value) {
        if let Some(token) = &self.token {
            client.notify("$/progress", json!({ "token": token, "value": value }));
        }
    }
}
