package import Deployments

/// Counts and sums of a query's rows, group by group and over all.
package struct Summary: Sendable, Equatable {
    /// The groups, greatest count first; groups with equal counts by the keys' values, ascending as in
    /// `sort`, nulls last.
    package var groups: [Group]
    /// The count of all rows, with the sums of ``Grouping/sumsOfTotal``.
    package var total: Tally

    /// A summary of groups that are in order.
    package init(groups: [Group], total: Tally) {
        self.groups = groups
        self.total = total
    }

    /// The rows that have the same values in every key.
    package struct Group: Sendable, Equatable {
        /// The value of each of ``Grouping/keys``.
        ///
        /// If the field ignores case, all groups show a value in the same spelling: the one that is first by
        /// UTF-8 bytes.
        package var values: [FieldValue]
        /// The count of the group's rows, with the sums of ``Grouping/sums``.
        package var tally: Tally

        /// A group; `values` are in the order of ``Grouping/keys``.
        package init(values: [FieldValue], tally: Tally) {
            self.values = values
            self.tally = tally
        }
    }

    /// A count of rows, and the sums of some of their fields.
    package struct Tally: Sendable, Equatable {
        /// The number of rows.
        package var count = 0
        /// The sums, in the order of the summed fields.
        package var sums: [Sum]

        /// No rows yet.
        init(summing fields: [Field]) { sums = fields.map { _ in Sum() } }

        /// A count with its sums.
        package init(count: Int, sums: [Sum]) {
            self.count = count
            self.sums = sums
        }

        /// Adds a tally with the same summed fields.
        mutating func add(_ other: Tally) {
            count += other.count
            for index in sums.indices { sums[index].add(other.sums[index]) }
        }
    }

    /// The sum of one field, and the number of rows that it covers.
    package struct Sum: Sendable, Equatable {
        private var sumOfStated = 0.0
        /// The number of rows that state a value.
        package private(set) var rows = 0
        /// The number of rows that state no value.
        package private(set) var nullRows = 0

        /// No rows yet.
        package init() {}

        /// The sum; nil if there are rows and none states a value, since it is then unknown, not 0.
        ///
        /// It is exact for integers up to 2^53. It is infinite, and so null in JSON, beyond the range of a
        /// `Double`.
        package var value: Double? { rows == 0 && nullRows > 0 ? nil : sumOfStated }

        /// Adds a row's value; a number that is not finite counts as no value.
        package mutating func add(_ number: Double?) {
            if let number, number.isFinite {
                sumOfStated += number
                rows += 1
            } else {
                nullRows += 1
            }
        }

        mutating func add(_ other: Sum) {
            sumOfStated += other.sumOfStated
            rows += other.rows
            nullRows += other.nullRows
        }
    }
}

/// A grouping that would make more groups than ``Grouping/groupLimit``.
package struct TooManyGroups: Error, Equatable {
    /// True if the limit is exceeded only because of groups without rows.
    package var onlyWithZeros: Bool

    /// The error of a grouping.
    package init(onlyWithZeros: Bool) { self.onlyWithZeros = onlyWithZeros }
}
