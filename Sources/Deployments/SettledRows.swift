import Wire

/// The rows of a source in the order of their keys, each key once.
///
/// In memory they lie in pieces, in the order in which they were listed, which is about that in which their
/// records were made: in the order of their keys, most of the time of settling and encoding them would go into
/// waiting for memory.
package struct SettledRows: RandomAccessCollection, Sendable {
    /// Rows a piece: few enough that cores share a list evenly, and that no piece is a large allocation.
    static let pieceLimit = 2048

    private let pieces: [[ListedDeployment]]
    /// For each row, the place that it had in the list.
    private let places: [UInt32]

    init(pieces: [[ListedDeployment]], places: [Int]) {
        self.pieces = pieces
        self.places = places.map { UInt32($0) }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { places.count }

    package subscript(index: Int) -> ListedDeployment {
        _read {
            let (piece, place) = place(of: index)
            yield pieces[piece][place]
        }
    }

    /// In which piece a row stands, and where in that.
    func place(of index: Int) -> (piece: Int, place: Int) {
        let (piece, place) = Int(places[index]).quotientAndRemainder(dividingBy: Self.pieceLimit)
        return (piece, place)
    }

    /// The ranges of a list that become its pieces.
    static func ranges(of listed: [ListedDeployment]) -> [Range<Int>] {
        stride(from: 0, to: listed.count, by: pieceLimit).map {
            $0..<Swift.min($0 + pieceLimit, listed.count)
        }
    }

    var pieceCount: Int { pieces.count }

    /// Appends values of the records at some places of a piece, those included whose key came before.
    ///
    /// They are read as they lie in memory: in the order of the rows, this would take several times as long.
    func read<Value>(
        piece: Int, places: Range<Int>, _ value: (borrowing ModelDeployment) -> Value,
        to values: inout [Value]
    ) {
        // By index: a row taken out of its array is retained.
        for place in places.clamped(to: pieces[piece].indices) {
            values.append(value(pieces[piece][place].deployment))
        }
    }

    /// For each row, what stands at the place that it had in the list.
    func ordered<Value>(_ listed: [Value]) -> [Value] { places.map { listed[Int($0)] } }
}

extension SettledRows: Equatable {
    package static func == (left: SettledRows, right: SettledRows) -> Bool {
        left.count == right.count && left.indices.allSatisfy { left[$0] == right[$0] }
    }
}

/// What only the rows of a list together can tell of each.
struct SettledVersions: Sendable {
    /// The places of the rows in the order of their keys, each key once.
    let order: [Int]
    /// How many rows are the latest version of their deployment.
    private(set) var currentCount = 0
    private var created: [Timestamp?]
    private var isLatest: [Bool]
    /// Those whose `created_at` is another version's, and so is the mark of how its platform said it.
    private var marks: [Int: Bool] = [:]

    /// The latest is the highest version (a row without one is the lowest); every version's `created_at` becomes
    /// that of the earliest, with the mark of how its platform said it.
    init(of listed: [ListedDeployment], keys: RowKeys) {
        created = listed.indices.map { listed[$0].deployment.createdAt }
        isLatest = [Bool](repeating: false, count: listed.count)
        order = keys.order
        var start = 0
        while start < order.count {
            var end = start + 1
            while end < order.count, !keys.beginsUID[end] { end += 1 }
            if end - start > 1 { settleCreation(of: order[start..<end], in: listed) }
            isLatest[order[end - 1]] = true
            currentCount += 1
            start = end
        }
    }

    private mutating func settleCreation(of versions: ArraySlice<Int>, in listed: [ListedDeployment]) {
        let earliest = versions.filter { created[$0] != nil }
            .min { (created[$0]?.microseconds ?? 0) < (created[$1]?.microseconds ?? 0) }
        guard let earliest else { return }
        let time = created[earliest]
        let isInferred = listed[earliest].deployment.isInferred("created_at")
        for place in versions {
            created[place] = time
            if listed[place].deployment.isInferred("created_at") != isInferred { marks[place] = isInferred }
        }
    }

    /// A piece of the list with what is settled.
    func settle(_ piece: ArraySlice<ListedDeployment>) -> [ListedDeployment] {
        var settled = Array(piece)
        for place in piece.indices {
            let index = place - piece.startIndex
            settled[index].deployment.createdAt = created[place]
            settled[index].deployment.latest = isLatest[place]
            if !marks.isEmpty, let isInferred = marks[place] {
                settled[index].deployment.mark("created_at", inferred: isInferred)
            }
        }
        return settled
    }
}

/// The results of some work on each element, in their order; the work is done on every core.
func sideBySide<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ work: @escaping @Sendable (Element) -> Result
) async -> [Result] {
    await withTaskGroup(of: (Int, Result).self) { group in
        for (index, element) in elements.enumerated() {
            group.addTask { (index, work(element)) }
        }
        return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
