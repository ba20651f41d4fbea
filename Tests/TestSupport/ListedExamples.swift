package import Deployments
package import Wire

extension ModelDeployment {
    /// A row of ``SourceDescription/example(_:)``, with a name, a status and nothing else.
    package static func example(
        _ name: String, of source: String = "alpha", version: Int? = nil, status: DeploymentStatus = .ready
    ) -> ModelDeployment {
        let uid = ModelDeployment.uid(source: source, key: [name])
        var record = SourceDescription.example(source).record(uid: uid)
        record.name = name
        record.version = version
        record.status = status
        record.nativeStatus = status.rawValue.lowercased()
        return record
    }
}

extension Timestamp {
    /// A time in seconds after 1970-01-01T00:00:00Z.
    package static func at(_ seconds: Int) -> Timestamp { .epoch.advanced(by: .seconds(seconds)) }
}

extension ModelProvider {
    /// A row of ``SourceDescription/example(_:)``, with a name, a status and nothing else.
    package static func example(
        _ name: String, of source: String = "alpha", status: DeploymentStatus = .ready
    ) -> ModelProvider {
        let uid = ModelDeployment.uid(source: source, key: [name])
        var record = ModelProvider(uid: uid, of: SharedSource(.example(source)))
        record.name = name
        record.status = status
        record.nativeStatus = status.rawValue.lowercased()
        return record
    }
}
