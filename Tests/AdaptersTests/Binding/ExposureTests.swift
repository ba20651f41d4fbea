import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// Stored rows, as a later adapter file or configuration may show them.
@Suite(.timeLimit(.minutes(10))) struct ExposureTests {
    private static let file: NimbusFile = {
        var file = NimbusFile()
        file.fields = """
            {name: $.name, created_at: $.made, owner: $.who, accelerator.type: $.gpu, accelerator.per_replica: $.each,
             replicas.ready: $.ready}
            """
        file.more = """
            accelerators: {A: {family: Alpha, memory_gb: 80}}
            history: {each: $.past, at: $.at, status: $.state, message: $.text}
            native: [$.id, $.gpu, $.config.a, $.config.b, $.tags.*]
            """
        return file
    }()

    private static let record = """
        {"items": [{"id": "x", "name": "n", "made": "2026-01-01T00:00:00Z", "who": "w", "state": "up", "gpu": "A",
        "each": 2, "ready": 3, "past": [{"at": "2026-01-01T00:00:00Z", "state": "up", "text": "secret"}],
        "config": {"a": 1, "b": [2]}, "tags": {"t": true, "u": null}}]}
        """

    private func source(_ file: NimbusFile = file, exposesOwner: Bool = true) throws -> AdapterSource {
        try file.source(ScriptedTransport { _ in .text(Self.record) }) { $0.exposesOwner = exposesOwner }
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func rowsOfTheSameFileStayAsTheyAre() async throws {
        let rows = try await source().fetch().rows
        #expect(rows.count == 1 && rows[0].accelerator.family == "Alpha" && rows[0].accelerator.total == 6)
        #expect(try source().redacted(rows) == nil)
        #expect(try source().exposureFingerprint == source().exposureFingerprint)
        #expect(try source().exposureFingerprint != source(exposesOwner: false).exposureFingerprint)
        // A field that only the later file has is null until the next fetch.
        var later = Self.file
        later.fields = later.fields.replacing("{name:", with: "{model: $.model, name:")
        #expect(try source(later).redacted(rows) == nil)
    }

    @Test func aFieldThatIsReadNoMoreIsNull() async throws {
        var rows = try await source().fetch().rows
        rows[0].statusSince = .at(5)
        rows[0].mark("status_since", inferred: true)
        var later = Self.file
        later.fields = "{accelerator.type: $.gpu}"
        later.status = "{rules: [{when: $.ready > 0, is: [READY, full]}]}"
        let shown = try #require(try source(later).redacted(rows))
        #expect(shown[0].name == nil && shown[0].createdAt == nil && shown[0].owner == nil)
        #expect(shown[0].replicas.ready == nil && shown[0].accelerator.perReplica == nil)
        #expect(shown[0].accelerator.total == nil && shown[0].nativeStatus == nil)
        #expect(shown[0].accelerator.type == "A" && shown[0].accelerator.family == "Alpha")
        #expect(shown[0].uid == rows[0].uid && shown[0].status == .ready)
        // The gateway's own observation.
        #expect(shown[0].statusSince == .at(5) && shown[0].inferred == ["status_since"])
        #expect(try source(later).redacted(shown) == nil)
        let ownerless = try #require(try source(exposesOwner: false).redacted(rows))
        #expect(ownerless[0].owner == nil && ownerless[0].name == "n")
    }

    @Test func aFieldThatIsReadNoMoreIsNotUnreadEither() async throws {
        var rows = try await source().fetch().rows
        rows[0].name = nil
        rows[0].markUnread("name")
        rows[0].markUnread("status")
        #expect(try source().redacted(rows) == nil)
        var later = Self.file
        later.fields = later.fields.replacing("{name: $.name,", with: "{")
        let shown = try #require(try source(later).redacted(rows))
        #expect(shown[0].unread == ["status"])
    }

    @Test func membersOfHistoryAndNativeThatAreReadNoMoreAreGone() async throws {
        let rows = try await source().fetch().rows
        var later = Self.file
        later.more = """
            accelerators: {A: {family: Alpha, memory_gb: 80}}
            history: {each: $.past, at: $.at, status: $.state}
            native: [$.id, $.config.b, $.config.c, $.tags.u]
            """
        let shown = try #require(try source(later).redacted(rows))
        #expect(text(shown[0].native) == #"{"id":"x","config":{"b":null},"tags":{"u":null}}"#)
        #expect(
            text(shown[0].history)
                == #"[{"at":"2026-01-01T00:00:00.000000Z","status":"READY","native_status":"up","message":null}]"#
        )
        #expect(try source(later).redacted(shown) == nil)
        later.more = "accelerators: {A: {family: Alpha, memory_gb: 80}}"
        let least = try #require(try source(later).redacted(rows))
        #expect(least[0].native == nil && least[0].history == nil && least[0].name == "n")
    }
}
