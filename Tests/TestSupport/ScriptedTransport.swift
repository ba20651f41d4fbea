import Synchronization
package import Upstream

/// A transport that answers each request as a test says, and records the requests.
package final class ScriptedTransport: HTTPTransport {
    package typealias Script = @Sendable (UpstreamRequest) async throws -> UpstreamResponse

    private let script: Script
    private let sent = Mutex<[UpstreamRequest]>([])

    package init(_ script: @escaping Script) { self.script = script }

    /// Every request so far, in the order of their arrival.
    package var requests: [UpstreamRequest] { sent.withLock { $0 } }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        sent.withLock { $0.append(request) }
        return try await script(request)
    }
}

extension UpstreamResponse {
    /// An answer with this text as its body; header names in lower case.
    package static func text(
        _ text: String, status: Int = 200, headers: [(name: String, value: String)] = []
    ) -> UpstreamResponse {
        UpstreamResponse(status: status, headers: headers, body: Array(text.utf8))
    }
}

extension UpstreamRequest {
    /// The part behind the origin, up to the query, as it is sent.
    package var path: String {
        let parts = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3)
        return "/" + (parts.first ?? "").prefix { $0 != "?" }
    }

    /// The query's parameters in their order, as they are sent.
    package var query: [String] {
        url.split(separator: "?", maxSplits: 1).dropFirst().first?
            .split(separator: "&").map(String.init) ?? []
    }

    /// A header's value, its name in any case; nil if it is not sent.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
