import Deployments
import HTTPTypes
import Snapshots
import TestSupport
import Testing
import Wire

@Suite struct SummaryRouteTests {
    private let front = FrontHarness(published: examplePublished())

    /// The groups of an answer: their values and counts, as JSON without what is summed.
    private func groups(_ query: String) async throws -> [String] {
        let reply = try await front.get("/v1/summary?\(query)")
        #expect(reply.status == 200, "\(reply.body)")
        return try #require(reply.json?["data"]).elements.map { group in
            group.members.filter { $0.key != "sums" }.map(\.value.written).joined(separator: " ")
        }
    }

    @Test func anAnswerHasTheShapeOfTheContract() async throws {
        let reply = try await front.get(
            "/v1/summary?group_by=platform,status&sum=replicas.ready&zeros=false&status=READY,STOPPED")
        #expect(reply.status == 200)
        #expect(reply["Content-Type"] == "application/json")
        #expect(
            reply.body == """
                {"data":[{"platform":"cumulus","status":"STOPPED","count":1,\
                "sums":{"replicas.ready":{"sum":null,"rows":0,"null_rows":1}}},\
                {"platform":"nimbus","status":"READY","count":1,\
                "sums":{"replicas.ready":{"sum":2,"rows":1,"null_rows":0}}}],\
                "total":{"count":2,"sums":{"replicas.ready":{"sum":2,"rows":1,"null_rows":1}}},\
                "total_is":"exact",\
                \(exampleWorth)
                """)
    }

    @Test func aGroupWithZeroHasSumsOfZero() async throws {
        let reply = try await front.get("/v1/summary?group_by=serving&serving=idle")
        #expect(
            reply.body.hasPrefix(
                """
                {"data":[{"serving":"idle","count":0,\
                "sums":{"accelerator.total":{"sum":0,"rows":0,"null_rows":0},\
                "replicas.ready":{"sum":0,"rows":0,"null_rows":0},\
                "replicas.desired":{"sum":0,"rows":0,"null_rows":0}}}],"total":{"count":0,"sums":{
                """))
    }

    @Test(arguments: [
        ("group_by=source", [#""research" 3"#, #""ali" 1"#]),
        ("group_by=region", [#"null 3"#, #""eu" 1"#]),
        ("group_by=labels.team&q=a", [#""search" 3"#, #"null 1"#]),
        ("group_by=created_at:hour", [#""1970-01-01T00:00:00.000000Z" 3"#, "null 1"]),
        ("group_by=created_at%3Aday,latest", [#""1970-01-01T00:00:00.000000Z" true 3"#, "null true 1"]),
        ("group_by=version&name.like=chat", ["2 1"]),
        ("group_by=version&name.like=chat&all_versions=true", ["1 1", "2 1"]),
        ("group_by=status&status=READY,LOST", [#""READY" 1"#, #""LOST" 0"#]),
        ("group_by=status&status=READY,LOST&zeros=false", [#""READY" 1"#]),
        ("group_by=status&filter[status][$in]=READY,LOST&zeros=true", [#""READY" 1"#, #""LOST" 0"#]),
        ("group_by=source&updated_at.gt=-1m&sum=", [#""research" 1"#]),
        ("group_by=uid&name=nobody&zeros=&group_by=", []),
    ])
    func rowsAreGroupedOverAnyFilter(_ query: String, _ expected: [String]) async throws {
        #expect(try await groups(query) == expected)
    }

    @Test(arguments: [
        "", "&status=READY", "&source=ali", "&q=llama", "&all_versions=true", "&created_at.exists=false",
        "&name=nobody",
    ])
    func theTotalIsTheListsTotal(_ filters: String) async throws {
        let list = try await front.get("/v1/deployments?page_size=1\(filters)")
        let summary = try await front.get("/v1/summary?group_by=status\(filters)")
        let total = try #require(list.json?["pagination"]?["total_results"]?.int)
        #expect(summary.json?["total"]?["count"]?.int == total)
        let counts = try #require(summary.json?["data"]).elements.compactMap { $0["count"]?.int }
        #expect(counts.reduce(0, +) == total)
        #expect(summary.json?["snapshot"]?["id"]?.string == list.json?["snapshot"]?["id"]?.string)
    }

    @Test func theHeadersAreTheLists() async throws {
        let list = try await front.get("/v1/deployments", ["X-Request-Id": "r"])
        let summary = try await front.get("/v1/summary?group_by=status", ["X-Request-Id": "r"])
        for name in [
            "Age", "Cache-Control", "Vary", "Cache-Status", "Rollcall-Complete", "Rollcall-Fresh",
            "Rollcall-Sources", "X-Request-Id", "Content-Type",
        ] {
            #expect(summary[name] == list[name] && summary[name] != nil, "\(name)")
        }
        #expect(summary["Link"] == nil)
    }

    @Test func anIncompleteAnswerSaysSoAndStrictRefusesIt() async throws {
        let front = FrontHarness(published: examplePublished(ali: .unlisted(.ali)))
        let reply = try await front.get("/v1/summary?group_by=source")
        #expect(reply.json?["total_is"]?.string == "at_least")
        #expect(reply.json?["total"]?["count"]?.int == 3)
        #expect(reply["Cache-Control"] == "private, no-cache")
        let strict = try await front.get("/v1/summary?group_by=source&strict=true")
        #expect(strict.status == 503)
        #expect(strict.json?["type"]?.string == "urn:rollcall:problem:incomplete")
    }

    @Test func modelsCompareOverPlatformsByFamily() async throws {
        func row(_ key: String, of source: SourceDescription, _ model: String) -> ModelDeployment {
            record(key, of: source) {
                $0.model = model
                $0.setModelFamily()
            }
        }
        var published = examplePublished()
        published.snapshot = Snapshot(
            id: "s1", publishedAt: time(991),
            lists: [
                SourceRows(
                    source: .research,
                    listed: [
                        row("a", of: .research, "Qwen/Qwen3-32B"), row("b", of: .research, "qwen3-32b-awq"),
                    ]),
                SourceRows(
                    source: .ali, listed: [row("c", of: .ali, "qwen3-32b"), row("d", of: .ali, "own")]),
            ])
        let reply = try await FrontHarness(published: published)
            .get("/v1/summary?group_by=model_family,platform")
        let groups = (reply.json?["data"]?.elements ?? []).map { group in
            "\(group["model_family"]?.string ?? "null") \(group["platform"]?.string ?? "") \(group["count"]?.int ?? 0)"
        }
        #expect(groups == ["qwen3-32b nimbus 2", "qwen3-32b cumulus 1", "null cumulus 1"])
    }

    @Test func aDemandThatIsNotMetIsReported() async throws {
        let (front, freshness) = FrontHarness.reading(unmet: ["ali": .budget])
        let reply = try await front.get("/v1/summary?group_by=source&max_age=1")
        #expect(reply.json?["fresh"]?.bool == false)
        #expect(reply.json?["total_is"]?.string == "as_of")
        #expect(reply.body.contains(#""demand":"budget""#))
        #expect(try await front.get("/v1/summary?group_by=source&max_age=1&strict=true").status == 504)
        #expect(freshness.calls.count == 2)
    }

    @Test func withoutAListThereIsNoData() async throws {
        let front = FrontHarness(published: examplePublished(ali: .unlisted(.ali)))
        let reply = try await front.get("/v1/summary?group_by=status&source=ali")
        #expect(reply.status == 503)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:no-data")
        #expect(reply["Retry-After"] != nil)
    }

    @Test func aTagChangesWithWhatIsCountedOnly() async throws {
        let target = "/v1/summary?group_by=source&zeros=false"
        let first = try await tag(front, target)
        #expect(try await tag(changed { $0.now = time(1100) }, target) == first)
        #expect(try await tag(withoutAli, target) != first)
        #expect(
            try await tag(withoutAli, target + "&source=research")
                == (try await tag(front, target + "&source=research")))
        #expect(try await tag(front, "/v1/summary?group_by=source") != first)
        let again = try await front.get(target, ["If-None-Match": first])
        #expect(again.status == 304)
        #expect(again.body == "")
        #expect(again["ETag"] == first)
    }

    @Test(
        arguments: [
            ("group_by=status,source,name,model", "group_by", nil),
            ("group_by=status,status", "group_by", nil),
            ("group_by=platfrom", "group_by", "platform"), ("group_by=accelerator", "group_by", nil),
            ("group_by=labels", "group_by", nil), ("group_by=Status", "group_by", "status"),
            ("group_by=created_at", "group_by", "created_at:day"),
            ("group_by=created_at:dya", "group_by", "created_at:day"),
            ("group_by=created_at:hours", "group_by", "created_at:hour"),
            ("group_by=created_at:week", "group_by", nil),
            ("group_by=creatd_at:hour", "group_by", "created_at:hour"),
            ("group_by=status:day", "group_by", "status"),
            ("group_by=status&group_by=source", "group_by", nil),
            ("groupby=status&group_by=source", "groupby", "group_by"),
            ("group_by=status&sum=replicas.redy", "sum", "replicas.ready"),
            ("group_by=status&sum=version", "sum", nil),
            ("group_by=status&sum=accelerator.memory_gb", "sum", nil),
            ("group_by=status&sum=replicas.ready,replicas.ready", "sum", nil),
            ("group_by=status&sum=capacity.ready", "sum", nil),
            ("group_by=status&sums=replicas.ready", "sums", "sum"),
            ("group_by=status&zeros=flase", "zeros", "false"), ("group_by=status&zero=1", "zero", "zeros"),
            ("group_by=status&sort=name", "sort", nil), ("group_by=status&sort=-stats", "sort", "-status"),
            ("sort=status", "sort", nil), ("group_by=status&sort=capacity.ready", "sort", nil),
            ("group_by=status&limit=0", "limit", nil), ("group_by=status&limit=10001", "limit", nil),
            ("group_by=status&top=3", "top", "limit"), ("min=name", "min", nil),
            ("max=updated", "max", "updated_at"),
            ("sum=capacity.ready", "sum", nil), ("group_by=status&page=1", "page", nil),
            ("group_by=status&page_size=1", "page_size", "limit"),
            ("group_by=status&fields=uid", "fields", nil), ("group_by=status&include=native", "include", nil),
            ("group_by=status&page_token=x", "page_token", nil),
            ("group_by=status&stats=READY", "stats", "status"),
            ("group_by=status&status=REDY", "status", "READY"),
            ("group_by=status&format=csw", "format", "csv"), ("group_by=status&strict=1", "strict", nil),
        ] as [(String, String, String?)])
    func oneWrongParameterIsNamedWithTheNearestWord(
        _ query: String, _ parameter: String, _ better: String?
    ) async throws {
        let reply = try await front.get("/v1/summary?\(query)")
        #expect(reply.status == 400)
        let errors = try #require(reply.json?["errors"]).elements
        #expect(errors.count == 1, "\(reply.body)")
        #expect(errors.first?["parameter"]?.string == parameter)
        #expect(errors.first?["did_you_mean"]?.string == better, "\(reply.body)")
        #expect(errors.first?["detail"]?.string?.isEmpty == false)
    }

    @Test func everyWrongParameterIsNamedAtOnce() async throws {
        let reply = try await front.get("/v1/summary?group_by=stats,modle&sum=all&page=1&nam=x")
        let errors = try #require(reply.json?["errors"]).elements
        #expect(
            errors.map { "\($0["parameter"]?.string ?? ""): \($0["value"]?.string ?? "")" } == [
                "group_by: stats", "group_by: modle", "sum: all", "page: 1", "nam: x",
            ])
    }

    @Test(arguments: ["group_by=status", "sum=replicas.ready", "zeros=false"])
    func aListHasNoneOfItsParameters(_ parameter: String) async throws {
        let reply = try await front.get("/v1/deployments?\(parameter)")
        #expect(reply.status == 400)
        #expect(reply.body.contains("does not apply to this route"))
    }

    @Test(arguments: ["", "group_by=", "group_by=,"])
    func withoutKeysTheTotalIsAllThereIs(_ keys: String) async throws {
        let query = "/v1/summary?\(keys)&sum=replicas.ready"
        let reply = try await front.get(query)
        #expect(
            reply.body == """
                {"data":[],"total":{"count":4,"sums":{"replicas.ready":{"sum":2,"rows":1,"null_rows":3}}},\
                "total_is":"exact",\(exampleWorth)
                """)
        #expect(
            try await front.get(query + "&format=csv").body
                == "count,sums.replicas.ready.sum,sums.replicas.ready.rows,sums.replicas.ready.null_rows\r\n4,2,1,3\r\n"
        )
        #expect(
            try await front.get(query + "&format=ndjson&name=nobody").body
                == #"{"count":0,"sums":{"replicas.ready":{"sum":0,"rows":0,"null_rows":0}}}"# + "\n")
    }

    @Test(arguments: [
        ("group_by=status&zeros=false&sort=status", ["UNKNOWN", "UPDATING", "STOPPED", "READY"]),
        ("group_by=status&zeros=false&sort=-status", ["READY", "STOPPED", "UPDATING", "UNKNOWN"]),
        ("group_by=status&zeros=false", ["UNKNOWN", "UPDATING", "STOPPED", "READY"]),
        ("group_by=name&sort=-replicas.ready,-name", ["Llama 3.1", "qwen+max", "plain", "chat, small"]),
        ("group_by=source&sort=count", ["ali", "research"]),
        ("group_by=source&sort=-source&limit=1", ["research"]),
    ])
    func groupsComeInTheOrderAsked(_ query: String, _ expected: [String]) async throws {
        let reply = try await front.get("/v1/summary?\(query)")
        let names = reply.json?["data"]?.elements.compactMap { $0.members.first?.value.string }
        #expect(names == expected, "\(reply.body)")
    }

    @Test func aLimitLeavesTheTotalAsItIs() async throws {
        let reply = try await front.get("/v1/summary?group_by=name&limit=2&sum=")
        #expect(reply.json?["data"]?.count == 2)
        #expect(reply.json?["total"]?["count"]?.int == 4)
        #expect(reply.json?["total_groups"]?.int == 4)
        #expect(try await front.get("/v1/summary?group_by=name").json?["total_groups"] == nil)
    }

    @Test func theEarliestAndTheLatestTimesAreTold() async throws {
        let query =
            "/v1/summary?group_by=source&sum=replicas.ready&max=created_at&min=created_at,updated_at&source=ali"
        let reply = try await front.get(query)
        let told = """
            "min":{"created_at":{"min":"1970-01-01T00:03:20.000000Z","rows":1,"null_rows":0},\
            "updated_at":{"min":null,"rows":0,"null_rows":1}},\
            "max":{"created_at":{"max":"1970-01-01T00:03:20.000000Z","rows":1,"null_rows":0}}}
            """
        let sums = #""sums":{"replicas.ready":{"sum":null,"rows":0,"null_rows":1}}"#
        #expect(
            reply.body.hasPrefix(
                #"{"data":[{"source":"ali","count":1,\#(sums),\#(told)],"total":{"count":1,\#(sums),\#(told),"#
            ))
        let all = try await front.get("/v1/summary?min=created_at&max=created_at")
        let total = all.json?["total"]
        #expect(total?["min"]?["created_at"]?["min"]?.string == "1970-01-01T00:01:40.000000Z")
        #expect(total?["max"]?["created_at"]?["max"]?.string == "1970-01-01T00:05:00.000000Z")
        #expect(total?["max"]?["created_at"]?["null_rows"]?.int == 1)
        let csv = try await front.get("/v1/summary?sum=&group_by=source&max=created_at&source=ali&format=csv")
        #expect(
            csv.body.hasPrefix(
                "source,count,")
                && csv.body.hasSuffix(",1970-01-01T00:03:20.000000Z,1,0\r\n")
                && csv.body.contains(",max.created_at.max,max.created_at.rows,max.created_at.null_rows\r\n"))
    }

    @Test func amountsInAUnitAreSummedBesideTheUnit() async throws {
        let reply = try await front.get(
            "/v1/summary?group_by=capacity.unit&sum=capacity.ready,replicas.ready")
        #expect(
            reply.body.hasPrefix(
                """
                {"data":[{"capacity.unit":null,"count":4,\
                "sums":{"capacity.ready":{"sum":null,"rows":0,"null_rows":4},\
                "replicas.ready":{"sum":2,"rows":1,"null_rows":3}}}],\
                "total":{"count":4,"sums":{"replicas.ready":{"sum":2,"rows":1,"null_rows":3}}},
                """))
    }

    @Test(arguments: [
        (10_001, "group_by=uid", "group by fewer fields"), (2001, "group_by=uid,serving", "zeros=false"),
    ])
    func moreGroupsThanTheLimitAreAnError(_ count: Int, _ query: String, _ advice: String) async throws {
        let records = (0..<count).map { index in
            SourceDescription.ali.record(uid: ModelDeployment.uid(source: "ali", key: ["\(index)"]))
        }
        let front = FrontHarness(published: published(records, of: .ali))
        let reply = try await front.get("/v1/summary?\(query)")
        #expect(reply.status == 400)
        let error = try #require(reply.json?["errors"]).elements.first
        #expect(error?["parameter"]?.string == "group_by")
        #expect(error?["value"]?.string == String(query.dropFirst("group_by=".count)))
        #expect(error?["detail"]?.string?.contains("more than 10000 groups") == true)
        #expect(error?["detail"]?.string?.contains(advice) == true)
    }
}
