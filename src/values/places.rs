//! Places that may hold a kept value, and whose lives they share.
//!
//! A variable, a field, a member of something that lives on, or what a function gives that reads one. Knows no
//! library by name.

use rustc_hash::FxHashMap;

use super::eval::Ty;
use super::gates::{is_nothing, member_names};
use crate::catalog::RowKind;
use crate::catalog::lookup_words::words;
use crate::catalog::words::values::{ASKING, GLOBAL_OBJECTS, OPTION_STEPS, PRESERVING, PROCESS_PARTS};
use crate::catalog::words::values::{ELEMENT_READS, EXISTENCE_CHECKS, REQUEST_NAMES, RUNNING_CHECKS};
use crate::facts::{BinaryOp, Call, CallKind, FnId, LocalKind, Value, VarRef};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;

/// Whose life a cell shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    Process,
    /// An object of the class.
    Object(ClassRef),
    /// One activation of an enclosing function.
    Activation(FnRef),
    /// Something that is not followed: the operation is left alone.
    Unknown,
}

/// A place that may hold a kept value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// A variable of a file.
    Var(u32, VarRef),
    /// `this.name`.
    Field(String),
    /// A member of a class, a module object or a global.
    Named(String),
    /// A parameter: what the caller passes is filled, not the variable.
    Parameter(VarRef),
    /// The library answers whether it exists already.
    Exists,
}

/// The values that one question has led to, with what they stand for; nothing for those on the way.
type Asked = FxHashMap<(FnRef, *const Value), Option<(Cell, Owner)>>;

impl<'a> Program<'a> {
    /// What a field holds that was handed in belongs to someone else.
    pub(crate) fn owner_behind(&self, cell: &Cell, owner: Owner) -> Owner {
        match (cell, owner) {
            (Cell::Field(name), Owner::Object(class)) if self.is_lent(class, name) => Owner::Unknown,
            _ => owner,
        }
    }

    /// The cell that a read value stands for, through local aliases and keyed reads.
    pub(crate) fn cell(&self, f: FnRef, value: &'a Value) -> Option<(Cell, Owner)> {
        self.cell_of(f, value, &mut Asked::default())
    }

    /// The cell that a variable stands for.
    pub(crate) fn var_cell(&self, f: FnRef, var: VarRef) -> Option<(Cell, Owner)> {
        self.cell_of_var(f, var, &mut Asked::default())
    }

    /// `if (!getCached()) …`: the cell that a getter returns, or in which it looks for its argument.
    pub(crate) fn returned_cell(&self, f: FnRef) -> Option<(Cell, Owner)> {
        self.cell_returned(f, &mut Asked::default())
    }

    /// `seen`: what was asked about for the same question. What stands for itself is no cell.
    fn cell_of(&self, f: FnRef, value: &'a Value, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let key = (f, std::ptr::from_ref(value));
        if let Some(known) = seen.get(&key) {
            return known.clone();
        }
        seen.insert(key, None);
        let found = self.cell_behind(f, value, seen);
        seen.insert(key, found.clone());
        found
    }

    fn cell_behind(&self, f: FnRef, value: &'a Value, seen: &mut Asked) -> Option<(Cell, Owner)> {
        match value {
            Value::Var(var) => self.cell_of_var(f, *var, seen),
            // `window[KEY]`: which element does not matter, as what is written to any of them stays.
            Value::Index(base, _) if matches!(&**base, Value::Global(name) if is_global_object(name)) => {
                Some((Cell::Named(self.value_name(f.file, base)?), Owner::Process))
            }
            Value::Index(base, _) | Value::Element(base) => self.cell_of(f, base, seen),
            Value::Member(base, name) => {
                self.application_cell(f, value).or_else(|| self.member_cell(f, base, name, seen))
            }
            Value::Call(id) => self.call_cell(f, CallRef { file: f.file, id: *id }, seen),
            Value::Choice(values, _) => values.iter().find_map(|v| self.cell_of(f, v, seen)),
            // A global variable that some declaration promises: `declare global { var pool: … }`.
            Value::Global(name) if !is_global_object(name) && !REQUEST_NAMES.contains(&name.as_str()) => {
                Some((Cell::Named(name.clone()), Owner::Process))
            }
            _ => None,
        }
    }

    fn cell_of_var(&self, f: FnRef, var: VarRef, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let local = self.facts(f.file).local(var);
        if matches!(local.kind, LocalKind::Import(_)) {
            let Ty::External(external) = self.eval_var(f.file, var) else { return None };
            return self.is_application(&external).then_some((Cell::Var(f.file, var), Owner::Process));
        }
        if local.kind == LocalKind::Static || var.function == FnId::TOP {
            return (f.id != FnId::TOP).then_some((Cell::Var(f.file, var), Owner::Process));
        }
        if !self.same_activation(f, var.function) {
            let owner = FnRef { file: f.file, id: var.function };
            let kept = self.is_given(owner, var);
            return Some((Cell::Var(f.file, var), if kept { Owner::Unknown } else { Owner::Activation(owner) }));
        }
        if local.kind == LocalKind::Param && !REQUEST_NAMES.contains(&local.name.as_str()) {
            return Some((Cell::Parameter(var), Owner::Unknown));
        }
        // A local alias of something kept elsewhere.
        let bound = self.bound(f.file, var);
        bound.iter().filter(|b| !is_nothing(b.value)).find_map(|b| {
            let inner = matches!(b.value, Value::Var(other) if *other == var);
            if inner { None } else { self.cell_of(f, b.value, seen) }
        })
    }

    /// A variable of a script holds what somebody else's call gave, which may outlive the function: a ref, a
    /// state. What a component's own hook gives is the same.
    pub(crate) fn is_given(&self, owner: FnRef, var: VarRef) -> bool {
        if !self.semantics(owner.file).renders {
            return false;
        }
        let renders = self.function(owner).flags.renders;
        let bound = self.bound(owner.file, var);
        bound.iter().any(|bound| match bound.value.root() {
            Value::Call(id) => {
                let data = self.facts(owner.file).call(*id);
                let callee = self.eval(owner, &data.callee);
                let given = matches!(callee, Ty::External(_)) || renders && matches!(callee, Ty::Fn(_));
                data.kind == CallKind::Call && given
            }
            _ => false,
        })
    }

    /// Whether a variable of `owner` lives exactly as long as the running of `f`: it is f's own, or
    /// f is a block or immediately run part of `owner`.
    pub(crate) fn same_activation(&self, f: FnRef, owner: FnId) -> bool {
        let facts = self.facts(f.file);
        let mut id = f.id;
        loop {
            if id == owner {
                return true;
            }
            let function = facts.function(id);
            match function.parent {
                Some(parent) if function.kind == crate::facts::FnKind::Block => id = parent,
                _ => return false,
            }
        }
    }

    fn member_cell(&self, f: FnRef, base: &'a Value, name: &str, seen: &mut Asked) -> Option<(Cell, Owner)> {
        match base {
            Value::This => {
                let Some(class) = self.class_around(f) else { return self.hosted_cell(f, name) };
                let process =
                    self.is_static_context(f) || self.is_shared_field(class, name) || self.is_one_object(class);
                return Some((
                    Cell::Field(name.to_string()),
                    if process { Owner::Process } else { Owner::Object(class) },
                ));
            }
            Value::Global(global) if is_global_object(global) => {
                return Some((Cell::Named(name.to_string()), Owner::Process));
            }
            _ => {}
        }
        match self.eval(f, base) {
            Ty::Class(_) | Ty::Module(_) | Ty::Record(..) => Some((Cell::Named(name.to_string()), Owner::Process)),
            Ty::Global(global) if is_global_object(&global) => Some((Cell::Named(name.to_string()), Owner::Process)),
            Ty::External(_) | Ty::Method(..) | Ty::Concept(_) if EXISTENCE_CHECKS.contains(&name) => {
                Some((Cell::Exists, Owner::Process))
            }
            Ty::External(external) if self.is_application(&external) => {
                self.application_cell(f, base).or_else(|| Some((Cell::Named(name.to_string()), Owner::Process)))
            }
            // `app.state.pool`: what a library's object lets others keep things on.
            Ty::Method(..) if matches!(base, Value::Member(..)) => self.plain_member_cell(f, base, name, seen),
            Ty::External(_) | Ty::Method(..) => None,
            _ => self.plain_member_cell(f, base, name, seen),
        }
    }

    /// What a framework has as a member of its module, under whatever name things are put there: `st.session_state`.
    /// It may outlive the run of a module that the framework runs again and again.
    pub(crate) fn application_cell(&self, f: FnRef, value: &'a Value) -> Option<(Cell, Owner)> {
        let Value::Member(_, name) = value else { return None };
        match self.eval(f, value) {
            Ty::External(external) if external.path.len() == 1 && self.is_application(&external) => {
                Some((Cell::Named(name.clone()), Owner::Unknown))
            }
            _ => None,
        }
    }

    /// `this.client` of a record lives as long as the record does.
    fn hosted_cell(&self, f: FnRef, name: &str) -> Option<(Cell, Owner)> {
        let (made_in, ..) = self.host(f)?;
        let owner = if made_in.id == FnId::TOP { Owner::Process } else { Owner::Activation(made_in) };
        Some((Cell::Field(name.to_string()), owner))
    }

    fn plain_member_cell(&self, f: FnRef, base: &'a Value, name: &str, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let inner = self.cell_of(f, base, seen);
        if let Some((cell, owner)) = inner {
            return Some((Cell::Named(name.to_string()), self.owner_behind(&cell, owner)));
        }
        let root = self.value_name(f.file, base.root())?;
        let process = member_names(base).any(|part| PROCESS_PARTS.contains(&part));
        if process {
            return Some((Cell::Named(name.to_string()), Owner::Process));
        }
        (!REQUEST_NAMES.contains(&root.as_str())).then(|| (Cell::Named(name.to_string()), Owner::Unknown))
    }

    /// A field of the class that no method replaces is one for all objects, also when it is
    /// reached through one of them.
    pub(crate) fn is_shared_field(&self, class: ClassRef, name: &str) -> bool {
        self.ancestry(class).into_iter().any(|part| {
            let fields = &self.class(part).fields;
            let shared = fields.iter().any(|field| field.name == name && field.is_static);
            shared && self.field_values(part, name).is_empty()
        })
    }

    /// In Python `cls.x` in a class method, in scripts `this.x` in a static one.
    fn is_static_context(&self, f: FnRef) -> bool {
        let facts = self.facts(f.file);
        let mut id = Some(f.id);
        while let Some(current) = id {
            let function = facts.function(current);
            if function.class.is_some() {
                return function.flags.is_static || function.name.as_deref() == Some("__new__");
            }
            id = function.parent;
        }
        false
    }

    fn call_cell(&self, f: FnRef, call: CallRef, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let data = self.call(call);
        let callee = self.callee(f, data);
        match (&data.callee, &callee) {
            (_, Ty::External(inner)) if inner.path.last().is_some_and(|name| name == "getattr") => None,
            (Value::Global(name), _) if matches!(name.as_str(), "getattr" | "hasattr") => {
                self.getattr_cell(f, data, seen)
            }
            // `CELL.get_or_init(…)` gives what the cell holds.
            (Value::Member(base, _), _) if self.target(call).rows.iter().any(|row| row.kind == RowKind::Memo) => {
                self.cell_of(f, base, seen)
            }
            (_, Ty::Fn(inner)) => {
                let cell = self.cell_returned(*inner, seen).or_else(|| self.asked_holder(f, &data.callee, seen));
                cell.or_else(|| self.asks_for_running(*inner, data).then_some((Cell::Exists, Owner::Process)))
            }
            (Value::Member(base, name), _)
                if ELEMENT_READS.contains(&name.as_str()) || PRESERVING.contains(&name.as_str()) =>
            {
                self.cell_of(f, base, seen)
            }
            (Value::Member(base, name), _) if self.maps_option(f, name) => self.cell_of(f, base, seen),
            (Value::Member(base, _), Ty::Unknown | Ty::Global(_)) if data.args.is_empty() => {
                self.cell_of(f, base, seen)
            }
            // `if (!kept.ping())`: a question to the kept client itself.
            (callee @ Value::Member(base, _), Ty::Method(..)) if data.args.is_empty() => {
                self.cell_of(f, base, seen).or_else(|| asks_existence(callee))
            }
            (callee, Ty::External(_) | Ty::Method(..)) if asks_existence(callee).is_some() => asks_existence(callee),
            (Value::Var(var), Ty::External(_))
                if EXISTENCE_CHECKS.contains(&self.facts(f.file).local(*var).name.as_str()) =>
            {
                Some((Cell::Exists, Owner::Process))
            }
            _ => None,
        }
    }

    /// `if not is_daemon_running(): start_daemon()`: what is started then runs beside the program, and is found again.
    fn asks_for_running(&self, f: FnRef, data: &Call) -> bool {
        let function = self.function(f);
        let words = words(function.name.as_deref().unwrap_or_default());
        let asks = words.first().is_some_and(|word| ASKING.contains(&word.as_str()));
        let running = words.last().is_some_and(|word| RUNNING_CHECKS.contains(&word.as_str()));
        asks && running && function.class.is_none() && data.args.is_empty()
    }

    /// `self.spare.lock().choose()`: a kept object says what it has, and is to be handed what it lacks, not replaced.
    fn asked_holder(&self, f: FnRef, callee: &'a Value, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let Value::Member(base, _) = callee else { return None };
        let replaced =
            |var: &VarRef| var.function != f.id && self.bound(f.file, *var).iter().any(|b| b.function == f.id);
        let own = matches!(&**base, Value::This) || matches!(&**base, Value::Var(var) if replaced(var));
        (!own && matches!(self.eval(f, base), Ty::Instance(_))).then(|| self.cell_of(f, base, seen)).flatten()
    }

    /// `kept.get(name).map(…)`: there is nothing where there was nothing.
    pub(crate) fn maps_option(&self, f: FnRef, name: &str) -> bool {
        self.semantics(f.file).wraps && OPTION_STEPS.contains(&name)
    }

    fn getattr_cell(&self, f: FnRef, data: &'a Call, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let base = &data.positional(0)?.value;
        let name = data.positional(1)?.value.as_str()?;
        self.member_cell(f, base, name, seen)
    }

    fn cell_returned(&self, f: FnRef, seen: &mut Asked) -> Option<(Cell, Owner)> {
        let values = self.given_by(f);
        values.into_iter().find_map(|value| match value {
            Value::Binary(BinaryOp::In, _, container) => self.cell_of(f, container, seen),
            value => self.cell_of(f, value, seen),
        })
    }
}

/// `exists(name)`
fn asks_existence(callee: &Value) -> Option<(Cell, Owner)> {
    EXISTENCE_CHECKS.contains(&super::sites::last_name(callee)).then_some((Cell::Exists, Owner::Process))
}

pub fn is_global_object(name: &str) -> bool {
    GLOBAL_OBJECTS.contains(&name)
}
