import Hummingbird
import Synchronization
import Wire

/// Caches each response for as long as the same request would get the same response again.
///
/// A request with the same key gets the cached response while the same lists and the same audit log are published and
/// nothing in the response has changed with time: at most a second, since `Age` counts seconds. If only headers differ in the next response, it
/// takes over the body of the one before. So a body is stored and compressed once for a publication.
package final class ResponseCache: Sendable {
    /// The size of the cache.
    package struct Limits: Sendable {
        /// The maximum number of responses.
        package var responses = 4096
        /// The maximum size of all responses with their keys, in bytes, by estimate.
        package var bytes = 128 * 1024 * 1024
        /// The maximum length of a target and of an `Accept`, in bytes; a request with a longer one is not cached.
        package var keyBytes = 2048

        /// The standard limits.
        package init() {}
    }

    /// The parts of a request that must be equal for two requests to share a response.
    struct Key: Hashable {
        /// The target as in the request line.
        private let target: String
        private let accept: String?

        fileprivate init(target: String, accept: String?) {
            self.target = target
            self.accept = accept
        }

        /// The estimated size for ``Limits/bytes``, with the entry in the table.
        fileprivate var bytes: Int { target.utf8.count + (accept?.utf8.count ?? 0) + 128 }
    }

    fileprivate struct State {
        var responses: [Key: CachedResponse] = [:]
        var bytes = 0
        /// The publication and the second of the last removal of responses that are no longer valid.
        var sweptFor: (publication: Publication, second: Int64)?
    }

    private let limits: Limits
    private let state = Mutex(State())

    /// An empty cache.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// The key of a request; nil if its response is not cached.
    ///
    /// A response is not cached if it depends on more than its key and the publication, or if the key is too long.
    func key(_ request: Request) -> Key? {
        guard request.method == .get || request.method == .head,
            !request.headers.contains(.cacheControl), let target = request.head.path
        else { return nil }
        let accept = request.headers[.accept]
        guard max(target.utf8.count, accept?.utf8.count ?? 0) <= limits.keyBytes else { return nil }
        return Key(target: target, accept: accept)
    }

    /// The cached response that is valid now and for this publication; nil if there is none.
    func find(_ key: Key, of publication: Publication, at now: Timestamp) -> CachedResponse? {
        let cached = state.withLock { $0.responses[key] }
        return cached.flatMap { $0.isValid(at: now, for: publication) ? $0 : nil }
    }

    /// Stores a response if there is room for it.
    ///
    /// - Returns: The response, with the body of the one that was stored for the same key if the bytes are equal.
    func store(
        _ response: CachedResponse, as key: Key, of publication: Publication, at now: Timestamp
    ) -> CachedResponse {
        state.withLock { state in
            let old = state.remove(key)
            let response = old.map(response.takingBody) ?? response
            let bytes = key.bytes + response.bytes
            if !state.hasRoom(for: bytes, within: limits) { state.sweep(at: now, for: publication) }
            if state.hasRoom(for: bytes, within: limits) {
                state.responses[key] = response
                state.bytes += bytes
            }
            return response
        }
    }
}

extension ResponseCache.State {
    @discardableResult
    fileprivate mutating func remove(_ key: ResponseCache.Key) -> CachedResponse? {
        guard let old = responses.removeValue(forKey: key) else { return nil }
        bytes -= key.bytes + old.bytes
        return old
    }

    /// Removes responses that are no longer valid: at most once a second for one publication, since it visits all of
    /// them.
    fileprivate mutating func sweep(at now: Timestamp, for publication: Publication) {
        let second = now.microseconds / 1_000_000
        if let sweptFor, sweptFor == (publication, second) { return }
        sweptFor = (publication, second)
        for (key, cached) in responses where !cached.isValid(at: now, for: publication) { remove(key) }
    }

    fileprivate func hasRoom(for more: Int, within limits: ResponseCache.Limits) -> Bool {
        responses.count < limits.responses && bytes + more <= limits.bytes
    }
}
