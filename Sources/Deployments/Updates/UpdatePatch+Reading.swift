package import Wire

extension UpdatePatch {
    /// Reads a merge patch (RFC 7396) of a record's members, against what a platform lets clients change.
    ///
    /// - Throws: ``UpdateRefusal`` with every mistake that does not depend on the row, at most ``mistakeLimit``.
    package init(reading body: JSONValue, by schema: UpdateSchema) throws(UpdateRefusal) {
        var reader = PatchReader(schema: schema)
        reader.read(body)
        guard reader.mistakes.isEmpty else {
            throw UpdateRefusal(Array(reader.mistakes.prefix(Self.mistakeLimit)))
        }
        self.init(
            schema.members.compactMap { member in
                reader.values[member.field].map { Change(member.field, $0) }
            })
    }

    /// The most mistakes that are listed.
    package static let mistakeLimit = 100

    /// The greatest number of bytes of a text.
    package static let textLimit = 1024
}

/// Collects the members of a patch, and the mistakes in it.
private struct PatchReader {
    let schema: UpdateSchema
    var values: [String: FieldValue] = [:]
    var mistakes: [UpdateMistake] = []
    /// The paths that were there, with or without a usable value.
    private var seen: Set<String> = []

    init(schema: UpdateSchema) { self.schema = schema }

    private var listed: String { schema.members.map { "`\($0.field)`" }.joined(separator: ", ") }

    mutating func read(_ body: JSONValue) {
        guard body.kind == .object else {
            return add("", "must be an object of the members to change; these can be changed: \(listed)")
        }
        if body.count == 0 { return add("", "names no member; these can be changed: \(listed)") }
        read(body, under: "")
        for member in schema.members where member.isRequired && !seen.contains(member.field) {
            add(member.field, "is required in every update of this platform's deployments")
        }
    }

    private mutating func add(_ member: String, _ detail: String, didYouMean: String? = nil) {
        // A name is the client's own: it may be of any length, or something that was not meant to be one.
        mistakes.append(
            UpdateMistake(String(member.prefix(200)).withoutLikelySecrets, detail, didYouMean: didYouMean))
    }

    private mutating func read(_ object: JSONValue, under prefix: String) {
        for (key, value) in object.members {
            let path = prefix + key
            guard seen.insert(path).inserted else {
                add(path, "is there twice")
                continue
            }
            if let member = schema.member(path), !key.contains(".") {
                read(value, of: member)
            } else if value.kind == .object,
                schema.members.contains(where: { $0.field.hasPrefix(path + ".") }
                )
            {
                read(value, under: path + ".")
            } else {
                refuse(path, isDotted: key.contains("."))
            }
        }
    }

    private mutating func refuse(_ path: String, isDotted: Bool) {
        if isDotted, schema.member(path) != nil {
            let parts = path.split(separator: ".")
            let nested = parts.reversed().reduce("…") { "{\"\($1)\": \($0)}" }
            return add(path, "is written nested in a merge patch: \(nested)")
        }
        let isField = RecordSchema.deployments.isPath(path) || path.hasPrefix("labels")
        add(
            path,
            isField
                ? "cannot be changed at this platform; these can be: \(listed)"
                : "is no member of a deployment; these can be changed: \(listed)",
            didYouMean: nearest(to: path, among: schema.members.map(\.field)))
    }

    private mutating func read(_ value: JSONValue, of member: UpdateMember) {
        if value.isNull { return add(member.field, "cannot be removed; give it a value, or leave it out") }
        switch member.kind {
        case .text:
            guard let text = value.string else { return add(member.field, "must be a text") }
            guard (1...UpdatePatch.textLimit).contains(text.utf8.count),
                !text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
            else {
                return add(
                    member.field,
                    "must be a text of 1 to \(UpdatePatch.textLimit) bytes, without control characters")
            }
            values[member.field] = .text(text)
        case .integer:
            guard let number = value.int, number.magnitude <= 1 << 53 else {
                return add(member.field, "must be a whole number")
            }
            read(Double(number), of: member)
        case .number:
            guard let number = value.double, number.isFinite else {
                return add(member.field, "must be a number")
            }
            read(number, of: member)
        case .boolean:
            guard let bool = value.bool else { return add(member.field, "must be true or false") }
            values[member.field] = .bool(bool)
        }
    }

    private mutating func read(_ number: Double, of member: UpdateMember) {
        if let least = member.least, number < least {
            return add(member.field, "must be at least \(least.shortest)")
        }
        if let greatest = member.greatest, number > greatest {
            return add(member.field, "must be at most \(greatest.shortest)")
        }
        values[member.field] = .number(number)
    }
}

extension Double {
    /// The number without the fraction of a whole one.
    fileprivate var shortest: String { Int64(exactly: self).map { "\($0)" } ?? "\(self)" }
}
