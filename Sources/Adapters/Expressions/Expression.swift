import Wire

/// A formula of an adapter file, such as `$.name ?? $.deployed_model`: parsed once, evaluated for each
/// record.
///
/// Total and pure: no loop, no clock, no input but its scope; an operand of the wrong kind gives a mismatch.
/// A class, because every record is read with the same two dozen expressions, and passing a class instance
/// counts only one reference.
package final class Expression: Sendable {
    /// The expression as it was written.
    package let text: String
    /// The `$` paths that it reads, those inside conditions included.
    package let paths: [JSONPath]
    /// The `^` paths that it reads, written from the parent's `$`.
    package let parentPaths: [JSONPath]
    /// The variables it reads.
    package let variables: Set<String>
    /// Its value if it reads nothing of its scope; nil otherwise.
    package let constant: ExpressionValue?
    /// True if it reads the headers of the answer.
    let readsHeaders: Bool
    /// True if the expression is just a path from `$`.
    let isPath: Bool
    /// That path, or the path `$` if ``isPath`` is false; not optional, as an optional would count a
    /// reference at each use.
    let pointer: JSONPointer
    private let tree: ExpressionNode

    /// Parses a complete text.
    ///
    /// `variables` and `maps` are the names that exist; any other is an error that suggests the nearest.
    /// `allowsParent` admits `^`.
    package init(
        parsing text: String, variables: Set<String>, maps: Set<String> = [], allowsParent: Bool = false
    ) throws(ExpressionError) {
        var parser = ExpressionParser(
            scanner: try ExpressionScanner(text), variables: variables, maps: maps, allowsParent: allowsParent
        )
        let tree = try parser.completeExpression()
        self.text = text
        self.tree = tree
        if case .path(let path, of: .root) = tree {
            (isPath, pointer) = (true, path)
        } else {
            (isPath, pointer) = (false, .itself)
        }
        paths = parser.reads.paths
        parentPaths = parser.reads.parentPaths
        self.variables = parser.reads.variables
        readsHeaders = parser.reads.headers
        constant = parser.reads.nothing ? Self.emptyScope.map { tree.evaluate(in: $0) } : nil
    }

    /// Evaluates the expression; it never traps, and takes time in proportion to its length and the lists it
    /// reads.
    package func evaluate(in scope: ExpressionScope) -> ExpressionValue {
        if let constant { return constant }
        return tree.evaluate(in: scope)
    }

    /// The first fault among the values that decide this expression's value; nil if there is none.
    ///
    /// Values that are not reached do not count: those after the first present one of `??`, and the branch of
    /// an `if` that is not taken.
    func fault(in scope: ExpressionScope) -> JSONFault? {
        scope.hasFaults ? tree.fault(in: scope) : nil
    }

    /// The time that this expression's value names, if that is a text of the record: it is read in place,
    /// without a `String`.
    ///
    /// Nil for any other value.
    func timeInPlace(zoneless: LocalZone?, in scope: ExpressionScope) -> Timestamp.Reading? {
        tree.timeInPlace(zoneless: zoneless, in: scope)
    }

    /// The scope of expressions that read nothing.
    private static let emptyScope = (try? JSONDocument(parsing: Array("null".utf8))).map {
        ExpressionScope(root: $0.root)
    }
}
