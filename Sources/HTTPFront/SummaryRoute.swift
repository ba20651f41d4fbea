import Deployments
import Wire

extension Asked {
    /// `GET /v1/summary`: what the rows of a list's filters come to, from the snapshot that the list is taken from.
    func summary() async throws(Problem) -> Answer {
        let request = try QueryParser.parse(parameters, grammar: .summary, now: now)
        let (asked, reached) = await read(request) { request.query.reaches($0) }
        return try asked.summary(request, reached)
    }

    private func summary(_ request: ReadRequest, _ reached: Reached) throws(Problem) -> Answer {
        try reached.needsList()
        try reached.hold(request)
        let summary: Summary
        do throws(TooManyGroups) {
            summary = try published.snapshot.summary(of: request.query, by: request.grouping)
        } catch {
            throw .tooManyGroups(error, groupBy: request.grouping.keys.map(\.name).joined(separator: ","))
        }
        // Written before it is known whether the client has it: the tag is a hash of just this.
        let (data, total) = (request.grouping.data(summary.groups), request.grouping.total(summary.total))
        let tag = entityTag(reached) { fingerprint in
            fingerprint.add(data[...])
            fingerprint.add(total[...])
        }
        return answer(reached, tag: tag) { json in
            json.key("data")
            json.encoded(data)
            json.key("total")
            json.encoded(total)
            json.key("total_is")
            json.string(reached.totalIs)
            writeSnapshot(to: &json)
            reached.writeMembers(withOldest: true, to: &json)
        }
    }
}

extension Grouping {
    fileprivate func data(_ groups: [Summary.Group]) -> [UInt8] {
        let (names, summed) = (keys.map { JSONKey($0.name) }, sums.map { JSONKey($0.name) })
        var json = JSONWriter(reservingCapacity: groups.count * 200)
        json.array { json in
            for group in groups {
                json.object { json in
                    for (name, value) in zip(names, group.values) {
                        json.key(name)
                        json.fieldValue(value)
                    }
                    group.tally.write(to: &json, summed)
                }
            }
        }
        return json.bytes
    }

    fileprivate func total(_ tally: Summary.Tally) -> [UInt8] {
        var json = JSONWriter()
        json.object { json in tally.write(to: &json, sumsOfTotal.map { JSONKey($0.name) }) }
        return json.bytes
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
        case .flag(let flag): bool(flag)
        }
    }
}

extension Problem {
    fileprivate static func tooManyGroups(_ error: TooManyGroups, groupBy: String) -> Problem {
        let advice =
            error.onlyWithZeros
            ? "with the words that no row has; `zeros=false` leaves those out"
            : "group by fewer fields, or filter"
        return .invalid([
            ParameterError(
                parameter: QueryParser.Name.groupBy.rawValue, value: groupBy,
                "would make more than \(Grouping.groupLimit) groups: \(advice)")
        ])
    }
}
