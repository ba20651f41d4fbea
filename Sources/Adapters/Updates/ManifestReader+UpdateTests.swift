import Deployments
import Settings
import Wire

// A manifest's own tests of updates.
extension ManifestReader {
    func readUpdateCase(_ node: SettingsNode, expect: SettingsNode?) -> ManifestTest.UpdateCase? {
        guard let fields = node.mapping(), let expect, let expected = expect.mapping() else { return nil }
        defer {
            fields.refuseOthers()
            expected.refuseOthers()
        }
        let record = fields.required("record").flatMap { json($0) }
        let patch = fields.required("patch").flatMap { json($0) }
        let request = expected.optional("request").flatMap { readExpectedRequest($0) }
        let outcomes: [ManifestTest.UpdateCase.Outcome?] = [
            expected.optional("mistakes").map { .mistakes(strings($0)) },
            expected.optional("applied").flatMap { readApplied($0) },
            expected.optional("refused").flatMap { readRefused($0) },
            expected.optional("unknown").flatMap { readErrorClass($0) }.map { .unknown($0) },
        ]
        let given = outcomes.compactMap(\.self)
        if given.count > 1 { expect.problem("has one outcome: mistakes, applied, refused or unknown") }
        let shownBy = (expected.optional("shown_by")?.sequence() ?? []).compactMap { json($0) }
        let notShownBy = (expected.optional("not_shown_by")?.sequence() ?? []).compactMap { json($0) }
        guard let record, let patch else { return nil }
        return ManifestTest.UpdateCase(
            record: record, patch: patch, request: request, outcome: given.first ?? .planned,
            shownBy: shownBy, notShownBy: notShownBy)
    }

    private func readExpectedRequest(_ node: SettingsNode) -> ManifestTest.UpdateCase.ExpectedRequest? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        return ManifestTest.UpdateCase.ExpectedRequest(
            method: fields.optional("method")?.nonEmptyString(),
            path: fields.optional("path")?.nonEmptyString(),
            body: fields.optional("body").flatMap { json($0) })
    }

    private func readApplied(_ node: SettingsNode) -> ManifestTest.UpdateCase.Outcome? {
        checkMembers(of: node, ModelDeployment.self)
        return json(node).map { .applied($0) }
    }

    private func readRefused(_ node: SettingsNode) -> ManifestTest.UpdateCase.Outcome? {
        guard let fields = node.mapping() else { return nil }
        defer { fields.refuseOthers() }
        let errorClass = fields.required("is").flatMap { readErrorClass($0) }
        let members = fields.optional("members")?.strings() ?? []
        return errorClass.map { .refused($0, members: members) }
    }

    private func json(_ node: SettingsNode) -> JSONDocument? {
        guard node.isMapping else { return node.wrong("keys and values") }
        return try? JSONDocument(parsing: node.jsonBytes())
    }
}
