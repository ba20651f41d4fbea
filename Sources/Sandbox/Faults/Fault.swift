/// One way in which an upstream can misbehave; each is switched on and off for each dialect.
package enum Fault: String, Sendable, Hashable, CaseIterable {
    case status500, status429, status401, billing
    case reset, hang, slow, truncated, cutJSON
    case html, empty, wrongTypes, code200, large, deepNesting
    case emptyList, shortPage, repeatedPage, movingTotal, hiddenWorkspace
    case unknownStatus, oddTypes, unreadableTimes, noIdentity, duplicateInPage
    case partialContent, acceptedEmpty, staleCache, brokenTexts, twins

    /// One line for people.
    package var summary: String {
        switch self {
        case .status500: "every response is a 500 with the platform's error body"
        case .status429: "429; with seconds=N also Retry-After: N"
        case .status401: "401, as if the token had been revoked"
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
        case .duplicateInPage: "the last record of each page is its first one again"
        }
    }

    /// The dialects in which the fault has a meaning.
    package var dialects: [Dialect] {
        switch self {
        case .billing, .code200: [.dashscope]
        case .hiddenWorkspace: [.nemo]
        case .repeatedPage, .movingTotal: [.nemo, .dashscope]
        default: Dialect.allCases
        }
    }
}

/// The settings with which a fault is switched on.
package struct FaultSetting: Sendable, Equatable {
    /// The number of requests that it hits; nil: all of them, until it is switched off.
    package var count: Int?
    /// The time that `hang` and `slow` take, the Retry-After of `status429`, and the Age of `staleCache`; 0
    /// to 86,400.
    ///
    /// nil: the default in ``Fault/summary``.
    package var seconds: Double?
    /// Percentage of requests that it hits, evenly spread; 1 to 100.
    package var share: Int = 100
    /// Size of the body that `large` sends, 1 to 100,000 megabytes; nil: 100.
    package var megabytes: Int?

    package init(count: Int? = nil, seconds: Double? = nil, share: Int = 100, megabytes: Int? = nil) {
        self.count = count
        self.seconds = seconds
        self.share = share
        self.megabytes = megabytes
    }

    /// The same settings with every number clamped to its range, so that none can overflow later.
    var withinRanges: FaultSetting {
        var setting = self
        setting.count = count.map { max($0, 0) }
        setting.seconds = seconds.map { $0.isFinite ? min(max($0, 0), 86_400) : 0 }
        setting.share = min(max(share, 1), 100)
        setting.megabytes = megabytes.map { min(max($0, 1), 100_000) }
        return setting
    }
}
