import Deployments
import Upstream
import Wire

extension AdapterManifest {
    /// Plans and sends an update offline, over the test's canned answers.
    func run(_ update: ManifestTest.UpdateCase, of test: ManifestTest) async -> [String] {
        let transport = CannedTransport(test.answers)
        let source: AdapterSource
        do {
            source = try self.source(of: test, over: transport)
        } catch {
            return error.problems.map { "\($0.key): \($0.message)" }
        }
        guard let row = source.listed(update.record) else { return ["the record has no identity"] }
        let patch = update.patch.root.patch
        var comparison = UpdateComparison(update: update)
        do throws(UpdateRefusal) {
            let plan = try source.plan(patch, of: row)
            comparison.compare(plan.request)
            switch update.outcome {
            case .planned: break
            case .mistakes: comparison.found.append("expected mistakes, got none")
            default:
                comparison.compare(await source.send(plan))
                comparison.compare(transport.requests, to: plan.request)
            }
        } catch {
            comparison.compare(error)
        }
        for (records, isShown) in [(update.shownBy, true), (update.notShownBy, false)] {
            for (index, record) in records.enumerated() {
                guard let now = source.listed(record) else {
                    comparison.found.append("a record that shows the effect or not has no identity")
                    continue
                }
                if source.shows(patch, on: now, since: row) != isShown {
                    let list = isShown ? "shown_by" : "not_shown_by"
                    comparison.found.append(
                        "\(list), record \(index + 1): expected \(isShown), got \(!isShown)")
                }
            }
        }
        for secret in test.secrets where comparison.told.contains(where: { $0.contains(secret) }) {
            comparison.found.append("`\(secret)` is found in the result, where it must never be")
        }
        return comparison.found + transport.unmatched + transport.unused
    }
}

extension AdapterSource {
    /// A record of the first partition's list as a row.
    fileprivate func listed(_ record: JSONDocument) -> ModelDeployment? {
        var scope = answerScope(about: "")
        for (name, value) in partitions.first?.values ?? [:] {
            scope.variables["partition.\(name)"] = .text(value)
        }
        return row(of: record.root, in: scope)
    }
}

extension JSONValue {
    /// The members as a patch, in field order; those that no field has come last.
    fileprivate var patch: UpdatePatch {
        let order = RecordSchema.deployments.paths
        let changes = members.map { name, value -> UpdatePatch.Change in
            switch ExpressionValue(value) {
            case .text(let text): .init(name, .text(text))
            case .number(let number): .init(name, .number(number))
            case .bool(let bool): .init(name, .bool(bool))
            default: .init(name, .null)
            }
        }
        return UpdatePatch(
            changes.sorted {
                (order.firstIndex(of: $0.field) ?? .max) < (order.firstIndex(of: $1.field) ?? .max)
            })
    }
}

/// Compares what became of an update with the expectation of its test.
private struct UpdateComparison {
    let update: ManifestTest.UpdateCase
    var found: [String] = []
    /// All that was told of the update: mistakes, errors, rows, the request.
    var told: [String] = []

    init(update: ManifestTest.UpdateCase) { self.update = update }

    mutating func compare(_ shown: ShownRequest) {
        let body = String(decoding: shown.body, as: UTF8.self)
        told += [shown.url, body]
        guard let expected = update.request else { return }
        expect("the method", expected.method, shown.method)
        expect("the path", expected.path, CannedTransport.split(shown.url).path)
        guard let wanted = expected.body?.root else { return }
        let got = try? JSONDocument(parsing: shown.body).root
        expect("the body", wanted.written, got?.written ?? body)
    }

    /// Compares what was sent with what was shown.
    mutating func compare(_ sent: [UpstreamRequest], to shown: ShownRequest) {
        expect("the number of requests", "1", "\(sent.count)")
        guard let sent = sent.first else { return }
        expect("the method that was sent", shown.method, sent.method.rawValue)
        expect(
            "the body that was sent", String(decoding: shown.body, as: UTF8.self),
            String(decoding: sent.body ?? [], as: UTF8.self))
    }

    mutating func compare(_ refusal: UpdateRefusal) {
        told += refusal.mistakes.map(\.detail)
        guard case .mistakes(let expected) = update.outcome else {
            found += refusal.mistakes.map { "did not expect the mistake `\($0.member)`: \($0.detail)" }
            return
        }
        for (member, part) in expected.sorted(by: { $0.key < $1.key })
        where !refusal.mistakes.contains(where: { $0.member == member && $0.detail.contains(part) }) {
            found.append("expected the mistake `\(member)`: \(part)")
        }
        for mistake in refusal.mistakes where expected[mistake.member] == nil {
            found.append("did not expect the mistake `\(mistake.member)`: \(mistake.detail)")
        }
    }

    mutating func compare(_ result: UpdateResult) {
        switch (update.outcome, result) {
        case (.applied(let expected), .applied(let row)):
            guard let row else {
                if !expected.root.members.isEmpty { found.append("expected a row, got none") }
                return
            }
            told.append(String(decoding: row.shown, as: UTF8.self))
            found += expected.root.differences(from: row.shown, in: "the row")
        case (.refused(let errorClass, let members), .refused(let error, let named)):
            told.append(error.message)
            expect("the error", errorClass.rawValue, error.errorClass.rawValue)
            expect("the refused members", members.joined(separator: ", "), named.joined(separator: ", "))
        case (.unknown(let errorClass), .unknown(let error)):
            told.append(error.message)
            expect("the error", errorClass.rawValue, error.errorClass.rawValue)
        default: found.append("did not expect the outcome \(result.word)")
        }
    }

    private mutating func expect(_ what: String, _ wanted: String?, _ got: String) {
        if let wanted, wanted != got { found.append("\(what): expected \(wanted), got \(got)") }
    }
}

extension UpdateResult {
    /// The outcome with its error, for people.
    fileprivate var word: String {
        switch self {
        case .applied: "applied"
        case .refused(let error, _): "refused: \(error)"
        case .notSent(let error): "not sent: \(error)"
        case .unknown(let error): "unknown: \(error)"
        }
    }
}
