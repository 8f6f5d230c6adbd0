//! No input overflows the stack, panics or takes quadratic time.
//!
//! What is printed is compared in `dumps`; here only survival counts.

use super::super::lower;

fn wrap(depth: usize, open: &str, inner: &str, close: &str) -> String {
    format!("fn f() {{ {}{inner}{}; }}", open.repeat(depth), close.repeat(depth))
}

/// Shapes that recurse in a parser, each nested as deep as it goes before it is refused.
fn bombs(nested: usize, chained: usize) -> Vec<String> {
    let chain = |prefix: &str, unit: &str, suffix: &str, weight: usize| {
        format!("{prefix}{}{suffix}", unit.repeat(chained / weight))
    };
    vec![
        wrap(nested, "(", "1", ")"),
        wrap(nested, "{ let x = ", "1", "; }"),
        wrap(nested, "if a { b(); } else { ", "c()", " }"),
        wrap(nested, "match x { Some(y) => ", "1", ", _ => 2 }"),
        wrap(nested, "f(|x| g(x, ", "1", "))"),
        wrap(nested / 2, "s(async move { t(", "1", ") })"),
        wrap(nested, "m![", "1", "]"),
        wrap(nested, "vec![[", "1", "]]"),
        wrap(nested, "loop { ", "x", " }"),
        wrap(nested, "for x in y { ", "x", " }"),
        wrap(nested, "S { a: ", "1", " }"),
        wrap(nested, "if let Some(y) = x { ", "y", " }"),
        wrap(nested, "fn f() { ", "", " }"),
        wrap(nested, "mod m { ", "", " }"),
        wrap(nested, "impl A { fn f() { ", "", " } }"),
        wrap(nested, "let Some(x) = y else { ", "", " };"),
        wrap(nested, "tokio::select! { a = b => ", "1", " }"),
        wrap(nested, "json!({\"a\": ", "1", " })"),
        wrap(nested, "let x: (", "u8", ")"),
        wrap(nested, "let (", "x", ",) = y"),
        chain("fn f() { x", ".a()", "; }", 3),
        chain("fn f() { x", ".a", "; }", 2),
        chain("fn f() { x", "?", "; }", 1),
        chain("fn f() { x", ".await", "; }", 2),
        chain("fn f() { 1", "+1", "; }", 2),
        chain("fn f() { if a", " && a", " {} }", 3),
        chain("fn f() { if a", " || a()", " {} }", 4),
        chain("fn f() { ", "!", "x; }", 1),
        chain("fn f() { ", "&", "x; }", 1),
        chain("fn f() { ", "*", "x = 1; }", 1),
        chain("fn f() { ", "return ", "; }", 1),
        chain("fn f() { ", "|x| ", "1; }", 3),
        chain("fn f() { ", "a = ", "1; }", 2),
        chain("fn f() { if a {}", " else if a {}", " }", 4),
        chain("fn f() { x", " as u8", "; }", 2),
        chain("fn f() { x", "[0]", "; }", 2),
        chain("fn f() { x", "..y", "; }", 3),
        chain("type A = ", "V<", "u8;", 2),
        chain("type A = ", "&", "u8;", 1),
        chain("type A = ", "fn() -> ", "u8;", 5),
        chain("fn f() -> ", "impl Fn() -> ", "u8 {}", 6),
        chain("use ", "a::", "b;", 3),
        chain("fn f() { let ", "&", "x = 1; }", 1),
        chain("fn f() { let A", " | A", " = 1; }", 2),
        chain("fn f() { let ", "x @ ", "y = 1; }", 2),
        chain("fn f() { ", "'a: ", "{} }", 3),
        chain("fn f() { f(", "if ", ") }", 1),
        chain("type A = ", "<", "", 1),
        chain("fn f() { x::", "<", "; }", 1),
    ]
}

fn on_stack(size: usize, texts: Vec<String>) {
    let run = move || {
        for text in texts {
            lower(&text);
        }
    };
    let thread = std::thread::Builder::new().stack_size(size).spawn(run).unwrap();
    thread.join().unwrap();
}

#[test]
fn shallow_bombs_fit_a_small_stack() {
    on_stack(2 << 20, bombs(22, 220));
}

#[test]
fn deep_bombs_fit_the_large_stack() {
    on_stack(2 << 20, bombs(250, 5_900));
}

#[test]
fn deeper_bombs_are_refused() {
    on_stack(2 << 20, bombs(100_000, 1_000_000));
}

const SAMPLE: &str = r##"#!/usr/bin/env run
use a::{b, c::{self as d, *}};
#[derive(Clone)] pub struct App<'a, T: Store> where T: Send { #[x] pub db: &'a Arc<dyn Db<T> + Send>, n: [u8; 4] }
impl<T> Store for App<'_, T> {
    const N: u8 = 1;
    async fn get(&mut self, (k, _): (&str, u8)) -> Result<Self, Box<dyn Error>> {
        let Some(x) = self.db.get(k)?.await else { return Err("ü".into()) };
        match x { Msg::A { b, .. } if b > 1 => 'l: loop { break 'l b }, Some([c, .., d]) => c, _ => panic!("{b} {}", 1) };
        while let Some(m) = rx.recv().await { tokio::select! { a = f() => {}, Some(b) = g() => b, else => break } }
        let y = move |S { a, b: T(c) }: S| async move { format!("x://{a}:{}@h", c) };
        json!({ "k": [1, { "z": y(1) }] }); *self.cell.lock() = r#"raw"#; x += b'c' as u8; (a, b.0) = q;
        if let Ok(v) = w && !v.is_none() || 'c' == c { unsafe { raw() } } else if matches!(a, 1..=2 | 3) { Ok(S { a, ..b }) }
    }
}
lazy_static! { static ref X: T = C::new(); } macro_rules! m { ($a:expr) => { b::c($a) }; }
#[cfg(test)] mod tests { use super::*; #[test] fn t() {} } // connlint-disable x
"##;

#[test]
fn every_prefix_lowers() {
    for end in (0..SAMPLE.len()).filter(|end| SAMPLE.is_char_boundary(*end)) {
        lower(&SAMPLE[..end]);
    }
}

#[test]
fn every_mutation_lowers() {
    let bytes = SAMPLE.as_bytes();
    for (index, _) in SAMPLE.char_indices() {
        for replacement in [&b""[..], b"{", b")", b"\"", b"'", b";", b"=", b"x", "ü".as_bytes(), b"/*", b"\r"] {
            let mutated = [&bytes[..index], replacement, &bytes[index + 1..]].concat();
            lower(&String::from_utf8_lossy(&mutated));
        }
    }
}

#[test]
fn equal_text_gives_equal_facts() {
    assert_eq!(lower(SAMPLE), lower(SAMPLE));
}

#[test]
fn odd_files_lower() {
    for text in ["", "\u{feff}", "#!", "#![no_main]", "#!/bin/sh", "\0", "\r", "fn", "}", "//", "/*", "r#", "'", "x"] {
        lower(text);
    }
}

#[test]
fn large_files_take_linear_time() {
    let texts = [
        "fn f(a: A) -> B { let x = a.b(c)?; x }\n".repeat(20_000),
        format!("fn f() {{ {} }}", "let x = a.b(c)?; ".repeat(40_000)),
        format!("const A: &[u8] = &[{}];", "1, ".repeat(200_000)),
        format!("fn f() {{ match x {{ {} _ => 1 }} }}", "A::B(c) => d, ".repeat(30_000)),
        format!("fn f() {{ m! {{ {} @ }} }}", "\"a\" => b(c), ".repeat(30_000)),
        "fn f( { ".repeat(200_000),
        "pub ".repeat(200_000),
        "#[a] ".repeat(200_000),
        "fn f() { let = ; } ".repeat(20_000),
        format!("impl A {{ {} }}", "fn f() { let = ; } ".repeat(20_000)),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        lower(&text);
        assert!(start.elapsed().as_secs() < 20, "{}", text.get(..40).unwrap_or_default());
    }
}
