import HTTPTypes
import Wire

/// The parts of one request that a dialect reads.
struct PlatformRequest: Sendable {
    var method: HTTPRequest.Method
    /// The path below the dialect's base, still encoded: `/apis/models/v2/…`.
    var path: String
    /// ``path`` cut at its slashes and decoded; a trailing slash leaves an empty last segment.
    var segments: [String]
    var query: Query
    /// The query as it came, for a redirect; nil where there was none.
    var rawQuery: String?
    /// The platform's base URL as the client sees it: scheme, host and the mount's path.
    var base: String
    var headers: HTTPFields
    /// The body of a write; empty for other methods.
    var body: [UInt8]
    /// 1 for the first request of its dialect.
    var number: Int
    /// The faults that hit this request.
    var faults: [Fault: FaultSetting]
    /// The instant as of which a list is shown to it, where a fault holds the list back; nil: the present.
    var shownAsOf: Timestamp?

    /// The token after `Bearer`; nil without one.
    var bearer: String? {
        guard let value = headers[.authorization] else { return nil }
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}

extension HTTPRequest.Method {
    /// True for a method that may change something.
    var writes: Bool { ![.get, .head, .options].contains(self) }
}
