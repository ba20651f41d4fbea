import Deployments
import HTTPFront
import Testing
import Wire

/// `/openapi.json` against the answers to updates.
@Suite struct UpdateDescriptionTests {
    private static let template = "/v1/deployments/{uid}"

    private func faults(
        _ form: UpdateAnswer.Form, isReplayed: Bool = false, _ headers: [String: String] = [:],
        _ body: String = "{}"
    ) async throws -> [String] {
        let updates = ScriptedUpdates { _ in UpdateAnswer(form, auditID: "a1", isReplayed: isReplayed) }
        let front = FrontHarness.updating(updates)
        let reply = try await front.patch(llamaPath, body, headers)
        return try await front.faults(of: reply, Self.template, method: "patch")
    }

    @Test func everySuccessIsAsTheDocumentSays() async throws {
        let row = SourceDescription.research.record(uid: "research/ml-prod/llama")
        let request = ShownRequest(method: "PUT", url: "https://n.example/x", body: Array("{}".utf8))
        let planned = PlannedUpdate(
            before: row, patch: UpdatePatch([.init("config", .text("x"))]), request: request)
        for form in [UpdateAnswer.Form.shown, .accepted(row), .accepted(nil), .planned(planned)] {
            #expect(try await faults(form) == [])
            #expect(try await faults(form, isReplayed: true) == [])
        }
    }

    @Test(arguments: UpdateProblem.Kind.allCases)
    func everyProblemIsAsTheDocumentSays(_ kind: UpdateProblem.Kind) async throws {
        let problem = UpdateProblem(
            kind, "x", mistakes: [UpdateMistake("config", "y", didYouMean: "z")], errorClass: .rejected,
            retryAfter: .seconds(3), revision: "9b84943f525502a8")
        #expect(try await faults(.problem(problem), isReplayed: true) == [])
    }

    @Test(arguments: [
        ["Content-Type": "text/plain"], ["Authorization": ""], ["Authorization": "Bearer canary-reader"],
        ["If-Match": "x"], ["Transfer-Encoding": "chunked"], ["Origin": "https://evil.example"],
    ])
    func everyRefusalIsAsTheDocumentSays(_ headers: [String: String]) async throws {
        #expect(try await faults(.shown, headers) == [])
    }

    @Test func aBodyThatIsNoJSONIsAnsweredAsTheDocumentSays() async throws {
        for body in ["no JSON", #"{"a":1,"a":2}"#] { #expect(try await faults(.shown, [:], body) == []) }
    }

    @Test func whatCanBeChangedIsAsTheDocumentSays() async throws {
        let front = FrontHarness.updating(ScriptedUpdates())
        let reader = ["Authorization": "Bearer canary-reader"]
        for (path, template) in [
            (llamaPath, Self.template), ("/v1/sources", "/v1/sources"),
            ("/v1/sources/research", "/v1/sources/{name}"),
        ] {
            #expect(try await front.faults(of: try await front.get(path, reader), template) == [])
        }
    }

    @Test func theBodyHasEveryFieldThatAPlatformStates() async throws {
        let document = try await FrontHarness(published: examplePublished()).get("/openapi.json").json
        let patch = document?["components"]?["schemas"]?["DeploymentPatch"]?["properties"]
        for field in DeploymentField.all {
            let path = field.name.split(separator: ".").map(String.init)
            let top = patch?[path[0]]
            let found = path.count > 1 ? top?["properties"]?[path[1]] : top
            #expect((found == nil) == field.isStamped, "\(field.name)")
        }
        let body = document?["paths"]?[Self.template]?["patch"]?["requestBody"]?["content"]
        #expect(body?.members.map(\.key) == ["application/merge-patch+json"])
    }
}
