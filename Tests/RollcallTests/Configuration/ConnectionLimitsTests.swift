import HTTPFront
import Testing

@testable import rollcall

@Suite struct ConnectionLimitsTests {
    @Test func theLimitsOfConnectionsAreRead() throws {
        let given = try config(
            withRoot(
                "listen: {limits: {connections: 5000, per_address: 50, request: 2s}, proxies: [10.0.0.0/8, '::1']}"
            )
        ).listen
        #expect(given.limits == ConnectionLimits(connections: 5000, perAddress: 50, request: .seconds(2)))
        #expect(given.proxies.count == 2)
        #expect(given.proxies == ["10.0.0.0/8", "::1"].compactMap { AddressRange($0) })
        let none = try config(withRoot("listen: {limits: {connections: null}, proxies: []}")).listen
        #expect(none.limits == ConnectionLimits(connections: nil, perAddress: nil, request: .seconds(10)))
        #expect(none.proxies == [])
    }

    @Test(arguments: [
        (
            "limits: {connections: 0}",
            "limits.connections: must be a whole number from 1 to 1000000, not `0`"
        ),
        (
            "limits: {per_address: many}",
            "limits.per_address: must be a whole number from 1 to 1000000, not `many`"
        ),
        (
            "limits: {request: 10}",
            "limits.request: must be a duration with its unit, such as 500ms, 30s, 5m, 24h or 7d, not `10`"
        ),
        (
            "proxies: [proxy.example.com]",
            "proxies: must be addresses or networks, such as 10.0.0.7 or 10.0.0.0/8"
        ),
        ("proxies: [10.0.0.1/8]", "proxies: must be addresses or networks, such as 10.0.0.7 or 10.0.0.0/8"),
    ])
    func aLimitThatDoesNotFitIsNamed(_ keys: String, _ problem: String) {
        #expect(problems(withRoot("listen: {\(keys)}")) == ["3: listen.\(problem)"])
    }

    @Test(arguments: [
        // Files, requests to platforms; connections of clients, reserve.
        (65_536, 12, 65_352, 64), (4096, 12, 3912, 64), (1024, 12, 840, 64), (1024, 2000, 416, 64),
        (256, 12, 137, 21),
        (64, 4, 26, 4), (16, 4, 6, 1), (1, 4, 2, 1),
    ])
    func filesAreDividedBetweenClientsAndPlatforms(
        _ descriptors: Int, _ requests: Int, _ connections: Int, _ reserve: Int
    ) {
        let budget = DescriptorBudget(descriptors: descriptors, upstreamRequests: requests)
        #expect(budget.connections == connections)
        #expect(budget.reserve == reserve)
    }
}
