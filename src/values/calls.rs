//! What a call means: the project functions it runs, the objects it allocates, the rows of the
//! catalogue that speak of it, and what it gives.
//!
//! Knows no library by name: rows say what a name means.

use thin_vec::ThinVec;

use super::conditions::{arg_key, argument};
use super::eval::{Ty, is_exact};
use crate::catalog::pattern::{path_fits, receiver_fits};
use crate::catalog::schema::{Form, Make, ResultTo, Role, Run};
use crate::catalog::words::values::{CONVERSIONS, PRESERVING};
use crate::catalog::{Row, RowKind, TypeId};
use crate::facts::trail::Trail;
use crate::facts::{Call, CallId, CallKind, ClassKind, FnId, FnKind, Language, LocalKind, Value};
use crate::program::{CallRef, ClassRef, FnRef};
use crate::values::Program;
use crate::values::memo::Question;

/// A call, resolved. There are as many as calls, and most lists in them are empty.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Linked functions that it may run.
    pub functions: ThinVec<FnRef>,
    /// Found by the method's name alone.
    pub by_name: bool,
    /// The project class of which it makes an object.
    pub class: Option<ClassRef>,
    /// Further classes, any of which it may make an object of instead.
    pub others: ThinVec<ClassRef>,
    /// Rows that fit, conditions included.
    pub rows: ThinVec<Row>,
    /// The catalogue type that the called method belongs to.
    pub receiver: Option<TypeId>,
    /// What the call builds, takes out or gives; `None` when it is no catalogue type.
    pub gives: Option<Given>,
}

/// A catalogue value that a call gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Given {
    pub ty: TypeId,
    pub how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// Built here, new on each call.
    Built,
    /// Built once by the library, whatever the number of calls.
    Memoised,
    /// Opens and closes within the call.
    OneShot,
    /// Taken out of another thing; must go back.
    Acquired,
    /// The same thing as an argument or the receiver, or a view of it.
    Same,
}

impl<'a> Program<'a> {
    /// What a call gives, as a value.
    pub fn call_result(&self, call: CallRef) -> Ty<'a> {
        self.memo.one(Question::Call(call), || self.result_of(call))
    }

    fn result_of(&self, call: CallRef) -> Ty<'a> {
        let data = self.call(call);
        let from = FnRef { file: call.file, id: data.function };
        let callee = self.callee(from, data);
        if let Some(ty) = self.call_kind_result(from, data, &callee) {
            return ty;
        }
        let target = self.target_of(call, &callee);
        if let Some(given) = target.gives {
            return Ty::Concept(given.ty);
        }
        if let Some(any) = self.any_result(&target) {
            return any;
        }
        if let Some(class) = target.class {
            return Ty::Instance(class);
        }
        if let Some(ty) = self.looked_up(from, data).or_else(|| self.gone_through(from, data)) {
            return ty;
        }
        if let Some(kept) = self.registered_call(from, data) {
            return kept;
        }
        if let Some(ty) = self.transparent(from, data, &target.rows) {
            return ty;
        }
        if let Some(ty) = self.promised(from, data, &target.rows) {
            return ty;
        }
        if let Some(factory) = self.factory_of(from, data, &target.rows) {
            return factory;
        }
        if let Some(kept) = self.kept_result(from, data, &target.rows) {
            return kept;
        }
        let row = || self.rows_given(from, data).unwrap_or(Ty::Unknown);
        if target.by_name {
            return row();
        }
        let own = target.functions.iter().map(|f| self.return_of(*f)).find(Ty::is_known);
        let own = own.or_else(|| self.derived(from, data, &target)).unwrap_or_else(row);
        match is_exact(&own) {
            true => own,
            false => self.passed_on(from, data, &target).unwrap_or(own),
        }
    }

    fn call_kind_result(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>) -> Option<Ty<'a>> {
        if data.kind == CallKind::Jsx || data.kind == CallKind::Decorator {
            return Some(Ty::Unknown);
        }
        if self.is_loading(data) {
            return Some(Ty::Loaded);
        }
        if let Ty::Factory(ty) = callee {
            return Some(Ty::Concept(*ty));
        }
        let Value::Member(base, name) = &data.callee else { return None };
        if CONVERSIONS.contains(&name.as_str())
            && let Some(ty) = self.converted_to(from, base)
        {
            return Some(Ty::Concept(ty));
        }
        let passes = |name: &str| PRESERVING.contains(&name) || self.is_passed_on(name);
        if matches!(callee, Ty::Method(..) | Ty::Unknown | Ty::Global(_)) && passes(name) {
            let base = self.eval(from, base);
            let keeps = matches!(base, Ty::Concept(_) | Ty::Instance(_) | Ty::Factory(_) | Ty::Fn(_) | Ty::List(_));
            let special = matches!(&base, Ty::Concept(ty) if self.catalog.method(*ty, name).is_some());
            return (keeps && !special).then_some(base);
        }
        None
    }

    /// The catalogue type of which a function of its own makes a value: `PgPool::from_ref(state)`.
    fn converted_to(&self, from: FnRef, named: &'a Value) -> Option<TypeId> {
        match self.eval(from, named) {
            Ty::Concept(ty) => Some(ty),
            Ty::External(inner) => self.external_type(&inner),
            _ => None,
        }
    }

    /// What the call gives back, where a row says that it is an argument or its receiver.
    pub fn given_back(&self, data: &'a Call, rows: &[Row]) -> Option<&'a Value> {
        let row = rows.iter().find(|row| row.kind == RowKind::Transparent)?;
        match (self.catalog.transparent(*row).arg, &data.callee) {
            (Some(index), _) => Some(&data.positional(index)?.value),
            (None, Value::Member(base, _)) => Some(base),
            _ => None,
        }
    }

    /// Whoever waits for the call gets what the function gives that it is given.
    pub fn promises(&self, rows: &[Row]) -> bool {
        let mut rows = rows.iter().filter(|row| row.kind == RowKind::Handover);
        rows.any(|row| self.catalog.handover(*row).result == ResultTo::Promise)
    }

    fn promised(&self, from: FnRef, data: &'a Call, rows: &[Row]) -> Option<Ty<'a>> {
        let given = data.args.iter().filter(|_| self.promises(rows)).map(|arg| self.eval(from, &arg.value));
        given.into_iter().find_map(|ty| if let Ty::Fn(f) = ty { Some(self.return_of(f)) } else { None })
    }

    fn transparent(&self, from: FnRef, data: &'a Call, rows: &[Row]) -> Option<Ty<'a>> {
        if rows.iter().any(|row| row.kind == RowKind::Transparent && self.catalog.transparent(*row).each) {
            return self.all_given(from, data);
        }
        let typed = rows.iter().any(|row| row.kind == RowKind::Transparent && self.catalog.transparent(*row).typed);
        let written = data.generics.first().filter(|_| typed).map(|ty| self.eval_type(from, ty));
        if let Some(known) = written.filter(Ty::is_known) {
            return Some(known);
        }
        Some(match self.eval(from, self.given_back(data, rows)?) {
            Ty::Fn(f) => self.return_of(f),
            // What is asked for by its class is an object of it.
            Ty::Class(class) => Ty::Instance(class),
            Ty::External(class) => match self.external_type(&class) {
                Some(ty) => Ty::Concept(ty),
                None => Ty::External(class),
            },
            other => other,
        })
    }

    /// What is waited for together comes back together, in order.
    fn all_given(&self, from: FnRef, data: &'a Call) -> Option<Ty<'a>> {
        let tuple =
            |items: &mut dyn Iterator<Item = &'a Value>| Ty::Tuple(items.map(|item| self.eval(from, item)).collect());
        match data.args.as_slice() {
            [only] => match &only.value {
                Value::List(items) => Some(tuple(&mut items.iter())),
                list => Some(self.eval(from, list)),
            },
            args if args.iter().any(|arg| arg.spread) => None,
            args => Some(tuple(&mut args.iter().filter(|arg| arg.name.is_none()).map(|arg| &arg.value))),
        }
    }

    fn factory_of(&self, from: FnRef, data: &'a Call, rows: &[Row]) -> Option<Ty<'a>> {
        let makes = rows.iter().filter(|row| row.kind == RowKind::Make);
        for row in makes {
            let make = self.catalog.make(*row);
            if let Some(name) = make.gives.strip_prefix("callable:") {
                return self.catalog.type_named(row.package, name).map(Ty::Factory);
            }
            if let Some(key) = make.gives.strip_prefix("wraps:") {
                return Some(argument(data, &arg_key(key)).map_or(Ty::Unknown, |arg| self.eval(from, &arg.value)));
            }
        }
        None
    }

    /// The argument that the call gives back in another form: `drizzle(pool)`.
    pub fn wrapped_by(&self, call: CallRef) -> Option<&'a Value> {
        let rows = self.target(call).rows;
        let makes = rows.iter().filter(|row| row.kind == RowKind::Make);
        let key = makes.filter_map(|row| self.catalog.make(*row).gives.strip_prefix("wraps:")).next()?;
        argument(self.call(call), &arg_key(key)).map(|arg| &arg.value)
    }

    /// Everything that is known of a call.
    pub fn target(&self, call: CallRef) -> Target {
        let data = self.call(call);
        let from = FnRef { file: call.file, id: data.function };
        let callee = self.callee(from, data);
        self.target_of(call, &callee)
    }

    /// The call runs something of a file of the project that was not looked into.
    pub fn is_unread(&self, call: CallRef) -> bool {
        let data = self.call(call);
        let import = match data.callee.root() {
            Value::Module(import) => *import,
            Value::Var(var) => match self.facts(call.file).local(*var).kind {
                LocalKind::Import(import) => import,
                _ => return false,
            },
            _ => return false,
        };
        let home = self.home_of(call.file, import);
        home.is_some_and(|home| !self.units[home as usize].parsed)
            && !self.callee(FnRef { file: call.file, id: data.function }, data).is_known()
    }

    /// What a call calls.
    pub(crate) fn callee(&self, from: FnRef, data: &'a Call) -> Ty<'a> {
        let written = if super::sites::is_super(data) { data.callee.root() } else { &data.callee };
        if let Some(class) = self.own_class(from, written) {
            return Ty::Class(class);
        }
        if let Some(getter) = self.property_read(from, data) {
            return Ty::Fn(getter);
        }
        self.rust_method(from, written).unwrap_or_else(|| self.callable(self.eval(from, written)))
    }

    /// `cls()` of a class method, `new this()` of a static one: the class itself is called.
    pub(crate) fn own_class(&self, from: FnRef, written: &Value) -> Option<ClassRef> {
        let own = matches!(written, Value::This) && self.function(from).flags.is_static;
        own.then(|| self.class_around(from)).flatten()
    }

    fn property_read(&self, from: FnRef, data: &'a Call) -> Option<FnRef> {
        let Value::Member(base, name) = &data.callee else { return None };
        if data.reads_property() { self.getter(from, base, name) } else { None }
    }

    /// `self.pool()` calls the method, though there may be a field of that name.
    fn rust_method(&self, from: FnRef, written: &'a Value) -> Option<Ty<'a>> {
        let Value::Member(base, name) = written else { return None };
        if !self.semantics(from.file).fields_apart {
            return None;
        }
        let Ty::Instance(class) = self.eval(from, base) else { return None };
        self.find_method(class, name).map(Ty::Fn)
    }

    fn target_of(&self, call: CallRef, callee: &Ty<'a>) -> Target {
        let data = self.call(call);
        let from = FnRef { file: call.file, id: data.function };
        let mut target = Target::default();
        self.add_callee(from, data, callee, &mut target);
        self.add_rows(from, data, callee, &mut target);
        target.functions.extend(self.implementations(from, data, callee));
        self.keep_real(call, &mut target.functions);
        self.add_called(from, data, &mut target);
        target.gives = self.given(from, data, callee, &target);
        if target.functions.is_empty() && target.rows.is_empty() && target.class.is_none() && target.gives.is_none() {
            self.add_by_name(from, data, callee, &mut target);
        }
        target
    }

    fn add_callee(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>, target: &mut Target) {
        if data.kind == CallKind::Macro {
            target.functions = self.macros.run_by(self.units, from.file, data).into();
            return;
        }
        match callee {
            Ty::Fn(f) if data.kind != CallKind::Decorator => self.add_function(from, data, *f, target),
            Ty::Class(class) if allocates(data, self.class(*class).kind) => self.add_allocation(*class, target),
            Ty::Instance(class) => target.functions.extend(self.find_method(*class, "__call__")),
            Ty::Method(ty, _) if data.kind != CallKind::Jsx => target.receiver = Some(*ty),
            Ty::OneOf(all) => all.iter().for_each(|one| self.add_callee(from, data, one, target)),
            Ty::Unknown if self.semantics(from.file).derives => {
                let derived = self.derived_class(from, data).filter(|class| allocates(data, self.class(*class).kind));
                derived.into_iter().for_each(|class| self.add_allocation(class, target));
            }
            _ => {}
        }
    }

    fn add_function(&self, from: FnRef, data: &'a Call, f: FnRef, target: &mut Target) {
        let name = self.function(f).name.as_deref().unwrap_or_default();
        target.functions.push(f);
        if let (Value::Member(base, _), Some(_)) = (&data.callee, self.function(f).class) {
            if matches!(**base, Value::Super) {
                return;
            }
            // A call through a base class or trait may run any override below it.
            let classes = match self.eval(from, base) {
                Ty::Instance(class) => vec![class],
                Ty::Class(class) if self.class(class).kind == ClassKind::Trait => vec![class],
                Ty::OneOf(all) => self.having(&all, name, f),
                _ => Vec::new(),
            };
            for class in classes {
                let below = self.descendants(class).into_iter().filter_map(|sub| self.own_method(sub, name));
                for other in below.chain(self.fitting(class, name)) {
                    if !target.functions.contains(&other) {
                        target.functions.push(other);
                    }
                }
            }
        }
    }

    /// A method that the class only declares is what the classes below it make of it.
    pub(crate) fn implementations(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>) -> Vec<FnRef> {
        match matches!(callee, Ty::Unknown) && data.kind == CallKind::Call {
            true => self.implemented(from, &data.callee),
            false => Vec::new(),
        }
    }

    /// What classes make of the method of an object of one that they are below: `sender.send`.
    pub(crate) fn implemented(&self, from: FnRef, method: &'a Value) -> Vec<FnRef> {
        let Value::Member(base, name) = method else { return Vec::new() };
        let Ty::Instance(class) = self.eval(from, base) else { return Vec::new() };
        let below = self.descendants(class).into_iter().chain(self.held_by_variants(class));
        let methods = below.filter_map(|sub| self.own_method(sub, name));
        methods.chain(self.written_for(class, name)).collect()
    }

    /// What the variants of an `enum` hold: a macro writes the methods that hand on to them (`enum_dispatch`).
    fn held_by_variants(&self, class: ClassRef) -> Vec<ClassRef> {
        let data = self.class(class);
        if data.kind != ClassKind::Enum || !self.semantics(class.file).derives {
            return Vec::new();
        }
        let from = FnRef { file: class.file, id: data.function };
        let held = data.fields.iter().filter_map(|variant| variant.ty.as_ref());
        held.filter_map(|ty| self.eval_type(from, ty).class()).collect()
    }

    fn add_allocation(&self, class: ClassRef, target: &mut Target) {
        match target.class {
            None => target.class = Some(class),
            Some(_) => target.others.push(class),
        }
    }

    fn add_rows(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>, target: &mut Target) {
        let language = self.language(from.file);
        let mut rows: Vec<Row> = match callee {
            Ty::External(inner) => self.external_rows(inner),
            Ty::Method(ty, name) => self.catalog.method_rows(*ty, name).to_vec(),
            Ty::Concept(ty) => self.catalog.method_rows(*ty, "__call__").to_vec(),
            Ty::Global(name) => self.global_rows(language, name),
            _ => Vec::new(),
        };
        if data.kind == CallKind::Macro {
            let name = data.callee_name(self.facts(from.file)).unwrap_or_default();
            rows.extend_from_slice(self.catalog.macro_rows(language, name));
        }
        if let Value::Member(_, name) = &data.callee {
            rows.extend_from_slice(self.catalog.any_method_rows(language, name));
        }
        rows.retain(|row| self.is_active(row.package) && self.row_fits(from, data, row));
        rows.retain(|row| row.kind != RowKind::Make || self.path_fits(from, data, callee, self.catalog.make(*row)));
        // What names its receivers knows more than what takes any.
        rows.sort_by_key(|row| self.takes_any(row));
        target.rows = rows.into();
    }

    /// The function that the call is given and runs at once.
    fn add_called(&self, from: FnRef, data: &'a Call, target: &mut Target) {
        if let Some(Ty::Fn(f)) = self.called_argument(data, target).map(|value| self.eval(from, value)) {
            target.functions.push(f);
        }
    }

    /// `to_thread(connect, dsn)`: what the library's function that is run gives, whatever it is given.
    fn given_by_argument(&self, from: FnRef, data: &'a Call, target: &Target) -> Option<Given> {
        let called = self.callable(self.eval(from, self.called_argument(data, target)?));
        let Ty::External(inner) = &called else { return self.given_without_row(from, data, &called) };
        let plain = |row: &Row| row.kind == RowKind::Make && !row.is_new && self.catalog.make(*row).when.is_empty();
        self.external_rows(inner).into_iter().filter(plain).find_map(|row| self.made(row))
    }

    /// The argument that the call runs at once, to give what that returns.
    pub(crate) fn called_argument(&self, data: &'a Call, target: &Target) -> Option<&'a Value> {
        let makes = target.rows.iter().filter(|row| row.kind == RowKind::Make);
        let key = makes.filter_map(|row| self.catalog.make(*row).gives.strip_prefix("calls:")).next()?;
        argument(data, &arg_key(key)).map(|arg| &arg.value)
    }

    /// The row names what it calls; or the method belongs to nothing that is known, and stands at the end of such a
    /// path as the row asks for, if any.
    fn path_fits(&self, from: FnRef, data: &Call, callee: &Ty<'a>, make: &Make) -> bool {
        let Value::Member(base, _) = &data.callee else { return make.path.is_empty() };
        if make.path.is_empty() {
            let any = make.calls.iter().any(|call| call.starts_with('.'));
            return !(any && matches!(callee, Ty::Fn(_)));
        }
        let known = matches!(callee, Ty::Fn(_) | Ty::Class(_) | Ty::Instance(_) | Ty::Method(..) | Ty::Concept(_));
        !known && make.path.iter().any(|pattern| path_fits(pattern, &self.written_path(from.file, base)))
    }

    fn global_rows(&self, language: Language, name: &str) -> Vec<Row> {
        let name =
            ["window.", "globalThis.", "global.", "self."].iter().find_map(|p| name.strip_prefix(p)).unwrap_or(name);
        self.catalog.global_rows(language, name).to_vec()
    }

    fn row_fits(&self, from: FnRef, data: &'a Call, row: &Row) -> bool {
        if row.is_new && data.kind != CallKind::New {
            return false;
        }
        match row.kind {
            RowKind::Make => {
                let make = self.catalog.make(*row);
                form_fits(make.form, data) && self.all_hold(from, data, row.package, &make.when)
            }
            RowKind::Opener => {
                let opener = self.catalog.opener(*row);
                data.kind != CallKind::Decorator
                    && self.receiver_ok(from, data, &opener.receivers)
                    && self.all_hold(from, data, row.package, &opener.when)
            }
            RowKind::Handover => {
                let handover = self.catalog.handover(*row);
                self.receiver_ok(from, data, &handover.receivers)
                    && self.all_hold(from, data, row.package, &handover.when)
            }
            RowKind::Decorator => {
                let decorator = self.catalog.decorator(*row);
                data.kind == CallKind::Decorator
                    && !(decorator.run == Some(Run::Script) && self.is_own_function(from, data))
                    && (self.receiver_ok(from, data, &decorator.receivers)
                        || self.is_of_decorated(from, data, row, &Trail::default()))
                    && self.all_hold(from, data, row.package, &decorator.when)
            }
            RowKind::Lookup => {
                let lookup = self.catalog.lookup(*row);
                data.kind == CallKind::Call
                    && self.receiver_ok(from, data, &lookup.receivers)
                    && self.all_hold(from, data, row.package, &lookup.when)
            }
            RowKind::Navigation => self.all_hold(from, data, row.package, &self.catalog.navigation(*row).when),
            RowKind::Departure => {
                let departure = self.catalog.departure(*row);
                self.receiver_ok(from, data, &departure.receivers)
                    && self.all_hold(from, data, row.package, &departure.when)
            }
            RowKind::Memo => self.receiver_ok(from, data, &self.catalog.memo(*row).receivers),
            RowKind::Transparent => self.receiver_ok(from, data, &self.catalog.transparent(*row).receivers),
        }
    }

    /// A function of one of the project's modules, called like something of a library.
    fn is_own_function(&self, from: FnRef, data: &'a Call) -> bool {
        let of_module = match &data.callee {
            Value::Member(base, _) => matches!(self.eval(from, base), Ty::Module(_)),
            _ => false,
        };
        of_module || matches!(self.callee(from, data), Ty::Fn(f) if self.function(f).class.is_none())
    }

    fn takes_any(&self, row: &Row) -> bool {
        let (calls, receivers) = match row.kind {
            RowKind::Handover => (&self.catalog.handover(*row).calls, &self.catalog.handover(*row).receivers),
            RowKind::Opener => (&self.catalog.opener(*row).calls, &self.catalog.opener(*row).receivers),
            _ => return false,
        };
        receivers.is_empty() && calls.iter().any(|call| call.starts_with('.'))
    }

    /// A global function is a method of the page.
    fn receiver_ok(&self, from: FnRef, data: &'a Call, patterns: &[String]) -> bool {
        let mut names = Vec::new();
        match &data.callee {
            _ if patterns.is_empty() => return true,
            Value::Member(base, _) => self.chain_names(from.file, base, &mut names),
            Value::Global(_) => return receiver_fits(patterns, "globalThis"),
            _ => return false,
        }
        names.iter().any(|name| receiver_fits(patterns, name))
    }

    /// `@tag.command()` below `@group() def tag(…)`: it belongs to a function over which such a decorator of the same
    /// package stands.
    fn is_of_decorated(&self, from: FnRef, data: &'a Call, row: &Row, trail: &Trail) -> bool {
        let decorator = self.catalog.decorator(*row);
        let patterns = decorator.receivers.iter().filter_map(|pattern| pattern.strip_prefix('@'));
        let patterns: Vec<String> = patterns.map(String::from).collect();
        let (Value::Member(base, _), false) = (&data.callee, patterns.is_empty()) else { return false };
        let Ty::Fn(f) = self.eval(from, base) else { return false };
        let Some(here) = trail.step(f) else { return false };
        let facts = self.facts(f.file);
        self.function(f).decorators.iter().map(|id| facts.call(*id)).any(|above| {
            let named = above.callee_name(facts).is_some_and(|name| receiver_fits(&patterns, name));
            let around = FnRef { file: f.file, id: above.function };
            let of_package = || match self.eval(around, &above.callee) {
                Ty::External(inner) => self.external_rows(&inner).iter().any(|other| other.package == row.package),
                _ => {
                    self.receiver_ok(around, above, &decorator.receivers)
                        || self.is_of_decorated(around, above, row, &here)
                }
            };
            named && of_package()
        })
    }

    /// What it wraps is an object of the project that is made for it on the spot, and may have connections of its own.
    fn wraps_unknown(&self, from: FnRef, data: &'a Call, row: Row) -> bool {
        let Some(key) = self.catalog.make(row).gives.strip_prefix("wraps:") else { return false };
        let Some(Value::Call(id)) = argument(data, &arg_key(key)).map(|arg| &arg.value) else { return false };
        let callee = self.callee(from, self.facts(from.file).call(*id));
        matches!(callee, Ty::Class(class) if self.concept_of(class).is_none())
    }

    fn given(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>, target: &Target) -> Option<Given> {
        let makes = target.rows.iter().filter(|row| row.kind == RowKind::Make);
        let made = makes.filter(|row| !self.wraps_unknown(from, data, **row)).find_map(|row| {
            let wraps = self.catalog.make(*row).gives.starts_with("wraps:");
            if wraps { Some(None) } else { self.made(*row).map(Some) }
        });
        if let Some(made) = made.or_else(|| self.given_by_argument(from, data, target).map(Some)) {
            return made;
        }
        self.given_without_row(from, data, callee)
    }

    /// What the thing gives that is called, by its type.
    fn given_without_row(&self, from: FnRef, data: &'a Call, callee: &Ty<'a>) -> Option<Given> {
        match callee {
            Ty::Method(ty, _) if self.looks_into_cell(from, data) => Some(Given { ty: *ty, how: How::Same }),
            Ty::Method(ty, name) => self.method_gives(from, data, *ty, name),
            Ty::Concept(ty) if data.kind == CallKind::Call => self.method_gives(from, data, *ty, "__call__"),
            Ty::Factory(ty) if data.kind == CallKind::New => {
                let known = self.catalog.ty(*ty);
                let opens = self.all_hold(from, data, known.package, &known.row.opens_when);
                opens.then_some(Given { ty: *ty, how: How::Built })
            }
            Ty::Factory(ty) => Some(Given { ty: *ty, how: How::Acquired }),
            Ty::External(inner) if data.kind == CallKind::New => {
                let ty = self.external_type(inner)?;
                Some(Given { ty, how: How::Built })
            }
            _ => None,
        }
    }

    /// What the base's own construction would give for these arguments, to a class that adds no
    /// constructor; `None` when no row speaks of the base.
    pub fn inherited(&self, call: CallRef, class: ClassRef) -> Option<Option<Given>> {
        let data = self.call(call);
        let from = FnRef { file: call.file, id: data.function };
        self.ancestry(class).into_iter().find_map(|part| {
            let scope = FnRef { file: part.file, id: self.class(part).function };
            self.class(part).bases.iter().find_map(|base| {
                let Ty::External(inner) = self.eval(scope, base) else { return None };
                let rows = self.external_rows(&inner);
                let fits = |row: &&Row| row.kind == RowKind::Make && self.row_fits(from, data, row);
                rows.iter().find(fits).map(|row| self.made(*row))
            })
        })
    }

    fn made(&self, row: Row) -> Option<Given> {
        let make = self.catalog.make(row);
        if make.gives.contains(':') {
            return None;
        }
        let ty = self.catalog.type_named(row.package, &make.gives)?;
        let how = match (make.memoised, make.one_shot, make.acquire) {
            (true, ..) => How::Memoised,
            (_, true, _) => How::OneShot,
            (.., true) => How::Acquired,
            _ => How::Built,
        };
        Some(Given { ty, how })
    }

    fn method_gives(&self, from: FnRef, data: &'a Call, ty: TypeId, name: &str) -> Option<Given> {
        let info = self.catalog.ty(ty);
        let package = info.package;
        let any = data.kind == CallKind::New;
        let fits = |known: &String| known == name || any && known == "*";
        let named = info.row.methods.iter().filter(|method| method.names.iter().any(fits));
        let method = named.into_iter().find(|method| self.all_hold(from, data, package, &method.when));
        let Some(method) = method else {
            let builder = info.row.kind == crate::catalog::schema::Kind::Builder;
            return builder.then_some(Given { ty, how: How::Same });
        };
        let gives = self.catalog.type_named(package, &method.gives);
        match method.role {
            Role::Same => Some(Given { ty, how: How::Same }),
            Role::Make => Some(Given { ty: gives?, how: How::Built }),
            Role::Acquire => Some(Given { ty: gives?, how: How::Acquired }),
            // A registry of sessions that the function makes for itself gives a session of its own.
            Role::View if info.row.ambient.is_some() && self.is_made_by(from, &data.callee) => {
                Some(Given { ty: gives?, how: How::Acquired })
            }
            Role::View => Some(Given { ty: gives?, how: How::Same }),
            Role::Release | Role::Borrow | Role::Take | Role::Listen | Role::Proceed | Role::Next | Role::Use => None,
        }
    }

    /// The value is what a call of the same function gives, and nobody else has it.
    fn is_made_by(&self, from: FnRef, value: &'a Value) -> bool {
        let own = matches!(value, Value::Var(var) if var.function == from.id && var.function != FnId::TOP);
        let made = |id: &CallId| self.facts(from.file).call(*id).function == from.id;
        own && matches!(self.deref(from, value), Value::Call(id) if made(id))
    }

    /// Follows a variable with one value to that value.
    pub fn deref(&self, from: FnRef, value: &'a Value) -> &'a Value {
        let mut passed = Vec::new();
        let mut value = value;
        while let Value::Var(var) = value
            && let [only] = self.bound(from.file, *var)
            && !passed.contains(var)
        {
            passed.push(*var);
            value = only.value;
        }
        value
    }

    /// The constructor that making an object of the class runs, with the class that declares it.
    pub fn constructor(&self, class: ClassRef) -> Option<(ClassRef, FnRef)> {
        self.ancestry(class).into_iter().find_map(|part| {
            let own = self.own_methods(part).into_iter().find(|f| self.function(*f).kind == FnKind::Constructor);
            own.map(|f| (part, f))
        })
    }
}

fn allocates(data: &Call, kind: ClassKind) -> bool {
    match data.kind {
        CallKind::New | CallKind::Struct => true,
        CallKind::Call => matches!(kind, ClassKind::Class | ClassKind::Struct | ClassKind::Enum),
        CallKind::Decorator | CallKind::Macro | CallKind::Jsx => false,
    }
}

fn form_fits(form: Form, data: &Call) -> bool {
    let kind = if super::sites::is_super(data) { CallKind::New } else { data.kind };
    match (form, kind) {
        (_, CallKind::Decorator | CallKind::Macro) => false,
        (Form::New, kind) => kind == CallKind::New,
        (Form::Call, kind) => kind == CallKind::Call,
        (Form::Any, _) => true,
    }
}

/// The scope of a function's owner, for values that stand at the top of a file.
pub fn top(file: u32) -> FnRef {
    FnRef { file, id: FnId::TOP }
}
