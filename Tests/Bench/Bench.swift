import Foundation

/// One figure a process: `rollcall-bench ours 100000` prints seconds and peak bytes, and so on for the baseline.
///
/// Run by `Tests/Bench/run.sh`, which pairs the two and prints the ratios.
@main
struct Bench {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let rows = Int(arguments[2]) else {
            print("usage: rollcall-bench ours|jsondecoder ROWS")
            exit(64)
        }
        let pages = nemoPages(ofRows: rows)
        let before = peakBytes()
        let clock = ContinuousClock()
        let start = clock.now
        let count =
            switch arguments[1] {
            case "ours": try await publishedRows(from: pages, rows: rows)
            case "jsondecoder": try decodedRows(from: pages)
            default: 0
            }
        let elapsed = start.duration(to: clock.now)
        precondition(count == rows, "\(count) rows of \(rows)")
        let seconds = Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18
        print(seconds, peakBytes() - before, pages.reduce(0) { $0 + $1.count })
    }

    /// The process's largest resident size so far.
    static func peakBytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }
}
