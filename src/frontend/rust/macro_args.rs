//! What stands between a macro's brackets, parsed where it is ordinary syntax.
//!
//! Token streams in, syntax trees out. Knows no scopes and lowers nothing.

use proc_macro2::{Delimiter, Ident, Span as Token, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::token::Brace;
use syn::{Attribute, Block, Expr, Item, Macro, MacroDelimiter, Pat, Stmt, Token, Type, Visibility};

use super::exprs::name_of;
use super::spans;
use crate::facts::Span;

/// `expr`, `name = expr`, `name: expr`.
pub(super) struct MacroArg {
    pub name: Option<(String, Token)>,
    pub expr: Expr,
}

/// `static ref NAME: T = value;`
pub(super) struct StaticDecl {
    pub ident: Ident,
    pub ty: Type,
    pub value: Expr,
}

/// `pattern = future => body`; both are missing in `else => body`.
pub(super) struct SelectArm {
    pub source: Option<(Pat, Expr)>,
    pub guard: Option<Expr>,
    pub body: Expr,
}

impl MacroArg {
    pub(super) fn span(&self) -> Span {
        let start = self.name.as_ref().map_or_else(|| spans::start(&self.expr), |(_, token)| *token);
        spans::between(start, spans::end(&self.expr))
    }
}

impl Parse for MacroArg {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name = arg_name(input);
        // Sigils of structured logging.
        if input.peek(Token![%]) || input.peek(Token![?]) {
            input.parse::<TokenTree>()?;
        }
        Ok(Self { name, expr: input.parse()? })
    }
}

fn arg_name(input: ParseStream) -> Option<(String, Token)> {
    let fork = input.fork();
    let first = fork.call(Ident::parse_any).ok()?;
    let mut name = name_of(&first);
    while fork.peek(Token![.]) && !fork.peek(Token![..]) {
        fork.parse::<Token![.]>().ok()?;
        name = format!("{name}.{}", fork.call(Ident::parse_any).ok()?);
    }
    let equals = fork.peek(Token![=]) && !fork.peek(Token![==]) && !fork.peek(Token![=>]);
    let colon = fork.peek(Token![:]) && !fork.peek(Token![::]);
    if !equals && !colon {
        return None;
    }
    fork.parse::<TokenTree>().ok()?;
    input.advance_to(&fork);
    Some((name, first.span()))
}

/// The arguments of a call; `[x; n]` has two.
pub(super) fn arguments(mac: &Macro) -> Option<Vec<MacroArg>> {
    separated(&mac.tokens, matches!(mac.delimiter, MacroDelimiter::Bracket(_)))
}

/// Arguments separated by commas.
pub(super) fn list(tokens: &TokenStream) -> Option<Vec<MacroArg>> {
    separated(tokens, false)
}

fn separated(tokens: &TokenStream, semicolons: bool) -> Option<Vec<MacroArg>> {
    let parse = |input: ParseStream| {
        let mut args = Vec::new();
        while !input.is_empty() {
            args.push(input.parse()?);
            if semicolons && input.peek(Token![;]) {
                input.parse::<Token![;]>()?;
            } else if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(args)
    };
    parse.parse2(tokens.clone()).ok()
}

/// `matches!(value, pattern if guard)`.
pub(super) fn matches(tokens: &TokenStream) -> Option<(Expr, Pat)> {
    let parse = |input: ParseStream| {
        let value = input.parse::<Expr>()?;
        input.parse::<Token![,]>()?;
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<TokenStream>()?;
        Ok((value, pat))
    };
    parse.parse2(tokens.clone()).ok()
}

/// The statements of a macro that takes a body.
pub(super) fn statements(tokens: &TokenStream) -> Option<Vec<Stmt>> {
    Block::parse_within.parse2(tokens.clone()).ok().filter(|stmts| !stmts.is_empty())
}

/// The items of a macro that wraps some, or chooses between some.
pub(super) fn items(mac: &Macro) -> Option<Vec<Item>> {
    if !matches!(mac.delimiter, MacroDelimiter::Brace(_)) {
        return None;
    }
    let parse = |input: ParseStream| if input.peek(Token![if]) { chosen_items(input) } else { all_items(input) };
    parse.parse2(mac.tokens.clone()).ok().filter(|items| !items.is_empty())
}

fn all_items(input: ParseStream) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    while !input.is_empty() {
        items.push(input.parse()?);
    }
    Ok(items)
}

/// `if #[cfg(…)] { items } else if #[cfg(…)] { items } else { items }`: those of all builds.
fn chosen_items(input: ParseStream) -> syn::Result<Vec<Item>> {
    let mut items = Vec::new();
    loop {
        if input.parse::<Option<Token![if]>>()?.is_some() {
            input.call(Attribute::parse_outer)?;
        }
        let body;
        syn::braced!(body in input);
        items.extend(all_items(&body)?);
        if input.parse::<Option<Token![else]>>()?.is_none() {
            return Ok(items);
        }
    }
}

/// The declarations of `lazy_static!` and `thread_local!`.
pub(super) fn statics(mac: &Macro) -> Option<Vec<StaticDecl>> {
    let name = name_of(&mac.path.segments.last()?.ident);
    if !matches!(name.as_str(), "lazy_static" | "thread_local") {
        return None;
    }
    let parse = |input: ParseStream| {
        let mut decls = Vec::new();
        while !input.is_empty() {
            decls.push(static_decl(input)?);
        }
        Ok(decls)
    };
    parse.parse2(mac.tokens.clone()).ok()
}

fn static_decl(input: ParseStream) -> syn::Result<StaticDecl> {
    input.call(Attribute::parse_outer)?;
    input.parse::<Visibility>()?;
    input.parse::<Token![static]>()?;
    input.parse::<Option<Token![ref]>>()?;
    let ident = input.parse()?;
    input.parse::<Token![:]>()?;
    let ty = input.parse()?;
    input.parse::<Token![=]>()?;
    let value = input.parse()?;
    input.parse::<Option<Token![;]>>()?;
    Ok(StaticDecl { ident, ty, value })
}

/// The arms of `select!`.
pub(super) fn select(tokens: &TokenStream) -> Option<Vec<SelectArm>> {
    let parse = |input: ParseStream| {
        let mut arms = Vec::new();
        while !input.is_empty() {
            if input.peek(syn::Ident) && input.peek2(Token![;]) {
                input.parse::<Ident>()?;
                input.parse::<Token![;]>()?;
                continue;
            }
            arms.push(select_arm(input)?);
        }
        Ok(arms)
    };
    parse.parse2(tokens.clone()).ok().filter(|arms| !arms.is_empty())
}

fn select_arm(input: ParseStream) -> syn::Result<SelectArm> {
    let bare = input.peek2(Token![=>]) && (input.peek(Token![else]) || input.peek(syn::Ident));
    let (mut source, mut guard) = (None, None);
    if bare {
        input.call(Ident::parse_any)?;
    } else {
        let pat = Pat::parse_multi_with_leading_vert(input)?;
        input.parse::<Token![=]>()?;
        source = Some((pat, input.parse()?));
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
            input.parse::<Token![if]>()?;
            guard = Some(input.parse()?);
        }
    }
    input.parse::<Token![=>]>()?;
    let body = select_body(input)?;
    Ok(SelectArm { source, guard, body })
}

fn select_body(input: ParseStream) -> syn::Result<Expr> {
    if !input.peek(Brace) {
        let body = input.parse()?;
        input.parse::<Option<Token![,]>>()?;
        return Ok(body);
    }
    let block = input.parse()?;
    input.parse::<Option<Token![,]>>()?;
    Ok(Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block }))
}

/// Arguments that can be told apart in other notations (`"key": value`, `key => value`, elements of
/// markup), and the tokens that are none.
pub(super) fn loose(tokens: &TokenStream) -> (Vec<MacroArg>, Vec<TokenTree>) {
    let (mut args, mut rest) = (Vec::new(), Vec::new());
    let mut queue = vec![tokens.clone()];
    while let Some(tokens) = queue.pop() {
        let mut inner = Vec::new();
        for chunk in chunks(tokens) {
            match syn::parse2::<Expr>(chunk.tokens.iter().cloned().collect()) {
                Ok(expr) => args.push(MacroArg { name: chunk.name, expr }),
                Err(_) => sort(chunk.tokens, &mut inner, &mut rest),
            }
        }
        queue.extend(inner.into_iter().rev());
    }
    (args, rest)
}

struct Chunk {
    name: Option<(String, Token)>,
    tokens: Vec<TokenTree>,
}

/// Splits at `,`, `;`, `:` and `=>`; what stands before the last two names what follows.
fn chunks(tokens: TokenStream) -> Vec<Chunk> {
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut open = Chunk { name: None, tokens: Vec::new() };
    let mut after = ' ';
    for tree in tokens {
        let mark = match &tree {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        let joint = matches!(&tree, TokenTree::Punct(punct) if punct.spacing() == proc_macro2::Spacing::Joint);
        let arrow = mark == '>' && after == '=';
        let colon = mark == ':' && !joint && after != ':';
        after = mark;
        if !arrow && !colon && !matches!(mark, ',' | ';') {
            open.tokens.push(tree);
            continue;
        }
        if arrow {
            open.tokens.pop();
        }
        let name = if arrow || colon { key(&open.tokens) } else { None };
        let next = Chunk { name: None, tokens: Vec::new() };
        let done = std::mem::replace(&mut open, next);
        match name {
            Some(name) => open.name = Some(name),
            None => chunks.push(done),
        }
    }
    chunks.push(open);
    chunks.retain(|chunk| !chunk.tokens.is_empty());
    chunks
}

fn key(tokens: &[TokenTree]) -> Option<(String, Token)> {
    match tokens {
        [TokenTree::Ident(ident)] => Some((name_of(ident), ident.span())),
        [TokenTree::Literal(literal)] => {
            let text: syn::LitStr = syn::parse2(TokenTree::from(literal.clone()).into()).ok()?;
            Some((crate::facts::redact::text(&text.value()), literal.span()))
        }
        _ => None,
    }
}

fn sort(tokens: Vec<TokenTree>, groups: &mut Vec<TokenStream>, rest: &mut Vec<TokenTree>) {
    for tree in tokens {
        match tree {
            TokenTree::Group(group) if group.delimiter() != Delimiter::None => groups.push(group.stream()),
            other => rest.push(other),
        }
    }
}
