package import Deployments

/// The rules of a status vocabulary, laid out by word: the operator's first, then the adapter's.
struct StatusVocabulary: Sendable {
    /// What a native status means.
    struct Verdict: Sendable, Equatable {
        var status: DeploymentStatus
        var serving: Serving
        /// Whether a word was given that no rule names.
        var isUnknownWord: Bool
    }

    private let rules: [StatusPlan.Rule]
    /// For each word, in small letters and as it may stand in answers, the rules that could decide, in order.
    private let byWord: [String: [Int]]
    private let wordless: [Int]

    init(_ rules: [StatusPlan.Rule]) {
        self.rules = rules
        wordless = rules.indices.filter { rules[$0].words.isEmpty }
        var byWord: [String: [Int]] = [:]
        for word in Set(rules.flatMap(\.words)) {
            let deciding = rules.indices.filter { rules[$0].words.isEmpty || rules[$0].words.contains(word) }
            let spellings = [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()]
            for spelling in spellings where spelling.lowercased() == word { byWord[spelling] = deciding }
        }
        self.byWord = byWord
    }

    /// The first rule whose word (without case) and condition hold; else `UNKNOWN`/`unknown`.
    func verdict(for word: String?, in scope: ExpressionScope) -> Verdict {
        let known = word.flatMap { byWord[$0] ?? byWord[$0.lowercased()] }
        for index in known ?? wordless where rules[index].when?.holds(in: scope) ?? true {
            return Verdict(status: rules[index].status, serving: rules[index].serving, isUnknownWord: false)
        }
        return Verdict(status: .unknown, serving: .unknown, isUnknownWord: word != nil)
    }
}

extension Expression {
    /// Whether a condition holds: only `true` does.
    func holds(in scope: ExpressionScope) -> Bool {
        if case .flag(true) = evaluate(in: scope) { true } else { false }
    }
}

/// What the operator says a platform's word means.
package struct OperatorWord: Sendable, Hashable {
    package var word: String
    package var status: DeploymentStatus
    package var serving: Serving

    package init(word: String, status: DeploymentStatus, serving: Serving) {
        self.word = word
        self.status = status
        self.serving = serving
    }

    var rule: StatusPlan.Rule {
        StatusPlan.Rule(words: [word.lowercased()], when: nil, status: status, serving: serving)
    }
}
