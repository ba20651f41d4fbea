/// The operator's and the adapter file's description of a source, shown on each of its records.
package struct SourceDescription: Sendable, Hashable {
    /// The operator's name for it: `[a-z0-9-]+`, unique in a configuration.
    package var name: String
    /// The platform's name on records.
    package var platform: String
    /// The name of the adapter file that reads it.
    package var adapter: String
    /// The operator's name of its region; nil if it has none.
    package var region: String?
    /// The operator's labels.
    package var labels: [String: String]
    /// The table of model families that applies to its records.
    package var families: ModelFamilies

    package init(
        name: String, platform: String, adapter: String, region: String? = nil,
        labels: [String: String] = [:],
        families: ModelFamilies = .shipped
    ) {
        self.name = name
        self.platform = platform
        self.adapter = adapter
        self.region = region
        self.labels = labels
        self.families = families
    }

    /// An otherwise empty record that carries this source's facts.
    package func record(uid: String) -> ModelDeployment { ModelDeployment(uid: uid, of: SharedSource(self)) }

    /// The description of no source, for a record that stands for all of its kind.
    package static let none = SourceDescription(name: "", platform: "", adapter: "")
}
