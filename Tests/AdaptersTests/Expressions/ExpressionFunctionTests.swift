import Adapters
import Testing
import Wire

@Suite struct ExpressionFunctionTests {
    static func shown(_ text: String, zone: LocalZone? = nil) throws -> String {
        try Sample.parse(text).evaluate(in: Sample.scope(ExpressionTests.record, zone: zone)).shown
    }

    @Test(arguments: [
        ("if($.count > 2, 'many', 'few')", "'many'"), ("if($.missing, 1, 2)", "2"), ("if(false, 1)", "null"),
        ("if($.name, 1, 2)", "mismatch: llama"), ("exists($.name)", "true"), ("exists($.empty)", "false"),
        ("exists($.missing)", "false"), ("exists($.deep)", "true"), ("exists(number($.odd))", "false"),
        ("lookup('A100-80GB', families)", "'A100'"), ("lookup('A100-80GB', 'families')", "'A100'"),
        ("lookup(7, families)", "'seven'"), ("lookup('none', families)", "null"),
        ("lookup($.missing, families)", "null"), ("lookup($.deep, families)", "mismatch: an object"),
    ])
    func choose(_ text: String, _ expected: String) throws {
        #expect(try Self.shown(text) == expected)
    }

    @Test(arguments: [
        ("first($.tags)", "'gpu'"), ("last($.tags)", "null"),
        ("first($.history[*].at)", "'2024-01-15T09:30:00Z'"),
        ("last($.history[*].at)", "'2024-01-16T09:30:00Z'"), ("last($.history[*].s)", "'C'"),
        ("last($.missing[*].s)", "null"), ("first($.deep.*.b)", "'c'"), ("last([])", "null"),
        ("last($.name)", "mismatch: llama"),
        ("last($.conditions[?@.n < 2].type)", "'Ready'"), ("first($.missing)", "null"),
        ("any($.tags)", "true"),
        ("any(['', null])", "false"),
        ("any($.conditions[?@.type == 'Ready' and @.status == 'True'])", "true"),
        ("any($.conditions[?@.type == 'None'])", "false"), ("count($.tags)", "3"),
        ("count($.missing)", "null"),
        ("count($.missing[*])", "0"), ("count($.deep)", "mismatch: an object"), ("sum($.numbers)", "6.5"),
        ("sum($.tags)", "mismatch: gpu"), ("sum([])", "null"), ("sum($.conditions[*].n)", "3"),
        ("min(3, 1, null, 2)", "1"), ("max($.numbers)", "3.5"), ("max('b', 'a')", "'b'"),
        ("min()?? 1", "arity"),
        ("max($.missing)", "null"), ("max(1, 'x')", "mismatch: x"), ("max(true, false)", "mismatch: true"),
        ("max(time('2024-01-01T00:00:00Z'), time('2025-01-01T00:00:00Z'))", "2025-01-01T00:00:00.000000Z"),
    ])
    func readLists(_ text: String, _ expected: String) throws {
        guard expected != "arity" else {
            #expect(throws: ExpressionError.self) { try Sample.parse(text) }
            return
        }
        #expect(try Self.shown(text) == expected)
    }

    @Test(arguments: [
        ("lower('ÄB')", "'äb'"), ("upper('straße')", "'STRASSE'"), ("trim(' \u{A0}a b\n')", "'a b'"),
        ("trim('  ')", "''"),
        ("lower($.missing)", "null"), ("lower($.count)", "'3'"), ("lower($.tags)", "mismatch: an array"),
        ("split('a,b,,c', ',')", "['a', 'b', '', 'c']"), ("split('', ',')", "['']"),
        ("split('ab', '')", "['ab']"),
        ("split('a::b:c', '::')", "['a', 'b:c']"), ("segment('ws/name/v1', '/', 1)", "'name'"),
        ("segment('ws/name/v1', '/', -1)", "'v1'"), ("segment('ws/name', '/', 2)", "null"),
        ("segment('ws/name', '/', -3)", "null"), ("segment('a', '/', 0.5)", "mismatch: 0.5"),
        ("segment('a', '/', 1e300)", "mismatch: 1e+300"), ("segment('a', '/', -9e18)", "null"),
        ("replace('a-b-c', '-', '_')", "'a_b_c'"), ("replace('aaa', 'aa', 'b')", "'ba'"),
        ("replace('a', '', 'x')", "'a'"),
        ("replace('a', 'a', null)", "null"), ("starts_with('model-1', 'model')", "true"),
        ("starts_with('m', 'model')", "false"), ("ends_with('a.yaml', '.yaml')", "true"),
        ("ends_with('l', 'aml')", "false"),
        ("contains('abcabd', 'abd')", "true"), ("contains('abc', '')", "true"),
        ("contains('abc', 'x')", "false"),
        ("contains($.missing, 'x')", "null"), ("join('/', 'a', 1, true)", "'a/1/true'"),
        ("join('/', 'a', $.none)", "null"),
        ("join(',', $.numbers[?@ > 1])", "'2,3.5'"), ("join(',', split('a b', ' '), 'c')", "'a,b,c'"),
        ("join('/', 'a', $.deep)", "mismatch: an object"), ("text(3)", "'3'"), ("text(0.5)", "'0.5'"),
        ("text(true)", "'true'"), ("text($.deep)", "mismatch: an object"), ("number('12')", "12"),
        ("number($.two) + 1", "3"), ("number('12px')", "mismatch: 12px"), ("number('')", "null"),
        ("number('nan')", "mismatch: nan"),
        ("number(true)", "mismatch: true"),
    ])
    func changeTexts(_ text: String, _ expected: String) throws {
        #expect(try Self.shown(text) == expected)
    }

    @Test(arguments: [
        ("time('2024-01-15T09:30:00.123456789+08:00')", "2024-01-15T01:30:00.123456Z"),
        ("time($.local)", "mismatch: 2024-05-30 10:00:00.123"),
        ("time($.local, '+08:00')", "2024-05-30T02:00:00.123000Z assumed"),
        ("time($.local, inputs.timezone)", "2024-05-30T02:00:00.123000Z assumed"),
        ("time($.local, $.name)", "mismatch: llama"), ("time($.local, 3 + 1)", "mismatch: 4"),
        ("time('2024-01-15T09:30:00Z', '+08:00')", "2024-01-15T09:30:00.000000Z"),
        ("time(last($.history[*].at))", "2024-01-16T09:30:00.000000Z"), ("time($.missing)", "null"),
        ("time($.empty)", "null"), ("time($.count)", "mismatch: 3"), ("time($.name)", "mismatch: llama"),
        ("time(time('2024-01-15T09:30:00Z'))", "2024-01-15T09:30:00.000000Z"),
        ("unix_seconds($.seconds)", "2023-11-14T22:13:20.500000Z"),
        ("unix_seconds('1700000000')", "2023-11-14T22:13:20.000000Z"),
        ("unix_millis($.millis)", "2023-11-14T22:13:20.500000Z"), ("unix_seconds(1e30)", "mismatch: 1e+30"),
        ("unix_seconds(-62135596800)", "0001-01-01T00:00:00.000000Z"),
        ("unix_seconds($.name)", "mismatch: llama"),
        ("unix_seconds(253402300800)", "mismatch: 253402300800"),
        ("date('2024-02-29')", "2024-02-29T00:00:00.000000Z assumed"),
        ("date('2023-02-29')", "mismatch: 2023-02-29"),
        ("date($.missing)", "null"), ("text(date('2024-02-29'))", "'2024-02-29T00:00:00.000000Z'"),
    ])
    func readTimes(_ text: String, _ expected: String) throws {
        #expect(try Self.shown(text) == expected)
    }

    @Test func readZonelessTimesInTheScopesZone() throws {
        #expect(try Self.shown("time($.local)", zone: 0) == "2024-05-30T10:00:00.123000Z assumed")
        #expect(try Self.shown("time($.local, '-01:00')", zone: 0) == "2024-05-30T11:00:00.123000Z assumed")
        #expect(
            try Self.shown("time($.local, inputs.none)", zone: 3600) == "2024-05-30T09:00:00.123000Z assumed")
        #expect(try Self.shown("date('2024-02-29')", zone: 28_800) == "2024-02-28T16:00:00.000000Z assumed")
        #expect(try Self.shown("time($.local)", zone: .offset(.max)) == "mismatch: 2024-05-30 10:00:00.123")
    }

    @Test func keepListsAndTextsWithinTheirLimits() throws {
        let many = "[" + Array(repeating: "1", count: 10_001).joined(separator: ",") + "]"
        let long = String(repeating: "ab", count: 100_000)
        let scope = try Sample.scope(#"{"many": \#(many), "long": "\#(long)"}"#)
        let list = "mismatch: a list of more than 10000"
        #expect(try Sample.parse("count($.many[*])").evaluate(in: scope).shown == list)
        #expect(try Sample.parse("count($.many)").evaluate(in: scope).shown == list)
        #expect(try Sample.parse("count(split($.long, 'a'))").evaluate(in: scope).shown == list)
        #expect(try Sample.parse("last($.many[*])").evaluate(in: scope).shown == "1")
        let text = "mismatch: a text of more than 1048576 bytes"
        #expect(try Sample.parse("replace($.long, 'a', $.long)").evaluate(in: scope).shown == text)
        #expect(try Sample.parse("join($.long, 1, 2, 3, 4, 5, 6, 7)").evaluate(in: scope).shown == text)
        #expect(
            try Sample.parse("number($.long)").evaluate(in: scope).shown.count == "mismatch: ".count + 100)
    }

    @Test func haveOneNameAndOneSentenceEach() {
        let all = ExpressionFunction.all
        #expect(Set(all.map(\.name)).count == all.count)
        #expect(all.allSatisfy { $0.summary.hasSuffix(".") && !$0.parameters.isEmpty })
        #expect(all.first { $0.name == "split" }?.signature == "split(text, separator)")
    }
}
