import HTTPTypes
import Wire

extension Platform {
    /// The platform's response, or the one that a fault replaces it with.
    func faultyResponse(to request: PlatformRequest) -> PlatformResponse {
        let replacing: [Fault] = [
            .status500, .status429, .status401, .status404, .billing, .html, .empty, .wrongTypes, .code200,
            .deepNesting,
        ]
        for fault in replacing {
            guard let setting = request.faults[fault] else { continue }
            return replacement(fault, setting, number: request.number)
        }
        var response = asSeen(by: request).response(to: request)
        response.isOfDoneWrite = request.method.writes && response.status.kind == .successful
        if response.status == .ok {
            if request.faults[.partialContent] != nil { response.status = .partialContent }
            if request.faults[.acceptedEmpty] != nil { response.status = .accepted }
        }
        if let setting = request.faults[.staleCache] {
            response.headers[.age] = "\(Int(setting.seconds ?? 3600))"
        }
        return response
    }

    /// The platform as it shows itself to a request: as it is, or as it was where it lags.
    private func asSeen(by request: PlatformRequest) -> Self {
        guard request.method == .get else { return self }
        var late = self
        if let lagging = request.faults[.lagging] {
            let lag = Int64((lagging.seconds ?? 60) * 1_000_000)
            let now = now
            late.now = { now().adding(microseconds: -lag) }
        }
        if let asOf = request.shownAsOf {
            let now = late.now
            late.now = { min(now(), asOf) }
        }
        return late
    }

    private func replacement(_ fault: Fault, _ setting: FaultSetting, number: Int) -> PlatformResponse {
        switch fault {
        case .status429:
            var response = refusal(.throttled, number: number)
            if let seconds = setting.seconds { response.headers[.retryAfter] = "\(Int(seconds))" }
            return response
        case .status401: return refusal(.unauthorized, number: number)
        case .status404: return refusal(.missing, number: number)
        case .billing: return refusal(.overdue, number: number)
        case .code200: return refusal(.errorUnder200, number: number)
        case .html:
            var response = PlatformResponse(
                .ok, body: [UInt8]("<!doctype html><title>Sign in</title><p>Sign in".utf8))
            response.headers[.contentType] = "text/html; charset=utf-8"
            return response
        case .empty: return PlatformResponse(.ok, body: [])
        case .wrongTypes: return malformed(number: number)
        case .deepNesting:
            let depth = 10_000
            let open = [UInt8](repeating: UInt8(ascii: "["), count: depth)
            return PlatformResponse(.ok, body: open + [UInt8](repeating: UInt8(ascii: "]"), count: depth))
        default: return refusal(.broken, number: number)
        }
    }
}

/// The names of a dialect's fields that faults change in a record.
struct RecordKeys: Sendable {
    var identity: [String]
    var times: [String]
}

/// The encoded records of one page, before they are put into an envelope.
struct RecordPage: Sendable {
    var records: [[UInt8]]
    /// The total number of records on all pages, as the platform states it.
    var total: Int

    /// Applies the faults that change a list's content.
    mutating func apply(_ faults: [Fault: FaultSetting], number: Int, keys: RecordKeys) {
        guard !faults.isEmpty else { return }
        if faults[.emptyList] != nil || faults[.acceptedEmpty] != nil { (records, total) = ([], 0) }
        if faults[.partialContent] != nil {
            records.removeLast(records.count / 2)
            total = records.count
        }
        if faults[.movingTotal] != nil { total += number }
        for fault in [Fault.unknownStatus, .oddTypes, .unreadableTimes, .brokenTexts]
        where faults[fault] != nil {
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
        if faults[.twins] != nil, let first = records.first {
            if records.count > 1 { records.removeLast() }
            records.append(spoiled(first, by: .twins, keys: keys))
        }
        if faults[.shortPage] != nil { records.removeLast((records.count + 2) / 3) }
    }

    private func spoiled(_ record: [UInt8], by fault: Fault, keys: RecordKeys) -> [UInt8] {
        guard let document = try? JSONDocument(parsing: record) else { return record }
        var writer = JSONWriter(reservingCapacity: record.count + 64)
        // No record has this text, so it marks the end to cut.
        let mark = "\u{7F}cut\u{7F}"
        writer.object { writer in
            for (key, value) in document.root.members {
                let isIdentity = keys.identity.contains(key)
                if fault == .noIdentity, isIdentity { continue }
                let isFree = !isIdentity && !keys.times.contains(key) && key != "status"
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
                case (.brokenTexts, .string) where isFree: writer.string((value.string ?? "") + mark)
                case (.twins, .string) where isFree: writer.string("twin")
                default: writer.value(value)
                }
            }
        }
        // The first byte of a character of two.
        return fault == .brokenTexts ? writer.bytes.replacing(Array(mark.utf8), with: [0xC3]) : writer.bytes
    }
}
