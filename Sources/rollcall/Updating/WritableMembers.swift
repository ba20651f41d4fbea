import Deployments
import Wire

extension UpdateSchema {
    /// Reads the value of a source's `writes`; nil where nothing can be changed.
    init?(_ writes: JSONValue?) {
        let members = writes?["members"]?.elements.compactMap { UpdateMember($0) } ?? []
        guard !members.isEmpty else { return nil }
        self.init(members: members)
    }

    /// The changes that these terms ask for, their values of the types that the members have.
    ///
    /// Limits are left to the gateway, which knows the row.
    /// - Throws: ``CommandFailure`` with every term that is wrong, and what can be changed.
    func patch(_ terms: [MemberTerm]) throws(CommandFailure) -> UpdatePatch {
        var changes: [UpdatePatch.Change] = []
        var mistakes: [String] = []
        for term in terms {
            guard let member = member(term.member) else {
                mistakes.append(
                    CommandFailure.line(
                        parameter: term.member, pointer: nil, detail: "cannot be changed",
                        didYouMean: nearest(to: term.member, among: members.map(\.field))))
                continue
            }
            guard let value = member.value(of: term.value) else {
                mistakes.append("\(term.member): `\(term.value)` is not \(member.kind.phrase)")
                continue
            }
            changes.append(UpdatePatch.Change(member.field, value))
        }
        for member in members where member.isRequired && !terms.contains(where: { $0.member == member.field })
        {
            mistakes.append("\(member.field): is missing; every update of this source has to give it")
        }
        guard mistakes.isEmpty, !changes.isEmpty else {
            let lines = mistakes + ["These can be changed:"] + summary
            throw CommandFailure(.usage, lines.map { $0.neutralized() }.joined(separator: "\n"))
        }
        let order = members.map(\.field)
        return UpdatePatch(
            changes.sorted {
                (order.firstIndex(of: $0.field) ?? 0) < (order.firstIndex(of: $1.field) ?? 0)
            })
    }

    /// One line on each member.
    private var summary: [String] {
        members.map { "  \($0.field) (\($0.rule))" + ($0.about.map { ": \($0)" } ?? "") }
    }
}

extension UpdateMember {
    /// Reads a member of a source's `writes`; one of a type that a later gateway has takes a text.
    fileprivate init?(_ json: JSONValue) {
        guard let field = json["field"]?.string else { return nil }
        self.init(field: field, kind: json["type"]?.string.flatMap(Kind.init) ?? .text)
        isRequired = json["required"]?.bool ?? false
        least = json["least"]?.double
        greatest = json["greatest"]?.double
        multipleOf = json["multiple_of"]?.string
        about = json["about"]?.string
    }

    /// The value that a text stands for; nil if it is none of the member's type.
    fileprivate func value(of text: String) -> FieldValue? {
        switch kind {
        case .text: .text(text)
        case .integer: Int(text).flatMap { $0.magnitude <= 1 << 53 ? .number(Double($0)) : nil }
        case .number: Double(text).flatMap { $0.isFinite ? .number($0) : nil }
        case .boolean: Bool(text).map { .bool($0) }
        }
    }

    /// The type and the limits: `integer, at least 1, a multiple of capacity.base`.
    fileprivate var rule: String {
        ([kind.rawValue, isRequired ? "required" : nil]
            + [
                least.map { "at least \(plain($0))" }, greatest.map { "at most \(plain($0))" },
                multipleOf.map { "a multiple of \($0)" },
            ]).compactMap(\.self).joined(separator: ", ")
    }
}

extension UpdateMember.Kind {
    fileprivate var phrase: String {
        switch self {
        case .text: "a text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        }
    }
}

extension UpdatePatch {
    /// The merge patch (RFC 7396): `capacity.desired` becomes `{"capacity":{"desired":…}}`.
    var json: [UInt8] {
        var json = JSONWriter()
        Self.write(changes.map { ($0.field.split(separator: ".")[...], $0.value) }, to: &json)
        return json.bytes
    }

    /// Writes an object of the members at these paths; members of one group are beside each other.
    private static func write(
        _ members: [(path: ArraySlice<Substring>, value: FieldValue)], to json: inout JSONWriter
    ) {
        var written: Set<Substring> = []
        json.object { json in
            for (path, value) in members {
                guard let name = path.first, written.insert(name).inserted else { continue }
                json.key(String(name))
                guard path.count > 1 else {
                    json.fieldValue(value)
                    continue
                }
                write(
                    members.filter { $0.path.first == name }.map { ($0.path.dropFirst(), $0.value) },
                    to: &json)
            }
        }
    }
}

extension JSONWriter {
    fileprivate mutating func fieldValue(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .text(let text): string(text)
        case .number(let number): double(number)
        case .time(let time): self.time(time)
        case .bool(let bool): self.bool(bool)
        }
    }
}
