import Deployments
import Refresh
import TestSupport
import Testing

@Suite struct StatusSinceTests {
    private func merged(
        _ rows: (seconds: Int, row: ModelDeployment)..., from start: PartitionState<ModelDeployment>? = nil
    ) throws -> ModelDeployment {
        let partition = rows.reduce(start) { previous, fetch in
            PartitionState.merging(
                PartitionFetch(
                    partition: "", sentAt: .at(fetch.seconds),
                    result: .success(PartitionListing(rows: [fetch.row]))), into: previous)
        }
        return try #require(partition?.rows.first)
    }

    @Test func thePlatformsOwnTimeStandsAsItIs() throws {
        var row = ModelDeployment.example("a")
        row.statusSince = .at(3)
        let deployment = try merged((10, .example("a")), (20, row))
        #expect(deployment.statusSince == .at(3))
        #expect(deployment.inferred == [])
    }

    @Test func elseItIsTheFirstSightOfThisStatus() throws {
        let deployment = try merged((10, .example("a")), (20, .example("a")), (30, .example("a")))
        #expect(deployment.statusSince == .at(10))
        #expect(deployment.inferred == ["status_since"])
    }

    @Test func anotherStatusBeginsAnew() throws {
        let deployment = try merged((10, .example("a")), (20, .example("a", status: .failed)))
        #expect(deployment.statusSince == .at(20))
    }

    @Test func anotherNativeWordBeginsAnew() throws {
        var row = ModelDeployment.example("a")
        row.nativeStatus = "ready-ish"
        #expect(try merged((10, .example("a")), (20, row)).statusSince == .at(20))
    }

    @Test func anotherVersionBeginsAnew() throws {
        let deployment = try merged((10, .example("a", version: 1)), (20, .example("a", version: 2)))
        #expect(deployment.statusSince == .at(20))
    }

    @Test func inferredStaysInFieldOrder() throws {
        var row = ModelDeployment.example("a")
        row.inferred = ["task", "created_at", "owner"]
        #expect(try merged((1, row)).inferred == ["task", "status_since", "created_at", "owner"])
        row.inferred = ["task"]
        #expect(try merged((1, row)).inferred == ["task", "status_since"])
    }

    @Test func aRowThatStaysKeepsItsOwn() throws {
        let first = PartitionState.merging(
            PartitionFetch<ModelDeployment>(
                partition: "", sentAt: .at(5),
                result: .success(PartitionListing(rows: [.example("a")], pages: 2))), into: nil)
        let second = PartitionState.merging(
            PartitionFetch(
                partition: "", sentAt: .at(9), result: .success(PartitionListing(rows: [], pages: 2))),
            into: first)
        #expect(second?.rows.map(\.statusSince) == [.at(5)])
        #expect(second?.rows == first?.rows)
    }
}
