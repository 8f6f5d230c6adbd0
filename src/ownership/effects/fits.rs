//! Whether a call at the end of a life is the release of what was opened, and if it is not, why.
//!
//! The opener's row says which forms a release has and what must be the same. Knows no library.

use super::handles::gives_itself_back;
use super::model::{Event, Fit, Fitting, Same};
use super::{Effects, Fault, Open, Opener};
use crate::catalog::schema::{Gives, Release, ReleaseOn};
use crate::catalog::words::effects::{EMITTER_CHAINS, PASSING_ON};
use crate::facts::trail::Trail;
use crate::facts::{CallId, Literal, LocalKind, Value, VarRef};
use crate::packages::manifests::version;
use crate::program::CallRef;

impl<'a> Fitting<'_, 'a> {
    pub fn fit(&self, event: &Event<'a>) -> Fit {
        if !is_passing(event.callee) && self.handle.is_ended_by(event.from.file, event.callee) {
            return Fit::Releases;
        }
        let mut fault = None;
        for release in &self.open.opener.releases {
            match self.form(release, event) {
                Fit::Releases if self.effects.is_abolished(self.open, release) => fault = Some(Fault::Abolished),
                Fit::Releases => return Fit::Releases,
                Fit::Fails(why) => fault = fault.or(Some(why)),
                Fit::Unrelated | Fit::Perhaps => {}
            }
        }
        fault.map_or(Fit::Unrelated, Fit::Fails)
    }

    /// The release is this opener's: not only may the object be the one that it was opened on.
    pub fn is_certain(&self, event: &Event<'a>) -> bool {
        let Value::Member(base, _) = self.effects.taken_from(event.from.file, event.callee) else { return true };
        let own = || self.receiver(base, event) == Same::Yes || self.handle.relates(event.from.file, base);
        let mut forms = self.open.opener.releases.iter().filter(|release| self.form(release, event) == Fit::Releases);
        forms.any(|release| release.on != ReleaseOn::Receiver || own())
    }

    /// The method that begins what such a release ends one of; none where it ends the handle as a whole.
    pub fn begun_by(&self, event: &Event<'a>) -> Option<&'a str> {
        let forms = self.open.opener.releases.iter().filter(|release| self.form(release, event) == Fit::Releases);
        let mut methods = forms.map(|release| release.each.as_str());
        methods.next().filter(|first| !first.is_empty() && methods.all(|other| !other.is_empty()))
    }

    /// It says nothing of what was opened, and is called on the very object, which it ends as a whole.
    pub fn is_for_all(&self, event: &Event<'a>) -> bool {
        let callee = self.effects.taken_from(event.from.file, event.callee);
        let (Value::Member(base, method), [], Some(own)) = (callee, event.args, self.effects.receiver_of(self.open))
        else {
            return false;
        };
        let forms = self.open.opener.releases.iter().filter(|release| release.methods.contains(method));
        let mut breaking = forms.flat_map(|release| &release.breaks).peekable();
        breaking.peek().is_some() && self.effects.same_object(own, (event.from.file, base)) == Same::Yes && {
            let names = self.effects.chain_names(self.open.call);
            breaking.any(|name| names.contains(name))
        }
    }

    /// It is taken from the very object that the opener was called on.
    pub fn is_on_own(&self, event: &Event<'a>) -> bool {
        let callee = self.effects.taken_from(event.from.file, event.callee);
        matches!(callee, Value::Member(base, _) if self.receiver(base, event) == Same::Yes)
    }

    fn form(&self, release: &Release, event: &Event<'a>) -> Fit {
        if release.call && !is_passing(event.callee) && self.handle.relates(event.from.file, event.callee) {
            return Fit::Releases;
        }
        if self.gives_each(release, event) {
            return Fit::Releases;
        }
        let name = self.name(event);
        if !name.is_empty() && release.functions.iter().any(|f| *f == name) && !self.is_method(event) {
            return self.function(release, event);
        }
        let Value::Member(base, method) = self.effects.taken_from(event.from.file, event.callee) else {
            return Fit::Unrelated;
        };
        let on = release.methods.iter().find_map(|path| called_on(path, base, method));
        on.map_or(Fit::Unrelated, |base| self.method(release, base, event))
    }

    /// `timers.forEach(clearInterval)`: each handle of a collection is given to the function that releases.
    fn gives_each(&self, release: &Release, event: &Event<'a>) -> bool {
        let (Value::Member(base, method), [first, ..]) = (event.callee, event.args) else { return false };
        let by_handle = release.same.is_empty() || release.same.iter().any(|what| what == "handle");
        let name = self.name_of(event, &first.value);
        let names_it = by_handle && release.functions.iter().any(|f| f == name);
        names_it && matches!(method.as_str(), "forEach" | "map") && self.handle.relates(event.from.file, base)
    }

    fn name(&self, event: &Event<'a>) -> &'a str {
        self.name_of(event, event.callee)
    }

    fn name_of(&self, event: &Event<'a>, value: &'a Value) -> &'a str {
        match value {
            Value::Member(_, name) | Value::Global(name) => name,
            Value::Var(var) => &self.effects.program.facts(event.from.file).local(*var).name,
            _ => "",
        }
    }

    /// A method of something other than the page.
    fn is_method(&self, event: &Event<'a>) -> bool {
        matches!(event.callee, Value::Member(base, _) if self.effects.key(event.from.file, base).as_deref() != Some("page"))
    }

    fn function(&self, release: &Release, event: &Event<'a>) -> Fit {
        if release.same.iter().any(|what| what == "handle") || release.same.is_empty() {
            return self.given_handle(event);
        }
        if release.on == ReleaseOn::Any {
            return self.with_object(release, event);
        }
        if self.is_part() { self.elsewhere(release, event) } else { self.same_all(release, event, Same::Yes) }
    }

    /// The object is one of the arguments, so what is said of another handler may be about another object.
    fn with_object(&self, release: &Release, event: &Event<'a>) -> Fit {
        if event.args.iter().any(|arg| self.is_result(event.from.file, &arg.value)) {
            return Fit::Fails(Fault::WrongValue);
        }
        match self.same_all(release, event, Same::Maybe) {
            Fit::Fails(_) => Fit::Unrelated,
            fit => fit,
        }
    }

    /// The opener is called on some part of the page, which is not the page itself.
    fn is_part(&self) -> bool {
        let key = self.effects.receiver_of(self.open).and_then(|(file, own)| self.effects.key(file, own));
        key.is_some_and(|key| key.starts_with("page."))
    }

    fn given_handle(&self, event: &Event<'a>) -> Fit {
        let Some(arg) = event.args.first() else { return Fit::Unrelated };
        let file = event.from.file;
        if self.handle.relates(file, &arg.value) {
            return Fit::Releases;
        }
        let handler = self.open.opener.handler.and_then(|at| self.effects.program.call(self.open.call).positional(at));
        let is_handler = handler.is_some_and(|handler| {
            self.effects.same_handler((self.open.call.file, &handler.value), (file, &arg.value)) == Same::Yes
        });
        if is_handler { Fit::Fails(Fault::WrongValue) } else { Fit::Unrelated }
    }

    fn method(&self, release: &Release, base: &'a Value, event: &Event<'a>) -> Fit {
        let file = event.from.file;
        match release.on {
            ReleaseOn::Handle if self.handle.relates(file, base) => Fit::Releases,
            ReleaseOn::Handle => Fit::Unrelated,
            ReleaseOn::Any if release.same.is_empty() => Fit::Releases,
            ReleaseOn::Any if event.args.iter().any(|arg| self.handle.relates(file, &arg.value)) => Fit::Releases,
            ReleaseOn::Any => Fit::Unrelated,
            ReleaseOn::Receiver => match self.receiver(base, event) {
                Same::No => self.elsewhere(release, event),
                Same::Maybe if release.same.is_empty() => Fit::Unrelated,
                Same::Maybe if event.args.is_empty() && self.is_other(base, event) => Fit::Unrelated,
                same => self.same_all(release, event, same),
            },
        }
    }

    /// The very listener, taken from another part of the page than it was added to.
    fn elsewhere(&self, release: &Release, event: &Event<'a>) -> Fit {
        let about = |what: &str| release.same.iter().any(|same| same == what);
        let handler = release.same.iter().position(|what| what == "handler");
        let same = handler.is_some_and(|at| self.handler(release, event, at) == Same::Yes);
        let exact = about("event") && same && self.same_all(release, event, Same::Yes) == Fit::Releases;
        if exact && self.handler_is_named() { Fit::Fails(Fault::OtherTarget) } else { Fit::Unrelated }
    }

    /// Emitters are compared up to the object at the root of the chain.
    fn receiver(&self, base: &'a Value, event: &Event<'a>) -> Same {
        let Some((own_file, own)) = self.effects.receiver_of(self.open) else { return Same::Maybe };
        let files = (own_file, event.from.file);
        if self.is_part_of_another(own, base, event) {
            return Same::No;
        }
        match self.effects.same_object((files.0, own), (files.1, base)) {
            Same::Maybe if self.root(files.0, own).is_some_and(|root| Some(root) == self.root(files.1, base)) => {
                Same::Yes
            }
            // A reference or a field that was given the object since.
            Same::Maybe if gives_itself_back(self.open.opener) && self.handle.relates(files.1, base) => Same::Yes,
            same => same,
        }
    }

    /// A part of the object whose method the way calls, and a part of another object, whose method the end calls:
    /// `authors.add(show)` and `articles.remove(show)`.
    fn is_part_of_another(&self, own: &Value, base: &Value, event: &Event<'a>) -> bool {
        let of_this = |value: &Value| *value.root() == Value::This;
        let object = |way: &[CallRef]| {
            let call = way.last()?;
            match &self.effects.program.call(*call).callee {
                Value::Member(object, _) if !of_this(object) => self.effects.made_by_module(call.file, object),
                _ => None,
            }
        };
        let objects = || Some((object(&self.open.path)?, object(&event.way)?));
        of_this(own) && of_this(base) && objects().is_some_and(|(a, b)| a != b)
    }

    /// Two fields of one object are two things, as far as a call without arguments can tell.
    fn is_other(&self, base: &'a Value, event: &Event<'a>) -> bool {
        let Some((own_file, own)) = self.effects.receiver_of(self.open) else { return false };
        let keys = (self.effects.key(own_file, own), self.effects.key(event.from.file, base));
        matches!(keys, (Some(a), Some(b)) if a != b && a.starts_with("this.") && b.starts_with("this."))
    }

    fn root(&self, file: u32, value: &'a Value) -> Option<String> {
        self.effects.key(file, self.effects.chain_root(file, value))
    }

    fn same_all(&self, release: &Release, event: &Event<'a>, receiver: Same) -> Fit {
        let at = release.same.iter().position(|what| what == "handler");
        if at.and_then(|at| event.args.get(at)).is_some_and(|arg| self.is_result(event.from.file, &arg.value)) {
            return Fit::Fails(Fault::WrongValue);
        }
        let mut event_same = Same::Yes;
        let mut handler_same = Same::Yes;
        let mut capture_same = Same::Yes;
        for (at, what) in release.same.iter().enumerate() {
            match what.as_str() {
                "event" => event_same = self.event(release, event, at),
                "handler" => handler_same = self.handler(release, event, at),
                "capture" => capture_same = self.capture(event, at),
                _ => {}
            }
        }
        match (event_same, handler_same, capture_same) {
            (Same::No, Same::Yes, _) if receiver == Same::Yes && self.handler_is_named() => {
                Fit::Fails(Fault::OtherEvent)
            }
            (Same::No, ..) => Fit::Unrelated,
            (Same::Maybe, Same::No, _) => Fit::Unrelated,
            (_, Same::No, _) => Fit::Fails(self.handler_fault(event, release)),
            (Same::Yes, Same::Yes, Same::No) => Fit::Fails(Fault::OtherCapture),
            (.., Same::No) => Fit::Unrelated,
            _ => Fit::Releases,
        }
    }

    fn own_arg(&self, at: Option<usize>) -> Option<&'a Value> {
        self.effects.program.call(self.open.call).positional(at?).map(|arg| &arg.value)
    }

    fn event(&self, release: &Release, event: &Event<'a>, at: usize) -> Same {
        match (self.own_arg(self.open.opener.event), event.args.get(at)) {
            (Some(own), Some(arg)) => self.same_event(own, &arg.value, event),
            (_, None) if release.partial => Same::Yes,
            _ => Same::Maybe,
        }
    }

    fn handler(&self, release: &Release, event: &Event<'a>, at: usize) -> Same {
        match (self.own_arg(self.open.opener.handler), event.args.get(at)) {
            (Some(_), Some(arg)) if release.partial && arg.value.is_null() => Same::Yes,
            (Some(own), Some(arg)) => {
                if self.is_result(event.from.file, &arg.value) {
                    return Same::No;
                }
                if self.handle.relates(event.from.file, &arg.value) {
                    return Same::Yes;
                }
                self.same_handler(own, &arg.value, event)
            }
            (Some(_), None) if !release.partial => Same::No,
            (_, None) => Same::Yes,
            _ => Same::Maybe,
        }
    }

    /// Parameters of helpers are what the owner gives for them.
    fn same_event(&self, own: &'a Value, other: &'a Value, event: &Event<'a>) -> Same {
        let files = (self.open.call.file, event.from.file);
        let given = self.effects.given_along(&self.open.path, files.0, own);
        let taken = self.effects.given_along(&event.way, files.1, other);
        match self.effects.same_event((files.0, own), (files.1, other)) {
            Same::Maybe => self.effects.same_event(given, taken),
            same => same,
        }
    }

    /// As for events.
    fn same_handler(&self, own: &'a Value, other: &'a Value, event: &Event<'a>) -> Same {
        let files = (self.open.call.file, event.from.file);
        let given = self.effects.given_along(&self.open.path, files.0, own);
        let taken = self.effects.given_along(&event.way, files.1, other);
        match self.effects.same_handler((files.0, own), (files.1, other)) {
            Same::Maybe if given.1 != own && taken.1 != other => self.effects.same_handler(given, taken),
            same => same,
        }
    }

    fn capture(&self, event: &Event<'a>, at: usize) -> Same {
        let own = self.own_arg(self.open.opener.options);
        let other = event.args.get(at).map(|arg| &arg.value);
        self.effects.same_capture((self.open.call.file, own), (event.from.file, other))
    }

    /// The opener's own result, where the handler is wanted: nothing, or what a known opener gives to be ended by.
    fn is_result(&self, file: u32, value: &Value) -> bool {
        let opener = self.open.opener;
        let known = || opener.calls.iter().all(|call| !call.starts_with('.'));
        let no_handler = match opener.gives {
            Gives::Nothing => true,
            Gives::Handle | Gives::Disposer | Gives::Receiver => known(),
            _ => false,
        };
        no_handler && super::results::is_result(self.effects, self.open, file, value)
    }

    fn handler_fault(&self, event: &Event<'a>, release: &Release) -> Fault {
        let at = release.same.iter().position(|what| what == "handler").unwrap_or_default();
        let wrong = event.args.get(at).is_some_and(|arg| self.is_result(event.from.file, &arg.value));
        if wrong { Fault::WrongValue } else { Fault::OtherHandler }
    }

    /// The handler has a name under which it can be met again.
    fn handler_is_named(&self) -> bool {
        !matches!(
            self.own_arg(self.open.opener.handler),
            None | Some(Value::Closure(_) | Value::Literal(Literal::Null))
        )
    }
}

/// A method that only hands on what it is called on.
fn is_passing(callee: &Value) -> bool {
    let passing = |name: &str| PASSING_ON.contains(&name) || is_chaining(name);
    matches!(callee, Value::Member(_, name) if passing(name))
}

/// Emitters give themselves, so that the next listener can be added to what the last one gave.
fn is_chaining(method: &str) -> bool {
    EMITTER_CHAINS.contains(&method)
}

/// What the call of a method is made on, where it is the one that a path names: `bus` of `bus.all.clear()`.
fn called_on<'a>(path: &str, base: &'a Value, method: &str) -> Option<&'a Value> {
    let mut parts = path.rsplit('.');
    parts.next().filter(|last| *last == method)?;
    parts.try_fold(base, |at, part| match at {
        Value::Member(inner, name) if name == part => Some(&**inner),
        _ => None,
    })
}

impl<'a> Effects<'_, 'a> {
    /// The member that a variable was taken from: `client.leave` behind `const { leave } = client`.
    pub(crate) fn taken_from(&self, file: u32, callee: &'a Value) -> &'a Value {
        let Value::Var(var) = callee else { return callee };
        match self.program.bound(file, *var) {
            [only] if matches!(only.value, Value::Member(..)) => only.value,
            _ => callee,
        }
    }

    /// What an opener is called on; a parameter is followed to what the owner gives for it. A global function that
    /// releases by what it is called on is the page's.
    pub fn receiver_of(&self, open: &Open<'a>) -> Option<(u32, &'a Value)> {
        let by_receiver = || open.opener.releases.iter().any(|release| release.on == ReleaseOn::Receiver);
        match &self.program.call(open.call).callee {
            Value::Member(own, _) => Some(self.given_along(&open.path, open.call.file, own)),
            Value::Global(_) if by_receiver() => Some((open.call.file, &super::same::THE_PAGE)),
            _ => None,
        }
    }

    /// What the callers on a way give for a parameter.
    pub(crate) fn given_along(&self, way: &[CallRef], mut file: u32, mut value: &'a Value) -> (u32, &'a Value) {
        for call in way.iter().rev() {
            let Some(given) = self.given_for(*call, file, value) else { break };
            (file, value) = (call.file, given);
        }
        (file, value)
    }

    /// The argument of a call that a parameter of the called function takes.
    pub(crate) fn given_for(&self, call: crate::program::CallRef, file: u32, value: &Value) -> Option<&'a Value> {
        let Value::Var(var) = value else { return None };
        let f = self.runs(call).into_iter().find(|f| f.file == file && f.id == var.function)?;
        let params = self.program.function(f).params.iter().filter(|p| p.kind != crate::facts::ParamKind::Receiver);
        let at = params.into_iter().position(|p| p.local == var.local)?;
        self.program.call(call).positional(at).map(|arg| &arg.value)
    }

    /// The call that makes what a constant of a module holds.
    fn made_by_module(&self, file: u32, value: &Value) -> Option<CallRef> {
        let Value::Var(var) = value else { return None };
        let (file, var) = match self.program.facts(file).local(*var).kind {
            LocalKind::Import(id) => self.imported_place(file, id)?,
            _ => (file, *var),
        };
        match self.program.bound(file, var) {
            [only] if self.is_module_level(var) => match only.value {
                Value::Call(id) => Some(CallRef { file, id: *id }).filter(|call| self.is_new(*call)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The object that a chain of listeners was begun on: `feed` of `feed.on("a", f).on("b", g)`.
    pub(crate) fn begun_on(&self, file: u32, mut value: &'a Value) -> &'a Value {
        while let Value::Call(id) = value {
            match &self.program.facts(file).call(*id).callee {
                Value::Member(base, name) if is_chaining(name) => value = base,
                _ => break,
            }
        }
        value
    }

    /// What a method is called on. A hook that is called by the name of its module (`React.useRef()`) is no method.
    pub fn called_on(&self, file: u32, id: CallId) -> Option<&'a Value> {
        let facts = self.program.facts(file);
        let Value::Member(base, name) = &facts.call(id).callee else { return None };
        let imported = |var: &VarRef| matches!(facts.local(*var).kind, LocalKind::Import(_));
        let module = matches!(&**base, Value::Var(var) if imported(var)) || matches!(**base, Value::Module(_));
        (!module || !crate::facts::is_hook(name)).then_some(&**base)
    }

    /// The object at the root of a chain of calls: `db` of `db.ref("x").limit(2)`.
    pub fn chain_root(&self, file: u32, value: &'a Value) -> &'a Value {
        self.chain_root_at(file, value, &Trail::default())
    }

    /// A variable may be made from itself: `q = q.limit(2)`.
    fn chain_root_at(&self, file: u32, value: &'a Value, trail: &Trail) -> &'a Value {
        let Some(here) = trail.step(value) else { return value };
        match value {
            Value::Call(id) => match self.called_on(file, *id) {
                Some(base) => self.chain_root_at(file, base, &here),
                _ => value,
            },
            Value::Var(var) => match self.program.bound(file, *var) {
                [only] if matches!(only.value, Value::Call(_)) => match self.chain_root_at(file, only.value, &here) {
                    inner @ (Value::Var(_) | Value::Member(..) | Value::This) => inner,
                    _ => value,
                },
                _ => value,
            },
            _ => value,
        }
    }
}

/// What the opener was called on ends as a whole: `socket.disconnect()`.
pub(crate) fn ends_the_receiver(opener: &Opener, event: &Event) -> bool {
    let Value::Member(_, name) = event.callee else { return false };
    let mut named = opener.releases.iter().filter(|release| release.methods.iter().any(|method| method == name));
    named.clone().next().is_some() && named.all(|release| release.on == ReleaseOn::Receiver && release.same.is_empty())
}

impl Effects<'_, '_> {
    /// The version that the file has of the package has such a release no more.
    pub(crate) fn is_abolished(&self, open: &Open, release: &Release) -> bool {
        !release.until.is_empty() && self.version_used(open).is_some_and(|used| used >= version(&release.until))
    }

    /// The version of the opener's package that its file has, where that is known.
    pub(crate) fn version_used(&self, open: &Open) -> Option<(u32, u32)> {
        let package = self.program.catalog.package(open.row.package);
        let path = &self.program.units[open.call.file as usize].path;
        let used = self.program.manifests.version_of(path, std::slice::from_ref(&package.package));
        used.filter(|used| *used != (0, 0))
    }
}
