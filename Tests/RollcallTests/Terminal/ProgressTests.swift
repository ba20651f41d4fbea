import Synchronization
import TestSupport
import Testing

@testable import rollcall

@Suite(.timeLimit(.minutes(10))) struct ProgressTests {
    @Test func whatIsQuickIsSilent() async throws {
        let memory = OutputMemory()
        let progress = Progress(isShown: true, clock: ManualClock(), output: memory.output)
        #expect(try await progress.during("asking") { 7 } == 7)
        #expect(memory.errors == "")
    }

    @Test func whatTakesLongerIsShownAndWiped() async throws {
        let (memory, clock) = (OutputMemory(), ManualClock())
        let progress = Progress(isShown: true, clock: clock, output: memory.output)
        try await progress.during("asking a\u{1B}b") {
            await clock.sleepers(atLeast: 1)
            clock.advance(by: .milliseconds(500))
            while memory.errors.isEmpty, !Task.isCancelled { await Task.yield() }
        }
        #expect(memory.errors == "asking a\u{FFFD}b …\r\u{1B}[K")
    }

    @Test func aFailurePassesThrough() async {
        let progress = Progress(isShown: true, clock: ManualClock(), output: OutputMemory().output)
        await #expect(throws: CommandFailure.self) {
            try await progress.during("asking") { throw CommandFailure(.fault, "x") }
        }
    }
}

/// The output and errors that a command writes.
final class OutputMemory: Sendable {
    private let written = Mutex<(output: [UInt8], errors: String)>(([], ""))

    var text: String { written.withLock { String(decoding: $0.output, as: UTF8.self) } }
    var errors: String { written.withLock { $0.errors } }

    var output: Output {
        Output(
            write: { bytes in self.written.withLock { $0.output += bytes } },
            writeError: { text in self.written.withLock { $0.errors += text } })
    }
}
