import Deployments
import HTTPFront
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

/// One deployment's versions: `GET /v1/deployments/{uid}?version=N`.
@Suite struct VersionTests {
    private static let chat = "/v1/deployments/research/ml-prod/chat"

    private let front = FrontHarness(published: versionedLists())

    @Test(arguments: [
        ("1", "READY llama-a 1 false 1970-01-01T00:01:40.000000Z"),
        ("2", "FAILED llama-b 1 false 1970-01-01T00:03:20.000000Z"),
        ("10", "UPDATING llama-b 2 true 1970-01-01T00:05:00.000000Z"),
        ("002", "FAILED llama-b 1 false 1970-01-01T00:03:20.000000Z"),
        ("", "UPDATING llama-b 2 true 1970-01-01T00:05:00.000000Z"),
    ])
    func eachVersionHasItsOwnStatusConfigAndTime(_ version: String, _ expected: String) async throws {
        let reply = try await front.get("\(Self.chat)?version=\(version)")
        #expect(reply.status == 200)
        let data = try #require(reply.json?["data"])
        let values = ["status", "config", "config_version", "latest", "version_created_at"]
        #expect(
            values.map { data[$0]?.string ?? data[$0]?.written ?? "-" }.joined(separator: " ") == expected)
        // Creation is the deployment's, whichever version is shown.
        #expect(data["created_at"]?.string == "1970-01-01T00:01:40.000000Z")
        #expect(data["uid"]?.string == "research/ml-prod/chat")
    }

    @Test(arguments: [
        ("research/ml-prod/chat?version=3", "this deployment has no version 3; its latest is 10"),
        ("research/ml-prod/chat?version=0", "this deployment has no version 0; its latest is 10"),
        (
            "research/ml-prod/chat?version=9223372036854775807",
            "this deployment has no version 9223372036854775807; its latest is 10"
        ),
        (
            "research/ml-prod/chat?version=11&format=csv",
            "this deployment has no version 11; its latest is 10"
        ),
        ("research/ml-prod/ch?version=1", "no deployment has this uid"),
        ("research/ml-prod/chat/?version=1", "no deployment has this uid"),
        ("ali/qwen?version=1", "this deployment has no version 1; its versions have no numbers"),
        ("nobody/x?version=1", "no deployment has this uid"),
    ])
    func anUnknownVersionIsNotFound(_ target: String, _ detail: String) async throws {
        let reply = try await front.get("/v1/deployments/\(target)")
        #expect(reply.status == 404)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:not-found")
        #expect(reply.json?["detail"]?.string == detail)
        #expect(try await front.get("/v1/deployments/\(target)", method: .head).status == 404)
    }

    @Test(arguments: [
        "-1", "1.5", "4e0", "%2B1", "one", "v1", "0x1", "1,2", "99999999999999999999", "latest", "%201",
        "1&version=2",
    ])
    func aBadNumberIsNamed(_ version: String) async throws {
        // Also where there is no list: parameters are checked first.
        for front in [front, FrontHarness(published: versionedLists(research: .unlisted(.research)))] {
            let reply = try await front.get("\(Self.chat)?version=\(version)")
            #expect(reply.status == 400)
            let errors = try #require(reply.json?["errors"]?.elements)
            #expect(errors.map { $0["parameter"]?.string } == ["version"])
            let isTwice = version.contains("&")
            #expect(
                errors.first?["detail"]?.string
                    == (isTwice ? "is given more than once; give it once" : "must be a whole number from 0"))
        }
    }

    @Test func anotherParameterOfVersionsIsRefused() async throws {
        for query in ["version.gte=1", "all_versions=true", "latest=false", "filter[version]=1"] {
            let reply = try await front.get("\(Self.chat)?\(query)")
            #expect(reply.status == 400)
            #expect(reply.json?["errors"]?.elements.count == 1)
        }
        let hint = try await front.get("\(Self.chat)?verison=1")
        #expect(hint.json?["errors"]?.element(at: 0)?["did_you_mean"]?.string == "version")
    }

    @Test func onlyACompleteListProvesThatThereIsNoSuchVersion() async throws {
        var partial = SourceStatus.listed(.research, count: 3)
        partial.partitions.total = 2
        var unproven = SourceStatus.listed(.research, count: 3)
        unproven.partitions.proven = 0
        let failing = SourceStatus.listed(.research, count: 3, observed: 1).failing(.timeout, "slow")
        for (status, expected) in [(partial, 503), (unproven, 503), (failing, 404)] {
            let front = FrontHarness(published: versionedLists(research: status))
            #expect(try await front.get("\(Self.chat)?version=2").status == 200)
            let reply = try await front.get("\(Self.chat)?version=3")
            #expect(reply.status == expected)
            guard expected == 503 else { continue }
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:no-data")
            #expect(
                reply.json?["detail"]?.string
                    == "its source has no complete list yet, so this version of a deployment may or may not exist"
            )
            #expect(reply["Retry-After"] == "20")
            #expect(reply.json?["sources"]?.elements.compactMap { $0["name"]?.string } == ["research"])
        }
        let unlisted = FrontHarness(published: versionedLists(research: .unlisted(.research)))
        #expect(try await unlisted.get("\(Self.chat)?version=2").status == 503)
    }

    @Test func aVersionTakesTheShapesOfADeployment() async throws {
        let fields = try await front.get("\(Self.chat)?version=1&fields=version,status")
        #expect(fields.body.hasPrefix(#"{"data":{"status":"READY","version":1},"snapshot""#))
        let csv = try await front.get("\(Self.chat)?version=2&fields=version,status,latest&format=csv")
        #expect(csv.body == "version,status,latest\r\n2,FAILED,false\r\n")
        let ndjson = try await front.get("\(Self.chat)?version=2", ["Accept": "application/x-ndjson"])
        let json = try await front.get("\(Self.chat)?version=2")
        #expect(json.body.hasPrefix("{\"data\":\(ndjson.body.dropLast()),\"snapshot\":"))
        let history = #""history":[{"at":null,"status":"READY","native_status":"R","message":null}]"#
        #expect(try await front.get("\(Self.chat)?version=1").body.contains(history))
        #expect(json.body.contains(#""history":[]}"#))
        let native = try await front.get("\(Self.chat)?version=1&fields=version&include=native,source_state")
        #expect(
            native.body.hasPrefix(
                #"{"data":{"version":1,"native":{"replicas":2},"observed_at":"1970-01-01T00:16:30.000000Z","#)
        )
    }

    @Test func aVersionHasATagOfItsOwn() async throws {
        let targets = ["", "?version=1", "?version=2", "?version=10"].map { Self.chat + $0 }
        var tags: [String] = []
        for target in targets {
            let get = try await front.get(target, ["X-Request-Id": "r"])
            let head = try await front.get(target, ["X-Request-Id": "r"], method: .head)
            #expect(head.headers == get.headers && head.body.isEmpty)
            let tag = try #require(get["ETag"])
            #expect(try await front.get(target, ["If-None-Match": tag]).status == 304)
            tags.append(tag)
        }
        #expect(Set(tags).count == 4)
        // A later version changes the answer without a number, and leaves those of earlier ones.
        let later = FrontHarness(
            published: versionedLists { rows in
                rows.append(version(11, of: "chat", .ready, config: "llama-c", created: 400))
            })
        #expect(try await tag(later, targets[0]) != tags[0])
        #expect(try await tag(later, targets[1]) == tags[1])
        // It is not the latest any more.
        #expect(try await tag(later, targets[3]) != tags[3])
        #expect(try await later.get(targets[3]).json?["data"]?["latest"]?.bool == false)
    }

    @Test(arguments: [
        ("ali/.", 1), ("ali/%2E", 2), ("ali%2F%252E", 2), ("ali/%252E", 1), ("ali%2F.", 2), ("ali/..", 7),
    ])
    func aVersionIsFoundUnderEverySpellingOfItsUid(_ path: String, _ number: Int) async throws {
        func row(_ uid: String, _ number: Int) -> ModelDeployment {
            var row = SourceDescription.ali.record(uid: uid)
            row.version = number
            return row
        }
        let listed = [row("ali/%252E", 1), row("ali/%252E", 2), row("ali/%252E%252E", 7)]
        let front = FrontHarness(published: published(listed, of: .ali))
        let reply = try await front.get("/v1/deployments/\(path)?version=\(number)")
        #expect(reply.status == 200)
        #expect(reply.json?["data"]?["version"]?.int == Int64(number))
        #expect(try await front.get("/v1/deployments/\(path)?version=3").status == 404)
    }

    @Test func aUidIsComparedByItsBytes() async throws {
        var row = SourceDescription.ali.record(uid: "ali/K")
        row.version = 1
        let front = FrontHarness(published: published([row], of: .ali))
        // The Kelvin sign, which Unicode calls equal to the letter.
        #expect(try await front.get("/v1/deployments/ali%2F%E2%84%AA").status == 404)
        #expect(try await front.get("/v1/deployments/ali%2F%E2%84%AA?version=1").status == 404)
        #expect(try await front.get("/v1/deployments/ali%2FK?version=1").status == 200)
    }

    @Test func aVersionIsServedAsTheDocumentSays() async throws {
        let document = try #require(try await front.get("/openapi.json").json)
        let checker = SchemaChecker(document: document)
        let schema = try #require(document["components"]?["schemas"]?["OneDeployment"])
        let json = try #require(try await front.get("\(Self.chat)?version=1&include=native").json)
        #expect(checker.faults(of: json, against: schema) == [])
        func names(_ path: String) -> [String] {
            (document["paths"]?[path]?["get"]?["parameters"]?.elements ?? []).compactMap {
                $0["$ref"]?.string?.split(separator: "/").last.map(String.init)
            }
        }
        #expect(names("/v1/deployments/{uid}").contains("version"))
        #expect(!names("/v1/deployments").contains("version"))
        #expect(names("/v1/deployments").contains("field.version"))
        let parameter = try #require(document["components"]?["parameters"]?["version"])
        #expect(
            parameter["schema"]?["type"]?.string == "integer" && parameter["schema"]?["minimum"]?.int == 0)
    }

    @Test func demandsAndStrictHoldForAVersionToo() async throws {
        let (late, freshness) = FrontHarness.reading(versionedLists(), unmet: ["research": .timeout])
        #expect(try await late.get("\(Self.chat)?version=1&max_age=1").json?["fresh"]?.bool == false)
        #expect(try await late.get("\(Self.chat)?version=1&max_age=1&strict=true").status == 504)
        #expect(freshness.demands.count == 2)
        var held = versionedLists()
        held.sources[0].held = SourceStatus.Held(rows: 1, since: time(960))
        let holding = FrontHarness(published: held)
        let reply = try await holding.get("\(Self.chat)?version=1")
        #expect(reply.status == 200 && reply["Rollcall-Notices"] == "rows-held")
        #expect(try await holding.get("\(Self.chat)?version=1&strict=true").status == 503)
    }
}
