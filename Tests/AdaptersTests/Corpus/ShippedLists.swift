import Deployments
import Foundation
import Testing
import Upstream

@testable import Adapters

/// A list that a shipped adapter file's own test expects, all of it proven.
struct ShippedList: Sendable {
    let manifest: AdapterManifest
    let test: ManifestTest
    /// The unchanged list.
    let plain: SourceFetch

    /// The lists of every shipped file, fetched once for all tests.
    static let shipped = Task {
        var lists: [String: [ShippedList]] = [:]
        for file in ShippedManifestTests.files { lists[file] = try await all(of: file) }
        return lists
    }

    /// The tests of a file that list rows, all of them proven.
    private static func all(of file: String) async throws -> [ShippedList] {
        let text = try String(contentsOf: ShippedManifestTests.folder.appending(path: file), encoding: .utf8)
        let manifest = try AdapterManifest(yaml: text, file: file)
        var lists: [ShippedList] = []
        for test in manifest.tests {
            let source = try manifest.source(of: test, over: CannedTransport(test.answers))
            let plain = await source.fetch()
            guard plain.isProven, plain.keys.contains(where: { !$0.isEmpty }) else { continue }
            lists.append(ShippedList(manifest: manifest, test: test, plain: plain))
        }
        return lists
    }

    /// Fetches the list with changed answers; a change gets the answer's number, from 0.
    func fetch(_ change: @escaping @Sendable (inout UpstreamResponse, Int) -> Void) async throws
        -> SourceFetch
    {
        let transport = ChangingTransport(transport: CannedTransport(test.answers), change: change)
        // A pause that an answer asks for passes at once.
        let policy = RetryPolicy(clock: AdvancingClock(), random: { 0.5 })
        return await (try manifest.source(of: test, over: transport, retryPolicy: policy)).fetch()
    }

    /// The partitions that lost rows, list none in their place, and still count as complete.
    func shrunk(_ fetch: SourceFetch) -> [String] {
        zip(zip(fetch.partitions, fetch.keys), plain.keys).compactMap { now, before in
            let (partition, keys) = now
            guard (try? partition.result.get().isComplete) == true else { return nil }
            return !before.isSubset(of: keys) && keys.isSubset(of: before) ? partition.partition : nil
        }
    }
}

extension SourceFetch {
    /// The identities of each partition's rows.
    var keys: [Set<VersionKey>] {
        partitions.map { Set(((try? $0.result.get().rows) ?? []).map { VersionKey($0) }) }
    }

    /// True if the list of every partition is proven.
    var isProven: Bool { partitions.allSatisfy { (try? $0.result.get().isComplete) == true } }

    /// True if the list of any partition is proven.
    var provesAny: Bool { partitions.contains { (try? $0.result.get().isComplete) == true } }
}

/// Replaces every answer by a changed one.
private struct ChangingTransport: HTTPTransport {
    let transport: CannedTransport
    let change: @Sendable (inout UpstreamResponse, Int) -> Void
    private let count = Shared(0)

    init(transport: CannedTransport, change: @escaping @Sendable (inout UpstreamResponse, Int) -> Void) {
        self.transport = transport
        self.change = change
    }

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        var response = try await transport.send(request)
        let number = count.withLock { count in
            count += 1
            return count - 1
        }
        change(&response, number)
        return response
    }
}
