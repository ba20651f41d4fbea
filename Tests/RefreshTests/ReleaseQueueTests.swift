import Deployments
import Snapshots
import TestSupport
import Testing

@testable import Refresh

@Suite struct ReleaseQueueTests {
    private func rows() -> SourceRows { SourceRows(source: .example("a"), listed: [.example("x", of: "a")]) }

    @Test func aListStaysWithItsLastReader() {
        let queue = ReleaseQueue()
        weak var list: SourceRows?
        do {
            let reader = rows()
            list = reader
            queue.add([reader])
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
        for _ in 0..<5 { queue.add([rows()]) }
        #expect(queue.count == 1)
    }
}
