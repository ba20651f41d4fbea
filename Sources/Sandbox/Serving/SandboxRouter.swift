import HTTPTypes
package import Hummingbird
import NIOCore
import Wire

/// The sandbox's routes: three simulated platforms, their three sample lists, and the control page.
///
/// Base URLs are `/nemo`, `/dashscope`, `/deploy-list`, `/samples/nemo`, `/samples/dashscope` and
/// `/samples/deploy-list`; `/_faults` switches faults; `/` lists all of these. The router depends on nothing
/// else in the application, so it can be served as it is, or tested without a socket.
package func makeSandboxRouter(fleet: SandboxFleet) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    let config = fleet.config
    let samples: [(Dialect, any RequestHandler)] = [
        (.nemo, NeMoSamples()), (.dashscope, DashScopeSamples(pageClamp: config.dashscopePageClamp)),
        (.deployList, DeployListSamples()),
    ]
    for (dialect, handler) in samples {
        let mount = SampleMount(path: "/samples/\(dialect.rawValue)", handler: handler)
        router.serve(mount.path) { await mount.respond(to: $0) }
    }
    let transit = FaultyTransit(faults: fleet.faults, clock: fleet.clock)
    for (dialect, platform) in fleet.platforms {
        let mount = PlatformMount(
            path: "/\(dialect.rawValue)", dialect: dialect, platform: platform, transit: transit)
        router.serve(mount.path) { try await mount.respond(to: $0) }
    }
    let control = FaultControl(faults: fleet.faults)
    router.serve("/_faults") { request in
        let path = request.uri.path.dropFirst("/_faults".count)
        let segments = path.split(separator: "/").map { Query.decode($0, plusIsSpace: false) }
        let response = control.response(
            method: request.method, segments: segments, query: Query(request.uri.query))
        return response.httpResponse
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

extension Router<BasicRequestContext> {
    /// Routes every request at and below a path, whatever its method.
    fileprivate func serve(_ path: String, _ respond: @escaping @Sendable (Request) async throws -> Response)
    {
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
            for pattern in [path, path + "/**"] {
                on(RouterPath(pattern), method: method) { request, _ in try await respond(request) }
            }
        }
    }
}

/// A simulated platform at its path.
private struct PlatformMount: Sendable {
    var path: String
    var dialect: Dialect
    var platform: any Platform
    var transit: FaultyTransit

    func respond(to request: Request) async throws -> Response {
        let below = String(request.uri.path.dropFirst(path.count))
        let (number, faults) = transit.faults.admit(dialect, below)
        let isPost = request.method == .post
        let body = isPost ? try await request.body.collect(upTo: 1 << 20) : ByteBuffer()
        let received = PlatformRequest(
            request, mount: path, body: Array(body.readableBytesView), number: number, faults: faults)
        if faults[.hang] != nil {
            if isPost {
                await transit.hold(received, dialect)
            } else {
                // Ends the wait when the client disconnects, too.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    await transit.hold(received, dialect)
                }
            }
        }
        return transit.response(platform.faultyResponse(to: received), to: received, dialect)
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
