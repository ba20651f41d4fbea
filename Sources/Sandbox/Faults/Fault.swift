/// One way in which an upstream can misbehave; each is switched on and off for each dialect.
package enum Fault: String, Sendable, Hashable, CaseIterable {
    case status500, status429, status401, status404, billing
    case reset, hang, slow, truncated, cutJSON
    case html, empty, wrongTypes, code200, large, deepNesting
    case emptyList, shortPage, repeatedPage, movingTotal, hiddenWorkspace
    case unknownStatus, oddTypes, unreadableTimes, noIdentity, duplicateInPage
    case partialContent, acceptedEmpty, staleCache, brokenTexts, twins, lagging
    case hangBeforeWrite, resetBeforeWrite
    case hangAfterWrite, resetAfterWrite, status500AfterWrite, endlessHead, lateInLists

    /// One line for people.
    package var summary: String {
        switch self {
        case .status500: "every response is a 500 with the platform's error body"
        case .status429: "429; with seconds=N also Retry-After: N"
        case .status401: "401, as if the token had been revoked"
        case .status404: "404, as if what is requested were gone"
        case .billing: "429 PostpaidBillOverdue, which no retry fixes"
        case .reset: "head sent, then the connection is closed before the first byte of the body"
        case .hang: "answers after seconds=N, or once the fault is switched off (an hour at most)"
        case .slow: "drips the body over seconds=N (10)"
        case .truncated:
            "Content-Length states the complete body, half of it is sent, the connection is closed"
        case .cutJSON: "half of the JSON, framed as a complete body"
        case .html: "200 with a web page"
        case .empty: "200 with no body at all"
        case .wrongTypes: "well-formed JSON of the wrong shape: the list is a string"
        case .code200: "200 that carries an error code"
        case .large: "200 with a body of megabytes=N (100), streamed"
        case .deepNesting: "JSON nested 10,000 deep"
        case .emptyList: "a well-formed empty list"
        case .shortPage: "each page lacks its last third, the totals stay"
        case .repeatedPage: "every page is page 1 under its own number"
        case .movingTotal: "the total grows with every request"
        case .hiddenWorkspace: "the last workspace answers 500 and is missing from the wildcard"
        case .unknownStatus: "every fourth record has an unknown status"
        case .oddTypes: "every fourth record has objects for numbers and numbers for strings"
        case .unreadableTimes: "every fourth record has times that cannot be read"
        case .noIdentity: "the first record of each page lacks its key"
        case .partialContent: "206 with the first half of each page, whose totals agree with it"
        case .acceptedEmpty: "202 with a well-formed empty list"
        case .staleCache: "the response is a cached copy: Age: seconds=N (3600)"
        case .brokenTexts: "every fourth record has a text that is cut inside a character"
        case .twins: "the last record of each page has the key of its first one, and other facts"
        case .lagging: "GET answers as of seconds=N (60) before"
        case .duplicateInPage: "the last record of each page is its first one again"
        case .hangBeforeWrite:
            "a write is never done; its connection is closed without a response after seconds=N, or once the"
                + " fault is switched off (an hour at most)"
        case .resetBeforeWrite: "a write is never done; its connection is reset without a response"
        case .hangAfterWrite:
            "a write is done; its response comes after seconds=N, or once the fault is switched off (an hour"
                + " at most)"
        case .resetAfterWrite: "a write is done; its connection is reset without a response"
        case .status500AfterWrite: "a write is done; its response is a 500 with the platform's error body"
        case .endlessHead:
            "a write is done; the head of its response gets a field each second and no end, for seconds=N or"
                + " until the fault is switched off (an hour at most), then the connection is closed"
        case .lateInLists:
            "a write is done; the list of deployments stays as before it for requests=N (3) requests for the"
                + " list, or for seconds=N"
        }
    }

    /// True if the fault strikes writes only: requests by another method than GET, HEAD and OPTIONS.
    package var strikesWrites: Bool {
        switch self {
        case .hangBeforeWrite, .resetBeforeWrite, .hangAfterWrite, .resetAfterWrite, .status500AfterWrite,
            .endlessHead, .lateInLists:
            true
        default: false
        }
    }

    /// The dialects in which the fault has a meaning.
    package var dialects: [Dialect] {
        switch self {
        case .billing, .code200: [.dashscope]
        case .hiddenWorkspace: [.nemo]
        case .repeatedPage, .movingTotal: [.nemo, .dashscope]
        // The deploy-list has no writes.
        default: strikesWrites ? [.nemo, .dashscope] : Dialect.allCases
        }
    }
}

/// The settings with which a fault is switched on.
///
/// Without a path it strikes everything that a platform is asked for.
package struct FaultSetting: Sendable, Equatable {
    /// What ``share`` is a percentage of.
    package enum Whole: String, Sendable, CaseIterable {
        /// Requests, in the order in which they come.
        case requests
        /// Paths, in the order in which they are first requested: each is always hit, or never.
        case paths
    }

    /// The number of requests that it hits; nil: all of them, until it is switched off.
    package var count: Int?
    /// The time that a hanging or slow response takes, the Retry-After of `status429`, the Age of `staleCache`,
    /// and the time by which `lagging` and `lateInLists` are late; 0 to 86,400.
    ///
    /// nil: the default in ``Fault/summary``.
    package var seconds: Double?
    /// Percentage of requests or paths that it hits, evenly spread or as ``seed`` says; 1 to 100.
    package var share: Int = 100
    /// What ``share`` is a percentage of.
    package var whole: Whole = .requests
    /// Size of the body that `large` sends, 1 to 100,000 megabytes; nil: 100.
    package var megabytes: Int?
    /// The paths that it strikes, in which each `*` stands for any characters, or none; nil: every path.
    ///
    /// They begin below the dialect's base, are percent-encoded as in requests, and have no query.
    package var path: String?
    /// The number of requests for the list for which `lateInLists` is late, 1 to 1,000,000.
    ///
    /// nil: 3, unless it has ``seconds``. With both, what ends first counts.
    package var requests: Int?
    /// The seed by which requests or paths are drawn; nil: those that are hit are evenly spread.
    ///
    /// The same seed and share hit the same ones, counted from when the fault is switched on.
    package var seed: UInt64?

    package init(
        count: Int? = nil, seconds: Double? = nil, share: Int = 100, of whole: Whole = .requests,
        megabytes: Int? = nil, path: String? = nil, requests: Int? = nil, seed: UInt64? = nil
    ) {
        self.count = count
        self.seconds = seconds
        self.share = share
        self.whole = whole
        self.megabytes = megabytes
        self.path = path
        self.requests = requests
        self.seed = seed
    }

    /// True if the fault may strike a request with this path.
    func covers(_ path: String) -> Bool { self.path.map(path.isMatched) ?? true }

    /// True for those of the requests or paths, counted from 1, that ``share`` hits.
    func hits(_ number: Int) -> Bool {
        if let seed {
            // The same draws on every dialect.
            var random = SeededRandom(seed, .nemo, row: number, salt: -4)
            return random.percent(Int64(share))
        }
        // Evenly spread: one wherever the running sum of shares reaches the next integer.
        return number * share / 100 > (number - 1) * share / 100
    }

    /// The same settings with every number clamped to its range, so that none can overflow later.
    var withinRanges: FaultSetting {
        var setting = self
        setting.count = count.map { max($0, 0) }
        setting.seconds = seconds.map { $0.isFinite ? min(max($0, 0), 86_400) : 0 }
        setting.share = min(max(share, 1), 100)
        setting.megabytes = megabytes.map { min(max($0, 1), 100_000) }
        setting.requests = requests.map { min(max($0, 1), 1_000_000) }
        return setting
    }
}

extension String {
    /// True if this is `pattern`, in which each `*` stands for any characters, or none.
    fileprivate func isMatched(by pattern: String) -> Bool {
        var pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        let first = pieces.removeFirst()
        guard let last = pieces.popLast() else { return self == pattern }
        guard hasPrefix(first) else { return false }
        var rest = dropFirst(first.count)
        for piece in pieces where !piece.isEmpty {
            guard let range = rest.firstRange(of: piece) else { return false }
            rest = rest[range.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
