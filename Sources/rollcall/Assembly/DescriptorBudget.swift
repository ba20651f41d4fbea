import Glibc

/// The division of the process's file descriptors among clients, platforms, and everything else.
///
/// Without it a crowd of clients would take those with which platforms are asked and lists are stored.
struct DescriptorBudget: Equatable {
    /// The number of files that the process may have open.
    let descriptors: Int
    /// The most connections of clients at a time, beside ``reserve``.
    let connections: Int
    /// The connections beyond that, on which only probes are answered.
    let reserve: Int

    /// `upstreamRequests` is the number of requests to platforms that may be in flight at a time.
    init(descriptors: Int, upstreamRequests: Int) {
        self.descriptors = descriptors
        // For each request a connection in use and one that is kept; the rest: store, log, event loops, libcurl.
        let others = min(64 + 2 * upstreamRequests, descriptors / 2)
        let clients = max(4, descriptors - others)
        reserve = max(1, min(64, clients / 8))
        // As many as half the reserve may be closing while others take their places.
        connections = max(1, clients - reserve - max(1, min(32, reserve / 2)))
    }

    /// Raises the soft limit of open files to the hard one, at most to 65,536; returns the limit that applies.
    static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        // Beyond that, programs that close every possible descriptor take long.
        let wanted = min(limit.rlim_max, 65_536)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = wanted
            if setrlimit(resource, &raised) == 0 { limit = raised }
        }
        return Int(clamping: limit.rlim_cur)
    }
}

extension GatewayConfig {
    /// The requests to platforms that may be in flight at a time.
    var upstreamRequests: Int {
        sources.filter(\.isEnabled).reduce(0) {
            $0 + ($1.upstream.concurrency ?? UpstreamConfig.standardConcurrency)
        }
    }
}
