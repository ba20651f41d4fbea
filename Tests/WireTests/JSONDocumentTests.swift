import TestSupport
import Testing
import Wire

@Suite struct JSONDocumentTests {
    private func parse(_ text: String) throws -> JSONValue {
        try JSONDocument(parsing: Array(text.utf8)).root
    }

    @Test(arguments: [
        "", " ", "{", "}", "[", "[1", "[1,]", #"{"a":1,}"#, #"{"a" 1}"#, #"{"a"}"#, #"{a:1}"#, "{1:1}",
        "[1 2]",
        "nul", "True", "'a'", #""a"#, #""\x""#, #""\u12"#, #""\ud800""#, #""\udc00""#, "\"a\nb\"", "\"\t\"",
        "01",
        "+1", ".5", "1.", "1e", "-", "0x10", "NaN", "Infinity", "1e400", "1 2", "{} {}", "[] x", "// c\n1",
        "\u{FEFF}1", "18446744073709551616", "[1]]", "\u{0}",
    ])
    func refusesWhatIsNoJSON(_ text: String) {
        #expect(throws: JSONError.self) { try JSONDocument(parsing: Array(text.utf8)) }
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xE4, 0xB8, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22],
        ] as [[UInt8]])
    func refusesTextThatIsNotUTF8(_ bytes: [UInt8]) {
        #expect(throws: JSONError.self) { try JSONDocument(parsing: bytes) }
    }

    @Test func anErrorHoldsNothingOfTheText() {
        let error = #expect(throws: JSONError.self) {
            try JSONDocument(parsing: Array(#"{"token":"sk-secret",}"#.utf8))
        }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.description.isEmpty == false)
    }

    @Test(arguments: [
        ("null", JSONValue.Kind.null), ("true", .bool), ("-0", .int), ("9223372036854775807", .int),
        ("9223372036854775808", .double), ("18446744073709551615", .double), ("1.5", .double),
        ("1e2", .double),
        (#""""#, .string), ("[]", .array), (" {} ", .object),
    ])
    func tellsEveryKind(_ text: String, _ kind: JSONValue.Kind) throws {
        #expect(try parse(text).kind == kind)
    }

    @Test(
        arguments: [
            ("1", 1), ("-9223372036854775808", .min), ("2.0", 2), ("1e3", 1000), ("-0.0", 0), ("1.5", nil),
            ("9223372036854775808", nil), ("1e300", nil), (#""1""#, nil), ("true", nil), ("null", nil),
        ] as [(String, Int64?)])
    func readsIntegersOnlyWhereTheyAreExact(_ text: String, _ expected: Int64?) throws {
        #expect(try parse(text).int == expected)
    }

    @Test(
        arguments: [
            ("1", 1), ("1.5", 1.5), ("18446744073709551615", 18_446_744_073_709_551_616),
            ("5e-324", .leastNonzeroMagnitude),
            ("1e-400", 0), (#""1""#, nil), ("[]", nil),
        ] as [(String, Double?)])
    func readsEveryNumberAsADouble(_ text: String, _ expected: Double?) throws {
        #expect(try parse(text).double == expected)
    }

    @Test func aValueOfAnotherTypeIsNilAndNeverAGuess() throws {
        let value = try parse(#"{"text":"x","list":[1],"flag":false}"#)
        #expect(value.string == nil && value.bool == nil && value.int == nil && value.elements.isEmpty)
        #expect(value["text"]?.members.isEmpty == true && value["text"]?.isEmpty == true)
        #expect(value["list"]?["text"] == nil && value["list"]?.count == 1)
        #expect(value["flag"]?.bool == false)
        #expect(value["absent"] == nil && value[""] == nil)
    }

    @Test func aRepeatedNameIsReadOnceAndListedTwice() throws {
        let value = try parse(#"{"a":1,"b":2,"a":3}"#)
        #expect(value["a"]?.int == 3)
        #expect(value.members.map(\.key) == ["a", "b", "a"])
        #expect(value.members.map(\.value.int) == [1, 2, 3])
    }

    @Test func aNameIsMatchedByItsBytes() throws {
        let value = try parse(#"{"e\u0301":1,"\u0000":2,"":3}"#)
        #expect(value["\u{E9}"] == nil)
        #expect(value["e\u{301}"]?.int == 1)
        #expect(value["\u{0}"]?.int == 2)
        #expect(value[""]?.int == 3)
    }

    @Test(arguments: ["[", #"{"a":"#])
    func nestingIsReadToItsLimitAndNoDeeper(_ opening: String) throws {
        let closing = opening == "[" ? "]" : "}"
        func text(_ depth: Int) -> String {
            String(repeating: opening, count: depth) + (opening == "[" ? "" : "1")
                + String(repeating: closing, count: depth)
        }
        #expect(try Tree(parse(text(255))) != .null)
        #expect(throws: JSONError.self) { try parse(text(JSONDocument.maximumDepth + 1)) }
        #expect(throws: JSONError.self) { try parse(text(1_000_000)) }
    }

    @Test func aValueKeepsItsDocumentAlive() throws {
        let element = try JSONDocument(parsing: Array(#"["kept"]"#.utf8)).root.elements[0]
        #expect(element.string == "kept")
    }

    @Test func aLargeArrayIsCountedWhole() throws {
        let text = "[" + String(repeating: "1,", count: 99_999) + "1]"
        #expect(try parse(text).count == 100_000)
        #expect(try parse(text).elements.count == 100_000)
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func randomTreesReadBackAsTheyWereWritten(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for round in 0..<200 {
            let tree = Tree.random(depth: 4, using: &random)
            let value = try JSONDocument(parsing: tree.written).root
            try #require(Tree(value) == tree, "seed \(seed), round \(round)")
            var again = JSONWriter()
            again.value(value)
            try #require(again.bytes == tree.written, "seed \(seed), round \(round)")
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func randomBytesAreReadOrRefusedAndNeverCrash(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]:,"\u0aeE+-.19 tfn"#.utf8) + [0, 0x80, 0xC3, 0xFF]
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            readAndRewrite(bytes)
        }
    }

    @Test(arguments: 0..<4 as Range<UInt64>)
    func aTreeWithOneByteChangedIsReadOrRefusedAndNeverCrashes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            var bytes = Tree.random(depth: 4, using: &random).written
            bytes[Int.random(in: bytes.indices, using: &random)] = .random(in: 0...255, using: &random)
            readAndRewrite(bytes)
            readAndRewrite(Array(bytes.prefix(Int.random(in: bytes.indices, using: &random))))
        }
    }

    /// Reads a document completely; the values read must form a document again when written.
    private func readAndRewrite(_ bytes: [UInt8]) {
        guard let document = try? JSONDocument(parsing: bytes) else { return }
        let tree = Tree(document.root)
        #expect((try? JSONDocument(parsing: tree.written)) != nil, "\(bytes)")
    }
}

extension JSONValue {
    fileprivate var isEmpty: Bool { count == 0 && elements.isEmpty }
}
