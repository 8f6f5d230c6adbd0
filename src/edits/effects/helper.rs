//! What an effect opens through a function that it calls: that function gives back what releases, and the effect
//! returns it.
//!
//! Only for a call that stands in the effect itself, of a function of the same file that returns nothing else. Knows
//! no library.

use super::naming::{Reach, Writer};
use super::{Closing, Mend, source, stands_alone};
use crate::facts::walk::returns;
use crate::facts::{FnKind, Node, returned};
use crate::ownership::effects::model::{Fit, Fitting, Handle, Owner};
use crate::ownership::effects::{Effects, Open};
use crate::program::{CallRef, FnRef};

pub(crate) fn handed_back<'a>(
    effects: &Effects<'_, 'a>,
    owner: &Owner<'a>,
    open: &Open<'a>,
    (opens, alone): (&[Open<'a>], bool),
) -> Option<Mend> {
    let call = *open.path.first().filter(|call| owner.returns && effects.at(**call) == owner.start)?;
    let function = effects.program.function(owner.start);
    let all_there = opens.iter().all(|other| other.path.first() == Some(&call));
    let concise = is_concise(effects, owner.start);
    let releases = returns_release(effects, open, call);
    let stands = || function.body.iter().any(|node| matches!(node, Node::Call(id) if *id == call.id));
    let kept = releases && alone && !concise && stands();
    let fits = all_there || kept;
    if !fits || function.flags.is_async || returns(&function.body) && !concise {
        return None;
    }
    let data = effects.program.call(call);
    let mut writer = Writer::new(effects, owner.start.file, data)?;
    if concise {
        let end = given_back(effects, open, call, opens)?;
        return end.into_mend(effects, open, None);
    }
    let after = writer.text.get(data.span.end as usize..function.span.end as usize)?;
    let is_last = all_there && after.trim_start().trim_start_matches(';').trim() == "}";
    if !is_last && kept && !data.awaited {
        let (start, _) = writer.statement()?;
        let name = writer.free_name(&["release".into(), "stop".into()])?;
        writer.insert(start, format!("const {name} = "));
        let end = writer.returned_block(function.span, format!("{name}(){}", writer.style.end()))?;
        return Some(Mend::new(owner.start.file, writer, Some(end)));
    }
    let start = writer.begins().filter(|_| is_last && !data.awaited)?;
    writer.insert(start, "return ".into());
    if releases {
        return Some(Mend::new(owner.start.file, writer, None));
    }
    given_back(effects, open, call, opens)?.into_mend(effects, open, Some(writer))
}

/// The body is one expression, whose value the function returns.
fn is_concise(effects: &Effects, f: FnRef) -> bool {
    let function = effects.program.function(f);
    let written = source(effects, f.file).and_then(|text| text.get(function.span.range()));
    function.kind == FnKind::Closure && written.is_some_and(|written| !written.trim_end().ends_with('}'))
}

fn returns_release<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, call: CallRef) -> bool {
    let [f] = effects.project.graph.target(call).map_or(&[][..], |target| target.functions.as_slice()) else {
        return false;
    };
    let handle = Handle::of(effects, open);
    let fitting = Fitting { effects, open, handle: &handle };
    if effects.program.function(*f).flags.is_async {
        return false;
    }
    let events = crate::ownership::effects::ends::ends(
        effects,
        &[],
        &crate::ownership::effects::lifespan::returned_by(effects, *f),
    )
    .events;
    events.iter().any(|event| fitting.fit(event) == Fit::Releases)
}

/// What the function that opens gives back.
enum Given {
    /// The result of the call itself, which is what releases.
    Result,
    /// A function of its own.
    Block,
}

fn given_back<'a>(effects: &Effects<'_, 'a>, open: &Open<'a>, call: CallRef, opens: &[Open<'a>]) -> Option<Given> {
    let [f] = effects.project.graph.target(call)?.functions.as_slice() else { return None };
    let function = effects.program.function(*f);
    let mut values = Vec::new();
    returned(&function.body, &mut values);
    let direct = open.from == *f && open.path.len() == 1 && open.preds.is_empty() && !open.late;
    let plain = values.is_empty() && !function.flags.is_async && !returns(&function.body);
    if !direct || !plain || f.file != call.file || opens.len() > 1 || !stands_alone(&function.body, open) {
        return None;
    }
    let text = source(effects, f.file)?;
    let rest = text.get(effects.program.call(open.call).span.end as usize..function.span.end as usize)?;
    let last = rest.trim_start().trim_start_matches(';').trim() == "}";
    let by_call = open.opener.releases.first().is_some_and(|release| release.call) && open.opener.releases.len() == 1;
    Some(if last && by_call { Given::Result } else { Given::Block })
}

impl Given {
    fn into_mend<'a>(self, effects: &Effects<'_, 'a>, open: &Open<'a>, caller: Option<Writer<'_>>) -> Option<Mend> {
        let (file, data) = (open.call.file, effects.program.call(open.call));
        let mut writer = Writer::new(effects, file, data)?;
        let mut end: Option<Closing> = None;
        match self {
            Given::Result => {
                let start = writer.begins().filter(|_| !data.awaited)?;
                writer.insert(start, "return ".into());
            }
            Given::Block => {
                let release = writer.release(effects, open, &Reach::Here)?;
                end = Some(writer.returned_block(effects.program.function(open.from).span, release)?);
            }
        }
        writer.edits.extend(caller.into_iter().flat_map(|caller| caller.edits));
        Some(Mend::new(file, writer, end))
    }
}
