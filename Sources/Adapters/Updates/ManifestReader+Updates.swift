import Deployments
import Settings
import Upstream
import Wire

// The section `update`: the members that clients may change, and the request that changes them.
extension ManifestReader {
    /// Reads the section; `record` is the file's own record, nil if it has a problem.
    func readUpdate(
        _ node: SettingsNode?, inputs: [AdapterManifest.Input], record: RecordPlan<ModelDeployment>?
    ) -> UpdatePlan? {
        guard let node, let section = node.mapping() else { return nil }
        defer { section.refuseOthers() }
        let rowFields = record.map(UpdatePlan.rowFields) ?? []
        let members = readUpdateMembers(section.required("members"), record: record)
        // What is sent concerns one row, not a partition.
        var requesting = self
        requesting.variables.subtract(variables.filter { $0.hasPrefix("partition.") })
        requesting.variables.formUnion(rowFields.map { LookupPlan.rowPrefix + $0 })
        let request = requesting.readUpdateRequest(section, of: node, inputs: inputs)
        var reader = requesting
        reader.variables.formUnion(members.map { UpdatePlan.patchPrefix + $0.field })
        let bodyNode = section.required("body")
        let body = bodyNode.flatMap { reader.readUpdateBody($0) }
        let allowed = (section.optional("allowed")?.sequence() ?? []).compactMap { reader.readAllowed($0) }
        let success = section.optional("success")?.sequence()?.compactMap { $0.int(in: 200...299) } ?? []
        let answerRecord = section.optional("record").flatMap { reader.readAnswerRecord($0) }
        let refused = section.optional("refused").flatMap { expression($0, reading: .answer) }
        reader.variables.formUnion(rowFields.map { UpdatePlan.beforePrefix + $0 })
        let doneWhen = section.optional("done_when").flatMap { reader.condition($0, reading: .nothing) }
        if let body { refuseUnused(members, in: body, at: section) }
        guard let request, let body, !members.isEmpty else { return nil }
        let shownIn = doneWhen?.fields(prefixed: LookupPlan.rowPrefix) ?? []
        let schema = UpdateSchema(
            members: members, shownIn: RecordSchema.deployments.paths.filter(shownIn.contains))
        return UpdatePlan(
            method: request.method, request: request.plan, schema: schema, body: body, allowed: allowed,
            success: Set(success), record: answerRecord, refused: refused, doneWhen: doneWhen,
            rowFields: rowFields)
    }

    private func readUpdateRequest(
        _ section: SettingsMapping, of node: SettingsNode, inputs: [AdapterManifest.Input]
    ) -> (method: UpstreamRequest.Method, plan: RequestPlan)? {
        let methods: [(String, UpstreamRequest.Method)] = [("post", .post), ("put", .put), ("patch", .patch)]
        let given = methods.compactMap { key, method in section.optional(key).map { (method, $0) } }
        let query = templates(section.optional("query"))
        let headers = templates(section.optional("headers"))
        guard given.count == 1, let (method, path) = given.first else {
            node.problem("must name exactly one of post, put, patch, each with its path")
            return nil
        }
        let roots = inputs.filter { $0.kind == .path }.map { "inputs.\($0.name)" }
        guard let template = requestPath(path, roots: roots) else { return nil }
        if !template.variables.contains(where: { $0.hasPrefix(LookupPlan.rowPrefix) }) {
            path.problem("names no field of the row, such as {row.name}: every row would be the same")
        }
        return (method, RequestPlan(paths: [template], query: query, headers: headers))
    }

    private func readUpdateBody(_ node: SettingsNode) -> UpdateBody? {
        guard node.isMapping else { return node.wrong("members with their expressions") }
        return readBodyValue(node)
    }

    private func readBodyValue(_ node: SettingsNode) -> UpdateBody? {
        guard node.isMapping else { return expression(node, reading: .nothing).map { .value($0) } }
        let entries = node.mapping()?.entries ?? []
        let members = entries.compactMap { entry in readBodyValue(entry.value).map { (entry.name, $0) } }
        return members.count == entries.count ? .object(members) : nil
    }

    private func readAllowed(_ node: SettingsNode) -> UpdatePlan.Condition? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let when = condition(fields.required("when"), reading: .nothing)
        let otherwise = fields.required("else")?.nonEmptyString()
        guard let when, let otherwise else { return nil }
        return UpdatePlan.Condition(when: when, otherwise: otherwise)
    }

    private func readAnswerRecord(_ node: SettingsNode) -> JSONPath? {
        guard let path = path(node) else { return nil }
        if !path.isSingular { node.problem("must lead to one record: no wildcard, no filter") }
        return path
    }

    /// Reports members of which the body says nothing.
    private func refuseUnused(_ members: [UpdateMember], in body: UpdateBody, at section: SettingsMapping) {
        let used = Set(body.leaves.flatMap { $0.expression.fields(prefixed: UpdatePlan.patchPrefix) })
        for entry in section.optional("members")?.mapping()?.entries ?? []
        where members.contains(where: { $0.field == entry.name }) && !used.contains(entry.name) {
            problems.add(entry.location, "is not used: `body` does not read patch.\(entry.name)")
        }
    }
}

// The members that clients may name.
extension ManifestReader {
    private func readUpdateMembers(
        _ node: SettingsNode?, record: RecordPlan<ModelDeployment>?
    ) -> [UpdateMember] {
        guard let node, let entries = node.mapping()?.entries else { return [] }
        if entries.isEmpty { node.problem("needs at least one member that clients may change") }
        let members = entries.compactMap { readUpdateMember($0, record: record) }
        let order = RecordSchema.deployments.paths
        return members.sorted {
            (order.firstIndex(of: $0.field) ?? 0) < (order.firstIndex(of: $1.field) ?? 0)
        }
    }

    private func readUpdateMember(
        _ entry: SettingsMapping.Entry, record: RecordPlan<ModelDeployment>?
    ) -> UpdateMember? {
        guard let fields = entry.value.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let kind = fields.required("type")?.term(UpdateMember.Kind.self)
        let isRequired = fields.optional("required")?.bool() ?? false
        let leastNode = fields.optional("least")
        let greatestNode = fields.optional("greatest")
        let multipleNode = fields.optional("multiple_of")
        let least = leastNode.flatMap { boundOfMember($0) }
        let greatest = greatestNode.flatMap { boundOfMember($0) }
        let about = fields.optional("about")?.nonEmptyString()
        let multipleOf = multipleNode.flatMap { readMultiple($0, record: record) }
        guard let record else { return nil }
        guard let field = UpdatePlan.writable(entry.name, in: record) else {
            problems.add(entry.location, unwritable(entry.name, record: record))
            return nil
        }
        guard let kind else { return nil }
        guard kind.fits(field.kind) else {
            return fields.optional("type")?.wrong(
                "the type of the field: \(UpdateMember.Kind(field.kind).rawValue)")
        }
        var member = UpdateMember(field: entry.name, kind: kind)
        member.isRequired = isRequired
        (member.least, member.greatest) = (least ?? field.lowest, greatest)
        (member.multipleOf, member.about) = (multipleOf, about)
        if !kind.isNumber {
            for case let node? in [leastNode, greatestNode, multipleNode] {
                node.problem("belongs to a number")
            }
            member.least = nil
        }
        if let least = member.least, let greatest, greatest < least {
            greatestNode?.problem("must be at least \(UpdateMember.spelled(least))")
        }
        return member
    }

    private func boundOfMember(_ node: SettingsNode) -> Double? {
        guard !node.isQuoted, let number = node.text.flatMap({ Double(spelled: $0) }) else {
            return node.wrong("a number")
        }
        return number
    }

    private func readMultiple(_ node: SettingsNode, record: RecordPlan<ModelDeployment>?) -> String? {
        guard let name = node.nonEmptyString(), let record else { return nil }
        let numbers = record.fields.filter { $0.field.isNumber }.map(\.field.name)
        guard numbers.contains(name) else {
            let hint = nearest(to: name, among: numbers).map { "; did you mean `\($0)`?" } ?? ""
            node.problem("must be a number among this file's `fields`\(hint)")
            return nil
        }
        return name
    }

    private func unwritable(_ name: String, record: RecordPlan<ModelDeployment>) -> String {
        if name == "owner" || DeploymentField.named(name).map(\.isStamped) == true || name == "version" {
            return "cannot be changed by clients"
        }
        if DeploymentField.named(name) != nil {
            return record.stated.contains(name)
                ? "cannot be changed by clients: only texts, numbers and truth values can"
                : "is not one of this file's `fields`, so no list would show the change"
        }
        let writable = record.fields.map(\.field.name).filter { UpdatePlan.writable($0, in: record) != nil }
        let hint = nearest(to: name, among: writable).map { "; did you mean `\($0)`?" } ?? ""
        return "is not a field of a deployment\(hint)"
    }
}

extension UpdatePlan {
    /// The fields of a row that templates and expressions may read: those that the file states, without the owner,
    /// and what the gateway makes of the status.
    static func rowFields(of record: RecordPlan<ModelDeployment>) -> [String] {
        var names = Set(record.fields.map(\.field.name)).subtracting(["owner"])
        names.formUnion(["status", "serving"])
        if record.status.term != nil { names.insert("native_status") }
        if record.version != nil { names.insert("version") }
        return RecordSchema.deployments.paths.filter(names.contains)
    }

    /// The field of this name if clients may change it; nil otherwise.
    fileprivate static func writable(_ name: String, in record: RecordPlan<ModelDeployment>) -> Field? {
        guard name != "owner", let field = record.fields.first(where: { $0.field.name == name })?.field.field,
            field.kind != .time
        else { return nil }
        return field
    }
}

extension UpdateMember.Kind {
    /// True for numbers.
    var isNumber: Bool { self == .integer || self == .number }

    /// The type of a field's values.
    fileprivate init(_ kind: Field.Kind) {
        switch kind {
        case .text, .term, .time: self = .text
        case .number(let isInteger): self = isInteger ? .integer : .number
        case .bool: self = .boolean
        }
    }

    /// True if every value of this type is one of the field's; an integer is a number.
    fileprivate func fits(_ kind: Field.Kind) -> Bool {
        let wanted = Self(kind)
        return self == wanted || (self == .integer && wanted == .number)
    }
}
