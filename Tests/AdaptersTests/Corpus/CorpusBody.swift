import Deployments
import Wire

@testable import Adapters

/// The body of a corpus case: bytes, and the adapter's own canned body with changes, `{{body, …}}`.
enum CorpusBody {
    enum Part: Sendable {
        case bytes([UInt8])
        case canned([Change])
        /// The first half of the canned body's bytes.
        case half
    }

    /// A change of the canned body; values are JSON, or what stands in its place.
    enum Change: Sendable {
        /// Only the first half of the records, rounded up; the totals stay.
        case halfOfTheRecords
        case records([UInt8])
        /// Members before those of each record, or of the whole document.
        case with([UInt8]), top([UInt8])
        /// The status word of each record.
        case status([UInt8])
        /// Another member of the status word's name before it: it is there twice.
        case statusTwice([UInt8])
        /// A unified field of each record.
        case field(String, [UInt8])
        /// The first record's identity.
        case identity([UInt8])
        case identityTwice([UInt8])
        /// The first record once more, with another status word.
        case twin([UInt8])
        case total([UInt8])
        case next([UInt8])
    }

    /// The parts of a body; `\xHH` is a byte.
    static func parts(of body: [UInt8]) throws -> [Part] {
        var parts: [Part] = []
        var rest = unescaped(body)[...]
        let (open, close) = (Array("{{".utf8), Array("}}".utf8))
        while let start = rest.indices.first(where: { rest[$0...].starts(with: open) }) {
            let inner = rest[(start + 2)...]
            // Of several braces, the last two close: a value may end in one.
            guard var end = inner.indices.first(where: { inner[$0...].starts(with: close) }) else { break }
            while inner[(end + 1)...].starts(with: close) { end += 1 }
            let text = inner[..<end]
            guard text.starts(with: Array("body".utf8)) || text.elementsEqual("half".utf8) else { break }
            if start > rest.startIndex { parts.append(.bytes(Array(rest[..<start]))) }
            parts.append(
                text.elementsEqual("half".utf8) ? .half : .canned(try changes(Array(text.dropFirst(4)))))
            rest = inner[(end + 2)...]
        }
        if !rest.isEmpty { parts.append(.bytes(Array(rest))) }
        return parts
    }

    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
            {
                result.append(value)
                rest = rest.dropFirst(3)
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// Reads `, KIND VALUE`; one change.
    private static func changes(_ bytes: [UInt8]) throws -> [Change] {
        if bytes.isEmpty { return [] }
        let text = Array(bytes.drop { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") })
        func value(after kind: String) -> [UInt8]? {
            text.starts(with: Array((kind + " ").utf8)) ? Array(text.dropFirst(kind.utf8.count + 1)) : nil
        }
        if text.elementsEqual("half of the records".utf8) { return [.halfOfTheRecords] }
        if let raw = value(after: "records") { return [.records(raw)] }
        if let raw = value(after: "with") { return [.with(raw)] }
        if let raw = value(after: "top") { return [.top(raw)] }
        if let raw = value(after: "status twice") { return [.statusTwice(raw)] }
        if let raw = value(after: "status") { return [.status(raw)] }
        if let raw = value(after: "identity twice") { return [.identityTwice(raw)] }
        if let raw = value(after: "identity") { return [.identity(raw)] }
        if let raw = value(after: "twin") { return [.twin(raw)] }
        if let raw = value(after: "total") { return [.total(raw)] }
        if let raw = value(after: "next") { return [.next(raw)] }
        if let raw = value(after: "field"), let blank = raw.firstIndex(of: 0x20) {
            return [.field(String(decoding: raw[..<blank], as: UTF8.self), Array(raw[(blank + 1)...]))]
        }
        throw CorpusCase.Problem(text: "unknown change `\(String(decoding: text, as: UTF8.self))`")
    }
}

/// Changes the canned bodies of one adapter file.
struct CorpusEditor: Sendable {
    let manifest: AdapterManifest
    typealias Location = [JSONPath.Step]

    /// The body that replaces a canned one; nil if a change does not apply to it.
    func body(_ parts: [CorpusBody.Part], for canned: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        for part in parts {
            switch part {
            case .bytes(let bytes): result += bytes
            case .half: result += canned.prefix(canned.count / 2)
            case .canned(let changes):
                var body = canned
                for change in changes {
                    guard let changed = apply(change, to: body) else { return nil }
                    body = changed
                }
                result += body
            }
        }
        return result
    }

    private func apply(_ change: CorpusBody.Change, to body: [UInt8]) -> [UInt8]? {
        guard let root = try? JSONDocument(parsing: body).root else { return nil }
        let pages = manifest.list.pages
        var edits = Edits()
        switch change {
        case .top(let raw): edits.members[[]] = raw
        case .total(let raw): edits.replace(absolute(pages.total), by: raw)
        case .next(let raw): edits.replace(absolute(pages.next), by: raw)
        default:
            guard edit(records: root, by: change, &edits) else { return nil }
        }
        var json = JSONWriter()
        edits.write(root, at: [], to: &json)
        return edits.applied > 0 ? json.bytes : nil
    }

    /// Notes a change of the records; false if the body has no records.
    private func edit(records root: JSONValue, by change: CorpusBody.Change, _ edits: inout Edits) -> Bool {
        let array = manifest.list.records.array
        guard let records = array.value(in: root), records.kind == .array, records.count > 0 else {
            return false
        }
        let all = (0..<records.count).map { array.steps + [.index($0)] }
        switch change {
        case .halfOfTheRecords:
            edits.replacements[array.steps] = joined(records.elements.prefix((records.count + 1) / 2))
        case .records(let raw): edits.replacements[array.steps] = raw
        case .with(let raw): for record in all { edits.members[record] = raw }
        case .status(let raw):
            for record in all { edits.replace(absolute(manifest.record.status.term, in: record), by: raw) }
        case .statusTwice(let raw):
            for record in all { edits.repeatNames(of: manifest.record.status.term, in: record, raw) }
        case .field(let name, let raw):
            // A field that the platform does not state follows from other members.
            let plan = manifest.record.fields.first { $0.field.name == name && !$0.isInferred }
            for record in all { edits.replace(absolute(plan?.expression, in: record), by: raw) }
        case .identity(let raw):
            for key in manifest.record.key { edits.replace(absolute(key, in: all[0]), by: raw) }
        case .identityTwice(let raw):
            for key in manifest.record.key { edits.repeatNames(of: key, in: all[0], raw) }
        case .twin(let raw):
            var twin = Edits()
            twin.replace(absolute(manifest.record.status.term), by: raw)
            var json = JSONWriter()
            twin.write(records.elements[0], at: [], to: &json)
            guard twin.applied > 0 else { return false }
            var whole = joined(records.elements[...])
            whole.replaceSubrange(
                (whole.count - 1)..., with: [UInt8(ascii: ",")] + json.bytes + [UInt8(ascii: "]")])
            edits.replacements[array.steps] = whole
        case .top, .total, .next: return false
        }
        return true
    }

    /// The locations that an expression reads.
    private func absolute(_ expression: Expression?, in record: Location = []) -> [Location] {
        (expression?.paths ?? []).filter(\.isSingular).map { record + $0.steps }
    }

    private func joined(_ values: ArraySlice<JSONValue>) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in for value in values { json.value(value) } }
        return json.bytes
    }
}

/// Replacements in a document, by location.
private struct Edits {
    var replacements: [CorpusEditor.Location: [UInt8]] = [:]
    /// Members that are written before an object's own.
    var members: [CorpusEditor.Location: [UInt8]] = [:]
    private(set) var applied = 0

    mutating func replace(_ locations: [CorpusEditor.Location], by raw: [UInt8]) {
        for location in locations { replacements[location] = raw }
    }

    /// Writes the first member that an expression reads once more, before the others.
    mutating func repeatNames(of expression: Expression?, in record: CorpusEditor.Location, _ raw: [UInt8]) {
        for path in expression?.paths ?? [] {
            guard case .name(let name) = path.steps.first else { continue }
            var json = JSONWriter()
            json.string(name)
            members[record, default: []] += (members[record] == nil ? [] : [UInt8(ascii: ",")])
            members[record, default: []] += json.bytes + [UInt8(ascii: ":")] + raw
        }
    }

    mutating func write(_ value: JSONValue, at location: CorpusEditor.Location, to json: inout JSONWriter) {
        if let raw = replacements[location] {
            applied += 1
            json.encoded(raw)
            return
        }
        switch value.kind {
        case .object:
            json.open("{")
            if let raw = members[location] {
                applied += 1
                json.encoded(raw)
            }
            for (name, inner) in value.members {
                json.key(name)
                write(inner, at: location + [.name(name)], to: &json)
            }
            json.close("}")
        case .array:
            json.open("[")
            for (index, inner) in value.elements.enumerated() {
                write(inner, at: location + [.index(index)], to: &json)
            }
            json.close("]")
        default: json.value(value)
        }
    }
}
