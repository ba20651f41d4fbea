import Testing

@testable import Upstream

@Suite struct ConnectionTrustTests {
    private static let start = ContinuousClock.now
    private static let here = "https://here.example:443"
    private static let there = "https://there.example:443"

    private func connection(_ port: Int32) -> ConnectionID {
        ConnectionID(localAddress: "127.0.0.1", localPort: port, peerAddress: "127.0.0.1", peerPort: 443)
    }

    private func time(_ seconds: Double) -> ContinuousClock.Instant {
        Self.start.advanced(by: .seconds(seconds))
    }

    @Test func aConnectionOpenedBeforeAFailureIsNotUsedAgain() {
        var trust = ConnectionTrust(lifetime: .seconds(300))
        trust.noteOpening(of: connection(1), at: time(0))
        trust.noteFailure(at: Self.here, now: time(0))
        trust.noteOpening(of: connection(2), at: time(0))
        #expect(!trust.isUsable(connection(1), for: Self.here, at: time(0)))
        #expect(trust.isUsable(connection(2), for: Self.here, at: time(0)))
        #expect(trust.isUsable(connection(1), for: Self.there, at: time(0)))
        #expect(!trust.isUsable(connection(3), for: Self.here, at: time(0)))
    }

    @Test func aConnectionLivesFiveMinutes() {
        var trust = ConnectionTrust(lifetime: .seconds(300))
        trust.noteOpening(of: connection(1), at: time(0))
        #expect(trust.isUsable(connection(1), for: Self.here, at: time(299.999)))
        #expect(!trust.isUsable(connection(1), for: Self.here, at: time(300)))
        trust.noteOpening(of: connection(1), at: time(310))
        #expect(trust.isUsable(connection(1), for: Self.here, at: time(310)))
    }

    @Test(arguments: [(0.0, 0), (0.9, 0), (1, 1), (9.5, 9), (10, 10), (5000, 10)])
    func addressesAreBelievedForTenSecondsAndNeverFromBeforeAFailure(_ passed: Double, _ seconds: Int) {
        var trust = ConnectionTrust(lifetime: .seconds(300))
        trust.noteFailure(at: Self.here, now: time(0))
        #expect(trust.dnsCacheSeconds(for: Self.here, at: time(passed)) == seconds)
        #expect(trust.dnsCacheSeconds(for: Self.there, at: time(passed)) == 10)
    }

    @Test func whatHasNoEffectAnyMoreIsForgottenAndNothingElse() {
        var trust = ConnectionTrust(lifetime: .seconds(300))
        for port in 0..<10_000 {
            trust.noteOpening(of: connection(Int32(port)), at: time(Double(port)))
            if port == 9_800 { trust.noteFailure(at: Self.here, now: time(9_800)) }
        }
        for port: Int32 in [0, 9_600, 9_700] {
            #expect(!trust.isUsable(connection(port), for: Self.there, at: time(10_000)))
        }
        for port: Int32 in [9_701, 9_800] {
            #expect(trust.isUsable(connection(port), for: Self.there, at: time(10_000)))
            #expect(!trust.isUsable(connection(port), for: Self.here, at: time(10_000)))
        }
        #expect(trust.isUsable(connection(9_801), for: Self.here, at: time(10_000)))
    }
}
