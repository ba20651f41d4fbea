package import Deployments

/// The numbers of a source's rows by the state of one lookup, current versions only.
package struct LookupCount: Sendable, Equatable {
    /// The name of the lookup.
    package let name: String
    private var rows: [LookupState.State: Int] = [:]

    /// No rows.
    package init(_ name: String) { self.name = name }

    /// The number of rows on which the lookup is in a state.
    package subscript(state: LookupState.State) -> Int {
        get { rows[state] ?? 0 }
        set { rows[state] = newValue }
    }
}

extension [LookupCount] {
    /// Counts the lookups of a row.
    mutating func add(_ states: [LookupState]) {
        for state in states {
            if let index = firstIndex(where: { $0.name == state.name }) {
                self[index][state.state] += 1
            } else {
                var count = LookupCount(state.name)
                count[state.state] = 1
                append(count)
            }
        }
    }
}
