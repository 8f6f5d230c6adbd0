//! Parses what can be parsed of a file with syntax errors.
//!
//! syn stops at the first error, so the broken part is cut out: a statement if the error is in a
//! body, a member if it is in an impl block or module, else an item. Lowers nothing itself.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, ImplItem, Item, Stmt, Token};

use super::{Lowerer, spans};

impl Lowerer {
    /// Lowers the items around a syntax error.
    pub(super) fn recover_file(&mut self, tokens: TokenStream, error: &syn::Error) {
        let mut errors = Vec::new();
        let items = items(tokens, &mut errors);
        if errors.is_empty() {
            errors.push(error.clone());
        }
        for error in errors {
            self.problem(spans::of(error.span()), error.to_string());
        }
        self.items(&items.iter().collect::<Vec<_>>());
    }
}

fn items(tokens: TokenStream, errors: &mut Vec<syn::Error>) -> Vec<Item> {
    each(tokens, errors, |input| input.parse::<Item>(), mend_item)
}

/// Parses one part after the other; a part that fails is cut out, mended if possible.
fn each<T>(
    tokens: TokenStream,
    errors: &mut Vec<syn::Error>,
    parse: impl Fn(ParseStream) -> syn::Result<T>,
    mend: impl Fn(Vec<TokenTree>, &mut Vec<syn::Error>) -> Option<T>,
) -> Vec<T> {
    let mut parts = Vec::new();
    let read = |input: ParseStream| {
        let _ = input.call(Attribute::parse_inner);
        while !input.is_empty() {
            let fork = input.fork();
            match parse(&fork) {
                Ok(part) => {
                    input.advance_to(&fork);
                    parts.push(part);
                }
                Err(error) => {
                    let before = errors.len();
                    parts.extend(mend(broken(input)?, errors));
                    if errors.len() == before {
                        errors.push(error);
                    }
                }
            }
        }
        Ok(())
    };
    // All input is consumed, and no step of it fails.
    let _: syn::Result<()> = read.parse2(tokens);
    parts
}

/// The tokens up to where something new may begin.
fn broken(input: ParseStream) -> syn::Result<Vec<TokenTree>> {
    let mut trees = Vec::new();
    while !input.is_empty() {
        let tree = input.parse::<TokenTree>()?;
        let end = match &tree {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        let prefix = is_prefix(&tree);
        trees.push(tree);
        if end || !prefix && starts_item(input) {
            break;
        }
    }
    Ok(trees)
}

/// Attributes and modifiers, which an item's keyword may follow.
fn is_prefix(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Ident(ident) => {
            ["pub", "async", "unsafe", "const", "extern", "default"].iter().any(|word| ident == word)
        }
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace,
        TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == '#',
    }
}

fn starts_item(input: ParseStream) -> bool {
    let named = input.peek(Token![fn]) || input.peek(Token![struct]) || input.peek(Token![enum]);
    named && input.peek2(syn::Ident)
        || input.peek(Token![pub])
        || input.peek(Token![use])
        || input.peek(Token![let])
        || input.peek(Token![#]) && input.peek2(syn::token::Bracket)
}

/// The item around a broken body, with what of the body does parse.
fn mend_item(trees: Vec<TokenTree>, errors: &mut Vec<syn::Error>) -> Option<Item> {
    let (head, body) = hollow(trees)?;
    match syn::parse2::<Item>(head).ok()? {
        Item::Fn(mut item) => {
            item.block.stmts = statements(body, errors);
            Some(Item::Fn(item))
        }
        Item::Impl(mut item) => {
            item.items = each(body, errors, ImplItem::parse, mend_member);
            Some(Item::Impl(item))
        }
        Item::Mod(mut item) => {
            let inner = items(body, errors);
            item.content = item.content.map(|(brace, _)| (brace, inner));
            Some(Item::Mod(item))
        }
        _ => None,
    }
}

fn mend_member(trees: Vec<TokenTree>, errors: &mut Vec<syn::Error>) -> Option<ImplItem> {
    let (head, body) = hollow(trees)?;
    match syn::parse2::<ImplItem>(head).ok()? {
        ImplItem::Fn(mut item) => {
            item.block.stmts = statements(body, errors);
            Some(ImplItem::Fn(item))
        }
        _ => None,
    }
}

fn statements(body: TokenStream, errors: &mut Vec<syn::Error>) -> Vec<Stmt> {
    each(body, errors, statement, |_, _| None)
}

fn statement(input: ParseStream) -> syn::Result<Stmt> {
    let fork = input.fork();
    if let Ok(tail) = fork.parse::<Expr>()
        && fork.is_empty()
    {
        input.advance_to(&fork);
        return Ok(Stmt::Expr(tail, None));
    }
    input.parse::<Stmt>()
}

/// A part whose last token is a block: the part with the block emptied, and the block's tokens.
fn hollow(mut trees: Vec<TokenTree>) -> Option<(TokenStream, TokenStream)> {
    let Some(TokenTree::Group(body)) = trees.pop() else { return None };
    if body.delimiter() != Delimiter::Brace {
        return None;
    }
    let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
    empty.set_span(body.span());
    trees.push(TokenTree::Group(empty));
    Some((trees.into_iter().collect(), body.stream()))
}
