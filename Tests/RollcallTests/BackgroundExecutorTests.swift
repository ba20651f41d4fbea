import Glibc
import Testing

@testable import rollcall

@Suite(.timeLimit(.minutes(10))) struct BackgroundExecutorTests {
    @Test(arguments: [true, false])
    func everyJobRunsHoweverManyThereAre(_ isNice: Bool) async throws {
        let executor = try #require(BackgroundExecutor(isNice: isNice))
        let sum = await withTaskExecutorPreference(executor) {
            await withTaskGroup(of: Int.self) { group in
                for number in 1...2000 {
                    group.addTask {
                        await Task.yield()
                        return number
                    }
                }
                return await group.reduce(0, +)
            }
        }
        #expect(sum == 2_001_000)
    }

    /// Disabled where niceness cannot be restored: threads started by other tests' nice threads would stay
    /// nice.
    @Test(.enabled(if: BackgroundExecutor.canRestoreNiceness()), arguments: [true, false])
    func onlyTasksInTheBackgroundGiveWay(_ isNice: Bool) async throws {
        let own = await niceness()
        let executor = try #require(BackgroundExecutor(isNice: isNice))
        #expect(await withTaskExecutorPreference(executor) { await niceness() } == (isNice ? 10 : own))
        #expect(await niceness() == own)
    }

    @Test func jobsOfOneThreadFollowOneAnother() async throws {
        let executor = try #require(BackgroundExecutor(isNice: false))
        let threads = await withTaskExecutorPreference(executor) {
            await withTaskGroup(of: pthread_t.self) { group in
                for _ in 0..<50 { group.addTask { pthread_self() } }
                return await group.reduce(into: Set<pthread_t>()) { $0.insert($1) }
            }
        }
        #expect(threads.count == 1)
    }

    @concurrent
    private func niceness() async -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
}
