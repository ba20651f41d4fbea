import Deployments
import Snapshots
import TestSupport
import Testing

@testable import Refresh

@Suite struct ReleaseQueueTests {
    private func rows() -> SourceRows { SourceRows(source: .example("a"), listed: [.example("x", of: "a")]) }

    @Test func aListStaysWithItsLastReader() {
        let retired = ReleaseQueue()
        weak var list: SourceRows?
        do {
            let reader = rows()
            list = reader
            retired.keep([reader])
            retired.letGo()
            #expect(retired.count == 1)
            withExtendedLifetime(reader) {}
        }
        #expect(list != nil)
        retired.letGo()
        #expect(list == nil)
        #expect(retired.count == 0)
    }

    @Test func whatIsPublishedNoMoreWaitsForItsReaders() async {
        let alpha = ScriptedSource(.example("alpha"), fetches: [.listing([.example("a")])])
        let house = RefresherHarness([alpha])
        await house.refresher.refreshAllOnce()
        weak let list = house.snapshot.lists.first
        var reader: Snapshot? = house.snapshot
        alpha.answer([.listing([.example("a"), .example("b")])])
        await house.refresher.refreshAllOnce()
        #expect(house.names == [["a", "b"]])
        house.refresher.retired.letGo()
        #expect(list != nil && reader?.count == 1)
        reader = nil
        #expect(list != nil)
        house.refresher.retired.letGo()
        #expect(list == nil)
    }

    @Test func whatNobodyReadsGoesAlsoWhenTheNextListComes() {
        let retired = ReleaseQueue()
        for _ in 0..<5 { retired.keep([rows()]) }
        #expect(retired.count == 1)
    }
}
