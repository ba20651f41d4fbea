import Deployments
import HTTPFront
import Testing

/// The configuration in `/v1/sources`, and the access tokens after a reload.
@Suite(.timeLimit(.minutes(10))) struct ConfigurationStatusTests {
    private static let refused = ConfigurationStatus(
        loadedAt: time(900),
        refusal: .init(
            message: "2 problems in the configuration, the first at rollcall.yaml:5: sources[0].adapter",
            since: time(950), problems: 2))

    private func harness(_ status: ConfigurationStatus) -> FrontHarness {
        FrontHarness(published: examplePublished(), configuration: status)
    }

    @Test func theSourcesTellWhichConfigurationIsInForce() async throws {
        let accepted = try await harness(ConfigurationStatus(loadedAt: time(900))).get("/v1/sources")
        #expect(
            accepted.body.hasSuffix(
                #"],"configuration":{"loaded_at":"1970-01-01T00:15:00.000000Z","error":null}}"#))
        let refused = try await harness(Self.refused).get("/v1/sources")
        #expect(
            refused.body.hasSuffix(
                """
                ],"configuration":{"loaded_at":"1970-01-01T00:15:00.000000Z","error":{"message":"2 problems in \
                the configuration, the first at rollcall.yaml:5: sources[0].adapter",\
                "since":"1970-01-01T00:15:50.000000Z","problems":2}}}
                """))
        #expect(try await !harness(Self.refused).get("/v1/sources/ali").body.contains("configuration"))
    }

    @Test func theTagChangesWithIt() async throws {
        var more = Self.refused
        more.refusal?.problems = 3
        var tags: [String?] = []
        for status in [
            ConfigurationStatus(loadedAt: time(900)), .init(loadedAt: time(901)), Self.refused, more,
        ] {
            let reply = try await harness(status).get("/v1/sources")
            let tag = try #require(reply["ETag"])
            #expect(try await harness(status).get("/v1/sources", ["If-None-Match": tag]).status == 304)
            tags.append(tag)
        }
        #expect(Set(tags).count == 4)
    }

    @Test func tokensThatAreReplacedCountFromTheNextRequestOn() async throws {
        func token(_ secret: String) -> AccessToken {
            AccessToken(name: secret, secret: Secret(secret), permissions: [.read])
        }
        let access = AccessPolicy(tokens: [token("old")])
        var front = FrontHarness(published: examplePublished())
        front.config = FrontConfig(access: access)
        func statuses() async throws -> [Int] {
            var statuses: [Int] = []
            for secret in ["old", "new"] {
                let reply = try await front.get("/v1/sources", ["Authorization": "Bearer \(secret)"])
                statuses.append(reply.status)
            }
            return statuses
        }
        #expect(try await statuses() == [200, 401])
        access.replace(with: [token("new")])
        #expect(try await statuses() == [401, 200])
        access.replace(with: [])
        #expect(try await statuses() == [200, 200])
    }
}
