//! Lowering of names.

use super::check;

#[test]
fn captures_and_shadows() {
    check(
        r##"let db; function a() { db = open(); { const db = 1; use(db) } var late = 2; return () => late }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 a
        fn #1 a Function()
          %0 = $open()
          @db := %0
          group
            1:db := 1
            %1 = $use(1:db)
          .
          1:late := 2
          closure #2 _
          return fn#2
        fn #2 _ Closure()
          return 1:late
        "##,
    );
}

#[test]
fn patterns_bind_one_by_one() {
    check(
        r##"const { a, b: { c = f() }, [k]: d, ...rest } = src; const [x, , y = 1, ...z] = src; [o.p, q] = src;"##,
        r##"
        fn #0 _ TopLevel()
          @a := $src.a
          branch null($src.b.c)
            %0 = $f()
          .
          @c := ($src.b.c ?? %0)
          @d := $src[$k]
          @rest := $src[*]
          @x := $src[0]
          @y := ($src[2] ?? 1)
          @z := $src[*]
          $o.p := $src[0]
          $q := $src[1]
        "##,
    );
}

#[test]
fn parameters() {
    check(
        r##"function f({ a, b = g() }, c = new C(), ...d) { return a } const h = async x => x;"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 f
          closure #2 h
          @h := fn#2
        fn #1 f Function(_0, c, d)
          1:a := 1:_0.a
          branch null(1:_0.b)
            %0 = $g()
          .
          1:b := (1:_0.b ?? %0)
          branch null(1:c)
            %1 = new $C()
            1:c := %1
          .
          return 1:a
        fn #2 h Closure async(x)
          return 2:x
        "##,
    );
}

#[test]
fn literals_are_taken_apart_once() {
    check(
        r##"const { a, b } = { a: 1, b: f() };"##,
        r##"
        fn #0 _ TopLevel()
          %0 = $f()
          @_ := {a: 1, b: %0}
          @a := @_.a
          @b := @_.b
        "##,
    );
}

#[test]
fn updates() {
    check(
        r##"i++; n += 2; o[k] = v; delete o.p;"##,
        r##"
        fn #0 _ TopLevel()
          $i := ($i Add 1)
          $n := ($n Add 2)
          $o[$k] := $v
          $o.p := null
        "##,
    );
}

#[test]
fn namespaces_hold_members() {
    check(
        r##"namespace N { export const c = new C(); export function f() { return c } } N.f();"##,
        r##"
        fn #0 _ TopLevel()
          group
            closure #1 f
            %0 = new $C()
            @c := %0
            @N.c := @c
            @N.f := @f
          .
          %1 = @N.f()
        fn #1 f Function()
          return @c
        "##,
    );
}
