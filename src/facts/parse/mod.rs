//! Reads the text form of facts back: tests of the engine are written over it.
//!
//! The inverse of [`super::dump`] as far as that tells: positions are the numbers of lines, a call that
//! stands in no body is unknown. What the text leaves out is found by name: a variable that has the name of a
//! function declared beside it is that function.

mod body;
mod text;
mod value;

use std::str::Lines;

use self::text::Cursor;
use super::{
    Call, CallId, CallKind, Class, ClassId, ClassKind, Export, Exported, Field, FileFacts, FnFlags, FnId, FnKind,
    Function, Import, ImportId, ImportKind, Language, Local, LocalKind, Param, ParamKind, Span, SyntaxProblem, TypeRef,
    Value, VarRef,
};

type Parsed<T> = Result<T, String>;

/// The facts that the text is the dump of; an error names the line.
pub fn parse(language: Language, text: &str) -> Parsed<FileFacts> {
    let mut parser = Parser { facts: FileFacts::new(language), line: 0 };
    parser.declarations(text)?;
    parser.file(text).map_err(|problem| format!("line {}: {problem}", parser.line))?;
    parser.name_functions();
    Ok(parser.facts)
}

struct Parser {
    facts: FileFacts,
    /// 1-based.
    line: usize,
}

/// The lines of a file that are not read yet.
struct Text<'t> {
    lines: std::iter::Peekable<Lines<'t>>,
}

impl<'t> Text<'t> {
    /// The next line, if it stands at that depth.
    fn at(&mut self, depth: usize) -> Option<&'t str> {
        let line = self.lines.peek()?;
        let text = line.trim_start_matches(' ');
        (line.len() - text.len() == 2 * depth && !text.is_empty()).then_some(text.trim_end())
    }
}

impl Parser {
    /// What values refer to before it is read: imports, classes, functions with their parents.
    fn declarations(&mut self, text: &str) -> Parsed<()> {
        let mut current = FnId::TOP;
        for (number, line) in text.lines().enumerate() {
            self.line = number + 1;
            let failed = |problem| format!("line {}: {problem}", number + 1);
            if let Some(rest) = line.strip_prefix("import ") {
                self.import(rest).map_err(failed)?;
            } else if let Some(rest) = line.strip_prefix("class ") {
                self.class(rest).map_err(failed)?;
            } else if let Some(rest) = line.strip_prefix("fn ") {
                current = self.function(rest).map_err(failed)?;
            } else if let Some(rest) = line.trim_start().strip_prefix("closure #") {
                let number: String = rest.chars().take_while(char::is_ascii_digit).collect();
                let id = FnId(number.parse().map_err(|_| failed("no number of a function".into()))?);
                self.at(id).parent = Some(current);
            }
        }
        Ok(())
    }

    fn span(&self) -> Span {
        Span::new(self.line, self.line)
    }

    fn import(&mut self, text: &str) -> Parsed<()> {
        let mut at = Cursor::new(text);
        let kind = import_kind(&at.word()?)?;
        at.expect(" ")?;
        let name = at.word()?;
        at.expect(" from ")?;
        let module = at.quoted()?;
        let span = self.span();
        self.facts.imports.push(Import { module, name, kind, type_only: false, span, statement: span });
        Ok(())
    }

    fn class(&mut self, text: &str) -> Parsed<()> {
        let mut at = Cursor::new(text);
        let name = at.word()?;
        at.expect(" ")?;
        let (kind, span) = (class_kind(&at.word()?)?, self.span());
        self.facts.classes.push(Class {
            name,
            kind,
            bases: Vec::new(),
            metaclass: None,
            implements: Vec::new(),
            decorators: Vec::new(),
            fields: Vec::new(),
            methods: Vec::new(),
            function: FnId::TOP,
            span,
            name_span: span,
        });
        Ok(())
    }

    fn function(&mut self, text: &str) -> Parsed<FnId> {
        let mut at = Cursor::new(text);
        let id = self.label(&mut at)?;
        at.expect(" ")?;
        let kind = function_kind(&at.word()?)?;
        let flags = flags(&mut at)?;
        let mut params = Vec::new();
        at.list("(", ")", |at| {
            let name = at.word()?;
            let ty = if at.take(": ") { Some(at.type_ref()?) } else { None };
            params.push((name, ty));
            Ok(())
        })?;
        at.end()?;
        let span = self.span();
        let function = self.at(id);
        (function.kind, function.flags, function.span, function.name_span) = (kind, flags, span, span);
        params.into_iter().for_each(|(name, ty)| function.params.push(param(name, ty, span)));
        let locals = function.params.iter().map(|param| Local {
            name: param.name.clone(),
            kind: LocalKind::Param,
            ty: param.ty.clone(),
            span,
        });
        function.locals = locals.collect();
        for (index, param) in function.params.iter_mut().enumerate() {
            param.local = index as u32;
        }
        Ok(id)
    }

    /// `#3 Class.name`; the class is noted where it is one of the file.
    fn label(&mut self, at: &mut Cursor) -> Parsed<FnId> {
        at.expect("#")?;
        let id = FnId(at.number()?);
        at.expect(" ")?;
        let first = at.word()?;
        let (class, name) = if at.take(".") { (Some(first), at.word()?) } else { (None, first) };
        let class = class.and_then(|name| self.facts.classes.iter().position(|class| class.name == name));
        let function = self.at(id);
        function.name = Some(name).filter(|name| name != "_");
        function.class = class.map(|at| ClassId(at as u32));
        if let Some(class) = class.map(|at| &mut self.facts.classes[at])
            && !class.methods.contains(&id)
        {
            class.methods.push(id);
        }
        Ok(id)
    }

    /// The function with that number, made where it is the first time.
    fn at(&mut self, id: FnId) -> &mut Function {
        while self.facts.functions.len() <= id.index() {
            let parent = (!self.facts.functions.is_empty()).then_some(FnId::TOP);
            self.facts.functions.push(unwritten(parent));
        }
        &mut self.facts.functions[id.index()]
    }

    /// The call with that number.
    fn call_at(&mut self, id: CallId) -> &mut Call {
        while self.facts.calls.len() <= id.index() {
            self.facts.calls.push(Call {
                kind: CallKind::Call,
                function: FnId::TOP,
                callee: Value::Unknown,
                args: Default::default(),
                generics: Default::default(),
                awaited: false,
                span: Span::default(),
                callee_span: Span::default(),
            });
        }
        &mut self.facts.calls[id.index()]
    }

    /// The variable of a function by its name, where `count` says which of several.
    fn variable(&mut self, function: FnId, name: &str, count: usize) -> VarRef {
        let span = self.span();
        let locals = &mut self.at(function).locals;
        loop {
            let mut named = locals.iter().enumerate().filter(|(_, local)| local.name == name);
            if let Some((at, _)) = named.nth(count - 1) {
                return VarRef { function, local: at as u32 };
            }
            locals.push(Local { name: name.into(), kind: LocalKind::Let { constant: false }, ty: None, span });
        }
    }

    /// The variable that an import brings in: by its name, or as the only one.
    fn imported(&mut self, name: &str) -> Parsed<VarRef> {
        let last = |import: &Import| import.module.rsplit(['/', '.', ':']).next() == Some(name);
        let imports = &self.facts.imports;
        let found = imports.iter().position(|import| import.name == name).or_else(|| imports.iter().position(last));
        let id = found.or((!imports.is_empty()).then_some(0)).ok_or("no import")?;
        let known = self.facts.functions[0]
            .locals
            .iter()
            .position(|local| local.name == name && matches!(local.kind, LocalKind::Import(_)));
        let local = known.unwrap_or(self.at(FnId::TOP).locals.len());
        if known.is_none() {
            let (kind, span) = (LocalKind::Import(ImportId(id as u32)), self.span());
            self.at(FnId::TOP).locals.push(Local { name: name.into(), kind, ty: None, span });
        }
        Ok(VarRef { function: FnId::TOP, local: local as u32 })
    }

    fn file(&mut self, text: &str) -> Parsed<()> {
        let mut text = Text { lines: text.lines().peekable() };
        self.line = 0;
        let mut class = 0;
        while let Some(line) = text.lines.next() {
            self.line += 1;
            match line.split_once(' ').unwrap_or((line, "")) {
                ("class", rest) => {
                    self.bases(rest, class)?;
                    class += 1;
                }
                ("", rest) => self.field(rest.trim_start(), class)?,
                ("fn", rest) => {
                    let function = FnId(Cursor::new(rest.trim_start_matches('#')).number()?);
                    self.statics(function, &mut text)?;
                    let body = self.block(function, 1, &mut text)?;
                    self.at(function).body = body;
                }
                ("export", rest) => self.export(rest)?,
                ("problem", rest) => {
                    let problem = SyntaxProblem { span: self.span(), message: Cursor::new(rest).quoted()? };
                    self.facts.problems.push(problem);
                }
                ("import", _) => {}
                _ => return Err(format!("not a line of a file: {line}")),
            }
        }
        Ok(())
    }

    fn bases(&mut self, text: &str, class: usize) -> Parsed<()> {
        let mut at = Cursor::new(text);
        at.word()?;
        at.expect(" ")?;
        at.word()?;
        at.expect(" ")?;
        let mut bases = Vec::new();
        at.list("(", ")", |at| self.value(at).map(|base| bases.push(base)))?;
        self.facts.classes[class].bases = bases;
        at.end()
    }

    fn field(&mut self, text: &str, classes: usize) -> Parsed<()> {
        let mut at = Cursor::new(text);
        at.expect("field ")?;
        let is_static = at.take("static ");
        let name = at.word()?;
        let ty = if at.take(": ") { Some(at.type_ref()?) } else { None };
        at.end()?;
        let field = Field { name, ty, value: None, is_static, decorators: Vec::new(), span: self.span() };
        let class = classes.checked_sub(1).and_then(|class| self.facts.classes.get_mut(class));
        class.ok_or("a field without a class")?.fields.push(field);
        Ok(())
    }

    fn statics(&mut self, function: FnId, text: &mut Text) -> Parsed<()> {
        while let Some(rest) = text.at(1).and_then(|line| line.strip_prefix("static ")) {
            text.lines.next();
            self.line += 1;
            let (name, span) = (Cursor::new(rest).word()?, self.span());
            self.at(function).locals.push(Local { name, kind: LocalKind::Static, ty: None, span });
        }
        Ok(())
    }

    fn export(&mut self, text: &str) -> Parsed<()> {
        let mut at = Cursor::new(text);
        let name = at.word()?;
        at.expect(" = ")?;
        let what = if at.take("from ") {
            let module = at.quoted()?;
            let import = self.facts.imports.iter().position(|import| import.module == module);
            Exported::From(ImportId(import.ok_or("no such import")? as u32))
        } else {
            Exported::Value(self.value(&mut at)?)
        };
        self.facts.exports.push(Export { name, what, span: self.span() });
        at.end()
    }

    /// Variables that stand for the functions declared beside them.
    fn name_functions(&mut self) {
        for id in self.facts.function_ids().skip(1) {
            let function = self.facts.function(id);
            let (Some(parent), Some(name)) = (function.parent, function.name.clone()) else { continue };
            let plain = matches!(function.kind, FnKind::Function) && function.class.is_none();
            let locals = &mut self.facts.functions[parent.index()].locals;
            let local = locals.iter_mut().find(|local| local.name == name);
            if let Some(local) = local.filter(|local| plain && matches!(local.kind, LocalKind::Let { .. })) {
                local.kind = LocalKind::Function(id);
            }
        }
    }
}

fn unwritten(parent: Option<FnId>) -> Function {
    Function {
        name: None,
        kind: FnKind::Function,
        flags: FnFlags::default(),
        parent,
        class: None,
        params: Vec::new(),
        returns: None,
        decorators: Vec::new(),
        locals: Vec::new(),
        body: Default::default(),
        span: Span::default(),
        name_span: Span::default(),
        anchor: String::new(),
    }
}

fn param(name: String, ty: Option<TypeRef>, span: Span) -> Param {
    let kind = if matches!(name.as_str(), "self" | "this" | "cls") { ParamKind::Receiver } else { ParamKind::Normal };
    Param { local: 0, name, kind, ty, by_value: false, default: None, decorators: Vec::new(), span }
}

fn flags(at: &mut Cursor) -> Parsed<FnFlags> {
    let mut flags = FnFlags::default();
    while at.take(" ") {
        match at.word()?.as_str() {
            "async" => flags.is_async = true,
            "gen" => flags.generator = true,
            "static" => flags.is_static = true,
            "test" => flags.test = true,
            "renders" => flags.renders = true,
            "leaves" => flags.leaves = true,
            "move" => flags.moves = true,
            other => return Err(format!("no flag of functions: {other}")),
        }
    }
    Ok(flags)
}

fn import_kind(word: &str) -> Parsed<ImportKind> {
    use ImportKind::*;
    let kinds = [Named, Namespace, Glob, Dynamic, Effect, Reference];
    kinds.into_iter().find(|kind| format!("{kind:?}") == word).ok_or(format!("no kind of imports: {word}"))
}

fn class_kind(word: &str) -> Parsed<ClassKind> {
    use ClassKind::*;
    let kinds = [Class, Interface, Struct, Enum, Trait, Impl];
    kinds.into_iter().find(|kind| format!("{kind:?}") == word).ok_or(format!("no kind of classes: {word}"))
}

fn function_kind(word: &str) -> Parsed<FnKind> {
    use FnKind::*;
    let kinds = [TopLevel, Function, Method, Constructor, Getter, Closure, Block, Macro];
    kinds.into_iter().find(|kind| format!("{kind:?}") == word).ok_or(format!("no kind of functions: {word}"))
}
