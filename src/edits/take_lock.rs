//! The fix of `racy-singleton` in Python: a lock, kept beside the cell, is held from the look at it until it is filled.
//!
//! Moves whole lines, and gives up where the cell is not declared empty in the same file. Names no library.

use super::imports::is_standard;
use crate::checks::Project;
use crate::checks::racy::Race;
use crate::facts::{Language, Span};
use crate::finding::{Applicability, Edit, Fix, lines};

/// The cell as the text writes it: `self._pool` is `_pool` in `self.`.
struct Cell<'t> {
    owner: &'t str,
    name: &'t str,
}

pub fn fix(project: &Project, race: &Race) -> Option<Fix> {
    let program = &project.program;
    let facts = program.facts(race.f.file);
    if facts.language != Language::Python || program.call(race.call).function != race.f.id {
        return None;
    }
    let file = program.units[race.f.file as usize].source;
    let text = &project.inputs.files.get(file.index())?.text;
    let cell = Cell::of(text.get(race.fill.range())?)?;
    let lock = cell.lock();
    let around = program.class_around(race.f).map(|class| program.class(class).span);
    let declared = cell.declaration(text, around)?;
    let held = guarded(text, race.check, race.fill)?;
    if lines::mentions(text, &lock) {
        return None;
    }
    let mut edits = vec![declare(text, declared, &lock)?, hold(text, held, &format!("{}{lock}", cell.owner))?];
    edits.extend(import(text)?);
    let edits = edits.into_iter().map(|(span, text)| Edit { file, span, text }).collect();
    let title = format!("Hold a lock while `{}` is filled", cell.name);
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

impl<'t> Cell<'t> {
    /// What the statement assigns to, without the type that it may be written with.
    fn of(fill: &'t str) -> Option<Self> {
        let target = fill.split('=').next()?.split(':').next()?.trim();
        let (owner, name) = target.split_at(target.rfind('.').map_or(0, |dot| dot + 1));
        let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
        let plain = word(name) && (owner.is_empty() || owner.strip_suffix('.').is_some_and(word));
        plain.then_some(Self { owner, name })
    }

    fn lock(&self) -> String {
        let loud = !self.name.contains(char::is_lowercase);
        format!("{}{}", self.name, if loud { "_LOCK" } else { "_lock" })
    }

    /// The line that declares the cell empty: of the module, or in the class around.
    fn declaration(&self, text: &str, class: Option<Span>) -> Option<Span> {
        let whole = Span::new(0, text.len());
        let (span, depth) = if self.owner.is_empty() { (whole, Some(0)) } else { (class?, None) };
        let body = text.get(span.range())?;
        let mut at = span.start as usize;
        body.split_inclusive('\n').find_map(|line| {
            let start = at;
            at += line.len();
            let fits = depth.is_none_or(|depth| lines::indent(line).len() == depth) && self.is_emptied(line);
            fits.then(|| Span::new(start, at))
        })
    }

    /// `_pool = None`, `self._pool: Pool | None = None`.
    fn is_emptied(&self, line: &str) -> bool {
        let code = line.split('#').next().unwrap_or_default().trim();
        let Some((target, value)) = code.split_once('=') else { return false };
        let target = target.split(':').next().unwrap_or_default().trim();
        value.trim() == "None" && (target == self.name || target.strip_prefix(self.owner) == Some(self.name))
    }
}

/// The lines from the look at the cell on: the branch that fills it, or the rest of the block after an early return.
fn guarded(text: &str, check: Span, fill: Span) -> Option<Span> {
    let look = lines::around(text, Span { start: check.start, end: check.start })?;
    let fill = lines::around(text, fill)?;
    let indent = lines::indent(text.get(look.range())?);
    let deep = |line: &str| lines::indent(line).len();
    let branch = deep(text.get(fill.range())?) > indent.len();
    let inside =
        |line: &&str| line.trim().is_empty() || deep(line) > indent.len() || !branch && line.starts_with(indent);
    let rest = text.get(look.end as usize..)?;
    let length: usize = rest.split_inclusive('\n').take_while(inside).map(str::len).sum();
    let body = rest.get(..length)?;
    let end = look.end as usize + body.trim_end().len();
    let next = rest.get(length..)?.trim_start();
    let other = branch && (next.starts_with("else") || next.starts_with("elif"));
    let end = end + text.get(end..)?.split_inclusive('\n').next().map_or(0, str::len);
    (!other && fill.end as usize <= end).then(|| Span::new(look.start as usize, end))
}

fn declare(text: &str, declared: Span, lock: &str) -> Option<(Span, String)> {
    let line = text.get(declared.range()).filter(|line| line.ends_with('\n'))?;
    let owner = if line.trim_start().starts_with("self.") { "self." } else { "" };
    let after = Span { start: declared.end, end: declared.end };
    Some((after, format!("{}{owner}{lock} = asyncio.Lock()\n", lines::indent(line))))
}

fn hold(text: &str, held: Span, lock: &str) -> Option<(Span, String)> {
    let body = text.get(held.range())?;
    let moved = lines::deeper(body, lines::step(text))?;
    Some((held, format!("{}async with {lock}:\n{moved}", lines::indent(body))))
}

/// The module of locks among the imports, when it is not there yet. None where it cannot be put.
fn import(text: &str) -> Option<Option<(Span, String)>> {
    if text.lines().any(|line| line.trim_end() == "import asyncio") {
        return Some(None);
    }
    let first =
        |line: &&str| line.starts_with("import ") || line.starts_with("from ") && !line.starts_with("from __future__");
    let before: usize = text.split_inclusive('\n').take_while(|line| !first(line)).map(str::len).sum();
    let next = text.get(before..)?.split_whitespace().nth(1)?;
    // Imports of the language's own library stand apart from others.
    let blank = if is_standard(next.trim_end_matches(',')) { "" } else { "\n" };
    Some(Some((Span::new(before, before), format!("import asyncio\n{blank}"))))
}

#[cfg(test)]
mod tests {
    use super::guarded;
    use crate::facts::Span;

    #[test]
    fn the_branch_is_held_whatever_ends_its_lines() {
        for end in ["\n", "\r\n"] {
            let text = ["async def get():", "    if not pool:", "        pool = await open()", "    return pool", ""];
            let text = text.join(end);
            let at = |word: &str| text.find(word).map(|at| Span::new(at, at + word.len())).unwrap();
            let held = guarded(&text, at("not pool"), at("pool = await open()")).unwrap();
            let whole = ["    if not pool:", "        pool = await open()", ""].join(end);
            assert_eq!(text.get(held.range()), Some(&*whole));
        }
    }
}
