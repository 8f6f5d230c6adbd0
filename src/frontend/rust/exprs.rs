//! Expressions: the dispatch, and those that are plain values or places.
//!
//! Effects are pushed in evaluation order, what is left is a [`Value`]. References, dereferences,
//! casts, parentheses and `?` leave the value as it is. Knows no library.

use syn::{BinOp, Expr, ExprBinary, ExprUnary, Lit, Member, Path, RangeLimits, UnOp};

use super::{Hint, Lowerer, MAX_DEPTH, choice, spans};
use crate::facts::{BinaryOp, Chosen, Literal, LocalKind, Node, Pred, TypeRef, Value};

impl Lowerer {
    pub(super) fn expr(&mut self, expr: &Expr) -> Value {
        let hint = std::mem::take(&mut self.hint);
        self.hinted(expr, hint)
    }

    /// Lowers with a name or anchor for the function that the expression may be.
    pub(super) fn hinted(&mut self, expr: &Expr, hint: Hint) -> Value {
        if self.depth >= MAX_DEPTH {
            return Value::Unknown;
        }
        self.depth += 1;
        let value = self.dispatch(expr, hint);
        self.depth -= 1;
        value
    }

    fn dispatch(&mut self, expr: &Expr, hint: Hint) -> Value {
        match expr {
            Expr::Paren(e) => self.hinted(&e.expr, hint),
            Expr::Group(e) => self.hinted(&e.expr, hint),
            Expr::Reference(e) => self.hinted(&e.expr, hint),
            Expr::RawAddr(e) => self.hinted(&e.expr, hint),
            Expr::Cast(e) => self.hinted(&e.expr, hint),
            Expr::Closure(e) => self.closure(e, hint),
            Expr::Async(e) => self.async_block(e, hint),
            Expr::Call(e) => self.call(e, hint),
            Expr::MethodCall(e) => self.method_call(e),
            Expr::Macro(e) => self.statement_macro(&e.mac),
            Expr::Struct(e) => self.struct_literal(e),
            Expr::Await(e) => self.awaited(e),
            Expr::Try(e) => self.question(e),
            _ => self.control(expr),
        }
    }

    fn control(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::If(e) => self.if_expr(e),
            Expr::Match(e) => self.match_expr(e),
            Expr::Loop(e) => self.endless(e),
            Expr::While(e) => self.while_loop(e),
            Expr::ForLoop(e) => self.for_loop(e),
            Expr::Block(e) => self.group(&e.block, e.label.as_ref()),
            Expr::Unsafe(e) => self.group(&e.block, None),
            Expr::Const(e) => self.group(&e.block, None),
            Expr::TryBlock(e) => self.group(&e.block, None),
            Expr::Break(e) => self.break_expr(e),
            Expr::Continue(e) => {
                self.push(Node::Continue { label: e.label.as_ref().map(|label| label.ident.to_string()) });
                Value::Unknown
            }
            Expr::Return(e) => {
                let value = e.expr.as_ref().map(|inner| self.expr(inner));
                self.push(Node::Return { value, span: spans::expr(expr) });
                Value::Unknown
            }
            Expr::Yield(e) => {
                let value = e.expr.as_ref().map(|inner| self.expr(inner));
                self.push(Node::Yield { value, span: spans::expr(expr) });
                Value::Unknown
            }
            _ => self.plain(expr),
        }
    }

    fn plain(&mut self, expr: &Expr) -> Value {
        match expr {
            Expr::Lit(e) => literal(&e.lit).map_or(Value::Unknown, Value::Literal),
            Expr::Path(e) => self.path_value(&e.path, e.qself.as_ref()),
            Expr::Field(e) => self.field(e),
            Expr::Index(e) => {
                let base = self.expr(&e.expr);
                Value::Index(Box::new(base), Box::new(self.expr(&e.index)))
            }
            Expr::Unary(e) => self.unary(e),
            Expr::Binary(e) => self.binary(e),
            Expr::Assign(e) => self.assign(e),
            Expr::Tuple(e) if e.elems.is_empty() => Value::Literal(Literal::Null),
            Expr::Tuple(e) => Value::List(e.elems.iter().map(|elem| self.expr(elem)).collect()),
            Expr::Array(e) => Value::List(e.elems.iter().map(|elem| self.expr(elem)).collect()),
            Expr::Repeat(e) => Value::List(vec![self.expr(&e.expr)]),
            Expr::Range(e) => self.range(e),
            Expr::Let(_) => {
                let condition = self.cond(expr);
                pred_value(&condition.pred)
            }
            Expr::Verbatim(tokens) => {
                self.mention(tokens);
                Value::Unknown
            }
            _ => Value::Unknown,
        }
    }

    fn field(&mut self, e: &syn::ExprField) -> Value {
        let base = self.expr(&e.base);
        match &e.member {
            Member::Named(ident) => base.member(name_of(ident)),
            Member::Unnamed(index) => match base {
                Value::List(mut items) if (index.index as usize) < items.len() => {
                    items.swap_remove(index.index as usize)
                }
                base => base.member(index.index.to_string()),
            },
        }
    }

    fn range(&mut self, e: &syn::ExprRange) -> Value {
        let start = e.start.as_ref().map(|start| self.expr(start));
        let end = e.end.as_ref().map(|end| self.expr(end));
        match (start, end) {
            (Some(start), Some(end)) => {
                let end = match e.limits {
                    RangeLimits::HalfOpen(_) => end,
                    RangeLimits::Closed(_) => Value::Binary(BinaryOp::Add, Box::new(end), Box::new(Value::num(1.0))),
                };
                Value::Binary(BinaryOp::Range, Box::new(start), Box::new(end))
            }
            _ => Value::Unknown,
        }
    }

    fn unary(&mut self, e: &ExprUnary) -> Value {
        let value = self.expr(&e.expr);
        match (&e.op, value) {
            (UnOp::Deref(_), value) => value,
            (UnOp::Neg(_), Value::Literal(Literal::Num(number))) => Value::num(-number),
            (UnOp::Not(_), Value::Literal(Literal::Bool(value))) => Value::Literal(Literal::Bool(!value)),
            _ => Value::Unknown,
        }
    }

    fn binary(&mut self, e: &ExprBinary) -> Value {
        if matches!(e.op, BinOp::And(_) | BinOp::Or(_)) {
            let condition = self.connect(e);
            return pred_value(&condition.pred);
        }
        let (op, assigns) = operator(&e.op);
        let left = self.expr(&e.left);
        let right = self.expr(&e.right);
        // A shift to the left multiplies by a power of two.
        let (op, right) = match e.op {
            BinOp::Shl(_) => {
                (BinaryOp::Mul, Value::Binary(BinaryOp::Power, Box::new(Value::num(2.0)), Box::new(right)))
            }
            _ => (op, right),
        };
        let value = Value::Binary(op, Box::new(left.clone()), Box::new(right));
        if !assigns {
            return value;
        }
        self.bind(left, value, spans::between(spans::start(&e.left), spans::end(&e.right)));
        Value::Literal(Literal::Null)
    }

    /// The right side runs first.
    fn assign(&mut self, e: &syn::ExprAssign) -> Value {
        let value = self.expr(&e.right);
        self.assign_to(&e.left, value, spans::between(spans::start(&e.left), spans::end(&e.right)), 0);
        Value::Literal(Literal::Null)
    }

    fn assign_to(&mut self, target: &Expr, value: Value, span: crate::facts::Span, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        match peel(target) {
            Expr::Infer(_) => {}
            Expr::Tuple(tuple) => self.assign_each(&tuple.elems, value, span, depth),
            Expr::Array(array) => self.assign_each(&array.elems, value, span, depth),
            place => match self.expr(place) {
                Value::Unknown | Value::Literal(_) => {}
                target => self.bind(target, value, span),
            },
        }
    }

    fn assign_each<'a>(
        &mut self,
        targets: impl IntoIterator<Item = &'a Expr>,
        value: Value,
        span: crate::facts::Span,
        depth: u32,
    ) {
        for (index, target) in targets.into_iter().enumerate() {
            self.assign_to(target, element_at(&value, index), span, depth + 1);
        }
    }

    /// A path as a value: its head in scope, the rest as members.
    pub(super) fn path_value(&mut self, path: &Path, qself: Option<&syn::QSelf>) -> Value {
        let (value, skip) = match qself {
            Some(qself) => (self.type_value(&qself.ty), qself.position),
            None => (self.head(path), 1),
        };
        let value = self.bound(path, qself).unwrap_or(value);
        let value = self.steps(value, path, skip);
        if path.leading_colon.is_none() && path.is_ident("None") { Value::Literal(Literal::Null) } else { value }
    }

    /// A path to a type or module, which no variable can shadow.
    pub(super) fn type_path_value(&mut self, path: &Path) -> Value {
        let head = match path.get_ident().map(name_of) {
            Some(name) if name != "Self" => self.type_name(&name),
            _ => self.head(path),
        };
        self.steps(head, path, 1)
    }

    fn steps(&self, mut value: Value, path: &Path, skip: usize) -> Value {
        for segment in path.segments.iter().skip(skip) {
            value = self.step(value, name_of(&segment.ident));
        }
        value
    }

    /// The traits that a type parameter at the head of a path stands for: `J::run`, `<J as Job>::run`.
    fn bound(&self, path: &Path, qself: Option<&syn::QSelf>) -> Option<Value> {
        let head = match qself.map(|qself| &*qself.ty) {
            Some(syn::Type::Path(inner)) if inner.qself.is_none() => inner.path.get_ident(),
            Some(_) => None,
            None if path.leading_colon.is_none() && path.segments.len() > 1 => path.segments.first().map(|s| &s.ident),
            None => None,
        }?;
        let bounds = self.bounds_of(&head.to_string())?;
        let value = |bound: &TypeRef| {
            let mut names = bound.name.split('.');
            let first = self.type_name(names.next().unwrap_or_default());
            names.fold(first, |value, name| self.step(value, name.to_string()))
        };
        match bounds {
            [only] => Some(value(only)),
            several => Some(Value::Choice(several.iter().map(value).collect(), Chosen::Elsewhere)),
        }
    }

    fn type_name(&self, name: &str) -> Value {
        self.b.lookup(&type_key(name)).map_or_else(|| Value::Global(name.to_string()), Value::Var)
    }

    fn head(&self, path: &Path) -> Value {
        let Some(first) = path.segments.first() else { return Value::Unknown };
        let name = name_of(&first.ident);
        if path.leading_colon.is_some() {
            return Value::Global(name);
        }
        match name.as_str() {
            "self" if path.segments.len() == 1 => Value::This,
            "Self" => self.self_values.last().cloned().unwrap_or(Value::Global(name)),
            "self" | "super" | "crate" => Value::Global(name),
            _ if path.segments.len() > 1 => self.type_name(&name),
            _ => self.b.name(&name),
        }
    }

    /// Names of an inline module are variables; of anything else, members.
    fn step(&self, base: Value, name: String) -> Value {
        if let Value::Var(var) = &base
            && let Some(inner) = self.modules.get(var).and_then(|module| module.names.get(&name))
        {
            return Value::Var(*inner);
        }
        base.member(name)
    }

    /// The value that a type's associated functions are members of.
    pub(super) fn type_value(&mut self, ty: &syn::Type) -> Value {
        match ty {
            syn::Type::Path(path) if path.qself.is_none() => self.type_path_value(&path.path),
            syn::Type::Reference(inner) if !matches!(*inner.elem, syn::Type::Reference(_)) => {
                self.type_value(&inner.elem)
            }
            syn::Type::TraitObject(object) => match object.bounds.first() {
                Some(syn::TypeParamBound::Trait(bound)) => self.type_path_value(&bound.path),
                _ => Value::Unknown,
            },
            _ => Value::Unknown,
        }
    }

    /// Macros have a namespace of their own: only an import may stand for one.
    pub(super) fn macro_path(&mut self, path: &Path) -> Value {
        let imported = |l: &Self, var| matches!(l.b.facts.local(var).kind, LocalKind::Import(_));
        match path.get_ident().map(name_of) {
            Some(name) => match self.b.lookup(&type_key(&name)) {
                Some(var) if imported(self, var) => Value::Var(var),
                _ => Value::Global(name),
            },
            None => self.path_value(path, None),
        }
    }
}

/// The scope's key for what is a type, module or macro: variables live apart from these.
pub(super) fn type_key(name: &str) -> String {
    format!("::{name}")
}

/// Without parentheses, references and dereferences.
pub(super) fn peel(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Paren(e) => &e.expr,
            Expr::Group(e) => &e.expr,
            Expr::Reference(e) => &e.expr,
            Expr::Unary(ExprUnary { op: UnOp::Deref(_), expr, .. }) => expr,
            other => return other,
        }
    }
}

/// An identifier without `r#`.
pub(super) fn name_of(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_string).unwrap_or(text)
}

pub(super) fn literal(lit: &Lit) -> Option<Literal> {
    let text = |text: &str| Some(Literal::Str(crate::facts::redact::text(text)));
    match lit {
        Lit::Str(lit) => text(&lit.value()),
        Lit::Char(lit) => text(&lit.value().to_string()),
        Lit::CStr(lit) => text(&lit.value().to_string_lossy()),
        Lit::ByteStr(lit) => text(&String::from_utf8_lossy(&lit.value())),
        Lit::Byte(lit) => Some(Literal::Num(f64::from(lit.value()))),
        Lit::Int(lit) => lit.base10_digits().parse().ok().map(Literal::Num),
        Lit::Float(lit) => lit.base10_digits().parse().ok().map(Literal::Num),
        Lit::Bool(lit) => Some(Literal::Bool(lit.value)),
        _ => None,
    }
}

/// What stands at a position of a tuple, array or tuple struct.
pub(super) fn element_at(value: &Value, index: usize) -> Value {
    match value {
        Value::List(items) => items.get(index).cloned().unwrap_or(Value::Unknown),
        Value::Choice(values, _) if values.iter().all(|value| matches!(value, Value::List(_))) => {
            Value::Choice(values.iter().map(|value| element_at(value, index)).collect(), Chosen::Elsewhere)
        }
        other => Value::Index(Box::new(other.clone()), Box::new(Value::num(index as f64))),
    }
}

/// What the operands of a condition give, where it is used as a value.
fn pred_value(pred: &Pred) -> Value {
    match pred {
        Pred::Truthy(value) => value.clone(),
        Pred::And(preds) | Pred::Or(preds) => choice(preds.iter().map(pred_value).collect()),
        _ => Value::Unknown,
    }
}

fn operator(op: &BinOp) -> (BinaryOp, bool) {
    match op {
        BinOp::Add(_) => (BinaryOp::Add, false),
        BinOp::Sub(_) => (BinaryOp::Sub, false),
        BinOp::Mul(_) => (BinaryOp::Mul, false),
        BinOp::Div(_) => (BinaryOp::Div, false),
        BinOp::Eq(_) => (BinaryOp::Same, false),
        BinOp::Ne(_) => (BinaryOp::Differs, false),
        BinOp::AddAssign(_) => (BinaryOp::Add, true),
        BinOp::SubAssign(_) => (BinaryOp::Sub, true),
        BinOp::MulAssign(_) => (BinaryOp::Mul, true),
        BinOp::DivAssign(_) => (BinaryOp::Div, true),
        BinOp::RemAssign(_) | BinOp::BitXorAssign(_) | BinOp::BitAndAssign(_) => (BinaryOp::Other, true),
        BinOp::BitOrAssign(_) | BinOp::ShlAssign(_) | BinOp::ShrAssign(_) => (BinaryOp::Other, true),
        _ => (BinaryOp::Other, false),
    }
}
