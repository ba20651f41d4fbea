import Deployments
import Foundation
import TestSupport
import Testing
import Upstream

@testable import Adapters

/// Answers of every shipped adapter file, changed in their status line, headers and bodies: no change makes a list
/// shorter and lets it count as complete, unless it changes an identity.
@Suite(.timeLimit(.minutes(10))) struct AnswerCorpusTests {
    /// A list that a file's own test expects.
    struct Base: Sendable {
        var manifest: AdapterManifest
        var test: ManifestTest
        /// The identities of each partition's rows.
        var keys: [Set<VersionKey>]
    }

    /// Replaces every answer by a changed one.
    private struct Changing: HTTPTransport {
        var transport: CannedTransport
        var change: @Sendable (inout UpstreamResponse, Int) -> Void
        let count = Shared(0)

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

    private static func fetch(
        _ manifest: AdapterManifest, _ test: ManifestTest,
        _ change: @escaping @Sendable (inout UpstreamResponse, Int) -> Void = { _, _ in }
    ) async throws -> SourceFetch {
        let transport = Changing(transport: CannedTransport(test.answers), change: change)
        return try await manifest.source(of: test, over: transport).fetch()
    }

    private static func keys(_ fetch: SourceFetch) -> [Set<VersionKey>] {
        fetch.partitions.map { Set(((try? $0.result.get().rows) ?? []).map { VersionKey($0) }) }
    }

    /// The tests of a file that list rows, all of them proven.
    private static func bases(of file: String) async throws -> [Base] {
        let text = try String(contentsOf: ShippedManifestTests.folder.appending(path: file), encoding: .utf8)
        let manifest = try AdapterManifest(yaml: text, file: file)
        var bases: [Base] = []
        for test in manifest.tests {
            let plain = try await fetch(manifest, test)
            let isProven = plain.partitions.allSatisfy { (try? $0.result.get().isComplete) == true }
            guard isProven, keys(plain).contains(where: { !$0.isEmpty }) else { continue }
            bases.append(Base(manifest: manifest, test: test, keys: keys(plain)))
        }
        return bases
    }

    /// The partitions that lost rows, list none in their place, and still count as complete.
    private static func shrunk(_ fetch: SourceFetch, from base: Base) -> [String] {
        zip(zip(fetch.partitions, keys(fetch)), base.keys).compactMap { now, before in
            let (partition, keys) = now
            guard (try? partition.result.get().isComplete) == true else { return nil }
            return !before.isSubset(of: keys) && keys.isSubset(of: before) ? partition.partition : nil
        }
    }

    static let headers: [(name: String, value: String)] = [
        ("x-total-count", "999"), ("x-total", "0"), ("x-wp-total", "1000000"), ("content-range", "0-0/999"),
        ("content-range", "items */999"), ("content-range", "pages 1"), ("x-total-pages", "99"),
        ("x-next-page", "2"), ("link", "</next?page=9>; rel=\"next\""), ("link", ",,,;rel=next"),
        ("age", "3600"),
        ("age", "-1"), ("retry-after", "5"), ("content-type", "text/html"), ("warning", "110 - stale"),
        ("etag", "W/\"\""), ("x-ratelimit-remaining", "0"), ("date", "yesterday"),
    ]
    static let statuses = [201, 202, 203, 204, 205, 206, 207, 208, 226, 299]
    static let bodies = [
        "", "null", "{}", "[[]]", "[null]", "{\"message\": \"hello\"}", "{\"data\": null}", "true", "0",
        "<!doctype html>", "{\"items\": {}}", "{\"output\": {}}", "{\"error\": null}",
    ]

    @Test(arguments: ShippedManifestTests.files)
    func noStatusLineHeaderOrBodyMakesAListShorterAndComplete(_ file: String) async throws {
        let bases = try await Self.bases(of: file)
        #expect(!bases.isEmpty)
        for base in bases {
            for status in [200] + Self.statuses {
                for header in Self.headers {
                    let fetch = try await Self.fetch(base.manifest, base.test) { response, _ in
                        response.status = status
                        response.headers.append(header)
                    }
                    #expect(
                        Self.shrunk(fetch, from: base) == [], "\(file) \(base.test.name) \(status) \(header)")
                    let isProven = fetch.partitions.contains { (try? $0.result.get().isComplete) == true }
                    #expect(!isProven || [200, 203].contains(status), "\(file) \(status)")
                }
            }
            for body in Self.bodies {
                for hit in 0..<3 {
                    let fetch = try await Self.fetch(base.manifest, base.test) { response, number in
                        if number == hit { response.body = Array(body.utf8) }
                    }
                    #expect(
                        Self.shrunk(fetch, from: base) == [],
                        "\(file) \(base.test.name) answer \(hit): \(body)")
                }
            }
        }
    }

    @Test(arguments: ShippedManifestTests.files)
    func noSingleByteMakesAListShorterAndComplete(_ file: String) async throws {
        var random = SeededGenerator(seed: 11)
        for base in try await Self.bases(of: file) {
            for _ in 0..<300 {
                let (hit, place) = (
                    Int.random(in: 0..<2, using: &random), Int.random(in: 0..<1 << 20, using: &random)
                )
                // Mostly bytes that mean something in JSON.
                let marks = Array("\"{}[]:,0123456789 \\eEtfnulx\u{0}".utf8)
                let byte =
                    Bool.random(using: &random)
                    ? marks.randomElement(using: &random) ?? 0 : UInt8(place & 255)
                let fetch = try await Self.fetch(base.manifest, base.test) { response, number in
                    if number == hit, !response.body.isEmpty {
                        response.body[place % response.body.count] = byte
                    }
                }
                #expect(
                    Self.shrunk(fetch, from: base) == [],
                    "\(file) \(base.test.name) answer \(hit), byte \(place): \(byte)")
            }
        }
    }
}
