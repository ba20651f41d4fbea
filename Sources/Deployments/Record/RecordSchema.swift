/// A kind of record as clients and queries know it: by the names of its fields, not by its Swift type.
package struct RecordSchema: Sendable {
    /// Properties of a kind of record that do not follow from its table of fields.
    package struct Profile: Sendable {
        /// The name in the plural, as in routes and file names: `deployments`.
        package var name: String
        /// The name of its OpenAPI component: `ModelDeployment`.
        package var component: String
        /// The name of the OpenAPI component for the value of the parameter `filter`.
        package var conditionComponent: String
        /// The prefix of OpenAPI component names of parameters whose values depend on the table.
        package var parameterPrefix: String
        /// The name of the field that is the record's key, see ``Record/uid``.
        package var key: String
        /// True if the records show the operator's labels of their source.
        package var hasLabels: Bool
        /// A phrase that says what a record is.
        package var summary: String
        /// The default of `sort`, as a client writes it.
        package var sort: [String]
        /// The names of the fields that `q` searches.
        package var search: [String]
        /// The name of a field that is true on the current version of each uid; nil for a kind without
        /// versions.
        package var current: String?
        /// The names of the fields that may be added up, in the order of the table.
        package var sums: [String]
        /// The ``sums`` that are added up if the client names none.
        package var standardSums: [String]
        /// The field that holds the unit, by the name of a field that adds up only within one unit.
        package var units: [String: String]
        /// The fields from which a field is filled in where the platform does not state it, by its name.
        ///
        /// If one of them could not be read, and the field is null or never is, the field is not known either.
        package var derived: [String: [String]]
        /// The members that `include=` may add.
        package var included: [Include]
        /// The name of the field that changes with every other member but the table's objects; nil without one.
        package var revision: String?

        /// Defaults follow from `name` and `component`; lists that are not given are empty.
        package init(
            name: String, component: String, conditionComponent: String? = nil,
            parameterPrefix: String? = nil, key: String = "uid", hasLabels: Bool = true,
            summary: String,
            sort: [String], search: [String], current: String? = nil, sums: [String] = [],
            standardSums: [String] = [], units: [String: String] = [:],
            derived: [String: [String]] = [:], included: [Include] = [], revision: String? = nil
        ) {
            self.name = name
            self.component = component
            self.conditionComponent = conditionComponent ?? "\(component)Condition"
            self.parameterPrefix = parameterPrefix ?? "\(name)."
            self.key = key
            self.hasLabels = hasLabels
            self.summary = summary
            self.sort = sort
            self.search = search
            self.current = current
            self.sums = sums
            self.standardSums = standardSums
            self.units = units
            self.derived = derived
            self.included = included
            self.revision = revision
        }
    }

    /// The properties that the table of fields does not state.
    package let profile: Profile
    /// Every scalar field, in the order of the JSON form.
    package let fields: [Field]
    /// The paths of every scalar, `labels`, the lists and other members, in the order of the JSON form.
    package let paths: [String]
    /// The members that are lists of strings.
    package let lists: [Member]
    /// The members that are neither scalars nor lists of strings.
    package let objects: [Member]
    /// The names of the groups that are null as a whole if the record has no value in them.
    package let nullGroups: [String]
    /// The fields that `q` searches.
    package let searched: [Field]
    /// The field that is true on the current version of each uid; nil for a kind without versions.
    package let current: Field?
    /// The order if the client names none.
    package let sort: [(field: Field, descending: Bool)]
    /// The fields that may be added up.
    package let summable: [Field]
    /// The ``summable`` fields that are added up if the client names none.
    package let standardSums: [Field]
    private let byName: [String: Field]

    /// A member without values that a filter could compare.
    package struct Member: Sendable {
        /// Its path in the JSON form.
        package let name: String
        /// A phrase for the description of the API.
        package let summary: String

        /// True for a member of a group, such as `endpoint.models`.
        var isInGroup: Bool { name.contains(".") }

        init(_ name: String, _ summary: String) {
            self.name = name
            self.summary = summary
        }
    }

    init(_ profile: Profile, fields: [Field], lists: [Member], objects: [Member], nullGroups: [String]) {
        self.profile = profile
        self.fields = fields
        self.lists = lists
        self.objects = objects
        self.nullGroups = nullGroups
        let known = Dictionary(fields.map { ($0.name, $0) }) { first, _ in first }
        byName = known
        var paths = fields.map(\.name).filter { $0 != profile.revision }
        if profile.hasLabels, let last = fields.lastIndex(where: \.isOfSource) {
            paths.insert("labels", at: last + 1)
        }
        for member in lists + objects.filter(\.isInGroup) {
            let group = member.name.prefix { $0 != "." } + "."
            let last = paths.lastIndex { member.name.hasPrefix(group) && $0.hasPrefix(group) }
            paths.insert(member.name, at: last.map { $0 + 1 } ?? paths.count)
        }
        self.paths =
            paths + objects.filter { !$0.isInGroup }.map(\.name) + [profile.revision].compactMap(\.self)
        searched = profile.search.compactMap { known[$0] }
        current = profile.current.flatMap { known[$0] }
        sort = profile.sort.compactMap { name in
            let descends = name.hasPrefix("-")
            return known[descends ? String(name.dropFirst()) : name].map { ($0, descends) }
        }
        summable = profile.sums.compactMap { known[$0] }
        standardSums = profile.standardSums.compactMap { known[$0] }
    }

    /// The field of a JSON path, `labels.<key>` included; nil for an unknown path or an invalid label key.
    package func named(_ name: String) -> Field? {
        byName[name] ?? labelKey(of: name).map { Field.label($0) }
    }

    /// The key in `labels.<key>`; nil for any other path and for an invalid key.
    package func labelKey(of path: String) -> String? {
        guard profile.hasLabels, path.hasPrefix("labels.") else { return nil }
        let key = String(path.dropFirst(7))
        return LabelKey.isValid(key) ? key : nil
    }

    /// True for the name of a scalar, of a group (`accelerator` stands for all its fields), `labels`,
    /// `labels.<key>` and the name of a list.
    package func isPath(_ path: String) -> Bool {
        paths.contains(path) || paths.contains { $0.hasPrefix(path + ".") } || named(path) != nil
    }

    /// The paths that a path stands for: all fields of a group, else the path itself.
    package func expand(_ path: String) -> [String] {
        let group = paths.filter { $0.hasPrefix(path + ".") }
        return group.isEmpty ? [path] : group
    }

    /// The field that holds the unit of another field's values; nil if all values add up.
    package func unit(of field: Field) -> Field? { profile.units[field.name].flatMap { byName[$0] } }
}
