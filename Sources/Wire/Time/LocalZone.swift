import FoundationEssentials
import Synchronization

/// The zone of times that name none.
package enum LocalZone: Sendable, Hashable {
    /// Seconds east of UTC, less than a day.
    case offset(Int)
    /// The rules of a named zone, such as `Asia/Shanghai`.
    case rules(ZoneRules)

    /// Reads `Z`, `+08:00`, or the name of a zone in the system's time zone database; nil for anything else, and
    /// for a name that the system does not know.
    package init?(_ text: String) {
        if let offset = Timestamp.zoneOffset(text) {
            self = .offset(offset)
        } else if let rules = ZoneRules.named(text) {
            self = .rules(rules)
        } else {
            return nil
        }
    }

    /// The rule for error texts: a phrase after "must be".
    package static let expected =
        "Z, an offset such as +08:00, or a zone of the system's database such as Asia/Shanghai"

    /// Seconds east of UTC at a local time, given as seconds since 1970 as if it were UTC.
    ///
    /// Nil for a local time that the zone has twice or never, as when clocks change.
    package func offset(ofLocal seconds: Int64) -> Int? {
        switch self {
        case .offset(let offset): (-86_399...86_399).contains(offset) ? offset : nil
        case .rules(let rules): rules.offset(ofLocal: seconds)
        }
    }
}

extension LocalZone: ExpressibleByIntegerLiteral {
    /// An offset in seconds east of UTC.
    package init(integerLiteral offset: Int) { self = .offset(offset) }
}

/// The offsets of a zone over time, from a file of the time zone database (RFC 9636).
package struct ZoneRules: Sendable, Hashable {
    /// The instants, in seconds since 1970, from which each of ``offsets`` is in effect; the first is `Int64.min`.
    private var starts: [Int64] = [.min]
    /// Seconds east of UTC.
    private var offsets: [Int]

    /// The folder of the system's database.
    private static let folder = "/usr/share/zoneinfo/"
    /// The size limit of a file in bytes.
    private static let sizeLimit = 1 << 20
    /// The year up to which the rule for the future is expanded.
    private static let lastYear = 2100
    /// The zones read so far, since an expression may name one for each record; nil: the system has none.
    private static let known = Mutex<[String: ZoneRules?]>([:])

    /// The zone of this name; nil if the system does not know it.
    static func named(_ name: String) -> ZoneRules? {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isASCIIAlphanumeric || "_+-".utf8.contains($0) }
        }
        // No dot, so that no name leads out of the folder.
        guard isName, (1...3).contains(parts.count), name.utf8.count <= 64 else { return nil }
        if let known = known.withLock({ $0[name] }) { return known }
        let file = URL(filePath: folder + name)
        let bytes = (try? Data(contentsOf: file)).map { [UInt8]($0) } ?? []
        let rules = bytes.count <= sizeLimit ? ZoneRules(file: bytes) : nil
        known.withLock { known in
            // Names that do not exist come from mistakes, of which there may be any number.
            if known.count < 1000 { known[name] = rules }
        }
        return rules
    }

    /// Reads a file of version 2 or later; nil for any other.
    package init?(file: [UInt8]) {
        guard let first = ZoneBlock(file[...], timeSize: 4),
            let block = ZoneBlock(file[first.end...], timeSize: 8), let start = block.types.first
        else { return nil }
        offsets = [start]
        for (time, type) in zip(block.times, block.indices) {
            guard block.types.indices.contains(type), time > starts.last ?? .min else { continue }
            starts.append(time)
            offsets.append(block.types[type])
        }
        let footer = file[block.end...].dropFirst().prefix { $0 != 0x0A }
        guard !footer.isEmpty else { return }
        guard let future = FutureRule(String(decoding: footer, as: UTF8.self)) else { return nil }
        extend(by: future)
    }

    private mutating func extend(by future: FutureRule) {
        let last = starts.last ?? .min
        let year = last == .min ? 1970 : Int(last / 31_556_952) + 1970
        for year in max(1970, year)...Self.lastYear {
            for (time, offset) in future.changes(in: year) where time > starts.last ?? .min {
                starts.append(time)
                offsets.append(offset)
            }
        }
        if last == .min, !future.hasSummerTime { offsets[0] = future.standard }
    }

    private func offset(at time: Int64) -> Int { offsets[index(at: time)] }

    private func index(at time: Int64) -> Int {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= time { low = middle } else { high = middle }
        }
        return low
    }

    /// Seconds east of UTC at a local time; nil where the zone has it twice or never.
    func offset(ofLocal seconds: Int64) -> Int? {
        guard seconds.magnitude < 1 << 50 else { return nil }
        let near = index(at: seconds - 86_400)...index(at: seconds + 86_400)
        let matching = Set(offsets[near]).filter { offset(at: seconds - Int64($0)) == $0 }
        return matching.count == 1 ? matching.first : nil
    }
}

/// One of the two data blocks of a file.
private struct ZoneBlock {
    var times: [Int64] = []
    var indices: [Int] = []
    /// Each type's seconds east of UTC.
    var types: [Int] = []
    /// The index behind the block.
    let end: Int

    init?(_ bytes: ArraySlice<UInt8>, timeSize: Int) {
        let start = bytes.startIndex
        guard bytes.count >= 44, bytes.starts(with: "TZif".utf8), bytes[start + 4] >= UInt8(ascii: "2") else {
            return nil
        }
        func number(_ at: Int, _ size: Int) -> Int64 {
            let unsigned = bytes[at..<at + size].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return size == 4 ? Int64(Int32(truncatingIfNeeded: unsigned)) : Int64(bitPattern: unsigned)
        }
        let counts = (0..<6).map { Int(number(start + 20 + $0 * 4, 4)) }
        guard counts.allSatisfy({ (0...100_000).contains($0) }) else { return nil }
        let (utc, standard, leaps, times, types, characters) = (
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
        )
        let size =
            44 + times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standard + utc
        guard bytes.count >= size else { return nil }
        end = start + size
        var at = start + 44
        for _ in 0..<times {
            self.times.append(number(at, timeSize))
            at += timeSize
        }
        for _ in 0..<times {
            indices.append(Int(bytes[at]))
            at += 1
        }
        for _ in 0..<types {
            let offset = Int(number(at, 4))
            guard (-86_399...86_399).contains(offset) else { return nil }
            self.types.append(offset)
            at += 6
        }
    }
}

/// The rule for times after the last one that a file lists: a POSIX `TZ` text, such as `CET-1CEST,M3.5.0,M10.5.0/3`.
private struct FutureRule {
    /// Seconds east of UTC.
    private(set) var standard = 0
    private var summer = 0
    private var begins: Change?
    private var ends: Change?
    private var rest: Substring

    /// The `week`th weekday of a month, the fifth being the last, at a local time in seconds after midnight.
    private struct Change {
        var month, week, weekday, time: Int
    }

    var hasSummerTime: Bool { begins != nil }

    init?(_ text: String) {
        rest = text[...]
        guard skipName(), let offset = takeTime() else { return nil }
        standard = -offset
        guard !rest.isEmpty else { return }
        guard skipName() else { return nil }
        summer = standard + 3600
        if rest.first != "," {
            guard let offset = takeTime() else { return nil }
            summer = -offset
        }
        guard let first = takeChange(), let second = takeChange(), rest.isEmpty else { return nil }
        (begins, ends) = (first, second)
    }

    /// The changes in a year: instants, and the offsets from then on, in order.
    func changes(in year: Int) -> [(time: Int64, offset: Int)] {
        guard let begins, let ends else { return [] }
        return [
            (instant(of: begins, in: year, offset: standard), summer),
            (instant(of: ends, in: year, offset: summer), standard),
        ].sorted { $0.0 < $1.0 }
    }

    private func instant(of change: Change, in year: Int, offset: Int) -> Int64 {
        func days(_ month: Int, _ year: Int) -> Int64 {
            CivilDate(year: UInt32(year), month: UInt32(month), day: 1).daysSince1970
        }
        let first = days(change.month, year)
        let next = change.month == 12 ? days(1, year + 1) : days(change.month + 1, year)
        // 1970-01-01 was a Thursday, and Sunday is 0.
        var day = first + (Int64(change.weekday) - (first + 4) % 7 + 7) % 7 + Int64(change.week - 1) * 7
        while day >= next { day -= 7 }
        return day * 86_400 + Int64(change.time - offset)
    }

    private mutating func skipName() -> Bool {
        if rest.first == "<" {
            guard let end = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: end)...]
            return true
        }
        let name = rest.prefix { $0.isASCII && $0.isLetter }
        rest = rest[name.endIndex...]
        return name.count >= 3
    }

    private mutating func takeNumber() -> Int? {
        let number = rest.prefix { $0.isASCII && $0.isNumber }
        rest = rest[number.endIndex...]
        return number.count <= 3 ? Int(number) : nil
    }

    /// Seconds from `[+-]hh[:mm[:ss]]`.
    private mutating func takeTime() -> Int? {
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        guard var seconds = takeNumber() else { return nil }
        seconds *= 3600
        for unit in [60, 1] where rest.first == ":" {
            rest.removeFirst()
            guard let number = takeNumber() else { return nil }
            seconds += number * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// A change from `,Mm.w.d[/time]`.
    private mutating func takeChange() -> Change? {
        guard rest.hasPrefix(",M") else { return nil }
        rest.removeFirst(2)
        var numbers: [Int] = []
        for index in 0..<3 {
            if index > 0 {
                guard rest.first == "." else { return nil }
                rest.removeFirst()
            }
            guard let number = takeNumber() else { return nil }
            numbers.append(number)
        }
        guard (1...12).contains(numbers[0]), (1...5).contains(numbers[1]), (0...6).contains(numbers[2]) else {
            return nil
        }
        var change = Change(month: numbers[0], week: numbers[1], weekday: numbers[2], time: 7200)
        if rest.first == "/" {
            rest.removeFirst()
            guard let time = takeTime() else { return nil }
            change.time = time
        }
        return change
    }
}
