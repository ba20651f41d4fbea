import Glibc
import ServiceLifecycle
import Synchronization
import Upstream

/// Runs tasks on threads of low priority: refreshing a large list takes both cores of a small machine for a
/// second, which readers should not notice.
///
/// A thread with a nice value of 10 gets a tenth of another thread's share of a contended core, and all of an
/// idle one: on a busy machine lists are still refreshed, only later. A thread inherits the nice value of the
/// thread that starts it, and threads that answer readers may be started from here. An ordinary user may
/// lower their nice value again only with `RLIMIT_NICE`; where that is not possible, one thread of normal
/// priority is used instead.
final class BackgroundExecutor: TaskExecutor {
    /// The process's own executor, from first use to the process's end, since its threads outlive any owner.
    ///
    /// nil where the system has no thread left.
    static let shared = BackgroundExecutor(isNice: canRestoreNiceness())

    private static let niceness: Int32 = 10
    /// The largest number of threads, even on a machine with many cores: a CPU quota may allow fewer, and
    /// nice values do not take it into account.
    private static let threadLimit = 4

    private struct State {
        /// The jobs in order of arrival; there are only a few for each page or piece of a list.
        var jobs: [UnownedJob] = []
        /// The number of threads that wait for a wakeup byte, or are about to.
        var sleepers = 0
    }

    /// True if its threads have low priority; false if it has one thread of normal priority.
    let isNice: Bool
    private let state = Mutex(State())
    /// A pipe in which each byte wakes one sleeping thread.
    private let wakeups: (readEnd: Int32, writeEnd: Int32)

    /// Starts a low-priority thread for each core, up to ``threadLimit``, or one thread of normal priority.
    ///
    /// nil where the system has no descriptor or no thread left.
    init?(isNice: Bool) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        self.isNice = isNice
        wakeups = (ends[0], ends[1])
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
        let wakesThread = state.withLock { state in
            state.jobs.append(job)
            guard state.sleepers > 0 else { return false }
            state.sleepers -= 1
            return true
        }
        // The pipe never holds more bytes than there are threads, so this never blocks.
        if wakesThread { _ = write(wakeups.writeEnd, [UInt8(0)], 1) }
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
                while read(wakeups.readEnd, &byte, 1) != 1 {}
            }
        }
    }

    /// True if a thread may raise its nice value and then restore it; tested on a short-lived thread.
    static func canRestoreNiceness() -> Bool {
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

/// Sets the calling thread's nice value: on Linux it belongs to the thread, though POSIX gives it to the
/// process.
private func setNiceness(_ niceness: Int32) -> Bool {
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness) == 0
}

/// Runs a service, with all its child tasks, on the background executor.
struct BackgroundService<Inner: Service>: Service {
    let service: Inner

    func run() async throws {
        try await withTaskExecutorPreference(BackgroundExecutor.shared) { try await service.run() }
    }
}
