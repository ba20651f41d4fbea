import Deployments

/// One way in which an upstream, or the way to it, fails a request.
enum Strike: String, Sendable, CaseIterable {
    case status500, throttled, throttledForASecond, unauthorized
    /// The connection is reset before a byte of the answer.
    case reset
    case hang, slowBody
    /// Half of the announced body, then the connection is closed.
    case truncated
    case html, empty, wrongTypes
    /// 200 with an error code, or with an error's body where the dialect has no codes.
    case codeIn200
    case tooLarge
    /// A page lacks its last third, the totals stay: only lists that have pages can show it.
    case shortPage
    /// A well-formed empty list, one fetch long: the one lie that a single fetch cannot see through.
    case emptyListOnce
    /// The host's name cannot be resolved any more.
    case noSuchName
    /// The server does not speak TLS.
    case tlsFailure
    /// 206 with the first half of a page, whose totals agree with it.
    case partialContent
    /// 202 with a well-formed empty list.
    case acceptedEmpty
    /// A copy from a cache, of the list as it was when the strike began, with its `Age`.
    case staleCache
    /// Every record has a text that is cut inside a character.
    case brokenTexts
    /// The last record of a page has the key of its first one, and other facts.
    case twins

    /// The error classes that the gateway may report; none where it cannot know, or where a retry comes in time.
    ///
    /// Strikes that it tells in another way (``Tale``) may be errors too: on one page of several, they contradict
    /// the other pages.
    var classes: Set<SourceError.Class> {
        switch self {
        case .status500: [.serverError]
        case .throttled: [.rateLimited]
        case .unauthorized: [.auth]
        case .reset: [.badResponse, .unreachable]
        case .hang, .slowBody: [.timeout]
        case .truncated, .html, .empty, .wrongTypes, .shortPage: [.badResponse]
        case .codeIn200: [.badResponse, .rejected]
        case .tooLarge: [.tooLarge]
        case .emptyListOnce, .throttledForASecond: []
        // A name server that is itself out of reach lets the look-up last longer than a connection may take.
        case .noSuchName: [.unreachable, .timeout]
        case .tlsFailure: [.tls]
        case .partialContent, .acceptedEmpty, .staleCache, .twins: [.badResponse]
        case .brokenTexts: []
        }
    }

    /// What an honest answer says of a strike, apart from errors.
    enum Tale: Sendable {
        /// The list is not complete: `total_is: at_least`.
        case unproven
        /// A caller's demand is not met, since a cache on the way has only older copies.
        case upstreamCache
        /// A query for the broken field cannot be exact: a notice `unread-field`.
        case unreadField
    }

    /// What an answer may say of the strike instead of an error; nil: nothing, so that it is complete and exact,
    /// or as of an earlier time.
    var tale: Tale? {
        switch self {
        case .partialContent, .acceptedEmpty, .twins: .unproven
        case .staleCache: .upstreamCache
        case .brokenTexts: .unreadField
        default: nil
        }
    }

    /// True if a page without rows cannot show it.
    var needsRows: Bool { [.shortPage, .brokenTexts, .twins].contains(self) }

    /// The detour that a request takes instead of reaching the upstream; nil: the upstream itself acts.
    var detour: Detour? {
        switch self {
        case .noSuchName: .otherName
        case .tlsFailure: .otherScheme
        default: nil
        }
    }

    enum Detour: Sendable { case otherName, otherScheme }

    /// False for what a list cannot show.
    func suits(_ style: UpstreamStyle) -> Bool {
        switch self {
        case .shortPage: style.isPaged
        default: true
        }
    }

    /// The request timeout: short where the strike is meant to exceed it, else ample.
    var timeout: Duration { self == .hang || self == .slowBody ? .milliseconds(250) : .seconds(5) }
}

/// The pages of a walk that a strike hits.
enum StrikePages: Sendable, CaseIterable {
    case firstPage
    /// Every page but the first; the first where there is no other.
    case laterPages

    func covers(page: Int, of pages: Int) -> Bool {
        switch self {
        case .firstPage: page == 1
        case .laterPages: page > 1 || pages <= 1
        }
    }
}
