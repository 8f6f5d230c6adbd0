//! `connlint lsp`: the editor server on standard input and output.

use std::io::BufReader;

use super::Ending;
use super::check::STACK;
use super::output::Failure;
use crate::lsp::serve;

/// Ends with 0 when the client had said `shutdown`, as the protocol wants it.
pub fn lsp() -> Result<Ending, Failure> {
    let threads = rayon::ThreadPoolBuilder::new().stack_size(STACK).build_global();
    threads.map_err(|error| Failure::Other(format!("cannot start threads: {error}")))?;
    let orderly = serve(BufReader::new(std::io::stdin()), std::io::stdout(), None);
    Ok(if orderly { Ending::Clean } else { Ending::Findings })
}
