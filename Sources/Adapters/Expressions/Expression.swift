import Wire

/// A formula of an adapter file, such as `$.name ?? $.deployed_model`: parsed once, evaluated for each record.
///
/// Total and pure: no loop, no clock, no input but its scope; an operand of the wrong kind gives a mismatch.
/// A class, as every record is read with the same two dozen: passing one on counts one reference.
package final class Expression: Sendable {
    package let text: String
    /// What `$` paths it reads, those inside conditions included.
    package let paths: [JSONPath]
    /// What `^` paths it reads, written from the parent's `$`.
    package let parentPaths: [JSONPath]
    /// The variables it reads.
    package let variables: Set<String>
    /// Its value when it reads nothing of its scope; nil otherwise.
    package let constant: ExpressionValue?
    /// Whether a path from `$` is all of it.
    let isPath: Bool
    /// That path, or one to `$` itself where there is more to it: an optional would be counted at each use.
    let pointer: JSONPointer
    private let tree: ExpressionNode

    /// Parses a whole text.
    ///
    /// `variables` and `maps` are the names that exist; any other is an error that tells the nearest.
    /// `allowsParent` admits `^`.
    package init(
        parsing text: String, variables: Set<String>, maps: Set<String> = [], allowsParent: Bool = false
    ) throws(ExpressionError) {
        var parser = ExpressionParser(
            scanner: try ExpressionScanner(text), variables: variables, maps: maps, allowsParent: allowsParent
        )
        let tree = try parser.whole()
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
        constant = parser.reads.nothing ? Self.emptyScope.map { tree.evaluate(in: $0) } : nil
    }

    /// This expression's value; never traps, and takes time in proportion to its length and the lists it reads.
    package func evaluate(in scope: ExpressionScope) -> ExpressionValue {
        if let constant { return constant }
        return tree.evaluate(in: scope)
    }

    /// The time that this expression's value names, where that is a text of the record, read where it stands.
    ///
    /// No text is made of it. Nil where the value is another.
    func timeInPlace(zoneless: Int?, in scope: ExpressionScope) -> Timestamp.Reading? {
        tree.timeInPlace(zoneless: zoneless, in: scope)
    }

    /// Where an expression that reads nothing is evaluated.
    private static let emptyScope = (try? JSONDocument(parsing: Array("null".utf8))).map {
        ExpressionScope(root: $0.root)
    }
}
