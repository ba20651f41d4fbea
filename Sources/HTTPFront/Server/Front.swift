import Deployments
import HTTPTypes
package import Hummingbird
package import Logging
import NIOCore
import Snapshots
import Wire

/// What the server gives along with a request.
package struct FrontContext: RequestContext {
    /// What Hummingbird keeps of a request; its protocol asks for it.
    package var coreContext: CoreRequestContextStorage
    /// The connection that the request came on.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Answers every request: what a router would do, with the errors and headers of DESIGN.md §4.
///
/// Hummingbird's own router answers a wrong method with 404, matches decoded paths, and leaves `HEAD` to an
/// option; so the table of routes is ``Route``, and this one responder stands behind the server.
package struct Front: HTTPResponder {
    package typealias Context = FrontContext

    private let state: FrontState
    private let ids = RequestIDs()
    private let config: FrontConfig
    private let logger: Logger

    package init(state: FrontState, config: FrontConfig, logger: Logger) {
        self.state = state
        self.config = config
        self.logger = logger
    }

    /// Answers one request; it throws nothing of its own, since every error is an answer.
    @concurrent
    package func respond(to request: Request, context: FrontContext) async throws -> Response {
        let id = requestID(of: request)
        var seen = Seen()
        var response: Response
        var endsConnection = false
        do throws(Problem) {
            let (target, route) = try admit(request, noting: &seen)
            response = try await self.response(to: request, target, route, on: context.channel)
        } catch {
            response = Response(redacted(error), requestID: id)
            endsConnection = error.endsConnection
        }
        response.headers[.vary] = "Authorization, Accept, Accept-Encoding"
        if let name = HTTPField.Name.requestID { response.headers[name] = id }
        if request.method == .head { response = response.withoutBody(on: context.channel) }
        if endsConnection { response.end(context.channel) }
        logger.debug(
            "request",
            metadata: [
                "request_id": "\(id)", "method": "\(request.method.rawValue)",
                "route": "\(seen.route?.name ?? "none")", "token": "\(seen.token ?? "none")",
                "status": "\(response.status.code)",
                "bytes": "\(response.headers[.contentLength] ?? (response.isStreamed ? "streamed" : "0"))",
            ])
        return response
    }

    /// What the access log tells of a request.
    private struct Seen {
        var route: Route?
        /// The name of the access token, never itself.
        var token: String?
    }

    /// Whoever may ask is let in.
    private func admit(_ request: Request, noting seen: inout Seen) throws(Problem) -> (RequestTarget, Route)
    {
        state.cursors.sweep()
        try checkLimits(of: request)
        let target = RequestTarget(request.head.path ?? "/")
        seen.route = Route(path: target.path)
        if seen.route?.isOpen != true {
            let permission = seen.route?.permission ?? .read
            seen.token = try config.access.authorize(request.headers[.authorization], for: permission)
        }
        guard let route = seen.route else { throw Problem(.notFound, "this version serves no such route") }
        guard route.methods.contains(request.method) else {
            let allowed = route.methods.map(\.rawValue).joined(separator: ", ")
            var problem = Problem(.methodNotAllowed, "this version allows \(allowed) here")
            problem.headers[.allow] = allowed
            throw problem
        }
        return (target, route)
    }

    /// The answer that is kept for such a request, else a new one.
    private func response(
        to request: Request, _ target: RequestTarget, _ route: Route, on channel: any Channel
    ) async throws(Problem) -> Response {
        let key = state.cache.key(request)
        let (publication, now) = (state.published().number, state.now())
        if let key, let kept = state.cache.find(key, of: publication, at: now) {
            return kept.response(to: request, from: state, on: channel)
        }
        let answer = try await answer(request, target, route)
        func whole(_ body: WholeBody) -> Response {
            var kept = CachedResponse(answer, body)
            if let key, kept.isForOthers {
                kept = state.cache.keep(kept, as: key, of: publication, at: now)
            }
            return kept.response(to: request, from: state, on: channel)
        }
        switch answer.body {
        case .whole(let body): return whole(body)
        case .lines(let lines):
            if request.has(answer.headers[.eTag]) { return Response(notModified: answer.headers) }
            let first = state.streams.first(of: lines)
            guard first.next != nil else {
                return whole(WholeBody(first.bytes, effort: answer.validity.effort))
            }
            return try state.streams.response(
                lines, from: first, answer, to: request, on: channel, newest: state.published().snapshot)
        }
    }

    private func answer(
        _ request: Request, _ target: RequestTarget, _ route: Route
    ) async throws(Problem) -> RouteResponse {
        switch route {
        case .healthz: return healthz()
        case .readyz: return try readyz()
        case .summary: return try await context(target, request).summary()
        case .deployments: return try await context(target, request).deployments()
        case .deployment(let uid): return try await context(target, request).deployment(uid: uid)
        case .sources: return try context(target, request).sources(store: state.storeProblem())
        case .source(let name):
            return try context(target, request).source(named: name, store: state.storeProblem())
        case .refresh(let name): return try await context(target, request).refresh(sourceNamed: name)
        case .openAPI: return try document(.openAPI, target)
        case .docs: return try document(.page, target)
        case .docsStyle: return try document(.style, target)
        }
    }

    private func document(_ document: ServedDocument, _ target: RequestTarget) throws(Problem)
        -> RouteResponse
    {
        _ = try QueryParser.parse(try target.parameters(), grammar: .bare, now: state.now())
        return document.answer
    }

    private func context(_ target: RequestTarget, _ request: Request) throws(Problem) -> ReadContext {
        ReadContext(
            state: state, published: state.published(), now: state.now(), path: target.path,
            parameters: try target.parameters(),
            directives: CacheDirectives(lines: request.headers[values: .cacheControl]),
            accept: AcceptHeader(lines: request.headers[values: .accept]))
    }

    private func checkLimits(of request: Request) throws(Problem) {
        if request.head.path?.utf8.count ?? 0 > config.targetLimitBytes {
            throw Problem(
                .tooLarge, status: .uriTooLong, "a URL may have at most \(config.targetLimitBytes) bytes")
        }
        // Each header's name, value, colon, space and line end.
        let headerBytes = request.headers.reduce(0) {
            $0 + $1.name.rawName.utf8.count + $1.value.utf8.count + 4
        }
        if headerBytes > config.headerLimitBytes {
            throw Problem(
                .tooLarge, status: .requestHeaderFieldsTooLarge,
                "all headers may have at most \(config.headerLimitBytes) bytes")
        }
        // Nobody would count the bytes of a body whose length is not told.
        let isUntold = request.headers.contains(.transferEncoding)
        let bodyBytes = request.headers[.contentLength].map { Int($0) ?? .max } ?? 0
        if bodyBytes > config.bodyLimitBytes || isUntold {
            var problem = Problem(
                .tooLarge,
                "a body, which is ignored, may have at most \(config.bodyLimitBytes) bytes"
                    + (isUntold ? ", and tells its `Content-Length`: send none, or one without chunks" : ""))
            problem.endsConnection = true
            throw problem
        }
    }
}

extension Front {
    private func healthz() -> RouteResponse { plainAnswer { $0.string("ok") } }

    /// Names no source: it is open to everyone.
    private func readyz() throws(Problem) -> RouteResponse {
        let published = state.published()
        let isReady = state.readiness.isReady(published, now: state.now(), readyAfter: config.readyAfter)
        let settled = published.sources.count(where: \.isSettled)
        guard isReady else {
            var problem = Problem(
                .noData,
                "not ready: \(settled) of \(published.sources.count) sources have been asked or restored")
            problem.headers[.retryAfter] = "1"
            throw problem
        }
        // The lists are served all the same: a store that fails takes no readiness away.
        let isKept = state.storeProblem() == nil
        return plainAnswer { json in
            json.string("ready")
            guard !isKept else { return }
            json.key("store")
            json.string("failing")
        }
    }

    private func plainAnswer(status: (inout JSONWriter) -> Void) -> RouteResponse {
        var json = JSONWriter()
        json.object { json in
            json.key("status")
            status(&json)
        }
        return RouteResponse(
            headers: [.contentType: ResponseFormat.json.contentType, .cacheControl: "no-store"],
            body: .whole(WholeBody(json.bytes, effort: .passing)))
    }

    /// The problem without any access token that a client put where it does not belong.
    private func redacted(_ problem: Problem) -> Problem {
        var problem = problem
        problem.errors = problem.errors.map { $0.redacted(where: config.access.standsIn) }
        return problem
    }

    /// The client's own id where it is harmless, else a new one.
    private func requestID(of request: Request) -> String {
        if let name = HTTPField.Name.requestID, let sent = request.headers[name], isHarmless(sent) {
            return sent
        }
        return ids.next().sixteenDigits
    }

    private func isHarmless(_ id: String) -> Bool {
        let isPlain = id.utf8.allSatisfy { $0.isASCIIAlphanumeric || "._-".utf8.contains($0) }
        return isPlain && (1...64).contains(id.utf8.count) && !config.access.standsIn(id)
    }
}

extension HTTPField.Name {
    fileprivate static let requestID = HTTPField.Name("X-Request-Id")
}
