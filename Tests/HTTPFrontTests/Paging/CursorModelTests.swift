import Deployments
import HTTPFront
import Snapshots
import TestSupport
import Testing
import Wire

/// Cursors while everything changes, against the list at the time of each cursor's first page.
@Suite struct CursorModelTests {
    private struct Reader {
        let oracle: [String]
        let snapshot: String
        var seen: [String] = []
        var next: String?
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func everyCursorGivesEachRowOfItsListOnceInOrder(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let live = Latest(published(0, &random))
        let front = FrontHarness(published: live.value, live: live)
        var readers: [Reader] = []
        for step in 1...150 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<3: live.replace(with: published(step, &random))
            case 3..<5: readers.append(try await start(front, live.value.snapshot.id, &random))
            default:
                guard let index = readers.indices.randomElement(using: &random) else { continue }
                try await goOn(&readers[index], front, &random)
            }
        }
        live.replace(with: published(999, &random))
        for index in readers.indices {
            while readers[index].next != nil { try await goOn(&readers[index], front, &random) }
            #expect(readers[index].seen == readers[index].oracle, "seed \(seed), cursor \(index)")
        }
        #expect(readers.contains { $0.oracle.count > 20 }, "seed \(seed) reads nothing")
    }

    private func start(
        _ front: FrontHarness, _ snapshot: String, _ random: inout SeededGenerator
    ) async throws -> Reader {
        let query =
            [
                "", "sort=name", "sort=-status,uid", "all_versions=true", "status=READY,FAILED", "q=a",
                "source=ali", "name.like=b&sort=-updated_at", "name=nobody", "created_at.gte=-7d",
            ].randomElement(using: &random) ?? ""
        let complete = try await front.get("/v1/deployments?\(query)&page_size=1000")
        var reader = Reader(oracle: rows(complete), snapshot: snapshot)
        let size = Int.random(in: 1...30, using: &random)
        try note(await front.get("/v1/deployments?\(query)&page_size=\(size)"), &reader)
        return reader
    }

    private func goOn(
        _ reader: inout Reader, _ front: FrontHarness, _ random: inout SeededGenerator
    ) async throws {
        guard let token = reader.next else { return }
        let size = Int.random(in: 1...30, using: &random)
        let query = "page_token=\(token)" + (Bool.random(using: &random) ? "&page_size=\(size)" : "")
        try note(await front.get("/v1/deployments?\(query)"), &reader)
    }

    private func note(_ reply: FrontHarness.Reply, _ reader: inout Reader) throws {
        #expect(reply.status == 200, "\(reply.body)")
        #expect(reply.json?["snapshot"]?["id"]?.string == reader.snapshot)
        #expect(reply.json?["pagination"]?["total_results"]?.int == Int64(reader.oracle.count))
        reader.seen += rows(reply)
        reader.next = reply.nextPageToken
        #expect((reader.next == nil) == (reader.seen.count >= reader.oracle.count))
    }

    /// One string per row, which no two rows share, nor the same row before and after a refresh.
    private func rows(_ reply: FrontHarness.Reply) -> [String] {
        (reply.json?["data"]?.elements ?? []).map { row in
            "\(row["uid"]?.string ?? "") \(row["version"]?.int ?? -1) \(row["name"]?.string ?? "")"
        }
    }

    /// Random rows of two sources; their names state the generation.
    private func published(_ generation: Int, _ random: inout SeededGenerator) -> Published {
        let lists = [SourceDescription.research, .ali].map { source in
            let listed = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                var record = source.record(uid: "\(source.name)/\(Int.random(in: 0...80, using: &random))")
                record.name = (["a", "b", "ab"].randomElement(using: &random) ?? "") + "-\(generation)"
                record.version = [nil, 1, 2].randomElement(using: &random) ?? nil
                record.status = [.ready, .failed, .pending].randomElement(using: &random) ?? .ready
                record.createdAt = [nil, time(1), time(2), time(3)].randomElement(using: &random) ?? nil
                record.updatedAt = [nil, time(1), time(2)].randomElement(using: &random) ?? nil
                return record
            }
            return SourceRows(source: source, listed: listed)
        }
        return Published(
            snapshot: Snapshot(id: "s\(generation)", publishedAt: time(991), lists: lists),
            sources: [.listed(.research, count: 1), .listed(.ali, count: 1)])
    }
}
