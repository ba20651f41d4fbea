import HTTPTypes
import Wire

/// The control page: lists the faults, and switches them on and off.
struct FaultControl: Sendable {
    var faults: Faults

    /// `segments` are those below `/_faults`.
    func response(method: HTTPRequest.Method, segments: [String], query: Query) -> PlatformResponse {
        switch (method, segments.count) {
        case (.get, 0): return catalog()
        case (.delete, 0):
            faults.clearAll()
            return activeFaults()
        case (.put, 2), (.delete, 2): return change(method, segments, query)
        case (_, 0), (_, 2): return problem(.methodNotAllowed, "GET, PUT and DELETE only")
        default: return problem(.notFound, "the path is /_faults or /_faults/{dialect}/{fault}")
        }
    }

    private func change(_ method: HTTPRequest.Method, _ segments: [String], _ query: Query)
        -> PlatformResponse
    {
        guard let dialect = Dialect(rawValue: segments[0]) else {
            let names = Dialect.allCases.map(\.rawValue).joined(separator: ", ")
            return problem(.notFound, "the dialects are \(names)")
        }
        guard let fault = Fault(rawValue: segments[1]), fault.dialects.contains(dialect) else {
            let names = Fault.allCases.filter { $0.dialects.contains(dialect) }.map(\.rawValue)
            let list = names.joined(separator: ", ")
            return problem(.notFound, "the faults of \(dialect.rawValue) are \(list)")
        }
        guard method == .put else {
            faults.clear(fault, on: dialect)
            return activeFaults()
        }
        do throws(PlatformResponse) {
            faults.set(fault, on: dialect, try setting(query))
            return activeFaults()
        } catch {
            return error
        }
    }

    /// The parameters of a fault that is switched on, and what each means.
    private static let settings = [
        ("count", "the number of requests that it hits; without it, all until it is switched off"),
        ("seconds", "a time, as the fault's description says; 0 to 86400"),
        ("share", "the percentage of requests that it hits; 1 to 100"),
        ("of", "requests, or paths: then the share is one of paths, each of which is always hit or never"),
        ("path", "the paths below the platform's base URL that it strikes; * stands for any characters"),
        ("megabytes", "the size of a body; 1 to 100000"),
        ("requests", "for how many requests lateInLists is late; 1 to 1000000"),
        ("seed", "draws the share at random, the same for the same seed; without it, it is evenly spread"),
    ]

    private func setting(_ query: Query) throws(PlatformResponse) -> FaultSetting {
        var setting = FaultSetting()
        for (name, value) in query.pairs {
            switch name {
            case "count": setting.count = try number(value, name, in: 1...1_000_000_000)
            case "share": setting.share = try number(value, name, in: 1...100)
            case "megabytes": setting.megabytes = try number(value, name, in: 1...100_000)
            case "requests": setting.requests = try number(value, name, in: 1...1_000_000)
            case "seed":
                guard let seed = UInt64(value) else {
                    throw problem(.badRequest, "seed is an integer from 0 to \(UInt64.max)")
                }
                setting.seed = seed
            case "of":
                guard let whole = FaultSetting.Whole(rawValue: value) else {
                    throw problem(.badRequest, "of is requests or paths")
                }
                setting.whole = whole
            case "path":
                guard (1...500).contains(value.utf8.count) else {
                    throw problem(
                        .badRequest, "path has 1 to 500 bytes, and may have * for any characters")
                }
                setting.path = value
            case "seconds":
                guard let seconds = Double(value), (0...86_400).contains(seconds) else {
                    throw problem(.badRequest, "seconds is a number from 0 to 86400")
                }
                setting.seconds = seconds
            default:
                let names = Self.settings.map(\.0).joined(separator: ", ")
                throw problem(.badRequest, "the parameters are \(names)")
            }
        }
        return setting
    }

    private func number(_ text: String, _ name: String, in range: ClosedRange<Int>) throws(PlatformResponse)
        -> Int
    {
        guard let number = Int(text), range.contains(number) else {
            throw problem(.badRequest, "\(name) is a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func problem(_ status: HTTPResponse.Status, _ text: String) -> PlatformResponse {
        PlatformResponse(status) {
            $0.object {
                $0.key("error"); $0.string(text)
            }
        }
    }

    /// Every fault, and the dialects where it is on.
    private func catalog() -> PlatformResponse {
        response {
            $0.key("faults")
            $0.array { for fault in Fault.allCases { describe(fault, in: &$0) } }
            $0.key("settings")
            $0.object {
                for (name, meaning) in Self.settings {
                    $0.key(name)
                    $0.string(meaning)
                }
            }
        }
    }

    /// The faults that are on now, shown after a change.
    private func activeFaults() -> PlatformResponse {
        response {
            $0.key("on")
            $0.array {
                for fault in Fault.allCases {
                    for dialect in fault.dialects {
                        guard let active = faults.active(fault, on: dialect) else { continue }
                        $0.object {
                            $0.key("dialect")
                            $0.string(dialect.rawValue)
                            $0.key("fault")
                            $0.string(fault.rawValue)
                            active.write(in: &$0)
                        }
                    }
                }
            }
        }
    }

    private func response(_ members: (inout JSONWriter) -> Void) -> PlatformResponse {
        PlatformResponse(.ok) {
            $0.object {
                members(&$0)
                $0.key("requests")
                $0.object {
                    for dialect in Dialect.allCases {
                        $0.key(dialect.rawValue)
                        $0.int(faults.requestCount(dialect))
                    }
                }
            }
        }
    }

    private func describe(_ fault: Fault, in writer: inout JSONWriter) {
        writer.object {
            $0.key("name")
            $0.string(fault.rawValue)
            $0.key("description")
            $0.string(fault.summary)
            $0.key("dialects")
            $0.array { for dialect in fault.dialects { $0.string(dialect.rawValue) } }
            $0.key("on")
            $0.object {
                for dialect in fault.dialects {
                    guard let active = faults.active(fault, on: dialect) else { continue }
                    $0.key(dialect.rawValue)
                    $0.object { active.write(in: &$0) }
                }
            }
        }
    }
}

extension Faults.Active {
    fileprivate func write(in writer: inout JSONWriter) {
        writer.key("count")
        writer.intOrNull(setting.count)
        writer.key("seconds")
        if let seconds = setting.seconds { writer.double(seconds) } else { writer.null() }
        writer.key("share")
        writer.int(setting.share)
        writer.key("of")
        writer.string(setting.whole.rawValue)
        writer.key("path")
        writer.stringOrNull(setting.path)
        writer.key("megabytes")
        writer.intOrNull(setting.megabytes)
        writer.key("requests")
        writer.intOrNull(setting.requests)
        writer.key("seed")
        if let seed = setting.seed { writer.int(seed) } else { writer.null() }
        writer.key("hits")
        writer.int(hits)
    }
}
