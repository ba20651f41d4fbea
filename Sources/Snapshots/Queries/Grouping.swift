package import Deployments
package import Wire

/// How the rows of a query are put together: by which fields, and what is added up.
package struct Grouping: Sendable {
    /// One to three, no two of one ``Key/name``.
    package var keys: [Key]
    /// Each of ``summable``, no two alike.
    package var sums: [DeploymentField]
    /// Whether words of a closed vocabulary that no row has make groups of their own, with 0.
    package var withZeros: Bool

    package init(
        keys: [Key], sums: [DeploymentField] = Grouping.standardSums, withZeros: Bool = true
    ) {
        self.keys = keys
        self.sums = sums
        self.withZeros = withZeros
    }

    /// The most ``keys``.
    package static let keyLimit = 3
    /// The most groups that a summary may have, those with 0 included.
    package static let groupLimit = 10_000
    /// The fields whose values add up to something.
    package static let summable = DeploymentField.all.filter {
        $0.name.hasPrefix("replicas.") || $0.name == "accelerator.total" || $0.isOfUnit
    }
    /// What is added up where nobody says what.
    package static let standardSums = ["accelerator.total", "replicas.ready", "replicas.desired"]
        .compactMap(DeploymentField.named)

    /// What is added up over all groups: amounts in a unit are not, as the groups' units differ.
    package var sumsOfTotal: [DeploymentField] { sums.filter { !$0.isOfUnit } }

    /// A field to group by; of a time, the day or hour it lies in.
    package struct Key: Sendable {
        package let field: DeploymentField
        /// Of a time always, of another field never.
        package let span: Span?

        /// nil for a time without a span, and for a span of anything else.
        package init?(_ field: DeploymentField, span: Span? = nil) {
            guard (field.kind == .time) == (span != nil) else { return nil }
            self.field = field
            self.span = span
        }

        /// As it stands in `group_by` and in an answer: `status`, `created_at:day`.
        package var name: String { field.name + (span.map { ":\($0.rawValue)" } ?? "") }

        /// The words that may stand here; nil where they are not of a closed vocabulary.
        var words: [String]? {
            if case .word(let words) = field.kind { words } else { nil }
        }

        /// What a record is grouped under: of a time, the beginning of its span.
        package func value(of deployment: borrowing ModelDeployment) -> FieldValue {
            switch field.get(deployment) {
            case .time(let time): .time(span.map { $0.start(of: time) } ?? time)
            // What JSON cannot say would look like null there, and no NaN equals another.
            case .number(let number) where !number.isFinite: .null
            case let value: value
            }
        }
    }

    /// A length of time that begins at a whole multiple of itself in UTC.
    package enum Span: String, Sendable, CaseIterable {
        case day, hour

        private var microseconds: Int64 {
            switch self {
            case .day: 86_400_000_000
            case .hour: 3_600_000_000
            }
        }

        /// The latest beginning of a span that is not after a time.
        package func start(of time: Timestamp) -> Timestamp {
            let rest = time.microseconds % microseconds
            let (start, overflow) = time.microseconds.subtractingReportingOverflow(
                rest < 0 ? rest + microseconds : rest)
            return Timestamp(microseconds: overflow ? .min : start)
        }
    }
}

extension DeploymentField {
    /// Whether its values are in the record's own `capacity.unit`, so that only those of one unit add up.
    package var isOfUnit: Bool { name.hasPrefix("capacity.") && name != "capacity.unit" }
}
