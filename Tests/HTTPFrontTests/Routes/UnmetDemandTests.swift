import Deployments
import Testing
import Wire

/// Unmet demands in responses, and with `strict=true`.
@Suite struct UnmetDemandTests {
    @Test(arguments: UnmetDemand.allCases)
    func anUnmetDemandIsReportedPerSource(_ reason: UnmetDemand) async throws {
        let (front, _) = FrontHarness.reading(unmet: ["ali": reason])
        let reply = try await front.get("/v1/deployments?max_age=1&fields=uid")
        #expect(reply.status == 200)
        #expect(reply.json?["complete"]?.bool == true)
        #expect(reply.json?["fresh"]?.bool == false)
        #expect(reply.json?["pagination"]?["total_is"]?.string == "as_of")
        let sources = try #require(reply.json?["sources"]).elements
        #expect(sources.map { $0["state"]?.string } == ["fresh", "fresh"])
        #expect(sources.map { $0["demand"]?.string } == [nil, reason.rawValue])
        #expect(
            reply.body.hasSuffix(
                #""partitions":{"total":1,"listed":1,"proven":1},"error":null,"demand":"\#(reason.rawValue)"}],"#
                    + #""sources_total":{"fresh":2,"stale":0,"loading":0,"failed":0}}"#
            ))
        #expect(reply["Rollcall-Fresh"] == "?0" && reply["Rollcall-Complete"] == "?1")
        #expect(
            reply["Rollcall-Sources"] == "ali;state=fresh;demand=\(reason.rawValue), research;state=fresh")
        #expect(reply["Cache-Control"] == "private, no-cache")
    }

    @Test func oneDeploymentTellsItToo() async throws {
        let (front, _) = FrontHarness.reading(unmet: ["ali": .budget])
        let reply = try await front.get("/v1/deployments/ali/qwen-1", ["Cache-Control": "no-cache"])
        #expect(reply.json?["fresh"]?.bool == false)
        #expect(reply.json?["sources"]?.elements.first?["demand"]?.string == "budget")
    }

    @Test func aSourceThatIsNotReachedDoesNotCount() async throws {
        let (front, _) = FrontHarness.reading(unmet: ["ali": .budget, "other": .timeout])
        let reply = try await front.get("/v1/deployments?source=research&max_age=1")
        #expect(reply.json?["fresh"]?.bool == true)
        #expect(!reply.body.contains("demand"))
    }

    @Test func withoutADemandNoneIsUnmet() async throws {
        for headers in [[:], ["Cache-Control": "only-if-cached"]] {
            let (front, _) = FrontHarness.reading(unmet: ["ali": .timeout])
            let reply = try await front.get("/v1/deployments?strict=true", headers)
            #expect(reply.status == 200)
            #expect(reply.json?["fresh"]?.bool == true)
        }
    }

    private enum Standing: CaseIterable {
        case fresh, stale, partial, unlisted

        var ali: SourceStatus {
            switch self {
            case .fresh: return .listed(.ali, count: 1)
            case .stale: return .listed(.ali, count: 1, observed: 100).failing(.timeout, "slow")
            case .partial:
                var status = SourceStatus.listed(.ali, count: 1)
                status.partitions.total = 2
                return status
            case .unlisted: return .unlisted(.ali)
            }
        }
    }

    /// Incomplete is 503; complete, with a demand that was given and not met, 504; stale alone is served.
    @Test func strictWantsACompleteAnswerAndItsOwnDemandMet() async throws {
        let expected: [(Standing, demand: String, unmet: Bool, status: Int, type: String)] = [
            (.fresh, "", false, 200, ""), (.stale, "", false, 200, ""),
            (.partial, "", false, 503, "incomplete"), (.unlisted, "", false, 503, "incomplete"),
            (.fresh, "&max_age=1", false, 200, ""), (.fresh, "&max_age=1", true, 504, "not-fresh-enough"),
            (.stale, "&max_age=1", true, 504, "not-fresh-enough"),
            (.partial, "&max_age=1", true, 503, "incomplete"),
            (.unlisted, "&max_age=1", true, 503, "incomplete"),
        ]
        for (standing, demand, isUnmet, status, type) in expected {
            let (front, _) = FrontHarness.reading(
                examplePublished(ali: standing.ali), unmet: isUnmet ? ["ali": .minInterval] : [:])
            let reply = try await front.get("/v1/deployments?strict=true\(demand)")
            #expect(reply.status == status, "\(standing) \(demand)")
            let loose = try await front.get("/v1/deployments?strict=false\(demand)")
            #expect(loose.status == 200, "\(standing) \(demand)")
            guard status != 200 else { continue }
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:\(type)")
            #expect(reply["Content-Type"] == "application/problem+json")
            #expect(reply["Rollcall-Sources"] == loose["Rollcall-Sources"])
            let sources = try #require(reply.json?["sources"]).elements
            #expect(sources.map { $0["name"]?.string } == ["research", "ali"])
            #expect(sources.last?["demand"]?.string == (isUnmet ? "min_interval" : nil))
            #expect((reply["Retry-After"] != nil) == (status == 503))
        }
    }

    @Test func theRetryAfterOfAnIncompleteAnswerIsItsSourcesNextAttempt() async throws {
        var research = SourceStatus.listed(.research, count: 3)
        research.nextAttemptAt = time(1001)
        var ali = Standing.partial.ali
        ali.nextAttemptAt = time(1030)
        let (front, _) = FrontHarness.reading(examplePublished(research: research, ali: ali))
        #expect(try await front.get("/v1/deployments?strict=true")["Retry-After"] == "30")
    }

    @Test func strictHoldsForOneDeployment() async throws {
        let (partial, _) = FrontHarness.reading(examplePublished(ali: Standing.partial.ali))
        #expect(try await partial.get("/v1/deployments/ali/qwen-1").status == 200)
        let incomplete = try await partial.get("/v1/deployments/ali/qwen-1?strict=true")
        #expect(incomplete.json?["type"]?.string == "urn:rollcall:problem:incomplete")
        // A list too old for the caller does not prove to it that a deployment is not there.
        let (old, _) = FrontHarness.reading(unmet: ["ali": .timeout])
        #expect(try await old.get("/v1/deployments/ali/none?max_age=1").status == 404)
        #expect(try await old.get("/v1/deployments/ali/none?max_age=1&strict=true").status == 504)
        #expect(try await old.get("/v1/deployments/ali/qwen-1?max_age=1&strict=true").status == 504)
        #expect(try await old.get("/v1/deployments/nope/none?max_age=1&strict=true").status == 404)
    }

    @Test(arguments: ["", "?strict=true", "?max_age=1&strict=true"])
    func withoutAnyListThereIsNoDataWhateverIsDemanded(_ query: String) async throws {
        let nothing = examplePublished(research: .unlisted(.research), ali: .unlisted(.ali))
        for headers in [[:], ["Cache-Control": "only-if-cached, max-age=5"]] {
            let (front, _) = FrontHarness.reading(nothing, unmet: ["ali": .timeout, "research": .timeout])
            let reply = try await front.get("/v1/deployments\(query)", headers)
            #expect(reply.status == 503)
            #expect(reply.json?["type"]?.string == "urn:rollcall:problem:no-data")
            #expect(reply["Retry-After"] == "1")
        }
    }

    @Test func onlyIfCachedWithAnAgeIsRefusedOnlyWhereStrict() async throws {
        let headers = ["Cache-Control": "only-if-cached, max-age=5"]
        let (front, _) = FrontHarness.reading(unmet: ["ali": .timeout])
        let served = try await front.get("/v1/deployments", headers)
        #expect(served.status == 200)
        #expect(served.json?["sources"]?.elements.last?["demand"]?.string == "timeout")
        #expect(served["Cache-Status"] == "rollcall; hit; ttl=20")
        #expect(try await front.get("/v1/deployments?strict=true", headers).status == 504)
    }

    /// The tag depends on `fresh`, not on the reason.
    @Test func theTagChangesWithFreshNotWithTheReason() async throws {
        func tag(_ unmet: [String: UnmetDemand], ali: SourceStatus = .listed(.ali, count: 1)) async throws
            -> String
        {
            let (front, _) = FrontHarness.reading(examplePublished(ali: ali), unmet: unmet)
            return try #require(
                try await front.get("/v1/deployments", ["Cache-Control": "no-cache"])["ETag"])
        }
        let met = try await tag([:])
        let tags = [
            try await tag(["ali": .budget]), try await tag(["ali": .timeout]),
            try await tag(["ali": .timeout, "research": .minInterval]),
        ]
        #expect(Set(tags).count == 1)
        #expect(tags.first != met)
        let stale = Standing.stale.ali
        #expect(try await tag([:], ali: stale) == (try await tag(["ali": .budget], ali: stale)))
        // The demand itself, in the header, has no effect on it.
        let plain = try await FrontHarness.reading().0.get("/v1/deployments")["ETag"]
        #expect(plain == met)
    }
}
