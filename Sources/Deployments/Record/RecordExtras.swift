package import Wire

/// Members that a client may add to records with `include=`.
package enum Include: String, CaseIterable, Sendable {
    case history, native
}

extension ModelDeployment {
    /// Appends only the members that `including` adds to a record.
    ///
    /// `history` is `[]` where the platform keeps none, `native` is null where the adapter file allows nothing.
    package func writeIncluded(_ including: Set<Include>, to json: inout JSONWriter) {
        if including.contains(.history) {
            json.key("history")
            if let history { json.encoded(history) } else { json.array { _ in } }
        }
        if including.contains(.native) {
            json.key("native")
            if let native { json.encoded(native) } else { json.null() }
        }
    }
}
