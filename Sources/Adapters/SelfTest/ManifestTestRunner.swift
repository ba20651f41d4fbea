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
            let differences =
                if let update = test.update { await run(update, of: test) } else { await run(test) }
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
        let expectation = test.expectation
        var fetch = await source.fetch(listsDeployments: expectation.deployments != nil)
        if expectation.looksUp { await source.lookUp(for: &fetch) }
        var found = transport.unmatched
        if let expected = expectation.deployments {
            found += ListComparison(expected: expected, of: fetch.deployments).differences(in: test)
        }
        if let expected = expectation.providers, let providers = fetch.providers {
            found += ListComparison(expected: expected, of: providers).differences(in: test)
        }
        return found + Comparison(test: test, fetch: fetch).differences + transport.unused
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
        var manifest = self
        // A test that says nothing of providers has no answer for their request.
        if test.expectation.providers == nil, !test.expectation.looksUp { manifest.providers = nil }
        return try AdapterSource(
            manifest: manifest, binding: binding, transport: transport, now: { Timestamp(microseconds: 0) },
            retryPolicy: retryPolicy)
    }

    /// The value of every secret in a test: if it occurs in a result, the secret leaks.
    static let canary = "canary-secret-of-the-test"
}

extension AdapterSource {
    /// Looks up what the rows of a fetch want, and shows them with it.
    fileprivate func lookUp(for fetch: inout SourceFetch) async {
        var table = LookupTable(of: self, restoring: [])
        let providers = fetch.providers?.partitions.map { try? $0.result.get() } ?? []
        table.join(
            providers.flatMap { $0?.rows ?? [] }, isComplete: providers.allSatisfy { $0?.isComplete == true },
            at: now(), values: { self.values(of: $0, for: $1) })
        let rows = fetch.deployments.partitions.flatMap { (try? $0.result.get().rows) ?? [] }
        let found = await lookUp(table.wanted(by: rows, at: now()))
        table.take(found)
        fetch.calls += found.calls
        for index in fetch.deployments.partitions.indices {
            guard case .success(let listing) = fetch.deployments.partitions[index].result else { continue }
            let shown = listing.rows.map { row in
                var row = row
                table.fill(&row)
                derive(&row)
                return row
            }
            fetch.deployments.partitions[index].result = .success(
                PartitionListing(
                    distinctRows: shown, pages: listing.pages, unidentified: listing.unidentified))
        }
    }
}

/// Compares one list of a fetch with the expectation of its test.
private struct ListComparison<Row: AdaptedRecord> {
    let expected: ManifestTest.ExpectedList
    private let fetch: ListFetch<Row>
    private let errors: [SourceError]
    private let rows: [[UInt8]]

    init(expected: ManifestTest.ExpectedList, of fetch: ListFetch<Row>) {
        self.expected = expected
        self.fetch = fetch
        errors = fetch.partitions.compactMap { partition in
            if case .failure(let error) = partition.result { error } else { nil }
        }
        let listed = fetch.partitions.flatMap { (try? $0.result.get().rows) ?? [] }
        rows = Row.Settlement.settled(listed).map(\.shown)
    }

    func differences(in test: ManifestTest) -> [String] {
        var found: [String] = []
        compareErrors(into: &found)
        compareRows(into: &found)
        let shown = rows.map { String(decoding: $0, as: UTF8.self) }
        for secret in test.secrets {
            for (location, strings) in [("a row", shown), ("an error", errors.map(\.message))]
            where strings.contains(where: { $0.contains(secret) }) {
                found.append("`\(secret)` is found in \(location), where it must never be")
            }
        }
        return found
    }

    private func compareErrors(into found: inout [String]) {
        switch (expected.error, errors.first) {
        case (let expected?, let error?) where expected != error.errorClass:
            found.append("expected the error \(expected.rawValue), got \(error)")
        case (let expected?, nil): found.append("expected the error \(expected.rawValue), got a list")
        case (nil, let error?): found.append("expected a list, got \(error)")
        default: break
        }
    }

    private func compareRows(into found: inout [String]) {
        guard let expected = expected.rows else { return }
        if expected.count != rows.count {
            found.append("expected \(expected.count) rows, got \(rows.count)")
        }
        for (index, (want, got)) in zip(expected, rows).enumerated() {
            found += want.root.differences(from: got, in: "row \(index + 1)")
        }
    }
}

/// Compares what a fetch says over all its lists with the expectation of its test.
private struct Comparison {
    let test: ManifestTest
    let fetch: SourceFetch

    private var drift: [Drift] { fetch.drift + (fetch.providers?.drift ?? []) }

    var differences: [String] {
        var found: [String] = []
        let unidentified = fetch.deployments.unidentified + (fetch.providers?.unidentified ?? 0)
        if unidentified != test.expectation.unidentified {
            found.append(
                "expected \(test.expectation.unidentified) records without identity, got \(unidentified)")
        }
        compareDrift(into: &found)
        for secret in test.secrets where drift.contains(where: { $0.value.contains(secret) }) {
            found.append("`\(secret)` is found in the drift, where it must never be")
        }
        if let expected = test.expectation.requests, expected != fetch.calls {
            found.append("expected \(expected) requests, made \(fetch.calls)")
        }
        return found
    }

    private func compareDrift(into found: inout [String]) {
        let drift = Dictionary(drift.map { ($0.field, $0.value) }) { first, _ in first }
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

extension ManifestTest {
    /// The texts that must not occur in any result.
    var secrets: [String] { (never + [AdapterManifest.canary]).filter { !$0.isEmpty } }
}

extension ListFetch {
    /// The records without identity in all partitions.
    fileprivate var unidentified: Int {
        partitions.reduce(0) { $0 + ((try? $1.result.get().unidentified) ?? 0) }
    }
}

extension AdaptedRecord {
    /// The row as JSON, with everything that can be included.
    var shown: [UInt8] {
        var json = JSONWriter()
        Self.forms.complete.write(self, to: &json) { json in
            writeIncluded(Set(Self.table.schema.profile.included), to: &json)
        }
        return json.bytes
    }
}

extension JSONValue {
    /// The members of an expected row that another row has differently, a line each; the names have dots.
    func differences(from row: [UInt8], in what: String) -> [String] {
        guard let row = try? JSONDocument(parsing: row).root else { return [] }
        return members.compactMap { name, value in
            let (wanted, shown) = (value.written, row.member(path: name)?.written ?? "nothing")
            return wanted == shown ? nil : "\(what), \(name): expected \(wanted), got \(shown)"
        }
    }

    func member(path: String) -> JSONValue? {
        var value: JSONValue? = self
        for name in path.split(separator: ".") { value = value?[String(name)] }
        return value
    }
}

/// Answers requests from a test's list, and notes requests that no answer matches.
final class CannedTransport: HTTPTransport {
    private let state: Mutex<(left: [ManifestTest.CannedAnswer], unmatched: [String], used: Set<Int>)>
    private let sent = Mutex<[UpstreamRequest]>([])

    /// Every request so far, in the order of arrival.
    var requests: [UpstreamRequest] { sent.withLock { $0 } }

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
        sent.withLock { $0.append(request) }
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
    static func split(_ url: String) -> (path: String, query: [String: String]) {
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
