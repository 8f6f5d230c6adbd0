//! Takes variables out of finished facts that stand for nothing but what one statement does with a value.
//!
//! `found = make(); return found` is `return make()`, `kept = self.pool; kept.close()` is `self.pool.close()`, and
//! `options = {"size": 5}; make(**options)` is `make(size=5)`: later stages see one form of what can be written in two.
//! Knows no language.

use rustc_hash::FxHashMap;
use thin_vec::{ThinVec, thin_vec};

use super::{
    Arg, Block, CallId, Exported, FileFacts, FnId, Language, LocalKind, Node, Part, Pred, RecordEntry, Value, VarRef,
};

/// Writes a value in the place of each variable that is bound once, without a type, and read in one later statement of the
/// same block alone; in Rust in the next one, as a variable lives on to the end of its block there. The variables of the
/// top level and of a component are seen from outside and stay, but what is spread of them is copied.
pub fn fold(facts: &mut FileFacts) {
    let uses = Uses::of(facts);
    let component = facts.component;
    for id in facts.function_ids() {
        let mut body = std::mem::take(&mut facts.functions[id.index()].body);
        match id == FnId::TOP || component == Some(id) {
            true => spread_below(facts, &uses, id, &body),
            false => block(facts, &uses, id, &mut body),
        }
        facts.functions[id.index()].body = body;
    }
    facts.calls.iter_mut().for_each(|call| spread_records(&mut call.args));
    facts.folded.sort_unstable();
    facts.folded.dedup();
}

/// Puts records that a block binds where a call below spreads them.
fn spread_below(facts: &mut FileFacts, uses: &Uses, f: FnId, nodes: &[Node]) {
    for (at, node) in nodes.iter().enumerate() {
        node.blocks().for_each(|inner| spread_below(facts, uses, f, inner));
        let Some((var, value @ Value::Record { .. })) = temporary(facts, uses, f, node) else { continue };
        if uses.reads.get(&var) != Some(&1) {
            continue;
        }
        for later in nodes[at + 1..].iter().take(NEAR) {
            if let Node::Call(id) = later
                && put_spread(facts, *id, &Value::Var(var), &value)
            {
                break;
            }
        }
    }
}

/// What a record has that is spread among the arguments is given by name.
fn spread_records(args: &mut ThinVec<Arg>) {
    let whole = |arg: &Arg| {
        let in_sight = matches!(&arg.value, Value::Record { spreads, open: false, .. } if spreads.is_empty());
        arg.spread && arg.name.is_none() && in_sight
    };
    if !args.iter().any(whole) {
        return;
    }
    let given = std::mem::take(args).into_iter();
    *args = given.flat_map(|arg| if whole(&arg) { entries(arg) } else { thin_vec![arg] }).collect();
}

fn entries(arg: Arg) -> ThinVec<Arg> {
    let Value::Record { entries, .. } = arg.value else { return ThinVec::new() };
    let named = |entry: RecordEntry| Arg { name: Some(entry.key), value: entry.value, spread: false, span: entry.span };
    entries.into_iter().map(named).collect()
}

/// A variable is folded only into one of so many nodes after it, so that long bodies take no longer by the square.
const NEAR: usize = 64;

fn block(facts: &mut FileFacts, uses: &Uses, f: FnId, nodes: &mut Block) {
    // From the end, so that a row of such variables becomes one value.
    for at in (0..nodes.len()).rev() {
        for inner in nodes[at].blocks_mut() {
            block(facts, uses, f, inner);
        }
        let Some((var, value)) = temporary(facts, uses, f, &nodes[at]) else { continue };
        let reads = uses.reads.get(&var).copied().unwrap_or_default();
        if !matches!(reads, 1 | 2) {
            continue;
        }
        let var = Value::Var(var);
        let near = reach(facts.language, &value, &nodes[at + 1..]);
        if (at + 1..=at + near).any(|next| put(facts, &mut nodes[next..], &var, &value, reads)) {
            nodes.remove(at);
        }
    }
}

/// How many of the nodes follow each other without another way, with the value still the same.
fn reach(language: Language, value: &Value, nodes: &[Node]) -> usize {
    let goes_on = |node: &Node| match node {
        Node::Bind { target, .. } => !value.holds(&|part| is_part(target, part)),
        other => other.blocks().next().is_none(),
    };
    let waits = language != Language::Rust;
    let between = if waits { nodes.iter().take(NEAR).take_while(|node| goes_on(node)).count() } else { 0 };
    nodes.len().min(between + 1)
}

/// A place, or what it is a member of.
fn is_part(part: &Value, place: &Value) -> bool {
    part == place || matches!(place, Value::Member(base, _) if is_part(part, base))
}

/// The variable that a node binds for the only time, and to what.
fn temporary(facts: &FileFacts, uses: &Uses, f: FnId, node: &Node) -> Option<(VarRef, Value)> {
    let Node::Bind { target: Value::Var(var), value, .. } = node else { return None };
    let local = facts.local(*var);
    let plain = var.function == f && local.ty.is_none() && matches!(local.kind, LocalKind::Let { .. });
    (plain && uses.binds.get(var) == Some(&1)).then(|| (*var, value.clone()))
}

/// `self.pool.size`: nothing happens where it is read.
fn is_path(value: &Value) -> bool {
    matches!(value, Value::Member(..)) && matches!(value.root(), Value::Var(_) | Value::This) && only_members(value)
}

fn only_members(value: &Value) -> bool {
    match value {
        Value::Member(base, _) => only_members(base),
        other => matches!(other, Value::Var(_) | Value::This),
    }
}

/// Puts the value where the next statement reads the variable, if it is read nowhere else.
fn put(facts: &mut FileFacts, next: &mut [Node], var: &Value, value: &Value, reads: usize) -> bool {
    let is_call = matches!(value, Value::Call(_));
    match (reads, next) {
        (1, [Node::Return { value: Some(read), .. } | Node::Bind { value: read, .. }, ..]) if read == var => {
            *read = value.clone();
        }
        (1, [Node::Scope { resource, .. }, ..]) if resource == var && is_call => *resource = value.clone(),
        (1, [Node::Await { value: read, .. }, ..]) if read == var && is_call => await_it(facts, read, value),
        (
            2,
            [
                Node::Await { value: read, .. },
                Node::Return { value: Some(again), .. } | Node::Bind { value: again, .. },
                ..,
            ],
        ) if read == var && again == var && is_call => {
            await_it(facts, read, value);
            *again = value.clone();
        }
        (1, [Node::Call(id), ..]) if matches!(value, Value::Record { .. }) => {
            return put_spread(facts, *id, var, value);
        }
        (1, [Node::Call(id), ..]) if is_path(value) => return put_below(facts, *id, var, value),
        _ => return false,
    }
    true
}

fn await_it(facts: &mut FileFacts, read: &mut Value, value: &Value) {
    if let Value::Call(id) = value {
        facts.calls[id.index()].awaited = true;
    }
    *read = value.clone();
}

/// Puts the value at the bottom of a callee's chain.
fn put_below(facts: &mut FileFacts, id: CallId, var: &Value, value: &Value) -> bool {
    let mut at = &mut facts.calls[id.index()].callee;
    if at == var {
        return false;
    }
    while let Value::Member(base, _) = at {
        at = base;
    }
    let found = at == var;
    if found {
        *at = value.clone();
        facts.folded.push(id);
    }
    found
}

/// Puts a record where the call spreads the variable.
fn put_spread(facts: &mut FileFacts, id: CallId, var: &Value, value: &Value) -> bool {
    let mut args = facts.calls[id.index()].args.iter_mut();
    let Some(arg) = args.find(|arg| arg.spread && arg.value == *var) else { return false };
    arg.value = value.clone();
    facts.folded.push(id);
    true
}

/// How often the variables of a file are bound and read.
#[derive(Default)]
struct Uses {
    binds: FxHashMap<VarRef, usize>,
    reads: FxHashMap<VarRef, usize>,
}

impl Uses {
    fn of(facts: &FileFacts) -> Self {
        let mut uses = Self::default();
        for call in &facts.calls {
            uses.value(&call.callee);
            call.args.iter().for_each(|arg| uses.value(&arg.value));
        }
        for function in &facts.functions {
            uses.block(&function.body);
            function.params.iter().filter_map(|param| param.default.as_ref()).for_each(|value| uses.value(value));
        }
        for class in &facts.classes {
            let fields = class.fields.iter().filter_map(|field| field.value.as_ref());
            class.bases.iter().chain(&class.metaclass).chain(fields).for_each(|value| uses.value(value));
        }
        for export in &facts.exports {
            match &export.what {
                // That others may read it changes nothing here.
                Exported::Value(Value::Var(_)) | Exported::From(_) => {}
                Exported::Value(value) => uses.value(value),
            }
        }
        uses
    }

    fn block(&mut self, nodes: &Block) {
        for node in nodes {
            self.node(node);
            node.blocks().for_each(|inner| self.block(inner));
        }
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Bind { target, value, .. } => {
                self.bound(target);
                self.value(value);
            }
            Node::Await { value, .. } | Node::Match { subject: value, .. } => self.value(value),
            Node::Yield { value, .. } | Node::Return { value, .. } | Node::Loop { each: value, .. } => {
                value.iter().for_each(|value| self.value(value));
            }
            Node::Scope { resource, bound, .. } => {
                self.value(resource);
                bound.iter().for_each(|target| self.bound(target));
            }
            Node::Branch { pred, .. } => self.pred(pred),
            _ => {}
        }
    }

    fn bound(&mut self, target: &Value) {
        match target {
            Value::Var(var) => *self.binds.entry(*var).or_default() += 1,
            other => self.value(other),
        }
    }

    fn pred(&mut self, pred: &Pred) {
        match pred {
            Pred::Truthy(value) | Pred::Null(value) | Pred::Eq(value, _) | Pred::Is(value, _) => self.value(value),
            Pred::Same(one, other) | Pred::Has(one, other) => [one, other].into_iter().for_each(|it| self.value(it)),
            Pred::And(all) | Pred::Or(all) => all.iter().for_each(|inner| self.pred(inner)),
            Pred::Not(inner) => self.pred(inner),
            Pred::Opaque(values) => values.iter().for_each(|value| self.value(value)),
            Pred::Main => {}
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Var(var) => *self.reads.entry(*var).or_default() += 1,
            Value::Member(base, _) | Value::Element(base) => self.value(base),
            Value::Index(one, other) | Value::Binary(_, one, other) => {
                [one, other].into_iter().for_each(|it| self.value(it));
            }
            Value::Record { entries, spreads, .. } => {
                entries.iter().map(|entry| &entry.value).chain(spreads).for_each(|it| self.value(it));
            }
            Value::List(all) | Value::Choice(all, _) => all.iter().for_each(|it| self.value(it)),
            Value::Template(parts) => parts.iter().for_each(|part| {
                if let Part::Value(value) = part {
                    self.value(value);
                }
            }),
            _ => {}
        }
    }
}
