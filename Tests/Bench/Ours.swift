import Adapters
import Deployments
import Foundation
import Logging
import Refresh
import Sandbox
import Snapshots
import TestSupport
import Upstream
import Wire

/// The response bodies of a walk over `rows` records, a thousand to a page.
func nemoPages(ofRows rows: Int) -> [[UInt8]] { nemoPages(rows: rows, pageSize: 1000, seed: 1) }

/// Goes from upstream bytes to a published snapshot as the program does: walk, mapping, encoding, publishing.
///
/// Only the network is left out: the transport hands over the bytes.
func publishedRows(from pages: [[UInt8]], rows: Int) async throws -> (Int, Any) {
    let now: @Sendable () -> Timestamp = { Timestamp(microseconds: 1_795_219_200_000_000) }
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "adapters.d/nemo.yaml")
    let manifest = try AdapterManifest(yaml: String(contentsOf: file, encoding: .utf8), file: "nemo.yaml")
    let source = try AdapterSource(
        manifest: manifest,
        binding: SourceBinding(
            description: SourceDescription(name: "bench", platform: "nemo", adapter: "nemo"),
            baseURL: "http://127.0.0.1:1", concurrency: 4),
        transport: PagesFromMemory(pages: pages), now: now)
    let nothing = Snapshot(id: "none", publishedAt: now(), lists: [])
    let published = Latest(Published(snapshot: nothing, sources: []))
    let refresher = Refresher(
        sources: [(source, CacheWindows.steady())], publishingTo: published, restoring: [], store: nil,
        clock: ContinuousClock(), now: now, logger: Logger(label: "bench"))
    await refresher.refreshAllOnce()
    return (published.value.snapshot.count, (published, refresher))
}

/// Answers `page=N` with the N-th body.
private struct PagesFromMemory: HTTPTransport {
    let pages: [[UInt8]]

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let marks = request.url.split(whereSeparator: { "?&".contains($0) })
        let page = marks.first { $0.hasPrefix("page=") }.flatMap { Int($0.dropFirst(5)) } ?? 1
        return UpstreamResponse(status: 200, body: pages[page - 1])
    }
}
