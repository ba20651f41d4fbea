import Adapters
import Deployments
import Foundation
import Logging
import Refresh
import Snapshots
import Synchronization
import TestSupport
import Upstream
import Wire

/// Prints what a first list of deployments with a configuration each takes until its lookups are in, and what the
/// next list takes; every answer comes after some milliseconds, as over a network.
func printLookups(ofRows rows: Int) async throws {
    let platform = ConfigsFromMemory(rows: rows, pause: .milliseconds(5))
    let before = resident("VmRSS")
    let clock = ContinuousClock()
    let start = clock.now
    let published = Latest(
        Published(snapshot: Snapshot(id: "none", publishedAt: .epoch, lists: []), sources: []))
    let refresher = try benchRefresher(adapter: "nemo", platform, publishingTo: published)
    let watch = Task {
        while published.value.snapshot.count < rows { try await Task.sleep(for: .milliseconds(1)) }
        return start.duration(to: clock.now)
    }
    await refresher.refreshAllOnce()
    let full = start.duration(to: clock.now)
    let first = try await watch.value
    let calls = platform.takeCalls()
    let found = published.value.snapshot.lists.flatMap(\.deployments).count { $0.model != nil }
    precondition(found == rows, "\(found) of \(rows) rows have a model")
    let memory = resident("VmRSS") - before
    await refresher.refreshAllOnce()
    let again = platform.takeCalls()
    print(
        "\(rows) deployments with a configuration each, \(platform.pause) an answer:",
        "\(calls.lists) requests for lists and \(calls.configs) for configurations;",
        "first answer after \(first.milliseconds) ms, full answer after \(full.milliseconds) ms;",
        "the second fetch: \(again.lists) for lists, \(again.configs) for configurations;",
        "\(memory / max(1, rows)) bytes a row")
    withExtendedLifetime((refresher, published)) {}
}

/// Answers as NeMo does: one page of deployments, no providers, and a configuration for each.
private final class ConfigsFromMemory: HTTPTransport {
    let pause: Duration
    private let list: [UInt8]
    private let calls = Mutex((lists: 0, configs: 0))

    init(rows: Int, pause: Duration) {
        self.pause = pause
        let records = (0..<rows).map {
            #"{"name":"d\#($0)","workspace":"w","entity_version":1,"status":"READY","config":"c\#($0)","#
                + #""config_version":1}"#
        }
        list = Array(
            (#"{"data":["# + records.joined(separator: ",")
                + #"],"pagination":{"page":1,"page_size":\#(rows),"total_pages":1,"total_results":\#(rows)}}"#)
                .utf8)
    }

    /// The requests since the last call.
    func takeCalls() -> (lists: Int, configs: Int) {
        calls.withLock { calls in
            defer { calls = (0, 0) }
            return calls
        }
    }

    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let isConfig = request.url.contains("/deployment-configs/")
        calls.withLock { if isConfig { $0.configs += 1 } else { $0.lists += 1 } }
        try await Task.sleep(for: pause)
        if isConfig { return UpstreamResponse(status: 200, body: nemoConfig) }
        return UpstreamResponse(status: 200, body: request.url.contains("/providers?") ? nemoProviders : list)
    }
}

/// The body of one configuration.
let nemoConfig = Array(
    #"{"name":"c","engine":"nim","model_spec":{"model_namespace":"meta","model_name":"llama-3.1-8b-instruct"},"executor_config":{"gpu":1}}"#
        .utf8)

/// The body of a list with one provider.
let nemoProviders = Array(#"{"data":[{"name":"p","workspace":"w"}],"pagination":{"total_results":1}}"#.utf8)

extension Duration {
    /// Whole milliseconds.
    fileprivate var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
