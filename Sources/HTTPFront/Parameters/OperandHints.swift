package import Deployments
import Snapshots

/// The words for statuses of a source's platform, which its adapter file and its configuration name.
package struct PlatformWords: Sendable {
    let platform: String
    /// The statuses that a word may stand for, by the word in lowercase.
    let statuses: [String: [DeploymentStatus]]

    /// The words of a source, which are known before it is fetched.
    package init(of source: any DeploymentSource) {
        (platform, statuses) = (source.description.platform, source.statusWords)
    }

    /// The words of a source that is published.
    init(of source: SourceStatus) { (platform, statuses) = (source.source.platform, source.statusWords) }
}

/// Hints at what a client may have meant by an operand that its field does not have.
struct OperandHints: Sendable {
    /// The words of the configured sources, in their order.
    var words: [PlatformWords]

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
        for source in words {
            guard let statuses = source.statuses[word.lowercased()] else { continue }
            guard let known = meanings.firstIndex(where: { $0.platform == source.platform }) else {
                meanings.append((source.platform, statuses))
                continue
            }
            meanings[known].statuses += statuses.filter { !meanings[known].statuses.contains($0) }
        }
        return meanings
    }
}
