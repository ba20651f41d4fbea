package import Deployments

/// The rules of a status vocabulary, laid out by word: the operator's first, then the adapter's.
struct StatusVocabulary: Sendable {
    /// What a native status means.
    struct Verdict: Sendable, Equatable {
        var status: DeploymentStatus
        var serving: Serving
        /// Whether a word was given that no rule names.
        var isUnknownWord = false

        init(_ rule: StatusPlan.Rule) {
            (status, serving) = (rule.status, rule.serving)
        }

        init(status: DeploymentStatus, serving: Serving, isUnknownWord: Bool = false) {
            self.status = status
            self.serving = serving
            self.isUnknownWord = isUnknownWord
        }
    }

    private let rules: [StatusPlan.Rule]
    /// For each word, in small letters and as it may stand in answers, what decides.
    private let byWord: [String: Deciding]
    private let wordless: Deciding

    /// What decides of a word.
    private enum Deciding {
        /// A rule without a condition.
        case verdict(Verdict)
        /// The rules that could, in order.
        case rules([Int])

        init(_ places: [Int], of rules: [StatusPlan.Rule]) {
            if let first = places.first, rules[first].when == nil {
                self = .verdict(Verdict(rules[first]))
            } else {
                self = .rules(places)
            }
        }
    }

    init(_ rules: [StatusPlan.Rule]) {
        self.rules = rules
        wordless = Deciding(rules.indices.filter { rules[$0].words.isEmpty }, of: rules)
        var byWord: [String: Deciding] = [:]
        for word in Set(rules.flatMap(\.words)) {
            let deciding = rules.indices.filter { rules[$0].words.isEmpty || rules[$0].words.contains(word) }
            let spellings = [word, word.uppercased(), word.prefix(1).uppercased() + word.dropFirst()]
            for spelling in spellings where spelling.lowercased() == word {
                byWord[spelling] = Deciding(deciding, of: rules)
            }
        }
        self.byWord = byWord
    }

    /// The first rule whose word (without case) and condition hold; else `UNKNOWN`/`unknown`.
    func verdict(for word: String?, in scope: ExpressionScope) -> Verdict {
        let known = word.flatMap { byWord[$0] ?? byWord[$0.lowercased()] }
        switch known ?? wordless {
        case .verdict(let verdict): return verdict
        case .rules(let places):
            for index in places where rules[index].when?.holds(in: scope) ?? true {
                return Verdict(rules[index])
            }
        }
        return Verdict(status: .unknown, serving: .unknown, isUnknownWord: word != nil)
    }
}

extension Expression {
    /// Whether a condition holds: only `true` does.
    func holds(in scope: ExpressionScope) -> Bool {
        if case .bool(true) = evaluate(in: scope) { true } else { false }
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
