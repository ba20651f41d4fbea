import Wire

/// One member that `include=native` shows: the platform's own value, or some members of it.
final class NativeMember: Sendable {
    private let member: JSONMember
    private let content: Content

    private init(name: String, content: Content) {
        member = JSONMember(name)
        self.content = content
    }

    private enum Content: Sendable {
        /// The value, if it is a scalar; any other is shown as null, as it may hold anything.
        case scalar
        /// Every scalar member of an object.
        case scalarMembers
        case members(PinnedObjects<NativeMember>)
    }

    /// Arranges paths as nested objects, in the order of their first mention.
    static func tree(_ paths: [(names: ArraySlice<String>, isOpen: Bool)]) -> PinnedObjects<NativeMember> {
        var names: [String] = []
        for path in paths {
            if let first = path.names.first, !names.contains(first) { names.append(first) }
        }
        let members = names.map { name in
            let below = paths.filter { $0.names.first == name }.map { ($0.names.dropFirst(), $0.isOpen) }
            if let leaf = below.first(where: { $0.0.isEmpty }) {
                return NativeMember(name: name, content: leaf.1 ? .scalarMembers : .scalar)
            }
            return NativeMember(name: name, content: .members(tree(below)))
        }
        return PinnedObjects(members)
    }

    /// Appends an object with these members of a record.
    static func write(_ members: PinnedObjects<NativeMember>, of record: JSONValue, to json: inout JSONWriter)
    {
        json.open("{")
        members.forEach { $0.write(of: record, to: &json) }
        json.close("}")
    }

    private func write(of record: JSONValue, to json: inout JSONWriter) {
        if case .scalar = content { return json.scalar(member, of: record) }
        guard let value = record.value(at: member.pointer) else { return }
        json.key(member.key)
        switch content {
        case _ where value.kind != .object: json.null()
        case .scalar: break
        case .members(let inner): Self.write(inner, of: value, to: &json)
        case .scalarMembers:
            json.object {
                for (name, inner) in value.lastMembers {
                    $0.key(name)
                    $0.scalar(inner)
                }
            }
        }
    }
}
