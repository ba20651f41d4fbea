import Deployments
import Wire

/// The value of an expression, read as a field's value.
struct FieldReading {
    var value = FieldValue.null
    /// True if the platform stated a value that does not fit this field, or that has a ``JSONFault``.
    ///
    /// The value is then null, or a text as it was repaired.
    var doesNotFit = false
    /// True if a time's zone was assumed.
    var isInferred = false

    init(value: FieldValue = .null, isInferred: Bool = false) {
        self.value = value
        self.isInferred = isInferred
    }

    /// Null for a value that does not fit.
    static var unfit: FieldReading {
        var reading = FieldReading()
        reading.doesNotFit = true
        return reading
    }

    /// Reads a value as a field of this kind.
    ///
    /// An empty text and a time that means none are absent; a number in a text is a number, and a whole
    /// number is a text of its digits; a number is a time as ``Timestamp/Reading/init(number:)`` reads it. A
    /// value that does not fit is null, with ``doesNotFit`` set.
    init(_ given: ExpressionValue, as kind: Field.Kind, zone: LocalZone?) {
        switch (given, kind) {
        case (.null, _): break
        case (.text(let text), _) where text.isEmpty: break
        case (.text(let text), .text): value = .text(text)
        case (.text(let text), .term(let terms)):
            let known = terms.first { $0.lowercased() == text.lowercased() }
            if let known { value = .text(known) } else { doesNotFit = true }
        case (.number(let number), .text):
            if let integer = Int64(exactly: number) {
                value = .text(String(integer))
            } else {
                doesNotFit = true
            }
        case (.number(let number), .number(let integer)): take(number, integer: integer)
        case (.text(let text), .number(let integer)): take(Double(spelled: text), integer: integer)
        case (.time(let time, let assumed), .time): take(.init(time: time, zoneAssumed: assumed))
        case (.number(let number), .time): take(Timestamp.Reading(number: number))
        case (.text(var text), .time): take(text.withUTF8 { Timestamp.read($0, zoneless: zone) })
        case (.bool(let bool), .bool): value = .bool(bool)
        default: doesNotFit = true
        }
    }

    private mutating func take(_ number: Double?, integer: Bool) {
        // From 2^53 on, a double cannot distinguish every integer from its neighbors.
        let bound = 9_007_199_254_740_992.0
        guard let number, number.isFinite, !integer || (number.rounded() == number && abs(number) < bound)
        else {
            doesNotFit = true
            return
        }
        value = .number(number)
    }

    fileprivate mutating func take(_ reading: Timestamp.Reading?) {
        guard let reading else {
            doesNotFit = true
            return
        }
        if !reading.meansNone { (value, isInferred) = (.time(reading.time), reading.zoneAssumed) }
    }
}

extension Expression {
    /// Reads this expression's value as a field of this kind.
    ///
    /// Times, and texts at a plain path, are read in place, without a `String`; these are nearly all values.
    func reading(as kind: Field.Kind, in scope: ExpressionScope) -> FieldReading {
        switch kind {
        case .time:
            if let read = timeInPlace(zoneless: scope.zone, in: scope) {
                var reading = FieldReading()
                reading.take(read)
                return reading
            }
        case .text:
            guard isPath else { break }
            switch scope.root.content(at: pointer) {
            case .string(let text): return FieldReading(value: text.isEmpty ? .null : .text(text))
            case .null: return FieldReading()
            default: break
            }
        case .number, .term, .bool: break
        }
        return FieldReading(evaluate(in: scope), as: kind, zone: scope.zone)
    }
}
