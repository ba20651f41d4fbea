package import Deployments
import Wire

/// The rules of a status vocabulary, indexed by term: the operator's first, then the adapter's.
struct StatusVocabulary: Sendable {
    /// The meaning of a native status.
    struct Verdict: Sendable, Equatable {
        var status: DeploymentStatus
        var serving: Serving
        /// True if a term was given that no rule names.
        var isUnknownTerm = false

        init(_ rule: StatusPlan.Rule) {
            (status, serving) = (rule.status, rule.serving)
        }

        init(status: DeploymentStatus, serving: Serving, isUnknownTerm: Bool = false) {
            self.status = status
            self.serving = serving
            self.isUnknownTerm = isUnknownTerm
        }
    }

    private let rules: [StatusPlan.Rule]
    /// The rules of each term.
    ///
    /// Keys are the term in lower case, in upper case and capitalized, so that most lookups
    /// need no lowercasing.
    private let byTerm: [String: Deciding]
    private let withoutTerm: Deciding

    /// The rules that apply to a term.
    private enum Deciding {
        /// A rule without a condition.
        case verdict(Verdict)
        /// The indices of the candidate rules, in order.
        case rules([Int])

        init(_ indices: [Int], of rules: [StatusPlan.Rule]) {
            if let first = indices.first, rules[first].when == nil {
                self = .verdict(Verdict(rules[first]))
            } else {
                self = .rules(indices)
            }
        }
    }

    init(_ rules: [StatusPlan.Rule]) {
        self.rules = rules
        withoutTerm = Deciding(rules.indices.filter { rules[$0].terms.isEmpty }, of: rules)
        var byTerm: [String: Deciding] = [:]
        for term in Set(rules.flatMap(\.terms)) {
            let deciding = rules.indices.filter { rules[$0].terms.isEmpty || rules[$0].terms.contains(term) }
            let spellings = [term, term.uppercased(), term.prefix(1).uppercased() + term.dropFirst()]
            for spelling in spellings where spelling.lowercased() == term {
                byTerm[spelling] = Deciding(deciding, of: rules)
            }
        }
        self.byTerm = byTerm
    }

    /// The verdict of the first rule whose term (without case) and condition hold; else `UNKNOWN`/`unknown`.
    func verdict(for term: String?, in scope: ExpressionScope) -> Verdict {
        let known = term.flatMap { byTerm[$0] ?? byTerm[$0.lowercased()] }
        switch known ?? withoutTerm {
        case .verdict(let verdict): return verdict
        case .rules(let indices):
            for index in indices where rules[index].when?.holds(in: scope) ?? true {
                return Verdict(rules[index])
            }
        }
        return Verdict(status: .unknown, serving: .unknown, isUnknownTerm: term != nil)
    }

    /// The statuses that each term may stand for; the one without a condition first.
    var statuses: [String: [DeploymentStatus]] {
        var statuses: [String: [DeploymentStatus]] = [:]
        for term in Set(rules.flatMap(\.terms)) {
            let naming = rules.filter { $0.terms.contains(term) }
            let certain = naming.firstIndex { $0.when == nil }
            // Rules behind one without a condition never decide.
            let deciding = certain.map { [naming[$0]] + naming[..<$0] } ?? naming
            for rule in deciding where !statuses[term, default: []].contains(rule.status) {
                statuses[term, default: []].append(rule.status)
            }
        }
        return statuses
    }

    /// The first fault among the values by which the rules' conditions lead to the verdict for a term.
    func fault(for term: String?, in scope: ExpressionScope) -> JSONFault? {
        guard scope.hasFaults else { return nil }
        let known = term.flatMap { byTerm[$0] ?? byTerm[$0.lowercased()] }
        guard case .rules(let indices) = known ?? withoutTerm else { return nil }
        for index in indices {
            guard let when = rules[index].when else { return nil }
            if let fault = when.fault(in: scope) { return fault }
            if when.holds(in: scope) { return nil }
        }
        return nil
    }
}

extension Expression {
    /// True if the condition's value is `true`; nothing else counts.
    func holds(in scope: ExpressionScope) -> Bool {
        if case .bool(true) = evaluate(in: scope) { true } else { false }
    }
}

/// The operator's own meaning of a platform's status term.
package struct OperatorTerm: Sendable, Hashable {
    /// The platform's term, in any case.
    package var term: String
    /// The unified status that it stands for.
    package var status: DeploymentStatus
    /// The unified serving state that it stands for.
    package var serving: Serving

    package init(term: String, status: DeploymentStatus, serving: Serving) {
        self.term = term
        self.status = status
        self.serving = serving
    }

    var rule: StatusPlan.Rule {
        StatusPlan.Rule(terms: [term.lowercased()], when: nil, status: status, serving: serving)
    }
}
