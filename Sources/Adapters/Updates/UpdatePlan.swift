import Deployments
import Upstream
import Wire

/// A change of a deployment, from the file's section `update`.
struct UpdatePlan: Sendable {
    var method: UpstreamRequest.Method
    /// The one path, the query and the headers, whose templates name fields of the row.
    var request: RequestPlan
    var schema: UpdateSchema
    var body: UpdateBody
    /// What has to hold before anything is sent.
    var allowed: [Condition]
    /// The statuses of success; empty: every 2xx.
    var success: Set<Int>
    /// Where an answer has the platform's own record of the deployment; nil: it has none.
    var record: JSONPath?
    /// The names of members of the body that the platform says are wrong, read from its refusal.
    var refused: Expression?
    /// The condition under which a listed row shows the effect; nil: its fields have the new values.
    var doneWhen: Expression?
    /// The fields of a row that templates and expressions may read.
    var rowFields: [String]

    /// A condition on a row and a patch.
    struct Condition: Sendable {
        var when: Expression
        /// What is told where it does not hold.
        var otherwise: String

        /// The one member that it reads; nil if it reads none or several.
        var member: String? {
            let fields = when.fields(prefixed: UpdatePlan.patchPrefix)
            return fields.count == 1 ? fields.first : nil
        }
    }

    /// The beginning of the names by which expressions read the new value of a field.
    static let patchPrefix = "patch."
    /// The beginning of the names by which `done_when` reads a field as it was before.
    static let beforePrefix = "before."

    /// The fields of a row that decide what is sent, in the order of their names.
    var fieldsSent: [String] {
        let templates = request.paths + request.query.map(\.value) + request.headers.map(\.value)
        var fields = Set(
            templates.flatMap(\.variables).filter { $0.hasPrefix(LookupPlan.rowPrefix) }
                .map { String($0.dropFirst(LookupPlan.rowPrefix.count)) })
        for expression in allowed.map(\.when) + body.leaves.map(\.expression) {
            fields.formUnion(expression.fields(prefixed: LookupPlan.rowPrefix))
        }
        fields.formUnion(schema.members.compactMap(\.multipleOf))
        return fields.sorted()
    }

    /// The members that the platform means by names of members of the body, in field order.
    func members(named names: [String]) -> [String] {
        var fields: Set<String> = []
        for (path, expression) in body.leaves
        where names.contains(path.last ?? "") || names.contains(path.joined(separator: ".")) {
            fields.formUnion(expression.fields(prefixed: Self.patchPrefix))
        }
        return schema.members.map(\.field).filter(fields.contains)
    }
}

/// The body of an update: expressions in nested objects.
indirect enum UpdateBody: Sendable {
    case value(Expression)
    case object([(name: String, value: UpdateBody)])

    /// The expressions with the names that lead to them.
    var leaves: [(path: [String], expression: Expression)] {
        switch self {
        case .value(let expression): [([], expression)]
        case .object(let members):
            members.flatMap { member in
                member.value.leaves.map { ([member.name] + $0.path, $0.expression) }
            }
        }
    }

    /// The value as JSON, without members that have no value; nil if nothing of it has one.
    ///
    /// - Throws: ``UnreadableMember`` for the first expression whose value is of a kind that it cannot be used with.
    func json(in scope: ExpressionScope) throws(UnreadableMember) -> [UInt8]? {
        switch self {
        case .value(let expression):
            let value = expression.evaluate(in: scope)
            if case .mismatch = value { throw UnreadableMember(name: "") }
            var json = JSONWriter()
            return value.write(to: &json) ? json.bytes : nil
        case .object(let members):
            var written: [(name: String, json: [UInt8])] = []
            for member in members {
                do throws(UnreadableMember) {
                    if let json = try member.value.json(in: scope) { written.append((member.name, json)) }
                } catch {
                    throw UnreadableMember(name: member.name + (error.name.isEmpty ? "" : "." + error.name))
                }
            }
            guard !written.isEmpty else { return nil }
            var json = JSONWriter()
            json.object { json in
                for member in written {
                    json.key(member.name)
                    json.encoded(member.json)
                }
            }
            return json.bytes
        }
    }
}

/// A member of a body whose value cannot be made.
struct UnreadableMember: Error {
    /// Its names in the body, with dots.
    var name: String
}

extension ExpressionValue {
    /// Appends the value as JSON; false for a value that is missing, of which nothing is appended.
    fileprivate func write(to json: inout JSONWriter) -> Bool {
        switch self {
        case .null, .mismatch: return false
        case .bool(let bool): json.bool(bool)
        case .number(let number):
            if let integer = Int64(exactly: number) { json.int(integer) } else { json.double(number) }
        case .text(let text): json.string(text)
        case .time(let time, _): json.time(time)
        case .node(let node): json.value(node)
        case .list(let elements):
            json.array { json in
                for element in elements where !element.write(to: &json) { json.null() }
            }
        }
        return true
    }
}

extension Expression {
    /// The fields that it reads by variables of this prefix, in the order of their names.
    func fields(prefixed prefix: String) -> [String] {
        variables.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
    }
}

extension FieldValue {
    /// The value in the expression language.
    var expressionValue: ExpressionValue {
        switch self {
        case .null: .null
        case .text(let text): .text(text)
        case .number(let number): .number(number)
        case .time(let time): .time(time, zoneAssumed: false)
        case .bool(let bool): .bool(bool)
        }
    }
}
