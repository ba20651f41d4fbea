import Synchronization
import Wire

/// The course of a row through time.
enum Lifecycle<Phase: Sendable>: Sendable {
    /// The same phase forever.
    case steady(Phase)
    /// Always listed, phase after phase.
    case changes(Script<Phase>)
    /// Created and deleted once a cycle; nil: not listed.
    case recurs(Script<Phase?>)
    /// Created by hand at an instant, and unchanged since.
    case created(Phase, at: Timestamp)
    /// Changed by a write: in one phase from an instant on, and after `delay` microseconds in the next.
    case changed(Phase, then: Phase, after: Int64, at: Timestamp, createdAt: Timestamp)
}

/// A deployment of a dialect that lists one record for each.
protocol SimulatedRow: Sendable {
    associatedtype Phase: Sendable

    /// Unique in its fleet.
    var id: String { get }
    /// The time from its creation to the fleet's start, in microseconds; only for lifecycles that do not set
    /// the creation themselves.
    var age: Int64 { get }
    var lifecycle: Lifecycle<Phase> { get }

    /// A row that serves, created by hand.
    static func created(_ id: String, at now: Timestamp) -> Self
}

/// A row at some instant.
struct RowSnapshot<Row: SimulatedRow>: Sendable {
    var row: Row
    var phase: Row.Phase
    var createdAt: Timestamp
    var changedAt: Timestamp
    /// A status set by hand, which replaces the phase's.
    var statusOverride: String?
}

/// The limit on changes by hand.
enum ManualChanges {
    /// The largest number of rows that can be added to a dialect.
    static let limit = 10_000
}

/// The rows of one dialect at any instant, with changes by hand on top.
final class RowFleet<Row: SimulatedRow>: Sendable {
    /// Changes by people and tests, on top of the scripts.
    private struct Overlay {
        var added: [Row] = []
        /// What writes made of rows, oldest first.
        var written: [String: [(at: Timestamp, row: Row)]] = [:]
        var removed: Set<String> = []
        var statusOverrides: [String: String] = [:]
    }

    private let rows: [Row]
    private let changesOverTime: Bool
    private let start: Timestamp
    private let overlay = Mutex(Overlay())

    init(_ rows: [Row], changesOverTime: Bool, start: Timestamp) {
        self.rows = rows
        self.changesOverTime = changesOverTime
        self.start = start
    }

    /// Every row listed at an instant, always in the same order.
    func snapshots(at now: Timestamp) -> [RowSnapshot<Row>] {
        let elapsed = changesOverTime ? max(0, now.microseconds - start.microseconds) : 0
        let overlay = overlay.withLock { $0 }
        let replaced = Set(overlay.added.map(\.id))
        let remaining = replaced.isEmpty ? rows : rows.filter { !replaced.contains($0.id) }
        return (remaining + overlay.added).compactMap { row in
            let row = overlay.written[row.id]?.last { $0.at <= now }?.row ?? row
            guard !overlay.removed.contains(row.id),
                var snapshot = snapshot(of: row, elapsed: elapsed, at: now)
            else { return nil }
            snapshot.statusOverride = overlay.statusOverrides[row.id]
            return snapshot
        }
    }

    /// A row at `elapsed` microseconds after the start; nil where it is not listed then.
    private func snapshot(of row: Row, elapsed: Int64, at now: Timestamp) -> RowSnapshot<Row>? {
        let created = start.adding(microseconds: -row.age)
        switch row.lifecycle {
        case .steady(let phase):
            let settled = created.adding(microseconds: 335_680_000)
            return RowSnapshot(row: row, phase: phase, createdAt: created, changedAt: settled)
        case .created(let phase, let instant):
            guard instant <= now else { return nil }
            return RowSnapshot(row: row, phase: phase, createdAt: instant, changedAt: instant)
        case .changed(let phase, let next, let delay, let instant, let created):
            let end = instant.adding(microseconds: delay)
            return now < end
                ? RowSnapshot(row: row, phase: phase, createdAt: created, changedAt: instant)
                : RowSnapshot(row: row, phase: next, createdAt: created, changedAt: end)
        case .changes(let script):
            let step = script.step(at: elapsed)
            let since = start.adding(microseconds: script.start(of: step))
            return RowSnapshot(
                row: row, phase: script.phases[step.index], createdAt: created,
                changedAt: max(created, since))
        case .recurs(let script):
            let step = script.step(at: elapsed)
            guard let phase = script.phases[step.index],
                let first = script.phases.firstIndex(where: { $0 != nil })
            else { return nil }
            let creation = ScriptStep(cycle: step.cycle, index: first)
            return RowSnapshot(
                row: row, phase: phase, createdAt: start.adding(microseconds: script.start(of: creation)),
                changedAt: start.adding(microseconds: script.start(of: step)))
        }
    }

    /// Takes a row off the list at once, or brings it back.
    func setListed(_ id: String, _ isListed: Bool) {
        overlay.withLock { overlay in
            if isListed { overlay.removed.remove(id) } else { overlay.removed.insert(id) }
        }
    }

    /// Adds a serving row, which replaces one with the same id; at most ``ManualChanges/limit`` can be added.
    func add(_ id: String, at now: Timestamp) {
        overlay.withLock { overlay in
            overlay.removed.remove(id)
            overlay.written[id] = nil
            overlay.added.removeAll { $0.id == id }
            guard overlay.added.count < ManualChanges.limit else { return }
            overlay.added.append(.created(id, at: now))
        }
    }

    /// Puts a row in the place of the one with its id, from an instant on.
    func write(_ row: Row, at now: Timestamp) {
        overlay.withLock { overlay in
            // Earlier ones are for lists that lag.
            overlay.written[row.id] = (overlay.written[row.id] ?? []).suffix(99) + [(at: now, row: row)]
            overlay.statusOverrides[row.id] = nil
        }
    }

    /// Gives a row any status, even an unknown one; nil undoes it.
    func overrideStatus(of id: String, with status: String?) {
        overlay.withLock { $0.statusOverrides[id] = status }
    }
}
