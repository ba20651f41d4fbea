import Deployments
import Snapshots
import TestSupport
import Testing

/// The times at which indexes are built and dropped.
@Suite struct FieldIndexTests {
    private func listed(_ count: Int, name: String = "n") -> [ModelDeployment] {
        (0..<count).map { index in record("\(index)") { $0.name = "\(name)\(index)" } }
    }

    private func sorted(by name: String) throws -> Query {
        var query = Query()
        query.sort = [Query.SortKey(field: try field(name), descending: false)]
        return query
    }

    private func next(_ old: SourceRows?, name: String) async -> SourceRows {
        await SourceRows.updating(old, source: .example("a"), listed: listed(3, name: name))
    }

    @Test func rowsThatNobodyQueriesHaveNoIndex() async {
        let rows = await next(nil, name: "n")
        _ = snapshot([rows])
        #expect(rows.indexed.isEmpty)
        #expect(await next(rows, name: "m").indexed.isEmpty)
    }

    @Test func indexesThatReadersUseAreMadeBeforeTheNextRowsArePublished() async throws {
        let rows = await next(nil, name: "n")
        #expect(found(try sorted(by: "name"), in: snapshot([rows])) == ["0", "1", "2"])
        #expect(rows.indexed == ["name"])
        #expect(await next(rows, name: "m").indexed == ["name"])
    }

    @Test func anIndexThatNobodyReadsAnyMoreIsDropped() async throws {
        var rows = await next(nil, name: "n")
        _ = snapshot([rows]).rows(matching: try sorted(by: "name"))
        for round in 1...8 {
            rows = await next(rows, name: "round \(round) ")
            #expect(rows.indexed.contains("name"), "round \(round)")
            _ = snapshot([rows]).rows(matching: try sorted(by: "model"))
        }
        #expect(await next(rows, name: "last").indexed == ["model"])
    }

    @Test func labelsThatClientsMakeUpLeaveNothingBehind() throws {
        let rows = rows([record("x")])
        for key in 0..<20 { _ = snapshot([rows]).rows(matching: try sorted(by: "labels.k\(key)")) }
        #expect(rows.indexed.isEmpty)
    }

    @Test(arguments: [
        (same: 200_000, distinct: 9, "nine logs of 200 KB with the same beginning"),
        (same: 1_000_000, distinct: 2, "two of a megabyte that differ at the end"),
    ])
    func longStringsWithTheSameBeginningAreSorted(same: Int, distinct: Int, _: String) throws {
        let log = String(repeating: "node pool is full; ", count: same / 19)
        let lines = (0..<distinct).map { log + "\($0)" } + ["ok", log, "", log + "\0"]
        let rows = rows(
            lines.enumerated().map { index, line in record("\(index)") { $0.statusMessage = line } })
        let field = try field("status_message")
        let sorted = snapshot([rows]).rows(matching: try self.sorted(by: field.name)).page
        let expected = lines.enumerated()
            .sorted { $0.element.utf8.lexicographicallyPrecedes($1.element.utf8) }.map(\.offset)
        #expect(sorted.map { rows.deployments[Int($0.row)].uid } == expected.map { "a/\($0)" })
    }

    @Test func aSourceThatAFilterExcludesIsNotRead() throws {
        let rows = rows([record("x")])
        var query = Query()
        query.condition = .filters([
            Filter(field: try field("name"), anyOf: [.exists(true)]),
            Filter(field: try field("source"), anyOf: [.eq(.text("b"))]),
        ])
        #expect(snapshot([rows]).rows(matching: query).total == 0)
        #expect(rows.indexed.isEmpty)
    }

    @Test func aSourceThatAConditionExcludesIsNotRead() throws {
        let rows = rows([record("x")])
        var query = Query()
        query.condition = .all([
            .field(Filter(field: try field("name"), anyOf: [.exists(true)])),
            .field(Filter(field: try field("source"), anyOf: [.eq(.text("b"))])),
        ])
        #expect(snapshot([rows]).rows(matching: query).total == 0)
        #expect(rows.indexed.isEmpty)
    }

    @Test func concurrentReadersFindTheSame() async throws {
        let snapshot = snapshot([rows(listed(500))])
        let query = try sorted(by: "name")
        let expected = snapshot.rowsByDefinition(matching: query)
        let all = await withTaskGroup(of: [RowID].self) { group in
            for _ in 0..<8 { group.addTask { snapshot.allRows(matching: query) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all == [[RowID]](repeating: expected, count: 8))
    }

    @Test(arguments: [
        ("bc", ["3"]), ("b", ["1", "3"]), ("bcd", []), ("cdx", []), ("%bc", ["3"]), ("a%d", []),
    ])
    func aMatchAcrossTwoStringsIsNotFound(_ pattern: String, _ expected: [String]) throws {
        let rows = rows(
            [("1", "ab"), ("2", "cd"), ("3", "xbc")].map { key, name in record(key) { $0.name = name } })
        var query = try sorted(by: "uid")
        query.condition = .filters([Filter(field: try field("name"), anyOf: [.like(LikePattern(pattern))])])
        #expect(found(query, in: snapshot([rows])) == expected)
    }

    @Test func aRowWhoseKeyCameBeforeLeavesNoValue() throws {
        var query = Query()
        query.condition = .filters([
            Filter(field: try field("name"), anyOf: [.like(LikePattern("second")), .exists(false)])
        ])
        let rows = rows([
            record("x") { $0.name = "first" }, record("x") { $0.name = "second" }, record("y"),
        ])
        #expect(found(query, in: snapshot([rows])) == ["y"])
    }
}
