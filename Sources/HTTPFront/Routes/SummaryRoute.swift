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
        let summary: Summary
        do throws(TooManyGroups) {
            summary = try published.snapshot.summary(of: request.query, by: request.grouping)
        } catch {
            throw .tooManyGroups(error, groupBy: request.grouping.keys.map(\.name).joined(separator: ","))
        }
        // Written even if the client has them already, since the tag is a hash of these bytes.
        let (data, total) = (request.grouping.data(summary.groups), request.grouping.total(summary.total))
        let tag = entityTag(scope, in: request.responseFormat) { fingerprint in
            fingerprint.add(data[...])
            fingerprint.add(total[...])
        }
        guard request.responseFormat == .json else {
            let lines = request.grouping.lines(summary.groups, in: request.responseFormat)
            return answer(scope, tag: tag, lines: lines, fileName: "rollcall-summary")
        }
        return answer(scope, tag: tag) { body in
            body.text.key("data")
            body.append(encoded: data)
            body.text.key("total")
            body.append(encoded: total)
            body.text.key("total_is")
            body.text.string(scope.totalIs)
            writeSnapshot(to: &body.text)
            scope.writeMembers(withOldest: true, to: &body.text)
        }
    }
}

extension Grouping {
    fileprivate func data(_ groups: [Summary.Group]) -> [UInt8] {
        let names = GroupNames(self)
        var json = JSONWriter(reservingCapacity: groups.count * 200)
        json.array { json in for group in groups { group.write(to: &json, names) } }
        return json.bytes
    }

    /// The lines of the groups only, since clients would take a line with the totals for a group.
    fileprivate func lines(_ groups: [Summary.Group], in format: ResponseFormat) -> LineBody {
        if format == .csv {
            let names =
                keys.map(\.name) + ["count"]
                + sums.flatMap { field in ["sum", "rows", "null_rows"].map { "sums.\(field.name).\($0)" } }
            @Sendable func writeHeader(to csv: inout CSVWriter) {
                for name in names { csv.text(name) }
                csv.endLine()
            }
            return LineBody(format, count: groups.count, header: writeHeader) { groups[$0].write(to: &$1) }
        }
        let names = GroupNames(self)
        return LineBody(format, count: groups.count) { group, json in
            groups[group].write(to: &json, names)
            json.endLine()
        }
    }

    fileprivate func total(_ tally: Summary.Tally) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in tally.write(to: &json, sumsOfTotal.map { JSONKey($0.name) }) }
        return json.bytes
    }
}

/// The names of a group's members, encoded once for all groups.
private struct GroupNames: Sendable {
    let keys: [JSONKey]
    let sums: [JSONKey]

    init(_ grouping: Grouping) {
        keys = grouping.keys.map { JSONKey($0.name) }
        sums = grouping.sums.map { JSONKey($0.name) }
    }
}

extension Summary.Group {
    fileprivate func write(to json: inout JSONWriter, _ names: GroupNames) {
        json.object { json in
            for (name, value) in zip(names.keys, values) {
                json.key(name)
                json.fieldValue(value)
            }
            tally.write(to: &json, names.sums)
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
        csv.endLine()
    }
}

extension Summary.Tally {
    fileprivate func write(to json: inout JSONWriter, _ names: [JSONKey]) {
        json.key("count")
        json.int(count)
        json.key("sums")
        json.object { json in
            for (name, sum) in zip(names, sums) {
                json.key(name)
                json.object { json in
                    json.key("sum")
                    if let value = sum.value { json.double(value) } else { json.null() }
                    json.key("rows")
                    json.int(sum.rows)
                    json.key("null_rows")
                    json.int(sum.nullRows)
                }
            }
        }
    }
}

extension JSONWriter {
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
