import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Whatever a record holds: no crash, no lost row, and no value of the wrong kind.
@Suite(.timeLimit(.minutes(10))) struct RandomRecordTests {
    private static let names = [
        "id", "name", "state", "ready", "made", "cap", "past", "at", "deep", "gpu", "who", "v",
    ]
    private static let scalars = [
        "null", "true", "false", "0", "-1", "3", "2.5", "1e308", "-0.0", "18446744073709551615",
        "9007199254740993", "\"\"", "\"up\"", "\"DOWN\"", "\"fog\"", "\"7\"", "\"1e5\"", "\"0x10\"",
        "\"nan\"",
        "\"2026-01-31T08:30:15Z\"", "\"2026-01-31T08:30:15\"", "\"2026-02-30T00:00:00Z\"", "\"\\u0000\\n\"",
        "\"é\u{1F600}\"", "\"a/b%2F\"",
    ]

    private static func value(_ depth: Int, _ dice: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<10, using: &dice) {
        case 0 where depth > 0:
            let elements = (0..<Int.random(in: 0..<4, using: &dice)).map { _ in value(depth - 1, &dice) }
            return "[" + elements.joined(separator: ",") + "]"
        case 1 where depth > 0, 2 where depth > 0: return record(depth - 1, &dice)
        default: return scalars.randomElement(using: &dice) ?? "null"
        }
    }

    private static func record(
        _ depth: Int, _ dice: inout SeededGenerator, without excluded: String = ""
    ) -> String {
        let members = names.filter { $0 != excluded && Bool.random(using: &dice) }
            .map { "\"\($0)\": \(value(depth, &dice))" }
        return "{" + members.joined(separator: ",") + "}"
    }

    private static let file = NimbusFile(
        fields: """
            {name: $.name, model: upper($.deep.name), status_since: "last($.past[*].at)", created_at: $.made,
              updated_at: unix_seconds($.cap), replicas.ready: $.ready, replicas.max: $.deep.ready ?? $.cap,
              capacity.ready: $.cap * 2, capacity.base: "sum($.past[*].cap)", accelerator.type: $.gpu,
              accelerator.per_replica: $.v, owner: $.who, kind: "segment($.name, '/', 1)"}
            """,
        status: """
            {word: $.state, rules: [{words: [up], when: $.ready > 0, is: [READY, full]},
              {words: [up, down], is: [STOPPED, none]}, {when: exists($.deep.state), is: [DEGRADED, partial]}]}
            """,
        more: """
            times: {zoneless: Z}
            history: {each: $.past, at: $.at, status: $.state, message: $.name}
            native: [$.id, $.name, $.deep.*, $.gpu]
            accelerators: {up: {family: U, memory_gb: 8}}
            """)

    @Test(arguments: 0..<40) func noRecordIsLostAndNoFieldIsOfTheWrongKind(_ turn: Int) async throws {
        let seed = UInt64(turn) &* 7919 &+ 4711
        var dice = SeededGenerator(seed: seed)
        // Seven of eight are objects with an `id` of their own; the others are values of any kind.
        let records = (0..<50).map { index -> String in
            let record = Self.record(3, &dice, without: "id")
            guard Int.random(in: 0..<8, using: &dice) > 0 else { return Self.value(2, &dice) }
            return record == "{}" ? "{\"id\": \"k\(index)\"}" : "{\"id\": \"k\(index)\"," + record.dropFirst()
        }
        let body = "{\"items\": [" + records.joined(separator: ",") + "]}"
        let source = try Self.file.source(ScriptedTransport { _ in .text(body) }) { $0.exposesOwner = true }
        let fetch = await source.fetch()
        let listing = try #require(fetch.partitions.first, "seed \(seed)").result.get()
        #expect(listing.rows.count + listing.unidentified + listing.repeated == 50, "seed \(seed)")
        for row in listing.rows {
            for field in DeploymentField.all {
                #expect(field.isOfItsKind(row), "seed \(seed): \(field.name)")
            }
            for json in [row.history, row.native].compactMap(\.self) {
                #expect(throws: Never.self, "seed \(seed)") { try JSONDocument(parsing: json) }
            }
        }
        #expect(fetch.drift.allSatisfy { $0.value.unicodeScalars.count <= 64 && $0.rows > 0 }, "seed \(seed)")
        #expect(Set(fetch.drift.map(\.field)).count == fetch.drift.count, "seed \(seed)")
        // Every row says itself what could not be read on it.
        let fields = RecordSchema.deployments.paths
        let unread = Set(listing.rows.flatMap(\.unread))
        let drifted = fetch.drift.filter { fields.contains($0.field) && $0.field != "uid" }
        #expect(unread.isSubset(of: drifted.map(\.field)), "seed \(seed)")
        for drift in drifted where listing.repeated == 0 {
            let rows = listing.rows.count { $0.unread.contains(drift.field) }
            #expect(rows == drift.rows, "seed \(seed): \(drift.field)")
        }
    }
}

extension RecordField where Row == ModelDeployment {
    fileprivate func isOfItsKind(_ deployment: ModelDeployment) -> Bool {
        switch (get(deployment), self.kind) {
        case (.null, _): true
        case (.text(let text), .text): !text.isEmpty
        case (.text(let text), .term(let terms)): terms.contains(text)
        case (.number(let number), .number(let isInteger)):
            number.isFinite && (!isInteger || number.rounded() == number)
        case (.time(let time), .time): Timestamp(time.description) == time
        case (.bool, .bool): true
        default: false
        }
    }
}
