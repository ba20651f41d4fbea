import Adapters
import TestSupport
import Testing
import Upstream

/// The memory for answers is limited over all sources, and nobody fails for having to wait for it.
@Suite(.timeLimit(.minutes(10))) struct AnswerBudgetTests {
    @Test func whatIsFreeIsTakenAndComesBack() async throws {
        let budget = AnswerBudget(bytes: 100)
        var first: AnswerShare? = try await budget.share(of: 60)
        let second = try await budget.share(of: 40)
        #expect(budget.used == 100 && first != nil)
        first = nil
        #expect(budget.used == 40)
        withExtendedLifetime(second) {}
    }

    @Test func whoComesFirstIsServedFirst() async throws {
        let budget = AnswerBudget(bytes: 100)
        var held: AnswerShare? = try await budget.share(of: 60)
        let served = Shared<[Int]>([])
        await withTaskGroup(of: Void.self) { group in
            // The second would fit, but not before the first.
            for (number, bytes) in [80, 10, 10].enumerated() {
                group.addImmediateTask {
                    guard let share = try? await budget.share(of: bytes) else { return }
                    served.withLock { $0.append(number) }
                    withExtendedLifetime(share) {}
                }
            }
            #expect(budget.waiting == 3 && budget.used == 60 && held != nil)
            held = nil
        }
        #expect(served.withLock { $0.first } == 0)
        #expect(served.withLock { $0.count } == 3 && budget.used == 0)
    }

    @Test func whatIsLargerThanTheLimitIsReadAlone() async throws {
        let budget = AnswerBudget(bytes: 100)
        var small: AnswerShare? = try await budget.share(of: 1)
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addImmediateTask {
                let share = try await budget.share(of: 500)
                return withExtendedLifetime(share) { budget.used }
            }
            #expect(budget.waiting == 1 && small != nil)
            small = nil
            let used = try await group.next()
            #expect(used == 500)
        }
        #expect(budget.used == 0)
    }

    @Test func whoIsCancelledInLineTakesNothing() async throws {
        let budget = AnswerBudget(bytes: 100)
        let held = try await budget.share(of: 60)
        await withTaskGroup(of: Bool.self) { group in
            group.addImmediateTask { (try? await budget.share(of: 80)) == nil }
            #expect(budget.waiting == 1)
            group.cancelAll()
            #expect(await group.next() == true)
        }
        #expect(budget.waiting == 0 && budget.used == 60)
        withExtendedLifetime(held) {}
    }

    @Test func whoIsCancelledInLineLetsThoseBehindItIn() async throws {
        let budget = AnswerBudget(bytes: 10)
        let held = try await budget.share(of: 6)
        await withTaskGroup(of: Int?.self) { group in
            await withTaskGroup(of: Void.self) { inner in
                inner.addImmediateTask { _ = try? await budget.share(of: 8) }
                group.addImmediateTask {
                    guard let share = try? await budget.share(of: 4) else { return nil }
                    return withExtendedLifetime(share) { budget.used }
                }
                #expect(budget.waiting == 2)
                inner.cancelAll()
            }
            let used = await group.next()
            #expect(used == 10)
        }
        #expect(budget.waiting == 0 && budget.used == 6)
        withExtendedLifetime(held) {}
    }

    @Test func anAnswerGrowsIntoWhatIsFreeOnly() async throws {
        let budget = AnswerBudget(bytes: 100)
        var share: AnswerShare? = try await budget.share(of: 10)
        var other: AnswerShare? = try await budget.share(of: 30)
        #expect(share?.grows(to: 70) == true && budget.used == 100)
        #expect(share?.grows(to: 71) == false && budget.used == 100)
        #expect(share?.grows(to: 5) == true && budget.used == 100)
        #expect(other != nil)
        other = nil
        // Alone it may be as large as its own limit lets it be.
        #expect(share?.grows(to: 700) == true && budget.used == 700)
        share?.settle(at: 20)
        #expect(budget.used == 20)
        share = nil
        #expect(budget.used == 0)
    }
}
