//! Lowering of calls.

use super::check;

#[test]
fn calls_stand_in_evaluation_order() {
    check(
        r##"const x = foo(bar(new C()), ...rest);"##,
        r##"
        fn #0 _ TopLevel()
          %0 = new $C()
          %1 = $bar(%0)
          %2 = $foo(%1, ...$rest)
          @x := %2
        "##,
    );
}

#[test]
fn await_marks_the_call_and_leaves_a_node() {
    check(
        r##"const r = await (open()); const s = await r;"##,
        r##"
        fn #0 _ TopLevel()
          %0 = await $open()
          await %0
          @r := %0
          await @r
          @s := @r
        "##,
    );
}

#[test]
fn optional_calls_are_branches() {
    check(
        r##"function close(c) { c?.release(); return c?.pool.get?.(1) }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 close
        fn #1 close Function(c)
          branch not null(1:c)
            %0 = 1:c.release()
          .
          branch not null(1:c)
            branch not null(1:c.pool.get)
              %1 = 1:c.pool.get(1)
            .
          .
          return (%1 | null)
        "##,
    );
}

#[test]
fn optional_members_are_plain() {
    check(
        r##"const v = a?.b?.[0].c;"##,
        r##"
        fn #0 _ TopLevel()
          @v := $a.b[0].c
        "##,
    );
}

#[test]
fn tagged_templates_are_calls() {
    check(
        r##"const rows = await db.$queryRaw<Row[]>`select ${id}`;"##,
        r##"
        fn #0 _ TopLevel()
          %0 = await $db.$queryRaw(`select `${$id})
          await %0
          @rows := %0
        "##,
    );
}

#[test]
fn modules_are_values() {
    check(
        r##"const { Pool, q: query } = require('pg'); const m = await import(`./m`); import(name);"##,
        r##"
        import Namespace * from "pg"
        import Dynamic * from "./m"
        fn #0 _ TopLevel()
          @Pool := module("pg").Pool
          @query := module("pg").q
          await module("./m")
          @m := module("./m")
          %0 = $import($name)
        "##,
    );
}

#[test]
fn references_name_files() {
    check(
        r##"new Worker(new URL('./w.js', import.meta.url)); require.resolve('./job'); new URL('/x', base);"##,
        r##"
        import Reference * from "./w.js"
        import Reference * from "./job"
        fn #0 _ TopLevel()
          %0 = new $URL("./w.js", $import.meta.url)
          %1 = new $Worker(%0)
          %2 = $require.resolve("./job")
          %3 = new $URL("/x", $base)
        "##,
    );
}

#[test]
fn immediate_functions_are_inline() {
    check(
        r##"(async () => { await f() })(); new Promise((resolve) => setTimeout(resolve, 5));"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 _ inline
          %1 = fn#1()
          closure #2 _ inline
          %3 = new $Promise(fn#2)
        fn #1 _ Closure async()
          %0 = await $f()
          await %0
        fn #2 _ Closure(resolve)
          %2 = $setTimeout(2:resolve, 5)
          return %2
        "##,
    );
}

#[test]
fn what_stands_before_a_call_with_type_arguments_is_of_the_whole_chain() {
    check(
        "async function f(db) {
            const a = await db.live<Foo>(1);
            const b = (await this.a?.q<Foo>(2).then(g)).rows;
            const c = !ready<Foo>(3);
            const d = await sql<Foo[]>`select`;
            const e = h(4) + k<Foo>(5).l(6);
        }",
        "
        fn #0 _ TopLevel()
          closure #1 f
        fn #1 f Function async(db)
          %0 = await 1:db.live(1)
          await %0
          1:a := %0
          branch not null(this.a)
            %1 = this.a.q(2)
            %2 = await %1.then($g)
          .
          await (%2 | null)
          1:b := (%2 | null).rows
          %3 = $ready(3)
          1:c := ?
          %4 = await $sql(\"select\")
          await %4
          1:d := %4
          %5 = $h(4)
          %6 = $k(5)
          %7 = %6.l(6)
          1:e := (%5 Add %7)
        ",
    );
}
