package import Wire

/// The reason that this process does not store the lists that it serves: in the state `failing`, a restart
/// now would begin with older ones.
package struct StoreProblem: Sendable, Equatable {
    /// The time of the first of the consecutive failures.
    package var since: Timestamp
    /// The store's own error text, for operators; it holds no row.
    package var message: String
    /// The kind of the problem.
    package var state: State

    /// The values of the store's `state` in the HTTP contract (Sources/HTTPFront/README.md).
    package enum State: String, Sendable, CaseIterable {
        /// Lists cannot be saved.
        case failing
        /// Another process uses the store: this one serves its lists, and has none to save.
        case locked
    }

    /// A problem; by default lists cannot be saved.
    package init(since: Timestamp, message: String, state: State = .failing) {
        self.since = since
        self.message = message
        self.state = state
    }
}
