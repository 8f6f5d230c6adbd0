//! Lowering of classes.

use super::check;

#[test]
fn initialisers_stand_in_the_constructor() {
    check(
        r##"class A extends Base { db = new Pool(); static all = new Map(); run = () => this.db; constructor(private readonly c: Client, d?: string) { super(c); this.d = d } }"##,
        r##"
        class A Class ($Base)
          field db
          field static all
          field run
          field c: Client
        fn #0 _ TopLevel()
          %0 = new $Map()
          @A.all := %0
          closure #1 A.constructor
        fn #1 A.constructor Constructor(c: Client, d: string)
          this.c := 1:c
          %1 = new $Pool()
          this.db := %1
          closure #2 run
          this.run := fn#2
          %2 = super(1:c)
          this.d := 1:d
        fn #2 run Closure()
          return this.db
        "##,
    );
}

#[test]
fn constructors_are_implied() {
    check(
        r##"class A { x = f() } class B extends A { y = g() }"##,
        r##"
        class A Class ()
          field x
        class B Class (@A)
          field y
        fn #0 _ TopLevel()
          closure #1 A.constructor
          closure #2 B.constructor
        fn #1 A.constructor Constructor()
          %0 = $f()
          this.x := %0
        fn #2 B.constructor Constructor()
          %1 = super()
          %2 = $g()
          this.y := %2
        "##,
    );
}

#[test]
fn members() {
    check(
        r##"class A { static { init() } get db(): Pool { return this.#db } static async make() {} set db(v) {} *each() { yield 1 } #db: Pool }"##,
        r##"
        class A Class ()
          field #db: Pool
        fn #0 _ TopLevel()
          group
            %0 = $init()
          .
          closure #1 A.db
          closure #2 A.make
          closure #3 A."set db"
          closure #4 A.each
        fn #1 A.db Getter()
          return this.#db
        fn #2 A.make Method async static()
        fn #3 A."set db" Method(v)
        fn #4 A.each Method gen()
          yield 1
        "##,
    );
}

#[test]
fn decorators() {
    check(
        r##"@Injectable() export class S { @Prop({ a: 1 }) name: string; constructor(@InjectModel('X') private model: Model<X>) {} @Get('a') list(@Query() q: Q) {} }"##,
        r##"
        class S Class ()
          field name: string
          field model: Model<X>
        fn #0 _ TopLevel()
          %0 = decorator $Injectable()
          %1 = decorator $Prop({a: 1})
          %2 = decorator $InjectModel("X")
          closure #1 S.constructor
          %3 = decorator $Get("a")
          %4 = decorator $Query()
          closure #2 S.list
        fn #1 S.constructor Constructor(model: Model<X>)
          this.model := 1:model
        fn #2 S.list Method(q: Q)
        export S = @S
        "##,
    );
}

#[test]
fn types() {
    check(
        r##"interface I extends J { db: Pool | null; get(k: string): Promise<Map<string, X[]>> } type D = Deps & { z: () => void }; enum E { A = 'a', B } let v: typeof db, t: [A, B?], n: ns.T<U>;"##,
        r##"
        class I Interface ()
          field db: |<Pool, null>
          field get: fn<string, Promise<Map<string, []<X>>>>
        class D Interface ()
          field z: fn<void>
        class E Enum ()
          field static A
          field static B
        fn #0 _ TopLevel()
        "##,
    );
}
