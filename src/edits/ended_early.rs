//! The fix of `connection-held-across-io` for a session that only some branch holds over a wait: it is ended in front of
//! the wait, where nothing from there on uses it.
//!
//! Only what may be ended twice, as whoever opened it ends it again. Names no library.

use super::dropped_within::statement;
use super::hold::Hold;
use super::statements::{around, innermost};
use crate::catalog::schema::Kind;
use crate::facts::{Span, Value};
use crate::finding::lines;
use crate::ownership::release::What;

pub(super) fn ended_early(hold: &Hold) -> Option<(String, Vec<(Span, String)>)> {
    let program = &hold.project.program;
    let What::Catalog(ty) = hold.overlap.resource.what else { return None };
    let row = &program.catalog.ty(ty).row;
    let again = row.kind == Kind::Session && row.reusable && !hold.is_rust() && !hold.locks() && !hold.lends_on();
    let wait = statement(hold).filter(|own| again && is_last_use(hold, *own))?;
    let method = row.release.first()?;
    let facts = program.facts(hold.f.file);
    let asked = |value: &Value| matches!(value, Value::Member(base, _) if base.root() == &Value::Var(hold.var));
    let is_asked_so = || facts.calls.iter().any(|call| call.awaited && asked(&call.callee));
    let awaits = row.release_awaited.unwrap_or_else(is_asked_so);
    let indent = lines::indent(hold.text(wait));
    let end = if hold.below.written(hold.head).trim_end().ends_with(';') { ";" } else { "" };
    let call = format!("{indent}{}{}.{method}(){end}\n", if awaits { "await " } else { "" }, hold.name);
    let title = format!("Call `{method}` before the wait");
    Some((title, vec![(Span { start: wait.start, end: wait.start }, call)]))
}

/// Neither the statement nor what runs behind it uses what is held. What another branch does is not behind it, what
/// stands in the same loop is.
fn is_last_use(hold: &Hold, wait: Span) -> bool {
    let text = hold.below.text;
    let mut own = wait;
    while own.start != hold.wait.start {
        let Some(block) = around(text, hold.wait.start, own) else { return false };
        let head = text[..block.span.start as usize].rfind(|c: char| !c.is_whitespace()).unwrap_or_default() as u32;
        let Some(outer) = innermost(text, hold.wait.start, Span { start: head, end: head }) else { return false };
        let rest = Span { start: own.start, end: block.span.end };
        let first = hold.text(outer).lines().map(str::trim_start).find(|line| !line.starts_with(['#', '/']));
        let begins = |words: &[&str]| first.is_some_and(|line| words.iter().any(|word| line.starts_with(word)));
        let seen = match () {
            () if begins(&["for ", "for(", "while ", "while(", "async for ", "do "]) => outer,
            () if begins(&["if ", "if(", "match ", "switch "]) => rest,
            () => Span { start: own.start, end: outer.end },
        };
        if hold.mentions(seen) {
            return false;
        }
        own = outer;
    }
    !hold.mentions(Span { start: own.end, end: hold.below.span.end }) && (own != wait || !hold.mentions(own))
}
