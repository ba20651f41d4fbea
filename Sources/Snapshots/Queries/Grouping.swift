package import Deployments
package import Wire

/// The keys that rows are grouped by, and the fields that are added up.
package struct Grouping: Sendable {
    /// The kind of record that is grouped.
    package let schema: RecordSchema
    /// One to three, no two of one ``Key/name``.
    package var keys: [Key]
    /// Each of ``RecordSchema/summable``, no two alike.
    package var sums: [Field]
    /// True where terms of a closed vocabulary that no row has make groups of their own, with 0.
    package var withZeros: Bool

    /// nil `sums` are the kind's standard ones.
    package init(of schema: RecordSchema, keys: [Key], sums: [Field]? = nil, withZeros: Bool = true) {
        self.schema = schema
        self.keys = keys
        self.sums = sums ?? schema.standardSums
        self.withZeros = withZeros
    }

    /// The most ``keys``.
    package static let keyLimit = 3
    /// The most groups that a summary may have, those with 0 included.
    package static let groupLimit = 10_000
    /// The fields that add up over all groups: amounts in a unit do not, as the groups' units differ.
    package var sumsOfTotal: [Field] { sums.filter { schema.unit(of: $0) == nil } }

    /// A field to group by; of a time, the day or hour it lies in.
    package struct Key: Sendable {
        package let field: Field
        /// Of a time always, of another field never.
        package let span: Span?

        /// nil for a time without a span, and for a span of anything else.
        package init?(_ field: Field, span: Span? = nil) {
            guard (field.kind == .time) == (span != nil) else { return nil }
            self.field = field
            self.span = span
        }

        /// As it stands in `group_by` and in an answer: `status`, `created_at:day`.
        package var name: String { field.name + (span.map { ":\($0.rawValue)" } ?? "") }

        /// The terms that may stand here; nil where they are not of a closed vocabulary.
        var terms: [String]? {
            if case .term(let terms) = field.kind { terms } else { nil }
        }

        /// The value that a record is grouped under, which states `value`: of a time, the beginning of its span.
        package func value(of value: FieldValue) -> FieldValue {
            switch value {
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
