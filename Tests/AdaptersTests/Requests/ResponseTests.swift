import Adapters
import Deployments
import TestSupport
import Testing
import Upstream
import Wire

/// Errors made from answers without a list, and the parts of an answer that they show.
@Suite(.timeLimit(.minutes(10))) struct ResponseTests {
    private func error(
        _ response: UpstreamResponse, file: NimbusFile = NimbusFile(more: "errors: {code: $.code}"),
        now: Int64 = 0
    ) async throws -> SourceError {
        let source = try file.source(
            ScriptedTransport { _ in response }, now: { Timestamp(microseconds: now) })
        return try #require(await source.fetch().errors.first)
    }

    @Test(arguments: [
        (300, "bad_response"), (304, "bad_response"), (400, "rejected"), (401, "auth"), (402, "billing"),
        (403, "permission"), (404, "not_found"), (405, "rejected"), (407, "unreachable"), (408, "timeout"),
        (409, "rejected"), (410, "not_found"), (413, "rejected"), (418, "rejected"), (422, "rejected"),
        (429, "rate_limited"), (451, "rejected"), (500, "server_error"), (501, "server_error"),
        (502, "server_error"), (503, "server_error"), (504, "server_error"), (599, "server_error"),
        (700, "bad_response"),
    ])
    func aStatusThatNoRuleNamesHasTheClassOfItsKind(_ status: Int, _ expected: String) async throws {
        for body in ["", "{}", "<html>", #"{"items": []}"#] {
            let error = try await error(.text(body, status: status))
            #expect(error.errorClass.rawValue == expected)
            #expect(error.message.hasSuffix("HTTP \(status)"))
            #expect(error.retryAfter == nil)
        }
    }

    @Test(arguments: [
        ("", "HTTP 200, but the body is not JSON: the body is empty"),
        ("null", "the answer has no `$.items`"),
        ("{}", "the answer has no `$.items`"),
        (#"{"items": null}"#, "the answer has no `$.items`"),
        (#"{"items": {}}"#, "`$.items` must be a list, but is an object"),
        (#"{"items": "canary"}"#, "`$.items` must be a list, but is a text"),
        (#"{"items": 5}"#, "`$.items` must be a list, but is a number"),
        (#"[{"id": "a"}]"#, "the answer has no `$.items`"),
    ])
    func anAnswerWithoutTheListIsNoEmptyList(_ body: String, _ message: String) async throws {
        let error = try await error(.text(body))
        #expect(error.errorClass == .badResponse)
        #expect(error.message == message)
    }

    @Test(arguments: [
        #"{"items": [{"id": "canary""#, #"{"items": []} canary"#,
        #"{"items": [01]}"#, #"{"items": [nul]}"#, "\u{FEFF}canary", #"{"items": [], "canary": NaN"#,
        #"{"items": "# + String(repeating: "[", count: 100_000),
        #"{"items": "# + String(repeating: #"{"canary": "#, count: 5000),
    ])
    func aBodyThatIsNoJSONIsABadResponseWithoutItsText(_ body: String) async throws {
        let error = try await error(.text(body))
        #expect(error.errorClass == .badResponse)
        #expect(error.message.hasPrefix("HTTP 200, but the body is not JSON: "))
        #expect(!error.message.contains("canary"))
        #expect(error.message.utf8.count < 200)
    }

    @Test(arguments: [
        ("<!doctype html><title>canary</title>", "", "an HTML page"),
        ("\u{FEFF}\n  <HTML lang=en>canary", "", "an HTML page"), ("<h1>canary</h1>", "", "an HTML page"),
        ("<?xml version='1.0'?><Error>canary</Error>", "application/xml", "an XML document"),
        ("<?xml version='1.0'?>\n<!DOCTYPE html><html>canary</html>", "", "an HTML page"),
        ("canary", "Text/HTML; charset=utf-8", "an HTML page"),
    ])
    func aPageForABrowserIsReportedAsThat(_ body: String, _ type: String, _ kind: String) async throws {
        let error = try await error(.text(body, headers: [("content-type", type)]))
        #expect(
            error.description == "bad_response: HTTP 200, but the body is \(kind) where JSON belongs")
    }

    @Test(arguments: [("", ""), ("", "text/html"), (#"{"items": ["#, "text/html"), ("canary", "text/plain")])
    func aBodyThatIsNoPageIsNotTakenForOne(_ body: String, _ type: String) async throws {
        let error = try await error(.text(body, headers: [("content-type", type)]))
        #expect(error.message.hasPrefix("HTTP 200, but the body is not JSON: "))
    }

    @Test func a407IsTheProxysRefusalAndNotTheTokens() async throws {
        let file = NimbusFile(secrets: "{token: {about: A key.}}", auth: "{bearer: token}")
        let source = try file.source(ScriptedTransport { _ in .text("<html>", status: 407) }) {
            $0.secrets["token"] = .fixed("canary")
        }
        #expect(
            await source.fetch().errors.map(\.description)
                == ["unreachable: the proxy refused the request: HTTP 407"])
    }

    @Test func hugeNumbersLoseTheirFieldAndNotTheirRow() async throws {
        let file = NimbusFile(
            fields: "{replicas.ready: $.ready, capacity.ready: $.cap, created_at: unix_seconds($.made)}")
        let body = """
            {"items": [{"id": 18446744073709551615, "state": "up", "ready": 18446744073709551615,
              "cap": 1e308, "made": 1e300},
             {"id": -9223372036854775808, "ready": -9223372036854775808, "cap": 0.1, "made": -1e15},
             {"id": 1e17, "ready": 9007199254740993, "cap": "1e309"}]}
            """
        let source = try file.source(ScriptedTransport { _ in .text(body) })
        let fetch = await source.fetch()
        #expect(fetch.errors.isEmpty)
        #expect(fetch.partitions.first.flatMap { try? $0.result.get().unidentified } == 0)
        #expect(
            fetch.rows.map(\.uid) == [
                "test/18446744073709551615", "test/-9223372036854775808", "test/100000000000000000",
            ])
        #expect(fetch.rows.map(\.replicas.ready) == [nil, nil, nil])
        #expect(fetch.rows.map(\.capacity.ready) == [1e308, 0.1, nil])
        #expect(fetch.rows.map(\.createdAt) == [nil, nil, nil])
    }

    @Test(arguments: [
        ("Overdue.Billing_1-x", "rejected: HTTP 400 (Overdue.Billing_1-x)"),
        ("has space", "rejected: HTTP 400"), ("<b>", "rejected: HTTP 400"), ("é", "rejected: HTTP 400"),
        ("canary@example.com", "rejected: HTTP 400"), ("a/b", "rejected: HTTP 400"),
        ("", "rejected: HTTP 400"), (String(repeating: "a", count: 65), "rejected: HTTP 400"),
        (String(repeating: "a", count: 64), "rejected: HTTP 400 (\(String(repeating: "a", count: 64)))"),
    ])
    func onlyAHarmlessCodeIsShown(_ code: String, _ expected: String) async throws {
        let body = #"{"code": "\#(code)", "message": "canary"}"#
        #expect(try await error(.text(body, status: 400)).description == expected)
    }

    @Test(arguments: [
        ("5100", "HTTP 400 (5100)"), ("1.5", "HTTP 400"), ("{}", "HTTP 400"), ("true", "HTTP 400"),
    ])
    func aCodeMayBeAWholeNumber(_ code: String, _ message: String) async throws {
        #expect(try await error(.text(#"{"code": \#(code)}"#, status: 400)).message == message)
    }

    @Test func headersAreNeverShown() async throws {
        let error = try await error(
            .text("{}", status: 503, headers: [("x-debug", "canary"), ("retry-after", "canary")]))
        #expect(error.message == "HTTP 503")
        #expect(error.retryAfter == nil)
    }

    @Test func theFirstRuleWhoseEveryConditionHoldsDecides() async throws {
        let file = NimbusFile(
            more: """
                errors:
                  code: $.code
                  failed_when: exists($.code)
                  rules:
                    - {http: [429], codes: [Unpaid], is: billing, hint: pay the bill}
                    - {codes: [slow, SLOWER], is: rate_limited}
                    - {http: [400], when: "$.detail == 'who'", is: auth}
                    - {http: [200], is: server_error}
                """)
        let table: [(Int, String, String)] = [
            (429, #"{"code": "UNPAID"}"#, "billing: HTTP 429 (UNPAID); pay the bill"),
            (429, #"{"code": "other"}"#, "rate_limited: HTTP 429 (other)"),
            (500, #"{"code": "slower"}"#, "rate_limited: HTTP 500 (slower)"),
            (
                400, #"{"detail": "who"}"#,
                "auth: the platform requires credentials, but none are configured: HTTP 400"
            ),
            (400, #"{"detail": ["who"]}"#, "rejected: HTTP 400"),
            (200, #"{"code": "oops", "items": []}"#, "server_error: HTTP 200 (oops)"),
            (400, "no json", "rejected: HTTP 400"),
        ]
        for (status, body, expected) in table {
            #expect(try await error(.text(body, status: status), file: file).description == expected)
        }
    }

    /// A header, its value, and the pause in milliseconds.
    ///
    /// The clock stands at Sun, 06 Nov 1994 08:49:37 GMT.
    @Test(
        arguments: [
            ("retry-after", "120", 120_000), ("retry-after", "0", 0), ("retry-after", "1.5", 1500),
            ("retry-after", "999999999", 3_600_000), ("retry-after", "99999999999999999999", 3_600_000),
            ("retry-after", "3600", 3_600_000), ("retry-after", "3599", 3_599_000),
            ("retry-after", "-1", nil), ("retry-after", "soon", nil), ("retry-after", "", nil),
            ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT", 30_000),
            ("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT", 0),
            ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT", 0),
            ("retry-after", "Wed, 21 Dec 2044 07:28:00 GMT", 3_600_000),
            ("retry-after", "Sun, 31 Feb 1995 08:49:37 GMT", nil),
            ("retry-after", "Sunday, 06-Nov-94 08:50:07 GMT", nil),
            ("retry-after", "Sun, 06 Nov 1994 08:50:07 UTC", nil),
            ("retry-after", "Sun, 06 nov 1994 08:50:07 GMT", nil),
            ("retry-after-ms", "250", 250), ("retry-after-ms", "99999999999", 3_600_000),
            ("retry-after-ms", "-5", nil), ("retry-after-ms", "x", nil),
        ] as [(String, String, Int?)])
    func aPauseIsReadInEveryFormAndBoundedToAnHour(
        _ name: String, _ value: String, _ milliseconds: Int?
    ) async throws {
        let error = try await error(
            .text("{}", status: 429, headers: [(name, value)]), now: 784_111_777_000_000)
        #expect(error.retryAfter == milliseconds.map { .milliseconds($0) })
    }

    @Test(
        arguments: [
            ([("retry-after", "30")], "; the platform requested a pause of 30 s"),
            ([("retry-after", "1.5")], "; the platform requested a pause of 1.5 s"),
            ([("retry-after-ms", "40")], "; the platform requested a pause of 0.04 s"),
            (
                [("retry-after", "86400")],
                "; the platform requested a pause of 86400 s, of which 3600 s are observed"
            ),
            (
                [("retry-after", "5"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")],
                "; the platform requested a pause of 60 s"
            ),
            ([("retry-after", "0")], ""), ([("retry-after", "soon")], ""),
        ] as [([(String, String)], String)])
    func aPauseIsReportedWithItsLength(_ headers: [(String, String)], _ reported: String) async throws {
        let response = UpstreamResponse.text(
            #"{"code": "slow"}"#, status: 429, headers: headers.map { (name: $0.0, value: $0.1) })
        #expect(try await error(response).message == "HTTP 429 (slow)\(reported)")
    }

    @Test func millisecondsArePreferredAndSecondsAreTheFallBack() async throws {
        let both = try await error(
            .text("{}", status: 429, headers: [("retry-after", "9"), ("retry-after-ms", "40")]))
        #expect(both.retryAfter == .milliseconds(40))
        let odd = try await error(
            .text("{}", status: 429, headers: [("retry-after", "9"), ("retry-after-ms", "x")]))
        #expect(odd.retryAfter == .seconds(9))
    }

    @Test(arguments: [
        (UpstreamError.Code.unreachable, "unreachable"), (.timedOut, "timeout"), (.tls, "tls"),
        (.tooLarge, "too_large"), (.badResponse, "bad_response"), (.redirectRefused, "bad_response"),
        (.plaintextRefused, "config"), (.badRequest, "config"),
    ])
    func aFailedExchangeHasItsClass(_ code: UpstreamError.Code, _ expected: String) async throws {
        let source = try NimbusFile().source(
            ScriptedTransport { _ in throw UpstreamError(code: code, detail: "in our words") })
        #expect(await source.fetch().errors.map(\.description) == ["\(expected): in our words"])
    }

    @Test func aLackOfFileDescriptorsIsAFaultOfOurs() async throws {
        let source = try NimbusFile().source(
            ScriptedTransport { _ in throw UpstreamError(code: .noDescriptors, detail: "in our words") })
        let errors = await source.fetch().errors
        #expect(errors.map(\.description) == ["internal: internal error; see the log"])
        #expect(errors.first?.logDetail?.contains("no file descriptor is left") == true)
    }

    @Test func aFaultOfOursIsNeverThePlatformsAndItsTextIsForTheLog() async throws {
        struct Odd: Error, CustomStringConvertible { var description = "canary" }
        let source = try NimbusFile().source(ScriptedTransport { _ in throw Odd() })
        let errors = await source.fetch().errors
        #expect(errors.map(\.description) == ["internal: internal error; see the log"])
        #expect(errors.map(\.logDetail) == ["canary"])
    }
}
