import NIOCore
import Testing

@testable import HTTPFront

@Suite struct OutputProgressTests {
    private func second(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(100 + seconds) }

    private func progress() -> OutputProgress { OutputProgress(limits: ResponseStreams.Limits()) }

    private func isOverdue(
        _ progress: OutputProgress, at now: NIODeadline, patience: TimeAmount? = nil
    ) -> Bool {
        progress.deadline(patience: patience).map { now >= $0 } ?? false
    }

    private static let piece = 64 * 1024

    @Test func nothingIsDueUntilSomethingIsWritten() {
        #expect(progress().deadline() == nil)
    }

    @Test(arguments: [1, 64 * 1024, 1024 * 1024])
    func whateverItsLengthNothingReadForAMinuteIsTooSlow(_ bytes: Int) {
        var progress = progress()
        progress.wrote(bytes, at: second(0))
        progress.update(unsent: bytes, at: second(59))
        #expect(!isOverdue(progress, at: second(59)))
        #expect(isOverdue(progress, at: second(60)))
    }

    @Test func aMinuteAndASecondForEach64KiBIsTheMostForAll() {
        var progress = progress()
        progress.wrote(100 * Self.piece, at: second(0))
        // A piece every 50 s.
        for read in 1...3 {
            progress.update(unsent: (100 - read) * Self.piece, at: second(Int64(read) * 50))
            #expect(!isOverdue(progress, at: second(Int64(read) * 50)))
        }
        progress.update(unsent: 96 * Self.piece, at: second(155))
        #expect(!isOverdue(progress, at: second(159)))
        #expect(isOverdue(progress, at: second(160)))
    }

    @Test func lessThanAPieceInAMinuteIsTooSlow() {
        var progress = progress()
        progress.wrote(100 * Self.piece, at: second(0))
        progress.update(unsent: 99 * Self.piece + 1, at: second(59))
        #expect(isOverdue(progress, at: second(60)))
    }

    @Test func whatCompressionSavedCountsAsIfItWereSent() {
        var progress = progress()
        progress.grant(99 * Self.piece)
        progress.wrote(2 * Self.piece, at: second(0))
        progress.update(unsent: Self.piece, at: second(50))
        progress.update(unsent: 1, at: second(100))
        #expect(!isOverdue(progress, at: second(109)))
        #expect(isOverdue(progress, at: second(110)))
    }

    @Test func theTimeBeginsAgainOnceAllIsSent() {
        var progress = progress()
        progress.wrote(1000, at: second(0))
        progress.update(unsent: 0, at: second(50))
        progress.wrote(1000, at: second(70))
        #expect(!isOverdue(progress, at: second(129)))
        #expect(isOverdue(progress, at: second(131)))
    }

    @Test func withPatienceNothingReadForThatLongIsTooSlow() {
        var progress = progress()
        progress.wrote(1000, at: second(0))
        #expect(!isOverdue(progress, at: second(2), patience: .seconds(3)))
        #expect(isOverdue(progress, at: second(3), patience: .seconds(3)))
        progress.update(unsent: 999, at: second(3))
        #expect(!isOverdue(progress, at: second(5), patience: .seconds(3)))
    }
}
