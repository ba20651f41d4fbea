package import Wire

/// A layout of the JSON form: all of a record's fields, or those that a client named.
///
/// Keys and nesting are laid out once, when the form is made; writing a record only appends.
package struct DeploymentForm: Sendable {
    private indirect enum Node: Sendable {
        case scalar(DeploymentField)
        case labels
        case inferred
        case object([Member])
    }

    private struct Member: Sendable {
        /// Quoted, with the colon.
        var key: [UInt8] = []
        var node: Node

        init(_ name: Substring, _ node: Node) {
            key.appendQuoted(String(name))
            key.append(UInt8(ascii: ":"))
            self.node = node
        }
    }

    private let members: [Member]

    /// Every field of DESIGN.md §3, in its order.
    package static let whole = DeploymentForm(paths: allPaths)

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
        var members: [Member] = []
        var start = 0
        let ordered = Self.allPaths.flatMap { path -> [String] in
            if wanted.contains(path) { return [path] }
            return path == "labels" ? wanted.filter { $0.hasPrefix("labels.") }.sorted() : []
        }
        while start < ordered.count {
            let (head, tail) = Self.split(ordered[start])
            let end = ordered[start...].firstIndex { Self.split($0).head != head } ?? ordered.count
            members.append(
                Member(head, tail == nil ? Self.leaf(head) : .object(Self.leaves(ordered[start..<end]))))
            start = end
        }
        self.members = members
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
        Self.write(members, of: deployment, to: &json)
        extras(&json)
        json.close("}")
    }

    private static func write(
        _ members: [Member], of deployment: borrowing ModelDeployment, to json: inout JSONWriter
    ) {
        for member in members {
            json.key(encoded: member.key)
            switch member.node {
            case .scalar(let field):
                field.get(deployment).write(to: &json)
            case .labels:
                json.open("{")
                for (key, value) in deployment.labels.sorted(by: { $0.key < $1.key }) {
                    json.key(key)
                    json.string(value)
                }
                json.close("}")
            case .inferred:
                json.open("[")
                for name in deployment.inferred { json.string(name) }
                json.close("]")
            case .object(let inner):
                json.open("{")
                write(inner, of: deployment, to: &json)
                json.close("}")
            }
        }
    }

    private static func expand(_ path: String) -> [String] {
        let group = allPaths.filter { $0.hasPrefix(path + ".") }
        return group.isEmpty ? [path] : group
    }

    private static func split(_ path: String) -> (head: Substring, tail: Substring?) {
        guard let dot = path.firstIndex(of: ".") else { return (path[...], nil) }
        return (path[..<dot], path[path.index(after: dot)...])
    }

    private static func leaf(_ name: Substring) -> Node {
        switch name {
        case "labels": .labels
        case "inferred": .inferred
        default: DeploymentField.named(String(name)).map { .scalar($0) } ?? .object([])
        }
    }

    private static func leaves(_ paths: ArraySlice<String>) -> [Member] {
        paths.compactMap { path in
            guard let field = DeploymentField.named(path), let tail = split(path).tail else { return nil }
            return Member(tail, .scalar(field))
        }
    }
}
