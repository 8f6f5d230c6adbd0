//! Whether two look-ups ask for the same: their arguments as texts that are equal for equal things.
//!
//! What may differ between two calls has no text. Knows no library by name.

use rustc_hash::FxHashMap;

use super::keyed::{held, is_carried_out, keyed};
use crate::catalog::words::lookups::{READING, UNWRAPPING};
use crate::facts::trail::Trail;
use crate::facts::{Call, FnId, Literal, LocalKind, ParamKind, Value, VarRef};
use crate::program::{CallRef, FnRef};
use crate::values::Program;
use crate::values::passing::parameter_of;

/// A function as one caller runs it.
pub struct Frame {
    pub f: FnRef,
    /// The texts of its parameters, by local; `None` for the function that is judged itself.
    given: Option<FxHashMap<u32, Option<String>>>,
    /// It runs once for the request that is judged: what it does not change is the same throughout.
    once: bool,
}

impl Frame {
    pub fn root(f: FnRef) -> Frame {
        Frame { f, given: None, once: true }
    }

    /// Of what a framework runs for a request: its parameters are what the request is.
    pub fn of_request(program: &Program, f: FnRef) -> Frame {
        let params = program.function(f).params.iter().enumerate();
        let given = params.map(|(at, param)| (param.local, Some(format!("{REQUEST}{at}"))));
        Frame { f, given: Some(given.collect()), once: false }
    }

    /// The same of what runs once for the request, with what others that ran before it gave to its parameters.
    pub fn once(program: &Program, f: FnRef, filled: FxHashMap<u32, Option<String>>) -> Frame {
        let mut frame = Frame { once: true, ..Frame::of_request(program, f) };
        frame.given.get_or_insert_default().extend(filled);
        frame
    }

    /// The frame of `g` when `call` of this frame runs it.
    pub fn inner<'a>(&self, program: &Program<'a>, g: FnRef, call: &'a Call) -> Frame {
        let mut given: FxHashMap<u32, Option<String>> = FxHashMap::default();
        for (at, arg) in call.args.iter().enumerate() {
            if let Some(local) = parameter_of(program, self.f.file, call, g, at) {
                given.insert(local, self.key(program, &arg.value, &Trail::default()));
            }
        }
        // What is given the request alone gives the same as the first time.
        let of_request = |text: &Option<String>| text.as_ref().is_some_and(|text| is_request(text));
        let once = self.once && self.given.is_some() && !given.is_empty() && given.values().all(of_request);
        Frame { f: g, given: Some(given), once }
    }

    /// All arguments of a call, or `None` when one of them has no text.
    pub fn arguments(&self, program: &Program, call: &Call) -> Option<String> {
        self.arguments_at(program, call, &Trail::default())
    }

    fn arguments_at(&self, program: &Program, call: &Call, trail: &Trail) -> Option<String> {
        let texts = call.args.iter().map(|arg| {
            let name = arg.name.as_deref().unwrap_or_default();
            self.key(program, &arg.value, trail).filter(|_| !arg.spread).map(|text| format!("{name}={text}"))
        });
        texts.collect::<Option<Vec<String>>>().map(|texts| texts.join(","))
    }

    pub fn key(&self, program: &Program, value: &Value, trail: &Trail) -> Option<String> {
        let here = trail.step(value)?;
        let of = |value: &Value| self.key(program, value, &here);
        Some(match value {
            Value::Literal(Literal::Regex) | Value::Unknown => return None,
            Value::Literal(literal) => format!("{literal:?}"),
            Value::Var(var) => return self.variable(program, *var, &here),
            Value::This if self.given.is_none() => "this".into(),
            Value::Global(name) => format!("${name}"),
            Value::Member(base, name) => part(of(base)?, name),
            Value::Index(base, key) => match key.as_str() {
                Some(name) => part(of(base)?, name),
                None => format!("{}[{}]", of(base)?, of(key)?),
            },
            Value::Element(base) => element(of(base)?),
            Value::Call(id) => return self.given_by(program, CallRef { file: self.f.file, id: *id }, &here),
            Value::Record { entries, spreads, open: false } if spreads.is_empty() => {
                let texts = entries.iter().map(|entry| Some(format!("{}:{}", entry.key, of(&entry.value)?)));
                let mut texts = texts.collect::<Option<Vec<String>>>()?;
                texts.sort();
                format!("{{{}}}", texts.join(","))
            }
            Value::List(items) => format!("[{}]", items.iter().map(of).collect::<Option<Vec<String>>>()?.join(",")),
            _ => return None,
        })
    }

    fn variable(&self, program: &Program, var: VarRef, trail: &Trail) -> Option<String> {
        let facts = program.facts(self.f.file);
        let local = facts.local(var);
        let bound = program.bound(self.f.file, var);
        let text = |file: u32, var: VarRef| format!("v{file}.{}.{}", var.function.0, var.local);
        let own = text(self.f.file, var);
        let is_param = facts.function(var.function).params.iter().any(|param| param.local == var.local);
        match (local.kind, bound) {
            (LocalKind::Import(id), _) => match program.imported_variable(self.f.file, id) {
                Some((home, var)) => Some(text(home, var)),
                None => Some(format!("import {} {}", facts.import(id).module, facts.import(id).name)),
            },
            (LocalKind::Function(_) | LocalKind::Class(_) | LocalKind::Static, _) => Some(own),
            (LocalKind::Param, []) | (LocalKind::Let { .. }, []) if is_param && var.function == self.f.id => {
                match &self.given {
                    None => Some(own),
                    Some(given) => given.get(&var.local).cloned().flatten(),
                }
            }
            (_, [_]) if var.function == FnId::TOP => Some(own),
            (_, [only]) => match self.key(program, only.value, trail) {
                // A parameter's part, or something else that this function does not change.
                None if self.once => Some(own),
                text => text,
            },
            _ => None,
        }
    }

    fn given_by(&self, program: &Program, call: CallRef, trail: &Trail) -> Option<String> {
        let data = program.call(call);
        let name = data.callee_name(program.facts(call.file)).unwrap_or_default();
        match &data.callee {
            Value::Member(base, _) if UNWRAPPING.contains(&name) => self.key(program, base, trail),
            _ if is_carried_out(program, call) && !READING.contains(&name) => {
                Some(keyed(program, self, call, trail)?.row())
            }
            _ => self.request_value(program, data, trail),
        }
    }

    /// What a call reads from the request is the same throughout: `cookies().get("session")`.
    fn request_value(&self, program: &Program, call: &Call, trail: &Trail) -> Option<String> {
        let name = call.callee_name(program.facts(self.f.file)).filter(|name| READING.contains(name))?;
        let callee = match &call.callee {
            Value::Member(base, _) => self.key(program, base, trail)?,
            _ => String::new(),
        };
        if let ("get", [only]) = (name, call.args.as_slice())
            && let Some(key) = only.value.as_str().filter(|_| !callee.is_empty())
        {
            return Some(part(callee, key));
        }
        Some(format!("{callee}.{name}({})", self.arguments_at(program, call, trail)?))
    }
}

const REQUEST: &str = "request";

/// What a framework gives to a function that it runs for a request, whole.
fn is_request(text: &str) -> bool {
    text.strip_prefix(REQUEST).is_some_and(|at| at.parse::<usize>().is_ok())
}

/// `user.id`, `user["id"]` and `user.get("id")`.
fn part(whole: String, name: &str) -> String {
    match (held(&whole, name), wrapped(&whole)) {
        (Some(value), _) => value.into(),
        (None, Some(inner)) if name == "0" => inner.into(),
        _ => format!("{whole}.{name}"),
    }
}

fn element(whole: String) -> String {
    match wrapped(&whole) {
        Some(inner) => inner.into(),
        None => format!("*{whole}"),
    }
}

const WRAPPER: &str = "wrapper of ";

/// The text of an object that is made around the one value: `Signed(claims)`.
pub fn wrapper(inner: &str) -> String {
    format!("{WRAPPER}{inner}")
}

fn wrapped(text: &str) -> Option<&str> {
    text.strip_prefix(WRAPPER)
}

/// The parameter is given with the call as it stands, not spread or collected.
pub fn is_plain(program: &Program, g: FnRef) -> bool {
    program.function(g).params.iter().all(|param| !matches!(param.kind, ParamKind::Rest | ParamKind::KeywordRest))
}
