import Adapters
import Testing

@Suite struct ExpressionErrorTests {
    @Test(arguments: [
        ("", 0, "an expression is missing, such as $.name"),
        ("   ", 3, "an expression is missing, such as $.name"),
        ("input.timezone", 0, "there is no `input.timezone`: did you mean `inputs.timezone`?"),
        ("READY", 0, "there is no `READY`: write a field as $.READY, a text as 'READY'"),
        ("lower", 0, "`lower` is a function, written lower(text)"),
        ("  lowr($.a)", 2, "there is no function `lowr`: did you mean `lower`?"),
        ("split($.a)", 0, "`split` is written split(text, separator)"),
        ("if(true)", 0, "`if` is written if(condition, then, else?)"),
        ("lookup($.a, familys)", 12, "there is no map `familys`: did you mean `families`?"),
        ("lookup($.a)", 0, "`lookup` is written lookup(value, map)"),
        ("time($.a, '8')", 0, "write a zone as '+08:00', '-03:30', 'Z' or 'Asia/Shanghai'"),
        ("$.a = 'x'", 4, "`=` is not a comparison: write `==`"),
        ("1 < 2 < 3", 6, "comparisons do not chain: join two with `and`"),
        ("$.a == ", 7, "a value is missing at the end"),
        ("$.a and", 7, "a value is missing at the end"),
        ("and $.a", 0, "a value is missing before `and`"),
        ("$.a & $.b", 4, "write `and` or `or`, or `&&` or `||`"),
        ("$.a ? 1 : 2", 4, "write `a ?? b` for the first that is present, if(condition, a, b) for a choice"),
        ("'é' 'x", 4, "`'` is not expected here"),
        ("'e\u{301}x", 0, "the text that begins here has no closing `'`"),
        ("'e\u{301}' + 'x", 6, "the text that begins here has no closing `'`"),
        (#"'a\x'"#, 2, "a backslash must be followed by a quote, a backslash or one of n t r b f u"),
        (#"'\uD800'"#, 1, "`\\u` must be followed by the four hexadecimal digits of a character"),
        ("(1 + 2", 0, "this `(` has no closing `)`"),
        ("lower($.a", 5, "this `(` has no closing `)`"),
        ("1)", 1, "unmatched `)`"),
        ("lower($.a $.b)", 10, "`$` is not expected here"),
        ("$.a-b", 3, "quote a name that contains `-`, as in $['a-b']; put spaces around a minus sign"),
        ("$.a not 1", 4, "write `not` before a condition, or as in `a not in ['x', 'y']`"),
        ("$.a in 'abc'", 7, "`in` must be followed by a list, such as ['x', 'y']"),
        ("@.a", 0, "`@` is allowed only inside a condition `[?…]`; the record is `$`"),
        ("^.a", 0, "`^` is not supported; a record is `$`"),
        ("01", 0, "a number must not have a leading zero"), ("1e", 1, "an exponent needs digits"),
        ("1e999", 0, "the number is too large"), ("2x", 1, "a name must not begin with a digit"),
        ("$.", 2, "a field's name is missing after `.`"),
        ("$..a", 1, "`..` is not supported: write the whole path"),
        ("$.a[1:2]", 5, "slices are not supported"),
        ("$.a[b]", 4, "quote a name in brackets: ['b']"),
        ("$.a['b','c']", 7, "brackets may contain only one name or number; write a path for each"),
        ("$.a[0", 3, "this bracket has no closing `]`"),
        ("$.a[?@.b == Ready]", 12, "quote a text: 'Ready'; write a field of the element as @.Ready"),
        ("$.a[?$.b == 'x']", 5, "a condition in `[?…]` can read only its element: write `@` for it"),
        ("$.a[?@[*] == 'x']", 5, "a path in `[?…]` must lead to one value: without `*` or a condition"),
        ("$.a[?'x']", 5, "a literal alone is not a condition; compare it, as in @.a == 'x'"),
        ("$.a[?1 == 1]", 5, "a condition in `[?…]` must compare a path that begins with `@`"),
        ("$.a[?(@.b == 1]", 5, "this `(` has no closing `)`"),
    ])
    func saysWhereAndWhatWouldBeRight(_ text: String, _ offset: Int, _ message: String) {
        #expect(throws: ExpressionError(offset: offset, message: message)) { try Sample.parse(text) }
    }

    @Test(arguments: [
        ("", "("), ("", "not "), ("", "-"), ("", "!"), ("", "$.a + "), ("", "1 * "), ("", "["),
        ("", "lower("), ("", "if(true, "), ("$.a[?", "("), ("$.a[?", "not "), ("$.a", "[?@.b"),
    ])
    func refusesDeepNesting(_ start: String, _ piece: String) {
        let deep = start + String(repeating: piece, count: 33) + "1"
        let error = #expect(throws: ExpressionError.self) { try Sample.parse(deep) }
        #expect(error?.message == "an expression may be nested at most 32 levels deep; split it up")
    }

    @Test func admitsNestingUpToItsLimit() throws {
        let nested = String(repeating: "(", count: 31) + "1" + String(repeating: ")", count: 31)
        #expect(try Sample.parse(nested).constant?.shown == "1")
        #expect(throws: ExpressionError.self) { try Sample.parse("(" + nested + ")") }
        let path = "$" + String(repeating: ".a", count: 32)
        #expect(try Sample.parse(path).paths.map(\.description) == [path])
        #expect(throws: ExpressionError.self) { try Sample.parse(path + ".a") }
        let wide = Array(repeating: "$.a", count: 100).joined(separator: " ?? ")
        #expect(try Sample.parse(wide).evaluate(in: Sample.scope(#"{"a": 1}"#)).shown == "1")
    }

    @Test func refusesLongTexts() throws {
        let text = "'" + String(repeating: "é", count: 998) + "'"
        #expect(try Sample.parse(text).constant?.isPresent == true)
        #expect(
            throws: ExpressionError(
                offset: 1000, message: "an expression may have at most 1000 characters; split it up")
        ) { try Sample.parse(text + " ") }
    }
}
