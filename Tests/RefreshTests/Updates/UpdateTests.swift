import Deployments
import Refresh
import TestSupport
import Testing
import Wire

/// The way of an update from its order to its outcome.
@Suite(.timeLimit(.minutes(10))) struct UpdateTests {
    private func problem(_ answer: UpdateAnswer) -> UpdateProblem? {
        if case .problem(let problem) = answer.form { problem } else { nil }
    }

    @Test func anUpdateIsRecordedSentOnceAndAnsweredOnceTheListShowsIt() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order())
            guard case .shown = answer.form else {
                Issue.record("not shown: \(answer.form)")
                return
            }
            #expect(updates.source.effects == ["large"] && updates.source.sent == 1)
            let record = try #require(updates.log.records.first)
            #expect(updates.log.records.count == 1 && record.id == answer.auditID)
            #expect(record.outcome == .applied && record.shownAt != nil && record.problem == nil)
            #expect(record.actor == AuditRecord.Actor(token: "ops", address: "192.0.2.7"))
            let before = try #require(record.before.flatMap { ModelDeployment(encoded: $0) })
            let after = try #require(record.after.flatMap { ModelDeployment(encoded: $0) })
            #expect(before.config == "small" && after.config == "large" && after.version == 2)
            #expect(before.owner == nil && after.owner == nil)
        }
    }

    @Test func theRecordIsPendingWhileTheUpdateIsSent() async throws {
        let updates = UpdateHarness()
        updates.source.gate.set(isOpen: false)
        try await updates.whileRunning {
            async let answer = updates.coordinator.update(try updates.order())
            await until { updates.source.sent == 1 }
            #expect(updates.log.records.map(\.outcome) == [.pending])
            let again = await updates.coordinator.update(try updates.order())
            #expect(problem(again)?.kind == .conflict)
            let other = await updates.coordinator.update(try updates.order(key: "key-2"))
            #expect(problem(other)?.kind == .conflict)
            updates.source.gate.set(isOpen: true)
            _ = try await answer
            #expect(updates.source.effects == ["large"])
        }
    }

    @Test func theSameKeyAndBodyGetsTheFirstOutcomeAndAnotherBodyIsRefused() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            let first = await updates.coordinator.update(try updates.order())
            let again = await updates.coordinator.update(try updates.order())
            #expect(again.isReplayed && again.auditID == first.auditID)
            let other = await updates.coordinator.update(try updates.order(#"{"config": "tiny"}"#))
            #expect(problem(other)?.kind == .keyReused)
            let stranger = await updates.coordinator.update(try updates.order(token: "dev"))
            #expect(!stranger.isReplayed)
            #expect(updates.source.effects == ["large", "large"])
        }
    }

    @Test func whatWasNotSentMayBeSentAgainWithTheSameKey() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.notSent(SourceError(.unreachable, "refused")))
        try await updates.whileRunning {
            let first = await updates.coordinator.update(try updates.order())
            #expect(problem(first)?.kind == .upstreamRefused && problem(first)?.errorClass == .unreachable)
            let again = await updates.coordinator.update(try updates.order())
            #expect(!again.isReplayed && problem(again) == nil)
            #expect(updates.source.effects == ["large"])
            #expect(updates.log.records.map(\.outcome) == [.notApplied, .applied])
        }
    }

    @Test func aRefusalOfThePlatformNamesTheMembersAndIsTheOutcomeOfItsKey() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.refused(SourceError(.rejected, "HTTP 422"), members: ["config"]))
        try await updates.whileRunning {
            for isReplayed in [false, true] {
                let answer = await updates.coordinator.update(try updates.order())
                let problem = try #require(self.problem(answer))
                #expect(problem.kind == .upstreamRefused && problem.errorClass == .rejected)
                #expect(problem.mistakes.map(\.member) == ["config"])
                #expect(answer.isReplayed == isReplayed)
            }
            #expect(updates.source.sent == 1 && updates.source.effects == [])
        }
    }

    @Test func aLostAnswerIsFoundOutByTheListAndNeverSentAgain() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.appliedAndLost)
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order())
            #expect(problem(answer) == nil)
            #expect(updates.source.sent == 1 && updates.log.records.map(\.outcome) == [.applied])
        }
    }

    @Test func whatTheListDoesNotShowIsUnknownUntilItDoes() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.appliedAndLost)
        updates.source.lag(by: 20)
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order())
            #expect(problem(answer)?.kind == .outcomeUnknown && answer.auditID != nil)
            let again = await updates.coordinator.update(try updates.order())
            #expect(problem(again)?.kind == .outcomeUnknown && again.isReplayed)
            #expect(updates.log.records.map(\.outcome) == [.unknown])
            await until { updates.log.records[0].outcome != .unknown }
            #expect(updates.log.records[0].outcome == .applied && updates.log.records[0].shownAt != nil)
            #expect(updates.source.sent == 1 && updates.source.effects == ["large"])
            let resolved = await updates.coordinator.update(try updates.order())
            guard case .shown = resolved.form else {
                Issue.record("not shown: \(resolved.form)")
                return
            }
        }
    }

    @Test func anUpdateThatTheListDoesNotShowInTimeIsAnsweredByThePlatformsOwnRecord() async throws {
        let updates = UpdateHarness()
        updates.source.lag(by: 20)
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order())
            guard case .accepted(let row?) = answer.form else {
                Issue.record("not accepted: \(answer.form)")
                return
            }
            #expect(row.config == "large" && row.version == 2)
            #expect(updates.log.records.map(\.outcome) == [.applied])
            #expect(updates.log.records[0].shownAt == nil)
        }
    }

    @Test func whatThePlatformWasTooBusyForMayBeSentAgainWithTheSameKey() async throws {
        let updates = UpdateHarness()
        let busy = SourceError(.rateLimited, "HTTP 429", retryAfter: .seconds(7))
        updates.source.meet(.refused(busy, members: []))
        try await updates.whileRunning {
            let refusal = problem(await updates.coordinator.update(try updates.order()))
            #expect(refusal?.kind == .tooManyRequests && refusal?.retryAfter == .seconds(7))
            let second = await updates.coordinator.update(try updates.order())
            guard case .shown = second.form else {
                Issue.record("not shown: \(second.form)")
                return
            }
            #expect(!second.isReplayed && updates.source.effects == ["large"])
            #expect(updates.log.records.map(\.outcome) == [.notApplied, .applied])
        }
    }

    @Test func ofTwoUpdatesThatAskForTheSameTheListTellsTheLaterOneOnly() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.lost)
        try await updates.whileRunning {
            let lost = await updates.coordinator.update(try updates.order())
            #expect(problem(lost)?.kind == .outcomeUnknown)
            let done = await updates.coordinator.update(try updates.order(key: "key-2"))
            guard case .shown = done.form else {
                Issue.record("not shown: \(done.form)")
                return
            }
            try await updates.harness.clock.sleep(for: .seconds(120))
            #expect(updates.log.records.map(\.outcome) == [.unknown, .applied])
        }
    }

    @Test func whoNamesSourcesThatDoNotExistMakesNoListsOfThem() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            for uid in ["beta/chat", "gamma/chat"] {
                _ = await updates.coordinator.update(try updates.order(uid: uid))
            }
            #expect(updates.log.records.map(\.origin.description.name) == ["-", "-"])
            #expect(updates.log.records.map(\.deployment) == ["beta/chat", "gamma/chat"])
        }
    }

    @Test func aSecretInPlaceOfANameIsCutInTheRecordToo() async throws {
        let updates = UpdateHarness()
        let secret = "sk-a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6"
        try await updates.whileRunning {
            _ = await updates.coordinator.update(try updates.order(#"{"\#(secret)": 1}"#))
            #expect(updates.log.records.map { $0.problem?.mistakes.map(\.member) } == [["sk-a…", "config"]])
            #expect(!updates.log.records.contains { "\($0)".contains(secret) })
        }
    }

    @Test func aLostUpdateStaysUnknown() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.lost)
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order())
            #expect(problem(answer)?.kind == .outcomeUnknown)
            let lists = updates.source.lists
            try await updates.harness.clock.sleep(for: .seconds(120))
            // The source is fetched for it, at growing intervals.
            #expect((lists + 3...lists + 12).contains(updates.source.lists))
            #expect(updates.log.records.map(\.outcome) == [.unknown] && updates.source.sent == 1)
        }
    }

    @Test func nothingIsSentWhereItCannotBeRecorded() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            updates.log.fail(with: AuditLogError("the disk is full"))
            let answer = await updates.coordinator.update(try updates.order())
            #expect(problem(answer)?.kind == .storeUnavailable && answer.auditID == nil)
            #expect(updates.source.sent == 0)
        }
    }

    @Test(arguments: [
        (#"{}"#, [""]), (#"[]"#, [""]), (#"{"config_version": 2}"#, ["config"]),
        (#"{"config": 7}"#, ["config"]), (#"{"config": null}"#, ["config"]),
        (#"{"config": "x", "config_version": 0}"#, ["config_version"]),
        (#"{"config": "x", "config_version": 1.5}"#, ["config_version"]),
        (#"{"config": "x", "status": "READY", "cfg": 1}"#, ["status", "cfg"]),
        (#"{"config": "forbidden"}"#, ["config"]),
    ])
    func mistakesInTheBodyAreToldBeforeAnythingIsSent(body: String, members: [String]) async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            for isDryRun in [false, true] {
                let answer = await updates.coordinator.update(try updates.order(body, isDryRun: isDryRun))
                let problem = try #require(self.problem(answer))
                #expect(problem.kind == .invalidBody && problem.mistakes.map(\.member) == members)
            }
            #expect(updates.source.sent == 0)
            #expect(updates.log.records.map(\.outcome) == [.refused, .refused])
            #expect(updates.log.records.map(\.action) == [.update, .dryRun])
        }
    }

    @Test func aDryRunShowsWhatWouldBeSentAndSendsNothing() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order(isDryRun: true))
            guard case .planned(let planned) = answer.form else {
                Issue.record("not planned: \(answer.form)")
                return
            }
            #expect(planned.before.config == "small" && planned.after.config == "large")
            #expect(planned.request.method == "POST")
            #expect(updates.source.sent == 0 && updates.log.records.map(\.action) == [.dryRun])
            #expect(updates.log.records.map(\.outcome) == [.notApplied])
            // It uses up no key.
            let real = await updates.coordinator.update(try updates.order())
            #expect(!real.isReplayed && updates.source.effects == ["large"])
        }
    }

    @Test(arguments: [
        (true, false, "alpha/chat", UpdateProblem.Kind.methodNotAllowed),
        (false, true, "alpha/chat", .writesOff), (true, true, "alpha/none", .notFound),
        (true, true, "beta/chat", .notFound),
    ])
    func whatCannotBeChangedSaysWhy(
        takesUpdates: Bool, isUpdatable: Bool, uid: String, kind: UpdateProblem.Kind
    ) async throws {
        let updates = UpdateHarness(source: {
            ChangeableSource(takesUpdates: takesUpdates, isUpdatable: isUpdatable, now: $0)
        })
        try await updates.whileRunning {
            let answer = await updates.coordinator.update(try updates.order(uid: uid))
            #expect(problem(answer)?.kind == kind)
            #expect(updates.source.sent == 0 && updates.log.records.map(\.outcome) == [.refused])
        }
    }
}

/// Conditions on the revision that a client knows.
@Suite(.timeLimit(.minutes(10))) struct UpdateConditionTests {
    private func problem(_ answer: UpdateAnswer) -> UpdateProblem? {
        if case .problem(let problem) = answer.form { problem } else { nil }
    }

    @Test func theRevisionIsJudgedByAFreshList() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            let known = try #require(updates.revision)
            updates.source.change(to: "other")
            let answer = await updates.coordinator.update(try updates.order(revision: known))
            let problem = try #require(self.problem(answer))
            #expect(problem.kind == .preconditionFailed && problem.revision == updates.revision)
            #expect(problem.revision != known && updates.source.sent == 0)
            let lists = updates.source.lists
            let second = await updates.coordinator.update(try updates.order(revision: problem.revision))
            #expect(self.problem(second) == nil && updates.source.effects == ["large"])
            #expect(updates.source.lists > lists)
        }
    }

    @Test func ofTwoClientsWithOneRevisionOneSucceeds() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            let known = try #require(updates.revision)
            async let first = updates.coordinator.update(try updates.order(key: "a", revision: known))
            async let second = updates.coordinator.update(try updates.order(key: "b", revision: known))
            let problems = try await [first, second].map { problem($0)?.kind }
            #expect(problems.count { $0 == nil } == 1)
            #expect(problems.contains(.conflict) || problems.contains(.preconditionFailed))
            let later = await updates.coordinator.update(try updates.order(key: "c", revision: known))
            #expect(problem(later)?.kind == .preconditionFailed)
            #expect(updates.source.effects == ["large"])
        }
    }

    @Test func whileAnUpdateIsNotShownNoRevisionCanBeJudged() async throws {
        let updates = UpdateHarness()
        updates.source.lag(by: 20)
        try await updates.whileRunning {
            let known = try #require(updates.revision)
            _ = await updates.coordinator.update(try updates.order(key: "a", revision: known))
            let answer = await updates.coordinator.update(try updates.order(key: "b", revision: known))
            #expect(problem(answer)?.kind == .preconditionFailed && problem(answer)?.revision == nil)
            #expect(updates.source.effects == ["large"])
        }
    }

    @Test func onceALaterUpdateIsShownAnUnknownOneIsNotWaitedFor() async throws {
        let updates = UpdateHarness()
        updates.source.meet(.lost)
        try await updates.whileRunning {
            _ = await updates.coordinator.update(try updates.order(key: "a"))
            let refused = await updates.coordinator.update(
                try updates.order(key: "b", revision: updates.revision))
            #expect(problem(refused)?.kind == .preconditionFailed && updates.source.effects == [])
            _ = await updates.coordinator.update(try updates.order(#"{"config": "huge"}"#, key: "c"))
            #expect(updates.source.effects == ["huge"])
            let answer = await updates.coordinator.update(
                try updates.order(key: "d", revision: updates.revision))
            guard case .shown = answer.form else {
                Issue.record("not shown: \(answer.form)")
                return
            }
            #expect(updates.source.effects == ["huge", "large"])
        }
    }

    @Test func withoutAFreshListNothingIsSent() async throws {
        let updates = UpdateHarness()
        try await updates.whileRunning {
            let known = try #require(updates.revision)
            updates.source.failLists(with: SourceError(.serverError, "HTTP 500"))
            let answer = await updates.coordinator.update(try updates.order(revision: known))
            #expect(problem(answer)?.kind == .notFreshEnough && updates.source.sent == 0)
        }
    }
}
