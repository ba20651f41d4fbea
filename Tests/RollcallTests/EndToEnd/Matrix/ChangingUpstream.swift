import Glibc
import Hummingbird
import NIOCore
import Synchronization
import TestSupport
import Upstream
import Wire

@testable import rollcall

/// A platform with a list that changes, over real sockets, with strikes to switch on.
final class ChangingUpstream: Sendable {
    let style: UpstreamStyle
    private let state: Mutex<ChangingList>
    /// What becomes of a request beside the list.
    private let chance: Mutex<SeededGenerator>

    init(_ style: UpstreamStyle, seed: UInt64) {
        self.style = style
        state = Mutex(ChangingList(style, seed: seed))
        chance = Mutex(SeededGenerator(seed: seed))
    }

    /// The list as it is now, and its past.
    var list: ChangingList { state.withLock { $0 } }

    /// The clock that the gateway's `observed_at` is read from.
    private static var now: Int64 { Assembly.now().microseconds }

    func change(_ count: Int) { state.withLock { $0.change(count, now: Self.now) } }
    func strike(_ kind: Strike, on pages: StrikePages) {
        state.withLock { $0.strike(kind, on: pages, now: Self.now) }
    }

    func movesWithinWalks(_ moves: Bool) { state.withLock { $0.movesWithinWalks = moves } }
    func endStrike() { state.withLock { $0.endStrike() } }

    private var isStruck: Bool { state.withLock { $0.strike != nil } }

    /// The detour of a request for a page; nil where it goes to the upstream.
    func detour(ofPage page: Int) -> Strike.Detour? {
        state.withLock { list in
            guard let strike = list.strike, let detour = strike.kind.detour,
                strike.pages.covers(page: page, of: list.pages)
            else { return nil }
            list.noteDetour()
            return detour
        }
    }

    /// Every style's upstream below a path with its name.
    static func router(_ upstreams: [ChangingUpstream]) -> Router<ChannelContext> {
        let router = Router(context: ChannelContext.self)
        for upstream in upstreams {
            router.get("\(upstream.style.rawValue)/**") { request, context in
                guard upstream.style.isList(request.uri.path) else {
                    return try await upstream.response(beside: request.uri.path, context.channel)
                }
                let page = request.uri.queryParameters.get(upstream.style.pageParameter).flatMap { Int($0) }
                return try await upstream.response(page: page ?? 1, context.channel)
            }
        }
        return router
    }

    /// The answer to a request beside the list, which no strike hits.
    ///
    /// Every other request for a configuration or a list of providers fails, or takes long.
    private func response(beside path: String, _ channel: any Channel) async throws -> Response {
        // Whoever doubts an empty list may read one workspace.
        if path.hasSuffix("/workspaces") { return json(#"{"data":[{"name":"w"}]}"#) }
        guard style == .nemo else {
            return json(
                #"{"data":[{"name":"still","workspace":"w","entity_version":1,"status":"READY"}],"#
                    + #""pagination":{"page":1,"page_size":1000,"total_pages":1,"total_results":1}}"#)
        }
        let body = SideFacts.config(at: path) ?? SideFacts.providers(of: list.rows)
        switch chance.withLock({ Int.random(in: 0..<14, using: &$0) }) {
        case 0: return json(#"{"detail":"later"}"#, status: .internalServerError)
        case 1: return json(#"{"detail":"Not Found"}"#, status: .notFound)
        case 2: return json("<p>Sign in")
        case 3: return json("")
        case 4: return json(#"["none"]"#)
        case 5:
            try await channel.close()
            throw ConnectionCut()
        case 6: try await Task.sleep(for: .milliseconds(300))
        default: break
        }
        return json(body)
    }

    private func response(page: Int, _ channel: any Channel) async throws -> Response {
        switch state.withLock({ $0.answer(page: page, now: Self.now) }) {
        case .page(let body): return json(body)
        case .struck(let strike, let body): return try await response(strike, in: body, channel)
        case .copied(let body, let age):
            var response = json(body)
            response.headers[.age] = "\(age)"
            return response
        }
    }

    private func response(_ strike: Strike, in body: [UInt8], _ channel: any Channel) async throws -> Response
    {
        switch strike {
        case .status500: return json(#"{"error":"later"}"#, status: .internalServerError)
        case .throttled: return json(#"{"error":"later"}"#, status: .tooManyRequests)
        case .throttledForASecond:
            var response = json(#"{"error":"later"}"#, status: .tooManyRequests)
            response.headers[.retryAfter] = "1"
            return response
        case .unauthorized: return json(#"{"error":"who"}"#, status: .unauthorized)
        case .reset:
            try await (channel as? any SocketOptionProvider)?
                .setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await channel.close()
            throw ConnectionCut()
        case .hang:
            while isStruck, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(5)) }
            return json(body)
        case .slowBody: return slow(body)
        case .truncated:
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(contentLength: body.count) { writer in
                    try await writer.write(ByteBuffer(bytes: body[..<(body.count / 2)]))
                    throw ConnectionCut()
                })
        case .html: return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "<p>Sign in")))
        case .empty: return json("")
        case .wrongTypes: return json(style.wrongTypes)
        case .codeIn200: return json(style.codeIn200)
        // It would be the right list, were it not for its length.
        case .tooLarge: return json(body + [UInt8](repeating: UInt8(ascii: " "), count: 256 << 10))
        case .partialContent: return json(body, status: .partialContent)
        case .acceptedEmpty: return json(body, status: .accepted)
        case .shortPage, .emptyListOnce, .noSuchName, .tlsFailure, .staleCache, .brokenTexts, .twins:
            return json(body)
        }
    }

    /// A byte now and then; the rest once the strike is over.
    private func slow(_ body: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(contentLength: body.count) { writer in
                var rest = body[...]
                while self.isStruck, rest.count > 1, let byte = rest.popFirst() {
                    try await writer.write(ByteBuffer(bytes: [byte]))
                    try await Task.sleep(for: .milliseconds(20))
                }
                try await writer.write(ByteBuffer(bytes: rest))
                try await writer.finish(nil)
            })
    }
}

private struct ConnectionCut: Error {}

private func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    json(Array(text.utf8), status: status)
}

private func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
    Response(
        status: status, headers: [.contentType: "application/json"],
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
}

/// Knows the connection of a request.
struct ChannelContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// Sends requests to a name that is none, or with TLS to where none is spoken, while such a strike is on.
struct DetourTransport: HTTPTransport {
    var transport: CurlTransport
    var upstreams: [ChangingUpstream]

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        var request = request
        let upstream = upstreams.first {
            request.url.contains("/\($0.style.rawValue)/")
                && $0.style.isList(request.url.prefix { $0 != "?" })
        }
        switch upstream?.detour(ofPage: page(of: request, upstream?.style)) {
        case .otherName:
            request.url.replace("//127.0.0.1", with: "//platform.invalid")
            request.options.allowsPlaintext = true
        case .otherScheme: request.url.replace("http://", with: "https://")
        case nil: break
        }
        return try await transport.send(request)
    }

    private func page(of request: UpstreamRequest, _ style: UpstreamStyle?) -> Int {
        guard let style else { return 1 }
        let query = request.url.split(separator: "?").dropFirst().first ?? ""
        let parameter = query.split(separator: "&").first { $0.hasPrefix(style.pageParameter + "=") }
        return parameter.flatMap { Int($0.drop { $0 != "=" }.dropFirst()) } ?? 1
    }
}
