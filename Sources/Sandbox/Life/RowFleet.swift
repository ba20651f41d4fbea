import Synchronization
import Wire

/// How a row goes through time.
enum Course<Phase: Sendable>: Sendable {
    /// As it is, for ever.
    case steady(Phase)
    /// Always there, phase after phase.
    case changes(Script<Phase>)
    /// Is made, lives and goes once a cycle; nil: not there.
    case comes(Script<Phase?>)
    /// Made by hand at an instant, and steady since.
    case made(Phase, at: Timestamp)
}

/// A deployment of a dialect that lists one record for each.
protocol LivingRow: Sendable {
    associatedtype Phase: Sendable

    /// Unique in its fleet, unless a fault makes it not so.
    var id: String { get }
    /// Microseconds before the fleet's start at which it was made, unless its course says otherwise.
    var age: Int64 { get }
    var course: Course<Phase> { get }

    /// One that serves, made by hand.
    static func made(_ id: String, at now: Timestamp) -> Self
}

/// A row as it is at some instant.
struct Sighting<Row: LivingRow>: Sendable {
    var row: Row
    var phase: Row.Phase
    var createdAt: Timestamp
    var changedAt: Timestamp
    /// A status set by hand, in place of the phase's word.
    var forced: String?
}

/// What is changed by hand has a limit, as everything has.
enum Changes {
    /// How many rows of a dialect can be added.
    static let limit = 10_000
}

/// The rows of one dialect; any instant can be asked for, and changed by hand on top.
final class RowFleet<Row: LivingRow>: Sendable {
    /// Changes that people and tests make, on top of the scripts.
    private struct Overlay {
        var added: [Row] = []
        var removed: Set<String> = []
        var forced: [String: String] = [:]
    }

    private let rows: [Row]
    private let lives: Bool
    private let start: Timestamp
    private let overlay = Mutex(Overlay())

    init(_ rows: [Row], lives: Bool, start: Timestamp) {
        self.rows = rows
        self.lives = lives
        self.start = start
    }

    /// Every row listed at an instant, always in the same order.
    func sightings(at now: Timestamp) -> [Sighting<Row>] {
        let elapsed = lives ? max(0, now.microseconds - start.microseconds) : 0
        let overlay = overlay.withLock { $0 }
        let remade = Set(overlay.added.map(\.id))
        let standing = remade.isEmpty ? rows : rows.filter { !remade.contains($0.id) }
        return (standing + overlay.added).compactMap { row in
            guard !overlay.removed.contains(row.id), var sighting = sighting(of: row, elapsed: elapsed)
            else { return nil }
            sighting.forced = overlay.forced[row.id]
            return sighting
        }
    }

    /// Nil when the row is not there, `elapsed` microseconds after the start.
    private func sighting(of row: Row, elapsed: Int64) -> Sighting<Row>? {
        let born = start.adding(microseconds: -row.age)
        func at(_ begin: Int64) -> Timestamp { start.adding(microseconds: begin) }
        switch row.course {
        case .steady(let phase):
            let settled = born.adding(microseconds: 335_680_000)
            return Sighting(row: row, phase: phase, createdAt: born, changedAt: settled)
        case .made(let phase, let instant):
            return Sighting(row: row, phase: phase, createdAt: instant, changedAt: instant)
        case .changes(let script):
            let now = script.moment(at: elapsed)
            let since = at(script.begin(cycle: now.cycle, step: now.step))
            return Sighting(
                row: row, phase: script.words[now.step], createdAt: born, changedAt: max(born, since))
        case .comes(let script):
            let now = script.moment(at: elapsed)
            guard let phase = script.words[now.step],
                let birth = script.words.firstIndex(where: { $0 != nil })
            else { return nil }
            return Sighting(
                row: row, phase: phase, createdAt: at(script.begin(cycle: now.cycle, step: birth)),
                changedAt: at(script.begin(cycle: now.cycle, step: now.step)))
        }
    }

    /// Takes a row off the list at once, or brings it back.
    func setListed(_ id: String, _ isListed: Bool) {
        overlay.withLock { overlay in
            if isListed { overlay.removed.remove(id) } else { overlay.removed.insert(id) }
        }
    }

    /// Adds a row that serves; one that is there is made anew, and beyond ``Changes/limit`` nothing is added.
    func add(_ id: String, at now: Timestamp) {
        overlay.withLock { overlay in
            overlay.removed.remove(id)
            overlay.added.removeAll { $0.id == id }
            guard overlay.added.count < Changes.limit else { return }
            overlay.added.append(.made(id, at: now))
        }
    }

    /// Gives a row a status word, also one that no platform knows; nil undoes it.
    func force(_ id: String, _ status: String?) { overlay.withLock { $0.forced[id] = status } }
}
