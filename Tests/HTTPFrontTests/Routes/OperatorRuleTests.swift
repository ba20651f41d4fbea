import Deployments
import Snapshots
import Testing
import Wire

/// Rows of a source whose labels and region rules may set.
@Suite struct OperatorRuleTests {
    /// A source with three rows and a label that rules may set.
    ///
    /// Rules may make the label `team` of `research` `search` or none, the label `tier` `1`, and the region `eu`. One
    /// row is `search`, and one has no team.
    private static let front: FrontHarness = {
        let source = SourceDescription(
            name: "research", platform: "nimbus", adapter: "nimbus", labels: ["team": "platform"])
        func row(_ key: String, _ change: (inout ModelDeployment) -> Void = { _ in }) -> ModelDeployment {
            var row = source.record(uid: "research/\(key)")
            row.name = key
            change(&row)
            return row
        }
        let rows = [
            row("a") { $0.labels["team"] = "search" }, row("b"),
            row("c") { row in
                row.labels = ["tier": "1"]
                row.region = "eu"
            },
        ]
        var shown = source
        shown.perRow = [
            "labels.team": [.text("search"), .null], "labels.tier": [.text("1")], "region": [.text("eu")],
        ]
        var front = FrontHarness(published: published(rows, of: source))
        var status = SourceStatus.listed(shown, count: 3)
        status.told.list = ["name", "status"]
        status.told.lookup = ["model"]
        status.told.withheld = ["owner"]
        status.told.byOperator = ["labels.team", "labels.tier", "region", "name"]
        front.published.sources = [status]
        return front
    }()

    @Test(
        arguments: [
            ("labels.team=search", ["research/a"], []), ("labels.team=platform", ["research/b"], []),
            ("labels.team.exists=false", ["research/c"], []), ("region=eu", ["research/c"], []),
            ("labels.tier=1", ["research/c"], []),
            ("labels.team=serch", [], ["no-such-value search"]),
            ("labels.taem=search", [], ["no-such-label labels.team"]),
            ("region=us", [], ["no-such-value -"]),
        ] as [(String, [String], [String])])
    func aFilterFindsRowsAndNamesWhatNeitherSourceNorRuleHas(
        _ query: String, _ uids: [String], _ notices: [String]
    ) async throws {
        let reply = try await Self.front.get("/v1/deployments?sort=uid&\(query)")
        #expect(reply.uids == uids)
        let found = (reply.json?["notices"]?.elements ?? []).map { notice in
            "\(notice["code"]?.string ?? "-") \(notice["did_you_mean"]?.string ?? "-")"
        }
        #expect(found == notices)
        // The source is reached, whether or not it has such a row.
        let isReached = !query.contains("taem")
        #expect(
            reply.json?["sources"]?.elements.compactMap { $0["name"]?.string }
                == (isReached ? ["research"] : []))
    }

    @Test func csvHasAColumnForEachLabelThatARowMayHave() async throws {
        let reply = try await Self.front.get("/v1/deployments?format=csv&sort=uid&fields=uid,region,labels")
        #expect(
            reply.body == """
                uid,region,labels.team,labels.tier\r
                research/a,,search,\r
                research/b,,platform,\r
                research/c,eu,,1\r\n
                """)
    }

    @Test func aSelectedLabelIsThatOfItsRow() async throws {
        let reply = try await Self.front.get("/v1/deployments?sort=uid&fields=uid,labels.team")
        #expect(
            reply.body.hasPrefix(
                #"{"data":[{"uid":"research/a","labels":{"team":"search"}},"#
                    + #"{"uid":"research/b","labels":{"team":"platform"}},"#))
    }

    @Test func aSummaryGroupsByThem() async throws {
        let reply = try await Self.front.get("/v1/summary?group_by=labels.team,region&sum=replicas.ready")
        let groups = (reply.json?["data"]?.elements ?? []).map { group in
            "\(group["labels.team"]?.string ?? "-") \(group["region"]?.string ?? "-") \(group["count"]?.int ?? 0)"
        }
        #expect(groups.sorted() == ["- eu 1", "platform - 1", "search - 1"])
    }

    @Test func aSourceTellsWhereItsFieldsComeFromAndOnHowManyRows() async throws {
        for target in ["/v1/sources", "/v1/sources/research"] {
            let data = try await Self.front.get(target).json?["data"]
            let source = target.hasSuffix("research") ? data : data?.elements.first
            let fields = (source?["fields"]?.elements ?? []).map { field in
                "\(field["field"]?.string ?? "-") \(field["told"]?.string ?? "-") "
                    + "\(field["rows"]?.int ?? -1) \(field["null_rows"]?.int ?? -1)"
            }
            #expect(
                fields.prefix(6) == [
                    "region operator 1 2", "labels.team operator 2 1", "labels.tier operator 1 2",
                    "native_id never 0 3", "name list 3 0", "workspace never 0 3",
                ])
            #expect(fields.contains("model lookup 0 3") && fields.contains("owner withheld 0 3"))
            #expect(fields.contains("status list 3 0"))
            #expect(!fields.contains { $0.hasPrefix("uid ") || $0.hasPrefix("revision ") })
        }
    }
}
