import Dispatch
import Foundation

/// One measurement per process: `rollcall-bench ours 100000` prints seconds, peak bytes, bytes read and
/// processor seconds, and `rollcall-bench jsondecoder 100000` those of the baseline.
///
/// Run by `Tests/Bench/run.sh`, which pairs the two and prints the ratios; `queries` prints a table of its own.
@main
struct Bench {
    /// Waits in the main thread, which callgrind needs.
    static func main() {
        let ended = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                try await run()
            } catch {
                print("\(error)")
                exit(70)
            }
            ended.signal()
        }
        ended.wait()
    }

    private static func run() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "floor", let port = Int(arguments[2]) {
            return try await serveFloor(port: port, answer: arguments[3])
        }
        if arguments.count == 4, arguments[1] == "pages", let rows = Int(arguments[2]) {
            return try writePages(ofRows: rows, into: URL(filePath: arguments[3]))
        }
        if arguments.count == 4, arguments[1] == "peak", let rows = Int(arguments[2]) {
            return try await printPeak(ofRows: rows, areTiny: arguments[3] == "tiny")
        }
        if arguments.count == 3, arguments[1] == "lookups", let rows = Int(arguments[2]) {
            return try await printLookups(ofRows: rows)
        }
        let numbers = arguments.dropFirst(2).compactMap { Int($0) }
        let commands = ["ours": 1, "jsondecoder": 1, "queries": 2, "work": 3]
        guard arguments.count == numbers.count + 2, commands[arguments[1]] == numbers.count else {
            print(
                "usage: rollcall-bench ours|jsondecoder ROWS, queries ROWS SOURCES, work ROWS SOURCES ROUNDS, peak ROWS tiny|nemo, lookups ROWS, pages ROWS FOLDER, or floor PORT ANSWER"
            )
            exit(64)
        }
        let rows = numbers[0]
        if arguments[1] == "work" {
            return try await QueryBench.work(rows: rows, sources: max(1, numbers[1]), rounds: numbers[2])
        }
        if arguments[1] == "queries" {
            return try await QueryBench.printFigures(rows: rows, sources: max(1, numbers[1]))
        }
        let pages = nemoPages(ofRows: rows)
        let before = peakBytes()
        let clock = ContinuousClock()
        let start = clock.now
        let startCPU = processorSeconds()
        // The result lives until the clock has stopped, so that its deallocation is measured on neither side.
        let (count, made): (Int, Any) =
            switch arguments[1] {
            case "ours": try await publishedRows(from: pages, rows: rows)
            default: try decodedRows(from: pages)
            }
        let elapsed = start.duration(to: clock.now)
        let usedCPU = processorSeconds() - startCPU
        precondition(count == rows, "\(count) rows of \(rows)")
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        print(seconds, peakBytes() - before, pages.reduce(0) { $0 + $1.count }, usedCPU)
        withExtendedLifetime(made) {}
    }

    /// Writes the bodies of a walk as files, `1.json` and so on, so that a file server can play the platform.
    private static func writePages(ofRows rows: Int, into folder: URL) throws {
        for (index, page) in nemoPages(ofRows: rows).enumerated() {
            try Data(page).write(to: folder.appending(path: "\(index + 1).json"))
        }
    }

    /// User and system time of all threads, in seconds; other processes change it less than elapsed time.
    static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
    }

    /// The process's largest resident size so far.
    static func peakBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }
}
