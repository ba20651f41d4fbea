import HTTPTypes
import Wire

/// The simulated NeMo service: authorization, routes, redirects.
struct NeMoPlatform: Platform {
    var fleet: NeMoFleet
    var token: String?
    var now: @Sendable () -> Timestamp

    /// The resource at a path.
    private enum Route {
        case workspaces
        case workspace(String)
        /// The rest of a path below `/apis/models/v2/workspaces/{workspace}/{collection}`.
        case models(workspace: String, collection: String, rest: [String])
    }

    func response(to request: PlatformRequest) -> PlatformResponse {
        if let token {
            guard let bearer = request.bearer else { return NeMoErrors.detail(.unauthorized, "Unauthorized") }
            guard bearer == token else { return refusal(.unauthorized, number: request.number) }
        }
        if request.segments.last == "", Self.route(Array(request.segments.dropLast())) != nil {
            return Self.redirect(request)
        }
        guard let route = Self.route(request.segments) else { return NeMoErrors.notFound }
        do throws(PlatformResponse) {
            return try response(route, request)
        } catch {
            return error
        }
    }

    /// 307 to the slashless URL, absolute.
    static func redirect(_ request: PlatformRequest) -> PlatformResponse {
        var response = PlatformResponse(.temporaryRedirect, body: [])
        let query = request.rawQuery.map { "?\($0)" } ?? ""
        response.headers[.location] = request.base + String(request.path.dropLast()) + query
        response.headers[.contentType] = nil
        return response
    }

    static func isListPath(_ segments: [String]) -> Bool { route(segments) != nil }

    private static func route(_ segments: [String]) -> Route? {
        if segments.starts(with: ["apis", "entities", "v2", "workspaces"]) {
            switch segments.count {
            case 4: return .workspaces
            case 5 where !segments[4].isEmpty: return .workspace(segments[4])
            default: return nil
            }
        }
        guard segments.starts(with: ["apis", "models", "v2", "workspaces"]), segments.count >= 6 else {
            return nil
        }
        let rest = Array(segments.dropFirst(6))
        let names = ["deployments", "providers", "deployment-configs"]
        guard names.contains(segments[5]), rest.count <= 3, !rest.contains("") else { return nil }
        return .models(workspace: segments[4], collection: segments[5], rest: rest)
    }

    private func response(_ route: Route, _ request: PlatformRequest) throws(PlatformResponse)
        -> PlatformResponse
    {
        switch route {
        case .models(let workspace, "deployments", let rest):
            return try deployments(workspace, rest, request)
        case .models(let workspace, "providers", let rest):
            try Self.allow([.get], request)
            return try NeMoProviders(fleet: fleet).response(workspace, rest, request, at: now())
        case .models(let workspace, _, let rest):
            try Self.allow([.get], request)
            return try NeMoConfigListing(workspaces: fleet.allWorkspaces).response(workspace, rest, request)
        case .workspaces:
            try Self.allow([.get], request)
            return try NeMoWorkspaces(names: fleet.allWorkspaces).list(request)
        case .workspace(let name):
            try Self.allow([.get], request)
            return try NeMoWorkspaces(names: fleet.allWorkspaces).one(name)
        }
    }

    static func allow(_ methods: [HTTPRequest.Method], _ request: PlatformRequest) throws(PlatformResponse) {
        guard !methods.contains(request.method) else { return }
        var response = NeMoErrors.methodNotAllowed
        response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        throw response
    }

    private func deployments(_ workspace: String, _ rest: [String], _ request: PlatformRequest)
        throws(PlatformResponse) -> PlatformResponse
    {
        switch rest.count {
        case 0:
            try Self.allow([.get, .post], request)
            if request.method == .post { return try create(workspace, request) }
            return try NeMoListing(request.query).response(
                fleet.versions(at: now()), pathWorkspace: workspace, workspaces: fleet.allWorkspaces,
                hidden: request.faults[.hiddenWorkspace] == nil ? nil : fleet.workspaces.last,
                request: request)
        case 1:
            try Self.allow([.get, .post, .delete], request)
            if request.method == .post { return try update(workspace, rest[0], request) }
            let versions = try versions(workspace, rest[0])
            guard request.method == .delete else { return Self.single(versions[0]) }
            return delete(versions[0])
        case 2, 3:
            guard rest[1] == "versions" else { throw NeMoErrors.notFound }
            try Self.allow([.get], request)
            let versions = try versions(workspace, rest[0])
            guard rest.count == 3 else {
                return PlatformResponse(.ok) {
                    $0.array { for version in versions { version.write(to: &$0, explicitNulls: true) } }
                }
            }
            guard let version = versions.first(where: { "\($0.number)" == rest[2] }) else {
                throw NeMoErrors.notFound
            }
            return Self.single(version)
        default: throw NeMoErrors.notFound
        }
    }

    /// All versions of one deployment, newest first; at least one.
    func versions(_ workspace: String, _ name: String) throws(PlatformResponse) -> [NeMoVersion] {
        let versions = fleet.versions(at: now())
            .filter { $0.workspace == workspace && $0.name == name }
            .sorted { $0.number > $1.number }
        guard !versions.isEmpty else {
            throw NeMoErrors.detail(.notFound, "Deployment '\(workspace)/\(name)' not found")
        }
        return versions
    }

    static func single(_ version: NeMoVersion, _ status: HTTPResponse.Status = .ok)
        -> PlatformResponse
    {
        PlatformResponse(status) { version.write(to: &$0, explicitNulls: true) }
    }

    func writtenKey(_ request: PlatformRequest) -> String? {
        guard request.method.writes,
            case .models(let workspace, "deployments", let rest) = Self.route(request.segments),
            rest.count <= 1
        else { return nil }
        let named = try? JSONDocument(parsing: request.body).root["name"]?.string
        return (rest.first ?? named).map { "\(workspace)/\($0)" }
    }

    func isDeploymentList(_ request: PlatformRequest) -> Bool {
        guard request.method == .get,
            case .models(_, "deployments", let rest) = Self.route(request.segments)
        else { return false }
        return rest.isEmpty
    }

    func refusal(_ refusal: Refusal, number: Int) -> PlatformResponse {
        switch refusal {
        case .unauthorized: NeMoErrors.detail(.unauthorized, "Invalid or expired token")
        case .missing: NeMoErrors.notFound
        case .throttled: NeMoErrors.detail(.tooManyRequests, "Too Many Requests")
        case .overdue, .broken, .errorUnder200:
            NeMoErrors.detail(.internalServerError, "Internal Server Error")
        }
    }

    func malformed(number: Int) -> PlatformResponse {
        PlatformResponse(.ok) {
            $0.object {
                $0.key("data")
                $0.string("none")
                $0.key("pagination")
                $0.string("1 of 1")
                $0.key("sort")
                $0.int(1)
            }
        }
    }
}
