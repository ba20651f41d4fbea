/// A cycle of phases, each with its duration, that a row repeats forever.
///
/// A script has no state: the phase at an instant is a function of the instant, so nothing has to run in the
/// background, and instants can be queried in any order.
struct Script<Phase: Sendable>: Sendable {
    let phases: [Phase]
    /// The start of each phase, in microseconds since the start of the cycle.
    private let begins: [Int64]
    /// The length of one cycle in microseconds; above 0.
    let period: Int64
    /// The row's position in its cycle at the fleet's start: 0 up to ``period`` microseconds.
    private let offset: Int64

    /// Draws each phase's duration from its range of seconds, which must be above 0.
    init(_ steps: [(phase: Phase, seconds: ClosedRange<Int64>)], random: inout SeededRandom) {
        phases = steps.map(\.phase)
        var begins: [Int64] = []
        var end: Int64 = 0
        for step in steps {
            begins.append(end)
            // Odd microseconds, so that no two rows change in the same instant.
            end += random.between(step.seconds) * 1_000_000 + random.between(1...999_999)
        }
        self.begins = begins
        period = max(end, 1)
        offset = random.below(period)
    }

    /// The step at `elapsed` microseconds, 0 or more, after the fleet's start.
    func step(at elapsed: Int64) -> ScriptStep {
        let (cycle, rest) = (elapsed + offset).quotientAndRemainder(dividingBy: period)
        return ScriptStep(cycle: cycle, index: begins.lastIndex { $0 <= rest } ?? 0)
    }

    /// The start of a step, in microseconds since the fleet's start; negative for a step before it.
    func start(of step: ScriptStep) -> Int64 { step.cycle * period + begins[step.index] - offset }
}

/// One phase in one cycle of a script.
struct ScriptStep {
    /// 0 at the fleet's start.
    var cycle: Int64
    /// An index into the script's phases.
    var index: Int
}
