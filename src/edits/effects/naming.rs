//! Names for what a release needs: the handle, the handler, the receiver.
//!
//! What has none gets one, in the function that opens, beside it, or as a field. Knows no library: the
//! opener's row says what a release looks like.

use crate::catalog::schema::{HandlerType, Kind, Opener, Release, ReleaseOn};
use crate::edits::compiler;
use crate::facts::walk::{Bind, binds};
use crate::facts::{Arg, Call, CallKind, FnId, FnKind, Literal, Part, Span, Value};
use crate::finding::{Style, lines};
use crate::ownership::effects::{Effects, Open};
use crate::packages::manifests::version;
use crate::program::{ClassRef, FnRef};
use crate::values::Program;

use super::{Closing, is_outside, source};

/// From where the release sees its names.
pub(crate) enum Reach {
    /// From inside the function that opens, or right after it.
    Here,
    /// From beside the statement that starts at this offset and holds that function.
    Beside { at: u32, indent: String },
    /// From other methods of the object.
    Field(Fields),
}

impl Reach {
    /// Of the statement that the names are declared before.
    pub fn indent(&self) -> Option<&str> {
        match self {
            Reach::Beside { indent, .. } => Some(indent),
            Reach::Here | Reach::Field(_) => None,
        }
    }
}

/// How an object comes to a new field.
pub(crate) enum Fields {
    /// By assignment.
    Free,
    /// By a declaration too, which goes here where that can be told.
    Declared(Option<u32>),
}

pub(crate) struct Writer<'e> {
    file: u32,
    pub text: &'e str,
    /// The opener's call.
    pub call: &'e Call,
    pub edits: Vec<(Span, String)>,
    pub style: Style,
    /// Names that what is opened before this takes.
    taken: Vec<String>,
    /// Of an object whose class has others above or below it, which share its fields: the class, and their files.
    relatives: Option<(&'e str, Vec<&'e str>)>,
    /// Names that the edits declare, with the function that they belong to; `this.x` belongs to all of the file.
    pub names: Vec<(FnId, String)>,
    /// Types that new declarations need, as `module:name`.
    pub types: Vec<String>,
    /// Declarations are typed.
    typed: bool,
    /// A parameter that had its type from where it stood has none now.
    pub untyped: bool,
}

/// A handler as it stands apart.
struct Named {
    name: String,
    /// Of its declaration, with the colon; empty where the parameters say all.
    ty: String,
    written: String,
}

/// The compiler that can ask for the type of a generic function with its arguments.
const GENERIC_QUERIES: (u32, u32) = (4, 7);

/// The compiler that knows `?.`.
const CHAINING: (u32, u32) = (3, 7);

/// The result may be a function or an object: which, only the library knows.
pub(super) fn is_ambiguous(opener: &Opener) -> bool {
    let releases = &opener.releases;
    releases.iter().any(|release| release.call)
        && releases.iter().any(|release| !release.call && release.on == ReleaseOn::Handle)
}

/// What ends a handle that has a name; one that may be missing is looked at first.
pub(super) fn ended(release: &Release, name: &str, sure: bool) -> Option<String> {
    let (maybe, dot) = if sure { ("", ".") } else { ("?.", "?.") };
    match (release.call, release.functions.first(), release.methods.first()) {
        (true, ..) => Some(format!("{name}{maybe}()")),
        (_, Some(function), _) => Some(format!("{function}({name})")),
        (_, _, Some(method)) if release.on == ReleaseOn::Handle => Some(format!("{name}{dot}{method}()")),
        _ => None,
    }
}

/// `handler`, `onResize`, `listener`; a field, which stands among others, is called by its event first.
fn handler_names(call: &Call, open: &Open, reach: &Reach, whose: &str) -> Vec<String> {
    let event = open.opener.event.and_then(|at| call.positional(at)).and_then(|arg| arg.value.as_str());
    let parts = event.unwrap_or_default().split(|c: char| !c.is_alphanumeric()).map(capitalised);
    let word: String = parts.collect();
    let by_event = [format!("on{whose}{word}"), format!("handle{whose}{word}")];
    let mut by_event = by_event.into_iter().filter(|_| !word.is_empty());
    let plain = std::iter::once("handler".to_string());
    let others = ["listener", "handleEvent"].map(String::from);
    match reach {
        Reach::Field(_) => by_event.by_ref().chain(plain).chain(others).collect(),
        Reach::Here | Reach::Beside { .. } => plain.chain(by_event).chain(others).collect(),
    }
}

/// The value is the same where the release stands: of literals, constants of the file, and fields that only the constructor fills.
fn says_the_same(effects: &Effects, file: u32, value: &Value, reach: &Reach) -> bool {
    let same = |value: &Value| says_the_same(effects, file, value, reach);
    let facts = effects.program.facts(file);
    match value {
        Value::Literal(literal) => *literal != Literal::Null,
        Value::Record { entries, spreads, .. } => {
            spreads.is_empty() && entries.iter().all(|entry| matches!(entry.value, Value::Literal(_)))
        }
        Value::Binary(_, left, right) => same(left) && same(right),
        Value::Template(parts) => parts.iter().all(|part| match part {
            Part::Text(_) => true,
            Part::Value(value) => same(value),
        }),
        Value::Var(var) => var.function == FnId::TOP && effects.program.bound(file, *var).len() <= 1,
        Value::Member(base, name) if **base == Value::This => {
            let assigned =
                |bind: Bind| matches!(bind.target, Value::Member(base, of) if **base == Value::This && of == name);
            let mut later = facts.functions.iter().filter(|function| function.kind != FnKind::Constructor);
            matches!(reach, Reach::Field(_)) && !later.any(|function| binds(&function.body).any(assigned))
        }
        Value::Member(base, _) => matches!(**base, Value::Var(_)) && same(base),
        _ => false,
    }
}

/// The classes that a class is mixed from: `extends Mixins(Modal, Form)`.
fn mixed(program: &Program, class: ClassRef) -> Vec<ClassRef> {
    let data = program.class(class);
    let scope = FnRef { file: class.file, id: data.function };
    let calls = data.bases.iter().filter_map(|base| match base {
        Value::Call(id) => Some(program.facts(class.file).call(*id)),
        _ => None,
    });
    calls.flat_map(|call| &call.args).filter_map(|arg| program.eval(scope, &arg.value).class()).collect()
}

/// The lists from which an opener may take a name; `all` of them, or just those that it must take one from.
fn names_of(effects: &Effects, open: &Open, all: bool) -> Vec<Vec<String>> {
    let call = effects.program.call(open.call);
    let handler = open.opener.handler.and_then(|at| call.positional(at)).map(|arg| &arg.value);
    let by_handler = open.opener.releases.iter().any(|release| release.same.iter().any(|same| same == "handler"));
    let mut lists = Vec::new();
    if all || by_handler && matches!(handler, Some(Value::Closure(_))) {
        lists.extend([Reach::Here, Reach::Field(Fields::Free)].map(|reach| handler_names(call, open, &reach, "")));
    }
    if all || !by_handler && held_by(effects, open).is_none() {
        lists.push(names_for(open.opener.kind).map(String::from).to_vec());
    }
    if all {
        lists.push(vec![FIELD.to_string()]);
    }
    lists
}

/// A field whose type is written.
const FIELD: &str = "subscription";

/// Names that suit what is opened, in order of choice.
fn names_for(kind: Kind) -> [&'static str; 2] {
    match kind {
        Kind::Timer => ["timer", "intervalId"],
        Kind::Observer => ["observer", "watcher"],
        Kind::Subscription | Kind::Listener => ["unsubscribe", "release"],
        _ => ["connection", "opened"],
    }
}

/// The first form of release that the package's version has.
fn usual_release<'o>(effects: &Effects, open: &Open<'o>) -> Option<&'o Release> {
    let fits = |release: &&Release| {
        let old = || effects.version_used(open).is_some_and(|used| used < version(&release.since));
        (release.since.is_empty() || !old()) && !effects.is_abolished(open, release)
    };
    open.opener.releases.iter().find(fits)
}

impl<'e> Writer<'e> {
    pub fn new(effects: &'e Effects, file: u32, call: &'e Call) -> Option<Self> {
        let (text, edits, types) = (source(effects, file)?, Vec::new(), Vec::new());
        let (typed, taken, names) = (is_typed(effects, file, text), Vec::new(), Vec::new());
        Some(Self {
            file,
            text,
            call,
            edits,
            style: Style::of(text),
            taken,
            relatives: None,
            names,
            types,
            typed,
            untyped: false,
        })
    }

    /// For one of several openers: names that are made up for those before it are taken.
    pub fn among<'a>(effects: &'e Effects<'_, 'a>, open: &Open<'a>, opens: &[Open<'a>]) -> Option<Self> {
        let (file, call) = (open.call.file, effects.program.call(open.call));
        let mut writer = Self::new(effects, file, call)?;
        let mut before: Vec<&Open> = opens.iter().filter(|it| it.from == open.from && it.call < open.call).collect();
        before.sort_by_key(|other| other.call);
        before.dedup_by_key(|other| other.call);
        for other in before {
            let names = names_of(effects, other, other.opener.kind == open.opener.kind);
            for names in names {
                writer.taken.extend(writer.free_name(&names));
            }
        }
        Some(writer)
    }

    /// The names that it makes up must be those of no field of a class above or below.
    pub fn set_class(&mut self, effects: &'e Effects, class: ClassRef) {
        let program = effects.program;
        let mixing = program.classes().filter(|other| mixed(program, *other).contains(&class));
        let near = program.ancestry(class).into_iter().chain(program.descendants(class)).chain(mixed(program, class));
        let all = near.chain(mixing).filter(|other| *other != class);
        let texts: Vec<&str> = all.filter_map(|other| source(effects, other.file)).collect();
        self.relatives = (!texts.is_empty()).then(|| (program.class(class).name.as_str(), texts));
    }

    fn declare(&mut self, scope: FnId, name: &str) {
        self.names.push((scope, name.to_string()));
    }

    fn declare_field(&mut self, name: &str) -> String {
        let field = format!("this.{name}");
        self.declare(FnId::TOP, &field);
        field
    }

    pub fn slice(&self, span: Span) -> Option<&'e str> {
        self.text.get(span.range())
    }

    pub fn insert(&mut self, at: u32, text: String) {
        self.edits.push((Span { start: at, end: at }, text));
    }

    /// The statement that releases, after what is needed has got a name.
    pub fn release(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<String> {
        let release = usual_release(effects, open)?;
        let end = self.style.end();
        match release.on {
            ReleaseOn::Receiver if !release.methods.is_empty() => {
                let receiver = self.receiver(effects, open, reach)?;
                let arguments = self.arguments(effects, open, release, reach)?;
                Some(format!("{receiver}.{}({arguments}){end}", release.methods.first()?))
            }
            ReleaseOn::Receiver => None,
            _ if is_ambiguous(open.opener) => None,
            _ => {
                let name = self.handle(effects, open, reach)?;
                let sure = matches!(reach, Reach::Here);
                let promised = open.opener.gives.is_promise();
                if promised && !self.call.awaited {
                    let (dot, inner) = (if sure { "." } else { "?." }, ended(release, "opened", true)?);
                    return Some(format!("{name}{dot}then((opened) => {inner}){end}"));
                }
                if !sure && !release.call && release.functions.is_empty() && is_older(effects, open.call.file, CHAINING)
                {
                    return Some(format!("if ({name}) {{ {}{end} }}", ended(release, &name, true)?));
                }
                Some(format!("{}{end}", ended(release, &name, sure)?))
            }
        }
    }

    /// It opens on a variable of its function, which other methods do not see.
    pub fn is_on_local(&self, open: &Open) -> bool {
        let local = |base: &Value| matches!(base, Value::Var(var) if var.function == open.from.id);
        let receives = open.opener.releases.iter().any(|release| release.on == ReleaseOn::Receiver);
        receives && matches!(&self.call.callee, Value::Member(base, _) if local(base))
    }

    /// The call of a function that is kept in a field, and that releases what its maker sees.
    pub fn release_in_field(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<String> {
        let Reach::Field(fields) = reach else { return None };
        if is_older(effects, open.call.file, CHAINING) {
            return None;
        }
        let end = self.style.end();
        let name = self.free_name(&["release".into(), "stopListening".into()])?;
        let (at, indent) = self.after_statement()?;
        let release = self.release(effects, open, &Reach::Here)?;
        self.insert(at, format!("{indent}this.{name} = () => {release}\n"));
        if let Fields::Declared(member) = fields {
            let at = (*member)?;
            let line = lines::around(self.text, Span { start: at, end: at })?.start;
            let indent = self.text.get(line as usize..at as usize)?;
            self.insert(at, format!("private {name}?: () => void{end}\n{indent}"));
        }
        Some(format!("{}?.(){end}", self.declare_field(&name)))
    }

    fn receiver(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<String> {
        let Value::Member(base, _) = &self.call.callee else { return None };
        effects.key(open.call.file, base).filter(|key| !key.contains('('))?;
        if !matches!(reach, Reach::Here) && !is_outside(effects, open.call.file, open.from.id, base) {
            return self.receiver_beside(effects, open, reach);
        }
        let callee = self.slice(self.call.callee_span)?;
        callee.rsplit_once('.').map(|(receiver, _)| receiver.trim_end_matches('?').to_string())
    }

    /// What a variable of the function holds that opens on it, in a new one outside, filled right before.
    fn receiver_beside(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<String> {
        let (Reach::Beside { at, indent }, Value::Member(base, _)) = (reach, &self.call.callee) else { return None };
        let own = matches!(&**base, Value::Var(var) if var.function == open.from.id);
        if !own || self.typed {
            return None;
        }
        let receiver = self.slice(self.call.callee_span)?.rsplit_once('.')?.0.trim_end_matches('?');
        let name = self.free_name(&names_for(open.opener.kind).map(String::from))?;
        let (start, deep) = self.awaited_statement()?;
        let end = self.style.end();
        self.insert(start, format!("{name} = {receiver}{end}\n{deep}"));
        self.insert(*at, format!("let {name}{end}\n{indent}"));
        self.declare(around(effects, open), &name);
        Some(format!("{name}?"))
    }

    fn arguments(&mut self, effects: &Effects, open: &Open, release: &Release, reach: &Reach) -> Option<String> {
        let mut args = Vec::new();
        for what in &release.same {
            match what.as_str() {
                "event" => args.push(self.plain(effects, self.call.positional(open.opener.event?)?, reach)?),
                "handler" => args.push(self.handler(effects, open, reach)?),
                "capture" => {
                    if let Some(options) = open.opener.options.and_then(|at| self.call.positional(at)) {
                        args.extend(self.capture(effects, options, reach)?);
                    }
                }
                _ => return None,
            }
        }
        Some(args.join(", "))
    }

    /// What a release is told of the opener's options: the phase, where they say one. The rest is none of its own.
    pub fn capture(&self, effects: &Effects, options: &Arg, reach: &Reach) -> Option<Option<String>> {
        let written = self.plain(effects, options, reach)?;
        let Value::Record { entries, spreads, .. } = &options.value else { return Some(Some(written)) };
        let phase = entries.iter().find(|entry| entry.key == "capture");
        match phase {
            _ if !spreads.is_empty() => Some(Some(written)),
            Some(_) if entries.len() == 1 => Some(Some(written)),
            Some(phase) => match phase.value {
                Value::Literal(Literal::Bool(false)) => Some(None),
                Value::Literal(Literal::Bool(true)) => Some(Some("{ capture: true }".into())),
                _ => Some(Some(written)),
            },
            None => Some(None),
        }
    }

    /// An argument as written; from elsewhere it must say the same.
    fn plain(&self, effects: &Effects, arg: &Arg, reach: &Reach) -> Option<String> {
        let same = matches!(reach, Reach::Here) || says_the_same(effects, self.file, &arg.value, reach);
        same.then(|| self.slice(arg.span).map(str::to_string)).flatten()
    }

    fn handler(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<String> {
        if matches!(reach, Reach::Here) {
            return self.handler_name(effects, open);
        }
        let arg = self.call.positional(open.opener.handler?)?;
        match (&arg.value, reach) {
            (Value::Var(_) | Value::Member(..), _) => {
                let outside = is_outside(effects, open.call.file, open.from.id, &arg.value);
                outside.then(|| self.slice(arg.span).map(str::to_string)).flatten()
            }
            (Value::Closure(_), Reach::Beside { at, indent }) => {
                let Named { name, ty, written } = self.closure(effects, open, reach)?;
                let mut names = effects.program.function(open.from).locals.iter();
                if names.any(|local| lines::mentions(&written, &local.name)) {
                    return None;
                }
                let (_, deep) = self.statement()?;
                let moved = shallower(&written, deep.strip_prefix(indent.as_str())?)?;
                self.edits.push((arg.span, name.clone()));
                self.insert(*at, format!("const {name}{ty} = {moved}{}\n{indent}", self.style.end()));
                self.declare(around(effects, open), &name);
                Some(name)
            }
            (Value::Closure(_), Reach::Field(Fields::Free)) => {
                let Named { name, written, .. } = self.closure(effects, open, reach)?;
                let (start, indent) = self.statement()?;
                self.edits.push((arg.span, format!("this.{name}")));
                self.insert(start, format!("this.{name} = {written}{}\n{indent}", self.style.end()));
                Some(self.declare_field(&name))
            }
            (Value::Closure(_), Reach::Field(Fields::Declared(at))) => {
                let Named { name, ty, written } = self.closure(effects, open, reach)?;
                let ty = if ty.is_empty() { function_type(&written)? } else { ty };
                let (at, (start, indent)) = ((*at)?, self.statement()?);
                let line = lines::around(self.text, Span { start: at, end: at })?.start;
                let member = self.text.get(line as usize..at as usize)?;
                let end = self.style.end();
                self.insert(at, format!("private {name}!{ty}{end}\n{member}"));
                self.edits.push((arg.span, format!("this.{name}")));
                self.insert(start, format!("this.{name} = {written}{end}\n{indent}"));
                Some(self.declare_field(&name))
            }
            _ => None,
        }
    }

    /// The handler's name; a closure written in place gets one.
    pub fn handler_name(&mut self, effects: &Effects, open: &Open) -> Option<String> {
        let arg = self.call.positional(open.opener.handler?)?;
        match &arg.value {
            Value::Var(_) | Value::Member(..) => self.slice(arg.span).map(str::to_string),
            Value::Closure(_) => {
                let Named { name, ty, written } = self.closure(effects, open, &Reach::Here)?;
                let (start, indent) = self.statement()?;
                self.edits.push((arg.span, name.clone()));
                self.insert(start, format!("const {name}{ty} = {written}{}\n{indent}", self.style.end()));
                self.declare(open.from.id, &name);
                Some(name)
            }
            _ => None,
        }
    }

    /// A new name for the closure that is the handler, and its text as it stands apart.
    fn closure(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<Named> {
        let arg = self.call.positional(open.opener.handler?)?;
        let written = self.slice(arg.span).filter(|written| !written.starts_with("function") && !self.is_excused())?;
        let written = &*self.at_statement(arg.span, written);
        let event = open.opener.event.and_then(|at| self.call.positional(at)).and_then(|arg| arg.value.as_str());
        let heard = |text: &&str| event.is_some_and(|event| text.contains(event));
        // What a relative hears, too, may get a field there.
        let relatives = self.relatives.as_ref().filter(|(_, texts)| texts.iter().any(heard));
        let name = self.free_name(&handler_names(self.call, open, reach, relatives.map_or("", |(class, _)| *class)))?;
        let Value::Closure(id) = &arg.value else { return None };
        let params = &effects.program.facts(open.call.file).function(*id).params;
        if !self.typed || params.iter().all(|param| param.ty.is_some()) {
            return Some(Named { name, ty: String::new(), written: written.to_string() });
        }
        if let Some(written) = self.event_type(open).and_then(|ty| typed_parameter(written, &ty)) {
            return Some(Named { name, ty: String::new(), written });
        }
        let ty = self.handler_type(effects, open);
        // What has no type any more is an error there.
        let known = ty.is_some() || !is_strict(effects, open.call.file);
        self.untyped |= ty.is_none();
        known.then(|| Named { name, ty: ty.unwrap_or_default(), written: written.to_string() })
    }

    /// An argument on lines of its own, as deep as the statement.
    fn at_statement(&self, span: Span, written: &str) -> String {
        let moved = || {
            let (_, outer) = self.statement()?;
            let before = self.text.get(..span.start as usize)?;
            let own = before.get(before.rfind('\n')? + 1..)?;
            let extra = own.strip_prefix(outer.as_str()).filter(|extra| !extra.is_empty() && own.trim().is_empty())?;
            lines::shallower(&format!("{own}{written}"), extra)?.strip_prefix(outer.as_str()).map(str::to_string)
        };
        moved().unwrap_or_else(|| written.to_string())
    }

    /// `: Parameters<typeof socket.on<"joined">>[1]`: what the handler was typed by where it stood.
    fn handler_type(&self, effects: &Effects, open: &Open) -> Option<String> {
        let callee = self.slice(self.call.callee_span)?;
        let plain = callee.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'));
        let event = match open.opener.handler_type {
            HandlerType::Unknown => return None,
            HandlerType::Signature => String::new(),
            HandlerType::Event => {
                let event = self.call.positional(open.opener.event?)?;
                event.value.as_str()?;
                format!("<{}>", self.slice(event.span)?)
            }
        };
        let writes = event.is_empty() || !is_older(effects, open.call.file, GENERIC_QUERIES);
        (plain && writes).then(|| format!(": Parameters<typeof {callee}{event}>[{}]", open.opener.handler.unwrap_or(0)))
    }

    /// A comment excuses the line of the call from type checking: it is right for that line only.
    fn is_excused(&self) -> bool {
        let line = lines::around(self.text, Span { end: self.call.span.start, ..self.call.span });
        let above = line.and_then(|line| self.text.get(..line.start as usize)?.lines().next_back());
        above.is_some_and(|above| above.contains("@ts-ignore") || above.contains("@ts-expect-error"))
    }

    /// `WindowEventMap["resize"]`; an event of the project's own is an `Event`.
    fn event_type(&self, open: &Open) -> Option<String> {
        let callee = self.slice(self.call.callee_span)?;
        let receiver = callee.rsplit_once('.').map_or("window", |(receiver, _)| receiver);
        let maps = &open.opener.event_maps;
        let map = maps.get(receiver).or_else(|| maps.get("*"))?;
        let event = self.call.positional(open.opener.event?)?.value.as_str()?;
        let names = &open.opener.event_names;
        let known = ["*", map.as_str()].iter().filter_map(|of| names.get(*of)).flatten().any(|name| name == event);
        Some(if known { format!("{map}[{}]", self.style.quoted(event)) } else { "Event".into() })
    }

    fn handle(&mut self, effects: &Effects, open: &Open, reach: &Reach) -> Option<String> {
        match reach {
            Reach::Here => self.handle_name(effects, open),
            Reach::Beside { at, indent } => self.handle_beside(effects, open, *at, indent),
            Reach::Field(fields) => self.handle_field(effects, open, fields),
        }
    }

    /// The name of the variable that holds the result; a bare call gets one.
    pub fn handle_name(&mut self, effects: &Effects, open: &Open) -> Option<String> {
        if let Some(var) = held_by(effects, open) {
            return (var.function == open.from.id)
                .then(|| effects.program.facts(open.call.file).local(var).name.clone());
        }
        let name = self.free_name(&names_for(open.opener.kind).map(String::from))?;
        let (start, _) = self.statement().filter(|_| self.is_whole())?;
        self.insert(start, format!("const {name} = "));
        self.declare(open.from.id, &name);
        Some(name)
    }

    /// A variable outside the function that opens: the one that is there, or a new one.
    fn handle_beside(&mut self, effects: &Effects, open: &Open, at: u32, indent: &str) -> Option<String> {
        let held = held_by(effects, open);
        if let Some(var) = held.filter(|var| var.function != open.from.id) {
            return Some(effects.program.facts(open.call.file).local(var).name.clone());
        }
        let name = match held {
            Some(var) => self.undeclared(&effects.program.facts(open.call.file).local(var).name)?,
            None => {
                let name = self.free_name(&names_for(open.opener.kind).map(String::from))?;
                let (start, _) = self.statement().filter(|_| self.is_whole())?;
                self.insert(start, format!("{name} = "));
                name
            }
        };
        let ty = if self.typed { self.handle_type(open)? } else { String::new() };
        let ty = if ty.is_empty() { ty } else { format!(": {ty} | undefined") };
        self.insert(at, format!("let {name}{ty}{}\n{indent}", self.style.end()));
        self.declare(around(effects, open), &name);
        Some(name)
    }

    /// `const x = open()` becomes `x = open()`, where nothing else is called `x`.
    fn undeclared(&mut self, name: &str) -> Option<String> {
        let line = lines::around(self.text, self.call.span)?.start;
        let head = self.text.get(line as usize..self.call.span.start as usize)?;
        let bare = head.trim_start();
        let twice =
            self.text.matches(&format!("const {name} ")).count() + self.text.matches(&format!("let {name}")).count();
        let whole = bare == format!("const {name} = ");
        let start = line + (head.len() - bare.len()) as u32;
        (whole && twice == 1)
            .then(|| self.edits.push((Span { start, end: start + "const ".len() as u32 }, String::new())))?;
        Some(name.to_string())
    }

    /// `this.timer`: the field that is there, or a new one.
    fn handle_field(&mut self, effects: &Effects, open: &Open, new: &Fields) -> Option<String> {
        let fields = &effects.program.index[open.call.file as usize].fields;
        let holds = |value: &Value| matches!(value, Value::Call(id) if *id == open.call.id);
        let held = fields.iter().find(|(_, bounds)| bounds.iter().any(|bound| holds(bound.value)));
        if let Some((name, _)) = held {
            return Some(format!("this.{name}"));
        }
        if held_by(effects, open).is_some() {
            return None;
        }
        let names = names_for(open.opener.kind).map(String::from);
        let typed = !open.opener.handle_type.is_empty();
        let name = if typed { self.free_name(&[FIELD.into()]) } else { self.free_name(&names) }?;
        let (start, _) = self.statement().filter(|_| self.is_whole())?;
        if let Fields::Declared(at) = new {
            let (ty, at) = (self.handle_type(open)?, (*at)?);
            let line = lines::around(self.text, Span { start: at, end: at })?.start;
            let indent = self.text.get(line as usize..at as usize)?;
            self.insert(at, format!("private {name}?: {ty}{}\n{indent}", self.style.end()));
        }
        self.insert(start, format!("this.{name} = "));
        Some(self.declare_field(&name))
    }

    /// The written type of what the opener gives.
    fn handle_type(&mut self, open: &Open) -> Option<String> {
        let callee = self.slice(self.call.callee_span)?;
        if self.call.kind == CallKind::New {
            return Some(callee.to_string());
        }
        if let Some((_, name)) = open.opener.handle_type.split_once(':') {
            self.types.push(open.opener.handle_type.clone());
            return Some(name.to_string());
        }
        matches!(self.call.callee.root(), Value::Global(_)).then(|| format!("ReturnType<typeof {callee}>"))
    }

    /// The first that occurs nowhere, and that nothing before takes.
    pub fn free_name(&self, names: &[String]) -> Option<String> {
        let last = names.last()?;
        let numbered = (2..10).map(|number| format!("{last}{number}"));
        let beside = self.relatives.iter().flat_map(|(_, texts)| texts);
        let texts = std::iter::once(&self.text).chain(beside);
        let free = |name: &String| !self.taken.contains(name) && !texts.clone().any(|text| lines::mentions(text, name));
        names.iter().cloned().chain(numbered).find(free)
    }

    /// Nothing of the statement comes after the call: no member, no assignment.
    fn is_whole(&self) -> bool {
        let rest = self.text.get(self.call.span.end as usize..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_start();
        let ends = line.trim().is_empty() || line.starts_with(';') || line.starts_with("//");
        ends && !rest.trim_start().starts_with(['.', '=', '?'])
    }

    /// Where the call's statement starts, when the call is all of it, and its indentation.
    pub fn statement(&self) -> Option<(u32, String)> {
        let start = self.call.span.start as usize;
        let before = self.text.get(..start)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        let indent = before.get(line..)?;
        indent.trim().is_empty().then(|| (self.call.span.start, indent.to_string()))
    }

    /// The same for one that is waited for: `await open()`.
    fn awaited_statement(&self) -> Option<(u32, String)> {
        let line = lines::around(self.text, self.call.span)?.start;
        let head = self.text.get(line as usize..self.call.span.start as usize)?;
        let indent = lines::indent(head);
        matches!(head.trim(), "" | "await").then(|| (line + indent.len() as u32, indent.to_string()))
    }

    /// Where the call's statement starts, whatever stands before that on its line.
    pub fn begins(&self) -> Option<u32> {
        let before = self.text.get(..self.call.span.start as usize)?.trim_end_matches([' ', '\t']);
        before.ends_with(['\n', '{', ';', '}']).then_some(self.call.span.start)
    }

    /// Where the line after the statement around the call begins, and the indentation of the statement:
    /// the call, or an assignment of it.
    pub fn after_statement(&self) -> Option<(u32, String)> {
        let line = lines::around(self.text, self.call.span)?;
        let head = self.text.get(line.start as usize..self.call.span.start as usize)?;
        let plain = head.trim().is_empty() || head.trim_end().ends_with('=');
        let rest = self.text.get(self.call.span.end as usize..line.end as usize)?.trim_start_matches(';').trim();
        let alone = rest.is_empty() || rest.starts_with("//");
        (plain && alone).then(|| (line.end, lines::indent(head).to_string()))
    }

    /// `return () => …` before the end of the function that opens.
    pub fn returned_block(&self, function: Span, release: String) -> Option<Closing> {
        self.returned_block_at(function, release, None)
    }

    /// The same; `indent` is that of the function's statements, where the opener's is another one.
    pub fn returned_block_at(&self, function: Span, release: String, indent: Option<&str>) -> Option<Closing> {
        let (at, outer) = lines::closing_line(self.text, function)?;
        let at = lines::above_remarks(self.text, at);
        let indent = indent.map_or_else(|| self.statement_indent(), |indent| Some(indent.to_string()))?;
        let unit = indent.strip_prefix(&outer).filter(|unit| !unit.is_empty()).unwrap_or("  ").to_string();
        let end = self.style.end();
        let head = format!("{indent}return () => {{\n");
        Some(Closing {
            at,
            head,
            lines: vec![release],
            indent: format!("{indent}{unit}"),
            tail: format!("{indent}}}{end}\n"),
            single: None,
        })
    }

    /// The cleanup `() => close()` gets a block, which releases more.
    pub fn after_expression(&mut self, cleanup: Span, release: &str) -> Option<Closing> {
        let written = self.slice(cleanup)?;
        let body = written.split_once("=>")?.1;
        let first = cleanup.end - body.trim_start().len() as u32;
        let plain = !body.trim_start().starts_with('{') && !body.contains('\n') && !written.starts_with("async");
        let line = lines::around(self.text, cleanup).filter(|_| plain)?;
        let outer = lines::indent(self.text.get(line.range())?);
        let (indent, end) = (format!("{outer}{}", self.style.step), self.style.end());
        self.insert(first, format!("{{\n{indent}"));
        Some(Closing {
            at: cleanup.end,
            head: format!("{end}\n"),
            lines: vec![release.to_string()],
            indent,
            tail: format!("{outer}}}"),
            single: None,
        })
    }

    /// The indentation of the line on which the call starts.
    fn statement_indent(&self) -> Option<String> {
        let before = self.text.get(..self.call.span.start as usize)?;
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        Some(lines::indent(before.get(line..)?).chars().take_while(|c| c.is_whitespace()).collect())
    }
}

/// The function around the one that opens.
fn around(effects: &Effects, open: &Open) -> FnId {
    effects.program.function(open.from).parent.unwrap_or(FnId::TOP)
}

/// The variable that the result is bound to.
fn held_by(effects: &Effects, open: &Open) -> Option<crate::facts::VarRef> {
    let index = &effects.program.index[open.call.file as usize];
    let holds = |value: &Value| matches!(value, Value::Call(id) if *id == open.call.id);
    index.vars.iter().find(|(_, bounds)| bounds.iter().any(|b| holds(b.value))).map(|(var, _)| *var)
}

/// The compiler is older than this.
fn is_older(effects: &Effects, file: u32, since: (u32, u32)) -> bool {
    let path = &effects.program.units[file as usize].path;
    effects.program.manifests.version_of(path, &["typescript".into()]).is_some_and(|used| used < since)
}

/// A parameter without a type is an error.
fn is_strict(effects: &Effects, file: u32) -> bool {
    compiler::forbids_untyped(effects.project.inputs.files, &effects.program.units[file as usize].path)
}

/// Declarations of the file are typed.
pub(crate) fn is_typed(effects: &Effects, file: u32, text: &str) -> bool {
    let path = &effects.program.units[file as usize].path;
    match path.rsplit('.').next() {
        Some("ts" | "tsx" | "mts" | "cts") => true,
        Some("vue" | "svelte" | "astro") => text.contains("lang=\"ts\"") || text.contains("lang='ts'"),
        _ => false,
    }
}

/// `(event) => …` with the type of its parameter.
fn typed_parameter(written: &str, ty: &str) -> Option<String> {
    let (head, body) = written.split_once("=>")?;
    let name = head.trim().trim_start_matches('(').trim_end_matches(')');
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    plain.then(|| format!("({name}: {ty}) =>{body}"))
}

/// `: (note: string) => void` of a closure whose parameters are plain.
fn function_type(written: &str) -> Option<String> {
    let params = written.split_once("=>")?.0.trim().trim_start_matches("async ").trim();
    let plain = params.starts_with('(') && params.ends_with(')') && params.matches('(').count() == 1;
    (plain && !params.contains('=')).then(|| format!(": {params} => void"))
}

/// The lines after the first, one level up.
fn shallower(written: &str, step: &str) -> Option<String> {
    let Some((first, rest)) = written.split_once('\n') else { return Some(written.to_string()) };
    Some(format!("{first}\n{}", lines::shallower(rest, step)?))
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}
