package import Deployments
package import Wire

/// The keys that rows are grouped by, the fields that are added up, and the order of the groups.
package struct Grouping: Sendable {
    /// The kind of the grouped records.
    package let schema: RecordSchema
    /// At most three keys with different ``Key/name``s; none: all rows are one group.
    package var keys: [Key]
    /// Different fields of ``RecordSchema/summable``.
    package var sums: [Field]
    /// True to add groups with count 0 for terms of a closed vocabulary that no row has.
    package var withZeros: Bool
    /// The times of which the least or the greatest is told; no two are equal.
    package var extremes: [Extreme] = []
    /// The order of the groups; empty: the greatest count first.
    ///
    /// Equal groups are ordered by their keys' values, ascending as in a list's `sort`, nulls last.
    package var sort: [SortKey] = []
    /// The number of groups that a summary has at most; nil: all.
    package var limit: Int?

    /// A grouping; nil `sums` are the kind's standard ones.
    package init(of schema: RecordSchema, keys: [Key], sums: [Field]? = nil, withZeros: Bool = true) {
        self.schema = schema
        self.keys = keys
        self.sums = sums ?? schema.standardSums
        self.withZeros = withZeros
    }

    /// The maximum number of ``keys``.
    package static let keyLimit = 3
    /// The maximum number of groups in a summary, those with count 0 included.
    package static let groupLimit = 10_000
    /// The sums that are also made over all groups.
    ///
    /// Amounts in a unit are not, since the units of groups differ.
    package var sumsOfTotal: [Field] { sums.filter { schema.unit(of: $0) == nil } }

    /// The least or the greatest value of a time.
    package struct Extreme: Sendable, Equatable {
        /// A field of kind time.
        package let field: Field
        /// True for the greatest, false for the least.
        package let isGreatest: Bool

        /// An extreme of a field.
        package init(of field: Field, isGreatest: Bool) {
            self.field = field
            self.isGreatest = isGreatest
        }
    }

    /// A property of groups to sort by; groups without it come last in either direction.
    package struct SortKey: Sendable, Equatable {
        /// The property; an index is that in the grouping's list of such properties.
        package enum Target: Sendable, Equatable {
            case count
            case key(Int)
            case sum(Int)
        }

        /// The property.
        package let target: Target
        /// True to sort from the greatest value to the smallest.
        package let descending: Bool

        /// A sort key.
        package init(_ target: Target, descending: Bool) {
            self.target = target
            self.descending = descending
        }
    }

    /// A field to group by; for a time, its day or hour.
    package struct Key: Sendable {
        /// The field.
        package let field: Field
        /// The length by which times are grouped; nil for any other field.
        package let span: Span?

        /// A key; nil for a time without a span, and for any other field with one.
        package init?(_ field: Field, span: Span? = nil) {
            guard (field.kind == .time) == (span != nil) else { return nil }
            self.field = field
            self.span = span
        }

        /// The name in `group_by` and in an answer: `status`, `created_at:day`.
        package var name: String { field.name + (span.map { ":\($0.rawValue)" } ?? "") }

        /// The terms of the field's closed vocabulary; nil if it has none.
        var terms: [String]? {
            if case .term(let terms) = field.kind { terms } else { nil }
        }

        /// The group's value for a record that states `value`: for a time, the beginning of its span.
        package func value(of value: FieldValue) -> FieldValue {
            switch value {
            case .time(let time): .time(span.map { $0.start(of: time) } ?? time)
            // JSON cannot express it and would show null; and a NaN equals no other.
            case .number(let number) where !number.isFinite: .null
            case let value: value
            }
        }
    }

    /// A length of time; spans begin at multiples of their length in UTC.
    package enum Span: String, Sendable, CaseIterable {
        case day, hour

        private var microseconds: Int64 {
            switch self {
            case .day: 86_400_000_000
            case .hour: 3_600_000_000
            }
        }

        /// The beginning of the span that contains a time.
        package func start(of time: Timestamp) -> Timestamp {
            let remainder = time.microseconds % microseconds
            let (start, overflow) = time.microseconds.subtractingReportingOverflow(
                remainder < 0 ? remainder + microseconds : remainder)
            return Timestamp(microseconds: overflow ? .min : start)
        }
    }
}
