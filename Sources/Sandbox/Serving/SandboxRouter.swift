import HTTPTypes
package import Hummingbird
import NIOCore
import Wire

/// The sandbox's routes: three living platforms, three recorded ones, and the control page.
///
/// Base URLs are `/nemo`, `/dashscope`, `/deploy-list`, `/samples/nemo`, `/samples/dashscope`, `/samples/deploy-list`;
/// `/_faults` switches faults; `/` lists all of these. No route needs anything else of the application but a
/// response writer, so it can be served as it is or be tested without a socket.
package func makeSandboxRouter(fleet: SandboxFleet) -> Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    let config = fleet.config
    let samples: [(Dialect, any Answering)] = [
        (.nemo, NeMoSamples()), (.dashscope, DashScopeSamples(pageClamp: config.dashscopePageClamp)),
        (.deployList, DeployListSamples()),
    ]
    for (dialect, answering) in samples {
        let mount = SampleMount(path: "/samples/\(dialect.rawValue)", answering: answering)
        router.serve(mount.path) { await mount.respond(to: $0) }
    }
    let transit = Transit(faults: fleet.faults, clock: fleet.clock)
    for (dialect, platform) in fleet.platforms {
        let mount = LivingMount(
            path: "/\(dialect.rawValue)", dialect: dialect, platform: platform, transit: transit)
        router.serve(mount.path) { try await mount.respond(to: $0) }
    }
    let control = FaultControl(faults: fleet.faults)
    router.serve("/_faults") { request in
        let path = request.uri.path.dropFirst("/_faults".count)
        let segments = path.split(separator: "/").map { Query.decode($0, plusIsSpace: false) }
        let answer = control.answer(
            method: request.method, segments: segments, query: Query(request.uri.query))
        return answer.response
    }
    router.get("/") { _, _ in
        Answer(.ok) {
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
        }.response
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
    /// Everything at and below a path, whatever the method.
    fileprivate func serve(_ path: String, _ respond: @escaping @Sendable (Request) async throws -> Response)
    {
        for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete, .options] {
            for pattern in [path, path + "/**"] {
                on(RouterPath(pattern), method: method) { request, _ in try await respond(request) }
            }
        }
    }
}

/// A living platform at its path.
private struct LivingMount: Sendable {
    var path: String
    var dialect: Dialect
    var platform: any Platform
    var transit: Transit

    func respond(to request: Request) async throws -> Response {
        let (number, faults) = transit.faults.admit(dialect)
        let isPost = request.method == .post
        let body = isPost ? try await request.body.collect(upTo: 1 << 20) : ByteBuffer()
        let call = Call(
            request, mount: path, body: Array(body.readableBytesView), number: number, faults: faults)
        if faults[.hang] != nil {
            if isPost {
                await transit.hold(call, dialect)
            } else {
                // Ends the wait also when the client has gone.
                try await request.body.consumeWithCancellationOnInboundClose { _ in
                    await transit.hold(call, dialect)
                }
            }
        }
        return transit.response(platform.faultyAnswer(to: call), to: call, dialect)
    }
}

/// Recorded answers at their path: open, without faults, and not counted.
private struct SampleMount: Sendable {
    var path: String
    var answering: any Answering

    func respond(to request: Request) async -> Response {
        let call = Call(request, mount: path, body: [], number: 1, faults: [:])
        let answer = answering.answer(to: call)
        guard request.method == .head else { return answer.response }
        return answer.response.createHeadResponse()
    }
}

extension Answer {
    fileprivate var response: Response {
        Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Call {
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
