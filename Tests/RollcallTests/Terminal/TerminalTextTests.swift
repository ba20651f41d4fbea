import Testing
import Wire

@testable import rollcall

@Suite struct TerminalTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\u{1B}[31mred", "a\u{FFFD}[31mred"), ("a\r\nb\tc", "a  b c"),
        ("bell\u{7}", "bell\u{FFFD}"), ("\u{9B}31m", "\u{FFFD}31m"), ("a\u{202E}txt.exe", "atxt.exe"),
        ("👩\u{200D}🔬", "👩🔬"), ("naïve 模型", "naïve 模型"), ("\u{2028}", " "), ("\u{7F}", "\u{FFFD}"),
        ("zero\u{200B}width", "zerowidth"), ("", ""),
    ])
    func nothingInATextSteersTheTerminal(_ text: String, _ shown: String) {
        #expect(text.neutralized() == shown)
    }

    @Test func everyControlIsReplaced() {
        for value in (0x00...0x9F).compactMap({ Unicode.Scalar(UInt32($0)) }) where value.isControl {
            #expect("x\(value)y".neutralized().unicodeScalars.allSatisfy { !$0.isControl })
        }
    }

    @Test func aLongTextIsCut() {
        #expect(String(repeating: "x", count: 500).neutralized(limit: 3) == "xxx…")
    }

    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("模型", 4), ("ｆｕｌｌ", 8), ("한국", 4),
        ("\u{1112}\u{1161}\u{11AB}", 2),
        ("🚀", 2), ("🇩🇪", 2), ("👍🏽", 2), ("ﾊﾝ", 2), ("…", 1), ("×", 1), ("\u{301}", 0), ("カタカナ", 8),
    ])
    func widthIsCountedInColumns(_ text: String, _ width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test(arguments: [
        ("模型模型", 8, "模型模型"), ("模型模型", 7, "模型模…"), ("模型模型", 6, "模型…"), ("模型模型", 2, "…"), ("abc", 1, "…"),
        ("abc", 3, "abc"), ("abcd", 3, "ab…"),
    ])
    func cuttingNeverTakesHalfACharacter(_ text: String, _ width: Int, _ cut: String) {
        #expect(text.cut(toWidth: width) == cut)
        #expect(text.cut(toWidth: width).displayWidth <= width)
    }

    @Test func jsonForATerminalMeansTheSame() {
        let json = Array(#"{"a":"\#u{9B}31m\#u{7F}\#u{202E}é模"}"#.utf8)
        #expect(
            String(decoding: escapedForTerminal(json), as: UTF8.self)
                == #"{"a":"\u009b31m\u007f\u202eé模"}"#)
        #expect(escapedForTerminal(Array("{}".utf8)) == Array("{}".utf8))
    }

    @Test(arguments: [
        (0, "0s"), (59, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (86_399, "23h"), (86_400, "1d"),
        (729 * 86_400, "729d"), (730 * 86_400, "2y"), (-5, "0s"), (-60, "in 1m"), (-7200, "in 2h"),
    ])
    func agesHaveOneUnit(_ seconds: Int64, _ text: String) {
        let time = Timestamp(microseconds: noon.microseconds - seconds * 1_000_000)
        #expect(age(of: time, at: noon) == text)
    }

    @Test(
        arguments: [
            (true, [:], 132, true), (true, ["NO_COLOR": "1"], 132, false),
            (true, ["NO_COLOR": ""], 132, true),
            (true, ["TERM": "dumb"], 132, false), (false, [:], nil, false),
        ] as [(Bool, [String: String], Int?, Bool)])
    func colorNeedsATerminalThatWantsIt(
        _ isInteractive: Bool, _ environment: [String: String], _ width: Int?, _ usesColor: Bool
    ) {
        let terminal = Terminal(
            isInteractive: isInteractive, isErrorInteractive: false, columns: 132, environment: environment)
        #expect(terminal.width == width)
        #expect(terminal.usesColor == usesColor)
    }

    @Test(
        arguments: [(["COLUMNS": "99"], 99), (["COLUMNS": "0"], 80), ([:], 80)] as [([String: String], Int)])
    func aTerminalOfUnknownWidthHasOne(_ environment: [String: String], _ width: Int) {
        let terminal = Terminal(
            isInteractive: true, isErrorInteractive: true, columns: nil, environment: environment)
        #expect(terminal.width == width)
    }
}
