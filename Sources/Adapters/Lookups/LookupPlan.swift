import Deployments
import Wire

/// A secondary request for single rows, from the file's section `lookups`.
struct LookupPlan: Sendable {
    /// What others know of it.
    var lookup: Lookup
    /// The request, whose templates name fields of the row; nil where the lookup has no request of its own.
    var request: RequestPlan?
    /// How an answer is read as a row that has the lookup's fields alone.
    var record: RecordPlan<ModelDeployment>

    /// The beginning of the names by which templates read fields of a row: `row.workspace`.
    static let rowPrefix = "row."

    /// The time after which a key is looked up again, if the file does not say.
    static let standardLifetime = Duration.seconds(600)
}

extension LookupPlan {
    /// The fields of a row that the templates name, in the order of their first mention.
    static func keyFields(of request: RequestPlan) -> [String] {
        let templates = request.paths + request.query.map(\.value) + request.headers.map(\.value)
        var fields: [String] = []
        for name in templates.flatMap(\.variables) where name.hasPrefix(rowPrefix) {
            let field = String(name.dropFirst(rowPrefix.count))
            if !fields.contains(field) { fields.append(field) }
        }
        return fields
    }

    /// A hash of the request and of what is read of its answer; the same in every process.
    static func fingerprint(
        _ request: RequestPlan?, _ record: RecordPlan<ModelDeployment>
    ) -> String {
        var hash = StableHash()
        for template in request?.paths ?? [] { hash.add(template.text) }
        for (name, template) in (request?.query ?? []) + (request?.headers ?? []) {
            hash.add(name)
            hash.add(template.text)
        }
        for field in record.fields {
            hash.add("\(field.field.name)=\(field.expression.text)\(field.isInferred)")
        }
        for list in record.lists { hash.add("\(list.list.name)=\(list.expression.text)\(list.isInferred)") }
        for (name, map) in record.maps.sorted(by: { $0.key < $1.key }) {
            hash.add(name)
            for (key, value) in map.sorted(by: { $0.key < $1.key }) { hash.add("\(key)=\(value)") }
        }
        return hash.value.hexadecimalDigits
    }
}
