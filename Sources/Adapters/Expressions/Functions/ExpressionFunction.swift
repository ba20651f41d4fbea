/// One function of the expression language; the parser accepts, and the reference lists, those in ``all``.
package struct ExpressionFunction: Sendable {
    /// The name by which expressions call it.
    package let name: String
    /// The parameters in order; one that ends in `?` may be left out, one that ends in `…` may be repeated.
    package let parameters: [String]
    /// One sentence for the reference.
    package let summary: String
    let body: Body

    /// The effect of a call.
    enum Body: Sendable {
        case one(@Sendable (ExpressionValue) -> ExpressionValue)
        case two(@Sendable (ExpressionValue, ExpressionValue) -> ExpressionValue)
        case three(@Sendable (ExpressionValue, ExpressionValue, ExpressionValue) -> ExpressionValue)
        case many(@Sendable ([ExpressionValue]) -> ExpressionValue)
        /// A call that reads the headers of the answer.
        case header(@Sendable (ExpressionValue, ExpressionScope) -> ExpressionValue)
        /// A call that is compiled to a node of its own.
        case form(Form)
    }

    enum Form: Sendable { case choice, time, date, lookup }

    init(_ name: String, _ parameters: [String], _ summary: String, _ body: Body) {
        self.name = name
        self.parameters = parameters
        self.summary = summary
        self.body = body
    }

    /// The call as it is written: `split(text, separator)`.
    package var signature: String { "\(name)(\(parameters.joined(separator: ", ")))" }

    /// The number of operands that it takes.
    ///
    /// If the last may be repeated, the limit is the longest expression that is allowed.
    package var arity: ClosedRange<Int> {
        let least = parameters.count { !$0.hasSuffix("?") }
        let isRepeated = parameters.last?.hasSuffix("…") == true
        return least...(isRepeated ? ExpressionLimits.length : parameters.count)
    }

    static let named = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
}

extension ExpressionFunction.Body {
    /// Evaluates a call; the parser has checked the number of operands.
    func apply(_ operands: [ExpressionNode], in scope: ExpressionScope) -> ExpressionValue {
        switch self {
        case .one(let function): function(operands[0].evaluate(in: scope))
        case .two(let function): function(operands[0].evaluate(in: scope), operands[1].evaluate(in: scope))
        case .three(let function):
            function(
                operands[0].evaluate(in: scope), operands[1].evaluate(in: scope),
                operands[2].evaluate(in: scope))
        case .many(let function): function(operands.map { $0.evaluate(in: scope) })
        case .header(let function): function(operands[0].evaluate(in: scope), scope)
        case .form: .null
        }
    }
}

extension ExpressionFunction {
    /// Every function, in the order of the reference.
    package static let all: [ExpressionFunction] = choosing + lists + strings + numbers + times + answers

    private static let choosing = [
        ExpressionFunction(
            "if", ["condition", "then", "else?"],
            "The second value if the condition holds, else the third or null; a null condition does not hold.",
            .form(.choice)),
        ExpressionFunction(
            "exists", ["value"], "True if the value is there: not missing, not null, not an empty text.",
            .one { .bool($0.isPresent) }),
        ExpressionFunction(
            "lookup", ["value", "map"],
            "The entry for the value in the file's map of that name; null if there is none.",
            .form(.lookup)),
    ]

    private static let lists = [
        ExpressionFunction(
            "first", ["list"], "The list's first value.", .one { $0.withList { $0.first ?? .null } }),
        ExpressionFunction(
            "last", ["list"], "The list's last value.", .one { $0.withList { $0.last ?? .null } }),
        ExpressionFunction(
            "any", ["list"], "True if the list has a value that is there: not null, not an empty text.",
            .one { $0.withList { .bool($0.contains(where: \.isPresent)) } }),
        ExpressionFunction(
            "count", ["list"], "The number of values in the list.",
            .one { $0.withList { .number(Double($0.count)) } }),
        ExpressionFunction(
            "sum", ["list"], "The sum of the list's numbers, nulls left out; null if there is none.",
            .one { $0.withList(sum) }),
        ExpressionFunction(
            "min", ["value…"], "The least of the values, or of a list; nulls are left out.",
            .many { extreme($0) { $0 < 0 } }),
        ExpressionFunction(
            "max", ["value…"], "The greatest of the values, or of a list; nulls are left out.",
            .many { extreme($0) { $0 > 0 } }),
    ]

    private static let strings = [
        ExpressionFunction(
            "lower", ["text"], "The text in lower case.", .one { $0.withText { .text($0.lowercased()) } }),
        ExpressionFunction(
            "upper", ["text"], "The text in upper case.", .one { $0.withText { .text($0.uppercased()) } }
        ),
        ExpressionFunction(
            "trim", ["text"], "The text without white space at its ends.",
            .one { $0.withText { .text($0.trimmed) } }),
        ExpressionFunction(
            "split", ["text", "separator"], "The list of the pieces between the separators.", .two(split)),
        ExpressionFunction(
            "segment", ["text", "separator", "index"],
            "One piece between the separators, 0 the first and -1 the last; null if there is none.",
            .three(segment)),
        ExpressionFunction(
            "replace", ["text", "what", "with"], "The text with every occurrence replaced.", .three(replace)),
        ExpressionFunction(
            "starts_with", ["text", "start"], "True if the text begins with the other; letter case counts.",
            .two { text, start in
                text.withText { text in start.withText { .bool(text.utf8.starts(with: $0.utf8)) } }
            }),
        ExpressionFunction(
            "ends_with", ["text", "end"], "True if the text ends with the other; letter case counts.",
            .two { text, end in
                text.withText { text in
                    end.withText { .bool(text.utf8.reversed().starts(with: $0.utf8.reversed())) }
                }
            }),
        ExpressionFunction(
            "contains", ["text", "part"], "True if the part occurs in the text; letter case counts.",
            .two(contains)),
        ExpressionFunction(
            "join", ["separator", "text…"],
            "The texts, and the values of lists, with the separator between them; null if one is null.",
            .many(join)),
        ExpressionFunction(
            "text", ["value"], "The number, truth value or time as text.", .one { $0.withText { .text($0) } }),
    ]

    private static let numbers = [
        ExpressionFunction(
            "number", ["value"], "The number that a text spells; a number unchanged.",
            .one { $0.withNumber { .number($0) } })
    ]

    private static let answers = [
        ExpressionFunction(
            "header", ["name"],
            "The answer's first header of this name, in any case; null without one. Only in `pages` and `errors`.",
            .header { name, scope in
                name.withText { name in scope.header(name).map { .text($0) } ?? .null }
            }),
        ExpressionFunction(
            "link", ["relation"],
            "The target of the `Link` header's link with this relation, such as 'next'; null without one. Only in "
                + "`pages` and `errors`.",
            .header { relation, scope in
                relation.withText { relation in
                    scope.headers.lazy.filter { $0.name == "link" }
                        .compactMap { LinkHeader.target(of: relation.lowercased(), in: $0.value) }
                        .first.map { .text($0) } ?? .null
                }
            }),
    ]

    private static let times = [
        ExpressionFunction(
            "time", ["text", "zone?"],
            "The time of an RFC 3339 text; one without a zone is read in the given zone or the file's.",
            .form(.time)),
        ExpressionFunction(
            "unix_seconds", ["number"], "The time that is this many seconds after 1970-01-01T00:00:00Z.",
            .one { $0.instant(microsecondsPerUnit: 1_000_000) }),
        ExpressionFunction(
            "unix_millis", ["number"], "The time that is this many milliseconds after 1970-01-01T00:00:00Z.",
            .one { $0.instant(microsecondsPerUnit: 1000) }),
        ExpressionFunction(
            "date", ["text"], "Midnight at the start of a day such as 2026-01-31, in the file's zone or UTC.",
            .form(.date)),
    ]
}
