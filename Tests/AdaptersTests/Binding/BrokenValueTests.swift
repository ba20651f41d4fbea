import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// What is broken in one value of an answer is that value's fault, not the list's.
@Suite(.timeLimit(.minutes(10))) struct BrokenValueTests {
    private static let file = NimbusFile(
        identity: "{key: [$.id], version: $.v}",
        fields: """
            {name: $.name, status_message: $.why, replicas.ready: $.ready, capacity.ready: $.cap, created_at: $.made,
             model: "$.model ?? $.name", kind: "if($.ready > 0, $.kind, 'none')", task: "last($.tasks[*].name)"}
            """,
        status: """
            {word: $.state, rules: [{words: [up], when: $.ready == 0, is: [DEGRADED, none]},
              {words: [up], is: [READY, full]}, {words: [down], is: [FAILED, none]}]}
            """,
        more: """
            history: {each: $.past, at: $.at, status: $.state, message: $.text}
            native: [$.id, $.name, $.big, $.open.*]
            """)

    /// Bytes in which `·` stands for the byte FF, which is in no UTF-8 text.
    private static func bytes(_ text: String) -> [UInt8] {
        text.unicodeScalars.flatMap { $0 == "·" ? [0xFF] : Array(String($0).utf8) }
    }

    private func fetch(_ body: [UInt8], _ file: NimbusFile = Self.file) async throws -> SourceFetch {
        await (try file.source(ScriptedTransport { _ in UpstreamResponse(status: 200, body: body) })).fetch()
    }

    private func fetch(_ items: String) async throws -> SourceFetch {
        try await fetch(Self.bytes(#"{"items": [\#(items)]}"#))
    }

    private func listing(_ fetch: SourceFetch) throws -> PartitionListing<ModelDeployment> {
        try #require(fetch.partitions.first).result.get()
    }

    // MARK: Fields

    @Test(arguments: [
        (#""state": "down", "why": "caf·""#, "status_message", "caf\u{FFFD}"),
        (#""state": "down", "why": "\udead""#, "status_message", "\u{FFFD}"),
        (#""state": "down", "cap": NaN"#, "capacity.ready", "not a number that can be read"),
        (#""state": "down", "cap": 1e400"#, "capacity.ready", "not a number that can be read"),
        (
            #""state": "down", "ready": 99999999999999999999"#, "replicas.ready",
            "not a number that can be read"
        ),
        (#""name": "a", "state": "down", "name": "b""#, "name", "a member that is there twice"),
        (#""state": "down", "rea·dy": 1"#, "replicas.ready", "a name that is not whole UTF-8"),
        (#""state": "down", "past": [{"at": 0, "state": "up", "text": "x·"}]"#, "history", "x\u{FFFD}"),
    ])
    func aFaultIsDriftOfItsFieldAndTheRowStays(_ members: String, _ field: String, _ value: String)
        async throws
    {
        let fetch = try await fetch(
            #"{"id": "a", "v": 1, \#(members)}, {"id": "b", "state": "up", "ready": 1}"#)
        let listing = try listing(fetch)
        #expect(listing.isComplete && listing.rows.map(\.uid) == ["test/a", "test/b"])
        #expect(listing.rows[0].status == .failed && listing.rows[1].status == .ready)
        #expect(fetch.drift.contains(Drift(field: field, value: value, rows: 1)), "\(fetch.drift)")
    }

    @Test func aRepairedTextIsShownAndAnUnreadableNumberIsNull() async throws {
        let fetch = try await fetch(
            #"""
            {"id": "a", "name": "caf· x", "why": "ok", "state": "up", "cap": Infinity, "ready": 3, "big": 1e999,
             "open": {"t": "·", "u": 1, "u": 2}}
            """#)
        let row = try #require(listing(fetch).rows.first)
        #expect(row.name == "caf\u{FFFD} x" && row.capacity.ready == nil && row.replicas.ready == 3)
        #expect(row.statusMessage == "ok")
        #expect(
            row.native.map { String(decoding: $0, as: UTF8.self) }
                == "{\"id\":\"a\",\"name\":\"caf\u{FFFD} x\",\"big\":null,\"open\":{\"t\":\"\u{FFFD}\",\"u\":2}}"
        )
        #expect(fetch.drift.map(\.field) == ["name", "capacity.ready", "model"])
    }

    @Test func onlyTheValuesThatDecideCount() async throws {
        let fetch = try await fetch(
            #"""
            {"id": "a", "name": "·", "model": "m", "ready": 0, "kind": "·", "state": "up",
             "tasks": [{"name": "·"}, {"name": "t", "more": NaN}]}
            """#)
        let row = try #require(listing(fetch).rows.first)
        #expect(row.model == "m" && row.kind == "none" && row.task == "t")
        #expect(fetch.drift.map(\.field) == ["name"])
    }

    @Test func aConditionOnABrokenValueIsDriftOfTheStatus() async throws {
        let fetch = try await fetch(#"{"id": "a", "state": "up", "ready": NaN}"#)
        #expect(try listing(fetch).rows.map(\.status) == [.ready])
        #expect(fetch.drift.map(\.field) == ["replicas.ready", "kind", "status"])
        // A broken word is counted once.
        let word = try await self.fetch(#"{"id": "a", "state": "u·"}"#)
        #expect(try listing(word).rows.map(\.nativeStatus) == ["u\u{FFFD}"])
        #expect(word.drift == [Drift(field: "status", value: "u\u{FFFD}", rows: 1)])
    }

    // MARK: Identities

    @Test(arguments: [
        (#""id": "a·", "v": 1"#, [], 1), (#""id": "\ud800", "v": 1"#, [], 1), (#""id": NaN, "v": 1"#, [], 1),
        (#""id": 1e400, "v": 1"#, [], 1), (#""i·": "a", "v": 1"#, [], 1),
        (#""id": "a", "v": NaN"#, ["test/a"], 1), (#""id": "a", "v": 1, "v": 2"#, ["test/a"], 1),
        (#""id": "a", "i·": 1, "v": 1"#, ["test/a"], 0), (#""id": "a", "i·": 1"#, ["test/a"], 1),
        (#""id": "x", "v": 1, "id": "a""#, ["test/a"], 1),
    ])
    func aBrokenIdentityProvesNothing(_ members: String, _ uids: [String], _ unidentified: Int) async throws {
        let fetch = try await fetch(#"{"state": "up", \#(members)}"#)
        let listing = try listing(fetch)
        #expect(listing.rows.map(\.uid) == uids)
        #expect(listing.unidentified == unidentified && listing.isComplete == (unidentified == 0))
        #expect(unidentified == 0 || !fetch.drift.isEmpty)
    }

    @Test func anIntegerOf64BitsIsAnIdentityDigitByDigit() async throws {
        let fetch = try await fetch(
            #"{"id": 18446744073709551615, "big": 9223372036854775808}, {"id": 9007199254740993}, {"id": 7}"#)
        let rows = try listing(fetch).rows
        #expect(rows.map(\.uid) == ["test/18446744073709551615", "test/9007199254740993", "test/7"])
        #expect(
            rows[0].native.map { String(decoding: $0, as: UTF8.self) }
                == #"{"id":18446744073709551615,"big":9223372036854775808}"#)
        #expect(fetch.drift.isEmpty)
    }

    // MARK: Pages

    @Test(arguments: [
        ("{by: token, parameter: t, next: $.next}", #""next": "t·""#),
        ("{by: token, parameter: t, next: $.next}", #""ne·t": "t2""#),
        ("{by: token, parameter: t, next: $.next, total: $.total, stop: no_next}", #""total": NaN"#),
        ("{by: page, parameter: p, total: $.total, number: $.p}", #""total": 1, "p": 1e400"#),
        ("{by: page, parameter: p, total: $.total}", #""total": 2, "total": 1"#),
        ("{by: token, parameter: t, next: $.next, total: $.total, stop: no_next}", #""total": "1·""#),
        ("{by: offset, parameter: o, has_more: $.more}", #""more": true, "more": false"#),
    ])
    func aBrokenFactOfAPageProvesNothing(_ pages: String, _ member: String) async throws {
        var file = Self.file
        file.pages = pages
        let fetch = try await fetch(Self.bytes(#"{"items": [{"id": "a"}], \#(member)}"#), file)
        let listing = try listing(fetch)
        #expect(listing.rows.map(\.uid) == ["test/a"] && listing.unidentified == 1)
        #expect(fetch.drift.map(\.field) == ["uid"])
    }

    @Test(arguments: [
        (#""code": NaN, "#, false), (#""co·de": "E1", "#, false), (#""code": "ok·", "#, false),
        (#""code": "E1", "code": "ok", "#, true), (#""code": "ok", "#, true), (#""note": NaN, "#, true),
    ])
    func aBrokenCodeIsNoSuccess(_ members: String, _ isList: Bool) async throws {
        var file = Self.file
        file.more += "\nerrors: {failed_when: \"($.code ?? 'ok') != 'ok'\"}"
        let fetch = try await fetch(Self.bytes(#"{\#(members)"items": []}"#), file)
        #expect(fetch.errors.map(\.errorClass) == (isList ? [] : [.badResponse]))
    }

    @Test func aListUnderABrokenNameIsNoEmptyList() async throws {
        var file = Self.file
        file.list = "  missing: empty"
        let fetch = try await fetch(Self.bytes(#"{"item·": [{"id": "a"}]}"#), file)
        #expect(try listing(fetch).rows.isEmpty && !listing(fetch).isComplete)
    }

    @Test(arguments: [
        (#""items": null, "total": 0"#, []), (#""items": null, "total": 1"#, ["bad_response"]),
        (#""items": null"#, ["bad_response"]), (#""total": 0"#, ["bad_response"]),
        (#""items": {}, "total": 0"#, ["bad_response"]),
    ])
    func nullIsAnEmptyListBesideATotalOfZero(_ members: String, _ errors: [String]) async throws {
        var file = Self.file
        file.pages = "{by: page, parameter: p, total: $.total}"
        let fetch = try await fetch(Self.bytes("{\(members)}"), file)
        #expect(fetch.errors.map { "\($0.errorClass.rawValue)" } == errors)
        #expect(fetch.rows.isEmpty)
    }

    // MARK: Every byte

    /// A change of one byte outside of the identities leaves them as they are, or the list proves nothing.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func noChangeOfOneByteMakesAnotherIdentityInSilence(seed: UInt64) async throws {
        var dice = SeededGenerator(seed: seed)
        let body = Array(
            #"""
            {"total": 3, "items": [{"id": "a1", "name": "é", "state": "up", "ready": 1, "v": 1},
            {"v": 2, "id": "a1", "state": "down", "why": "\u00e9"}, {"id": "b", "name": null, "cap": 2.5}]}
            """#.utf8)
        var file = Self.file
        file.pages = "{by: page, parameter: p, total: $.total}"
        let identities = ["test/a1 1", "test/a1 2", "test/b"]
        // A version may be missing, so its name is a part of the identity too.
        let parts = [#""a1""#, #""b""#, #" "v": 1}"#, #"{"v": 2,"#].flatMap { part in
            let part = Array(part.utf8)
            return body.indices.filter { body[$0...].starts(with: part) }.flatMap { $0..<($0 + part.count) }
        }
        let identity = Set(parts)
        let suspects = Array(#""\{}[],:0e-NIidv "#.utf8) + [0, 0x0A, 0x80, 0xC3, 0xFF]
        for position in body.indices where !identity.contains(position) {
            var changed = body
            changed[position] = suspects.randomElement(using: &dice) ?? 0
            let fetch = try await fetch(changed, file)
            for case .success(let listing) in fetch.partitions.map(\.result) where listing.isComplete {
                let found = listing.rows.map { $0.uid + ($0.version.map { " \($0)" } ?? "") }
                #expect(found == identities, "\(String(decoding: changed, as: UTF8.self))")
            }
        }
    }
}
