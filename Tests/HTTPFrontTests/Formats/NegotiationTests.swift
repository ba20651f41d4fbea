import HTTPTypes
import Testing
import Wire

/// Content negotiation: `format` wins, then `Accept`.
@Suite struct NegotiationTests {
    private let front = FrontHarness(published: examplePublished())

    private static let types = [
        "json": "application/json", "csv": "text/csv; charset=utf-8; header=present",
        "ndjson": "application/x-ndjson",
    ]

    @Test(
        arguments: [
            ([], "json"), (["*/*"], "json"), (["text/html, */*;q=0.8"], "json"), (["text/html"], "json"),
            (["nonsense"], "json"), ([""], "json"), (["application/json;q=0"], "json"), (["*/*;q=0"], "json"),
            (["text/csv"], "csv"), (["TEXT/CSV"], "csv"), (["text/*"], "csv"),
            (["text/csv;header=present"], "csv"),
            (["text/csv; charset=\"a,b;q=0\" ; q=0.2"], "csv"), (["application/x-ndjson"], "ndjson"),
            (["application/ndjson"], "ndjson"), (["application/*"], "json"),
            (["text/csv, application/json;q=0.1"], "csv"), (["text/csv;q=0.1, application/json"], "json"),
            (["text/csv, application/json"], "json"), (["application/x-ndjson, text/csv"], "csv"),
            (["application/x-ndjson;q=0.9, text/csv;q=0.8"], "ndjson"),
            (["text/csv;q=0.8", "application/x-ndjson;q=0.9"], "ndjson"),
            (["text/csv;q=0, text/*, application/ndjson;q=0.1"], "ndjson"),
            (["application/json;q=0, */*"], "csv"), (["*/*;q=0.1, text/*;q=0.2"], "csv"),
            (["*/*, text/*;q=0.2"], "json"), (["application/*;q=0.5, application/json;q=0.4"], "ndjson"),
            (["text/csv;q=2, application/ndjson;q=0.1"], "ndjson"),
            (["text/csv, application/problem+json"], "csv"),
            (["text/csv;q=0"], "json"), (["/csv, text/, text/csv"], "csv"),
        ] as [([String], String)])
    func theFormatIsTheOneThatAcceptLikesBest(_ lines: [String], _ format: String) async throws {
        for target in ["/v1/deployments", "/v1/deployments/ali/qwen-1", "/v1/summary?group_by=status"] {
            let reply = try await front.get(target, lines: lines.map { .init(name: .accept, value: $0) })
            #expect(reply.status == 200)
            #expect(reply["Content-Type"] == Self.types[format], "\(target)")
        }
    }

    @Test(arguments: ["json", "csv", "ndjson"])
    func aParameterWinsOverTheHeader(_ format: String) async throws {
        for accept in ["text/csv", "application/json", "application/x-ndjson", "*/*"] {
            let reply = try await front.get("/v1/deployments?format=\(format)", ["Accept": accept])
            #expect(reply["Content-Type"] == Self.types[format])
            let empty = try await front.get("/v1/deployments?format=", ["Accept": accept])
            #expect(empty.status == 200)
        }
    }

    @Test(arguments: [
        ("format=CSV", "csv"), ("format=ndjsn", "ndjson"), ("format=xml", "json"),
        ("format=csv&format=csv", nil),
    ])
    func anotherFormatIsNamedAsWrong(_ query: String, _ better: String?) async throws {
        for target in ["/v1/deployments?", "/v1/deployments/ali/qwen-1?", "/v1/summary?group_by=status&"] {
            let reply = try await front.get(target + query)
            #expect(reply.status == 400)
            let errors = try #require(reply.json?["errors"]).elements
            #expect(errors.map { $0["parameter"]?.string } == ["format"])
            #expect(errors.first?["did_you_mean"]?.string == better)
        }
    }

    @Test func aProblemIsJSONWhateverIsAccepted() async throws {
        let reply = try await front.get("/v1/deployments?format=csv&stauts=READY", ["Accept": "text/csv"])
        #expect(reply.status == 400)
        #expect(reply["Content-Type"] == "application/problem+json")
        #expect(reply["Content-Disposition"] == nil)
    }
}
