package import Deployments
package import Snapshots
import Wire

/// Finds the filters of a query that no row can satisfy, whatever the platforms list, so that a mistake in them does not
/// look like "there is none".
package struct FilterMistakes {
    private let sources: [SourceDescription]
    private let schema: RecordSchema
    private let isSecret: @Sendable (String) -> Bool

    /// The maximum number of notices on one query.
    static let limit = 20
    /// The number of characters to which a notice cuts a text of the client.
    private static let textLimit = 200

    /// `sources` are all that are configured, and `schema` is the kind of the records requested; a text for which
    /// `isSecret` holds is not echoed.
    package init(
        among sources: [SourceDescription], of schema: RecordSchema = .deployments,
        isSecret: @escaping @Sendable (String) -> Bool
    ) {
        self.sources = sources
        self.schema = schema
        self.isSecret = isSecret
    }

    /// The notices about values and labels that no source has, and about filters that no latest version satisfies.
    package func notices(on query: Query) -> [Notice] {
        guard !sources.isEmpty else { return [] }
        let notices = noticesOnSources(query) + [exclusionOfLatest(query)].compactMap { $0 }
        return Array(notices.prefix(Self.limit))
    }

    /// The notices about values and labels that no source has.
    ///
    /// Each value is judged alone, so that it is found beside others that some source has. If the filters exclude
    /// every source, there is at least one notice, also if each value alone would leave a source.
    private func noticesOnSources(_ query: Query) -> [Notice] {
        var notices: [Notice] = []
        for filter in query.condition.asserted where filter.judgesSources {
            for test in filter.anyOf.flatMap(\.alone) {
                let alone = Filter(field: filter.field, anyOf: [test])
                guard !sources.contains(where: { alone.couldHold(forRowsOf: $0) }) else { continue }
                notices.append(notice(on: test, of: filter.field))
                guard notices.count < Self.limit else { return notices }
            }
        }
        return notices.isEmpty ? [exclusion(by: query.condition)].compactMap { $0 } : notices
    }

    private func notice(on test: Filter.Test, of field: Field) -> Notice {
        let name = shown(field.name)
        let value = shown(test.operand)
        let labels = Set(sources.flatMap(\.labelKeys)).sorted().map { "labels.\($0)" }
        if field.name.hasPrefix("labels."), !labels.contains(field.name) {
            return Notice(
                code: Notice.Code.noSuchLabel.rawValue, parameter: name, value: value,
                detail: "no source has the label `\(name)`",
                didYouMean: nearest(to: field.name, among: labels))
        }
        var near: String?
        if case .eq = test {
            let values = Set(sources.flatMap { $0.values(of: field).compactMap(\.text) }).sorted()
            near = nearest(to: test.operand, among: values)
        }
        return Notice(
            code: Notice.Code.noSuchValue.rawValue, parameter: name, value: value,
            detail: test.failure(of: name, value), didYouMean: near)
    }

    /// A notice that a condition excludes every source, about the part that excludes the last one; nil if a source is
    /// left.
    private func exclusion(by condition: Condition) -> Notice? {
        var left = sources
        for part in condition.parts {
            left = left.filter { part.couldHold(forRowsOf: $0) }
            guard left.isEmpty, let filter = part.filters.first(where: \.judgesSources) else { continue }
            var value: String?
            if case .field(let filter) = part {
                value = shown(filter.anyOf.map(\.operand).joined(separator: ","))
            }
            var names: [String] = []
            for filter in condition.filters where filter.judgesSources {
                let name = "`\(shown(filter.field.name))`"
                if !names.contains(name) { names.append(name) }
            }
            let subject = names.count == 1 ? "the filter on" : "the filters on"
            let verb = names.count == 1 ? "excludes" : "together exclude"
            return Notice(
                code: Notice.Code.noSuchValue.rawValue, parameter: shown(filter.field.name), value: value,
                detail: "\(subject) \(names.joined(separator: ", ")) \(verb) every source")
        }
        return nil
    }

    /// A notice that a condition holds for earlier versions only, and that the query finds none of them; nil if a latest
    /// version may satisfy it.
    private func exclusionOfLatest(_ query: Query) -> Notice? {
        guard !query.allVersions, let current = schema.current else { return nil }
        func couldHold(_ condition: Condition, latest: Bool) -> Bool {
            condition.verdict { $0.field.name == current.name ? $0.holds(for: .bool(latest)) : nil } ?? true
        }
        let excluding = query.condition.parts.first { !couldHold($0, latest: true) }
        guard let excluding, couldHold(query.condition, latest: false) else { return nil }
        var value: String?
        if case .field(let filter) = excluding {
            value = filter.anyOf.map(\.operand).joined(separator: ",")
        }
        return Notice(
            code: Notice.Code.latestOnly.rawValue, parameter: current.name, value: value,
            detail:
                "the filter on `\(current.name)` excludes every latest version, and without `all_versions=true` "
                + "the answer has no others")
    }

    private func shown(_ text: String) -> String {
        isSecret(text) ? "<redacted>" : String(text.prefix(Self.textLimit))
    }
}

extension ParameterError {
    /// A notice's mistake, for a request that asks for an error instead.
    package init(_ mistake: Notice) {
        self.init(
            parameter: mistake.parameter ?? "", value: mistake.value ?? "",
            mistake.detail + ", and `strict=true` refuses that", didYouMean: mistake.didYouMean)
    }
}

extension Condition {
    /// The filters that a row may have to satisfy: all of them except those under a `not`.
    fileprivate var asserted: [Filter] {
        switch self {
        case .field(let filter): [filter]
        case .all(let parts), .any(let parts): parts.flatMap(\.asserted)
        case .not: []
        }
    }
}

extension Filter.Test {
    /// The test once for each of its values, any of which suffices.
    fileprivate var alone: [Filter.Test] {
        if case .isIn(let values) = self { values.map { .eq($0) } } else { [self] }
    }

    /// The operand as a client writes it.
    fileprivate var operand: String {
        switch self {
        case .eq(let value), .ne(let value), .gt(let value), .gte(let value), .lt(let value), .lte(let value):
            value.text ?? value.bool.map { "\($0)" } ?? ""
        case .isIn(let values), .notIn(let values): values.compactMap(\.text).joined(separator: ",")
        case .like(let pattern): pattern.text
        case .exists(let wanted): "\(wanted)"
        }
    }

    /// The text for people, if no source satisfies the test of a field.
    fileprivate func failure(of name: String, _ value: String) -> String {
        let predicate =
            switch self {
            case .eq, .isIn: " = `\(value)`"
            case .ne, .notIn: " other than `\(value)`"
            case .like: " like `\(value)`"
            case .gt: " > `\(value)`"
            case .gte: " >= `\(value)`"
            case .lt: " < `\(value)`"
            case .lte: " <= `\(value)`"
            case .exists(true): ""
            case .exists(false): " = null"
            }
        return "no source has rows with `\(name)`\(predicate)"
    }
}
