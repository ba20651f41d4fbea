import Settings
import Testing

/// Every reader: the values that it accepts, and the problems that it reports for others.
@Suite struct ReaderTests {
    private enum ANSIColor: String, CaseIterable { case red, green, blue }

    @Test(arguments: [
        ("word", "word"), ("two words", "two words"), ("12", "12"), ("true", "true"), ("\"\"", ""),
        ("'it''s'", "it's"), ("\"\\u00e9\"", "é"),
    ])
    func aTextIsTakenAsWritten(_ text: String, _ value: String) {
        let read = ReadingFile.value(of: text) { $0.string() }
        #expect(read.value == value)
        #expect(read.told == [])
    }

    @Test func aTextIsNoListAndNotEmptyWhereThatIsRequired() {
        let list = ReadingFile.value(of: "[a]") { $0.string() }
        #expect(list.told == ["file.yaml:1: key: must be a text, not a list"])
        let mapping = ReadingFile.value(of: "{a: b}") { $0.nonEmptyString() }
        #expect(mapping.told == ["file.yaml:1: key: must be a text, not keys and values"])
        let empty = ReadingFile.value(of: "\"\"") { $0.nonEmptyString() }
        #expect(empty.value == nil)
        #expect(empty.told == ["file.yaml:1: key: must not be empty"])
    }

    @Test(arguments: [("true", true), ("false", false), ("yes", nil), ("True", nil), ("\"true\"", nil)])
    func aBoolIsAPlainTrueOrFalse(_ text: String, _ value: Bool?) {
        let read = ReadingFile.value(of: text) { $0.bool() }
        #expect(read.value == value)
        let shown = text.filter { $0 != "\"" }
        #expect(
            read.told == (value == nil ? ["file.yaml:1: key: must be true or false, not `\(shown)`"] : []))
    }

    @Test(arguments: [("1", 1), ("9", 9), ("+3", 3)])
    func aWholeNumberInItsRangeIsTaken(_ text: String, _ value: Int) {
        #expect(ReadingFile.value(of: text) { $0.int(in: 1...9) }.value == value)
    }

    @Test(arguments: ["0", "10", "1.5", "1e0", "0x1", "1_0", "\"3\"", "99999999999999999999", "-1"])
    func aWholeNumberBeyondItsRangeIsRefused(_ text: String) {
        let read = ReadingFile.value(of: text) { $0.int(in: 1...9) }
        #expect(read.value == nil)
        let shown = text.filter { $0 != "\"" }
        #expect(read.told == ["file.yaml:1: key: must be a whole number from 1 to 9, not `\(shown)`"])
    }

    @Test func aRangeWithoutAnEndIsReportedByItsBeginning() {
        let read = ReadingFile.value(of: "none") { $0.int(in: 1...Int.max) }
        #expect(read.told == ["file.yaml:1: key: must be a whole number from 1, not `none`"])
    }

    @Test(
        arguments: [
            ("0.5", 0.5), ("1e3", 1000), ("0", nil), ("-1", nil), ("nan", nil), ("inf", nil), ("1e999", nil),
            ("\"1\"", nil), ("fast", nil),
        ] as [(String, Double?)])
    func aNumberIsFiniteAndAboveItsMinimum(_ text: String, _ value: Double?) {
        let read = ReadingFile.value(of: text) { $0.double(above: 0) }
        #expect(read.value == value)
        let shown = text.filter { $0 != "\"" }
        #expect(
            read.told
                == (value == nil ? ["file.yaml:1: key: must be a number above 0.0, not `\(shown)`"] : []))
    }

    @Test func aWordIsOneOfItsTypes() {
        #expect(ReadingFile.value(of: "green") { $0.term(ANSIColor.self) }.value == .green)
        #expect(
            ReadingFile.value(of: "Green") { $0.term(ANSIColor.self, ignoringCase: true) }.value == .green)
        let read = ReadingFile.value(of: "Green") { $0.term(ANSIColor.self) }
        #expect(read.value == nil)
        #expect(read.told == ["file.yaml:1: key: must be one of red, green, blue, not `Green`"])
    }

    @Test func aListAndAMappingAreNoScalars() {
        let list = ReadingFile.value(of: "a") { $0.sequence() }
        #expect(list.told == ["file.yaml:1: key: must be a list, not `a`"])
        let mapping = ReadingFile.value(of: "[a]") { $0.mapping() }
        #expect(mapping.told == ["file.yaml:1: key: must be keys and values, not a list"])
    }

    @Test(arguments: [("a", ["a"]), ("[a, \"\"]", ["a", ""]), ("[]", [])])
    func textsAreAListOrOne(_ text: String, _ value: [String]) {
        let read = ReadingFile.value(of: text) { $0.strings() }
        #expect(read.value == value)
        #expect(read.told == [])
    }

    @Test func everyElementThatIsNoTextIsReported() {
        let read = ReadingFile.value(of: "[a, [b], null, {c: d}]") { $0.strings() }
        #expect(read.value == nil)
        #expect(
            read.told == [
                "file.yaml:1: key[1]: must be a text, not a list",
                "file.yaml:1: key[2]: must be a text, not nothing",
                "file.yaml:1: key[3]: must be a text, not keys and values",
            ])
    }

    @Test func aLongTextIsNotRepeatedInAProblem() {
        let read = ReadingFile.value(of: String(repeating: "s", count: 41)) { $0.bool() }
        #expect(read.told == ["file.yaml:1: key: must be true or false, not a long text"])
        let short = String(repeating: "s", count: 40)
        let shown = ReadingFile.value(of: short) { $0.bool() }
        #expect(shown.told == ["file.yaml:1: key: must be true or false, not `\(short)`"])
    }

    @Test(arguments: [
        ("plain", false), ("\"double\"", true), ("'single'", true), ("|\n  block", true), (">\n  fold", true),
    ])
    func quotesAndBlocksAreRecognized(_ text: String, _ isQuoted: Bool) {
        let read = ReadingFile.value(of: text) { $0.isQuoted }
        #expect(read.value == isQuoted)
    }
}
