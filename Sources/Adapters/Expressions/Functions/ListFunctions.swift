extension ExpressionFunction {
    static func sum(_ elements: [ExpressionValue]) -> ExpressionValue {
        var total: Double?
        for element in elements {
            switch element.withNumber({ .number($0) }) {
            case .number(let number): total = (total ?? 0) + number
            case .null: continue
            case let odd: return odd
            }
        }
        return total.map { .finite($0) } ?? .null
    }

    /// The least or the greatest value; `isBetter` decides by a value's order to the best one so far.
    ///
    /// Values that cannot be compared are a mismatch.
    static func extreme(_ operands: [ExpressionValue], isBetter: (Int) -> Bool) -> ExpressionValue {
        var best: ExpressionValue?
        for value in expanded(operands) where value.isPresent || value.isMismatch {
            guard let current = best else {
                guard value.order(to: value) != nil else { return value.unreadable }
                best = value
                continue
            }
            guard let order = value.order(to: current) else { return value.unreadable }
            if isBetter(order) { best = value }
        }
        return best ?? .null
    }

    static func join(_ operands: [ExpressionValue]) -> ExpressionValue {
        guard let separator = operands.first else { return .null }
        return separator.withText { separator in
            var joined = ""
            // The separator is a scalar here, so it is still the first value after the lists were expanded.
            for (position, value) in expanded(operands).enumerated().dropFirst() {
                guard let text = value.scalarText else { return value.unreadable }
                if position > 1 { joined += separator }
                joined += text
                guard joined.utf8.count <= ExpressionLimits.textBytes else { return .longText }
            }
            return .text(joined)
        }
    }

    /// The values, each list replaced by its elements.
    private static func expanded(_ values: [ExpressionValue]) -> [ExpressionValue] {
        let holdsLists = values.contains { value in
            switch value {
            case .list, .node: true
            default: false
            }
        }
        guard holdsLists else { return values }
        return values.flatMap { value in
            switch value.withList({ .list($0) }) {
            case .list(let elements): elements
            default: [value]
            }
        }
    }
}

extension ExpressionValue {
    fileprivate var isMismatch: Bool {
        if case .mismatch = self { true } else { false }
    }
}
