import Deployments
import HTTPFront
import Testing
import Wire

/// `filter` as a JSON object.
@Suite struct FilterObjectTests {
    private let front = FrontHarness(published: examplePublished())

    private static let chat = "research/ml-prod/chat%2Fx"
    private static let llama = "research/ml-prod/llama"
    private static let plain = "research/lab/plain"
    private static let qwen = "ali/qwen-1"

    private func list(_ filter: String, _ more: String = "") async throws -> FrontHarness.Reply {
        let parameter = Parameter(name: "filter", value: filter)
        var target: [UInt8] = Array("/v1/deployments?filter=".utf8)
        target.appendPercentEncoded(parameter.value)
        return try await front.get(String(decoding: target, as: UTF8.self) + more)
    }

    @Test(arguments: [
        ("", [chat, qwen, llama, plain]),

        (#"{"status":"READY"}"#, [llama]), (#"{"status":"ready"}"#, [llama]),
        (#"{"status":{"$eq":"READY"}}"#, [llama]), (#"{"status":{"eq":"READY"}}"#, [llama]),
        (#"{"status":["READY","STOPPED"]}"#, [qwen, llama]),
        (#"{"status":{"$eq":["READY","STOPPED"]}}"#, [qwen, llama]),
        (#"{"status":{"$in":["READY","STOPPED"]}}"#, [qwen, llama]),
        (#"{"status":{"nin":["READY","STOPPED"]}}"#, [chat, plain]),
        (#"{"status":{"$ne":["READY","STOPPED"]}}"#, [chat, plain]),
        (#"{"name":{"$like":"LLAMA"}}"#, [llama]),
        (#"{"name":{"$like":["llama","plain"]}}"#, [llama, plain]),
        (#"{"name":{"$like":"p%n"}}"#, [plain]), (#"{"name.like":"llama"}"#, [llama]),
        // A string is not split: a comma in it is a comma.
        (#"{"name":"chat, small"}"#, [chat]), (#"{"status":"READY","name":"plain"}"#, []),
        (#"{"name":""}"#, []), (#"{"name":"qwen+max"}"#, [qwen]), (#"{"name":"qwen\u002bmax"}"#, [qwen]),
        (#"{"accelerator.type":{"$exists":true}}"#, [llama]),
        (#"{"accelerator":{"type":"H100-80GB"}}"#, [llama]),
        (#"{"accelerator":{"type":{"$like":"h100"}}}"#, [llama]),
        (#"{"accelerator":{"type.like":"h100"}}"#, [llama]),
        (#"{"replicas":{"ready":2}}"#, [llama]), (#"{"replicas.ready":2.0}"#, [llama]),
        (#"{"replicas.ready":"2"}"#, [llama]), (#"{"replicas.ready":{"$gt":1,"$lte":2}}"#, [llama]),
        (#"{"replicas.ready":{"$gt":2,"$lte":2}}"#, []),
        (#"{"labels":{"team":"search"}}"#, [chat, llama, plain]), (#"{"labels.team":null}"#, [qwen]),
        (#"{"labels":{"team":{"$exists":false}}}"#, [qwen]),
        (#"{"labels":{"team":{"exists":"false"}}}"#, [qwen]),
        (#"{"latest":true,"version":2}"#, [chat]), (#"{"latest":false}"#, []),
        (#"{"created_at":{"gte":"1970-01-01T00:03:20Z"}}"#, [chat, qwen]),
        (#"{"created_at":{"gte":"-12m"}}"#, [chat]),
        (#"{"region":null}"#, [chat, llama, plain]), (#"{"region":{"$eq":null}}"#, [chat, llama, plain]),
        (#"{"region":{"$ne":null}}"#, [qwen]), (#"{"region":["eu",null]}"#, [chat, qwen, llama, plain]),
        (#"{"region":{"$in":["us",null]}}"#, [chat, llama, plain]),
        (#"{"region":{"$nin":["us",null]}}"#, [qwen]),
        (#"{"$or":[{"status":"READY"},{"name":"plain"}]}"#, [llama, plain]),
        (#"{"or":[{"status":"READY"},{"name":"plain"}]}"#, [llama, plain]),
        (#"{"$and":[{"status":"READY"},{"name":{"$like":"l"}}]}"#, [llama]),
        (#"{"and":[{"name":{"$like":"l"}},{"name":{"$like":"p"}}]}"#, [plain]),
        (#"{"$not":{"status":"READY"}}"#, [chat, qwen, plain]),
        (#"{"not":{"region":"eu"}}"#, [chat, llama, plain]),
        (#"{"region":{"$ne":"us"}}"#, [qwen]), (#"{"$not":{"region":"us"}}"#, [chat, qwen, llama, plain]),
        (#"{"name":{"$not":{"$like":"l"}}}"#, [qwen]),
        (#"{"name":{"$or":[{"$like":"llama"},{"$like":"plain"}]}}"#, [llama, plain]),
        (#"{"$or":[{"status":"READY"},{"name":"plain"}],"workspace":null,"$not":{"name":"plain"}}"#, [llama]),
        (#"{"name":{"$like":"l"},"name.like":"p"}"#, [plain]),
    ])
    func anObjectMeansWhatItSays(_ filter: String, _ uids: [String]) async throws {
        let reply = try await list(filter)
        #expect(reply.status == 200, "\(reply.body)")
        #expect(reply.uids == uids)
    }

    @Test func itHoldsBesideBracketsAndParameters() async throws {
        let filter = #"{"status":["READY","STOPPED","UPDATING"]}"#
        #expect(try await list(filter, "&filter[name][$like]=l").uids == [Self.chat, Self.llama])
        #expect(try await list(filter, "&filter[name][$like]=l&status=READY").uids == [Self.llama])
        #expect(try await list(filter, "&q=qwen").uids == [Self.qwen])
    }

    @Test(
        arguments: [
            (#"{"stats":"READY"}"#, "/stats", "status", "unknown field"),
            (#"{"status":"REDY"}"#, "/status", "READY", "must be one of PENDING"),
            (#"{"status":["READY","FALED"]}"#, "/status/1", "FAILED", "must be one of PENDING"),
            (#"{"name":{"$lik":"x"}}"#, "/name/$lik", "$like", "unknown operator"),
            (#"{"name":{"lik":"x"}}"#, "/name/lik", "like", "unknown operator"),
            (#"{"name.lik":"x"}"#, "/name.lik", "name.like", "unknown operator"),
            (#"{"nam":{"$like":"x"}}"#, "/nam", "name", "unknown field"),
            (#"{"nam.like":"x"}"#, "/nam.like", "name.like", "unknown field"),
            (#"{"accelerator":{"typ":"x"}}"#, "/accelerator/typ", "type", "unknown field"),
            (#"{"accelerator":{"typ":{"$like":"x"}}}"#, "/accelerator/typ", "type", "unknown field"),
            (
                #"{"accelerator":"x"}"#, "/accelerator", nil,
                "`accelerator` is an object; filter on e.g. `accelerator.type`"
            ),
            (#"{"$or":[{"status":"READY"},{"a/b~c":1}]}"#, "/$or/1/a~1b~0c", nil, "unknown field"),
            (#"{"$nor":[{"status":"READY"}]}"#, "/$nor", "$or", "unknown operator `$nor`"),
            (#"{"$like":"x"}"#, "/$like", nil, "put the operator inside a field"),
            (#"{"$or":{"status":"READY"}}"#, "/$or", nil, "takes a list of"),
            (#"{"$or":[]}"#, "/$or", nil, "takes a list of"),
            (#"{"$and":["x"]}"#, "/$and/0", nil, "takes a list of"),
            ("{}", "", nil, "has no condition"), (#"{"$or":[{}]}"#, "/$or/0", nil, "has no condition"),
            (#"{"$not":{}}"#, "/$not", nil, "has no condition"),
            (#"{"$not":["x"]}"#, "/$not", nil, "takes an object"),
            (#"{"name":{}}"#, "/name", nil, "has no condition"),
            (#"{"name":[]}"#, "/name", nil, "matches nothing; name a value"),
            (#"{"name":[["a"]]}"#, "/name/0", nil, "must be a string"),
            (#"{"name":{"$in":"a,b"}}"#, "/name/$in", nil, "takes a list"),
            (#"{"name":{"$like":{"x":1}}}"#, "/name/$like", nil, "not an object"),
            (#"{"name":4711}"#, "/name", nil, "must be a string"),
            (#"{"name":true}"#, "/name", nil, "must be a string"),
            (#"{"name":{"$like":5}}"#, "/name/$like", nil, "must be a string"),
            (#"{"name":{"$like":null}}"#, "/name/$like", nil, "does not take null"),
            (#"{"name":{"$exists":"yes"}}"#, "/name/$exists", nil, "must be true or false"),
            (#"{"name":{"$exists":[true]}}"#, "/name/$exists", nil, "takes one value, not a list"),
            (#"{"name":{"$exists":null}}"#, "/name/$exists", nil, "does not take null"),
            (#"{"version":1.5}"#, "/version", nil, "must be a whole number"),
            (#"{"version":"one"}"#, "/version", nil, "must be a number"),
            (#"{"version":true}"#, "/version", nil, "must be a whole number"),
            (
                #"{"version":{"$like":"1"}}"#, "/version/$like", nil,
                "`like` does not apply to `version`; use eq, ne, in, nin, gt, gte, lt, lte, exists"
            ),
            (#"{"latest":1}"#, "/latest", nil, "must be true or false"),
            (#"{"latest":"ture"}"#, "/latest", "true", "must be"),
            (#"{"created_at":1700000000}"#, "/created_at", nil, "must be a time"),
            (#"{"created_at":{"$gte":"now"}}"#, "/created_at/$gte", nil, "must be a time"),
            (#"{"name":"a","name":"b"}"#, "/name", nil, "is given twice in one object"),
            (#"{"$or":[{"name":"a"}],"$or":[{"name":"b"}]}"#, "/$or", nil, "is given twice in one object"),
            ("1", "", nil, "must be a JSON object"), (#"[{"name":"a"}]"#, "", nil, "must be a JSON object"),
            ("null", "", nil, "must be a JSON object"),
        ] as [(String, String, String?, String)])
    func aMistakeIsReportedWithItsPointerAndTheNearestWord(
        _ filter: String, _ pointer: String, _ better: String?, _ detail: String
    ) async throws {
        let reply = try await list(filter)
        #expect(reply.status == 400)
        let errors = try #require(reply.json?["errors"]).elements
        #expect(errors.count == 1, "\(reply.body)")
        #expect(errors.first?["parameter"]?.string == "filter")
        #expect(errors.first?["pointer"]?.string == pointer)
        #expect(errors.first?["did_you_mean"]?.string == better)
        #expect(errors.first?["detail"]?.string?.contains(detail) == true, "\(reply.body)")
    }

    @Test(arguments: [
        "{", #"{"name":"a",}"#, #"{"name":}"#, "{'name':'a'}", #"{"name":"\ud800"}"#, #"{"name":"a"} x"#,
    ])
    func whatIsNoJSONIsSaidToBeNone(_ filter: String) async throws {
        let reply = try await list(filter)
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]?.elements.first)
        #expect(error["parameter"]?.string == "filter" && error["pointer"] == nil)
        #expect(error["detail"]?.string?.contains("this is not JSON") == true)
    }

    @Test func everyMistakeIsReportedAtOnce() async throws {
        let reply = try await list(
            #"{"stats":"x","$or":[{"name":{"$lik":"x"}},{"status":["a","READY","b"]}]}"#)
        #expect(
            reply.json?["errors"]?.elements.compactMap { $0["pointer"]?.string }
                == ["/stats", "/$or/0/name/$lik", "/$or/1/status/0", "/$or/1/status/2"])
    }

    @Test func everythingHasALimit() async throws {
        func nested(_ depth: Int) -> String {
            String(repeating: #"{"$not":"#, count: depth) + #"{"name":"plain"}"#
                + String(repeating: "}", count: depth)
        }
        #expect(try await list(nested(8)).uids == [Self.plain])
        let deep = try await list(nested(9))
        #expect(deep.status == 400 && deep.body.contains("nested at most 8 deep"))
        func many(_ count: Int) -> String {
            #"{"$or":["# + Array(repeating: #"{"name":"plain"}"#, count: count).joined(separator: ",") + "]}"
        }
        #expect(try await list(many(100)).uids == [Self.plain])
        let crowded = try await list(many(150))
        #expect(crowded.status == 400 && crowded.body.contains("at most 100 conditions"))
        #expect(crowded.json?["errors"]?.count == 1)
        let values = Array(repeating: #""a""#, count: 201).joined(separator: ",")
        #expect(try await list(#"{"name":[\#(values)]}"#).body.contains("at most 200 values"))
        let long = String(repeating: "x", count: 4097)
        #expect(try await list(#"{"name":"\#(long)"}"#).body.contains("at most 4096 bytes"))
        let arrays = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
        #expect(try await list(#"{"name":\#(arrays)}"#).status == 400)
    }

    @Test func itDecidesWhichSourcesAreReached() async throws {
        let reply = try await list(#"{"$not":{"source":"research"}}"#)
        #expect(reply["Rollcall-Sources"] == "ali;state=fresh")
        let either = try await list(#"{"$or":[{"source":"ali"},{"name":"plain"}]}"#)
        #expect(either["Rollcall-Sources"] == "research;state=fresh, ali;state=fresh")
    }

    @Test func aWalkCarriesIt() async throws {
        let first = try await list(#"{"$not":{"status":"READY"}}"#, "&page_size=2")
        #expect(first.uids == [Self.chat, Self.qwen])
        let token = try #require(first.nextPageToken)
        #expect(try await front.get("/v1/deployments?page_token=\(token)").uids == [Self.plain])
        let other = try await list(#"{"$not":{"name":"plain"}}"#, "&page_size=2")
        #expect(other.uids == [Self.chat, Self.qwen])
        #expect(other.nextPageToken != token && other["ETag"] != first["ETag"])
        let beside = try await front.get(
            "/v1/deployments?page_token=\(token)&filter=%7B%22name%22:%22x%22%7D")
        #expect(beside.status == 400 && beside.body.contains("cannot be combined with `page_token`"))
    }

    @Test func aSummaryCountsByIt() async throws {
        let reply = try await front.get(
            #"/v1/summary?group_by=status&zeros=false&filter={"$not":{"status":"READY"},"labels.team":"search"}"#
        )
        #expect(reply.status == 200)
        #expect(reply.json?["data"]?.elements.compactMap { $0["status"]?.string } == ["UNKNOWN", "UPDATING"])
    }
}
