import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Values that are written in another way than their field's, and values that cannot be.
@Suite(.timeLimit(.minutes(10))) struct FieldReadingTests {
    private static let file = NimbusFile(
        fields: """
            {native_id: $.id, name: $.name, model_version: $.version, created_at: $.made, updated_at: time($.made),
             config_version: $.config, replicas.ready: $.ready, replicas.pending: $.pending,
             replicas.desired: $.desired, capacity.ready: $.cap, accelerator.memory_gb: $.memory,
             accelerator.per_replica: $.each}
            """,
        more: "times: {zoneless: \"+08:00\"}")

    private func fetch(_ members: String) async throws -> (row: ModelDeployment, drift: [Drift]) {
        let body = #"{"items": [{"id": 7, \#(members)}]}"#
        let fetch = try await Self.file.source(ScriptedTransport { _ in .text(body) }).fetch()
        return (try #require(fetch.rows.first), fetch.drift)
    }

    @Test(arguments: [
        ("42", "42"), ("3", "3"), ("9007199254740992", "9007199254740992"),
        ("18446744073709551615", "18446744073709551615"), ("-1", "-1"), ("2.0", "2"), ("0", "0"),
    ])
    func aWholeNumberIsATextOfItsDigits(_ number: String, _ expected: String) async throws {
        let (row, drift) = try await fetch(#""name": \#(number), "version": \#(number)"#)
        #expect(row.uid == "test/7" && row.nativeID == "7")
        #expect(row.name == expected && row.modelVersion == expected && drift.isEmpty)
    }

    @Test(arguments: ["1.5", "1e300", "true", "[1]"])
    func whatIsNoTextIsDrift(_ value: String) async throws {
        let (row, drift) = try await fetch(#""name": \#(value)"#)
        #expect(row.name == nil && drift.map(\.field) == ["name"])
    }

    @Test(arguments: [
        #""0001-01-01T00:00:00Z""#, #""0001-01-01T00:00:00""#, #""0001-01-01T00:00:00+08:00""#,
        #""1970-01-01T00:00:00Z""#, #""1970-01-01T00:00:00""#, #""1970-01-01T08:00:00""#, "0", #""0""#, "0.0",
        #""0000-00-00 00:00:00""#, #""0000-00-00T00:00:00Z""#, "-62135596800", #""""#, "null",
    ])
    func aTimeThatMeansNoneIsNullWithoutDrift(_ value: String) async throws {
        let (row, drift) = try await fetch(#""made": \#(value)"#)
        #expect(row.createdAt == nil && row.updatedAt == nil && row.inferred.isEmpty && drift.isEmpty)
    }

    /// A local time that the zone has twice, or never, is no instant.
    @Test(
        arguments: [
            ("2026-07-01T12:00:00", "2026-07-01T10:00:00.000000Z"),
            ("2026-12-01T12:00:00", "2026-12-01T11:00:00.000000Z"), ("2026-10-25T02:30:00", nil),
            ("2026-03-29T02:30:00", nil),
        ] as [(String, String?)])
    func aTimeOfANamedZoneIsReadByItsRules(_ text: String, _ expected: String?) async throws {
        var file = Self.file
        file.more = "times: {zoneless: Europe/Berlin}"
        let body = #"{"items": [{"id": 7, "made": "\#(text)"}]}"#
        let fetch = try await file.source(ScriptedTransport { _ in .text(body) }).fetch()
        let row = try #require(fetch.rows.first)
        #expect(row.createdAt?.description == expected && row.updatedAt?.description == expected)
        #expect(row.inferred.contains("created_at") == (expected != nil))
        #expect(fetch.drift.map(\.field).sorted() == (expected == nil ? ["created_at", "updated_at"] : []))
    }

    @Test(arguments: [
        (#""2026-01-31T08:30:15+0800""#, "2026-01-31T00:30:15.000000Z"),
        (#""2026-01-31 08:30:15 +0000""#, "2026-01-31T08:30:15.000000Z"),
        (#""2026-01-31T08:30Z""#, "2026-01-31T08:30:00.000000Z"),
        (#""1769848215""#, "2026-01-31T08:30:15.000000Z"),
        (#""1769848215250""#, "2026-01-31T08:30:15.250000Z"),
        ("1769848215.25", "2026-01-31T08:30:15.250000Z"), ("1769848215", "2026-01-31T08:30:15.000000Z"),
    ])
    func aTimeOfOneMeaningIsReadWithoutDrift(_ value: String, _ expected: String) async throws {
        let (row, drift) = try await fetch(#""made": \#(value)"#)
        #expect(row.createdAt?.description == expected && row.updatedAt == row.createdAt)
        #expect(row.inferred.isEmpty && drift.isEmpty)
    }

    @Test(arguments: ["5", "20260131", #""20260131""#, #""12:30""#, "true", #""yesterday""#])
    func aTimeOfNoneOrSeveralMeaningsIsDrift(_ value: String) async throws {
        let (row, drift) = try await fetch(#""made": \#(value)"#)
        #expect(row.createdAt == nil && drift.map(\.field) == ["created_at", "updated_at"])
    }

    @Test func aNegativeCountIsNullAndDrift() async throws {
        let (row, drift) = try await fetch(
            #""ready": -2, "pending": "-1", "desired": -1, "cap": -0.5, "memory": -80, "each": -4, "config": -3"#
        )
        #expect(row.replicas.ready == nil && row.replicas.pending == nil && row.replicas.desired == nil)
        #expect(
            row.capacity.ready == nil && row.accelerator.memoryGB == nil && row.accelerator.perReplica == nil)
        #expect(row.accelerator.total == nil && row.accelerator.desired == nil && row.configVersion == -3)
        #expect(
            drift == [
                Drift(field: "replicas.ready", value: "-2", rows: 1),
                Drift(field: "replicas.pending", value: "-1", rows: 1),
                Drift(field: "replicas.desired", value: "-1", rows: 1),
                Drift(field: "capacity.ready", value: "-0.5", rows: 1),
                Drift(field: "accelerator.memory_gb", value: "-80", rows: 1),
                Drift(field: "accelerator.per_replica", value: "-4", rows: 1),
            ])
    }

    @Test(
        arguments: [
            (#""each": 4, "ready": 2, "desired": 3, "pending": 9"#, 8, 12),
            (#""each": 4, "ready": 0, "pending": 2"#, 0, 8), (#""each": 4, "desired": 3"#, nil, 12),
            (#""each": 4, "ready": 2"#, 8, nil), (#""each": 4, "pending": 2"#, nil, nil),
            (#""ready": 2, "desired": 3"#, nil, nil), (#""each": 0, "ready": 2, "desired": 2"#, 0, 0),
            (#""each": 9007199254740991, "ready": 9007199254740991, "pending": 1"#, nil, nil),
        ] as [(String, Int?, Int?)])
    func acceleratorsAreMultipliedByReplicas(_ members: String, _ total: Int?, _ desired: Int?) async throws {
        let (row, drift) = try await fetch(members)
        #expect(row.accelerator.total == total && row.accelerator.desired == desired && drift.isEmpty)
    }
}
