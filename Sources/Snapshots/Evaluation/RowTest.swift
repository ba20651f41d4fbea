package import Deployments

extension Condition {
    /// The condition as a test of one record, without indexes; the record's fields are looked up once, not for
    /// every record.
    ///
    /// It holds for exactly the rows that a query with this condition finds among all versions.
    package func rowTest<Row: Record>(of kind: Row.Type = Row.self) -> @Sendable (Row) -> Bool {
        switch self {
        case .field(let filter):
            guard let get = Row.table.named(filter.field.name)?.get else {
                let holds = filter.holds(for: .null)
                return { _ in holds }
            }
            return { filter.holds(for: get($0)) }
        case .all(let parts):
            let tests = parts.map { $0.rowTest(of: kind) }
            return { row in tests.allSatisfy { $0(row) } }
        case .any(let parts):
            let tests = parts.map { $0.rowTest(of: kind) }
            return { row in tests.contains { $0(row) } }
        case .not(let part):
            let test = part.rowTest(of: kind)
            return { !test($0) }
        }
    }
}

extension Condition {
    /// The condition as a test of one record on which the fields in the set are not known; nil if the outcome depends on
    /// one of them.
    package func rowVerdict<Row: Record>(
        of kind: Row.Type = Row.self
    ) -> @Sendable (Row, Set<String>) -> Bool? {
        switch self {
        case .field(let filter):
            let test = rowTest(of: kind)
            return { row, unknown in unknown.contains(filter.field.name) ? nil : test(row) }
        case .all(let parts): return Self.joint(parts.map { $0.rowVerdict(of: kind) }, decidedBy: false)
        case .any(let parts): return Self.joint(parts.map { $0.rowVerdict(of: kind) }, decidedBy: true)
        case .not(let part):
            let verdict = part.rowVerdict(of: kind)
            return { row, unknown in verdict(row, unknown).map { !$0 } }
        }
    }

    /// The verdict on several conditions, of which a single one decides if its verdict is `deciding`.
    private static func joint<Row: Record>(
        _ verdicts: [@Sendable (Row, Set<String>) -> Bool?], decidedBy deciding: Bool
    ) -> @Sendable (Row, Set<String>) -> Bool? {
        { row, unknown in
            var isOpen = false
            for verdict in verdicts {
                let found = verdict(row, unknown)
                if found == deciding { return deciding }
                if found == nil { isOpen = true }
            }
            return isOpen ? nil : !deciding
        }
    }
}
