package import Deployments

/// What a client asked of the list; relative times are resolved already.
package struct Query: Sendable {
    /// All must hold.
    package var filters: [Filter] = []
    /// Must hold beside ``filters``; nil where nothing more was asked for.
    package var condition: Condition?
    /// The words of `q`: each must be found in name, model, base model or workspace, without case.
    package var words: [String] = []
    package var sort: [SortKey] = SortKey.standard
    /// From 1.
    package var page = 1
    /// 1 to 1000.
    package var pageSize = 100
    /// How many rows stand before the page; `Int.max` where that is more than can be counted.
    package var offset: Int {
        let (start, overflow) = (page - 1).multipliedReportingOverflow(by: pageSize)
        return overflow ? .max : start
    }
    /// What `fields=` named; nil: everything.
    package var fields: [String]?
    package var include: Set<Include> = []
    package var allVersions = false

    package init() {}

    /// ``words`` as what is looked for.
    var wordPatterns: [LikePattern] { words.map { LikePattern(escaping: $0) } }

    package struct SortKey: Sendable, Equatable {
        package var field: DeploymentField
        package var descending: Bool

        package init(field: DeploymentField, descending: Bool) {
            self.field = field
            self.descending = descending
        }

        /// `-created_at`.
        package static let standard: [SortKey] =
            DeploymentField.named("created_at").map { [SortKey(field: $0, descending: true)] } ?? []

        package static func == (left: SortKey, right: SortKey) -> Bool {
            left.field.name == right.field.name && left.descending == right.descending
        }
    }
}

/// One field's condition: any of its tests holds.
package struct Filter: Sendable {
    package let field: DeploymentField
    package let anyOf: [Test]
    /// The same tests with operands as the field compares them: made once, not for every row.
    let comparableTests: [Test]

    package init(field: DeploymentField, anyOf: [Test]) {
        self.field = field
        self.anyOf = anyOf
        comparableTests = anyOf.map { $0.mapOperands(field.comparable) }
    }

    /// One operator with its operand; a null satisfies none but `exists(false)`.
    package enum Test: Sendable, Equatable {
        case eq(FieldValue)
        case ne(FieldValue)
        case isIn([FieldValue])
        case notIn([FieldValue])
        case like(LikePattern)
        case gt(FieldValue)
        case gte(FieldValue)
        case lt(FieldValue)
        case lte(FieldValue)
        case exists(Bool)

        fileprivate func mapOperands(_ change: (FieldValue) -> FieldValue) -> Test {
            switch self {
            case .eq(let operand): .eq(change(operand))
            case .ne(let operand): .ne(change(operand))
            case .isIn(let operands): .isIn(operands.map(change))
            case .notIn(let operands): .notIn(operands.map(change))
            case .gt(let operand): .gt(change(operand))
            case .gte(let operand): .gte(change(operand))
            case .lt(let operand): .lt(change(operand))
            case .lte(let operand): .lte(change(operand))
            case .like, .exists: self
            }
        }
    }
}
