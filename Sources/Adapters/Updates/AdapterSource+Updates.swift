package import Deployments
import Upstream
import Wire

extension AdapterSource {
    package var updates: UpdateSchema? { manifest.update?.schema }

    /// Checks a patch by the adapter file, and makes the request that would apply it.
    ///
    /// The request depends on the file, the operator's settings, the row and the patch alone.
    /// - Throws: ``UpdateRefusal`` with every mistake; one that is about no member alone names none.
    package func plan(
        _ patch: UpdatePatch, of row: ModelDeployment
    ) throws(UpdateRefusal) -> PlannedUpdate {
        guard let plan = manifest.update else {
            throw UpdateRefusal([
                UpdateMistake("", "nothing of this platform's deployments can be changed")
            ])
        }
        var mistakes = plan.schema.mistakes(in: patch, on: row)
        let mistaken = Set(mistakes.map(\.member))
        let scope = updateScope(of: patch, on: row)
        for condition in plan.allowed where !condition.when.holds(in: scope) {
            // What reads a wrong value tells nothing more.
            let read = condition.when.fields(prefixed: UpdatePlan.patchPrefix)
            guard mistaken.isDisjoint(with: read) else { continue }
            let only = patch.changes.count == 1 ? patch.changes.first?.field : nil
            mistakes.append(UpdateMistake(condition.member ?? only ?? "", condition.otherwise))
        }
        for field in plan.fieldsSent where row.statedByOperator.contains(field) {
            mistakes.append(
                UpdateMistake(
                    "",
                    "`\(field)` of this deployment is set by the operator's `rules`, so the platform's own "
                        + "value, which the update needs, is not known"))
        }
        let body = updateBody(of: plan, in: scope, &mistakes)
        let url = updateURL(of: plan, for: row, &mistakes)
        guard mistakes.isEmpty, let url else { throw UpdateRefusal(mistakes) }
        return PlannedUpdate(
            before: row, patch: patch,
            request: ShownRequest(method: plan.method.rawValue, url: url, body: body))
    }

    package func shows(
        _ patch: UpdatePatch, on row: ModelDeployment, since before: ModelDeployment
    ) -> Bool {
        guard let doneWhen = manifest.update?.doneWhen else {
            return patch.changes.allSatisfy { DeploymentField.named($0.field)?.get(row) == $0.value }
        }
        return doneWhen.holds(in: updateScope(of: patch, on: row, since: before))
    }

    private func updateBody(
        of plan: UpdatePlan, in scope: ExpressionScope, _ mistakes: inout [UpdateMistake]
    ) -> [UInt8] {
        // A wrong value would only be reported twice.
        guard mistakes.isEmpty else { return [] }
        do throws(UnreadableMember) {
            return try plan.body.json(in: scope) ?? Array("{}".utf8)
        } catch {
            mistakes.append(
                UpdateMistake("", "`\(error.name)` of the request cannot be made of this deployment's fields")
            )
            return []
        }
    }

    /// The address without authorization; nil after a mistake.
    private func updateURL(
        of plan: UpdatePlan, for row: ModelDeployment, _ mistakes: inout [UpdateMistake]
    ) -> String? {
        let values = updateTexts(of: row)
        let missing = plan.request.paths[0].variables.filter { name in
            name.hasPrefix(LookupPlan.rowPrefix) && values[name] == nil
        }
        for name in missing {
            let field = name.dropFirst(LookupPlan.rowPrefix.count)
            mistakes.append(
                UpdateMistake("", "this deployment has no `\(field)`, which the request's path needs"))
        }
        guard missing.isEmpty else { return nil }
        guard let (path, query) = requests.address(of: plan.request, row: values) else {
            mistakes.append(UpdateMistake("", "the request's path names an input that is not set"))
            return nil
        }
        // A path would lose them, and lead elsewhere.
        if path.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) {
            mistakes.append(
                UpdateMistake("", "a part of the request's path would be `.` or `..`, which no path can hold")
            )
            return nil
        }
        return requests.baseURL + path + query
    }

    /// The fields of a row as templates read them, by the names of variables; those without a value are left out.
    func updateTexts(of row: ModelDeployment) -> [String: String] {
        var texts: [String: String] = [:]
        for field in manifest.update?.rowFields ?? [] {
            let text = DeploymentField.named(field)?.get(row).expressionValue.scalarText
            if let text, !text.isEmpty { texts[LookupPlan.rowPrefix + field] = text }
        }
        return texts
    }

    private func updateScope(
        of patch: UpdatePatch, on row: ModelDeployment, since before: ModelDeployment? = nil
    ) -> ExpressionScope {
        var variables = variableValues
        for name in manifest.update?.rowFields ?? [] {
            guard let field = DeploymentField.named(name) else { continue }
            variables[LookupPlan.rowPrefix + name] = field.get(row).expressionValue
            if let before { variables[UpdatePlan.beforePrefix + name] = field.get(before).expressionValue }
        }
        for change in patch.changes {
            variables[UpdatePlan.patchPrefix + change.field] = change.value.expressionValue
        }
        return ExpressionScope(
            root: nullDocument.root, variables: variables, maps: manifest.record.maps, zone: zone)
    }
}

extension AdapterSource {
    /// The scope in which answers about one row are read; the partition's variables are those that its uid names.
    func answerScope(about uid: String) -> ExpressionScope {
        var variables = variableValues
        for (name, value) in partition(of: uid) { variables["partition.\(name)"] = .text(value) }
        return ExpressionScope(
            root: nullDocument.root, variables: variables, maps: manifest.record.maps, zone: zone)
    }

    /// The values of the partition that a uid names by its key; those that the key does not name are left out.
    func partition(of uid: String) -> [String: String] {
        let parts = uid.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        var values: [String: String] = [:]
        for (expression, part) in zip(manifest.record.key, parts) {
            guard let axis = manifest.partitions.first(where: { "partition.\($0.name)" == expression.text })
            else { continue }
            values[axis.name] = percentDecoded(part, plusIsSpace: false)
        }
        return values
    }

    /// A platform's own record as a row, as in a list; nil if it has no identity.
    func row(of record: JSONValue, in scope: ExpressionScope) -> ModelDeployment? {
        var scope = scope
        scope.enter(record)
        var drift = DriftCounter()
        var scratch = RecordMapper<ModelDeployment>.Scratch()
        let mapped = deployments.mapper.row(from: &scope, drift: &drift, scratch: &scratch)
        return mapped.flatMap { $0.isIdentified ? $0.row : nil }
    }
}

extension RequestBuilder {
    /// The path below the base URL and the query of a request about a row, with its `?` and without authorization;
    /// nil if a variable of the path has no value.
    func address(of plan: RequestPlan, row: [String: String]) -> (path: String, query: String)? {
        guard let path = plan.paths[0].filled({ segment($0, partition: row) }) else { return nil }
        let query: [(String, String)] = plan.query.compactMap { name, template in
            template.filled { text($0, partition: row) }.map { (name, $0) }
        }
        return (path, Self.encoded(query, after: path))
    }

    /// The request that is sent for one that was shown: the same with the authorization and the plan's headers.
    func request(
        _ shown: ShownRequest, of plan: UpdatePlan, row: [String: String], secrets: [String: Secret]
    ) -> UpstreamRequest {
        let own = headers(of: plan.request, partition: row).filter { $0.name.lowercased() != "content-type" }
        var request = authorized(
            url: shown.url, query: [],
            headers: own + [UpstreamRequest.Header("Content-Type", "application/json")], secrets: secrets)
        request.method = plan.method
        request.body = shown.body
        return request
    }
}
