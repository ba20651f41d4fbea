import Adapters
import Deployments
import TestSupport
import Testing
import Upstream

/// Paths, links and pages, each through a complete source.
@Suite(.timeLimit(.minutes(10))) struct ListingTests {
    private static let origin = "https://api.nimbus.example"

    // MARK: Alternative paths

    @Test func thePathThatAnsweredIsRememberedAndForgottenAgain() async throws {
        let known = Shared("/cloud/v2")
        let transport = ScriptedTransport { request in
            request.path == known.withLock { $0 } ? .text(#"{"items": []}"#) : .text("{}", status: 404)
        }
        let source = try NimbusFile(get: "[/v1, /v2, /v3]").source(transport)
        for path in ["/cloud/v2", "/cloud/v2", "/cloud/v1", "/cloud/nowhere", "/cloud/v1"] {
            known.withLock { $0 = path }
            _ = await source.fetch()
        }
        #expect(
            transport.requests.map(\.path) == [
                "/cloud/v1", "/cloud/v2", "/cloud/v2", "/cloud/v2", "/cloud/v3", "/cloud/v1", "/cloud/v1",
                "/cloud/v2", "/cloud/v3", "/cloud/v1",
            ])
    }

    @Test func anotherErrorThanNotFoundTriesNoOtherPath() async throws {
        let transport = ScriptedTransport { _ in .text("{}", status: 500) }
        let fetch = try await NimbusFile(get: "[/v1, /v2]").source(transport).fetch()
        #expect(fetch.errors.map(\.errorClass) == [.serverError])
        #expect(transport.requests.map(\.path) == ["/cloud/v1"])
    }

    @Test func aPathInputKeepsItsSlashesAndABaseURLItsPath() async throws {
        let file = NimbusFile(
            inputs: "{root: {type: path, default: /a b/c, about: x}}", get: #""{inputs.root}/list""#)
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        _ = try await file.source(transport, base: "https://host.example/base/").fetch()
        _ = try await file.source(transport) { $0.inputs = ["root": .text("/x/y")] }.fetch()
        #expect(
            transport.requests.map(\.url) == [
                "https://host.example/base/a%20b/c/list", "\(Self.origin)/cloud/x/y/list",
            ])
    }

    @Test func aQueryOrHeaderWhoseInputIsNotSetIsLeftOut() async throws {
        let file = NimbusFile(
            inputs: "{team: {type: text, default: null, about: x}, n: {type: number, default: 5, about: y}}",
            list:
                "  query: {a: \"{inputs.team}\", b: \"n={inputs.n}&\"}\n  headers: {X-Team: \"{inputs.team}\"}"
        )
        let transport = ScriptedTransport { _ in .text(#"{"items": []}"#) }
        _ = try await file.source(transport).fetch()
        _ = try await file.source(transport) { $0.inputs = ["team": .text("é")] }.fetch()
        #expect(transport.requests.map(\.query) == [["b=n%3D5%26"], ["a=%C3%A9", "b=n%3D5%26"]])
        #expect(transport.requests.map { $0.header("X-Team") } == [nil, "é"])
    }

    // MARK: Links

    /// A base URL, a link, and the link's target; nil if it leads elsewhere, `unusable` if it is no URL or path.
    @Test(
        arguments: [
            ("https://h.example/api", "https://h.example/api?page=2", "https://h.example/api?page=2"),
            ("https://h.example/api", "/other?page=2#top", "https://h.example/other?page=2"),
            ("https://h.example/api", "http://h.example/api?p=2", "https://h.example/api?p=2"),
            ("https://h.example/api", "http://h.example:80/api?p=2", "https://h.example/api?p=2"),
            ("https://h.example:443/api", "https://H.Example/api?p=2", "https://h.example/api?p=2"),
            ("https://h.example", "HTTPS://h.example:443?p=2", "https://h.example/?p=2"),
            ("http://127.0.0.1:9/api", "http://127.0.0.1:9/api?p=2", "http://127.0.0.1:9/api?p=2"),
            ("http://[::1]:9/api", "http://[::1]:9/api?p=2", "http://[::1]:9/api?p=2"),
            ("https://h.example/api", "https://evil.example/api", nil),
            ("https://h.example/api", "https://h.example.evil.example/", nil),
            ("https://h.example/api", "https://h.example@evil.example/", "unusable"),
            ("https://h.example/api", "https://h.example\\@evil.example/", "unusable"),
            ("https://h.example/api", "https://user@h.example/", "unusable"),
            ("https://h.example/api", "https://h.example:8443/", nil),
            ("https://h.example/api", "http://h.example:8080/", nil),
            ("https://h.example:8443/api", "https://h.example/", nil),
            ("https://h.example/api", "//evil.example/", "unusable"),
            ("https://h.example/api", "ftp://h.example/", "unusable"),
            ("https://h.example/api", "javascript:alert(1)", "unusable"),
            ("https://h.example/api", " https://h.example/", "unusable"),
            ("https://h.example/api", "?page=2", "unusable"),
            ("https://h.example/api", "/l?page=ü", "unusable"),
            ("https://h.example/api", "/l?page=a b", "unusable"),
            ("https://h.example/api", "https://h.example/l?page=ü", "unusable"),
            ("https://h.example/api", "/l?page=" + String(repeating: "a", count: 32 << 10), "unusable"),
            // Never from plain text to TLS and back: another scheme is another origin.
            ("http://127.0.0.1:9/api", "https://127.0.0.1:9/api", nil),
        ] as [(String, String, String?)])
    func aLinkStaysOnItsOrigin(_ base: String, _ link: String, _ expected: String?) async throws {
        let written = link.replacing("\\", with: "\\\\")
        let transport = ScriptedTransport { request in
            request.path.hasSuffix("/first")
                ? .text(#"{"items": [], "next": "\#(written)"}"#) : .text(#"{"items": []}"#)
        }
        let file = NimbusFile(
            get: "/first", list: "  headers: {X-Team: search}\n  query: {a: b}",
            pages: "{by: link, next: $.next}")
        let fetch = try await file.source(transport, base: base).fetch()
        let isFollowed = expected?.hasPrefix("http") == true
        #expect(transport.requests.dropFirst().map(\.url) == [expected].compactMap { isFollowed ? $0 : nil })
        #expect(transport.requests.allSatisfy { $0.header("X-Team") == "search" })
        let fault = expected == nil ? "leads to another origin" : "cannot be requested"
        #expect(
            fetch.errors.map(\.description)
                == (isFollowed ? [] : ["bad_response: the link to the next page \(fault)"]))
    }

    @Test func aTokenThatIsTooLongForAURLIsABadResponse() async throws {
        let token = String(repeating: "a", count: 33 << 10)
        let transport = ScriptedTransport { _ in .text(#"{"items": [{"id": "a"}], "next": "\#(token)"}"#) }
        let file = NimbusFile(pages: "{by: token, parameter: at, next: $.next}")
        let fetch = try await file.source(transport).fetch()
        #expect(transport.requests.count == 1)
        #expect(
            fetch.errors.map(\.description)
                == ["bad_response: the token of the next page is too long for a URL"])
    }

    // MARK: Pages

    /// Serves 5 records in the way that each style requests them.
    private static func serve(_ request: UpstreamRequest) -> UpstreamResponse {
        let value = request.query.first { $0.hasPrefix("at=") }.map { String($0.dropFirst(3)) }
        let start = value.map { $0.hasPrefix("t%2F") ? Int($0.dropFirst(4)) ?? 0 : Int($0) ?? 0 } ?? 0
        let items = (start..<min(5, start + 2)).map { #"{"id": \#($0), "state": "up"}"# }
        let next = start + 2 < 5 ? "\(start + 2)" : nil
        return .text(
            """
            {"items": [\(items.joined(separator: ","))], "total": "5", "more": \(next != nil),
             "token": \(next.map { "\"t/\($0)\"" } ?? "\"\""),
             "link": \(next.map { "\"/cloud/v1/endpoints?at=\($0)\"" } ?? "null")}
            """)
    }

    @Test(arguments: [
        ("{by: offset, parameter: at, total: $.total}", ["at=0", "at=2", "at=4"]),
        ("{by: offset, parameter: at, has_more: $.more}", ["at=0", "at=2", "at=4"]),
        (
            "{by: offset, parameter: at, stop: short, size: {parameter: n, ask: 2}}",
            ["at=0&n=2", "at=2&n=2", "at=4&n=2"]
        ),
        ("{by: offset, parameter: at, stop: empty}", ["at=0", "at=2", "at=4", "at=5"]),
        ("{by: token, parameter: at, next: $.token, total: $.total}", ["", "at=t%2F2", "at=t%2F4"]),
        (
            "{by: token, parameter: at, next: $.token, size: {parameter: n, ask: 2}}",
            ["n=2", "at=t%2F2&n=2", "at=t%2F4&n=2"]
        ),
        ("{by: link, next: $.link, has_more: $.more}", ["", "at=2", "at=4"]),
    ])
    func everyStyleWalksToTheEnd(_ pages: String, _ queries: [String]) async throws {
        let transport = ScriptedTransport { Self.serve($0) }
        let fetch = try await NimbusFile(pages: pages).source(transport) { $0.concurrency = 1 }.fetch()
        #expect(fetch.errors.isEmpty)
        #expect(fetch.rows.map(\.uid) == (0..<5).map { "test/\($0)" })
        #expect(transport.requests.map { $0.query.joined(separator: "&") } == queries)
    }

    @Test(arguments: [
        (
            "{by: link, next: $.next}", #""next": {"href": "/x"}"#,
            "the page's `next` (`$.next`) is not a link"
        ),
        (
            "{by: token, parameter: t, next: $.next}", #""next": true"#,
            "the page's `next` (`$.next`) is not a token"
        ),
        (
            "{by: token, parameter: t, next: $.next}", #""next": ["a"]"#,
            "the page's `next` (`$.next`) is not a token"
        ),
        (
            "{by: offset, parameter: t, has_more: $.more}", #""more": "yes""#,
            "the page's `has_more` (`$.more`) is neither true nor false"
        ),
        (
            "{by: offset, parameter: t, has_more: $.more}", #""x": 1"#,
            "page 1: the page does not state whether more pages follow"
        ),
        ("{by: offset, parameter: t, total: $.total}", #""x": 1"#, "page 1: no total"),
        (
            "{by: offset, parameter: t, total: $.total}", #""total": 1.5"#,
            "the page's `total` (`$.total`) is not an integer"
        ),
        ("{by: offset, parameter: t, total: $.total}", #""total": -1"#, "page 1: an impossible total, -1"),
        (
            "{by: page, parameter: p, total: $.total, number: $.p}", #""total": 1, "p": 7"#,
            "page 1: page number 1 was requested, 7 was received"
        ),
        (
            "{by: token, parameter: t, next: $.next}", #""next": "same""#,
            "page 2: the records of page 1 were received again"
        ),
    ])
    func anOddFactOfAPageIsNoEndOfTheList(_ pages: String, _ member: String, _ message: String) async throws {
        let transport = ScriptedTransport { _ in .text(#"{"items": [{"id": "a"}], \#(member)}"#) }
        let fetch = try await NimbusFile(pages: pages).source(transport).fetch()
        #expect(fetch.errors.map(\.description) == ["bad_response: \(message)"])
    }

    @Test func theBindingBoundsThePages() async throws {
        let transport = ScriptedTransport { Self.serve($0) }
        let file = NimbusFile(pages: "{by: token, parameter: at, next: $.token}")
        let fetch = try await file.source(transport) { $0.maximumPages = 2 }.fetch()
        #expect(fetch.errors.map(\.description) == ["bad_response: page 2: no end after 2 pages, the limit"])
        #expect(transport.requests.count == 2)
    }

    @Test func driftIsCountedOverAllPagesWithItsFirstValueInPageOrder() async throws {
        let transport = ScriptedTransport { request in
            let page = request.query.first.flatMap { Int($0.dropFirst(2)) } ?? 0
            // The later a page, the sooner it answers; page 0 is the first in any case, and has nothing odd.
            for _ in 0..<(40 - page * 10) { await Task.yield() }
            let odd = page == 0 ? "" : #""ready": "odd-\#(page)", "state": "fog", "#
            return .text(#"{"total": 8, "items": [{\#(odd)"id": "\#(page)a"}, {"id": "\#(page)b"}]}"#)
        }
        let file = NimbusFile(pages: "{by: page, parameter: p, first: 0, total: $.total}")
        let fetch = try await file.source(transport).fetch()
        #expect(fetch.rows.count == 8)
        #expect(
            fetch.drift == [
                Drift(field: "replicas.ready", value: "odd-1", rows: 3),
                Drift(field: "status", value: "fog", rows: 3),
            ])
    }

    @Test func aListThatIsWalkedAgainCountsItsDriftOnce() async throws {
        let turns = Shared(0)
        let transport = ScriptedTransport { _ in
            let turn = turns.withLock { turn in
                turn += 1
                return turn
            }
            // The first walk ends with a total that moved.
            return .text(#"{"total": \#(turn == 2 ? 3 : 2), "items": [{"id": \#(turn), "state": "fog"}]}"#)
        }
        let file = NimbusFile(pages: "{by: offset, parameter: at, total: $.total}")
        let fetch = try await file.source(transport).fetch()
        #expect(fetch.rows.map(\.uid) == ["test/3", "test/4"])
        #expect(fetch.drift == [Drift(field: "status", value: "fog", rows: 2)])
        #expect(fetch.calls == 4)
    }

    // MARK: Empty lists

    static let checked = NimbusFile(
        inputs: "{regions: {type: list, about: x}}", partitions: "{region: inputs.regions}",
        get: "/v1/{partition.region}",
        list: """
              believe_empty:
                when: partition.region == 'all'
                get: /v1/teams
                query: {of: "{partition.region}"}
                records: $.teams
                else: permission
                hint: "the key sees no team in {partition.region}"
            """)

    @Test(
        arguments: [
            (
                #"{"teams": []}"#, 200,
                "permission: the list is empty, which another request contradicts: the key sees no team in all"
            ),
            (#"{"teams": [1]}"#, 200, nil), ("{}", 200, "bad_response: the answer has no `$.teams`"),
            ("{}", 403, "permission: HTTP 403"),
        ] as [(String, Int, String?)])
    func anEmptyListNeedsItsCheck(_ body: String, _ status: Int, _ expected: String?) async throws {
        let transport = ScriptedTransport { request in
            request.path == "/cloud/v1/teams" ? .text(body, status: status) : .text(#"{"items": []}"#)
        }
        let source = try Self.checked.source(transport) { $0.inputs = ["regions": .list(["one", "all"])] }
        let fetch = await source.fetch()
        #expect(fetch.errors.map(\.description) == [expected].compactMap { $0 })
        #expect(
            fetch.partitions.compactMap { try? $0.result.get().rows.count }
                == (expected == nil ? [0, 0] : [0]))
        #expect(transport.requests.filter { $0.path == "/cloud/v1/teams" }.map(\.query) == [["of=all"]])
    }

    @Test func aListWithRowsNeedsNoCheck() async throws {
        let transport = ScriptedTransport { _ in .text(#"{"items": [{"id": 1}]}"#) }
        let source = try Self.checked.source(transport) { $0.inputs = ["regions": .list(["all"])] }
        #expect(await source.fetch().rows.count == 1)
        #expect(transport.requests.count == 1)
    }

    @Test func aMissingListIsEmptyOnlyWhereTheFileSaysSo() async throws {
        let transport = ScriptedTransport { _ in .text("{}") }
        let fetch = try await NimbusFile(list: "  missing: empty").source(transport).fetch()
        #expect(fetch.errors.isEmpty)
        #expect(fetch.rows.isEmpty)
    }
}
