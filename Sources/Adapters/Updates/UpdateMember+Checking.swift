import Deployments
import Wire

extension UpdateMember {
    /// What is wrong with a new value of the member, and what would be right; nil if it fits.
    ///
    /// `row` is the deployment as it is listed.
    func problem(with value: FieldValue, on row: ModelDeployment) -> String? {
        switch (kind, value) {
        case (.text, .text(let text)):
            if text.isEmpty { return "must not be empty" }
            return termProblem(text)
        case (.boolean, .bool): return nil
        case (.integer, .number(let number)), (.number, .number(let number)):
            if kind == .integer, number.rounded() != number { return "must be a whole number" }
            return rangeProblem(number) ?? multipleProblem(number, on: row)
        case (.text, _): return "must be a text"
        case (.boolean, _): return "must be true or false"
        case (.integer, _): return "must be a whole number"
        case (.number, _): return "must be a number"
        }
    }

    private func termProblem(_ text: String) -> String? {
        guard case .term(let terms)? = DeploymentField.named(field)?.kind, !terms.contains(text) else {
            return nil
        }
        return "must be one of \(terms.joined(separator: ", "))"
    }

    private func rangeProblem(_ number: Double) -> String? {
        if let least, number < least {
            return "must be at least \(Self.spelled(least)), not \(Self.spelled(number))"
        }
        if let greatest, number > greatest {
            return "must be at most \(Self.spelled(greatest)), not \(Self.spelled(number))"
        }
        return nil
    }

    private func multipleProblem(_ number: Double, on row: ModelDeployment) -> String? {
        guard let multipleOf else { return nil }
        guard let base = DeploymentField.named(multipleOf)?.get(row).number, base > 0 else {
            return "must be a multiple of `\(multipleOf)`, which is not known of this deployment"
        }
        let times = number / base
        // A double represents few fractions exactly.
        guard abs(times - times.rounded()) > 1e-9 * max(1, abs(times)) else { return nil }
        let nearest = [times.rounded(.down) * base, times.rounded(.up) * base]
            .filter { $0 > 0 && rangeProblem($0) == nil }.map(Self.spelled).joined(separator: " or ")
        return "must be a multiple of `\(multipleOf)`, which is \(Self.spelled(base)) here"
            + (nearest.isEmpty ? "" : ": \(nearest)") + ", not \(Self.spelled(number))"
    }

    /// A number for people: without a fraction if it has none.
    static func spelled(_ number: Double) -> String { Int64(exactly: number).map { "\($0)" } ?? "\(number)" }
}

extension UpdateSchema {
    /// Every mistake in the members of a patch, in the patch's order, then those that are missing.
    func mistakes(in patch: UpdatePatch, on row: ModelDeployment) -> [UpdateMistake] {
        let names = members.map(\.field)
        var mistakes: [UpdateMistake] = []
        for change in patch.changes {
            guard let member = member(change.field) else {
                mistakes.append(
                    UpdateMistake(
                        change.field,
                        "cannot be changed on this platform; these can: \(names.joined(separator: ", "))",
                        didYouMean: nearest(to: change.field, among: names)))
                continue
            }
            if let problem = member.problem(with: change.value, on: row) {
                mistakes.append(UpdateMistake(change.field, problem))
            }
        }
        for member in members where member.isRequired && patch[member.field] == nil {
            mistakes.append(UpdateMistake(member.field, "is missing: every update of this platform names it"))
        }
        return mistakes
    }
}
