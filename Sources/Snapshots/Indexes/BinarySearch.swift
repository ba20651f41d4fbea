extension Range<Int> {
    /// The first element for which `holds` is true; the range's end if it is true for none.
    ///
    /// `holds` must be true for all elements after the first for which it is. A binary search: it is called
    /// O(log n) times.
    func partitionPoint(where holds: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            (low, high) = holds(middle) ? (low, middle) : (middle + 1, high)
        }
        return low
    }
}
