import Deployments
import Testing
import Upstream

@testable import Adapters

/// Every shipped adapter file's lists under every answer of `Tests/Corpus`.
@Suite(.timeLimit(.minutes(10))) struct AnswerCorpusTests {
    @Test(arguments: CorpusCase.all) func everyAdapterHoldsWhatACaseStates(_ example: CorpusCase) async throws
    {
        var applied = 0
        for file in ShippedManifestTests.files {
            let lists = try await ShippedList.shipped.value[file] ?? []
            #expect(!lists.isEmpty, "\(file) has no test with a proven list")
            for list in lists {
                let editor = CorpusEditor(manifest: list.manifest)
                let hits = Shared(0)
                let numbers = Shared(0)
                let fetch = try await list.fetch { response, _ in
                    guard response.status == 200 else { return }
                    let number = numbers.withLock { count in
                        count += 1
                        return count - 1
                    }
                    guard example.answer.map({ $0 == number }) ?? true,
                        let body = editor.body(example.body, for: response.body)
                    else { return }
                    hits.withLock { $0 += 1 }
                    response = UpstreamResponse(status: example.status, headers: example.headers, body: body)
                }
                guard hits.withLock({ $0 }) > 0 else { continue }
                applied += 1
                expect(example.expectation, of: fetch, list, "\(example.file): \(file), \(list.test.name)")
            }
        }
        #expect(applied > 0, "\(example.file) applies to no adapter")
    }

    @Test func thereAreCasesOfEveryKind() {
        #expect(CorpusCase.all.count >= 60)
    }

    private func expect(
        _ expectation: CorpusCase.Expectation, of fetch: SourceFetch, _ list: ShippedList, _ title: String
    ) {
        let told = fetch.partitions.map { partition in
            switch partition.result {
            case .success(let listing): listing.unprovenReason ?? "whole, \(listing.rows.count) rows"
            case .failure(let error): "\(error)"
            }
        }
        let title = "\(title): \(told) \(fetch.drift.map { "\($0.field): \($0.value)" })"
        #expect(list.shrunk(fetch) == [], "\(title)")
        switch expectation {
        case .whole:
            #expect(
                fetch.isProven && fetch.keys == list.plain.keys && fetch.drift == list.plain.drift, "\(title)"
            )
        case .drift(let field):
            #expect(fetch.isProven && fetch.keys == list.plain.keys, "\(title)")
            #expect(fetch.drift.contains { $0.field == field }, "\(title)")
        case .unproven: #expect(!fetch.isProven && fetch.errors.isEmpty, "\(title)")
        case .error(let expected):
            #expect(!fetch.errors.isEmpty, "\(title)")
            if let expected { #expect(fetch.errors.allSatisfy { $0.errorClass == expected }, "\(title)") }
        case .notWhole: #expect(!fetch.isProven, "\(title)")
        case .notShorter: break
        }
    }
}
