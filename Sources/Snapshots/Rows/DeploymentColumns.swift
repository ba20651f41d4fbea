package import Deployments
package import Wire

/// A layout of records as lines of cells: all of a record's fields, or those that a client named, in its order.
package struct DeploymentColumns: Sendable {
    /// Paths of the JSON form, no two alike; `labels` is one column for each key.
    package let names: [String]
    /// nil: `inferred`, the one column that is no scalar.
    private let fields: [DeploymentField?]

    /// `labels` are the keys that have a column where all are wanted; a path that is none is left out.
    package init(paths: [String] = DeploymentForm.allPaths, labels: [String]) {
        var known: Set<String> = []
        names = paths.filter(DeploymentForm.isPath).flatMap(DeploymentForm.expand)
            .flatMap { $0 == "labels" ? labels.map { "labels.\($0)" } : [$0] }
            .filter { known.insert($0).inserted }
        fields = names.map { DeploymentField.named($0) }
    }

    package func writeHeader(to csv: inout CSVWriter) {
        for name in names { csv.text(name) }
        csv.endLine()
    }

    /// Appends one record's line.
    package func write(_ deployment: borrowing ModelDeployment, to csv: inout CSVWriter) {
        for field in fields {
            if let field {
                csv.value(field.get(deployment))
            } else {
                csv.text(deployment.inferred.joined(separator: " "))
            }
        }
        csv.endLine()
    }
}

extension CSVWriter {
    /// Appends one scalar's cell.
    package mutating func value(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .text(let text): self.text(text)
        case .number(let number): self.number(number)
        case .time(let time): self.time(time)
        case .bool(let flag): self.bool(flag)
        }
    }
}
