import Upstream

/// Permanent redirects within a platform's origin, so that each costs one request, and not one in every fetch.
///
/// A redirect that changes the path alone holds for that path with any query, such as that of another page.
struct RedirectMemory: Sendable {
    /// The largest number of redirects that are remembered; the oldest is forgotten first.
    static let limit = 1000

    private enum Key: Hashable {
        case path(String)
        case exact(String, query: String?)
    }

    private struct Target {
        var path: String
        var query: String?
    }

    private var targets: [Key: Target] = [:]
    /// The keys, the oldest first.
    private var keys: [Key] = []

    /// The same request to the address that its own was moved to; nil if none is remembered.
    ///
    /// Errors still show the old address, because the new one comes from the platform.
    func moved(_ request: UpstreamRequest) -> UpstreamRequest? {
        guard !targets.isEmpty, let url = try? RequestURL(request.url) else { return nil }
        let target: Target
        if let exact = targets[.exact(url.path, query: url.query)] {
            target = exact
        } else if let moved = targets[.path(url.path)] {
            target = Target(path: moved.path, query: url.query)
        } else {
            return nil
        }
        var request = request
        request.alias = request.alias ?? url.display
        request.url = url.shortOrigin + target.path + (target.query.map { "?" + $0 } ?? "")
        return request
    }

    /// Remembers that a request was redirected permanently, within its origin.
    mutating func remember(_ request: UpstreamRequest, to moved: UpstreamRequest) {
        guard let old = try? RequestURL(request.url), let new = try? RequestURL(moved.url) else { return }
        forget(request)
        let isPathAlone = old.query == new.query
        let key = isPathAlone ? Key.path(old.path) : .exact(old.path, query: old.query)
        targets[key] = Target(path: new.path, query: new.query)
        keys.append(key)
        if keys.count > Self.limit { targets[keys.removeFirst()] = nil }
    }

    /// Forgets where a request was moved to.
    mutating func forget(_ request: UpstreamRequest) {
        guard !targets.isEmpty, let url = try? RequestURL(request.url) else { return }
        let forgotten = [Key.path(url.path), .exact(url.path, query: url.query)]
        for key in forgotten { targets[key] = nil }
        keys.removeAll { forgotten.contains($0) }
    }
}

/// The addresses that one request is sent to in turn: the one it was moved to, its own, the target of a redirect.
struct RequestRoute {
    private let original: UpstreamRequest
    /// The request to send now.
    private(set) var next: UpstreamRequest
    /// True while ``next`` goes where an earlier redirect led.
    private var isRemembered: Bool
    /// The target of a permanent redirect, remembered once it has answered.
    private var lastingTarget: UpstreamRequest?
    private var wasMisdirected = false

    init(_ request: UpstreamRequest, memory: RedirectMemory) {
        original = request
        let moved = memory.moved(request)
        next = moved ?? request
        isRemembered = moved != nil
    }

    /// True if the request is to be sent once more, as ``next``, after this response.
    mutating func continues(after response: UpstreamResponse, memory: inout RedirectMemory) -> Bool {
        // The transport sends nothing more on the connection that led to the wrong server.
        if response.status == 421, !wasMisdirected {
            wasMisdirected = true
            return true
        }
        if let redirect = response.redirect {
            // One redirect only: the transport refuses a second one.
            lastingTarget = [301, 308].contains(response.status) ? redirect : nil
            next = redirect
            return true
        }
        guard (200..<300).contains(response.status) else {
            // Other failures are not the address's.
            let isWrongAddress = response.status < 400 || [404, 405, 410].contains(response.status)
            return leavesRemembered(&memory) && isWrongAddress
        }
        if let lastingTarget { memory.remember(original, to: lastingTarget) }
        return false
    }

    /// True if the request is to be sent once more, as ``next``, after this failure.
    mutating func continues(after error: UpstreamError, memory: inout RedirectMemory) -> Bool {
        leavesRemembered(&memory) && error.code == .redirectRefused
    }

    /// Goes back to the original address, and forgets the other; false if the request was sent there.
    private mutating func leavesRemembered(_ memory: inout RedirectMemory) -> Bool {
        guard isRemembered else { return false }
        memory.forget(original)
        (next, isRemembered, lastingTarget) = (original, false, nil)
        return true
    }
}
