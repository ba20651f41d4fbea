import Deployments
import Foundation
import Testing

/// One file of `Tests/Corpus`: an answer, and what must hold for every adapter's list that gets it.
///
/// See `Tests/Corpus/README.md`.
struct CorpusCase: Sendable, CustomTestStringConvertible {
    /// What must hold.
    enum Expectation: Sendable, Equatable {
        /// The list is proven, with the identities and the drift that it has without the change.
        case whole
        /// The list is proven and has the same identities; a value of this field did not fit.
        case drift(String)
        /// The list is not proven.
        case unproven
        /// There is no list, but an error; nil: of any class.
        case error(SourceError.Class?)
        /// The list is not proven, or there is an error.
        case notWhole
        /// The list is not both shorter and proven, which must hold always.
        case notShorter
    }

    var file: String
    var expectation: Expectation
    /// The answers that it replaces, those of status 200 counted from 0; nil: all.
    var answer: Int?
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [CorpusBody.Part]

    var testDescription: String { file }

    static let folder = ShippedManifestTests.folder.deletingLastPathComponent()
        .appending(path: "Tests/Corpus")

    static let all: [CorpusCase] = {
        let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".http") }.sorted().map { name in
            do {
                return try CorpusCase(name, Array(Data(contentsOf: folder.appending(path: name))))
            } catch {
                fatalError("\(name): \(error)")
            }
        }
    }()

    struct Problem: Error { var text: String }

    init(_ file: String, _ bytes: [UInt8]) throws {
        self.file = file
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard let blank = lines.firstIndex(where: \.isEmpty) else {
            throw Problem(text: "a blank line separates the head from the body")
        }
        var head = lines[..<blank].map { String(decoding: $0, as: UTF8.self) }
        var settings: [String: String] = [:]
        while let line = head.first, line.hasPrefix("#") {
            head.removeFirst()
            let halves = line.dropFirst(2).split(separator: ": ", maxSplits: 1)
            if halves.count == 2, ["holds", "answer"].contains(halves[0]) {
                settings[String(halves[0])] = String(halves[1])
            }
        }
        expectation = try Self.expectation(settings["holds"] ?? "")
        answer = settings["answer"].flatMap { Int($0) }.map { $0 - 1 }
        let words = head.isEmpty ? [] : head.removeFirst().split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
            throw Problem(text: "the head begins with a status line")
        }
        self.status = status
        headers = try head.map { line in
            guard let colon = line.firstIndex(of: ":") else { throw Problem(text: "no header: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (line[..<colon].lowercased(), String(value))
        }
        var body = Array(lines[(blank + 1)...].joined(separator: [0x0A]))
        // A file ends with a line feed that its body does not have.
        if body.last == 0x0A { body.removeLast() }
        self.body = try CorpusBody.parts(of: body)
    }

    private static func expectation(_ text: String) throws -> Expectation {
        let words = text.split(separator: " ").map(String.init)
        switch words.first {
        case "whole": return .whole
        case "drift" where words.count == 2: return .drift(words[1])
        case "unproven": return .unproven
        case "error" where words.count == 1: return .error(nil)
        case "error":
            guard let found = SourceError.Class(rawValue: words[1]) else { break }
            return .error(found)
        case "not" where words == ["not", "whole"]: return .notWhole
        case "not" where words == ["not", "shorter"]: return .notShorter
        default: break
        }
        throw Problem(
            text: "`holds: \(text)` is none of whole, drift FIELD, unproven, error, not whole, not shorter")
    }
}
