import Deployments
import Snapshots

/// Hints at what a client may have meant by an operand that its field does not have.
struct OperandHints: Sendable {
    /// The sources whose platforms' words are known.
    var sources: [SourceStatus]

    /// The error with a hint, where there is one.
    func explaining(_ error: ParameterError) -> ParameterError {
        guard let operand = error.operand else { return error }
        if operand.text.lowercased() == "null", operand.field.isNullable {
            return error.hinting(
                "for rows without a value write `\(operand.field.name).exists=false`", didYouMean: nil)
        }
        guard operand.field.name == "status" else { return error }
        let meanings = meanings(of: operand.text)
        guard let first = meanings.first?.statuses.first else { return error }
        let known = meanings.map { meaning in
            "\(meaning.platform)'s word for \(meaning.statuses.map(\.rawValue).joined(separator: " or "))"
        }
        return error.hinting(
            "`\(operand.text)` is \(known.joined(separator: ", and ")); or write "
                + "`native_status=\(operand.text)`",
            didYouMean: first.rawValue)
    }

    /// The statuses that a platform's word stands for, platform by platform.
    private func meanings(of word: String) -> [(platform: String, statuses: [DeploymentStatus])] {
        var meanings: [(platform: String, statuses: [DeploymentStatus])] = []
        for source in sources {
            guard let statuses = source.statusWords[word.lowercased()] else { continue }
            let platform = source.source.platform
            guard let known = meanings.firstIndex(where: { $0.platform == platform }) else {
                meanings.append((platform, statuses))
                continue
            }
            meanings[known].statuses += statuses.filter { !meanings[known].statuses.contains($0) }
        }
        return meanings
    }
}
