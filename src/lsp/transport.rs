//! Messages over standard input and output, each behind a header with its length.
//!
//! What cannot be read as a message is told and skipped: one bad message must not end the server.
//! Knows nothing of what messages mean.

use std::io::{BufRead, Write};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, unbounded};
use lsp_server::{ErrorCode, Message, RequestId, Response};

/// Bytes; no editor sends more at once.
const LARGEST: usize = 256 << 20;
const LONGEST_LINE: u64 = 4096;

/// What the reader hands on.
#[derive(Debug)]
pub enum Event {
    Message(Message),
    /// Something that is no message; the answer that it gets, if any.
    Unreadable(String, Option<Response>),
}

/// Reads until the input ends or the client says `exit`; `seen` learns of each message first.
pub fn read(mut input: impl BufRead, seen: impl Fn(&Message), events: &Sender<Event>) {
    while let Some(frame) = frame(&mut input) {
        let event = match frame {
            Ok(bytes) => message(&bytes),
            Err(reason) => Event::Unreadable(reason, None),
        };
        let mut last = false;
        if let Event::Message(message) = &event {
            seen(message);
            last = matches!(message, Message::Notification(it) if it.method == "exit");
        }
        if events.send(event).is_err() || last {
            return;
        }
    }
}

/// A thread that writes what the sender is given, until all senders are gone.
pub fn writer(mut output: impl Write + Send + 'static) -> (Sender<Message>, JoinHandle<()>) {
    let (sender, receiver): (_, Receiver<Message>) = unbounded();
    let thread = std::thread::spawn(move || {
        for message in receiver {
            if message.write(&mut output).is_err() {
                return;
            }
        }
    });
    (sender, thread)
}

/// The next body; `None` at the end of the input.
fn frame(input: &mut impl BufRead) -> Option<Result<Vec<u8>, String>> {
    let mut length = None;
    loop {
        let line = line(input)?;
        match line.trim_end_matches(['\r', '\n']) {
            // A stray empty line stands before no body.
            "" if length.is_none() => {}
            "" => break,
            header => match header.split_once(':') {
                Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().ok();
                }
                Some(_) => {}
                None => return Some(Err("a line outside of any message".into())),
            },
        }
    }
    let length = length.filter(|length| *length <= LARGEST)?;
    let mut body = vec![0; length];
    input.read_exact(&mut body).ok()?;
    Some(Ok(body))
}

fn line(input: &mut impl BufRead) -> Option<String> {
    let mut bytes = Vec::new();
    let read = std::io::Read::take(&mut *input, LONGEST_LINE).read_until(b'\n', &mut bytes).ok()?;
    (read > 0).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

fn message(body: &[u8]) -> Event {
    let value: serde_json::Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return Event::Unreadable(format!("not JSON: {error}"), None),
    };
    let id = value.get("id").and_then(|id| serde_json::from_value::<RequestId>(id.clone()).ok());
    match serde_json::from_value(value) {
        Ok(message) => Event::Message(message),
        Err(_) => {
            let reason = "not a request, a response or a notification";
            let answer = |id| Response::new_err(id, ErrorCode::InvalidRequest as i32, reason.into());
            Event::Unreadable(reason.into(), id.map(answer))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(input: &str) -> Vec<String> {
        let (sender, receiver) = unbounded();
        read(input.as_bytes(), |_| {}, &sender);
        drop(sender);
        let tell = |event| match event {
            Event::Message(Message::Notification(it)) => it.method,
            Event::Message(_) => "other".into(),
            Event::Unreadable(reason, answer) => format!("{} {}", &reason[..8], answer.is_some()),
        };
        receiver.into_iter().map(tell).collect()
    }

    fn framed(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn bad_messages_are_skipped() {
        let bodies = ["{", "[1]", "{\"id\":1}", "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}"];
        let input: String = bodies.iter().map(|body| framed(body)).collect();
        assert_eq!(events(&input), ["not JSON false", "not a re false", "not a re true", "a"]);
    }

    #[test]
    fn headers_may_be_odd() {
        let body = "{\"method\":\"a\"}";
        let odd = format!("\r\nnonsense\r\ncontent-length:{}\nContent-Type: x\r\n\r\n{body}", body.len());
        assert_eq!(events(&odd), ["a line o false", "a"]);
        assert!(events("Content-Length: 99999999999999\r\n\r\n").is_empty());
        assert!(events("Content-Length: 5\r\n\r\n{").is_empty());
    }

    #[test]
    fn nothing_is_read_after_exit() {
        let input = framed("{\"method\":\"exit\"}") + &framed("{\"method\":\"a\"}");
        assert_eq!(events(&input), ["exit"]);
    }
}
