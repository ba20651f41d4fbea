import Deployments
import Snapshots
import TestSupport
import Testing

@Suite struct LikePatternTests {
    @Test(arguments: [
        ("llama", "Meta-LLAMA-3", true), ("llama", "lama", false), ("", "", true), ("", "x", true),
        ("%", "", true), ("%", "x", true), ("%%", "", true), ("a%", "abc", true), ("a%", "ba", false),
        ("%a", "ba", true), ("%a", "ab", false), ("a%a", "a", false), ("a%a", "aa", true),
        ("a%a", "ABA", true), ("%ab%ab%", "abab", true), ("%ab%ab%", "aab", false), ("a%b%c", "axbxxc", true),
        ("a%b%c", "axcxb", false), ("a_c", "abc", false), ("a.c", "xa.cx", true), ("a*", "ab", false),
        ("ÄÖ", "xäöx", true), ("%é", "CAFÉ", true), ("%aab", "aaab", true), ("a%ab%b", "aabb", true),
        ("a%ab%b", "aab", false), ("STRASSE", "die Straße", true), ("ß", "GROSS", true),
        ("llama", "ＬＬＡＭＡ", true),
        ("%é", "cafe\u{301}", true), ("e\u{301}%", "École", true), ("cafe", "café", false),
        ("istanbul", "İstanbul", false),
        ("i\u{307}stanbul", "İstanbul", true), ("ﬁ", "FINE", true), ("模型", "大模型-7B", true),
        ("％", "xyz", false),
        ("50％", "100 50%", true), ("a％b", "a%b", true),
    ])
    func matchesASubstringOrWithPercentTheCompleteString(
        _ pattern: String, _ candidate: String, _ expected: Bool
    ) {
        #expect(LikePattern(pattern).matches(candidate) == expected)
    }

    @Test func nothingIsSpecialInAnEscapedPattern() {
        #expect(LikePattern(escaping: "50%").matches("is 50% off"))
        #expect(!LikePattern(escaping: "5%f").matches("50% off"))
    }

    @Test(arguments: [
        ("istanbul", "İstanbul", true), ("İSTANBUL", "istanbul", true), ("cafe", "CAFÉ", true),
        ("cafe\u{301}", "cafe", true), ("strasse", "Straße", true), ("5%f", "50% off", false),
        ("50%", "50％ off", true),
        ("é", "f", false), ("", "x", true),
    ])
    func aWordIgnoresMarksToo(_ word: String, _ candidate: String, _ expected: Bool) {
        #expect(LikePattern(word: word).matches(candidate) == expected)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithAPlainOracle(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters: [Character] = ["a", "b", "A", "%", "é", "É", "e\u{301}", "Ａ", "ß", "s", "％"]
        for _ in 0..<2000 {
            let pattern = String(
                (0..<Int.random(in: 0...6, using: &random)).map { _ in
                    letters.randomElement(using: &random) ?? "a"
                })
            let candidate = String(
                (0..<Int.random(in: 0...8, using: &random)).map { _ in
                    letters.randomElement(using: &random) ?? "a"
                })
            let expected = oracle(pattern, candidate)
            #expect(
                LikePattern(pattern).matches(candidate) == expected,
                "seed \(seed): \(pattern) against \(candidate)")
        }
    }

    /// A character beyond ASCII makes both sides take the way of all other texts.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func asciiIsFoldedAsWithinAnyOtherText(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        func text(_ lengths: ClosedRange<Int>) -> String {
            let letters = Array("aAbBzZ@[`{%".utf8)
            let bytes = (0..<Int.random(in: lengths, using: &random)).map { _ in
                Int.random(in: 0..<8, using: &random) == 0
                    ? UInt8.random(in: 0..<128, using: &random)
                    : letters.randomElement(using: &random) ?? 0
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        for _ in 0..<2000 {
            let (pattern, candidate) = (text(0...3), text(0...40))
            let comment = "seed \(seed): \(pattern.debugDescription) against \(candidate.debugDescription)"
            let wide = pattern.utf8.contains(UInt8(ascii: "%")) ? "模" + pattern : pattern
            let expected = LikePattern(wide).matches("模" + candidate)
            #expect(LikePattern(pattern).matches(candidate) == expected, "\(comment)")
            let found = ("模" + candidate).plainlyFoldedWithoutMarks.utf8.contains(pattern.lowercased().utf8)
            #expect(LikePattern(word: pattern).matches(candidate) == found, "\(comment)")
            #expect(LikePattern(escaping: pattern).matches("模" + candidate) == found, "\(comment)")
        }
    }

    /// The definition of the rule: try every length for every `%`.
    private func oracle(_ pattern: String, _ candidate: String) -> Bool {
        let complete = pattern.contains("%") ? pattern : "%\(pattern)%"
        func holds(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
            guard let first = pattern.first else { return text.isEmpty }
            if first == "%" {
                return (text.startIndex...text.endIndex).contains { holds(pattern.dropFirst(), text[$0...]) }
            }
            return text.first == first && holds(pattern.dropFirst(), text.dropFirst())
        }
        // The wide percent sign is no wildcard, but a text in which it folds to a percent sign contains one.
        let runs = complete.unicodeScalars.split(separator: "%", omittingEmptySubsequences: false)
        let folded = runs.map { Array(String($0).plainlyFolded.replacing("%", with: "\u{0}").unicodeScalars) }
        let pattern = Array(folded.joined(separator: ["%"]))
        let text = candidate.plainlyFolded.replacing("%", with: "\u{0}")
        return holds(pattern[...], Array(text.unicodeScalars)[...])
    }
}
