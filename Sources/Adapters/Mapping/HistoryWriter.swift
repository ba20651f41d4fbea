import Deployments
import Wire

/// Writes a record's past as a row keeps it: a JSON array of `{"at","status","native_status","message"}`.
///
/// A class: using it counts no reference of what is in it.
final class HistoryWriter: Sendable {
    private let entries: JSONPath
    private let at: FieldReader
    private let word: FieldReader?
    private let message: FieldReader?
    private let vocabulary: StatusVocabulary

    init(_ plan: HistoryPlan, vocabulary: StatusVocabulary) {
        func text(_ expression: Expression?) -> FieldReader? {
            expression.map { FieldReader($0, as: .text(ignoresCase: false), named: "history") }
        }
        entries = plan.entries
        at = FieldReader(plan.at, as: .time, named: "history")
        word = text(plan.word)
        message = text(plan.message)
        self.vocabulary = vocabulary
    }

    /// `scope` is for a moment that of each entry.
    ///
    /// - Returns: False, with nothing appended, where the record has none.
    func write(of scope: inout ExpressionScope, to json: inout JSONWriter, drift: inout DriftCounter) -> Bool
    {
        guard let entries = entries.value(in: scope.root), !entries.isNull else { return false }
        guard entries.kind == .array else {
            drift.count("history", ExpressionValue.node(entries).inFewWords)
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

    // `inout`, though nothing is changed: a copy would count references that cores share.
    private func write(_ entry: inout ExpressionScope, to json: inout JSONWriter, drift: inout DriftCounter) {
        let at = at.read(in: entry, drift: &drift).value.time
        let word = word?.read(in: entry, drift: &drift).value.text
        let verdict = vocabulary.verdict(for: word, in: entry)
        if verdict.isUnknownWord { drift.count("history", ExpressionValue.text(word ?? "").inFewWords) }
        json.open("{")
        json.member(Key.at, at)
        json.member(Key.status, verdict.status.rawValue)
        json.member(Key.nativeStatus, word)
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
