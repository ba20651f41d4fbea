import Adapters
import Deployments
import TestSupport
import Testing

/// The fields that a row names because they could not be read.
@Suite(.timeLimit(.minutes(10))) struct UnreadTests {
    private static let file = NimbusFile(
        identity: "{key: [$.id], version: $.v}",
        fields: "{replicas.ready: $.ready, created_at: $.made, task: $.task, owner: $.who}")

    private func fetch(_ record: String, exposesOwner: Bool = false) async throws -> SourceFetch {
        let transport = ScriptedTransport { _ in .text(#"{"items": [{"id": "a"\#(record)}]}"#) }
        return try await Self.file.source(transport) { $0.exposesOwner = exposesOwner }.fetch()
    }

    @Test(arguments: [
        ("", []), (#", "state": "up", "ready": 2, "made": null, "task": """#, []),
        // A status that no rule names, and one that is no text.
        (#", "state": "fog""#, ["status"]), (#", "state": ["up"]"#, ["status"]),
        (#", "ready": "odd""#, ["replicas.ready"]), (#", "made": "yesterday""#, ["created_at"]),
        (#", "task": {"x": 1}"#, ["task"]), (#", "v": "one""#, ["version"]),
        // In the order of the record's fields.
        (
            #", "v": "one", "ready": "odd", "made": "yesterday", "state": "fog", "task": []"#,
            ["task", "status", "created_at", "version", "replicas.ready"]
        ),
    ])
    func aRowNamesTheFieldsThatCouldNotBeRead(_ record: String, _ unread: [String]) async throws {
        let fetch = try await fetch(record)
        #expect(fetch.rows.map(\.unread) == [unread])
        #expect(Set(fetch.drift.map(\.field)) == Set(unread))
    }

    @Test func aRowKeepsWhatCouldBeRead() async throws {
        let row = try #require(try await fetch(#", "state": "fog", "ready": 2"#).rows.first)
        #expect(row.status == .unknown && row.nativeStatus == "fog" && row.replicas.ready == 2)
    }

    @Test(arguments: [true, false])
    func theOwnerIsNamedOnlyWhereItIsShown(_ exposesOwner: Bool) async throws {
        let fetch = try await fetch(#", "who": {"mail": "x"}"#, exposesOwner: exposesOwner)
        #expect(fetch.rows.map(\.unread) == [exposesOwner ? ["owner"] : []])
    }

    @Test func historyIsNoFieldAndIsNotNamed() async throws {
        var file = Self.file
        file.more = "history: {each: $.past, at: $.at, status: $.state}"
        let transport = ScriptedTransport { _ in .text(#"{"items": [{"id": "a", "past": 7}]}"#) }
        let fetch = try await file.source(transport).fetch()
        #expect(fetch.drift.map(\.field) == ["history"])
        #expect(fetch.rows.map(\.unread) == [[]])
    }
}
