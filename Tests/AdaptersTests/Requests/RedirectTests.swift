import Deployments
import TestSupport
import Testing
import Upstream

@testable import Adapters

/// Redirects: the permanent ones are remembered, and refused ones may lead to another path of the file.
@Suite(.timeLimit(.minutes(10))) struct RedirectTests {
    private static let origin = "https://api.nimbus.example"
    private static let paged = NimbusFile(
        get: "/list", pages: "{by: token, parameter: at, next: $.next}")

    /// A platform: old paths lead to new ones with a status, and the others answer with another.
    private struct Platform: Sendable {
        var moved: [String: String] = [:]
        var movedStatus = 301
        var statuses: [String: Int] = [:]
    }

    /// Serves two pages of one record each at every address that is not moved.
    private static func serve(_ request: UpstreamRequest, _ platform: Platform) -> UpstreamResponse {
        if let target = platform.moved[request.path] {
            var response = UpstreamResponse.text("", status: platform.movedStatus)
            var next = request
            next.url = origin + target + (request.query.isEmpty || target.contains("?") ? "" : "?")
            next.url += target.contains("?") ? "" : request.query.joined(separator: "&")
            response.redirect = next
            return response
        }
        if let status = platform.statuses[request.path] { return .text("{}", status: status) }
        let isLast = request.query.contains("at=2")
        return .text(#"{"items": [{"id": "\#(isLast)"}], "next": \#(isLast ? "null" : "\"2\"")}"#)
    }

    /// The paths with their queries that each of several fetches requests.
    private func requests(_ platforms: [Platform]) async throws -> [[String]] {
        let now = Shared(platforms[0])
        let transport = ScriptedTransport { request in Self.serve(request, now.withLock { $0 }) }
        let source = try Self.paged.source(transport)
        var requests: [[String]] = []
        for platform in platforms {
            now.withLock { $0 = platform }
            let before = transport.requests.count
            let fetch = await source.fetch()
            let sent = transport.requests.dropFirst(before)
            #expect(fetch.calls == sent.count)
            requests.append(
                sent.map { ([String($0.path.dropFirst("/cloud".count))] + $0.query).joined(separator: " ") })
        }
        return requests
    }

    @Test(arguments: [301, 308]) func aPermanentOneCostsOneRequestAfterwards(_ status: Int) async throws {
        let platform = Platform(moved: ["/cloud/list": "/cloud/list/"], movedStatus: status)
        #expect(
            try await requests([platform, platform]) == [
                ["/list", "/list/", "/list/ at=2"], ["/list/", "/list/ at=2"],
            ])
    }

    @Test(arguments: [302, 303, 307]) func aTemporaryOneIsNotRemembered(_ status: Int) async throws {
        let platform = Platform(moved: ["/cloud/list": "/cloud/list/"], movedStatus: status)
        let each = ["/list", "/list/", "/list at=2", "/list/ at=2"]
        #expect(try await requests([platform, platform]) == [each, each])
    }

    @Test func oneThatChangesTheQueryHoldsForThisQueryAlone() async throws {
        let platform = Platform(moved: ["/cloud/list": "/cloud/all?at=2"])
        #expect(
            try await requests([platform, platform]) == [["/list", "/all at=2"], ["/all at=2"]])
    }

    @Test(arguments: [404, 410, 405]) func oneWhoseTargetIsGoneIsForgottenAtOnce(_ status: Int) async throws {
        let before = Platform(moved: ["/cloud/list": "/cloud/new"])
        let after = Platform(statuses: ["/cloud/new": status])
        #expect(
            try await requests([before, after, after]) == [
                ["/list", "/new", "/new at=2"], ["/new", "/list", "/list at=2"], ["/list", "/list at=2"],
            ])
    }

    @Test(arguments: [401, 500]) func oneWhoseTargetFailsIsForgottenForTheNextRequest(_ status: Int)
        async throws
    {
        let before = Platform(moved: ["/cloud/list": "/cloud/new"])
        let after = Platform(statuses: ["/cloud/new": status])
        #expect(
            try await requests([before, after, after]) == [
                ["/list", "/new", "/new at=2"], ["/new"], ["/list", "/list at=2"],
            ])
    }

    @Test func oneToATargetThatNeverAnsweredIsNotRemembered() async throws {
        let platform = Platform(moved: ["/cloud/list": "/cloud/new"], statuses: ["/cloud/new": 404])
        #expect(try await requests([platform, platform]) == [["/list", "/new"], ["/list", "/new"]])
    }

    @Test func aTargetThatMovesOnIsFollowedAndRemembered() async throws {
        let first = Platform(moved: ["/cloud/list": "/cloud/b"])
        let second = Platform(moved: ["/cloud/list": "/cloud/b", "/cloud/b": "/cloud/c"])
        #expect(
            try await requests([first, second, second]) == [
                ["/list", "/b", "/b at=2"], ["/b", "/c", "/c at=2"], ["/c", "/c at=2"],
            ])
    }

    @Test func errorsShowTheAddressOfTheFile() throws {
        var memory = RedirectMemory()
        let request = UpstreamRequest(url: "\(Self.origin)/list?key=canary")
        memory.remember(request, to: UpstreamRequest(url: "\(Self.origin)/canary?key=canary"))
        let moved = try #require(memory.moved(request))
        #expect(moved.url == "\(Self.origin)/canary?key=canary")
        #expect(moved.description == "GET \(Self.origin):443/list")
    }

    @Test func theOldestIsForgottenFirst() throws {
        var memory = RedirectMemory()
        func request(_ path: String) -> UpstreamRequest { UpstreamRequest(url: "\(Self.origin)/\(path)") }
        for number in 0...RedirectMemory.limit {
            memory.remember(request("old\(number)"), to: request("new\(number)"))
        }
        #expect(memory.moved(request("old0")) == nil)
        #expect(memory.moved(request("old1"))?.url == "\(Self.origin)/new1")
        memory.forget(request("old1"))
        #expect(memory.moved(request("old1")) == nil)
        let last = RedirectMemory.limit
        #expect(memory.moved(request("old\(last)"))?.url == "\(Self.origin)/new\(last)")
    }

    // MARK: Refused redirects

    /// Requests each path of a platform that refuses some with a redirect to another.
    private func fetch(
        _ get: String, refusing refused: [String: String], statuses: [String: Int] = [:]
    ) async throws -> (paths: [String], errors: [String], source: AdapterSource) {
        let transport = ScriptedTransport { request in
            if let target = refused[request.path] {
                var error = UpstreamError(
                    code: .redirectRefused, detail: "a redirect to http instead of https was refused: here")
                error.refusedPath = target
                throw error
            }
            return Self.serve(request, Platform(statuses: statuses))
        }
        let source = try NimbusFile(get: get).source(transport)
        let fetch = await source.fetch()
        return (transport.requests.map(\.path), fetch.errors.map(\.description), source)
    }

    private static let refusal = "a redirect to http instead of https was refused: here"

    @Test func aPathThatARefusedOneLeadsToIsRequestedOnOurOriginIfTheFileListsIt() async throws {
        let outcome = try await fetch("[/list, /all, /list/]", refusing: ["/cloud/list": "/cloud/list/"])
        #expect(outcome.paths == ["/cloud/list", "/cloud/list/"])
        #expect(outcome.errors.isEmpty)
        #expect(outcome.source.deployments.path == 2)
    }

    @Test(arguments: ["/cloud/other/", "/list/", "/cloud/list", "/cloud/LIST/"])
    func aPathThatTheFileDoesNotListIsNotRequested(_ target: String) async throws {
        let outcome = try await fetch("[/list, /list/]", refusing: ["/cloud/list": target])
        #expect(outcome.paths == ["/cloud/list"])
        #expect(outcome.errors == ["bad_response: \(Self.refusal)"])
    }

    @Test func twoThatLeadToOneAnotherEnd() async throws {
        let outcome = try await fetch(
            "[/list, /list/]", refusing: ["/cloud/list": "/cloud/list/", "/cloud/list/": "/cloud/list"])
        #expect(outcome.paths == ["/cloud/list", "/cloud/list/"])
        #expect(outcome.errors == ["bad_response: \(Self.refusal)"])
    }

    @Test func anErrorOfThatPathSaysWhatWasRefusedBefore() async throws {
        let outcome = try await fetch(
            "[/list, /list/]", refusing: ["/cloud/list": "/cloud/list/"], statuses: ["/cloud/list/": 403])
        #expect(outcome.errors == ["permission: HTTP 403; before that, \(Self.refusal)"])
    }
}
