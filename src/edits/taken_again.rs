//! The fix of `connection-held-across-io` where what is held is used on both sides of the wait, or after it in each turn of
//! a loop: it is given back before, and the same lines take it again after the wait.
//!
//! Only for what nothing outlasts, as far as the text tells: no transaction, no lock, no setting of its session, and
//! nothing written before the wait. Names no library.

use super::hold::Hold;
use super::statements::Below;
use crate::catalog::schema::Kind;
use crate::catalog::words::release::{SETTLING, STAYING};
use crate::facts::Span;
use crate::finding::lines;

type Rewritten = (String, Vec<(Span, String)>);

pub(super) fn taken_again(hold: &Hold, used_before: bool) -> Option<Rewritten> {
    let again = Again::of(hold, used_before)?;
    again.in_loop().or_else(|| again.around_wait())
}

struct Again<'h, 'p, 'a> {
    hold: &'h Hold<'p, 'a>,
    used_before: bool,
    /// The lines that take it.
    head: &'h str,
    /// What follows the wait.
    after: Span,
    /// Its new name, where the lines that take it read the one that they give: `let pool = pool.get()`.
    renamed: Option<&'static str>,
}

/// What a connection may be called that gets another name.
const NAMES: [&str; 3] = ["connection", "held", "taken"];

/// A loop that waits first and uses the connection then, in each turn.
struct Turn<'h> {
    below: Below<'h>,
    /// The statement of its body that waits.
    wait: Span,
}

impl<'h, 'p, 'a> Again<'h, 'p, 'a> {
    fn of(hold: &'h Hold<'p, 'a>, used_before: bool) -> Option<Self> {
        let head = hold.below.text.get(hold.head.range())?;
        let after = Span { start: hold.wait.end, end: hold.below.span.end };
        let renamed = Self::renamed(hold, head);
        let again = Self { hold, used_before, head, after, renamed };
        let works = hold.overlap.resource.kind(&hold.project.program) == Some(Kind::Session);
        let fits = (hold.is_rust() || hold.is_block) && hold.may_drop() && !works;
        (fits && again.is_repeatable() && !again.lasts() && !hold.lends_on()).then_some(again)
    }

    /// What the lines take it from.
    fn taken(hold: &Hold, head: &'h str) -> Option<&'h str> {
        match hold.is_block {
            true => head.rsplit_once(" as ").map(|(taken, _)| taken),
            false => head.split_once(" = ").map(|(_, taken)| taken),
        }
    }

    fn renamed(hold: &Hold, head: &'h str) -> Option<&'static str> {
        let taken = Self::taken(hold, head).filter(|_| hold.is_rust() && !hold.is_block)?;
        let text = hold.below.text;
        reads(taken, hold.name).then(|| NAMES.into_iter().find(|name| !lines::mentions(text, name))).flatten()
    }

    /// The lines mean the same where they stand once more: they neither read the name that they give, nor use up what
    /// they are given.
    fn is_repeatable(&self) -> bool {
        let name = self.hold.name;
        let borrows = |taken: &str| taken.split('(').skip(1).all(|rest| rest.starts_with([')', '&', '"']));
        Self::taken(self.hold, self.head).is_some_and(|taken| {
            (!reads(taken, name) || self.renamed.is_some()) && (!self.hold.is_rust() || borrows(taken))
        })
    }

    /// The lines that take it, with its new name.
    fn head(&self) -> String {
        let renamed = self.renamed.map(|name| self.head.replacen(self.hold.name, name, 1));
        renamed.unwrap_or_else(|| self.head.to_string())
    }

    /// Its new name wherever it is used; `None` where one of the places may be something else.
    fn renaming(&self) -> Option<Vec<(Span, String)>> {
        let (Some(new), hold) = (self.renamed, self.hold) else { return Some(Vec::new()) };
        let first = hold.head.start + self.head.find(hold.name)? as u32;
        let at = |start: u32| (Span { start, end: start + hold.name.len() as u32 }, new.to_string());
        let mut edits = vec![at(first)];
        let written = hold.below.written(hold.below.span);
        for (found, _) in written.match_indices(hold.name) {
            let (before, after) = (&written[..found], &written[found + hold.name.len()..]);
            let part = |c: char| c.is_alphanumeric() || c == '_';
            let other = before.ends_with(part) || after.starts_with(part) || before.ends_with('.');
            let own = before.ends_with(['&', '*']) || before.ends_with("&mut ") || after.starts_with(['.', '\n']);
            match () {
                () if other => {}
                () if own => edits.push(at(hold.below.span.start + found as u32)),
                () => return None,
            }
        }
        Some(edits)
    }

    /// Something that was begun on it goes on until it is given back, or is settled after the wait.
    fn lasts(&self) -> bool {
        let before = Span { start: self.hold.head.start, end: self.hold.wait.start };
        let written = self.hold.below.written(before).to_lowercase();
        let rest = self.hold.below.written(self.hold.below.span).to_lowercase();
        self.hold.locks()
            || STAYING.iter().any(|word| written.contains(word))
            || SETTLING.iter().any(|word| settles(&rest, word))
    }

    fn dropped(&self) -> String {
        format!("{}drop({});\n", self.hold.below.indent, self.renamed.unwrap_or(self.hold.name))
    }

    fn step(&self) -> Option<&'h str> {
        self.hold.below.indent.strip_prefix(lines::indent(self.head)).filter(|step| !step.is_empty())
    }

    /// The wait stands between two uses.
    fn around_wait(&self) -> Option<Rewritten> {
        let hold = self.hold;
        if !self.used_before || hold.mentions(hold.wait) || !hold.mentions(self.after) {
            return None;
        }
        let title = "Give it back before the wait, and take it again after it".to_string();
        let wait = hold.wait;
        if !hold.is_block {
            let at = |at: u32| Span { start: at, end: at };
            let mut edits = self.renaming()?;
            edits.extend([(at(wait.start), self.dropped()), (at(wait.end), self.head())]);
            return Some((title, edits));
        }
        let rest = hold.below.written(self.after);
        let blank = rest.len() - rest.trim_start_matches(['\n', '\r']).len();
        let moved = lines::shallower(hold.below.written(wait), self.step()?)?;
        let between = rest.get(..blank)?;
        let whole = Span { start: wait.start, end: wait.end + blank as u32 };
        Some((title, vec![(whole, format!("{moved}{between}{}", self.head))]))
    }

    /// Each turn of the loop waits before it uses the connection.
    fn in_loop(&self) -> Option<Rewritten> {
        let hold = self.hold;
        if self.renamed.is_some() {
            return None;
        }
        let turn = self.turn().filter(|_| !hold.mentions(self.after))?;
        let rest = Span { start: turn.wait.end, end: turn.below.span.end };
        let next = hold.below.text.get(rest.start as usize..)?.trim_start();
        let taken = match hold.names_anew(next) {
            true if !self.used_before => return None,
            true => String::new(),
            false => format!("{}{}", turn.below.indent, self.head.trim_start()),
        };
        let title = "Take it in the loop, after the wait".to_string();
        if !hold.is_block {
            let mut edits = vec![(Span { start: rest.start, end: rest.start }, taken)];
            match self.used_before {
                true => edits.push((Span { start: hold.wait.start, end: hold.wait.start }, self.dropped())),
                false => edits.push((lines::with_blank(hold.below.text, hold.head), String::new())),
            }
            return Some((title, edits));
        }
        let step = self.step().filter(|step| turn.below.indent.strip_suffix(step) == Some(hold.below.indent))?;
        let start = if self.used_before { hold.wait.start } else { hold.head.start };
        let first = if self.used_before { hold.wait.start } else { hold.head.end };
        let before = lines::shallower(hold.below.written(Span { start: first, end: rest.start }), step)?;
        let after = lines::shallower(hold.below.written(Span { start: rest.end, ..self.after }), step)?;
        let head = format!("{}{}", hold.below.indent, self.head.trim_start());
        let whole = Span { start, end: hold.below.span.end };
        Some((title, vec![(whole, format!("{before}{head}{}{after}", hold.below.written(rest)))]))
    }

    fn turn(&self) -> Option<Turn<'h>> {
        let (hold, text) = (self.hold, self.hold.below.text);
        let first = hold.below.written(hold.wait).split_inclusive('\n').find(|line| !is_comment(line))?;
        let opens = ["for ", "async for ", "while ", "loop "].iter().any(|word| first.trim_start().starts_with(word));
        let at = hold.wait.start as usize + hold.below.written(hold.wait).find(first)? + first.len();
        let deep = lines::indent(text.get(at..)?.lines().find(|line| !line.trim().is_empty())?);
        let below = Below::at(text, at as u32, deep)?;
        let place = hold.project.program.call(hold.overlap.at).span;
        let wait = below.statements()?.into_iter().find(|own| own.start <= place.start && place.end <= own.end)?;
        let upto = Span { start: hold.wait.start, end: wait.end };
        let rest = Span { start: wait.end, end: below.span.end };
        let ends = hold.below.written(Span { start: below.span.end, end: hold.wait.end }).trim();
        let plain = opens && first.trim_end().ends_with(['{', ':']) && matches!(ends, "" | "}");
        (plain && !hold.mentions(upto) && hold.mentions(rest)).then_some(Turn { below, wait })
    }
}

/// The word is called, or ends such work in a text.
fn settles(rest: &str, word: &str) -> bool {
    const QUOTES: [char; 3] = ['"', '\'', '`'];
    rest.match_indices(word).any(|(at, _)| {
        let (before, after) = (&rest[..at], &rest[at + word.len()..]);
        let part = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let ends = after.starts_with(['(', ';']) || after.starts_with(QUOTES);
        !part && (ends || before.trim_end().ends_with(QUOTES))
    })
}

/// The name itself is read, not a field of that name.
fn reads(taken: &str, name: &str) -> bool {
    lines::mentions(&taken.replace(&format!(".{name}"), "."), name)
}

fn is_comment(line: &str) -> bool {
    ["//", "#"].iter().any(|mark| line.trim_start().starts_with(mark))
}
