import Adapters
import Deployments
import Foundation
import Sandbox
import Settings
import TestSupport
import Testing
import Upstream
import Wire

@testable import rollcall

/// Any response of an upstream becomes a list or an error, within bounds, and other sources stay as they are.
@Suite(.timeLimit(.minutes(10)), .serialized) struct RubbishTests {
    /// Runs `body` with a source over a server that answers with anything.
    private func withSource(
        _ body: (RubbishServer, AdapterSource) async throws -> Void
    ) async throws {
        let server = RubbishServer()
        try await withServer(server.router) { base in
            let problems = SettingsProblems()
            let transport = CurlTransport()
            defer { transport.shutDown() }
            let sources = SourceAssembly(
                config: gatewayConfig([try source("broken", "nemo", base)], ttl: .seconds(1)),
                transport: transport, environment: ["TOKEN": "t"], now: Assembly.now,
                problems: problems
            ).sources(problems: problems)
            try problems.throwIfAny()
            try await body(server, try #require(sources.first).source)
        }
    }

    private typealias Listed = Result<PartitionListing<ModelDeployment>, SourceError>

    private func result(of source: AdapterSource) async throws -> Listed {
        let fetch = await source.fetch()
        try #require(fetch.partitions.count == 1)
        return fetch.partitions[0].result
    }

    /// Expects of a result that its rows can be written and read back, or that its error quotes nothing.
    private func check(_ result: Listed, _ note: String) {
        switch result {
        case .success(let listing):
            for row in listing.rows {
                #expect(row.uid.hasPrefix("broken/"), "\(note)")
                var json = JSONWriter()
                DeploymentForm.complete.write(row, to: &json)
                let read = (try? JSONDocument(parsing: json.bytes)).flatMap { ModelDeployment(json: $0.root) }
                #expect(read == row.replacing(history: nil), "\(note)")
                for part in [row.history, row.native].compactMap({ $0 }) {
                    #expect((try? JSONDocument(parsing: part)) != nil, "\(note)")
                }
            }
        case .failure(let error):
            #expect(error.message.utf8.count < 400, "\(note): \(error)")
            #expect(!error.message.contains("llama"), "\(note): \(error)")
        }
    }

    private func errorClass(_ result: Listed) -> SourceError.Class? {
        if case .failure(let error) = result { error.errorClass } else { nil }
    }

    private static let classes: [(status: Int, errorClass: SourceError.Class)] = [
        (200, .badResponse), (200, .badResponse), (201, .badResponse), (302, .badResponse),
        (400, .rejected), (401, .auth), (404, .notFound), (429, .rateLimited), (503, .serverError),
    ]

    @Test(arguments: [1, 2] as [UInt64]) func randomBytesAreAnError(_ seed: UInt64) async throws {
        try await withSource { server, source in
            var random = SeededGenerator(seed: seed)
            for number in 0..<40 {
                let bytes = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
                    UInt8.random(in: .min ... .max, using: &random)
                }
                let (status, expected) = try #require(Self.classes.randomElement(using: &random))
                let isGzip = status < 300 && Bool.random(using: &random)
                server.set(.init(status: status, isGzip: isGzip, body: .bytes(bytes)))
                let result = try await result(of: source)
                let note = "seed \(seed), number \(number), HTTP \(status)"
                check(result, note)
                #expect(errorClass(result) == expected, "\(note)")
            }
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func aCutPageIsNeverAList(_ seed: UInt64) async throws {
        try await withSource { server, source in
            var random = SeededGenerator(seed: seed)
            let end = try #require(RubbishServer.page.lastIndex(of: UInt8(ascii: "}")))
            for number in 0..<40 {
                server.set(Array(RubbishServer.page[..<Int.random(in: 0...end, using: &random)]))
                let result = try await result(of: source)
                check(result, "seed \(seed), number \(number)")
                #expect(errorClass(result) == .badResponse, "seed \(seed), number \(number)")
            }
            server.set(RubbishServer.page)
            #expect(try await result(of: source).get().rows.count == 9)
        }
    }

    @Test(arguments: [1, 2] as [UInt64]) func changedBytesAreAListOrAnError(_ seed: UInt64) async throws {
        try await withSource { server, source in
            var random = SeededGenerator(seed: seed)
            var lists = 0
            for number in 0..<40 {
                var page = RubbishServer.page
                for _ in 0...Int.random(in: 0...3, using: &random) {
                    let index = Int.random(in: 0..<page.count, using: &random)
                    let range = index..<min(page.count, index + Int.random(in: 1...40, using: &random))
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: page[index] = UInt8.random(in: .min ... .max, using: &random)
                    case 1: page.removeSubrange(range)
                    case 2: page.insert(contentsOf: page[range], at: index)
                    default: page[index] ^= 1 << UInt8.random(in: 0...7, using: &random)
                    }
                }
                server.set(page)
                let result = try await result(of: source)
                check(result, "seed \(seed), number \(number)")
                lists += errorClass(result) == nil ? 1 : 0
            }
            // Some changes are within a text, some break the page.
            #expect((3..<37).contains(lists), "\(lists)")
        }
    }

    private static let oddValues = [
        "null", "[]", "{}", #""""#, "0", "-1", "true", "1e308", "-0.0", "0.1234567890123456789012345678901",
        "-9223372036854775808", "18446744073709551615", #""\u0000\u001b[31m""#, #""\ud83d\ude00""#,
        #""9999-99-99T99:99:99Z""#, #""2026-11-21T02:32:12+99:99""#, #""../../%2e%2e/\\\/""#, "[[[[null]]]]",
        "{\"a\": {\"a\": [1, \"b\"]}}", "\"" + String(repeating: "x", count: 100_000) + "\"",
        String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
    ]

    /// An odd value costs its field; only in a key or in the page's own numbers may it cost more.
    @Test(arguments: [1, 2] as [UInt64]) func anOddValueLosesNoRow(_ seed: UInt64) async throws {
        let lines = String(decoding: RubbishServer.page, as: UTF8.self).split(separator: "\n").map(
            String.init)
        let keys = ["\"name\"", "\"workspace\"", "\"entity_version\"", "page", "total", "\"data\""]
        try await withSource { server, source in
            var random = SeededGenerator(seed: seed)
            for number in 0..<50 {
                var (lines, isHarmless, changed) = (lines, true, "")
                for _ in 0...Int.random(in: 0...2, using: &random) {
                    let index = Int.random(in: 0..<lines.count, using: &random)
                    let line = lines[index]
                    guard let colon = line.firstRange(of: "\": "), !line.hasSuffix("["), !line.hasSuffix("{"),
                        let value = Self.oddValues.randomElement(using: &random)
                    else { continue }
                    lines[index] = line[..<colon.upperBound] + value + (line.hasSuffix(",") ? "," : "")
                    isHarmless = isHarmless && !keys.contains { line[..<colon.upperBound].contains($0) }
                    changed += " \(line[..<colon.lowerBound]) = \(value.prefix(20))"
                }
                server.set(Array(lines.joined(separator: "\n").utf8))
                let result = try await result(of: source)
                let note = "seed \(seed), number \(number):\(changed)"
                check(result, note)
                if isHarmless { #expect((try? result.get().rows.count) == 9, "\(note): \(result)") }
            }
        }
    }

    /// JSON nested deeper than any reader's stack would like.
    static let nested: [(name: String, text: String, isList: Bool)] = {
        func nest(_ count: Int, _ open: String = "[", _ close: String = "]") -> String {
            String(repeating: open, count: count) + String(repeating: close, count: count)
        }
        func inARecord(_ value: String) -> String {
            String(decoding: RubbishServer.page, as: UTF8.self)
                .replacing("\"Image pull failed\"", with: value, maxReplacements: 1)
        }
        return [
            ("open brackets", String(repeating: "[", count: 100_000), false),
            ("brackets", nest(100_000), false),
            ("objects", nest(100_000, "{\"a\":", "}"), false),
            ("brackets in a record", inARecord(nest(100_000)), false),
            ("a list in the place of the list", "{\"data\":" + nest(100_000) + "}", false),
            ("deep, within the limit", inARecord(nest(200)), true),
        ]
    }()

    @Test func deepNestingIsAnErrorOrAnOddValue() async throws {
        try await withSource { server, source in
            for (name, text, isList) in Self.nested {
                server.set(Array(text.utf8))
                let result = try await result(of: source)
                check(result, name)
                #expect(errorClass(result) == (isList ? nil : .badResponse), "\(name)")
                if isList { #expect((try? result.get().rows.count) == 9) }
            }
        }
    }

    static let huge: [(name: String, reply: RubbishServer.Reply)] = [
        ("100 MB, length told", .init(body: .megabytes(100, announced: true))),
        ("100 MB", .init(body: .megabytes(100, announced: false))),
        ("100 MB in 640 KB of gzip", .init(isGzip: true, body: .bytes(gzipBomb(megabytes: 100)))),
        ("100 MB of an error", .init(status: 500, body: .megabytes(100, announced: false))),
    ]

    @Test func aHugeBodyIsTooLarge() async throws {
        try await withSource { server, source in
            for (name, reply) in Self.huge {
                server.set(reply)
                let result = try await result(of: source)
                check(result, name)
                #expect(errorClass(result) == .tooLarge, "\(name)")
            }
            server.set(RubbishServer.page)
            #expect(try await result(of: source).get().rows.count == 9)
        }
    }

    /// A text that is no document for the reader costs the answer, whichever field it stands in.
    @Test(arguments: ["01", "'a'", "undefined", "1 2"]) func whatTheReaderRefusesIsABadAnswer(_ value: String)
        async throws
    {
        try await withSource { server, source in
            let page = String(decoding: RubbishServer.page, as: UTF8.self)
            server.set(Array(page.replacing("\"Image pull failed\"", with: value, maxReplacements: 1).utf8))
            let result = try await result(of: source)
            check(result, value)
            #expect(errorClass(result) == .badResponse)
        }
    }

    /// A string or a number that is broken costs its field.
    @Test(arguments: [
        ("1e400", nil), ("123456789012345678901234567890", nil), ("NaN", nil), (#""\ud800x""#, "\u{FFFD}x"),
        ("\"a\tb\"", "a\tb"),
    ])
    func aBrokenValueIsDriftAndNoBadAnswer(_ value: String, _ message: String?) async throws {
        try await withSource { server, source in
            let page = String(decoding: RubbishServer.page, as: UTF8.self)
            server.set(Array(page.replacing("\"Image pull failed\"", with: value, maxReplacements: 1).utf8))
            let fetch = await source.fetch()
            let listing = try #require(fetch.partitions.first).result.get()
            #expect(listing.isComplete && listing.rows.count == 9)
            #expect(fetch.drift.map(\.rows) == [1] && listing.rows.count { $0.statusMessage == message } > 0)
        }
    }

    /// Proves that the bomb is one: its content is beyond one limit and within another.
    @Test func theBombUnpacks() async throws {
        let server = RubbishServer()
        server.set(.init(isGzip: true, body: .bytes(gzipBomb(megabytes: 4))))
        try await withServer(server.router) { base in
            let transport = CurlTransport()
            defer { transport.shutDown() }
            var request = UpstreamRequest(url: base + "/list")
            for (limit, code) in [(1 << 20, UpstreamError.Code.tooLarge), (8 << 20, .badResponse)] {
                request.options.bodyLimitBytes = limit
                do {
                    _ = try await transport.send(request)
                    Issue.record("the checksum is wrong, and nobody saw it")
                } catch let error as UpstreamError {
                    #expect(error.code == code)
                }
            }
        }
    }

    @Test func otherSourcesStayAsTheyAre() async throws {
        let server = RubbishServer()
        var sandbox = SandboxConfig()
        sandbox.changesOverTime = false
        sandbox.dashscopeRows = 12
        sandbox.deployListRows = 12
        try await withServer(server.router) { rubbish in
            try await withGateway(
                sandbox: sandbox, ttl: .milliseconds(50), environment: ["TOKEN": "t"],
                sources: { base in
                    [try source("broken", "nemo", rubbish)] + (try threeSources(base).suffix(2))
                }
            ) { gateway in
                let list = "/v1/deployments?page_size=1000&sort=uid"
                // The configurations that are looked up make another snapshot; its providers are no complete list.
                let healthy = try await gateway.get(list) { answer in
                    let lookups = answer.json?["data"]?.elements.flatMap { $0["lookups"]?.elements ?? [] }
                    let config = lookups?.filter { $0["name"]?.string == "config" } ?? []
                    return answer.standings == Self.allFresh
                        && config.allSatisfy { $0["state"]?.string != "pending" }
                }
                let rows = healthy.uids
                #expect(rows.count == 32)
                let replies =
                    [("rubbish", RubbishServer.Reply(body: .bytes([0, 1, 2, 255])), "bad_response")]
                    + Self.nested.filter { !$0.isList }.map {
                        ($0.name, RubbishServer.Reply(body: .bytes(Array($0.text.utf8))), "bad_response")
                    } + Self.huge[2...2].map { ($0.name, $0.reply, "too_large") }
                for (name, reply, errorClass) in replies {
                    server.set(reply)
                    let broken = try await gateway.get(list) { answer in
                        #expect(answer.uids == rows, "\(name)")
                        #expect(answer.json?["complete"]?.bool == true, "\(name)")
                        #expect(answer.standings.suffix(2) == Self.allFresh.suffix(2), "\(name)")
                        return answer.standings.first == "broken stale \(errorClass)"
                    }
                    #expect(
                        broken.json?["snapshot"]?["id"]?.string == healthy.json?["snapshot"]?["id"]?.string)
                    server.set(RubbishServer.page)
                    _ = try await gateway.get(list) { $0.standings == Self.allFresh }
                }
            }
        }
    }

    private static let allFresh = ["broken fresh -", "ali fresh -", "deepinfra fresh -"]
}
