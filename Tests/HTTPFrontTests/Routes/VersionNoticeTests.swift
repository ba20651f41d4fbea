import Deployments
import HTTPFront
import Snapshots
import Testing
import Wire

/// Notices on answers with and without earlier versions.
@Suite struct VersionNoticeTests {
    private func noticed(_ change: (inout [ModelDeployment]) -> Void) -> FrontHarness {
        FrontHarness(published: versionedLists(changing: change))
    }

    private func codes(_ front: FrontHarness, _ target: String) async throws -> [String] {
        try await front.get(target).json?["notices"]?.elements.compactMap {
            "\($0["code"]?.string ?? "") \($0["value"]?.string ?? "-") \($0["rows"]?.int ?? 0)"
        } ?? []
    }

    @Test(arguments: ["/v1/deployments?status=READY", "/v1/summary?group_by=status"])
    func anUnreadFieldOfAnEarlierVersionCountsWithAllVersionsOnly(_ target: String) async throws {
        let front = noticed { $0[2].markUnread("status") }
        #expect(try await codes(front, target) == [])
        #expect(try await codes(front, target + "&all_versions=true") == ["unread-field status 1"])
        let both = noticed {
            $0[2].markUnread("status")
            $0[0].markUnread("status")
        }
        #expect(try await codes(both, target) == ["unread-field status 1"])
        #expect(try await codes(both, target + "&all_versions=true") == ["unread-field status 2"])
        #expect(try await both.get(target + "&all_versions=true&strict=true").status == 503)
        #expect(try await front.get(target + "&strict=true").status == 200)
    }

    @Test func aCreationThatIsUnreadOnAnEarlierVersionIsUncertainForTheLatestToo() async throws {
        let front = noticed {
            $0[1].createdAt = nil
            $0[1].markUnread("created_at")
        }
        let target = "/v1/deployments?created_at.gte=1970-01-01T00:02:30Z"
        #expect(try await codes(front, target) == ["unread-field created_at 1"])
        #expect(try await codes(front, target + "&all_versions=true") == ["unread-field created_at 3"])
        #expect(try await codes(front, "/v1/deployments?version_created_at.gte=1970-01-01") == [])
    }

    @Test func theNoticesOfAFurtherPageAreThoseOfItsVersions() async throws {
        let front = noticed { $0[2].markUnread("status") }
        let target = "/v1/deployments?sort=status&page_size=2"
        for (query, expected) in [(target, []), (target + "&all_versions=true", ["unread-field status 1"])] {
            let token = try #require(try await front.get(query).nextPageToken)
            #expect(try await codes(front, "/v1/deployments?page_token=\(token)") == expected)
        }
    }

    @Test func aVersionOfADeploymentHasNoNoticeOnAFieldThatItOnlyShows() async throws {
        let front = noticed { $0[2].markUnread("status") }
        let reply = try await front.get("/v1/deployments/research/ml-prod/chat?version=2&strict=true")
        #expect(reply.status == 200 && reply["Rollcall-Notices"] == nil)
        #expect(reply.json?["data"]?["unread"]?.elements.compactMap(\.string) == ["status"])
    }

    /// What it holds back may be earlier versions only, but these have a part in every row's `created_at`.
    @Test func heldVersionsAreNotedWhicheverAreListed() async throws {
        var published = versionedLists()
        published.sources[0].held = SourceStatus.Held(rows: 2, since: time(960))
        let front = FrontHarness(published: published)
        for target in ["/v1/deployments?", "/v1/deployments?all_versions=true&"] {
            #expect(try await codes(front, target) == ["rows-held - 2"])
            #expect(try await front.get(target).json?["pagination"]?["total_is"]?.string == "as_of")
            #expect(try await front.get(target + "strict=true").status == 503)
            #expect(try await codes(front, target + "source=ali") == [])
        }
    }
}
