import Deployments
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct SourceRowsTests {
    private func version(_ key: String, _ version: Int?, created: Int64? = nil) -> ModelDeployment {
        record(key) { record in
            record.version = version
            record.createdAt = created.map(time)
            record.versionCreatedAt = created.map(time)
        }
    }

    @Test func theHighestVersionIsTheLatestAndTheEarliestGivesCreation() {
        let listed = [
            version("x", 2, created: 20), version("y", nil, created: 5), version("x", 10, created: 30),
            version("x", 1, created: 10), version("x", nil, created: nil),
        ]
        let rows = rows(listed)
        let settled = rows.deployments
        #expect(settled.map(\.uid) == ["a/x", "a/x", "a/x", "a/x", "a/y"])
        #expect(settled.map(\.version) == [nil, 1, 2, 10, nil])
        #expect(settled.map(\.latest) == [false, false, false, true, true])
        #expect(settled.map(\.createdAt) == [time(10), time(10), time(10), time(10), time(5)])
        #expect(settled.map(\.versionCreatedAt) == [nil, time(10), time(20), time(30), time(5)])
        #expect(rows.currentCount == 2)
        #expect(rows.currentRow(ofUID: "a/x") == 3)
        #expect(rows.currentRow(ofUID: "a/y") == 4)
        #expect(rows.currentRow(ofUID: "a/z") == nil)
    }

    @Test(
        arguments: [
            ("a/x", 1, 1), ("a/x", 2, 2), ("a/x", 10, 3), ("a/y", -3, 4), ("a/x", 0, nil), ("a/x", 3, nil),
            ("a/x", 11, nil), ("a/y", 0, nil), ("a/w", 1, nil), ("a/xx", 1, nil), ("b", 1, nil),
        ] as [(String, Int, Int?)])
    func aVersionIsFoundByItsNumber(_ uid: String, _ number: Int, _ row: Int?) {
        let listed = [
            version("y", -3), version("x", 10), version("x", 1), version("x", nil), version("x", 2),
        ]
        #expect(rows(listed).row(ofUID: uid, version: number) == row)
        #expect(rows([]).row(ofUID: uid, version: number) == nil)
        // The first list that has it, whichever that is.
        let found = snapshot([rows([]), rows(listed)]).row(ofUID: uid, version: number)
        #expect(found == row.map { RowID(list: 1, row: Int32($0)) })
    }

    @Test func creationHasTheMarkOfTheVersionThatItComesFrom() {
        var assumed = version("x", 1, created: 10)
        assumed.inferred = ["created_at", "updated_at"]
        let stated = version("x", 2, created: 20)
        var sure = version("y", 1, created: 10)
        sure.inferred = ["updated_at"]
        var unsure = version("y", 2, created: 20)
        unsure.inferred = ["status_since", "created_at", "updated_at"]
        let settled = rows([assumed, stated, sure, unsure]).deployments.map(\.inferred)
        #expect(
            settled == [
                ["created_at", "updated_at"], ["created_at"], ["updated_at"], ["status_since", "updated_at"],
            ])
    }

    @Test func ofTwoRowsWithTheSameKeyTheFirstStays() {
        var again = version("x", 1)
        again.name = "second"
        var first = version("x", 1)
        first.name = "first"
        let rows = rows([first, version("y", 1), again])
        #expect(rows.deployments.map(\.name) == ["first", nil])
    }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func rowsAreInTheOrderOfTheirKeysEachOnce(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let starts = ["a/team/", "a/team/llama-3.1-8b-instruct", "a/", "", "a/team/l\u{0}", "a/team/l"]
        // Seed 0 has more than two thousand rows, which are encoded in more than one piece.
        let count = seed == 0 ? 2100 : Int.random(in: 0..<300, using: &random)
        let listed = (0..<count).map { index -> ModelDeployment in
            let end = String(Int.random(in: 0..<(count / 4 + 1), using: &random), radix: 2)
            let uid = (starts.randomElement(using: &random) ?? "") + (index % 7 == 0 ? "" : end)
            var record = SourceDescription.example("a").record(uid: uid)
            record.version = [nil, 1, 2, -1, 10].randomElement(using: &random) ?? nil
            record.name = "\(index)"
            return record
        }
        var seen = Set<VersionKey>()
        let expected = listed.filter { seen.insert(VersionKey($0)).inserted }.sorted {
            $0.uid == $1.uid
                ? ($0.version ?? .min) < ($1.version ?? .min)
                : $0.uid.utf8.lexicographicallyPrecedes($1.uid.utf8)
        }
        let rows = await SourceRows.updating(nil, source: .example("a"), listed: listed)
        let records = rows.deployments
        try #require(records.map(\.name) == expected.map(\.name), "seed \(seed)")
        try #require(rows.hasSameRows(as: SourceRows(source: .example("a"), listed: listed)))
        let last = expected.indices.filter {
            $0 + 1 == expected.count || expected[$0].uid != expected[$0 + 1].uid
        }
        try #require(records.indices.filter { records[$0].latest } == last, "seed \(seed)")
        try #require(rows.currentCount == last.count)
        for row in rows.rows.indices where row % 7 == 0 {
            var json = JSONWriter()
            rows.write(row: row, including: [], to: &json)
            try #require(json.bytes == records[row].encoded(), "seed \(seed)")
        }
        for row in last {
            try #require(rows.currentRow(ofUID: expected[row].uid) == row, "seed \(seed)")
        }
        try #require(rows.currentRow(ofUID: "a/team/llama?") == nil)
    }

    @Test func rowsThatALaterListLacksAreCounted() {
        let old = rows([version("x", 1), version("x", 2), version("y", nil), version("z", 1)])
        let new = rows([version("a", 1), version("x", 2), version("x", 3), version("z", 1)])
        #expect(old.count(missingFrom: new) == 2)
        #expect(new.count(missingFrom: old) == 2)
        #expect(old.count(missingFrom: old) == 0)
        #expect(old.count(missingFrom: nil) == 4)
    }

    @Test func aSingleVersionIsTheLatestWhateverItSaid() {
        var only = version("x", 3)
        only.latest = false
        #expect(rows([only]).deployments.map(\.latest) == [true])
    }

    @Test func aRowIsWrittenWithItsIncludedMembers() {
        let listed = [
            record("x").replacing(history: Array(#"[{"at":null}]"#.utf8), native: Array(#"{"n":1}"#.utf8)),
            record("y"),
        ]
        let rows = SourceRows(source: .example("a"), listed: listed)
        func written(_ row: Int, _ include: Set<Include>) -> String {
            var json = JSONWriter()
            rows.write(row: row, including: include, to: &json)
            return String(text(json.bytes).suffix(150))
        }
        func end(_ row: Int) -> String {
            let revision = ModelDeployment.forms.revision(of: rows.deployments[row])
            return #""unread":[],"stated_by_operator":[],"lookups":[],"revision":"\#(revision)""#
        }
        #expect(written(0, []).hasSuffix(end(0) + "}"))
        #expect(
            written(0, [.history, .native]).hasSuffix(
                end(0) + #","history":[{"at":null}],"native":{"n":1}}"#))
        #expect(written(1, [.history, .native]).hasSuffix(end(1) + #","history":[],"native":null}"#))
        #expect(written(1, [.native]).hasSuffix(end(1) + #","native":null}"#))
    }

    @Test func rowsAreTheSameOnlyIfRecordHistoryAndNativeAre() {
        let plain = [record("x")]
        let rows = SourceRows(source: .example("a"), listed: plain)
        #expect(rows.hasSameRows(as: SourceRows(source: .example("a"), listed: plain)))
        let others: [ModelDeployment] = [
            record("x") { $0.name = "n" },
            record("x").replacing(history: Array("[]".utf8)),
            record("x").replacing(history: nil, native: Array("{}".utf8)),
        ]
        for other in others {
            #expect(!rows.hasSameRows(as: SourceRows(source: .example("a"), listed: [other])))
        }
        #expect(!rows.hasSameRows(as: SourceRows(source: .example("b"), listed: plain)))
    }

    @Test func aSnapshotFindsTheLatestVersionInAnyList() throws {
        let other = SourceDescription.example("b")
        let snapshot = snapshot([
            rows([version("x", 1), version("x", 2)]), rows([record("z", of: other)], of: other),
        ])
        let x = try #require(snapshot.row(ofUID: "a/x"))
        #expect([x.list, x.row] == [0, 1])
        let z = try #require(snapshot.row(ofUID: "b/z"))
        #expect([z.list, z.row] == [1, 0])
        #expect(snapshot.row(ofUID: "b/x") == nil)
    }
}
