import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct SourceStatusTests {
    private func status(_ change: (inout SourceStatus) -> Void) -> SourceStatus {
        var status = SourceStatus(source: .example("a"), ttl: .seconds(30), freshFor: .seconds(330))
        change(&status)
        return status
    }

    private let failure = SourceStatus.Failure(error: SourceError(.timeout, "too slow"), since: time(50))

    @Test func withoutAListItIsLoadingUntilAnAttemptEnded() {
        #expect(status { _ in }.state(at: time(0)) == .loading)
        #expect(status { $0.finishedAttempts = 1 }.state(at: time(0)) == .failed)
        #expect(
            status {
                $0.finishedAttempts = 3
                $0.failure = failure
                $0.observedAt = time(0)
            }.state(at: time(0)) == .failed)
    }

    @Test(arguments: [
        (0, false, "fresh"), (330, false, "fresh"), (331, false, "stale"), (1, true, "stale"),
        (-5, false, "fresh"),
    ])
    func withAListItIsFreshWhileYoungAndUnharmed(_ age: Int64, _ failed: Bool, _ expected: String) {
        let status = status {
            $0.observedAt = time(1000)
            $0.partitions.listed = 1
            $0.failure = failed ? failure : nil
            $0.finishedAttempts = 1
        }
        #expect(status.state(at: time(1000 + age)).rawValue == expected)
    }

    @Test func aStoredListIsServedBeforeTheFirstAttempt() {
        let status = status {
            $0.observedAt = time(0)
            $0.partitions.listed = 1
        }
        #expect(status.state(at: time(10)) == .fresh)
        #expect(status.state(at: time(10_000)) == .stale)
    }

    @Test func itIsCompleteWhenEveryPartitionIsProven() {
        #expect(!status { $0.partitions.listed = 1 }.isComplete)
        #expect(status { $0.partitions.proven = 1 }.isComplete)
        #expect(
            !status {
                $0.partitions.total = 2
                $0.partitions.listed = 2
                $0.partitions.proven = 1
            }.isComplete)
    }

    @Test func absurdTimesDoNotTrap() {
        let status = status {
            $0.observedAt = Timestamp(microseconds: .min)
            $0.partitions.listed = 1
        }
        #expect(status.state(at: Timestamp(microseconds: .max)) == .stale)
        #expect(
            snapshot([rows([record("x") { $0.createdAt = Timestamp(microseconds: .min) }])]).defaultOrder
                .count == 1)
    }

    @Test(
        arguments: [
            (Duration.milliseconds(1500), 1_500_000), (.nanoseconds(999), 0), (.seconds(-1), -1_000_000),
            (.seconds(Int64.max), .max), (.seconds(Int64.min), .min),
            (
                Duration(secondsComponent: 9_223_372_036_854, attosecondsComponent: 999_999_000_000_000_000),
                .max
            ),
        ] as [(Duration, Int64)])
    func aDurationIsWholeMicroseconds(_ duration: Duration, _ expected: Int64) {
        #expect(duration.microseconds == expected)
    }
}
