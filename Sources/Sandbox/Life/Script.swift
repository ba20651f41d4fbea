/// What a row goes through, again and again: words in order, each for its time.
///
/// A script has no state: the word at an instant is a function of the instant, so nothing has to run for the
/// fleet to live, and any instant can be asked for, in any order.
struct Script<Word: Sendable>: Sendable {
    let words: [Word]
    /// When each word begins, in microseconds since the cycle's begin.
    private let begins: [Int64]
    /// Microseconds of one cycle; above 0.
    let period: Int64
    /// How far into a cycle the row is at the fleet's start; 0 up to ``period``.
    private let offset: Int64

    /// Where a script is at some instant.
    struct Moment {
        /// 0 at the fleet's start.
        var cycle: Int64
        /// An index into ``words``.
        var step: Int
    }

    /// Draws each word's time from its range of seconds, which lies above 0.
    init(_ steps: [(word: Word, seconds: ClosedRange<Int64>)], chance: inout Chance) {
        words = steps.map(\.word)
        var begins: [Int64] = []
        var end: Int64 = 0
        for step in steps {
            begins.append(end)
            // Odd microseconds, so that no two rows change in the same instant.
            end += chance.between(step.seconds) * 1_000_000 + chance.between(1...999_999)
        }
        self.begins = begins
        period = max(end, 1)
        offset = chance.below(period)
    }

    /// `elapsed` is in microseconds since the fleet's start, 0 or more.
    func moment(at elapsed: Int64) -> Moment {
        let (cycle, rest) = (elapsed + offset).quotientAndRemainder(dividingBy: period)
        let step = begins.lastIndex { $0 <= rest } ?? 0
        return Moment(cycle: cycle, step: step)
    }

    /// When a step begins, in microseconds since the fleet's start; below 0 for what happened before it.
    func begin(cycle: Int64, step: Int) -> Int64 {
        cycle * period + begins[step] - offset
    }
}
