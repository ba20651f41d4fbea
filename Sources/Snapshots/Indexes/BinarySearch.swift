import Deployments

extension Range<Int> {
    /// The first place where something holds that holds at all places after it too; the range's end if nowhere.
    ///
    /// Looks at a logarithm of the places.
    func firstPlace(where holds: (Int) -> Bool) -> Int {
        var (low, high) = (lowerBound, upperBound)
        while low < high {
            let middle = low + (high - low) / 2
            (low, high) = holds(middle) ? (low, middle) : (middle + 1, high)
        }
        return low
    }
}
