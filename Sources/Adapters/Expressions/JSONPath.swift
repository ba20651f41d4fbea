package import Wire

/// A path into a JSON value: a subset of RFC 9535.
///
/// `$.a['quoted key'][0][-1][*].*[?@.type == 'Ready']`; no slices, no `..`, one selector in each bracket.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    /// One step from a value to its children.
    enum Step: Sendable, Hashable {
        case name(String)
        /// An index; below 0 it counts from the end.
        case index(Int)
        case wildcard
        case filter(JSONPathFilter)

        /// The step of a pointer; nil if the step may lead to several values.
        var pointerStep: JSONPointer.Step? {
            switch self {
            case .name(let name): .name(name)
            case .index(let index): .position(index)
            case .wildcard, .filter: nil
            }
        }

        var isSingular: Bool { pointerStep != nil }
    }

    let steps: [Step]
    /// The steps before the first wildcard or filter, as documents read them.
    let stem: JSONPointer
    /// The same path as documents read it; nil if it is not singular.
    let pointer: JSONPointer?

    init(steps: [Step]) {
        self.steps = steps
        let singular = steps.prefix(while: \.isSingular)
        stem = JSONPointer(singular.compactMap(\.pointerStep))
        pointer = singular.count == steps.count ? stem : nil
    }

    /// True if it leads to at most one value: no wildcard, no filter.
    package var isSingular: Bool { pointer != nil }

    /// Reads a text as a path that begins with `$`.
    package init(parsing text: String) throws(ExpressionError) {
        var scanner = try ExpressionScanner(text)
        guard scanner.take("$") else { throw scanner.failure("a path must begin with `$`, such as $.name") }
        self.init(steps: try scanner.steps())
        guard scanner.isAtEnd else { throw scanner.unexpected() }
    }

    /// The names of a path of names only, which may end in a wildcard (`isOpen`); nil for any other path.
    var memberNames: (names: [String], isOpen: Bool)? {
        let isOpen = steps.last == .wildcard
        let steps = isOpen ? steps.dropLast() : steps[...]
        let names = steps.compactMap { step -> String? in if case .name(let name) = step { name } else { nil }
        }
        return names.count == steps.count ? (names, isOpen) : nil
    }

    /// The value at a singular path, JSON's null included; nil if it is missing.
    ///
    /// For a path that is not singular, its first value.
    package func value(in root: JSONValue) -> JSONValue? {
        pointer.map { root.value(at: $0) } ?? values(in: root).first
    }

    /// Every value that the path leads to, in the document's order.
    package func values(in root: JSONValue) -> [JSONValue] { values(in: root, limit: .max) }

    /// Every value that the path leads to, but no more than `limit`.
    func values(in root: JSONValue, limit: Int) -> [JSONValue] {
        var found: [JSONValue] = []
        collect(steps[...], from: root, limit: limit, into: &found)
        return found
    }

    private func collect(
        _ rest: ArraySlice<Step>, from start: JSONValue, limit: Int, into found: inout [JSONValue]
    ) {
        var value = start
        for (position, step) in zip(rest.indices, rest) {
            guard step.isSingular else {
                for child in value.children where step.admits(child) {
                    collect(rest[(position + 1)...], from: child, limit: limit, into: &found)
                    if found.count >= limit { return }
                }
                return
            }
            guard let child = step.child(of: value) else { return }
            value = child
        }
        found.append(value)
    }

    /// True if this path is the other or an ancestor of it, in some document.
    ///
    /// A wildcard or a filter, on either side, matches any child; an index from the end any index from the
    /// front.
    package func covers(_ other: JSONPath) -> Bool {
        steps.count <= other.steps.count && zip(steps, other.steps).allSatisfy { $0.canMeet($1) }
    }

    package var description: String { "$" + stepsText }

    /// The steps as text, without the `$`.
    var stepsText: String { steps.map(\.description).joined() }
}

extension JSONPath {
    package static func == (left: JSONPath, right: JSONPath) -> Bool { left.steps == right.steps }

    package func hash(into hasher: inout Hasher) { hasher.combine(steps) }
}

extension JSONPath.Step: CustomStringConvertible {
    var description: String {
        switch self {
        case .name(let name):
            ExpressionScanner.isName(name) ? ".\(name)" : "[\(ExpressionScanner.quoted(name))]"
        case .index(let index): "[\(index)]"
        case .wildcard: "[*]"
        case .filter(let filter): "[?\(filter)]"
        }
    }

    func child(of value: JSONValue) -> JSONValue? {
        switch self {
        case .name(let name): value[name]
        case .index(let index): value.element(at: index)
        case .wildcard, .filter: nil
        }
    }

    func admits(_ child: JSONValue) -> Bool {
        if case .filter(let filter) = self { filter.admits(child) } else { true }
    }

    func canMeet(_ other: JSONPath.Step) -> Bool {
        switch (self, other) {
        case (.name(let left), .name(let right)): left == right
        case (.index(let left), .index(let right)): left == right || (left < 0) != (right < 0)
        case (.name, .index), (.index, .name): false
        default: true
        }
    }
}

extension JSONValue {
    /// An array's elements or an object's values, in the order they were written; empty for a scalar.
    var children: [JSONValue] { kind == .object ? members.map(\.value) : elements }
}
