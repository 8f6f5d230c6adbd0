//! Lowering of jsx.

use super::check_jsx;

#[test]
fn elements_are_calls() {
    check_jsx(
        r##"export function App({ on }) { if (!on) return null; return <A.B x={1} y='s' z {...on} go={() => f()}>{items.map(i => <Item key={i} />)} text <></></A.B> }"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 App
        fn #1 App Function renders(_0)
          1:on := 1:_0.on
          branch not 1:on
            return null
          .
          closure #2 go
          closure #3 _
          %2 = $items.map(fn#3)
          %3 = jsx $Fragment()
          %4 = jsx $A.B(x=1, y="s", z=true, ...1:on, go=fn#2, %2, %3)
          return %4
        fn #2 go Closure()
          %0 = $f()
          return %0
        fn #3 _ Closure renders(i)
          %1 = jsx $Item(key=3:i)
          return %1
        export App = @App
        "##,
    );
}

#[test]
fn rendering_is_seen_through_conditions() {
    check_jsx(
        r##"const a = () => ok && <div />; const b = () => { return (ok ? <X /> : null) }; const c = () => <X /> ? 1 : 2;"##,
        r##"
        fn #0 _ TopLevel()
          closure #1 a
          @a := fn#1
          closure #2 b
          @b := fn#2
          closure #3 c
          @c := fn#3
        fn #1 a Closure renders()
          branch $ok
            %0 = jsx $div()
          .
          return ($ok | %0)
        fn #2 b Closure renders()
          branch $ok
            %1 = jsx $X()
          .
          return (%1 | null)
        fn #3 c Closure()
          %2 = jsx $X()
          return (1 | 2)
        "##,
    );
}
