package import Wire

/// The reason that the newest lists are not stored: they are served, but a restart now would begin with older
/// ones.
package struct StoreProblem: Sendable, Equatable {
    /// The time of the first of the consecutive failures.
    package var since: Timestamp
    /// The store's own error text, for operators; it holds no row.
    package var message: String

    package init(since: Timestamp, message: String) {
        self.since = since
        self.message = message
    }
}
