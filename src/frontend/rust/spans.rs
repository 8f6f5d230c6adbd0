//! Positions of syntax nodes as byte ranges, read off their first and last tokens.
//!
//! syn's own `span()` prints a node to find them, which is quadratic on nested expressions. Knows
//! no scopes and no facts but [`Span`].

use std::cell::RefCell;
use std::ops::Range;

use proc_macro2::{LineColumn, Span as Token, TokenStream};
use syn::spanned::Spanned;
use syn::{Expr, Member, Path, PathArguments, RangeLimits, Visibility};

use crate::facts::Span;

thread_local! {
    /// Where the lines of the file that is lowered begin, if each of its characters is one byte: its tokens are then
    /// found by line and column, which proc-macro2 knows without counting.
    static LINES: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// The file whose tokens are asked for from now on by this thread.
pub(super) fn begin(text: &str) {
    let lines = || std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    LINES.set(if text.is_ascii() { lines().collect() } else { Vec::new() });
}

fn bytes(token: Token) -> Range<usize> {
    LINES.with_borrow(|lines| {
        let at = |place: LineColumn| Some(lines.get(place.line.checked_sub(1)?)? + place.column);
        match (at(token.start()), at(token.end())) {
            (Some(start), Some(end)) => start..end,
            _ => token.byte_range(),
        }
    })
}

pub(super) fn of(token: Token) -> Span {
    let range = bytes(token);
    Span::new(range.start, range.end)
}

/// From the start of one token to the end of another.
pub(super) fn between(first: Token, last: Token) -> Span {
    let (start, end) = (bytes(first).start, bytes(last).end);
    Span::new(start, end.max(start))
}

pub(super) fn expr(expr: &Expr) -> Span {
    between(start(expr), end(expr))
}

/// For small nodes only: prints the node.
pub(super) fn small(node: &impl Spanned) -> Span {
    of(node.span())
}

pub(super) fn path(path: &Path) -> Span {
    between(path_start(path), path_end(path))
}

pub(super) fn member(member: &Member) -> Token {
    match member {
        Member::Named(ident) => ident.span(),
        Member::Unnamed(index) => index.span,
    }
}

/// The visibility's first token, else the keyword's.
pub(super) fn visibility(vis: &Visibility, keyword: Token) -> Token {
    match vis {
        Visibility::Public(token) => token.span,
        Visibility::Restricted(restricted) => restricted.pub_token.span,
        Visibility::Inherited => keyword,
    }
}

pub(super) fn path_start(path: &Path) -> Token {
    match (&path.leading_colon, path.segments.first()) {
        (Some(colon), _) => colon.spans[0],
        (None, Some(segment)) => segment.ident.span(),
        (None, None) => Token::call_site(),
    }
}

pub(super) fn path_end(path: &Path) -> Token {
    let Some(segment) = path.segments.last() else { return Token::call_site() };
    match &segment.arguments {
        PathArguments::None => segment.ident.span(),
        PathArguments::AngleBracketed(args) => args.gt_token.span,
        PathArguments::Parenthesized(args) => args.paren_token.span.close(),
    }
}

fn stream_start(stream: &TokenStream) -> Token {
    stream.clone().into_iter().next().map_or_else(Token::call_site, |tree| tree.span())
}

fn stream_end(stream: &TokenStream) -> Token {
    stream.clone().into_iter().last().map_or_else(Token::call_site, |tree| tree.span())
}

pub(super) fn start(mut expr: &Expr) -> Token {
    loop {
        expr = match expr {
            Expr::Assign(e) => &e.left,
            Expr::Await(e) => &e.base,
            Expr::Binary(e) => &e.left,
            Expr::Call(e) => &e.func,
            Expr::Cast(e) => &e.expr,
            Expr::Field(e) => &e.base,
            Expr::Group(e) => &e.expr,
            Expr::Index(e) => &e.expr,
            Expr::MethodCall(e) => &e.receiver,
            Expr::Try(e) => &e.expr,
            Expr::Range(e) => match &e.start {
                Some(start) => start,
                None => return limits(&e.limits),
            },
            other => return first_token(other),
        }
    }
}

fn limits(limits: &RangeLimits) -> Token {
    match limits {
        RangeLimits::HalfOpen(token) => token.spans[0],
        RangeLimits::Closed(token) => token.spans[0],
    }
}

fn first_token(expr: &Expr) -> Token {
    let label = |label: &Option<syn::Label>, keyword: Token| label.as_ref().map_or(keyword, |l| l.name.apostrophe);
    match expr {
        Expr::Array(e) => e.bracket_token.span.open(),
        Expr::Async(e) => e.async_token.span,
        Expr::Block(e) => label(&e.label, e.block.brace_token.span.open()),
        Expr::Break(e) => e.break_token.span,
        Expr::Closure(e) => closure_start(e),
        Expr::Const(e) => e.const_token.span,
        Expr::Continue(e) => e.continue_token.span,
        Expr::ForLoop(e) => label(&e.label, e.for_token.span),
        Expr::If(e) => e.if_token.span,
        Expr::Infer(e) => e.underscore_token.span,
        Expr::Let(e) => e.let_token.span,
        Expr::Lit(e) => e.lit.span(),
        Expr::Loop(e) => label(&e.label, e.loop_token.span),
        Expr::Macro(e) => path_start(&e.mac.path),
        Expr::Match(e) => e.match_token.span,
        Expr::Paren(e) => e.paren_token.span.open(),
        Expr::Path(e) => e.qself.as_ref().map_or_else(|| path_start(&e.path), |qself| qself.lt_token.span),
        Expr::RawAddr(e) => e.and_token.span,
        Expr::Reference(e) => e.and_token.span,
        Expr::Repeat(e) => e.bracket_token.span.open(),
        Expr::Return(e) => e.return_token.span,
        Expr::Struct(e) => path_start(&e.path),
        Expr::TryBlock(e) => e.try_token.span,
        Expr::Tuple(e) => e.paren_token.span.open(),
        Expr::Unary(e) => unary(&e.op),
        Expr::Unsafe(e) => e.unsafe_token.span,
        Expr::Verbatim(tokens) => stream_start(tokens),
        Expr::While(e) => label(&e.label, e.while_token.span),
        Expr::Yield(e) => e.yield_token.span,
        _ => Token::call_site(),
    }
}

pub(super) fn closure(closure: &syn::ExprClosure) -> Span {
    between(closure_start(closure), end(&closure.body))
}

fn closure_start(closure: &syn::ExprClosure) -> Token {
    if let Some(token) = &closure.asyncness {
        return token.span;
    }
    closure.capture.as_ref().map_or(closure.inputs_begin.span, |token| token.span)
}

fn unary(op: &syn::UnOp) -> Token {
    match op {
        syn::UnOp::Deref(token) => token.span,
        syn::UnOp::Not(token) => token.span,
        syn::UnOp::Neg(token) => token.span,
        _ => Token::call_site(),
    }
}

pub(super) fn end(mut expr: &Expr) -> Token {
    loop {
        expr = match expr {
            Expr::Assign(e) => &e.right,
            Expr::Binary(e) => &e.right,
            Expr::Closure(e) => &e.body,
            Expr::Group(e) => &e.expr,
            Expr::Let(e) => &e.expr,
            Expr::RawAddr(e) => &e.expr,
            Expr::Reference(e) => &e.expr,
            Expr::Unary(e) => &e.expr,
            Expr::Break(syn::ExprBreak { expr: Some(inner), .. })
            | Expr::Return(syn::ExprReturn { expr: Some(inner), .. })
            | Expr::Yield(syn::ExprYield { expr: Some(inner), .. })
            | Expr::Range(syn::ExprRange { end: Some(inner), .. }) => inner,
            Expr::If(syn::ExprIf { else_branch: Some((_, inner)), .. }) => inner,
            other => return last_token(other),
        }
    }
}

fn last_token(expr: &Expr) -> Token {
    let close = |block: &syn::Block| block.brace_token.span.close();
    match expr {
        Expr::Array(e) => e.bracket_token.span.close(),
        Expr::Async(e) => close(&e.block),
        Expr::Await(e) => e.await_token.span,
        Expr::Block(e) => close(&e.block),
        Expr::Break(e) => e.label.as_ref().map_or(e.break_token.span, |label| label.ident.span()),
        Expr::Call(e) => e.paren_token.span.close(),
        Expr::Cast(e) => e.ty.span(),
        Expr::Const(e) => close(&e.block),
        Expr::Continue(e) => e.label.as_ref().map_or(e.continue_token.span, |label| label.ident.span()),
        Expr::Field(e) => member(&e.member),
        Expr::ForLoop(e) => close(&e.body),
        Expr::If(e) => close(&e.then_branch),
        Expr::Index(e) => e.bracket_token.span.close(),
        Expr::Loop(e) => close(&e.body),
        Expr::Macro(e) => e.mac.delimiter.span().close(),
        Expr::Match(e) => e.brace_token.span.close(),
        Expr::MethodCall(e) => e.paren_token.span.close(),
        Expr::Paren(e) => e.paren_token.span.close(),
        Expr::Path(e) => path_end(&e.path),
        Expr::Range(e) => limits(&e.limits),
        Expr::Repeat(e) => e.bracket_token.span.close(),
        Expr::Struct(e) => e.brace_token.span.close(),
        Expr::Try(e) => e.question_token.span,
        Expr::TryBlock(e) => close(&e.block),
        Expr::Tuple(e) => e.paren_token.span.close(),
        Expr::Unsafe(e) => close(&e.block),
        Expr::Verbatim(tokens) => stream_end(tokens),
        Expr::While(e) => close(&e.body),
        other => first_token(other),
    }
}

pub(super) fn if_end(e: &syn::ExprIf) -> Token {
    e.else_branch.as_ref().map_or_else(|| e.then_branch.brace_token.span.close(), |(_, branch)| end(branch))
}

/// The first token of a pattern; for guards that of the pattern inside.
pub(super) fn pattern_start(pat: &syn::Pat) -> Token {
    pat.span()
}
