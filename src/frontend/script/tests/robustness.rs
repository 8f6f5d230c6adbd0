//! Broken, deep and odd input: always facts, never a panic.

use super::super::{ComponentKind, Dialect, lower, lower_component};
use crate::facts::dump::dump;

const SAMPLE: &str = r##"#!/usr/bin/env node
"use client";
import d, { a as b, type T } from "m"; export * from "p"; const { Pool: P, ...q } = require("pg");
@Injectable() export class A extends B<T> implements C { static s = new S(); #db = new Pool(); run = async () => this.#db;
  constructor(@In("x") private readonly c: Client, d?: string) { super(c); } get q() { return this.db } static { init() } }
export default async function* App({ on, x: { y = f() } }: Props = {}, [p, , z] = g(), ...r: any[]) {
  for await (const m of sub) { switch (m?.kind ?? "é") { case 1: case X.Y: if (m) break; yield m; default: continue } }
  try { await using c = await a?.b.close?.(1)?.[0]; delete c[p]; } catch ({ code }) { throw code } finally { done() }
  label: for (let i = 0; i < 3; i++) { while (true) { if (!cache.has(i) && typeof w === "undefined") break label } }
  globalThis.db ??= new Pool({ max: 5, ...q }); const rows = sql<T[]>`select ${z} from ${p}`;
  return on && <Foo.Bar a={1} b="x" {...q} go={() => go()}>{rows.map(i => <Item key={i} />)} text</Foo.Bar>;
}
enum E { A = "a", B } namespace N { export const c = (x as any)!; } interface I extends J { m(x: A): Promise<B> }
module.exports = { a, b() {}, [c]: 1 }; new Worker(new URL("./x", import.meta.url)); // connlint-disable-line
"##;

fn survives(source: &str) {
    for dialect in [Dialect::Ts, Dialect::Tsx] {
        dump(&lower(source, dialect));
    }
}

#[test]
fn sample_has_no_problems() {
    let facts = lower(SAMPLE, Dialect::Tsx);
    assert!(facts.problems.is_empty(), "{:?}", facts.problems);
}

#[test]
fn every_prefix_lowers() {
    for end in (0..SAMPLE.len()).filter(|end| SAMPLE.is_char_boundary(*end)).step_by(3) {
        survives(&SAMPLE[..end]);
    }
}

#[test]
fn mutations_lower() {
    let mut seed = 7_u64;
    for _ in 0..400 {
        let mut bytes = SAMPLE.as_bytes().to_vec();
        for _ in 0..4 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let at = (seed >> 33) as usize % bytes.len();
            bytes[at] = b"(){}[]<>`'\"\\;,.=!?@#\n/*xy"[(seed >> 20) as usize % 25];
        }
        survives(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn broken_components_lower() {
    let text =
        "---\nconst a = 1\n---\n<script setup>\nconst é = new X({\n</script><A v-if=\"x\"><b-c {#if y}>{/if}<!-- x";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        for kind in [ComponentKind::Vue, ComponentKind::Svelte, ComponentKind::Astro] {
            dump(&lower_component(&text[..end], kind));
        }
    }
}

#[test]
fn statements_around_an_error_are_kept() {
    let facts = lower("const a = f();\nconst b = = 3;\ng(a);\n", Dialect::Ts);
    assert!(!facts.problems.is_empty());
    let text = dump(&facts);
    assert!(text.contains("$f()") && text.contains("$g(@a)"), "{text}");
}

#[test]
fn deep_nesting_is_cut_off() {
    const DEEP: usize = 10_000;
    let nested = |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(DEEP), close.repeat(DEEP));
    let sources = [
        nested("(", "x", ")"),
        nested("[", "", "]"),
        nested("f(", "x", ")"),
        nested("() => {", "", "}"),
        nested("{", "", "}"),
        nested("if (a) {", "", "}"),
        nested("if (a) b(); else ", "c()", ""),
        nested("function f() {", "", "}"),
        nested("a ? b() : ", "c", ""),
        nested("", "x", ".y()"),
        nested("", "x", "?.y()"),
        nested("", "x", " + y"),
        nested("", "x", " || y()"),
        nested("!", "x", ""),
        nested("await ", "x", ""),
        nested("`${", "x", "}`"),
        nested("<a>", "", "</a>"),
        nested("while (a) ", "b()", ""),
        nested("try {", "", "} finally {}"),
        nested("switch (a) { case 1: ", "b()", "}"),
        nested("class A { m() {", "", "} }"),
        nested("x = ", "y", ""),
        nested("({ a: ", "1", "})"),
        format!("const {} = x", nested("{ a: ", "b", "}")),
        format!("const {} = x", nested("[", "b", "]")),
        format!("let a: {}", nested("A<", "B", ">")),
        format!("let a: {}", nested("", "B", "[]")),
        nested("using a = f(); ", "", ""),
        nested("namespace A { ", "", "}"),
    ];
    for source in sources {
        survives(&source);
    }
}
