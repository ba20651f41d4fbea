/// What the operator and the adapter file say of a source; it stands on every record of it.
package struct SourceDescription: Sendable, Hashable {
    /// The operator's name for it: `[a-z0-9-]+`, unique in a configuration.
    package var name: String
    package var platform: String
    package var adapter: String
    package var region: String?
    package var labels: [String: String]

    package init(
        name: String, platform: String, adapter: String, region: String? = nil, labels: [String: String] = [:]
    ) {
        self.name = name
        self.platform = platform
        self.adapter = adapter
        self.region = region
        self.labels = labels
    }

    /// An otherwise empty record that carries this source's facts.
    package func record(uid: String) -> ModelDeployment { ModelDeployment(uid: uid, of: SharedSource(self)) }

    /// Of no source: what a record has that stands for all of its kind.
    package static let none = SourceDescription(name: "", platform: "", adapter: "")
}
