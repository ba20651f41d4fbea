import Deployments
import Snapshots
import Testing
import Wire

@testable import HTTPFront

@Suite struct CursorStoreTests {
    private let uptime = Latest(Duration.zero)

    private func cursors(_ change: (inout CursorStore.Limits) -> Void) -> CursorStore {
        var limits = CursorStore.Limits()
        change(&limits)
        return CursorStore(limits: limits) { [uptime] in uptime.value }
    }

    private func cursor(_ snapshot: Snapshot, _ name: String = "") -> Cursor {
        Cursor(of: snapshot, firstPage: "/v1/deployments?name=\(name)", SourceScope([], now: time(0)))
    }

    private func snapshot(_ id: String, _ lists: [SourceRows] = exampleLists()) -> Snapshot {
        Snapshot(id: id, publishedAt: time(0), lists: lists)
    }

    private func number(_ number: Int) -> CursorID { CursorID(high: 0, low: UInt64(number)) }

    /// Keeps a cursor of what is published.
    private func keep(_ cursor: Cursor, as number: Int, on cursors: CursorStore) {
        cursors.keep(cursor, as: self.number(number), published: cursor.snapshot)
    }

    /// What the rows of a snapshot take, and a cursor by itself.
    private func bytes(_ snapshots: Int, cursors: Int) -> Int {
        let rows = exampleLists().reduce(0) { $0 + $1.byteCount }
        return snapshots * rows + cursors * cursor(snapshot("s")).byteCount + 100
    }

    private func isKept(_ number: Int, on cursors: CursorStore) -> Bool {
        if case .kept = cursors.find(self.number(number)) { true } else { false }
    }

    @Test func theLongestUnusedIsForgottenBeyondTheLimit() {
        let cursors = cursors { $0.cursors = 4 }
        let snapshot = snapshot("s")
        for cursor in 0..<4 { keep(self.cursor(snapshot), as: cursor, on: cursors) }
        keep(cursor(snapshot), as: 0, on: cursors)
        keep(cursor(snapshot), as: 4, on: cursors)
        #expect(cursors.counts.cursors == 4)
        #expect((0...4).map { isKept($0, on: cursors) } == [true, false, true, true, true])
        guard case .gone(nil) = cursors.find(number(1)) else {
            Issue.record("a forgotten cursor is still known")
            return
        }
    }

    @Test func whatNobodyGoesOnWithIsForgottenFirst() {
        let cursors = cursors { $0.cursors = 3 }
        let snapshot = snapshot("s")
        keep(cursor(snapshot), as: 0, on: cursors)
        #expect(isKept(0, on: cursors))
        for poll in 1...500 { keep(cursor(snapshot), as: poll, on: cursors) }
        #expect(cursors.counts.cursors == 3)
        #expect([0, 1, 498, 499, 500].map { isKept($0, on: cursors) } == [true, false, false, true, true])
    }

    @Test func theNewestIsKeptHoweverFullTheShelfIs() {
        let cursors = cursors { $0.cursors = 1 }
        for cursor in 0..<3 {
            keep(self.cursor(snapshot("s")), as: cursor, on: cursors)
            #expect(isKept(cursor, on: cursors))
        }
        #expect(cursors.counts.cursors == 1)
    }

    @Test func rowsBeyondTheBoundAreFreedAndTheirWalksAreGone() {
        // Each has rows of its own, and those of the newest are not counted.
        let cursors = cursors { $0.bytes = bytes(2, cursors: 4) }
        for number in 0..<3 { keep(cursor(snapshot("s\(number)"), "\(number)"), as: number, on: cursors) }
        #expect(cursors.counts == (3, 3))
        #expect(isKept(0, on: cursors))
        keep(cursor(snapshot("s3")), as: 3, on: cursors)
        #expect(cursors.counts == (3, 3))
        guard case .gone("/v1/deployments?name=1") = cursors.find(number(1)) else {
            Issue.record("the cursor that nobody went on with is not the one that is gone")
            return
        }
        // The first page again is the cursor again.
        keep(cursor(snapshot("s1")), as: 1, on: cursors)
        #expect(isKept(1, on: cursors))
    }

    @Test func rowsThatSnapshotsShareAreCountedOnce() {
        let cursors = cursors { $0.bytes = bytes(0, cursors: 20) }
        let lists = exampleLists()
        for number in 0..<20 { keep(cursor(snapshot("s\(number)", lists)), as: number, on: cursors) }
        #expect(cursors.counts == (20, 20))
    }

    @Test func theNewestRowsAreKeptWhateverTheyTake() {
        let cursors = cursors { $0.bytes = 0 }
        keep(cursor(snapshot("s0")), as: 0, on: cursors)
        keep(cursor(snapshot("s1")), as: 1, on: cursors)
        #expect(cursors.counts == (1, 1))
        #expect(isKept(1, on: cursors))
    }

    @Test func aLateFirstPageOfOldRowsEndsNoWalkOfThePublishedOnes() {
        let cursors = cursors { $0.bytes = bytes(0, cursors: 4) }
        let (old, published) = (snapshot("s1"), snapshot("s2"))
        for number in [0, 1] {
            cursors.keep(cursor(published), as: self.number(number), published: published)
        }
        #expect(isKept(1, on: cursors))
        cursors.keep(cursor(old), as: number(2), published: published)
        #expect(cursors.counts == (3, 2))
        // The next one makes those of the old rows go.
        cursors.keep(cursor(published), as: number(3), published: published)
        #expect((0...3).map { isKept($0, on: cursors) } == [true, true, false, true])
    }

    @Test func whatAWalkTakesComesBackWhenItIsGone() {
        let cursors = cursors { $0.bytes = bytes(2, cursors: 3) }
        for round in 0..<50 {
            uptime.replace(with: .seconds(round * 301))
            keep(cursor(snapshot("s\(round)")), as: round, on: cursors)
            #expect(isKept(round, on: cursors))
        }
        let old = snapshot("old")
        for number in [100, 101] {
            cursors.keep(cursor(old), as: self.number(number), published: snapshot("p"))
        }
        #expect([100, 101].map { isKept($0, on: cursors) } == [true, true])
    }

    @Test func aWalkKeepsItsRowsHoweverOftenItsFirstPageIsAsked() {
        let cursors = cursors { _ in }
        let first = snapshot("s")
        keep(cursor(first), as: 0, on: cursors)
        keep(cursor(snapshot("s", [])), as: 0, on: cursors)
        guard case .kept(let cursor) = cursors.find(number(0)) else {
            Issue.record("gone")
            return
        }
        #expect(cursor.snapshot.defaultOrder == first.defaultOrder)
    }

    @Test func theTimeCountsFromEachWalksLastUse() {
        let cursors = cursors { $0.lifetime = .seconds(300) }
        for number in 0..<3 { keep(cursor(snapshot("s")), as: number, on: cursors) }
        uptime.replace(with: .seconds(200))
        #expect(isKept(0, on: cursors))
        uptime.replace(with: .seconds(300))
        #expect(isKept(1, on: cursors))
        uptime.replace(with: .seconds(301))
        cursors.sweep()
        #expect(cursors.counts.cursors == 2)
        #expect(!isKept(2, on: cursors))
        uptime.replace(with: .seconds(501))
        #expect(!isKept(0, on: cursors))
        #expect(isKept(1, on: cursors))
    }
}
