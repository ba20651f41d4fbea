extension Range<Int> {
    /// The first element for which something holds that holds for all after it too; the range's end if for none.
    ///
    /// A binary search: it tests a logarithm of the elements.
    func partitionPoint(where holds: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            (low, high) = holds(middle) ? (low, middle) : (middle + 1, high)
        }
        return low
    }
}
