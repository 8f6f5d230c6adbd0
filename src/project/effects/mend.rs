//! The code that would release what an effect opens.
//!
//! Only where that is unambiguous: one opener, in the effect's own body, with a name for all that
//! the release needs. Knows no library: the opener's row says what a release looks like.

use super::fits::{Fit, Fitting};
use super::handles::Handle;
use super::owners::Owner;
use super::{Effects, Fault, Open};
use crate::catalog::schema::{Kind, Release, ReleaseOn};
use crate::facts::{Call, Node, Span, Value};
use crate::project::eval::returned;
use crate::project::program::CallRef;

/// What to write, and where, in the file of the effect.
pub struct Mend {
    pub edits: Vec<(Span, String)>,
}

pub(super) struct Writer<'e> {
    pub text: &'e str,
    /// The opener's call.
    pub call: &'e Call,
    pub edits: Vec<(Span, String)>,
}

pub fn mend<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    (fault, proof): (Fault, Option<CallRef>),
    opens: &[Open<'a>],
) -> Option<Mend> {
    match (fault, proof) {
        (Fault::Missing, _) if open.path.is_empty() => released(effects, owner, open, opens),
        (Fault::Missing, _) => handed_back(effects, owner, open, opens),
        (_, Some(proof)) => super::correct::correct(effects, owner, open, fault, proof),
        _ => None,
    }
}

/// The effect's last statement calls a function that returns what releases: it is returned too.
fn handed_back<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>, opens: &[Open<'a>]) -> Option<Mend> {
    let call = *open.path.first().filter(|call| owner.returns && effects.at(**call) == owner.start)?;
    let function = effects.program.function(owner.start);
    let all_there = opens.iter().all(|other| other.path.first() == Some(&call));
    if !all_there || function.flags.is_async || has_exit(&function.body) || !returns_release(effects, open, call) {
        return None;
    }
    let source = effects.program.units[owner.start.file as usize].source;
    let text: &str = &effects.project.inputs.files.get(source.index())?.text;
    let data = effects.program.call(call);
    let after = text.get(data.span.end as usize..function.span.end as usize)?;
    let is_last = after.trim_start_matches(';').trim() == "}";
    let writer = Writer { text, call: data, edits: Vec::new() };
    let (start, _) = writer.statement().filter(|_| is_last && !data.awaited)?;
    Some(Mend { edits: vec![(Span { start, end: start }, "return ".into())] })
}

fn returns_release<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, call: CallRef) -> bool {
    let [f] = effects.project.graph.target(call).map_or(&[][..], |target| target.functions.as_slice()) else {
        return false;
    };
    let handle = Handle::of(effects, open);
    let fitting = Fitting { effects, open, handle: &handle };
    let events = super::ends::ends(effects, &[], &super::owners::returned_by(effects, *f)).events;
    events.iter().any(|event| fitting.fit(event) == Fit::Releases)
}

/// The cleanup that an effect lacks.
fn released<'a>(effects: &Effects<'_, 'a>, owner: &Owner<'a>, open: &Open<'a>, opens: &[Open<'a>]) -> Option<Mend> {
    let plain = owner.returns && opens.len() == 1;
    let direct = open.from == owner.start && open.preds.is_empty() && !open.late && owner.effect.is_some();
    let function = effects.program.function(owner.start);
    let mut values = Vec::new();
    returned(&function.body, &mut values);
    if !plain || !direct || !values.is_empty() || function.flags.is_async || has_exit(&function.body) {
        return None;
    }
    let source = effects.program.units[owner.start.file as usize].source;
    let text: &str = &effects.project.inputs.files.get(source.index())?.text;
    let call = effects.program.call(open.call);
    let mut writer = Writer { text, call, edits: Vec::new() };
    let release = writer.release(effects, open)?;
    writer.insert_cleanup(function.span, &release)?;
    Some(Mend { edits: writer.edits })
}

fn has_exit(body: &[Node]) -> bool {
    body.iter()
        .any(|node| matches!(node, Node::Return { .. }) || node.blocks().into_iter().any(|inner| has_exit(inner)))
}

/// The result may be a function or an object: which, only the library knows.
fn is_ambiguous(open: &Open) -> bool {
    let releases = &open.opener.releases;
    releases.iter().any(|release| release.call)
        && releases.iter().any(|release| !release.call && release.on == ReleaseOn::Handle)
}

/// Names that suit what is opened, in order of choice.
fn names_for(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Timer => &["timer", "intervalId"],
        Kind::Observer => &["observer", "watcher"],
        Kind::Subscription | Kind::Listener => &["unsubscribe", "release"],
        _ => &["connection", "opened"],
    }
}

impl Writer<'_> {
    pub fn slice(&self, span: Span) -> Option<&str> {
        self.text.get(span.range())
    }

    /// The statement that releases, after what is needed has got a name.
    fn release(&mut self, effects: &Effects, open: &Open) -> Option<String> {
        let release = open.opener.releases.first()?;
        match release.on {
            ReleaseOn::Receiver if !release.methods.is_empty() => self.on_receiver(effects, open, release),
            ReleaseOn::Receiver => None,
            _ if is_ambiguous(open) => None,
            _ => {
                let name = self.handle_name(effects, open)?;
                match (release.call, release.functions.first(), release.methods.first()) {
                    (true, ..) => Some(format!("{name}()")),
                    (_, Some(function), _) => Some(format!("{function}({name})")),
                    (_, _, Some(method)) if release.on == ReleaseOn::Handle => Some(format!("{name}.{method}()")),
                    _ => None,
                }
            }
        }
    }

    fn on_receiver(&mut self, effects: &Effects, open: &Open, release: &Release) -> Option<String> {
        let Value::Member(base, _) = &self.call.callee else { return None };
        effects.key(open.call.file, base).filter(|key| !key.contains('('))?;
        let callee = self.slice(self.call.callee_span)?;
        let receiver = callee.rsplit_once('.').map(|(receiver, _)| receiver.trim_end_matches('?').to_string())?;
        let mut args = Vec::new();
        for what in &release.same {
            match what.as_str() {
                "event" => args.push(self.slice(self.call.positional(open.opener.event?)?.span)?.to_string()),
                "handler" => args.push(self.handler_name(open)?),
                "capture" => args.extend(self.options(open)),
                _ => return None,
            }
        }
        Some(format!("{receiver}.{}({})", release.methods.first()?, args.join(", ")))
    }

    fn options(&self, open: &Open) -> Option<String> {
        let arg = self.call.positional(open.opener.options?)?;
        self.slice(arg.span).map(str::to_string)
    }

    /// The handler's name; a closure written in place gets one.
    pub fn handler_name(&mut self, open: &Open) -> Option<String> {
        let arg = self.call.positional(open.opener.handler?)?;
        let written = self.slice(arg.span)?.to_string();
        match &arg.value {
            Value::Var(_) | Value::Member(..) => Some(written),
            Value::Closure(_) if !written.starts_with("function") => {
                let name = self.free_name(&["handler", "listener", "handleEvent"])?;
                let (start, indent) = self.statement()?;
                self.edits.push((arg.span, name.clone()));
                self.edits.push((Span { start, end: start }, format!("const {name} = {written};\n{indent}")));
                Some(name)
            }
            _ => None,
        }
    }

    /// The name of the variable that holds the result; a bare call gets one.
    pub fn handle_name(&mut self, effects: &Effects, open: &Open) -> Option<String> {
        let index = &effects.program.index[open.call.file as usize];
        let holds = |value: &Value| matches!(value, Value::Call(id) if *id == open.call.id);
        let bound = index.vars.iter().find(|(_, bounds)| bounds.iter().any(|b| holds(b.value)));
        if let Some((var, _)) = bound {
            return (var.function == open.from.id)
                .then(|| effects.program.facts(open.call.file).local(*var).name.clone());
        }
        let name = self.free_name(names_for(open.opener.kind))?;
        let (start, _) = self.statement().filter(|_| self.is_whole())?;
        self.edits.push((Span { start, end: start }, format!("const {name} = ")));
        Some(name)
    }

    fn free_name(&self, names: &[&str]) -> Option<String> {
        names.iter().find(|name| !self.text.contains(**name)).map(|name| (*name).to_string())
    }

    /// Nothing of the statement comes after the call: no member, no assignment.
    fn is_whole(&self) -> bool {
        let rest = self.text.get(self.call.span.end as usize..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_start();
        let ends = line.trim().is_empty() || line.starts_with(';') || line.starts_with("//");
        ends && !rest.trim_start().starts_with(['.', '=', '?'])
    }

    /// Where the call's statement starts, when the call is all of it, and its indentation.
    fn statement(&self) -> Option<(u32, String)> {
        let start = self.call.span.start as usize;
        let before = self.text.get(..start)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let indent = before.get(line..)?;
        indent.trim().is_empty().then(|| (self.call.span.start, indent.to_string()))
    }

    /// Writes `return () => …` before the end of the effect.
    fn insert_cleanup(&mut self, function: Span, release: &str) -> Option<()> {
        let whole = self.slice(function)?;
        let close = function.start as usize + whole.trim_end().strip_suffix('}')?.len();
        let line = self.text.get(..close)?.rfind('\n').map_or(0, |at| at + 1);
        let outer = self.text.get(line..close)?;
        let (_, indent) = self.statement_of_line()?;
        let end = if self.ends_with_semicolon() { ";" } else { "" };
        if !outer.trim().is_empty() {
            return None;
        }
        let unit = indent.strip_prefix(outer).filter(|unit| !unit.is_empty()).unwrap_or("  ").to_string();
        let code = format!("{indent}return () => {{\n{indent}{unit}{release}{end}\n{indent}}}{end}\n");
        let at = line as u32;
        self.edits.push((Span { start: at, end: at }, code));
        Some(())
    }

    /// The indentation of the line on which the call starts.
    fn statement_of_line(&self) -> Option<(usize, String)> {
        let before = self.text.get(..self.call.span.start as usize)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let indent: String = before.get(line..)?.chars().take_while(|c| c.is_whitespace()).collect();
        Some((line, indent))
    }

    fn ends_with_semicolon(&self) -> bool {
        self.text
            .get(self.call.span.end as usize..)
            .is_some_and(|rest| rest.trim_start_matches([' ', ')']).starts_with(';'))
    }
}
