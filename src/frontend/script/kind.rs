//! Node kinds and field names of the two grammars as enums.
//!
//! Both grammars give their own numbers to the same names, so the tables that translate them are
//! made once for each. Knows nothing of facts and nothing of what a kind means.

use std::sync::OnceLock;

use tree_sitter::Language;

use super::Dialect;

macro_rules! names {
    ($(#[$doc:meta])* $type:ident $lookup:ident { $($name:ident = $text:literal)* } $other:ident { $($extra:ident)* } $(tokens $token_lookup:ident { $($token:ident = $token_text:literal)* })?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[repr(u8)]
        pub(super) enum $type {
            $other,
            $($extra,)*
            $($name,)*
            $(
                /// The first of the anonymous ones; one that has only its text.
                Token,
                $($token,)*
            )?
        }

        impl $type {
            fn $lookup(text: &str) -> Self {
                match text {
                    $($text => $type::$name,)*
                    _ => $type::$other,
                }
            }

            $(fn $token_lookup(text: &str) -> Self {
                match text {
                    $($token_text => $type::$token,)*
                    _ => $type::Token,
                }
            })?
        }
    };
}

names! {
    /// What a node is. Kinds that lowering does not tell apart are `Other`.
    Kind named {
        Program = "program"
        ExpressionStatement = "expression_statement"
        LexicalDeclaration = "lexical_declaration"
        VariableDeclaration = "variable_declaration"
        VariableDeclarator = "variable_declarator"
        FunctionDeclaration = "function_declaration"
        GeneratorDeclaration = "generator_function_declaration"
        FunctionSignature = "function_signature"
        ClassDeclaration = "class_declaration"
        AbstractClassDeclaration = "abstract_class_declaration"
        InterfaceDeclaration = "interface_declaration"
        TypeAlias = "type_alias_declaration"
        EnumDeclaration = "enum_declaration"
        InternalModule = "internal_module"
        Module = "module"
        Ambient = "ambient_declaration"
        ImportAlias = "import_alias"
        ImportStatement = "import_statement"
        ExportStatement = "export_statement"
        StatementBlock = "statement_block"
        If = "if_statement"
        Else = "else_clause"
        Switch = "switch_statement"
        SwitchCase = "switch_case"
        SwitchDefault = "switch_default"
        For = "for_statement"
        ForIn = "for_in_statement"
        While = "while_statement"
        Do = "do_statement"
        Try = "try_statement"
        With = "with_statement"
        Break = "break_statement"
        Continue = "continue_statement"
        Return = "return_statement"
        Throw = "throw_statement"
        Labeled = "labeled_statement"
        EmptyStatement = "empty_statement"
        Identifier = "identifier"
        PropertyIdentifier = "property_identifier"
        PrivateIdentifier = "private_property_identifier"
        Shorthand = "shorthand_property_identifier"
        ShorthandPattern = "shorthand_property_identifier_pattern"
        TypeIdentifier = "type_identifier"
        This = "this"
        Super = "super"
        Undefined = "undefined"
        Null = "null"
        True = "true"
        False = "false"
        Number = "number"
        String = "string"
        TemplateString = "template_string"
        TemplateSubstitution = "template_substitution"
        Regex = "regex"
        Array = "array"
        Object = "object"
        Pair = "pair"
        PairPattern = "pair_pattern"
        Spread = "spread_element"
        RestPattern = "rest_pattern"
        ObjectPattern = "object_pattern"
        ArrayPattern = "array_pattern"
        AssignmentPattern = "assignment_pattern"
        ObjectAssignmentPattern = "object_assignment_pattern"
        ComputedName = "computed_property_name"
        Call = "call_expression"
        New = "new_expression"
        Member = "member_expression"
        Subscript = "subscript_expression"
        AwaitExpression = "await_expression"
        Yield = "yield_expression"
        Binary = "binary_expression"
        Unary = "unary_expression"
        Update = "update_expression"
        Ternary = "ternary_expression"
        Assignment = "assignment_expression"
        Augmented = "augmented_assignment_expression"
        Sequence = "sequence_expression"
        Parenthesized = "parenthesized_expression"
        As = "as_expression"
        Satisfies = "satisfies_expression"
        NonNull = "non_null_expression"
        TypeAssertion = "type_assertion"
        Instantiation = "instantiation_expression"
        Arrow = "arrow_function"
        FunctionExpression = "function_expression"
        GeneratorExpression = "generator_function"
        Class = "class"
        MetaProperty = "meta_property"
        Import = "import"
        Arguments = "arguments"
        JsxElement = "jsx_element"
        JsxSelfClosing = "jsx_self_closing_element"
        JsxAttribute = "jsx_attribute"
        JsxExpression = "jsx_expression"
        JsxNamespaceName = "jsx_namespace_name"
        RequiredParameter = "required_parameter"
        OptionalParameter = "optional_parameter"
        Accessibility = "accessibility_modifier"
        Override = "override_modifier"
        Decorator = "decorator"
        ClassBody = "class_body"
        ClassHeritage = "class_heritage"
        ExtendsClause = "extends_clause"
        ImplementsClause = "implements_clause"
        ExtendsTypeClause = "extends_type_clause"
        FieldDefinition = "public_field_definition"
        MethodDefinition = "method_definition"
        MethodSignature = "method_signature"
        AbstractMethod = "abstract_method_signature"
        StaticBlock = "class_static_block"
        ObjectType = "object_type"
        PropertySignature = "property_signature"
        EnumAssignment = "enum_assignment"
        ImportClause = "import_clause"
        NamedImports = "named_imports"
        ImportSpecifier = "import_specifier"
        NamespaceImport = "namespace_import"
        ImportRequire = "import_require_clause"
        ExportClause = "export_clause"
        ExportSpecifier = "export_specifier"
        NamespaceExport = "namespace_export"
        NestedIdentifier = "nested_identifier"
        TypeAnnotation = "type_annotation"
        PredefinedType = "predefined_type"
        GenericType = "generic_type"
        NestedTypeIdentifier = "nested_type_identifier"
        UnionType = "union_type"
        IntersectionType = "intersection_type"
        ArrayType = "array_type"
        TupleType = "tuple_type"
        FunctionType = "function_type"
        ConstructorType = "constructor_type"
        ReadonlyType = "readonly_type"
        ParenthesizedType = "parenthesized_type"
        LiteralType = "literal_type"
        TypeQuery = "type_query"
        ThisType = "this_type"
        OptionalType = "optional_type"
        RestType = "rest_type"
        FlowMaybeType = "flow_maybe_type"
        TypePredicateAnnotation = "type_predicate_annotation"
        AssertsAnnotation = "asserts_annotation"
        OptionalChain = "optional_chain"
        Comment = "comment"
        HtmlComment = "html_comment"
        HashBang = "hash_bang_line"
        StringFragment = "string_fragment"
        Escape = "escape_sequence"
        JsxText = "jsx_text"
    }
    Other { Error }
    tokens token {
        Async = "async"
        Static = "static"
        Get = "get"
        Set = "set"
        Star = "*"
        Using = "using"
        Await = "await"
        Default = "default"
        Type = "type"
        Typeof = "typeof"
        Readonly = "readonly"
        Equals = "="
        Comma = ","
        QuestionDot = "?."
    }
}

names! {
    /// The role of a node within its parent.
    Field from_text {
        Alias = "alias"
        Alternative = "alternative"
        Argument = "argument"
        Arguments = "arguments"
        Attribute = "attribute"
        Body = "body"
        Condition = "condition"
        Consequence = "consequence"
        Constructor = "constructor"
        Declaration = "declaration"
        Decorator = "decorator"
        Finalizer = "finalizer"
        Function = "function"
        Handler = "handler"
        Increment = "increment"
        Index = "index"
        Initializer = "initializer"
        Key = "key"
        Keyword = "kind"
        Label = "label"
        Left = "left"
        Module = "module"
        Name = "name"
        Object = "object"
        OpenTag = "open_tag"
        Operator = "operator"
        Parameter = "parameter"
        Parameters = "parameters"
        Pattern = "pattern"
        Property = "property"
        ReturnType = "return_type"
        Right = "right"
        Source = "source"
        Type = "type"
        TypeArguments = "type_arguments"
        Value = "value"
    }
    None {}
}

impl Kind {
    pub(super) fn is_token(self) -> bool {
        self >= Kind::Token
    }
}

/// A grammar with its numbers translated.
pub(super) struct Grammar {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

impl Grammar {
    pub(super) fn of(dialect: Dialect) -> &'static Grammar {
        static TS: OnceLock<Grammar> = OnceLock::new();
        static TSX: OnceLock<Grammar> = OnceLock::new();
        match dialect {
            Dialect::Ts => TS.get_or_init(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into())),
            Dialect::Tsx => TSX.get_or_init(|| Grammar::new(tree_sitter_typescript::LANGUAGE_TSX.into())),
        }
    }

    fn new(language: Language) -> Self {
        let kinds = (0..language.node_kind_count() as u16).map(|id| kind_of(&language, id)).collect();
        let fields = (0..=language.field_count() as u16)
            .map(|id| language.field_name_for_id(id).map_or(Field::None, Field::from_text))
            .collect();
        Self { language, kinds, fields }
    }

    pub(super) fn kind(&self, id: u16) -> Kind {
        if id == u16::MAX {
            return Kind::Error;
        }
        self.kinds.get(id as usize).copied().unwrap_or(Kind::Other)
    }

    pub(super) fn field(&self, id: Option<std::num::NonZeroU16>) -> Field {
        id.and_then(|id| self.fields.get(id.get() as usize)).copied().unwrap_or(Field::None)
    }
}

fn kind_of(language: &Language, id: u16) -> Kind {
    let Some(text) = language.node_kind_for_id(id) else { return Kind::Other };
    if language.node_kind_is_named(id) { Kind::named(text) } else { Kind::token(text) }
}
