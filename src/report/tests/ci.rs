//! The formats of CI servers and review tools: valid by their schemas, complete, and of one mind.

use serde_json::{Value, json};

use super::*;

fn valid(schema: &Value, text: &str) -> Value {
    let value: Value = serde_json::from_str(text).unwrap();
    let validator = jsonschema::draft7::new(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    value
}

/// What GitLab's documentation says of an issue.
fn gitlab_schema() -> Value {
    let line = json!({ "type": "integer", "minimum": 1 });
    json!({
        "type": "array",
        "uniqueItems": true,
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": { "type": "string", "minLength": 1, "pattern": "^[^\n]+$" },
                "check_name": { "type": "string", "minLength": 1 },
                "fingerprint": { "type": "string", "minLength": 1 },
                "severity": { "enum": ["info", "minor", "major", "critical", "blocker"] },
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": { "type": "string", "pattern": "^[^./]" },
                        "lines": { "type": "object", "required": ["begin"], "properties": { "begin": line, "end": line } },
                    },
                },
            },
        },
    })
}

#[test]
fn gitlab_issues_are_valid() {
    let files = files();
    let text = shown(Format::Gitlab, &files, &[per_request(&files), in_worker(&files)], "");
    let issues = valid(&gitlab_schema(), &text);
    let first = json!({
        "description": "`MongoClient` is built on every request (from src/app/api/users/route.ts:5)",
        "check_name": "client-per-request",
        "fingerprint": "1a2b3c4d",
        "severity": "critical",
        "location": { "path": "src/lib/mongodb-runtime.ts", "lines": { "begin": 4, "end": 4 } },
    });
    assert_eq!(issues[0], first);
    assert_eq!((&issues[1]["severity"], &issues[1]["description"]), (&json!("major"), &json!("`Redis` is not closed")));
    assert_eq!(valid(&gitlab_schema(), &shown(Format::Gitlab, &files, &[], "")), json!([]));
}

/// The parts of reviewdog's published schema that a report uses.
fn rdjson_schema() -> Value {
    let whole = json!({ "type": "integer", "minimum": 1 });
    let position = json!({ "type": "object", "required": ["line", "column"], "additionalProperties": false,
        "properties": { "line": whole, "column": whole } });
    let range = json!({ "type": "object", "required": ["start", "end"], "additionalProperties": false,
        "properties": { "start": position, "end": position } });
    let location = json!({ "type": "object", "required": ["path", "range"], "additionalProperties": false,
        "properties": { "path": { "type": "string" }, "range": range } });
    let object =
        |properties: Value| json!({ "type": "object", "additionalProperties": false, "properties": properties });
    let text = json!({ "type": "string" });
    object(json!({
        "source": object(json!({ "name": text, "url": text })),
        "diagnostics": { "type": "array", "items": object(json!({
            "message": text,
            "location": location,
            "severity": { "enum": ["ERROR", "WARNING", "INFO"] },
            "code": object(json!({ "value": text, "url": text })),
            "suggestions": { "type": "array", "items": object(json!({ "range": range, "text": text })) },
            "related_locations": { "type": "array", "items": object(json!({ "message": text, "location": location })) },
        })) },
    }))
}

#[test]
fn rdjson_counts_bytes() {
    let files = files();
    let text = shown(Format::Rdjson, &files, &[per_request(&files), in_worker(&files)], "");
    let result = valid(&rdjson_schema(), &text);
    let [first, worker] = result["diagnostics"].as_array().unwrap().as_slice() else { panic!("{text}") };
    assert_eq!(first["code"], json!({ "value": RULES[0].id, "url": RULES[0].uri }));
    assert_eq!(first["suggestions"][0]["text"], "export * from \"./mongodb\";");
    assert_eq!(first["related_locations"][0]["location"]["range"]["start"], json!({ "line": 5, "column": 20 }));
    // `größe` has two characters of two bytes each before the call.
    assert_eq!(worker["location"]["range"]["start"], json!({ "line": 5, "column": 15 }));
    assert_eq!((&worker["severity"], &worker["suggestions"]), (&json!("WARNING"), &json!([])));
}

#[test]
fn junit_is_well_formed_and_its_counts_agree() {
    let files = files();
    let odd = Finding { message: "a < b & \"c\" \u{1}\n]]>".into(), ..per_request(&files) };
    let note = Finding { severity: Severity::Note, ..in_worker(&files) };
    let text = shown(Format::Junit, &files, &[odd, note, in_worker(&files)], "");
    let document = roxmltree::Document::parse(&text).unwrap();
    let named = |name: &'static str| document.descendants().filter(move |node| node.has_tag_name(name));
    let number = |node: roxmltree::Node, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    let root = document.root_element();
    assert_eq!((number(root, "tests"), number(root, "failures"), number(root, "errors")), (3, 2, 0));
    assert_eq!(named("testsuite").map(|suite| number(suite, "tests")).sum::<usize>(), named("testcase").count());
    assert_eq!(named("testsuite").map(|suite| number(suite, "failures")).sum::<usize>(), named("failure").count());
    let case =
        named("testcase").find(|case| case.attribute("classname") == Some("src/lib/mongodb-runtime.ts")).unwrap();
    assert_eq!(case.attribute("name"), Some("client-per-request at 4:18"));
    let failure = named("failure").find(|node| node.text().unwrap().contains("]]>")).unwrap();
    assert!(failure.attribute("message").unwrap().starts_with("a < b & \"c\""));
    assert!(failure.text().unwrap().contains("route.ts:5:20 1: GET /api/users calls this on each request"));
}

#[test]
fn junit_without_findings_has_a_case_that_passes() {
    let text = shown(Format::Junit, &[], &[], "");
    let document = roxmltree::Document::parse(&text).unwrap();
    assert_eq!(document.descendants().filter(|node| node.has_tag_name("testcase")).count(), 1);
    assert_eq!(document.root_element().attribute("failures"), Some("0"));
}
