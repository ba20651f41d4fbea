/// The most rows that one complete listing of a partition may drop on its own word.
///
/// A listing that would drop more has to be confirmed: the rows stay until the next complete listing misses
/// them too. Lists of more than one page, and empty ones, need that confirmation anyway.
package struct MaxDrop: Sendable, Equatable {
    /// Of the partition's rows before the listing, 0 to 1; 0 is exceeded by any drop, 1 by none.
    package var share: Double
    /// Not negative; 0 is exceeded by any drop.
    package var count: Int

    /// What is left out sets no bound of its own, so that the other decides alone.
    package init(share: Double = 0, count: Int = 0) {
        self.share = share
        self.count = count
    }

    /// Whether both bounds are exceeded: by `dropped` rows of `total`.
    func isExceeded(by dropped: Int, of total: Int) -> Bool {
        // Divided, not multiplied: 29 of 100 are then exactly 0.29.
        dropped > count && total > 0 && Double(dropped) / Double(total) > share
    }
}
