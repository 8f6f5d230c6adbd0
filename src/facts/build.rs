//! Builds facts: scopes, locals, blocks. Shared by the frontends so that they decide syntax only.
//!
//! The builder keeps a stack of functions (whose bodies are being filled), a stack of open blocks
//! within each, and a stack of lexical scopes. Knows no parser.

use rustc_hash::FxHashMap;

use super::{
    Block, Call, CallId, Class, ClassId, FileFacts, FnFlags, FnId, FnKind, Function, Import, ImportId, Language, Local,
    LocalKind, Node, Span, TypeRef, Value, VarRef,
};

pub struct Builder {
    pub facts: FileFacts,
    functions: Vec<FnId>,
    blocks: Vec<Block>,
    scopes: Vec<Scope>,
}

struct Scope {
    function: FnId,
    names: FxHashMap<String, VarRef>,
    /// The function's own outermost scope, where `var` and Python names go.
    outermost: bool,
}

impl Builder {
    /// A builder with the top level opened as function 0.
    pub fn new(language: Language, span: Span) -> Self {
        let mut builder =
            Self { facts: FileFacts::new(language), functions: Vec::new(), blocks: Vec::new(), scopes: Vec::new() };
        builder.open_function(FnKind::TopLevel, None, span);
        builder
    }

    /// Closes the top level and gives the facts.
    pub fn finish(mut self) -> FileFacts {
        while !self.functions.is_empty() {
            self.close_function();
        }
        super::conceal::conceal(&mut self.facts);
        self.facts
    }

    /// The function whose body is being filled.
    pub fn current(&self) -> FnId {
        self.functions.last().copied().unwrap_or(FnId::TOP)
    }

    pub fn function(&mut self) -> &mut Function {
        let id = self.current();
        &mut self.facts.functions[id.index()]
    }

    /// Opens a function with its outermost scope and body. What runs from now on is in it.
    pub fn open_function(&mut self, kind: FnKind, name: Option<String>, span: Span) -> FnId {
        let id = FnId(self.facts.functions.len() as u32);
        let parent = self.functions.last().copied();
        self.facts.functions.push(Function {
            name,
            kind,
            flags: FnFlags::default(),
            parent,
            class: None,
            params: Vec::new(),
            returns: None,
            decorators: Vec::new(),
            locals: Vec::new(),
            body: Block::new(),
            span,
            name_span: span,
            anchor: String::new(),
        });
        self.functions.push(id);
        self.blocks.push(Block::new());
        self.scopes.push(Scope { function: id, names: FxHashMap::default(), outermost: true });
        id
    }

    /// Closes the current function: its block becomes its body.
    pub fn close_function(&mut self) {
        let Some(id) = self.functions.pop() else { return };
        while self.scopes.last().is_some_and(|scope| scope.function == id) {
            self.scopes.pop();
        }
        self.facts.functions[id.index()].body = self.blocks.pop().unwrap_or_default();
    }

    /// Fills a block apart: `let block = b.block(|b| ...)`. With its own lexical scope.
    pub fn block(&mut self, fill: impl FnOnce(&mut Self)) -> Block {
        self.open_block();
        fill(self);
        self.close_block()
    }

    pub fn open_block(&mut self) {
        let function = self.current();
        self.blocks.push(Block::new());
        self.scopes.push(Scope { function, names: FxHashMap::default(), outermost: false });
    }

    pub fn close_block(&mut self) -> Block {
        self.scopes.pop();
        self.blocks.pop().unwrap_or_default()
    }

    /// Takes the nodes that were pushed onto the open block since it had `from` of them: for
    /// effects that turn out to be conditional.
    pub fn split_block(&mut self, from: usize) -> Block {
        self.blocks.last_mut().map(|block| block.split_off(from)).unwrap_or_default()
    }

    /// The number of nodes in the open block.
    pub fn mark(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.len())
    }

    /// The last node of the open block.
    pub fn last_mut(&mut self) -> Option<&mut Node> {
        self.blocks.last_mut()?.last_mut()
    }

    pub fn push(&mut self, node: Node) {
        if let Some(block) = self.blocks.last_mut() {
            block.push(node);
        }
    }

    pub fn bind(&mut self, target: Value, value: Value, span: Span) {
        self.push(Node::Bind { target, value, span });
    }

    /// Records a call, places it in the open block and gives its result.
    pub fn call(&mut self, call: Call) -> Value {
        let id = self.record_call(call);
        self.push(Node::Call(id));
        Value::Call(id)
    }

    /// Records a call without placing it in a body.
    pub fn record_call(&mut self, call: Call) -> CallId {
        let id = CallId(self.facts.calls.len() as u32);
        self.facts.calls.push(call);
        id
    }

    pub fn class(&mut self, class: Class) -> ClassId {
        let id = ClassId(self.facts.classes.len() as u32);
        self.facts.classes.push(class);
        id
    }

    pub fn import(&mut self, import: Import) -> ImportId {
        let id = ImportId(self.facts.imports.len() as u32);
        self.facts.imports.push(import);
        id
    }

    /// Declares a name in the innermost scope. A second declaration shadows the first.
    pub fn declare(&mut self, name: &str, kind: LocalKind, ty: Option<TypeRef>, span: Span) -> VarRef {
        let index = self.scopes.len().saturating_sub(1);
        self.declare_at(index, name, kind, ty, span)
    }

    /// Declares a name in the current function's outermost scope, or gives the one that is there.
    pub fn declare_in_function(&mut self, name: &str, kind: LocalKind, ty: Option<TypeRef>, span: Span) -> VarRef {
        let function = self.current();
        let index = self.scopes.iter().rposition(|scope| scope.function == function && scope.outermost).unwrap_or(0);
        match self.scopes[index].names.get(name) {
            Some(var) => *var,
            None => self.declare_at(index, name, kind, ty, span),
        }
    }

    fn declare_at(&mut self, index: usize, name: &str, kind: LocalKind, ty: Option<TypeRef>, span: Span) -> VarRef {
        let function = self.scopes[index].function;
        let var = self.anonymous(function, name, kind, ty, span);
        self.scopes[index].names.insert(name.to_string(), var);
        var
    }

    /// A local that no scope names: destructured parameters, temporaries.
    pub fn anonymous(
        &mut self,
        function: FnId,
        name: &str,
        kind: LocalKind,
        ty: Option<TypeRef>,
        span: Span,
    ) -> VarRef {
        let locals = &mut self.facts.functions[function.index()].locals;
        let local = locals.len() as u32;
        locals.push(Local { name: name.to_string(), kind, ty, span });
        VarRef { function, local }
    }

    /// Makes a name of the innermost scope stand for an existing variable (Python's `global` and
    /// `nonlocal`, aliases).
    pub fn alias(&mut self, name: &str, var: VarRef) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.names.insert(name.to_string(), var);
        }
    }

    pub fn lookup(&self, name: &str) -> Option<VarRef> {
        self.scopes.iter().rev().find_map(|scope| scope.names.get(name).copied())
    }

    /// The name declared by the current function's own scopes.
    pub fn lookup_own(&self, name: &str) -> Option<VarRef> {
        let function = self.current();
        let mut own = self.scopes.iter().rev().take_while(|scope| scope.function == function);
        own.find_map(|scope| scope.names.get(name).copied())
    }

    /// A name declared at the file's top level.
    pub fn lookup_top(&self, name: &str) -> Option<VarRef> {
        self.scopes.iter().filter(|scope| scope.function == FnId::TOP).find_map(|scope| scope.names.get(name).copied())
    }

    /// A name as a value: the variable in scope, else a global.
    pub fn name(&self, name: &str) -> Value {
        self.lookup(name).map_or_else(|| Value::Global(name.to_string()), Value::Var)
    }

    pub fn local_mut(&mut self, var: VarRef) -> &mut Local {
        &mut self.facts.functions[var.function.index()].locals[var.local as usize]
    }
}
