//! Lowering of modules.

use super::check;

#[test]
fn imports() {
    check(
        r##"import d, { a as b, type T } from 'm'; import * as ns from 'n'; import type { Q } from 'q'; import 'fx'; import r = require('r'); d(b, ns, r);"##,
        r##"
        import Named default from "m"
        import Named a from "m"
        import Named T from "m"
        import Namespace * from "n"
        import Named Q from "q"
        import Effect * from "fx"
        import Namespace * from "r"
        fn #0 _ TopLevel()
          %0 = import d(import b, import ns, import r)
        "##,
    );
}

#[test]
fn exports() {
    check(
        r##"export { x as y } from 'o'; export * from 'p'; export * as k from 'k'; const h = () => {}; export { h as GET };
export default class {}
export function f() {} export const { u, v } = w;"##,
        r##"
        import Named x from "o"
        import Glob * from "p"
        import Namespace * from "k"
        class default Class ()
        fn #0 _ TopLevel()
          closure #1 f
          closure #2 h
          @h := fn#2
          @u := $w.u
          @v := $w.v
        fn #1 f Function()
        fn #2 h Closure()
        export y = from "o"
        export * = from "p"
        export k = from "k"
        export GET = @h
        export default = class default
        export f = @f
        export u = @u
        export v = @v
        "##,
    );
}

#[test]
fn commonjs_exports() {
    check(
        r##"function a() {} module.exports = { a, b() {}, ...require('./more') }; exports.c = new C(); module.exports.d = a;"##,
        r##"
        import Namespace * from "./more"
        fn #0 _ TopLevel()
          closure #1 a
          closure #2 b
          $module.exports := {a: @a, b: fn#2, ...module("./more"), ..}
          %0 = new $C()
          $exports.c := %0
          $module.exports.d := @a
        fn #1 a Function()
        fn #2 b Method()
        export default = {a: @a, b: fn#2, ...module("./more"), ..}
        export a = @a
        export b = fn#2
        export * = from "./more"
        export c = %0
        export d = @a
        "##,
    );
}

#[test]
fn directives() {
    check(
        r##"#!/usr/bin/env node
'use client';
export const runtime = 'edge';
export async function act() { 'use server'; save() }
// connlint-disable-line
"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 act
          @runtime := "edge"
        fn #1 act Function async()
          %0 = $save()
        export runtime = @runtime
        export act = @act
        "##,
    );
}

#[test]
fn whole_module_and_types() {
    check(
        r##"import type A from 'a'; export type { B } from './b'; export type * from './c'; export interface D { x: A } export default async () => {}"##,
        r##"
        import Named default from "a"
        import Named B from "./b"
        import Glob * from "./c"
        class D Interface ()
          field x: A
        fn #0 _ TopLevel()
          closure #1 default
        fn #1 default Closure async()
        export B = from "./b"
        export * = from "./c"
        export D = @D
        export default = fn#1
        "##,
    );
}

#[test]
fn casts_vanish() {
    check(
        r##"const g = (global as any).db!; const c = <const>x; const s = y satisfies Z; (globalThis as G).q = g;"##,
        r##"
        fn #0 _ TopLevel()
          @g := $global.db
          @c := $x
          @s := $y
          $globalThis.q := @g
        "##,
    );
}
