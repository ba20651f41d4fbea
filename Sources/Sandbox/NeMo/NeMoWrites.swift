import HTTPTypes
import Wire

extension NeMoPlatform {
    /// 201 with the new version, PENDING beside the older ones; an unknown deployment is a 400, not a 404.
    ///
    /// 409 for one that is being deleted.
    func update(_ workspace: String, _ name: String, _ request: PlatformRequest) throws(PlatformResponse)
        -> PlatformResponse
    {
        let body = try NeMoDeploymentBody(request)
        let config = try body.configuration()
        guard let latest = (try? versions(workspace, name))?.first else {
            throw NeMoErrors.detail(.badRequest, "Deployment '\(workspace)/\(name)' not found")
        }
        guard ![NeMoStatus.deleting.rawValue, NeMoStatus.deleted.rawValue].contains(latest.status) else {
            throw NeMoErrors.detail(.conflict, "Deployment '\(workspace)/\(name)' is being deleted")
        }
        let number = fleet.update(
            latest.deployment.key, config: config.name, configVersion: config.version, at: now())
        let versions = try versions(workspace, name)
        return Self.single(versions.first { $0.number == number } ?? versions[0], .created)
    }

    /// 201 with the first version.
    func create(_ workspace: String, _ request: PlatformRequest) throws(PlatformResponse) -> PlatformResponse
    {
        let body = try NeMoDeploymentBody(request)
        let config = try body.configuration()
        guard fleet.allWorkspaces.contains(workspace) else {
            throw NeMoErrors.detail(.badRequest, "Workspace '\(workspace)' not found")
        }
        let allowed: (UInt8) -> Bool = { [UInt8].base62.contains($0) || $0 == UInt8(ascii: "-") }
        guard let name = body.name, (1...63).contains(name.utf8.count), name.utf8.allSatisfy(allowed) else {
            throw NeMoErrors.unprocessable(
                "string_pattern_mismatch", ["body", "name"], "String should match the name pattern",
                input: body.name)
        }
        guard (try? versions(workspace, name)) == nil else {
            throw NeMoErrors.detail(.conflict, "Deployment '\(workspace)/\(name)' already exists")
        }
        fleet.add(
            "\(workspace)/\(name)", config: config.name, configVersion: config.version, rollOut: 15_000_000,
            at: now())
        return Self.single(try versions(workspace, name)[0], .created)
    }

    /// 202 with `null`; the deployment stays listed for a while.
    func delete(_ latest: NeMoVersion) -> PlatformResponse {
        fleet.delete(latest.deployment.key, at: now())
        return PlatformResponse(.accepted) { $0.null() }
    }
}

/// The body of a POST, validated as the real service does it: every problem at once, and members that it does
/// not know ignored.
struct NeMoDeploymentBody: Sendable {
    var name: String?
    private var config: String
    private var configVersion: Int?

    init(_ request: PlatformRequest) throws(PlatformResponse) {
        var problems = NeMoProblems()
        guard !request.body.isEmpty else {
            problems.add("missing", ["body"], "Field required") { $0.null() }
            throw problems.response
        }
        guard let root = try? JSONDocument(parsing: request.body).root else {
            problems.add("json_invalid", ["body"], "JSON decode error") { $0.object { _ in } }
            throw problems.response
        }
        guard root.kind == .object, Self.isJSON(request.headers[.contentType]) else {
            problems.add(
                "model_attributes_type", ["body"],
                "Input should be a valid dictionary or object to extract fields from"
            ) { $0.value(root) }
            throw problems.response
        }
        let given = root["config"]
        if let given, given.kind != .string {
            problems.add("string_type", ["body", "config"], "Input should be a valid string") {
                $0.value(given)
            }
        } else if given == nil {
            problems.add("missing", ["body", "config"], "Field required") { $0.value(root) }
        }
        configVersion = Self.version(root["config_version"], &problems)
        guard problems.isEmpty, let config = given?.string else { throw problems.response }
        self.config = config
        name = root["name"]?.string
    }

    /// The service takes a body for JSON by its media type; what has none is JSON.
    private static func isJSON(_ contentType: String?) -> Bool {
        guard let type = contentType?.split(separator: ";").first?.lowercased() else { return true }
        let name = type.split(separator: " ").joined()
        return name == "application/json" || name.hasPrefix("application/") && name.hasSuffix("+json")
    }

    /// An integer, also as a text; nil for null and where it is missing.
    private static func version(_ value: JSONValue?, _ problems: inout NeMoProblems) -> Int? {
        guard let value, !value.isNull else { return nil }
        if let number = value.int ?? value.string.flatMap({ Int64($0) }) { return Int(number) }
        let (type, message): (String, String) =
            switch value.kind {
            case .string:
                (
                    "int_parsing",
                    "Input should be a valid integer, unable to parse string as an integer"
                )
            case .double:
                ("int_from_float", "Input should be a valid integer, got a number with a fractional part")
            default: ("int_type", "Input should be a valid integer")
            }
        problems.add(type, ["body", "config_version"], message) { $0.value(value) }
        return nil
    }

    /// The configuration that it names, in its latest version where it names none; else a 400.
    func configuration() throws(PlatformResponse) -> NeMoConfig {
        guard NeMoConfigs.named(config) != nil else {
            throw NeMoErrors.detail(.badRequest, "Deployment config '\(config)' not found")
        }
        guard let found = NeMoConfigs.named(config, version: configVersion) else {
            throw NeMoErrors.detail(
                .badRequest, "Deployment config '\(config)' version \(configVersion ?? 0) not found")
        }
        return found
    }
}
