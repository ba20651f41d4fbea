package import Wire

/// A layout of the JSON form: all of a record's fields, or those that a client named.
///
/// Keys and nesting are laid out once, when the form is made; writing a record only appends.
package struct DeploymentForm: Sendable {
    /// Appends some members of a record.
    ///
    /// A struct, since an array of closures holds them in another form, and each call would go through that.
    private struct Writing: Sendable {
        let append: @Sendable (borrowing ModelDeployment, inout JSONWriter) -> Void
    }

    private let members: Writing

    /// Every field of DESIGN.md §3, in its order.
    package static let whole = DeploymentForm(paths: allPaths)

    /// ``whole`` in the three parts in which rows of one source are kept: what all of them say alike is the second.
    package static let parts = [
        ["uid"], pathsOfSource, allPaths.filter { $0 != "uid" && !pathsOfSource.contains($0) },
    ]
    .map { DeploymentForm(paths: $0) }

    private static let pathsOfSource = allPaths.filter {
        $0 == "labels" || DeploymentField.named($0)?.isOfSource == true
    }

    /// Every scalar, `labels` and `inferred`, in the form's order.
    package static let allPaths: [String] = {
        var paths = DeploymentField.all.map(\.name)
        paths.insert("labels", at: (paths.firstIndex(of: "region") ?? -1) + 1)
        return paths + ["inferred"]
    }()

    /// Only the named fields, in the order of the whole form.
    ///
    /// A path is a scalar's name, a group's (`accelerator` is all of it), `labels`, `labels.<key>` or
    /// `inferred`; one for which ``isPath(_:)`` is false is left out.
    package init(paths: [String]) {
        let wanted = Set(paths.filter(Self.isPath).flatMap(Self.expand))
        var members: [Writing] = []
        var start = 0
        let ordered = Self.allPaths.flatMap { path -> [String] in
            if wanted.contains(path) { return [path] }
            return path == "labels" ? wanted.filter { $0.hasPrefix("labels.") }.sorted() : []
        }
        while start < ordered.count {
            let (head, tail) = Self.split(ordered[start])
            let end = ordered[start...].firstIndex { Self.split($0).head != head } ?? ordered.count
            members.append(
                tail == nil ? Self.member(head) : Self.object(head, Self.members(ordered[start..<end])))
            start = end
        }
        self.members = Self.joined(members[...])
    }

    /// Whether a path names something of the form.
    package static func isPath(_ path: String) -> Bool {
        allPaths.contains(path) || allPaths.contains { $0.hasPrefix(path + ".") }
            || DeploymentField.named(path) != nil
    }

    /// Appends one record's object, with `extras` as further members at its end.
    package func write(
        _ deployment: borrowing ModelDeployment, to json: inout JSONWriter,
        extras: (inout JSONWriter) -> Void = { _ in }
    ) {
        json.open("{")
        members.append(deployment, &json)
        extras(&json)
        json.close("}")
    }

    /// Appends the members of a record's object without its braces.
    package func writeMembers(of deployment: borrowing ModelDeployment, to json: inout JSONWriter) {
        members.append(deployment, &json)
    }

    /// The scalars that a path stands for: a group's, or itself.
    package static func expand(_ path: String) -> [String] {
        let group = allPaths.filter { $0.hasPrefix(path + ".") }
        return group.isEmpty ? [path] : group
    }

    private static func split(_ path: String) -> (head: Substring, tail: Substring?) {
        guard let dot = path.firstIndex(of: ".") else { return (path[...], nil) }
        return (path[..<dot], path[path.index(after: dot)...])
    }

    private static func member(_ name: Substring) -> Writing {
        let key = JSONKey(String(name))
        switch name {
        case "labels":
            return Writing { deployment, json in
                json.key(key)
                json.open("{")
                if !deployment.labels.isEmpty {
                    for (key, value) in deployment.labels.sorted(by: { $0.key < $1.key }) {
                        json.key(key)
                        json.string(value)
                    }
                }
                json.close("}")
            }
        case "inferred":
            return Writing { deployment, json in
                json.key(key)
                json.open("[")
                for name in deployment.inferred { json.string(name) }
                json.close("]")
            }
        default:
            guard let field = DeploymentField.named(String(name)) else { return Writing { _, _ in } }
            return scalar(field, key)
        }
    }

    private static func members(_ paths: ArraySlice<String>) -> Writing {
        let members = paths.compactMap { path -> Writing? in
            guard let field = DeploymentField.named(path), let tail = split(path).tail else { return nil }
            return scalar(field, JSONKey(String(tail)))
        }
        return joined(members[...])
    }

    private static func scalar(_ field: DeploymentField, _ key: JSONKey) -> Writing {
        let write = field.write
        return Writing { write($0, key, &$1) }
    }

    private static func object(_ name: Substring, _ members: Writing) -> Writing {
        // Most platforms tell nothing of most groups, and then the group is always the same text.
        let isNull = isNullGroup(name)
        var json = JSONWriter()
        json.open("{")
        members.append(ModelDeployment(uid: "", source: "", platform: "", adapter: ""), &json)
        json.close("}")
        let key = JSONKey(String(name), absent: json.bytes)
        return Writing { deployment, json in
            if isNull(deployment) { return json.absent(key) }
            json.key(key)
            json.open("{")
            members.append(deployment, &json)
            json.close("}")
        }
    }

    /// Tells whether a record has nothing in a group.
    private static func isNullGroup(_ name: Substring) -> @Sendable (borrowing ModelDeployment) -> Bool {
        switch name {
        case "replicas": { $0.replicas == ModelDeployment.Replicas() }
        case "capacity": { $0.capacity == ModelDeployment.Capacity() }
        case "accelerator": { $0.accelerator == ModelDeployment.Accelerator() }
        default: { _ in false }
        }
    }

    /// One after the other, as a tree of pairs rather than a list: what a closure holds is called without being
    /// retained, an element of an array is not, and cores that write at once would contend for its count.
    private static func joined(_ members: ArraySlice<Writing>) -> Writing {
        guard let first = members.first else { return Writing { _, _ in } }
        guard members.count > 1 else { return first }
        let middle = members.startIndex + members.count / 2
        let (left, right) = (joined(members[..<middle]), joined(members[middle...]))
        return Writing { deployment, json in
            left.append(deployment, &json)
            right.append(deployment, &json)
        }
    }
}
