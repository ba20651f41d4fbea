/// A kind of record as clients and queries know it: by the names of its fields, not by its type.
package struct RecordSchema: Sendable {
    /// What a table cannot tell of its kind.
    package struct Profile: Sendable {
        /// In the plural, as in routes and file names: `deployments`.
        package var name: String
        /// In OpenAPI: `ModelDeployment`.
        package var component: String
        /// In OpenAPI, of what the parameter `filter` takes.
        package var conditionComponent: String
        /// In OpenAPI, before the names of parameters whose values depend on the table.
        package var parameterPrefix: String
        /// Half a sentence on what a record is.
        package var summary: String
        /// The default of `sort`, as a client writes it.
        package var sort: [String]
        /// The fields that `q` looks into.
        package var search: [String]
        /// A field that is true on the current version of each uid; nil where there are no versions.
        package var current: String?
        /// The fields whose values add up to something, in the order of the table.
        package var sums: [String]
        /// Of ``sums`` those that are added up where nobody says what.
        package var standardSums: [String]
        /// By a field that adds up only within one unit, the field that tells the unit.
        package var units: [String: String]
        /// The members that `include=` may add.
        package var included: [Include]

        package init(
            name: String, component: String, conditionComponent: String? = nil,
            parameterPrefix: String? = nil,
            summary: String,
            sort: [String], search: [String], current: String? = nil, sums: [String] = [],
            standardSums: [String] = [], units: [String: String] = [:], included: [Include] = []
        ) {
            self.name = name
            self.component = component
            self.conditionComponent = conditionComponent ?? "\(component)Condition"
            self.parameterPrefix = parameterPrefix ?? "\(name)."
            self.summary = summary
            self.sort = sort
            self.search = search
            self.current = current
            self.sums = sums
            self.standardSums = standardSums
            self.units = units
            self.included = included
        }
    }

    package let profile: Profile
    /// Every scalar field, in the order of the JSON form.
    package let fields: [Field]
    /// Every scalar, `labels` and the lists, in the order of the JSON form.
    package let paths: [String]
    /// The fields that `q` looks into.
    package let searched: [Field]
    /// True on the current version of each uid; nil where there are no versions.
    package let current: Field?
    /// The order where a client names none: fields, and whether each descends.
    package let sort: [(field: Field, descending: Bool)]
    /// The fields whose values add up to something.
    package let summable: [Field]
    /// Those of ``summable`` that are added up where nobody says what.
    package let standardSums: [Field]
    private let byName: [String: Field]

    init(_ profile: Profile, fields: [Field], lists: [String]) {
        self.profile = profile
        self.fields = fields
        let known = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
        byName = known
        var paths = fields.map(\.name)
        if let last = fields.lastIndex(where: \.isOfSource) { paths.insert("labels", at: last + 1) }
        self.paths = paths + lists
        searched = profile.search.compactMap { known[$0] }
        current = profile.current.flatMap { known[$0] }
        sort = profile.sort.compactMap { name in
            let descends = name.hasPrefix("-")
            return known[descends ? String(name.dropFirst()) : name].map { ($0, descends) }
        }
        summable = profile.sums.compactMap { known[$0] }
        standardSums = profile.standardSums.compactMap { known[$0] }
    }

    /// The field of a JSON path, `labels.<key>` included; nil where there is none, nor may be.
    package func named(_ name: String) -> Field? {
        byName[name] ?? labelKey(of: name).map { Field.label($0) }
    }

    /// The key in `labels.<key>`; nil for any other path, and where no label may have such a key.
    package func labelKey(of path: String) -> String? {
        guard path.hasPrefix("labels.") else { return nil }
        let key = String(path.dropFirst(7))
        return LabelKey.isOne(key) ? key : nil
    }

    /// True for a scalar's name, a group's (`accelerator` is all of it), `labels`, `labels.<key>` and a list's.
    package func isPath(_ path: String) -> Bool {
        paths.contains(path) || paths.contains { $0.hasPrefix(path + ".") } || named(path) != nil
    }

    /// The scalars that a path stands for: a group's, or itself.
    package func expand(_ path: String) -> [String] {
        let group = paths.filter { $0.hasPrefix(path + ".") }
        return group.isEmpty ? [path] : group
    }

    /// The field that tells the unit of another's values; nil where all values add up.
    package func unit(of field: Field) -> Field? { profile.units[field.name].flatMap { byName[$0] } }
}
