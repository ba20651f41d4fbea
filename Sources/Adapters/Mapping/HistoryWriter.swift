import Deployments
import Wire

/// Writes a record's history as a row stores it: a JSON array of `{"at","status","native_status","message"}`.
///
/// A class, so that using it does not count references to its properties.
final class HistoryWriter: Sendable {
    private let entries: JSONPath
    private let at: FieldReader<ModelDeployment>
    private let term: FieldReader<ModelDeployment>?
    private let message: FieldReader<ModelDeployment>?
    private let vocabulary: StatusVocabulary

    init(_ plan: HistoryPlan, vocabulary: StatusVocabulary) {
        func text(_ expression: Expression?) -> FieldReader<ModelDeployment>? {
            expression.map { FieldReader($0, as: .text(ignoresCase: false), named: "history") }
        }
        entries = plan.entries
        at = FieldReader(plan.at, as: .time, named: "history")
        term = text(plan.term)
        message = text(plan.message)
        self.vocabulary = vocabulary
    }

    /// Appends the history of the record in `scope`, which is changed to that of each entry, and restored.
    ///
    /// - Returns: False, with nothing appended, if the record has no history.
    func write(of scope: inout ExpressionScope, to json: inout JSONWriter, drift: inout DriftCounter) -> Bool
    {
        guard let entries = entries.value(in: scope.root), !entries.isNull else {
            if scope.hasFaults, let fault = self.entries.fault(in: scope.root) {
                drift.count("history", fault.note())
            }
            return false
        }
        guard entries.kind == .array else {
            drift.count("history", ExpressionValue.node(entries).shortText)
            return false
        }
        let record = scope.root
        json.open("[")
        entries.forEachElement { entry in
            scope.root = entry
            write(&scope, to: &json, drift: &drift)
        }
        json.close("]")
        scope.root = record
        return true
    }

    // `inout`, although nothing is changed: a copy would count references, which slows down other cores.
    private func write(_ entry: inout ExpressionScope, to json: inout JSONWriter, drift: inout DriftCounter) {
        let at = at.read(in: entry, drift: &drift).value.time
        let reading = term?.read(in: entry, drift: &drift)
        let term = reading?.value.text
        let verdict = vocabulary.verdict(for: term, in: entry)
        if verdict.isUnknownTerm, reading?.doesNotFit != true {
            drift.count("history", ExpressionValue.text(term ?? "").shortText)
        }
        json.open("{")
        json.member(Key.at, at)
        json.member(Key.status, verdict.status.rawValue)
        json.member(Key.nativeStatus, term)
        if !(message?.writeInPlace(Key.message, in: entry, to: &json) ?? false) {
            json.member(Key.message, message?.read(in: entry, drift: &drift).value.text)
        }
        json.close("}")
    }

    private enum Key {
        static let at = JSONKey("at")
        static let status = JSONKey("status")
        static let nativeStatus = JSONKey("native_status")
        static let message = JSONKey("message")
    }
}
