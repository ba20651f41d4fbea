import Sandbox
import Testing
import Wire

/// The flaws of NeMo's listing, one by one.
@Suite struct NeMoListingTests {
    private static let all = nemoList + "/-/deployments"

    @Test func theDefaultModeLosesWhatLiesBeyondAThousandVersions() async throws {
        try await withSandbox({ $0.nemoRows = 1010 }) { sandbox in
            let first = try await sandbox.get(nemoList + "/ml-prod/deployments?page_size=1000")
            let complete = try await sandbox.get(
                nemoList + "/ml-prod/deployments?all_versions=true&page_size=1000")
            // 505 deployments of one to three versions each.
            let versions = try #require(complete.at("pagination", "total_results")?.int)
            #expect(versions > 1000)
            #expect(sandbox.fleet.keys(.nemo).filter { $0.hasPrefix("ml-prod/") }.count == 505)
            let stated = try #require(first.at("pagination", "total_results")?.int)
            #expect(stated < 505)
            #expect(first.at("pagination", "total_pages")?.int == 1)
            #expect(first.at("data")?.count == Int(stated))
            // The newest vanish: the oldest come first.
            let rest = try await sandbox.get(
                nemoList + "/ml-prod/deployments?all_versions=true&page_size=1000&page=2")
            let newest = try #require(rest.strings("data", each: "created_at").last)
            #expect(!first.text.contains(newest))
        }
    }

    @Test func allVersionsArePagedForReal() async throws {
        try await withSandbox({ $0.nemoRows = 700 }) { sandbox in
            let first = try await sandbox.get(Self.all + "?all_versions=true&page_size=1000")
            let second = try await sandbox.get(Self.all + "?all_versions=true&page_size=1000&page=2")
            let total = try #require(first.at("pagination", "total_results")?.int)
            #expect(first.at("pagination", "total_pages")?.int == 2)
            #expect(first.at("pagination", "current_page_size")?.int == 1000)
            #expect(second.at("pagination", "current_page_size")?.int == total - 1000)
            let ids = first.strings("data", each: "id") + second.strings("data", each: "id")
            #expect(Set(ids).count == Int(total))
            let times = first.strings("data", each: "created_at") + second.strings("data", each: "created_at")
            #expect(times == times.sorted())
        }
    }

    @Test func aStatusFilterFindsAVersionThatHasBeenReplaced() async throws {
        try await withSandbox { sandbox in
            let key = try #require(sandbox.fleet.nemoKeyWithPendingUpdate)
            let (workspace, name) = (key.0, key.1)
            let path = nemoList + "/\(workspace)/deployments"
            let stale = try await sandbox.get(path + "?filter%5Bstatus%5D=READY&filter%5Bname%5D=\(name)")
            #expect(stale.strings("data", each: "status") == ["READY"])
            #expect(stale.at("data", "0", "entity_version")?.int == 1)
            let current = try await sandbox.get(path + "/\(name)")
            #expect(current.at("status")?.string == "PENDING")
            #expect(current.at("entity_version")?.int == 2)
        }
    }

    @Test func theWildcardMakesOneRowOfEqualNamesInTheDefaultMode() async throws {
        try await withSandbox { sandbox in
            let lossy = try await sandbox.get(Self.all)
            let names = sandbox.fleet.keys(.nemo).map { $0.split(separator: "/")[1] }
            #expect(names.count == 40)
            #expect(Set(names).count == 35)
            #expect(lossy.at("pagination", "total_results")?.int == 35)
            let complete = try await sandbox.get(Self.all + "?all_versions=true")
            let pairs = zip(
                complete.strings("data", each: "workspace"), complete.strings("data", each: "name")
            ).map { "\($0)/\($1)" }
            #expect(Set(pairs) == Set(sandbox.fleet.keys(.nemo)))
        }
    }

    @Test func aWorkspaceFilterOverridesThePath() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(
                nemoList + "/ml-prod/deployments?filter%5Bworkspace%5D=research")
            #expect(Set(reply.strings("data", each: "workspace")) == ["research"])
        }
    }

    @Test func theDefaultModeShowsTheLatestVersionWhereTheFirstOneStood() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(nemoList + "/ml-prod/deployments")
            let times = reply.strings("data", each: "created_at")
            #expect(times != times.sorted())
            #expect(reply.at("sort")?.string == "created_at")
            #expect(reply.at("filter") == nil)
        }
    }

    @Test func sortIsEchoedAndNeverValidated() async throws {
        try await withSandbox { sandbox in
            let bogus = try await sandbox.get(Self.all + "?sort=bogus&all_versions=1")
            #expect(bogus.status == 200)
            #expect(bogus.at("sort")?.string == "bogus")
            let descending = try await sandbox.get(Self.all + "?sort=-created_at&all_versions=1")
            let times = descending.strings("data", each: "created_at")
            #expect(times == times.sorted(by: >))
            let byName = try await sandbox.get(Self.all + "?sort=name&all_versions=1")
            let names = byName.strings("data", each: "name")
            #expect(Set(names).count > 1)
            #expect(names == names.sorted { "\($0)-v" < "\($1)-v" })
        }
    }

    @Test func pastTheEndIsAnEmptyPageWithItsTotals() async throws {
        try await withSandbox { sandbox in
            let total = try await sandbox.get(Self.all + "?all_versions=true").at(
                "pagination", "total_results")
            let reply = try await sandbox.get(Self.all + "?all_versions=true&page=99&page_size=10")
            #expect(reply.status == 200)
            #expect(reply.at("data")?.count == 0)
            #expect(reply.at("pagination", "page")?.int == 99)
            #expect(reply.at("pagination", "current_page_size")?.int == 0)
            #expect(reply.at("pagination", "total_results")?.int == total?.int)
        }
    }

    @Test(arguments: [
        ("page=0&all_versions=true", 500), ("page=-1&all_versions=true", 500), ("page_size=0", 500),
        ("page_size=1001&all_versions=true", 500), ("page_size=1001", 200), ("page=0", 200), ("page=-1", 200),
        ("page=abc", 422), ("page_size=1.5", 422), ("all_versions=maybe", 422), ("page=", 422),
    ])
    func oddValuesAnswerAsTheRealServiceDoes(_ query: String, _ status: Int) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(Self.all + "?" + query)
            #expect(reply.status == status)
            if status == 500 { #expect(reply.text == #"{"detail":"Failed to list deployments"}"#) }
        }
    }

    @Test func pageZeroIsAWrongSlice() async throws {
        try await withSandbox { sandbox in
            let zero = try await sandbox.get(Self.all + "?page=0&page_size=10")
            #expect(zero.at("pagination", "page")?.int == 0)
            #expect(zero.at("data")?.count == 0)
            // rows[-20:-10]
            let before = try await sandbox.get(Self.all + "?page=-1&page_size=10")
            let rows = try await sandbox.get(Self.all).strings("data", each: "id")
            #expect(before.strings("data", each: "id") == Array(rows[15..<25]))
        }
    }

    @Test func aBadNumberIsA422InTheServicesWords() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(Self.all + "?page=abc")
            #expect(
                reply.text == #"{"detail":[{"type":"int_parsing","loc":["query","page"],"#
                    + #""msg":"Input should be a valid integer, unable to parse string as an integer","input":"abc"}]}"#
            )
        }
    }

    @Test func anUnknownWorkspaceIsA500() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(nemoList + "/nope/deployments")
            #expect(reply.status == 500)
            #expect(reply.text == #"{"detail":"Failed to list deployments"}"#)
        }
    }

    @Test func anEmptyWorkspaceHasOnePageOfNothing() async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(nemoList + "/default/deployments")
            #expect(reply.status == 200)
            #expect(
                reply.text == #"{"data":[],"pagination":{"page":1,"page_size":100,"current_page_size":0,"#
                    + #""total_pages":1,"total_results":0},"sort":"created_at"}"#)
        }
    }

    @Test(arguments: [
        ("filter%5Bname%5D%5B%24like%5D=LLAMA", true), ("filter%5Bname%5D%5B%24like%5D=zzz", false),
        ("filter%5Bstatus%5D%5B%24in%5D=READY,ERROR", true), ("filter%5Bstatus%5D=QUANTUM", false),
        ("filter%5Bcreated_at%5D%5B%24gte%5D=2001-01-01", true),
        ("filter%5Bcreated_at%5D%5B%24lt%5D=2001-01-01T00:00:00Z", false),
        ("filter=%7B%22status%22%3A%22READY%22%7D", true),
        ("filter=%7B%22%24not%22%3A%7B%22status%22%3A%7B%22%24in%22%3A%5B%22READY%22%5D%7D%7D%7D", true),
        (
            "filter=%7B%22%24and%22%3A%5B%7B%22status%22%3A%22READY%22%7D%2C%7B%22status%22%3A%22LOST%22%7D%5D%7D",
            false
        ),
    ])
    func filtersComeInBracketsAndAsJSON(_ query: String, _ finds: Bool) async throws {
        try await withSandbox { sandbox in
            let reply = try await sandbox.get(Self.all + "?all_versions=true&" + query)
            #expect(reply.status == 200)
            #expect(((reply.at("data")?.count ?? 0) > 0) == finds)
        }
    }

    @Test func badFiltersAre400InTheServicesWords() async throws {
        try await withSandbox { sandbox in
            let field = try await sandbox.get(Self.all + "?filter%5Bbogus%5D=1")
            #expect(field.status == 400)
            #expect(
                field.at("detail")?.string
                    == "Unknown filter field 'bogus'. Valid fields: ['config', 'created_at', 'entity_type', 'id', "
                    + "'model_provider_id', 'name', 'project', 'status', 'status_message', 'updated_at', 'workspace']"
            )
            let json = try await sandbox.get(Self.all + "?filter=%7Bbad")
            #expect(json.status == 400)
            #expect(json.text == #"{"detail":"Invalid JSON in filter parameter: {bad"}"#)
        }
    }
}

extension SandboxFleet {
    /// Workspace and name of row 1, which every fleet has.
    fileprivate var nemoKeyWithPendingUpdate: (String, String)? {
        let parts = keys(.nemo).first { $0.hasPrefix("research/chat-llama-8b") }?.split(separator: "/")
        return parts.map { (String($0[0]), String($0[1])) }
    }
}
