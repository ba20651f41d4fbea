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
    /// The values that the operator's rules may set on single rows, by the name of a field that otherwise is the
    /// same on all rows: `region`, `labels.team`.
    ///
    /// A null is among them if a rule may clear the field. It is empty on records and on their lists.
    package var perRow: [String: Set<FieldValue>] = [:]

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

    /// The keys of the labels that its rows may have, by the operator's labels and rules.
    package var labelKeys: Set<String> {
        let prefix = "labels."
        return Set(labels.keys).union(
            perRow.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) })
    }

    /// The values that its rows may have in a field with ``Field/isOfSource``.
    package func values(of field: Field) -> Set<FieldValue> {
        (perRow[field.name] ?? []).union([value(of: field)])
    }

    /// The description of no source, for a record that stands for all of its kind.
    package static let none = SourceDescription(name: "", platform: "", adapter: "")
}

extension SharedSource {
    /// A source of which nothing but the name is known: this object, if it is one.
    var nameAlone: SharedSource {
        let name = SourceDescription(name: description.name, platform: "", adapter: "")
        return description == name ? self : SharedSource(name)
    }
}
