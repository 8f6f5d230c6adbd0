//! Macro calls: arguments that parse are lowered, the identifiers of others are mentions.
//!
//! Knows the macros that change control flow or wait (`panic!`, `select!`, `join!`) by their last
//! name, and those that make plain values (`vec!`, `format!`).

use proc_macro2::{TokenStream, TokenTree};
use syn::{Expr, Lit, Macro};

use super::exprs::name_of;
use super::macro_args::{self, MacroArg, SelectArm};
use super::patterns::arm_pattern;
use super::templates;
use super::{Hint, Lowerer, choice, spans};
use crate::facts::{Arg, Arm, Block, CallKind, Literal, Node, Pattern, Pred, Span, Value};

impl Lowerer {
    pub(super) fn macro_call(&mut self, mac: &Macro) -> Value {
        let name = mac.path.segments.last().map(|segment| name_of(&segment.ident)).unwrap_or_default();
        match name.as_str() {
            "macro_rules" => {
                self.mention(&mac.tokens);
                return Value::Unknown;
            }
            "matches" => {
                self.matches(mac);
                return Value::Unknown;
            }
            // Code that is written out, for another program.
            "quote" | "quote_spanned" | "parse_quote" | "parse_quote_spanned" => return Value::Unknown,
            "select" | "select_biased" => {
                if let Some(arms) = macro_args::select(&mac.tokens) {
                    return self.select(mac, &arms);
                }
            }
            _ => {}
        }
        self.ordinary_macro(mac, &name)
    }

    /// A macro where a statement stands: it may declare statics.
    pub(super) fn statement_macro(&mut self, mac: &Macro) -> Value {
        let Some(decls) = macro_args::statics(mac) else { return self.macro_call(mac) };
        self.lazy_statics(mac, &decls, &[]);
        Value::Literal(Literal::Null)
    }

    fn ordinary_macro(&mut self, mac: &Macro, name: &str) -> Value {
        let callee = self.macro_path(&mac.path);
        let (args, template) = match macro_args::arguments(mac) {
            Some(parsed) => self.macro_arguments(&parsed),
            None => (self.other_arguments(mac), Value::Unknown),
        };
        let args = if name == "concat" { concat(args) } else { args };
        let values: Vec<Value> = args.iter().map(|arg| arg.value.clone()).collect();
        if matches!(name, "join" | "try_join") {
            self.await_each(&args);
        }
        let span = macro_span(mac);
        let place = (span, spans::path(&mac.path));
        let result = self.finish_call(CallKind::Macro, callee, args, Vec::new(), place);
        match name {
            "panic" | "todo" | "unreachable" | "unimplemented" | "bail" => {
                self.push(Node::Throw { span });
                Value::Unknown
            }
            "join" | "try_join" | "vec" => Value::List(values),
            "concat" => choice(values),
            "format" | "format_args" => template,
            _ => result,
        }
    }

    fn await_each(&mut self, args: &[Arg]) {
        for arg in args {
            self.mark_awaited(&arg.value);
            self.push(Node::Await { value: arg.value.clone(), span: arg.span });
        }
    }

    /// Arguments as listed, variables named in the format string after them; and what the format
    /// string makes of them.
    fn macro_arguments(&mut self, parsed: &[MacroArg]) -> (Vec<Arg>, Value) {
        let mut args: Vec<Arg> = parsed.iter().map(|arg| self.macro_argument(arg)).collect();
        let format = parsed.iter().enumerate().find_map(|(index, arg)| match &arg.expr {
            Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) if arg.name.is_none() => Some((index, text.value())),
            _ => None,
        });
        let Some((index, text)) = format else { return (args, Value::Unknown) };
        let pieces = templates::pieces(&text);
        let template = templates::value(&pieces, args.get(index + 1..).unwrap_or_default(), &|name| self.b.name(name));
        let span = args.get(index).map_or(Span::default(), |arg| arg.span);
        for name in templates::names(&pieces) {
            let known = args.iter().any(|arg| arg.name.as_deref() == Some(name));
            if let (false, Some(var)) = (known, self.b.lookup(name)) {
                args.push(Arg { name: Some(name.to_string()), value: Value::Var(var), spread: false, span });
            }
        }
        (args, template)
    }

    /// What a macro is given may or may not run: an exit in it is conditional.
    fn macro_argument(&mut self, arg: &MacroArg) -> Arg {
        let span = arg.span();
        let name = arg.name.as_ref().map(|(name, _)| name.clone());
        let dead = self.dead;
        let mark = self.b.mark();
        let value = self.hinted(&arg.expr, Hint { name: name.clone(), anchor: String::new() });
        if self.dead && !dead {
            self.dead = false;
            let then = self.b.split_block(mark);
            self.push(Node::branch(Pred::Opaque(Vec::new()), then, Block::new(), span));
        }
        Arg { name, value, spread: false, span }
    }

    /// A body of statements is a block that is handed over; in other notations, what parses.
    fn other_arguments(&mut self, mac: &Macro) -> Vec<Arg> {
        let span = macro_span(mac);
        if let Some(stmts) = macro_args::statements(&mac.tokens) {
            let block = syn::Block { brace_token: syn::token::Brace::default(), stmts };
            let value = self.block_function(&block, Hint::default(), span, false);
            return vec![Arg { name: None, value, spread: false, span }];
        }
        let (parsed, rest) = macro_args::loose(&mac.tokens);
        self.mention_trees(rest);
        parsed.iter().map(|arg| self.macro_argument(arg)).collect()
    }

    fn select(&mut self, mac: &Macro, arms: &[SelectArm]) -> Value {
        let callee = self.macro_path(&mac.path);
        let mut args = Vec::with_capacity(arms.len());
        for (_, future) in arms.iter().filter_map(|arm| arm.source.as_ref()) {
            let value = self.expr(future);
            args.push(Arg { name: None, value, spread: false, span: spans::expr(future) });
        }
        self.await_each(&args);
        let mut futures = args.clone().into_iter().map(|arg| arg.value);
        let span = macro_span(mac);
        self.finish_call(CallKind::Macro, callee, args, Vec::new(), (span, spans::path(&mac.path)));
        let (mut values, mut lowered, mut dead) = (Vec::new(), Vec::with_capacity(arms.len()), true);
        for arm in arms {
            let future = if arm.source.is_some() { futures.next() } else { None };
            let (arm, arm_dead) = self.select_arm(arm, future, &mut values);
            lowered.push(arm);
            dead &= arm_dead;
        }
        self.push(Node::Match { subject: Value::Unknown, arms: lowered, span });
        self.dead |= dead;
        choice(values)
    }

    fn select_arm(&mut self, arm: &SelectArm, future: Option<Value>, values: &mut Vec<Value>) -> (Arm, bool) {
        let (body, dead) = self.arm_block(values, |l| {
            if let (Some((pat, _)), Some(future)) = (&arm.source, future) {
                let bounds = l.binds(pat, future);
                l.push_binds(&bounds);
            }
            l.expr(&arm.body)
        });
        let span = spans::expr(&arm.body);
        let pattern = match &arm.source {
            Some((pat, _)) if arm.guard.is_none() => arm_pattern(pat),
            _ => Pattern::Other,
        };
        (Arm { pattern, body, span }, dead)
    }

    pub(super) fn mention(&mut self, tokens: &TokenStream) {
        self.mention_trees(tokens.clone());
    }

    /// Identifiers, those of a path joined.
    fn mention_trees(&mut self, trees: impl IntoIterator<Item = TokenTree>) {
        let mut stack: Vec<Box<dyn Iterator<Item = TokenTree>>> =
            vec![Box::new(trees.into_iter().collect::<Vec<_>>().into_iter())];
        let mut path: Option<(String, Span)> = None;
        let mut colons = 0;
        while let Some(trees) = stack.last_mut() {
            match trees.next() {
                Some(TokenTree::Ident(ident)) => {
                    let span = spans::of(ident.span());
                    path = match path.take() {
                        Some((head, start)) if colons == 2 => {
                            Some((format!("{head}::{}", name_of(&ident)), Span { start: start.start, end: span.end }))
                        }
                        head => {
                            self.b.facts.mentions.extend(head);
                            Some((name_of(&ident), span))
                        }
                    };
                    colons = 0;
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() == ':' && colons < 2 => colons += 1,
                Some(tree) => {
                    self.b.facts.mentions.extend(path.take());
                    if let TokenTree::Group(group) = tree {
                        stack.push(Box::new(group.stream().into_iter()));
                    }
                }
                None => {
                    self.b.facts.mentions.extend(path.take());
                    stack.pop();
                }
            }
        }
    }
}

/// The arguments of `concat!` as the one text that they make: a secret may be spread over them.
fn concat(args: Vec<Arg>) -> Vec<Arg> {
    let Some(span) = args.first().map(|arg| arg.span) else { return args };
    let value = templates::concat(args.into_iter().map(|arg| arg.value));
    vec![Arg { name: None, value, spread: false, span }]
}

fn macro_span(mac: &Macro) -> Span {
    spans::between(spans::path_start(&mac.path), mac.delimiter.span().close())
}
