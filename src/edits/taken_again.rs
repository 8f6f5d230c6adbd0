//! The fix of `connection-held-across-io` where what is held is used on both sides of the wait, or after it in each turn of
//! a loop: it is given back before, and the same lines take it again after the wait.
//!
//! Only for what nothing outlasts, as far as the text tells: no transaction, no lock, no setting of its session, and
//! nothing written before the wait. Names no library.

use super::before_wait::Hold;
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
}

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
        let again = Self { hold, used_before, head, after };
        let works = hold.overlap.resource.kind(&hold.project.program) == Some(Kind::Session);
        let fits = (hold.is_rust() || hold.is_block) && hold.may_drop() && !works;
        (fits && again.is_repeatable() && !again.lasts() && !hold.lends_on()).then_some(again)
    }

    /// The lines mean the same where they stand once more: they neither read the name that they give, nor use up what
    /// they are given.
    fn is_repeatable(&self) -> bool {
        let name = self.hold.name;
        let taken = match self.hold.is_block {
            true => self.head.rsplit_once(" as ").map(|(taken, _)| taken),
            false => self.head.split_once(" = ").map(|(_, taken)| taken),
        };
        let borrows = |taken: &str| taken.split('(').skip(1).all(|rest| rest.starts_with([')', '&', '"']));
        taken.is_some_and(|taken| !lines::mentions(taken, name) && (!self.hold.is_rust() || borrows(taken)))
    }

    /// Something that was begun on it goes on until it is given back, or is settled after the wait.
    fn lasts(&self) -> bool {
        let before = Span { start: self.hold.head.start, end: self.hold.wait.start };
        let written = self.hold.below.written(before).to_lowercase();
        let rest = self.hold.below.written(self.hold.below.span).to_lowercase();
        STAYING.iter().any(|word| written.contains(word)) || SETTLING.iter().any(|word| rest.contains(word))
    }

    fn dropped(&self) -> String {
        format!("{}drop({});\n", self.hold.below.indent, self.hold.name)
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
            return Some((title, vec![(at(wait.start), self.dropped()), (at(wait.end), self.head.to_string())]));
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

fn is_comment(line: &str) -> bool {
    ["//", "#"].iter().any(|mark| line.trim_start().starts_with(mark))
}
