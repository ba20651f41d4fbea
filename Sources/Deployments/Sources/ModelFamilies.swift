import Synchronization
import Wire

/// One family of models, with the names that its models have on platforms.
package struct ModelFamily: Sendable, Hashable {
    /// The name that is the same on every platform, such as `qwen3-32b`.
    package let name: String
    /// Patterns for a whole name, or for what follows its last `/`; `%` is any run, and nothing else is special.
    package let patterns: [String]

    package init(_ name: String, _ patterns: [String]) {
        self.name = name
        self.patterns = patterns
    }
}

/// The table that says which models of different platforms are comparable.
///
/// It never guesses: a model that no pattern matches has no family. Names are compared under NFKC case folding.
package final class ModelFamilies: Sendable {
    /// The operator's families, which come before those of ``shipped``.
    private let own: [ModelFamily]
    private let aliases: [Alias]
    /// The results for names that were looked up, since many rows have few models.
    private let known = Mutex<[String: String?]>([:])

    /// The most names that ``known`` holds.
    private static let knownLimit = 10_000

    /// The families that Rollcall knows, without any of an operator.
    package static let shipped = ModelFamilies([])

    /// A table with the operator's families before those that Rollcall knows.
    package init(_ own: [ModelFamily]) {
        self.own = own
        aliases =
            own.flatMap { Alias.all(of: $0, isOwn: true) }
            + ModelFamily.shipped.flatMap { Alias.all(of: $0, isOwn: false) }
    }

    /// The family of a model by its name on a platform; nil if no pattern matches.
    ///
    /// Of several patterns that match, the operator's come first, and then the one with the most characters
    /// beside `%`.
    package func family(of model: String) -> String? {
        if let result = known.withLock({ $0[model] }) { return result }
        let whole = Array(UnicodeFolding.fold(model).utf8)
        let last = whole.suffix(while: { $0 != UInt8(ascii: "/") })
        let matching = aliases.filter { $0.matches(whole[...]) || $0.matches(last) }
        let result = matching.max { $0.rank < $1.rank }?.family
        known.withLock { known in
            if known.count >= Self.knownLimit { known = [:] }
            known[model] = .some(result)
        }
        return result
    }
}

extension ModelFamilies: Hashable {
    /// Compares the operator's families, unless both are the same object.
    package static func == (left: ModelFamilies, right: ModelFamilies) -> Bool {
        left === right || left.own == right.own
    }

    /// Adds the operator's families.
    package func hash(into hasher: inout Hasher) { hasher.combine(own) }
}

extension ModelDeployment {
    /// Fills in the family of the model, by its source's table: that of `base_model`, else that of `model`.
    ///
    /// A family that the operator stated stays.
    package mutating func setModelFamily() {
        guard !self.statedByOperator.contains("model_family") else { return }
        let families = self.origin.description.families
        let family = self.baseModel.flatMap(families.family) ?? self.model.flatMap(families.family)
        if family != self.modelFamily { self.modelFamily = family }
    }
}

/// One pattern of a family, folded.
private struct Alias: Sendable {
    let family: String
    let rank: Int
    /// The literal runs between the `%`s.
    private let runs: [[UInt8]]

    static func all(of family: ModelFamily, isOwn: Bool) -> [Alias] {
        family.patterns.map { pattern in
            let pieces = pattern.unicodeScalars.split(separator: "%", omittingEmptySubsequences: false)
            let runs = pieces.map { Array(UnicodeFolding.fold(String($0)).utf8) }
            let length = runs.reduce(0) { $0 + $1.count }
            return Alias(family: family.name, rank: length + (isOwn ? 1 << 20 : 0), runs: runs)
        }
    }

    /// True if the whole text matches.
    func matches(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.starts(with: runs[0]) else { return false }
        guard runs.count > 1 else { return text.count == runs[0].count }
        var rest = text.dropFirst(runs[0].count)
        // The leftmost match of each inner run leaves the most room for the runs that follow.
        for run in runs[1..<(runs.count - 1)] {
            while !rest.starts(with: run) {
                guard !rest.isEmpty else { return false }
                rest = rest.dropFirst()
            }
            rest = rest.dropFirst(run.count)
        }
        let end = runs[runs.count - 1]
        return rest.count >= end.count && rest.suffix(end.count).elementsEqual(end)
    }
}

extension [UInt8] {
    /// What follows the last element for which `isPart` is false; all if it is true for every element.
    fileprivate func suffix(while isPart: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        self[(lastIndex { !isPart($0) }.map { $0 + 1 } ?? startIndex)...]
    }
}
