import Deployments
import HTTPTypes
import Snapshots

/// The description of one route.
struct OperationDescription {
    /// The operation's name in generated code, for `GET` or `POST`.
    let id: String
    /// A phrase without a full stop.
    let summary: String
    let details: String
    /// The grammar of its parameters; nil if it has none.
    let use: QueryParser.Name.Use?
    /// The kind of record whose fields the parameters name.
    var schema = RecordSchema.deployments
    /// The component names of the path's parameters.
    var path: [String] = []
    /// The component names of the request's own headers.
    var headers: [String] = []
    /// The request's body; nil if it is ignored.
    var body: JSONTree?
    /// The successful answers.
    let answers: [Answer]
    /// The problems, in addition to those that every route has.
    let problems: [Problem.Kind]
    /// The component names of headers that every problem may have.
    var problemHeaders: [String] = []
    /// The component names of its answers' links.
    var links: [String] = []
    /// Commands to try it with; `$G` is the gateway's base URL.
    let curl: [String]

    /// A successful answer.
    struct Answer {
        var status = 200
        /// The meaning of the status: a sentence.
        let summary: String
        /// The component names of the headers.
        let headers: [String]
        /// The body's content; nil for a response without a body.
        let content: JSONTree?
    }
}

extension OperationDescription.Answer {
    /// A JSON document of a named schema, and if it has rows, lines too.
    init(
        _ summary: String, _ headers: [String], _ schema: String, example: JSONTree? = nil,
        lines: [ResponseFormat: JSONTree]? = nil, status: Int = 200
    ) {
        let content = ResponseDescription.content(schema, example: example, lines: lines)
        self.init(status: status, summary: summary, headers: headers, content: content)
    }
}

extension Route {
    /// The route as OpenAPI's operations, by method.
    var operations: [(String, JSONTree)] {
        methods.map { method in (method.rawValue.lowercased(), operation(method)) }
    }

    private func operation(_ method: HTTPRequest.Method) -> JSONTree {
        let described = description(of: method)
        let isHead = method == .head
        var responses = described.answers.map { answer in
            let response = ResponseDescription.response(
                answer.summary, headers: answer.headers, content: isHead ? nil : answer.content,
                links: isHead ? [] : described.links)
            return ("\(answer.status)", response)
        }
        let tagged = described.answers.first { $0.headers.contains("ETag") }
        if let tagged {
            let summary = "The representation that `If-None-Match` names is still current."
            responses.append(("304", ResponseDescription.response(summary, headers: tagged.headers)))
        }
        // Documents are open unless the operator makes them private, so a token may be needed.
        let isOpen = isOpen(privateDocs: true)
        var problems = described.problems + [.tooLarge, .requestTimeout]
        if !isOpen { problems += [.unauthenticated, .forbidden] }
        // Probes look at no host, and are answered when the gateway is overloaded.
        if !isProbe {
            problems += [.overloaded, .misdirected, .invalidParameter].filter { !problems.contains($0) }
        }
        responses += ResponseDescription.problems(
            problems, withContent: !isHead, adding: described.problemHeaders)
        let headers = described.headers + (tagged == nil ? [] : ["If-None-Match"])
        let demands = described.use.map { ![.none, .update].contains($0) } ?? false
        let parameters =
            described.path.map(ParameterDescription.reference)
            + (described.use.map { ParameterDescription.references($0, of: described.schema) } ?? [])
            + (headers + (demands ? ["Cache-Control"] : []) + ["X-Request-Id"])
            .map(ParameterDescription.reference)
        var operation: JSONTree = [
            "operationId": .text(
                isHead
                    ? "head" + described.id.prefix(1).uppercased() + described.id.dropFirst() : described.id),
            "summary": .text(isHead ? described.summary + ": headers only" : described.summary),
            "description": .text(described.details), "parameters": .list(parameters),
            "responses": .object(responses.sorted { $0.0 < $1.0 }),
        ]
        if let body = described.body { operation = operation.adding(["requestBody": body]) }
        if isOpen { operation = operation.adding(["security": []]) }
        guard !isHead, !described.curl.isEmpty else { return operation }
        return operation.adding([
            "x-codeSamples": .list(described.curl.map { ["lang": "Shell", "source": .text($0)] })
        ])
    }

    private func description(of method: HTTPRequest.Method) -> OperationDescription {
        switch self {
        case .record(.deployments, _) where method == .patch: .updateDeployment
        case .root: .redirectToDocs
        case .list(.deployments): .listDeployments
        case .record(.deployments, _): .getDeployment
        case .list(.providers): .listProviders
        case .record(.providers, _): .getProvider
        case .list(.audit): .listAudit
        case .record(.audit, _): .getAuditRecord
        case .summary: .summarize
        case .models: .listModels
        case .model: .getModel
        case .inference(let path): .refuseInference(path)
        case .sources: .listSources
        case .source: .getSource
        case .refresh: .refreshSource
        case .healthz: .health
        case .readyz: .readiness
        case .openAPI: .describe
        case .docs: .docs
        case .docsStyle: .docsStyle
        }
    }
}

/// The operations' purposes and answers.
extension OperationDescription {
    static let sourceHeaders = ResponseDescription.sourceHeaders
    static let rowHeaders = ResponseDescription.rowHeaders
    private static let openByDefault = "Open to everyone unless `listen.private_docs` is true."
    static let read: [Problem.Kind] = [.invalidParameter, .noData, .incomplete, .notFreshEnough]

    fileprivate static let listDeployments = OperationDescription(
        id: "listDeployments", summary: "The merged list",
        details:
            "Every deployment of every source that the query reaches, filtered, sorted and paged.",
        use: .list,
        answers: [
            .init(
                "A page.", rowHeaders + ["Link.next"], "DeploymentList",
                example: Examples.list(of: .deployments), lines: Examples.lines(of: .deployments))
        ],
        problems: read + [.snapshotGone, .tooManyRequests],
        links: ["NextPage", "ListedDeployment", "SourceOfListed"],
        curl: [
            "curl -s \"$G/v1/deployments?status=FAILED,DEGRADED&sort=-updated_at\"",
            "curl -s \"$G/v1/deployments?created_at.gte=-7d&accelerator.type.exists=true\"",
            "curl -sG \"$G/v1/deployments\" --data-urlencode 'filter={\"$or\":[{\"status\":\"FAILED\"},{\"replicas.ready\":0}]}'",
        ])

    fileprivate static let getDeployment = OperationDescription(
        id: "getDeployment", summary: "One deployment",
        details:
            "The latest version, or the one that `version` names, with its history unless `fields` leaves that out.",
        use: .one,
        path: ["uid"],
        answers: [
            .init(
                "The deployment.", rowHeaders + ["Allow", "Accept-Patch"], "OneDeployment",
                example: Examples.one(of: .deployments),
                lines: Examples.lines(of: .deployments))
        ],
        problems: read + [.notFound, .tooManyRequests], links: ["SourceOfDeployment"],
        curl: [
            "curl -s \"$G/v1/deployments/research/ml-prod/chat-llama70b\"",
            "curl -s \"$G/v1/deployments/research/ml-prod/chat-llama70b?version=1\"",
        ])

    fileprivate static let listProviders = OperationDescription(
        id: "listProviders", summary: "The merged list of model providers",
        details:
            "Every model provider of every source that the query reaches and whose platform has any, filtered, sorted "
            + "and paged.",
        use: .list, schema: .providers,
        answers: [
            .init(
                "A page.", rowHeaders + ["Link.next"], "ProviderList", example: Examples.list(of: .providers),
                lines: Examples.lines(of: .providers))
        ],
        problems: read + [.snapshotGone, .tooManyRequests],
        links: ["NextProviderPage", "ListedProvider", "SourceOfListed"],
        curl: ["curl -s \"$G/v1/providers?status=READY&workspace=ml-prod\""])

    fileprivate static let getProvider = OperationDescription(
        id: "getProvider", summary: "One model provider", details: "A model provider, by its uid.",
        use: .one, schema: .providers, path: ["uid"],
        answers: [
            .init(
                "The provider.", rowHeaders, "OneProvider", example: Examples.one(of: .providers),
                lines: Examples.lines(of: .providers))
        ],
        problems: read + [.notFound, .tooManyRequests], links: ["SourceOfProvider"],
        curl: ["curl -s \"$G/v1/providers/research/ml-prod/chat-llama70b\""])

    fileprivate static let summarize = OperationDescription(
        id: "summarize", summary: "Counts and sums",
        details:
            "Counts and sums of the rows that the filters select, by at most three fields, from one snapshot; without "
            + "`group_by` only the total.",
        use: .summary,
        answers: [
            .init(
                "The groups, greatest count first, and the total.", rowHeaders, "Summary",
                example: Examples.summary, lines: [:])
        ],
        problems: read + [.tooManyRequests],
        curl: ["curl -s \"$G/v1/summary?group_by=platform,status&zeros=false\""])

    fileprivate static let listModels = OperationDescription(
        id: "listModels", summary: "The models that can be called now",
        details:
            "One entry for each served name, in the shape of OpenAI's list, with every deployment that answers to it: "
            + "those of the query that serve, or wake on request, and state where. Not paged.",
        use: .models,
        answers: [.init("All of them.", rowHeaders, "ModelList", example: Examples.models)],
        problems: read, links: ["ListedModel"],
        curl: ["curl -s \"$G/v1/models?model_family=qwen3-32b\""])

    fileprivate static let getModel = OperationDescription(
        id: "getModel", summary: "One model that can be called now",
        details: "One entry of the list, by its name.", use: .models, path: ["id"],
        answers: [.init("The model.", rowHeaders, "Model", example: Examples.model)],
        problems: read + [.notFound], curl: ["curl -s \"$G/v1/models/meta/llama-3.1-70b\""])

    fileprivate static func refuseInference(_ path: InferencePath) -> OperationDescription {
        let words = path.rawValue.split(separator: "/").dropFirst().map { word in
            word.prefix(1).uppercased() + word.dropFirst()
        }
        return OperationDescription(
            id: "refuse" + words.joined(), summary: "Refused: this gateway is no proxy",
            details:
                "Always an error, also in the shape that OpenAI's clients read. It says where the `model` of the body "
                + "answers.",
            use: nil,
            body: [
                "content": [
                    "application/json": [
                        "schema": ["type": "object", "properties": ["model": ["type": "string"]]],
                        "example": ["model": "meta/llama-3.1-70b"],
                    ]
                ]
            ],
            answers: [], problems: [.notAProxy],
            curl: ["curl -s \"$G\(path.rawValue)\" -d '{\"model\":\"meta/llama-3.1-70b\"}'"])
    }

    fileprivate static let listSources = OperationDescription(
        id: "listSources", summary: "Every source", details: "The state of every source, and its reason.",
        use: QueryParser.Name.Use.none,
        answers: [.init("The sources.", sourceHeaders, "SourceList", example: Examples.sources)],
        problems: [.invalidParameter], links: ["ListedSource"], curl: ["curl -s \"$G/v1/sources\""])

    fileprivate static let getSource = OperationDescription(
        id: "getSource", summary: "One source", details: "The state of a source, and its reason.",
        use: QueryParser.Name.Use.none,
        path: ["name"],
        answers: [.init("The source.", sourceHeaders, "OneSource", example: Examples.oneSource)],
        problems: [.invalidParameter, .notFound],
        links: ["Refresh", "DeploymentsOfSource", "ProvidersOfSource"],
        curl: ["curl -s \"$G/v1/sources/research\""])

    fileprivate static var refreshSource: OperationDescription {
        let headers = sourceHeaders.filter { $0 != "ETag" }
        return OperationDescription(
            id: "refreshSource", summary: "Refresh a source now",
            details: "Only within its `min_interval` and its budget; requires the right `refresh`.",
            use: QueryParser.Name.Use.none,
            path: ["name"],
            answers: [
                .init(
                    "The attempt has ended, successfully or not.", headers, "Refreshed",
                    example: Examples.oneSource),
                .init(
                    "The attempt is still running.", headers, "Refreshed", example: Examples.oneSource,
                    status: 202),
            ],
            problems: [.invalidParameter, .notFound, .conflict, .tooManyRequests],
            links: ["RefreshedSource", "DeploymentsOfSource"],
            curl: ["curl -s -X POST \"$G/v1/sources/research/refresh\""])
    }

    fileprivate static var redirectToDocs: OperationDescription {
        let headers = ["Location", "Cache-Control"]
        return OperationDescription(
            id: "redirectToDocs", summary: "Redirect to `/docs`", details: "Open to everyone.", use: nil,
            answers: [.init(status: 303, summary: "See `Location`.", headers: headers, content: nil)],
            problems: [], curl: [])
    }

    fileprivate static let health = OperationDescription(
        id: "health", summary: "Liveness of the process", details: "Open to everyone.", use: nil,
        answers: [.init("The process answers.", ["Cache-Control"], "Health", example: ["status": "ok"])],
        problems: [], curl: ["curl -s \"$G/healthz\""])

    fileprivate static let readiness = OperationDescription(
        id: "readiness", summary: "Readiness for traffic",
        details:
            "Ready once every source has a list or had an attempt, or some time has passed. Open to "
            + "everyone.",
        use: nil,
        answers: [
            .init("The gateway is ready.", ["Cache-Control"], "Readiness", example: ["status": "ready"])
        ],
        problems: [.noData], curl: ["curl -s \"$G/readyz\""])

    fileprivate static var describe: OperationDescription {
        let content: JSONTree = ["application/json": ["schema": ["type": "object"]]]
        let headers = ["ETag", "Cache-Control"]
        return OperationDescription(
            id: "describe", summary: "This description", details: "OpenAPI 3.1. \(openByDefault)", use: nil,
            answers: [.init(summary: "The document.", headers: headers, content: content)],
            problems: [.invalidParameter], curl: ["curl -s \"$G/openapi.json\""])
    }

    fileprivate static var docs: OperationDescription {
        let content: JSONTree = ["text/html": ["schema": ["type": "string"]]]
        let headers = ["ETag", "Cache-Control", "Content-Security-Policy"]
        return OperationDescription(
            id: "docs", summary: "This description as a web page",
            details:
                "One page without scripts; it loads only its style sheet, from this gateway. \(openByDefault)",
            use: nil,
            answers: [.init(summary: "The page.", headers: headers, content: content)],
            problems: [.invalidParameter], curl: [])
    }

    fileprivate static var docsStyle: OperationDescription {
        let content: JSONTree = ["text/css": ["schema": ["type": "string"]]]
        return OperationDescription(
            id: "docsStyle", summary: "The style of the page at `/docs`",
            details: "Light and dark. \(openByDefault)",
            use: nil,
            answers: [.init(summary: "The style.", headers: ["ETag", "Cache-Control"], content: content)],
            problems: [.invalidParameter], curl: [])
    }
}
