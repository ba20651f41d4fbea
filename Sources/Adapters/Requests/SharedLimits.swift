import Synchronization
import Upstream

/// The limits that all sources share.
package final class SharedLimits: Sendable {
    /// The largest number of requests in flight to one host, if the configuration sets none.
    package static let standardHostWidth = 16

    /// The memory for answers.
    package let answers: AnswerBudget
    private let hostWidth: Int
    private let hosts = Mutex<[String: WeakSemaphore]>([:])

    private struct WeakSemaphore: Sendable {
        weak var semaphore: AsyncSemaphore?
    }

    /// Makes limits; numbers below 1 count as 1.
    package init(
        answerBytes: Int = AnswerBudget.standardBytes, hostWidth: Int = SharedLimits.standardHostWidth
    ) {
        answers = AnswerBudget(bytes: answerBytes)
        self.hostWidth = hostWidth
    }

    /// The semaphore of a URL's host, which all its sources share; at least as wide as each of them alone.
    func semaphore(for url: String, width: Int) -> AsyncSemaphore {
        let host = (try? RequestURL(url))?.host ?? url
        return hosts.withLock { hosts in
            if let known = hosts[host]?.semaphore {
                known.widen(to: width)
                return known
            }
            hosts = hosts.filter { $0.value.semaphore != nil }
            let semaphore = AsyncSemaphore(width: max(hostWidth, width))
            hosts[host] = WeakSemaphore(semaphore: semaphore)
            return semaphore
        }
    }
}
