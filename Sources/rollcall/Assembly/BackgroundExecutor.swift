import Glibc
import ServiceLifecycle
import Synchronization
import Upstream

/// Runs tasks on threads of the process that give way to all others: to refresh a large list takes both of a small
/// machine's cores for a second, which readers who have a list should not notice.
///
/// A nice value of 10 is a tenth of another thread's share where both want the same core, and all of it where nobody
/// else wants it: lists are renewed on a busy machine too, only later.
final class BackgroundExecutor: TaskExecutor {
    /// As many threads as there are cores, from first use to the process's end.
    static let shared = BackgroundExecutor(threads: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    private static let niceness: Int32 = 10

    private struct State {
        /// The next one first; there are a few at most for each page or piece of a list.
        var jobs: [UnownedJob] = []
        /// Threads that wait for a byte, or are about to.
        var sleepers = 0
    }

    private let state = Mutex(State())
    /// A pipe through which a byte wakes one sleeper: its ends to read from, and to write to.
    private let bell: (Int32, Int32)

    /// nil where the system has no descriptor or no thread left.
    private init?(threads: Int) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        bell = (ends[0], ends[1])
        let started = (0..<threads).count { _ in startThread { self.work() } }
        guard started > 0 else { return nil }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isAnyoneAsleep = state.withLock { state in
            state.jobs.append(job)
            guard state.sleepers > 0 else { return false }
            state.sleepers -= 1
            return true
        }
        // No more bytes than threads are ever under way, so this never blocks.
        if isAnyoneAsleep { _ = write(bell.1, [UInt8(0)], 1) }
    }

    private func work() {
        // Linux counts niceness by thread, whatever POSIX says of processes.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness)
        var byte: [UInt8] = [0]
        while true {
            let next = state.withLock { state in
                guard state.jobs.isEmpty else { return UnownedJob?.some(state.jobs.removeFirst()) }
                state.sleepers += 1
                return nil
            }
            if let next {
                next.runSynchronously(on: asUnownedTaskExecutor())
            } else {
                while read(bell.0, &byte, 1) != 1 {}
            }
        }
    }
}

/// A service whose tasks, and theirs, run in the background.
struct InBackground<Inner: Service>: Service {
    let service: Inner

    func run() async throws {
        try await withTaskExecutorPreference(BackgroundExecutor.shared) { try await service.run() }
    }
}
