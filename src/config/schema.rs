//! The JSON schema of the settings, for editors: made from the structs.
//!
//! Knows no rule: the ids are handed in.

use std::collections::BTreeMap;

use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use super::{Config, Level};

/// Stands for the id of a rule: one of a list that only the rules know.
pub struct RuleId;

const RULE_ID: &str = "RuleId";

impl JsonSchema for RuleId {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        RULE_ID.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "description": "The id of a rule." })
    }
}

/// Severities by rule.
pub struct Severities;

impl JsonSchema for Severities {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Severities".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let id = generator.subschema_for::<RuleId>();
        let mut schema = BTreeMap::<String, Level>::json_schema(generator);
        schema.insert("description".into(), "The severity of a rule, in place of its own.".into());
        schema.insert("propertyNames".into(), id.to_value());
        schema
    }
}

/// The schema of a whole `connlint.toml`, with the given rules.
pub fn schema(rules: &[&str]) -> Value {
    let trimmed = RecursiveTransform(drop_plain_default);
    let generator = SchemaSettings::draft07().with_transform(trimmed).into_generator();
    let mut schema = generator.into_root_schema_for::<Config>().to_value();
    if let Some(definition) = schema.pointer_mut(&format!("/definitions/{RULE_ID}")) {
        definition["enum"] = json!(rules);
    }
    schema
}

/// A default that says no more than the key's absence does.
fn drop_plain_default(schema: &mut Schema) {
    let plain = |value: &Value| {
        let empty = value.as_str().is_some_and(str::is_empty) || value.as_array().is_some_and(Vec::is_empty);
        empty || value.is_null() || value.is_object()
    };
    if schema.get("default").is_some_and(plain) {
        schema.remove("default");
    }
}
