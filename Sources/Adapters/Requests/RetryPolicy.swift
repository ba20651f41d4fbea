/// The clock and the random numbers behind the pauses between requests; tests bring their own.
package struct RetryPolicy: Sendable {
    /// The clock of every pause, and of a fetch's deadline.
    package var clock: any Clock<Duration>
    /// A random number, uniformly distributed from 0 to 1.
    package var random: @Sendable () -> Double

    package init(clock: any Clock<Duration>, random: @escaping @Sendable () -> Double) {
        self.clock = clock
        self.random = random
    }

    /// The machine's clock and its random numbers.
    package static let live = RetryPolicy(clock: ContinuousClock(), random: { Double.random(in: 0...1) })

    /// The pause before a request is sent again, `retry` is 0 for the first repetition.
    ///
    /// Full jitter: anything from 0 to 250 ms doubled each time, 5 s at most, so that requests which failed
    /// together are not repeated together.
    func delay(beforeRetry retry: Int) -> Duration {
        let ceiling = min(.seconds(5), Duration.milliseconds(250) * (1 << min(max(0, retry), 10)))
        return ceiling * min(max(0, random()), 1)
    }
}
