import Deployments
import Snapshots
import Wire

extension ReadContext {
    /// `GET /v1/summary`: counts and sums over the rows that a list with the same filters has, from the same snapshot.
    func summary() async throws(Problem) -> RouteResponse {
        let request = try parsed(.summary)
        let (context, scope) = await read(request) { request.query.reaches($0) }
        return try context.summary(request, scope)
    }

    private func summary(_ request: ReadRequest, _ scope: SourceScope) throws(Problem) -> RouteResponse {
        try scope.admit(request)
        let grouping = request.grouping ?? Grouping(of: .deployments, keys: [])
        let summary: Summary
        do throws(TooManyGroups) {
            summary = try published.snapshot.summary(of: request.query, by: grouping)
        } catch {
            throw .tooManyGroups(error, groupBy: grouping.keys.map(\.name).joined(separator: ","))
        }
        // Written even if the client has them already, since the tag is a hash of these bytes.
        let (data, total) = (grouping.data(summary.groups), grouping.total(summary.total))
        let tag = entityTag(scope, in: request.responseFormat) { fingerprint in
            fingerprint.add(data[...])
            fingerprint.add(total[...])
        }
        guard request.responseFormat == .json else {
            let lines = grouping.lines(summary, request)
            return answer(scope, tag: tag, lines: lines, fileName: "rollcall-summary")
        }
        return answer(scope, tag: tag) { body in
            body.text.key("data")
            body.append(encoded: data)
            body.text.key("total")
            body.append(encoded: total)
            if grouping.limit != nil {
                body.text.key("total_groups")
                body.text.int(grouping.keys.isEmpty ? 0 : summary.groupCount)
            }
            body.text.key("total_is")
            body.text.string(scope.totalIs)
            writeSnapshot(to: &body.text)
            scope.writeMembers(withOldest: true, to: &body.text)
        }
    }
}

extension Grouping {
    /// The groups; none without keys, since the total is then all there is.
    fileprivate func data(_ groups: [Summary.Group]) -> [UInt8] {
        let names = MemberNames(self)
        let groups = keys.isEmpty ? [] : groups
        var json = JSONWriter(reservingCapacity: groups.count * 200)
        json.array { json in for group in groups { group.write(to: &json, names) } }
        return json.bytes
    }

    /// A line for each group; without keys, one line for the total.
    ///
    /// Beside groups there is none for the total, since clients would take it for a group.
    fileprivate func lines(_ summary: Summary, _ request: ReadRequest) -> LineBody {
        let groups = keys.isEmpty ? [Summary.Group(values: [], tally: summary.total)] : summary.groups
        if request.responseFormat == .csv {
            let names = columns
            let mark = request.withByteOrderMark
            @Sendable func writeHeader(to csv: inout CSVWriter) {
                if mark { csv.byteOrderMark() }
                for name in names { csv.text(name) }
                csv.endLine()
            }
            return LineBody(.csv, count: groups.count, header: writeHeader) { groups[$0].write(to: &$1) }
        }
        let names = MemberNames(self)
        return LineBody(request.responseFormat, count: groups.count) { group, json in
            groups[group].write(to: &json, names)
            json.endLine()
        }
    }

    /// The names of a line's cells.
    private var columns: [String] {
        let sums = keys.isEmpty ? sumsOfTotal : sums
        let summed = sums.flatMap { field in ["sum", "rows", "null_rows"].map { "sums.\(field.name).\($0)" } }
        let told = extremes.flatMap { extreme in
            [extreme.word, "rows", "null_rows"].map { "\(extreme.word).\(extreme.field.name).\($0)" }
        }
        return keys.map(\.name) + ["count"] + summed + told
    }

    fileprivate func total(_ tally: Summary.Tally) -> [UInt8] {
        var names = MemberNames(self)
        names.sums = sumsOfTotal.map { JSONKey($0.name) }
        var json = JSONWriter()
        json.object { json in tally.write(to: &json, names) }
        return json.bytes
    }
}

extension Grouping.Extreme {
    /// The parameter that asks for it, and its member in an answer.
    fileprivate var word: String { isGreatest ? "max" : "min" }
}

/// The names of a group's members, encoded once for all groups.
private struct MemberNames: Sendable {
    let keys: [JSONKey]
    var sums: [JSONKey]
    /// The extremes in the order of ``Grouping/extremes``, with their fields' names.
    let extremes: [(word: String, field: JSONKey)]

    init(_ grouping: Grouping) {
        keys = grouping.keys.map { JSONKey($0.name) }
        sums = (grouping.keys.isEmpty ? grouping.sumsOfTotal : grouping.sums).map { JSONKey($0.name) }
        extremes = grouping.extremes.map { ($0.word, JSONKey($0.field.name)) }
    }
}

extension Summary.Group {
    fileprivate func write(to json: inout JSONWriter, _ names: MemberNames) {
        json.object { json in
            for (name, value) in zip(names.keys, values) {
                json.key(name)
                json.fieldValue(value)
            }
            tally.write(to: &json, names)
        }
    }

    fileprivate func write(to csv: inout CSVWriter) {
        for value in values { csv.value(value) }
        csv.number(Double(tally.count))
        for sum in tally.sums {
            if let value = sum.value { csv.number(value) } else { csv.null() }
            csv.number(Double(sum.rows))
            csv.number(Double(sum.nullRows))
        }
        for extreme in tally.extremes {
            csv.value(FieldValue(extreme.value))
            csv.number(Double(extreme.rows))
            csv.number(Double(extreme.nullRows))
        }
        csv.endLine()
    }
}

extension Summary.Tally {
    fileprivate func write(to json: inout JSONWriter, _ names: MemberNames) {
        json.key("count")
        json.int(count)
        json.key("sums")
        json.object { json in
            for (name, sum) in zip(names.sums, sums) {
                json.key(name)
                json.object { json in
                    json.key("sum")
                    if let value = sum.value { json.double(value) } else { json.null() }
                    json.covered(sum.rows, sum.nullRows)
                }
            }
        }
        for word in ["min", "max"] where names.extremes.contains(where: { $0.word == word }) {
            json.key(word)
            json.object { json in
                for (name, extreme) in zip(names.extremes, extremes) where name.word == word {
                    json.key(name.field)
                    json.object { json in
                        json.key(word)
                        json.timeOrNull(extreme.value)
                        json.covered(extreme.rows, extreme.nullRows)
                    }
                }
            }
        }
    }
}

extension JSONWriter {
    /// The numbers of rows that state a value, and of those that state none.
    fileprivate mutating func covered(_ rows: Int, _ nullRows: Int) {
        key("rows")
        int(rows)
        key("null_rows")
        int(nullRows)
    }

    fileprivate mutating func fieldValue(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .text(let text): string(text)
        case .number(let number): double(number)
        case .time(let instant): time(instant)
        case .bool(let value): bool(value)
        }
    }
}

extension Problem {
    fileprivate static func tooManyGroups(_ error: TooManyGroups, groupBy: String) -> Problem {
        let advice =
            error.onlyWithZeros
            ? "`zeros=false` leaves out those without rows" : "group by fewer fields, or filter"
        return .invalid([
            ParameterError(
                parameter: QueryParser.Name.groupBy.rawValue, value: groupBy,
                "results in more than \(Grouping.groupLimit) groups; \(advice)")
        ])
    }
}
