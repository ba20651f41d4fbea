import Deployments
import HTTPFront
import HTTPTypes
import MetricsTestKit
import NIOCore
import Snapshots
import Testing
import Wire

/// What is refused before anything is ordered, in its order, and that each refusal is recorded once.
@Suite struct UpdateRefusalTests {
    private let updates = ScriptedUpdates()
    private var front: FrontHarness { .updating(updates) }

    /// Expects that nothing was ordered, and the refusal was recorded as it was answered.
    private func expectRecorded(
        _ reply: FrontHarness.Reply, _ status: Int, _ kind: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(reply.status == status, sourceLocation: location)
        #expect(
            reply.json?["type"]?.string == "urn:rollcall:problem:\(kind)", "\(reply.body)",
            sourceLocation: location)
        #expect(updates.orders.isEmpty && updates.refusals.count == 1, sourceLocation: location)
        let refusal = updates.refusals.first
        #expect(refusal?.problem.kind.rawValue == kind, sourceLocation: location)
        #expect(refusal?.problem.detail == reply.json?["detail"]?.string, sourceLocation: location)
        #expect(refusal?.requestID == "req-1", sourceLocation: location)
        #expect(
            reply["Rollcall-Audit"] == "r1" && reply["Cache-Control"] == "no-store", sourceLocation: location)
    }

    @Test func theRightToWriteIsNeeded() async throws {
        let reply = try await front.patch(
            llamaPath + "?dry_run=true", "no JSON", ["Authorization": "Bearer canary-reader"])
        expectRecorded(reply, 403, "forbidden")
        #expect(
            reply.json?["detail"]?.string
                == "this access token lacks the right `write`; add it to the token's `may`")
        let refusal = try #require(updates.refusals.first)
        #expect(refusal.actor.token == "reader" && refusal.isDryRun)
        #expect(refusal.uid == "research/ml-prod/llama")
    }

    @Test(arguments: ["", "Bearer canary-x", "Basic canary-writer"])
    func aCallerWhoIsNotKnownIsCountedAndNotRecorded(_ authorization: String) async throws {
        var front = front
        let metrics = TestMetrics()
        front.config.metrics = metrics
        let reply = try await front.patch(
            llamaPath, #"{"config":"x"}"#, ["Authorization": authorization])
        #expect(reply.status == 401 && updates.refusals.isEmpty && updates.orders.isEmpty)
        #expect(reply["Rollcall-Audit"] == nil)
        #expect(
            try metrics.expectCounter("rollcall_updates_unauthenticated_total", []).totalValue == 1)
    }

    @Test func aPageOfAnotherOriginChangesNothing() async throws {
        let reply = try await front.patch(llamaPath, #"{"config":"x"}"#, ["Origin": "https://evil.example"])
        expectRecorded(reply, 403, "forbidden")
    }

    @Test func ofAPlatformWithoutUpdatesNothingCanBeChanged() async throws {
        var front = front
        front.published.sources.append(
            .listed(SourceDescription(name: "tiny", platform: "t", adapter: "t"), count: 0))
        let reply = try await front.patch("/v1/deployments/tiny/x", "no JSON", ["Content-Type": "text/plain"])
        expectRecorded(reply, 405, "method-not-allowed")
        #expect(reply["Allow"] == "GET, HEAD" && reply["Accept-Patch"] == nil)
        #expect(
            reply.json?["detail"]?.string
                == "nothing of the deployments of `tiny` can be changed here: its adapter file describes no update; "
                + "allowed: GET, HEAD. `writes` in /v1/sources says what can be changed elsewhere")
    }

    @Test(arguments: ["/v1/deployments/ali/qwen-1", "/v1/deployments/nobody/x"])
    func whatTheUpdatesKnowTheyRefuseThemselves(_ path: String) async throws {
        let updates = ScriptedUpdates { _ in
            UpdateAnswer(.problem(UpdateProblem(.writesOff, "set `writes: true`")), auditID: "a9")
        }
        let reply = try await FrontHarness.updating(updates).patch(path)
        #expect(reply.status == 403 && reply.json?["type"]?.string == "urn:rollcall:problem:writes-off")
        #expect(reply["Rollcall-Audit"] == "a9" && reply.json?["audit"]?.string == "a9")
        #expect(updates.orders.count == 1 && updates.refusals.isEmpty)
    }

    @Test(arguments: [
        "application/merge-patch+json", "Application/Merge-Patch+JSON",
        "application/merge-patch+json; charset=utf-8", "application/merge-patch+json;charset=\"UTF-8\"",
        "application/merge-patch+json; profile=x",
    ])
    func aMergePatchIsTakenInEverySpelling(_ type: String) async throws {
        let reply = try await front.patch(llamaPath, #"{"config":"x"}"#, ["Content-Type": type])
        #expect(reply.status == 200)
    }

    @Test(arguments: [
        ("Content-Type", "", "must be given once"),
        (
            "Content-Type", "application/json",
            "send the same JSON with `Content-Type: application/merge-patch+json`"
        ),
        ("Content-Type", "text/plain", "must be `application/merge-patch+json`"),
        ("Content-Type", "application/json-patch+json", "must be `application/merge-patch+json`"),
        ("Content-Type", "nonsense", "must be given once"),
        ("Content-Type", "application/merge-patch+json; charset=latin1", "JSON is UTF-8"),
        ("Content-Type", "application/merge-patch+json, application/json", "must be given once"),
        ("Content-Encoding", "gzip", "send it without `Content-Encoding`"),
    ])
    func anotherMediaTypeIsRefused(_ header: String, _ value: String, _ detail: String) async throws {
        let reply = try await front.patch(llamaPath, "no JSON", [header: value])
        expectRecorded(reply, 415, "unsupported-media-type")
        #expect(reply["Accept-Patch"] == "application/merge-patch+json")
        #expect(reply.json?["detail"]?.string?.contains(detail) == true, "\(reply.body)")
    }

    @Test func aLongBodyIsRefusedAndEndsTheConnection() async throws {
        let (start, end) = (#"{"config":""#, #""}"#)
        let fits = start + String(repeating: "x", count: 65_536 - start.utf8.count - end.utf8.count) + end
        #expect(try await FrontHarness.updating(ScriptedUpdates()).patch(llamaPath, fits).status == 200)
        let reply = try await front.patch(llamaPath, fits + " ")
        expectRecorded(reply, 413, "too-large")
        #expect(reply["Connection"] == "close")
        #expect(reply.json?["detail"]?.string == "the body is longer than 65536 bytes")
    }

    @Test func aBodyOfUnknownLengthIsRefused() async throws {
        let reply = try await front.patch(llamaPath, "{}", ["Transfer-Encoding": "chunked"])
        expectRecorded(reply, 413, "too-large")
        #expect(
            reply.json?["detail"]?.string == "the body's length is unknown; send it with `Content-Length`")
    }

    @Test(arguments: [
        ("", "at byte 1 the body is empty"), ("  ", "at byte 3 the text ends too early"),
        ("\u{FEFF}{}", "at byte 1 a byte order mark stands before the JSON"),
        (
            #"{"config":NaN}"#,
            "at byte 11 a value is expected: an object, list, string, number, true, false or null"
        ),
        (#"{"a":-Infinity}"#, "at byte 7 a digit is expected"),
        (#"{"config":"x"} {}"#, "at byte 16 there is more after the end of the JSON"),
        (#"{"config":"x","#, "at byte 15 the text ends too early"),
        (#"{"config":"x",}"#, "at byte 15 a name in double quotes is expected"),
        (#"{config:1}"#, "at byte 2 a name in double quotes is expected"),
        (#"{"a" 1}"#, "at byte 6 a colon is expected after the name"),
        (#"{"a":01}"#, "at byte 7 a number begins with 0"), (#"{"a":1.}"#, "at byte 8 a digit is expected"),
        (#"{"a":[1 2]}"#, "at byte 9 a comma or `]` is expected"),
        (#"{"a":1 "b":2}"#, "at byte 8 a comma or `}` is expected"),
        ("{\"a\":\"\n\"}", "at byte 7 a string has a control character; write it as `\\u` and four digits"),
        (#"{"a":"\x"}"#, "at byte 7 JSON has no such escape in strings"),
        (#"{"a":"\u12g4"}"#, "at byte 7 `\\u` needs four hexadecimal digits"),
        ("'x'", "at byte 1 a value is expected"),
    ])
    func whatIsNoJSONIsToldWithItsPlace(_ body: String, _ place: String) async throws {
        let reply = try await front.patch(llamaPath, body)
        expectRecorded(reply, 400, "invalid-body")
        let detail = try #require(reply.json?["detail"]?.string)
        #expect(detail.hasPrefix("the body is no JSON: \(place)"), "\(detail)")
    }

    @Test func aStringThatIsNotUTF8IsNoJSON() async throws {
        let standard = [
            "Authorization": "Bearer canary-writer", "Content-Type": "application/merge-patch+json",
        ]
        let reply = try await front.get(
            llamaPath, standard.merging(["X-Request-Id": "req-1"]) { $1 }, method: .patch,
            body: ByteBuffer(bytes: Array(#"{"a":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)))
        expectRecorded(reply, 400, "invalid-body")
        #expect(
            reply.json?["detail"]?.string
                == "the body is no JSON: at byte 6 a string begins that is not UTF-8")
    }

    @Test(arguments: [
        String(repeating: "[", count: 300) + String(repeating: "]", count: 300), #"{"a":1e999}"#,
    ])
    func whatTheParserAloneRefusesIsNoJSONEither(_ body: String) async throws {
        expectRecorded(try await front.patch(llamaPath, body), 400, "invalid-body")
    }

    @Test(arguments: [
        (#"{"config":"x","config":"y"}"#, "config"),
        (#"{"capacity":{"desired":1,"desired":1}}"#, "capacity.desired"),
        (#"[{"a":1},{"b":1,"b":2}]"#, "1.b"),
    ])
    func aMemberThatIsThereTwiceIsNamed(_ body: String, _ member: String) async throws {
        let reply = try await front.patch(llamaPath, body)
        expectRecorded(reply, 400, "invalid-body")
        #expect(reply.json?["detail"]?.string == "`\(member)` is there twice; give it once")
        #expect(
            reply.body.contains(
                #""errors":[{"member":"\#(member)","detail":"is there twice; give it once","did_you_mean":null}]"#
            ))
        #expect(updates.refusals.first?.problem.mistakes.map(\.member) == [member])
    }

    @Test(arguments: ["7", "[]", "null", "{}", #""x""#])
    func anyOtherJSONIsForTheUpdatesToJudge(_ body: String) async throws {
        #expect(try await front.patch(llamaPath, body).status == 200)
        #expect(updates.orders.count == 1)
    }

    @Test(
        arguments: [
            ("dry_run=maybe", "dry_run", nil), ("dry-run=true", "dry-run", "dry_run"),
            ("dryRun=true", "dryRun", "dry_run"),
            ("fields=uid", "fields", nil), ("dry_run=true&dry_run=true", "dry_run", nil),
        ] as [(String, String, String?)])
    func anotherParameterIsRefused(_ query: String, _ name: String, _ didYouMean: String?) async throws {
        let reply = try await front.patch("\(llamaPath)?\(query)")
        expectRecorded(reply, 400, "invalid-parameter")
        let error = reply.json?["errors"]?.element(at: 0)
        #expect(error?["parameter"]?.string == name && error?["did_you_mean"]?.string == didYouMean)
    }

    @Test(arguments: ["dry_run=false", "dry_run="])
    func aDryRunHasToBeWanted(_ query: String) async throws {
        #expect(try await front.patch("\(llamaPath)?\(query)").status == 200)
        #expect(updates.orders.map(\.isDryRun) == [false])
    }

    @Test(arguments: [
        ("Idempotency-Key", "a b"), ("Idempotency-Key", #""a"#), ("Idempotency-Key", #""""#),
        ("Idempotency-Key", #""a";b=1"#), ("Idempotency-Key", "sch\u{F6}n"),
        ("Idempotency-Key", String(repeating: "k", count: 256)), ("Idempotency-Key", "x-canary-reader-x"),
        ("If-Match", "9f3c"), ("If-Match", #"W/"9f3c""#), ("If-Match", #""a", W/"b""#), ("If-Match", #""""#),
        ("If-Match", #"*, "a""#), ("If-Match", ","), ("If-None-Match", "*"),
    ])
    func aHeaderThatCannotBeReadIsNamed(_ header: String, _ value: String) async throws {
        let reply = try await front.patch(llamaPath, #"{"config":"x"}"#, [header: value])
        expectRecorded(reply, 400, "invalid-parameter")
        #expect(reply.json?["errors"]?.element(at: 0)?["parameter"]?.string == header)
        #expect(reply.json?["detail"]?.string?.contains("`\(header)`") == true, "\(reply.body)")
        #expect(!reply.body.contains("canary"))
        #expect((reply["Idempotency-Key"] == nil) == (header == "Idempotency-Key"))
    }

    @Test func twoKeysAreNone() async throws {
        let name = try #require(HTTPField.Name("Idempotency-Key"))
        let reply = try await front.patch(lines: ["a", "b"].map { HTTPField(name: name, value: $0) })
        expectRecorded(reply, 400, "invalid-parameter")
    }

    /// The checks in their order: each request is wrong in all that comes after.
    @Test func theFirstMistakeIsTold() async throws {
        let other = ["Content-Type": "text/plain", "Idempotency-Key": "a b", "If-Match": "x"]
        let steps: [(String, String, [String: String], Int)] = [
            ("?x=1", "no JSON", ["Origin": "https://evil.example", "Authorization": ""], 403),
            ("?x=1", "no JSON", ["Authorization": ""], 401),
            ("?x=1", "no JSON", ["Authorization": "Bearer canary-reader"], 403),
            ("?x=1", "no JSON", [:], 415),
            (
                "?x=1", "no JSON",
                ["Content-Type": "application/merge-patch+json", "Transfer-Encoding": "chunked"], 413
            ),
        ]
        for (query, body, headers, status) in steps {
            let reply = try await front.patch(llamaPath + query, body, other.merging(headers) { $1 })
            #expect(reply.status == status)
        }
        let type = ["Content-Type": "application/merge-patch+json"]
        let later: [(String, String, [String: String], String)] = [
            ("?x=1", "no JSON", other.merging(type) { $1 }, "the body is no JSON"),
            ("?x=1", "{}", other.merging(type) { $1 }, "unknown parameter `x`"),
            ("", "{}", other.merging(type) { $1 }, "`Idempotency-Key`"),
            ("", "{}", ["If-Match": "x"], "`If-Match`"),
        ]
        for (query, body, headers, detail) in later {
            let reply = try await front.patch(llamaPath + query, body, headers)
            #expect(reply.status == 400)
            #expect(reply.json?["detail"]?.string?.contains(detail) == true, "\(reply.body)")
        }
        #expect(updates.orders.isEmpty)
    }

    @Test func aTokenIsNeverEchoedNorRecorded() async throws {
        for (target, body, headers) in [
            (llamaPath, #"{"config":"canary-reader"}"#, [:]), (llamaPath, #"{"canary-reader":1}"#, [:]),
            (llamaPath, #"{"config":"\u0063anary-reader"}"#, [:]),
            (llamaPath, #"{"a":{"canary-reader":1,"canary-reader":2}}"#, [:]),
            (llamaPath, "{}", ["Idempotency-Key": "canary-reader"]),
            (llamaPath, "{}", ["If-Match": "canary-reader"]),
            (llamaPath, "{}", ["Content-Type": "canary-reader/json"]), (llamaPath, "canary-reader", [:]),
            (llamaPath + "?dry_run=canary-reader", "{}", [:]), (llamaPath + "?canary-reader=1", "{}", [:]),
            ("/v1/deployments/research/canary-reader", "{}", ["X-Request-Id": "canary-reader"]),
            ("/v1/deployments/canary-reader", "{}", [:]),
        ] as [(String, String, [String: String])] {
            let reply = try await front.patch(target, body, headers)
            #expect(!reply.body.contains("canary"), "\(target) \(body)")
            #expect(!reply.headers.contains { $0.value.contains("canary") }, "\(target) \(body)")
        }
        for refusal in updates.refusals { #expect(!"\(refusal)".contains("canary")) }
        for order in updates.orders {
            #expect(!"\(order.uid) \(order.idempotencyKey) \(order.revisions)".contains("canary"))
        }
    }
}
