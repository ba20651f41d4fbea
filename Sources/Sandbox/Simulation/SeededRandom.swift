/// Seeded random numbers.
///
/// SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
/// Each row has a generator of its own, made from the seed and the row's number, so that a row does not
/// change when rows are added after it.
struct SeededRandom {
    private var state: UInt64

    init(_ seed: UInt64, _ dialect: Dialect, row: Int, salt: Int64 = 0) {
        state = seed
        let parts: [UInt64] = [
            UInt64(dialect.rawValue.utf8.count), UInt64(bitPattern: Int64(row)), UInt64(bitPattern: salt),
        ]
        for part in parts { state = next() ^ part }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, not including, `bound`; 0 where `bound` is not positive.
    mutating func below(_ bound: Int64) -> Int64 {
        bound > 0 ? Int64(next() % UInt64(bound)) : 0
    }

    mutating func between(_ range: ClosedRange<Int64>) -> Int64 {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// True in `share` of a hundred cases.
    mutating func percent(_ share: Int64) -> Bool { below(100) < share }

    /// One of some choices, of which there is at least one.
    mutating func pick<Choice>(_ choices: [Choice]) -> Choice {
        choices[Int(below(Int64(choices.count)))]
    }

    mutating func text(_ length: Int, from alphabet: [UInt8]) -> String {
        String(decoding: (0..<length).map { _ in pick(alphabet) }, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Letters and digits without four that are easily mistaken: `0`, `O`, `I`, `l`.
    static let base58 = [UInt8]("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)
    static let base62 = [UInt8]("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    static let hexadecimal = [UInt8]("0123456789abcdef".utf8)
}
