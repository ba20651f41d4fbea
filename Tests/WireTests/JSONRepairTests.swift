import TestSupport
import Testing
import Wire

/// Documents as platforms send them: what is wrong in one text or number is repaired and known.
@Suite struct JSONRepairTests {
    private func repair(_ bytes: [UInt8]) throws -> JSONValue { try JSONDocument(repairing: bytes).root }

    private func repair(_ text: String) throws -> JSONValue { try repair(Array(text.utf8)) }

    /// A text in which `<FF>` stands for the byte FF.
    private func bytes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let open = rest.firstIndex(of: "<") {
            bytes += rest[..<open].utf8
            let close = rest.index(open, offsetBy: 3)
            bytes.append(UInt8(rest[rest.index(after: open)..<close], radix: 16) ?? 0)
            rest = rest[rest.index(after: close)...]
        }
        return bytes + rest.utf8
    }

    @Test(arguments: [
        (#"["a<E4><B8>"]"#, "[\"a\u{FFFD}\"]"), (#"["<E4><B8>b<FF>c"]"#, "[\"\u{FFFD}b\u{FFFD}c\"]"),
        (#"["<C0><80>"]"#, "[\"\u{FFFD}\u{FFFD}\"]"),
        (#"["<ED><A0><80>"]"#, "[\"\u{FFFD}\u{FFFD}\u{FFFD}\"]"),
        (#"["<F4><90><80><80>é"]"#, "[\"\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}é\"]"),
        (#"["\ud83d"]"#, "[\"\u{FFFD}\"]"), (#"["\udc00x"]"#, "[\"\u{FFFD}x\"]"),
        (#"["\ud83d\u0041"]"#, "[\"\u{FFFD}A\"]"), (#"["\ud83d\ud83d\ude00"]"#, "[\"\u{FFFD}😀\"]"),
        (#"["\q"]"#, "[\"\u{FFFD}q\"]"), (#"["\u12g4"]"#, "[\"\u{FFFD}u12g4\"]"),
        ("[\"a\nb\"]", #"["a\nb"]"#), ("[\"\u{0}\"]", #"["\u0000"]"#),
    ])
    func aTextIsRepaired(_ text: String, _ expected: String) throws {
        let root = try repair(bytes(text))
        #expect(root.written == expected)
        #expect(root.fault(at: JSONPointer([.position(0)])) == .text)
        #expect(root.fault() == .text)
    }

    @Test(arguments: [
        "NaN", "nan", "-NaN", "Infinity", "-Infinity", "+inf", "1e400", "-1e400", "18446744073709551616",
        "-9223372036854775809", "12345678901234567890123",
    ])
    func aNumberWithoutAValueIsNull(_ number: String) throws {
        let root = try repair(#"{"a":7,"n":\#(number),"b":[\#(number),8]}"#)
        #expect(root.written == #"{"a":7,"n":null,"b":[null,8]}"#)
        #expect(root.fault(at: JSONPointer([.name("n")])) == .number)
        #expect(root.fault(at: JSONPointer([.name("a")])) == nil)
        #expect(root.fault(at: JSONPointer([.name("b"), .position(0)])) == .number)
        #expect(root.fault(at: JSONPointer([.name("b"), .position(1)])) == nil)
        #expect(root.fault(at: JSONPointer([.name("b")])) == .number)
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", #"{"a":1,}"#, "nul", "True", "None", "undefined", #""a"#, #"["a\"]"#, "01",
        "+1",
        ".5", "1.", "1e", "0x10", "[NaN", "[NaNa]", "NaN NaN", #"{NaN:1}"#, #"{"a" NaN}"#, "<FF>", "<FE><FF>",
        "<EF><BB><BF>", "<EF><BB><BF><EF><BB><BF>1", #"["a<FF>]"#, "<html>",
    ])
    func whatIsNoJSONIsRefusedAsAWhole(_ text: String) {
        #expect(throws: JSONError.self) { try repair(text.contains("html") ? Array(text.utf8) : bytes(text)) }
    }

    @Test func nestingBeyondTheLimitIsRefusedWithAFaultToo() {
        let text = String(repeating: "[", count: 300) + "NaN" + String(repeating: "]", count: 300)
        #expect(throws: JSONError.self) { try repair(text) }
    }

    @Test(arguments: [
        #"{"a":[1,-0.5e3,"\ud83d\ude00é",true,null],"":{}}"#, "9223372036854775807", "18446744073709551615",
        "1.7976931348623157e308", "1e-400", #""\u0000""#,
    ])
    func whatIsRightHasNoFault(_ text: String) throws {
        let root = try repair(text)
        #expect(!root.isInFaultyDocument && root.fault() == nil)
        #expect(root.written == (try JSONDocument(parsing: Array(text.utf8)).root.written))
    }

    @Test func aByteOrderMarkIsNoFault() throws {
        let root = try repair(bytes(#"<EF><BB><BF>{"a":1}"#))
        #expect(root.written == #"{"a":1}"# && !root.isInFaultyDocument)
        #expect(try repair(bytes("<EF><BB><BF>[NaN]")).fault() == .number)
    }

    @Test(arguments: [
        ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "9223372036854775808"),
        ("18446744073709551615", "18446744073709551615"), ("-9223372036854775808", "-9223372036854775808"),
    ])
    func anIntegerOf64BitsKeepsItsDigits(_ text: String, _ written: String) throws {
        #expect(try repair(text).written == written)
    }

    // MARK: Names

    @Test func ofARepeatedNameTheLastIsReadAndKnown() throws {
        let root = try JSONDocument(
            parsing: Array(#"{"x":{"a":1,"b":2,"a":{"c":3,"d":[4]}},"y":{"a":5},"a":6}"#.utf8)
        ).root
        func fault(_ names: String...) -> JSONFault? { root.fault(at: JSONPointer(names.map { .name($0) })) }
        #expect(root["x"]?["a"]?["c"]?.int == 3)
        #expect(fault("x", "a") == .repeated && fault("x", "a", "c") == .repeated)
        #expect(fault("x", "a", "none") == .repeated && fault("x", "a", "d") == .repeated)
        #expect(
            fault("x", "b") == nil && fault("y", "a") == nil && fault("a") == nil && fault("x", "no") == nil)
        #expect(root["x"]?.members.count == 3)
        #expect(root["x"]?.lastMembers.map(\.key) == ["b", "a"])
    }

    @Test(arguments: [2, 9, 40, 3000])
    func aRepeatedNameIsFoundAmongAnyNumber(_ count: Int) throws {
        // Names that begin and end alike, so that only a full comparison tells them apart.
        let names = (0..<count).map { "a-rather-long-name-\(1_000_000 + $0)-which-ends-alike" }
        for repeated in [nil, 0, count / 2, count - 1] {
            let all = names + (repeated.map { [names[$0]] } ?? [])
            let text =
                "{" + all.enumerated().map { "\"\($0.element)\":\($0.offset)" }.joined(separator: ",") + "}"
            let root = try repair(text)
            #expect(root.isInFaultyDocument == (repeated != nil))
            guard let repeated else { continue }
            #expect(root[names[repeated]]?.int == Int64(count))
            #expect(root.fault(at: JSONPointer([.name(names[repeated])])) == .repeated)
            #expect(root.lastMembers.count == count)
        }
    }

    @Test func aMemberIsDoubtfulWhereANameIsBroken() throws {
        let root = try repair(bytes(#"{"a":{"sta<FF>tus":1,"b":2},"c":{}}"#))
        func fault(_ names: String...) -> JSONFault? { root.fault(at: JSONPointer(names.map { .name($0) })) }
        #expect(fault("a", "status") == .name && fault("a", "b") == nil)
        #expect(fault("status") == nil && fault("c", "status") == nil)
    }

    // MARK: Properties

    /// Every change of one byte is read as the strict parser reads it, or repaired and known, or refused.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func noChangeOfOneByteIsRepairedInSilence(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let suspects = Array(#""\{}[],:0eE-+.nNuI "#.utf8) + [0, 0x0A, 0x7F, 0x80, 0xC3, 0xED, 0xF4, 0xFF]
        for _ in 0..<60 {
            let right = Tree.array([Tree.random(depth: 4, using: &random), .string("é😀"), .int(1)]).written
            for position in right.indices {
                var bytes = right
                bytes[position] = suspects.randomElement(using: &random) ?? 0
                let strict = try? JSONDocument(parsing: bytes)
                guard let repaired = try? JSONDocument(repairing: bytes) else {
                    try #require(strict == nil, "\(bytes)")
                    continue
                }
                if let strict {
                    try #require(Tree(repaired.root) == Tree(strict.root), "\(bytes)")
                } else {
                    try #require(repaired.root.isInFaultyDocument, "\(bytes)")
                }
                let again = try? JSONDocument(parsing: Tree(repaired.root).written)
                try #require(again != nil, "\(bytes)")
            }
        }
    }

    /// A repair changes what it names, and nothing else: the rest is as in the text without it.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func whatIsBesideAFaultStaysAsItIs(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let faults = ["NaN", "1e999", "\"\\udead\"", "99999999999999999999", "\"\u{1}\""]
        for _ in 0..<100 {
            let (before, after) = (
                Tree.random(depth: 4, using: &random), Tree.random(depth: 4, using: &random)
            )
            let text = faults.randomElement(using: &random) ?? ""
            let bytes =
                Array("[".utf8) + before.written + Array(",\(text),".utf8) + after.written + Array("]".utf8)
            let elements = try repair(bytes).elements
            try #require(elements.count == 3 && elements[1].fault() != nil, "seed \(seed)")
            let repeated = try JSONDocument(parsing: before.written).hasFaults
            try #require(Tree(elements[0]) == before && Tree(elements[2]) == after, "seed \(seed)")
            if !repeated { try #require(elements[0].fault() == nil, "seed \(seed)") }
        }
    }

    @Test(arguments: 0..<8 as Range<UInt64>)
    func randomBytesAreRepairedOrRefusedAndNeverCrash(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array(#"{}[]:,"\u0adDeE+-.19 tfnNaIn"#.utf8) + [0, 0x80, 0xC3, 0xE4, 0xFF]
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).compactMap { _ in
                alphabet.randomElement(using: &random)
            }
            guard let document = try? JSONDocument(repairing: bytes) else { continue }
            #expect((try? JSONDocument(parsing: Tree(document.root).written)) != nil, "\(bytes)")
        }
    }
}
