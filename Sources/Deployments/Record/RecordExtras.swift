package import Wire

/// Members that a client may add to records with `include=`.
package enum Include: String, CaseIterable, Sendable {
    case history, native

    /// The JSON for a record without the member: an empty list for `history`, and null for `native`, which is
    /// absent if the adapter file allows nothing.
    fileprivate var absent: [UInt8] {
        switch self {
        case .history: Array("[]".utf8)
        case .native: Array("null".utf8)
        }
    }
}

extension Record {
    /// Appends only the members that `including` adds to a record.
    package func writeIncluded(_ including: Set<Include>, to json: inout JSONWriter) {
        for member in Include.allCases where including.contains(member) {
            json.key(member.rawValue)
            json.encoded(included(member) ?? member.absent)
        }
    }
}
