import Glibc
import ServiceLifecycle
import Synchronization
import Upstream

/// Runs tasks on threads of the process that leave the machine to all others: to refresh a large list takes both of a
/// small machine's cores for a second, which readers who have a list should not notice.
///
/// A nice value of 10 is a tenth of another thread's share where both want the same core, and all of it where nobody
/// else wants it: lists are renewed on a busy machine too, only later. A thread takes the nice value of the one that
/// starts it, and threads that answer readers may be started from here: where they could not take theirs back, which
/// an ordinary user may not without `RLIMIT_NICE`, there is one thread that is like all others instead.
final class BackgroundExecutor: TaskExecutor {
    /// The process's own, from first use to its end, since threads outlive whoever would own them; nil where the system
    /// has none left.
    static let shared = BackgroundExecutor(isNice: mayComeBack())

    private static let niceness: Int32 = 10
    /// On a machine of many cores too, whose cores may be others' by a quota that nice values know nothing of.
    private static let threadLimit = 4

    private struct State {
        /// The next one first; there are a few at most for each page or piece of a list.
        var jobs: [UnownedJob] = []
        /// Threads that wait for a byte, or are about to.
        var sleepers = 0
    }

    /// Whether its threads give way, else there is but one.
    let isNice: Bool
    private let state = Mutex(State())
    /// A pipe through which a byte wakes one sleeper: its ends to read from, and to write to.
    private let bell: (Int32, Int32)

    /// As many nice threads as there are cores, up to a limit, or one that is not.
    ///
    /// nil where the system has no descriptor or no thread left.
    init?(isNice: Bool) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        self.isNice = isNice
        bell = (ends[0], ends[1])
        let cores = min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), Self.threadLimit)
        let started = (0..<(isNice ? cores : 1)).count { _ in startThread { self.work() } }
        guard started > 0 else {
            close(ends[0])
            close(ends[1])
            return nil
        }
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
        if isNice { _ = setNiceness(Self.niceness) }
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

    /// Whether a thread may become nice and then be as it was, tried in one that ends.
    static func mayComeBack() -> Bool {
        let before = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return false }
        defer {
            close(ends[0])
            close(ends[1])
        }
        let done = ends[1]
        let isStarted = startThread {
            let verdict: UInt8 = setNiceness(niceness) && setNiceness(before) ? 1 : 0
            _ = write(done, [verdict], 1)
        }
        var verdict: [UInt8] = [0]
        while isStarted, read(ends[0], &verdict, 1) != 1 {}
        return verdict[0] == 1
    }
}

/// Sets the calling thread's own: Linux counts niceness by thread, whatever POSIX says of processes.
private func setNiceness(_ niceness: Int32) -> Bool {
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) == 0
}

/// A service whose tasks, and theirs, run in the background.
struct InBackground<Inner: Service>: Service {
    let service: Inner

    func run() async throws {
        try await withTaskExecutorPreference(BackgroundExecutor.shared) { try await service.run() }
    }
}
