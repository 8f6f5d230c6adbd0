//! What the events of a template run, where that is written out there: `onclick={() => open()}`, `@click="open()"`.
//!
//! The expressions are parsed where they stand in the file, over blanks, and belong to the code of one instance: each
//! becomes an element with that handler. Knows the file formats; no event and no framework's functions.

use rustc_hash::FxHashSet;

use crate::facts::{Arg, CallKind, Part, Span, Value};

use super::events::{functions, is_name, opened_by};
use super::kind::Kind;
use super::statement::flattened;
use super::template::{Found, TagEvent};
use super::{ComponentKind, Dialect, Hint, Lower, tree};

/// Elements of the page itself are read in [`super::page`].
const OF_PAGE: [&str; 3] = ["svelte:window", "svelte:document", "svelte:body"];

const ESCAPED: [&str; 4] = ["&quot;", "&amp;", "&lt;", "&gt;"];

const STATEMENTS: &str = ";()=>{";
const VALUE: &str = ";(";

/// The handlers of a template that have code of their own.
pub(super) struct Written<'t> {
    events: Vec<&'t TagEvent<'t>>,
    source: String,
    /// Names that templates unwrap: what they stand for in the script has a `value`.
    unwrapped: FxHashSet<&'t str>,
}

/// The names of the functions that events run, where the code of the handlers is not lowered as well.
pub(super) fn names(found: &Found, lowered: bool) -> Vec<String> {
    let by_name = found.events.iter().filter(|one| !lowered || is_name(one.event.expression));
    by_name.flat_map(|one| functions(one.event.expression)).map(String::from).collect()
}

pub(super) fn written<'t>(text: &'t str, found: &'t Found<'t>, kind: ComponentKind) -> Written<'t> {
    let mut source: Vec<u8> = text.bytes().map(|byte| if byte == b'\n' { b'\n' } else { b' ' }).collect();
    let own = |one: &&TagEvent| !is_name(one.event.expression) && !OF_PAGE.contains(&one.tag);
    let events = found.events.iter().filter(own).filter(|one| write(text, one, kind, &mut source).is_some());
    let events = events.collect();
    let unwrapped = if kind == ComponentKind::Vue { with_value(text) } else { FxHashSet::default() };
    Written { events, source: String::from_utf8(source).unwrap_or_default(), unwrapped }
}

/// Puts the expression into the blanked source, as a statement of its own. `None` where it cannot stand there.
fn write(text: &str, one: &TagEvent, kind: ComponentKind, source: &mut [u8]) -> Option<()> {
    let expression = text.get(one.range.clone()).filter(|expression| !expression.trim().is_empty())?;
    if ESCAPED.iter().any(|escape| expression.contains(escape)) {
        return None;
    }
    let value = kind != ComponentKind::Vue || is_value(expression);
    let (head, tail) = if value { (VALUE, ")") } else { (STATEMENTS, "}") };
    let start = one.range.start.checked_sub(head.len())?;
    let room = one.event.name.len() + 2 >= head.len();
    let pieces = [(start, head), (one.range.start, expression), (one.range.end, tail)];
    for (at, piece) in pieces.into_iter().filter(|_| room) {
        source.get_mut(at..at + piece.len())?.copy_from_slice(piece.as_bytes());
    }
    room.then_some(())
}

/// In Vue a path or a function is the handler itself; all else is what it runs.
fn is_value(expression: &str) -> bool {
    let text = expression.trim();
    let text = text.strip_prefix("async").map_or(text, str::trim_start);
    let path = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    let after = match text.starts_with('(') {
        true => text.find(')').map_or("", |end| &text[end + 1..]),
        false => text.trim_start_matches(path),
    };
    text.starts_with("function") || after.is_empty() || after.trim_start().starts_with("=>")
}

/// Names that are read as `name.value`.
fn with_value(text: &str) -> FxHashSet<&str> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let before = text.match_indices(".value").map(|(at, _)| &text[..at]);
    before.map(|text| &text[text.rfind(|c| !part(c)).map_or(0, |last| last + 1)..]).collect()
}

impl Lower {
    /// The handlers as elements of the instance whose body is open.
    pub(super) fn handlers(&mut self, written: &Written, dialect: Dialect) {
        let tree = tree::parse(&written.source, dialect);
        let Some(root) = tree.root().filter(|_| !written.events.is_empty()) else { return };
        self.unwrapped = written.unwrapped.iter().filter_map(|name| self.b.lookup_own(name)).collect();
        for item in flattened(root) {
            let whole = item.is(Kind::ExpressionStatement).then(|| item.first()).flatten();
            let Some(expression) = whole else { continue };
            let end = expression.span().end as usize;
            let ends = |one: &&&TagEvent| (one.range.start + 1..=one.range.end + 1).contains(&end);
            let Some(one) = written.events.iter().find(ends) else { continue };
            let name = prop(one.event.name);
            let value = self.expr_as(expression.stripped(), &Hint { anchor: name.clone(), ..Hint::default() });
            let span = Span::new(one.range.start, one.range.end);
            let args = vec![Arg { name: Some(name), value, spread: false, span }];
            self.push_call(CallKind::Jsx, Value::Global(one.tag.to_string()), args, (span, span));
        }
        self.unwrapped.clear();
    }

    /// What the elements of markup in a tagged template run on events, each as an element with that handler:
    /// ``html`<button @click=${this.open}>` ``.
    pub(super) fn handlers_in_markup(&mut self, markup: &Value, span: Span) {
        let Value::Template(parts) = markup else { return };
        for pair in parts.windows(2) {
            let [Part::Text(before), Part::Value(handler)] = pair else { continue };
            let Some(event) = opened_by(before) else { continue };
            let args = vec![Arg { name: Some(prop(event)), value: handler.clone(), spread: false, span }];
            self.push_call(CallKind::Jsx, Value::Global("element".to_string()), args, (span, span));
        }
    }
}

/// `onClick`, of `@click.once`, `on:click|once` or `onclick`.
fn prop(name: &str) -> String {
    let event = ["v-on:", "@", "on:", "on"].iter().find_map(|start| name.strip_prefix(start)).unwrap_or(name);
    let event = event.split(['.', '|']).next().unwrap_or(event);
    let mut chars = event.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    ['o', 'n'].into_iter().chain(first).chain(chars).collect()
}
