package import Deployments
package import Wire

/// Counts and sums of a query's rows, group by group and over all.
package struct Summary: Sendable, Equatable {
    /// The groups in the order of ``Grouping/sort``, at most ``Grouping/limit``.
    package var groups: [Group]
    /// The number of groups without the limit.
    package var groupCount: Int
    /// The count of all rows, with the sums of ``Grouping/sumsOfTotal``.
    package var total: Tally

    /// A summary of groups that are in order.
    package init(groups: [Group], total: Tally, groupCount: Int? = nil) {
        self.groups = groups
        self.total = total
        self.groupCount = groupCount ?? groups.count
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

    /// A count of rows, and the sums and extremes of some of their fields.
    package struct Tally: Sendable, Equatable {
        /// The number of rows.
        package var count = 0
        /// The sums, in the order of the summed fields.
        package var sums: [Sum]
        /// The extremes, in the order of ``Grouping/extremes``.
        package var extremes: [Extreme]

        /// No rows yet.
        init(of grouping: Grouping) {
            sums = grouping.sums.map { _ in Sum() }
            extremes = grouping.extremes.map { Extreme(isGreatest: $0.isGreatest) }
        }

        /// A count with its sums and extremes.
        package init(count: Int, sums: [Sum], extremes: [Extreme] = []) {
            self.count = count
            self.sums = sums
            self.extremes = extremes
        }

        /// Adds a tally with the same summed fields.
        mutating func add(_ other: Tally) {
            count += other.count
            for index in sums.indices { sums[index].add(other.sums[index]) }
            for index in extremes.indices { extremes[index].add(other.extremes[index]) }
        }
    }

    /// The least or the greatest value of one time, and the number of rows that it covers.
    package struct Extreme: Sendable, Equatable {
        /// True for the greatest value, false for the least.
        package let isGreatest: Bool
        /// The value; nil if no row states one.
        package private(set) var value: Timestamp?
        /// The number of rows that state a value.
        package private(set) var rows = 0
        /// The number of rows that state no value.
        package private(set) var nullRows = 0

        /// No rows yet.
        package init(isGreatest: Bool) { self.isGreatest = isGreatest }

        /// Adds `count` rows, of which the extreme value is `time`; nil: they state no value.
        package mutating func add(_ time: Timestamp?, of count: Int = 1) {
            guard let time else {
                nullRows += count
                return
            }
            rows += count
            value = value.map { isGreatest ? max($0, time) : min($0, time) } ?? time
        }

        mutating func add(_ other: Extreme) {
            if other.rows > 0 { add(other.value, of: other.rows) }
            if other.nullRows > 0 { add(nil, of: other.nullRows) }
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
