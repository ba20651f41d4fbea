package import Wire

/// Why the newest lists are not kept: they are served all the same, but a restart now would begin with older ones.
package struct StoreProblem: Sendable, Equatable {
    /// When the first of the failures that still last was seen.
    package var since: Timestamp
    /// The store's own words, for operators: never a row.
    package var message: String

    package init(since: Timestamp, message: String) {
        self.since = since
        self.message = message
    }
}
