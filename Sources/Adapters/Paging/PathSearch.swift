import Deployments
import Upstream

/// The alternatives of a request's path, each tried once.
struct PathSearch {
    /// The index of the path to try now.
    private(set) var path: Int
    private var untried: Set<Int>
    private let count: Int
    /// The redirect that was refused on the way to ``path``.
    private var refusal: UpstreamError?

    init(startingAt path: Int, of count: Int) {
        self.path = path
        self.count = count
        untried = Set(0..<count).subtracting([path])
    }

    /// Goes on to the next path that was not tried; false if there is none.
    mutating func advance() -> Bool {
        let following = (1..<max(1, count)).lazy.map { [path, count] in (path + $0) % count }
        guard let next = following.first(where: { [untried] in untried.contains($0) }) else { return false }
        return advance(to: next)
    }

    /// Goes on to the path that a refused redirect leads to; false if it is none of them, or was tried.
    mutating func advance(to index: Int?, refusing refusal: UpstreamError) -> Bool {
        guard let index, advance(to: index) else { return false }
        self.refusal = refusal
        return true
    }

    private mutating func advance(to index: Int) -> Bool {
        guard untried.remove(index) != nil else { return false }
        path = index
        return true
    }

    /// An error of the last path, which also names the redirect that was refused before.
    func explaining(_ error: SourceError) -> SourceError {
        guard let refusal else { return error }
        var error = error
        error.message += "; before that, \(refusal.detail)"
        return error
    }
}

extension RequestBuilder {
    /// The index of the alternative with this path, as percent-encoded in its URL; nil if there is none.
    func index(ofPath path: String?, in plan: RequestPlan, partition: [String: String]) -> Int? {
        guard let path else { return nil }
        return plan.paths.indices.first { index in
            let listed = try? request(plan, path: index, partition: partition, page: [], secrets: [:])
            return listed.flatMap { try? RequestURL($0.url) }?.path == path
        }
    }
}
