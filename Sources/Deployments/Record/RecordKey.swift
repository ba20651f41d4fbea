package import Wire

/// Keys are ordered by the bytes of the uid, then by version, none before any.
extension ByteComparison {
    package init(_ left: borrowing ModelDeployment, _ right: borrowing ModelDeployment) {
        self.init(left.uid, right.uid)
        if self == .same { self.init(left.version, right.version) }
    }

    package init(_ left: Int?, _ right: Int?) {
        switch (left, right) {
        case (nil, nil): self = .same
        case (nil, _): self = .before
        case (_, nil): self = .after
        case (let a?, let b?): self = a < b ? .before : a > b ? .after : .same
        }
    }
}
