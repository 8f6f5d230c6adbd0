//! A sign of life on a terminal while a long run works, gone before anything is reported.
//!
//! Knows stages of a session only. Writes to standard error, and nothing where that is no terminal.

use std::io::IsTerminal;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::plain_name;
use crate::session::{Stage, Watch};
use crate::source::relative;

/// Shorter runs show nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const TICK: Duration = Duration::from_millis(100);

/// Shows until it is dropped.
pub struct Progress {
    bar: ProgressBar,
    delay: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Nothing is shown when it is to be quiet.
    pub fn start(quiet: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        let shows = !quiet && std::io::stderr().is_terminal();
        let delay = shows.then(|| appear_later(bar.clone()));
        Self { bar, delay }
    }

    /// What tells the display of stages.
    pub fn watch(&self) -> Watch {
        let bar = self.bar.clone();
        let here = std::env::current_dir().unwrap_or_default();
        Watch::new(move |stage| {
            bar.set_message(match stage {
                Stage::Discover(found, directory) => {
                    format!("looking for files: {found} so far, in {}", plain_name(&relative(&here, directory)))
                }
                Stage::Read(files) => format!("reading {files} files"),
                Stage::Analyse(files) => format!("analysing {files} files"),
            });
        })
    }
}

fn appear_later(bar: ProgressBar) -> (Sender<()>, JoinHandle<()>) {
    let (over, wait) = channel();
    let thread = std::thread::spawn(move || {
        if wait.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    });
    (over, thread)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((over, thread)) = self.delay.take() {
            drop(over);
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
