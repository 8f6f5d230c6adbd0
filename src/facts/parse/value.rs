//! Values, calls and conditions of the text form.

use super::text::Cursor;
use super::{Parsed, Parser};
use crate::facts::{
    Arg, BinaryOp, Call, CallId, CallKind, Chosen, ClassId, FnId, Literal, Part, Pred, RecordEntry, Value,
};

impl Parser {
    /// `await new pg.Pool(1:url, max=3)`.
    pub(super) fn call(&mut self, function: FnId, at: &mut Cursor) -> Parsed<Call> {
        let awaited = at.take("await ");
        let kind = call_kind(at);
        let callee = self.value(at)?;
        let mut args = Vec::new();
        at.list("(", ")", |at| self.argument(at).map(|arg| args.push(arg)))?;
        let span = self.span();
        let args = args.into_iter().collect();
        Ok(Call { kind, function, callee, args, generics: Default::default(), awaited, span, callee_span: span })
    }

    fn argument(&mut self, at: &mut Cursor) -> Parsed<Arg> {
        let name = named(at);
        let spread = at.take("...");
        Ok(Arg { name, value: self.value(at)?, spread, span: self.span() })
    }

    pub(super) fn value(&mut self, at: &mut Cursor) -> Parsed<Value> {
        let mut value = self.simple(at)?;
        loop {
            if at.starts("[*]") {
                at.expect("[*]")?;
                value = value.element();
            } else if at.take("[") {
                let key = self.value(at)?;
                at.expect("]")?;
                value = Value::Index(Box::new(value), Box::new(key));
            } else if at.starts(".") && !at.starts("...") && !at.starts("..}") {
                at.expect(".")?;
                value = value.member(at.word()?);
            } else {
                return Ok(value);
            }
        }
    }

    fn simple(&mut self, at: &mut Cursor) -> Parsed<Value> {
        if let Some(value) = keyword(at) {
            return Ok(value);
        }
        match at.first() {
            Some('"') => Ok(Value::Literal(Literal::Str(at.quoted()?))),
            Some('`') => self.template(at),
            Some('$') => self.global_or_template(at),
            Some('@') => {
                at.expect("@")?;
                self.var(FnId::TOP, at)
            }
            Some('%') => {
                at.expect("%")?;
                Ok(Value::Call(CallId(at.number()?)))
            }
            Some('[') => {
                let mut items = Vec::new();
                at.list("[", "]", |at| self.value(at).map(|item| items.push(item)))?;
                Ok(Value::List(items))
            }
            Some('{') => self.record(at),
            Some('(') => self.several(at),
            Some('?') => at.expect("?").map(|()| Value::Unknown),
            Some(c) if c.is_ascii_digit() || c == '-' => self.numbered(at),
            _ => self.declared(at),
        }
    }

    /// A number, or a variable of the function with that number.
    fn numbered(&mut self, at: &mut Cursor) -> Parsed<Value> {
        let text = at.number_text();
        if at.take(":") {
            let function = FnId(text.parse().map_err(|_| format!("no function: {text}"))?);
            return self.var(function, at);
        }
        if at.take("inf") {
            return Ok(Value::num(f64::NEG_INFINITY));
        }
        text.parse().map(Value::num).map_err(|_| format!("no number: {text}"))
    }

    fn var(&mut self, function: FnId, at: &mut Cursor) -> Parsed<Value> {
        let name = at.word()?;
        let count = if at.take("~") { at.number()? as usize } else { 1 };
        Ok(Value::Var(self.variable(function, &name, count)))
    }

    /// `$name`, or a template that begins with a value.
    fn global_or_template(&mut self, at: &mut Cursor) -> Parsed<Value> {
        if at.starts("${") {
            return self.template(at);
        }
        at.expect("$")?;
        Ok(Value::Global(at.word()?))
    }

    /// `import x`, `class X`, `module("x")`, `fn#2`.
    fn declared(&mut self, at: &mut Cursor) -> Parsed<Value> {
        if at.take("import ") {
            let name = at.word()?;
            return self.imported(&name).map(Value::Var);
        }
        if at.take("class ") {
            let name = at.word()?;
            let class = self.facts.classes.iter().position(|class| class.name == name);
            return Ok(Value::Class(ClassId(class.ok_or(format!("no class {name}"))? as u32)));
        }
        if at.take("module(") {
            let module = at.quoted()?;
            at.expect(")")?;
            let import = self.facts.imports.iter().position(|import| import.module == module);
            return Ok(Value::Module(crate::facts::ImportId(import.ok_or(format!("no module {module}"))? as u32)));
        }
        at.expect("fn#")?;
        at.number().map(|number| Value::Closure(FnId(number)))
    }

    fn record(&mut self, at: &mut Cursor) -> Parsed<Value> {
        let (mut entries, mut spreads, mut open) = (Vec::new(), Vec::new(), false);
        at.list("{", "}", |at| {
            if at.take("...") {
                spreads.push(self.value(at)?);
            } else if at.take("..") {
                open = true;
            } else {
                let key = at.word()?;
                at.expect(": ")?;
                let (value, span) = (self.value(at)?, self.span());
                entries.push(RecordEntry { key, value, span, value_span: span });
            }
            Ok(())
        })?;
        Ok(Value::Record { entries: entries.into_iter().collect(), spreads: spreads.into_iter().collect(), open })
    }

    /// `(a | b)`, `(a ?? b)`, `(a Add b)`.
    fn several(&mut self, at: &mut Cursor) -> Parsed<Value> {
        at.expect("(")?;
        if at.take(")") {
            return Ok(Value::Choice(Vec::new(), Chosen::Elsewhere));
        }
        let mut values = vec![self.value(at)?];
        if at.starts(" ") && !at.starts(" |") && !at.starts(" ??") {
            at.expect(" ")?;
            let op = binary(&at.word()?)?;
            at.expect(" ")?;
            let (left, right) = (values.remove(0), self.value(at)?);
            at.expect(")")?;
            return Ok(Value::Binary(op, Box::new(left), Box::new(right)));
        }
        let (mark, chosen) = match at.starts(" ?? ") {
            true => (" ?? ", Chosen::FirstSet),
            false => (" | ", Chosen::Elsewhere),
        };
        while at.take(mark) {
            values.push(self.value(at)?);
        }
        at.expect(")")?;
        Ok(Value::Choice(values, chosen))
    }

    fn template(&mut self, at: &mut Cursor) -> Parsed<Value> {
        let mut parts = Vec::new();
        loop {
            if at.take("`") {
                parts.push(Part::Text(at.escaped('`')?));
            } else if at.take("${") {
                parts.push(Part::Value(self.value(at)?));
                at.expect("}")?;
            } else {
                return Ok(Value::Template(parts));
            }
        }
    }

    pub(super) fn pred(&mut self, at: &mut Cursor) -> Parsed<Pred> {
        if at.take("not ") {
            return Ok(Pred::Not(Box::new(self.pred(at)?)));
        }
        if at.take("null(") {
            let value = self.value(at)?;
            return at.expect(")").map(|()| Pred::Null(value));
        }
        if at.take("has(") {
            let container = self.value(at)?;
            at.expect(", ")?;
            let key = self.value(at)?;
            return at.expect(")").map(|()| Pred::Has(container, key));
        }
        if at.starts("opaque(") {
            at.expect("opaque")?;
            let mut read = Vec::new();
            at.list("(", ")", |at| self.value(at).map(|value| read.push(value)))?;
            return Ok(Pred::Opaque(read));
        }
        if at.take("main") {
            return Ok(Pred::Main);
        }
        if let Some(joined) = self.joined(at) {
            return joined;
        }
        let value = self.value(at)?;
        self.about(value, at)
    }

    /// `(p and q)`, `(p or q)`; nothing where the parenthesis holds a value.
    fn joined(&mut self, at: &mut Cursor) -> Option<Parsed<Pred>> {
        let mut ahead = *at;
        if !at.starts("(") || self.value(&mut ahead).is_ok() {
            return None;
        }
        Some(self.parts(at))
    }

    fn parts(&mut self, at: &mut Cursor) -> Parsed<Pred> {
        at.expect("(")?;
        let mut parts = vec![self.pred(at)?];
        let word = if at.starts(" or ") { " or " } else { " and " };
        while at.take(word) {
            parts.push(self.pred(at)?);
        }
        at.expect(")")?;
        Ok(if word == " or " { Pred::Or(parts) } else { Pred::And(parts) })
    }

    /// What is asked of a value.
    fn about(&mut self, value: Value, at: &mut Cursor) -> Parsed<Pred> {
        if at.take(" == ") {
            return Ok(match self.value(at)? {
                Value::Literal(literal) => Pred::Eq(value, literal),
                other => Pred::Same(value, other),
            });
        }
        if at.take(" is ") {
            return at.dotted().map(|name| Pred::Is(value, name));
        }
        Ok(Pred::Truthy(value))
    }
}

/// The name of a named argument.
fn named(at: &mut Cursor) -> Option<String> {
    let mut ahead = *at;
    let name = ahead.word().ok()?;
    let taken = ahead.take("=");
    if taken {
        *at = ahead;
    }
    taken.then_some(name)
}

fn keyword(at: &mut Cursor) -> Option<Value> {
    const WORDS: &[(&str, Value)] = &[
        ("null", Value::Literal(Literal::Null)),
        ("true", Value::Literal(Literal::Bool(true))),
        ("false", Value::Literal(Literal::Bool(false))),
        ("regex", Value::Literal(Literal::Regex)),
        ("NaN", Value::Literal(Literal::Num(f64::NAN))),
        ("inf", Value::Literal(Literal::Num(f64::INFINITY))),
        ("this", Value::This),
        ("super", Value::Super),
    ];
    let mut ahead = *at;
    let word = ahead.word().ok().filter(|_| !at.starts("\""))?;
    let (_, value) = WORDS.iter().find(|(name, _)| *name == word)?;
    *at = ahead;
    Some(value.clone())
}

fn call_kind(at: &mut Cursor) -> CallKind {
    let kinds = [
        ("new ", CallKind::New),
        ("decorator ", CallKind::Decorator),
        ("macro ", CallKind::Macro),
        ("jsx ", CallKind::Jsx),
        ("struct ", CallKind::Struct),
    ];
    kinds.into_iter().find(|(word, _)| at.take(word)).map_or(CallKind::Call, |(_, kind)| kind)
}

fn binary(word: &str) -> Parsed<BinaryOp> {
    use BinaryOp::*;
    let all = [Add, Sub, Mul, Div, FloorDiv, Power, Range, In, Same, Differs, Other];
    all.into_iter().find(|op| format!("{op:?}") == word).ok_or(format!("no operator: {word}"))
}
