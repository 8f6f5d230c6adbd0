//! The editor server: the language server protocol over standard input and output.
//!
//! One thread reads, one writes, one works: it takes messages in order and analyses when none is
//! waiting. What arrives meanwhile stops an analysis that it makes useless. Knows sessions and what they
//! find, nothing of how.

mod actions;
mod client;
mod comments;
mod diagnostics;
mod documents;
mod folder;
mod hover;
mod links;
mod pages;
mod progress;
mod pull;
mod server;
mod settings;
mod shift;
mod sync;
mod traffic;
mod transport;
mod uri;
mod view;

use std::io::{BufRead, Write};
use std::sync::Arc;

use crossbeam_channel::unbounded;

use crate::session::AnalysisFn;
use server::Server;
use traffic::Traffic;

/// Serves until the client says `exit` or goes away; whether it said `shutdown` before. Another analysis
/// than the real one is for tests of the server itself.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    analysis: Option<AnalysisFn>,
) -> bool {
    let traffic = Arc::new(Traffic::default());
    let (sender, events) = unbounded();
    let seen = Arc::clone(&traffic);
    // Not joined: it may wait for input for ever.
    std::thread::spawn(move || transport::read(input, |message| seen.arrived(message), &sender));
    let (client, writer) = transport::writer(output);
    let orderly = Server::new(client, traffic, analysis).run(&events);
    // All senders are gone with the server; a writer that panicked has nothing left to say.
    let _ = writer.join();
    orderly
}
