import Deployments
import HTTPFront
import HTTPTypes
import NIOCore
import TestSupport
import Testing
import Wire

/// `/openapi.json` against what the front answers.
@Suite struct APIDescriptionTests {
    private let front = FrontHarness(published: examplePublished())

    private func document() async throws -> JSONValue {
        try #require(try await front.get("/openapi.json").json)
    }

    private func faults(
        of reply: FrontHarness.Reply, _ path: String, method: String = "get"
    ) async throws -> [String] {
        try await front.faults(of: reply, path, method: method)
    }

    @Test(arguments: [
        ("/v1/deployments", ""), ("/v1/deployments", "?page_size=2&include=history,native&all_versions=true"),
        ("/v1/deployments", "?fields=uid,accelerator&sort=-name"), ("/v1/deployments", "?page=9"),
        ("/v1/deployments", "?status=REDY&nam=x&filter={%22x%22:1}"), ("/v1/deployments", "?source=none"),
        ("/v1/deployments", "?page_token=AQAAAAAAAAABAAAAAAAAAAIAAAAAAAAAA2AQ"),
        ("/v1/deployments", "?strict=true"),
        ("/v1/summary", "?group_by=status,labels.team"),
        ("/v1/summary", "?group_by=created_at:day,replicas.ready,latest"),
        ("/v1/summary", "?group_by=capacity.unit&sum=capacity.ready"), ("/v1/summary", ""),
        ("/v1/providers", ""), ("/v1/providers", "?all_versions=true"),
        ("/v1/sources", ""), ("/v1/sources", "?page=1"), ("/healthz", ""), ("/readyz", ""),
        ("/openapi.json", ""),
        ("/docs", ""), ("/docs.css", ""), ("/", ""),
    ])
    func anAnswerIsAsTheDocumentSays(_ path: String, _ query: String) async throws {
        #expect(try await faults(of: try await front.get(path + query), path) == [])
        let head = try await front.get(path + query, method: .head)
        #expect(head.body.isEmpty)
        #expect(try await faults(of: head, path, method: "head") == [])
    }

    @Test(arguments: [
        ("/v1/deployments/{uid}", "/v1/deployments/research/ml-prod/llama?include=native"),
        ("/v1/deployments/{uid}", "/v1/deployments/research/ml-prod/llama?fields=labels,latest"),
        ("/v1/deployments/{uid}", "/v1/deployments/research/ml-prod/llama?fields=labels.team,labels.none"),
        ("/v1/deployments/{uid}", "/v1/deployments/research%2Fml-prod%2Fllama"),
        ("/v1/deployments/{uid}", "/v1/deployments/research/none"),
        ("/v1/deployments/{uid}", "/v1/deployments/research/none?status=READY"),
        ("/v1/sources/{name}", "/v1/sources/ali"), ("/v1/sources/{name}", "/v1/sources/none"),
        ("/v1/sources/{name}", "/v1/sources/ali?x=1"),
    ])
    func anAnswerAboutOneThingIsAsTheDocumentSays(_ template: String, _ target: String) async throws {
        #expect(try await faults(of: try await front.get(target), template) == [])
    }

    @Test(arguments: [
        ("/v1/models", "/v1/models?sources=problems"), ("/v1/models", "/v1/models?page=1"),
        ("/v1/models", "/v1/models?source=none"), ("/v1/models/{id}", "/v1/models/meta/llama"),
        ("/v1/models/{id}", "/v1/models/none"), ("/v1/models/{id}", "/v1/models/none?strict=maybe"),
    ])
    func anAnswerAboutModelsIsAsTheDocumentSays(_ template: String, _ target: String) async throws {
        let front = modelFront(
            [callable("a", of: .research, names: ["meta/llama"])],
            [callable("b", of: .ali, names: ["meta/llama"]) { $0.createdAt = time(100) }])
        for (method, name) in [(HTTPRequest.Method.get, "get"), (.head, "head")] {
            let reply = try await front.get(target, method: method)
            #expect(try await faults(of: reply, template, method: name) == [])
        }
    }

    @Test(arguments: [
        ("/v1/providers", "/v1/providers?page_size=1&include=source_state"),
        ("/v1/providers", "/v1/providers?name.like=chat&fields=uid,labels&sort=-host_url"),
        ("/v1/providers", "/v1/providers?host_ur=x"),
        ("/v1/providers/{uid}", "/v1/providers/research/ml-prod/chat"),
        ("/v1/providers/{uid}", "/v1/providers/research/none"),
        ("/v1/providers/{uid}", "/v1/providers/research/none?version=1"),
        ("/v1/sources", "/v1/sources"), ("/v1/sources/{name}", "/v1/sources/research"),
    ])
    func anAnswerAboutProvidersIsAsTheDocumentSays(_ template: String, _ target: String) async throws {
        let front = FrontHarness(published: providerPublished())
        for (method, name) in [(HTTPRequest.Method.get, "get"), (.head, "head")] {
            let reply = try await front.get(target, method: method)
            #expect(try await faults(of: reply, template, method: name) == [])
        }
    }

    @Test func aWholeProviderHasEveryMemberOfTheDocumentInItsOrder() async throws {
        let schema = try #require(
            try await document()["components"]?["schemas"]?["ModelProvider"]?["properties"])
        let front = FrontHarness(published: providerPublished())
        let reply = try await front.get("/v1/providers?include=source_state&page_size=1")
        let record = try #require(reply.json?["data"]?.element(at: 0))
        #expect(record.members.map(\.key) == schema.members.map(\.key))
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"])
    func aRequestForAnInferenceIsAnsweredAsTheDocumentSays(_ path: String) async throws {
        let front = modelFront([callable("a", of: .research, names: ["m"])])
        for body in [#"{"model":"m"}"#, "x"] {
            let reply = try await front.get(path, method: .post, body: ByteBuffer(string: body))
            #expect(reply.status == 404)
            #expect(try await faults(of: reply, path, method: "post") == [])
        }
    }

    @Test(arguments: [RefreshOutcome.done, .inProgress, .refused(.minInterval, retryAfter: .seconds(3))])
    func aRefreshIsAsTheDocumentSays(_ outcome: RefreshOutcome) async throws {
        var front = front
        front.freshness = ScriptedFreshness(refresh: { _ in outcome })
        let template = "/v1/sources/{name}/refresh"
        let reply = try await front.get("/v1/sources/ali/refresh", method: .post)
        #expect(try await faults(of: reply, template, method: "post") == [])
        let wrong = try await front.get("/v1/sources/none/refresh?x=1", method: .post)
        #expect(wrong.status == 400)
        #expect(try await faults(of: wrong, template, method: "post") == [])
    }

    @Test func everyTroubleIsAsTheDocumentSays() async throws {
        var failing = FrontHarness(
            published: examplePublished(
                research: .listed(.research, count: 3).failing(.rateLimited, "429"),
                ali: .unlisted(.ali).failing(.auth, "refused")))
        failing.storeProblem = StoreProblem(since: time(900), message: "disk is full")
        failing.configuration = ConfigurationStatus(
            loadedAt: .at(1), refusal: .init(message: "line 3", since: .at(2), problems: 1))
        for query in ["", "?strict=true"] {
            #expect(
                try await faults(of: try await failing.get("/v1/deployments\(query)"), "/v1/deployments")
                    == [])
        }
        #expect(try await faults(of: try await failing.get("/v1/sources"), "/v1/sources") == [])
        #expect(try await faults(of: try await failing.get("/v1/sources/ali"), "/v1/sources/{name}") == [])
        #expect(try await faults(of: try await failing.get("/readyz"), "/readyz") == [])
        let (late, _) = FrontHarness.reading(unmet: ["ali": .timeout])
        for query in ["?max_age=1", "?max_age=1&strict=true"] {
            let reply = try await late.get("/v1/deployments\(query)")
            #expect(reply.status == (query.hasSuffix("true") ? 504 : 200))
            #expect(try await faults(of: reply, "/v1/deployments") == [])
        }
        let empty = FrontHarness(
            published: examplePublished(research: .unlisted(.research), ali: .unlisted(.ali)))
        #expect(try await faults(of: try await empty.get("/v1/deployments"), "/v1/deployments") == [])
        #expect(try await faults(of: try await empty.get("/readyz"), "/readyz") == [])
    }

    @Test func aRefusedCallerIsAnsweredAsTheDocumentSays() async throws {
        var front = front
        front.config = FrontConfig(
            access: AccessPolicy(tokens: [
                AccessToken(name: "w", secret: Secret("s3"), permissions: [.write])
            ]))
        front.config.privateDocs = true
        for path in ["/v1/deployments", "/v1/summary", "/v1/sources", "/openapi.json", "/docs", "/docs.css"] {
            for headers in [[:], ["Authorization": "Bearer s3"], ["Authorization": "Bearer x"]] {
                let reply = try await front.get(path, headers)
                #expect(reply.status == (headers["Authorization"] == "Bearer s3" ? 403 : 401))
                #expect(try await faults(of: reply, path) == [])
            }
        }
        #expect(try await front.get("/healthz").status == 200)
    }

    /// The document's security is optional: only some configurations, such as private docs, need a token.
    @Test func noTokenIsNeededForWhatIsOpen() async throws {
        let paths = try #require(try await document()["paths"]).members
        let open = paths.filter { $0.value["get"]?["security"]?.elements.isEmpty == true }.map(\.key)
        #expect(open == ["/", "/healthz", "/readyz"])
        let standard = try #require(try await document()["security"]).elements.map { $0.members.map(\.key) }
        #expect(standard == [[], ["bearer"]])
    }

    @Test(arguments: [
        "/v1/deployments", "/v1/summary?group_by=status", "/v1/sources", "/openapi.json", "/docs",
        "/docs.css",
    ])
    func whatIsNotModifiedIsAsTheDocumentSays(_ target: String) async throws {
        let tag = try #require(try await front.get(target)["ETag"])
        let reply = try await front.get(target, ["If-None-Match": tag])
        #expect(reply.status == 304)
        #expect(reply["ETag"] == tag && reply["Cache-Control"]?.isEmpty == false)
        #expect(try await faults(of: reply, String(target.prefix { $0 != "?" })) == [])
    }

    @Test func whatIsTooLargeIsAsTheDocumentSays() async throws {
        let long = try await front.get("/v1/deployments?name=" + String(repeating: "x", count: 20_000))
        #expect(long.status == 414)
        #expect(try await faults(of: long, "/v1/deployments") == [])
        let headers = try await front.get(
            "/v1/deployments", ["X-Long": String(repeating: "x", count: 40_000)])
        #expect(headers.status == 431)
        #expect(try await faults(of: headers, "/v1/deployments") == [])
    }

    @Test func everyRouteAndMethodIsInTheDocument() async throws {
        let document = try await document()
        let paths = try #require(document["paths"]).members
        #expect(
            paths.map(\.key) == [
                "/", "/v1/deployments", "/v1/deployments/{uid}", "/v1/providers", "/v1/providers/{uid}",
                "/v1/summary", "/v1/models", "/v1/models/{id}", "/v1/chat/completions", "/v1/completions",
                "/v1/embeddings",
                "/v1/responses", "/v1/sources",
                "/v1/sources/{name}",
                "/v1/sources/{name}/refresh", "/v1/audit", "/v1/audit/{id}", "/healthz", "/readyz",
                "/openapi.json", "/docs",
                "/docs.css",
            ])
        for (path, operations) in paths {
            // `Allow` in the answer to a wrong method lists the document's methods.
            let allowed = try #require(try await front.get(path, method: .delete)["Allow"])
            // Of this gateway nothing can be changed.
            let methods = operations.members.map { $0.key.uppercased() }.filter { $0 != "PATCH" }
            #expect(methods.joined(separator: ", ") == allowed, "\(path)")
        }
        let ids = paths.flatMap { $0.value.members.compactMap { $0.value["operationId"]?.string } }
        #expect(Set(ids).count == 40 && ids.count == 40)
    }

    @Test func everyFieldOperatorAndProblemIsInTheDocument() async throws {
        let document = try await document()
        let parameters = try #require(document["components"]?["parameters"])
        let operators = try #require(parameters["operators"]?["schema"]?["patternProperties"]).members.map(
            \.key)
        for field in DeploymentField.all {
            #expect(parameters["field.\(field.name)"]?["name"]?.string == field.name)
            for operation in FilterOperator.allCases {
                let name = "\(field.name).\(operation.rawValue)"
                let isDocumented = try operators.contains { name.firstMatch(of: try Regex($0)) != nil }
                let reply = try await front.get("/v1/deployments?\(name)=")
                #expect(isDocumented == (reply.status == 200), "\(name)")
            }
        }
        let types =
            document["components"]?["schemas"]?["Problem"]?["properties"]?["type"]?["enum"]?.elements ?? []
        #expect(types.count == Problem.Kind.allCases.count)
    }

    @Test func aWholeRecordHasEveryMemberOfTheDocumentInItsOrder() async throws {
        let document = try await document()
        let schema = try #require(document["components"]?["schemas"]?["ModelDeployment"]?["properties"])
        let reply = try await front.get("/v1/deployments?include=history,native,source_state&page_size=1")
        let record = try #require(reply.json?["data"]?.element(at: 0))
        #expect(record.members.map(\.key) == schema.members.map(\.key))
        #expect(schema["source_state"]?["type"]?.elements.compactMap(\.string) == ["string", "null"])
        #expect(schema["source_state"]?["enum"]?.elements.last?.kind == .null)
        for (key, value) in record.members where value.kind == .object && key != "labels" && key != "native" {
            #expect(value.members.map(\.key) == schema[key]?["properties"]?.members.map(\.key))
        }
    }

    /// The value that a link takes from an answer exists, and the link's target answers with 200.
    @Test(arguments: [
        ("NextPage", "/v1/deployments?page_size=1", "/v1/deployments?page_token="),
        ("ListedDeployment", "/v1/deployments", "/v1/deployments/"),
        ("SourceOfListed", "/v1/deployments", "/v1/sources/"),
        ("SourceOfDeployment", "/v1/deployments/research/ml-prod/llama", "/v1/sources/"),
        ("ListedSource", "/v1/sources", "/v1/sources/"),
    ])
    func aLinkLeadsOnFromAnAnswer(_ name: String, _ from: String, _ to: String) async throws {
        let link = try #require(try await document()["components"]?["links"]?[name])
        let expression = try #require(link["parameters"]?.members.first?.value.string)
        let path = try #require(expression.wholeMatch(of: /\$response\.body#\/(.+)/)).1.split(separator: "/")
        let answer = try #require(try await front.get(from).json)
        let value = path.reduce(answer as JSONValue?) { value, step in
            Int(step).flatMap { value?.element(at: $0) } ?? value?[String(step)]
        }
        #expect(try await front.get(to + #require(value?.string)).status == 200)
    }

    @Test func everyLinkNamesAnOperationAndOneOfItsParameters() async throws {
        let document = try await document()
        let checker = SchemaChecker(document: document)
        let operations = (document["paths"]?.members ?? []).flatMap { $0.value.members.map(\.value) }
        let links = try #require(document["components"]?["links"]).members
        let used = operations.flatMap { $0["responses"]?.members ?? [] }.flatMap {
            $0.value["links"]?.members ?? []
        }
        #expect(Set(links.map(\.key)) == Set(used.map(\.key)))
        for link in links.map(\.value) {
            let target = try #require(
                operations.first { $0["operationId"]?.string == link["operationId"]?.string })
            let names = (target["parameters"]?.elements ?? []).compactMap {
                checker.resolved($0)["name"]?.string
            }
            let given = (link["parameters"]?.members ?? []).map(\.key)
            #expect(given.count == 1 && given.allSatisfy(names.contains))
        }
    }

    @Test func everyReferenceLeadsSomewhereAndEveryExampleIsRight() async throws {
        let document = try await document()
        let checker = SchemaChecker(document: document)
        var references = 0
        var examples = 0
        func visit(_ value: JSONValue, _ path: String) {
            if let target = value["$ref"]?.string {
                references += 1
                #expect(checker.resolved(value)["$ref"] == nil, "\(path): \(target)")
            }
            if let schema = value["schema"] {
                let given = (value["examples"]?.members ?? []).compactMap { $0.value["value"] }
                for example in given + [value["example"]].compactMap({ $0 }) {
                    examples += 1
                    #expect(checker.faults(of: example, against: schema) == [], "\(path)")
                }
            }
            if value["type"] != nil || value["anyOf"] != nil, let given = value["examples"],
                given.kind == .array
            {
                for example in given.elements {
                    examples += 1
                    #expect(checker.faults(of: example, against: value) == [], "\(path)")
                }
            }
            for (key, member) in value.members { visit(member, "\(path)/\(key)") }
            for (index, element) in value.elements.enumerated() { visit(element, "\(path)/\(index)") }
        }
        visit(document, "")
        #expect(references > 100 && examples > 10)
    }

    @Test func thePageNamesEverythingAndLetsNothingIn() async throws {
        let reply = try await front.get("/docs")
        #expect(reply["Content-Type"] == "text/html; charset=utf-8")
        let policy = try #require(reply["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'self'; "))
        let style = try await front.get("/docs.css")
        #expect(style["Content-Type"] == "text/css; charset=utf-8")
        #expect(style.body.hasPrefix(":root { --ink: "))
        #expect(reply.body.contains("<link rel=\"stylesheet\" href=\"docs.css\">"))
        #expect(reply.body.components("<link") == 1)
        for foreign in [
            "<script", "src=", "href=\"http", "href=\"/", "url(", "@import", " style=", "<iframe",
        ] {
            #expect(!reply.body.contains(foreign) && !style.body.contains(foreign), "\(foreign)")
        }
        for field in DeploymentField.all {
            #expect(reply.body.contains("<code>\(field.name)</code>"), "\(field.name)")
        }
        for kind in Problem.Kind.allCases { #expect(reply.body.contains("<code>\(kind.rawValue)</code>")) }
        for path in try #require(try await document()["paths"]).members.map(\.key) {
            #expect(reply.body.contains("<code>\(path)</code>"))
        }
        for tag in ["details", "table", "tr", "td", "pre", "section", "article", "code", "div"] {
            let opened = reply.body.components("<\(tag)>") + reply.body.components("<\(tag) ")
            #expect(opened == reply.body.components("</\(tag)>"), "\(tag)")
        }
    }
}

extension String {
    /// The number of occurrences of `part`.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
