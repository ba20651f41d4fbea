import Wire

/// One member of what `include=native` shows: the platform's own value, or some members of it.
struct NativeMember: Sendable {
    var name: String
    var content: Content

    enum Content: Sendable {
        /// The value, if it is a scalar: an object where none was expected may hold anything.
        case scalar
        /// Every scalar member of an object.
        case scalarMembers
        case members([NativeMember])
    }

    /// Lays out paths as the nested object that they stand in, in the order of their first mention.
    static func tree(_ paths: [(names: ArraySlice<String>, isOpen: Bool)]) -> [NativeMember] {
        var names: [String] = []
        for path in paths {
            if let first = path.names.first, !names.contains(first) { names.append(first) }
        }
        return names.map { name in
            let below = paths.filter { $0.names.first == name }.map { ($0.names.dropFirst(), $0.isOpen) }
            if let leaf = below.first(where: { $0.0.isEmpty }) {
                return NativeMember(name: name, content: leaf.1 ? .scalarMembers : .scalar)
            }
            return NativeMember(name: name, content: .members(tree(below)))
        }
    }

    /// What these members are of a record, as an object; nil where there are none to show.
    static func json(of record: JSONValue, showing members: [NativeMember]) -> [UInt8]? {
        guard !members.isEmpty else { return nil }
        var json = JSONWriter(reservingCapacity: 512)
        json.object { write(members, of: record, to: &$0) }
        return json.bytes
    }

    private static func write(_ members: [NativeMember], of record: JSONValue, to json: inout JSONWriter) {
        for member in members {
            guard let value = record[member.name] else { continue }
            json.key(member.name)
            switch member.content {
            case .scalar:
                json.scalarOrNull(value)
            case _ where value.kind != .object:
                json.null()
            case .members(let inner):
                json.object { write(inner, of: value, to: &$0) }
            case .scalarMembers:
                json.object {
                    for (name, inner) in value.members {
                        $0.key(name)
                        $0.scalarOrNull(inner)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func scalarOrNull(_ value: JSONValue) {
        if value.kind == .object || value.kind == .array { null() } else { self.value(value) }
    }
}
