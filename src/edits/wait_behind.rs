//! The fix of `connection-held-across-io` where the wait stands between two uses and gives nothing to what follows: its
//! whole statement goes behind what ends the hold.
//!
//! Only for what is sent to someone else, as mail: a pause between two uses is meant. Names no library.

use super::hold::Hold;
use crate::facts::walk::nodes;
use crate::facts::{Function, Node, Span, Value, VarRef};
use crate::finding::lines;
use crate::ownership::release::{Meanwhile, Slow};

type Rewritten = (String, Vec<(Span, String)>);

/// What leaves the lines between, so that the wait would be passed over.
const LEAVES: [&str; 4] = ["return", "break", "continue", "yield"];

pub(super) fn wait_behind(hold: &Hold) -> Option<Rewritten> {
    let sends = matches!(hold.overlap.what, Meanwhile::Waits(Slow::Request | Slow::Mail | Slow::Publish));
    let written = hold.text(hold.wait);
    let (upto, end, title) = match hold.is_block {
        true => (hold.below.span.end, hold.below.span.end, "Wait behind the end of the block".to_string()),
        false => {
            let releases = hold.releases();
            let [(line, method)] = releases.as_slice() else { return None };
            let flush = lines::indent(hold.text(*line)) == hold.below.indent;
            let whole = written_whole(hold, *line) && flush;
            whole.then(|| (line.start, line.end, format!("Wait behind `{method}`")))?
        }
    };
    let between = Span { start: hold.wait.end, end: upto };
    let leaves = |text: &str| LEAVES.iter().any(|word| lines::mentions(text, word));
    let may_move = sends && !hold.mentions(hold.wait) && !hold.locks() && between.start < upto;
    if !may_move || leaves(written) || leaves(hold.text(between)) {
        return None;
    }
    let stays = Apart { hold, between };
    stays.holds().then_some(())?;
    let moved = match hold.is_block {
        true => lines::shallower(written, hold.step()?)?,
        false => written.to_string(),
    };
    let gone = lines::with_blank(hold.below.text, hold.wait);
    let parted = if hold.is_block { "" } else { "\n" };
    let behind = format!("{parted}{}", lines::unpadded(&moved));
    Some((title, vec![(gone, String::new()), (Span { start: end, end }, behind)]))
}

/// The release is a statement by itself.
fn written_whole(hold: &Hold, line: Span) -> bool {
    let own = hold.below.statements().unwrap_or_default();
    let value = hold.is_rust() && !hold.text(line).trim_end().ends_with(';');
    own.iter().any(|own| own.start == line.start && own.end == line.end) && line.start >= hold.wait.end && !value
}

/// The variable that is written, itself or a part of it.
fn own(target: &Value) -> Option<VarRef> {
    match target.root() {
        Value::Var(var) => Some(*var),
        _ => None,
    }
}

/// The wait and the lines behind that it is to change places with.
struct Apart<'h, 'p, 'a> {
    hold: &'h Hold<'p, 'a>,
    between: Span,
}

impl Apart<'_, '_, '_> {
    /// Neither gives anything to the other.
    fn holds(&self) -> bool {
        let (program, wait) = (&self.hold.project.program, self.hold.wait);
        let function = program.function(self.hold.f);
        let rest = Span { start: wait.end, end: function.span.end };
        nodes(&function.body).all(|node| match node {
            Node::Bind { target, span, .. } if wait.contains(*span) => {
                own(target).is_some_and(|var| !lines::mentions(self.hold.text(rest), self.name(var)))
            }
            Node::Bind { target, span, .. } if self.between.contains(*span) => {
                own(target).is_none_or(|var| !lines::mentions(self.hold.text(wait), self.name(var)))
            }
            _ => true,
        }) && (!self.hold.is_rust() || self.read(function).all(|name| self.is_left(name)))
    }

    fn name(&self, var: VarRef) -> &str {
        &self.hold.project.program.facts(self.hold.f.file).local(var).name
    }

    /// The variables that the wait reads.
    fn read<'f>(&self, function: &'f Function) -> impl Iterator<Item = &'f str> {
        let written = self.hold.text(self.hold.wait);
        let names = function.locals.iter().map(|local| local.name.as_str());
        names.filter(move |name| !name.is_empty() && lines::mentions(written, name))
    }

    /// The lines between only borrow or clone what the variable has, or take a field that the wait does not read: the
    /// rest is still there behind them.
    fn is_left(&self, name: &str) -> bool {
        let read: Vec<Option<&str>> = uses(self.hold.text(self.hold.wait), name).map(|it| it.field()).collect();
        uses(self.hold.text(self.between), name).all(|it| {
            let other = it.field().is_some_and(|field| read.iter().all(|read| read.is_some_and(|read| read != field)));
            it.lends() || other
        })
    }
}

/// A place that names a variable.
struct Use<'t> {
    before: &'t str,
    after: &'t str,
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the text names the variable itself: no field, argument or type of that name.
fn uses<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = Use<'t>> {
    text.match_indices(name).map(|(at, _)| Use { before: &text[..at], after: &text[at + name.len()..] }).filter(|it| {
        let longer = it.before.ends_with(|c: char| is_part(c) || c == '.') || it.after.starts_with(is_part);
        let labels = it.after.starts_with(':');
        !longer && !labels
    })
}

impl<'t> Use<'t> {
    /// The field of it that is read; `None` for the whole, which a method is asked of too.
    fn field(&self) -> Option<&'t str> {
        let rest = self.after.strip_prefix('.')?;
        let (field, next) = rest.split_at(rest.find(|c: char| !is_part(c)).unwrap_or(rest.len()));
        (!next.starts_with('(')).then_some(field)
    }

    /// It is borrowed or cloned.
    fn lends(&self) -> bool {
        let path = self.after.find(|c: char| !is_part(c) && c != '.').unwrap_or(self.after.len());
        let cloned = self.after[..path].ends_with(".clone") && self.after[path..].starts_with("()");
        cloned || self.before.ends_with(['&', '*'])
    }
}

#[cfg(test)]
mod tests {
    use super::uses;

    #[test]
    fn a_use_names_the_variable_and_its_field() {
        let text = "Name { user: user.id, mail: other.user, all: &user, it: user.mail.clone(), was: user.take() }";
        let found: Vec<_> = uses(text, "user").map(|it| (it.field(), it.lends())).collect();
        assert_eq!(found, [(Some("id"), false), (None, true), (Some("mail"), true), (None, false)]);
    }
}
