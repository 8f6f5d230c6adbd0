//! Conditions that hold only while somebody develops or tests, and functions that are made only then: routes under
//! `if (isDev)`.
//!
//! By the words of everyday code in the conditions around a place. Knows no
//! library.

use crate::catalog::words::graph::{DEVELOPMENT, MODE_NAMES, PRODUCTION};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::catalog::lookup_words::words;
use crate::facts::walk::nodes;
use crate::facts::{Block, FileFacts, FnId, Literal, Node, Pred, Value};
use crate::program::FnRef;
use crate::values::Program;

/// What is known of functions so far.
pub struct Development<'p, 'a> {
    pub program: &'p Program<'a>,
    /// By function what is made in it under such a condition.
    made: FxHashMap<FnRef, FxHashSet<FnId>>,
}

impl<'p, 'a> Development<'p, 'a> {
    pub fn new(program: &'p Program<'a>) -> Self {
        Self { program, made: FxHashMap::default() }
    }

    /// Whether the function, or one around it, exists only while somebody develops.
    pub fn makes(&mut self, f: FnRef) -> bool {
        let facts = self.program.facts(f.file);
        let mut at = f.id;
        while let Some(parent) = facts.function(at).parent {
            if self.made_in(FnRef { id: parent, ..f }).contains(&at) {
                return true;
            }
            at = parent;
        }
        false
    }

    fn made_in(&mut self, parent: FnRef) -> &FxHashSet<FnId> {
        let program = self.program;
        let made = || collect(program.facts(parent.file), &program.function(parent).body);
        self.made.entry(parent).or_insert_with(made)
    }
}

/// The functions that are made below such a condition.
fn collect(facts: &FileFacts, block: &Block) -> FxHashSet<FnId> {
    let mut made = FxHashSet::default();
    let mut all = nodes(block);
    while let Some(node) = all.next() {
        let mut conditions = all.regions().filter_map(|region| region.condition());
        if let Node::Closure { function, .. } = node
            && conditions.any(|(pred, holds)| tells(facts, pred, holds))
        {
            made.insert(*function);
        }
    }
    made
}

/// What comes of the condition where nobody develops or tests; `None` where that does not decide it.
pub(crate) fn in_production(facts: &FileFacts, pred: &Pred) -> Option<bool> {
    [false, true].into_iter().find(|holds| tells(facts, pred, !holds))
}

/// Where the condition has this truth, somebody develops.
fn tells(facts: &FileFacts, pred: &Pred, holds: bool) -> bool {
    match (pred, holds) {
        (Pred::Not(inner), _) => tells(facts, inner, !holds),
        (Pred::And(all), true) | (Pred::Or(all), false) => all.iter().any(|inner| tells(facts, inner, holds)),
        (Pred::Or(all), true) | (Pred::And(all), false) => all.iter().all(|inner| tells(facts, inner, holds)),
        (Pred::Truthy(value), _) => names(facts, value, if holds { DEVELOPMENT } else { PRODUCTION }),
        (Pred::Eq(value, Literal::Str(text)), _) => {
            let wanted = if holds { DEVELOPMENT } else { PRODUCTION };
            wanted.contains(&text.as_str()) && names(facts, value, MODE_NAMES)
        }
        _ => false,
    }
}

/// Whether what is asked goes by one of the words: a variable, a member, a setting that is read by its name.
fn names(facts: &FileFacts, value: &Value, wanted: &[&str]) -> bool {
    let name = match value {
        Value::Var(var) => facts.local(*var).name.as_str(),
        Value::Member(_, name) | Value::Global(name) => name,
        Value::Index(_, key) => key.as_str().unwrap_or_default(),
        Value::Call(id) => facts.call(*id).positional(0).and_then(|arg| arg.value.as_str()).unwrap_or_default(),
        _ => return false,
    };
    words(name).iter().any(|word| wanted.contains(&word.as_str()))
}
