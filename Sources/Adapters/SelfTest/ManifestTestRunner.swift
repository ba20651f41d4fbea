import Deployments
import Synchronization
import Upstream
import Wire

/// The result of one of a manifest's own tests.
package struct ManifestTestResult: Sendable {
    /// The test's name, as the file has it.
    package var test: String
    /// The test's line in the file.
    package var line: Int
    /// The differences, a line each; empty: the test passed.
    package var differences: [String]
}

extension AdapterManifest {
    /// Runs the file's own tests offline: canned answers go through the same requests, page walk and mapping
    /// as those of a real source.
    package func runTests() async -> [ManifestTestResult] {
        var results: [ManifestTestResult] = []
        for test in tests {
            let differences = await run(test)
            results.append(ManifestTestResult(test: test.name, line: test.line, differences: differences))
        }
        return results
    }

    private func run(_ test: ManifestTest) async -> [String] {
        let transport = CannedTransport(test.answers)
        let source: AdapterSource
        do {
            source = try self.source(of: test, over: transport)
        } catch {
            return error.problems.map { "\($0.key): \($0.message)" }
        }
        let fetch = await source.fetch()
        return transport.unmatched + Comparison(test: test, fetch: fetch, requests: fetch.calls).differences
            + transport.unused
    }

    /// A source with the inputs of a test, which sends its requests over `transport` and pauses by `retryPolicy`.
    func source(
        of test: ManifestTest, over transport: any HTTPTransport, retryPolicy: RetryPolicy = .live
    ) throws(BindingError) -> AdapterSource {
        var bound: [String: BoundSecret] = [:]
        for slot in secrets { bound[slot.name] = BoundSecret(reference: "the test") { Secret(Self.canary) } }
        let binding = SourceBinding(
            description: SourceDescription(name: "test", platform: test.platform ?? platform, adapter: name),
            baseURL: "https://platform.test/base", inputs: test.inputs, secrets: bound,
            exposesOwner: test.exposesOwner, concurrency: limits.concurrency ?? 4,
            maximumPages: limits.pages ?? 1000, retries: 0)
        return try AdapterSource(
            manifest: self, binding: binding, transport: transport, now: { Timestamp(microseconds: 0) },
            retryPolicy: retryPolicy)
    }

    /// The value of every secret in a test: if it occurs in a result, the secret leaks.
    static let canary = "canary-secret-of-the-test"
}

/// Compares a fetch with the expectation of its test.
private struct Comparison {
    let test: ManifestTest
    let fetch: SourceFetch
    let requests: Int

    var differences: [String] {
        var found: [String] = []
        let listed = fetch.partitions.flatMap { (try? $0.result.get().rows) ?? [] }
        let encoded = VersionSettlement.settled(listed).map { row -> [UInt8] in
            var json = JSONWriter()
            DeploymentForm.complete.write(row, to: &json) { json in
                row.writeIncluded(Set(Include.allCases), to: &json)
            }
            return json.bytes
        }
        compareErrors(into: &found)
        compareRows(encoded, into: &found)
        compareDrift(into: &found)
        compareSecrets(encoded, into: &found)
        if let expected = test.expectation.requests, expected != requests {
            found.append("expected \(expected) requests, made \(requests)")
        }
        return found
    }

    private func compareSecrets(_ encoded: [[UInt8]], into found: inout [String]) {
        let rows = encoded.map { String(decoding: $0, as: UTF8.self) }
        let drift = fetch.drift.map(\.value)
        let errors = fetch.partitions.compactMap { partition -> String? in
            if case .failure(let error) = partition.result { error.message } else { nil }
        }
        for secret in test.never + [AdapterManifest.canary] where !secret.isEmpty {
            for (location, strings) in [("a row", rows), ("the drift", drift), ("an error", errors)]
            where strings.contains(where: { $0.contains(secret) }) {
                found.append("`\(secret)` is found in \(location), where it must never be")
            }
        }
    }

    private func compareErrors(into found: inout [String]) {
        let errors = fetch.partitions.compactMap { partition -> SourceError? in
            if case .failure(let error) = partition.result { error } else { nil }
        }
        switch (test.expectation.error, errors.first) {
        case (let expected?, let error?) where expected != error.errorClass:
            found.append("expected the error \(expected.rawValue), got \(error)")
        case (let expected?, nil): found.append("expected the error \(expected.rawValue), got a list")
        case (nil, let error?): found.append("expected a list, got \(error)")
        default: break
        }
        let unidentified = fetch.partitions.reduce(0) { $0 + ((try? $1.result.get().unidentified) ?? 0) }
        if unidentified != test.expectation.unidentified {
            found.append(
                "expected \(test.expectation.unidentified) records without identity, got \(unidentified)")
        }
    }

    private func compareRows(_ encoded: [[UInt8]], into found: inout [String]) {
        guard let expected = test.expectation.rows else { return }
        if expected.count != encoded.count {
            found.append("expected \(expected.count) rows, got \(encoded.count)")
        }
        for (index, (want, got)) in zip(expected, encoded).enumerated() {
            guard let row = try? JSONDocument(parsing: got).root else { continue }
            for (name, value) in want.root.members {
                let actual = row.member(path: name)
                let (wanted, shown) = (value.written, actual?.written ?? "nothing")
                if wanted != shown {
                    found.append("row \(index + 1), \(name): expected \(wanted), got \(shown)")
                }
            }
        }
    }

    private func compareDrift(into found: inout [String]) {
        let drift = Dictionary(fetch.drift.map { ($0.field, $0.value) }) { first, _ in first }
        for (field, value) in test.expectation.drift.sorted(by: { $0.key < $1.key })
        where drift[field] != value {
            found.append(
                "expected drift of \(field) with `\(value)`, got \(drift[field].map { "`\($0)`" } ?? "none")")
        }
        for (field, value) in drift.sorted(by: { $0.key < $1.key }) where test.expectation.drift[field] == nil
        {
            found.append("did not expect drift of \(field), got `\(value)`")
        }
    }
}

extension JSONValue {
    fileprivate func member(path: String) -> JSONValue? {
        var value: JSONValue? = self
        for name in path.split(separator: ".") { value = value?[String(name)] }
        return value
    }
}

/// Answers requests from a test's list, and notes requests that no answer matches.
final class CannedTransport: HTTPTransport {
    private let state: Mutex<(left: [ManifestTest.CannedAnswer], unmatched: [String], used: Set<Int>)>

    init(_ answers: [ManifestTest.CannedAnswer]) { state = Mutex((answers, [], [])) }

    var unmatched: [String] { state.withLock { $0.unmatched } }

    /// The answers that matched no request.
    var unused: [String] {
        state.withLock { state in
            state.left.indices.filter { !state.used.contains($0) }
                .map { "answer \($0 + 1) was never requested" }
        }
    }

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let (path, query) = Self.split(request.url)
        let answer = state.withLock { state -> ManifestTest.CannedAnswer? in
            let matching = state.left.firstIndex { answer in
                answer.times > 0 && (answer.path.map { $0 == path } ?? true)
                    && answer.query.allSatisfy { query[$0.key] == $0.value }
                    && answer.headers.allSatisfy { name, value in
                        request.headers.contains { $0.name.lowercased() == name && $0.value == value }
                    }
            }
            guard let matching else {
                let shown = query.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: "&")
                state.unmatched.append("no answer matches the request \(path)?\(shown)")
                return nil
            }
            state.left[matching].times -= 1
            state.used.insert(matching)
            return state.left[matching]
        }
        guard let answer else { throw UpstreamError(code: .unreachable, detail: "no canned answer") }
        return UpstreamResponse(
            status: answer.status,
            headers: answer.answerHeaders,
            body: answer.body, httpVersion: "1.1")
    }

    /// The path below the test's base URL, and the parameters, decoded.
    private static func split(_ url: String) -> (path: String, query: [String: String]) {
        let base = "https://platform.test"
        let rest = url.hasPrefix(base) ? url.dropFirst(base.count) : url[...]
        let parts = rest.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts.first.map(String.init) ?? ""
        if path.hasPrefix("/base") { path = String(path.dropFirst(5)) }
        var query: [String: String] = [:]
        for pair in parts.count > 1 ? parts[1].split(separator: "&") : [] {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[decoded(halves[0])] = halves.count > 1 ? decoded(halves[1]) : ""
        }
        return (path, query)
    }

    private static func decoded(_ text: Substring) -> String {
        percentDecoded(text, plusIsSpace: false) ?? String(text)
    }
}
