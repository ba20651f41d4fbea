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
        Cursor(
            of: snapshot, firstPage: "/v1/deployments?name=\(name)", startedAt: time(0),
            SourceScope([], now: time(0)))
    }

    private func snapshot(_ id: String, _ lists: [SourceRows] = exampleLists()) -> Snapshot {
        Snapshot(id: id, publishedAt: time(0), lists: lists)
    }

    private func number(_ number: Int) -> CursorID { CursorID(high: 0, low: UInt64(number)) }

    /// Stores a cursor of what is published.
    private func store(_ cursor: Cursor, as number: Int, on cursors: CursorStore) {
        cursors.store(cursor, as: self.number(number), published: [cursor.snapshot])
    }

    /// The bytes of the rows of some snapshots, and of some cursors by themselves.
    private func bytes(_ snapshots: Int, cursors: Int) -> Int {
        let rows = exampleLists().reduce(0) { $0 + $1.byteCount }
        return snapshots * rows + cursors * cursor(snapshot("s")).byteCount + 100
    }

    private func isFound(_ number: Int, on cursors: CursorStore) -> Bool {
        if case .found = cursors.find(self.number(number)) { true } else { false }
    }

    @Test func theLeastRecentlyUsedIsEvictedBeyondTheLimit() {
        let cursors = cursors { $0.cursors = 4 }
        let snapshot = snapshot("s")
        for cursor in 0..<4 { store(self.cursor(snapshot), as: cursor, on: cursors) }
        store(cursor(snapshot), as: 0, on: cursors)
        store(cursor(snapshot), as: 4, on: cursors)
        #expect((0...4).map { isFound($0, on: cursors) } == [true, false, true, true, true])
        guard case .ended(nil) = cursors.find(number(1)) else {
            Issue.record("an evicted cursor is still known")
            return
        }
    }

    @Test func whatNobodyGoesOnWithIsEvictedFirst() {
        let cursors = cursors { $0.cursors = 3 }
        let snapshot = snapshot("s")
        store(cursor(snapshot), as: 0, on: cursors)
        #expect(isFound(0, on: cursors))
        for poll in 1...500 { store(cursor(snapshot), as: poll, on: cursors) }
        #expect((0...500).filter { isFound($0, on: cursors) } == [0, 499, 500])
    }

    @Test func theNewestIsStoredHoweverFullTheStoreIs() {
        let cursors = cursors { $0.cursors = 1 }
        for cursor in 0..<3 {
            store(self.cursor(snapshot("s")), as: cursor, on: cursors)
            #expect(isFound(cursor, on: cursors))
        }
        #expect(!isFound(0, on: cursors) && !isFound(1, on: cursors))
    }

    @Test func rowsBeyondTheLimitAreFreedAndTheirCursorsEnd() {
        // Each has rows of its own, and those of the newest are not counted.
        let cursors = cursors { $0.bytes = bytes(2, cursors: 4) }
        var rows: [HeldRows] = []
        for number in 0..<4 {
            if number == 3 { #expect(isFound(0, on: cursors)) }
            let lists = exampleLists()
            rows.append(HeldRows(lists[0]))
            store(cursor(snapshot("s\(number)", lists), "\(number)"), as: number, on: cursors)
        }
        #expect(rows.map(\.areHeld) == [true, false, true, true])
        guard case .ended("/v1/deployments?name=1") = cursors.find(number(1)) else {
            Issue.record("the cursor that nobody went on with is not the one that has ended")
            return
        }
        // The first page again is the cursor again.
        store(cursor(snapshot("s1")), as: 1, on: cursors)
        #expect(isFound(1, on: cursors))
    }

    @Test func rowsThatSnapshotsShareAreCountedOnce() {
        let cursors = cursors { $0.bytes = bytes(0, cursors: 20) }
        let lists = exampleLists()
        for number in 0..<20 { store(cursor(snapshot("s\(number)", lists)), as: number, on: cursors) }
        #expect((0..<20).allSatisfy { isFound($0, on: cursors) })
    }

    @Test func theNewestRowsAreHeldWhateverTheyTake() {
        let cursors = cursors { $0.bytes = 0 }
        store(cursor(snapshot("s0")), as: 0, on: cursors)
        store(cursor(snapshot("s1")), as: 1, on: cursors)
        #expect(isFound(1, on: cursors) && !isFound(0, on: cursors))
    }

    @Test func aLateFirstPageOfOldRowsEndsNoCursorOfThePublishedOnes() {
        let (old, published) = (snapshot("s1"), snapshot("s2"))
        func filled() -> CursorStore {
            let cursors = cursors { $0.bytes = bytes(0, cursors: 4) }
            for number in [0, 1] {
                cursors.store(cursor(published), as: self.number(number), published: [published])
            }
            #expect(isFound(1, on: cursors))
            cursors.store(cursor(old), as: number(2), published: [published])
            return cursors
        }
        let late = filled()
        #expect((0...2).map { isFound($0, on: late) } == [true, true, true])
        // The next one ends those of the old rows.
        let next = filled()
        next.store(cursor(published), as: number(3), published: [published])
        #expect((0...3).map { isFound($0, on: next) } == [true, true, false, true])
    }

    @Test func theMemoryOfACursorComesBackWhenItEnds() {
        let cursors = cursors { $0.bytes = bytes(2, cursors: 3) }
        for round in 0..<50 {
            uptime.replace(with: .seconds(round * 301))
            store(cursor(snapshot("s\(round)")), as: round, on: cursors)
            #expect(isFound(round, on: cursors))
        }
        let old = snapshot("old")
        for number in [100, 101] {
            cursors.store(cursor(old), as: self.number(number), published: [snapshot("p")])
        }
        #expect([100, 101].map { isFound($0, on: cursors) } == [true, true])
    }

    @Test func aCursorHasItsRowsHoweverOftenItsFirstPageIsRequested() {
        let cursors = cursors { _ in }
        let first = snapshot("s")
        store(cursor(first), as: 0, on: cursors)
        store(cursor(snapshot("s", [])), as: 0, on: cursors)
        guard case .found(let cursor) = cursors.find(number(0)) else {
            Issue.record("the cursor has ended")
            return
        }
        #expect(cursor.snapshot.defaultOrder == first.defaultOrder)
    }

    @Test func theTimeCountsFromEachCursorsLastUse() {
        let cursors = cursors { $0.lifetime = .seconds(300) }
        var rows: [HeldRows] = []
        for number in 0..<3 {
            let lists = exampleLists()
            rows.append(HeldRows(lists[0]))
            store(cursor(snapshot("s", lists)), as: number, on: cursors)
        }
        uptime.replace(with: .seconds(200))
        #expect(isFound(0, on: cursors))
        uptime.replace(with: .seconds(300))
        #expect(isFound(1, on: cursors))
        uptime.replace(with: .seconds(301))
        cursors.sweep()
        #expect(rows.map(\.areHeld) == [true, true, false])
        #expect(!isFound(2, on: cursors))
        uptime.replace(with: .seconds(501))
        #expect(!isFound(0, on: cursors))
        #expect(isFound(1, on: cursors))
    }
}
