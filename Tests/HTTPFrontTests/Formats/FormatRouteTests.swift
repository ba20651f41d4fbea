import Deployments
import Snapshots
import Testing
import Wire

/// Lists, single deployments and summaries as CSV and NDJSON.
@Suite struct FormatRouteTests {
    private let front = FrontHarness(published: examplePublished())

    @Test func aListIsALineForEachRow() async throws {
        let reply = try await front.get(
            "/v1/deployments?format=csv&fields=uid,status,labels,replicas.ready,name,created_at,latest")
        #expect(reply.status == 200)
        #expect(
            reply.body
                == "uid,status,labels.team,replicas.ready,name,created_at,latest\r\n"
                + "research/ml-prod/chat%2Fx,UPDATING,search,,\"chat, small\",1970-01-01T00:05:00.000000Z,true\r\n"
                + "ali/qwen-1,STOPPED,,,qwen+max,1970-01-01T00:03:20.000000Z,true\r\n"
                + "research/ml-prod/llama,READY,search,2,Llama 3.1,1970-01-01T00:01:40.000000Z,true\r\n"
                + "research/lab/plain,UNKNOWN,search,,plain,,true\r\n")
        #expect(reply["Content-Type"] == "text/csv; charset=utf-8; header=present")
        #expect(
            reply["Content-Disposition"]
                == "attachment; filename=\"rollcall-deployments-19700101T001630Z.csv\"")
        #expect(reply["Content-Length"] == "\(reply.bytes.count)")
        #expect(reply["Link"] == nil)
    }

    @Test func allColumnsStandInTheOrderOfTheRecord() async throws {
        let reply = try await front.get("/v1/deployments?format=csv&source=ali")
        let lines = reply.body.split(separator: "\r\n")
        #expect(lines[0].hasPrefix("uid,source,platform,adapter,region,native_id,name,workspace,"))
        #expect(
            lines[0].hasSuffix(
                ",accelerator.total,accelerator.desired,engine,image,model_family,endpoint.base_url,endpoint.model,"
                    + "endpoint.protocol,endpoint.auth,endpoint.api_version,endpoint.models,billing_mode,owner,"
                    + "provider,links.console,inferred,unread,stated_by_operator,revision"
            ))
        #expect(lines[1].hasPrefix("ali/qwen-1,ali,cumulus,cumulus,eu,,qwen+max,,"))
    }

    @Test(arguments: [
        ("", "labels.team"), ("source=research&", "labels.team"), ("source=ali&", nil),
        ("name=nobody&", "labels.team"), ("source=ali&name=nobody&", nil),
        ("page=2&page_size=3&", "labels.team"),
    ])
    func theHeaderDependsOnTheSourcesReachedAndNotOnTheRows(_ query: String, _ label: String?) async throws {
        let reply = try await front.get("/v1/deployments?\(query)format=csv")
        let header = try #require(reply.body.split(separator: "\r\n").first)
        #expect(header.split(separator: ",").contains { $0 == label ?? "native_id" })
        #expect(header.contains("labels") == (label != nil))
    }

    @Test func anEmptyListIsItsHeaderAlone() async throws {
        let csv = try await front.get("/v1/deployments?name=nobody&fields=uid,name&format=csv")
        #expect(csv.body == "uid,name\r\n")
        let ndjson = try await front.get("/v1/deployments?name=nobody&format=ndjson")
        #expect(ndjson.status == 200)
        #expect(ndjson.body == "")
        #expect(ndjson["Content-Length"] == "0")
    }

    @Test func whatASpreadsheetWouldRunIsQuotedAndOtherTextStaysAsItIs() async throws {
        var published = examplePublished()
        var record = SourceDescription.ali.record(uid: "ali/x")
        record.name = "=HYPERLINK(\"http://x\",\"y\")"
        record.model = "通义千问 🎙️"
        record.workspace = "two\r\nlines"
        record.project = " -1"
        record.capacity.base = -1.5
        published.snapshot = Snapshot(
            id: "s2", publishedAt: time(991),
            lists: [SourceRows(source: .ali, listed: [record])])
        let reply = try await FrontHarness(published: published).get(
            "/v1/deployments?format=csv&fields=name,model,workspace,project,capacity.base,region,owner")
        #expect(
            reply.body
                == "name,model,workspace,project,capacity.base,region,owner\r\n"
                + "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",通义千问 🎙️,\"two\r\nlines\",\"' -1\",-1.5,eu,\r\n")
    }

    @Test(arguments: [
        "", "&include=history,native", "&fields=uid,accelerator", "&all_versions=true&sort=name",
    ])
    func ndjsonIsTheListsDataALineEach(_ query: String) async throws {
        let reply = try await front.get("/v1/deployments?format=ndjson\(query)")
        #expect(reply["Content-Type"] == "application/x-ndjson")
        #expect(reply["Content-Disposition"] == nil)
        #expect(reply.body.hasSuffix("}\n"))
        let data = reply.body.dropLast().replacing("\n", with: ",")
        let json = try await front.get("/v1/deployments?page_size=1000\(query)")
        #expect(json.body.hasPrefix("{\"data\":[\(data)],\"pagination\":"))
    }

    /// Longer than what a writer gathers before it is moved to the body.
    @Test func aLongBodyHasItsCommasAndLineEnds() async throws {
        let records = (0..<5000).map { SourceDescription.research.record(uid: "research/\($0)") }
        let front = FrontHarness(published: published(records, of: .research))
        let json = try await front.get("/v1/deployments?page_size=1000&sort=uid")
        let ndjson = try await front.get("/v1/deployments?page_size=1000&sort=uid&format=ndjson")
        #expect(json.bytes.count > 300_000)
        #expect(json.json?["data"]?.elements.count == 1000)
        let data = ndjson.body.dropLast().replacing("\n", with: ",")
        #expect(json.body.hasPrefix("{\"data\":[\(data)],\"pagination\":"))
        // A line of one empty cell is quoted, wherever it begins.
        let csv = try await front.get("/v1/deployments?format=csv&fields=region")
        #expect(csv.body == "region\r\n" + String(repeating: "\"\"\r\n", count: 5000))
        let summary = try await front.get("/v1/summary?group_by=uid")
        #expect(summary.json?["data"]?.elements.count == 5000)
        #expect(summary.json?["total"]?["count"]?.int == 5000)
    }

    @Test(arguments: ["csv", "ndjson"])
    func aPageIsAPageAndLinksToTheNext(_ format: String) async throws {
        let complete = try await front.get("/v1/deployments?format=\(format)&sort=name")
        let header = format == "csv" ? 1 : 0
        let lines = complete.body.split(whereSeparator: \.isNewline)
        #expect(lines.count == 4 + header)
        var collected: [Substring] = Array(lines.prefix(header))
        var target: String? = "/v1/deployments?format=\(format)&sort=name&page_size=3"
        while let next = target {
            let page = try await front.get(next)
            #expect(page["Content-Type"] == complete["Content-Type"])
            collected += page.body.split(whereSeparator: \.isNewline).dropFirst(header)
            target = page["Link"].map { "/v1/deployments" + $0.dropFirst().prefix { $0 != ">" } }
        }
        #expect(collected == lines)
        let second = try await front.get("/v1/deployments?format=\(format)&sort=name&page=2&page_size=3")
        #expect(second.body.split(whereSeparator: \.isNewline).last == lines.last)
        #expect(second["Link"] == nil)
        let past = try await front.get("/v1/deployments?format=\(format)&page=9")
        #expect(past.status == 200)
        #expect(past.body.split(whereSeparator: \.isNewline).count == header)
    }

    @Test func aCursorBegunInJSONGoesOnInCSV() async throws {
        let token = try #require(try await front.get("/v1/deployments?page_size=3&fields=uid").nextPageToken)
        let page = try await front.get("/v1/deployments?page_token=\(token)", ["Accept": "text/csv"])
        #expect(page.body == "uid\r\nresearch/lab/plain\r\n")
        let other = try await front.get("/v1/deployments?page_token=\(token)&format=csv&fields=name,uid")
        #expect(other.body == "name,uid\r\nplain,research/lab/plain\r\n")
    }

    @Test func oneDeploymentIsOneLine() async throws {
        let csv = try await front.get("/v1/deployments/ali/qwen-1?format=csv&fields=uid,status")
        #expect(csv.body == "uid,status\r\nali/qwen-1,STOPPED\r\n")
        let complete = try await front.get("/v1/deployments/research/ml-prod/llama?format=csv")
        #expect(complete.body.split(separator: "\r\n").count == 2)
        let ndjson = try await front.get("/v1/deployments/research/ml-prod/llama?format=ndjson")
        let json = try await front.get("/v1/deployments/research/ml-prod/llama")
        #expect(json.body.hasPrefix("{\"data\":\(ndjson.body.dropLast()),\"snapshot\":"))
        #expect(ndjson.body.contains("\"history\":[{"))
        #expect(try await front.get("/v1/deployments/ali/nobody?format=csv").status == 404)
    }

    @Test func cellsHoldNoHistoryAndThatIsSaid() async throws {
        for target in ["/v1/deployments", "/v1/deployments/ali/qwen-1"] {
            let reply = try await front.get("\(target)?include=native,history&format=csv")
            #expect(reply.status == 400)
            let errors = try #require(reply.json?["errors"]).elements
            #expect(errors.map { $0["parameter"]?.string } == ["include"])
            #expect(errors.first?["value"]?.string == "history,native")
            #expect(try await front.get("\(target)?include=history", ["Accept": "text/csv"]).status == 400)
        }
        let first = try await front.get("/v1/deployments?include=native&page_size=1")
        let token = try #require(first.nextPageToken)
        let reply = try await front.get("/v1/deployments?page_token=\(token)&format=csv")
        #expect(reply.json?["errors"]?.elements.map { $0["parameter"]?.string } == ["format"])
        #expect(try await front.get("/v1/deployments?page_token=\(token)&format=ndjson").status == 200)
    }

    @Test func aFileOfAnIncompleteListSaysSoInItsName() async throws {
        let front = FrontHarness(published: examplePublished(ali: .unlisted(.ali)))
        let reply = try await front.get("/v1/deployments?format=csv")
        #expect(
            reply["Content-Disposition"]
                == "attachment; filename=\"rollcall-deployments-19700101T001630Z-INCOMPLETE.csv\"")
    }

    @Test func aByteOrderMarkComesFirstAndOnlyInCSV() async throws {
        for target in ["/v1/deployments?", "/v1/deployments/ali/qwen-1?", "/v1/summary?group_by=status&"] {
            let plain = try await front.get(target + "format=csv")
            let marked = try await front.get(target + "format=csv&bom=true")
            #expect(marked.bytes == [0xEF, 0xBB, 0xBF] + plain.bytes)
            #expect(try await front.get(target + "bom=true").body.hasPrefix("{"))
        }
        let page = try await front.get("/v1/deployments?page_size=1&fields=uid&format=csv&bom=true")
        #expect(page.bytes.starts(with: [0xEF, 0xBB, 0xBF]))
    }

    @Test func theStateOfItsSourceStandsOnEachRowWhereAsked() async throws {
        let query = "include=source_state&fields=uid&source=ali"
        let csv = try await front.get("/v1/deployments?\(query)&format=csv")
        #expect(
            csv.body == "uid,observed_at,source_state\r\nali/qwen-1,1970-01-01T00:16:30.000000Z,fresh\r\n")
        let row = #"{"uid":"ali/qwen-1","observed_at":"1970-01-01T00:16:30.000000Z","source_state":"fresh"}"#
        #expect(try await front.get("/v1/deployments?\(query)&format=ndjson").body == row + "\n")
        #expect(try await front.get("/v1/deployments?\(query)").body.hasPrefix("{\"data\":[\(row)],"))
        let one = try await front.get("/v1/deployments/ali/qwen-1?include=source_state&fields=uid")
        #expect(one.body.hasPrefix("{\"data\":\(row),"))
        let whole = try await front.get("/v1/deployments?include=source_state,native&page_size=1")
        #expect(whole.json?["data"]?.elements.first?["source_state"]?.string == "fresh")
        let further = try await front.get("/v1/deployments?page_token=\(try #require(whole.nextPageToken))")
        #expect(further.json?["data"]?.elements.allSatisfy { $0["source_state"]?.string == "fresh" } == true)
        #expect(try await front.get("/v1/deployments").json?["data"]?.elements.first?["observed_at"] == nil)
    }

    @Test func aSummaryIsALineForEachGroup() async throws {
        let query = "/v1/summary?group_by=platform,created_at:day&sum=replicas.ready&zeros=false"
        let csv = try await front.get("\(query)&format=csv")
        #expect(
            csv.body
                == "platform,created_at:day,count,sums.replicas.ready.sum,sums.replicas.ready.rows,"
                + "sums.replicas.ready.null_rows\r\n"
                + "nimbus,1970-01-01T00:00:00.000000Z,2,2,1,1\r\n"
                + "cumulus,1970-01-01T00:00:00.000000Z,1,,0,1\r\n"
                + "nimbus,,1,,0,1\r\n")
        #expect(
            csv["Content-Disposition"] == "attachment; filename=\"rollcall-summary-19700101T001630Z.csv\"")
        let ndjson = try await front.get("\(query)&format=ndjson")
        let json = try await front.get(query)
        let data = ndjson.body.dropLast().replacing("\n", with: ",")
        #expect(json.body.hasPrefix("{\"data\":[\(data)],\"total\":"))
        #expect(
            try await front.get("/v1/summary?group_by=status&name=nobody&zeros=false&format=ndjson").body
                == "")
    }
}
