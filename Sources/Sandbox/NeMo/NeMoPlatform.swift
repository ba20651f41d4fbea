import HTTPTypes
import Wire

/// The living NeMo service: authorization, routes, redirects (DIALECTS.md 1).
struct NeMoPlatform: Platform {
    var fleet: NeMoFleet
    var token: String?
    var now: @Sendable () -> Timestamp

    /// What a path leads to.
    private enum Route {
        case workspaces
        case workspace(String)
        /// The rest of a path below `/apis/models/v2/workspaces/{workspace}/{collection}`.
        case models(workspace: String, collection: String, rest: [String])
    }

    func answer(to call: Call) -> Answer {
        if let token {
            guard let bearer = call.bearer else { return NeMoErrors.detail(.unauthorized, "Unauthorized") }
            guard bearer == token else { return refusal(.unauthorized, number: call.number) }
        }
        if call.segments.last == "", Self.route(Array(call.segments.dropLast())) != nil {
            return Self.redirect(call)
        }
        guard let route = Self.route(call.segments) else { return NeMoErrors.notFound }
        do throws(Answer) {
            return try answer(route, call)
        } catch {
            return error
        }
    }

    /// 307 to the slashless URL, absolute (DIALECTS.md 1.2 rule 11).
    static func redirect(_ call: Call) -> Answer {
        var answer = Answer(.temporaryRedirect, body: [])
        let query = call.rawQuery.map { "?\($0)" } ?? ""
        answer.headers[.location] = call.base + String(call.path.dropLast()) + query
        answer.headers[.contentType] = nil
        return answer
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

    private func answer(_ route: Route, _ call: Call) throws(Answer) -> Answer {
        switch route {
        case .models(let workspace, "deployments", let rest):
            return try deployments(workspace, rest, call)
        case .models(let workspace, "providers", let rest):
            try Self.allow([.get], call)
            return try NeMoProviders(fleet: fleet).answer(workspace, rest, call, at: now())
        case .models(let workspace, _, let rest):
            try Self.allow([.get], call)
            return try NeMoConfigListing(workspaces: fleet.allWorkspaces).answer(workspace, rest, call)
        case .workspaces:
            try Self.allow([.get], call)
            return try NeMoWorkspaces(names: fleet.allWorkspaces).list(call)
        case .workspace(let name):
            try Self.allow([.get], call)
            return try NeMoWorkspaces(names: fleet.allWorkspaces).one(name)
        }
    }

    static func allow(_ methods: [HTTPRequest.Method], _ call: Call) throws(Answer) {
        guard !methods.contains(call.method) else { return }
        var answer = NeMoErrors.methodNotAllowed
        answer.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        throw answer
    }

    private func deployments(_ workspace: String, _ rest: [String], _ call: Call) throws(Answer) -> Answer {
        switch rest.count {
        case 0:
            try Self.allow([.get, .post], call)
            if call.method == .post { return try create(workspace, call) }
            return try NeMoListing(call.query).answer(
                fleet.versions(at: now()), asked: workspace, workspaces: fleet.allWorkspaces,
                hidden: call.faults[.hiddenWorkspace] == nil ? nil : fleet.workspaces.last, call: call)
        case 1:
            try Self.allow([.get, .post, .delete], call)
            if call.method == .post { return try update(workspace, rest[0], call) }
            let versions = try versions(workspace, rest[0])
            guard call.method == .delete else { return Self.single(versions[0]) }
            fleet.delete(versions[0].deployment.key, at: now())
            return Answer(.accepted) { $0.null() }
        case 2, 3:
            guard rest[1] == "versions" else { throw NeMoErrors.notFound }
            try Self.allow([.get], call)
            let versions = try versions(workspace, rest[0])
            guard rest.count == 3 else {
                return Answer(.ok) {
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
    private func versions(_ workspace: String, _ name: String) throws(Answer) -> [NeMoVersion] {
        let versions = fleet.versions(at: now())
            .filter { $0.workspace == workspace && $0.name == name }
            .sorted { $0.number > $1.number }
        guard !versions.isEmpty else {
            throw NeMoErrors.detail(.notFound, "Deployment '\(workspace)/\(name)' not found")
        }
        return versions
    }

    private static func single(_ version: NeMoVersion, _ status: HTTPResponse.Status = .ok) -> Answer {
        Answer(status) { version.write(to: &$0, explicitNulls: true) }
    }

    func refusal(_ refusal: Refusal, number: Int) -> Answer {
        switch refusal {
        case .unauthorized: NeMoErrors.detail(.unauthorized, "Invalid or expired token")
        case .throttled: NeMoErrors.detail(.tooManyRequests, "Too Many Requests")
        case .overdue, .broken, .inDisguise: NeMoErrors.detail(.internalServerError, "Internal Server Error")
        }
    }

    func misshapen(number: Int) -> Answer {
        Answer(.ok) {
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

extension NeMoPlatform {
    /// What a POST body says.
    private struct Order {
        var name: String?
        var config: String
        var configVersion: Int

        init(_ body: [UInt8]) throws(Answer) {
            guard let root = try? JSONDocument(parsing: body).root, root.kind == .object else {
                throw NeMoErrors.unprocessable("json_invalid", ["body"], "JSON decode error", input: nil)
            }
            guard let config = root["config"]?.string else {
                throw NeMoErrors.unprocessable("missing", ["body", "config"], "Field required", input: nil)
            }
            guard NeMoConfigs.named(config) != nil else {
                throw NeMoErrors.detail(.badRequest, "Deployment config '\(config)' not found")
            }
            name = root["name"]?.string
            self.config = config
            configVersion = Int(root["config_version"]?.int ?? 1)
        }
    }

    /// 201 with the new version; an unknown deployment is a 400, not a 404 (DIALECTS.md 1.1).
    private func update(_ workspace: String, _ name: String, _ call: Call) throws(Answer) -> Answer {
        let order = try Order(call.body)
        let key = "\(workspace)/\(name)"
        guard (try? versions(workspace, name)) != nil else {
            throw NeMoErrors.detail(.badRequest, "Deployment '\(key)' not found")
        }
        fleet.update(key, config: order.config, configVersion: order.configVersion, at: now())
        return Self.single(try versions(workspace, name)[0], .created)
    }

    private func create(_ workspace: String, _ call: Call) throws(Answer) -> Answer {
        let order = try Order(call.body)
        guard fleet.allWorkspaces.contains(workspace) else {
            throw NeMoErrors.detail(.badRequest, "Workspace '\(workspace)' not found")
        }
        let allowed: (UInt8) -> Bool = { [UInt8].base62.contains($0) || $0 == UInt8(ascii: "-") }
        guard let name = order.name, (1...63).contains(name.utf8.count), name.utf8.allSatisfy(allowed) else {
            throw NeMoErrors.unprocessable(
                "string_pattern_mismatch", ["body", "name"], "String should match the name pattern",
                input: order.name)
        }
        guard (try? versions(workspace, name)) == nil else {
            throw NeMoErrors.detail(.conflict, "Deployment '\(workspace)/\(name)' already exists")
        }
        fleet.add("\(workspace)/\(name)", config: order.config, rollOut: 15_000_000, at: now())
        return Self.single(try versions(workspace, name)[0], .created)
    }
}
