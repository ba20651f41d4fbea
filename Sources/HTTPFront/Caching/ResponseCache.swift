import Deployments
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Wire

/// Keeps answers as they were made, for as long as each would be made the same again.
///
/// The same request line is answered with them while the same lists are published and nothing that an answer tells
/// has changed with time, so a second at most, as `Age` counts seconds. Made again then, an answer takes over the body
/// of the one before where only its headers are others: so a body is kept and compressed once for a publication.
package final class ResponseCache: Sendable {
    /// How much is kept.
    package struct Limits: Sendable {
        package var answers = 4096
        /// Of all answers and what they were asked with, by estimate.
        package var bytes = 128 * 1024 * 1024
        /// A request whose target or `Accept` is longer is answered anew each time.
        package var askedBytes = 2048

        package init() {}
    }

    /// What makes two requests the same.
    struct Key: Hashable {
        /// As it stands in the request line.
        private let target: String
        private let accept: String?

        fileprivate init(target: String, accept: String?) {
            self.target = target
            self.accept = accept
        }

        /// As ``Limits/bytes`` counts it, with its place in the table.
        fileprivate var bytes: Int { target.utf8.count + (accept?.utf8.count ?? 0) + 128 }
    }

    fileprivate struct State {
        var answers: [Key: CachedResponse] = [:]
        var bytes = 0
        /// What was published, and when, as answers were last looked through for those that hold no more.
        var sweptFor: (publication: Int, second: Int64)?
    }

    private let limits: Limits
    private let state = Mutex(State())

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// nil for a request whose answer is not kept: it depends on more than what makes two the same and what is
    /// published, or it was asked with too many words.
    func key(_ request: Request) -> Key? {
        guard request.method == .get || request.method == .head,
            !request.headers.contains(.cacheControl), let target = request.head.path
        else { return nil }
        let accept = request.headers[.accept]
        guard max(target.utf8.count, accept?.utf8.count ?? 0) <= limits.askedBytes else { return nil }
        return Key(target: target, accept: accept)
    }

    /// What is answered now to such a request, from this publication; nil where it has to be made.
    func find(_ key: Key, of publication: Int, at now: Timestamp) -> CachedResponse? {
        let kept = state.withLock { $0.answers[key] }
        return kept.flatMap { $0.holds(at: now, for: publication) ? $0 : nil }
    }

    /// Keeps an answer if there is room for it.
    ///
    /// - Returns: The answer, with the body of the one that was kept for the same request where that is the same.
    func keep(_ answer: CachedResponse, as key: Key, of publication: Int, at now: Timestamp) -> CachedResponse
    {
        state.withLock { state in
            let old = state.remove(key)
            let answer = old.map(answer.takingBody) ?? answer
            let bytes = key.bytes + answer.bytes
            if !state.hasRoom(for: bytes, within: limits) { state.sweep(at: now, for: publication) }
            if state.hasRoom(for: bytes, within: limits) {
                state.answers[key] = answer
                state.bytes += bytes
            }
            return answer
        }
    }
}

extension ResponseCache.State {
    @discardableResult
    fileprivate mutating func remove(_ key: ResponseCache.Key) -> CachedResponse? {
        guard let old = answers.removeValue(forKey: key) else { return nil }
        bytes -= key.bytes + old.bytes
        return old
    }

    /// Forgets what holds no more: once a second for one publication, as it looks at all that is kept.
    fileprivate mutating func sweep(at now: Timestamp, for publication: Int) {
        let second = now.microseconds / 1_000_000
        if let sweptFor, sweptFor == (publication, second) { return }
        sweptFor = (publication, second)
        for (key, kept) in answers where !kept.holds(at: now, for: publication) { remove(key) }
    }

    fileprivate func hasRoom(for more: Int, within limits: ResponseCache.Limits) -> Bool {
        answers.count < limits.answers && bytes + more <= limits.bytes
    }
}
