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
