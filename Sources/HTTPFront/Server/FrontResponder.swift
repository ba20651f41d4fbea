import Deployments
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import Snapshots
import Wire

/// The context of a request, which the server passes along with it.
package struct FrontContext: RequestContext {
    /// Hummingbird's own part of the context, which its protocol requires.
    package var coreContext: CoreRequestContextStorage
    /// The connection that the request came on.
    let channel: any Channel

    /// Creates a context; the server calls this once for each request.
    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Answers every request, with the errors and headers of `Sources/HTTPFront/README.md`.
///
/// It replaces Hummingbird's router, which answers a wrong method with 404, matches decoded paths, and answers `HEAD`
/// only as an option. The table of routes is ``Route``.
package struct FrontResponder: HTTPResponder {
    package typealias Context = FrontContext

    let state: FrontState
    let config: FrontConfig
    private let requestIDs: RequestIDs
    private let logger: Logger

    /// `requestIDs` are for requests without one of their own; `logger` gets one debug line for each request.
    package init(
        state: FrontState, config: FrontConfig, requestIDs: RequestIDs = RequestIDs(), logger: Logger
    ) {
        self.requestIDs = requestIDs
        self.state = state
        self.config = config
        self.logger = logger
    }

    /// Answers one request; it never throws, since every error is an answer.
    @concurrent
    package func respond(to request: Request, context: FrontContext) async throws -> Response {
        let id = requestID(of: request)
        let attempt = attempt(request, id: id, on: context.channel)
        var entry = AccessLogEntry()
        var response: Response
        // Beyond its limit a body is not read to its end.
        let endsConnection = !config.allowsBody(of: request)
        do throws(Problem) {
            let target = try received(request, noting: &entry)
            if let preflight = config.crossOriginReading.preflight(request) {
                response = preflight
            } else {
                let route = try admit(request, noting: &entry)
                response =
                    if let attempt {
                        try await updated(attempt, request, target, on: context.channel)
                    } else {
                        try await read(request, target, route, token: entry.tokenName, on: context.channel)
                    }
            }
        } catch {
            let problem = error.redacted { config.access.hasToken(in: $0) }
            response = Response(await recorded(problem, of: attempt), requestID: id)
        }
        addCommonHeaders(to: &response.headers, for: request, id: id)
        if request.method == .head { response = response.withoutBody(on: context.channel) }
        if endsConnection { response.endConnection() }
        entry.log(request, response, requestID: id, to: logger)
        return response
    }

    /// Adds the headers that every answer has.
    private func addCommonHeaders(to headers: inout HTTPFields, for request: Request, id: String) {
        headers[.vary] = config.crossOriginReading.vary
        headers[.xContentTypeOptions] = "nosniff"
        if let name = HTTPField.Name.requestID { headers[name] = id }
        config.crossOriginReading.add(to: &headers, for: request)
    }

    /// Checks limits, host and origin, in this order.
    private func received(
        _ request: Request, noting entry: inout AccessLogEntry
    ) throws(Problem) -> RequestTarget {
        state.cursors.sweep()
        try config.checkLimits(of: request)
        let target = RequestTarget(request.head.path ?? "/")
        entry.route = Route(path: target.path)
        if entry.route?.readsBody(of: request.method) != true { try config.checkBody(of: request) }
        if entry.route?.isProbe != true { try config.hosts.check(request) }
        return target
    }

    /// Checks access, path and method, in this order.
    private func admit(_ request: Request, noting entry: inout AccessLogEntry) throws(Problem) -> Route {
        if entry.route?.isOpen(privateDocs: config.privateDocs) != true {
            let permission = entry.route?.permission(for: request.method) ?? .read
            entry.tokenName = try config.access.authorize(request.headers[.authorization], for: permission)
        }
        guard let route = entry.route else { throw Problem(.notFound, "unknown route; see /docs") }
        try state.check(request.method, of: route)
        return route
    }

    /// The response to a request that changes a deployment; nobody else gets it.
    private func updated(
        _ attempt: UpdateAttempt, _ request: Request, _ target: RequestTarget, on channel: any Channel
    ) async throws(Problem) -> Response {
        let answer = try await update(attempt, request, target, on: channel)
        guard case .complete(let body) = answer.body else { return Response(status: answer.status) }
        return CachedResponse(answer, body).response(to: request)
    }

    /// The cached response to an identical request, else a new one.
    private func read(
        _ request: Request, _ target: RequestTarget, _ route: Route, token: String?, on channel: any Channel
    ) async throws(Problem) -> Response {
        let caller = Caller(of: request, token: token, from: channel.remoteAddress, behind: config.proxies)
        let key = state.cache.key(request)
        let (publication, now) = (state.publication(of: route), state.now())
        if let key, let cached = state.cache.find(key, of: publication, at: now),
            cached.cursor.map({ state.cursors.hold($0, by: caller.holder) }) ?? true
        {
            return cached.response(to: request)
        }
        let answer = try await answer(request, target, route, caller, on: channel)
        func complete(_ body: CompleteBody) -> Response {
            var response = CachedResponse(answer, body)
            if let key, response.isShareable {
                response = state.cache.store(
                    response, as: key, of: state.publication(of: route), at: state.now())
            }
            return response.response(to: request)
        }
        switch answer.body {
        case .complete(let body): return complete(body)
        case .lines(let lines):
            if request.has(answer.headers[.eTag]) { return Response(notModified: answer.headers) }
            let first = state.streams.firstPiece(of: lines)
            guard first.next != nil else {
                return complete(CompleteBody(first.text, effort: answer.validity.effort))
            }
            return try state.streams.response(
                lines, from: first, answer, to: request, on: channel, published: state.published,
                for: caller.holder)
        }
    }

    private func answer(
        _ request: Request, _ target: RequestTarget, _ route: Route, _ caller: Caller,
        on channel: any Channel
    ) async throws(Problem) -> RouteResponse {
        func context(_ kind: RecordKind = .deployments) throws(Problem) -> ReadContext {
            try self.context(kind, target, request, caller)
        }
        switch route {
        case .root: return .redirect(to: "docs")
        case .healthz: return healthz()
        case .readyz: return try readyz()
        case .summary: return try await context().summary()
        case .list(let kind): return try await context(kind).list()
        case .record(let kind, let uid): return try await context(kind).record(uid: uid)
        case .models: return try await context().models()
        case .model(let id): return try await context().model(id: id)
        case .inference: throw await notAProxy(request, on: channel)
        case .sources: return try context().sources(store: state.storeProblem())
        case .source(let name):
            return try context().source(named: name, store: state.storeProblem())
        case .refresh(let name): return try await context().refresh(sourceNamed: name)
        case .openAPI: return try document(.openAPI, target)
        case .docs: return try document(.page, target)
        case .docsStyle: return try document(.style, target)
        }
    }

    private func document(
        _ document: ServedDocument, _ target: RequestTarget
    ) throws(Problem) -> RouteResponse {
        _ = try QueryParser.parse(try target.parameters(), grammar: .noParameters, now: state.now())
        return document.answer
    }

    private func context(
        _ kind: RecordKind, _ target: RequestTarget, _ request: Request, _ caller: Caller
    ) throws(Problem) -> ReadContext {
        let parameters = try target.parameters()
        try config.access.refuseTokens(in: parameters)
        return ReadContext(
            kind, from: state, path: target.path, parameters: parameters,
            directives: CacheDirectives(lines: request.headers[values: .cacheControl]),
            isSecret: { [access = config.access] in access.hasToken(in: $0) },
            accept: AcceptHeader(lines: request.headers[values: .accept]), holder: caller.holder)
    }

    /// The client's own id if it is harmless, else a new one.
    private func requestID(of request: Request) -> String {
        if let name = HTTPField.Name.requestID, let sent = request.headers[name], isHarmless(sent) {
            return sent
        }
        return requestIDs.next().hexadecimalDigits
    }

    private func isHarmless(_ id: String) -> Bool {
        let isPlain = id.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._-".utf8.contains($0) }
        return isPlain && (1...64).contains(id.utf8.count) && !config.access.hasToken(in: id)
    }
}

extension HTTPField.Name {
    fileprivate static let requestID = HTTPField.Name("X-Request-Id")
}
