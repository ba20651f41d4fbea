import HTTPTypes
package import Hummingbird
import NIOCore
import Wire

/// The sandbox's routes: three simulated platforms, their three sample lists, and the control pages.
///
/// Base URLs are `/nemo`, `/dashscope`, `/deploy-list`, `/samples/nemo`, `/samples/dashscope` and
/// `/samples/deploy-list`; `/_faults` switches faults, `/_effects` tells what writes did; `/` lists all of
/// these. The router depends on nothing else in the application, so it can be served as it is, or tested
/// without a socket.
package func makeSandboxRouter(fleet: SandboxFleet) -> Router<SandboxContext> {
    let router = Router(context: SandboxContext.self)
    let config = fleet.config
    let samples: [(Dialect, any RequestHandler)] = [
        (.nemo, NeMoSamples()), (.dashscope, DashScopeSamples(pageClamp: config.dashscopePageClamp)),
        (.deployList, DeployListSamples()),
    ]
    for (dialect, handler) in samples {
        let mount = SampleMount(path: "/samples/\(dialect.rawValue)", handler: handler)
        router.serve(mount.path) { request, _ in await mount.respond(to: request) }
    }
    let transit = FaultyTransit(faults: fleet.faults, clock: fleet.clock)
    for (dialect, platform) in fleet.platforms {
        let mount = PlatformMount(
            path: "/\(dialect.rawValue)", dialect: dialect, platform: platform, transit: transit,
            effects: fleet.effects)
        router.serve(mount.path) { try await mount.respond(to: $0, over: $1) }
    }
    let faults = FaultControl(faults: fleet.faults)
    router.serve("/_faults") { request, _ in
        let segments = request.segments(below: "/_faults")
        let query = Query(request.uri.query)
        return faults.response(method: request.method, segments: segments, query: query).httpResponse
    }
    let effects = EffectControl(effects: fleet.effects)
    router.serve("/_effects") { request, _ in
        effects.response(method: request.method, segments: request.segments(below: "/_effects")).httpResponse
    }
    router.get("/") { _, _ in
        PlatformResponse(.ok) {
            $0.object {
                $0.key("base_urls")
                $0.array {
                    for prefix in ["/", "/samples/"] {
                        for dialect in Dialect.allCases { $0.string(prefix + dialect.rawValue) }
                    }
                }
                $0.key("faults")
                $0.string("/_faults")
                $0.key("effects")
                $0.string("/_effects")
            }
        }.httpResponse
    }
    return router
}

extension SandboxFleet {
    fileprivate var platforms: [(Dialect, any Platform)] {
        [
            (.nemo, NeMoPlatform(fleet: nemo, token: config.token(of: .nemo), now: now)),
            (
                .dashscope,
                DashScopePlatform(
                    fleet: dashscope, token: config.token(of: .dashscope),
                    pageClamp: config.dashscopePageClamp, now: now)
            ),
            (
                .deployList,
                DeployListPlatform(
                    fleet: deployList, token: config.token(of: .deployList), paths: config.deployListPaths,
                    now: now)
            ),
        ]
    }
}

extension Router<SandboxContext> {
    /// Routes every request at and below a path, whatever its method.
    fileprivate func serve(
        _ path: String, _ respond: @escaping @Sendable (Request, Connection) async throws -> Response
    ) {
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
            for pattern in [path, path + "/**"] {
                on(RouterPath(pattern), method: method) { request, context in
                    try await respond(request, context.connection)
                }
            }
        }
    }
}

extension Request {
    /// The decoded segments of a control page's path below its root.
    fileprivate func segments(below root: String) -> [String] {
        uri.path.dropFirst(root.count).split(separator: "/").map { Query.decode($0, plusIsSpace: false) }
    }
}

/// A simulated platform at its path.
private struct PlatformMount: Sendable {
    var path: String
    var dialect: Dialect
    var platform: any Platform
    var transit: FaultyTransit
    var effects: Effects

    func respond(to request: Request, over connection: Connection) async throws -> Response {
        let below = String(request.uri.path.dropFirst(path.count))
        let isWrite = request.method.writes
        let (number, faults) = transit.faults.admit(dialect, below, isWrite: isWrite)
        let received = PlatformRequest(request, mount: path, body: [], number: number, faults: faults)
        // The wait of these ends when the client disconnects, too.
        let waits: [Fault] = isWrite ? [.hangBeforeWrite, .hangAfterWrite, .endlessHead] : [.hang]
        guard waits.contains(where: { faults[$0] != nil }) else {
            return try await respond(to: received, with: request.body, over: connection)
        }
        return try await request.body.consumeWithCancellationOnInboundClose { body in
            try await respond(to: received, with: body, over: connection)
        }
    }

    private func respond(
        to request: PlatformRequest, with body: RequestBody, over connection: Connection
    ) async throws -> Response {
        var request = request
        if request.method.writes {
            request.body = Array(try await body.collect(upTo: 1 << 20).readableBytesView)
        }
        await transit.hold(request, dialect)
        let response: PlatformResponse
        if request.method.writes {
            response = try await write(request, over: connection)
        } else {
            if platform.isDeploymentList(request) {
                request.shownAsOf = transit.faults.listInstant(dialect, at: platform.now())
            }
            response = platform.faultyResponse(to: request)
        }
        return transit.response(response, to: request, dialect)
    }

    private func write(_ request: PlatformRequest, over connection: Connection) async throws
        -> PlatformResponse
    {
        let key = platform.writtenKey(request)
        if let key { effects.receive(dialect, key) }
        try await transit.beforeWrite(request, dialect, over: connection)
        if let setting = request.faults[.lateInLists] {
            transit.faults.holdList(dialect, for: request.number, since: platform.now(), setting)
        }
        let response = platform.faultyResponse(to: request)
        guard response.isOfDoneWrite else {
            transit.faults.releaseList(dialect, for: request.number)
            return response
        }
        if let key {
            effects.add(
                Effects.Effect(
                    request: request.number, method: request.method.rawValue, body: request.body),
                dialect, key)
        }
        try await transit.afterWrite(request, dialect, over: connection)
        let isHidden = request.faults[.status500AfterWrite] != nil
        return isHidden ? platform.refusal(.broken, number: request.number) : response
    }
}

/// Sample responses at their path: without a token, without faults, and not counted.
private struct SampleMount: Sendable {
    var path: String
    var handler: any RequestHandler

    func respond(to request: Request) async -> Response {
        let received = PlatformRequest(request, mount: path, body: [], number: 1, faults: [:])
        let response = handler.response(to: received)
        guard request.method == .head else { return response.httpResponse }
        return response.httpResponse.createHeadResponse()
    }
}

extension PlatformResponse {
    fileprivate var httpResponse: Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension PlatformRequest {
    fileprivate init(
        _ request: Request, mount: String, body: [UInt8], number: Int, faults: [Fault: FaultSetting]
    ) {
        let path = String(request.uri.path.dropFirst(mount.count))
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        self.init(
            method: request.method, path: path,
            segments: pieces.map { Query.decode($0, plusIsSpace: false) },
            query: Query(request.uri.query), rawQuery: request.uri.query,
            base: "http://\(request.head.authority ?? "127.0.0.1")\(mount)", headers: request.headers,
            body: body, number: number, faults: faults)
    }
}
