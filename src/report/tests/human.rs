//! The terminal report, as text without colours.

use super::*;

#[test]
fn finding_of_two_files() {
    let files = files();
    let text = shown(Format::Human, &files, &[per_request(&files)], "");
    let expected = "\
error[client-per-request]: `MongoClient` is built on every request
   ╭─[src/lib/mongodb-runtime.ts:4:18]
 3 │ export async function openDatabase() {
 4 │   const client = new MongoClient(process.env.MONGODB_URI!);
   ·                  ────────────────────┬────────────────────
   ·                                      ╰── 2: a client is built here, and nothing keeps or closes it
   ╰────
   ╭─[src/app/api/users/route.ts:5:20]
 4 │ export async function GET() {
 5 │   const db = await openDatabase();
   ·                    ───────┬──────
   ·                           ╰── 1: GET /api/users calls this on each request
   ╰────
  why: each MongoClient opens a pool of up to 100 connections (the default); Atlas M0 allows 500 in all
  help: use the client that src/lib/mongodb.ts already shares
  fix: Re-export the shared client [--unsafe-fixes]

Found 1 problem (1 error) in 120 files; 1 can be fixed with --unsafe-fixes, which may change what the program does; 1 suppressed; 1 file could not be analysed in full
More of a rule, with examples: `connlint explain client-per-request`
";
    assert_eq!(text, expected);
}

#[test]
fn near_places_share_a_frame_and_far_ones_keep_the_order_of_the_chain() {
    let body = "\n".repeat(30);
    let files = [file("a.ts", &format!("first()\nsecond()\n{body}third()\n")), file("b.ts", "middle()\n")];
    let step = |file, needle: &str| Related { place: place(&files, file, needle), message: needle.into() };
    let mut finding = in_worker(&self::files());
    finding.related = vec![step(0, "second()"), step(1, "middle()"), step(0, "first()")];
    finding.place = place(&files, 0, "third()");
    finding.label = "here".into();
    finding.help = "one\ntwo".into();
    let text = shown(Format::Human, &files, &[finding], "");
    let expected = "\
warning[connection-not-released]: `Redis` is not closed
    ╭─[a.ts:33:1]
 33 │ third()
    · ───┬───
    ·    ╰── 4: here
    ╰────
   ╭─[a.ts:1:1]
 1 │ first()
   · ───┬───
   ·    ╰── 3: first()
 2 │ second()
   · ────┬───
   ·     ╰── 1: second()
   ╰────
   ╭─[b.ts:1:1]
 1 │ middle()
   · ────┬───
   ·     ╰── 2: middle()
   ╰────
  help: one
        two

Found 1 problem (1 warning) in 120 files; 1 suppressed; 1 file could not be analysed in full
More of a rule, with examples: `connlint explain connection-not-released`
";
    assert_eq!(text, expected);
}

#[test]
fn a_place_inside_another_has_a_mark_of_its_own() {
    let files = [file("a.ts", "app.get('/', () => new Pool().query('q'));\n")];
    let mut finding = in_worker(&self::files());
    let entry =
        Related { place: place(&files, 0, "app.get('/', () => new Pool().query('q'))"), message: "entry".into() };
    finding.related = vec![entry];
    finding.place = place(&files, 0, "new Pool()");
    finding.label = "here".into();
    let text = shown(Format::Human, &files, &[finding], "");
    let expected = "
 1 │ app.get('/', () => new Pool().query('q'));
   · ─────────┬──────── ─────┬────
   ·          │              ╰── 2: here
   ·          ╰── 1: entry
";
    assert!(text.contains(expected), "{text}");
}

#[test]
fn secrets_long_lines_and_blocks_are_kept_small() {
    let long = format!("{}new Pool('postgres://u:hunter2@h/d', () => {{\n  x;\n}})", "a + ".repeat(200));
    let files = [file("min.js", &long), file("config/.env.local", "# c\nDB_URL=postgres://u:hunter2@h/d\n")];
    let mut finding = in_worker(&self::files());
    finding.place = place(&files, 0, "new Pool('postgres://u:hunter2@h/d', () => {\n  x;\n})");
    finding.related = vec![Related { place: place(&files, 1, "DB_URL"), message: "read here".into() }];
    finding.message = "the pool of postgres://u:hunter2@h/d is too large".into();
    for format in Format::ALL {
        assert!(!shown(format, &files, std::slice::from_ref(&finding), "").contains("hunter2"), "{format:?}");
    }
    let text = shown(Format::Human, &files, &[finding], "");
    assert!(text.contains("│ DB_URL=postgres://***:***@h/d\n"), "{text}");
    assert!(text.contains(" + new Pool('postgres://***:***@h/d', () => {\n"), "{text}");
    assert!(text.contains("╭─[min.js:1:801]\n 1 │ …"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() < 200), "{text}");
}

#[test]
fn nothing_found() {
    let text = shown(Format::Human, &[], &[], "");
    assert_eq!(text, "Found no problems in 120 files; 1 suppressed; 1 file could not be analysed in full\n");
}

#[test]
fn colours_only_when_asked_for() {
    let files = files();
    let finding = per_request(&files);
    let findings = [Reported { finding: &finding, id: "1" }];
    let base = Path::new("");
    let report =
        Report { findings: &findings, problems: &[], files: &files, rules: &RULES, counts: Counts::default(), base };
    let mut out = Vec::new();
    render(Format::Human, &report, Style { color: true, links: false, columns: None, ..Style::default() }, &mut out)
        .unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.starts_with("\u{1b}[1;31merror[client-per-request]\u{1b}[0m: "), "{text}");
}

#[test]
fn rule_ids_lead_to_their_pages_where_a_terminal_can() {
    let files = files();
    let finding = per_request(&files);
    let findings = [Reported { finding: &finding, id: "1" }];
    let base = Path::new("");
    let report =
        Report { findings: &findings, problems: &[], files: &files, rules: &RULES, counts: Counts::default(), base };
    let mut out = Vec::new();
    render(Format::Human, &report, Style { color: false, links: true, columns: None, ..Style::default() }, &mut out)
        .unwrap();
    let link = "error[\u{1b}]8;;https://example.org/client-per-request\u{1b}\\client-per-request\u{1b}]8;;\u{1b}\\]: ";
    assert!(String::from_utf8(out).unwrap().starts_with(link));
}

#[test]
fn what_is_left_out_is_counted() {
    let counts = Counts { files: 3, suppressed: 1, baselined: 2, stale: 1, unchanged: 4 };
    let base = Path::new("");
    let report = Report { findings: &[], problems: &[], files: &[], rules: &[], counts, base };
    let mut out = Vec::new();
    render(Format::Human, &report, Style::default(), &mut out).unwrap();
    let expected = "Found no problems in 3 files; 1 suppressed; 4 outside the changed lines; 2 accepted by the baseline; \
        1 entry of the baseline is out of date (`connlint baseline prune` takes it out)\n";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

#[test]
fn repeats_are_told_along_unless_all_are_wanted() {
    let lines: String = (0..9).map(|at| format!("open{at}()\n")).collect();
    let files = [file("a.ts", &lines), file("b.ts", "helper()\n")];
    let at = |number: usize, related: Vec<Related>| {
        let mut finding = in_worker(&self::files());
        finding.place = place(&files, 0, &format!("open{number}()"));
        (finding.after, finding.related) = (related.len(), related);
        finding
    };
    let helper = || vec![Related { place: place(&files, 1, "helper()"), message: "opened here".into() }];
    let alone = || vec![];
    let told = |findings: &[Finding], detail| {
        let findings: Vec<Reported> = findings.iter().map(|finding| Reported { finding, id: "1" }).collect();
        let (counts, base) = (Counts::default(), Path::new(""));
        let report = Report { findings: &findings, problems: &[], files: &files, rules: &RULES, counts, base };
        let mut out = Vec::new();
        render(Format::Human, &report, Style { detail, ..Style::default() }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        let also: Vec<String> = text.lines().filter(|line| line.contains("also:")).map(str::to_string).collect();
        (text.matches("warning[").count(), also.concat())
    };
    let shared = [at(0, helper()), at(1, helper())];
    assert_eq!(told(&shared, Detail::Usual), (1, "  also: the same at a.ts:2".into()));
    assert_eq!(told(&shared, Detail::Verbose), (2, String::new()));
    let few: Vec<Finding> = (0..3).map(|number| at(number, alone())).collect();
    assert_eq!(told(&few, Detail::Usual), (3, String::new()));
    let many: Vec<Finding> = (0..9).map(|number| at(number, alone())).collect();
    let also = "  also: the same at a.ts:2, a.ts:3, a.ts:4, a.ts:5 and 4 more (`--verbose` lists them)";
    assert_eq!(told(&many, Detail::Usual), (1, also.into()));
}
