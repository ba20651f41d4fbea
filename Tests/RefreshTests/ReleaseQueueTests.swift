import Deployments
import Snapshots
import Synchronization
import TestSupport
import Testing

@testable import Refresh

@Suite struct ReleaseQueueTests {
    private func rows() -> SourceRows { SourceRows(source: .example("a"), listed: [.example("x", of: "a")]) }

    /// The times at which memory was given back.
    private final class Trims: Sendable {
        private let times = Mutex<[Duration]>([])

        var all: [Duration] { times.withLock { $0 } }

        func add(_ time: Duration) { times.withLock { $0.append(time) } }
    }

    @Test func aListStaysWithItsLastReader() {
        let queue = ReleaseQueue()
        weak var list: SourceRows?
        do {
            let reader = rows()
            list = reader
            queue.add([reader], rows: (1, 1))
            queue.releaseUnused()
            #expect(queue.count == 1)
            withExtendedLifetime(reader) {}
        }
        #expect(list != nil)
        queue.releaseUnused()
        #expect(list == nil)
        #expect(queue.count == 0)
    }

    @Test func whatIsPublishedNoMoreWaitsForItsReaders() async {
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])
        let harness = RefresherHarness([alpha])
        await harness.refresher.refreshAllOnce()
        weak let list = harness.snapshot.lists.first
        var reader: Snapshot? = harness.snapshot
        alpha.answer([.listing([.example("a"), .example("b")])])
        await harness.refresher.refreshAllOnce()
        #expect(harness.names == [["a", "b"]])
        harness.refresher.releaseQueue.releaseUnused()
        #expect(list != nil && reader?.count == 1)
        reader = nil
        #expect(list != nil)
        harness.refresher.releaseQueue.releaseUnused()
        #expect(list == nil)
    }

    @Test func whatNobodyReadsGoesAlsoWhenTheNextListComes() {
        let queue = ReleaseQueue()
        for _ in 0..<5 { queue.add([rows()], rows: (1, 1)) }
        #expect(queue.count == 1)
    }

    @Test(
        arguments: [
            ([(20_002, 10_001)], 2), ([(20_001, 10_001)], 0), ([(20_000, 10_000)], 0), ([(200_000, 10)], 2),
            // In steps, none of which is a half.
            ([(40_000, 30_000), (30_000, 21_000), (21_000, 19_999)], 2),
            // Twice within a minute: the later counts.
            ([(80_000, 40_000), (40_000, 20_000)], 2),
            ([(10_000, 0)], 0), ([(10, 200_000)], 0),
        ] as [([(before: Int, now: Int)], Int)])
    func memoryIsGivenBackAfterTheRowsFellToHalfAndByMoreThanTenThousand(
        _ steps: [(before: Int, now: Int)], _ expected: Int
    ) async {
        let queue = ReleaseQueue()
        for step in steps { queue.add([], rows: step) }
        let clock = ManualClock()
        let trims = Trims()
        await withTaskGroup { group in
            group.addTask {
                await queue.run(clock: clock) { trims.add(clock.now.offset) }
            }
            for _ in 0..<70 {
                await clock.sleepers(atLeast: 1)
                clock.advance(by: .seconds(1))
            }
            await clock.sleepers(atLeast: 1)
            group.cancelAll()
        }
        #expect(trims.all == [.seconds(10), .seconds(60)].prefix(expected).map { $0 })
    }
}
