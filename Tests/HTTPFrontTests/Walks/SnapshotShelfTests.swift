import Deployments
import Testing
import Wire

@testable import HTTPFront

@Suite struct SnapshotShelfTests {
    private let uptime = Latest(Duration.zero)

    private func shelf(_ change: (inout SnapshotShelf.Limits) -> Void) -> SnapshotShelf {
        var limits = SnapshotShelf.Limits()
        change(&limits)
        return SnapshotShelf(limits: limits) { [uptime] in uptime.value }
    }

    private func walk(_ snapshot: Snapshot, _ name: String = "") -> Walk {
        Walk(
            snapshot: snapshot, query: Query(), reached: Reached([], now: time(0)),
            firstPage: "/v1/deployments?name=\(name)")
    }

    private func snapshot(_ id: String, _ lists: [SourceRows] = exampleLists()) -> Snapshot {
        Snapshot(id: id, publishedAt: time(0), lists: lists)
    }

    private func number(_ number: Int) -> WalkID { WalkID(high: 0, low: UInt64(number)) }

    private func isKept(_ number: Int, on shelf: SnapshotShelf) -> Bool {
        if case .kept = shelf.find(self.number(number)) { true } else { false }
    }

    @Test func theLongestUnusedIsForgottenBeyondTheLimit() {
        let shelf = shelf { $0.walks = 4 }
        let snapshot = snapshot("s")
        for walk in 0..<4 { shelf.keep(self.walk(snapshot), as: number(walk)) }
        shelf.keep(walk(snapshot), as: number(0))
        shelf.keep(walk(snapshot), as: number(4))
        #expect(shelf.counts.walks == 4)
        #expect((0...4).map { isKept($0, on: shelf) } == [true, false, true, true, true])
        guard case .gone(nil) = shelf.find(number(1)) else {
            Issue.record("a forgotten walk is still known")
            return
        }
    }

    @Test func whatNobodyGoesOnWithIsForgottenFirst() {
        let shelf = shelf { $0.walks = 3 }
        let snapshot = snapshot("s")
        shelf.keep(walk(snapshot), as: number(0))
        #expect(isKept(0, on: shelf))
        for poll in 1...500 { shelf.keep(walk(snapshot), as: number(poll)) }
        #expect(shelf.counts.walks == 3)
        #expect([0, 1, 498, 499, 500].map { isKept($0, on: shelf) } == [true, false, false, true, true])
    }

    @Test func theNewestIsKeptHoweverFullTheShelfIs() {
        let shelf = shelf { $0.walks = 1 }
        for walk in 0..<3 {
            shelf.keep(self.walk(snapshot("s")), as: number(walk))
            #expect(isKept(walk, on: shelf))
        }
        #expect(shelf.counts.walks == 1)
    }

    @Test func rowsBeyondTheBoundAreFreedAndTheirWalksAreGone() {
        // Each has five rows of its own: 5 * 2048 + 5 * 8 bytes.
        let shelf = shelf { $0.bytes = 2 * 5 * 2056 }
        for number in 0..<3 { shelf.keep(walk(snapshot("s\(number)"), "\(number)"), as: self.number(number)) }
        #expect(shelf.counts == (3, 3))
        #expect(isKept(0, on: shelf))
        shelf.keep(walk(snapshot("s3")), as: number(3))
        #expect(shelf.counts == (3, 3))
        guard case .gone("/v1/deployments?name=1") = shelf.find(number(1)) else {
            Issue.record("the walk that nobody went on with is not the one that is gone")
            return
        }
        // The first page again is the walk again.
        shelf.keep(walk(snapshot("s1")), as: number(1))
        #expect(isKept(1, on: shelf))
    }

    @Test func rowsThatSnapshotsShareAreCountedOnce() {
        let shelf = shelf { $0.bytes = 20 * 5 * 8 }
        let lists = exampleLists()
        for number in 0..<20 { shelf.keep(walk(snapshot("s\(number)", lists)), as: self.number(number)) }
        #expect(shelf.counts == (20, 20))
    }

    @Test func theNewestRowsAreKeptWhateverTheyTake() {
        let shelf = shelf { $0.bytes = 0 }
        shelf.keep(walk(snapshot("s0")), as: number(0))
        shelf.keep(walk(snapshot("s1")), as: number(1))
        #expect(shelf.counts == (1, 1))
        #expect(isKept(1, on: shelf))
    }

    @Test func aWalkKeepsItsRowsHoweverOftenItsFirstPageIsAsked() {
        let shelf = shelf { _ in }
        let first = snapshot("s")
        shelf.keep(walk(first), as: number(0))
        shelf.keep(walk(snapshot("s", [])), as: number(0))
        guard case .kept(let walk) = shelf.find(number(0)) else {
            Issue.record("gone")
            return
        }
        #expect(walk.snapshot.defaultOrder == first.defaultOrder)
    }

    @Test func theTimeCountsFromEachWalksLastUse() {
        let shelf = shelf { $0.lifetime = .seconds(300) }
        for number in 0..<3 { shelf.keep(walk(snapshot("s")), as: self.number(number)) }
        uptime.replace(with: .seconds(200))
        #expect(isKept(0, on: shelf))
        uptime.replace(with: .seconds(300))
        #expect(isKept(1, on: shelf))
        uptime.replace(with: .seconds(301))
        shelf.sweep()
        #expect(shelf.counts.walks == 2)
        #expect(!isKept(2, on: shelf))
        uptime.replace(with: .seconds(501))
        #expect(!isKept(0, on: shelf))
        #expect(isKept(1, on: shelf))
    }
}
