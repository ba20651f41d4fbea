import Deployments
import HTTPFront
import Testing
import Wire

/// The problems of updates as clients get them.
@Suite struct UpdateProblemTests {
    private func reply(
        _ problem: UpdateProblem, audit: String? = "a1"
    ) async throws -> FrontHarness.Reply {
        let updates = ScriptedUpdates { _ in UpdateAnswer(.problem(problem), auditID: audit) }
        let reply = try await FrontHarness.updating(updates).patch()
        #expect(updates.refusals.isEmpty)
        return reply
    }

    @Test(arguments: [
        (UpdateProblem.Kind.invalidBody, 422), (.tooLarge, 413), (.unsupportedMediaType, 415),
        (.invalidParameter, 400), (.forbidden, 403), (.writesOff, 403), (.notFound, 404),
        (.methodNotAllowed, 405), (.noData, 503), (.keyReused, 422), (.conflict, 409),
        (.preconditionFailed, 412), (.notFreshEnough, 504), (.tooManyRequests, 429),
        (.storeUnavailable, 503), (.upstreamRefused, 502), (.outcomeUnknown, 504), (.internal, 500),
    ])
    func everyKindHasItsStatus(_ kind: UpdateProblem.Kind, _ status: Int) async throws {
        let reply = try await reply(UpdateProblem(kind, "what is wrong"))
        #expect(reply.status == status)
        #expect(reply.json?["type"]?.string == "urn:rollcall:problem:\(kind.rawValue)")
        #expect(reply.json?["title"]?.string?.isEmpty == false)
        #expect(reply.json?["detail"]?.string == "what is wrong")
        #expect(reply.json?["audit"]?.string == "a1" && reply["Rollcall-Audit"] == "a1")
        #expect(reply["Idempotency-Key"]?.utf8.count == 32 && reply["Cache-Control"] == "no-store")
        let retries: [UpdateProblem.Kind] = [.noData, .conflict, .tooManyRequests, .storeUnavailable]
        #expect((reply["Retry-After"] == "1") == retries.contains(kind))
        #expect((reply["Location"] == "/v1/audit/a1") == (kind == .outcomeUnknown))
        #expect((reply["Allow"] == "GET, HEAD") == (kind == .methodNotAllowed))
        #expect((reply["Accept-Patch"] != nil) == (kind == .unsupportedMediaType))
    }

    @Test func everyKindIsTested() { #expect(UpdateProblem.Kind.allCases.count == 18) }

    @Test func aRevisionIsToldWhereTheRowHasAnother() async throws {
        let reply = try await reply(
            UpdateProblem(.preconditionFailed, "it has changed", revision: "9b84943f525502a8"))
        #expect(reply.json?["revision"]?.string == "9b84943f525502a8")
    }

    @Test func aRefusalOfThePlatformHasItsClassAndItsMembers() async throws {
        let reply = try await reply(
            UpdateProblem(
                .upstreamRefused, "the platform refused it: 400",
                mistakes: [
                    UpdateMistake("config", "was refused"),
                    UpdateMistake("capacity.desird", "cannot be changed", didYouMean: "capacity.desired"),
                ], errorClass: .rejected))
        #expect(
            reply.body.hasSuffix(
                """
                "errors":[{"member":"config","detail":"was refused","did_you_mean":null},\
                {"member":"capacity.desird","detail":"cannot be changed","did_you_mean":"capacity.desired"}],\
                "class":"rejected","audit":"a1"}
                """))
    }

    @Test(arguments: [(Duration.milliseconds(1), "1"), (.seconds(7), "7"), (.milliseconds(7001), "8")])
    func aPauseIsToldInWholeSeconds(_ pause: Duration, _ seconds: String) async throws {
        let reply = try await reply(UpdateProblem(.tooManyRequests, "later", retryAfter: pause))
        #expect(reply["Retry-After"] == seconds)
    }

    @Test(arguments: [
        UpdateProblem.Kind.noData, .notFreshEnough, .tooManyRequests, .conflict,
    ])
    func aProblemOfTheSourceNamesIt(_ kind: UpdateProblem.Kind) async throws {
        let reply = try await reply(UpdateProblem(kind, "x"))
        #expect(reply.json?["sources"]?.elements.map { $0["name"]?.string } == ["research"])
        #expect(reply["Rollcall-Sources"] == "research;state=fresh")
    }

    @Test func withoutARecordThereIsNoLink() async throws {
        let reply = try await reply(UpdateProblem(.storeUnavailable, "locked"), audit: nil)
        #expect(reply["Rollcall-Audit"] == nil && reply["Location"] == nil)
        #expect(reply.json?["audit"] == nil)
    }

    @Test func aClientsTextThatLooksLikeASecretIsCut() async throws {
        let secret = "sk-0123456789abcdef0123456789abcdef"
        let reply = try await reply(
            UpdateProblem(.invalidBody, "a member is wrong", mistakes: [UpdateMistake(secret, "x")]))
        #expect(!reply.body.contains(secret) && reply.body.contains("sk-0…"))
    }
}
