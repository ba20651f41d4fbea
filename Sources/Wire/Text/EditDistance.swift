/// The candidate that a misspelled term most likely stands for; nil if none is near enough.
///
/// A candidate is near if its edit distance, without case, is at most 3 and at most half the term's bytes; a
/// term of one byte may differ in case only. Of equally near candidates, the first one is returned. A term of
/// more than 64 bytes has none.
package func nearest(to term: String, among candidates: some Sequence<String>) -> String? {
    let term = Array(term.lowercased().utf8)
    guard (1...64).contains(term.count) else { return nil }
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
        let limit = best.map { $0.distance - 1 } ?? min(3, max(1, term.count / 2))
        let distance = editDistance(term, Array(candidate.lowercased().utf8))
        if distance <= limit, distance < term.count { best = (distance, candidate) }
    }
    return best?.candidate
}

/// The number of bytes to insert, remove or replace that make one text the other (Levenshtein's distance).
package func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, b) in right.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}
