//! From an edit to its diagnostics: `connlint lsp` on a project, as an editor would use it.
//!
//! Speaks just as much of the protocol as that takes, in text.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use crate::failed;

/// Milliseconds until the server has read the project, and from each edit of a file with findings to its diagnostics.
pub fn measure(program: &Path, project: &Path, path: &Path, edits: usize) -> Result<(f64, Vec<f64>), String> {
    let mut editor = Editor::start(program, project)?;
    let uri = format!("file://{}", path.display());
    let text = std::fs::read_to_string(path).map_err(failed(path))?;
    let started = Instant::now();
    editor.notify("textDocument/didOpen", &item(&uri, 1, &text))?;
    editor.diagnostics(&uri)?;
    let first = milliseconds(started);
    let mut times = Vec::new();
    for edit in 0..edits {
        // What is found moves, so that there is always something to tell.
        let text = "\n".repeat(1 + edit % 5) + &text;
        let started = Instant::now();
        editor.notify("textDocument/didChange", &change(&uri, edit + 2, &text))?;
        editor.diagnostics(&uri)?;
        times.push(milliseconds(started));
    }
    Ok((first, times))
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

fn item(uri: &str, version: usize, text: &str) -> String {
    let text = quoted(text);
    format!("{{\"textDocument\":{{\"uri\":{uri:?},\"languageId\":\"x\",\"version\":{version},\"text\":{text}}}}}")
}

fn change(uri: &str, version: usize, text: &str) -> String {
    let text = quoted(text);
    format!("{{\"textDocument\":{{\"uri\":{uri:?},\"version\":{version}}},\"contentChanges\":[{{\"text\":{text}}}]}}")
}

/// As JSON.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c < ' ' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

struct Editor {
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Editor {
    fn start(program: &Path, project: &Path) -> Result<Self, String> {
        let mut command = Command::new(program);
        command.arg("lsp").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(failed(program))?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.ok_or("no pipes to the server")?;
        let mut editor = Self { process, input, output: BufReader::new(output) };
        let folder = format!("{{\"uri\":\"file://{}\",\"name\":\"bench\"}}", project.display());
        let params = format!("{{\"capabilities\":{{}},\"workspaceFolders\":[{folder}]}}");
        editor.send(&format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{params}}}"))?;
        editor.receive()?;
        editor.notify("initialized", "{}")?;
        Ok(editor)
    }

    fn notify(&mut self, method: &str, params: &str) -> Result<(), String> {
        self.send(&format!("{{\"jsonrpc\":\"2.0\",\"method\":{method:?},\"params\":{params}}}"))
    }

    fn send(&mut self, body: &str) -> Result<(), String> {
        let sent = write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len());
        sent.and_then(|()| self.input.flush()).map_err(|error| format!("the server went away: {error}"))
    }

    fn receive(&mut self) -> Result<String, String> {
        let gone = |error: std::io::Error| format!("the server went away: {error}");
        let mut length = 0;
        loop {
            let mut line = String::new();
            if self.output.read_line(&mut line).map_err(gone)? == 0 {
                return Err("the server went away".into());
            }
            match line.trim().strip_prefix("Content-Length: ") {
                Some(number) => length = number.parse().map_err(|_| "a header without a length")?,
                None => break,
            }
        }
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).map_err(gone)?;
        Ok(String::from_utf8_lossy(&body).into_owned())
    }

    /// Waits until the file's diagnostics are told.
    fn diagnostics(&mut self, uri: &str) -> Result<(), String> {
        let file = format!("\"uri\":{uri:?},\"version\"");
        while !self.receive()?.contains(&file) {}
        Ok(())
    }
}
