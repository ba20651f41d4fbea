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
        Walk(of: snapshot, firstPage: "/v1/deployments?name=\(name)", Reached([], now: time(0)))
    }

    private func snapshot(_ id: String, _ lists: [SourceRows] = exampleLists()) -> Snapshot {
        Snapshot(id: id, publishedAt: time(0), lists: lists)
    }

    private func number(_ number: Int) -> WalkID { WalkID(high: 0, low: UInt64(number)) }

    /// Keeps a walk of what is published.
    private func keep(_ walk: Walk, as number: Int, on shelf: SnapshotShelf) {
        shelf.keep(walk, as: self.number(number), published: walk.snapshot)
    }

    /// What the rows of a snapshot take, and a walk by itself.
    private func bytes(_ snapshots: Int, walks: Int) -> Int {
        let rows = exampleLists().reduce(0) { $0 + $1.byteCount }
        return snapshots * rows + walks * walk(snapshot("s")).byteCount + 100
    }

    private func isKept(_ number: Int, on shelf: SnapshotShelf) -> Bool {
        if case .kept = shelf.find(self.number(number)) { true } else { false }
    }

    @Test func theLongestUnusedIsForgottenBeyondTheLimit() {
        let shelf = shelf { $0.walks = 4 }
        let snapshot = snapshot("s")
        for walk in 0..<4 { keep(self.walk(snapshot), as: walk, on: shelf) }
        keep(walk(snapshot), as: 0, on: shelf)
        keep(walk(snapshot), as: 4, on: shelf)
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
        keep(walk(snapshot), as: 0, on: shelf)
        #expect(isKept(0, on: shelf))
        for poll in 1...500 { keep(walk(snapshot), as: poll, on: shelf) }
        #expect(shelf.counts.walks == 3)
        #expect([0, 1, 498, 499, 500].map { isKept($0, on: shelf) } == [true, false, false, true, true])
    }

    @Test func theNewestIsKeptHoweverFullTheShelfIs() {
        let shelf = shelf { $0.walks = 1 }
        for walk in 0..<3 {
            keep(self.walk(snapshot("s")), as: walk, on: shelf)
            #expect(isKept(walk, on: shelf))
        }
        #expect(shelf.counts.walks == 1)
    }

    @Test func rowsBeyondTheBoundAreFreedAndTheirWalksAreGone() {
        // Each has rows of its own, and those of the newest are not counted.
        let shelf = shelf { $0.bytes = bytes(2, walks: 4) }
        for number in 0..<3 { keep(walk(snapshot("s\(number)"), "\(number)"), as: number, on: shelf) }
        #expect(shelf.counts == (3, 3))
        #expect(isKept(0, on: shelf))
        keep(walk(snapshot("s3")), as: 3, on: shelf)
        #expect(shelf.counts == (3, 3))
        guard case .gone("/v1/deployments?name=1") = shelf.find(number(1)) else {
            Issue.record("the walk that nobody went on with is not the one that is gone")
            return
        }
        // The first page again is the walk again.
        keep(walk(snapshot("s1")), as: 1, on: shelf)
        #expect(isKept(1, on: shelf))
    }

    @Test func rowsThatSnapshotsShareAreCountedOnce() {
        let shelf = shelf { $0.bytes = bytes(0, walks: 20) }
        let lists = exampleLists()
        for number in 0..<20 { keep(walk(snapshot("s\(number)", lists)), as: number, on: shelf) }
        #expect(shelf.counts == (20, 20))
    }

    @Test func theNewestRowsAreKeptWhateverTheyTake() {
        let shelf = shelf { $0.bytes = 0 }
        keep(walk(snapshot("s0")), as: 0, on: shelf)
        keep(walk(snapshot("s1")), as: 1, on: shelf)
        #expect(shelf.counts == (1, 1))
        #expect(isKept(1, on: shelf))
    }

    @Test func aLateFirstPageOfOldRowsEndsNoWalkOfThePublishedOnes() {
        let shelf = shelf { $0.bytes = bytes(0, walks: 4) }
        let (old, published) = (snapshot("s1"), snapshot("s2"))
        for number in [0, 1] { shelf.keep(walk(published), as: self.number(number), published: published) }
        #expect(isKept(1, on: shelf))
        shelf.keep(walk(old), as: number(2), published: published)
        #expect(shelf.counts == (3, 2))
        // The next one makes those of the old rows go.
        shelf.keep(walk(published), as: number(3), published: published)
        #expect((0...3).map { isKept($0, on: shelf) } == [true, true, false, true])
    }

    @Test func whatAWalkTakesComesBackWhenItIsGone() {
        let shelf = shelf { $0.bytes = bytes(2, walks: 3) }
        for round in 0..<50 {
            uptime.replace(with: .seconds(round * 301))
            keep(walk(snapshot("s\(round)")), as: round, on: shelf)
            #expect(isKept(round, on: shelf))
        }
        let old = snapshot("old")
        for number in [100, 101] {
            shelf.keep(walk(old), as: self.number(number), published: snapshot("p"))
        }
        #expect([100, 101].map { isKept($0, on: shelf) } == [true, true])
    }

    @Test func aWalkKeepsItsRowsHoweverOftenItsFirstPageIsAsked() {
        let shelf = shelf { _ in }
        let first = snapshot("s")
        keep(walk(first), as: 0, on: shelf)
        keep(walk(snapshot("s", [])), as: 0, on: shelf)
        guard case .kept(let walk) = shelf.find(number(0)) else {
            Issue.record("gone")
            return
        }
        #expect(walk.snapshot.defaultOrder == first.defaultOrder)
    }

    @Test func theTimeCountsFromEachWalksLastUse() {
        let shelf = shelf { $0.lifetime = .seconds(300) }
        for number in 0..<3 { keep(walk(snapshot("s")), as: number, on: shelf) }
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
