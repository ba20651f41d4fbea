import Testing
import Wire

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter()
        body(&json)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test func commasStandBetweenValuesOnly() {
        let text = written { json in
            json.object {
                $0.key("a")
                $0.array {
                    $0.int(1)
                    $0.null()
                    $0.array { _ in }
                    $0.object { _ in }
                    $0.bool(true)
                }
                $0.key(JSONKey("b"))
                $0.encoded(Array("[2]".utf8))
                $0.key("c")
                $0.string("x")
            }
        }
        #expect(text == #"{"a":[1,null,[],{},true],"b":[2],"c":"x"}"#)
    }

    @Test func aFurtherTextInTheSameBufferHasNoCommaBeforeIt() {
        let text = written { json in
            json.int(1)
            json.begin()
            json.open("{")
            json.close("}")
        }
        #expect(text == "1{}")
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (9, "9"), (10, "10"), (-1, "-1"), (1.5, "1.5"), (0.1, "0.1"),
            (1e15, "1000000000000000"),
            (9_007_199_254_740_992, "9007199254740992"), (1e300, "1e+300"),
            (.leastNonzeroMagnitude, "5e-324"),
            (.nan, "null"),
            (.infinity, "null"), (-.infinity, "null"), (9.3e18, "9.3e+18"),
        ] as [(Double, String)])
    func writesNumbersTheOneWay(_ value: Double, _ expected: String) {
        #expect(written { $0.double(value) } == expected)
    }

    @Test func writesTheIntegersAtTheirEnds() {
        #expect(written { $0.int(Int64.min) } == "-9223372036854775808")
        #expect(written { $0.int(UInt64.max) } == "18446744073709551615")
    }

    @Test(arguments: [
        ("", #""""#), ("a/b", #""a/b""#), ("\"\\", #""\"\\""#), ("\n\r\t", #""\n\r\t""#),
        ("\u{0}\u{8}\u{1F}", #""\u0000\u0008\u001f""#), ("\u{7F}é世😀\u{2028}", "\"\u{7F}é世😀\u{2028}\""),
    ])
    func escapesOnlyWhatJSONDemands(_ text: String, _ expected: String) {
        #expect(written { $0.string(text) } == expected)
    }

    /// Strings are scanned eight bytes at a time, with a rest of any length.
    @Test(arguments: ["\"", "\\", "\u{1F}", "\u{0}", " ", "!", "#", "[", "]", "é", "\u{7F}", "\u{80}", "ÿ"])
    func aByteIsEscapedWhereverItStands(_ odd: String) {
        let escapes = ["\"": "\\\"", "\\": "\\\\", "\u{1F}": "\\u001f", "\u{0}": "\\u0000"]
        for length in 0..<26 {
            for position in 0...length {
                let (before, after) = (
                    String(repeating: "a", count: position), String(repeating: "z", count: length - position)
                )
                #expect(
                    written { $0.string(before + odd + after) }
                        == "\"\(before)\(escapes[odd] ?? odd)\(after)\"")
            }
        }
    }

    @Test func aMemberIsItsKeyAndItsValue() {
        let text = written { json in
            json.object {
                $0.member(JSONKey("a\""), nil as String?)
                $0.member(JSONKey("b"), "x")
                $0.member(JSONKey("c"), nil as Timestamp?)
                $0.member(JSONKey("d"), Timestamp(microseconds: 1))
                $0.member(JSONKey("e"), 12 as Int?)
                $0.member(JSONKey("f"), nil as Int?)
                $0.member(JSONKey("g"), 1.5 as Double?)
                $0.member(JSONKey("h"), true)
            }
        }
        #expect(
            text == #"{"a\"":null,"b":"x","c":null,"d":"1970-01-01T00:00:00.000001Z","#
                + #""e":12,"f":null,"g":1.5,"h":true}"#)
    }

    @Test func whatIsAbsentIsNull() {
        let text = written { json in
            json.array {
                $0.stringOrNull(nil)
                $0.intOrNull(nil)
                $0.timeOrNull(nil)
                $0.stringOrNull("a")
                $0.intOrNull(3)
                $0.timeOrNull(Timestamp(microseconds: 0))
            }
        }
        #expect(text == #"[null,null,null,"a",3,"1970-01-01T00:00:00.000000Z"]"#)
    }

    @Test func aThrownErrorPassesThrough() {
        struct Stop: Error {}
        var json = JSONWriter()
        #expect(throws: Stop.self) {
            try json.array { (_) throws(Stop) in throw Stop() }
        }
    }
}
