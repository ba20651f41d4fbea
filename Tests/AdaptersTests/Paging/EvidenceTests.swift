import Adapters
import Deployments
import Settings
import TestSupport
import Testing
import Upstream

/// Facts beside the records: status lines, headers, the end of the list, twin records.
@Suite(.timeLimit(.minutes(10))) struct EvidenceTests {
    struct Case: Sendable {
        var status = 200
        var headers: [(name: String, value: String)] = []
        var file = NimbusFile()
        var body = #"{"items": [{"id": "a", "state": "up"}, {"id": "b", "state": "up"}]}"#
        /// nil: the list is proven.
        var reason: String?
        var rows = ["test/a", "test/b"]
    }

    private func expect(_ example: Case) async throws {
        let transport = ScriptedTransport { _ in
            .text(example.body, status: example.status, headers: example.headers)
        }
        let fetch = try await example.file.source(transport).fetch()
        #expect(fetch.errors.map(\.message) == [])
        #expect(fetch.rows.map(\.uid) == example.rows)
        let listing = try #require(try fetch.partitions.first?.result.get())
        #expect(listing.unprovenReason == example.reason)
        #expect(listing.isComplete == (example.reason == nil))
    }

    @Test(arguments: [
        (200, nil), (203, nil), (201, "HTTP 201 does not prove a complete list; 200 and 203 do"),
        (202, "HTTP 202 does not prove a complete list; 200 and 203 do"),
        (206, "HTTP 206 does not prove a complete list; 200 and 203 do"),
    ])
    func only200And203ProveAList(_ status: Int, _ reason: String?) async throws {
        try await expect(Case(status: status, reason: reason))
    }

    @Test(arguments: [
        ("content-range", "0-1/2", nil), ("content-range", "items 0-1/2", nil),
        ("content-range", "items 0-1/*", nil), ("content-range", "bytes 0-99/250", nil),
        ("content-range", "0-1/250", "the header `content-range` states 250 records, 2 were received"),
        ("content-range", "items */57", "the header `content-range` states 57 records, 2 were received"),
        ("content-range", "0-99/*", "the header `content-range` spans 100 records, the answer has 2"),
        (
            "content-range", "0-99999999999999999999/5",
            "the header `content-range` states 5 records, 2 were received"
        ),
        ("x-total-count", "2", nil), ("x-total-count", "many", nil), ("x-total-count", "-1", nil),
        ("x-total-count", "57", "the header `x-total-count` states 57 records, 2 were received"),
        ("x-total", "1", "the header `x-total` states 1 records, 2 were received"),
        ("x-total-pages", "1", nil),
        ("x-total-pages", "3", "the header `x-total-pages` states 3 pages, 1 were fetched"),
        ("x-next-page", "", nil),
        ("x-next-page", "2", "the header `x-next-page` of the last page announces another page"),
        ("link", #"<https://api.nimbus.example/x?page=1>; rel="prev first""#, nil),
        ("link", #"<https://a.example/x,y;z>; title="a, \"rel=next\""; rel=last"#, nil),
        (
            "link", #"<https://a.example/1>; rel="first", <https://a.example/2>; REL="last Next""#,
            "the header `link` of the last page announces another page"
        ),
        ("link", "<unclosed; rel=next", nil), ("x-ratelimit-remaining", "7", nil),
    ])
    func aHeaderThatContradictsTheListMakesItUnproven(
        _ name: String, _ value: String, _ reason: String?
    ) async throws {
        try await expect(Case(headers: [(name, value)], reason: reason))
    }

    @Test func aHeaderMeansWhatTheFileSays() async throws {
        var file = NimbusFile(
            list: "  header_meanings: {X-Total-Count: \"all accounts together, docs.nimbus.example\"}")
        try await expect(Case(headers: [("x-total-count", "57")], file: file))
        file.list = "  header_meanings: {X-Foo: nothing}"
        #expect(throws: (any Error).self) { try file.manifest() }
    }

    @Test func headersContradictPagedListsToo() async throws {
        let pages = [
            "1": (#"{"items": [{"id": "a"}], "count": 2}"#, [("x-total-count", "2")]),
            "2": (#"{"items": [{"id": "b"}], "count": 2}"#, [("link", "</v1/endpoints?page=3>; rel=next")]),
        ]
        let transport = ScriptedTransport { request in
            let page = request.query.first { $0.hasPrefix("page=") }?.dropFirst(5) ?? "1"
            let (text, headers) = pages[String(page)] ?? ("{}", [])
            return .text(text, headers: headers)
        }
        let file = NimbusFile(pages: "{by: page, parameter: page, total: $.count}")
        let listing = try #require(try await file.source(transport).fetch().partitions.first).result.get()
        #expect(listing.rows.map(\.uid) == ["test/a", "test/b"])
        #expect(listing.unprovenReason == "the header `link` of the last page announces another page")
    }

    @Test func aFileReadsItsPagesFromHeaders() async throws {
        let transport = ScriptedTransport { request in
            request.query.contains("page=2")
                ? .text(#"[{"id": "b"}]"#, headers: [("x-total-count", "2")])
                : .text(
                    #"[{"id": "a"}]"#,
                    headers: [("x-total-count", "2"), ("link", #"</cloud/v1/endpoints?page=2>; rel="next""#)])
        }
        let file = NimbusFile(
            records: "$", pages: "{by: link, next: link('next'), total: header('X-Total-Count')}")
        let fetch = try await file.source(transport).fetch()
        let listing = try #require(fetch.partitions.first).result.get()
        #expect(listing.rows.map(\.uid) == ["test/a", "test/b"])
        #expect(listing.unprovenReason == nil)
        #expect(transport.requests.map(\.path) == ["/cloud/v1/endpoints", "/cloud/v1/endpoints"])
        var field = file
        field.fields = "{name: header('x')}"
        #expect(throws: (any Error).self) { try field.manifest() }
    }

    @Test(arguments: [
        ([("age", "3600")], 3600), ([("age", "0")], 0), ([], 0), ([("age", "soon")], 0),
        ([("age", "60"), ("age", "7")], 60),
    ])
    func aCopyOfACacheIsAsOldAsItSays(_ headers: [(String, String)], _ age: Int) async throws {
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#, headers: headers) }
        let fetch = try await NimbusFile().source(transport, now: { .at(10_000) }).fetch()
        #expect(fetch.partitions[0].sentAt == .at(10_000))
        #expect(fetch.partitions[0].observedAt == .at(10_000 - age))
        #expect(transport.requests.map { $0.header("Cache-Control") } == ["no-cache"])
    }

    @Test(
        arguments: [
            (["30", "30"], nil), (["30", "31"], nil), (["0", "0"], nil),
            ([nil, "30"], "its pages are copies from a cache, 0 s to 30 s old"),
            (["7", "5"], "its pages are copies from a cache, 5 s to 7 s old"),
        ] as [([String?], String?)])
    func pagesOfDifferentAgesAreNoOneList(_ ages: [String?], _ reason: String?) async throws {
        let transport = ScriptedTransport { request in
            let isSecond = request.query.contains("page=2")
            let headers = ages[isSecond ? 1 : 0].map { [("age", $0)] } ?? []
            return .text(#"{"items": [{"id": "\#(isSecond ? "b" : "a")"}], "count": 2}"#, headers: headers)
        }
        let file = NimbusFile(pages: "{by: page, parameter: page, total: $.count}")
        let listing = try #require(try await file.source(transport).fetch().partitions.first).result.get()
        #expect(listing.rows.map(\.uid) == ["test/a", "test/b"])
        #expect(listing.unprovenReason == reason)
    }

    @Test func aFileDecidesItsOwnCacheControl() async throws {
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        _ = try await NimbusFile(list: "  headers: {cache-control: max-age=5}").source(transport).fetch()
        #expect(
            transport.requests.map {
                $0.headers.filter { $0.name.lowercased() == "cache-control" }.map(\.value)
            } == [["max-age=5"]])
    }

    // MARK: Records

    private static let message = #"{"message": "hello"}"#

    @Test(arguments: ["$.items", "$.items[*]", "$.items[?@.state == 'up']", "$.items[*].parts[*]"])
    func anAnswerWithoutItsArrayIsNoListWhateverThePath(_ records: String) async throws {
        let transport = ScriptedTransport { _ in .text(Self.message) }
        let fetch = try await NimbusFile(records: records).source(transport).fetch()
        #expect(fetch.errors.map(\.description) == ["bad_response: the answer has no `$.items`"])
    }

    @Test func aTrailingWildcardIsItsArrayWithAWarning() async throws {
        let file = NimbusFile(records: "$.items[*]")
        try await expect(Case(file: file))
        #expect(
            try file.manifest().warnings.map(\.description) == [
                "nimbus.yaml:11: list.records: write `$.items`, the array itself, without the wildcard"
            ])
        #expect(try NimbusFile().manifest().warnings == [])
    }

    private static let mixed = """
        {"count": 3, "items": [{"id": "a", "state": "up"}, {"id": "x", "state": "model"}, {"id": "b", "state": "up"}]}
        """

    @Test(arguments: [("$.items[?@.state == 'up']", ""), ("$.items", "  keep: $.state == 'up'")])
    func recordsThatAreLeftOutStillCount(_ records: String, _ list: String) async throws {
        let file = NimbusFile(
            list: list, records: records, pages: "{by: page, parameter: page, total: $.count}")
        try await expect(Case(file: file, body: Self.mixed))
        let short = Self.mixed.replacing(#""count": 3"#, with: #""count": 4"#)
        let transport = ScriptedTransport { request in
            .text(request.query.contains("page=2") ? #"{"count": 4, "items": []}"# : short)
        }
        let fetch = try await file.source(transport).fetch()
        #expect(fetch.errors.map(\.errorClass) == [.badResponse])
    }

    @Test func aRecordWhoseConditionCannotBeReadStays() async throws {
        let file = NimbusFile(list: "  keep: $.state > 1")
        let body = #"{"items": [{"id": "a", "state": 2}, {"id": "b", "state": {"x": 1}}, {"id": "c"}]}"#
        let transport = ScriptedTransport { _ in .text(body) }
        let fetch = try await file.source(transport).fetch()
        #expect(fetch.rows.map(\.uid).contains("test/a"))
    }

    @Test func aPathThroughSeveralListsProvesNothing() async throws {
        let file = NimbusFile(records: "$.items[*].parts[*]")
        let body =
            #"{"items": [{"parts": [{"id": "a", "state": "up"}]}, {"parts": [{"id": "b", "state": "up"}]}]}"#
        try await expect(
            Case(
                file: file, body: body,
                reason: "`records` leads through several lists, so a missing one goes unnoticed"))
        #expect(try file.manifest().warnings.count == 1)
    }

    @Test(arguments: [
        ("empty", "{}", true), ("empty", "null", true), ("empty", #"{"items": null, "id": 7}"#, false),
        ("empty", #"{"message": "hello"}"#, false),
        ("{empty_beside: [id, took]}", #"{"id": "r", "took": 3}"#, true),
        ("{empty_beside: [id]}", #"{"id": "r", "took": 3}"#, false),
    ])
    func anEmptyListIsBelievedBesideWhatTheFileNames(
        _ missing: String, _ body: String, _ isProven: Bool
    ) async throws {
        try await expect(
            Case(
                file: NimbusFile(list: "  missing: \(missing)"), body: body,
                reason: isProven
                    ? nil
                    : "the answer has no list, and members that `missing` does not name beside an empty list",
                rows: []))
    }

    // MARK: The end of a list of tokens

    private func tokens(_ more: String = "") -> NimbusFile {
        NimbusFile(pages: "{by: token, parameter: t, next: $.next, size: {parameter: n, ask: 2}\(more)}")
    }

    @Test func aFullPageWithoutNextIsNotBelievedToBeTheLast() async throws {
        let full = #"{"items": [{"id": "a", "state": "up"}, {"id": "b", "state": "up"}]}"#
        let reason = "the last page has no `next`, and nothing else shows that no page follows"
        try await expect(Case(file: tokens(), body: full, reason: reason))
        try await expect(Case(file: tokens(", last: absent"), body: full, reason: reason))
        let total = tokens(", total: $.count")
        try await expect(
            Case(file: total, body: full.replacing(#"{"items""#, with: #"{"count": 2, "items""#)))
        for end in ["null", #""""#, "false"] {
            try await expect(Case(file: tokens(), body: full.replacing("]}", with: #"], "next": \#(end)}"#)))
        }
        let short = #"{"items": [{"id": "a", "state": "up"}]}"#
        try await expect(Case(file: tokens(), body: short, rows: ["test/a"]))
    }

    @Test func anEndThatTheFileDoesNotNameIsDoubted() async throws {
        try await expect(
            Case(
                file: tokens(", last: [none, empty]"),
                reason:
                    "the last page's `next` is absent, which `pages.last` does not name"))
        try await expect(
            Case(
                file: tokens(", last: absent"),
                body: #"{"items": [{"id": "a", "state": "up"}, {"id": "b", "state": "up"}], "next": null}"#,
                reason: "the last page's `next` is null, which `pages.last` does not name"))
    }

    @Test func aKeyThatWasThereOnceIsBelievedWhenItIsAbsent() async throws {
        let isLong = Shared(true)
        let transport = ScriptedTransport { request in
            if request.query.contains("t=2") { return .text(#"{"items": [{"id": "c"}, {"id": "d"}]}"#) }
            let next = isLong.withLock { $0 } ? #", "next": "2""# : ""
            return .text(#"{"items": [{"id": "a"}, {"id": "b"}]\#(next)}"#)
        }
        let source = try tokens().source(transport)
        for count in [4, 2] {
            let listing = try #require(await source.fetch().partitions.first).result.get()
            #expect(listing.rows.count == count && listing.isComplete)
            isLong.withLock { $0 = false }
        }
    }

    // MARK: Twins

    @Test func differingRecordsUnderOneIdentityProveNothing() async throws {
        let twins =
            #"{"items": [{"id": "a", "state": "up"}, {"id": "a", "state": "down"}, {"id": "b", "state": "up"}]}"#
        try await expect(
            Case(
                body: twins,
                reason: "1 records share their identity with another record of their page, and differ from it"
            ))
        let same = twins.replacing("down", with: "up")
        try await expect(Case(body: same))
    }

    @Test func oneIdentityInTwoPartitionsProvesNothing() async throws {
        let transport = ScriptedTransport { request in
            let state = request.path.hasSuffix("us") ? "down" : "up"
            return .text(#"{"items": [{"id": "a", "state": "\#(state)"}, {"id": "b", "state": "up"}]}"#)
        }
        var file = NimbusFile(
            inputs: "{regions: {type: list, default: [eu, us], about: x}}",
            partitions: "{region: inputs.regions}", get: "/v1/{partition.region}")
        let fetch = try await file.source(transport).fetch()
        for partition in fetch.partitions {
            #expect(
                try partition.result.get().unprovenReason
                    == "another partition lists other records under the same identity")
        }
        #expect(
            fetch.drift.contains { $0.field == "uid" && $0.value == "the same identity in two partitions" })
        #expect(try file.manifest().warnings.map(\.location.key) == ["identity"])
        file.identity = "{key: [partition.region, $.id]}"
        let apart = try await file.source(transport).fetch()
        #expect(
            apart.rows.count == 4 && apart.partitions.allSatisfy { (try? $0.result.get().isComplete) == true }
        )
        #expect(try file.manifest().warnings == [])
    }
}
