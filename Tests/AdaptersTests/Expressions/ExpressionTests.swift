import Adapters
import Testing
import Wire

@Suite struct ExpressionTests {
    static let record = """
        {"name": "llama", "empty": "", "none": null, "count": 3, "two": "2", "ready": true, "odd": "x1",
         "id": 9007199254740993, "half": 0.5, "deep": {"a": {"b": "c"}, "x-y": 1, "it's": 2},
         "tags": ["gpu", "prod", null], "numbers": [1, "2", null, 3.5],
         "history": [{"at": "2024-01-15T09:30:00Z", "s": "A"}, {"at": "2024-01-16T09:30:00Z", "s": "B"}, {"s": "C"}],
         "conditions": [{"type": "Ready", "status": "True", "n": 1}, {"type": "Other", "n": 2}],
         "local": "2024-05-30 10:00:00.123", "seconds": 1700000000.5, "millis": "1700000000500"}
        """

    @Test(arguments: [
        ("$.name", "'llama'"), ("$.missing", "null"), ("$.none", "null"), ("$.empty", "''"), ("$.count", "3"),
        ("$.ready", "true"), ("$.half", "0.5"), ("$.id", "'9007199254740993'"), ("$.deep.a.b", "'c'"),
        ("$.deep.a", #"{"b":"c"}"#), ("$.deep['x-y']", "1"), ("$.deep['it''s']", "2"),
        (#"$.deep['it\'s']"#, "2"),
        ("$['name']", "'llama'"), ("$.tags[0]", "'gpu'"), ("$.tags[-2]", "'prod'"), ("$.tags[9]", "null"),
        ("$.tags[*]", "['gpu', 'prod', null]"), ("$.history[*].s", "['A', 'B', 'C']"),
        ("$.conditions[?@.type == 'Ready'].status", "['True']"), ("$.missing[*].x", "[]"),
        ("$.deep.a.*", "['c']"),
        ("  $.name\n", "'llama'"),
    ])
    func readsPaths(_ text: String, _ expected: String) throws {
        let value = try Sample.parse(text).evaluate(in: Sample.scope(Self.record))
        #expect(value.shown == expected)
    }

    @Test(arguments: [
        ("'it''s'", "'it's'"), (#"'it\'s'"#, "'it's'"), (#""say ""hi""""#, #"'say "hi"'"#), ("''", "''"),
        ("''''", "'''"), (#"'\u0041\n\uD83D\uDE00'"#, "'A\n😀'"), ("12", "12"), ("-1.5e3", "-1500"),
        ("0.25", "0.25"),
        ("true", "true"), ("false", "false"), ("null", "null"), ("['a', 2, null]", "['a', 2, null]"),
        ("[]", "[]"),
    ])
    func readsLiterals(_ text: String, _ expected: String) throws {
        let expression = try Sample.parse(text)
        #expect(expression.constant?.shown == expected)
        #expect(try expression.evaluate(in: Sample.scope("{}")).shown == expected)
    }

    @Test(arguments: [
        ("$.missing ?? $.name", "'llama'"), ("$.none ?? $.empty ?? 'z'", "'z'"),
        ("$.empty ?? $.empty", "null"),
        ("$.missing ?? $.none", "null"), ("false ?? true", "false"), ("0 ?? 1", "0"),
        ("$.missing ?? 1 + 2", "3"), ("$.missing ?? 'x' == 'x'", "true"), ("$.tags[?@ == 'no'] ?? 1", "[]"),
        ("number($.odd) ?? 7", "7"), ("number($.odd) ?? $.missing", "mismatch: x1"),
        ("inputs.none ?? partition.workspace", "'team'"),
    ])
    func takesTheFirstThatIsThere(_ text: String, _ expected: String) throws {
        let value = try Sample.parse(text).evaluate(in: Sample.scope(Self.record))
        #expect(value.shown == expected)
    }

    @Test(arguments: [
        ("null == null", true), ("$.missing == null", true), ("$.missing == $.none", true),
        ("$.name == null", false),
        ("$.name != null", true), ("null != null", false), ("$.empty == null", false), ("null < 1", false),
        ("null <= null", false), ("1 > null", false), ("'2' == 2", true), ("2 == '2.0'", true),
        ("'10' < 9", false),
        ("'10' < '9'", true), ("'0x10' == 16", false), ("'inf' > 1", false), ("'a' < 'b'", true),
        ("'B' < 'a'", true),
        ("'a' < 'a'", false), ("'a' <= 'a'", true), ("'é' == 'e\u{301}'", false), ("true == true", true),
        ("true == 'true'", false), ("true != 1", true), ("true < false", false), ("$.deep == $.deep", false),
        ("$.deep != 'x'", true), ("1 >= 1.0", true), ("$.id == '9007199254740993'", true),
        ("time('2024-01-01T00:00:00Z') == time('2024-01-01T08:00:00+08:00')", true),
        ("time('2024-01-01T00:00:00Z') < time('2024-01-01T00:00:00.1Z')", true),
        ("number($.odd) == null", true), ("$.two == 2 and $.two == '2'", true),
    ])
    func compares(_ text: String, _ expected: Bool) throws {
        let value = try Sample.parse(text).evaluate(in: Sample.scope(Self.record))
        #expect(value.shown == "\(expected)")
    }

    @Test(arguments: [
        ("true and false", "false"), ("true && true", "true"), ("false || true", "true"),
        ("true or false and false", "true"),
        ("(true or false) and false", "false"), ("not true", "false"), ("!false", "true"),
        ("not 1 == 2", "true"),
        ("not not true", "true"), ("$.missing and true", "false"), ("$.missing or true", "true"),
        ("$.missing or null", "false"), ("not $.missing", "true"), ("$.name and true", "mismatch: llama"),
        ("false and $.name", "false"), ("not $.count", "mismatch: 3"), ("$.ready and $.count > 2", "true"),
        ("$.name in ['llama', 'x']", "true"), ("$.name not in ['llama', 'x']", "false"),
        ("'2' in [1, 2]", "true"),
        ("$.missing in ['a']", "false"), ("$.missing not in ['a']", "true"), ("$.missing in [null]", "true"),
        ("'gpu' in $.tags", "true"), ("'gpu' in $.tags[*]", "true"), ("'x' in $.name", "mismatch: llama"),
        ("http.status in [404, 410]", "true"), ("inputs.timezone == '+08:00'", "true"),
    ])
    func decides(_ text: String, _ expected: String) throws {
        let value = try Sample.parse(text).evaluate(in: Sample.scope(Self.record))
        #expect(value.shown == expected)
    }

    @Test(arguments: [
        ("1 + 2 * 3", "7"), ("(1 + 2) * 3", "9"), ("7 - 2 - 1", "4"), ("8 / 4 / 2", "1"), ("1 / 0", "null"),
        ("0 / 0", "null"), ("-$.count", "-3"), ("- -2", "2"), ("$.two * 2", "4"), ("$.missing + 1", "null"),
        ("$.empty + 1", "null"), ("$.odd + 1", "mismatch: x1"), ("$.deep * 2", "mismatch: an object"),
        ("$.tags + 1", "mismatch: an array"), ("$.tags[*] + 1", "mismatch: a list"), ("1e308 * 10", "null"),
        ("$.count - 1", "2"), ("$.count -1", "2"),
    ])
    func calculates(_ text: String, _ expected: String) throws {
        let value = try Sample.parse(text).evaluate(in: Sample.scope(Self.record))
        #expect(value.shown == expected)
    }

    @Test func readsTheParentOfAnExpandedRecord() throws {
        let expression = try Sample.parse("join('/', ^.id, $.id) ", allowsParent: true)
        let scope = try Sample.scope(#"{"id": "child"}"#, parent: #"{"id": 7}"#)
        #expect(expression.evaluate(in: scope).shown == "'7/child'")
        #expect(expression.parentPaths.map(\.description) == ["$.id"])
        let alone = try Sample.scope(#"{"id": "child"}"#)
        #expect(expression.evaluate(in: alone).shown == "null")
        #expect(try Sample.parse("^.tags[*]", allowsParent: true).evaluate(in: alone).shown == "[]")
    }

    @Test func tellsWhatItReads() throws {
        let expression = try Sample.parse(
            "$.a ?? last($.b[*].c) ?? if(http.status == 404, $.d[?@.secret == 'x' and not @.e].f, $.a)")
        #expect(
            expression.paths.map(\.description) == [
                "$.a", "$.b[*].c", "$.d[?@.secret == 'x' and (not @.e)].f", "$.d[*].secret", "$.d[*].e",
            ])
        #expect(expression.variables == ["http.status"])
        #expect(expression.constant == nil)
        #expect(expression.text.hasPrefix("$.a ?? last("))
    }

    @Test(arguments: [
        "lookup('A100-80GB', families)", "time('2024-01-01T00:00:00')", "inputs.timezone", "$.a", "^.a",
    ])
    func isNoConstantWhereItReadsItsScope(_ text: String) throws {
        #expect(try Sample.parse(text, allowsParent: true).constant == nil)
    }
}
