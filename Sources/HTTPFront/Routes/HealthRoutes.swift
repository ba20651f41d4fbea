import Deployments
import HTTPTypes
import Snapshots
import Wire

/// The routes for load balancers and orchestrators; they need no token, so they name no source.
extension FrontResponder {
    /// `GET /healthz`: shows that the process answers.
    func healthz() -> RouteResponse { status { $0.string("ok") } }

    /// `GET /readyz`: shows that the gateway is ready for traffic.
    ///
    /// - Throws: `no-data` until it is ready as ``Readiness`` defines it, and again once shutdown has begun.
    func readyz() throws(Problem) -> RouteResponse {
        let published = state.published()
        guard state.readiness.isReady(published, now: state.now(), readyAfter: config.readyAfter) else {
            let settled = published.sources.count(where: \.isSettled)
            let reason =
                state.readiness.isShuttingDown
                ? "the gateway is shutting down"
                : "\(settled) of \(published.sources.count) sources have a list or have ended an attempt"
            var problem = Problem(.noData, "not ready: \(reason)")
            problem.headers[.retryAfter] = "1"
            throw problem
        }
        // The gateway stays ready while the store fails, since the lists are served nevertheless.
        let problem = state.storeProblem()
        return status { json in
            json.string("ready")
            guard let problem else { return }
            json.key("store")
            json.string(problem.state.rawValue)
        }
    }

    private func status(_ write: (inout JSONWriter) -> Void) -> RouteResponse {
        .uncached { json in
            json.key("status")
            write(&json)
        }
    }
}
