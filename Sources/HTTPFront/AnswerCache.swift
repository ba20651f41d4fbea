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
/// of the one before where only its headers are others: so a body is written and compressed once for a publication.
package final class AnswerCache: Sendable {
    /// How much is kept.
    package struct Limits: Sendable {
        package var answers = 4096
        /// Of all bodies, each counted twice: it may be kept compressed too, which takes less.
        package var bytes = 128 * 1024 * 1024

        package init() {}
    }

    /// What makes two requests the same.
    struct Key: Hashable {
        /// As it stands in the request line.
        private let target: String
        private let accept: String?

        /// nil for a request whose answer depends on more than these and what is published.
        init?(_ request: Request) {
            guard request.method == .get || request.method == .head,
                !request.headers.contains(.cacheControl), let target = request.head.path
            else { return nil }
            self.target = target
            accept = request.headers[.accept]
        }
    }

    fileprivate struct State {
        var answers: [Key: KeptAnswer] = [:]
        var bytes = 0
    }

    private let limits: Limits
    private let state = Mutex(State())

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// What is answered now to such a request, from this publication; nil where it has to be made.
    func find(_ key: Key, of publication: Int, at now: Timestamp) -> KeptAnswer? {
        let kept = state.withLock { $0.answers[key] }
        return kept.flatMap { $0.holds(at: now, for: publication) ? $0 : nil }
    }

    /// Keeps an answer if there is room for it.
    ///
    /// - Returns: The answer, with the body of the one that was kept for the same request where that is the same.
    func keep(_ answer: KeptAnswer, as key: Key, of publication: Int, at now: Timestamp) -> KeptAnswer {
        state.withLock { state in
            let old = state.remove(key)
            let answer = old.map(answer.takingBody) ?? answer
            if !state.hasRoom(for: answer, within: limits) {
                for (key, kept) in state.answers
                where !kept.holds(at: now, for: publication) {
                    state.remove(key)
                }
            }
            if state.hasRoom(for: answer, within: limits) {
                state.answers[key] = answer
                state.bytes += answer.bytes
            }
            return answer
        }
    }
}

extension AnswerCache.State {
    @discardableResult
    fileprivate mutating func remove(_ key: AnswerCache.Key) -> KeptAnswer? {
        guard let old = answers.removeValue(forKey: key) else { return nil }
        bytes -= old.bytes
        return old
    }

    fileprivate func hasRoom(for answer: KeptAnswer, within limits: AnswerCache.Limits) -> Bool {
        answers.count < limits.answers && bytes + answer.bytes <= limits.bytes
    }
}
