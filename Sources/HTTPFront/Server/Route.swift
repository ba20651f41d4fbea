import Deployments
import HTTPTypes
import Wire

/// The route that a path names.
///
/// Paths are matched without decoding, since a uid is percent-encoded already. Only a uid that a client encoded into
/// one segment is decoded.
enum Route: Equatable {
    case root
    case list(RecordKind)
    case record(RecordKind, uid: String)
    case sources
    case source(name: String)
    case refresh(source: String)
    case summary
    case models
    case model(id: String)
    case inference(InferencePath)
    case healthz
    case readyz
    case openAPI
    case docs
    case docsStyle

    /// One of each, with templates as values, in the order of the API's description.
    static let all: [Route] =
        [
            .root, .list(.deployments), .record(.deployments, uid: "{uid}"), .list(.providers),
            .record(.providers, uid: "{uid}"), .summary, .models, .model(id: "{id}"),
        ] + InferencePath.allCases.map { Route.inference($0) } + [
            .sources, .source(name: "{name}"), .refresh(source: "{name}"), .list(.audit),
            .record(.audit, uid: "{id}"), .healthz, .readyz, .openAPI, .docs,
            .docsStyle,
        ]

    /// The methods that the route may answer, see ``FrontState/methods(of:)``; `HEAD` is `GET` without the body.
    var methods: [HTTPRequest.Method] {
        switch self {
        case .refresh, .inference: [.post]
        case .record(.deployments, _): [.get, .head, .patch]
        default: [.get, .head]
        }
    }

    /// The right that a token needs for a method of it.
    func permission(for method: HTTPRequest.Method) -> Permission {
        switch self {
        case .refresh: .refresh
        case .record(.deployments, _) where method == .patch: .write
        case .list(.audit), .record(.audit, _): .audit
        default: .read
        }
    }

    /// True if the route reads the body of a request with this method; otherwise it is ignored.
    func readsBody(of method: HTTPRequest.Method) -> Bool {
        switch self {
        case .inference: true
        case .record(.deployments, _): method == .patch
        default: false
        }
    }

    init?(path: Substring) {
        switch path {
        case "/": self = .root
        case "/v1/sources": self = .sources
        case "/v1/summary": self = .summary
        case "/v1/models", "/v1/models/": self = .models
        case "/healthz": self = .healthz
        case "/readyz": self = .readyz
        case "/openapi.json": self = .openAPI
        case "/docs": self = .docs
        case "/docs.css": self = .docsStyle
        default:
            if let route = Self.ofRecords(path) {
                self = route
            } else if path.hasPrefix("/v1/sources/") {
                self.init(afterSources: path.dropFirst("/v1/sources/".count))
            } else if path.hasPrefix("/v1/models/") {
                self = .model(id: Self.modelID(of: path.dropFirst("/v1/models/".count)))
            } else if let path = InferencePath(rawValue: String(path)) {
                self = .inference(path)
            } else {
                return nil
            }
        }
    }

    /// The route in a path of records, with or without a slash at the end of a list's; nil for any other path.
    private static func ofRecords(_ path: Substring) -> Route? {
        for kind in RecordKind.allCases where path.hasPrefix(kind.path) {
            let rest = path.dropFirst(kind.path.count)
            if rest.isEmpty || rest == "/" { return .list(kind) }
            if rest.hasPrefix("/") { return .record(kind, uid: uid(of: rest.dropFirst())) }
        }
        return nil
    }

    /// The uid in a path, in its own encoding.
    ///
    /// Every uid has several segments. If the path has a single one, the client encoded the complete uid, as generated
    /// clients do, and it is decoded once.
    private static func uid(of rest: Substring) -> String {
        let isOneSegment = !rest.utf8.contains(UInt8(ascii: "/"))
        return (isOneSegment ? percentDecoded(rest, plusIsSpace: false) : nil) ?? String(rest)
    }

    /// The id in a path, whose slashes a client may have encoded or not.
    private static func modelID(of rest: Substring) -> String {
        percentDecoded(rest, plusIsSpace: false) ?? String(rest)
    }

    private init?(afterSources rest: Substring) {
        let segments = rest.split(separator: "/", omittingEmptySubsequences: false)
        switch segments.count {
        case 1: self = .source(name: String(rest))
        case 2 where !segments[0].isEmpty && segments[1] == "refresh":
            self = .refresh(source: String(segments[0]))
        default: return nil
        }
    }

    /// True if the route is answered without a token.
    func isOpen(privateDocs: Bool) -> Bool {
        switch self {
        case .root, .healthz, .readyz: true
        case .openAPI, .docs, .docsStyle: !privateDocs
        default: false
        }
    }

    /// True for the routes of load balancers and orchestrators, which are answered under any host name, and when
    /// the gateway is overloaded.
    var isProbe: Bool { self == .healthz || self == .readyz }

    /// The path as a template, for the access log and the description: without text from the client.
    var name: String {
        switch self {
        case .root: "/"
        case .list(let kind): kind.path
        case .record(let kind, _): "\(kind.path)/{\(kind.schema.profile.key)}"
        case .sources: "/v1/sources"
        case .source: "/v1/sources/{name}"
        case .refresh: "/v1/sources/{name}/refresh"
        case .summary: "/v1/summary"
        case .models: "/v1/models"
        case .model: "/v1/models/{id}"
        case .inference(let path): path.rawValue
        case .healthz: "/healthz"
        case .readyz: "/readyz"
        case .openAPI: "/openapi.json"
        case .docs: "/docs"
        case .docsStyle: "/docs.css"
        }
    }
}
