//! `macro_rules!`: each arm is a function of its own, so that a call of the macro is a call like any other.
//!
//! A metavariable is a variable of that function: a parameter where it stands alone between commas,
//! of unknown value otherwise. What is repeated stands once; arms that declare items are mentioned
//! only. Expands nothing, and knows no calls.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use syn::{Macro, Stmt};

use super::exprs::name_of;
use super::{Lowerer, macro_args, spans};
use crate::facts::{FnKind, LocalKind, Node, Param, ParamKind, Value};

/// One arm, as far as it can be read.
struct Rule {
    variables: Vec<Ident>,
    /// Those of them that stand for a block.
    blocks: Vec<Ident>,
    /// What the pattern has between its commas: a metavariable, or something else. Nothing where that cannot be told.
    items: Vec<Option<Ident>>,
    body: Group,
}

impl Lowerer {
    /// The definition of a macro.
    pub(super) fn macro_rules(&mut self, name: &Ident, mac: &Macro) {
        for rule in rules(mac.tokens.clone()) {
            let stmts = plain(rule.body.stream(), &rule.blocks).and_then(|body| macro_args::statements(&body));
            match stmts.filter(|stmts| !stmts.iter().any(|stmt| matches!(stmt, Stmt::Item(_)))) {
                Some(stmts) => self.rule(name, &rule, stmts),
                None => self.mention(&rule.body.stream()),
            }
        }
    }

    fn rule(&mut self, name: &Ident, rule: &Rule, stmts: Vec<Stmt>) {
        let span = spans::between(rule.body.span_open(), rule.body.span_close());
        let (_, outside) = self.open(FnKind::Macro, Some(name_of(name)), span);
        self.b.function().name_span = spans::of(name.span());
        for (at, item) in rule.items.iter().enumerate() {
            self.metaparameter(item.as_ref(), at, name.span());
        }
        for variable in rule.variables.iter().filter(|variable| !rule.items.contains(&Some((*variable).clone()))) {
            let (name, span) = (name_of(variable), spans::of(variable.span()));
            let var = self.b.declare(&name, LocalKind::Let { constant: false }, None, span);
            self.bind(Value::Var(var), Value::Unknown, span);
        }
        let block = syn::Block { brace_token: syn::token::Brace::default(), stmts };
        let value = self.block_value(&block);
        self.b.function().flags.leaves = self.dead;
        self.push(Node::Return { value: Some(value), span });
        self.close(outside);
    }

    fn metaparameter(&mut self, variable: Option<&Ident>, at: usize, place: proc_macro2::Span) {
        let (name, span) = match variable {
            Some(variable) => (name_of(variable), spans::of(variable.span())),
            None => (format!("_{at}"), spans::of(place)),
        };
        let local = match variable {
            Some(_) => self.b.declare(&name, LocalKind::Param, None, span).local,
            None => self.b.anonymous(self.b.current(), &name, LocalKind::Param, None, span).local,
        };
        let param = Param {
            local,
            name,
            kind: ParamKind::Normal,
            ty: None,
            by_value: false,
            default: None,
            decorators: Vec::new(),
            span,
        };
        self.b.function().params.push(param);
    }
}

/// The arms: `(pattern) => { body }`, separated by semicolons.
fn rules(tokens: TokenStream) -> Vec<Rule> {
    let groups = tokens.into_iter().filter_map(|tree| match tree {
        TokenTree::Group(group) => Some(group),
        _ => None,
    });
    let groups: Vec<Group> = groups.collect();
    groups.chunks_exact(2).map(|pair| rule(&pair[0], &pair[1])).collect()
}

fn rule(pattern: &Group, body: &Group) -> Rule {
    let (mut variables, mut blocks) = (Vec::new(), Vec::new());
    collect(pattern.stream(), &mut variables, &mut blocks);
    Rule { variables, blocks, items: items(pattern.stream()), body: body.clone() }
}

/// `$name:fragment`, wherever it stands.
fn collect(pattern: TokenStream, found: &mut Vec<Ident>, blocks: &mut Vec<Ident>) {
    let trees: Vec<TokenTree> = pattern.into_iter().collect();
    for (at, tree) in trees.iter().enumerate() {
        match (tree, &trees[at + 1..]) {
            (TokenTree::Group(group), _) => collect(group.stream(), found, blocks),
            (TokenTree::Punct(dollar), [TokenTree::Ident(name), rest @ ..]) if dollar.as_char() == '$' => {
                let is_block = matches!(rest, [_, TokenTree::Ident(kind), ..] if kind == "block");
                blocks.extend(is_block.then(|| name.clone()));
                found.push(name.clone());
            }
            _ => {}
        }
    }
}

/// `$a:expr, $b:ident, |$c:ident| $d:expr`, also with a comma at the end. Where something is repeated at the top, or
/// arms are told apart by words, nobody sees which argument is which.
fn items(pattern: TokenStream) -> Vec<Option<Ident>> {
    let trees: Vec<TokenTree> = pattern.into_iter().collect();
    let is = |tree: &TokenTree, mark: char| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark);
    let repeats = |pair: &[TokenTree]| is(&pair[0], '$') && matches!(pair[1], TokenTree::Group(_));
    let other =
        |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | '=' | '@'));
    if trees.windows(2).any(repeats) || trees.iter().any(other) {
        return Vec::new();
    }
    let parts = trees.split(|tree| is(tree, ',')).filter(|part| !part.is_empty());
    let items = parts.map(|part| match part {
        [dollar, TokenTree::Ident(name), colon, TokenTree::Ident(_)] if is(dollar, '$') && is(colon, ':') => {
            Some(name.clone())
        }
        _ => None,
    });
    let items: Vec<Option<Ident>> = items.collect();
    if items.iter().any(Option::is_some) { items } else { Vec::new() }
}

/// The body as ordinary syntax: `$name` as `name`, or `{ name }` where it stands for a block, `$crate` as `crate`,
/// repetitions once. `None` for what nests too deeply.
fn plain(body: TokenStream, blocks: &[Ident]) -> Option<TokenStream> {
    plain_at(body, blocks, 0)
}

const MAX_NESTING: u32 = 200;

fn plain_at(body: TokenStream, blocks: &[Ident], depth: u32) -> Option<TokenStream> {
    if depth > MAX_NESTING {
        return None;
    }
    let mut out: Vec<TokenTree> = Vec::new();
    let mut trees = body.into_iter().peekable();
    while let Some(tree) = trees.next() {
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '$' => match trees.next()? {
                TokenTree::Ident(name) if blocks.contains(&name) => {
                    let inner = TokenStream::from(TokenTree::Ident(name));
                    out.push(TokenTree::Group(Group::new(Delimiter::Brace, inner)));
                }
                TokenTree::Ident(name) => out.push(TokenTree::Ident(name)),
                TokenTree::Group(repeated) => {
                    out.extend(plain_at(repeated.stream(), blocks, depth + 1)?);
                    out.extend(after_repetition(&mut trees));
                }
                _ => return None,
            },
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), plain_at(group.stream(), blocks, depth + 1)?);
                inner.set_span(group.span());
                out.push(TokenTree::Group(inner));
            }
            other => out.push(other),
        }
    }
    Some(out.into_iter().collect())
}

/// Takes the separator and the operator; gives the separator where it ends what was repeated.
fn after_repetition(trees: &mut impl Iterator<Item = TokenTree>) -> Option<TokenTree> {
    let is_operator =
        |tree: &TokenTree| matches!(tree, TokenTree::Punct(punct) if matches!(punct.as_char(), '*' | '+' | '?'));
    let first = trees.next()?;
    if is_operator(&first) {
        return None;
    }
    let ends = matches!(&first, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';'));
    // Of a separator of two signs, both go.
    let joint = matches!(&first, TokenTree::Punct(punct) if punct.spacing() == Spacing::Joint);
    while joint && trees.next().is_some_and(|tree| !is_operator(&tree)) {}
    if !joint {
        trees.next();
    }
    ends.then_some(first)
}
