//! Patterns: the names they bind and the condition under which they match.
//!
//! A payload is an `Element` of what is matched, a field a member, a tuple's part an index.
//! Knows no enclosing construct.

use syn::{Expr, Member, Pat};

use super::exprs::{element_at, literal, name_of};
use super::types::dotted;
use super::{Lowerer, MAX_DEPTH, spans};
use crate::facts::{Block, Literal, LocalKind, Node, Pattern, Pred, Span, TypeRef, Value};

/// A bind that a pattern makes once it has matched.
pub(super) type Bound = (Value, Value, Span);

impl Lowerer {
    /// Declares a pattern's names in the open scope and binds them.
    pub(super) fn bind_pattern(&mut self, pat: &Pat, value: Value, end: u32) {
        let mut bounds = Vec::new();
        self.bindings(pat, value, None, &mut bounds, 0);
        for (target, value, span) in bounds {
            self.bind(target, value, Span { start: span.start, end: end.max(span.end) });
        }
    }

    /// Declares a pattern's names without values.
    pub(super) fn declare_pattern(&mut self, pat: &Pat) {
        self.bindings(pat, Value::Unknown, None, &mut Vec::new(), 0);
    }

    pub(super) fn binds(&mut self, pat: &Pat, value: Value) -> Vec<Bound> {
        let mut bounds = Vec::new();
        self.bindings(pat, value, None, &mut bounds, 0);
        bounds
    }

    pub(super) fn push_binds(&mut self, bounds: &[Bound]) {
        for (target, value, span) in bounds {
            self.bind(target.clone(), value.clone(), *span);
        }
    }

    fn bindings(&mut self, pat: &Pat, value: Value, ty: Option<TypeRef>, out: &mut Vec<Bound>, depth: u32) {
        if depth > MAX_DEPTH {
            return;
        }
        let depth = depth + 1;
        match pat {
            Pat::Ident(_) if is_constant(pat) => {}
            Pat::Ident(ident) => {
                if let Some((_, inner)) = &ident.subpat {
                    self.bindings(inner, value.clone(), None, out, depth);
                }
                let span = spans::of(ident.ident.span());
                let kind = LocalKind::Let { constant: ident.mutability.is_none() };
                let var = self.b.declare(&name_of(&ident.ident), kind, ty, span);
                out.push((Value::Var(var), value, span));
            }
            Pat::Type(typed) => {
                let ty = Some(self.ty(&typed.ty));
                self.bindings(&typed.pat, value, ty, out, depth);
            }
            Pat::Guard(inner) => self.bindings(&inner.pat, value, ty, out, depth),
            Pat::Paren(inner) => self.bindings(&inner.pat, value, ty, out, depth),
            Pat::Reference(inner) => self.bindings(&inner.pat, value, ty, out, depth),
            Pat::Or(or) => {
                if let Some(first) = or.cases.first() {
                    self.bindings(first, value, ty, out, depth);
                }
            }
            Pat::Struct(fields) => {
                for field in &fields.fields {
                    let name = member_name(&field.member);
                    let ty = Some(part_type(&fields.path, &name));
                    self.bindings(&field.pat, value.clone().member(name), ty, out, depth);
                }
            }
            other => self.parts(other, &value, out, depth),
        }
    }

    fn parts(&mut self, pat: &Pat, value: &Value, out: &mut Vec<Bound>, depth: u32) {
        for (at, (part, value)) in parts(pat, value).into_iter().enumerate() {
            self.bindings(part, value, payload(pat, at), out, depth);
        }
    }

    /// `let … else`: the branch that leaves when the pattern does not match.
    pub(super) fn diverge(&mut self, pat: &Pat, value: &Value, diverge: &Expr, span: Span) {
        let (then, _) = self.arm_block(&mut Vec::new(), |l| l.expr(diverge));
        let pred = pattern_pred(pat, value, 0).unwrap_or(Pred::And(Vec::new()));
        self.push(Node::branch(pred.negate(), then, Block::new(), span));
    }
}

/// The parts that stand by position in a tuple, slice or tuple struct, with their values.
fn parts<'p>(pat: &'p Pat, value: &Value) -> Vec<(&'p Pat, Value)> {
    let (elems, base) = match pat {
        Pat::Tuple(tuple) => (&tuple.elems, value.clone()),
        Pat::Slice(slice) => (&slice.elems, value.clone()),
        Pat::TupleStruct(tuple) => match (tuple.elems.len(), tuple.elems.first()) {
            (1, Some(only)) => return vec![(only, value.clone().element())],
            _ => (&tuple.elems, value.clone().element()),
        },
        _ => return Vec::new(),
    };
    let rest = elems.iter().position(is_rest).unwrap_or(elems.len());
    let at = |index| if index < rest { element_at(&base, index) } else { base.clone().element() };
    elems.iter().enumerate().map(|(index, elem)| (elem, at(index))).collect()
}

/// What `Command::Serve(args)` binds is the first part of that variant. An option and a result are what they hold.
fn payload(pat: &Pat, at: usize) -> Option<TypeRef> {
    match pat {
        Pat::TupleStruct(tuple) if !tuple.elems.iter().any(is_rest) => {
            let last = tuple.path.segments.last().map(|segment| segment.ident.to_string())?;
            let holds = matches!(last.as_str(), "Some" | "Ok" | "Err" | "Ready" | "Continue" | "Break");
            (!holds).then(|| part_type(&tuple.path, &at.to_string()))
        }
        _ => None,
    }
}

/// The type of a part of what the path names, by its place or name.
fn part_type(path: &syn::Path, part: &str) -> TypeRef {
    TypeRef::named(format!("{}.{part}", dotted(path)))
}

/// `..` or `rest @ ..`.
fn is_rest(pat: &Pat) -> bool {
    match pat {
        Pat::Rest(_) => true,
        Pat::Ident(ident) => ident.subpat.as_ref().is_some_and(|(_, inner)| matches!(**inner, Pat::Rest(_))),
        _ => false,
    }
}

/// When the pattern matches; `None` if it always does.
pub(super) fn pattern_pred(pat: &Pat, value: &Value, depth: u32) -> Option<Pred> {
    if depth > MAX_DEPTH {
        return Some(Pred::Opaque(Vec::new()));
    }
    let inner = |pat: &Pat| pattern_pred(pat, value, depth + 1);
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => None,
        Pat::Ident(ident) if !is_constant(pat) => ident.subpat.as_ref().and_then(|(_, sub)| inner(sub)),
        Pat::Type(typed) => inner(&typed.pat),
        Pat::Guard(guarded) => inner(&guarded.pat),
        Pat::Paren(paren) => inner(&paren.pat),
        Pat::Reference(reference) => inner(&reference.pat),
        Pat::Lit(lit) => Some(match literal(&lit.lit) {
            Some(literal) => Pred::Eq(value.clone(), literal),
            None => Pred::Opaque(vec![value.clone()]),
        }),
        Pat::Or(or) => {
            let cases: Option<Vec<Pred>> = or.cases.iter().map(inner).collect();
            cases.map(Pred::Or)
        }
        Pat::Tuple(_) | Pat::Slice(_) => all(part_preds(pat, value, depth)),
        Pat::TupleStruct(_) | Pat::Struct(_) | Pat::Ident(_) | Pat::Path(_) => {
            let mut preds = vec![variant_pred(&pattern_name(pat)?, value)];
            preds.extend(part_preds(pat, value, depth));
            all(preds)
        }
        _ => Some(Pred::Opaque(vec![value.clone()])),
    }
}

fn part_preds(pat: &Pat, value: &Value, depth: u32) -> Vec<Pred> {
    let parts = parts(pat, value);
    parts.iter().filter_map(|(part, value)| pattern_pred(part, value, depth + 1)).collect()
}

fn all(mut preds: Vec<Pred>) -> Option<Pred> {
    if preds.len() > 1 {
        return Some(Pred::And(preds));
    }
    preds.pop()
}

fn variant_pred(name: &str, value: &Value) -> Pred {
    match name {
        "Some" | "Option.Some" => Pred::Null(value.clone()).negate(),
        "None" | "Option.None" => Pred::Null(value.clone()),
        name => Pred::Is(value.clone(), name.to_string()),
    }
}

/// The dotted name of a variant, struct or constant pattern.
pub(super) fn pattern_name(pat: &Pat) -> Option<String> {
    match pat {
        Pat::TupleStruct(tuple) => Some(dotted(&tuple.path)),
        Pat::Struct(fields) => Some(dotted(&fields.path)),
        Pat::Path(path) => Some(dotted(&path.path)),
        Pat::Ident(ident) if is_constant(pat) => Some(ident.ident.to_string()),
        _ => None,
    }
}

/// What a match arm says, without its guard.
pub(super) fn arm_pattern(pat: &Pat) -> Pattern {
    match peel_pattern(pat) {
        Pat::Guard(guarded) => match arm_pattern_unguarded(&guarded.pat) {
            Pattern::Any => Pattern::Other,
            pattern => pattern,
        },
        other => arm_pattern_unguarded(other),
    }
}

fn arm_pattern_unguarded(pat: &Pat) -> Pattern {
    let pat = peel_pattern(pat);
    if let Some(name) = pattern_name(pat) {
        return Pattern::Name(name);
    }
    match pat {
        Pat::Wild(_) => Pattern::Any,
        Pat::Ident(ident) if ident.subpat.is_none() => Pattern::Any,
        Pat::Lit(lit) => literal(&lit.lit).map_or(Pattern::Other, Pattern::Literal),
        _ => Pattern::Other,
    }
}

pub(super) fn peel_pattern(mut pat: &Pat) -> &Pat {
    loop {
        pat = match pat {
            Pat::Paren(inner) => &inner.pat,
            Pat::Reference(inner) => &inner.pat,
            other => return other,
        }
    }
}

/// The name of a pattern that is just a new variable.
pub(super) fn bare_name(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Type(typed) => bare_name_of(&typed.pat),
        other => bare_name_of(other),
    }
}

fn bare_name_of(pat: &Pat) -> Option<String> {
    match pat {
        Pat::Ident(ident) if ident.subpat.is_none() && !is_constant(pat) => Some(name_of(&ident.ident)),
        _ => None,
    }
}

/// `None`, `MAX`: syn cannot tell a constant from a new variable, the spelling does.
fn is_constant(pat: &Pat) -> bool {
    let Pat::Ident(ident) = pat else { return false };
    let plain = ident.subpat.is_none() && ident.by_ref.is_none() && ident.mutability.is_none();
    plain && ident.ident.to_string().starts_with(char::is_uppercase)
}

pub(super) fn member_name(member: &Member) -> String {
    match member {
        Member::Named(ident) => name_of(ident),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

pub(super) fn is_null(literal: &Literal) -> bool {
    matches!(literal, Literal::Null)
}
