import Adapters
import CMalloc
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
    try await publishedRows(adapter: "nemo", PagesFromMemory(pages: pages))
}

/// Publishes the list that an adapter reads over this transport; the result keeps it alive.
private func publishedRows(adapter: String, _ transport: any HTTPTransport) async throws -> (Int, Any) {
    let nothing = Snapshot(id: "none", publishedAt: benchTime, lists: [])
    let published = Latest(Published(snapshot: nothing, sources: []))
    let refresher = try benchRefresher(adapter: adapter, transport, publishingTo: published)
    await refresher.refreshAllOnce()
    return (published.value.snapshot.count, (published, refresher))
}

private let benchTime = Timestamp(microseconds: 1_795_219_200_000_000)

/// A refresher of one source that an adapter reads over this transport.
func benchRefresher(
    adapter: String, _ transport: any HTTPTransport, publishingTo published: Latest<Published>
) throws -> Refresher<ContinuousClock> {
    let now: @Sendable () -> Timestamp = { benchTime }
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "adapters.d/\(adapter).yaml")
    let manifest = try AdapterManifest(
        yaml: String(contentsOf: file, encoding: .utf8), file: "\(adapter).yaml")
    let source = try AdapterSource(
        manifest: manifest,
        binding: SourceBinding(
            description: SourceDescription(name: "bench", platform: adapter, adapter: adapter),
            baseURL: "http://127.0.0.1:1", concurrency: 4),
        transport: transport, now: now)
    return Refresher(
        sources: [(source, CacheWindows.steady())], publishingTo: published, restoring: [], store: nil,
        clock: ContinuousClock(), now: now, logger: Logger(label: "bench"))
}

/// Answers `page=N` with the N-th body.
private struct PagesFromMemory: HTTPTransport {
    let pages: [[UInt8]]

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        if request.url.contains("/providers?") { return UpstreamResponse(status: 200, body: nemoProviders) }
        if request.url.contains("/deployment-configs/") {
            return UpstreamResponse(status: 200, body: nemoConfig)
        }
        let marks = request.url.split(whereSeparator: { "?&".contains($0) })
        let page = marks.first { $0.hasPrefix("page=") }.flatMap { Int($0.dropFirst(5)) } ?? 1
        return UpstreamResponse(status: 200, body: pages[page - 1])
    }
}

/// Prints the memory of a row at the peak of a first refresh, and once the rows are published.
///
/// The rows are NeMo's, or as small as a row can be: an identity in a list of one page.
func printPeak(ofRows rows: Int, areTiny: Bool) async throws {
    let pages = areTiny ? [] : nemoPages(ofRows: rows)
    return_free_memory()
    let before = resident("VmRSS")
    try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    let (count, made) =
        areTiny
        ? try await publishedRows(adapter: "deploy-list", TinyRows(count: rows))
        : try await publishedRows(adapter: "nemo", PagesFromMemory(pages: pages))
    precondition(count == rows, "\(count) rows of \(rows)")
    let peak = resident("VmHWM") - before
    return_free_memory()
    let published = resident("VmRSS") - before
    let (each, most) = (Double(published) / Double(rows), Double(peak) / Double(rows))
    let line = [
        "\(rows) \(areTiny ? "tiny rows" : "rows of NeMo"):", String(format: "%.2f", most / 1024),
        "KiB a row at the peak of the first refresh,", String(format: "%.2f", each / 1024),
        "once published:", String(format: "%.2f", most / each), "times",
    ]
    print(line.joined(separator: " "))
    withExtendedLifetime((made, pages)) {}
}

/// A line of this process's status, in bytes.
func resident(_ name: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
    return (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
}

/// Answers with one page of records that have an identity only.
private struct TinyRows: HTTPTransport {
    let count: Int

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        var body: [UInt8] = [UInt8(ascii: "[")]
        body.reserveCapacity(count * 24)
        for index in 0..<count {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body.append(contentsOf: #"{"deploy_id":"\#(index)"}"#.utf8)
        }
        body.append(UInt8(ascii: "]"))
        return UpstreamResponse(status: 200, body: body)
    }
}
