import Deployments

/// Serves what is published as it is: no platform is requested, whatever a caller demands.
struct FixedLists: Freshness {
    init() {}

    func read(_: [String], demand _: Demand) async -> [String: UnmetDemand] { [:] }

    func refresh(_: String) async -> RefreshOutcome? {
        .refused(.budget, retryAfter: .seconds(3600))
    }
}
