package import Deployments

/// Counts and sums of a query's rows, group by group and over all.
package struct Summary: Sendable, Equatable {
    /// The greatest count first; of one count, by the keys' values, ascending as `sort` has it, nulls last.
    package var groups: [Group]
    /// Over all rows, with ``Grouping/sumsOfTotal``.
    package var total: Tally

    package init(groups: [Group], total: Tally) {
        self.groups = groups
        self.total = total
    }

    /// The rows that have the same values in every key.
    package struct Group: Sendable, Equatable {
        /// Of each of ``Grouping/keys``.
        ///
        /// Where the field ignores case, the spelling is the same in all groups: of those there are the first by
        /// UTF-8 bytes.
        package var values: [FieldValue]
        /// With ``Grouping/sums``.
        package var tally: Tally

        package init(values: [FieldValue], tally: Tally) {
            self.values = values
            self.tally = tally
        }
    }

    /// A count of rows, and the sums of some of their fields.
    package struct Tally: Sendable, Equatable {
        package var count = 0
        /// In the order of the fields that are added up.
        package var sums: [Sum]

        init(summing fields: [Field]) { sums = fields.map { _ in Sum() } }

        package init(count: Int, sums: [Sum]) {
            self.count = count
            self.sums = sums
        }

        /// Adds other rows, of which the same is added up.
        mutating func add(_ other: Tally) {
            count += other.count
            for index in sums.indices { sums[index].add(other.sums[index]) }
        }
    }

    /// The sum of one field, and how many rows it covers.
    package struct Sum: Sendable, Equatable {
        private var sumOfStated = 0.0
        /// The rows that state a value.
        package private(set) var rows = 0
        /// The rows that state none.
        package private(set) var nullRows = 0

        package init() {}

        /// nil where there are rows and none states a value: then it is unknown, not 0.
        ///
        /// Exact for whole numbers up to 2^53; infinite, and so null in JSON, beyond what a `Double` can say.
        package var value: Double? { rows == 0 && nullRows > 0 ? nil : sumOfStated }

        /// Adds a row's value; what is no finite number is none.
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
    /// Whether it does so only with the groups that no row is in.
    package var onlyWithZeros: Bool

    package init(onlyWithZeros: Bool) { self.onlyWithZeros = onlyWithZeros }
}
