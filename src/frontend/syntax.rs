//! The parser for all grammars, one a thread: its stacks and pools are made once.
//!
//! Knows no grammar.

use std::cell::RefCell;

use tree_sitter::{Language, Parser, Tree};

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

/// `None` when the parser does not know the grammar's form.
pub(super) fn parse(text: &str, grammar: &Language) -> Option<Tree> {
    PARSER.with_borrow_mut(|parser| {
        parser.set_language(grammar).ok()?;
        parser.parse(text, None)
    })
}
