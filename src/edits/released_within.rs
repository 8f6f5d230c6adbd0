//! The fix of `connection-held-across-io` where only one branch waits, and gives back what is held afterwards: it does so
//! before.
//!
//! Moves one whole statement, and only where nothing is skipped when that fails. Names no library.

use super::dropped_within::statement;
use super::hold::Hold;
use super::statements::Below;
use crate::facts::Span;
use crate::finding::lines;

pub(super) fn released_within(hold: &Hold) -> Option<(String, Vec<(Span, String)>)> {
    let text = hold.below.text;
    let wait = statement(hold).filter(|own| own.start != hold.wait.start && !hold.is_block)?;
    let rest = Below::at(text, wait.end, lines::indent(text.get(wait.range())?))?;
    let releases = hold.releases();
    let method = |own: &Span| releases.iter().find(|(line, _)| own.contains(*line)).map(|(_, method)| *method);
    let (release, method) = rest.statements()?.into_iter().find_map(|own| Some((own, method(&own)?)))?;
    let written = text.get(release.range())?;
    let between = text.get(wait.start as usize..release.start as usize)?;
    let taken = |line: &str| {
        let name = line.trim().strip_prefix("let ")?.split([' ', ':', '=']).next()?.to_string();
        lines::mentions(written, &name).then_some(())
    };
    let plain = !written.contains(['?', '{']) && !lines::mentions(between, hold.name);
    let reads = between.lines().any(|line| taken(line).is_some()) || between.contains("let (");
    if !plain || reads {
        return None;
    }
    let at = Span { start: wait.start, end: wait.start };
    Some((format!("Call `{method}` before the wait"), vec![(at, written.to_string()), (release, String::new())]))
}
