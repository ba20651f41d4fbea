/// What the pauses between requests are made of; tests bring their own.
package struct RetryPolicy: Sendable {
    /// Every wait sleeps on it, and a fetch's deadline is told by it.
    package var clock: any Clock<Duration>
    /// Uniformly from 0 to 1.
    package var random: @Sendable () -> Double

    package init(clock: any Clock<Duration>, random: @escaping @Sendable () -> Double) {
        self.clock = clock
        self.random = random
    }

    /// The machine's clock and its random numbers.
    package static let live = RetryPolicy(clock: ContinuousClock(), random: { Double.random(in: 0...1) })

    /// The pause before a request is sent again, `retry` being 0 for its first time.
    ///
    /// Full jitter: anything from 0 to 250 ms doubled each time, 5 s at most, so that those who failed together do
    /// not come back together.
    func backOff(beforeRetry retry: Int) -> Duration {
        let ceiling = min(.seconds(5), Duration.milliseconds(250) * (1 << min(max(0, retry), 10)))
        return ceiling * min(max(0, random()), 1)
    }
}
