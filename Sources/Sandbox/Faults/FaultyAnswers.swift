import HTTPTypes
import Wire

extension Platform {
    /// The platform's answer, or what a fault puts in its place.
    func faultyAnswer(to call: Call) -> Answer {
        let whole: [Fault] = [
            .status500, .status429, .status401, .billing, .html, .empty, .wrongTypes, .code200, .deepNesting,
        ]
        for fault in whole {
            guard let setting = call.faults[fault] else { continue }
            return replacement(fault, setting, number: call.number)
        }
        return answer(to: call)
    }

    private func replacement(_ fault: Fault, _ setting: FaultSetting, number: Int) -> Answer {
        switch fault {
        case .status429:
            var answer = refusal(.throttled, number: number)
            if let seconds = setting.seconds { answer.headers[.retryAfter] = "\(Int(seconds))" }
            return answer
        case .status401: return refusal(.unauthorized, number: number)
        case .billing: return refusal(.overdue, number: number)
        case .code200: return refusal(.inDisguise, number: number)
        case .html:
            var answer = Answer(.ok, body: [UInt8]("<!doctype html><title>Sign in</title><p>Sign in".utf8))
            answer.headers[.contentType] = "text/html; charset=utf-8"
            return answer
        case .empty: return Answer(.ok, body: [])
        case .wrongTypes: return misshapen(number: number)
        case .deepNesting:
            let depth = 10_000
            let open = [UInt8](repeating: UInt8(ascii: "["), count: depth)
            return Answer(.ok, body: open + [UInt8](repeating: UInt8(ascii: "]"), count: depth))
        default: return refusal(.broken, number: number)
        }
    }
}

/// A dialect's names for what faults change in a record.
struct RecordKeys: Sendable {
    var identity: [String]
    var times: [String]
}

/// The records of one page, each encoded, on their way into an envelope.
struct RecordPage: Sendable {
    var records: [[UInt8]]
    /// What the platform says about all pages together.
    var total: Int

    /// Applies the faults that change a list's content.
    mutating func apply(_ faults: [Fault: FaultSetting], number: Int, keys: RecordKeys) {
        guard !faults.isEmpty else { return }
        if faults[.emptyList] != nil { (records, total) = ([], 0) }
        if faults[.movingTotal] != nil { total += number }
        for fault in [Fault.unknownStatus, .oddTypes, .unreadableTimes] where faults[fault] != nil {
            for index in stride(from: 0, to: records.count, by: 4) {
                records[index] = spoiled(records[index], by: fault, keys: keys)
            }
        }
        if faults[.noIdentity] != nil, !records.isEmpty {
            records[0] = spoiled(records[0], by: .noIdentity, keys: keys)
        }
        if faults[.duplicateInPage] != nil, let first = records.first {
            if records.count > 1 { records.removeLast() }
            records.append(first)
        }
        if faults[.shortPage] != nil { records.removeLast((records.count + 2) / 3) }
    }

    private func spoiled(_ record: [UInt8], by fault: Fault, keys: RecordKeys) -> [UInt8] {
        guard let document = try? JSONDocument(parsing: record) else { return record }
        var writer = JSONWriter(reservingCapacity: record.count + 64)
        writer.object { writer in
            for (key, value) in document.root.members {
                let isIdentity = keys.identity.contains(key)
                if fault == .noIdentity, isIdentity { continue }
                writer.key(key)
                switch (fault, value.kind) {
                case (.unknownStatus, _) where key == "status": writer.string("TRANSCENDING")
                case (.unreadableTimes, _) where keys.times.contains(key): writer.string("last Tuesday")
                case (.oddTypes, .int):
                    writer.object {
                        $0.key("value")
                        $0.value(value)
                    }
                case (.oddTypes, .string) where !isIdentity: writer.int(7)
                case (.oddTypes, .array): writer.bool(true)
                default: writer.value(value)
                }
            }
        }
        return writer.bytes
    }
}
