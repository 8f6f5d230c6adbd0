//! The formats that programs read.

use serde_json::{Value, json};

use super::*;

#[test]
fn concise() {
    let files = files();
    let mut deep = per_request(&files);
    deep.related = vec![deep.related[0].clone(); 4];
    let text = shown(Format::Concise, &files, &[per_request(&files), in_worker(&files), deep], "");
    let expected = "\
src/lib/mongodb-runtime.ts:4:18: error[client-per-request] `MongoClient` is built on every request (src/app/api/users/route.ts:5 → here)
jobs/worker.py:5:13: warning[connection-not-released] `Redis` is not closed
src/lib/mongodb-runtime.ts:4:18: error[client-per-request] `MongoClient` is built on every request (src/app/api/users/route.ts:5 → … → src/app/api/users/route.ts:5 → here)
";
    assert_eq!(text, expected);
}

#[test]
fn github() {
    let files = [file("a,b.ts", "x()\ny()")];
    let mut finding = in_worker(&self::files());
    finding.place = place(&files, 0, "x()");
    finding.message = "100% of `x`".into();
    let mut long = finding.clone();
    long.place = place(&files, 0, "x()\ny()");
    long.severity = Severity::Note;
    long.related = vec![Related { place: place(&files, 0, "y()"), message: "called here".into() }];
    long.label = "opened here".into();
    let text = shown(Format::Github, &files, &[finding, long], "");
    let expected = "\
::warning file=a%2Cb.ts,line=1,endLine=1,col=1,endColumn=4,title=connlint connection-not-released::100%25 of `x`%0Ahelp: close it
::notice file=a%2Cb.ts,line=1,endLine=2,col=1,title=connlint connection-not-released::100%25 of `x`%0A1: called here (a%2Cb.ts:2)%0A2: opened here (a%2Cb.ts:1)%0Ahelp: close it
";
    assert_eq!(text, expected.replace("(a%2Cb.ts", "(a,b.ts"));
}

#[test]
fn json_contract() {
    let files = files();
    let text = shown(Format::Json, &files, &[per_request(&files), in_worker(&files)], "");
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["version"], 1);
    let place = |path: &str, start: [usize; 3], end: [usize; 3]| {
        let point = |at: [usize; 3]| json!({ "line": at[0], "column": at[1], "offset": at[2] });
        json!({ "path": path, "start": point(start), "end": point(end) })
    };
    let with = |mut value: Value, more: Value| {
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let runtime = "src/lib/mongodb-runtime.ts";
    let call = place("src/app/api/users/route.ts", [5, 20, 148], [5, 34, 162]);
    let edit = with(place(runtime, [1, 1, 0], [1, 39, 38]), json!({ "text": "export * from \"./mongodb\";" }));
    let more = json!({
        "id": "1a2b3c4d",
        "rule": "client-per-request",
        "severity": "error",
        "confidence": "high",
        "message": "`MongoClient` is built on every request",
        "label": "a client is built here, and nothing keeps or closes it",
        "client": "mongodb.MongoClient",
        "related": [with(call, json!({ "message": "GET /api/users calls this on each request" }))],
        "why": "each MongoClient opens a pool of up to 100 connections (the default); Atlas M0 allows 500 in all",
        "help": "use the client that src/lib/mongodb.ts already shares",
        "fix": { "title": "Re-export the shared client", "applicability": "unsafe", "edits": [edit] },
    });
    assert_eq!(report["findings"][0], with(place(runtime, [4, 18, 96], [4, 59, 137]), more));
    let worker = &report["findings"][1];
    assert_eq!(worker["start"], json!({ "line": 5, "column": 13, "offset": 48 }));
    assert_eq!((&worker["client"], &worker["fix"], &worker["related"]), (&Value::Null, &Value::Null, &json!([])));
    let summary = json!({
        "files": 120, "findings": 2, "suppressed": 1, "baselined": 0, "stale": 0, "unchanged": 0,
        "severity": { "error": 1, "warning": 1, "note": 0 },
        "rule": { "client-per-request": 1, "connection-not-released": 1 },
    });
    assert_eq!(report["summary"], summary);
    assert_eq!(
        report["problems"],
        json!([{ "path": "src/broken.ts", "line": 3, "column": 5, "message": "syntax error" }])
    );
}

#[test]
fn files_that_a_fix_makes_are_told() {
    let files = files();
    let mut finding = per_request(&files);
    let new = |text: &str| vec![NewFile { path: "src/lib/db.ts".into(), text: text.into() }];
    finding.fix.as_mut().unwrap().creates = new("export const db = 1;\n");
    let report: Value = serde_json::from_str(&shown(Format::Json, &files, std::slice::from_ref(&finding), "")).unwrap();
    let creates = json!([{ "path": "src/lib/db.ts", "text": "export const db = 1;\n" }]);
    assert_eq!(report["findings"][0]["fix"]["creates"], creates);
    let run = sarif(std::slice::from_ref(&finding), "");
    let change = &run["results"][0]["fixes"][0]["artifactChanges"][1];
    assert_eq!(change["artifactLocation"]["uri"], "src/lib/db.ts");
    assert_eq!(change["replacements"][0]["insertedContent"]["text"], "export const db = 1;\n");
    finding.fix.as_mut().unwrap().creates = new("new Pool('redis://u:hunter2@h')");
    for format in Format::ALL {
        assert!(!shown(format, &files, std::slice::from_ref(&finding), "").contains("hunter2"), "{format:?}");
    }
}

#[test]
fn edits_that_hold_a_secret_are_not_shown() {
    let files = files();
    let mut finding = per_request(&files);
    finding.fix.as_mut().unwrap().edits[0].text = "new Pool('redis://u:hunter2@h')".into();
    for format in Format::ALL {
        assert!(!shown(format, &files, std::slice::from_ref(&finding), "").contains("hunter2"), "{format:?}");
    }
}

fn sarif(findings: &[Finding], base: &str) -> Value {
    let log: Value = serde_json::from_str(&shown(Format::Sarif, &files(), findings, base)).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sarif-2.1.0.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&log).map(|error| format!("{error} at {}", error.instance_path)).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    log["runs"][0].clone()
}

#[test]
fn sarif_is_valid_and_complete() {
    let files = files();
    let run = sarif(&[per_request(&files), in_worker(&files)], "/work space/app");
    assert_eq!(run["originalUriBaseIds"]["%SRCROOT%"]["uri"], "file:///work%20space/app/");
    let rules = &run["tool"]["driver"]["rules"];
    assert_eq!(rules[0]["fullDescription"]["text"], "Each client opens sockets of its own.");
    assert_eq!(rules[1]["defaultConfiguration"]["level"], "error");
    let results = &run["results"];
    assert_eq!(results[0]["ruleIndex"], 0);
    let known_by = json!({ "connlint/v1": "1a2b3c4d", "primaryLocationLineHash": "1a2b3c4d" });
    assert_eq!(results[0]["partialFingerprints"], known_by);
    assert_eq!(rules[0]["helpUri"], "https://example.org/client-per-request");
    assert!(rules[1].get("helpUri").is_none());
    let physical = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(physical["region"], json!({ "startLine": 4, "startColumn": 18, "endLine": 4, "endColumn": 59 }));
    assert_eq!(physical["artifactLocation"]["uri"], "src/lib/mongodb-runtime.ts");
    let steps = results[0]["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 2);
    assert_eq!(steps[1]["location"]["physicalLocation"], *physical);
    assert_eq!(results[0]["fixes"][0]["artifactChanges"][0]["replacements"].as_array().unwrap().len(), 1);
    assert_eq!((&results[1]["ruleIndex"], &results[1]["level"]), (&json!(1), &json!("warning")));
    assert!(results[1].get("codeFlows").is_none());
}

#[test]
fn sarif_caps_the_chain_and_takes_unknown_rules() {
    let files = files();
    let mut finding = per_request(&files);
    finding.rule = "another-rule";
    finding.related = vec![finding.related[0].clone(); 50];
    let run = sarif(&[finding], "");
    let result = &run["results"][0];
    let steps = result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap();
    assert_eq!(steps.len(), 20);
    assert_eq!(result["relatedLocations"][0]["id"], 1);
    assert_eq!(result["relatedLocations"][18]["id"], 50);
    assert!(result.get("ruleIndex").is_none());
}

#[test]
fn sarif_keeps_what_stands_beside_out_of_the_code_flow() {
    let files = files();
    let mut finding = in_worker(&files);
    finding.also =
        Also::of("not closed either:", "nothing closes this one either", [place(&files, 0, "openDatabase()")]);
    let run = sarif(&[finding], "");
    let result = &run["results"][0];
    assert_eq!(result["relatedLocations"][0]["message"]["text"], "nothing closes this one either");
    assert!(result["relatedLocations"][0].get("id").is_none());
    assert!(result.get("codeFlows").is_none());
}

/// What code scanning takes: one run, 25,000 results with 20 places each, 10 MB compressed.
#[test]
fn sarif_stays_within_the_limits_of_uploads() {
    const MOST: usize = 25_000;
    let files: Vec<SourceFile> = (0..1000).map(|at| file(&format!("src/app/part{at}/page.ts"), ROUTE)).collect();
    let one = |at: usize| {
        let place = |at: usize, needle: &str| place(&files, (at * 7919 % files.len()) as u32, needle);
        let step =
            |step| Related { place: place(at + step, "openDatabase()"), message: format!("`open{step}` is called") };
        Finding {
            severity: if at.is_multiple_of(30) { Severity::Note } else { Severity::Error },
            place: place(at, "collection(\"users\")"),
            related: (0..if at.is_multiple_of(100) { 30 } else { 1 }).map(step).collect(),
            fix: None,
            ..per_request(&self::files())
        }
    };
    let findings: Vec<Finding> = (0..MOST + 800).map(one).collect();
    let ids: Vec<String> = (0..findings.len()).map(|at| format!("{:016x}", at * 0x9E37_79B9)).collect();
    let reported: Vec<Reported> = findings.iter().zip(&ids).map(|(finding, id)| Reported { finding, id }).collect();
    let report = Report {
        findings: &reported,
        problems: &[],
        files: &files,
        rules: &RULES,
        counts: Counts::default(),
        base: Path::new(""),
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut text = Vec::new();
    render(Format::Sarif, &report, Style::default(), &mut text).unwrap();
    std::io::Write::write_all(&mut packed, &text).unwrap();
    let size = packed.finish().unwrap().len();
    assert!(size < 10_000_000, "{size} bytes");
    let log: Value = serde_json::from_slice(&text).unwrap();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!((log["runs"].as_array().unwrap().len(), results.len()), (1, MOST));
    // 860 notes, of which 60 have room, the first ones; all errors are there, in their order.
    let notes: Vec<usize> = (0..results.len()).filter(|at| results[*at]["level"] == "note").collect();
    assert_eq!((notes.len(), notes[59]), (60, 59 * 30));
    assert_eq!(results[MOST - 1]["partialFingerprints"]["connlint/v1"], ids[MOST + 799]);
    let steps = |result: &Value| result["codeFlows"][0]["threadFlows"][0]["locations"].as_array().unwrap().len();
    assert!(results.iter().all(|result| steps(result) <= 20 && result["locations"].as_array().unwrap().len() == 1));
    let told = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert!(told.as_str().unwrap().starts_with("800 of 25800 findings"), "{told}");
}
