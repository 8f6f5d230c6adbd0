//! One line of the text form: words, quoted texts, lists, types.
//!
//! Knows the lexical part alone.

use super::Parsed;
use crate::facts::TypeRef;
use crate::facts::dump::in_word;

/// What is left of a line.
#[derive(Clone, Copy)]
pub struct Cursor<'t> {
    rest: &'t str,
}

impl<'t> Cursor<'t> {
    pub fn new(rest: &'t str) -> Self {
        Self { rest }
    }

    pub fn starts(&self, text: &str) -> bool {
        self.rest.starts_with(text)
    }

    pub fn first(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes the text, if it is next.
    pub fn take(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    pub fn expect(&mut self, text: &str) -> Parsed<()> {
        if self.take(text) { Ok(()) } else { Err(format!("expected {text:?} before {:?}", self.rest)) }
    }

    pub fn end(&self) -> Parsed<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(format!("left over: {:?}", self.rest)) }
    }

    /// The characters that pass, taken.
    pub fn take_while(&mut self, test: impl Fn(char) -> bool) -> &'t str {
        let end = self.rest.find(|c| !test(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    /// A name, quoted or not.
    pub fn word(&mut self) -> Parsed<String> {
        if self.starts("\"") {
            return self.quoted();
        }
        if self.take("*") {
            return Ok("*".into());
        }
        match self.take_while(in_word) {
            "" => Err(format!("expected a name before {:?}", self.rest)),
            name => Ok(name.into()),
        }
    }

    pub fn number(&mut self) -> Parsed<u32> {
        let digits = self.take_while(|c| c.is_ascii_digit());
        digits.parse().map_err(|_| format!("expected a number before {:?}", self.rest))
    }

    /// The digits of a number with its sign and fraction. A dot before a name is a member's.
    pub fn number_text(&mut self) -> &'t str {
        let sign = usize::from(self.rest.starts_with('-'));
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let whole = sign + digits(&self.rest[sign..]);
        let fraction = self.rest[whole..].strip_prefix('.').map_or(0, digits);
        let (number, rest) = self.rest.split_at(if fraction > 0 { whole + 1 + fraction } else { whole });
        self.rest = rest;
        number
    }

    /// A text in double quotes, as `{:?}` writes it.
    pub fn quoted(&mut self) -> Parsed<String> {
        self.expect("\"")?;
        self.escaped('"')
    }

    /// A text up to the closing quote, with the escapes of `char::escape_debug`.
    pub fn escaped(&mut self, close: char) -> Parsed<String> {
        let mut text = String::new();
        loop {
            let c = self.next()?;
            match c {
                '\\' => text.push(self.escape()?),
                c if c == close => return Ok(text),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        Ok(match self.next()? {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'u' => {
                self.expect("{")?;
                let digits = self.take_while(|c| c.is_ascii_hexdigit());
                self.expect("}")?;
                u32::from_str_radix(digits, 16).ok().and_then(char::from_u32).ok_or("no such character")?
            }
            other => other,
        })
    }

    fn next(&mut self) -> Parsed<char> {
        let c = self.first().ok_or("the line ends in a text")?;
        self.rest = &self.rest[c.len_utf8()..];
        Ok(c)
    }

    /// Items with commas between the two marks.
    pub fn list(&mut self, open: &str, close: &str, mut item: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        self.expect(open)?;
        if self.take(close) {
            return Ok(());
        }
        loop {
            item(self)?;
            if self.take(close) {
                return Ok(());
            }
            self.expect(", ")?;
        }
    }

    /// `Promise<Foo>`, `|<A, B>`, `[]<A>`.
    pub fn type_ref(&mut self) -> Parsed<TypeRef> {
        let mut ty = TypeRef::named(self.type_name()?);
        if self.starts("<") {
            self.list("<", ">", |at| at.type_ref().map(|arg| ty.args.push(arg)))?;
        }
        Ok(ty)
    }

    fn type_name(&mut self) -> Parsed<String> {
        let special = ["|", "[]", "()", "{}"].into_iter().find(|special| self.take(special));
        match special {
            Some(special) => Ok(special.into()),
            None => self.dotted(),
        }
    }

    /// A path with dots, or a quoted text; may be empty.
    pub fn dotted(&mut self) -> Parsed<String> {
        if self.starts("\"") {
            return self.quoted();
        }
        Ok(self.take_while(|c| in_word(c) || c == '.').into())
    }
}
