import Deployments
import Testing
import Wire

/// What `/v1/sources` says of lookups.
@Suite struct SourceLookupTests {
    private func front(_ states: [[(String, LookupState.State)]]) -> FrontHarness {
        let rows = states.enumerated().map { index, lookups in
            var row = SourceDescription.research.record(uid: "research/\(index)")
            row.lookups = lookups.map { LookupState(name: $0.0, state: $0.1, fields: ["model"]) }
            return row
        }
        return FrontHarness(published: published(rows, of: .research))
    }

    @Test func theStatesOfLookupsAreSummedOverTheRowsThatHaveThem() async throws {
        let front = front([
            [("config", .ok), ("provider", .pending)], [("config", .failed)], [("config", .ok)], [],
        ])
        let reply = try await front.get("/v1/sources/research")
        #expect(
            reply.body.contains(
                #""lookups":[{"name":"config","ok":2,"pending":0,"failed":1},"#
                    + #"{"name":"provider","ok":0,"pending":1,"failed":0}]"#))
    }

    @Test func theTagChangesWithTheSums() async throws {
        let tags = try await [
            front([[("config", .pending)]]).get("/v1/sources")["ETag"],
            front([[("config", .ok)]]).get("/v1/sources")["ETag"],
            front([[("config", .ok)]]).get("/v1/sources")["ETag"],
        ]
        #expect(tags[0] != tags[1] && tags[1] == tags[2])
    }
}
