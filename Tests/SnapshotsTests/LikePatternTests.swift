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
        ("a%ab%b", "aab", false),
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

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func agreesWithAPlainOracle(_ seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let letters: [Character] = ["a", "b", "A", "%", "é", "É"]
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
        return holds(
            Array(complete.lowercased().unicodeScalars)[...],
            Array(candidate.lowercased().unicodeScalars)[...])
    }
}
